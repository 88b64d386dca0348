use std::sync::{Arc, Mutex};

use portico_interop::notify::{CallbackRefused, Delivery, GovukNotify, Receipt};
use portico_testkit::fake_notify::{FakeNotify, Fault};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::notify::{ADDRESS, NUMBER, client, fake, letter_to, now, text_to};

type Heard = Arc<Mutex<Vec<Result<Receipt, CallbackRefused>>>>;

/// A receiver as our web server is one: reads each call with the client, answers 200, 401 or 400.
async fn receiver(notify: GovukNotify) -> (String, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/callbacks/notify", listener.local_addr().unwrap());
    let heard = Heard::default();
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut call = Vec::new();
            while !call.ends_with(b"}") {
                stream.read_buf(&mut call).await.unwrap();
            }
            let call = String::from_utf8(call).unwrap();
            let (head, body) = call.split_once("\r\n\r\n").unwrap();
            let authorization = head.lines().find_map(|line| line.strip_prefix("Authorization: "));
            let read = notify.read_callback(authorization, body.as_bytes());
            let status = match &read {
                Ok(_) => "200 OK",
                Err(CallbackRefused::WrongToken) => "401 Unauthorized",
                Err(_) => "400 Bad Request",
            };
            kept.lock().unwrap().push(read);
            stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes()).await.unwrap();
        }
    });
    (url, heard)
}

/// Sends a text under a fault and says what the receiver answered and read.
async fn heard_after(fake: &FakeNotify, fault: Fault) -> (String, Vec<u16>, Vec<Receipt>) {
    let notify = client(fake);
    let (url, heard) = receiver(notify.clone()).await;
    fake.set_fault(fault);
    let id = notify.send(&text_to(NUMBER), now()).await.unwrap().provider_id;
    let answers = fake.deliver_callbacks_to(&url, FakeNotify::CALLBACK_TOKEN).await;
    let heard = heard.lock().unwrap().drain(..).collect::<Result<_, _>>().unwrap();
    (id, answers, heard)
}

#[tokio::test]
async fn a_receipt_names_the_message_and_what_became_of_it() {
    let cases = [(Fault::None, None), (Fault::PermanentFailure, Some(true)), (Fault::TemporaryFailure, Some(false))];
    for (fault, failed) in cases {
        let (id, answers, heard) = heard_after(&fake().await, fault).await;
        assert_eq!(answers, [200]);
        assert_eq!((heard[0].provider_id.as_str(), heard[0].reference.as_deref()), (id.as_str(), Some("message-1")));
        match &heard[0].delivery {
            Delivery::Delivered => assert_eq!(failed, None),
            Delivery::Failed { permanent, .. } => assert_eq!(failed, Some(*permanent)),
            Delivery::Sending => panic!("a receipt is final"),
        }
    }
}

#[tokio::test]
async fn a_receipt_may_come_twice() {
    let (_, answers, heard) = heard_after(&fake().await, Fault::Duplicate).await;
    assert_eq!(answers, [200, 200]);
    assert_eq!(heard[0], heard[1]);
}

#[tokio::test]
async fn a_receipt_may_come_late() {
    let fake = fake().await;
    let (id, answers, _) = heard_after(&fake, Fault::LateReceipt).await;
    assert_eq!(answers, [] as [u16; 0]);
    assert_eq!(client(&fake).status(&id, now()).await.unwrap().delivery, Delivery::Sending);
    fake.release_late_receipts();
    assert_eq!(client(&fake).status(&id, now()).await.unwrap().delivery, Delivery::Delivered);
    let (url, heard) = receiver(client(&fake)).await;
    assert_eq!(fake.deliver_callbacks_to(&url, FakeNotify::CALLBACK_TOKEN).await, [200]);
    assert_eq!(heard.lock().unwrap()[0].as_ref().unwrap().delivery, Delivery::Delivered);
}

#[tokio::test]
async fn a_lying_receipt_is_told_by_its_id() {
    let fake = fake().await;
    let (id, _, heard) = heard_after(&fake, Fault::LyingReceipt).await;
    assert_eq!(heard[0].delivery, Delivery::Delivered);
    assert_eq!(heard[0].reference.as_deref(), Some("message-1"));
    assert_ne!(heard[0].provider_id, id);
    let truth = client(&fake).status(&id, now()).await.unwrap();
    assert!(matches!(truth.delivery, Delivery::Failed { permanent: true, .. }));
}

#[tokio::test]
async fn a_receipt_with_a_wrong_token_is_refused_and_comes_again() {
    let fake = fake().await;
    let notify = client(&fake);
    let (url, heard) = receiver(notify.clone()).await;
    notify.send(&text_to(NUMBER), now()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(fake.deliver_callbacks_to(&url, "wrong").await, [401]);
    }
    assert_eq!(heard.lock().unwrap().drain(..).next(), Some(Err(CallbackRefused::WrongToken)));
    assert_eq!(fake.deliver_callbacks_to(&url, FakeNotify::CALLBACK_TOKEN).await, [200]);
    assert_eq!(fake.deliver_callbacks_to(&url, FakeNotify::CALLBACK_TOKEN).await, [] as [u16; 0]);
}

