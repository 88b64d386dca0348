//! Files on a request: from the patient, to the patient, checked for viruses afterwards when the scanner was away.

use std::sync::Arc;

use portico_domain::{
    event::Verb,
    message::{Direction, Facts, FileState},
    staff::Actor,
    work_item::Command,
};
use portico_nhs::{AttachmentId, WorkItemId};

use super::{
    Act, Acted, Practice,
    act::{act, patient_writes},
};
use crate::{
    Failure, NewEvent, Tx,
    queries::attachment::{self, Attachment},
};

/// The most files that a patient puts on one request; past it somebody should talk with them.
pub const FILES_FROM_PATIENT: i64 = 20;

/// A file that was found fit to be kept.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Its name.
    pub name: String,
    /// `image/jpeg` or `application/pdf`.
    pub media_type: &'static str,
    /// Width and height in pixels; nought for a document.
    pub pixels: (i64, i64),
    /// Whether it may be opened before a scanner has looked at it.
    pub state: FileState,
    /// What is in it.
    pub content: Vec<u8>,
}

/// A patient sends files with a word to them: read like everything that they write.
pub async fn patient_sends(
    tx: &mut Tx,
    practice: &Practice,
    item: WorkItemId,
    files: &Arc<Vec<NewFile>>,
    words: &str,
) -> Result<Acted, Failure> {
    let organisation = practice.organisation.id;
    let before = attachment::count(tx.conn(), organisation, item, Direction::In).await?;
    if before + files.len() as i64 > FILES_FROM_PATIENT {
        let why =
            format!("You have sent {before} files for this request already; {FILES_FROM_PATIENT} is the most. Write below, or ring us.");
        return Err(Failure::Refused(why));
    }
    keep(tx, practice, item, files, (Direction::In, "Patient")).await?;
    let words = words.trim();
    let text = format!("Sent {}{}{words}", named(files), if words.is_empty() { "" } else { "\n\n" });
    patient_writes(tx, practice, item, &text).await
}

/// Staff send files with a reply; the patient opens them on the private page.
pub async fn staff_sends(
    tx: &mut Tx,
    practice: &Practice,
    (actor, version): (&Actor, Option<i64>),
    item: WorkItemId,
    files: &Arc<Vec<NewFile>>,
    words: &str,
) -> Result<Acted, Failure> {
    if words.trim().is_empty() {
        return Err(Failure::Refused("Write a word to the file, so that the patient knows what it is.".into()));
    }
    keep(tx, practice, item, files, (Direction::Out, actor.name())).await?;
    let text = format!("{}\n\nOn your private page: {}", words.trim(), named(files));
    let what = Act { actor: actor.clone(), item, version, command: Command::Reply { text }, facts: Facts::default() };
    act(tx, practice, &what).await
}

/// The scanner found something in a file that had been kept aside.
pub async fn infected(tx: &mut Tx, practice: &Practice, item: WorkItemId, id: AttachmentId, virus: &str) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    if !attachment::remove(tx.conn(), organisation, id).await? {
        return Ok(());
    }
    let system = Actor::System { job: "Virus scanner".into() };
    let text = format!("A file held a virus ({virus}) and was removed unopened. Ask the patient to send it again from another device.");
    act(tx, practice, &Act::new(system, item, None, Command::Note { text })).await?;
    Ok(())
}

/// Staff remove a file that should not be there: the wrong person's, or not what was meant.
pub async fn remove_file(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    item: WorkItemId,
    id: AttachmentId,
    why: &str,
) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    if why.trim().is_empty() {
        return Err(Failure::Refused("Say why the file is removed.".into()));
    }
    let (file, _) = attachment::load(tx.conn(), organisation, item, id).await?.ok_or(Failure::NotFound)?;
    if !attachment::remove(tx.conn(), organisation, id).await? {
        return Err(Failure::Stale);
    }
    let words = format!("File {} removed: {}", file.name, why.trim());
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::FileRemoved, words).about(item, None)).await?;
    Ok(())
}

fn named(files: &[NewFile]) -> String {
    let names = files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(", ");
    format!("{} {}: {names}", files.len(), if files.len() == 1 { "file" } else { "files" })
}

pub(super) async fn keep(
    tx: &mut Tx,
    practice: &Practice,
    item: WorkItemId,
    files: &[NewFile],
    (direction, by): (Direction, &str),
) -> Result<(), Failure> {
    if files.is_empty() {
        return Err(Failure::Refused("Choose a photo or a PDF.".into()));
    }
    let now = tx.now();
    for f in files {
        let size = f.content.len() as i64;
        let (name, media_type) = (f.name.clone(), f.media_type.to_owned());
        let kept = Attachment {
            id: tx.ids().next(),
            direction,
            by: by.to_owned(),
            at: now,
            name,
            media_type,
            pixels: f.pixels,
            size,
            state: f.state,
        };
        attachment::insert(tx.conn(), practice.organisation.id, item, &kept, &f.content).await?;
    }
    Ok(())
}
