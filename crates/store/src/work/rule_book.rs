//! The rule book: changes to the triage content from draft to publication, and second readings of closed requests.

use portico_domain::{
    booking::age_on,
    event::Verb,
    layer::{Change, LayerState, Replay, with_change},
    request::{Kind, Request},
    second_reading::{Group, is_chosen},
    staff::Actor,
    triage::Urgency,
    work_item::WorkItem,
};
use portico_nhs::{OrganisationId, StaffId, WorkItemId, uk_date};
use uuid::Uuid;

use super::{Practice, intake::known_of};
use crate::{
    Failure, NewEvent, StoreError, Tx,
    queries::{layer, second_reading},
};

/// What is done to a draft.
#[derive(Debug, Clone)]
pub enum Edit {
    /// One more change.
    Add(Change),
    /// The change that says this is taken out.
    TakeOut(String),
}

/// Adds a change to the draft, which begins as a copy of what is in force, or takes one out of it.
pub async fn change_rules(tx: &mut Tx, practice: &Practice, actor: &Actor, edit: &Edit) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let draft = layer::draft(tx.conn(), organisation).await?;
    let (id, before) = match draft {
        Some(draft) => (draft.id, draft.changes),
        None => (tx.ids().next(), layer::in_force(tx.conn(), organisation).await?.map(|l| l.changes).unwrap_or_default()),
    };
    let (changes, words) = match edit {
        Edit::Add(change) => (with_change(&before, change.clone()), format!("Proposed: {}", change.words())),
        Edit::TakeOut(gone) => {
            // Somebody else may have edited the draft since the page was shown.
            if !before.iter().any(|c| c.words() == *gone) {
                return Err(Failure::Stale);
            }
            (before.into_iter().filter(|c| c.words() != *gone).collect(), format!("Taken out of the draft: {gone}"))
        }
    };
    let now = tx.now();
    layer::put(tx.conn(), organisation, id, &changes, (now, actor.name())).await?;
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::RulesChanged, words)).await?;
    Ok(())
}

/// Keeps what a replay of the draft said, unless the draft has changed since.
pub async fn keep_replay(
    tx: &mut Tx,
    organisation: OrganisationId,
    actor: &Actor,
    (id, version): (Uuid, &str),
    changes: &[Change],
    replay: &Replay,
) -> Result<(), Failure> {
    let text = serde_json::to_string(replay).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    if !layer::replayed(tx.conn(), organisation, id, (version, &text), changes).await? {
        return Err(Failure::Stale);
    }
    let words = format!("Changes replayed over {} requests: {} more urgent, {} less urgent", replay.read, replay.up, replay.down);
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::RulesChanged, words)).await?;
    Ok(())
}

/// Publishes the draft as the practice's new version, or throws it away. What has not been replayed is not published.
pub async fn decide_layer(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, id: Uuid, publish: bool) -> Result<(), Failure> {
    let draft = layer::draft(tx.conn(), organisation).await?.filter(|d| d.id == id).ok_or(Failure::Stale)?;
    if publish && let Some(why) = draft.not_ready() {
        return Err(Failure::Refused(why));
    }
    let (state, words) = if publish {
        (LayerState::Published, format!("Published as rule set {}: {} changes", draft.version.unwrap_or_default(), draft.changes.len()))
    } else {
        (LayerState::Discarded, format!("Draft with {} changes thrown away", draft.changes.len()))
    };
    let now = tx.now();
    layer::decide(tx.conn(), organisation, id, state, (now, actor.name())).await?;
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::RulesChanged, words)).await?;
    Ok(())
}

/// Chooses an item that is being closed for a second reading, when its turn is.
pub(crate) async fn choose_for_second_reading(
    tx: &mut Tx,
    practice: &Practice,
    item: &WorkItem,
    request: &Request,
    urgency: Option<Urgency>,
) -> Result<(), Failure> {
    let Some(first) = urgency.filter(|_| is_chosen(item.id, practice.second_reading_share)) else { return Ok(()) };
    if request.words.is_empty() || matches!(item.kind, Kind::Undelivered | Kind::FailedJob | Kind::Unfinished | Kind::Task) {
        return Ok(());
    }
    let organisation = practice.organisation.id;
    let known = known_of(tx, practice, item.patient).await?.patient;
    let now = tx.now();
    let years = item.birth_date.and_then(|born| age_on(born, uk_date(now)));
    let group = Group::of(request, item.door, years, known.as_ref().map(|p| p.sex.as_str()));
    Ok(second_reading::choose(tx.conn(), organisation, item.id, now, first, &group).await?)
}

/// Keeps what a second clinician would have set. The first who reads counts.
pub async fn read_again(
    tx: &mut Tx,
    organisation: OrganisationId,
    (actor, reader): (&Actor, StaffId),
    item: WorkItemId,
    (urgency, note): (Urgency, &str),
) -> Result<(), Failure> {
    let now = tx.now();
    if !second_reading::read(tx.conn(), organisation, item, reader, (urgency, note), now).await? {
        return Err(Failure::Refused("Somebody else has read this one in the meantime.".into()));
    }
    let words = format!("Read a second time: {}", urgency.label());
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::ReadAgain, words).about(item, None)).await?;
    Ok(())
}

/// Sets how many of 10,000 closed requests are read again.
pub async fn set_second_reading_share(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, share: u32) -> Result<(), Failure> {
    second_reading::set_share(tx.conn(), organisation, share).await?;
    let words = format!("Second readings: {:.1} % of closed requests", f64::from(share) / 100.0);
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::RulesChanged, words)).await?;
    Ok(())
}
