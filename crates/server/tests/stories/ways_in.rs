//! What patients write by e-mail and text, and what reaches them in the NHS App.

use jiff::SignedDuration;
use portico_domain::request::{Door, Kind};
use portico_interop::{Secret, imap::MailboxConfig, smtp::SmtpConfig};
use portico_nhs::Clock;
use portico_testkit::{
    World,
    databases::both,
    fake_mailbox::{FakeMailbox, MailboxFault},
    fake_nhs_notify::FakeNhsNotify,
    fake_notify::{FakeNotify, Fault},
    files,
    smtp_sink::SmtpSink,
};

fn mailbox(fake: &FakeMailbox) -> MailboxConfig {
    let password = Secret::from(FakeMailbox::PASSWORD);
    MailboxConfig { server: fake.address().into(), user: FakeMailbox::USER.into(), password, organisation: None }
}

/// A mail from Ada's own address; `head` is more of its head.
fn mail(id: &str, head: &str, words: &str) -> String {
    format!("From: Ada Osei <Ada@Example.com>\r\nSubject: Re: hello\r\nMessage-ID: <{id}@example.com>\r\n{head}\r\n{words}\r\n")
}

/// What is fetched from outside is fetched once a minute.
async fn a_minute_later(w: &World) {
    w.clock.forward(SignedDuration::from_secs(61));
    w.work_in_the_background().await;
}

