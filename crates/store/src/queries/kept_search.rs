//! What staff searched for, kept under an id that stands in the address of what was found.

use jiff::Timestamp;
use portico_nhs::{OrganisationId, StaffId};
use uuid::Uuid;

use crate::{Conn, StoreError, args};

statements! {
    KEEP = "INSERT INTO kept_search (organisation_id, id, staff_id, words, at) VALUES ($1, $2, $3, $4, $5)";
    WORDS = "SELECT words FROM kept_search WHERE organisation_id = $1 AND id = $2 AND staff_id = $3";
    FORGET = "DELETE FROM kept_search WHERE organisation_id = $1 AND at < $2";
}

/// Keeps what somebody searches for.
pub async fn keep(
    conn: &mut Conn,
    organisation: OrganisationId,
    (id, who): (Uuid, StaffId),
    words: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(KEEP, &args![organisation, id, who, words, at]).await.map(|_| ())
}

/// What this person searched for; nothing when it has been forgotten or was somebody else's.
pub async fn words(conn: &mut Conn, organisation: OrganisationId, id: Uuid, who: StaffId) -> Result<Option<String>, StoreError> {
    conn.row(WORDS, &args![organisation, id, who]).await?.map(|row| row.text("words")).transpose()
}

/// Forgets what was searched for before a moment.
pub async fn forget(conn: &mut Conn, organisation: OrganisationId, before: Timestamp) -> Result<u64, StoreError> {
    conn.execute(FORGET, &args![organisation, before]).await
}
