//! E-mails in the practice's mailbox. One is marked as read only when it has been kept; one that cannot be kept becomes
//! work that says so.

use std::sync::Arc;

use portico_domain::{
    incoming::Incoming,
    message::{Channel, FileState},
};
use portico_files::AT_ONCE;
use portico_interop::{
    SendFailure,
    imap::{Enclosed, Mail, Mailbox, Opened},
};
use portico_nhs::MessageId;
use portico_store::{
    queries::organisation::Organisation,
    work,
    work::{NewFile, Practice},
};

use super::{FETCH_PAUSE, Fetched, JobError, Jobs, belongs_somewhere, belongs_to};

const WHAT: &str = "e-mails";
/// Mails that are read at once; the rest follow a minute later.
const MOST: usize = 20;
/// The longest mail that goes onto a thread whole, in characters.
const CHARS_MAX: usize = 9_000;

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>, all: &[Organisation]) -> Result<Fetched, JobError> {
    let (organisation, now) = (practice.organisation.id, jobs.store.now());
    if jobs.post.mailboxes.is_empty() || !jobs.post.is_time(organisation, WHAT, now) {
        return Ok(Fetched::NotDue);
    }
    jobs.post.fetch_next(organisation, WHAT, now + FETCH_PAUSE);
    let mut ended = Ok(Fetched::Now);
    for mailbox in &jobs.post.mailboxes {
        belongs_somewhere("mailbox.organisation", mailbox.organisation(), all)?;
    }
    for mailbox in jobs.post.mailboxes.iter().filter(|m| belongs_to(m.organisation(), practice, all)) {
        // One mailbox that fails does not keep another from being read.
        if let Err(error) = empty(jobs, practice, mailbox).await {
            ended = Err(error);
        }
    }
    ended
}

/// Reads, keeps and marks one mail after the other. One that fails is passed over; it is unread still, and its turn comes
/// again after those behind it.
async fn empty(jobs: &Jobs, practice: &Arc<Practice>, mailbox: &Mailbox) -> Result<(), JobError> {
    let mut opened = mailbox.open().await.map_err(later)?;
    let mut failed = Ok(());
    for uid in opened.unread(MOST).await.map_err(later)? {
        let Err(error) = one(jobs, practice, &mut opened, uid).await else { continue };
        failed = Err(error);
        // After a line that broke, another one.
        opened = mailbox.open().await.map_err(later)?;
    }
    opened.close().await;
    failed
}

async fn one(jobs: &Jobs, practice: &Arc<Practice>, opened: &mut Opened, uid: u32) -> Result<(), JobError> {
    let mail = opened.read(uid).await.map_err(later)?;
    keep(jobs, practice, mail).await?;
    opened.kept(uid).await.map_err(later)
}

async fn keep(jobs: &Jobs, practice: &Arc<Practice>, mut mail: Mail) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    if let Some(id) = mail.bounced.as_deref().and_then(ours) {
        let (practice, news) = (practice.clone(), read(&mail, String::new()));
        let kept = jobs.store.write(organisation, None, work!(tx, [practice, news] => work::bounced(tx, &practice, &news, id).await));
        return Ok(kept.await?);
    }
    let (files, refused) = cleaned(std::mem::take(&mut mail.enclosed), jobs.post.scanner.is_some()).await;
    let came = Arc::new(read(&mail, refused));
    let (to, kept, files) = (practice.clone(), came.clone(), Arc::new(files));
    let kept = jobs.store.write(organisation, None, work!(tx, [to, kept, files] => work::take_in(tx, &to, &kept, &files).await)).await;
    let Err(error) = kept else { return Ok(()) };
    // It must not stand in the way of those behind it.
    let (practice, why) = (practice.clone(), error.to_string());
    Ok(jobs
        .store
        .write(organisation, None, work!(tx, [practice, came, why] => work::not_taken_in(tx, &practice, &came, &why).await))
        .await?)
}

/// The files that may be kept, and what is said of those that may not.
async fn cleaned(enclosed: Vec<Enclosed>, has_scanner: bool) -> (Vec<NewFile>, String) {
    let state = if has_scanner { FileState::Unchecked } else { FileState::Kept };
    let (mut files, mut refused) = (Vec::new(), Vec::new());
    let more = enclosed.len().saturating_sub(AT_ONCE);
    for file in enclosed.into_iter().take(AT_ONCE) {
        // Decoding a photo takes up to a second.
        match tokio::task::spawn_blocking(move || portico_files::clean(&file.name, &file.bytes)).await {
            Ok(Ok(clean)) => files.push(NewFile {
                name: clean.name,
                media_type: clean.media.media_type(),
                pixels: (i64::from(clean.size.0), i64::from(clean.size.1)),
                state,
                content: clean.bytes,
            }),
            Ok(Err(why)) => refused.push(why.to_string()),
            Err(_) => refused.push("A file could not be read.".to_owned()),
        }
    }
    if more > 0 {
        refused.push(format!("{more} more came with it."));
    }
    let said = if refused.is_empty() { String::new() } else { format!("\n\nFiles left in the practice's mailbox: {}", refused.join(" ")) };
    (files, said)
}

fn read(mail: &Mail, refused: String) -> Incoming {
    let mut text: String = mail.text.chars().take(CHARS_MAX).collect();
    if mail.text.chars().nth(CHARS_MAX).is_some() {
        text.push_str("…\n\nThe rest is in the practice's mailbox.");
    }
    text.push_str(&refused);
    Incoming {
        id: format!("mail {}", mail.id.chars().take(300).collect::<String>()),
        channel: Channel::Email,
        from: mail.from.clone(),
        name: mail.name.clone(),
        subject: mail.subject.chars().take(200).collect(),
        text,
        answers: mail.answers.iter().filter_map(|id| ours(id)).collect(),
        automatic: mail.automatic,
    }
}

/// The message of ours that a Message-ID names.
fn ours(message_id: &str) -> Option<MessageId> {
    message_id.strip_suffix("@portico")?.parse().ok()
}

fn later(error: SendFailure) -> JobError {
    JobError::Later { why: error.to_string(), after_seconds: None }
}
