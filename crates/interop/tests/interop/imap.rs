use portico_interop::imap::{Mailbox, MailboxConfig};
use portico_interop::{Secret, SendFailure};
use portico_testkit::fake_mailbox::{FakeMailbox, MailboxFault};

fn mailbox(fake: &FakeMailbox) -> Mailbox {
    let password = Secret::from(FakeMailbox::PASSWORD);
    Mailbox::new(MailboxConfig { server: fake.address().into(), user: FakeMailbox::USER.into(), password, organisation: None }).unwrap()
}

fn mail(subject: &str) -> String {
    format!("From: Ada Osei <ada@example.com>\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.com>\r\n\r\nMy knee hurts.\r\n")
}

#[tokio::test]
async fn new_mail_is_read_once_it_has_been_kept() {
    let fake = FakeMailbox::start().await;
    for subject in ["one", "two", "three"] {
        fake.receives(mail(subject));
    }
    let mut opened = mailbox(&fake).open().await.unwrap();
    let uids = opened.unread(2).await.unwrap();
    let mail = opened.read(uids[0]).await.unwrap();
    assert_eq!((uids.len(), mail.subject.as_str()), (2, "one"), "oldest first");
    assert_eq!((mail.text.as_str(), mail.from.as_str()), ("My knee hurts.", "ada@example.com"));
    assert_eq!(fake.unread(), 3, "reading marks nothing");
    opened.kept(mail.uid).await.unwrap();
    assert_eq!(fake.unread(), 2);
    let rest = opened.unread(9).await.unwrap();
    assert_eq!(opened.read(rest[0]).await.unwrap().subject, "two");
    opened.close().await;
}

#[tokio::test]
async fn a_mailbox_that_fails_loses_nothing() {
    let fake = FakeMailbox::start().await;
    fake.receives(mail("one"));
    fake.set_fault(MailboxFault::WrongPassword);
    let refused = mailbox(&fake).open().await.err().expect("no entry");
    assert!(matches!(refused, SendFailure::GiveUp { .. }), "{refused:?}");
    fake.set_fault(MailboxFault::CutWhenRead);
    let mut opened = mailbox(&fake).open().await.unwrap();
    let uid = opened.unread(9).await.unwrap()[0];
    assert!(matches!(opened.read(uid).await, Err(SendFailure::TryLater { .. })));
    fake.set_fault(MailboxFault::CutWhenMarked);
    let mut opened = mailbox(&fake).open().await.unwrap();
    let mail = opened.read(uid).await.unwrap();
    assert!(matches!(opened.kept(uid).await, Err(SendFailure::TryLater { .. })));
    assert_eq!(fake.unread(), 1, "it is there still");
    fake.set_fault(MailboxFault::None);
    assert_eq!(mailbox(&fake).open().await.unwrap().read(uid).await.unwrap().id, mail.id, "and is known again");
}

#[test]
fn settings_that_cannot_work_are_refused_at_the_start() {
    let config = |server: &str, user: &str| MailboxConfig {
        server: server.into(),
        user: user.into(),
        password: Secret::from("secret"),
        organisation: None,
    };
    for (server, user) in [("mail.example.nhs.uk", "desk"), ("mail.example.nhs.uk:imap", "desk"), ("mail.example.nhs.uk:993", " ")] {
        let refused = Mailbox::new(config(server, user)).unwrap_err();
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }
    assert!(Mailbox::new(config("mail.example.nhs.uk:993", "desk")).is_ok());
}
