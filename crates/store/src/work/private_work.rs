//! Private work: logged with its fee, agreed, paid or declined.

use portico_domain::{
    event::Verb,
    private_work::{PrivateState, PrivateWork, pounds},
    staff::Actor,
};
use portico_nhs::WorkItemId;
use uuid::Uuid;

use super::Practice;
use crate::{
    Failure, NewEvent, Tx,
    queries::{private_work, work_item},
};

/// Logs private work about a request, with its fee in pence.
pub async fn log_private_work(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    item: WorkItemId,
    (what, fee): (&str, i64),
) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let about = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    let by = (actor.name().to_owned(), tx.now());
    let new = PrivateWork {
        id: tx.ids().next(),
        item,
        what: what.to_owned(),
        fee,
        state: PrivateState::Quoted,
        logged: by.clone(),
        changed: by,
        note: String::new(),
    };
    private_work::insert(tx.conn(), organisation, &new).await?;
    let words = format!("{what}, {}", pounds(fee));
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::PrivateWork, words).about(item, about.patient)).await?;
    Ok(())
}

/// Moves private work on; the note says how it was paid or why it was declined.
pub async fn step_private_work(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    id: Uuid,
    (to, note): (PrivateState, &str),
) -> Result<WorkItemId, Failure> {
    let organisation = practice.organisation.id;
    let before = private_work::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    before.state.may_become(to).map_err(|why| Failure::Refused(why.into()))?;
    let from = before.state;
    let after = PrivateWork { state: to, changed: (actor.name().to_owned(), tx.now()), note: note.to_owned(), ..before };
    if !private_work::set_state(tx.conn(), organisation, &after, from).await? {
        return Err(Failure::Stale);
    }
    let about = work_item::load(tx.conn(), organisation, after.item).await?.ok_or(Failure::NotFound)?;
    let more = if note.is_empty() { String::new() } else { format!(": {note}") };
    let words = format!("{}, {}: {}{more}", after.what, pounds(after.fee), to.label());
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::PrivateWork, words).about(after.item, about.patient)).await?;
    Ok(after.item)
}
