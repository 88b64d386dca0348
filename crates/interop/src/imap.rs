//! The practice's mailbox, by IMAP: what patients write by e-mail, read without losing any of it.
//!
//! A mail stays unread in the mailbox until the caller has kept it and says [`Opened::kept`]; so a crash in between
//! means that it is read again, and the caller recognises it by [`Mail::id`].

use std::fmt;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use std::time::Duration;

use async_imap::{Client, Session};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use mail_parser::{MessageParser, MimeHeaders};
use rustls::pki_types::ServerName;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::send_failure::quote;
use crate::{ConfigRefused, Secret, SendFailure, http::tls};

/// How long we wait for a connection and for each answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// The largest mail that is fetched, in bytes; a larger one is told of, not read.
const MAIL_BYTES_MAX: u32 = 25 * 1024 * 1024;
/// How slow a line may be: a mail is given a second more for so many bytes.
const BYTES_A_SECOND: u32 = 50_000;
/// The longest address, name and subject that are kept, in characters.
const LINE_MAX: usize = 200;

/// What a practice's configuration says about its mailbox.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailboxConfig {
    /// `host:port`; TLS from the start, but for this very machine.
    pub server: String,
    /// Who reads.
    pub user: String,
    /// Their password.
    pub password: Secret,
    /// The ODS code of the organisation that the mailbox belongs to; needed when this server serves several.
    #[serde(default)]
    pub organisation: Option<String>,
}

/// A file that came with a mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Enclosed {
    /// Its name as the sender's program gave it.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// One e-mail, read.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its place in the mailbox.
    pub uid: u32,
    /// What it is known by: its Message-ID, which its sender chose, with a digest of all of it.
    pub id: String,
    /// Who wrote it: the bare address in lower case, empty when it names none.
    pub from: String,
    /// The name beside the address.
    pub name: String,
    /// The subject line.
    pub subject: String,
    /// The words, without what they quote of an earlier mail.
    pub text: String,
    /// When it was written, as its sender says.
    pub written_at: Option<Timestamp>,
    /// The Message-IDs that it answers, newest first.
    pub answers: Vec<String>,
    /// Whether a program wrote it (RFC 3834): an absence note, a list, the news that a mail could not be delivered.
    pub automatic: bool,
    /// The Message-ID of a mail of ours that could not be delivered, which this is the news of (RFC 3464).
    pub bounced: Option<String>,
    /// The files that came with it.
    pub enclosed: Vec<Enclosed>,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("uid", &self.uid).finish_non_exhaustive()
    }
}

/// A practice's mailbox.
#[derive(Debug, Clone)]
pub struct Mailbox {
    config: MailboxConfig,
    host: String,
    tls: Option<Arc<rustls::ClientConfig>>,
    /// The place of the mail that was read last.
    last: Arc<AtomicU32>,
}

/// A mailbox with its door open.
pub struct Opened {
    session: Session<Box<dyn Wire>>,
    last: Arc<AtomicU32>,
}

/// A connection, with TLS or without.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Wire for T {}

impl Mailbox {
    /// Checks the settings; opens no connection.
    pub fn new(config: MailboxConfig) -> Result<Self, ConfigRefused> {
        let refused = |why: &str| ConfigRefused::new("mailbox.server", why);
        let (host, port) = config.server.rsplit_once(':').ok_or_else(|| refused("It must be like mail.example.nhs.uk:993."))?;
        port.parse::<u16>().map_err(|_| refused("It must end with a port, such as 993."))?;
        let here = matches!(host, "127.0.0.1" | "localhost" | "[::1]");
        let tls = if here { None } else { Some(Arc::new(tls("mailbox")?)) };
        if config.user.trim().is_empty() || config.password.expose().trim().is_empty() {
            return Err(ConfigRefused::new("mailbox.user", "The user or the password is blank."));
        }
        Ok(Self { host: host.to_owned(), tls, config, last: Arc::default() })
    }

