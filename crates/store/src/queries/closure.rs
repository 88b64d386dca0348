//! Practice closures, which the calendar takes out of working time.

use jiff::Timestamp;
use portico_nhs::{Closure, ClosureId, OrganisationId};

use crate::{Conn, StoreError, args};

statements! {
    INSERT = "INSERT INTO closure (organisation_id, id, starts_at, ends_at, reason) VALUES ($1, $2, $3, $4, $5)";
    DELETE = "DELETE FROM closure WHERE organisation_id = $1 AND id = $2";
    LIST = "SELECT id, starts_at, ends_at, reason FROM closure WHERE organisation_id = $1 AND ends_at > $2 ORDER BY starts_at LIMIT 200";
}

/// Adds a closure.
pub async fn insert(conn: &mut Conn, organisation: OrganisationId, id: ClosureId, c: &Closure) -> Result<(), StoreError> {
    conn.execute(INSERT, &args![organisation, id, c.from, c.to, &c.reason]).await.map(|_| ())
}

/// Takes a closure away.
pub async fn delete(conn: &mut Conn, organisation: OrganisationId, id: ClosureId) -> Result<bool, StoreError> {
    Ok(conn.execute(DELETE, &args![organisation, id]).await? == 1)
}

/// Closures that end after `since`, earliest first.
pub async fn list(conn: &mut Conn, organisation: OrganisationId, since: Timestamp) -> Result<Vec<(ClosureId, Closure)>, StoreError> {
    let rows = conn.rows(LIST, &args![organisation, since]).await?;
    rows.iter()
        .map(|row| Ok((row.id("id")?, Closure { from: row.time("starts_at")?, to: row.time("ends_at")?, reason: row.text("reason")? })))
        .collect()
}
