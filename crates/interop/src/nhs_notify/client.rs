use std::fmt;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use portico_nhs::NhsNumber;
use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, Url};
use serde::Deserialize;
use serde_json::json;

use super::{NhsNotifyConfig, callback, status, token::Signer};
use crate::http::{Answer, Line, at};
use crate::send_failure::quote;
use crate::{CallbackRefused, ConfigRefused, Patience, Receipt, Secret, SendFailure};

/// The longest message that the NHS App shows, in characters.
const APP_CHARS_MAX: usize = 5_000;
/// Most pages of accounts that are read at once; a page names a thousand patients at most.
const PAGES_MAX: u32 = 200;
/// An access token is not used in its last half minute.
const TOKEN_MARGIN: SignedDuration = SignedDuration::from_secs(30);

/// NHS Notify took the message. It has not arrived yet: a [`Receipt`] says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// Now, under this id.
    Now(String),
    /// At an earlier try whose answer was lost; its id is not told, receipts name our reference.
    Before,
}

/// A practice's line to NHS Notify.
#[derive(Clone)]
pub struct NhsNotify {
    config: NhsNotifyConfig,
    base_url: Url,
    token_url: Url,
    line: Line,
    signer: Arc<Signer>,
    /// The access token in use, and until when.
    token: Arc<Mutex<Option<(Secret, Timestamp)>>>,
}

impl fmt::Debug for NhsNotify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NhsNotify").field("base_url", &self.base_url.as_str()).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Document<T> {
    data: T,
}

#[derive(Deserialize)]
struct Resource<T> {
    id: String,
    attributes: T,
}

impl NhsNotify {
    /// Checks the settings and the key; opens no connection.
    pub fn new(config: NhsNotifyConfig) -> Result<Self, ConfigRefused> {
        Self::with_patience(config, Patience::default())
    }

    /// As [`new`](Self::new), with other limits on waiting.
    pub fn with_patience(config: NhsNotifyConfig, patience: Patience) -> Result<Self, ConfigRefused> {
        let (base_url, token_url) = config.checked()?;
        let line = Line::new("NHS Notify", "nhs_notify", &base_url, patience)?;
        let signer = Arc::new(Signer::new(&config)?);
        Ok(Self { config, base_url, token_url, line, signer, token: Arc::default() })
    }

    /// Asks NHS Notify to put a message into a patient's NHS App. `reference` is a UUID, the same at every try; a second
    /// request with it sends nothing.
    pub async fn send_to_app(
        &self,
        reference: &str,
        to: NhsNumber,
        ods_code: &str,
        body: &str,
        now: Timestamp,
    ) -> Result<Accepted, SendFailure> {
        if body.trim().is_empty() {
            return Err(SendFailure::give_up("A message needs some words."));
        }
        if body.chars().count() > APP_CHARS_MAX {
            return Err(SendFailure::give_up(format!("The NHS App shows at most {APP_CHARS_MAX} characters.")));
        }
        let payload = json!({ "data": { "type": "Message", "attributes": {
            "routingPlanId": self.config.app_plan,
            "messageReference": reference,
            "recipient": { "nhsNumber": to.digits() },
            "originator": { "odsCode": ods_code },
            "personalisation": { "body": body },
        } } });
        // The media type of JSON:API, which reqwest's json() would not set.
        let request = self.line.client.post(self.at(&["v1", "messages"]));
        let request = request.header(CONTENT_TYPE, "application/vnd.api+json").body(payload.to_string());
        let answer = self.ask(request, now).await?;
        if answer.status.as_u16() == 422 && problems(&answer.body).iter().any(|p| p.is_duplicate()) {
            return Ok(Accepted::Before);
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Created {
            message_reference: Option<String>,
        }
        let created: Document<Resource<Created>> = self.success(&answer)?;
        let ours = created.data.attributes.message_reference.is_none_or(|theirs| theirs == reference);
        if created.data.id.is_empty() || !ours {
            return Err(SendFailure::try_later("NHS Notify answered about another message; it may have taken ours."));
        }
        Ok(Accepted::Now(created.data.id))
    }

    /// Asks how far a message has come.
    pub async fn status(&self, provider_id: &str, now: Timestamp) -> Result<Receipt, SendFailure> {
        if provider_id.is_empty() || !provider_id.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(SendFailure::give_up("NHS Notify never told its id of the message, so it cannot be asked."));
        }
        let answer = self.ask(self.line.client.get(self.at(&["v1", "messages", provider_id])), now).await?;
        let found: Document<Resource<status::Attributes>> = self.success(&answer)?;
        if found.data.id != provider_id {
            return Err(SendFailure::give_up("NHS Notify answered about another message."));
        }
        let delivery = status::read(&found.data.attributes).map_err(|status| {
            SendFailure::give_up(format!("NHS Notify gave the status \"{status}\", which it does not publish; look the message up there."))
        })?;
        Ok(Receipt { provider_id: found.data.id, reference: found.data.attributes.message_reference, delivery })
    }

