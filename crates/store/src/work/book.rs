//! Booking: hold a slot while the patient is asked, book it, move it, cancel it.

use jiff::Timestamp;
use portico_domain::{
    booking::{BookingRefusal, HOLD, Slot, fits},
    event::Verb,
    message::Facts,
    record::Outcome,
    staff::Actor,
    work_item::{Command, State, WaitingFor, WorkItem},
};
use portico_nhs::{BookingId, SlotId, WorkItemId, uk_date, uk_date_long, uk_time, when_words};
use serde::{Deserialize, Serialize};

use super::{Act, Acted, Practice, act::act};
use crate::{
    Failure, NewEvent, Tx,
    queries::{
        booking::{self, Attendance},
        offer, work_item,
    },
};

/// A slot that is kept for an item.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Held {
    /// Until when.
    pub until: Timestamp,
}

/// A slot that is booked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Booked {
    /// The booking.
    pub booking: BookingId,
    /// What happened, in words.
    pub words: String,
    /// The item's version now.
    pub version: i64,
}

pub(super) async fn item_and_slot(tx: &mut Tx, practice: &Practice, item: WorkItemId, slot: SlotId) -> Result<(WorkItem, Slot), Failure> {
    let organisation = practice.organisation.id;
    let item = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    let slot = booking::slot(tx.conn(), organisation, slot).await?.ok_or(Failure::NotFound)?;
    let now = tx.now();
    if !booking::is_offered(tx.conn(), organisation, slot.id).await? {
        return Err(BookingRefusal::Taken.into());
    }
    let need = booking::need_of(tx.conn(), organisation, item.id).await?;
    fits(&slot, &need, now, &practice.calendar)?;
    Ok((item, slot))
}

/// Holds a slot for 15 minutes while the patient is asked.
pub async fn hold(tx: &mut Tx, practice: &Practice, actor: &Actor, item: WorkItemId, slot: SlotId) -> Result<Held, Failure> {
    let organisation = practice.organisation.id;
    let Some(staff) = actor.staff_id() else { return Err(Failure::Refused("Only staff hold slots.".into())) };
    let (item, slot) = item_and_slot(tx, practice, item, slot).await?;
    if !item.is_open() {
        return Err(Failure::Refused("This item is closed. Undo the closing first.".into()));
    }
    let now = tx.now();
    let until = now + HOLD;
    if !booking::hold(tx.conn(), organisation, slot.id, item.id, Some(staff), now, until).await? {
        return Err(BookingRefusal::Taken.into());
    }
    let words = format!("Held {} with {} for 15 minutes", when_words(slot.starts, now), slot.clinician_name);
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::SlotHeld, words).about(item.id, item.patient)).await?;
    Ok(Held { until })
}

/// Lets go of whatever the item holds.
pub async fn let_go(tx: &mut Tx, practice: &Practice, item: WorkItemId) -> Result<(), Failure> {
    Ok(booking::let_go(tx.conn(), practice.organisation.id, item).await?)
}

/// Books a slot; an appointment that stood is given up in the same transaction.
pub async fn book(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    item: WorkItemId,
    version: Option<i64>,
    slot: SlotId,
) -> Result<Booked, Failure> {
    let (item, slot) = item_and_slot(tx, practice, item, slot).await?;
    put(tx, practice, actor, &item, version, &slot, Telling::OfThis).await
}

/// What the patient is told when a slot is booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Of this appointment.
    OfThis,
    /// Of this one and others, in these words for when.
    Of(String),
    /// Nothing: another message names it.
    Nothing,
}

/// Books a slot that has been found to fit, or that the patient had before.
pub(crate) async fn put(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    item: &WorkItem,
    version: Option<i64>,
    slot: &Slot,
    telling: Telling,
) -> Result<Booked, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let standing = match item.position.state {
        State::Open { waiting: WaitingFor::Appointment { booking, .. }, .. } => Some(booking),
        _ => None,
    };
    if let Some(standing) = standing {
        booking::end(tx.conn(), organisation, standing, "moved", now).await?;
    }
    let id: BookingId = tx.ids().next();
    if !booking::claim(tx.conn(), organisation, slot.id, item.id, item.patient, id, now).await? {
        return Err(BookingRefusal::Taken.into());
    }
    offer::settle(tx.conn(), organisation, slot.id, item.id).await?;
    let (when, place) = (told_words(slot, now), place_of(slot));
    let words = format!(
        "{} {when}, {} with {}",
        if standing.is_some() { "Moved to" } else { "Booked" },
        slot.kind.mode.label(),
        slot.clinician_name
    );
    let (moved, tells) = (standing.is_some(), telling != Telling::Nothing);
    let command = Command::Book { booking: id, starts: slot.starts, ends: slot.ends, text: words.clone(), moved, tells };
    let told = match telling {
        Telling::Of(all) => all,
        Telling::OfThis | Telling::Nothing => told_on(slot),
    };
    let facts = Facts { when: told, place, who: slot.clinician_name.clone(), ..Facts::default() };
    let Acted { version, .. } = act(tx, practice, &Act { actor: actor.clone(), item: item.id, version, command, facts }).await?;
    Ok(Booked { booking: id, words, version })
}

