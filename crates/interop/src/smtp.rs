//! The practice's own mail server, by SMTP.
//!
//! SMTP has no receipt: "taken" means that the next server took it. What comes back later as a
//! bounce arrives in a mailbox, not here.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::ConfigRefused;
pub use crate::SendFailure;
use crate::send_failure::{one_line, quote};

/// How long we wait for each answer of the server.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a practice's configuration says about its mail server.
#[derive(Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    /// `smtps://user:password@host` (TLS from the start), `smtp://user:password@host?tls=required`
    /// (STARTTLS), or `smtp://host:port` in the clear to a relay beside us.
    pub url: String,
    /// Who writes: `Name <address>` or an address.
    pub from: String,
}

impl fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = match (self.url.split_once("://"), self.url.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://***@{host}"),
            _ => self.url.clone(),
        };
        f.debug_struct("SmtpConfig").field("url", &url).field("from", &self.from).finish()
    }
}

/// One e-mail in plain text.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    /// The bare address, without a name.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// The words, as the patient will read them.
    pub text: String,
    /// `local@domain`, the same at every attempt, so that a retry is recognisable as one.
    pub message_id: String,
    /// The moment on its Date line, the same at every attempt.
    pub written_at: Timestamp,
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Email").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// A practice's line to its mail server; each message opens its own connection.
#[derive(Clone)]
pub struct Smtp {
    from: Mailbox,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The transport holds the password.
        f.debug_struct("Smtp").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Smtp {
    /// Checks the settings; opens no connection.
    pub fn new(config: SmtpConfig) -> Result<Self, ConfigRefused> {
        let from = config.from.parse();
        let from = from.map_err(|_| ConfigRefused::new("smtp.from", "It is not an e-mail address."))?;
        // lettre's own message may quote the address, which may hold the password.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&config.url)
            .map_err(|_| ConfigRefused::new("smtp.url", "It must be like smtps://user:password@host or smtp://host:port."))?;
        Ok(Self { from, transport: builder.timeout(Some(PATIENCE)).build() })
    }

    /// Hands a message to the mail server.
    pub async fn send(&self, email: Email) -> Result<(), SendFailure> {
        let message = self.written(&email)?;
        self.transport.send(message).await.map(drop).map_err(sorted)
    }

    fn written(&self, email: &Email) -> Result<Message, SendFailure> {
        one_line("e-mail address", &email.to)?;
        one_line("subject", &email.subject)?;
        let to: Address = email.to.trim().parse().map_err(|_| SendFailure::give_up("That is not an e-mail address."))?;
        // Says that no person wrote it, so that an absence note does not answer (RFC 3834).
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(email.subject.trim())
            .message_id(Some(bracketed(&email.message_id)?))
            .date(email.written_at.into())
            .raw_header(automatic)
            .header(ContentType::TEXT_PLAIN)
            .body(email.text.clone())
            .map_err(|_| SendFailure::give_up("The e-mail could not be written."))
    }
}

fn bracketed(message_id: &str) -> Result<String, SendFailure> {
    let bare = message_id.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(message_id);
    let is_plain = bare.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>'));
    match bare.split_once('@') {
        Some((local, domain)) if is_plain && !local.is_empty() && !domain.is_empty() && !domain.contains('@') => Ok(format!("<{bare}>")),
        _ => Err(SendFailure::give_up("A message id must be like local@domain.")),
    }
}

fn sorted(error: lettre::transport::smtp::Error) -> SendFailure {
    let words = quote(&error.to_string());
    if error.is_permanent() {
        return SendFailure::give_up(format!("The mail server refused: {words}"));
    }
    // Our side of the talk: no way of logging in that both know, or a name the server cannot take.
    if error.is_client() {
        return SendFailure::give_up(format!("The mail server and we do not understand each other: {words}"));
    }
    if error.is_transient() {
        return SendFailure::try_later(format!("The mail server asked us to try later: {words}"));
    }
    // Nothing was said to the server yet when there was no connection. After that it may have taken the message before it
    // hung up or fell silent, and it cannot be asked: sending again could reach the patient twice.
    if words.to_lowercase().starts_with("connection error") {
        return SendFailure::try_later(format!("The mail server could not be reached: {words}"));
    }
    let how = if error.is_timeout() { "fell silent" } else { "broke off" };
    SendFailure::give_up(format!("The mail server {how}, so nobody knows whether it took the message: {words}"))
}