    /// The ODS code of the organisation that it belongs to, as configured.
    pub fn organisation(&self) -> Option<&str> {
        self.config.organisation.as_deref()
    }

    /// Connects and signs in.
    pub async fn open(&self) -> Result<Opened, SendFailure> {
        let plain = in_time(TcpStream::connect(&self.config.server)).await?.map_err(|error| gone("could not be reached", &error))?;
        // Commands are small and answered one by one: waiting to fill a packet costs a tenth of a second for each.
        plain.set_nodelay(true).map_err(|error| gone("could not be reached", &error))?;
        let wire: Box<dyn Wire> = match &self.tls {
            None => Box::new(plain),
            Some(tls) => {
                let name = ServerName::try_from(self.host.clone());
                let name = name.map_err(|_| SendFailure::give_up("The mailbox's server has no name that a certificate could prove."))?;
                let secured = in_time(TlsConnector::from(tls.clone()).connect(name, plain)).await?;
                Box::new(secured.map_err(|error| gone("could not be trusted", &error))?)
            }
        };
        let mut client = Client::new(wire);
        let greeting = in_time(client.read_response()).await?.map_err(|error| gone("broke off", &error))?;
        if greeting.is_none() {
            return Err(SendFailure::try_later("The mailbox's server hung up without a word."));
        }
        let signed_in = in_time(client.login(&self.config.user, self.config.password.expose())).await?;
        let mut session = signed_in
            .map_err(|(error, _)| SendFailure::give_up(format!("The mailbox did not let us in: {}", quote(&error.to_string()))))?;
        in_time(session.select("INBOX")).await?.map_err(|error| gone("could not open its inbox", &error))?;
        Ok(Opened { session, last: self.last.clone() })
    }
}

impl Opened {
    /// The places of the unread mails, at most `most`: those behind the one that was read last, oldest first, then those
    /// before it. So mails that cannot be kept or marked never stand in the way of others.
    pub async fn unread(&mut self, most: usize) -> Result<Vec<u32>, SendFailure> {
        let found = in_time(self.session.uid_search("UNSEEN")).await?.map_err(|error| gone("could not be searched", &error))?;
        let mut uids: Vec<u32> = found.into_iter().collect();
        uids.sort_unstable();
        let last = self.last.load(Ordering::Relaxed);
        let behind = uids.partition_point(|uid| *uid <= last);
        uids.rotate_left(behind);
        uids.truncate(most);
        Ok(uids)
    }

    /// Reads one mail and marks nothing. One that is too large is given with words that say so.
    pub async fn read(&mut self, uid: u32) -> Result<Mail, SendFailure> {
        self.last.store(uid, Ordering::Relaxed);
        let size = self.fetched(uid, "(UID RFC822.SIZE)", PATIENCE).await?.and_then(|f| f.size).unwrap_or(0);
        let is_large = size > MAIL_BYTES_MAX;
        let what = if is_large { "(UID BODY.PEEK[HEADER])" } else { "(UID BODY.PEEK[])" };
        // A line that breaks ends the answer quietly; nothing must be taken for an empty mail.
        let fetched = self.fetched(uid, what, PATIENCE + Duration::from_secs(u64::from(size / BYTES_A_SECOND))).await?;
        let raw = fetched.as_ref().and_then(|f| f.body().or(f.header()));
        let mut mail = read(uid, raw.ok_or_else(|| SendFailure::try_later("The mailbox broke off before a mail was read."))?);
        if is_large {
            mail.text = "This e-mail is too large to be read here. Open it in the practice's mailbox.".to_owned();
        }
        Ok(mail)
    }

