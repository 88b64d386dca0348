//! A mail server that keeps what it is given, for tests.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The longest line that SMTP allows, in octets, without its CRLF (RFC 5321).
const LINE_OCTETS_MAX: usize = 998;

/// How the sink misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SinkFault {
    /// Not at all.
    #[default]
    None,
    /// Refuses the recipient for good (550).
    RefuseRecipient,
    /// Asks to try later (451).
    TryLater,
    /// Keeps the message, then hangs up without saying so.
    CloseAfterData,
    /// Answers late.
    Slow,
    /// Hangs up before it says anything.
    CloseAtOnce,
    /// Says at once that it is too busy (421).
    Busy,
    /// Refuses the sender for good (553).
    RefuseSender,
    /// Hangs up when it hears the sender.
    CloseAtSender,
    /// Reads the message and refuses it for good (554).
    RefuseMessage,
    /// Reads the message and asks to send it later (452).
    LaterAfterData,
    /// Answers what nobody understands.
    Garbled,
    /// Hangs up while it is told the message.
    CloseAtData,
}

/// A message as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMail {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// Headers and body, without the dots that SMTP adds.
    pub raw: Vec<u8>,
}

impl ReceivedMail {
    /// The first header of that name, unfolded and decoded.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.parts();
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let mut headers = unfolded.lines().filter_map(|line| line.split_once(':'));
        headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| decode_words(value.trim()))
    }

    /// The subject, decoded; empty when there is none.
    pub fn subject(&self) -> String {
        self.header("Subject").unwrap_or_default()
    }

    /// The text, decoded, with plain line ends and without the last one.
    pub fn text(&self) -> String {
        let (_, body) = self.parts();
        let encoding = self.header("Content-Transfer-Encoding").unwrap_or_default().to_ascii_lowercase();
        let bytes = match encoding.as_str() {
            "quoted-printable" => decode_quoted_printable(body, false),
            "base64" => {
                let packed: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
                STANDARD.decode(packed).unwrap_or_default()
            }
            _ => body.to_vec(),
        };
        let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
        text.strip_suffix('\n').map(str::to_owned).unwrap_or(text)
    }

    fn parts(&self) -> (String, &[u8]) {
        let end = self.raw.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, body) = end.map_or((&self.raw[..], &[][..]), |at| (&self.raw[..at], &self.raw[at + 4..]));
        (String::from_utf8_lossy(head).into_owned(), body)
    }
}

#[derive(Default)]
struct Kept {
    messages: Vec<ReceivedMail>,
    standing: SinkFault,
    next: VecDeque<SinkFault>,
}

/// A mail server on this machine that keeps what it is given; it stops when dropped.
pub struct SmtpSink {
    port: u16,
    kept: Arc<Mutex<Kept>>,
    server: JoinHandle<()>,
}

