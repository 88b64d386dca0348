//! The matrix of faults: every way by which messages go, under every fault of its service. Each message ends in one true state,
//! and what has not arrived is on the desk within a minute of its deadline.

use std::time::Duration;

use jiff::SignedDuration;
use portico_domain::{
    message::{Channel, Delivery},
    request::AnswerBy,
};
use portico_nhs::{Clock, PatientId};
use portico_store::{queries::message, work};
use portico_testkit::{databases, fake_nhs_notify::Signing, fake_notify::Fault, smtp_sink::SinkFault};

use crate::{
    messages::{Correspondent, PATIENCE, PHONE},
    practice::{intake, messages_a_fault},
};

/// By what the people of one run can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A text by GOV.UK Notify.
    Text,
    /// An e-mail by the service that the practice has for it.
    Mail,
    /// A letter by GOV.UK Notify.
    Letter,
    /// A text, then an e-mail by the practice's mail server, which works.
    TextThenMail,
}

/// Lets minutes pass. A minute after any deadline nothing is left that nobody has looked at.
async fn passes(c: &Correspondent, minutes: i64) {
    for part in [minutes - 1, 1] {
        c.after(part).await;
        let mut conn = c.practice.store.reader().await.expect("a reader");
        let late = c.clock.now() - SignedDuration::from_secs(59);
        let left = message::past_deadline(&mut conn, c.practice.organisation, late).await.expect("a list");
        assert!(left.is_empty(), "{} messages are past their deadline, and nobody knows", left.len());
    }
}

/// No fault, and the thirteen kinds of fault of the services that send and give receipts.
fn faults() -> Vec<(&'static str, Fault)> {
    vec![
        ("taken", Fault::None),
        ("slow", Fault::Slow(Duration::from_millis(5))),
        ("slower than anybody waits", Fault::Slow(PATIENCE + PATIENCE)),
        ("cut", Fault::Cut),
        ("429", Fault::TooMany),
        ("500", Fault::ServerError),
        ("receipt twice", Fault::Duplicate),
        ("receipt late", Fault::LateReceipt),
        ("receipt lies", Fault::LyingReceipt),
        ("failed for good", Fault::PermanentFailure),
        ("failed for now", Fault::TemporaryFailure),
        ("garbled", Fault::Garbled),
        ("receipt lost", Fault::ReceiptLost),
        ("key withdrawn", Fault::KeyWithdrawn),
    ]
}

/// No fault, and the twelve kinds of fault of a mail server.
fn mail_faults() -> Vec<(&'static str, SinkFault)> {
    vec![
        ("mail taken", SinkFault::None),
        ("mail slow", SinkFault::Slow),
        ("mail refused", SinkFault::RefuseRecipient),
        ("mail later", SinkFault::TryLater),
        ("mail hung up", SinkFault::CloseAfterData),
        ("mail closed", SinkFault::CloseAtOnce),
        ("mail busy", SinkFault::Busy),
        ("mail sender refused", SinkFault::RefuseSender),
        ("mail hung up early", SinkFault::CloseAtSender),
        ("mail not like this", SinkFault::RefuseMessage),
        ("mail disk full", SinkFault::LaterAfterData),
        ("mail garbled", SinkFault::Garbled),
        ("mail hung up in the middle", SinkFault::CloseAtData),
    ]
}

