//! GOV.UK Notify on this machine, for tests and demonstrations.
//!
//! As strict as the published description: the token is checked, unknown fields are refused, the
//! required ones are asked for. Nothing is sent to anybody.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use portico_interop::{Secret, notify::NotifyConfig};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// How often a receipt is offered: once, and five times more as Notify does.
const RECEIPT_TRIES_MAX: u32 = 6;

/// Texts from patients on one page; Notify has 250, few make a test go through several.
const RECEIVED_A_PAGE: usize = 3;

/// How the fake misbehaves. Except for `TooMany` and `ServerError` the message is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// Not at all: taken, and delivered at once.
    #[default]
    None,
    /// Takes the message and answers after this long.
    Slow(Duration),
    /// Takes the message and hangs up without an answer, so that trying again makes a second one.
    Cut,
    /// Refuses with 429 and asks for a minute.
    TooMany,
    /// Refuses with 500.
    ServerError,
    /// Posts the delivery receipt twice.
    Duplicate,
    /// Still sending, and no receipt, until [`FakeNotify::release_late_receipts`].
    LateReceipt,
    /// The message failed for good, but the receipt says delivered, with the right reference and
    /// an id that was never given. Asking for the status tells the truth.
    LyingReceipt,
    /// Taken, then failed for good.
    PermanentFailure,
    /// Taken, then failed for now (a letter: technically).
    TemporaryFailure,
    /// Takes the message and answers with the page of something in between, so that its id is never told.
    Garbled,
    /// Taken and delivered, and no receipt is ever posted.
    ReceiptLost,
    /// Refuses with 403: the key was withdrawn.
    KeyWithdrawn,
}

/// What a channel's request must and may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestShape {
    /// The last part of the path: `sms`, `email` or `letter`.
    pub channel: &'static str,
    /// The fields that must be there.
    pub required: &'static [&'static str],
    /// The fields that may be there.
    pub allowed: &'static [&'static str],
    /// The personalisation that must be there: the address of a letter.
    pub required_personalisation: &'static [&'static str],
}

/// The requests that the fake takes, as the description (version 1.0.4) has them.
pub const REQUEST_SHAPES: [RequestShape; 3] = [
    RequestShape {
        channel: "sms",
        required: &["phone_number", "template_id"],
        allowed: &["phone_number", "template_id", "personalisation", "reference", "sms_sender_id"],
        required_personalisation: &[],
    },
    RequestShape {
        channel: "email",
        required: &["email_address", "template_id"],
        allowed: &[
            "email_address",
            "template_id",
            "one_click_unsubscribe_url",
            "personalisation",
            "sanitise_content_for",
            "reference",
            "email_reply_to_id",
        ],
        required_personalisation: &[],
    },
    RequestShape {
        channel: "letter",
        required: &["template_id", "personalisation"],
        allowed: &["template_id", "personalisation", "reference"],
        required_personalisation: &["address_line_1", "address_line_2", "address_line_3"],
    },
];

/// A message that the fake took.
#[derive(Debug, Clone, PartialEq)]
pub struct SentMessage {
    /// The id that the fake gave it.
    pub id: String,
    /// `sms`, `email` or `letter`.
    pub channel: &'static str,
    /// The number, the address, or the lines on the envelope.
    pub to: String,
    /// The sender's reference.
    pub reference: Option<String>,
    /// The subject of an e-mail.
    pub subject: Option<String>,
    /// The words.
    pub body: String,
    /// The request as it came.
    pub request: Value,
    /// The answer as it was, or would have been, given.
    pub answer: Value,
    /// What asking for the status answers now.
    pub record: Value,
    /// The receipts that it has, posted or not; a letter's are never posted.
    pub receipts: Vec<Value>,
}

/// Makes ids that differ between fakes and between runs without drawing random numbers.
struct IdMaker {
    seed: String,
    count: u64,
}