#[tokio::test]
async fn a15_an_email_becomes_a_request_and_the_answer_to_it_comes_back_to_its_thread() {
    for db in both() {
        let (fake, sink) = (FakeMailbox::start().await, SmtpSink::start().await);
        let settings = |c: &mut portico_server::config::Config| {
            c.mailbox = vec![mailbox(&fake)];
            c.smtp = Some(SmtpConfig { url: sink.url(), from: FakeMailbox::USER.into() });
        };
        let w = World::new().on(db).coordinator("Sam").patient("Ada").with(settings).start().await;

        fake.receives(
            "From: Ada Osei <Ada@Example.com>\r\nSubject: My tablets\r\nMessage-ID: <1@example.com>\r\n\r\nMay I have more of them?\r\n",
        );
        w.work_in_the_background().await;
        assert_eq!(fake.unread(), 0, "it has been kept");
        let item = w.item_of("Ada").await;
        assert_eq!((item.door, item.kind, item.patient), (Door::Email, Kind::SomethingElse, None), "one identifier alone matches nobody");
        w.staff("Sam").opens_item_of("Ada").await.sees("My tablets").sees("May I have more of them?");
        assert_eq!(sink.messages().len(), 1, "she is told that it has come");

        // Staff answer; she answers that, quoting it, with a photo.
        w.staff("Sam").does("Ada", "ask", &[("text", "Which tablets?")]).await.is_done();
        w.work_in_the_background().await;
        let asked = sink.messages().pop().expect("a question");
        assert_eq!(asked.to, ["ada@example.com"]);
        let id = asked.header("Message-ID").expect("an id");
        let words = format!(
            "The blue ones.\r\n\r\nOn Monday the surgery wrote:\r\n> Which tablets?\r\n--b\r\nContent-Type: image/jpeg; name=\"box.jpg\"\r\nContent-Disposition: attachment; filename=\"box.jpg\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--",
            files::base64(&files::photo())
        );
        let head = format!("In-Reply-To: {id}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n");
        fake.receives(mail("2", &head, &words));
        a_minute_later(&w).await;
        let page = w.staff("Sam").opens_item_of("Ada").await.sees("The blue ones.").sees("box.jpg");
        assert_eq!(page.words().matches("Which tablets?").count(), 1, "what she quotes is not said again");
        w.signs_in_again("Sam").await;
        w.staff("Sam").opens("/desk").await.sees("Read the patient's answer");

        // Read again after a crash, it is known; the line that breaks loses nothing.
        fake.set_fault(MailboxFault::CutWhenMarked);
        fake.receives(mail("3", &format!("In-Reply-To: {id}\r\n"), "And the red ones."));
        a_minute_later(&w).await;
        fake.set_fault(MailboxFault::None);
        assert_eq!(fake.unread(), 1, "nobody could say that it was kept");
        a_minute_later(&w).await;
        let page = w.staff("Sam").opens_item_of("Ada").await;
        assert_eq!((fake.unread(), page.words().matches("And the red ones.").count()), (0, 1));

        // An absence note moves nothing; the news that a mail did not arrive is work.
        fake.receives(mail("4", &format!("In-Reply-To: {id}\r\nAuto-Submitted: auto-replied\r\n"), "I am away until Friday."));
        let before = w.item_of("Ada").await.position;
        a_minute_later(&w).await;
        assert_eq!(w.item_of("Ada").await.position, before);
        w.staff("Sam").opens_item_of("Ada").await.sees("I am away until Friday.");
        fake.receives(format!(
            "From: MAILER-DAEMON@example.com\r\nMessage-ID: <5@x>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\n\r\nNo such user\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n\
             --b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {id}\r\n\r\nWhich tablets?\r\n--b--\r\n"
        ));
        a_minute_later(&w).await;
        w.staff("Sam").opens("/desk").await.sees("Message not delivered");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_mailbox_that_cannot_be_read_is_on_the_desk_and_one_bad_mail_stops_nobody() {
    for db in both() {
        let fake = FakeMailbox::start().await;
        let w = World::new().on(db).coordinator("Sam").clinician("Osei").with(|c| c.mailbox = vec![mailbox(&fake)]).start().await;
        fake.set_fault(MailboxFault::WrongPassword);
        for _ in 0..3 {
            a_minute_later(&w).await;
        }
        w.staff("Sam").opens("/desk").await.does_not_see("cannot fetch");
        w.clock.forward(SignedDuration::from_mins(60));
        for _ in 0..3 {
            a_minute_later(&w).await;
        }
        w.signs_in_again("Sam").await;
        let desk = w.staff("Sam").opens("/desk").await.sees("Portico cannot fetch e-mails from patients since");
        assert_eq!(desk.words().matches("Portico cannot fetch").count(), 1, "told once a day");

        // Names that no database would take, an address without end, bytes that are no mail: those behind them are read.
        fake.set_fault(MailboxFault::None);
        fake.receives(b"From: =?utf-8?Q?a=00b?= <a@b>\r\n\r\nnul\0here".to_vec());
        fake.receives(format!("From: <{}@example.com>\r\nSubject: {}\r\n\r\nlong", "x".repeat(9_000), "y".repeat(9_000)));
        fake.receives(vec![0xff, 0xfe, 0x00, 0x80]);
        fake.receives(mail("9", "", "My knee hurts"));
        fake.set_fault(MailboxFault::CutAtTheFirst);
        a_minute_later(&w).await;
        assert_eq!(fake.unread(), 1, "one that cannot be fetched is passed over");
        fake.set_fault(MailboxFault::None);
        a_minute_later(&w).await;
        assert_eq!(fake.unread(), 0);
        w.staff("Sam").opens("/desk").await.sees("My knee hurts").sees("nulhere").sees("yyyyyyyy");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_text_goes_to_the_thread_it_answers_and_a_shared_number_to_a_person() {
    for db in both() {
        let fake = FakeNotify::start().await;
        let w = World::new().on(db).coordinator("Sam").patient("Ada").patient("Ben").with(|c| c.notify = Some(fake.config())).start().await;
        let clock = w.clock.clone();
        fake.set_clock(move || clock.now());
        w.patient("Ada").asks_online("My ear hurts").await;
        w.staff("Sam").does("Ada", "ask", &[("text", "Which ear?")]).await.is_done();
        w.work_in_the_background().await;
        let number = fake.sent().pop().expect("a text").to.trim_start_matches('+').to_owned();
        // More than a page of them, and the same list again at the next reading.
        for n in 1..=5 {
            fake.receives(&number, &format!("The left one,\0 said {n} times"));
        }
        a_minute_later(&w).await;
        a_minute_later(&w).await;
        let page = w.staff("Sam").opens_item_of("Ada").await;
        for n in 1..=5 {
            assert_eq!(page.words().matches(&format!("The left one, said {n} times")).count(), 1);
        }
        // A number nobody was written to: a request of its own, which staff match. Her answer to what they ask comes back to it.
        fake.receives("447700900555", "Can I have an appointment?");
        a_minute_later(&w).await;
        let unknown = w.staff("Sam").opens("/desk").await.sees("Can I have an appointment?").sees("Name not given");
        let mut item = String::new();
        for link in unknown.links("/items/") {
            if w.staff("Sam").opens(&link).await.words().contains("In their words Can I have an appointment?") {
                item = link;
            }
        }
        let found = w.staff("Sam").opens(&format!("{item}?person=Ben")).await;
        let ben = found.field("patient-id").expect("Ben");
        w.staff("Sam").sends_from(&found, &format!("{item}/match"), &[("patient-id", &ben)]).await.is_done();
        w.staff("Sam").sends(&item, &format!("{item}/ask"), &[("text", "What is it about?")]).await.is_done();
        w.work_in_the_background().await;
        fake.receives("447700900555", "It is about my back");
        a_minute_later(&w).await;
        w.staff("Sam").opens(&item).await.sees("It is about my back");
        // The whole family has Ada's number: what comes from it now may be about Ben.
        w.patient("Ben").asks_online("My knee hurts").await;
        w.work_in_the_background().await;
        fake.receives(&number, "It is much better");
        a_minute_later(&w).await;
        w.staff("Sam").opens_item_of("Ada").await.does_not_see("It is much better");
        w.staff("Sam").opens_item_of("Ben").await.does_not_see("It is much better");
        w.staff("Sam").opens("/desk").await.sees("It is much better");
        w.nothing_is_lost().await;
    }
}

/// What reception enters while Ada rings, who did not say how she would like to be answered.
fn by_phone(words: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("door", "phone"),
        ("given", "Ada"),
        ("family", "Osei"),
        ("birth-date-day", "15"),
        ("birth-date-month", "3"),
        ("birth-date-year", "1984"),
        ("postcode", "LS1 4AP"),
        ("phone", "07700 900123"),
        ("kind", "new_problem"),
        ("words", words),
    ]
}

#[tokio::test]
async fn d2_an_answer_to_a_message_to_many_is_a_request_of_its_own_and_what_failed_goes_another_way() {
    for db in both() {
        let fake = FakeNotify::start().await;
        let start = portico_testkit::FixedClock::at("2026-01-05 09:00");
        let shared = std::sync::Arc::new(std::sync::Mutex::new(std::sync::Arc::new(start)));
        let clock = shared.clone();
        let app = FakeNhsNotify::start(move || clock.lock().expect("a clock").now()).await;
        let settings = |c: &mut portico_server::config::Config| {
            c.notify = Some(fake.config());
            c.nhs_notify = Some(app.config());
        };
        let w = World::new().on(db).at("2026-01-05 09:00").coordinator("Sam").patient("Ada").with(settings).start().await;
        *shared.lock().expect("a clock") = w.clock.clone();
        let texts = w.clock.clone();
        fake.set_clock(move || texts.now());
        let number = (999_000_100..).find_map(portico_nhs::NhsNumber::from_first_nine).expect("Ada's number");
        app.set_accounts([(number.digits(), true)]);
        w.work_in_the_background().await;
        app.set_fault(Fault::PermanentFailure);
        let page = w.staff("Sam").opens("/batches").await;
        let flu = [("name", "Flu"), ("text", "Come for your flu jab on Saturday."), ("age-from", "0")];
        let made = w.staff("Sam").sends_from(&page, "/batches", &flu).await.sees("Goes to 1 people").sees("1 by NHS App");
        let here = made.path.clone();
        w.staff("Sam").sends_from(&made, &format!("{here}/release"), &[]).await.sees("Released");
        w.clock.forward(SignedDuration::from_mins(16));
        w.work_in_the_background().await;
        w.work_in_the_background().await;
        w.clock.forward(SignedDuration::from_mins(241));
        w.signs_in_again("Sam").await;
        w.work_in_the_background().await;
        let failed = w.staff("Sam").opens(&here).await.sees("NHS App What became of it Not delivered Messages 1");
        assert!(fake.sent().is_empty(), "nobody has decided to try again");
        // Tried again, it goes another way, and only to whom it did not reach.
        w.staff("Sam").sends_from(&failed, &format!("{here}/again"), &[]).await.is_done();
        for _ in 0..3 {
            w.clock.forward(SignedDuration::from_mins(2));
            w.work_in_the_background().await;
        }
        let sent = fake.sent();
        assert_eq!(sent.len(), 1);
        assert!(sent[0].body.contains("Come for your flu jab on Saturday."));
        // What she answers is hers: not a line on the page of everybody's message.
        fake.receives(sent[0].to.trim_start_matches('+'), "I have crushing chest pain and my arm is numb");
        a_minute_later(&w).await;
        let ada = w.item_of("Ada").await;
        assert!(ada.patient.is_some() && ada.door == Door::Text, "{ada:?}");
        let page = w.staff("Sam").opens_item_of("Ada").await.sees("crushing chest pain");
        page.sees("It answers “Message to many: Flu”, which went to Ada Osei");
        w.staff("Sam").opens("/desk").await.sees("Ada Osei");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn who_has_the_nhs_app_is_written_to_there_first_and_by_text_when_it_fails() {
    for db in both() {
        let fake = FakeNotify::start().await;
        let clock = std::sync::Arc::new(std::sync::Mutex::new(None::<std::sync::Arc<portico_testkit::FixedClock>>));
        let shared = clock.clone();
        let start = "2026-01-05T08:30:00Z".parse().expect("a moment");
        let app = FakeNhsNotify::start(move || shared.lock().expect("a clock").as_ref().map_or(start, |c| c.now())).await;
        let settings = |c: &mut portico_server::config::Config| {
            c.notify = Some(fake.config());
            c.nhs_notify = Some(app.config());
        };
        let w = World::new().on(db).coordinator("Sam").patient("Ada").with(settings).start().await;
        *clock.lock().expect("a clock") = Some(w.clock.clone());
        let texts = w.clock.clone();
        fake.set_clock(move || texts.now());
        let number = (999_000_100..).find_map(portico_nhs::NhsNumber::from_first_nine).expect("Ada's number");
        app.set_accounts([(number.digits(), true)]);
        w.work_in_the_background().await;

        w.staff("Sam").enters(&by_phone("Sore throat")).await.is_done();
        w.staff("Sam").triages("Ada", "routine", "gp", "").await;
        w.staff("Sam").does("Ada", "reply", &[("text", "Drink plenty and rest.")]).await.is_done();
        w.work_in_the_background().await;
        let sent = app.sent();
        assert_eq!(sent.last().map(|m| m.to.clone()), Some(number.digits()));
        assert!(sent.iter().any(|m| m.body.contains("Drink plenty and rest.")));
        // The receipt never comes: the service is asked at the deadline.
        w.clock.forward(SignedDuration::from_mins(241));
        w.signs_in_again("Sam").await;
        w.work_in_the_background().await;
        w.staff("Sam").opens_item_of("Ada").await.sees("NHS App: Delivered");

        // It fails: the text goes instead, and both are shown.
        app.set_fault(Fault::PermanentFailure);
        w.staff("Sam").does("Ada", "reply", &[("text", "Come back if it gets worse.")]).await.is_done();
        w.work_in_the_background().await;
        w.clock.forward(SignedDuration::from_mins(241));
        w.signs_in_again("Sam").await;
        w.work_in_the_background().await;
        w.work_in_the_background().await;
        w.staff("Sam").opens_item_of("Ada").await.sees("NHS App: Not delivered").sees("Text message: Sent, not yet confirmed");
        assert!(fake.sent().iter().any(|m| m.body.contains("Come back if it gets worse.")));

        // What cannot wait does not go where it may lie unread.
        let before = app.sent().len();
        w.staff("Sam").enters(&by_phone("A rash since this morning")).await.is_done();
        w.staff("Sam").triages("Ada", "same_day", "gp", "").await;
        w.staff("Sam").does("Ada", "reply", &[("text", "We will ring you within the hour.")]).await.is_done();
        w.work_in_the_background().await;
        assert!(app.sent().iter().skip(before).all(|m| !m.body.contains("within the hour")));
        // Without the App again from the next day on.
        app.set_accounts([]);
        w.clock.forward(SignedDuration::from_hours(25));
        w.work_in_the_background().await;
        let count = app.sent().len();
        w.signs_in_again("Sam").await;
        w.staff("Sam").does("Ada", "reply", &[("text", "How are you now?")]).await.is_done();
        w.work_in_the_background().await;
        assert_eq!(app.sent().len(), count);
        w.nothing_is_lost().await;
    }
}
