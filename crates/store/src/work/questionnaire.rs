//! Questionnaires: sent on a request, answered on the private page, reminded of once.

use jiff::{SignedDuration, Timestamp};
use portico_domain::{
    message::{Facts, Purpose},
    questionnaire::{Answers, Outcome, Questionnaire, fhir},
    staff::Actor,
    work_item::Command,
};
use portico_nhs::{WorkItemId, when_words};
use uuid::Uuid;

use super::{
    Act, Acted, Practice,
    act::{act, patient_writes, send},
};
use crate::{
    Failure, Tx,
    queries::{
        questionnaire::{self, Sent},
        work_item,
    },
};

/// What of the answers in words goes onto the thread, in characters.
const THREAD_MAX: usize = 9_000;

/// A questionnaire to be sent.
#[derive(Debug, Clone)]
pub struct FormToSend {
    /// Which.
    pub url: String,
    /// As people call it.
    pub title: String,
    /// The FHIR file.
    pub definition: String,
    /// Days that the patient has for it.
    pub days: i64,
}

/// Sends a questionnaire: the request waits for the patient until it is due.
pub async fn send_form(
    tx: &mut Tx,
    practice: &Practice,
    (actor, version): (&Actor, Option<i64>),
    item: WorkItemId,
    form: &FormToSend,
) -> Result<Acted, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let due = practice.calendar.end_of_core_day(now + SignedDuration::from_hours(24 * form.days.clamp(1, 28)));
    let found = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    let command = Command::SendForm { title: form.title.clone(), due };
    let acted = act(tx, practice, &Act::new(actor.clone(), item, version, command)).await?;
    let sent = Sent {
        id: tx.ids().next(),
        item,
        url: form.url.clone(),
        title: form.title.clone(),
        definition: form.definition.clone(),
        sent_by: actor.name().to_owned(),
        sent_at: now,
        due_at: due,
        answered: None,
    };
    questionnaire::send(tx.conn(), organisation, found.patient, &sent).await?;
    Ok(acted)
}

/// The patient sends their answers. What cannot wait turns the request red; what it comes to is told to colleagues.
pub async fn answer_form(
    tx: &mut Tx,
    practice: &Practice,
    item: WorkItemId,
    id: Uuid,
    (form, answers): (&Questionnaire, &Answers),
) -> Result<Outcome, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let outcome = form.outcome(answers);
    if !questionnaire::answer(tx.conn(), organisation, id, now, (answers, &outcome)).await? {
        return Err(Failure::Refused("You have sent your answers already. Write on your private page if something has changed.".into()));
    }
    // Words are read like everything that a patient writes; scores are not the patient's words.
    let words: Vec<String> = form
        .asked(answers)
        .into_iter()
        .filter_map(|q| match answers.get(&q.id)? {
            portico_domain::questionnaire::Answer::Text(text) => Some(format!("{}: {text}", q.text)),
            _ => None,
        })
        .collect();
    let text = [format!("Filled in: {}", form.title)].into_iter().chain(words).collect::<Vec<_>>().join("\n");
    // Every answer is kept whole with the questionnaire; the thread takes what one message may hold.
    let text: String = text.chars().take(THREAD_MAX).collect();
    patient_writes(tx, practice, item, &text).await?;
    if !outcome.totals.is_empty() {
        let text = outcome.totals.iter().map(|t| t.words()).collect::<Vec<_>>().join("\n");
        let system = Actor::System { job: "Questionnaires".into() };
        act(tx, practice, &Act::new(system, item, None, Command::Note { text })).await?;
    }
    if !outcome.red.is_empty() {
        let sign = format!("{} ({})", outcome.red.join("; "), form.title);
        act(tx, practice, &Act::new(Actor::Patient, item, None, Command::TurnsRed { sign })).await?;
    }
    Ok(outcome)
}

/// Reads the questionnaire of one that was sent.
pub fn form_of(sent: &Sent) -> Result<Questionnaire, Failure> {
    fhir::read(&sent.definition).map_err(|e| Failure::Store(crate::StoreError::Corrupt(e)))
}

/// Reminds of a questionnaire, once.
pub async fn remind_form(tx: &mut Tx, practice: &Practice, item: WorkItemId, id: Uuid) -> Result<bool, Failure> {
    let organisation = practice.organisation.id;
    let now: Timestamp = tx.now();
    if !questionnaire::reminded(tx.conn(), organisation, id, now).await? {
        return Ok(false);
    }
    let sent = questionnaire::load_sent(tx.conn(), organisation, item, id).await?.ok_or(Failure::NotFound)?;
    let item = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    let request = work_item::request(tx.conn(), organisation, item.id).await?.unwrap_or_default();
    let facts = Facts { due: when_words(sent.due_at, now), ..Facts::default() };
    send(tx, practice, &item, &request, "Reminders", Purpose::FormReminder, facts).await?;
    Ok(true)
}
