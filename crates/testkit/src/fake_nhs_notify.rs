//! NHS Notify on this machine, for tests: its token address, the NHS App, its status and its signed receipts.
//!
//! As strict as the published description: the assertion and the access token are checked, unknown fields are refused.
//! Nothing is sent to anybody.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use portico_interop::{Secret, nhs_notify::NhsNotifyConfig};
use ring::signature::{RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::fake_notify::{Fault, answer_by, post_body};

/// How a call of NHS Notify is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// As it should be.
    Right,
    /// With another key in the header.
    WrongKey,
    /// With the right key and a signature of something else.
    WrongSignature,
}

/// A message that the fake took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppMessage {
    /// The id that the fake gave it.
    pub id: String,
    /// The sender's reference.
    pub reference: String,
    /// To whom, by NHS number.
    pub to: String,
    /// The words.
    pub body: String,
    /// created, sending, delivered or failed.
    pub status: &'static str,
}

struct Kept {
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    standing: Fault,
    next: VecDeque<Fault>,
    sent: Vec<AppMessage>,
    /// Receipts that are due: the message they name, the id they give it, what they say, and whether they are held back.
    receipts: Vec<(String, String, &'static str, bool)>,
    assertions: HashSet<String>,
    tokens: HashMap<String, Timestamp>,
    accounts: Vec<(String, bool)>,
}

type Shared = Arc<Mutex<Kept>>;

/// NHS Notify on this machine; it stops when dropped.
pub struct FakeNhsNotify {
    base_url: String,
    kept: Shared,
    server: JoinHandle<()>,
}

impl FakeNhsNotify {
    /// The API key to configure.
    pub const API_KEY: &'static str = "Xp5kvQbP1uG0oZ7nA3";
    /// The id of the key pair to configure.
    pub const KEY_ID: &'static str = "test-1";
    /// The private key to configure; made for these tests and used for nothing else.
    pub const PRIVATE_KEY: &'static str = include_str!("../keys/nhs_notify_test_only.pem");
    /// The routing plan to configure.
    pub const APP_PLAN: &'static str = "00000000-0000-0000-0000-000000000001";
    /// The application's id to configure.
    pub const APPLICATION_ID: &'static str = "5d1f0a7e-7c7e-4c59-9d49-000000000001";
    /// The key on the receipts to configure.
    pub const CALLBACK_KEY: &'static str = "0bb04a0e-0000-42dd-8993-dacf37410a12";
    const PUBLIC_KEY: &'static [u8] = include_bytes!("../keys/nhs_notify_test_only.public.der");

    /// The settings that reach it.
    pub fn config(&self) -> NhsNotifyConfig {
        NhsNotifyConfig {
            base_url: self.base_url(),
            token_url: self.token_url(),
            api_key: Secret::from(Self::API_KEY),
            key_id: Self::KEY_ID.to_owned(),
            private_key: Secret::from(Self::PRIVATE_KEY),
            app_plan: Self::APP_PLAN.to_owned(),
            application_id: Self::APPLICATION_ID.to_owned(),
            callback_key: Secret::from(Self::CALLBACK_KEY),
        }
    }

    /// Listens on a free port, by the caller's clock.
    pub async fn start(clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base_url = format!("http://{}", listener.local_addr().expect("a bound address"));
        let kept = Arc::new(Mutex::new(Kept {
            clock: Arc::new(clock),
            standing: Fault::None,
            next: VecDeque::new(),
            sent: Vec::new(),
            receipts: Vec::new(),
            assertions: HashSet::new(),
            tokens: HashMap::new(),
            accounts: Vec::new(),
        }));
        let state = (Arc::clone(&kept), format!("{base_url}/oauth2/token"));
        let routes = Router::new()
            .route("/oauth2/token", post(grant))
            .route("/comms/v1/messages", post(send))
            .route("/comms/v1/messages/{id}", get(read_one))
            .route("/comms/channels/nhsapp/accounts", get(accounts))
            .with_state(state);
        let server = tokio::spawn(async move {
            // Serving on an open listener ends only when the task is stopped.
            let _ = axum::serve(listener, routes).await;
        });
        Self { base_url, kept, server }
    }

    /// The address of the service to configure.
    pub fn base_url(&self) -> String {
        format!("{}/comms", self.base_url)
    }

    /// The address of its tokens to configure.
    pub fn token_url(&self) -> String {
        format!("{}/oauth2/token", self.base_url)
    }

    /// Misbehaves in one way at every request to send, until told otherwise.
    pub fn set_fault(&self, fault: Fault) {
        let mut kept = self.locked();
        kept.next.clear();
        kept.standing = fault;
    }

