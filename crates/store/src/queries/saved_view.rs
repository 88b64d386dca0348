//! Views of the desk that a person has saved.

use portico_nhs::{OrganisationId, SavedViewId, StaffId};

use crate::{Conn, StoreError, args};

statements! {
    INSERT = "INSERT INTO saved_view (organisation_id, id, staff_id, name, filter) VALUES ($1, $2, $3, $4, $5)";
    DELETE = "DELETE FROM saved_view WHERE organisation_id = $1 AND staff_id = $2 AND id = $3";
    LIST = "SELECT id, name, filter FROM saved_view WHERE organisation_id = $1 AND staff_id = $2 ORDER BY name LIMIT 50";
}

/// A saved view.
#[derive(Debug, Clone)]
pub struct SavedView {
    /// Its id.
    pub id: SavedViewId,
    /// As its owner named it.
    pub name: String,
    /// The desk's query string.
    pub filter: String,
}

/// Saves a view.
pub async fn insert(conn: &mut Conn, organisation: OrganisationId, staff: StaffId, v: &SavedView) -> Result<(), StoreError> {
    conn.execute(INSERT, &args![organisation, v.id, staff, &v.name, &v.filter]).await.map(|_| ())
}

/// Removes one's own view.
pub async fn delete(conn: &mut Conn, organisation: OrganisationId, staff: StaffId, id: SavedViewId) -> Result<(), StoreError> {
    conn.execute(DELETE, &args![organisation, staff, id]).await.map(|_| ())
}

/// One's own views, by name.
pub async fn list(conn: &mut Conn, organisation: OrganisationId, staff: StaffId) -> Result<Vec<SavedView>, StoreError> {
    let rows = conn.rows(LIST, &args![organisation, staff]).await?;
    rows.iter().map(|row| Ok(SavedView { id: row.id("id")?, name: row.text("name")?, filter: row.text("filter")? })).collect()
}
