//! Allocation: of all ways to give today's free slots to the requests that wait for one, the best. Urgency counts before
//! everything else, then how many are seen, then continuity, language and how soon.

use jiff::Timestamp;
use pathfinding::{kuhn_munkres::kuhn_munkres, matrix::Matrix};
use portico_nhs::{Calendar, Postcode, SlotId, StaffId, WorkItemId, codes};
use serde::{Deserialize, Serialize};

use crate::{
    booking::{Mode, Need, Slot, takes},
    triage::Urgency,
};

/// More requests than this are not allocated at once.
pub const MOST: usize = 500;

/// A request that waits for a slot.
#[derive(Debug, Clone)]
pub struct Wants {
    /// Its item.
    pub item: WorkItemId,
    /// What it needs.
    pub need: Need,
    /// Since when it waits.
    pub received_at: Timestamp,
    /// The clinician whom the patient usually sees.
    pub usual: Option<StaffId>,
    /// The language of the interpreter that the patient needs, in lower case.
    pub language: Option<String>,
    /// Where the patient lives.
    pub home: Option<Postcode>,
}

/// How the patient gets to an appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// They stay at home: a call, or a visit.
    None,
    /// To a place.
    To(Postcode),
    /// Nobody has said where it is.
    Unknown,
}

impl Way {
    /// The way to each of some slots: the postcode stands in the name of its site. Where no site names one there is nothing to
    /// compare, and a call is not put before a visit to the practice because its way is known.
    pub fn to_each(slots: &[Slot]) -> Vec<Way> {
        let way = |slot: &Slot| match slot.kind.mode {
            Mode::FaceToFace => Postcode::in_text(&slot.site).map_or(Way::Unknown, Way::To),
            Mode::Telephone | Mode::Video | Mode::HomeVisit => Way::None,
        };
        let ways: Vec<Way> = slots.iter().map(way).collect();
        if ways.iter().any(|w| matches!(w, Way::To(_))) { ways } else { vec![Way::Unknown; slots.len()] }
    }
}

/// A free slot.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The slot.
    pub slot: Slot,
    /// What its clinician speaks besides English, in lower case.
    pub languages: Vec<String>,
    /// How patients get to it.
    pub way: Way,
}

codes! {
    /// Why a request got just this slot.
    Reason {
        Fits = "fits", "fits the pathway and the urgency";
        Skilled = "skilled", "skilled in what it needs";
        Usual = "usual", "their usual clinician";
        Language = "language", "speaks their language";
        Near = "near", "the shortest way";
        Soonest = "soonest", "the soonest that fits";
    }
}

/// A request with the slot that is proposed for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The item.
    pub item: WorkItemId,
    /// The slot.
    pub slot: SlotId,
    /// Why.
    pub why: Vec<Reason>,
}

/// The best allocation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// Who gets what, in the order of the requests.
    pub pairs: Vec<Pair>,
    /// Who gets nothing.
    pub left: Vec<WorkItemId>,
    /// What it is worth; of two allocations the better one is worth more.
    pub worth: i64,
}

/// What one more request of an urgency is worth: more than all the wishes of less urgent ones together.
fn tier(urgency: Urgency) -> i64 {
    match urgency {
        Urgency::Emergency | Urgency::SameDay => 1_000_000_000_000,
        Urgency::Soon => 1_000_000_000,
        Urgency::Routine | Urgency::SelfCare | Urgency::Administrative => 1_000_000,
    }
}

/// What it is worth to give a slot to a request; nothing when it does not fit.
pub fn worth(wants: &Wants, offer: &Offer, now: Timestamp, calendar: &Calendar) -> Option<i64> {
    worth_until(wants, offer, now, wants.need.until(wants.need.urgency?, now, calendar))
}

/// The same when the moment is known by which the request must be seen.
fn worth_until(wants: &Wants, offer: &Offer, now: Timestamp, until: Timestamp) -> Option<i64> {
    let starts = offer.slot.starts;
    if starts <= now || starts > until || !wants.need.pathway?.takes_bookings() {
        return None;
    }
    takes(&offer.slot, &wants.need, now).ok()?;
    let minutes = offer.slot.starts.duration_since(now).as_mins().clamp(0, 28 * 24 * 60);
    // At most 1,100 in all, so that the wishes of as many requests as are allocated at once do not outweigh one more that is seen.
    let soon = 300 - 300 * minutes / (28 * 24 * 60);
    let usual = if wants.usual == Some(offer.slot.clinician) { 350 } else { 0 };
    let language = if wants.language.as_ref().is_some_and(|l| offer.languages.contains(l)) { 250 } else { 0 };
    Some(tier(wants.need.urgency?) + soon + usual + language + near(wants, offer))
}