    /// Misbehaves once in each of these ways, then as [`set_fault`](Self::set_fault) said.
    pub fn set_faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.locked().next = faults.into_iter().collect();
    }

    /// Says who has the App, and whether they are told of messages.
    pub fn set_accounts(&self, accounts: impl IntoIterator<Item = (String, bool)>) {
        self.locked().accounts = accounts.into_iter().collect();
    }

    /// Forgets every access token that it gave, as when the platform is restarted.
    pub fn forget_tokens(&self) {
        self.locked().tokens.clear();
    }

    /// How many access tokens it gave.
    pub fn tokens_given(&self) -> usize {
        self.locked().assertions.len()
    }

    /// Everything taken so far, oldest first.
    pub fn sent(&self) -> Vec<AppMessage> {
        self.locked().sent.clone()
    }

    /// Lets the receipts held back by [`Fault::LateReceipt`] go, and their messages be delivered.
    pub fn release_late_receipts(&self) {
        let mut kept = self.locked();
        kept.receipts.iter_mut().for_each(|(_, _, _, late)| *late = false);
        kept.sent.iter_mut().filter(|m| m.status == "sending").for_each(|m| m.status = "delivered");
    }

    /// Posts every receipt that is due and returns what the receiver answered to each; what is not taken stays due.
    pub async fn deliver_callbacks_to(&self, url: &str, signing: Signing) -> Vec<u16> {
        let (due, later) = std::mem::take(&mut self.locked().receipts).into_iter().partition(|(_, _, _, late)| !late);
        self.locked().receipts = later;
        let due: Vec<(String, String, &'static str, bool)> = due;
        let mut answers = Vec::new();
        for receipt in due {
            let (reference, id, status, _) = &receipt;
            let body = callback(id, reference, status).to_string();
            let answer = post_body(url, &signed(signing, &body), &body).await.unwrap_or(0);
            if !(200..300).contains(&answer) {
                self.locked().receipts.push(receipt.clone());
            }
            answers.push(answer);
        }
        answers
    }

    fn locked(&self) -> MutexGuard<'_, Kept> {
        locked(&self.kept)
    }
}

impl Drop for FakeNhsNotify {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn locked(kept: &Shared) -> MutexGuard<'_, Kept> {
    kept.lock().expect("no test panics while it holds the fake")
}

fn now(kept: &Shared) -> Timestamp {
    let clock = Arc::clone(&locked(kept).clock);
    clock()
}

/// The headers of a call.
fn signed(signing: Signing, body: &str) -> Vec<(&'static str, String)> {
    let secret = format!("{}.{}", FakeNhsNotify::APPLICATION_ID, FakeNhsNotify::CALLBACK_KEY);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("an HMAC takes any key");
    mac.update(if signing == Signing::WrongSignature { b"something else" } else { body.as_bytes() });
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let key = if signing == Signing::WrongKey { "another key" } else { FakeNhsNotify::CALLBACK_KEY };
    vec![("x-api-key", key.to_owned()), ("x-hmac-sha256-signature", signature)]
}

fn callback(id: &str, reference: &str, status: &str) -> Value {
    json!({ "data": [
        { "type": "ChannelStatus", "attributes": { "messageId": id, "messageReference": reference, "channel": "nhsapp", "channelStatus": status } },
        {
            "type": "MessageStatus",
            "attributes": {
                "messageId": id,
                "messageReference": reference,
                "messageStatus": status,
                "messageStatusDescription": if status == "failed" { json!("Failed reason: NHS number not found") } else { Value::Null },
                "channels": [{ "type": "nhsapp", "channelStatus": status }],
                "timestamp": "2026-01-05T08:30:00Z",
                "routingPlan": { "id": FakeNhsNotify::APP_PLAN, "version": "1" },
            },
            "links": { "message": format!("https://api.service.nhs.uk/comms/v1/messages/{id}") },
            "meta": { "idempotencyKey": format!("{id}-{status}") },
        },
    ] })
}

async fn grant(State((kept, audience)): State<(Shared, String)>, body: Bytes) -> Response {
    let fields: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let refused =
        |why: &str| (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": "invalid_request", "error_description": why }))).into_response();
    if fields.get("grant_type").map(String::as_str) != Some("client_credentials") {
        return refused("grant_type is wrong");
    }
    if fields.get("client_assertion_type").map(String::as_str) != Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") {
        return refused("client_assertion_type is wrong");
    }
    let assertion = fields.get("client_assertion").cloned().unwrap_or_default();
    let at = now(&kept);
    if let Err(why) = check_assertion(&assertion, &audience, at) {
        return refused(&why);
    }
    let mut kept = locked(&kept);
    if !kept.assertions.insert(assertion) {
        return refused("Non-unique 'jti' claim in client_assertion JWT");
    }
    let token = format!("token-{}", kept.assertions.len());
    kept.tokens.insert(token.clone(), at + jiff::SignedDuration::from_secs(599));
    axum::Json(json!({ "access_token": token, "expires_in": "599", "token_type": "Bearer" })).into_response()
}

