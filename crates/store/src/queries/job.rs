//! The outbox and job queue.

use jiff::Timestamp;
use portico_nhs::{JobId, OrganisationId};

use crate::{Conn, StoreError, Value, args};

statements! {
    INSERT = "INSERT INTO job (organisation_id, id, kind, payload, run_at, state, attempts) VALUES ($1, $2, $3, $4, $5, 'ready', 0)";
    LEASE = "UPDATE job SET leased_until = $3, attempts = attempts + 1 WHERE organisation_id = $1 AND state = 'ready' \
             AND (leased_until IS NULL OR leased_until < $2) AND id IN \
             (SELECT id FROM job WHERE organisation_id = $1 AND state = 'ready' AND kind = $5 AND run_at <= $2 AND (leased_until IS NULL OR leased_until < $2) \
             ORDER BY attempts, run_at LIMIT $4) \
             RETURNING id, kind, payload, attempts";
    DONE = "UPDATE job SET state = 'done', leased_until = NULL WHERE organisation_id = $1 AND id = $2";
    LATER = "UPDATE job SET run_at = $3, leased_until = NULL, last_error = $4 WHERE organisation_id = $1 AND id = $2";
    DEAD = "UPDATE job SET state = 'dead', leased_until = NULL, last_error = $3 WHERE organisation_id = $1 AND id = $2";
    OLDEST = "SELECT run_at FROM job WHERE organisation_id = $1 AND state = 'ready' ORDER BY run_at LIMIT 1";
    DUE = "SELECT COUNT(*) AS n FROM job WHERE organisation_id = $1 AND state = 'ready' AND run_at <= $2 AND (leased_until IS NULL OR leased_until < $2)";
    ANY_DUE = "SELECT id FROM job WHERE organisation_id = $1 AND state = 'ready' AND kind = $3 AND run_at <= $2 AND (leased_until IS NULL OR leased_until < $2) LIMIT 1";
    FORGET = "DELETE FROM job WHERE organisation_id = $1 AND state = 'done' AND run_at < $2";
}

/// A unit of background work that has been leased.
#[derive(Debug, Clone)]
pub struct Leased {
    /// Its id.
    pub id: JobId,
    /// Which job.
    pub kind: String,
    /// JSON for it.
    pub payload: String,
    /// How often it has been tried, this time included.
    pub attempts: i64,
}

/// The values of a new unit's row.
pub(crate) fn row(organisation: OrganisationId, id: JobId, kind: &str, payload: &str, run_at: Timestamp) -> [Value; 5] {
    args![organisation, id, kind, payload, run_at]
}

/// Leases up to `most` units of one kind that are due, those never tried first; a lease that runs out makes them due again.
pub async fn lease(
    conn: &mut Conn,
    organisation: OrganisationId,
    now: Timestamp,
    until: Timestamp,
    (kind, most): (&str, i64),
) -> Result<Vec<Leased>, StoreError> {
    let rows = conn.rows(LEASE, &args![organisation, now, until, most, kind]).await?;
    rows.iter()
        .map(|row| Ok(Leased { id: row.id("id")?, kind: row.text("kind")?, payload: row.text("payload")?, attempts: row.int("attempts")? }))
        .collect()
}

/// Whether any unit of one kind is due; looking does not write.
pub async fn any_due(conn: &mut Conn, organisation: OrganisationId, now: Timestamp, kind: &str) -> Result<bool, StoreError> {
    Ok(conn.row(ANY_DUE, &args![organisation, now, kind]).await?.is_some())
}

/// How many units are due; looking does not write.
pub async fn due(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<i64, StoreError> {
    conn.row(DUE, &args![organisation, now]).await?.ok_or_else(|| StoreError::Corrupt("no count".into()))?.int("n")
}

/// Marks a unit as done.
pub async fn done(conn: &mut Conn, organisation: OrganisationId, id: JobId) -> Result<(), StoreError> {
    conn.execute(DONE, &args![organisation, id]).await.map(|_| ())
}

/// Puts a unit off until `run_at`.
pub async fn later(conn: &mut Conn, organisation: OrganisationId, id: JobId, run_at: Timestamp, why: &str) -> Result<(), StoreError> {
    conn.execute(LATER, &args![organisation, id, run_at, why]).await.map(|_| ())
}

/// Gives a unit up; the caller makes a work item of it in the same transaction.
pub async fn dead(conn: &mut Conn, organisation: OrganisationId, id: JobId, why: &str) -> Result<(), StoreError> {
    conn.execute(DEAD, &args![organisation, id, why]).await.map(|_| ())
}

/// When the oldest unit that is not done is or was due.
pub async fn oldest(conn: &mut Conn, organisation: OrganisationId) -> Result<Option<Timestamp>, StoreError> {
    conn.row(OLDEST, &args![organisation]).await?.map(|row| row.time("run_at")).transpose()
}

/// Forgets finished units older than `before`.
pub async fn forget_done(conn: &mut Conn, organisation: OrganisationId, before: Timestamp) -> Result<u64, StoreError> {
    conn.execute(FORGET, &args![organisation, before]).await
}
