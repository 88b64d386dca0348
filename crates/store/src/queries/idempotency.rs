//! Keys that make sending a form twice do it once.

use jiff::{SignedDuration, Timestamp};
use portico_nhs::OrganisationId;

use crate::{Conn, StoreError, Value, args};

statements! {
    ANSWER = "SELECT answer FROM idempotency WHERE organisation_id = $1 AND key = $2";
    KEEP = "INSERT INTO idempotency (organisation_id, key, at, answer) VALUES ($1, $2, $3, $4)";
    FORGET = "DELETE FROM idempotency WHERE organisation_id = $1 AND key NOT LIKE 'import %' AND ((at < $2 AND key NOT LIKE 'gap %') OR at < $3)";
}

/// What was answered the first time this key came.
pub(crate) async fn answer(conn: &mut Conn, organisation: OrganisationId, key: &str) -> Result<Option<String>, StoreError> {
    conn.row(ANSWER, &args![organisation, key]).await?.map(|row| row.text("answer")).transpose()
}

/// The values of a key's row.
pub(crate) fn row(organisation: OrganisationId, key: &str, answer: &str, now: Timestamp) -> [Value; 4] {
    args![organisation, key, now, answer]
}

/// Forgets keys older than `before`; a form is not sent again after that, but a file may be imported again years later, and a
/// gap of capacity is told of up to four weeks ahead.
pub async fn forget(conn: &mut Conn, organisation: OrganisationId, before: Timestamp) -> Result<u64, StoreError> {
    conn.execute(FORGET, &args![organisation, before, before - SignedDuration::from_hours(24 * 28)]).await
}