/// What a short way is worth; nothing where a postcode is not known.
fn near(wants: &Wants, offer: &Offer) -> i64 {
    match (&wants.home, &offer.way) {
        (Some(_), Way::None) => 200,
        (Some(home), Way::To(place)) => 200 * i64::from(home.nearness(place)) / 3,
        _ => 0,
    }
}

/// The best allocation of slots to requests.
pub fn allocate(wants: &[Wants], offers: &[Offer], now: Timestamp, calendar: &Calendar) -> Allocation {
    let wants = &wants[..wants.len().min(MOST)];
    if wants.is_empty() || offers.is_empty() {
        return Allocation { left: wants.iter().map(|w| w.item).collect(), ..Allocation::default() };
    }
    let row = |w: &Wants| {
        let until = w.need.urgency.map_or(now, |u| w.need.until(u, now, calendar));
        offers.iter().map(|o| worth_until(w, o, now, until)).collect()
    };
    let worths: Vec<Vec<Option<i64>>> = wants.iter().map(row).collect();
    let mut allocation = Allocation::default();
    let mut given: Vec<Option<usize>> = vec![None; wants.len()];
    for (rows, columns) in parts(&worths, offers.len()) {
        // Each request may also stay without a slot, which is worth nothing: a place of its own for each.
        let value = |(row, column): (usize, usize)| match columns.get(column) {
            Some(slot) => worths[rows[row]][*slot].unwrap_or(-1),
            None => 0,
        };
        let matrix = Matrix::from_fn(rows.len(), columns.len() + rows.len(), value);
        let (_, chosen) = kuhn_munkres(&matrix);
        for (row, column) in chosen.into_iter().enumerate() {
            given[rows[row]] = columns.get(column).copied().filter(|slot| worths[rows[row]][*slot].is_some());
        }
    }
    for (row, column) in given.into_iter().enumerate() {
        let Some((column, value)) = column.and_then(|c| worths[row][c].map(|value| (c, value))) else {
            allocation.left.push(wants[row].item);
            continue;
        };
        allocation.worth += value;
        let why = reasons(&wants[row], offers, column, &worths[row]);
        allocation.pairs.push(Pair { item: wants[row].item, slot: offers[column].slot.id, why });
    }
    allocation
}

/// Requests and slots that have nothing to do with each other, apart: the best of each part together is the best of all, and
/// parts take far less time than the whole.
fn parts(worths: &[Vec<Option<i64>>], slots: usize) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut slot_seen = vec![false; slots];
    let mut row_seen = vec![false; worths.len()];
    let mut found = Vec::new();
    for first in 0..worths.len() {
        if row_seen[first] {
            continue;
        }
        row_seen[first] = true;
        let (mut rows, mut columns, mut next) = (vec![first], Vec::new(), 0);
        while next < rows.len() {
            let row = rows[next];
            next += 1;
            for column in (0..slots).filter(|c| worths[row][*c].is_some()) {
                if std::mem::replace(&mut slot_seen[column], true) {
                    continue;
                }
                columns.push(column);
                for other in (0..worths.len()).filter(|r| worths[*r][column].is_some()) {
                    if !std::mem::replace(&mut row_seen[other], true) {
                        rows.push(other);
                    }
                }
            }
        }
        if !columns.is_empty() {
            rows.sort_unstable();
            columns.sort_unstable();
            found.push((rows, columns));
        }
    }
    found
}

