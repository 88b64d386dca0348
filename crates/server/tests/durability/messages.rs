//! Messages and background work: each has one effect, and what does not arrive becomes work for a person.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use portico_domain::{
    message::{Channel, Delivery, Message},
    request::{AnswerBy, Contact, Kind, Person},
};
use portico_interop::{Patience, smtp::SmtpConfig};
use portico_nhs::{Clock, NhsNumber, PatientId, WorkItemId};
use portico_server::{Post, config::Config, jobs::Jobs, set_up};
use portico_store::{
    Ids,
    queries::{
        event, job, message,
        patient::{self, Patient},
    },
    work,
};
use portico_testkit::{
    FixedClock,
    databases::{self, TestDatabase},
    fake_nhs_notify::{FakeNhsNotify, Signing},
    fake_notify::{FakeNotify, Fault},
    smtp_sink::SmtpSink,
};

use crate::{
    client::Browser,
    practice::{Practice, ServedHere, config, intake, serve_here},
};

/// The services here answer at once; waiting longer than this for one is a fault.
pub(crate) const PATIENCE: Duration = Duration::from_millis(250);
pub(crate) const PHONE: &str = "07700 900123";

/// A practice whose messages really go out, to systems on this machine.
pub(crate) struct Correspondent {
    pub(crate) practice: Practice,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) jobs: Jobs,
    pub(crate) notify: FakeNotify,
    pub(crate) app: FakeNhsNotify,
    pub(crate) sink: SmtpSink,
    served: ServedHere,
    config: Config,
}

impl Correspondent {
    pub(crate) async fn on(database: TestDatabase) -> Self {
        Self::with(database, true).await
    }

    /// E-mail goes by the practice's mail server, or by GOV.UK Notify.
    pub(crate) async fn with(database: TestDatabase, mail_server: bool) -> Self {
        let clock = Arc::new(FixedClock::at("2026-01-05 08:30"));
        let practice = Practice::on(database, clock.clone(), false).await;
        let notify = FakeNotify::start().await;
        let shared = clock.clone();
        notify.set_clock(move || shared.now());
        let shared = clock.clone();
        let app = FakeNhsNotify::start(move || shared.now()).await;
        let sink = SmtpSink::start().await;
        let config = Config {
            public_url: "http://practice.test".into(),
            notify: Some(notify.config()),
            nhs_notify: Some(app.config()),
            smtp: mail_server.then(|| SmtpConfig { url: sink.url(), from: "Elm Tree Surgery <desk@surgery.example>".to_owned() }),
            ..config()
        };
        let patience = Patience { answer: PATIENCE, ..Patience::default() };
        let post = Arc::new(Post::with_patience(&config, patience).expect("outside systems"));
        let (jobs, served) = (Jobs { post, ..practice.jobs(&config) }, serve_here(&practice, &config).await);
        Self { practice, clock, jobs, notify, app, sink, served, config }
    }

    pub(crate) async fn work(&self) {
        self.practice.works_in_the_background(&self.jobs).await;
    }

    /// Lets time pass and does what has fallen due.
    pub(crate) async fn after(&self, minutes: i64) {
        self.clock.forward(SignedDuration::from_mins(minutes));
        self.work().await;
    }

    pub(crate) async fn receipts_come(&self) -> Vec<u16> {
        self.notify.deliver_callbacks_to(&format!("http://{}/receipts/notify", self.served.address), FakeNotify::CALLBACK_TOKEN).await
    }

    pub(crate) async fn app_receipts_come(&self, signing: Signing) -> Vec<u16> {
        self.app.deliver_callbacks_to(&format!("http://{}/receipts/nhs-notify", self.served.address), signing).await
    }

    /// People of the practice who can be reached by the NHS App and in no other way.
    /// People with the NHS App and nothing else by which they could be reached.
    pub(crate) async fn people_with_the_app(&self, count: u64) -> Vec<PatientId> {
        self.people(count, false).await
    }

    /// People with the NHS App; some have a telephone and an address as well.
    pub(crate) async fn people(&self, count: u64, reached_otherwise: bool) -> Vec<PatientId> {
        let numbers: Vec<NhsNumber> = (999_100_000..).filter_map(NhsNumber::from_first_nine).take(count as usize).collect();
        let organisation = self.practice.organisation;
        let mut made = Vec::new();
        for (n, number) in numbers.iter().enumerate() {
            let born = Some(jiff::civil::Date::constant(1984, 3, 15));
            let (given, family) = (format!("App{n}"), "Osei".to_owned());
            let mut person = Person { given, family, birth_date: born, nhs_number: Some(*number), ..Person::default() };
            if reached_otherwise {
                // The numbers below it mean something to GOV.UK Notify.
                person.phone = format!("07700 900{:03}", 100 + n).parse().ok();
                person.address = vec![format!("{n} High Street"), "Leeds".into(), "LS1 4AP".into()];
            }
            let id = Ids::new(self.clock.clone()).next();
            let p = Patient { id, person, sex: "female".into(), needs: Contact::default() };
            let added =
                self.practice.store.write(organisation, None, work!(tx, [p] => Ok(patient::insert(tx.conn(), organisation, &p).await?)));
            added.await.expect("a patient");
            made.push(id);
        }
        self.app.set_accounts(numbers.iter().map(|n| (n.digits(), true)));
        // The list is read once a day.
        self.after(25 * 60).await;
        made
    }

