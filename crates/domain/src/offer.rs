//! A slot that has become free is offered to those who wait, in clinical order, until one of them takes it.

use jiff::{SignedDuration, Timestamp};
use portico_nhs::{Calendar, WorkItemId, london};
use serde::{Deserialize, Serialize};

use crate::{
    booking::{Need, Slot, takes},
    pathway::Pathway,
};

/// A slot that begins sooner than this is not offered any more: nobody could get there.
pub const AT_LEAST: SignedDuration = SignedDuration::from_hours(2);
/// An appointment is only brought forward by at least this much: less is not worth a message.
pub const EARLIER: SignedDuration = SignedDuration::from_hours(24);
/// Offers that one person gets in a day.
pub const A_DAY: u32 = 3;
/// The hours of the day in England in which offers are made.
const HOURS: std::ops::Range<i8> = 8..20;

/// How a practice offers what has become free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferRules {
    /// Whether it is offered at all.
    pub on: bool,
    /// How many people at once; with more than one, whoever is first gets it.
    pub at_once: u8,
    /// How long an offer stands, in minutes.
    pub minutes: u16,
}

impl Default for OfferRules {
    fn default() -> Self {
        Self { on: true, at_once: 1, minutes: 120 }
    }
}

impl OfferRules {
    /// What is wrong with them, in a sentence.
    pub fn fault(&self) -> Option<&'static str> {
        match self {
            OfferRules { at_once, .. } if !(1..=10).contains(at_once) => Some("Offer a slot to 1 to 10 people at once."),
            OfferRules { minutes, .. } if !(15..=1440).contains(minutes) => Some("Let an offer stand for 15 minutes to a day."),
            _ => None,
        }
    }
}

/// Somebody who may be offered a slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Waits {
    /// The request.
    pub item: WorkItemId,
    /// What is needed.
    pub need: Need,
    /// When they asked.
    pub received_at: Timestamp,
    /// When their appointment begins, of those who have one and want an earlier one.
    pub booked: Option<Timestamp>,
    /// Offers that they got in the last day.
    pub offers: u32,
}

/// Whether offers are made at this hour.
pub fn is_hour(now: Timestamp) -> bool {
    HOURS.contains(&now.to_zoned(london()).hour())
}

/// Until when an offer of a slot stands; `None` when it begins too soon to be offered.
pub fn stands_until(slot: &Slot, rules: &OfferRules, now: Timestamp) -> Option<Timestamp> {
    let latest = slot.starts - AT_LEAST / 2;
    let until = now + SignedDuration::from_mins(i64::from(rules.minutes));
    (slot.starts.duration_since(now) >= AT_LEAST).then(|| until.min(latest))
}

/// Who is offered a slot, first the one whom it is for: the most urgent, of those who has waited longest. Who has an
/// appointment comes after those of the same urgency who have none.
pub fn who(slot: &Slot, waiting: &[Waits], now: Timestamp, calendar: &Calendar) -> Vec<WorkItemId> {
    let may = |w: &&Waits| {
        let Some(urgency) = w.need.urgency else { return false };
        let in_time = slot.starts <= w.need.until(urgency, now, calendar);
        let earlier = w.booked.is_none_or(|at| at.duration_since(slot.starts) >= EARLIER);
        let pathway = w.need.pathway.is_some_and(Pathway::takes_bookings);
        pathway && in_time && earlier && w.offers < A_DAY && takes(slot, &w.need, now).is_ok()
    };
    let mut fitting: Vec<&Waits> = waiting.iter().filter(may).collect();
    fitting.sort_by_key(|w| (w.need.urgency, w.booked.is_some(), w.received_at, w.item));
    fitting.into_iter().map(|w| w.item).collect()
}

#[cfg(test)]
mod tests {
    use portico_nhs::{SlotId, StaffId};
    use uuid::Uuid;

    use super::*;
    use crate::{
        booking::{Mode, SlotCategory, SlotKind},
        triage::Urgency,
    };

    fn now() -> Timestamp {
        "2026-01-05T09:00:00Z".parse().unwrap()
    }

    fn slot(hours: i64) -> Slot {
        let starts = now() + SignedDuration::from_hours(hours);
        Slot {
            id: SlotId(Uuid::nil()),
            clinician: StaffId(Uuid::nil()),
            clinician_name: "Dr Osei".into(),
            site: "Main surgery".into(),
            starts,
            ends: starts + SignedDuration::from_mins(10),
            release_at: None,
            kind: SlotKind::new(Pathway::Gp, SlotCategory::ConsultationRoutine, Mode::FaceToFace),
        }
    }

    fn waits(n: u128, urgency: Urgency, days_ago: i64) -> Waits {
        Waits {
            item: WorkItemId(Uuid::from_u128(n)),
            need: Need { pathway: Some(Pathway::Gp), urgency: Some(urgency), ..Need::default() },
            received_at: now() - SignedDuration::from_hours(24 * days_ago),
            booked: None,
            offers: 0,
        }
    }

    fn order(slot: &Slot, waiting: &[Waits]) -> Vec<u128> {
        who(slot, waiting, now(), &Calendar::default()).into_iter().map(|i| i.0.as_u128()).collect()
    }

    #[test]
    fn the_most_urgent_first_then_who_has_waited_longest() {
        let booked = Waits { booked: Some(now() + SignedDuration::from_hours(24 * 9)), ..waits(4, Urgency::Routine, 20) };
        let waiting = [waits(1, Urgency::Routine, 1), waits(2, Urgency::Routine, 9), waits(3, Urgency::Soon, 0), booked];
        assert_eq!(order(&slot(24), &waiting), [3, 2, 1, 4]);
        assert_eq!(order(&slot(24 * 6), &waiting), [2, 1, 4], "too late for the one who must be seen soon");
    }

    #[test]
    fn nobody_is_offered_what_does_not_help_or_too_often() {
        let nearly = Waits { booked: Some(slot(24).starts + SignedDuration::from_hours(5)), ..waits(1, Urgency::Routine, 1) };
        let often = Waits { offers: A_DAY, ..waits(2, Urgency::Routine, 1) };
        let nurse =
            Waits { need: Need { pathway: Some(Pathway::Nurse), ..waits(3, Urgency::Routine, 1).need }, ..waits(3, Urgency::Routine, 1) };
        let unread = Waits { need: Need { urgency: None, ..waits(4, Urgency::Routine, 1).need }, ..waits(4, Urgency::Routine, 1) };
        assert_eq!(order(&slot(24), &[nearly, often, nurse, unread]), [0u128; 0]);
    }

    #[test]
    fn an_offer_ends_an_hour_before_the_slot_at_the_latest() {
        let rules = OfferRules::default();
        assert_eq!(stands_until(&slot(24), &rules, now()), Some(now() + SignedDuration::from_hours(2)));
        assert_eq!(stands_until(&slot(2), &rules, now()), Some(now() + SignedDuration::from_hours(1)));
        assert_eq!(stands_until(&slot(1), &rules, now()), None);
        assert!(is_hour(now()) && !is_hour("2026-01-05T21:00:00Z".parse().unwrap()));
    }
}