fn reasons(wants: &Wants, offers: &[Offer], chosen: usize, worths: &[Option<i64>]) -> Vec<Reason> {
    let offer = &offers[chosen];
    let mut why = vec![Reason::Fits];
    if wants.need.skilled().is_some() {
        why.push(Reason::Skilled);
    }
    if wants.usual == Some(offer.slot.clinician) {
        why.push(Reason::Usual);
    }
    if wants.language.as_ref().is_some_and(|l| offer.languages.contains(l)) {
        why.push(Reason::Language);
    }
    let fits = || offers.iter().zip(worths).filter(|(_, w)| w.is_some()).map(|(o, _)| o);
    let way = near(wants, offer);
    if fits().any(|o| near(wants, o) < way) && fits().all(|o| near(wants, o) <= way) {
        why.push(Reason::Near);
    }
    if fits().map(|o| o.slot.starts).min() == Some(offer.slot.starts) {
        why.push(Reason::Soonest);
    }
    why
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use uuid::Uuid;

    use super::*;
    use crate::{
        booking::{Mode, SlotCategory, SlotKind},
        pathway::Pathway,
    };

    fn now() -> Timestamp {
        "2026-01-05T08:00:00Z".parse().unwrap()
    }

    fn wants(n: u128, urgency: Urgency, pathway: Pathway) -> Wants {
        let need = Need { pathway: Some(pathway), urgency: Some(urgency), ..Need::default() };
        Wants { item: WorkItemId(Uuid::from_u128(n)), need, received_at: now(), usual: None, language: None, home: None }
    }

    fn offer(n: u128, pathway: Pathway, same_day: bool, minutes: i64) -> Offer {
        let starts = now() + SignedDuration::from_mins(60 + minutes);
        let kind = SlotKind { same_day_only: same_day, ..SlotKind::new(pathway, SlotCategory::ConsultationRoutine, Mode::FaceToFace) };
        Offer {
            slot: Slot {
                id: SlotId(Uuid::from_u128(1000 + n)),
                clinician: StaffId(Uuid::from_u128(n % 5)),
                clinician_name: String::new(),
                site: String::new(),
                starts,
                ends: starts + SignedDuration::from_mins(10),
                release_at: None,
                kind,
            },
            languages: if n.is_multiple_of(4) { vec!["polish".into()] } else { Vec::new() },
            way: Way::Unknown,
        }
    }

    #[test]
    fn nobody_goes_without_because_somebody_else_took_the_only_slot_that_fitted() {
        // First come, first served would give the routine request the only GP slot that the urgent one fits too.
        let two = [wants(1, Urgency::Routine, Pathway::Gp), wants(2, Urgency::SameDay, Pathway::Gp)];
        let slots = [offer(1, Pathway::Gp, false, 0), offer(2, Pathway::DutyGp, true, 30)];
        let best = allocate(&two, &slots, now(), &Calendar::default());
        assert_eq!(best.pairs.len(), 2);
        assert_eq!(best.pairs[0].slot, slots[0].slot.id);
        assert_eq!(best.pairs[1].slot, slots[1].slot.id);
    }

    #[test]
    fn urgency_counts_before_everything_else_and_then_continuity_and_language() {
        let mut three =
            [wants(1, Urgency::Routine, Pathway::Gp), wants(2, Urgency::Routine, Pathway::Gp), wants(3, Urgency::SameDay, Pathway::Gp)];
        three[0].usual = Some(StaffId(Uuid::from_u128(2)));
        three[1].language = Some("polish".into());
        let slots = [offer(2, Pathway::Gp, false, 0), offer(4, Pathway::Gp, false, 10)];
        let best = allocate(&three, &slots, now(), &Calendar::default());
        assert!(best.pairs.iter().any(|p| p.item == three[2].item), "the urgent one has a slot");
        assert_eq!(best.left.len(), 1);
        let best = allocate(&three[..2], &slots, now(), &Calendar::default());
        assert_eq!(best.pairs[0].why, [Reason::Fits, Reason::Usual, Reason::Soonest]);
        assert_eq!(best.pairs[1].why, [Reason::Fits, Reason::Language]);
    }

    #[test]
    fn of_two_places_each_gets_the_nearer_one() {
        let mut two = [wants(1, Urgency::Routine, Pathway::Gp), wants(2, Urgency::Routine, Pathway::Gp)];
        two[0].home = "LS1 4AP".parse().ok();
        two[1].home = "BD3 9TZ".parse().ok();
        let mut slots = [offer(1, Pathway::Gp, false, 0), offer(2, Pathway::Gp, false, 10)];
        for (slot, site) in slots.iter_mut().zip(["Branch, BD3 7QR, Room 1", "Main surgery, LS1 4BB"]) {
            slot.slot.site = site.into();
        }
        let ways = Way::to_each(&slots.each_ref().map(|o| o.slot.clone()));
        assert_eq!(ways[0], Way::To("BD3 7QR".parse().unwrap()));
        for (slot, way) in slots.iter_mut().zip(ways) {
            slot.way = way;
        }
        let best = allocate(&two, &slots, now(), &Calendar::default());
        assert_eq!(best.pairs.iter().map(|p| p.slot).collect::<Vec<_>>(), [slots[1].slot.id, slots[0].slot.id]);
        assert!(best.pairs.iter().all(|p| p.why.contains(&Reason::Near)), "{best:?}");
        // Nobody knows where they live: the soonest goes to whoever is first.
        let nowhere = [wants(1, Urgency::Routine, Pathway::Gp)];
        assert_eq!(allocate(&nowhere, &slots, now(), &Calendar::default()).pairs[0].why, [Reason::Fits, Reason::Soonest]);
    }

    #[test]
    fn a_call_is_not_put_first_where_nobody_knows_how_far_the_practice_is() {
        let there = offer(1, Pathway::Gp, false, 0).slot;
        let mut call = offer(2, Pathway::Gp, false, 0).slot;
        call.kind.mode = Mode::Telephone;
        assert_eq!(Way::to_each(&[there.clone(), call.clone()]), [Way::Unknown, Way::Unknown]);
        let far = Slot { site: "Branch, BD3 7QR".into(), ..there };
        assert_eq!(Way::to_each(&[far, call])[1], Way::None, "with a place that has a postcode, staying at home is the shortest way");
    }

    /// A small generator, so that the tests draw no randomness from outside.
    fn draws(seed: u64) -> impl FnMut(u64) -> u64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        move |below| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) % below
        }
    }

    fn instance(seed: u64, requests: u64, slots: u64) -> (Vec<Wants>, Vec<Offer>) {
        let mut draw = draws(seed);
        let urgencies = [Urgency::SameDay, Urgency::Soon, Urgency::Routine, Urgency::Routine];
        let pathways = [Pathway::Gp, Pathway::Nurse, Pathway::DutyGp, Pathway::Pharmacist];
        let asked = (0..requests)
            .map(|n| {
                let mut w = wants(u128::from(n), urgencies[draw(4) as usize], pathways[draw(4) as usize]);
                w.usual = (draw(3) == 0).then(|| StaffId(Uuid::from_u128(u128::from(draw(5)))));
                w.language = (draw(10) == 0).then(|| "polish".into());
                w.home = ["LS1 4AP", "LS2 8NG", "BD3 9TZ"].get(draw(4) as usize).and_then(|p| p.parse().ok());
                w
            })
            .collect();
        let free = (0..slots).map(|n| {
            let there = offer(u128::from(n), pathways[draw(4) as usize], draw(3) == 0, draw(500) as i64);
            let way = ["LS1 4BB", "BD3 7QR"].get(draw(3) as usize).and_then(|p| p.parse().ok()).map_or(Way::Unknown, Way::To);
            Offer { way, ..there }
        });
        let free = free.collect();
        (asked, free)
    }

    /// The same question put to a linear-programming solver, whose optimum is whole: what its assignment is worth, counted in
    /// whole numbers.
    fn by_linear_programme(asked: &[Wants], free: &[Offer]) -> i64 {
        use microlp::{ComparisonOp, OptimizationDirection, Problem};
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        let mut of_slot: Vec<Vec<(microlp::Variable, f64)>> = vec![Vec::new(); free.len()];
        let mut pairs = Vec::new();
        for w in asked {
            let mut of_request = Vec::new();
            for (n, o) in free.iter().enumerate() {
                if let Some(value) = worth(w, o, now(), &Calendar::default()) {
                    let v = problem.add_var(value as f64, (0.0, 1.0));
                    pairs.push((v, value));
                    of_request.push((v, 1.0));
                    of_slot[n].push((v, 1.0));
                }
            }
            problem.add_constraint(of_request.as_slice(), ComparisonOp::Le, 1.0);
        }
        for s in &of_slot {
            problem.add_constraint(s.as_slice(), ComparisonOp::Le, 1.0);
        }
        let solution = problem.solve().unwrap();
        for (v, _) in &pairs {
            assert!(solution[*v] < 1e-6 || solution[*v] > 1.0 - 1e-6, "an assignment is whole");
        }
        pairs.iter().filter(|(v, _)| solution[*v] > 0.5).map(|(_, value)| value).sum()
    }

    #[test]
    fn no_other_allocation_is_worth_more() {
        for seed in 1..=30 {
            let mut draw = draws(seed + 100);
            let (asked, free) = instance(seed, 5 + draw(20), 3 + draw(25));
            let best = allocate(&asked, &free, now(), &Calendar::default());
            let other = by_linear_programme(&asked, &free);
            assert_eq!(best.worth, other, "seed {seed}");
            assert_eq!(best.pairs.len() + best.left.len(), asked.len());
            let mut slots: Vec<SlotId> = best.pairs.iter().map(|p| p.slot).collect();
            slots.sort_unstable();
            slots.dedup();
            assert_eq!(slots.len(), best.pairs.len(), "no slot is given twice");
        }
    }

    #[test]
    fn the_best_allocation_serves_more_than_first_come_first_served() {
        let (asked, free) = instance(7, 250, 230);
        let best = allocate(&asked, &free, now(), &Calendar::default());
        let mut taken = vec![false; free.len()];
        let mut greedy = 0;
        for w in &asked {
            let first = (0..free.len()).find(|n| !taken[*n] && worth(w, &free[*n], now(), &Calendar::default()).is_some());
            if let Some(n) = first {
                taken[n] = true;
                greedy += 1;
            }
        }
        assert!(best.pairs.len() > greedy, "{} against {greedy} of {}", best.pairs.len(), asked.len());
    }
}
