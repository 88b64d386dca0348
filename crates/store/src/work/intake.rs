//! Receiving: every door makes the same item, with the same clock.

use jiff::{SignedDuration, Timestamp};
use portico_domain::{
    advice::{Advice, Asked, Mode},
    event::Verb,
    message::{Facts, Purpose},
    record::{BabyDates, RecordFact},
    request::{Door, Kind, Request},
    staff::Actor,
    triage::Urgency,
    work_item::{WorkItem, first_position},
};
use portico_nhs::{PatientId, Reference, WorkItemId, when_words};
use serde::{Deserialize, Serialize};

use super::{Practice, act::send};
use crate::{
    Failure, NewEvent, Tx,
    queries::{advice, patient, private_link, search, work_item},
};

/// Days for which a private link works.
pub const LINK_DAYS: i64 = 90;

/// Something that arrives.
#[derive(Debug, Clone)]
pub struct Intake {
    /// What it is about.
    pub kind: Kind,
    /// How it came.
    pub door: Door,
    /// Everything that was said.
    pub request: Request,
    /// Who brought it in.
    pub actor: Actor,
    /// The patient, when staff chose one.
    pub patient: Option<PatientId>,
    /// When it came, when that was before now (imports).
    pub received_at: Option<Timestamp>,
    /// The item that it is about.
    pub about: Option<WorkItemId>,
    /// Whether it is red.
    pub red: bool,
    /// The token of the private link, derived from the form's secret so that sending twice gives one link.
    pub link: Option<String>,
    /// Whether the patient is told that we have it.
    pub confirm: bool,
}

impl Intake {
    /// Of nobody whom we know yet, now, not red, without a private link and without a confirmation.
    pub fn new(kind: Kind, door: Door, request: Request, actor: Actor) -> Intake {
        let (patient, received_at, about, link) = (None, None, None, None);
        Intake { kind, door, request, actor, patient, received_at, about, red: false, link, confirm: false }
    }
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Received {
    /// The item.
    pub item: WorkItemId,
    /// What to quote.
    pub reference: Reference,
    /// By when the patient hears what happens next.
    pub promised_by: Timestamp,
    /// Whether it is red.
    pub red: bool,
    /// The request that it repeats.
    pub earlier: Option<WorkItemId>,
}

/// The first words, for the list: one line of at most 140 characters.
pub(crate) fn summary_of(request: &Request) -> String {
    let line: String = request.words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut summary: String = line.chars().take(140).collect();
    if line.chars().nth(140).is_some() {
        summary.push('…');
    }
    summary
}

/// What the engine advises, in the modes that read at all. What was advised is kept with the rule set that advised it.
pub(crate) fn advised(practice: &Practice, asked: &Asked<'_>, now: Timestamp) -> Option<(Mode, Advice)> {
    let (mode, _) = practice.advice_mode(now);
    let patients_words = !matches!(asked.kind, Kind::Unfinished | Kind::Undelivered | Kind::FailedJob | Kind::Task);
    (mode != Mode::Off && patients_words && !asked.request.words.is_empty()).then(|| (mode, practice.adviser.advise(asked)))
}

/// What the record says of a matched patient, as far as triage reads it.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The patient, when the item is matched.
    pub patient: Option<patient::Patient>,
    /// `f` or `m`.
    pub sex: Option<char>,
    /// Facts that bear on every request.
    pub facts: Vec<RecordFact>,
    /// When their baby is due or was born.
    pub baby: BabyDates,
}

/// Loads it; nothing for an item without a patient.
pub(crate) async fn known_of(tx: &mut Tx, practice: &Practice, id: Option<PatientId>) -> Result<Known, Failure> {
    let Some(id) = id else { return Ok(Known::default()) };
    let organisation = practice.organisation.id;
    let patient = patient::load(tx.conn(), organisation, id).await?;
    let off = practice.advice_mode(tx.now()).0 == Mode::Off;
    let sex = patient.as_ref().and_then(patient::Patient::sex_letter);
    if off {
        return Ok(Known { sex, patient, ..Known::default() });
    }
    let facts = patient::facts(tx.conn(), organisation, id).await?;
    let baby = patient::baby(tx.conn(), organisation, id).await?;
    Ok(Known { sex, patient, facts, baby })
}