    async fn fetched(&mut self, uid: u32, what: &str, patience: Duration) -> Result<Option<async_imap::types::Fetch>, SendFailure> {
        let asked = in_time(self.session.uid_fetch(uid.to_string(), what)).await?;
        let stream = asked.map_err(|error| gone("could not be read", &error))?;
        let all: Vec<_> = within(patience, stream.try_collect()).await?.map_err(|error| gone("could not be read", &error))?;
        Ok(all.into_iter().find(|f: &async_imap::types::Fetch| f.uid == Some(uid)))
    }

    /// Marks a mail as read: it has been kept.
    pub async fn kept(&mut self, uid: u32) -> Result<(), SendFailure> {
        let asked = in_time(self.session.uid_store(uid.to_string(), "+FLAGS.SILENT (\\Seen)")).await?;
        let stream = asked.map_err(|error| gone("could not be marked", &error))?;
        let all: Result<Vec<_>, _> = in_time(stream.try_collect()).await?;
        all.map_err(|error| gone("could not be marked", &error))?;
        // A line that breaks ends the answer quietly: only one that still answers has marked it.
        in_time(self.session.noop()).await?.map_err(|error| gone("broke off", &error))
    }

    /// Signs out; what comes of it does not matter.
    pub async fn close(mut self) {
        let _ = in_time(self.session.logout()).await;
    }
}

/// What a mail says, from its bytes. Rubbish gives a mail with what can be read of it.
fn read(uid: u32, raw: &[u8]) -> Mail {
    let digest: String = format!("{:x}", HexDigest(raw)).chars().take(32).collect();
    let Some(parsed) = MessageParser::default().parse(raw) else {
        return Mail { uid, id: digest, text: plain(&String::from_utf8_lossy(raw)), ..Mail::blank() };
    };
    let sender = parsed.from().and_then(|from| from.first());
    let reports = parsed.parts.iter().any(|part| part.is_content_type("message", "delivery-status"));
    let header = |name: &str| parsed.header_raw(name).map(|v| v.trim().to_lowercase()).unwrap_or_default();
    let submitted = header("Auto-Submitted");
    let automatic = reports
        || !(submitted.is_empty() || submitted.starts_with("no"))
        || matches!(header("Precedence").as_str(), "bulk" | "list" | "junk")
        || header("Return-Path") == "<>";
    let ids = [parsed.in_reply_to(), parsed.references()].into_iter().flat_map(|value| {
        let mut ids: Vec<String> = value.as_text_list().unwrap_or_default().iter().map(|id| id.to_string()).collect();
        ids.reverse();
        ids
    });
    let answers: Vec<String> = ids.collect();
    // What is shown between two photos is as much of the mail as what is shown above them.
    let bodies = (0..parsed.text_body_count()).filter_map(|n| parsed.body_text(n));
    let text = plain(&bodies.collect::<Vec<_>>().join("\n\n"));
    let enclosed = parsed.attachments().map(|part| {
        let unnamed = if part.is_message() { "forwarded e-mail.eml" } else { "file" };
        Enclosed { name: one_line(part.attachment_name().unwrap_or(unnamed)), bytes: part.contents().to_vec() }
    });
    Mail {
        uid,
        id: one_line(&format!("{digest} {}", parsed.message_id().unwrap_or_default())),
        from: one_line(sender.and_then(|a| a.address()).unwrap_or_default()).to_lowercase(),
        name: one_line(sender.and_then(|a| a.name()).unwrap_or_default()),
        subject: one_line(parsed.subject().unwrap_or_default()),
        text: if answers.is_empty() { text } else { unquoted(&text) },
        written_at: parsed.date().and_then(|date| Timestamp::from_second(date.to_timestamp()).ok()),
        answers,
        automatic,
        bounced: if reports { bounced(&String::from_utf8_lossy(raw)) } else { None },
        enclosed: enclosed.collect(),
    }
}

/// Text as it can be kept: databases refuse the sign that ends a string in C.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\0', "").trim().to_owned()
}

/// One line of a mail's head, as long as it is kept.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LINE_MAX).collect::<String>().trim().to_owned()
}