/// One more slot in a session that is full.
#[derive(Debug, Clone)]
pub struct Extra {
    /// A slot of the session that it is like.
    pub like: SlotId,
    /// When it begins, on the session's day.
    pub starts: Timestamp,
    /// Why.
    pub reason: String,
}

/// Adds a slot to a session for one patient, with a reason, and books it; it goes when the appointment is given up.
pub async fn overbook(
    tx: &mut Tx,
    practice: &Practice,
    (actor, version): (&Actor, i64),
    item: WorkItemId,
    extra: &Extra,
) -> Result<Booked, Failure> {
    let organisation = practice.organisation.id;
    let reason = extra.reason.trim();
    if reason.is_empty() {
        return Err(Failure::Refused("Say why the session is overbooked. The clinician reads it.".into()));
    }
    let (item, like) = item_and_slot(tx, practice, item, extra.like).await?;
    let session = booking::session_of(tx.conn(), organisation, like.id).await?.ok_or(Failure::NotFound)?;
    let ends = extra.starts + like.ends.duration_since(like.starts);
    let slot = Slot { id: tx.ids().next(), starts: extra.starts, ends, ..like };
    let now = tx.now();
    let need = booking::need_of(tx.conn(), organisation, item.id).await?;
    fits(&slot, &need, now, &practice.calendar)?;
    booking::insert_slots(tx.conn(), organisation, session, std::slice::from_ref(&slot)).await?;
    booking::set_extra(tx.conn(), organisation, slot.id, reason).await?;
    let words = format!("Overbooked {} with {}: {reason}", told_words(&slot, now), slot.clinician_name);
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::SlotHeld, words).about(item.id, item.patient)).await?;
    put(tx, practice, actor, &item, Some(version), &slot, Telling::OfThis).await
}

/// When, as a person would say it: a window of time for slots that have one.
pub fn told_words(slot: &Slot, now: Timestamp) -> String {
    match slot.told() {
        (from, Some(until)) => format!("{} to {}", when_words(from, now), uk_time(until)),
        (at, None) => when_words(at, now),
    }
}

/// When, with its date, for a message that is read on another day.
pub fn told_on(slot: &Slot) -> String {
    let day = uk_date_long(uk_date(slot.starts));
    match slot.told() {
        (from, Some(until)) => format!("{day} between {} and {}", uk_time(from), uk_time(until)),
        (at, None) => format!("{day} at {}", uk_time(at)),
    }
}

/// Where to be, as the patient is told.
pub fn place_of(slot: &Slot) -> String {
    use portico_domain::booking::Mode;
    match slot.kind.mode {
        Mode::FaceToFace => slot.site.clone(),
        Mode::Telephone => "by telephone: we ring you".into(),
        Mode::Video => "by video: the clinician sends you the link when it begins".into(),
        Mode::HomeVisit => "at your home".into(),
    }
}

/// Gives an appointment up and tells the patient.
pub async fn cancel_booking(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    item: WorkItemId,
    version: Option<i64>,
    why: &str,
) -> Result<Acted, Failure> {
    let organisation = practice.organisation.id;
    let found = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    let State::Open { waiting: WaitingFor::Appointment { booking, .. }, .. } = found.position.state else {
        return Err(BookingRefusal::NothingBooked.into());
    };
    let slot = booking::slot_of(tx.conn(), organisation, booking).await?;
    let now = tx.now();
    let when = slot.as_ref().map_or_else(String::new, |s| told_words(s, now));
    let on = slot.as_ref().map_or_else(String::new, told_on);
    let why = why.trim();
    let text = if why.is_empty() { format!("Appointment {when} cancelled") } else { format!("Appointment {when} cancelled: {why}") };
    let facts = Facts { when: on, ..Facts::default() };
    act(tx, practice, &Act { actor: actor.clone(), item, version, command: Command::CancelBooking { text, tells: true }, facts }).await
}