impl IdMaker {
    fn next(&mut self) -> String {
        self.count += 1;
        let digest = Sha256::digest(format!("{} {}", self.seed, self.count));
        let bytes = std::array::from_fn(|at| digest[at]);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}

struct Receipt {
    body: Value,
    late: bool,
    tries: u32,
}

struct Kept {
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    standing: Fault,
    next: VecDeque<Fault>,
    reading: Fault,
    sent: Vec<SentMessage>,
    receipts: Vec<Receipt>,
    /// Ids of messages that are still on their way, and the status that ends it.
    on_their_way: Vec<(String, &'static str)>,
    ids: IdMaker,
    /// Texts from patients, oldest first: id, number, words, moment.
    received: Vec<(String, String, String, Timestamp)>,
}

type Shared = Arc<Mutex<Kept>>;

/// GOV.UK Notify on this machine; it stops when dropped.
pub struct FakeNotify {
    base_url: String,
    kept: Shared,
    server: JoinHandle<()>,
}

impl FakeNotify {
    /// The service id to configure.
    pub const SERVICE_ID: &'static str = "26785a09-ab16-4eb0-8407-a37497a57506";
    /// The secret to configure.
    pub const SECRET: &'static str = "3d844edf-8d35-48ac-975b-e847b4f122b0";
    /// The text message template to configure.
    pub const SMS_TEMPLATE: &'static str = "f33517ff-2a88-4f6e-b855-c550268ce08a";
    /// The e-mail template to configure.
    pub const EMAIL_TEMPLATE: &'static str = "9d751e0e-f929-4891-82a1-a3e1c3c18ee3";
    /// The letter template to configure.
    pub const LETTER_TEMPLATE: &'static str = "64415853-cb86-4cc4-b597-2aaa94ef8c39";
    /// The token of callbacks to configure.
    pub const CALLBACK_TOKEN: &'static str = "the token on the receipts";
    /// The test number whose phone is off.
    pub const TEMPORARY_FAILURE_NUMBER: &'static str = "07700900003";
    /// The test number that does not exist.
    pub const PERMANENT_FAILURE_NUMBER: &'static str = "07700900002";

    /// The settings of a service of GOV.UK Notify at an address.
    pub fn config_at(base_url: &str) -> NotifyConfig {
        NotifyConfig {
            base_url: base_url.to_owned(),
            service_id: Self::SERVICE_ID.to_owned(),
            secret: Secret::from(Self::SECRET),
            sms_template: Self::SMS_TEMPLATE.to_owned(),
            email_template: Self::EMAIL_TEMPLATE.to_owned(),
            letter_template: Self::LETTER_TEMPLATE.to_owned(),
            callback_token: Secret::from(Self::CALLBACK_TOKEN),
            texts_for: None,
        }
    }

    /// The settings that reach this one.
    pub fn config(&self) -> NotifyConfig {
        Self::config_at(&self.base_url)
    }

    /// Listens on a free port, with the machine's clock.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base_url = format!("http://{}", listener.local_addr().expect("a bound address"));
        let kept = Arc::new(Mutex::new(Kept {
            clock: Arc::new(machine_clock),
            standing: Fault::None,
            next: VecDeque::new(),
            reading: Fault::None,
            sent: Vec::new(),
            receipts: Vec::new(),
            on_their_way: Vec::new(),
            received: Vec::new(),
            ids: IdMaker { seed: format!("{base_url} {}", machine_clock()), count: 0 },
        }));
        let routes = Router::new()
            .route("/v2/notifications/{id}", get(read_one).post(send))
            .route("/v2/notifications", get(read_many))
            .route("/v2/received-text-messages", get(read_received))
            .fallback(async || problem(StatusCode::NOT_FOUND, "NotFound", "No such address"))
            .with_state(Arc::clone(&kept));
        let server = tokio::spawn(async move {
            // Serving on an open listener ends only when the task is stopped.
            let _ = axum::serve(listener, routes).await;
        });
        Self { base_url, kept, server }
    }

