//! Private work, with the request that it is about.

use jiff::Timestamp;
use portico_domain::private_work::{PrivateState, PrivateWork};
use portico_nhs::{OrganisationId, TeamId, WorkItemId};
use uuid::Uuid;

use crate::{Conn, Row, StoreError, args};

statements! {
    INSERT = "INSERT INTO private_work (organisation_id, id, item_id, what, fee, state, logged_by, logged_at, changed_by, changed_at, note) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    LOAD = "SELECT * FROM private_work WHERE organisation_id = $1 AND id = $2";
    OF_ITEM = "SELECT * FROM private_work WHERE organisation_id = $1 AND item_id = $2 ORDER BY logged_at DESC, id LIMIT 50";
    SET_STATE = "UPDATE private_work SET state = $3, changed_by = $4, changed_at = $5, note = $6 WHERE organisation_id = $1 AND id = $2 AND state = $7";
    LISTED = "SELECT p.*, w.reference, w.person_name, w.is_open, w.owner_team, s.name AS owner FROM private_work p \
              JOIN work_item w ON w.organisation_id = p.organisation_id AND w.id = p.item_id \
              LEFT JOIN staff s ON s.organisation_id = w.organisation_id AND s.id = w.owner_staff \
              WHERE p.organisation_id = $1 AND (p.state IN ('quoted', 'agreed') OR p.changed_at > $2) ORDER BY p.logged_at, p.id LIMIT 2000";
}

/// A piece of private work on the list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The work.
    pub work: PrivateWork,
    /// What people quote.
    pub reference: String,
    /// Whose it is.
    pub person_name: String,
    /// The team and the person who have the request, while it is open.
    pub owner: Option<(TeamId, Option<String>)>,
}

fn read(row: &Row) -> Result<PrivateWork, StoreError> {
    Ok(PrivateWork {
        id: row.id("id")?,
        item: row.id("item_id")?,
        what: row.text("what")?,
        fee: row.int("fee")?,
        state: row.parsed("state")?,
        logged: (row.text("logged_by")?, row.time("logged_at")?),
        changed: (row.text("changed_by")?, row.time("changed_at")?),
        note: row.text("note")?,
    })
}

/// Logs a piece of private work.
pub async fn insert(conn: &mut Conn, organisation: OrganisationId, p: &PrivateWork) -> Result<(), StoreError> {
    let (logged, changed) = (&p.logged, &p.changed);
    let values = args![organisation, p.id, p.item, &p.what, p.fee, p.state.code(), &logged.0, logged.1, &changed.0, changed.1, &p.note];
    conn.execute(INSERT, &values).await.map(|_| ())
}

/// One piece.
pub async fn load(conn: &mut Conn, organisation: OrganisationId, id: Uuid) -> Result<Option<PrivateWork>, StoreError> {
    conn.row(LOAD, &args![organisation, id]).await?.map(|r| read(&r)).transpose()
}

/// Everything about a request, newest first.
pub async fn of_item(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<Vec<PrivateWork>, StoreError> {
    conn.rows(OF_ITEM, &args![organisation, item]).await?.iter().map(read).collect()
}

/// Moves it on from the state in which it was; false when it is not in that any more.
pub async fn set_state(conn: &mut Conn, organisation: OrganisationId, p: &PrivateWork, from: PrivateState) -> Result<bool, StoreError> {
    let values = args![organisation, p.id, p.state.code(), &p.changed.0, p.changed.1, &p.note, from.code()];
    Ok(conn.execute(SET_STATE, &values).await? == 1)
}

/// What is open, and what has been settled since a moment; the oldest first.
pub async fn listed(conn: &mut Conn, organisation: OrganisationId, settled_since: Timestamp) -> Result<Vec<Listed>, StoreError> {
    let rows = conn.rows(LISTED, &args![organisation, settled_since]).await?;
    rows.iter()
        .map(|r| {
            let owner = match (r.flag("is_open")?, r.opt_id("owner_team")?) {
                (true, Some(team)) => Some((team, r.opt_text("owner")?)),
                _ => None,
            };
            Ok(Listed { work: read(r)?, reference: r.text("reference")?, person_name: r.text("person_name")?, owner })
        })
        .collect()
}
