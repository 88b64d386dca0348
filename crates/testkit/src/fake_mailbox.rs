//! A mailbox on this machine, for tests: as much of IMAP4rev1 (RFC 3501) as reading new mail needs.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How the mailbox misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MailboxFault {
    /// Not at all.
    #[default]
    None,
    /// Answers late.
    Slow,
    /// Hangs up before it says anything.
    CutAtOnce,
    /// Hangs up when somebody logs in.
    CutAtLogin,
    /// Says that the mailbox is in use.
    Busy,
    /// Hangs up when it is asked what is new.
    CutWhenSearched,
    /// Says that it cannot read the mail now.
    NotNow,
    /// Hangs up in the middle of a mail.
    CutInTheMiddle,
    /// Answers what nobody understands when a mail is asked for.
    Garbled,
    /// Says that the password is wrong.
    WrongPassword,
    /// Hangs up when a mail is asked for.
    CutWhenRead,
    /// Hangs up when the first mail is asked for.
    CutAtTheFirst,
    /// Hangs up when a mail is marked as read.
    CutWhenMarked,
    /// Says that a mail is marked as read, and forgets it.
    ForgetsMarks,
    /// Has each new mail twice.
    Twice,
}

struct Kept {
    /// Each mail and whether it has been read.
    mails: Vec<(Vec<u8>, bool)>,
    fault: MailboxFault,
    sessions: usize,
}

/// A mailbox on this machine; it stops when dropped.
pub struct FakeMailbox {
    address: String,
    kept: Arc<Mutex<Kept>>,
    server: JoinHandle<()>,
}

impl FakeMailbox {
    /// The user to configure.
    pub const USER: &'static str = "desk@surgery.example";
    /// The password to configure.
    pub const PASSWORD: &'static str = "open \"sesame\"";

    /// Listens on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address").to_string();
        let kept = Arc::new(Mutex::new(Kept { mails: Vec::new(), fault: MailboxFault::None, sessions: 0 }));
        let shared = Arc::clone(&kept);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&shared);
                // A client that hangs up ends its own talk only.
                tokio::spawn(async move { drop(talk(stream, &kept).await) });
            }
        });
        Self { address, kept, server }
    }

    /// `host:port` to configure.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A mail comes.
    pub fn receives(&self, raw: impl Into<Vec<u8>>) {
        let (raw, mut kept) = (raw.into(), self.locked());
        if kept.fault == MailboxFault::Twice {
            kept.mails.push((raw.clone(), false));
        }
        kept.mails.push((raw, false));
    }

    /// Misbehaves in one way until told otherwise.
    pub fn set_fault(&self, fault: MailboxFault) {
        self.locked().fault = fault;
    }

    /// How many mails have not been read.
    pub fn unread(&self) -> usize {
        self.locked().mails.iter().filter(|(_, seen)| !seen).count()
    }

    /// How often somebody connected.
    pub fn sessions(&self) -> usize {
        self.locked().sessions
    }

    fn locked(&self) -> MutexGuard<'_, Kept> {
        locked(&self.kept)
    }
}

impl Drop for FakeMailbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn locked(kept: &Arc<Mutex<Kept>>) -> MutexGuard<'_, Kept> {
    kept.lock().expect("no test panics while it holds the mailbox")
}

/// A command with its literals filled in: `tag VERB rest`.
async fn command(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let mut whole = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let line = line.trim_end_matches(['\r', '\n']);
        // `{12}` at the end announces twelve bytes that follow once we agree.
        match line.rsplit_once('{').and_then(|(before, n)| Some((before, n.strip_suffix('}')?.parse::<usize>().ok()?))) {
            Some((before, length)) => {
                whole.push_str(before);
                reader.get_mut().write_all(b"+ go on\r\n").await?;
                let mut literal = vec![0; length];
                reader.read_exact(&mut literal).await?;
                whole.push_str(&String::from_utf8_lossy(&literal));
            }
            None => {
                whole.push_str(line);
                return Ok(Some(whole));
            }
        }
    }
}