#[tokio::test]
async fn a_letter_has_no_delivery_receipt() {
    let fake = fake().await;
    let notify = client(&fake);
    let (url, _) = receiver(notify.clone()).await;
    fake.set_fault(Fault::LateReceipt);
    let id = notify.send(&letter_to(&ADDRESS), now()).await.unwrap().provider_id;
    assert_eq!(notify.status(&id, now()).await.unwrap().delivery, Delivery::Sending);
    fake.release_late_receipts();
    assert_eq!(notify.status(&id, now()).await.unwrap().delivery, Delivery::Delivered);
    assert_eq!(fake.deliver_callbacks_to(&url, FakeNotify::CALLBACK_TOKEN).await, [] as [u16; 0]);
}

fn read(authorization: Option<&str>, body: &str) -> Result<Receipt, CallbackRefused> {
    let notify = GovukNotify::new(FakeNotify::config_at("https://api.notifications.service.gov.uk")).unwrap();
    notify.read_callback(authorization, body.as_bytes())
}

fn read_body(body: &str) -> Result<Receipt, CallbackRefused> {
    read(Some(&format!("Bearer {}", FakeNotify::CALLBACK_TOKEN)), body)
}

#[test]
fn only_our_own_bearer_token_is_believed() {
    let body = json!({ "id": "1", "status": "delivered" }).to_string();
    let wrong = ["", "Bearer", "Bearer ", "Bearer wrong", FakeNotify::CALLBACK_TOKEN, "Basic the token on the receipts"];
    for header in wrong.map(Some).into_iter().chain([None]) {
        assert_eq!(read(header, &body), Err(CallbackRefused::WrongToken), "{header:?}");
    }
    assert_eq!(read(Some("Bearer wrong"), "not even JSON"), Err(CallbackRefused::WrongToken), "the token is read first");
    assert!(read(Some(&format!("bearer {}", FakeNotify::CALLBACK_TOKEN)), &body).is_ok());
}

#[test]
fn every_status_has_one_meaning() {
    let meaning = |status: &str| match read_body(&json!({ "id": "1", "status": status }).to_string())?.delivery {
        Delivery::Sending => Ok("sending"),
        Delivery::Delivered => Ok("delivered"),
        Delivery::Failed { permanent: true, .. } => Ok("failed for good"),
        Delivery::Failed { permanent: false, .. } => Ok("failed for now"),
    };
    let table = [
        ("created", "sending"),
        ("sending", "sending"),
        ("pending", "sending"),
        ("sent", "sending"),
        ("delivered", "delivered"),
        ("permanent-failure", "failed for good"),
        ("temporary-failure", "failed for now"),
        ("technical-failure", "failed for now"),
        ("accepted", "sending"),
        ("received", "delivered"),
        ("cancelled", "failed for good"),
        ("pending-virus-check", "sending"),
        ("virus-scan-failed", "failed for good"),
        ("validation-failed", "failed for good"),
    ];
    for (status, expected) in table {
        assert_eq!(meaning(status), Ok(expected), "{status}");
    }
    for unknown in ["", "Delivered", "delivered ", "returned"] {
        assert_eq!(meaning(unknown), Err(CallbackRefused::UnknownStatus(unknown.trim().to_owned())), "{unknown}");
    }
}

#[test]
fn a_returned_letter_has_failed_for_good() {
    let body = json!({ "notification_id": "3d1ce039", "reference": "message-1", "date_sent": "2023-09-16T16:50:09.090424Z" });
    let receipt = read_body(&body.to_string()).unwrap();
    assert_eq!((receipt.provider_id.as_str(), receipt.reference.as_deref()), ("3d1ce039", Some("message-1")));
    assert!(matches!(receipt.delivery, Delivery::Failed { permanent: true, .. }));
}

#[test]
fn what_is_not_a_receipt_is_refused_without_repeating_it() {
    let bodies = [
        "",
        "[]",
        "{}",
        r#"{"id":"1"}"#,
        r#"{"status":"delivered"}"#,
        r#"{"id":"","status":"delivered"}"#,
        r#"{"id":"Ada Lovelace","status":7}"#,
    ];
    for body in bodies {
        match read_body(body) {
            Err(CallbackRefused::Unreadable(why)) => assert!(!why.contains("Ada"), "{why}"),
            other => panic!("{body}: {other:?}"),
        }
    }
    assert!(matches!(read_body("\u{0}\u{ffff}"), Err(CallbackRefused::Unreadable(_))));
}
