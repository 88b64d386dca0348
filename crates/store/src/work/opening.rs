//! How online requests are taken, from a moment on, or for one day only.

use portico_domain::{event::Verb, rota::moment, staff::Actor};
use portico_nhs::{OrganisationId, uk_date, when_words};
use uuid::Uuid;

use crate::{
    Failure, NewEvent, Tx,
    queries::opening::{self, Version},
};

/// Sets how online requests are taken. For one day only, what would have held on the day after it holds again then.
pub async fn set_opening(
    tx: &mut Tx,
    organisation: OrganisationId,
    actor: &Actor,
    version: &Version,
    one_day_only: bool,
) -> Result<(), Failure> {
    let now = tx.now();
    let mut words = format!("From {}: {}", when_words(version.from, now), version.why);
    if one_day_only {
        let next = uk_date(version.from).tomorrow().ok().and_then(|day| moment(day, jiff::civil::Time::midnight()));
        let Some(next) = next else { return Err(Failure::Refused("That day cannot be planned for.".into())) };
        let rules = opening::in_force(tx.conn(), organisation, next).await?;
        let back = Version { id: tx.ids().next(), from: next, rules, why: format!("As before. {}", version.why), ..version.clone() };
        opening::add(tx.conn(), organisation, version).await?;
        opening::add(tx.conn(), organisation, &back).await?;
        words.push_str(", for that day only");
    } else {
        opening::add(tx.conn(), organisation, version).await?;
    }
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