    /// The address to configure: `http://127.0.0.1:port`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Tells the time by the caller's clock from now on.
    pub fn set_clock(&self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) {
        self.locked().clock = Arc::new(clock);
    }

    /// Misbehaves in one way at every request to send, until told otherwise.
    pub fn set_fault(&self, fault: Fault) {
        let mut kept = self.locked();
        kept.next.clear();
        kept.standing = fault;
    }

    /// Misbehaves once in each of these ways, one per request to send, then as
    /// [`set_fault`](Self::set_fault) said.
    pub fn set_faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.locked().next = faults.into_iter().collect();
    }

    /// Misbehaves in one way at every question about a status: `Slow`, `Cut`, `TooMany` or `ServerError`.
    pub fn set_reading_fault(&self, fault: Fault) {
        self.locked().reading = fault;
    }

    /// A patient sends a text from a number, in digits with the country's code.
    pub fn receives(&self, number: &str, words: &str) {
        let at = now(&self.kept);
        let mut kept = self.locked();
        let id = kept.ids.next();
        kept.received.push((id, number.to_owned(), words.to_owned(), at));
    }

    /// Everything taken so far, oldest first.
    pub fn sent(&self) -> Vec<SentMessage> {
        self.locked().sent.clone()
    }

    /// Makes the status of a message a word of the caller's, published or not.
    pub fn set_status(&self, id: &str, status: &str) {
        let mut kept = self.locked();
        let message = kept.sent.iter_mut().find(|message| message.id == id).expect("a message with that id");
        message.record["status"] = json!(status);
    }

    /// Lets the receipts held back by [`Fault::LateReceipt`] go, and their messages be delivered.
    pub fn release_late_receipts(&self) {
        let mut kept = self.locked();
        kept.receipts.iter_mut().for_each(|receipt| receipt.late = false);
        let arrived = std::mem::take(&mut kept.on_their_way);
        for message in &mut kept.sent {
            if let Some((_, status)) = arrived.iter().find(|(id, _)| *id == message.id) {
                message.record["status"] = json!(status);
            }
        }
    }

    /// Posts every receipt that is due to a plain `http` address, with the bearer token, and
    /// returns what the receiver answered to each. One that is not taken (2xx) stays due, up to
    /// six tries. Nothing is posted unasked, so a test says when a receipt comes.
    pub async fn deliver_callbacks_to(&self, url: &str, token: &str) -> Vec<u16> {
        let (due, later) = std::mem::take(&mut self.locked().receipts).into_iter().partition(|receipt| !receipt.late);
        self.locked().receipts = later;
        let mut answers = Vec::new();
        let due: Vec<Receipt> = due;
        for mut receipt in due {
            let status = post_json(url, token, &receipt.body).await.unwrap_or(0);
            receipt.tries += 1;
            if !(200..300).contains(&status) && receipt.tries < RECEIPT_TRIES_MAX {
                self.locked().receipts.push(receipt);
            }
            answers.push(status);
        }
        answers
    }

    fn locked(&self) -> MutexGuard<'_, Kept> {
        locked(&self.kept)
    }
}

