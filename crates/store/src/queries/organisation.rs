//! Organisations and their teams.

use std::collections::BTreeMap;

use portico_domain::{pathway::Pathway, staff::Teams};
use portico_nhs::{OdsCode, OrganisationId, TeamId};

use crate::{Conn, Row, StoreError, args};

statements! {
    INSERT = "INSERT INTO organisation (id, name, ods_code, host, phone, demonstration) VALUES ($1, $2, $3, $4, $5, $6)";
    LIST = "SELECT id, name, ods_code, host, phone, demonstration FROM organisation ORDER BY name LIMIT 1000";
    INSERT_TEAM = "INSERT INTO team (organisation_id, id, name, purpose, pathways) VALUES ($1, $2, $3, $4, $5)";
    TEAMS = "SELECT id, name, purpose, pathways FROM team WHERE organisation_id = $1 ORDER BY name LIMIT 200";
}

/// A practice, hub or trust.
#[derive(Debug, Clone)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// As patients see it.
    pub name: String,
    /// Its code.
    pub ods_code: OdsCode,
    /// The web host that means it; `None` when it is the only one.
    pub host: Option<String>,
    /// The number that patients ring.
    pub phone: String,
    /// Whether everybody in it is made up.
    pub demonstration: bool,
}

/// A group of staff.
#[derive(Debug, Clone)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// As staff see it.
    pub name: String,
    /// `triage`, `duty` or `pathway`.
    pub purpose: String,
    /// What it owns.
    pub pathways: Vec<Pathway>,
}

/// Adds an organisation.
pub async fn insert(conn: &mut Conn, o: &Organisation) -> Result<(), StoreError> {
    conn.execute(INSERT, &args![o.id, &o.name, o.ods_code.as_str(), o.host.as_deref(), &o.phone, o.demonstration]).await.map(|_| ())
}

/// Every organisation on this server.
pub async fn list(conn: &mut Conn) -> Result<Vec<Organisation>, StoreError> {
    conn.rows(LIST, &[]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Organisation, StoreError> {
    Ok(Organisation {
        id: row.id("id")?,
        name: row.text("name")?,
        ods_code: row.parsed("ods_code")?,
        host: row.opt_text("host")?,
        phone: row.text("phone")?,
        demonstration: row.flag("demonstration")?,
    })
}

/// Adds a team.
pub async fn insert_team(conn: &mut Conn, organisation: OrganisationId, team: &Team) -> Result<(), StoreError> {
    let pathways = team.pathways.iter().map(|p| p.code()).collect::<Vec<_>>().join(",");
    conn.execute(INSERT_TEAM, &args![organisation, team.id, &team.name, &team.purpose, pathways]).await.map(|_| ())
}

/// Every team, by name.
pub async fn teams(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Team>, StoreError> {
    conn.rows(TEAMS, &args![organisation])
        .await?
        .iter()
        .map(|row| {
            let pathways = row.text("pathways")?.split(',').filter_map(|c| c.parse().ok()).collect();
            Ok(Team { id: row.id("id")?, name: row.text("name")?, purpose: row.text("purpose")?, pathways })
        })
        .collect()
}

/// Which team owns what, for decisions; an organisation without a triage and a duty team cannot take requests.
pub fn routing(teams: &[Team]) -> Result<Teams, StoreError> {
    let named = |purpose: &str| {
        teams
            .iter()
            .find(|t| t.purpose == purpose)
            .map(|t| t.id)
            .ok_or_else(|| StoreError::Setup(format!("the organisation has no {purpose} team")))
    };
    let by_pathway: BTreeMap<Pathway, TeamId> = teams.iter().flat_map(|t| t.pathways.iter().map(|p| (*p, t.id))).collect();
    Ok(Teams { triage: named("triage")?, duty: named("duty")?, by_pathway })
}
