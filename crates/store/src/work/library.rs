//! The practice's own questionnaires and templates: made, approved by somebody else for a year, taken out of use.

use jiff::civil::Date;
use portico_domain::{
    approval::{Approval, holds_until},
    event::Verb,
    staff::Actor,
};
use portico_nhs::{OrganisationId, uk_date};
use uuid::Uuid;

use crate::{
    Failure, NewEvent, Tx,
    queries::{
        questionnaire::{self, Own},
        reply_template::{self, ReplyTemplate},
    },
};

async fn noted(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, verb: Verb, what: &str, title: &str) -> Result<(), Failure> {
    tx.record(organisation, NewEvent::plain(actor.clone(), verb, format!("{what}: {title}"))).await?;
    Ok(())
}

fn until(tx: &Tx) -> Date {
    holds_until(uk_date(tx.now()))
}

/// Keeps a draft of a questionnaire.
pub async fn make_questionnaire(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, own: &Own) -> Result<Uuid, Failure> {
    questionnaire::insert(tx.conn(), organisation, own).await?;
    noted(tx, organisation, actor, Verb::QuestionnaireChanged, "Made", &own.title).await?;
    Ok(own.id)
}

/// Approves a questionnaire for a year; not by whoever made it.
pub async fn approve_questionnaire(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, own: &Own) -> Result<(), Failure> {
    if own.made_by == actor.name() {
        return Err(Failure::Refused("You made it. Somebody else has to approve it.".into()));
    }
    let until = until(tx);
    if !questionnaire::approve(tx.conn(), organisation, own, actor.name(), until).await? {
        return Err(Failure::Stale);
    }
    noted(tx, organisation, actor, Verb::QuestionnaireChanged, &format!("Approved until {until}"), &own.title).await
}

/// Takes a questionnaire out of use.
pub async fn retire_questionnaire(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, own: &Own) -> Result<(), Failure> {
    if !questionnaire::retire(tx.conn(), organisation, own.id).await? {
        return Err(Failure::Stale);
    }
    noted(tx, organisation, actor, Verb::QuestionnaireChanged, "No longer used", &own.title).await
}

/// Keeps a draft of a template, or of its next version.
pub async fn make_template(
    tx: &mut Tx,
    organisation: OrganisationId,
    actor: &Actor,
    (title, body): (&str, &str),
    next_of: Option<Uuid>,
) -> Result<Uuid, Failure> {
    let id: Uuid = tx.ids().next();
    let family = match next_of {
        Some(before) => reply_template::load(tx.conn(), organisation, before).await?.ok_or(Failure::NotFound)?.family,
        None => id,
    };
    let (state, made_at) = (Approval::Draft, tx.now());
    let (title, body, made_by) = (title.to_owned(), body.to_owned(), actor.name().to_owned());
    let draft = ReplyTemplate { id, family, version: 0, title, body, state, made_by, made_at, approved_by: None, review_on: None };
    reply_template::insert(tx.conn(), organisation, &draft).await?;
    noted(tx, organisation, actor, Verb::TemplateChanged, "Written", &draft.title).await?;
    Ok(id)
}

/// Approves a template for a year; not by whoever wrote it.
pub async fn approve_template(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, id: Uuid) -> Result<(), Failure> {
    let found = reply_template::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    if found.made_by == actor.name() {
        return Err(Failure::Refused("You wrote it. Somebody else has to approve it.".into()));
    }
    let until = until(tx);
    if !reply_template::approve(tx.conn(), organisation, &found, actor.name(), until).await? {
        return Err(Failure::Stale);
    }
    noted(tx, organisation, actor, Verb::TemplateChanged, &format!("Approved until {until}"), &found.title).await
}

/// Takes a template out of use.
pub async fn retire_template(tx: &mut Tx, organisation: OrganisationId, actor: &Actor, id: Uuid) -> Result<(), Failure> {
    let found = reply_template::load(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    if !reply_template::retire(tx.conn(), organisation, id).await? {
        return Err(Failure::Stale);
    }
    noted(tx, organisation, actor, Verb::TemplateChanged, "No longer used", &found.title).await
}
