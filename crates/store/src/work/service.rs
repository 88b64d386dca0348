//! For which planned service an item is, and what whoever sees its patient must be skilled in.

use portico_domain::{event::Verb, service::Service, staff::Actor};
use portico_nhs::WorkItemId;

use super::Practice;
use crate::{
    Failure, NewEvent, Tx,
    queries::{allocation, work_item},
};

/// Says which service an item is for and what its clinician must be skilled in: only such slots fit from then on.
pub async fn set_service(
    tx: &mut Tx,
    practice: &Practice,
    actor: &Actor,
    item: WorkItemId,
    (service, skill): (Option<Service>, Option<&str>),
) -> Result<(), Failure> {
    let organisation = practice.organisation.id;
    let about = work_item::load(tx.conn(), organisation, item).await?.ok_or(Failure::NotFound)?;
    let known = allocation::skills(tx.conn(), organisation).await?;
    if let Some(skill) = skill.filter(|wanted| !known.iter().any(|(_, name)| name == wanted)) {
        return Err(Failure::Refused(format!("Nobody is skilled in {skill} any more. Choose another skill, or none.")));
    }
    work_item::set_service(tx.conn(), organisation, item, service).await?;
    work_item::set_skill(tx.conn(), organisation, item, skill).await?;
    let service = service.map_or_else(|| "For no service of its own".to_owned(), |s| format!("For: {}", s.label()));
    let words = skill.map_or_else(|| service.clone(), |s| format!("{service}; by somebody skilled in {s}"));
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::ServiceSet, words).about(item, about.patient)).await?;
    Ok(())
}
