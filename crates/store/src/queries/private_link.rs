//! Private links: how a patient without an account sees, adds to and cancels their request.

use jiff::Timestamp;
use portico_nhs::{OrganisationId, WorkItemId};

use crate::{Conn, StoreError, args};

statements! {
    INSERT = "INSERT INTO private_link (organisation_id, token_hash, item_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
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
