use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use portico_interop::nhs_notify::{Accepted, NhsNotify, NhsNotifyConfig};
use portico_interop::{CallbackRefused, Delivery, Patience, Receipt, Secret, SendFailure};
use portico_nhs::NhsNumber;
use portico_testkit::fake_nhs_notify::FakeNhsNotify;
use portico_testkit::fake_notify::Fault;

const REFERENCE: &str = "018f3c1a-0000-7000-8000-000000000001";

/// A clock that the test moves.
#[derive(Clone)]
struct Hour(Arc<Mutex<Timestamp>>);

impl Hour {
    fn new() -> Self {
        Self(Arc::new(Mutex::new("2026-01-05T08:30:00Z".parse().unwrap())))
    }

    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn forward(&self, minutes: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_mins(minutes);
    }
}

async fn started() -> (FakeNhsNotify, Hour, NhsNotify) {
    let hour = Hour::new();
    let clock = hour.clone();
    let fake = FakeNhsNotify::start(move || clock.now()).await;
    let client = NhsNotify::new(fake.config()).unwrap();
    (fake, hour, client)
}

fn ada() -> NhsNumber {
    "900 000 0009".parse().unwrap()
}

#[tokio::test]
async fn a_message_goes_into_the_app_and_its_status_can_be_asked() {
    let (fake, hour, client) = started().await;
    let taken = client.send_to_app(REFERENCE, ada(), "A81001", "Your blood test is due.", hour.now()).await.unwrap();
    let sent = fake.sent();
    assert_eq!(taken, Accepted::Now(sent[0].id.clone()));
    assert_eq!((sent[0].to.as_str(), sent[0].body.as_str()), ("9000000009", "Your blood test is due."));
    let receipt = client.status(&sent[0].id, hour.now()).await.unwrap();
    assert_eq!(receipt, Receipt { provider_id: sent[0].id.clone(), reference: Some(REFERENCE.into()), delivery: Delivery::Delivered });
    assert_eq!(fake.tokens_given(), 1, "one access token serves many calls");
    hour.forward(10);
    client.status(&sent[0].id, hour.now()).await.unwrap();
    assert_eq!(fake.tokens_given(), 2, "and is renewed before it ends");
}

#[tokio::test]
async fn trying_again_after_a_lost_answer_sends_nothing_twice() {
    let (fake, hour, client) = started().await;
    fake.set_faults([Fault::Cut]);
    let lost = client.send_to_app(REFERENCE, ada(), "A81001", "Hello", hour.now()).await;
    assert!(matches!(lost, Err(SendFailure::TryLater { .. })), "{lost:?}");
    let again = client.send_to_app(REFERENCE, ada(), "A81001", "Hello", hour.now()).await.unwrap();
    assert_eq!((again, fake.sent().len()), (Accepted::Before, 1));
}

#[tokio::test]
async fn failures_are_sorted_into_later_and_never() {
    let (fake, hour, client) = started().await;
    for (fault, after) in [(Fault::TooMany, Some(60)), (Fault::ServerError, None)] {
        fake.set_faults([fault]);
        let failed = client.send_to_app(REFERENCE, ada(), "A81001", "Hello", hour.now()).await.unwrap_err();
        assert!(matches!(&failed, SendFailure::TryLater { after_seconds, .. } if *after_seconds == after), "{failed:?}");
    }
    fake.forget_tokens();
    let forgotten = client.send_to_app(REFERENCE, ada(), "A81001", "Hello", hour.now()).await.unwrap_err();
    assert!(matches!(forgotten, SendFailure::TryLater { .. }), "the next try asks for another token");
    assert!(client.send_to_app(REFERENCE, ada(), "A81001", "Hello", hour.now()).await.is_ok());
    let never = [("", "Hello"), ("not a uuid", "Hello"), (REFERENCE, " ")];
    for (reference, words) in never {
        let failed = client.send_to_app(reference, ada(), "A81001", words, hour.now()).await.unwrap_err();
        assert!(matches!(failed, SendFailure::GiveUp { .. }), "{reference} {words}: {failed:?}");
    }
    let long = "x".repeat(5_001);
    let failed = client.send_to_app(REFERENCE, ada(), "A81001", &long, hour.now()).await.unwrap_err();
    assert_eq!(failed.to_string(), "The NHS App shows at most 5000 characters.");
    let slow = Patience { answer: std::time::Duration::from_millis(50), ..Patience::default() };
    let impatient = NhsNotify::with_patience(fake.config(), slow).unwrap();
    fake.set_faults([Fault::Slow(std::time::Duration::from_secs(2))]);
    let other = "018f3c1a-0000-7000-8000-000000000002";
    let failed = impatient.send_to_app(other, ada(), "A81001", "Hello", hour.now()).await.unwrap_err();
    assert_eq!(failed.to_string(), "NHS Notify did not answer in time.");
}

