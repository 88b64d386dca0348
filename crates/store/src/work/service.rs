//! For which planned service an item is.

use portico_domain::{event::Verb, service::Service, staff::Actor};
use portico_nhs::WorkItemId;

use super::Practice;
use crate::{Failure, NewEvent, Tx, queries::work_item};

/// Says which service an item is for: only slots of it fit from then on.
pub async fn set_service(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    item: WorkItemId,
    service: Option<Service>,
) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let about = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    work_item::set_service(tx.conn(), organisation, item, service).await?;
    let words = service.map_or_else(|| "For no service of its own".to_owned(), |s| format!("For: {}", s.label()));
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::ServiceSet, words).about(item, about.patient)).await?;
    Ok(())
}