/// Gives up every appointment to come of those that belong together with an item's, for the same patient, and tells them in
/// one message. The request that they were booked for stays open for what happens instead; the items of the others are closed.
/// Answers the one that stays.
pub async fn cancel_together(
    tx: &mut Tx,
    practice: &Practice,
    (actor, version): (&Actor, i64),
    item: WorkItemId,
    why: &str,
) -> Result<WorkItemId, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let seen = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    if seen.version != version {
        return Err(Failure::Stale);
    }
    let all = work_item::together(tx.conn(), organisation, item, now).await?;
    let among = |id: WorkItemId| all.iter().any(|(other, _)| *other == id);
    let first = all.iter().find(|(_, about)| about.is_none_or(|a| !among(a)));
    let kept = first.or(all.first()).map(|(id, _)| *id).filter(|_| among(item)).ok_or(BookingRefusal::NothingBooked)?;
    let mut on = Vec::new();
    for (id, _) in &all {
        let Some((booking, _)) = booking::standing(tx.conn(), organisation, *id, now).await? else { continue };
        on.extend(booking::slot_of(tx.conn(), organisation, booking).await?.as_ref().map(told_on));
    }
    let why = why.trim();
    let more = if why.is_empty() { String::new() } else { format!(": {why}") };
    let text = format!("All {} appointments that belong together cancelled{more}", on.len());
    let reference = work_item::load(tx.conn(), organisation, kept).await?.ok_or(Failure::NotFound)?.reference;
    let system = Actor::System { job: format!("Cancelled together by {}", actor.name()) };
    for (id, _) in &all {
        if !work_item::load(tx.conn(), organisation, *id).await?.ok_or(Failure::NotFound)?.is_open() {
            let why = "Opened again: its appointment is cancelled with the others".to_owned();
            act(tx, practice, &Act::new(system.clone(), *id, None, Command::Reopen { why })).await?;
        }
        let tells = *id == kept;
        let facts = Facts { when: if tells { on.join("; ") } else { String::new() }, ..Facts::default() };
        let command = Command::CancelBooking { text: text.clone(), tells };
        act(tx, practice, &Act { actor: actor.clone(), item: *id, version: None, command, facts }).await?;
        // What has turned red meanwhile is not closed by this.
        if *id != kept && !work_item::load(tx.conn(), organisation, *id).await?.is_some_and(|i| i.is_red()) {
            let text = format!("Cancelled together with {reference}{more}");
            let close = Command::Close { outcome: Outcome::AdminDone, code: None, text };
            act(tx, practice, &Act::new(system.clone(), *id, None, close)).await?;
        }
    }
    Ok(kept)
}

/// Marks that somebody came, left or did not come, on the day or afterwards. Who did not come is on a list until contacted.
pub async fn attend(tx: &mut Tx, practice: &Practice, actor: &Actor, id: BookingId, what: Attendance) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let item = booking::item_of(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    let item = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    let slot = booking::slot_of(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    if what == Attendance::Missed && slot.starts > now {
        return Err(Failure::Refused("The appointment has not begun yet. Mark it once its time has come.".into()));
    }
    // Noted on a later day it happened when it was to happen, as far as anybody knows.
    let at = match what {
        _ if uk_date(slot.starts) >= uk_date(now) => now,
        Attendance::Left => slot.ends,
        Attendance::Arrived | Attendance::Missed | Attendance::Expected => slot.starts,
    };
    if !booking::attend(tx.conn(), organisation, id, what, at).await? {
        return Err(Failure::Stale);
    }
    // Of a request that was closed as booked, whoever was not seen is somebody's work again.
    if !item.is_open() && what != Attendance::Missed {
        let words = if what == Attendance::Expected {
            "What was noted about coming to the appointment was taken back"
        } else {
            "Came to the appointment"
        };
        tx.record(organisation, NewEvent::plain(actor.clone(), Verb::Attended, words).about(item.id, item.patient)).await?;
        return Ok(());
    }
    let command = match what {
        Attendance::Missed => Command::DidNotAttend,
        Attendance::Arrived | Attendance::Left | Attendance::Expected => {
            Command::Attended { booking: id, starts: slot.starts, ends: slot.ends, came: what != Attendance::Expected }
        }
    };
    act(tx, practice, &Act::new(actor.clone(), item.id, None, command)).await?;
    Ok(())
}