#[tokio::test]
async fn a_key_that_is_not_theirs_is_told_as_a_setting_to_check() {
    let (fake, hour, _) = started().await;
    let client = NhsNotify::new(NhsNotifyConfig { key_id: "other".into(), ..fake.config() }).unwrap();
    let failed = client.send_to_app(REFERENCE, ada(), "A81001", "Hello", hour.now()).await.unwrap_err();
    assert!(matches!(&failed, SendFailure::GiveUp { why } if why.contains("Check this server's clock")), "{failed:?}");
    hour.forward(-10);
    let wrong = [
        NhsNotifyConfig { private_key: Secret::from("no key"), ..fake.config() },
        NhsNotifyConfig { base_url: "http://api.service.nhs.uk/comms".into(), ..fake.config() },
        NhsNotifyConfig { callback_key: Secret::from(" "), ..fake.config() },
    ];
    for config in wrong {
        let refused = NhsNotify::new(config).unwrap_err();
        assert!(refused.setting.starts_with("nhs_notify."), "{refused}");
        assert!(!refused.to_string().contains("no key"), "a secret is never repeated");
    }
}

#[tokio::test]
async fn only_calls_with_the_right_key_and_signature_are_believed() {
    use hmac::{Hmac, KeyInit, Mac};
    let (_fake, _, client) = started().await;
    let body = |status: &str| {
        format!(
            r#"{{"data":[{{"type":"ChannelStatus","attributes":{{"messageId":"1"}}}},{{"type":"MessageStatus","attributes":{{"messageId":"1","messageReference":"{REFERENCE}","messageStatus":"{status}","messageStatusDescription":"Failed reason: Patient has exit code"}}}}]}}"#
        )
    };
    let sign = |body: &str| {
        let secret = format!("{}.{}", FakeNhsNotify::APPLICATION_ID, FakeNhsNotify::CALLBACK_KEY);
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    let key = Some(FakeNhsNotify::CALLBACK_KEY);
    let failed = body("failed");
    let read = client.read_callback(key, Some(&sign(&failed)), failed.as_bytes()).unwrap();
    let why = "NHS Notify could not deliver it: Patient has exit code.".to_owned();
    assert_eq!(
        read,
        [Receipt { provider_id: "1".into(), reference: Some(REFERENCE.into()), delivery: Delivery::Failed { permanent: true, why } }]
    );
    for (status, delivery) in [("delivered", Delivery::Delivered), ("enriched", Delivery::Sending)] {
        let body = body(status);
        assert_eq!(client.read_callback(key, Some(&sign(&body)), body.as_bytes()).unwrap()[0].delivery, delivery);
    }
    let refused =
        |key: Option<&str>, signature: Option<&str>, body: &str| client.read_callback(key, signature, body.as_bytes()).unwrap_err();
    let right = sign(&failed);
    assert_eq!(refused(None, Some(&right), &failed), CallbackRefused::WrongToken);
    assert_eq!(refused(Some("other"), Some(&right), &failed), CallbackRefused::WrongToken);
    for signature in [None, Some(""), Some("zz"), Some("abc"), Some(right[2..].to_owned().as_str()), Some(sign("other").as_str())] {
        assert_eq!(refused(key, signature, &failed), CallbackRefused::WrongSignature, "{signature:?}");
    }
    let unknown = body("mislaid");
    assert_eq!(refused(key, Some(&sign(&unknown)), &unknown), CallbackRefused::UnknownStatus("mislaid".into()));
    for rubbish in ["", "{}", r#"{"data":[{"type":"MessageStatus"}]}"#, r#"{"data":[{"type":"MessageStatus","attributes":{}}]}"#] {
        assert!(matches!(refused(key, Some(&sign(rubbish)), rubbish), CallbackRefused::Unreadable(_)), "{rubbish}");
    }
}

#[tokio::test]
async fn who_has_the_app_is_read_page_by_page() {
    let (fake, hour, client) = started().await;
    let numbers: Vec<NhsNumber> = (999_000_000..).filter_map(NhsNumber::from_first_nine).take(5).collect();
    fake.set_accounts(numbers.iter().enumerate().map(|(n, number)| (number.digits(), n != 3)));
    let told = client.app_accounts("A81001", hour.now()).await.unwrap();
    let expected: Vec<NhsNumber> = numbers.iter().enumerate().filter(|(n, _)| *n != 3).map(|(_, number)| *number).collect();
    assert_eq!(told, expected, "who is not told of messages is not among them");
}

#[tokio::test]
async fn published_examples_are_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/notify");
    let Ok(files) = std::fs::read_dir(&folder) else { return };
    let (_fake, _, client) = started().await;
    let mut read = 0;
    for file in files.filter_map(Result::ok) {
        let Ok(text) = std::fs::read_to_string(file.path()) else { continue };
        let Ok(example) = serde_json::from_str::<serde_json::Value>(&text) else { continue };
        if example["data"]["type"] != "Message" {
            continue;
        }
        // The same attributes stand in a receipt, beside the id.
        let mut attributes = example["data"]["attributes"].clone();
        attributes["messageId"] = example["data"]["id"].clone();
        let body = serde_json::json!({ "data": [{ "type": "MessageStatus", "attributes": attributes }] }).to_string();
        let secret = format!("{}.{}", FakeNhsNotify::APPLICATION_ID, FakeNhsNotify::CALLBACK_KEY);
        let mut mac = <hmac::Hmac<sha2::Sha256> as hmac::KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
        hmac::Mac::update(&mut mac, body.as_bytes());
        let signature: String = hmac::Mac::finalize(mac).into_bytes().iter().map(|b| format!("{b:02x}")).collect();
        let receipts = client.read_callback(Some(FakeNhsNotify::CALLBACK_KEY), Some(&signature), body.as_bytes()).unwrap();
        assert_ne!(receipts[0].delivery, Delivery::Sending, "{}", file.path().display());
        read += 1;
    }
    assert_eq!(read, 3);
}
