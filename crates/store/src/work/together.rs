//! Several appointments booked in one transaction: all of them, or none.

use portico_domain::{
    booking::{BookingRefusal, Slot, takes},
    pathway::Pathway,
    request::{Contact, Door, Kind, Person, Request},
    staff::Actor,
    together::TOGETHER_MAX,
    triage::Urgency,
    work_item::{Command, WorkItem},
};
use portico_nhs::{PatientId, SlotId, WorkItemId};

use super::{
    Act, Booked, Intake, Practice,
    act::act,
    book::{Telling, put, told_on},
    receive,
};
use crate::{
    Failure, Tx,
    queries::{booking, patient, work_item},
};

/// An appointment after the first.
#[derive(Debug, Clone)]
pub struct Part {
    /// The slot.
    pub slot: SlotId,
    /// What it is for.
    pub pathway: Pathway,
    /// For somebody else; `None` is the same patient.
    pub patient: Option<PatientId>,
}

/// Books the first appointment for an item and each further one for an item of its own that names the first. The patient is
/// told of all of theirs in one message; whoever else comes along is told of their own.
pub async fn book_together(
    tx: &mut Tx,
    practice: &Practice,
    (actor, version): (&Actor, i64),
    item: WorkItemId,
    first: SlotId,
    parts: &[Part],
) -> Result<Vec<Booked>, Failure> {
    if parts.is_empty() || parts.len() >= TOGETHER_MAX {
        return Err(Failure::Refused(format!("Book at least two and at most {TOGETHER_MAX} appointments together.")));
    }
    let organisation = practice.organisation.id;
    let (item, slot) = super::book::item_and_slot(tx, practice, item, first).await?;
    let mut slots = Vec::new();
    for part in parts {
        slots.push(booking::slot(tx.conn(), organisation, part.slot).await?.ok_or(Failure::NotFound)?);
    }
    let theirs = parts.iter().zip(&slots).filter(|(part, _)| part.patient.is_none()).map(|(_, s)| s);
    let all = std::iter::once(&slot).chain(theirs).map(told_on).collect::<Vec<_>>().join("; ");
    let mut booked = vec![put(tx, practice, actor, &item, Some(version), &slot, Telling::Of(all)).await?];
    for (part, slot) in parts.iter().zip(&slots) {
        booked.push(further(tx, practice, actor, &item, part, slot).await?);
    }
    Ok(booked)
}

/// One more appointment: an item of its own, triaged as the first one was or as planned care, and booked.
async fn further(tx: &mut Tx, practice: &Practice, actor: &Actor, of: &WorkItem, part: &Part, slot: &Slot) -> Result<Booked, Failure> {
    let organisation = practice.organisation.id;
    let said = work_item::request(tx.conn(), organisation, of.id).await?.unwrap_or_default();
    let (person, contact, who): (Person, Contact, Option<PatientId>) = match part.patient {
        Some(id) => {
            let known = patient::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
            (known.person, known.needs, Some(id))
        }
        None => (said.person, said.contact, of.patient),
    };
    let words = format!("Booked together with {}.", of.reference);
    let request = Request { person, contact, words, ..Request::default() };
    let intake = Intake { patient: who, about: Some(of.id), ..Intake::new(Kind::Appointment, Door::Staff, request, actor.clone()) };
    let made = receive(tx, practice, &intake).await?.item;
    // In the same visit it is as urgent as the first; what is days away has been planned.
    let beside = slot.starts <= tx.now() + jiff::SignedDuration::from_hours(24);
    let urgency = of.position.urgency.filter(|_| beside).unwrap_or(Urgency::Routine);
    let command = Command::Triage { urgency, pathway: Some(part.pathway), reason: format!("Planned together with {}", of.reference) };
    act(tx, practice, &Act::new(actor.clone(), made, None, command)).await?;
    if part.patient.is_none() && of.position.pathway == Some(part.pathway) {
        let service = work_item::service(tx.conn(), practice.organisation.id, of.id).await?;
        work_item::set_service(tx.conn(), practice.organisation.id, made, service).await?;
        let skill = work_item::skill(tx.conn(), practice.organisation.id, of.id).await?;
        work_item::set_skill(tx.conn(), practice.organisation.id, made, skill.as_deref()).await?;
    }
    let made = work_item::load(tx.conn(), organisation, made).await?.ok_or(Failure::NotFound)?;
    let now = tx.now();
    let need = booking::need_of(tx.conn(), organisation, made.id).await?;
    if slot.starts <= now {
        return Err(BookingRefusal::Past.into());
    }
    if !booking::is_offered(tx.conn(), organisation, slot.id).await? {
        return Err(BookingRefusal::Taken.into());
    }
    // Planned for its day, which may be past the time in which a new request would have to be seen.
    takes(slot, &need, now).map_err(BookingRefusal::DoesNotFit)?;
    let telling = if part.patient.is_some() { Telling::OfThis } else { Telling::Nothing };
    put(tx, practice, actor, &made, None, slot, telling).await
}
