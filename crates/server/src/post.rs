//! The post: which outside system carries which message, and which bring what patients write.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use portico_domain::message::Channel;
use portico_interop::{
    Patience, Receipt, SendFailure,
    imap::Mailbox,
    nhs_notify::{self, NhsNotify},
    notify::{GovukNotify, Outgoing, Recipient},
    smtp::{Email, Smtp},
};
use portico_nhs::OrganisationId;

use crate::config::Config;

/// What took a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outlet {
    /// A service that sends receipts, and its id for the message; our own when it did not tell its.
    WithReceipts(String),
    /// A mail server: it gives no receipts.
    WithoutReceipts(String),
    /// The demonstration's own pretence, which says so.
    Demonstration,
}

/// The outside systems that are set up.
pub struct Post {
    notify: Option<GovukNotify>,
    nhs_notify: Option<NhsNotify>,
    smtp: Option<Smtp>,
    /// Mailboxes that patients write to.
    pub(crate) mailboxes: Vec<Mailbox>,
    /// The virus scanner's address.
    pub(crate) scanner: Option<String>,
    /// When what is fetched from outside is fetched next.
    next: Mutex<HashMap<(OrganisationId, &'static str), Timestamp>>,
    /// Since when it cannot be fetched.
    failing: Mutex<HashMap<(OrganisationId, &'static str), Timestamp>>,
}

/// A message on its way, with its link filled in.
pub struct Letter {
    /// Our own id for it, the same at every try.
    pub reference: String,
    /// How.
    pub channel: Channel,
    /// Where.
    pub to: String,
    /// The ODS code of the organisation that writes.
    pub from: String,
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
        Self::with_patience(config, Patience::default())
    }

    /// The same, with how long the services that send messages may take to answer.
    pub fn with_patience(config: &Config, patience: Patience) -> anyhow::Result<Self> {
        let notify = config.notify.clone().map(|c| GovukNotify::with_patience(c, patience)).transpose()?;
        let nhs_notify = config.nhs_notify.clone().map(|c| NhsNotify::with_patience(c, patience)).transpose()?;
        let smtp = config.smtp.clone().map(Smtp::new).transpose()?;
        let mailboxes = config.mailbox.iter().cloned().map(Mailbox::new).collect::<Result<_, _>>()?;
        Ok(Self { notify, nhs_notify, smtp, mailboxes, scanner: config.scanner.clone(), next: Mutex::default(), failing: Mutex::default() })
    }

    /// Sends one message. `tried_before` asks the service first whether an earlier try arrived after all.
    pub async fn send(&self, letter: Letter, tried_before: bool, now: Timestamp) -> Result<Outlet, SendFailure> {
        match letter.channel {
            Channel::NhsApp => self.by_app(letter, now).await,
            Channel::Email if self.smtp.is_some() => self.by_mail_server(letter).await,
            Channel::Sms | Channel::Email | Channel::Letter => self.by_notify(letter, tried_before, now).await,
            Channel::Link => Err(not_set_up(Channel::Link)),
        }
    }

    async fn by_app(&self, letter: Letter, now: Timestamp) -> Result<Outlet, SendFailure> {
        let service = self.nhs_notify.as_ref().ok_or_else(|| not_set_up(letter.channel))?;
        let to = letter.to.parse().map_err(|_| SendFailure::GiveUp { why: "The NHS number does not read.".into() })?;
        let taken = service.send_to_app(&letter.reference, to, &letter.from, &letter.body, now).await?;
        Ok(Outlet::WithReceipts(match taken {
            nhs_notify::Accepted::Now(id) => id,
            nhs_notify::Accepted::Before => letter.reference,
        }))
    }

    async fn by_mail_server(&self, letter: Letter) -> Result<Outlet, SendFailure> {
        let smtp = self.smtp.as_ref().ok_or_else(|| not_set_up(letter.channel))?;
        let message_id = format!("{}@portico", letter.reference);
        let (to, subject, text, written_at) = (letter.to, letter.subject, letter.body, letter.written_at);
        smtp.send(Email { to, subject, text, message_id: message_id.clone(), written_at }).await?;
        Ok(Outlet::WithoutReceipts(message_id))
    }

    async fn by_notify(&self, letter: Letter, tried_before: bool, now: Timestamp) -> Result<Outlet, SendFailure> {
        let notify = self.notify.as_ref().ok_or_else(|| not_set_up(letter.channel))?;
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

    /// Asks the service what became of a message.
    pub async fn status(&self, channel: Channel, provider_id: &str, now: Timestamp) -> Result<Receipt, SendFailure> {
        match (channel, &self.nhs_notify, &self.notify) {
            (Channel::NhsApp, Some(service), _) => service.status(provider_id, now).await,
            (Channel::Sms | Channel::Email | Channel::Letter, _, Some(notify)) => notify.status(provider_id, now).await,
            _ => Err(SendFailure::GiveUp { why: "no service that gives receipts is set up".into() }),
        }
    }

    /// The service that posts receipts of texts, e-mails and letters to us.
    pub(crate) fn notify(&self) -> Option<&GovukNotify> {
        self.notify.as_ref()
    }

    /// The service that posts receipts of messages in the NHS App to us.
    pub(crate) fn nhs_notify(&self) -> Option<&NhsNotify> {
        self.nhs_notify.as_ref()
    }

    /// Whether it is time to fetch something for an organisation.
    pub(crate) fn is_time(&self, organisation: OrganisationId, what: &'static str, now: Timestamp) -> bool {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).get(&(organisation, what)).is_none_or(|at| *at <= now)
    }

    /// Something could not be fetched; says since when that is so.
    pub(crate) fn fails(&self, organisation: OrganisationId, what: &'static str, now: Timestamp) -> Timestamp {
        *self.failing.lock().unwrap_or_else(PoisonError::into_inner).entry((organisation, what)).or_insert(now)
    }

    /// Something was fetched.
    pub(crate) fn works(&self, organisation: OrganisationId, what: &'static str) {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner).remove(&(organisation, what));
    }

    /// Says when something is fetched next.
    pub(crate) fn fetch_next(&self, organisation: OrganisationId, what: &'static str, at: Timestamp) {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).insert((organisation, what), at);
    }
}

fn not_set_up(channel: Channel) -> SendFailure {
    SendFailure::GiveUp { why: format!("no service is set up for: {}", channel.amid()) }
}