fn check_assertion(assertion: &str, audience: &str, now: Timestamp) -> Result<(), String> {
    let parts: Vec<&str> = assertion.split('.').collect();
    let [head, claims, signature] = parts[..] else { return Err("Malformed JWT in client_assertion".into()) };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    let parsed = |part: &str| serde_json::from_slice::<Value>(&decode(part)).unwrap_or_default();
    let (head_read, claims_read) = (parsed(head), parsed(claims));
    if head_read["alg"] != "RS512" || head_read["kid"] != FakeNhsNotify::KEY_ID {
        return Err("Invalid 'alg' or 'kid' header in client_assertion JWT".into());
    }
    if claims_read["iss"] != FakeNhsNotify::API_KEY || claims_read["sub"] != FakeNhsNotify::API_KEY || claims_read["aud"] != audience {
        return Err("Invalid 'iss', 'sub' or 'aud' claim in client_assertion JWT".into());
    }
    if claims_read["jti"].as_str().is_none_or(str::is_empty) {
        return Err("Missing 'jti' claim in client_assertion JWT".into());
    }
    let lasts = claims_read["exp"].as_i64().unwrap_or_default() - now.as_second();
    if !(1..=300).contains(&lasts) {
        return Err("Invalid 'exp' claim in client_assertion JWT - more than 5 minutes in future, or past".into());
    }
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA512, FakeNhsNotify::PUBLIC_KEY);
    key.verify(format!("{head}.{claims}").as_bytes(), &decode(signature)).map_err(|_| "JWT signature verification failed".to_owned())
}

/// What is wrong with a request, with its status and code.
fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let errors = json!({ "errors": [{ "id": "1", "code": code, "status": status.as_str(), "title": detail, "detail": detail }] });
    (status, [(header::CONTENT_TYPE, "application/vnd.api+json")], errors.to_string()).into_response()
}

/// The refusal of a call without a good access token.
fn refused(kept: &Shared, headers: &HeaderMap) -> Option<Response> {
    let at = now(kept);
    let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    match given.and_then(|token| locked(kept).tokens.get(token).copied()) {
        Some(until) if at < until => None,
        _ => Some(problem(StatusCode::UNAUTHORIZED, "CM_DENIED", "Access token missing, invalid or expired")),
    }
}

fn refuse_by(fault: Fault) -> Option<Response> {
    match fault {
        Fault::TooMany => {
            let mut refused = problem(StatusCode::TOO_MANY_REQUESTS, "CM_QUOTA", "You have made too many requests");
            refused.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("60"));
            Some(refused)
        }
        Fault::ServerError => Some(problem(StatusCode::INTERNAL_SERVER_ERROR, "CM_INTERNAL_SERVER_ERROR", "Internal server error")),
        Fault::KeyWithdrawn => Some(problem(StatusCode::FORBIDDEN, "CM_FORBIDDEN", "Access to this resource is forbidden")),
        _ => None,
    }
}

async fn send(State((kept, _)): State<(Shared, String)>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refused) = refused(&kept, &headers) {
        return refused;
    }
    if headers.get(header::CONTENT_TYPE).is_none_or(|v| v != "application/vnd.api+json") {
        return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "CM_UNSUPPORTED_MEDIA", "Content-Type is wrong");
    }
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let attributes = &request["data"]["attributes"];
    let known = ["routingPlanId", "messageReference", "recipient", "originator", "personalisation", "billingReference"];
    let unknown = attributes.as_object().is_none_or(|o| o.keys().any(|k| !known.contains(&k.as_str())));
    let text = |value: &Value| value.as_str().filter(|s| !s.is_empty()).map(str::to_owned);
    let (reference, to, words) =
        (text(&attributes["messageReference"]), text(&attributes["recipient"]["nhsNumber"]), text(&attributes["personalisation"]["body"]));
    if request["data"]["type"] != "Message" || unknown || text(&attributes["originator"]["odsCode"]).is_none() {
        return problem(StatusCode::BAD_REQUEST, "CM_INVALID_REQUEST", "Invalid request");
    }
    let (Some(reference), Some(to), Some(words)) = (reference, to, words) else {
        return problem(StatusCode::BAD_REQUEST, "CM_MISSING_VALUE", "Missing property");
    };
    if uuid::Uuid::parse_str(&reference).is_err() || to.parse::<portico_nhs::NhsNumber>().is_err() {
        return problem(StatusCode::BAD_REQUEST, "CM_INVALID_VALUE", "Invalid value");
    }
    if attributes["routingPlanId"] != FakeNhsNotify::APP_PLAN {
        return problem(StatusCode::NOT_FOUND, "CM_NO_SUCH_ROUTING_PLAN", "No such routing plan");
    }
    let fault = {
        let mut kept = locked(&kept);
        kept.next.pop_front().unwrap_or(kept.standing)
    };
    if let Some(refused) = refuse_by(fault) {
        return refused;
    }
    let answer = take(&kept, reference, to, words, fault);
    match answer {
        Some(answer) => answer_by(fault, StatusCode::CREATED, answer).await,
        None => problem(StatusCode::UNPROCESSABLE_ENTITY, "CM_DUPLICATE_REQUEST", "Request exists with identical messageReference"),
    }
}

