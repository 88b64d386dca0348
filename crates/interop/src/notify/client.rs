use jiff::Timestamp;
use reqwest::{RequestBuilder, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{CallbackRefused, NotifyConfig, Outgoing, Patience, Receipt, ReceivedText, SendFailure};
use super::{callback, compose, received, status, token};
use crate::ConfigRefused;
use crate::http::{Line, at};
use crate::send_failure::quote;

/// Notify took the message. It has not arrived yet: a [`Receipt`] says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Notify's id of the message, which its receipts carry.
    pub provider_id: String,
}

/// A practice's line to GOV.UK Notify.
#[derive(Debug, Clone)]
pub struct GovukNotify {
    config: NotifyConfig,
    base_url: Url,
    line: Line,
}

/// A message in Notify's answers.
#[derive(Deserialize)]
struct Notification {
    id: String,
    reference: Option<String>,
    status: String,
}

impl GovukNotify {
    /// Checks the settings; opens no connection.
    pub fn new(config: NotifyConfig) -> Result<Self, ConfigRefused> {
        Self::with_patience(config, Patience::default())
    }

    /// As [`new`](Self::new), with other limits on waiting.
    pub fn with_patience(config: NotifyConfig, patience: Patience) -> Result<Self, ConfigRefused> {
        let base_url = config.checked_base_url()?;
        let line = Line::new("GOV.UK Notify", "notify", &base_url, patience)?;
        Ok(Self { config, base_url, line })
    }

    /// Asks Notify to send a message. Every call that it accepts is one more message to the
    /// patient, whatever the reference.
    pub async fn send(&self, outgoing: &Outgoing, issued_at: Timestamp) -> Result<Accepted, SendFailure> {
        #[derive(Deserialize)]
        struct Created {
            id: String,
            reference: Option<String>,
        }
        let request = compose::compose(&self.config, outgoing)?;
        let url = self.at(&["v2", "notifications", request.channel]);
        let created: Created = self.call(self.line.client.post(url).json(&request.payload), issued_at).await?;
        if created.id.is_empty() || created.reference.is_some_and(|theirs| theirs != outgoing.reference) {
            return Err(SendFailure::try_later("GOV.UK Notify answered about another message; it may have taken ours."));
        }
        Ok(Accepted { provider_id: created.id })
    }

    /// Asks how far a message has come. Notify forgets messages, usually after seven days.
    pub async fn status(&self, provider_id: &str, issued_at: Timestamp) -> Result<Receipt, SendFailure> {
        if provider_id.is_empty() || !provider_id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(SendFailure::give_up("That is not an id of GOV.UK Notify."));
        }
        let url = self.at(&["v2", "notifications", provider_id]);
        let receipt = receipt(self.call(self.line.client.get(url), issued_at).await?)?;
        if receipt.provider_id != provider_id {
            return Err(SendFailure::give_up("GOV.UK Notify answered about another message."));
        }
        Ok(receipt)
    }

    /// Lists the messages that Notify took under our reference, newest first; ask before trying
    /// again. Empty when it never took one, or forgot it.
    pub async fn find(&self, reference: &str, issued_at: Timestamp) -> Result<Vec<Receipt>, SendFailure> {
        #[derive(Deserialize)]
        struct Page {
            notifications: Vec<Notification>,
        }
        let mut url = self.at(&["v2", "notifications"]);
        url.query_pairs_mut().append_pair("reference", reference);
        let page: Page = self.call(self.line.client.get(url), issued_at).await?;
        let ours = page.notifications.into_iter().filter(|found| found.reference.as_deref() == Some(reference));
        ours.map(receipt).collect()
    }

    /// Lists text messages that patients sent to the service's number, newest first, at most 250; `older_than` pages on.
    pub async fn received_texts(&self, older_than: Option<&str>, issued_at: Timestamp) -> Result<Vec<ReceivedText>, SendFailure> {
        let mut url = self.at(&["v2", "received-text-messages"]);
        if let Some(id) = older_than {
            url.query_pairs_mut().append_pair("older_than", id);
        }
        let page: received::Page = self.call(self.line.client.get(url), issued_at).await?;
        Ok(page.received_text_messages)
    }

    /// Reads a delivery receipt, or the news of a returned letter, that Notify posted to us.
    ///
    /// Receipts may come twice, late, in any order and for messages that we do not know.
    pub fn read_callback(&self, authorization_header: Option<&str>, body: &[u8]) -> Result<Receipt, CallbackRefused> {
        callback::read(&self.config.callback_token, authorization_header, body)
    }

    /// The ODS code of the organisation that texts from patients belong to, as configured.
    pub fn texts_for(&self) -> Option<&str> {
        self.config.texts_for.as_deref()
    }

    fn at(&self, path: &[&str]) -> Url {
        at(&self.base_url, path)
    }

    async fn call<T: DeserializeOwned>(&self, request: RequestBuilder, issued_at: Timestamp) -> Result<T, SendFailure> {
        let token = token::sign(&self.config.service_id, &self.config.secret, issued_at);
        let answer = self.line.ask(request.bearer_auth(token)).await?;
        if answer.status.is_success() {
            return self.line.parsed(&answer);
        }
        let code = answer.status.as_u16();
        let is_our_key = |words: &str| code == 401 || (code == 403 && ["clock", "token", "key"].iter().any(|word| words.contains(word)));
        Err(self.line.refusal(&answer, their_words(&answer.body), is_our_key))
    }
}

fn receipt(found: Notification) -> Result<Receipt, SendFailure> {
    let Some(delivery) = status::read(&found.status) else {
        let status = quote(&found.status);
        return Err(SendFailure::give_up(format!(
            "GOV.UK Notify gave the status \"{status}\", which it does not publish; look the message up there."
        )));
    };
    Ok(Receipt { provider_id: found.id, reference: found.reference, delivery })
}

/// The messages in an error body: `{"errors": [{"error", "message"}]}`, or the bare list.
fn their_words(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        message: String,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Problems {
        Wrapped { errors: Vec<Problem> },
        Bare(Vec<Problem>),
    }
    let (Problems::Wrapped { errors } | Problems::Bare(errors)) = serde_json::from_slice(body).ok()?;
    let messages: Vec<_> = errors.into_iter().map(|problem| problem.message).collect();
    let words = quote(&messages.join(" "));
    if words.is_empty() {
        return None;
    }
    Some(if words.ends_with(['.', '!', '?']) { words } else { format!("{words}.") })
}