    /// The one message of an item.
    pub(crate) async fn message_of(&self, item: WorkItemId) -> Message {
        let mut all = self.thread_of(item).await;
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    /// Everything that was written about an item, oldest first.
    pub(crate) async fn thread_of(&self, item: WorkItemId) -> Vec<Message> {
        let mut conn = self.practice.store.reader().await.expect("a reader");
        message::of_item(&mut conn, self.practice.organisation, item).await.expect("a thread")
    }

    pub(crate) async fn undelivered(&self) -> Vec<String> {
        self.practice.open_of(Kind::Undelivered).await.into_iter().map(|l| l.summary).collect()
    }

    async fn texts(&self, given: &str, phone: &str) -> WorkItemId {
        self.practice.receives(intake(given, "a cough", Some(phone))).await.item
    }

    /// How many events an item has, to see that nothing happened twice.
    async fn events_of(&self, item: WorkItemId) -> usize {
        let mut conn = self.practice.store.reader().await.expect("a reader");
        event::of_item(&mut conn, self.practice.organisation, item).await.expect("a history").len()
    }

    /// Changes rows behind the program's back, as a crash between two commits leaves them.
    async fn left_as(&self, sql: &'static str) {
        let changed = self.practice.store.write(self.practice.organisation, None, work!(tx, [] => Ok(tx.conn().execute(sql, &[]).await?)));
        assert!(changed.await.expect("a change") > 0, "{sql}");
    }
}

const JOBS_AGAIN: &str = "UPDATE job SET state = 'ready', leased_until = NULL";

#[tokio::test(flavor = "multi_thread")]
async fn a_job_run_twice_has_one_effect() {
    for database in databases::both() {
        let c = Correspondent::on(database).await;
        let kind = c.practice.database.kind;

        // The program stopped after the message was marked as sent and before the job was marked as done.
        let item = c.texts("Ada", PHONE).await;
        c.work().await;
        let events = c.events_of(item).await;
        c.left_as(JOBS_AGAIN).await;
        c.work().await;
        assert_eq!(c.notify.sent().len(), 1, "{kind}: sent once");

        // It stopped after the service took the message and before that was noted: the service is asked first.
        c.left_as(JOBS_AGAIN).await;
        c.left_as("UPDATE message SET delivery = 'queued', provider_id = NULL, deadline = NULL").await;
        c.work().await;
        assert_eq!(c.notify.sent().len(), 1, "{kind}: found by its reference");
        assert_eq!(c.message_of(item).await.delivery, Delivery::Sent, "{kind}");
        assert_eq!(c.receipts_come().await, [204]);
        assert_eq!(c.message_of(item).await.delivery, Delivery::Delivered, "{kind}");
        assert_eq!(c.events_of(item).await, events + 1, "{kind}: one event tells of the delivery");

        // Two servers work on one outbox: each message goes out once.
        let other = portico_server::open_store(&c.practice.database.url, c.clock.clone()).await.unwrap();
        let other = Jobs { store: other, ..c.jobs.clone() };
        for n in 0..30 {
            c.texts(&format!("Ben{n}"), PHONE).await;
        }
        let rounds = async |jobs: &Jobs| {
            for _ in 0..4 {
                jobs.once().await.expect("background work");
            }
        };
        tokio::join!(rounds(&c.jobs), rounds(&other));
        let mut references: Vec<_> = c.notify.sent().into_iter().map(|m| m.reference).collect();
        assert_eq!(references.len(), 31, "{kind}: thirty more, each once");
        references.sort();
        references.dedup();
        assert_eq!(references.len(), 31, "{kind}");
        assert!(c.undelivered().await.is_empty(), "{kind}");
        other.store.close().await;
        c.practice.nothing_is_lost().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn undelivered_message_becomes_a_work_item() {
    for database in databases::both() {
        let c = Correspondent::on(database).await;
        let kind = c.practice.database.kind;

        // A text that arrives makes no work.
        let ada = c.texts("Ada", PHONE).await;
        c.work().await;
        assert_eq!(c.message_of(ada).await.delivery, Delivery::Sent);
        assert_eq!(c.receipts_come().await, [204]);
        assert_eq!(c.message_of(ada).await.delivery, Delivery::Delivered, "{kind}");
        assert!(c.undelivered().await.is_empty(), "{kind}");

        // A number that does not exist: work, once, however often the service says so.
        c.notify.set_fault(Fault::Duplicate);
        let ben = c.texts("Ben", FakeNotify::PERMANENT_FAILURE_NUMBER).await;
        c.work().await;
        assert_eq!(c.receipts_come().await, [204, 204], "{kind}: the receipt came twice");
        let failed = c.message_of(ben).await;
        assert_eq!(failed.delivery, Delivery::Failed, "{kind}");
        let work = c.undelivered().await;
        assert_eq!(work.len(), 1, "{kind}: {work:?}");
        assert!(work[0].contains("was not delivered"), "{kind}: {work:?}");

        // It names the person and stands on the desk.
        let line = c.practice.open_of(Kind::Undelivered).await.remove(0);
        assert_eq!(line.person_name, "Ben Osei");
        c.practice.nothing_is_lost().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_does_not_send_twice() {
    for database in databases::both() {
        let c = Correspondent::on(database).await;
        let kind = c.practice.database.kind;
        c.notify.set_faults([Fault::Cut]);
        let item = c.texts("Ada", PHONE).await;
        c.work().await;
        assert_eq!(c.message_of(item).await.delivery, Delivery::Queued, "{kind}: nobody knows yet");
        c.after(1).await;
        assert_eq!(c.notify.sent().len(), 1, "{kind}: the service was asked before it was sent again");
        assert_eq!(c.message_of(item).await.delivery, Delivery::Sent, "{kind}");

        // A service that is down is tried again with growing pauses, then told to a person.
        c.notify.set_fault(Fault::ServerError);
        let ben = c.texts("Ben", PHONE).await;
        for _ in 0..10 {
            c.after(61).await;
            // The first text's receipt comes, so that only the second message can become work.
            c.receipts_come().await;
        }
        assert_eq!(c.message_of(ben).await.delivery, Delivery::Failed, "{kind}");
        assert_eq!(c.undelivered().await.len(), 1, "{kind}");
        assert_eq!(c.notify.sent().len(), 1, "{kind}");
        c.practice.nothing_is_lost().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_carries_a_private_link_that_works() {
    for database in databases::both() {
        let c = Correspondent::on(database).await;
        let kind = c.practice.database.kind;
        let mut request = intake("Ada", "a cough", Some(PHONE));
        request.request.person.email = Some("ada@example.com".into());
        request.request.contact.answer_by = AnswerBy::Email;
        let received = c.practice.receives(request).await;
        c.work().await;
        let mails = c.sink.messages();
        assert_eq!(mails.len(), 1, "{kind}");
        let message = c.message_of(received.item).await;
        assert_eq!((message.channel, message.delivery), (Channel::Email, Delivery::Sent), "{kind}");
        for mail in &mails {
            let text = mail.text();
            let (_, after) = text.split_once(&format!("{}/r/", c.config.public_url)).unwrap_or_else(|| panic!("no link in {text}"));
            let token = after.split_whitespace().next().unwrap_or_default();
            let page = Browser::new(c.served.address).get(&format!("/r/{token}")).await.unwrap();
            assert_eq!(page.status, 200, "{kind}: {}", page.text());
            assert!(page.text().contains(&received.reference.to_string()), "{kind}: the link is of this request");
        }
        // The stored message holds no link that a reader of the database could use.
        assert!(!message.body.contains("/r/"), "{kind}");
        c.practice.nothing_is_lost().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_never_comes_is_asked_for_and_becomes_work() {
    for database in databases::both() {
        let c = Correspondent::on(database).await;
        let kind = c.practice.database.kind;
        // Ada's arrived and its receipt was lost; Ben's is still on its way after the deadline.
        let ada = c.texts("Ada", PHONE).await;
        c.work().await;
        c.notify.set_fault(Fault::LateReceipt);
        let ben = c.texts("Ben", PHONE).await;
        c.work().await;
        c.after(119).await;
        assert!(c.undelivered().await.is_empty(), "{kind}: not before the deadline");
        c.after(2).await;
        assert_eq!(c.message_of(ada).await.delivery, Delivery::Delivered, "{kind}: the service was asked");
        assert_eq!(c.message_of(ben).await.delivery, Delivery::Failed, "{kind}");
        let work = c.undelivered().await;
        assert_eq!(work.len(), 1, "{kind}: {work:?}");
        assert!(work[0].contains("no receipt came in time"), "{kind}: {work:?}");
        // Looked at again, and told late after all: still one.
        c.after(60).await;
        c.notify.release_late_receipts();
        assert_eq!(c.receipts_come().await, [204, 204], "{kind}");
        assert_eq!(c.undelivered().await.len(), 1, "{kind}");
        c.practice.nothing_is_lost().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_left_becomes_work_once() {
    for database in databases::both() {
        let c = Correspondent::on(database).await;
        let kind = c.practice.database.kind;
        let mut browser = Browser::new(c.served.address);
        crate::practice::fill_in_before(&mut browser, "Ada", "it hurts", "wish").await;
        c.clock.forward(SignedDuration::from_mins(31));
        let other = portico_server::open_store(&c.practice.database.url, c.clock.clone()).await.unwrap();
        let others = Jobs { store: other, ..c.jobs.clone() };
        let (one, two) = tokio::join!(c.jobs.once(), others.once());
        one.and(two).expect("background work");
        c.work().await;
        let left = c.practice.open_of(Kind::Unfinished).await;
        assert_eq!(left.len(), 1, "{kind}");
        assert_eq!(left[0].summary, "it hurts", "{kind}: what was typed is on the desk");
        let due = job::due(&mut c.practice.store.reader().await.unwrap(), c.practice.organisation, c.clock.now()).await.unwrap();
        assert_eq!(due, 0);
        others.store.close().await;
        c.practice.nothing_is_lost().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_lies_changes_nothing() {
    for database in databases::both() {
        let c = Correspondent::on(database).await;
        let kind = c.practice.database.kind;
        c.notify.set_fault(Fault::LyingReceipt);
        let item = c.texts("Ada", PHONE).await;
        c.work().await;
        assert_eq!(c.receipts_come().await, [204], "{kind}: an id that is not ours is nothing to us");
        assert_eq!(c.message_of(item).await.delivery, Delivery::Sent, "{kind}");
        let url = format!("http://{}/receipts/notify", c.served.address);
        c.texts("Ben", PHONE).await;
        c.work().await;
        assert_eq!(c.notify.deliver_callbacks_to(&url, "another token").await, [401], "{kind}");
        c.after(121).await;
        assert_eq!(c.undelivered().await.len(), 2, "{kind}: the service tells the truth when asked");
        c.practice.nothing_is_lost().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_with_notify_serves_several_organisations() {
    for database in databases::both() {
        let c = Correspondent::on(database).await;
        let kind = c.practice.database.kind;
        // The address that receipts are posted to is the other organisation's.
        let host = c.served.address.ip().to_string();
        let ods = "A81002".parse().expect("an ODS code");
        set_up::organisation(&c.practice.store, "Oak Lane Surgery", ods, "0113 496 0101", Some(host), false).await.expect("a second");
        let item = c.texts("Ada", PHONE).await;
        c.work().await;
        assert_eq!(c.receipts_come().await, [204], "{kind}");
        assert_eq!(c.message_of(item).await.delivery, Delivery::Delivered, "{kind}: its receipt was found");
        c.practice.nothing_is_lost().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_of_nhs_notify_is_believed_only_when_it_is_signed_and_names_what_was_sent() {
    for database in databases::both() {
        let c = Correspondent::on(database).await;
        let kind = c.practice.database.kind;
        let people = c.people_with_the_app(2).await;
        let asks = |n: usize| work::Intake { patient: Some(people[n]), confirm: true, ..intake(&format!("App{n}"), "a cough", None) };
        let first = c.practice.receives(asks(0)).await.item;
        c.work().await;
        assert_eq!(c.app_receipts_come(Signing::WrongKey).await, [401], "{kind}");
        assert_eq!(c.app_receipts_come(Signing::WrongSignature).await, [403], "{kind}");
        assert_eq!(c.message_of(first).await.delivery, Delivery::Sent, "{kind}");
        assert_eq!(c.app_receipts_come(Signing::Right).await, [202], "{kind}");
        assert_eq!(c.message_of(first).await.delivery, Delivery::Delivered, "{kind}");
        // The answer was lost, so that its id was never told: the receipt is known by our own.
        c.app.set_faults([Fault::Cut]);
        let second = c.practice.receives(asks(1)).await.item;
        c.work().await;
        c.after(1).await;
        assert_eq!(c.app.sent().len(), 2, "{kind}: tried again, and sent once");
        assert_eq!(c.app_receipts_come(Signing::Right).await, [202], "{kind}");
        assert_eq!(c.message_of(second).await.delivery, Delivery::Delivered, "{kind}");
        c.practice.nothing_is_lost().await;
    }
}
