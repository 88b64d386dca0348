//! The client, the fake and the published description agree.
//!
//! The description is found in `$PORTICO_SHARED/fixtures/govuk-notify`, or beside the workspace in
//! `../shared`. Without it the list written here is still compared, with the fake and the client.

use std::collections::BTreeSet;
use std::path::PathBuf;

use portico_interop::notify::{GovukNotify, Outgoing, Recipient};
use portico_testkit::fake_notify::{FakeNotify, Fault, REQUEST_SHAPES, SentMessage};
use serde_json::{Value, json};

use super::notify::{ADDRESS, NUMBER, client, email_to, fake, letter_to, now, text_to};

/// What we rely on in every answer to a request to send.
const ANSWER_FIELDS: [&str; 8] =
    ["/id", "/reference", "/scheduled_for", "/content/body", "/uri", "/template/id", "/template/version", "/template/uri"];
/// What we rely on in every answer about a status.
const RECORD_FIELDS: [&str; 6] = ["/id", "/reference", "/type", "/status", "/body", "/created_at"];
/// What we rely on in every receipt.
const RECEIPT_FIELDS: [&str; 9] =
    ["/id", "/reference", "/to", "/status", "/created_at", "/completed_at", "/sent_at", "/notification_type", "/template_id"];
/// The statuses that the description gives for any channel, and `sent`, for numbers abroad.
const STATUSES: [&str; 14] = [
    "created",
    "sending",
    "pending",
    "sent",
    "delivered",
    "permanent-failure",
    "temporary-failure",
    "technical-failure",
    "accepted",
    "received",
    "cancelled",
    "pending-virus-check",
    "virus-scan-failed",
    "validation-failed",
];

fn published() -> Option<Value> {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("PORTICO_SHARED").map_or_else(|| workspace.join("../shared"), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(shared.join("fixtures/govuk-notify/schema.json")) else {
        eprintln!("The published description is not here; only the committed list was compared.");
        return None;
    };
    Some(serde_json::from_str::<Value>(&text).unwrap()["components"]["schemas"].take())
}

/// One message per channel, the e-mail and the letter as full as they get.
async fn one_of_each(fault: Fault) -> Vec<SentMessage> {
    let fake = fake().await;
    fake.set_fault(fault);
    let notify = client(&fake);
    let seven = Outgoing { to: Recipient::Letter((1..=7).map(|n| format!("line {n}")).collect()), ..text_to("") };
    for outgoing in [text_to(NUMBER), email_to("ada@example.com"), letter_to(&ADDRESS), seven] {
        notify.send(&outgoing, now()).await.unwrap();
    }
    fake.sent()
}

const FAULTS: [Fault; 6] =
    [Fault::None, Fault::Duplicate, Fault::LateReceipt, Fault::LyingReceipt, Fault::PermanentFailure, Fault::TemporaryFailure];

#[tokio::test]
async fn requests_and_answers_hold_what_the_committed_list_asks() {
    for fault in FAULTS {
        for sent in one_of_each(fault).await {
            let shape = REQUEST_SHAPES.iter().find(|shape| shape.channel == sent.channel).unwrap();
            for field in shape.required {
                assert!(!sent.request[field].is_null(), "{} lacks {field}", sent.channel);
            }
            for field in shape.required_personalisation {
                assert!(sent.request["personalisation"][field].is_string(), "{} lacks {field}", sent.channel);
            }
            holds(&sent.answer, &ANSWER_FIELDS);
            holds(&sent.record, &RECORD_FIELDS);
            assert!(STATUSES.contains(&sent.record["status"].as_str().unwrap()));
            for receipt in &sent.receipts {
                holds(receipt, &RECEIPT_FIELDS);
            }
        }
    }
}

fn holds(answer: &Value, fields: &[&str]) {
    for field in fields {
        assert!(answer.pointer(field).is_some(), "{field} is missing in {answer}");
    }
}

#[tokio::test]
async fn requests_and_answers_agree_with_the_published_description() {
    let Some(published) = published() else { return };
    for fault in FAULTS {
        for sent in one_of_each(fault).await {
            let (request, answer, receipt, one_of) = match sent.channel {
                "sms" => ("SendTextMessageRequest", "SendTextMessageResponse", "SmsCallbackRequest", 0),
                "email" => ("SendEmailRequest", "SendEmailResponse", "EmailCallbackRequest", 1),
                _ => ("SendNormalLetterRequest", "SendNormalLetterResponse", "SmsCallbackRequest", 2),
            };
            agrees(&published[request], &sent.request, request, &["body", "subject"]);
            agrees(&published[answer], &sent.answer, answer, &[]);
            agrees(&published["GetOneMessageResponse"]["oneOf"][one_of], &sent.record, "GetOneMessageResponse", &[]);
            for posted in &sent.receipts {
                agrees(&published[receipt], posted, receipt, &[]);
            }
        }
    }
}

/// Compares a value with its schema: required fields, no unknown ones, types, lengths, listed words.
fn agrees(schema: &Value, value: &Value, at: &str, ours: &[&str]) {
    assert!(!schema.is_null(), "{at} is not described");
    let is_right_type = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("string") => value.is_string(),
        Some("number" | "integer") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        other => panic!("{at} has the type {other:?}"),
    };
    assert!(is_right_type || (value.is_null() && schema["nullable"] == true), "{at} is {value}");
    if let (Some(words), Some(value)) = (schema["enum"].as_array(), value.as_str()) {
        assert!(words.contains(&json!(value)), "{at} is {value}");
    }
    if let (Some(most), Some(value)) = (schema["maxLength"].as_u64(), value.as_str()) {
        assert!(value.len() as u64 <= most, "{at} is {value}");
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(name.as_str().unwrap()).is_some(), "{at} lacks {name}");
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        // The placeholders in a template are the service's own; those described are examples.
        if at.ends_with("/personalisation") && ours.contains(&name.as_str()) {
            continue;
        }
        agrees(&schema["properties"][name], inner, &format!("{at}/{name}"), ours);
    }
}

#[test]
fn the_fake_asks_for_what_the_published_description_asks_for() {
    let Some(published) = published() else { return };
    for (shape, name) in REQUEST_SHAPES.iter().zip(["SendTextMessageRequest", "SendEmailRequest", "SendNormalLetterRequest"]) {
        let schema = &published[name];
        assert_eq!(names(shape.required), strings(&schema["required"]), "{name}");
        let allowed = schema["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(names(shape.allowed), allowed, "{name}");
        assert_eq!(names(shape.required_personalisation), strings(&schema["properties"]["personalisation"]["required"]), "{name}");
    }
}

#[test]
fn every_published_status_is_understood() {
    let mut statuses = names(&STATUSES);
    for kind in published().iter().flat_map(|published| published["GetOneMessageResponse"]["oneOf"].as_array().unwrap()) {
        statuses.extend(strings(&kind["properties"]["status"]["enum"]));
    }
    assert_eq!(statuses, names(&STATUSES), "the committed list is complete");
    let notify = GovukNotify::new(FakeNotify::config_at("https://api.notifications.service.gov.uk")).unwrap();
    for status in statuses {
        let body = json!({ "id": "1", "status": status }).to_string();
        let token = format!("Bearer {}", FakeNotify::CALLBACK_TOKEN);
        notify.read_callback(Some(&token), body.as_bytes()).unwrap();
    }
}

fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|name| name.to_string()).collect()
}

fn strings(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()).collect()
}
