//! Choosing an appointment oneself, by a private link, after triage.

use jiff::{SignedDuration, Timestamp, civil::Date};
use portico_domain::{
    booking::{BookingRefusal, HOLD, fits},
    event::Verb,
    message::{Facts, Purpose},
    staff::Actor,
    triage::Urgency,
    work_item::{Command, NextAction, State, WaitingFor, WorkItem},
};
use portico_nhs::{BookingId, OrganisationId, SlotId, WorkItemId};
use serde::{Deserialize, Serialize};

use super::{
    Act, Acted, Practice,
    act::{act, patient_writes, send},
    book::{Booked, Held, Telling, place_of, put, told_on, told_words},
};
use crate::{
    Failure, NewEvent, Tx,
    queries::{booking, offer, self_book, work_item},
};

/// Until so long before it begins an appointment is changed or given up by the link; after that one rings.
pub const CHANGE_UNTIL: SignedDuration = SignedDuration::from_hours(1);
/// Wrong dates of birth after which the link rests.
const WRONG_BIRTHS: i64 = 5;
/// How long it rests.
const LOCKED: SignedDuration = SignedDuration::from_hours(24);
/// How long a pass lets somebody choose.
const PASS: SignedDuration = SignedDuration::from_hours(1);

/// Sends the patient a link to choose an appointment.
pub async fn invite(tx: &mut Tx, practice: &Practice, actor: &Actor, item: WorkItemId, version: Option<i64>) -> Result<Acted, Failure> {
    act(tx, practice, &Act::new(actor.clone(), item, version, Command::InviteToBook)).await
}

/// Whether the patient may choose or change an appointment now, by itself or because a slot is `offered` to them; says why not, in a sentence to them.
pub fn may_choose(item: &WorkItem, offered: bool, now: Timestamp) -> Result<(), &'static str> {
    if item.position.urgency == Some(Urgency::Emergency) {
        return Err("What you told us may be an emergency, so a person books for you. If you have not heard from us, call 999 now.");
    }
    match &item.position.state {
        State::Open { waiting: WaitingFor::Appointment { starts, .. }, .. } if starts.duration_since(now) < CHANGE_UNTIL => {
            Err("Your appointment begins in less than an hour or has begun. Please ring us.")
        }
        State::Open { waiting: WaitingFor::Appointment { .. }, .. } => Ok(()),
        State::Open { next, .. } if offered || matches!(next.action, NextAction::AwaitChoice) => Ok(()),
        _ => Err("There is no appointment for you to choose at the moment. Please ring us if you expected one."),
    }
}

/// What came of a date of birth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BirthCheck {
    /// It was right: the pass with which an appointment is chosen.
    Passed(String),
    /// It was wrong; so many tries are left.
    Wrong(i64),
    /// Too many were wrong.
    Locked,
    /// The practice does not know it either.
    Unknown,
}

/// Checks a date of birth before an appointment is shown or chosen. After five wrong ones the item rests for a day.
pub async fn open_pass(tx: &mut Tx, organisation: OrganisationId, id: WorkItemId, born: Date) -> Result<BirthCheck, Failure> {
    let now = tx.now();
    let item = work_item::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    let Some(known) = item.birth_date else { return Ok(BirthCheck::Unknown) };
    let (wrong, locked) = self_book::checks(tx.conn(), organisation, id).await?;
    if locked.is_some_and(|until| until > now) {
        return Ok(BirthCheck::Locked);
    }
    if born != known {
        // A lock that has run out begins a new count.
        let wrong = if locked.is_some() { 1 } else { wrong + 1 };
        let lock = (wrong >= WRONG_BIRTHS).then(|| now + LOCKED);
        self_book::set_checks(tx.conn(), organisation, id, wrong, lock).await?;
        if lock.is_some() {
            let words = "Booking link locked for a day: five wrong dates of birth";
            tx.record(organisation, NewEvent::plain(Actor::Patient, Verb::SignInRefused, words).about(id, item.patient)).await?;
            return Ok(BirthCheck::Locked);
        }
        return Ok(BirthCheck::Wrong(WRONG_BIRTHS - wrong));
    }
    self_book::set_checks(tx.conn(), organisation, id, 0, None).await?;
    let pass = tx.ids().secret().as_str().to_owned();
    self_book::add_pass(tx.conn(), organisation, &pass, id, now + PASS).await?;
    Ok(BirthCheck::Passed(pass))
}

async fn chooser(tx: &mut Tx, practice: &Practice, item: WorkItemId) -> Result<WorkItem, Failure> {
    let item = work_item::load(tx.conn(), practice.organisation.id, item).await?.ok_or(Failure::NotFound)?;
    let now = tx.now();
    let offered = offer::open_of(tx.conn(), practice.organisation.id, item.id, now).await?.is_some();
    may_choose(&item, offered, now).map_err(|why| Failure::Refused(why.into()))?;
    Ok(item)
}

