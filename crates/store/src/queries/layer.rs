//! What a practice lays over the shipped triage content, version by version.

use jiff::Timestamp;
use portico_domain::layer::{Change, Layer, LayerState};
use portico_nhs::OrganisationId;
use uuid::Uuid;

use crate::{Conn, Row, StoreError, args};

statements! {
    PUT = "INSERT INTO triage_layer (organisation_id, id, state, changes, made_at, made_by) VALUES ($1, $2, 'draft', $3, $4, $5) \
           ON CONFLICT (organisation_id, id) DO UPDATE SET changes = excluded.changes, version = NULL, replay = NULL WHERE triage_layer.state = 'draft'";
    REPLAYED = "UPDATE triage_layer SET version = $3, replay = $4 WHERE organisation_id = $1 AND id = $2 AND state = 'draft' AND changes = $5";
    DECIDE = "UPDATE triage_layer SET state = $3, decided_at = $4, decided_by = $5 WHERE organisation_id = $1 AND id = $2 AND state = 'draft'";
    DRAFT = "SELECT * FROM triage_layer WHERE organisation_id = $1 AND state = 'draft' ORDER BY id DESC LIMIT 1";
    IN_FORCE = "SELECT * FROM triage_layer WHERE organisation_id = $1 AND state = 'published' ORDER BY id DESC LIMIT 1";
    HISTORY = "SELECT * FROM triage_layer WHERE organisation_id = $1 AND state <> 'draft' ORDER BY id DESC LIMIT 50";
}

fn read(row: &Row) -> Result<Layer, StoreError> {
    Ok(Layer {
        id: row.id("id")?,
        changes: row.json("changes")?,
        state: row.parsed("state")?,
        by: row.text("made_by")?,
        made_at: row.time("made_at")?,
        decided_by: row.opt_text("decided_by")?,
        decided_at: row.opt_time("decided_at")?,
        version: row.opt_text("version")?,
        replay: row.opt_text("replay")?.map(|r| serde_json::from_str(&r).map_err(|e| StoreError::Corrupt(e.to_string()))).transpose()?,
    })
}

fn json(changes: &[Change]) -> Result<String, StoreError> {
    serde_json::to_string(changes).map_err(|e| StoreError::Corrupt(e.to_string()))
}

/// Begins a draft, or gives it other changes; what its replay said is forgotten.
pub async fn put(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: Uuid,
    changes: &[Change],
    (at, by): (Timestamp, &str),
) -> Result<(), StoreError> {
    conn.execute(PUT, &args![organisation, id, json(changes)?, at, by]).await.map(|_| ())
}

/// Keeps what a replay of these changes said; says whether the draft still has them.
pub async fn replayed(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: Uuid,
    (version, replay): (&str, &str),
    changes: &[Change],
) -> Result<bool, StoreError> {
    Ok(conn.execute(REPLAYED, &args![organisation, id, version, replay, json(changes)?]).await? > 0)
}

/// Publishes a draft or throws it away; says whether it was there.
pub async fn decide(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: Uuid,
    state: LayerState,
    (at, by): (Timestamp, &str),
) -> Result<bool, StoreError> {
    Ok(conn.execute(DECIDE, &args![organisation, id, state.code(), at, by]).await? > 0)
}

/// The changes that are being written, if any are.
pub async fn draft(conn: &mut Conn, organisation: OrganisationId) -> Result<Option<Layer>, StoreError> {
    conn.row(DRAFT, &args![organisation]).await?.map(|row| read(&row)).transpose()
}

/// The layer in force, if one was ever published.
pub async fn in_force(conn: &mut Conn, organisation: OrganisationId) -> Result<Option<Layer>, StoreError> {
    conn.row(IN_FORCE, &args![organisation]).await?.map(|row| read(&row)).transpose()
}

/// What was published or thrown away, newest first.
pub async fn history(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Layer>, StoreError> {
    conn.rows(HISTORY, &args![organisation]).await?.iter().map(read).collect()
}
