//! Forms that patients have begun: everything typed is kept until it is sent.

use jiff::Timestamp;
use portico_domain::request::Answers;
use portico_nhs::{DraftId, OrganisationId, WorkItemId};

use crate::{Conn, StoreError, args};

statements! {
    INSERT = "INSERT INTO draft (organisation_id, id, secret_hash, answers, state, created_at, updated_at) VALUES ($1, $2, $3, $4, 'open', $5, $5)";
    SAVE = "UPDATE draft SET answers = $3, updated_at = $4, state = 'open' WHERE organisation_id = $1 AND id = $2 AND state <> 'sent'";
    SET_ITEM = "UPDATE draft SET item_id = $3 WHERE organisation_id = $1 AND id = $2";
    ITEM_OF = "SELECT item_id FROM draft WHERE organisation_id = $1 AND id = $2";
    SET_STATE = "UPDATE draft SET state = $3 WHERE organisation_id = $1 AND id = $2 RETURNING item_id";
    LOAD = "SELECT id, answers, item_id, state, created_at, updated_at FROM draft WHERE organisation_id = $1 AND id = $2 AND secret_hash = $3";
    STILL_IDLE = "SELECT id FROM draft WHERE organisation_id = $1 AND id = $2 AND state = 'open' AND updated_at < $3";
    IDLE = "SELECT id, answers, item_id, state, created_at, updated_at FROM draft WHERE organisation_id = $1 AND state = 'open' AND updated_at < $2 ORDER BY updated_at LIMIT 100";
}

/// A form that was begun.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// Everything typed.
    pub answers: Answers,
    /// The item that it has become.
    pub item: Option<WorkItemId>,
    /// open, sent or abandoned.
    pub state: String,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

fn read(row: &crate::Row) -> Result<Draft, StoreError> {
    Ok(Draft {
        id: row.id("id")?,
        answers: row.json("answers")?,
        item: row.opt_id("item_id")?,
        state: row.text("state")?,
        begun_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn text_of(answers: &Answers) -> Result<String, StoreError> {
    serde_json::to_string(answers).map_err(|e| StoreError::Corrupt(e.to_string()))
}

/// Begins a form; only the hash of its secret is kept.
pub async fn insert(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: DraftId,
    secret: &str,
    answers: &Answers,
    now: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(INSERT, &args![organisation, id, crate::hash_of(secret), text_of(answers)?, now]).await.map(|_| ())
}

/// Keeps what is typed now.
pub async fn save(conn: &mut Conn, organisation: OrganisationId, id: DraftId, answers: &Answers, now: Timestamp) -> Result<(), StoreError> {
    conn.execute(SAVE, &args![organisation, id, text_of(answers)?, now]).await.map(|_| ())
}

/// Notes the item that the form has become.
pub async fn set_item(conn: &mut Conn, organisation: OrganisationId, id: DraftId, item: WorkItemId) -> Result<(), StoreError> {
    conn.execute(SET_ITEM, &args![organisation, id, item]).await.map(|_| ())
}

/// The item that a form has become, as it stands in this transaction.
pub async fn item_of(conn: &mut Conn, organisation: OrganisationId, id: DraftId) -> Result<Option<WorkItemId>, StoreError> {
    conn.row(ITEM_OF, &args![organisation, id]).await?.map_or(Ok(None), |row| row.opt_id("item_id"))
}

/// Marks a form as sent or abandoned. Answers the item that it has become, as it stands in this transaction.
pub async fn set_state(conn: &mut Conn, organisation: OrganisationId, id: DraftId, state: &str) -> Result<Option<WorkItemId>, StoreError> {
    conn.row(SET_STATE, &args![organisation, id, state]).await?.map_or(Ok(None), |row| row.opt_id("item_id"))
}

/// The form of a secret.
pub async fn load(conn: &mut Conn, organisation: OrganisationId, id: DraftId, secret: &str) -> Result<Option<Draft>, StoreError> {
    conn.row(LOAD, &args![organisation, id, crate::hash_of(secret)]).await?.map(|row| read(&row)).transpose()
}

/// Open forms that nobody has touched since `before`.
pub async fn idle(conn: &mut Conn, organisation: OrganisationId, before: Timestamp) -> Result<Vec<Draft>, StoreError> {
    conn.rows(IDLE, &args![organisation, before]).await?.iter().map(read).collect()
}

/// Whether a form is still open and untouched since `before`, in this transaction.
pub async fn still_idle(conn: &mut Conn, organisation: OrganisationId, id: DraftId, before: Timestamp) -> Result<bool, StoreError> {
    Ok(conn.row(STILL_IDLE, &args![organisation, id, before]).await?.is_some())
}