impl Drop for FakeNotify {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn send(State(kept): State<Shared>, Path(channel): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(shape) = REQUEST_SHAPES.iter().find(|shape| shape.channel == channel) else {
        return problem(StatusCode::NOT_FOUND, "NotFound", "No such address");
    };
    let now = now(&kept);
    if let Err((status, message)) = check_token(&headers, now) {
        return problem(status, "AuthError", message);
    }
    let request = match read_request(shape, &body) {
        Ok(request) => request,
        Err(message) => return problem(StatusCode::BAD_REQUEST, "ValidationError", &message),
    };
    let fault = {
        let mut kept = locked(&kept);
        kept.next.pop_front().unwrap_or(kept.standing)
    };
    if let Some(refused) = refuse_by(fault) {
        return refused;
    }
    let answer = take(&kept, shape, request, fault, now);
    answer_by(fault, StatusCode::CREATED, answer).await
}

async fn read_one(State(kept): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Err((status, message)) = check_token(&headers, now(&kept)) {
        return problem(status, "AuthError", message);
    }
    if Uuid::parse_str(&id).is_err() {
        return problem(StatusCode::BAD_REQUEST, "ValidationError", "id is not a valid UUID");
    }
    // The service forgets what is older than a week.
    let since = now(&kept) - SignedDuration::from_hours(7 * 24);
    let is_kept = |record: &Value| record["created_at"].as_str().and_then(|at| at.parse::<Timestamp>().ok()).is_none_or(|at| at > since);
    let (record, fault) = {
        let kept = locked(&kept);
        (kept.sent.iter().find(|message| message.id == id).map(|message| message.record.clone()).filter(is_kept), kept.reading)
    };
    match (refuse_by(fault), record) {
        (Some(refused), _) => refused,
        (None, Some(record)) => answer_by(fault, StatusCode::OK, record).await,
        (None, None) => problem(StatusCode::NOT_FOUND, "NoResultFound", "No result found"),
    }
}

async fn read_many(State(kept): State<Shared>, Query(query): Query<HashMap<String, String>>, headers: HeaderMap) -> Response {
    if let Err((status, message)) = check_token(&headers, now(&kept)) {
        return problem(status, "AuthError", message);
    }
    let reference = query.get("reference");
    let (records, fault) = {
        let kept = locked(&kept);
        let asked = kept.sent.iter().rev().filter(|message| reference.is_none() || message.reference.as_ref() == reference);
        (asked.map(|message| message.record.clone()).collect::<Vec<_>>(), kept.reading)
    };
    match refuse_by(fault) {
        Some(refused) => refused,
        None => {
            let page = json!({ "notifications": records, "links": { "current": "/v2/notifications" } });
            answer_by(fault, StatusCode::OK, page).await
        }
    }
}

/// Texts from patients, newest first, `RECEIVED_A_PAGE` a page.
async fn read_received(State(kept): State<Shared>, Query(query): Query<HashMap<String, String>>, headers: HeaderMap) -> Response {
    if let Err((status, message)) = check_token(&headers, now(&kept)) {
        return problem(status, "AuthError", message);
    }
    let kept = locked(&kept);
    if let Some(refused) = refuse_by(kept.reading) {
        return refused;
    }
    let newest_first = kept.received.iter().rev();
    let older = newest_first.skip_while(|(id, ..)| query.get("older_than").is_some_and(|last| last != id));
    let page = older.skip(usize::from(query.contains_key("older_than"))).take(RECEIVED_A_PAGE);
    let texts: Vec<Value> = page
        .map(|(id, number, words, at)| {
            json!({ "id": id, "user_number": number, "notify_number": "07700900456", "service_id": FakeNotify::SERVICE_ID,
                    "content": words, "created_at": at.to_string() })
        })
        .collect();
    axum::Json(json!({ "received_text_messages": texts, "links": { "current": "/v2/received-text-messages" } })).into_response()
}

/// Checks the token as Notify does: the key, the service, and 30 seconds either way.
fn check_token(headers: &HeaderMap, now: Timestamp) -> Result<(), (StatusCode, &'static str)> {
    let no = |message| (StatusCode::FORBIDDEN, message);
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(token) = given.and_then(|value| value.strip_prefix("Bearer ")) else {
        return Err((StatusCode::UNAUTHORIZED, "Unauthorized: authentication token must be provided"));
    };
    let parts: Vec<&str> = token.split('.').collect();
    let [head, claims, tag] = parts[..] else { return Err(no("Invalid token: not a JSON Web Token")) };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    let parsed = |part: &str| serde_json::from_slice::<Value>(&decode(part)).unwrap_or_default();
    if parsed(head)["alg"] != "HS256" {
        return Err(no("Invalid token: algorithm used is not HS256"));
    }
    if parsed(claims)["iss"] != FakeNotify::SERVICE_ID {
        return Err(no("Invalid token: service not found"));
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(FakeNotify::SECRET.as_bytes()).expect("an HMAC takes any key");
    mac.update(format!("{head}.{claims}").as_bytes());
    if mac.verify_slice(&decode(tag)).is_err() {
        return Err(no("Invalid token: API key not found"));
    }
    match parsed(claims)["iat"].as_i64() {
        Some(issued_at) if (now.as_second() - issued_at).abs() <= 30 => Ok(()),
        Some(_) => Err(no("Error: Your system clock must be accurate to within 30 seconds")),
        None => Err(no("Invalid token: iat field not provided")),
    }
}

/// A request that passed its checks.
struct Request {
    json: Value,
    to: String,
    subject: Option<String>,
    body: String,
}

fn read_request(shape: &RequestShape, body: &[u8]) -> Result<Request, String> {
    let json: Value = serde_json::from_slice(body).map_err(|_| "Invalid JSON supplied in POST data")?;
    let fields = json.as_object().ok_or("Request body must be an object")?;
    let personalisation = &json["personalisation"];
    if let Some(missing) = shape.required.iter().find(|name| fields.get(**name).is_none_or(Value::is_null)) {
        return Err(format!("{missing} is a required property"));
    }
    if let Some(unknown) = fields.keys().find(|name| !shape.allowed.contains(&name.as_str())) {
        return Err(format!("Additional properties are not allowed ({unknown} was unexpected)"));
    }
    if let Some(missing) = shape.required_personalisation.iter().find(|name| personalisation[**name].as_str().is_none_or(str::is_empty)) {
        return Err(format!("personalisation {missing} is a required property"));
    }
    if json["template_id"] != template(shape.channel) {
        return Err("Template not found".to_owned());
    }
    let text = |name: &str| personalisation[name].as_str().map(str::to_owned);
    let body = text("body").ok_or("Missing personalisation: body")?;
    let subject = text("subject");
    if shape.channel == "email" && subject.is_none() {
        return Err("Missing personalisation: subject".to_owned());
    }
    let to = recipient(shape.channel, &json)?;
    Ok(Request { to, subject, body, json })
}

fn recipient(channel: &str, request: &Value) -> Result<String, String> {
    let text = |name: &str| request[name].as_str().map(str::to_owned).ok_or(format!("{name} is not of type string"));
    match channel {
        "sms" => {
            let number = text("phone_number")?;
            if !number.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '(' | ')' | '-')) {
                return Err("phone_number Must not contain letters or symbols".to_owned());
            }
            match number.chars().filter(char::is_ascii_digit).count() {
                0..10 => Err("phone_number Not enough digits".to_owned()),
                10..=15 => Ok(number),
                _ => Err("phone_number Too many digits".to_owned()),
            }
        }
        "email" => {
            let address = text("email_address")?;
            let is_address = address.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
            if is_address { Ok(address) } else { Err("email_address Not a valid email address".to_owned()) }
        }
        _ => {
            let lines = (1..=7).filter_map(|n| request["personalisation"][format!("address_line_{n}")].as_str());
            let lines: Vec<_> = lines.collect();
            if lines.iter().any(|line| line.starts_with(['@', '(', ')', '=', '[', ']', '"', '\\', '/', ',', '<', '>'])) {
                return Err("Address lines must not start with any of the following characters: @ ( ) = [ ] \" \\ / , < >".to_owned());
            }
            Ok(lines.join("\n"))
        }
    }
}

