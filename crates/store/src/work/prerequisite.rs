//! What has been done before a coil or an implant.

use jiff::{Timestamp, civil::Date};
use portico_domain::{
    event::Verb,
    procedure::{Noted, Prerequisite},
    staff::Actor,
};
use portico_nhs::WorkItemId;

use super::Practice;
use crate::{
    Failure, NewEvent, Tx,
    queries::{prerequisite, work_item},
};

/// Notes what has been done, in place of what was noted before; what still counts keeps its date. What runs out comes with
/// its last day, `until`. Refused without it.
pub async fn note_prerequisites(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    item: WorkItemId,
    done: &[Prerequisite],
    until: Option<Date>,
) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let about = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    let noted = prerequisite::of_item(tx.conn(), organisation, item).await?;
    let now = tx.now();
    let ends = until.and_then(end_of);
    if done.iter().any(|p| p.runs_out()) && ends.is_none_or(|e| e <= now) {
        return Err(Failure::Refused("Enter the last day of the prescription or direction; it must not have passed.".into()));
    }
    let last_of = |p: Prerequisite| ends.filter(|_| p.runs_out());
    let counts = |p: &Prerequisite| noted.iter().any(|(n, _)| n.what == *p && n.counts(now) && n.until == last_of(*p));
    let added: Vec<Prerequisite> = done.iter().copied().filter(|p| !counts(p)).collect();
    let gone: Vec<Prerequisite> = noted.iter().map(|(n, _)| n.what).filter(|p| !done.contains(p)).collect();
    for p in &added {
        let noted = Noted { what: *p, at: now, until: last_of(*p) };
        prerequisite::note(tx.conn(), organisation, item, &noted, actor.name()).await?;
    }
    for p in &gone {
        prerequisite::take_back(tx.conn(), organisation, item, *p).await?;
    }
    let label = |p: &Prerequisite| match until.filter(|_| p.runs_out()) {
        Some(day) => format!("{} until {}", p.label(), day.strftime("%-d %B %Y")),
        None => p.label().to_owned(),
    };
    let labels = |all: &[Prerequisite]| all.iter().map(label).collect::<Vec<_>>().join("; ");
    let words: Vec<String> = [("Noted", added), ("Taken back", gone)]
        .into_iter()
        .filter(|(_, all)| !all.is_empty())
        .map(|(what, all)| format!("{what}: {}", labels(&all)))
        .collect();
    if !words.is_empty() {
        tx.record(organisation, NewEvent::plain(actor.clone(), Verb::FactsNoted, words.join(". ")).about(item, about.patient)).await?;
    }
    Ok(())
}

/// The end of a day in England.
fn end_of(day: Date) -> Option<Timestamp> {
    let midnight = day.tomorrow().ok()?.to_zoned(portico_nhs::london()).ok()?;
    Some(midnight.timestamp())
}
