//! Forms in progress: nothing typed is lost, an emergency answer is on the duty desk before the page answers, and a
//! form that is left with a way to reach the person becomes work.

use portico_domain::{
    advice::{Advice, Asked, Mode},
    request::{Answers, Door, Kind, Request, answers_of, complete},
    staff::Actor,
    work_item::{Command, WorkItem},
};
use portico_nhs::{DraftId, WorkItemId, uk_date};
use serde::{Deserialize, Serialize};

use super::{
    Act, Intake, Practice, Received,
    act::{act, heed},
    intake::{known_of, summary_of},
    receive,
};
use crate::{
    Failure, NewEvent, Tx,
    queries::{advice, draft, patient, search, work_item},
};

/// What became of a form that was kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Saved {
    /// The red item that it is, if an emergency sign was ever ticked.
    pub item: Option<WorkItemId>,
}

/// Begins a form.
pub async fn start(tx: &mut Tx, practice: &Practice, secret: &str) -> Result<DraftId, Failure> {
    let id: DraftId = tx.ids().next();
    let now = tx.now();
    draft::insert(tx.conn(), practice.organisation.id, id, secret, &Answers::default(), now).await?;
    Ok(id)
}

fn red_intake(request: Request, sign_words: &str, link: Option<String>) -> Intake {
    let words = if request.words.is_empty() {
        format!("Ticked an emergency sign: {sign_words}. The form is not finished.")
    } else {
        request.words.clone()
    };
    Intake { red: true, link, ..Intake::new(Kind::EmergencyAnswer, Door::Online, Request { words, ..request }, Actor::Patient) }
}

/// Keeps what is typed. An emergency sign makes a red item at once; later pages fill it in.
pub async fn save(
    tx: &mut Tx,
    practice: &Practice,
    id: DraftId,
    answers: &Answers,
    sign_words: &str,
    link: Option<&str>,
    item: Option<WorkItemId>,
) -> Result<Saved, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    draft::save(tx.conn(), organisation, id, answers, now).await?;
    if answers.choices("emergency-ever").is_empty() {
        return Ok(Saved { item });
    }
    let request = answers_of(answers, uk_date(now));
    match item {
        None => {
            let received = receive(tx, practice, &red_intake(request, sign_words, link.map(str::to_owned))).await?;
            draft::set_item(tx.conn(), organisation, id, received.item).await?;
            Ok(Saved { item: Some(received.item) })
        }
        Some(item) => {
            // A sign that is new since turns it red again, whatever staff have done with it in between.
            let known = work_item::request(tx.conn(), organisation, item).await?.unwrap_or_default();
            if request.emergency_signs.iter().any(|s| !known.emergency_signs.contains(s)) {
                act(tx, practice, &Act::new(Actor::Patient, item, None, Command::TurnsRed { sign: sign_words.to_owned() })).await?;
            }
            let red = red_intake(request, sign_words, None);
            fill_in(tx, practice, item, Kind::EmergencyAnswer, &red.request).await?;
            Ok(Saved { item: Some(item) })
        }
    }
}

/// Fills in what a form that is already an item has said since.
async fn fill_in(tx: &mut Tx, practice: &Practice, id: WorkItemId, kind: Kind, request: &Request) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let mut item = work_item::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    let key = patient::person_key(&request.person.given, &request.person.family, request.person.birth_date);
    item.kind = kind;
    item.person_name = request.person.name();
    item.birth_date = request.person.birth_date;
    let known = work_item::request(tx.conn(), organisation, id).await?.unwrap_or_default();
    // What made it red stays where it is read, whatever is written instead.
    let request = &Request { words: with_earlier(&known.words, &request.words), ..request.clone() };
    let before = known.person;
    let said = &request.person;
    // Somebody who goes back and names another person must not leave the first one's match behind.
    let somebody_else = (&before.given, &before.family, before.birth_date, &before.postcode, before.nhs_number)
        != (&said.given, &said.family, said.birth_date, &said.postcode, said.nhs_number);
    if somebody_else {
        item.patient = patient::match_person(tx.conn(), organisation, said).await?.map(|p| p.id);
        let received = item.received_at;
        item.earlier = work_item::earlier(tx.conn(), organisation, id, item.patient, key.as_deref(), received).await?;
        item.position.earlier_read = item.earlier.is_none();
    }
    let new = work_item::NewItem { person_key: key, summary: summary_of(request), about: None };
    work_item::fill_in(tx.conn(), organisation, &item, &new).await?;
    work_item::put_request(tx.conn(), organisation, id, request).await?;
    search::index(tx.conn(), organisation, search::Subject::Item(id), &search::tokens_of(&request.person)).await?;
    heed(tx, practice, &Actor::Patient, (&item, request), "on the finished form, with the record of the patient").await
}

/// Reads a request again with what is known now. What was advised before is never lowered. Says the mode and what is advised.
pub(crate) async fn read_again(
    tx: &mut Tx,
    practice: &Practice,
    item: &WorkItem,
    (kind, request): (Kind, &Request),
) -> Result<Option<(Mode, Advice)>, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let about = known_of(tx, practice, item.patient).await?;
    let today = uk_date(now);
    let asked = Asked { request, kind, today, repeat: item.earlier.is_some(), sex: about.sex, facts: &about.facts, baby: about.baby };
    let Some((mode, read)) = super::intake::advised(practice, &asked, now) else { return Ok(None) };
    let kept = advice::of_item(tx.conn(), organisation, item.id).await?.filter(|k| k.advice.urgency < read.urgency);
    let read = kept.map_or(read, |k| found_in(k.advice, &request.words));
    advice::put(tx.conn(), organisation, item.id, now, (mode, &read), &asked.record()).await?;
    Ok(Some((mode, read)))
}

