//! The post: which outside system carries which message.

use jiff::Timestamp;
use portico_domain::message::Channel;
use portico_interop::{
    SendFailure,
    notify::{GovukNotify, Outgoing, Receipt, Recipient},
    smtp::{Email, Smtp},
};

use crate::config::Config;

/// What took a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outlet {
    /// A service that sends receipts, and its id for the message.
    WithReceipts(String),
    /// A mail server: it gives no receipts.
    WithoutReceipts(String),
    /// The demonstration's own pretence, which says so.
    Demonstration,
}

/// The outside systems that are set up.
pub struct Post {
    notify: Option<GovukNotify>,
    smtp: Option<Smtp>,
    /// The virus scanner's address.
    pub(crate) scanner: Option<String>,
}

/// A message on its way, with its link filled in.
pub struct Letter {
    /// Our own id for it, the same at every try.
    pub reference: String,
    /// How.
    pub channel: Channel,
    /// Where.
    pub to: String,
    /// Subject line.
    pub subject: String,
    /// Words.
    pub body: String,
    /// When it was written.
    pub written_at: Timestamp,
}

impl Post {
    /// From the configuration; a setting that cannot work is refused at the start.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let notify = config.notify.clone().map(GovukNotify::new).transpose()?;
        let smtp = config.smtp.clone().map(Smtp::new).transpose()?;
        Ok(Self { notify, smtp, scanner: config.scanner.clone() })
    }

    /// Sends one message. `tried_before` asks the service first whether an earlier try arrived after all.
    pub async fn send(&self, letter: Letter, tried_before: bool, now: Timestamp) -> Result<Outlet, SendFailure> {
        match (letter.channel, &self.smtp, &self.notify) {
            (Channel::Email, Some(smtp), _) => {
                let message_id = format!("{}@portico", letter.reference);
                let email = Email {
                    to: letter.to,
                    subject: letter.subject,
                    text: letter.body,
                    message_id: message_id.clone(),
                    written_at: letter.written_at,
                };
                smtp.send(email).await?;
                Ok(Outlet::WithoutReceipts(message_id))
            }
            (Channel::Email | Channel::Sms | Channel::Letter, _, Some(notify)) => {
                if tried_before && let Some(earlier) = notify.find(&letter.reference, now).await?.into_iter().next() {
                    return Ok(Outlet::WithReceipts(earlier.provider_id));
                }
                let to = match letter.channel {
                    Channel::Sms => Recipient::Sms(letter.to),
                    Channel::Email => Recipient::Email(letter.to),
                    _ => Recipient::Letter(letter.to.lines().map(str::to_owned).collect()),
                };
                let outgoing = Outgoing { reference: letter.reference, to, subject: Some(letter.subject), body: letter.body };
                Ok(Outlet::WithReceipts(notify.send(&outgoing, now).await?.provider_id))
            }
            (channel, _, _) => Err(SendFailure::GiveUp { why: format!("no service is set up for: {}", channel.label().to_lowercase()) }),
        }
    }

    /// Asks the service what became of a message.
    pub async fn status(&self, provider_id: &str, now: Timestamp) -> Result<Receipt, SendFailure> {
        match &self.notify {
            Some(notify) => notify.status(provider_id, now).await,
            None => Err(SendFailure::GiveUp { why: "no service that gives receipts is set up".into() }),
        }
    }

    /// The service that posts receipts to us.
    pub(crate) fn notify(&self) -> Option<&GovukNotify> {
        self.notify.as_ref()
    }
}
