//! A slot that has become free is offered, taken, declined, or offered to the next.

use portico_domain::{
    event::Verb,
    message::{Facts, Purpose},
    offer::{self as rules_of, OfferRules},
    request::Request,
    staff::Actor,
    work_item::WorkItem,
};
use portico_nhs::{SlotId, WorkItemId, when_words};
use uuid::Uuid;

use super::{
    Practice,
    act::{is_reached_now, send},
    book::{place_of, told_on, told_words},
};
use crate::{
    Failure, NewEvent, Tx,
    queries::{booking, offer, work_item},
};

/// Offers a slot that has become free to those for whom it is; says to how many. With nobody to offer it to, it is one of
/// the free ones again. Offered to one person, it is kept for them while the offer stands.
/// Whoever a message would not reach in time is left out.
pub async fn offer_slot(tx: &mut Tx, practice: &Practice, slot: SlotId, rules: &OfferRules) -> Result<usize, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let found = booking::slot(tx.conn(), organisation, slot).await?.ok_or(Failure::NotFound)?;
    let Some(until) = rules_of::stands_until(&found, rules, now) else {
        offer::not_freed(tx.conn(), organisation, slot).await?;
        return Ok(0);
    };
    let waiting = offer::waiting(tx.conn(), organisation, slot, now).await?;
    let mut chosen: Vec<(WorkItem, Request)> = Vec::new();
    for id in rules_of::who(&found, &waiting, now, &practice.calendar) {
        let item = work_item::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
        let request = work_item::request(tx.conn(), organisation, id).await?.unwrap_or_default();
        if is_reached_now(tx, practice, &item, &request, Purpose::SlotOffered).await? {
            chosen.push((item, request));
        }
        if chosen.len() == usize::from(rules.at_once) {
            break;
        }
    }
    if chosen.is_empty() {
        offer::not_freed(tx.conn(), organisation, slot).await?;
        return Ok(0);
    }
    for (item, request) in &chosen {
        if chosen.len() == 1 && !booking::hold(tx.conn(), organisation, slot, item.id, None, now, until).await? {
            return Ok(0);
        }
        let offered: Uuid = tx.ids().next();
        offer::insert(tx.conn(), organisation, offered, (slot, item.id), (now, until)).await?;
        let words = format!("Offered {} with {} until {}", told_words(&found, now), found.clinician_name, when_words(until, now));
        let by = Actor::System { job: "Freed slots".into() };
        tx.record(organisation, NewEvent::plain(by, Verb::SlotOffered, words).about(item.id, item.patient)).await?;
        let facts = Facts {
            when: told_on(&found),
            place: place_of(&found),
            who: found.clinician_name.clone(),
            due: when_words(until, now),
            ..Facts::default()
        };
        send(tx, practice, item, request, "Freed slots", Purpose::SlotOffered, facts).await?;
    }
    Ok(chosen.len())
}

/// The patient does not want what they are offered: the next is asked.
pub async fn decline_offer(tx: &mut Tx, practice: &Practice, item: WorkItemId) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let offered = offer::open_of(tx.conn(), organisation, item, now).await?;
    if !offer::decline(tx.conn(), organisation, item).await? {
        return Err(Failure::Refused("The offer has run out already. What you had stays as it is.".into()));
    }
    if let Some((slot, _)) = offered {
        booking::let_go_of(tx.conn(), organisation, item, slot).await?;
    }
    tx.record(organisation, NewEvent::plain(Actor::Patient, Verb::SlotOffered, "Did not want the slot that was offered").about(item, None))
        .await?;
    Ok(())
}

/// Staff take a slot back that is on offer, for somebody who cannot wait: it is one of the free ones again. Who presses "take
/// it" meanwhile is told that the offer has run out.
pub async fn take_back_offer(tx: &mut Tx, practice: &Practice, actor: &Actor, slot: SlotId) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let offered = offer::take_back(tx.conn(), organisation, slot).await?;
    if offered.is_empty() {
        return Err(Failure::Refused("It is not on offer any more. See what became of it.".into()));
    }
    offer::not_freed(tx.conn(), organisation, slot).await?;
    for item in offered {
        booking::let_go_of(tx.conn(), organisation, item, slot).await?;
        let words = "The slot that was offered was taken back by staff";
        tx.record(organisation, NewEvent::plain(actor.clone(), Verb::SlotOffered, words).about(item, None)).await?;
    }
    Ok(())
}

/// Whether a patient with an appointment wants an earlier one.
pub async fn want_earlier(tx: &mut Tx, practice: &Practice, item: WorkItemId, wants: bool) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    offer::set_wants_earlier(tx.conn(), organisation, item, wants).await?;
    let words = if wants { "Wants an earlier appointment when one becomes free" } else { "No longer wants an earlier appointment" };
    tx.record(organisation, NewEvent::plain(Actor::Patient, Verb::SlotOffered, words).about(item, None)).await?;
    Ok(())
}

/// Sets how the practice offers what has become free.
pub async fn set_offer_rules(tx: &mut Tx, practice: &Practice, actor: &Actor, rules: &OfferRules) -> Result<(), Failure> {
    if let Some(fault) = rules.fault() {
        return Err(Failure::Refused(fault.into()));
    }
    let organisation = practice.organisation.id;
    offer::set_rules(tx.conn(), organisation, rules).await?;
    let words = if rules.on {
        format!("Freed slots are offered to {} at once for {} minutes", rules.at_once, rules.minutes)
    } else {
        "Freed slots are not offered".to_owned()
    };
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::RotaChanged, words)).await?;
    Ok(())
}