impl SmtpSink {
    /// Listens on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound address").port();
        let kept = Arc::new(Mutex::new(Kept::default()));
        let shared = Arc::clone(&kept);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A caller who hangs up is no concern of the other callers.
                tokio::spawn(converse(stream, Arc::clone(&shared)));
            }
        });
        Self { port, kept, server }
    }

    /// The address to configure: `smtp://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Everything kept so far, oldest first.
    pub fn messages(&self) -> Vec<ReceivedMail> {
        locked(&self.kept).messages.clone()
    }

    /// Misbehaves in one way until told otherwise.
    pub fn set_fault(&self, fault: SinkFault) {
        let mut kept = locked(&self.kept);
        kept.next.clear();
        kept.standing = fault;
    }

    /// Misbehaves once in each of these ways, one per message, then as [`set_fault`](Self::set_fault) said.
    pub fn set_faults(&self, faults: impl IntoIterator<Item = SinkFault>) {
        locked(&self.kept).next = faults.into_iter().collect();
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What one caller has said so far.
#[derive(Default)]
struct Session {
    greeted: bool,
    fault: SinkFault,
    from: Option<String>,
    to: Vec<String>,
}

async fn converse(stream: TcpStream, kept: Arc<Mutex<Kept>>) -> io::Result<()> {
    let mut line = BufReader::new(stream);
    let mut session = Session::default();
    let standing = locked(&kept).standing;
    match standing {
        SinkFault::CloseAtOnce => return Ok(()),
        SinkFault::Busy => return say(&mut line, "421 too busy").await,
        SinkFault::Garbled => return say(&mut line, "hello?").await,
        _ => {}
    }
    say(&mut line, "220 sink.invalid ready").await?;
    while let Some(words) = hear(&mut line).await? {
        let words = String::from_utf8_lossy(&words).into_owned();
        let verb = words.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        if verb == "QUIT" {
            return say(&mut line, "221 goodbye").await;
        }
        if verb == "DATA" && session.greeted && !session.to.is_empty() {
            say(&mut line, "354 end with a dot").await?;
            if session.fault == SinkFault::CloseAtData {
                return Ok(());
            }
            let raw = take_message(&mut line).await?;
            let fault = session.fault;
            let refusal = match fault {
                SinkFault::RefuseMessage => Some("554 not like this"),
                SinkFault::LaterAfterData => Some("452 the disk is full, try later"),
                _ => None,
            };
            if let Some(refusal) = refusal {
                say(&mut line, refusal).await?;
                continue;
            }
            let answer = session.keep(raw, &kept);
            if fault == SinkFault::CloseAfterData {
                return Ok(());
            }
            say(&mut line, answer).await?;
        } else {
            let answer = session.answer(&verb, &words, &kept);
            if session.fault == SinkFault::Slow {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
            if session.fault == SinkFault::CloseAtSender {
                return Ok(());
            }
            say(&mut line, &answer).await?;
        }
    }
    Ok(())
}

impl Session {
    fn answer(&mut self, verb: &str, words: &str, kept: &Mutex<Kept>) -> String {
        match verb {
            "EHLO" | "HELO" if !words.contains(' ') => "501 who are you",
            "EHLO" => {
                self.begin();
                "250-sink.invalid\r\n250 8BITMIME"
            }
            "HELO" => {
                self.begin();
                "250 sink.invalid"
            }
            "NOOP" => "250 still here",
            "RSET" => {
                *self = Self { greeted: self.greeted, ..Self::default() };
                "250 forgotten"
            }
            "MAIL" if !self.greeted => "503 say EHLO first",
            "MAIL" if self.from.is_some() => "503 one sender at a time",
            "MAIL" => match path(words, "FROM:") {
                Some(from) => {
                    let mut kept = locked(kept);
                    self.fault = kept.next.pop_front().unwrap_or(kept.standing);
                    if self.fault == SinkFault::RefuseSender {
                        return "553 nobody sends that from here".to_owned();
                    }
                    self.from = Some(from);
                    "250 go on"
                }
                None => "501 MAIL FROM:<address>",
            },
            "RCPT" if self.from.is_none() => "503 say MAIL first",
            "RCPT" => match (path(words, "TO:"), self.fault) {
                (None, _) => "501 RCPT TO:<address>",
                (Some(to), SinkFault::RefuseRecipient) => return format!("550 <{to}> is not known here"),
                (Some(_), SinkFault::TryLater) => "451 busy, try later",
                (Some(to), _) => {
                    self.to.push(to);
                    "250 go on"
                }
            },
            "DATA" => "503 say MAIL and RCPT first",
            _ => "500 not understood",
        }
        .to_owned()
    }

    fn begin(&mut self) {
        *self = Self { greeted: true, ..Self::default() };
    }

    fn keep(&mut self, raw: Option<Vec<u8>>, kept: &Mutex<Kept>) -> &'static str {
        let from = self.from.take().unwrap_or_default();
        let to = std::mem::take(&mut self.to);
        let Some(raw) = raw else { return "554 a line is too long" };
        locked(kept).messages.push(ReceivedMail { from, to, raw });
        "250 kept"
    }
}

/// Reads up to the lone dot and takes away the dots that SMTP added; `None` if a line was too long.
async fn take_message(line: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut raw = Vec::new();
    let mut too_long = false;
    loop {
        let words = hear(line).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if words == b"." {
            return Ok((!too_long).then_some(raw));
        }
        let words = words.strip_prefix(b".").unwrap_or(&words);
        too_long |= words.len() > LINE_OCTETS_MAX;
        raw.extend_from_slice(words);
        raw.extend_from_slice(b"\r\n");
    }
}

async fn hear(line: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut words = Vec::new();
    if line.read_until(b'\n', &mut words).await? == 0 {
        return Ok(None);
    }
    while words.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
        words.pop();
    }
    Ok(Some(words))
}

