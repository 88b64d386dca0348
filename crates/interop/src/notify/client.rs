use std::sync::Arc;

use jiff::Timestamp;
use reqwest::header::RETRY_AFTER;
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::config::is_this_machine;
use super::{CallbackRefused, Delivery, NotifyConfig, Outgoing, Patience, Receipt, SendFailure};
use super::{callback, compose, token};
use crate::ConfigRefused;
use crate::send_failure::quote;

/// The longest answer that we read, in bytes; Notify's list of 250 letters is well below it.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

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
    http: Client,
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
        let mut http = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .redirect(redirect::Policy::none())
            .connect_timeout(patience.connect)
            .timeout(patience.answer)
            .user_agent(concat!("portico/", env!("CARGO_PKG_VERSION")));
        if is_this_machine(&base_url) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| ConfigRefused::new("notify", error.to_string()))?;
        Ok(Self { config, base_url, http })
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
        let created: Created = self.call(self.http.post(url).json(&request.payload), issued_at).await?;
        if created.id.is_empty() || created.reference.is_some_and(|theirs| theirs != outgoing.reference) {
            return Err(SendFailure::give_up("GOV.UK Notify answered about another message; check whether ours went."));
        }
        Ok(Accepted { provider_id: created.id })
    }

    /// Asks how far a message has come. Notify forgets messages, usually after seven days.
    pub async fn status(&self, provider_id: &str, issued_at: Timestamp) -> Result<Receipt, SendFailure> {
        if provider_id.is_empty() || !provider_id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(SendFailure::give_up("That is not an id of GOV.UK Notify."));
        }
        let url = self.at(&["v2", "notifications", provider_id]);
        let receipt = receipt(self.call(self.http.get(url), issued_at).await?)?;
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
        let page: Page = self.call(self.http.get(url), issued_at).await?;
        let ours = page.notifications.into_iter().filter(|found| found.reference.as_deref() == Some(reference));
        ours.map(receipt).collect()
    }

    /// Reads a delivery receipt, or the news of a returned letter, that Notify posted to us.
    ///
    /// Receipts may come twice, late, in any order and for messages that we do not know.
    pub fn read_callback(&self, authorization_header: Option<&str>, body: &[u8]) -> Result<Receipt, CallbackRefused> {
        callback::read(&self.config.callback_token, authorization_header, body)
    }

    fn at(&self, path: &[&str]) -> Url {
        let mut url = self.base_url.clone();
        // Only addresses without a host, such as mailto:, have no path to extend.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    async fn call<T: DeserializeOwned>(&self, request: RequestBuilder, issued_at: Timestamp) -> Result<T, SendFailure> {
        let token = token::sign(&self.config.service_id, &self.config.secret, issued_at);
        let response = request.bearer_auth(token).send().await.map_err(no_answer)?;
        let status = response.status();
        let after_seconds = retry_after(&response);
        let body = read_all(response).await?;
        if !status.is_success() {
            return Err(refusal(status, after_seconds, &body));
        }
        serde_json::from_slice(&body)
            .map_err(|_| SendFailure::give_up(format!("GOV.UK Notify answered {} but not in its published form.", status.as_u16())))
    }
}

fn receipt(found: Notification) -> Result<Receipt, SendFailure> {
    let Some(delivery) = Delivery::from_status(&found.status) else {
        let status = quote(&found.status);
        return Err(SendFailure::give_up(format!(
            "GOV.UK Notify gave the status \"{status}\", which it does not publish; look the message up there."
        )));
    };
    Ok(Receipt { provider_id: found.id, reference: found.reference, delivery })
}

async fn read_all(mut response: Response) -> Result<Vec<u8>, SendFailure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            return Err(SendFailure::give_up("GOV.UK Notify's answer was too long to read."));
        }
    }
    Ok(body)
}

/// A question without an answer: whether it was heard, we do not know.
fn no_answer(error: reqwest::Error) -> SendFailure {
    if error.is_builder() {
        return SendFailure::give_up("The request to GOV.UK Notify could not be written.");
    }
    SendFailure::try_later(if error.is_timeout() {
        "GOV.UK Notify did not answer in time."
    } else if error.is_connect() {
        "GOV.UK Notify could not be reached."
    } else {
        "The connection to GOV.UK Notify broke before its answer was complete."
    })
}

fn refusal(status: StatusCode, after_seconds: Option<u32>, body: &[u8]) -> SendFailure {
    let code = status.as_u16();
    let words = their_words(body).unwrap_or_else(|| "it gave no reason".to_owned());
    if status.is_server_error() || matches!(code, 408 | 429) {
        return SendFailure::TryLater { why: format!("GOV.UK Notify answered {code}: {words}"), after_seconds };
    }
    if status.is_redirection() {
        return SendFailure::give_up(format!("GOV.UK Notify pointed elsewhere ({code}), which we do not follow. Check its address."));
    }
    let lower = words.to_lowercase();
    let is_our_key = code == 401 || (code == 403 && ["clock", "token", "key"].iter().any(|word| lower.contains(word)));
    let advice = if is_our_key { " Check this server's clock, the service id and the API key." } else { "" };
    SendFailure::give_up(format!("GOV.UK Notify refused ({code}): {words}{advice}"))
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

/// The wait that the service asks for, if it is in seconds and within a day.
fn retry_after(response: &Response) -> Option<u32> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    (seconds <= 86_400).then_some(seconds)
}

/// TLS by ring with Mozilla's roots, the same as [`crate::smtp`] uses, and without touching the
/// process's default provider.
fn tls() -> Result<rustls::ClientConfig, ConfigRefused> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigRefused::new("notify", error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
