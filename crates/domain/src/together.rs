//! Several appointments that belong together: mother and baby side by side, bloods and then a review, a series.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use portico_nhs::{london, uk_date};

use crate::booking::Slot;

/// The most appointments that are booked at once.
pub const TOGETHER_MAX: usize = 12;
/// How long somebody waits at most between two appointments of one visit.
const BESIDE: SignedDuration = SignedDuration::from_mins(20);

/// How an appointment follows the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// In the same visit: at the same place, at once or after a short wait.
    Beside,
    /// So many days later, at least and at most.
    Days(u16, u16),
}

impl After {
    /// Whether `later` follows `earlier` in this way.
    pub fn holds(self, earlier: &Slot, later: &Slot) -> bool {
        match self {
            After::Beside => {
                let beside = later.starts == earlier.starts && later.clinician != earlier.clinician;
                let next = later.starts >= earlier.ends && later.starts <= earlier.ends + BESIDE;
                building(later) == building(earlier) && (beside || next)
            }
            After::Days(least, most) => {
                let days = (uk_date(later.starts) - uk_date(earlier.starts)).get_days();
                later.starts >= earlier.ends && (i32::from(least)..=i32::from(most)).contains(&days)
            }
        }
    }
}

/// Days that lie at least between two visits of a chain when one is moved, unless they lay nearer before: a result takes that
/// long.
const BETWEEN_VISITS: i32 = 3;

/// Whether a slot may take the place of a lost one beside an appointment that belongs with it and stays, from when to when:
/// in the same visit where it was one, else still before or after it with days for a result between.
pub fn stays_with(lost: &Slot, instead: &Slot, (from, to): (Timestamp, Timestamp)) -> bool {
    let beside = |s: &Slot| s.starts == from || (to..=to + BESIDE).contains(&s.starts) || (s.ends..=s.ends + BESIDE).contains(&from);
    let day = |at: Timestamp| uk_date(at);
    let needed = |apart: i32| apart.clamp(0, BETWEEN_VISITS);
    if beside(lost) {
        beside(instead) && building(instead) == building(lost)
    } else if lost.ends <= from {
        let days = |s: &Slot| (day(from) - day(s.starts)).get_days();
        instead.ends <= from && days(instead) >= needed(days(lost))
    } else {
        let days = |s: &Slot| (day(s.starts) - day(from)).get_days();
        instead.starts >= to && days(instead) >= needed(days(lost))
    }
}

/// The site without the room: what stands before the first comma.
fn building(slot: &Slot) -> &str {
    slot.site.split(',').next().unwrap_or_default().trim()
}

/// The ways to book a chain of appointments: the first from `first`, each next one from its own slots, all earliest first.
/// For every first slot that leads to the end, the earliest day each time, and on it the same clinician and time of day
/// where there is a choice. At most `most` ways; empty when there is none.
pub fn plans<'a>(first: &'a [Slot], then: &[(After, &'a [Slot])], most: usize) -> Vec<Vec<&'a Slot>> {
    let layers: Vec<&[Slot]> = std::iter::once(first).chain(then.iter().map(|(_, slots)| *slots)).collect();
    let leads = leads_to_the_end(&layers, then);
    let begins = first.iter().enumerate().filter(|(n, _)| leads[0][*n]).map(|(n, _)| n);
    begins.map(|n| follow(n, &layers, then, &leads)).filter(|plan| are_different(plan)).take(most).collect()
}

/// For every slot of every layer, whether the rest of the chain can be booked after it; worked out from the end.
fn leads_to_the_end(layers: &[&[Slot]], then: &[(After, &[Slot])]) -> Vec<Vec<bool>> {
    let mut leads: Vec<Vec<bool>> = layers.iter().map(|slots| vec![true; slots.len()]).collect();
    for k in (0..then.len()).rev() {
        leads[k] = layers[k].iter().map(|slot| following(slot, then[k], &leads[k + 1]).next().is_some()).collect();
    }
    leads
}

/// The slots that may follow, of those that lead to the end; they are sorted, so only those near are looked at.
fn following<'s>(slot: &Slot, (after, slots): (After, &'s [Slot]), leads: &[bool]) -> impl Iterator<Item = (usize, &'s Slot)> {
    let until = match after {
        After::Beside => slot.ends + BESIDE,
        After::Days(_, most) => slot.starts + SignedDuration::from_hours((i64::from(most) + 2) * 24),
    };
    let from = slots.partition_point(|s| s.starts < slot.starts);
    let near = slots[from..].iter().enumerate().map(move |(n, s)| (n + from, s)).take_while(move |(_, s)| s.starts <= until);
    near.filter(move |(n, s)| leads[*n] && after.holds(slot, s))
}

