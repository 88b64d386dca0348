//! What has been done before a coil or an implant.

use portico_domain::{event::Verb, procedure::Prerequisite, staff::Actor};
use portico_nhs::WorkItemId;

use super::Practice;
use crate::{
    Failure, NewEvent, Tx,
    queries::{prerequisite, work_item},
};

/// Notes what has been done, in place of what was noted before; what still counts keeps its date.
pub async fn note_prerequisites(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    item: WorkItemId,
    done: &[Prerequisite],
) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let about = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    let noted = prerequisite::of_item(tx.conn(), organisation, item).await?;
    let now = tx.now();
    let counts = |p: &Prerequisite| noted.iter().any(|(n, at, _)| n == p && Prerequisite::still_counts(*at, now));
    let added: Vec<Prerequisite> = done.iter().copied().filter(|p| !counts(p)).collect();
    let gone: Vec<Prerequisite> = noted.iter().map(|(p, ..)| *p).filter(|p| !done.contains(p)).collect();
    for p in &added {
        prerequisite::note(tx.conn(), organisation, item, *p, (now, actor.name())).await?;
    }
    for p in &gone {
        prerequisite::take_back(tx.conn(), organisation, item, *p).await?;
    }
    let labels = |all: &[Prerequisite]| all.iter().map(|p| p.label()).collect::<Vec<_>>().join("; ");
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