/// Takes a request in: matched to its patient when sure, on a team's list, with a next move and a promise.
pub async fn receive(tx: &mut Tx, practice: &Practice, intake: &Intake) -> Result<Received, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let received_at = intake.received_at.unwrap_or(now);
    let id: WorkItemId = tx.ids().next();
    let person = &intake.request.person;
    let known = match intake.patient {
        Some(id) => patient::load(tx.conn(), organisation, id).await?,
        None => patient::match_person(tx.conn(), organisation, person).await?,
    };
    let patient = known.as_ref().map(|p| p.id);
    let person_key = patient::person_key(&person.given, &person.family, person.birth_date);
    let earlier = match intake.about {
        Some(_) => None,
        None => work_item::earlier(tx.conn(), organisation, id, patient, person_key.as_deref(), received_at).await?,
    };
    let about = known_of(tx, practice, patient).await?;
    let asked = Asked {
        request: &intake.request,
        kind: intake.kind,
        today: portico_nhs::uk_date(now),
        repeat: earlier.is_some(),
        sex: about.sex,
        facts: &about.facts,
        baby: about.baby,
    };
    let advised = advised(practice, &asked, now);
    // An emergency that is only in the words is red too; whatever else is advised, a person decides.
    let red = intake.red || matches!(&advised, Some((Mode::Advice, a)) if a.urgency == Urgency::Emergency);
    let urgency = red.then_some(Urgency::Emergency);
    let reference = tx.ids().reference();
    let item = WorkItem {
        id,
        reference: reference.clone(),
        kind: intake.kind,
        door: intake.door,
        patient,
        person_name: person.name(),
        birth_date: person.birth_date,
        received_at,
        promised_by: practice.promise(urgency, received_at),
        was_red: red,
        earlier,
        version: 1,
        // The clock runs from when it came, so what waited elsewhere is overdue here.
        position: first_position(intake.kind, red, earlier.is_some(), &practice.routing, received_at, &practice.calendar),
    };
    let new = work_item::NewItem { person_key, summary: summary_of(&intake.request), about: intake.about };
    work_item::insert(tx.conn(), organisation, &item, &new, practice.queue.0).await?;
    work_item::put_request(tx.conn(), organisation, id, &intake.request).await?;
    let mut tokens = search::tokens_of(person);
    // What the record knows finds the item too: an NHS number that the patient did not give.
    tokens.extend(known.iter().flat_map(|k| search::tokens_of(&k.person)).filter(|t| !tokens.contains(t)).collect::<Vec<_>>());
    tokens.push(search::fold(reference.compact()));
    search::index(tx.conn(), organisation, search::Subject::Item(id), &tokens).await?;
    if let Some(link) = &intake.link {
        let expires = now + SignedDuration::from_hours(LINK_DAYS * 24);
        private_link::insert(tx.conn(), organisation, link, id, now, expires).await?;
    }
    let mut words = format!("{}, {}", intake.kind.label(), intake.door.label().to_lowercase());
    if let Some((mode, advice)) = &advised {
        advice::put(tx.conn(), organisation, id, now, (*mode, advice), &asked.record()).await?;
        if red && !intake.red {
            let why = advice.rules.first().map_or("the words", |r| r.title.as_str());
            words.push_str(&format!(". Red because of triage advice: {why} (rule set {})", advice.version));
        }
    }
    tx.record(organisation, NewEvent::plain(intake.actor.clone(), Verb::Received, words).about(id, patient)).await?;
    if intake.confirm {
        let facts = Facts { due: when_words(item.promised_by, now), ..Facts::default() };
        send(tx, practice, &item, &intake.request, "The practice", Purpose::RequestReceived, facts).await?;
    }
    Ok(Received { item: id, reference, promised_by: item.promised_by, red, earlier })
}