/// Advice that a later answer does not lower, with its findings where they stand in the words as they are now.
pub(crate) fn found_in(mut advice: Advice, words: &str) -> Advice {
    advice.findings.retain_mut(|f| match words.get(f.start..f.end) {
        Some(there) if there == f.words => true,
        _ => words.find(&f.words).is_some_and(|start| {
            (f.start, f.end) = (start, start + f.words.len());
            true
        }),
    });
    advice
}

/// Stands before words that were changed after they had made a form red.
const CHANGED: &str = "\n\nWritten first, and changed: ";

/// Of words that are changed again and again the newest and the first are kept past so many bytes.
const KEPT_MOST: usize = 60_000;

/// New words with those that they replace.
fn with_earlier(before: &str, said: &str) -> String {
    let goes_on = said.contains(before.trim()) || before.starts_with(&format!("{said}{CHANGED}"));
    match goes_on {
        _ if before.trim().is_empty() => said.to_owned(),
        true if said.len() >= before.len() => said.to_owned(),
        true => before.to_owned(),
        false if said.len() + before.len() > KEPT_MOST => format!("{said}{CHANGED}{}", before.rsplit(CHANGED).next().unwrap_or(before)),
        false => format!("{said}{CHANGED}{before}"),
    }
}

/// Sends a form: the item is received, or the red item that it already is becomes whole.
pub async fn submit(
    tx: &mut Tx,
    practice: &Practice,
    id: DraftId,
    answers: &Answers,
    link: &str,
    item: Option<WorkItemId>,
) -> Result<Received, Failure> {
    let organisation = practice.organisation.id;
    let (kind, request) = complete(answers, uk_date(tx.now())).map_err(|(_, errors)| {
        Failure::Refused(errors.first().map_or_else(|| "Some answers are missing.".into(), |e| e.message.clone()))
    })?;
    let known = draft::set_state(tx.conn(), organisation, id, "sent").await?;
    let Some(item) = item.or(known) else {
        let red = !request.emergency_signs.is_empty();
        let intake = Intake { red, link: Some(link.to_owned()), confirm: true, ..Intake::new(kind, Door::Online, request, Actor::Patient) };
        let received = receive(tx, practice, &intake).await?;
        draft::set_item(tx.conn(), organisation, id, received.item).await?;
        return Ok(received);
    };
    fill_in(tx, practice, item, kind, &request).await?;
    let written = Act::new(Actor::Patient, item, None, Command::PatientWrites { text: "I have finished my request.".into() });
    act(tx, practice, &written).await?;
    let item = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    let event = NewEvent::plain(Actor::Patient, portico_domain::event::Verb::Completed, "Request completed by the patient")
        .about(item.id, item.patient);
    tx.record(organisation, event).await?;
    let red = item.is_red();
    Ok(Received { item: item.id, reference: item.reference, promised_by: item.promised_by, red, earlier: item.earlier })
}

/// Takes up a form that was left: with a way to reach the person it becomes work, otherwise it is only closed.
/// A red form is on the desk already.
pub async fn abandon(tx: &mut Tx, practice: &Practice, left: &draft::Draft) -> Result<bool, Failure> {
    let organisation = practice.organisation.id;
    draft::set_state(tx.conn(), organisation, left.id, "abandoned").await?;
    let request = answers_of(&left.answers, uk_date(tx.now()));
    let reachable = request.person.phone.is_some() || request.person.email.is_some();
    if !reachable {
        return Ok(false);
    }
    if let Some(item) = left.item {
        // It is on the desk already; what was typed since goes with it.
        let kind = work_item::load(tx.conn(), organisation, item).await?.map_or(Kind::Unfinished, |i| i.kind);
        fill_in(tx, practice, item, kind, &request).await?;
        return Ok(false);
    }
    let words = if request.words.is_empty() {
        "Began an online request and left before saying what it is about.".to_owned()
    } else {
        request.words.clone()
    };
    let intake =
        Intake::new(Kind::Unfinished, Door::Online, Request { words, ..request }, Actor::System { job: "Unfinished forms".into() });
    let received = receive(tx, practice, &intake).await?;
    // If the person comes back and sends it after all, it is this item that becomes whole.
    draft::set_item(tx.conn(), organisation, left.id, received.item).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_made_a_form_red_stay_when_others_are_written() {
        assert_eq!(with_earlier("", "a cough"), "a cough");
        assert_eq!(with_earlier("crushing pain", "crushing pain and sweating"), "crushing pain and sweating");
        let changed = with_earlier("crushing pain", "a sore throat");
        assert_eq!(changed, "a sore throat\n\nWritten first, and changed: crushing pain");
        assert_eq!(with_earlier(&changed, "a sore throat"), changed, "sent again");
        let long = with_earlier(&with_earlier("crushing pain", &"a ".repeat(20_000)), &"b ".repeat(20_000));
        assert!(long.len() < KEPT_MOST && long.ends_with("changed: crushing pain"));
        assert!(with_earlier(&changed, "a cough").ends_with("a sore throat\n\nWritten first, and changed: crushing pain"));
    }
}
