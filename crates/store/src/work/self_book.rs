//! Choosing an appointment oneself, by a private link, after triage.

use jiff::{SignedDuration, Timestamp, civil::Date};
use portico_domain::{
    booking::{BookingRefusal, HOLD, fits},
    event::Verb,
    message::{Facts, Purpose},
    request::{Door, Kind, Request},
    staff::Actor,
    triage::Urgency,
    work_item::{Command, NextAction, State, WaitingFor, WorkItem},
};
use portico_nhs::{BookingId, OrganisationId, PatientId, SlotId, WorkItemId};
use serde::{Deserialize, Serialize};

use super::{
    Act, Acted, Intake, Practice,
    act::{act, patient_writes, send},
    book::{Booked, Held, Telling, place_of, put, told_on, told_words},
    receive,
};
use crate::{
    Conn, Failure, NewEvent, StoreError, Tx,
    queries::{
        batch::{self, Batch},
        booking,
        invitation::{self, Invitation},
        offer, patient, self_book, work_item,
    },
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
    act(tx, practice, &Act::new(actor.clone(), item, version, Command::InviteToBook { tells: true })).await
}

/// The appointment of an item: the one it waits for, or one still to come of an item that was closed as booked.
pub async fn standing(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: &WorkItem,
    now: Timestamp,
) -> Result<Option<(BookingId, Timestamp)>, StoreError> {
    match item.position.state {
        State::Open { waiting: WaitingFor::Appointment { booking, starts }, .. } => Ok(Some((booking, starts))),
        State::Open { .. } => Ok(None),
        State::Closed { .. } => booking::standing(conn, organisation, item.id, now).await,
    }
}

/// Whether the patient may choose, or change the appointment that begins at `standing`, now: by itself or because a slot is
/// `offered` to them; says why not, in a sentence to them.
pub fn may_choose(item: &WorkItem, standing: Option<Timestamp>, offered: bool, now: Timestamp) -> Result<(), &'static str> {
    if item.position.urgency == Some(Urgency::Emergency) {
        return Err("What you told us may be an emergency, so a person books for you. If you have not heard from us, call 999 now.");
    }
    match (standing, &item.position.state) {
        (Some(starts), _) if starts.duration_since(now) < CHANGE_UNTIL => {
            Err("Your appointment begins in less than an hour or has begun. Please ring us.")
        }
        (Some(_), _) => Ok(()),
        (None, State::Open { next, .. }) if offered || matches!(next.action, NextAction::AwaitChoice) => Ok(()),
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
    let tries = self_book::checks(tx.conn(), organisation, id).await?;
    match tried((born, known), tries, now) {
        Tried::Resting => Ok(BirthCheck::Locked),
        Tried::Right => {
            self_book::set_checks(tx.conn(), organisation, id, 0, None).await?;
            pass_for(tx, organisation, id).await
        }
        Tried::Wrong(wrong, lock) => {
            self_book::set_checks(tx.conn(), organisation, id, wrong, lock).await?;
            told_wrong(tx, organisation, (id, item.patient), (wrong, lock)).await
        }
    }
}

/// A date of birth against the one that is known.
enum Tried {
    /// Too many were wrong, and the day is not over.
    Resting,
    /// It is the one.
    Right,
    /// It is not: how many were wrong now, and until when the link rests.
    Wrong(i64, Option<Timestamp>),
}

/// A lock that has run out begins a new count.
fn tried((born, known): (Date, Date), (wrong, locked): (i64, Option<Timestamp>), now: Timestamp) -> Tried {
    if locked.is_some_and(|until| until > now) {
        return Tried::Resting;
    }
    if born == known {
        return Tried::Right;
    }
    let wrong = if locked.is_some() { 1 } else { wrong + 1 };
    Tried::Wrong(wrong, (wrong >= WRONG_BIRTHS).then(|| now + LOCKED))
}

async fn told_wrong(
    tx: &mut Tx,
    organisation: OrganisationId,
    (item, patient): (WorkItemId, Option<PatientId>),
    (wrong, lock): (i64, Option<Timestamp>),
) -> Result<BirthCheck, Failure> {
    if lock.is_none() {
        return Ok(BirthCheck::Wrong(WRONG_BIRTHS - wrong));
    }
    let words = "Booking link locked for a day: five wrong dates of birth";
    tx.record(organisation, NewEvent::plain(Actor::Patient, Verb::SignInRefused, words).about(item, patient)).await?;
    Ok(BirthCheck::Locked)
}

async fn pass_for(tx: &mut Tx, organisation: OrganisationId, item: WorkItemId) -> Result<BirthCheck, Failure> {
    let until = tx.now() + PASS;
    let pass = tx.ids().secret().as_str().to_owned();
    self_book::add_pass(tx.conn(), organisation, &pass, item, until).await?;
    Ok(BirthCheck::Passed(pass))
}

