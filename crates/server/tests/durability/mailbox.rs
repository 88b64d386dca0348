//! A mailbox that misbehaves in every way: each mail is taken in exactly once, and none is marked as read before.

use std::{collections::BTreeMap, sync::Arc};

use jiff::SignedDuration;
use portico_domain::request::Kind;
use portico_interop::{Secret, imap::MailboxConfig};
use portico_server::config::Config;
use portico_testkit::{
    FixedClock, databases,
    fake_mailbox::{FakeMailbox, MailboxFault},
};

use crate::practice::{Practice, config, messages_a_fault};

const FAULTS: [(&str, MailboxFault); 14] = [
    ("read", MailboxFault::None),
    ("slow", MailboxFault::Slow),
    ("cut at once", MailboxFault::CutAtOnce),
    ("cut at login", MailboxFault::CutAtLogin),
    ("wrong password", MailboxFault::WrongPassword),
    ("in use", MailboxFault::Busy),
    ("cut when searched", MailboxFault::CutWhenSearched),
    ("cut when read", MailboxFault::CutWhenRead),
    ("not now", MailboxFault::NotNow),
    ("cut in the middle", MailboxFault::CutInTheMiddle),
    ("garbled", MailboxFault::Garbled),
    ("cut when marked", MailboxFault::CutWhenMarked),
    ("forgets marks", MailboxFault::ForgetsMarks),
    ("twice", MailboxFault::Twice),
];

#[tokio::test(flavor = "multi_thread")]
async fn under_every_fault_of_a_mailbox_each_mail_is_taken_in_once() {
    for (database, count) in databases::both().into_iter().zip(messages_a_fault()) {
        let count = count as usize;
        let clock = Arc::new(FixedClock::at("2026-01-05 08:30"));
        let practice = Practice::on(database, clock.clone(), false).await;
        let kind = practice.database.kind;
        let mailbox = FakeMailbox::start().await;
        let password = Secret::from(FakeMailbox::PASSWORD);
        let box_of = MailboxConfig { server: mailbox.address().into(), user: FakeMailbox::USER.into(), password, organisation: None };
        let jobs = practice.jobs(&Config { mailbox: vec![box_of], ..config() });
        let minutes = async |n: usize| {
            for _ in 0..n {
                clock.forward(SignedDuration::from_secs(61));
                jobs.once().await.expect("background work");
            }
        };
        for (n, (name, fault)) in FAULTS.into_iter().enumerate() {
            mailbox.set_fault(fault);
            for m in 0..count {
                let head = format!("From: P{n} <p{n}.{m}@example.com>\r\nSubject: Hello\r\nMessage-ID: <{n}.{m}@example.com>\r\n");
                mailbox.receives(format!("{head}\r\nMail {m} under fault {n}.\r\n"));
            }
            // Twenty are read in a minute, and some stand there twice.
            minutes((2 * count).div_ceil(20).max(3)).await;
            let marks = matches!(fault, MailboxFault::None | MailboxFault::Slow | MailboxFault::Twice);
            assert_eq!(mailbox.unread(), if marks { 0 } else { count }, "{kind}, {name}: nothing is marked as read before it is kept");
            if marks || fault == MailboxFault::ForgetsMarks {
                let taken = practice.open_of(Kind::SomethingElse).await.len();
                assert_eq!(taken, (n + 1) * count, "{kind}, {name}: none waits for another");
            }
            mailbox.set_fault(MailboxFault::None);
            for _ in 0..count {
                if mailbox.unread() == 0 {
                    break;
                }
                minutes(1).await;
            }
            assert_eq!(mailbox.unread(), 0, "{kind}, {name}");
        }
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for line in practice.open_of(Kind::SomethingElse).await {
            *seen.entry(line.summary).or_default() += 1;
        }
        for (n, (name, _)) in FAULTS.iter().enumerate() {
            let once = (0..count).filter(|m| {
                let words = format!("Mail {m} under fault {n}.");
                seen.iter().filter(|(summary, _)| summary.contains(&words)).map(|(_, times)| times).sum::<usize>() == 1
            });
            assert_eq!(once.count(), count, "{kind}, {name}: each is on the desk once");
        }
        practice.nothing_is_lost().await;
    }
}
