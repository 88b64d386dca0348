//! How online requests are taken, from a moment on, or for one day only.

use portico_domain::{event::Verb, staff::Actor};
use portico_nhs::{OrganisationId, when_words};
use uuid::Uuid;

use crate::{
    Failure, NewEvent, Tx,
    queries::opening::{self, Version},
};

/// Sets how online requests are taken, from then on or for one day only.
pub async fn set_opening(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, version: &Version) -> Result<(), Failure> {
    let now = tx.now();
    opening::add(tx.conn(), organisation, version).await?;
    let only = if version.until.is_some() { ", for that day only" } else { "" };
    let words = format!("From {}: {}{only}", when_words(version.from, now), version.why);
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::OpeningSet, words)).await?;
    Ok(())
}

/// Takes back a version whose day has not come.
pub async fn withdraw_opening(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, id: Uuid) -> Result<(), Failure> {
    let now = tx.now();
    if !opening::withdraw(tx.conn(), organisation, id, now).await? {
        return Err(Failure::Refused("It is in force already. Set it anew instead.".into()));
    }
    let words = "A version was taken back before its day";
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::OpeningSet, words)).await?;
    Ok(())
}