    /// The patients of an organisation who have the NHS App and are told on their phone when a message comes.
    /// NHS Notify renews the list once a day.
    pub async fn app_accounts(&self, ods_code: &str, now: Timestamp) -> Result<Vec<NhsNumber>, SendFailure> {
        #[derive(Deserialize)]
        struct Page {
            data: Resource<Accounts>,
            links: Option<Links>,
        }
        #[derive(Deserialize)]
        struct Links {
            next: Option<String>,
        }
        #[derive(Deserialize)]
        struct Accounts {
            accounts: Vec<Account>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Account {
            nhs_number: String,
            notifications_enabled: bool,
        }
        let mut all = Vec::new();
        for page in 1..=PAGES_MAX {
            let mut url = self.at(&["channels", "nhsapp", "accounts"]);
            url.query_pairs_mut().append_pair("ods-organisation-code", ods_code).append_pair("page", &page.to_string());
            let answer = self.ask(self.line.client.get(url), now).await?;
            let found: Page = self.success(&answer)?;
            let told = found.data.attributes.accounts.into_iter().filter(|a| a.notifications_enabled);
            all.extend(told.filter_map(|a| a.nhs_number.parse::<NhsNumber>().ok()));
            if found.links.and_then(|l| l.next).is_none() {
                return Ok(all);
            }
        }
        Err(SendFailure::give_up("NHS Notify's list of accounts has no end."))
    }

    /// Reads the receipts that NHS Notify posted to us, by its headers `x-api-key` and `x-hmac-sha256-signature`.
    ///
    /// They may come twice, late, in any order and for messages that we do not know.
    pub fn read_callback(&self, api_key: Option<&str>, signature: Option<&str>, body: &[u8]) -> Result<Vec<Receipt>, CallbackRefused> {
        callback::read(&self.config, api_key, signature, body)
    }

    fn at(&self, path: &[&str]) -> Url {
        at(&self.base_url, path)
    }

    async fn ask(&self, request: RequestBuilder, now: Timestamp) -> Result<Answer, SendFailure> {
        let token = self.access_token(now).await?;
        let answer = self.line.ask(request.bearer_auth(token.expose())).await?;
        if answer.status.as_u16() == 401 {
            // Taken back before its time: the next try asks for another.
            *self.kept() = None;
            return Err(SendFailure::try_later("NHS Notify did not take our access token."));
        }
        Ok(answer)
    }

    fn success<T: serde::de::DeserializeOwned>(&self, answer: &Answer) -> Result<T, SendFailure> {
        if answer.status.is_success() {
            return self.line.parsed(answer);
        }
        let is_our_key = |_: &str| answer.status.as_u16() == 403;
        Err(self.line.refusal(answer, words_of(&answer.body), is_our_key))
    }

    /// The access token in use, or a new one.
    async fn access_token(&self, now: Timestamp) -> Result<Secret, SendFailure> {
        if let Some((token, until)) = self.kept().clone()
            && now < until
        {
            return Ok(token);
        }
        #[derive(Deserialize)]
        struct Granted {
            access_token: Secret,
            /// Seconds, which the platform writes as a string.
            expires_in: serde_json::Value,
        }
        let assertion = self.signer.assertion(&self.config, now);
        let assertion = assertion.ok_or_else(|| SendFailure::give_up("The request for an access token could not be signed."))?;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.as_str()),
        ];
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.line.client.post(self.token_url.clone());
        let answer = self.line.ask(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)).await?;
        if !answer.status.is_success() {
            return Err(self.line.refusal(&answer, words_of(&answer.body), |_| answer.status.is_client_error()));
        }
        let granted: Granted = self.line.parsed(&answer)?;
        let seconds = granted.expires_in.as_str().and_then(|s| s.parse().ok()).or(granted.expires_in.as_i64()).unwrap_or(0);
        let until = now + SignedDuration::from_secs(seconds.clamp(0, 3600)) - TOKEN_MARGIN;
        *self.kept() = Some((granted.access_token.clone(), until));
        Ok(granted.access_token)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<(Secret, Timestamp)>> {
        self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// One problem of an error body.
#[derive(Deserialize)]
struct Problem {
    code: Option<String>,
    detail: Option<String>,
    title: Option<String>,
}

impl Problem {
    fn is_duplicate(&self) -> bool {
        self.code.as_deref().is_some_and(|code| code.contains("DUPLICATE"))
    }
}

fn problems(body: &[u8]) -> Vec<Problem> {
    #[derive(Deserialize)]
    struct Problems {
        errors: Vec<Problem>,
    }
    serde_json::from_slice::<Problems>(body).map(|p| p.errors).unwrap_or_default()
}

/// The words of an error body, or of a refused token.
fn words_of(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refused {
        error_description: String,
    }
    let refused = serde_json::from_slice::<Refused>(body).ok().map(|r| r.error_description);
    let said = problems(body).into_iter().filter_map(|p| p.detail.or(p.title)).collect::<Vec<_>>().join(" ");
    let words = quote(&refused.unwrap_or(said));
    (!words.is_empty()).then(|| if words.ends_with(['.', '!', '?']) { words } else { format!("{words}.") })
}