async fn talk(stream: TcpStream, kept: &Arc<Mutex<Kept>>) -> std::io::Result<()> {
    locked(kept).sessions += 1;
    let mut reader = BufReader::new(stream);
    if locked(kept).fault == MailboxFault::CutAtOnce {
        return Ok(());
    }
    reader.get_mut().write_all(b"* OK IMAP4rev1 ready\r\n").await?;
    while let Some(line) = command(&mut reader).await? {
        let (tag, rest) = line.split_once(' ').unwrap_or((line.as_str(), ""));
        let fault = locked(kept).fault;
        let upper = rest.to_ascii_uppercase();
        if fault == MailboxFault::Slow {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        let Some(answer) = answer(kept, fault, rest, &upper) else { return Ok(()) };
        let mut bytes = answer.0;
        if fault == MailboxFault::CutInTheMiddle && upper.contains("BODY") {
            return reader.get_mut().write_all(&bytes[..bytes.len() / 2]).await;
        }
        bytes.extend_from_slice(format!("{tag} {}\r\n", answer.1).as_bytes());
        reader.get_mut().write_all(&bytes).await?;
        if upper.starts_with("LOGOUT") {
            return Ok(());
        }
    }
    Ok(())
}

/// What is answered before the tagged line, and the tagged line; nothing when the server hangs up.
fn answer(kept: &Arc<Mutex<Kept>>, fault: MailboxFault, rest: &str, upper: &str) -> Option<(Vec<u8>, String)> {
    let mut kept = locked(kept);
    let done = |what: &str| format!("OK {what} completed");
    let cut = match fault {
        MailboxFault::CutAtLogin => "LOGIN",
        MailboxFault::CutWhenSearched => "UID SEARCH",
        MailboxFault::CutWhenRead => "UID FETCH",
        MailboxFault::CutWhenMarked => "UID STORE",
        _ => "nothing",
    };
    if upper.starts_with(cut) {
        return None;
    }
    Some(if upper.starts_with("LOGIN") {
        let quoted = |word: &str| format!("\"{}\"", word.replace('\\', r"\\").replace('"', "\\\""));
        let right = rest.contains(&quoted(FakeMailbox::USER)) && rest.contains(&quoted(FakeMailbox::PASSWORD));
        let wrong = fault == MailboxFault::WrongPassword || !right;
        (Vec::new(), if wrong { "NO [AUTHENTICATIONFAILED] no such user or password".into() } else { done("LOGIN") })
    } else if upper.starts_with("SELECT") && fault == MailboxFault::Busy {
        (Vec::new(), "NO [INUSE] another program reads this mailbox".into())
    } else if upper.starts_with("SELECT") {
        let state = format!("* {} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY 1] valid\r\n", kept.mails.len());
        (state.into_bytes(), "OK [READ-WRITE] SELECT completed".into())
    } else if upper.starts_with("UID SEARCH UNSEEN") {
        let unseen = kept.mails.iter().enumerate().filter(|(_, (_, seen))| !seen).map(|(n, _)| format!(" {}", n + 1)).collect::<String>();
        (format!("* SEARCH{unseen}\r\n").into_bytes(), done("SEARCH"))
    } else if let Some(asked) = upper.strip_prefix("UID FETCH ") {
        match fault {
            MailboxFault::NotNow => return Some((Vec::new(), "NO [UNAVAILABLE] not now".into())),
            MailboxFault::Garbled => return Some((b"* ((( 7 }{ !!\r\n".to_vec(), "OK".into())),
            _ => {}
        }
        let n: usize = asked.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        if fault == MailboxFault::CutAtTheFirst && n == 1 {
            return None;
        }
        let Some((raw, _)) = n.checked_sub(1).and_then(|n| kept.mails.get(n)) else { return Some((Vec::new(), done("FETCH"))) };
        let mut bytes = if asked.contains("RFC822.SIZE") {
            format!("* {n} FETCH (UID {n} RFC822.SIZE {}", raw.len()).into_bytes()
        } else {
            let mut bytes = format!("* {n} FETCH (UID {n} BODY[] {{{}}}\r\n", raw.len()).into_bytes();
            bytes.extend_from_slice(raw);
            bytes
        };
        bytes.extend_from_slice(b")\r\n");
        (bytes, done("FETCH"))
    } else if let Some(asked) = upper.strip_prefix("UID STORE ") {
        let n: usize = asked.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        if asked.contains("\\SEEN")
            && fault != MailboxFault::ForgetsMarks
            && let Some(mail) = n.checked_sub(1).and_then(|n| kept.mails.get_mut(n))
        {
            mail.1 = true;
        }
        (Vec::new(), done("STORE"))
    } else if upper.starts_with("NOOP") {
        (Vec::new(), done("NOOP"))
    } else if upper.starts_with("LOGOUT") {
        (b"* BYE\r\n".to_vec(), done("LOGOUT"))
    } else {
        (Vec::new(), "BAD that is not understood here".into())
    })
}
