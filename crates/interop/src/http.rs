//! What every call over HTTP shares: how long we wait, how much we read, and how a failure is sorted.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, redirect};
use serde::de::DeserializeOwned;

use crate::{ConfigRefused, SendFailure};

/// The longest answer that we read, in bytes; lists of 250 messages are well below it.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How long we wait for a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the whole answer, the connection included.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), answer: Duration::from_secs(10) }
    }
}

/// One service over HTTP, by the name that staff know it by.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub name: &'static str,
    pub client: Client,
}

/// An answer: what was said, and with which status.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub after_seconds: Option<u32>,
    pub body: Vec<u8>,
}

impl Line {
    /// Opens no connection.
    pub fn new(name: &'static str, setting: &'static str, address: &Url, patience: Patience) -> Result<Self, ConfigRefused> {
        let mut client = Client::builder()
            .tls_backend_preconfigured(tls(setting)?)
            .redirect(redirect::Policy::none())
            .connect_timeout(patience.connect)
            .timeout(patience.answer)
            .user_agent(concat!("portico/", env!("CARGO_PKG_VERSION")));
        if is_this_machine(address) {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| ConfigRefused::new(setting, error.to_string()))?;
        Ok(Self { name, client })
    }

    /// Asks, and reads the whole answer, whatever its status.
    pub async fn ask(&self, request: RequestBuilder) -> Result<Answer, SendFailure> {
        let response = request.send().await.map_err(|error| self.no_answer(&error))?;
        let (status, after_seconds) = (response.status(), retry_after(&response));
        let body = self.read_all(response).await?;
        Ok(Answer { status, after_seconds, body })
    }

    /// Reads an answer in its published form. Something in between may have written another over it, so that the other side
    /// took what we sent all the same.
    pub fn parsed<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, SendFailure> {
        serde_json::from_slice(&answer.body).map_err(|_| {
            SendFailure::try_later(format!("{} answered {} but not in its published form.", self.name, answer.status.as_u16()))
        })
    }

    async fn read_all(&self, mut response: Response) -> Result<Vec<u8>, SendFailure> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.no_answer(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                return Err(SendFailure::give_up(format!("{}'s answer was too long to read.", self.name)));
            }
        }
        Ok(body)
    }

    /// A question without an answer: whether it was heard, we do not know.
    fn no_answer(&self, error: &reqwest::Error) -> SendFailure {
        let name = self.name;
        if error.is_builder() {
            return SendFailure::give_up(format!("The request to {name} could not be written."));
        }
        SendFailure::try_later(if error.is_timeout() {
            format!("{name} did not answer in time.")
        } else if error.is_connect() {
            format!("{name} could not be reached.")
        } else {
            format!("The connection to {name} broke before its answer was complete.")
        })
    }

    /// What an answer that is not a success means; `words` are the other side's own, `ours` says that our key is at fault.
    pub fn refusal(&self, answer: &Answer, words: Option<String>, ours: impl Fn(&str) -> bool) -> SendFailure {
        let (name, code) = (self.name, answer.status.as_u16());
        let words = words.unwrap_or_else(|| "it gave no reason".to_owned());
        if answer.status.is_server_error() || matches!(code, 408 | 425 | 429) {
            return SendFailure::TryLater { why: format!("{name} answered {code}: {words}"), after_seconds: answer.after_seconds };
        }
        if answer.status.is_redirection() {
            return SendFailure::give_up(format!("{name} pointed elsewhere ({code}), which we do not follow. Check its address."));
        }
        let advice = if ours(&words.to_lowercase()) { " Check this server's clock, the service id and the API key." } else { "" };
        SendFailure::give_up(format!("{name} refused ({code}): {words}{advice}"))
    }
}

/// An address with more path.
pub(crate) fn at(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    // Only addresses without a host, such as mailto:, have no path to extend.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

/// Reads an address of the configuration and refuses what would only fail, or leak, at the first message.
pub(crate) fn web_address(setting: &'static str, text: &str) -> Result<Url, ConfigRefused> {
    let refused = |why: &str| ConfigRefused::new(setting, why);
    let url = Url::parse(text).map_err(|_| refused("It is not a web address."))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(refused("It must be a plain address without a user, a query or a fragment."));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_this_machine(&url) => Ok(url),
        "http" => Err(refused("Patients' messages must not cross a network in the clear; use https.")),
        _ => Err(refused("It must start with https.")),
    }
}

/// Whether the address names the machine we run on, as the demonstration's and the tests' do.
fn is_this_machine(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

/// The wait that the service asks for, if it is in seconds and within a day.
fn retry_after(response: &Response) -> Option<u32> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    (seconds <= 86_400).then_some(seconds)
}

/// TLS by ring with Mozilla's roots, the same as [`crate::smtp`] uses, and without touching the process's default provider.
pub(crate) fn tls(setting: &'static str) -> Result<rustls::ClientConfig, ConfigRefused> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigRefused::new(setting, error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