/// Opens an invitation of a message to many: with the right date of birth its item is made, once, and they choose.
pub async fn open_invitation(tx: &mut Tx, practice: &Practice, token: &str, born: Date) -> Result<BirthCheck, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let invited = invitation::load(tx.conn(), organisation, token, now).await?.ok_or(Failure::NotFound)?;
    let of = batch::load(tx.conn(), organisation, invited.batch).await?.ok_or(Failure::NotFound)?;
    let known = patient::load(tx.conn(), organisation, invited.patient).await?.ok_or(Failure::NotFound)?;
    let Some(known_birth) = known.person.birth_date else { return Ok(BirthCheck::Unknown) };
    match tried((born, known_birth), (invited.wrong, invited.locked), now) {
        Tried::Resting => Ok(BirthCheck::Locked),
        Tried::Wrong(wrong, lock) => {
            invitation::set_checks(tx.conn(), organisation, &invited, wrong, lock).await?;
            told_wrong(tx, organisation, (of.item, Some(invited.patient)), (wrong, lock)).await
        }
        Tried::Right => {
            invitation::set_checks(tx.conn(), organisation, &invited, 0, None).await?;
            let item = match invited.item {
                Some(item) => item,
                None => invited_item(tx, practice, (&of, &invited), known).await?,
            };
            pass_for(tx, organisation, item).await
        }
    }
}

/// The item of somebody who was invited: planned care, triaged by whoever wrote the invitation, theirs to choose a time for.
async fn invited_item(
    tx: &mut Tx,
    practice: &Practice,
    (of, invited): (&Batch, &Invitation),
    known: patient::Patient,
) -> Result<WorkItemId, Failure> {
    let organisation = practice.organisation.id;
    let invites = of.invites.ok_or(Failure::NotFound)?;
    let words = format!("Invited to book: {}.", invites.service.map_or(of.name.as_str(), |s| s.label()));
    let request = Request { person: known.person, contact: known.needs, words, ..Request::default() };
    let system = Actor::System { job: format!("Invitation by {}", of.made_by) };
    let intake = Intake {
        patient: Some(invited.patient),
        about: Some(of.item),
        ..Intake::new(Kind::Appointment, Door::Staff, request, system.clone())
    };
    let item = receive(tx, practice, &intake).await?.item;
    let reason = format!("Invited with the message to many “{}”", of.name);
    let triage = Command::Triage { urgency: Urgency::Routine, pathway: Some(invites.pathway), reason };
    act(tx, practice, &Act::new(system.clone(), item, None, triage)).await?;
    work_item::set_service(tx.conn(), organisation, item, invites.service).await?;
    act(tx, practice, &Act::new(system, item, None, Command::InviteToBook { tells: false })).await?;
    invitation::set_item(tx.conn(), organisation, invited, item).await?;
    Ok(item)
}

async fn chooser(tx: &mut Tx, practice: &Practice, item: WorkItemId) -> Result<WorkItem, Failure> {
    let organisation = practice.organisation.id;
    let item = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    let now = tx.now();
    let offered = offer::open_of(tx.conn(), organisation, item.id, now).await?.is_some();
    let standing = standing(tx.conn(), organisation, &item, now).await?.map(|(_, starts)| starts);
    may_choose(&item, standing, offered, now).map_err(|why| Failure::Refused(why.into()))?;
    Ok(item)
}

/// The same, for whoever changes something: an item that was closed as booked is open again first.
async fn opened(tx: &mut Tx, practice: &Practice, item: WorkItemId) -> Result<WorkItem, Failure> {
    let item = chooser(tx, practice, item).await?;
    if item.is_open() {
        return Ok(item);
    }
    let why = "Opened again: the patient changes the appointment".to_owned();
    let link = Actor::System { job: "Booking link".into() };
    act(tx, practice, &Act::new(link, item.id, None, Command::Reopen { why })).await?;
    work_item::load(tx.conn(), practice.organisation.id, item.id).await?.ok_or(Failure::NotFound)
}

/// Keeps a slot for 15 minutes while the patient answers what is asked before.
pub async fn chooses(tx: &mut Tx, practice: &Practice, item: WorkItemId, slot: SlotId) -> Result<Held, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    // In a rush most come too late, and nobody else is written for until they have been told: one question first.
    if !booking::is_free(tx.conn(), organisation, slot, item, now).await? {
        return Err(BookingRefusal::Taken.into());
    }
    let item = chooser(tx, practice, item).await?;
    let slot = booking::slot(tx.conn(), organisation, slot).await?.ok_or(Failure::NotFound)?;
    let need = booking::need_of(tx.conn(), organisation, item.id).await?;
    fits(&slot, &need, now, &practice.calendar)?;
    // A slot that was offered stays theirs as long as they were told.
    let offered = offer::open_of(tx.conn(), organisation, item.id, now).await?.filter(|(of, _)| *of == slot.id);
    let until = offered.map_or(now + HOLD, |(_, until)| until.max(now + HOLD));
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
    let item = opened(tx, practice, item).await?;
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
pub async fn give_up(tx: &mut Tx, practice: &Practice, item: WorkItemId, seen: Option<BookingId>) -> Result<Acted, Failure> {
    let organisation = practice.organisation.id;
    let item = opened(tx, practice, item).await?;
    let now = tx.now();
    let State::Open { waiting: WaitingFor::Appointment { booking, .. }, .. } = item.position.state else {
        return Err(BookingRefusal::NothingBooked.into());
    };
    if seen.is_some_and(|seen| seen != booking) {
        return Err(Failure::Refused(
            "Your appointment has been changed since you opened this page. Look at it again before you cancel it.".into(),
        ));
    }
    let slot = booking::slot_of(tx.conn(), organisation, booking).await?.ok_or(Failure::NotFound)?;
    let text = format!("Appointment {} cancelled by the patient, who still needs help", told_words(&slot, now));
    let facts = Facts { when: told_on(&slot), ..Facts::default() };
    act(
        tx,
        practice,
        &Act { actor: Actor::Patient, item: item.id, version: None, command: Command::CancelBooking { text, tells: true }, facts },
    )
    .await
}
