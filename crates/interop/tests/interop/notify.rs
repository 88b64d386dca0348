use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use portico_interop::notify::{Delivery, GovukNotify, NotifyConfig, Outgoing, Patience, Receipt, Recipient};
use portico_interop::{Secret, SendFailure};
use portico_testkit::fake_notify::{FakeNotify, Fault};

/// The moment at which every test plays.
pub fn now() -> Timestamp {
    "2026-01-05T08:30:00Z".parse().unwrap()
}

pub async fn fake() -> FakeNotify {
    let fake = FakeNotify::start().await;
    fake.set_clock(now);
    fake
}

pub fn client(fake: &FakeNotify) -> GovukNotify {
    GovukNotify::new(fake.config()).unwrap()
}

pub fn text_to(number: &str) -> Outgoing {
    Outgoing {
        reference: "message-1".to_owned(),
        to: Recipient::Sms(number.to_owned()),
        subject: None,
        body: "Your blood test is due. – Café Road Surgery".to_owned(),
    }
}

pub fn email_to(address: &str) -> Outgoing {
    Outgoing { to: Recipient::Email(address.to_owned()), subject: Some("Your blood test".to_owned()), ..text_to("") }
}

pub fn letter_to(lines: &[&str]) -> Outgoing {
    Outgoing { to: Recipient::Letter(lines.iter().map(|line| line.to_string()).collect()), ..text_to("") }
}

pub const ADDRESS: [&str; 3] = ["Ada Lovelace", "12 Byron Road", "LS1 4AP"];

/// A number of the range that is never given to anybody.
pub const NUMBER: &str = "07700 900123";

fn why_given_up(failure: SendFailure) -> String {
    match failure {
        SendFailure::GiveUp { why } => why,
        SendFailure::TryLater { why, .. } => panic!("would try again: {why}"),
    }
}

fn when_to_try(failure: SendFailure) -> (String, Option<u32>) {
    match failure {
        SendFailure::TryLater { why, after_seconds } => (why, after_seconds),
        SendFailure::GiveUp { why } => panic!("gave up: {why}"),
    }
}

async fn refused(outgoing: Outgoing) -> String {
    let fake = fake().await;
    let why = why_given_up(client(&fake).send(&outgoing, now()).await.unwrap_err());
    assert!(fake.sent().is_empty());
    why
}

#[tokio::test]
async fn a_text_is_sent_and_delivered() {
    let fake = fake().await;
    let accepted = client(&fake).send(&text_to(NUMBER), now()).await.unwrap();
    let [sent] = &fake.sent()[..] else { panic!("one message") };
    assert_eq!((sent.channel, sent.to.as_str(), sent.reference.as_deref()), ("sms", NUMBER, Some("message-1")));
    assert_eq!(sent.body, "Your blood test is due. – Café Road Surgery");
    assert_eq!(sent.id, accepted.provider_id);
    let receipt = client(&fake).status(&accepted.provider_id, now()).await.unwrap();
    let expected = Receipt { provider_id: accepted.provider_id, reference: Some("message-1".to_owned()), delivery: Delivery::Delivered };
    assert_eq!(receipt, expected);
}

#[tokio::test]
async fn an_email_has_its_subject() {
    let fake = fake().await;
    client(&fake).send(&email_to("ada@example.com"), now()).await.unwrap();
    let [sent] = &fake.sent()[..] else { panic!("one message") };
    assert_eq!((sent.channel, sent.subject.as_deref()), ("email", Some("Your blood test")));
}

#[tokio::test]
async fn a_letter_has_its_address_without_the_empty_lines() {
    let fake = fake().await;
    let accepted = client(&fake).send(&letter_to(&["Ada Lovelace", "", "12 Byron Road", " LS1 4AP "]), now()).await.unwrap();
    assert_eq!(fake.sent()[0].to, "Ada Lovelace\n12 Byron Road\nLS1 4AP");
    let receipt = client(&fake).status(&accepted.provider_id, now()).await.unwrap();
    assert_eq!(receipt.delivery, Delivery::Delivered, "printed and posted is all that a letter reports");
}

