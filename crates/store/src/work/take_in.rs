//! Texts and e-mails from patients: onto the thread that they answer, else a request that somebody matches to its patient.

use std::sync::Arc;

use jiff::SignedDuration;
use portico_domain::{
    incoming::{CONFIRMED_A_DAY, Incoming, SentThere, answers_which},
    message::Direction,
    request::{Kind, Request},
    staff::Actor,
    work_item::Command,
};
use portico_nhs::{MessageId, NhsNumber, WorkItemId};

use super::{
    Act, Intake, NewFile, Practice,
    act::{act, patient_writes},
    attach, deliver, receive,
};
use crate::{
    Failure, Tx,
    queries::{incoming, patient, work_item},
};

/// Takes in a text or an e-mail with the files that came with it, once; says which item it went to, or `None` when it had
/// been taken in before.
pub async fn take_in(tx: &mut Tx, practice: &Practice, came: &Incoming, files: &Arc<Vec<NewFile>>) -> Result<Option<WorkItemId>, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    if !incoming::insert(tx.conn(), organisation, came, now).await? {
        return Ok(None);
    }
    let sent = incoming::sent_there(tx.conn(), organisation, &came.from).await?;
    let item = match answers_which(came, &sent, now) {
        // A note that its writer is away is no answer: it stands on the thread and moves nothing.
        Some(SentThere { item, .. }) if came.automatic => {
            act(tx, practice, &Act::new(system(), item, None, Command::Note { text: came.words() })).await?;
            item
        }
        Some(answered) if answered.to_many => answers_many(tx, practice, came, answered).await?,
        Some(SentThere { item, .. }) => {
            patient_writes(tx, practice, item, &came.words()).await?;
            item
        }
        None => {
            let today = incoming::since(tx.conn(), organisation, &came.from, now - SignedDuration::from_hours(24)).await?;
            let confirm = !came.automatic && today <= CONFIRMED_A_DAY;
            let intake = Intake { confirm, ..Intake::new(Kind::SomethingElse, came.door(), came.request(), Actor::Patient) };
            receive(tx, practice, &intake).await?.item
        }
    };
    if !files.is_empty() {
        attach::keep(tx, practice, item, files, (Direction::In, "Patient")).await?;
    }
    incoming::went_to(tx.conn(), organisation, &came.id, item).await?;
    Ok(Some(item))
}

fn system() -> Actor {
    Actor::System { job: "Texts and e-mails".into() }
}

/// What answers a message to many is a request of its own: of whom it went to, when nobody else has that number or address;
/// else somebody finds out whose it is.
async fn answers_many(tx: &mut Tx, practice: &Practice, came: &Incoming, answered: SentThere) -> Result<WorkItemId, Failure> {
    let organisation = practice.organisation.id;
    let went_to = match answered.patient {
        Some(id) => patient::load(tx.conn(), organisation, id).await?,
        None => None,
    };
    let alone = match &went_to {
        Some(p) => incoming::is_theirs_alone(tx.conn(), organisation, &came.from, p.id).await?,
        None => false,
    };
    let mut request = came.request();
    if let Some(p) = went_to.as_ref().filter(|_| alone) {
        request.person = p.person.clone();
    }
    let patient = went_to.as_ref().filter(|_| alone).map(|p| p.id);
    let made =
        receive(tx, practice, &Intake { patient, ..Intake::new(Kind::SomethingElse, came.door(), request, Actor::Patient) }).await?.item;
    let many = work_item::request(tx.conn(), organisation, answered.item).await?.map(|r| r.words).unwrap_or_default();
    let name = went_to.map(|p| p.person.name()).unwrap_or_default();
    let text = format!("It answers “{many}”, which went to {name} by this number or address.");
    act(tx, practice, &Act::new(system(), made, None, Command::Note { text })).await?;
    Ok(made)
}

/// An e-mail brings the news that a message of ours could not be delivered; once.
pub async fn bounced(tx: &mut Tx, practice: &Practice, news: &Incoming, message: MessageId) -> Result<(), Failure> {
    let now = tx.now();
    if incoming::insert(tx.conn(), practice.organisation.id, news, now).await? {
        deliver::undelivered(tx, practice, message, "the mail server could not deliver it").await?;
    }
    Ok(())
}

/// What came cannot be kept: somebody looks for it where it is; once.
pub async fn not_taken_in(tx: &mut Tx, practice: &Practice, came: &Incoming, why: &str) -> Result<(), Failure> {
    let now = tx.now();
    if !incoming::insert(tx.conn(), practice.organisation.id, came, now).await? {
        return Ok(());
    }
    let words = format!("An e-mail could not be taken in: {why} Read it in the practice's mailbox; it came from {}.", came.from);
    let request = Request { words, ..came.request() };
    receive(tx, practice, &Intake::new(Kind::FailedJob, came.door(), request, system())).await?;
    Ok(())
}

/// Notes who has the NHS App, in place of what was noted before; says for how many patients that changed.
pub async fn note_app_accounts(tx: &mut Tx, practice: &Practice, accounts: &[NhsNumber]) -> Result<u64, Failure> {
    let now = tx.now();
    Ok(patient::set_app_accounts(tx.conn(), practice.organisation.id, accounts, now).await?)
}
