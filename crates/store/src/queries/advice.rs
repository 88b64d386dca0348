//! Triage advice and the signatures that switch it on.

use jiff::Timestamp;
use portico_domain::{
    advice::{Advice, Mode, Signature},
    triage::Urgency,
};
use portico_nhs::{OrganisationId, WorkItemId};
use uuid::Uuid;

use crate::{Conn, StoreError, args};

statements! {
    SIGN = "INSERT INTO triage_signature (organisation_id, id, mode, version, name, registration, evaluation, signed_at, expires_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    IN_FORCE = "SELECT mode, version, name, registration, evaluation, signed_at, expires_at FROM triage_signature \
                WHERE organisation_id = $1 ORDER BY id DESC LIMIT 1";
    HISTORY = "SELECT mode, version, name, registration, evaluation, signed_at, expires_at FROM triage_signature \
               WHERE organisation_id = $1 ORDER BY id DESC LIMIT 50";
    PUT = "INSERT INTO triage_advice (organisation_id, item_id, at, version, mode, urgency, unsure, advice) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
           ON CONFLICT (organisation_id, item_id) DO UPDATE SET at = excluded.at, version = excluded.version, mode = excluded.mode, \
           urgency = excluded.urgency, unsure = excluded.unsure, advice = excluded.advice WHERE triage_advice.decided IS NULL";
    OF_ITEM = "SELECT mode, urgency, advice, decided FROM triage_advice WHERE organisation_id = $1 AND item_id = $2";
    DECIDE = "UPDATE triage_advice SET decided = $3, decided_at = $4 WHERE organisation_id = $1 AND item_id = $2 AND decided IS NULL";
    COUNTS = "SELECT urgency, decided, COUNT(*) AS n FROM triage_advice WHERE organisation_id = $1 AND at >= $2 GROUP BY urgency, decided";
}

/// Advice as it was kept for an item.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The mode when it was read.
    pub mode: Mode,
    /// What was advised.
    pub advice: Advice,
    /// What a person set first; `None` while nobody has.
    pub decided: Option<Urgency>,
}

/// Adds a signature; it is in force from now on.
pub async fn sign(conn: &mut Conn, organisation: OrganisationId, id: Uuid, s: &Signature) -> Result<(), StoreError> {
    let values = args![organisation, id, s.mode.code(), &s.version, &s.name, &s.registration, &s.evaluation, s.signed_at, s.expires_at];
    conn.execute(SIGN, &values).await.map(|_| ())
}

/// The signature in force, if anybody ever signed.
pub async fn signature(conn: &mut Conn, organisation: OrganisationId) -> Result<Option<Signature>, StoreError> {
    conn.row(IN_FORCE, &args![organisation]).await?.map(|row| read(&row)).transpose()
}

/// Every signature, newest first.
pub async fn signatures(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Signature>, StoreError> {
    conn.rows(HISTORY, &args![organisation]).await?.iter().map(read).collect()
}

fn read(row: &crate::Row) -> Result<Signature, StoreError> {
    Ok(Signature {
        mode: row.parsed("mode")?,
        version: row.text("version")?,
        name: row.text("name")?,
        registration: row.text("registration")?,
        evaluation: row.text("evaluation")?,
        signed_at: row.time("signed_at")?,
        expires_at: row.time("expires_at")?,
    })
}

/// Keeps advice for an item; read again, it replaces what nobody has decided on yet.
pub async fn put(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: WorkItemId,
    at: Timestamp,
    mode: Mode,
    advice: &Advice,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(advice).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    let values = args![organisation, item, at, &advice.version, mode.code(), advice.urgency.code(), advice.unsure, text];
    conn.execute(PUT, &values).await.map(|_| ())
}

/// The advice that was kept for an item.
pub async fn of_item(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<Option<Kept>, StoreError> {
    let Some(row) = conn.row(OF_ITEM, &args![organisation, item]).await? else { return Ok(None) };
    Ok(Some(Kept { mode: row.parsed("mode")?, advice: row.json("advice")?, decided: row.opt_parsed("decided")? }))
}

/// Notes what a person set first.
pub async fn decide(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: WorkItemId,
    urgency: Urgency,
    at: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(DECIDE, &args![organisation, item, urgency.code(), at]).await.map(|_| ())
}

/// How often each urgency was advised since `since`, by what a person then set.
pub async fn counts(
    conn: &mut Conn,
    organisation: OrganisationId,
    since: Timestamp,
) -> Result<Vec<(Urgency, Option<Urgency>, i64)>, StoreError> {
    let rows = conn.rows(COUNTS, &args![organisation, since]).await?;
    rows.iter().map(|row| Ok((row.parsed("urgency")?, row.opt_parsed("decided")?, row.int("n")?))).collect()
}
