//! Reading earlier requests again with changed rules: who would move up, who down, and in which groups. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use portico_domain::{
    advice::Asked,
    booking::age_on,
    layer::{Moved, Replay},
    second_reading::Group,
};
use portico_nhs::uk_date;
use portico_store::queries::advice::Received;
use portico_triage::Engine;

use crate::reading::question;

/// Requests are read again up to here; more than that is said.
pub const MOST: usize = 5000;
/// Moves and failing cases that are kept one by one.
const KEPT: usize = 50;

/// Reads all of it with both engines; a few thousand requests take seconds.
pub fn replay(old: &Engine, new: &Engine, received: &[Received], months: i64, now: Timestamp) -> Replay {
    let mut groups: BTreeMap<(&'static str, String), (usize, usize, usize)> = BTreeMap::new();
    let mut moved = Vec::new();
    let (mut up, mut down) = (0, 0);
    for r in received {
        let today = uk_date(r.at);
        let sex = r.sex.as_deref().and_then(|s| s.chars().next()).filter(|c| matches!(c, 'f' | 'm'));
        let asked = question(&Asked { request: &r.request, kind: r.kind, today, repeat: r.repeat, sex, facts: &r.facts });
        let (from, to) = (old.advise(&asked).urgency, new.advise(&asked).urgency);
        let (rises, falls) = (to < from, to > from);
        up += usize::from(rises);
        down += usize::from(falls);
        if rises || falls {
            moved.push(Moved { item: r.item, reference: r.reference.clone(), from, to });
        }
        let years = r.request.person.birth_date.and_then(|born| age_on(born, today));
        let g = Group::of(&r.request, r.door, years, r.sex.as_deref());
        for (kind, group) in [("Age", g.age_band), ("Sex", g.sex), ("Language", g.language), ("Channel", g.door)] {
            let entry = groups.entry((kind, group)).or_default();
            entry.0 += usize::from(rises);
            entry.1 += usize::from(falls);
            entry.2 += 1;
        }
    }
    // Those who would wait longer are looked at first.
    moved.sort_by_key(|m| (m.to < m.from, m.from));
    moved.truncate(KEPT);
    let failing = new.failing_cases();
    Replay {
        at: now,
        months,
        read: received.len(),
        cut: received.len() == MOST,
        up,
        down,
        moved,
        groups: groups.into_iter().map(|((kind, group), (up, down, of))| (kind.to_owned(), group, up, down, of)).collect(),
        failing: failing.len(),
        failures: failing.into_iter().take(KEPT).collect(),
    }
}