async fn say(line: &mut BufReader<TcpStream>, words: &str) -> io::Result<()> {
    line.get_mut().write_all(format!("{words}\r\n").as_bytes()).await
}

/// The address in `MAIL FROM:<address> …`; `<>` is the empty sender of a bounce.
fn path(words: &str, label: &str) -> Option<String> {
    let rest = words.split_once(' ')?.1.trim_start();
    let labelled = rest.get(..label.len()).filter(|start| start.eq_ignore_ascii_case(label))?;
    let address = rest[labelled.len()..].trim_start().strip_prefix('<')?;
    address.split_once('>').map(|(address, _)| address.to_owned())
}

fn locked(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().expect("no test panics while it holds the sink")
}

/// Decodes the `=?utf-8?q?…?=` words of a header (RFC 2047); leaves other character sets alone.
fn decode_words(value: &str) -> String {
    let mut decoded = Vec::new();
    let mut previous_was_encoded = false;
    for word in value.split(' ') {
        let encoded = decode_word(word);
        // The space between two encoded words is not part of the text.
        let is_one_text = previous_was_encoded && encoded.is_some();
        if !decoded.is_empty() && !is_one_text {
            decoded.push(b' ');
        }
        previous_was_encoded = encoded.is_some();
        decoded.extend(encoded.unwrap_or_else(|| word.as_bytes().to_vec()));
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn decode_word(word: &str) -> Option<Vec<u8>> {
    let inner = word.strip_prefix("=?")?.strip_suffix("?=")?;
    let mut parts = inner.splitn(3, '?');
    let (charset, encoding, text) = (parts.next()?, parts.next()?, parts.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    match encoding {
        "b" | "B" => STANDARD.decode(text).ok(),
        "q" | "Q" => Some(decode_quoted_printable(text.as_bytes(), true)),
        _ => None,
    }
}

fn decode_quoted_printable(encoded: &[u8], in_header: bool) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'=' if after.starts_with(b"\r\n") => rest = &after[2..],
            b'=' => match after.get(..2).and_then(hex) {
                Some(value) => {
                    decoded.push(value);
                    rest = &after[2..];
                }
                None => decoded.push(b'='),
            },
            b'_' if in_header => decoded.push(b' '),
            _ => decoded.push(byte),
        }
    }
    decoded
}

fn hex(pair: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(raw: &str) -> ReceivedMail {
        ReceivedMail { from: String::new(), to: vec![], raw: raw.replace('\n', "\r\n").into_bytes() }
    }

    #[test]
    fn quoted_printable_is_decoded() {
        let mail = mail("Content-Transfer-Encoding: quoted-printable\n\nCaf=C3=A9 =\nau lait =3D 1\n");
        assert_eq!(mail.text(), "Café au lait = 1");
    }

    #[test]
    fn base64_is_decoded() {
        assert_eq!(mail("Content-Transfer-Encoding: base64\n\nQ2Fm\nw6k=\n").text(), "Café");
    }

    #[test]
    fn a_folded_encoded_subject_is_decoded() {
        let mail = mail("To: x\nSubject: =?utf-8?b?Q2Fmw6k=?=\n =?utf-8?Q?_au=20lait?= please\n\n");
        assert_eq!(mail.subject(), "Café au lait please");
    }
}
