use portico_interop::SendFailure;
use portico_interop::smtp::{Email, Smtp, SmtpConfig};
use portico_testkit::smtp_sink::{ReceivedMail, SinkFault, SmtpSink};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

fn client(sink: &SmtpSink) -> Smtp {
    Smtp::new(SmtpConfig { url: sink.url(), from: "Café Road Surgery <desk@surgery.example>".to_owned() }).unwrap()
}

fn email() -> Email {
    Email {
        to: "ada@example.com".to_owned(),
        subject: "Your blood test".to_owned(),
        text: "Please come on Monday.".to_owned(),
        message_id: "message-1@surgery.example".to_owned(),
        written_at: "2026-01-05T08:30:00Z".parse().unwrap(),
    }
}

async fn received(email: Email) -> ReceivedMail {
    let sink = SmtpSink::start().await;
    client(&sink).send(email).await.unwrap();
    sink.messages().pop().unwrap()
}

async fn refused(email: Email) -> String {
    let sink = SmtpSink::start().await;
    let failure = client(&sink).send(email).await.unwrap_err();
    assert!(sink.messages().is_empty());
    match failure {
        SendFailure::GiveUp { why } => why,
        SendFailure::TryLater { why, .. } => panic!("would try again: {why}"),
    }
}

#[tokio::test]
async fn an_email_arrives_as_written() {
    let mail = received(email()).await;
    assert_eq!((mail.from.as_str(), &mail.to[..]), ("desk@surgery.example", &["ada@example.com".to_owned()][..]));
    assert_eq!((mail.subject().as_str(), mail.text().as_str()), ("Your blood test", "Please come on Monday."));
    assert_eq!(mail.header("Message-ID").as_deref(), Some("<message-1@surgery.example>"));
    assert_eq!(mail.header("Date").as_deref(), Some("Mon, 05 Jan 2026 08:30:00 +0000"));
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert!(mail.header("From").unwrap().contains("Café Road Surgery"));
}

#[tokio::test]
async fn every_alphabet_long_lines_and_lone_dots_arrive_whole() {
    let long = "a very long line without an end ".repeat(80);
    let texts = [
        "Zażółć gęślą jaźń – Привет, 你好 🩺",
        long.trim_end(),
        &format!("{}\n{}", "é".repeat(1500), "x".repeat(3000)),
        ".\n..\n.hidden\nlast = line",
        "trailing space \n\n\nthree empty lines",
    ];
    for text in texts {
        let mail = received(Email { text: text.to_owned(), ..email() }).await;
        assert_eq!(mail.text(), text);
    }
    let subject = "Twój wynik badania krwi jest gotowy – prosimy o kontakt z przychodnią w tym tygodniu 🩺 dziękujemy";
    assert_eq!(received(Email { subject: subject.to_owned(), ..email() }).await.subject(), subject);
}

#[tokio::test]
async fn a_header_cannot_be_smuggled_in() {
    for subject in ["Hello\r\nBcc: eve@example.com", "Hello\nBcc: eve@example.com", "Hello\rBcc: eve@example.com", "Hello\0"] {
        let why = refused(Email { subject: subject.to_owned(), ..email() }).await;
        assert_eq!(why, "The subject must be one line without control characters.");
    }
    for to in ["ada@example.com\r\nBcc: eve@example.com", "ada@example.com\r\nDATA"] {
        let why = refused(Email { to: to.to_owned(), ..email() }).await;
        assert_eq!(why, "The e-mail address must be one line without control characters.");
    }
    for message_id in ["a@b\r\nBcc: eve@example.com", "a b@c", "<a@b> <c@d>", "no-domain", "@b", "a@", "a@b@c", ""] {
        let why = refused(Email { message_id: message_id.to_owned(), ..email() }).await;
        assert_eq!(why, "A message id must be like local@domain.");
    }
}

#[tokio::test]
async fn what_is_not_one_address_is_refused() {
    for to in ["", "ada", "@example.com", "ada@", "ada@example.com, eve@example.com", "Ada <ada@example.com>", "ada@example.com> SIZE=1"] {
        assert_eq!(refused(Email { to: to.to_owned(), ..email() }).await, "That is not an e-mail address.", "{to}");
    }
}