fn follow<'a>(n: usize, layers: &[&'a [Slot]], then: &[(After, &'a [Slot])], leads: &[Vec<bool>]) -> Vec<&'a Slot> {
    let mut plan = vec![&layers[0][n]];
    for (k, step) in then.iter().enumerate() {
        let before = plan[k];
        let mut may = following(before, *step, &leads[k + 1]).map(|(_, s)| s).peekable();
        let Some(day) = may.peek().map(|s| uk_date(s.starts)) else { break };
        let that_day = may.take_while(|s| uk_date(s.starts) == day);
        plan.extend(that_day.min_by_key(|s| (s.clinician != before.clinician, apart(before, s), s.starts, s.id)));
    }
    plan
}

/// How far two appointments are apart on the clock of the day, in minutes.
fn apart(a: &Slot, b: &Slot) -> i64 {
    let zone: TimeZone = london();
    let minutes = |s: &Slot| {
        let z = s.starts.to_zoned(zone.clone());
        i64::from(z.hour()) * 60 + i64::from(z.minute())
    };
    (minutes(a) - minutes(b)).abs()
}

fn are_different(plan: &[&Slot]) -> bool {
    plan.iter().enumerate().all(|(n, slot)| plan[..n].iter().all(|earlier| earlier.id != slot.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        booking::{Mode, SlotCategory, SlotKind},
        pathway::Pathway,
    };
    use jiff::Timestamp;
    use portico_nhs::{SlotId, StaffId};

    /// Ten minutes with one of the clinicians.
    fn slot(id: u128, at: &str, clinician: u128) -> Slot {
        let starts: Timestamp = format!("2026-01-{at}:00Z").parse().unwrap();
        let of = uuid::Uuid::from_u128;
        Slot {
            id: SlotId(of(id)),
            clinician: StaffId(of(clinician)),
            clinician_name: format!("Clinician {clinician}"),
            site: "Main surgery".into(),
            starts,
            ends: starts + SignedDuration::from_mins(10),
            release_at: None,
            kind: SlotKind::new(Pathway::Nurse, SlotCategory::PlannedClinic, Mode::FaceToFace),
        }
    }

    fn ids(plans: &[Vec<&Slot>]) -> Vec<Vec<u128>> {
        plans.iter().map(|p| p.iter().map(|s| s.id.0.as_u128()).collect()).collect()
    }

    #[test]
    fn a_mother_and_her_baby_are_seen_side_by_side_or_one_after_the_other() {
        let all = [slot(1, "05T09:00", 1), slot(2, "05T09:10", 1), slot(3, "05T11:00", 1), slot(4, "05T11:00", 2), slot(5, "05T15:00", 1)];
        let plans = plans(&all, &[(After::Beside, &all)], 20);
        assert_eq!(ids(&plans), [[1, 2], [3, 4], [4, 3]], "nobody waits from eleven until three");
        let next_room = [Slot { site: "Main surgery, Room 2".into(), ..slot(7, "05T09:10", 3) }];
        assert_eq!(super::plans(&all[..1], &[(After::Beside, &next_room)], 20).len(), 1, "the next room is the same place");
        let elsewhere = [Slot { site: "Branch".into(), ..slot(6, "05T09:10", 3) }];
        assert!(super::plans(&all[..1], &[(After::Beside, &elsewhere)], 20).is_empty(), "nor drives to the other site");
    }

    #[test]
    fn a_review_follows_the_bloods_a_week_later() {
        let bloods = [slot(1, "05T09:00", 1), slot(2, "06T09:00", 1), slot(3, "20T09:00", 1)];
        let reviews = [slot(11, "09T09:00", 2), slot(12, "12T15:00", 2), slot(13, "12T09:10", 3), slot(14, "13T09:00", 2)];
        let mut sorted = reviews.to_vec();
        sorted.sort_by_key(|s| (s.starts, s.id));
        let found = plans(&bloods, &[(After::Days(7, 10), &sorted)], 20);
        assert_eq!(ids(&found), [[1, 13], [2, 14]], "the nearest time of day; none follows the last");
        let same = [slot(21, "12T08:00", 1), slot(22, "12T09:00", 2)];
        assert_eq!(ids(&plans(&bloods[..1], &[(After::Days(7, 7), &same)], 20)), [[1, 21]], "the same clinician first");
    }

    #[test]
    fn a_series_avoids_what_leads_nowhere() {
        // From the sixth no third week can be reached, though it has a second.
        let first = [slot(1, "06T09:00", 1), slot(2, "07T09:00", 1)];
        let second = [slot(11, "13T09:00", 1), slot(12, "14T09:00", 1)];
        let third = [slot(21, "21T09:00", 1)];
        let weekly = After::Days(7, 7);
        assert_eq!(ids(&plans(&first, &[(weekly, &second), (weekly, &third)], 20)), [[2, 12, 21]]);
        assert!(plans(&first, &[(weekly, &second), (weekly, &[])], 20).is_empty());
        assert_eq!(ids(&plans(&first, &[], 1)), [[1]], "one is a series too");
    }

    #[test]
    fn every_plan_holds_and_none_is_missed() {
        let mut state = 7u64;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for round in 0..300u128 {
            let mut layer = |base: u128| {
                let n = draw(7);
                let mut slots: Vec<Slot> = (0..n)
                    .map(|k| {
                        slot(base + u128::from(k), &format!("{:02}T{:02}:{}0", 5 + draw(6), 9 + draw(2), draw(6)), u128::from(1 + draw(2)))
                    })
                    .collect();
                slots.sort_by_key(|s| (s.starts, s.id));
                slots
            };
            let (a, b, c) = (layer(100), layer(200), layer(300));
            let ways = [After::Beside, After::Days(1, 2), After::Days(0, 3)];
            let (one, two) = (ways[(round % 3) as usize], ways[(round / 3 % 3) as usize]);
            let found = plans(&a, &[(one, &b), (two, &c)], 100);
            for plan in &found {
                assert!(plan.len() == 3 && one.holds(plan[0], plan[1]) && two.holds(plan[1], plan[2]));
            }
            let by_hand = a.iter().filter(|x| b.iter().any(|y| one.holds(x, y) && c.iter().any(|z| two.holds(y, z)))).count();
            assert_eq!(found.len(), by_hand, "round {round}");
        }
    }
}
