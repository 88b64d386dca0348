//! Reading earlier requests again with changed rules: who would move up, who down, and in which groups.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use portico_domain::{
    advice::Asked,
    booking::age_on,
    layer::{Moved, Replay},
    second_reading::Group,
};
use portico_nhs::{OrganisationId, uk_date};
use portico_store::{
    Store, StoreError,
    queries::advice::{self, Received},
};
use portico_triage::Engine;

use crate::reading::{Reading, question};

/// Requests are read again up to here; that there were more is said.
pub const MOST: usize = 100_000;
/// So many are held in memory at once.
const PAGE: usize = 1000;
/// Moves that are kept one by one, and failing cases.
const KEPT: usize = 500;
const FAILURES: usize = 50;

/// What has been read so far, by the rules in force and by others.
#[derive(Default)]
pub struct Replaying {
    groups: BTreeMap<(&'static str, String), (usize, usize, usize)>,
    moved: Vec<Moved>,
    read: usize,
    up: usize,
    down: usize,
}

impl Replaying {
    /// Reads some requests with both engines. Pure; a thousand take half a second.
    pub fn read(&mut self, old: &Engine, new: &Engine, received: &[Received]) {
        for r in received {
            let today = uk_date(r.at);
            let sex = r.sex.as_deref().and_then(|s| s.chars().next()).filter(|c| matches!(c, 'f' | 'm'));
            let asked = question(&Asked { request: &r.request, kind: r.kind, today, repeat: r.repeat, sex, facts: &r.facts, baby: r.baby });
            let (from, to) = (old.advise(&asked).urgency, new.advise(&asked).urgency);
            let (rises, falls) = (to < from, to > from);
            self.read += 1;
            self.up += usize::from(rises);
            self.down += usize::from(falls);
            if rises || falls {
                self.moved.push(Moved { item: r.item, reference: r.reference.clone(), from, to });
            }
            let years = r.request.person.birth_date.and_then(|born| age_on(born, today));
            let g = Group::of(&r.request, r.door, years, r.sex.as_deref());
            for (kind, group) in [("Age", g.age_band), ("Sex", g.sex), ("Language", g.language), ("Channel", g.door)] {
                let entry = self.groups.entry((kind, group)).or_default();
                entry.0 += usize::from(rises);
                entry.1 += usize::from(falls);
                entry.2 += 1;
            }
        }
    }

    /// What came of it, with every case of the other rules tried.
    pub fn done(mut self, new: &Engine, months: i64, now: Timestamp) -> Replay {
        // Those who would wait longer are looked at first.
        self.moved.sort_by_key(|m| (m.to < m.from, m.from));
        self.moved.truncate(KEPT);
        let failing = new.failing_cases();
        Replay {
            at: now,
            months,
            read: self.read,
            cut: self.read >= MOST,
            up: self.up,
            down: self.down,
            moved: self.moved,
            groups: self.groups.into_iter().map(|((kind, group), (up, down, of))| (kind.to_owned(), group, up, down, of)).collect(),
            failing: failing.len(),
            failures: failing.into_iter().take(FAILURES).collect(),
        }
    }
}

/// Reads the requests of so many months again, page by page, by the rules in force and by others.
pub async fn replay(
    store: &Store,
    organisation: OrganisationId,
    (old, new): (&Reading, &Reading),
    months: i64,
) -> Result<Replay, StoreError> {
    let now = store.now();
    let since = now - SignedDuration::from_hours(24 * 31 * months);
    let mut replaying = Replaying::default();
    let mut before = None;
    loop {
        let received = advice::received(&mut store.reader().await?, organisation, since, before, PAGE).await?;
        let Some(last) = received.last() else { break };
        before = Some((last.at, last.item));
        let (old, new) = (old.clone(), new.clone());
        let reading = tokio::task::spawn_blocking(move || {
            replaying.read(old.engine(), new.engine(), &received);
            replaying
        });
        replaying = reading.await.map_err(|e| StoreError::Setup(e.to_string()))?;
        if replaying.read >= MOST {
            break;
        }
    }
    let new = new.clone();
    let done = tokio::task::spawn_blocking(move || replaying.done(new.engine(), months, now));
    done.await.map_err(|e| StoreError::Setup(e.to_string()))
}