/// Keeps a slot for 15 minutes while the patient answers what is asked before.
pub async fn chooses(tx: &mut Tx, practice: &Practice, item: WorkItemId, slot: SlotId) -> Result<Held, Failure> {
    let organisation = practice.organisation.id;
    let item = chooser(tx, practice, item).await?;
    let now = tx.now();
    let slot = booking::slot(tx.conn(), organisation, slot).await?.ok_or(Failure::NotFound)?;
    let need = booking::need_of(tx.conn(), organisation, item.id, now).await?;
    fits(&slot, &need, now, &practice.calendar)?;
    let until = now + HOLD;
    if !booking::is_offered(tx.conn(), organisation, slot.id).await?
        || !booking::hold(tx.conn(), organisation, slot.id, item.id, None, now, until).await?
    {
        return Err(BookingRefusal::Taken.into());
    }
    let words = format!("Held {} with {} for 15 minutes", told_words(&slot, now), slot.clinician_name);
    tx.record(organisation, NewEvent::plain(Actor::Patient, Verb::SlotHeld, words).about(item.id, item.patient)).await?;
    Ok(Held { until })
}

/// What the patient says when they choose.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// The number to ring, when it is another one.
    pub phone: String,
    /// What they want us to know. It is read like everything that a patient writes: it may say that it is urgent.
    pub words: String,
}

/// Books the slot that the patient holds, with what they said; an appointment that stood is given up.
pub async fn takes(tx: &mut Tx, practice: &Practice, item: WorkItemId, slot: SlotId, said: &Said) -> Result<Booked, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let item = chooser(tx, practice, item).await?;
    let held = booking::hold_of(tx.conn(), organisation, item.id, now).await?;
    if held.is_none_or(|(held, ..)| held != slot) {
        return Err(BookingRefusal::HoldExpired.into());
    }
    let slot = booking::slot(tx.conn(), organisation, slot).await?.ok_or(Failure::NotFound)?;
    if !booking::is_offered(tx.conn(), organisation, slot.id).await? {
        return Err(BookingRefusal::Taken.into());
    }
    let booked = put(tx, practice, &Actor::Patient, &item, None, &slot, Telling::OfThis).await?;
    let number = if said.phone.is_empty() { String::new() } else { format!("Ring {}.", said.phone) };
    let answers = [number.as_str(), said.words.as_str()].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ");
    if !answers.is_empty() {
        self_book::set_answers(tx.conn(), organisation, booked.booking, &answers).await?;
    }
    if !number.is_empty() {
        act(tx, practice, &Act::new(Actor::Patient, item.id, None, Command::Note { text: number })).await?;
    }
    if !said.words.is_empty() {
        patient_writes(tx, practice, item.id, &said.words).await?;
    }
    Ok(booked)
}

/// Reminds somebody of an appointment, once; nothing when it was given up meanwhile.
pub async fn remind(tx: &mut Tx, practice: &Practice, booking: BookingId, item: WorkItemId) -> Result<bool, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    if !self_book::reminded(tx.conn(), organisation, booking, now).await? {
        return Ok(false);
    }
    let item = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    let slot = booking::slot_of(tx.conn(), organisation, booking).await?.ok_or(Failure::NotFound)?;
    let request = work_item::request(tx.conn(), organisation, item.id).await?.unwrap_or_default();
    let facts = Facts { when: told_on(&slot), place: place_of(&slot), who: slot.clinician_name.clone(), ..Facts::default() };
    send(tx, practice, &item, &request, "Reminders", Purpose::Reminder, facts).await?;
    Ok(true)
}

/// The patient gives the appointment up and still needs help: they may choose another one.
pub async fn give_up(tx: &mut Tx, practice: &Practice, item: WorkItemId) -> Result<Acted, Failure> {
    let organisation = practice.organisation.id;
    let item = chooser(tx, practice, item).await?;
    let now = tx.now();
    let State::Open { waiting: WaitingFor::Appointment { booking, .. }, .. } = item.position.state else {
        return Err(BookingRefusal::NothingBooked.into());
    };
    let slot = booking::slot_of(tx.conn(), organisation, booking).await?.ok_or(Failure::NotFound)?;
    let text = format!("Appointment {} cancelled by the patient, who still needs help", told_words(&slot, now));
    let facts = Facts { when: told_on(&slot), ..Facts::default() };
    act(tx, practice, &Act { actor: Actor::Patient, item: item.id, version: None, command: Command::CancelBooking { text }, facts }).await
}