#[tokio::test]
async fn what_a_channel_needs_is_asked_for_before_anything_goes() {
    let without_subject = Outgoing { subject: None, ..email_to("ada@example.com") };
    assert_eq!(refused(without_subject).await, "An e-mail needs a subject.");
    let without_words = Outgoing { body: " \n".to_owned(), ..text_to(NUMBER) };
    assert_eq!(refused(without_words).await, "A message needs some words.");
    let without_reference = Outgoing { reference: String::new(), ..text_to(NUMBER) };
    assert_eq!(refused(without_reference).await, "A message needs a reference.");
    let lines = "The address on a letter must have three to seven lines.";
    assert_eq!(refused(letter_to(&["Ada Lovelace", "LS1 4AP"])).await, lines);
    assert_eq!(refused(letter_to(&["a", "b", "c", "d", "e", "f", "g", "h"])).await, lines);
}

#[tokio::test]
async fn a_new_line_in_a_subject_or_recipient_is_refused() {
    let subject = Outgoing { subject: Some("Hello\r\nBcc: eve@example.com".to_owned()), ..email_to("ada@example.com") };
    assert_eq!(refused(subject).await, "The subject must be one line without control characters.");
    let address = email_to("ada@example.com\nBcc: eve@example.com");
    assert_eq!(refused(address).await, "The e-mail address must be one line without control characters.");
    let number = text_to("07700900123\r\n07700900124");
    assert_eq!(refused(number).await, "The phone number must be one line without control characters.");
    let line = letter_to(&["Ada\nLovelace", "12 Byron Road", "LS1 4AP"]);
    assert_eq!(refused(line).await, "The address line must be one line without control characters.");
}

#[tokio::test]
async fn a_refusal_of_the_service_is_given_in_its_words() {
    let why = refused(text_to("12")).await;
    assert_eq!(why, "GOV.UK Notify refused (400): phone_number Not enough digits.");
    let why = refused(email_to("nobody")).await;
    assert_eq!(why, "GOV.UK Notify refused (400): email_address Not a valid email address.");
}

#[tokio::test]
async fn a_wrong_clock_or_key_is_not_tried_again() {
    let fake = fake().await;
    let advice = "Check this server's clock, the service id and the API key.";
    for late in [31.seconds(), (-31).seconds()] {
        let why = why_given_up(client(&fake).send(&text_to(NUMBER), now() + late).await.unwrap_err());
        assert_eq!(why, format!("GOV.UK Notify refused (403): Error: Your system clock must be accurate to within 30 seconds. {advice}"));
    }
    let settings =
        [NotifyConfig { secret: Secret::from("wrong"), ..fake.config() }, NotifyConfig { service_id: "wrong".to_owned(), ..fake.config() }];
    for wrong in settings {
        let notify = GovukNotify::new(wrong).unwrap();
        let why = why_given_up(notify.send(&text_to(NUMBER), now()).await.unwrap_err());
        assert!(why.starts_with("GOV.UK Notify refused (403): Invalid token") && why.ends_with(advice), "{why}");
        why_given_up(notify.status("740e5834-3a29-46b4-9a6f-16142fde533a", now()).await.unwrap_err());
    }
    assert!(fake.sent().is_empty());
    client(&fake).send(&text_to(NUMBER), now() + 30.seconds()).await.unwrap();
}

