//! What practices say of themselves: versions.

use jiff::Timestamp;
use portico_domain::details::Details;
use portico_nhs::OrganisationId;
use uuid::Uuid;

use crate::{Conn, Row, StoreError, args};

statements! {
    ADD = "INSERT INTO practice_details (organisation_id, id, from_at, phone, takes, why, made_at, made_by, made_no, withdrawn) \
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, (SELECT COALESCE(MAX(made_no), 0) + 1 FROM practice_details WHERE organisation_id = $1), FALSE)";
    IN_FORCE = "SELECT * FROM practice_details WHERE organisation_id = $1 AND from_at <= $2 AND withdrawn = FALSE ORDER BY from_at DESC, made_no DESC LIMIT 1";
    VERSIONS = "SELECT * FROM practice_details WHERE organisation_id = $1 ORDER BY from_at DESC, made_no DESC LIMIT 50";
    WITHDRAW = "UPDATE practice_details SET withdrawn = TRUE WHERE organisation_id = $1 AND id = $2 AND from_at > $3 AND withdrawn = FALSE";
}

/// A version.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its id.
    pub id: Uuid,
    /// In force from.
    pub from: Timestamp,
    /// What it says.
    pub details: Details,
    /// Why it was made.
    pub why: String,
    /// When.
    pub made_at: Timestamp,
    /// By whom.
    pub made_by: String,
    /// Taken back before its day.
    pub withdrawn: bool,
}

fn read(row: &Row) -> Result<Version, StoreError> {
    Ok(Version {
        id: row.id("id")?,
        from: row.time("from_at")?,
        details: Details { phone: row.text("phone")?, takes: row.json("takes")? },
        why: row.text("why")?,
        made_at: row.time("made_at")?,
        made_by: row.text("made_by")?,
        withdrawn: row.flag("withdrawn")?,
    })
}

/// Adds a version.
pub async fn add(conn: &mut Conn, organisation: OrganisationId, v: &Version) -> Result<(), StoreError> {
    let takes = serde_json::to_string(&v.details.takes).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    conn.execute(ADD, &args![organisation, v.id, v.from, &v.details.phone, takes, &v.why, v.made_at, &v.made_by]).await.map(|_| ())
}

/// What is in force at a moment; `None` while what the practice was set up with still holds.
pub async fn in_force(conn: &mut Conn, organisation: OrganisationId, at: Timestamp) -> Result<Option<Details>, StoreError> {
    let row = conn.row(IN_FORCE, &args![organisation, at]).await?;
    Ok(row.map(|r| read(&r)).transpose()?.map(|v| v.details))
}

/// Every version, the latest first.
pub async fn versions(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Version>, StoreError> {
    conn.rows(VERSIONS, &args![organisation]).await?.iter().map(read).collect()
}

/// Takes back a version whose day has not come; false when it has.
pub async fn withdraw(conn: &mut Conn, organisation: OrganisationId, id: Uuid, now: Timestamp) -> Result<bool, StoreError> {
    Ok(conn.execute(WITHDRAW, &args![organisation, id, now]).await? == 1)
}