impl Mail {
    fn blank() -> Self {
        let (from, name, subject, text) = Default::default();
        Self {
            uid: 0,
            id: String::new(),
            from,
            name,
            subject,
            text,
            written_at: None,
            answers: Vec::new(),
            automatic: false,
            bounced: None,
            enclosed: Vec::new(),
        }
    }
}

/// The Message-ID of the mail that a report says was not delivered: the last one in it is the original's.
fn bounced(raw: &str) -> Option<String> {
    let failed = raw.lines().any(|line| line.to_ascii_lowercase().replace(' ', "").starts_with("action:failed"));
    let mut ids = raw.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("message-id").then(|| value.trim().trim_matches(['<', '>']).to_owned())
    });
    ids.next_back().filter(|_| failed)
}

/// The words without the earlier mail that is quoted below them, and without the line that announces it. What is written
/// below or between quotes is kept with them: only its writer knows what belongs to what.
fn unquoted(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let is_quoted = |line: &str| line.trim_start().starts_with('>');
    let ends = |line: &&&str| line.trim().is_empty() || is_quoted(line);
    let quote = lines.iter().rev().take_while(ends).count();
    let (own, quoted) = lines.split_at(lines.len() - quote);
    if !quoted.iter().any(|line| is_quoted(line)) {
        return text.trim().to_owned();
    }
    // "On Monday the surgery wrote:" may be broken over two lines.
    let announced = own.last().is_some_and(|line| line.ends_with(':'));
    let begins = own.iter().rposition(|line| line.trim().is_empty()).map_or(0, |n| n + 1);
    let own = if announced && own.len() - begins <= 2 { &own[..begins] } else { own };
    let own = own.join("\n").trim().to_owned();
    // Somebody who wrote nothing of their own is given whole.
    if own.is_empty() { text.trim().to_owned() } else { format!("{own}\n\n(The e-mail quoted below it is left out.)") }
}

struct HexDigest<'a>(&'a [u8]);

impl fmt::LowerHex for HexDigest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Sha256::digest(self.0).iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

async fn in_time<T>(what: impl Future<Output = T>) -> Result<T, SendFailure> {
    within(PATIENCE, what).await
}

async fn within<T>(patience: Duration, what: impl Future<Output = T>) -> Result<T, SendFailure> {
    timeout(patience, what).await.map_err(|_| SendFailure::try_later("The mailbox's server did not answer in time."))
}

