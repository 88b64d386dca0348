//! Invitations to book in messages to many: their links, and what became of them.

use jiff::Timestamp;
use portico_nhs::{OrganisationId, PatientId, WorkItemId};
use uuid::Uuid;

use crate::{Conn, StoreError, args};

statements! {
    ADD_LINK = "INSERT INTO invitation_link (organisation_id, token_hash, batch_id, patient_id, expires_at) VALUES ($1, $2, $3, $4, $5)";
    LOAD = "SELECT p.batch_id, p.patient_id, p.item_id, p.wrong_births, p.locked_until FROM invitation_link l \
            JOIN batch_person p ON p.organisation_id = l.organisation_id AND p.batch_id = l.batch_id AND p.patient_id = l.patient_id \
            WHERE l.organisation_id = $1 AND l.token_hash = $2 AND l.expires_at > $3";
    SET_CHECKS = "UPDATE batch_person SET wrong_births = $4, locked_until = $5 WHERE organisation_id = $1 AND batch_id = $2 AND patient_id = $3";
    SET_ITEM = "UPDATE batch_person SET item_id = $4 WHERE organisation_id = $1 AND batch_id = $2 AND patient_id = $3";
    FORGET = "DELETE FROM invitation_link WHERE organisation_id = $1 AND expires_at < $2";
}

/// Somebody's invitation.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The batch that it is part of.
    pub batch: Uuid,
    /// Whose it is.
    pub patient: PatientId,
    /// The item that was made when they opened it.
    pub item: Option<WorkItemId>,
    /// Dates of birth that were wrong.
    pub wrong: i64,
    /// Until when it rests after too many.
    pub locked: Option<Timestamp>,
}

/// Makes a link work; only the hash of its token is kept.
pub async fn add_link(
    conn: &mut Conn,
    organisation: OrganisationId,
    token: &str,
    (batch, patient): (Uuid, PatientId),
    expires: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(ADD_LINK, &args![organisation, crate::hash_of(token), batch, patient, expires]).await.map(|_| ())
}

/// The invitation of a link that has not run out.
pub async fn load(conn: &mut Conn, organisation: OrganisationId, token: &str, now: Timestamp) -> Result<Option<Invitation>, StoreError> {
    let row = conn.row(LOAD, &args![organisation, crate::hash_of(token), now]).await?;
    row.map(|r| {
        Ok(Invitation {
            batch: r.id("batch_id")?,
            patient: r.id("patient_id")?,
            item: r.opt_id("item_id")?,
            wrong: r.opt_int("wrong_births")?.unwrap_or(0),
            locked: r.opt_time("locked_until")?,
        })
    })
    .transpose()
}

/// Notes how many dates of birth were wrong.
pub async fn set_checks(
    conn: &mut Conn,
    organisation: OrganisationId,
    of: &Invitation,
    wrong: i64,
    locked: Option<Timestamp>,
) -> Result<(), StoreError> {
    conn.execute(SET_CHECKS, &args![organisation, of.batch, of.patient, wrong, locked]).await.map(|_| ())
}

/// Notes the item that was made.
pub async fn set_item(conn: &mut Conn, organisation: OrganisationId, of: &Invitation, item: WorkItemId) -> Result<(), StoreError> {
    conn.execute(SET_ITEM, &args![organisation, of.batch, of.patient, item]).await.map(|_| ())
}

/// Forgets links that have run out.
pub async fn forget(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<u64, StoreError> {
    conn.execute(FORGET, &args![organisation, now]).await
}
