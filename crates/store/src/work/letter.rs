//! Letters: drafted by staff, signed by a clinician as they stand, printed and posted.

use portico_domain::{
    event::Verb,
    letter::{Letter, LetterState, Step, Wording},
    message::{Channel, Delivery, Direction, Message},
    staff::Actor,
};
use portico_nhs::WorkItemId;
use uuid::Uuid;

use super::Practice;
use crate::{
    Failure, NewEvent, Tx,
    queries::{capacity, letter, message, patient, work_item},
};

/// Drafts a letter about a request.
pub async fn draft_letter(tx: &mut Tx, practice: &Practice, actor: &Actor, item: WorkItemId, wording: &Wording) -> Result<Uuid, Failure> {
    let organisation = practice.organisation.id;
    let about = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    let drafted = (actor.name().to_owned(), tx.now());
    let drafted = Letter {
        id: tx.ids().next(),
        item,
        patient: about.patient,
        wording: wording.clone(),
        state: LetterState::Draft,
        version: 1,
        drafted,
        signed: None,
        ended: None,
        why: String::new(),
    };
    letter::insert(tx.conn(), organisation, &drafted).await?;
    let words = format!("Drafted: {}", wording.subject);
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::LetterChanged, words).about(item, about.patient)).await?;
    Ok(drafted.id)
}

/// Takes a step with a letter as it was seen; another version than that is refused.
pub async fn step_letter(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    (id, seen): (Uuid, i64),
    step: &Step,
) -> Result<LetterState, Failure> {
    let organisation = practice.organisation.id;
    let before = letter::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    if before.version != seen {
        return Err(Failure::Stale);
    }
    let state = before.after(step).map_err(|why| Failure::Refused(why.to_owned()))?;
    let about = work_item::load(tx.conn(), organisation, before.item).await?.ok_or(Failure::NotFound)?;
    if about.patient != before.patient && matches!(step, Step::Sign | Step::Post) {
        let why = "The request has been matched to another patient since this was written. Change the letter so that it is theirs, or withdraw it.";
        return Err(Failure::Refused(why.into()));
    }
    if before.wording.to_patient && matches!(step, Step::Sign | Step::Post) {
        let rules = patient::contact_rules(tx.conn(), organisation, before.patient).await?;
        if rules.never.contains(&Channel::Letter) || rules.no_consent.contains(&Channel::Letter) {
            let why = "It is agreed with this patient that no letters go to them. Reach them another way, and withdraw the letter.";
            return Err(Failure::Refused(why.into()));
        }
    }
    let by = (actor.name().to_owned(), tx.now());
    let mut after = Letter { state, ..before };
    let done = match step {
        Step::Reword(wording) => {
            (after.wording, after.drafted, after.signed, after.patient) = (wording.clone(), by, None, about.patient);
            "Worded anew"
        }
        Step::Sign => {
            after.signed = Some(by);
            "Signed"
        }
        Step::Post => {
            after.ended = Some(by);
            "Posted"
        }
        Step::Withdraw(why) => {
            (after.ended, after.why) = (Some(by), why.trim().to_owned());
            "Withdrawn"
        }
    };
    if !letter::update(tx.conn(), organisation, &after).await? {
        return Err(Failure::Stale);
    }
    if *step == Step::Post && after.wording.to_patient {
        onto_thread(tx, practice, &after).await?;
    }
    let words = format!("{done}: {}", after.wording.subject);
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::LetterChanged, words).about(after.item, after.patient)).await?;
    Ok(state)
}

/// What went to the patient by post stands on the thread, where they and staff read it.
async fn onto_thread(tx: &mut Tx, practice: &Practice, posted: &Letter) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let sent = Message {
        id: tx.ids().next(),
        item: posted.item,
        patient: posted.patient,
        direction: Direction::Out,
        channel: Channel::Letter,
        // The post gives no receipts.
        delivery: Delivery::HandedOver,
        by: posted.signed.as_ref().map_or_else(String::new, |(name, _)| name.clone()),
        at: now,
        subject: posted.wording.subject.clone(),
        body: posted.wording.body.clone(),
        why_failed: None,
    };
    message::insert(tx.conn(), organisation, &sent, None, &posted.wording.to.join("\n")).await?;
    Ok(capacity::set_heard(tx.conn(), organisation, posted.item, now).await?)
}