/// Keeps a message, with the answer, the status and the receipts that it will have.
fn take(kept: &Shared, shape: &RequestShape, request: Request, fault: Fault, now: Timestamp) -> Value {
    let mut kept = locked(kept);
    let id = kept.ids.next();
    let status = outcome(shape.channel, &request.to, fault);
    let answer = answer(&id, shape.channel, &request);
    let record = record(&id, shape.channel, &request, status, now);
    let receipts = receipts(&record, &request, fault, &mut kept.ids);
    if fault == Fault::LateReceipt {
        let end = if shape.channel == "letter" { "received" } else { "delivered" };
        kept.on_their_way.push((id.clone(), end));
    }
    // A letter has no delivery receipt, only the news that it came back.
    if shape.channel != "letter" {
        let late = fault == Fault::LateReceipt;
        kept.receipts.extend(receipts.iter().map(|body| Receipt { body: body.clone(), late, tries: 0 }));
    }
    kept.sent.push(SentMessage {
        id,
        channel: shape.channel,
        to: request.to,
        reference: request.json["reference"].as_str().map(str::to_owned),
        subject: request.subject,
        body: request.body,
        request: request.json,
        answer: answer.clone(),
        record,
        receipts,
    });
    answer
}

/// What becomes of a message.
fn outcome(channel: &str, to: &str, fault: Fault) -> &'static str {
    let digits: String = to.chars().filter(char::is_ascii_digit).collect();
    let number = digits.strip_prefix("44").map_or(digits.clone(), |rest| format!("0{rest}"));
    let is_number = |test: &str| channel == "sms" && number == test;
    match (channel, fault) {
        (_, Fault::PermanentFailure | Fault::LyingReceipt) => "permanent-failure",
        ("letter", Fault::TemporaryFailure) => "technical-failure",
        (_, Fault::TemporaryFailure) => "temporary-failure",
        _ if is_number(FakeNotify::PERMANENT_FAILURE_NUMBER) => "permanent-failure",
        _ if is_number(FakeNotify::TEMPORARY_FAILURE_NUMBER) => "temporary-failure",
        ("letter", Fault::LateReceipt) => "accepted",
        ("letter", _) => "received",
        (_, Fault::LateReceipt) => "sending",
        _ => "delivered",
    }
}