/// `count` messages of one way under one fault, and the hours or days after.
async fn under(c: &Correspondent, name: &str, way: Way, (fault, sink): (Fault, SinkFault), count: usize) {
    let kind = format!("{}, {way:?}, {name}", c.practice.database.kind);
    c.notify.set_fault(fault);
    c.sink.set_fault(sink);
    let (sent_before, mails_before, work_before) = (c.notify.sent().len(), c.sink.messages().len(), c.undelivered().await.len());
    let mut items = Vec::new();
    for n in 0..count {
        let mut asks = intake(&format!("{way:?}{}{n}", name.replace(' ', "")), "a cough", Some(PHONE));
        let request = &mut asks.request;
        if way != Way::Text {
            request.person.email = Some(format!("{way:?}.{}.{n}@example.com", name.replace(' ', "-")));
        }
        match way {
            Way::Text => {}
            Way::Mail => (request.person.phone, request.contact.answer_by) = (None, AnswerBy::Email),
            Way::Letter => {
                (request.person.phone, request.person.email) = (None, None);
                request.person.address = vec![format!("{n} High Street"), "Leeds".into(), "LS1 4AP".into()];
                request.contact.answer_by = AnswerBy::Letter;
            }
            Way::TextThenMail => request.contact.answer_by = AnswerBy::Text,
        }
        items.push(c.practice.receives(asks).await.item);
    }
    // Longer than every try and every deadline.
    for _ in 0..20 {
        passes(c, 15).await;
        c.receipts_come().await;
    }
    if way == Way::Letter {
        passes(c, 60 * 24 * 10).await;
    }
    let mut failed = 0;
    for item in &items {
        let thread = c.thread_of(*item).await;
        let by_first = thread.first().expect("a message");
        let ended = thread.last().expect("a message");
        let known = |d| matches!(d, Delivery::Delivered | Delivery::Failed);
        assert!(thread.len() == 1 || way == Way::TextThenMail && by_first.delivery == Delivery::Failed, "{kind}: {thread:?}");
        match (ended.delivery, ended.channel) {
            (Delivery::Sent, Channel::Email) => assert!(thread.len() == 1 || known(by_first.delivery)),
            (Delivery::Delivered, _) => {}
            (Delivery::Failed, _) => failed += 1,
            (other, channel) => panic!("{kind}: a {channel:?} is {other:?} in the end"),
        }
    }
    assert_eq!(c.undelivered().await.len() - work_before, failed, "{kind}: what did not arrive is on the desk, once each");
    assert!(way != Way::TextThenMail || failed == 0, "{kind}: whoever has two ways is reached by the second");
    // What comes late is true all the same; what comes back of no mail counts as handed over.
    c.notify.release_late_receipts();
    c.receipts_come().await;
    c.after(73 * 60).await;
    for item in items {
        let thread = c.thread_of(item).await;
        let first = thread.first().expect("a message");
        assert!(fault != Fault::LateReceipt || way == Way::Letter || first.delivery == Delivery::Delivered, "{kind}: it had arrived");
        for m in &thread {
            let at_an_end = matches!(m.delivery, Delivery::Delivered | Delivery::HandedOver | Delivery::Failed);
            assert!(at_an_end, "{kind}: a {:?} is {:?} days later", m.channel, m.delivery);
        }
    }
    let mut references: Vec<_> = c.notify.sent().into_iter().skip(sent_before).map(|m| m.reference).collect();
    let all = references.len();
    references.sort();
    references.dedup();
    assert_eq!(references.len(), all, "{kind}: nothing goes twice by the same service");
    let truly = c.notify.sent().iter().skip(sent_before).filter(|m| m.record["status"] == "delivered").count();
    if way == Way::Text && fault != Fault::LateReceipt {
        assert_eq!(failed, count - truly, "{kind}: what arrived is known to have arrived");
    }
    let mut mails: Vec<_> = c.sink.messages().into_iter().skip(mails_before).map(|m| m.to).collect();
    let all = mails.len();
    mails.sort();
    mails.dedup();
    assert_eq!(mails.len(), all, "{kind}: no e-mail goes twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_hangs_with_a_long_row_before_it_keeps_no_urgent_message_waiting() {
    for database in databases::both() {
        let c = Correspondent::on(database).await;
        c.notify.set_fault(Fault::Slow(PATIENCE * 4));
        for n in 0..300 {
            c.practice.receives(intake(&format!("Row{n}"), "a cough", Some(PHONE))).await;
        }
        let mut red = intake("Ada", "crushing chest pain", None);
        (red.red, red.confirm, red.request.contact.answer_by) = (true, true, AnswerBy::Email);
        red.request.person.email = Some("ada@example.com".into());
        c.practice.receives(red).await;
        let (close, closing) = tokio::sync::watch::channel(false);
        let began = std::time::Instant::now();
        let running = tokio::spawn(c.jobs.clone().run(closing));
        while c.sink.messages().is_empty() {
            assert!(began.elapsed() < Duration::from_secs(3), "the urgent one waits behind three hundred others");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        close.send_replace(true);
        tokio::time::timeout(Duration::from_secs(10), running).await.expect("it closes").expect("without a fault");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn under_every_fault_every_message_ends_in_one_true_state_or_on_the_desk() {
    for (database, count) in databases::both().into_iter().zip(messages_a_fault()) {
        let c = Correspondent::on(database).await;
        for (name, fault) in faults() {
            for way in [Way::Text, Way::TextThenMail] {
                c.clock.forward(SignedDuration::from_hours(24));
                under(&c, name, way, (fault, SinkFault::None), count as usize).await;
            }
        }
        for (name, sink) in mail_faults() {
            c.clock.forward(SignedDuration::from_hours(24));
            under(&c, name, Way::Mail, (Fault::None, sink), count as usize).await;
        }
        c.practice.nothing_is_lost().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_govuk_notify_mail_and_letters_end_in_one_true_state_or_on_the_desk_under_every_fault() {
    for (database, count) in databases::both().into_iter().zip(messages_a_fault()) {
        let c = Correspondent::with(database, false).await;
        for (name, fault) in faults() {
            for way in [Way::Mail, Way::Letter] {
                c.clock.forward(SignedDuration::from_hours(24));
                under(&c, name, way, (fault, SinkFault::None), count as usize).await;
            }
        }
        c.practice.nothing_is_lost().await;
    }
}

/// Messages into the NHS App under one fault of NHS Notify, and the hours after.
async fn in_the_app_under(c: &Correspondent, name: &str, fault: Fault, people: &[PatientId]) {
    let kind = c.practice.database.kind;
    c.app.set_fault(fault);
    let (sent_before, work_before) = (c.app.sent().len(), c.undelivered().await.len());
    let mut items = Vec::new();
    for (n, who) in people.iter().enumerate() {
        let asks = work::Intake { patient: Some(*who), confirm: true, ..intake(&format!("App{n}"), &format!("{name} cough"), None) };
        items.push(c.practice.receives(asks).await.item);
    }
    // Longer than every try and every deadline.
    for _ in 0..24 {
        passes(c, 15).await;
        c.app_receipts_come(Signing::Right).await;
    }
    let mut failed = 0;
    for item in &items {
        let m = c.message_of(*item).await;
        match (m.delivery, m.channel) {
            (Delivery::Delivered, Channel::NhsApp) => {}
            (Delivery::Failed, Channel::NhsApp) => failed += 1,
            (other, channel) => panic!("{kind}, {name}: a {channel:?} is {other:?} in the end"),
        }
    }
    assert_eq!(c.undelivered().await.len() - work_before, failed, "{kind}, {name}: what did not arrive is on the desk, once each");
    c.app.release_late_receipts();
    c.app_receipts_come(Signing::Right).await;
    c.after(1).await;
    if fault == Fault::LateReceipt {
        for item in items {
            assert_eq!(c.message_of(item).await.delivery, Delivery::Delivered, "{kind}, {name}: it had arrived");
        }
    }
    let taken = c.app.sent().split_off(sent_before);
    let refused = matches!(fault, Fault::TooMany | Fault::ServerError | Fault::KeyWithdrawn);
    assert_eq!(taken.len(), if refused { 0 } else { people.len() }, "{kind}, {name}: each goes once");
    let truly = taken.iter().filter(|m| m.status == "delivered").count();
    assert!(truly + failed >= people.len(), "{kind}, {name}: nothing that failed is called delivered");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_nhs_app_under_every_fault_every_message_ends_in_one_true_state_or_on_the_desk() {
    for (database, count) in databases::both().into_iter().zip(messages_a_fault()) {
        let c = Correspondent::on(database).await;
        let people = c.people_with_the_app(count).await;
        for (name, fault) in faults() {
            c.clock.forward(SignedDuration::from_hours(15 * 24));
            in_the_app_under(&c, name, fault, &people).await;
        }
        c.practice.nothing_is_lost().await;
    }
}

/// Messages to people with every way, the App under one fault and texts and letters under another, and the days after.
async fn by_every_way_under(c: &Correspondent, name: &str, (app, notify): (Fault, Fault), people: &[PatientId]) {
    let kind = format!("{}, {name}", c.practice.database.kind);
    c.app.set_fault(app);
    c.notify.set_fault(notify);
    let (in_app, by_notify, work_before) = (c.app.sent().len(), c.notify.sent().len(), c.undelivered().await.len());
    let mut items = Vec::new();
    for (n, who) in people.iter().enumerate() {
        let asks = work::Intake { patient: Some(*who), confirm: true, ..intake(&format!("App{n}"), &format!("{name} cough"), None) };
        items.push(c.practice.receives(asks).await.item);
    }
    // Longer than every try and every deadline of the App and of texts, then of letters.
    for _ in 0..48 {
        passes(c, 15).await;
        c.app_receipts_come(Signing::Right).await;
        c.receipts_come().await;
    }
    passes(c, 60 * 24 * 10).await;
    const WAYS: [Channel; 3] = [Channel::NhsApp, Channel::Sms, Channel::Letter];
    let mut not_reached = 0;
    for item in &items {
        let mut thread = c.thread_of(*item).await;
        // What is refused at once is tried the next way in the same instant.
        thread.sort_by_key(|m| (m.at, WAYS.iter().position(|w| *w == m.channel)));
        let channels: Vec<Channel> = thread.iter().map(|m| m.channel).collect();
        assert!(
            [Channel::NhsApp, Channel::Sms, Channel::Letter].starts_with(&channels),
            "{kind}: each way once and in order: {:#?}",
            thread.iter().map(|m| (m.channel, m.delivery, m.at, m.why_failed.clone())).collect::<Vec<_>>()
        );
        let (last, before) = thread.split_last().expect("a message");
        assert!(before.iter().all(|m| m.delivery == Delivery::Failed), "{kind}: the next way only after the one before has failed");
        match last.delivery {
            Delivery::Delivered | Delivery::HandedOver => {}
            Delivery::Failed => not_reached += 1,
            other => panic!("{kind}: a {:?} is {other:?} in the end", last.channel),
        }
    }
    let work = c.undelivered().await;
    assert_eq!(work.len() - work_before, not_reached, "{kind}: whom nothing reached is on the desk, once each: {work:#?}");
    if matches!(notify, Fault::None) {
        assert_eq!(not_reached, 0, "{kind}: whoever has a second way is reached by it");
    }
    let once = |mut all: Vec<String>, by: &str| {
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "{kind}: nothing goes twice by {by}");
    };
    once(c.app.sent().split_off(in_app).into_iter().map(|m| m.reference).collect(), "the App");
    once(c.notify.sent().into_iter().skip(by_notify).filter_map(|m| m.reference).collect(), "text or letter");
    c.app.release_late_receipts();
    c.notify.release_late_receipts();
    c.app_receipts_come(Signing::Right).await;
    c.receipts_come().await;
    c.after(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_app_then_text_then_letter_every_message_reaches_its_patient_or_the_desk_under_every_fault() {
    for (database, count) in databases::both().into_iter().zip(messages_a_fault()) {
        let c = Correspondent::on(database).await;
        let people = c.people(count / 2, true).await;
        for (name, fault) in faults() {
            for notify in [Fault::None, fault] {
                c.clock.forward(SignedDuration::from_hours(15 * 24));
                by_every_way_under(&c, name, (fault, notify), &people).await;
            }
        }
        c.practice.nothing_is_lost().await;
    }
}