fn gone(how: &str, error: &dyn fmt::Display) -> SendFailure {
    SendFailure::try_later(format!("The mailbox {how}: {}", quote(&error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_read_without_what_it_quotes() {
        let raw = "From: Ada Osei <Ada@Example.com>\r\nSubject: Re: Your request\r\nMessage-ID: <a@b>\r\nDate: Mon, 5 Jan 2026 08:30:00 +0000\r\n\
                   In-Reply-To: <018f-1@portico>\r\nReferences: <older@portico> <018f-1@portico>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
                   It is getting worse.\r\n\r\nOn Mon, 5 Jan 2026 the surgery\r\nwrote:\r\n> Do you have chest pain?\r\n";
        let mail = read(7, raw.as_bytes());
        assert_eq!((mail.uid, mail.from.as_str(), mail.name.as_str()), (7, "ada@example.com", "Ada Osei"));
        assert!(mail.id.ends_with(" a@b"));
        assert_eq!(mail.text, "It is getting worse.\n\n(The e-mail quoted below it is left out.)");
        assert_eq!(mail.answers.first().map(String::as_str), Some("018f-1@portico"));
        assert_eq!(mail.written_at, Some("2026-01-05T08:30:00Z".parse().unwrap()));
        assert!(!mail.automatic && mail.bounced.is_none() && mail.enclosed.is_empty());
    }

    #[test]
    fn no_words_of_the_patients_own_are_left_out() {
        for kept in [
            "> my knee\n> hurts",
            "Symptoms:\nmy knee",
            "> Do you have pain?\nYes, in my chest.\n> Since when?\nToday.",
            "Temperature:\n> 39 for three days\nand a rash",
        ] {
            assert_eq!(unquoted(kept), kept);
        }
        let fresh = "From: ada@example.com\r\n\r\nTemperature:\r\n> 39 for three days\r\n";
        assert_eq!(read(1, fresh.as_bytes()).text, "Temperature:\n> 39 for three days", "it answers nothing, so it quotes nothing");
        let html = "From: ada@example.com\r\nContent-Type: text/html\r\n\r\n<p>My <b>knee</b> hurts</p><script>alert(1)</script>";
        assert!(read(1, html.as_bytes()).text.contains("My knee hurts"));
    }

    #[test]
    fn words_before_between_and_after_photos_are_all_read() {
        let part = |kind: &str, body: &str| format!("--b\r\nContent-Type: {kind}\r\n\r\n{body}\r\n");
        let photo = part("image/jpeg; name=\"rash.jpg\"", "not really a photo");
        let letter = part("message/rfc822", "Subject: Clinic letter\r\n\r\nDear colleague");
        let mail = |parts: &[String]| {
            let head = "From: ada@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
            read(1, format!("{head}{}--b--\r\n", parts.concat()).as_bytes())
        };
        let first = mail(&[photo.clone(), part("text/plain", "I have crushing chest pain")]);
        assert!(first.text.contains("I have crushing chest pain"), "{}", first.text);
        let between =
            mail(&[part("text/plain", "Rash since Monday"), photo.clone(), part("text/plain", "and now I can't breathe"), letter]);
        assert!(between.text.contains("Rash since Monday") && between.text.contains("and now I can't breathe"), "{}", between.text);
        let names: Vec<&str> = between.enclosed.iter().map(|e| e.name.as_str()).collect();
        assert!(names.contains(&"rash.jpg") && names.contains(&"forwarded e-mail.eml"), "{names:?}");
    }

    #[test]
    fn what_a_database_would_refuse_is_taken_out() {
        let head = format!("From: =?utf-8?Q?a=00b?= <{}@example.com>\r\nSubject: {}\r\n\r\nwords\0here", "x".repeat(900), "y".repeat(900));
        let mail = read(1, head.as_bytes());
        assert!(![&mail.name, &mail.from, &mail.subject, &mail.text, &mail.id].iter().any(|t| t.contains('\0')));
        assert!(mail.from.chars().count() <= LINE_MAX && mail.subject.chars().count() <= LINE_MAX);
        let again = read(1, b"From: a@b\r\nMessage-ID: <same@x>\r\n\r\none");
        let other = read(2, b"From: a@b\r\nMessage-ID: <same@x>\r\n\r\ntwo");
        assert_ne!(again.id, other.id, "a sender who repeats an id loses nothing");
    }

    #[test]
    fn what_a_program_wrote_is_known_as_such() {
        let absence = "From: ada@example.com\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.";
        assert!(read(1, absence.as_bytes()).automatic);
        let bounce = "From: MAILER-DAEMON@x\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nNo such user\r\n\
                      --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; ada@example.com\r\nAction: failed\r\n\r\n\
                      --b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <018f-1@portico>\r\nSubject: Your request\r\n\r\nDear Ada\r\n--b--\r\n";
        let mail = read(1, bounce.as_bytes());
        assert_eq!((mail.automatic, mail.bounced.as_deref()), (true, Some("018f-1@portico")));
    }

    #[test]
    fn rubbish_is_read_as_far_as_it_goes() {
        for raw in [&b""[..], b"\xff\xfe\x00", b"no headers at all", b"From: <<<>\r\n\r\n"] {
            let mail = read(1, raw);
            assert!(!mail.id.is_empty());
        }
        assert_ne!(read(1, b"one").id, read(1, b"two").id);
    }
}
