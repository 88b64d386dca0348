//! How online requests are taken: versions, and what came online.

use jiff::Timestamp;
use portico_domain::{
    opening::{Came, OpeningRules},
    request::Door,
};
use portico_nhs::OrganisationId;
use uuid::Uuid;

use crate::{Conn, Row, StoreError, args};

statements! {
    ADD = "INSERT INTO opening (organisation_id, id, from_at, until_at, rules, why, made_at, made_by, made_no, withdrawn) \
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, (SELECT COALESCE(MAX(made_no), 0) + 1 FROM opening WHERE organisation_id = $1), FALSE)";
    IN_FORCE = "SELECT * FROM opening WHERE organisation_id = $1 AND from_at <= $2 AND (until_at IS NULL OR until_at > $2) AND withdrawn = FALSE ORDER BY from_at DESC, made_no DESC LIMIT 1";
    VERSIONS = "SELECT * FROM opening WHERE organisation_id = $1 ORDER BY from_at DESC, made_no DESC LIMIT 50";
    WITHDRAW = "UPDATE opening SET withdrawn = TRUE WHERE organisation_id = $1 AND id = $2 AND from_at > $3 AND withdrawn = FALSE";
    CAME = "SELECT received_at, door, kind, urgency, COALESCE(heard_at, closed_at) AS heard_at FROM work_item WHERE organisation_id = $1 AND received_at >= $2 AND about_id IS NULL ORDER BY received_at LIMIT 100000";
    TODAY = "SELECT COUNT(*) AS n FROM work_item WHERE organisation_id = $1 AND received_at >= $2 AND door = 'online' AND about_id IS NULL";
}

/// A version of the rules.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its id.
    pub id: Uuid,
    /// In force from.
    pub from: Timestamp,
    /// Until when, for one day only; then what held before holds again.
    pub until: Option<Timestamp>,
    /// What it says.
    pub rules: OpeningRules,
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
        until: row.opt_time("until_at")?,
        rules: row.json("rules")?,
        why: row.text("why")?,
        made_at: row.time("made_at")?,
        made_by: row.text("made_by")?,
        withdrawn: row.flag("withdrawn")?,
    })
}

/// Adds a version.
pub async fn add(conn: &mut Conn, organisation: OrganisationId, v: &Version) -> Result<(), StoreError> {
    let rules = serde_json::to_string(&v.rules).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    conn.execute(ADD, &args![organisation, v.id, v.from, v.until, rules, &v.why, v.made_at, &v.made_by]).await.map(|_| ())
}

/// The rules in force at a moment; the door is open when nobody has set any.
pub async fn in_force(conn: &mut Conn, organisation: OrganisationId, at: Timestamp) -> Result<OpeningRules, StoreError> {
    let row = conn.row(IN_FORCE, &args![organisation, at]).await?;
    Ok(row.map(|r| read(&r)).transpose()?.map(|v| v.rules).unwrap_or_default())
}

/// Every version, the latest first.
pub async fn versions(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Version>, StoreError> {
    conn.rows(VERSIONS, &args![organisation]).await?.iter().map(read).collect()
}

/// Takes back a version whose day has not come; false when it has.
pub async fn withdraw(conn: &mut Conn, organisation: OrganisationId, id: Uuid, now: Timestamp) -> Result<bool, StoreError> {
    Ok(conn.execute(WITHDRAW, &args![organisation, id, now]).await? == 1)
}

/// What came since a moment, earliest first. Of what was closed without a word to the patient nobody waits any more.
pub async fn came(conn: &mut Conn, organisation: OrganisationId, since: Timestamp) -> Result<Vec<Came>, StoreError> {
    let rows = conn.rows(CAME, &args![organisation, since]).await?;
    rows.iter()
        .map(|r| {
            let (at, heard) = (r.time("received_at")?, r.opt_time("heard_at")?);
            let online = r.parsed::<Door>("door")? == Door::Online;
            Ok(Came { at, online, kind: r.parsed("kind")?, urgency: r.opt_parsed("urgency")?, heard })
        })
        .collect()
}

/// How many came online since a moment.
pub async fn online_since(conn: &mut Conn, organisation: OrganisationId, since: Timestamp) -> Result<i64, StoreError> {
    conn.row(TODAY, &args![organisation, since]).await?.ok_or_else(|| StoreError::Corrupt("no count".into()))?.int("n")
}