fn answer(id: &str, channel: &str, request: &Request) -> Value {
    let mut content = json!({ "body": request.body });
    match channel {
        "sms" => content["from_number"] = json!("GOVUK"),
        "email" => {
            content["subject"] = json!(request.subject);
            content["from_email"] = json!("practice@notifications.service.gov.uk");
            content["one_click_unsubscribe_url"] = Value::Null;
        }
        _ => content["subject"] = json!("Letter from your GP practice"),
    }
    json!({
        "id": id,
        "reference": request.json["reference"],
        "scheduled_for": null,
        "content": content,
        "uri": format!("https://api.notifications.service.gov.uk/v2/notifications/{id}"),
        "template": template_link(channel),
    })
}

fn record(id: &str, channel: &str, request: &Request, status: &str, now: Timestamp) -> Value {
    let only = |wanted: &str, value: &str| if channel == wanted { json!(value) } else { Value::Null };
    let line = |n: usize| if channel == "letter" { json!(request.to.lines().nth(n)) } else { Value::Null };
    json!({
        "id": id,
        "reference": request.json["reference"],
        "email_address": only("email", &request.to),
        "phone_number": only("sms", &request.to),
        "line_1": line(0),
        "line_2": line(1),
        "line_3": line(2),
        "line_4": line(3),
        "line_5": line(4),
        "line_6": line(5),
        "postcode": only("letter", request.to.lines().last().unwrap_or_default()),
        "postage": only("letter", "second"),
        "type": channel,
        "status": status,
        "template": template_link(channel),
        "body": request.body,
        "subject": request.subject,
        "created_at": now.to_string(),
        "created_by_name": null,
        "sent_at": now.to_string(),
        "completed_at": now.to_string(),
        "scheduled_for": null,
        "one_click_unsubscribe_url": null,
    })
}