#[tokio::test]
async fn a_refused_recipient_is_not_tried_again() {
    let sink = SmtpSink::start().await;
    sink.set_fault(SinkFault::RefuseRecipient);
    match client(&sink).send(email()).await.unwrap_err() {
        SendFailure::GiveUp { why } => assert!(why.starts_with("The mail server refused: ") && why.contains("is not known here"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_busy_server_is_tried_later() {
    let sink = SmtpSink::start().await;
    sink.set_faults([SinkFault::TryLater]);
    match client(&sink).send(email()).await.unwrap_err() {
        SendFailure::TryLater { why, .. } => assert!(why.starts_with("The mail server asked us to try later: "), "{why}"),
        other => panic!("{other:?}"),
    }
    client(&sink).send(email()).await.unwrap();
    assert_eq!(sink.messages().len(), 1);
}

#[tokio::test]
async fn a_server_that_hangs_up_may_have_taken_the_message_and_is_not_sent_it_again() {
    let sink = SmtpSink::start().await;
    sink.set_faults([SinkFault::CloseAfterData]);
    let failure = client(&sink).send(email()).await.unwrap_err();
    let SendFailure::GiveUp { why } = failure else { panic!("would send it twice: {failure:?}") };
    assert!(why.contains("nobody knows whether it took the message"), "{why}");
    assert_eq!(sink.messages().len(), 1, "it was taken");
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_later() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let smtp = Smtp::new(SmtpConfig { url: format!("smtp://{nobody}"), from: "desk@surgery.example".to_owned() }).unwrap();
    let failure = smtp.send(email()).await.unwrap_err();
    assert!(matches!(failure, SendFailure::TryLater { .. }), "{failure:?}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_told_nothing() {
    let sink = SmtpSink::start().await;
    for url in [sink.url().replace("smtp:", "smtps:"), format!("{}?tls=required", sink.url())] {
        let smtp = Smtp::new(SmtpConfig { url, from: "desk@surgery.example".to_owned() }).unwrap();
        smtp.send(email()).await.unwrap_err();
    }
    assert!(sink.messages().is_empty());
}

#[test]
fn settings_that_cannot_work_are_refused_and_secrets_hidden() {
    let setting = |url: &str, from: &str| SmtpConfig { url: url.to_owned(), from: from.to_owned() };
    for url in ["", "mail.example", "http://mail.example", "smtps://"] {
        assert_eq!(Smtp::new(setting(url, "desk@surgery.example")).unwrap_err().setting, "smtp.url", "{url}");
    }
    assert_eq!(Smtp::new(setting("smtp://127.0.0.1:25", "the desk")).unwrap_err().setting, "smtp.from");
    let config = setting("smtps://desk:p%40ss@word@mail.example", "desk@surgery.example");
    let shown =
        format!("{config:?} {:?} {:?}", Smtp::new(setting("smtps://desk:pa55@mail.example", "desk@surgery.example")).unwrap(), email());
    for hidden in ["p%40ss", "word", "pa55", "ada@", "Monday", "blood"] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
}

#[tokio::test]
async fn the_sink_answers_as_a_server_does() {
    let sink = SmtpSink::start().await;
    let stream = TcpStream::connect(sink.url().trim_start_matches("smtp://")).await.unwrap();
    let mut line = BufReader::new(stream);
    let talk = [
        ("", "220"),
        ("MAIL FROM:<a@b.example>", "503"),
        ("EHLO", "501"),
        ("HELO me", "250"),
        ("VRFY ada", "500"),
        ("nonsense", "500"),
        ("RCPT TO:<c@d.example>", "503"),
        ("DATA", "503"),
        ("mail from:<a@b.example> SIZE=10", "250"),
        ("MAIL FROM:<a@b.example>", "503"),
        ("DATA", "503"),
        ("RCPT TO:c@d.example", "501"),
        ("RCPT TO:<c@d.example>", "250"),
        ("RSET", "250"),
        ("RCPT TO:<c@d.example>", "503"),
        ("MAIL FROM:<>", "250"),
        ("RCPT TO:<c@d.example>", "250"),
        ("NOOP", "250"),
        ("DATA", "354"),
        ("Subject: x\r\n\r\n..dot\r\n.", "250"),
        ("MAIL FROM:<>", "250"),
        ("RCPT TO:<c@d.example>", "250"),
        ("DATA", "354"),
        (&format!("Subject: x\r\n\r\n{}\r\n.", "y".repeat(999)), "554"),
        ("QUIT", "221"),
    ];
    for (say, expected) in talk {
        if !say.is_empty() {
            line.get_mut().write_all(format!("{say}\r\n").as_bytes()).await.unwrap();
        }
        let mut answer = String::new();
        line.read_line(&mut answer).await.unwrap();
        assert_eq!(&answer[..3], expected, "{say}");
    }
    let [mail] = &sink.messages()[..] else { panic!("one message") };
    assert_eq!((mail.from.as_str(), mail.text().as_str()), ("", ".dot"));
}