/// Keeps a message; nothing when its reference is known.
fn take(kept: &Shared, reference: String, to: String, body: String, fault: Fault) -> Option<Value> {
    let mut kept = locked(kept);
    if kept.sent.iter().any(|m| m.reference == reference) {
        return None;
    }
    // As long as the ids of NHS Notify: 27 letters and figures.
    let id = format!("{:0>27}", kept.sent.len() + 1);
    let status = match fault {
        Fault::PermanentFailure | Fault::TemporaryFailure | Fault::LyingReceipt => "failed",
        Fault::LateReceipt => "sending",
        _ => "delivered",
    };
    let late = fault == Fault::LateReceipt;
    let said = if late { "delivered" } else { status };
    match fault {
        Fault::LyingReceipt => kept.receipts.push((reference.clone(), format!("{:9>27}", 1), "delivered", false)),
        Fault::ReceiptLost => {}
        _ => kept.receipts.push((reference.clone(), id.clone(), said, late)),
    }
    if fault == Fault::Duplicate {
        kept.receipts.push((reference.clone(), id.clone(), said, late));
    }
    kept.sent.push(AppMessage { id: id.clone(), reference: reference.clone(), to, body, status });
    let plan = json!({ "id": FakeNhsNotify::APP_PLAN, "version": "1", "name": "free text", "createdDate": "2026-01-01T00:00:00.000Z" });
    Some(json!({ "data": { "type": "Message", "id": id, "attributes": {
        "messageReference": reference, "messageStatus": "created", "timestamps": { "created": "2026-01-05T08:30:00Z" }, "routingPlan": plan
    } } }))
}

async fn read_one(State((kept, _)): State<(Shared, String)>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Some(refused) = refused(&kept, &headers) {
        return refused;
    }
    let found = locked(&kept).sent.iter().find(|m| m.id == id).cloned();
    let Some(message) = found else { return problem(StatusCode::NOT_FOUND, "CM_NOT_FOUND", "Resource not found") };
    axum::Json(json!({ "data": { "type": "Message", "id": message.id, "attributes": {
        "messageReference": message.reference,
        "messageStatus": message.status,
        "channels": [{ "type": "nhsapp", "cascadeType": "primary", "cascadeOrder": 1, "channelStatus": message.status }],
    } } }))
    .into_response()
}

/// Two accounts a page, so that there are pages.
async fn accounts(State((kept, _)): State<(Shared, String)>, Query(query): Query<HashMap<String, String>>, headers: HeaderMap) -> Response {
    if let Some(refused) = refused(&kept, &headers) {
        return refused;
    }
    let Some(ods) = query.get("ods-organisation-code") else {
        return problem(StatusCode::BAD_REQUEST, "CM_MISSING_VALUE", "ods-organisation-code is missing");
    };
    let page: usize = query.get("page").and_then(|p| p.parse().ok()).unwrap_or(1).max(1);
    let all = locked(&kept).accounts.clone();
    let accounts: Vec<Value> = all
        .iter()
        .skip((page - 1) * 2)
        .take(2)
        .map(|(number, told)| json!({ "nhsNumber": number, "notificationsEnabled": told }))
        .collect();
    let mut links = json!({ "self": format!("/channels/nhsapp/accounts?page={page}") });
    if all.len() > page * 2 {
        links["next"] = json!(format!("/channels/nhsapp/accounts?page={}", page + 1));
    }
    axum::Json(json!({ "data": { "id": ods, "type": "NhsAppAccounts", "attributes": { "accounts": accounts } }, "links": links }))
        .into_response()
}
