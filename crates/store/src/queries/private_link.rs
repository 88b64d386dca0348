//! Private links: how a patient without an account sees, adds to and cancels their request.

use jiff::Timestamp;
use portico_nhs::{OrganisationId, PatientId, WorkItemId};

use crate::{Conn, StoreError, args};

statements! {
    INSERT = "INSERT INTO private_link (organisation_id, token_hash, item_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
    REVOKE = "DELETE FROM private_link WHERE organisation_id = $1 AND item_id = $2";
    REVOKE_OF_PATIENT = "DELETE FROM private_link WHERE organisation_id = $1 AND item_id IN (SELECT id FROM work_item WHERE organisation_id = $1 AND patient_id = $2)";
    FORGET = "DELETE FROM private_link WHERE organisation_id = $1 AND expires_at < $2";
    ITEM = "SELECT item_id FROM private_link WHERE organisation_id = $1 AND token_hash = $2 AND expires_at > $3";
}

/// Makes a link work; only the hash of its token is kept.
pub async fn insert(
    conn: &mut Conn,
    organisation: OrganisationId,
    token: &str,
    item: WorkItemId,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(INSERT, &args![organisation, crate::hash_of(token), item, now, expires]).await.map(|_| ())
}

/// The item of a link that has not run out.
pub async fn item(conn: &mut Conn, organisation: OrganisationId, token: &str, now: Timestamp) -> Result<Option<WorkItemId>, StoreError> {
    conn.row(ITEM, &args![organisation, crate::hash_of(token), now]).await?.map(|row| row.id("item_id")).transpose()
}

/// Every link of an item ends: it went to somebody whom it does not concern.
pub async fn revoke(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<u64, StoreError> {
    conn.execute(REVOKE, &args![organisation, item]).await
}

/// Every link of a patient ends: somebody near them may hold one.
pub async fn revoke_of_patient(conn: &mut Conn, organisation: OrganisationId, patient: PatientId) -> Result<u64, StoreError> {
    conn.execute(REVOKE_OF_PATIENT, &args![organisation, patient]).await
}

/// Forgets links that ran out before a moment.
pub async fn forget(conn: &mut Conn, organisation: OrganisationId, before: Timestamp) -> Result<u64, StoreError> {
    conn.execute(FORGET, &args![organisation, before]).await
}