fn receipts(record: &Value, request: &Request, fault: Fault, ids: &mut IdMaker) -> Vec<Value> {
    let truth = json!({
        "id": record["id"],
        "reference": record["reference"],
        "to": request.to,
        "status": if fault == Fault::LateReceipt { json!("delivered") } else { record["status"].clone() },
        "created_at": record["created_at"],
        "completed_at": record["completed_at"],
        "sent_at": record["sent_at"],
        "notification_type": record["type"],
        "template_id": record["template"]["id"],
        "template_version": 1,
    });
    match fault {
        Fault::Duplicate => vec![truth.clone(), truth],
        Fault::ReceiptLost => Vec::new(),
        Fault::LyingReceipt => {
            let mut lie = truth;
            lie["id"] = json!(ids.next());
            lie["status"] = json!("delivered");
            vec![lie]
        }
        _ => vec![truth],
    }
}

fn template(channel: &str) -> &'static str {
    match channel {
        "sms" => FakeNotify::SMS_TEMPLATE,
        "email" => FakeNotify::EMAIL_TEMPLATE,
        _ => FakeNotify::LETTER_TEMPLATE,
    }
}

fn template_link(channel: &str) -> Value {
    let id = template(channel);
    json!({ "id": id, "version": 1, "uri": format!("https://api.notifications.service.gov.uk/v2/template/{id}") })
}

fn refuse_by(fault: Fault) -> Option<Response> {
    match fault {
        Fault::TooMany => {
            let message = "Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds";
            let mut refused = problem(StatusCode::TOO_MANY_REQUESTS, "RateLimitError", message);
            refused.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("60"));
            Some(refused)
        }
        Fault::ServerError => {
            // The one error that Notify publishes as a bare list.
            let body = json!([{ "error": "Exception", "message": "Internal server error" }]);
            Some((StatusCode::INTERNAL_SERVER_ERROR, axum::Json(body)).into_response())
        }
        Fault::KeyWithdrawn => Some(problem(StatusCode::FORBIDDEN, "AuthError", "Invalid token: API key revoked")),
        _ => None,
    }
}

pub(crate) async fn answer_by(fault: Fault, status: StatusCode, answer: Value) -> Response {
    match fault {
        Fault::Slow(wait) => tokio::time::sleep(wait).await,
        Fault::Garbled => return (status, Html("<!doctype html><title>One moment</title>")).into_response(),
        Fault::Cut => {
            // A body that breaks before its first byte makes the server close the connection.
            let broken = futures_util::stream::once(async { Err::<Bytes, _>(io::Error::other("cut")) });
            return Response::new(Body::from_stream(broken));
        }
        _ => {}
    }
    (status, axum::Json(answer)).into_response()
}

fn problem(status: StatusCode, error: &str, message: &str) -> Response {
    let body = json!({ "errors": [{ "error": error, "message": message }], "status_code": status.as_u16() });
    (status, axum::Json(body)).into_response()
}

/// Posts JSON with a bearer token.
async fn post_json(url: &str, token: &str, body: &Value) -> io::Result<u16> {
    post_body(url, &[("Authorization", format!("Bearer {token}"))], &body.to_string()).await
}

/// Posts JSON over a connection of its own and reads the status of the answer.
pub(crate) async fn post_body(url: &str, headers: &[(&str, String)], body: &str) -> io::Result<u16> {
    let rest = url.strip_prefix("http://").ok_or_else(|| io::Error::other("receipts go to plain http addresses only"))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).await?;
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(|| io::Error::other("not an HTTP answer"))
}

fn now(kept: &Shared) -> Timestamp {
    let clock = Arc::clone(&locked(kept).clock);
    clock()
}

fn locked(kept: &Shared) -> MutexGuard<'_, Kept> {
    kept.lock().expect("no test panics while it holds the fake")
}

#[expect(clippy::disallowed_methods, reason = "a demonstration has no fixed clock, and tokens are checked against the real time")]
fn machine_clock() -> Timestamp {
    Timestamp::now()
}
