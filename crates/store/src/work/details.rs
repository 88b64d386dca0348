//! What a practice says of itself, from a moment on, and the teams that it has.

use portico_domain::{event::Verb, staff::Actor};
use portico_nhs::{OrganisationId, when_words};
use uuid::Uuid;

use crate::{
    Failure, NewEvent, Tx,
    queries::{
        details::{self, Version},
        organisation::{self, Team},
    },
};

/// Sets what the practice says of itself from then on; `changed` is what that changes, for the log.
pub async fn set_details(
    tx: &mut Tx,
    organisation: OrganisationId,
    actor: &Actor,
    version: &Version,
    changed: &[String],
) -> Result<(), Failure> {
    let now = tx.now();
    details::add(tx.conn(), organisation, version).await?;
    let words = format!("From {}: {} {}", when_words(version.from, now), changed.join(" "), version.why);
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::DetailsSet, words)).await?;
    Ok(())
}

/// Takes back a version whose day has not come.
pub async fn withdraw_details(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, id: Uuid) -> Result<(), Failure> {
    let now = tx.now();
    if !details::withdraw(tx.conn(), organisation, id, now).await? {
        return Err(Failure::Refused("It is in force already. Set it anew instead.".into()));
    }
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::DetailsSet, "A version was taken back before its day")).await?;
    Ok(())
}

/// Adds a team that takes nothing yet.
pub async fn add_team(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, team: &Team) -> Result<(), Failure> {
    let teams = organisation::teams(tx.conn(), organisation).await?;
    if teams.iter().any(|t| t.name.to_lowercase() == team.name.to_lowercase()) {
        return Err(Failure::Refused(format!("There is a team {} already.", team.name)));
    }
    organisation::insert_team(tx.conn(), organisation, team).await?;
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::DetailsSet, format!("The team {} was added", team.name))).await?;
    Ok(())
}