#[tokio::test]
async fn a_busy_service_is_asked_again_when_it_says() {
    let fake = fake().await;
    fake.set_faults([Fault::TooMany, Fault::ServerError]);
    let notify = client(&fake);
    let (why, after) = when_to_try(notify.send(&text_to(NUMBER), now()).await.unwrap_err());
    assert_eq!(why, "GOV.UK Notify answered 429: Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds.");
    assert_eq!(after, Some(60));
    let (why, after) = when_to_try(notify.send(&text_to(NUMBER), now()).await.unwrap_err());
    assert_eq!((why.as_str(), after), ("GOV.UK Notify answered 500: Internal server error.", None));
    assert!(fake.sent().is_empty());
    notify.send(&text_to(NUMBER), now()).await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_may_hide_a_taken_message_which_can_be_found() {
    let fake = fake().await;
    fake.set_faults([Fault::Cut]);
    let notify = client(&fake);
    assert_eq!(notify.find("message-1", now()).await.unwrap(), []);
    let (why, _) = when_to_try(notify.send(&text_to(NUMBER), now()).await.unwrap_err());
    assert_eq!(why, "The connection to GOV.UK Notify broke before its answer was complete.");
    let [found] = &notify.find("message-1", now()).await.unwrap()[..] else { panic!("it was taken") };
    assert_eq!(found.provider_id, fake.sent()[0].id);
    assert_eq!(found.delivery, Delivery::Delivered);
}

#[tokio::test]
async fn a_slow_service_is_not_waited_for_for_ever() {
    let fake = fake().await;
    fake.set_faults([Fault::Slow(Duration::from_secs(60)), Fault::Slow(Duration::from_millis(1))]);
    let patience = Patience { answer: Duration::from_millis(500), ..Patience::default() };
    let notify = GovukNotify::with_patience(fake.config(), patience).unwrap();
    let (why, _) = when_to_try(notify.send(&text_to(NUMBER), now()).await.unwrap_err());
    assert_eq!(why, "GOV.UK Notify did not answer in time.");
    notify.send(&text_to(NUMBER), now()).await.unwrap();
}

#[tokio::test]
async fn a_service_that_is_away_is_tried_later() {
    let fake = fake().await;
    let notify = client(&fake);
    drop(fake);
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nobody = GovukNotify::new(FakeNotify::config_at(&format!("http://{nobody}"))).unwrap();
    let (why, _) = when_to_try(nobody.send(&text_to(NUMBER), now()).await.unwrap_err());
    assert_eq!(why, "GOV.UK Notify could not be reached.");
    when_to_try(notify.send(&text_to(NUMBER), now()).await.unwrap_err());
}

#[tokio::test]
async fn a_service_that_does_not_speak_tls_is_told_nothing() {
    let fake = fake().await;
    let notify = GovukNotify::new(FakeNotify::config_at(&fake.base_url().replace("http:", "https:"))).unwrap();
    let (why, _) = when_to_try(notify.send(&text_to(NUMBER), now()).await.unwrap_err());
    assert_eq!(why, "GOV.UK Notify could not be reached.");
    assert!(fake.sent().is_empty());
}

#[tokio::test]
async fn a_failed_message_says_whether_the_address_is_to_blame() {
    let fake = fake().await;
    let notify = client(&fake);
    let cases = [
        (Fault::None, FakeNotify::PERMANENT_FAILURE_NUMBER, true),
        (Fault::None, "+44 7700 900002", true),
        (Fault::None, FakeNotify::TEMPORARY_FAILURE_NUMBER, false),
        (Fault::PermanentFailure, NUMBER, true),
        (Fault::TemporaryFailure, NUMBER, false),
    ];
    for (fault, number, expected) in cases {
        fake.set_fault(fault);
        let accepted = notify.send(&text_to(number), now()).await.unwrap();
        let receipt = notify.status(&accepted.provider_id, now()).await.unwrap();
        let Delivery::Failed { permanent, .. } = receipt.delivery else { panic!("{number} was delivered") };
        assert_eq!(permanent, expected, "{fault:?} {number}");
    }
}

#[tokio::test]
async fn asking_for_a_status_fails_in_the_same_ways() {
    let fake = fake().await;
    let notify = client(&fake);
    let id = notify.send(&text_to(NUMBER), now()).await.unwrap().provider_id;
    for fault in [Fault::TooMany, Fault::ServerError, Fault::Cut] {
        fake.set_reading_fault(fault);
        when_to_try(notify.status(&id, now()).await.unwrap_err());
        when_to_try(notify.find("message-1", now()).await.unwrap_err());
    }
    fake.set_reading_fault(Fault::None);
    let unknown = notify.status("740e5834-3a29-46b4-9a6f-16142fde533a", now()).await.unwrap_err();
    assert_eq!(why_given_up(unknown), "GOV.UK Notify refused (404): No result found.");
    for not_an_id in ["", "..", "../../v2/templates", "a?b", "é"] {
        let why = why_given_up(notify.status(not_an_id, now()).await.unwrap_err());
        assert_eq!(why, "That is not an id of GOV.UK Notify.");
    }
}

#[tokio::test]
async fn a_status_that_is_not_published_is_not_guessed() {
    let fake = fake().await;
    let notify = client(&fake);
    let id = notify.send(&text_to(NUMBER), now()).await.unwrap().provider_id;
    fake.set_status(&id, "mislaid");
    let why = why_given_up(notify.status(&id, now()).await.unwrap_err());
    assert_eq!(why, "GOV.UK Notify gave the status \"mislaid\", which it does not publish; look the message up there.");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_an_odd_answer_is_not_believed() {
    let refused = [
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "pointed elsewhere (302)"),
        ("HTTP/1.1 418 Teapot\r\nContent-Length: 5\r\n\r\nshort", "refused (418): it gave no reason"),
    ];
    for (answer, expected) in refused {
        let why = why_given_up(answered_by(answer).await);
        assert!(why.contains(expected), "{why}");
    }
    // The message may have been taken all the same: who gave up here would send it twice.
    let perhaps_taken = [
        ("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok", "answered 201 but not in its published form"),
        ("HTTP/1.1 201 Created\r\nContent-Length: 32\r\n\r\n{\"id\":\"x\",\"reference\":\"another\"}", "answered about another message"),
    ];
    for (answer, expected) in perhaps_taken {
        match answered_by(answer).await {
            SendFailure::TryLater { why, .. } => assert!(why.contains(expected), "{why}"),
            given_up => panic!("{given_up:?}"),
        }
    }
}

/// What becomes of a message when the service answers in these very words.
async fn answered_by(answer: &'static str) -> SendFailure {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(b"}") {
            stream.read_buf(&mut heard).await.unwrap();
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        // Hold the line until the caller hangs up.
        let _ = stream.read_buf(&mut heard).await;
    });
    let failure =
        GovukNotify::new(FakeNotify::config_at(&format!("http://{address}"))).unwrap().send(&text_to(NUMBER), now()).await.unwrap_err();
    server.abort();
    failure
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let refused = |config: NotifyConfig| GovukNotify::new(config).unwrap_err().setting;
    let good = || FakeNotify::config_at("https://api.notifications.service.gov.uk");
    assert!(GovukNotify::new(good()).is_ok());
    for base_url in ["", "notify", "http://notify.example.com", "ftp://example.com", "https://me:pw@example.com", "https://a.example/?b"] {
        assert_eq!(refused(FakeNotify::config_at(base_url)), "notify.base_url", "{base_url}");
    }
    assert_eq!(refused(NotifyConfig { secret: Secret::from(" "), ..good() }), "notify.secret");
    assert_eq!(refused(NotifyConfig { callback_token: Secret::from(""), ..good() }), "notify.callback_token");
    assert_eq!(refused(NotifyConfig { letter_template: String::new(), ..good() }), "notify.letter_template");
}

#[test]
fn debug_shows_neither_secrets_nor_patients() {
    let client = GovukNotify::new(FakeNotify::config_at("https://api.notifications.service.gov.uk")).unwrap();
    let shown = format!("{client:?} {:?} {:?} {:?}", text_to(NUMBER), email_to("ada@example.com"), letter_to(&ADDRESS));
    for hidden in [FakeNotify::SECRET, FakeNotify::CALLBACK_TOKEN, "900123", "ada@", "Byron", "blood"] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
}
