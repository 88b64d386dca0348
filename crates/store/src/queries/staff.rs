//! Staff and their sign-in sessions.

use jiff::Timestamp;
use portico_domain::staff::{Hours, Presence, Role};
use portico_nhs::{OrganisationId, StaffId, TeamId};

use crate::{Conn, Row, StoreError, args};

statements! {
    INSERT = "INSERT INTO staff (organisation_id, id, name, email, role, team_id, presence, password_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    LIST = "SELECT id, name, email, role, team_id, presence, hours FROM staff WHERE organisation_id = $1 ORDER BY name LIMIT 1000";
    LOAD = "SELECT id, name, email, role, team_id, presence, hours FROM staff WHERE organisation_id = $1 AND id = $2";
    BY_EMAIL = "SELECT id, name, email, role, team_id, presence, hours, password_hash FROM staff WHERE organisation_id = $1 AND email = $2";
    SET_PRESENCE = "UPDATE staff SET presence = $3 WHERE organisation_id = $1 AND id = $2";
    SET_ROLE = "UPDATE staff SET role = $3 WHERE organisation_id = $1 AND id = $2";
    STILL_PLANNED = "SELECT COUNT(*) AS slots, COUNT(k.slot_id) AS booked, MAX(s.starts_at) AS last_at FROM slot s \
                     JOIN clinic_session c ON c.organisation_id = s.organisation_id AND c.id = s.session_id \
                     LEFT JOIN slot_claim k ON k.organisation_id = s.organisation_id AND k.slot_id = s.id AND k.kind = 'booking' \
                     WHERE s.organisation_id = $1 AND c.clinician_id = $2 AND s.starts_at > $3 AND s.withdrawn_by IS NULL";
    SET_HOURS = "UPDATE staff SET hours = $3 WHERE organisation_id = $1 AND id = $2";
    SET_PASSWORD = "UPDATE staff SET password_hash = $3 WHERE organisation_id = $1 AND id = $2";
    START_SESSION = "INSERT INTO staff_session (organisation_id, token_hash, staff_id, csrf, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $5, $6)";
    SESSION = "SELECT s.id, s.name, s.email, s.role, s.team_id, s.presence, s.hours, t.csrf, t.seen_at, t.expires_at FROM staff_session t \
               JOIN staff s ON s.organisation_id = t.organisation_id AND s.id = t.staff_id \
               WHERE t.organisation_id = $1 AND t.token_hash = $2 AND t.expires_at > $3";
    SEEN = "UPDATE staff_session SET seen_at = $3, expires_at = $4 WHERE organisation_id = $1 AND token_hash = $2";
    END_SESSION = "DELETE FROM staff_session WHERE organisation_id = $1 AND token_hash = $2";
    END_ALL = "DELETE FROM staff_session WHERE organisation_id = $1 AND staff_id = $2";
    FORGET = "DELETE FROM staff_session WHERE organisation_id = $1 AND expires_at < $2";
}

/// A person who works for the organisation.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Their id.
    pub id: StaffId,
    /// As shown.
    pub name: String,
    /// Lower case.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Whose work they share.
    pub team: TeamId,
    /// Whether they can own work.
    pub presence: Presence,
    /// When they usually work; `None` has not been told.
    pub hours: Option<Hours>,
}

/// A signed-in session.
#[derive(Debug, Clone)]
pub struct StaffSession {
    /// Who.
    pub staff: Staff,
    /// The token of every form.
    pub csrf: String,
    /// Last use.
    pub seen_at: Timestamp,
}

fn read(row: &Row) -> Result<Staff, StoreError> {
    Ok(Staff {
        id: row.id("id")?,
        name: row.text("name")?,
        email: row.text("email")?,
        role: row.parsed("role")?,
        team: row.id("team_id")?,
        presence: row.parsed("presence")?,
        hours: row.opt_json("hours")?,
    })
}

/// Adds a person with the hash of their password.
pub async fn insert(conn: &mut Conn, organisation: OrganisationId, s: &Staff, password_hash: &str) -> Result<(), StoreError> {
    let values = args![organisation, s.id, &s.name, s.email.to_lowercase(), s.role.code(), s.team, s.presence.code(), password_hash];
    conn.execute(INSERT, &values).await.map(|_| ())
}

/// Everybody, by name.
pub async fn list(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Staff>, StoreError> {
    conn.rows(LIST, &args![organisation]).await?.iter().map(read).collect()
}

/// One person.
pub async fn load(conn: &mut Conn, organisation: OrganisationId, id: StaffId) -> Result<Option<Staff>, StoreError> {
    conn.row(LOAD, &args![organisation, id]).await?.map(|row| read(&row)).transpose()
}

/// The person who signs in with an address, and the hash of their password.
pub async fn by_email(conn: &mut Conn, organisation: OrganisationId, email: &str) -> Result<Option<(Staff, String)>, StoreError> {
    let row = conn.row(BY_EMAIL, &args![organisation, email.trim().to_lowercase()]).await?;
    row.map(|row| Ok((read(&row)?, row.text("password_hash")?))).transpose()
}

/// Marks a person at work, away or left; the caller hands their work on in the same transaction.
pub async fn set_presence(conn: &mut Conn, organisation: OrganisationId, id: StaffId, presence: Presence) -> Result<(), StoreError> {
    conn.execute(SET_PRESENCE, &args![organisation, id, presence.code()]).await?;
    if presence == Presence::Left {
        conn.execute(END_ALL, &args![organisation, id]).await?;
    }
    Ok(())
}

/// What is still planned for a clinician.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// Slots to come.
    pub slots: i64,
    /// Of them booked.
    pub booked: i64,
    /// When the last begins; `None` when there is none.
    pub last: Option<Timestamp>,
}

/// The slots of a clinician after a moment.
pub async fn planned(conn: &mut Conn, organisation: OrganisationId, id: StaffId, now: Timestamp) -> Result<Planned, StoreError> {
    let row = conn.row(STILL_PLANNED, &args![organisation, id, now]).await?.ok_or_else(|| StoreError::Corrupt("no count".into()))?;
    Ok(Planned { slots: row.int("slots")?, booked: row.int("booked")?, last: row.opt_time("last_at")? })
}

/// Gives a person another role and ends their sessions, so that no page stands open with the rights of the old one.
pub async fn set_role(conn: &mut Conn, organisation: OrganisationId, id: StaffId, role: Role) -> Result<(), StoreError> {
    conn.execute(SET_ROLE, &args![organisation, id, role.code()]).await?;
    conn.execute(END_ALL, &args![organisation, id]).await.map(|_| ())
}

/// Says when somebody usually works.
pub async fn set_hours(conn: &mut Conn, organisation: OrganisationId, id: StaffId, hours: Option<&Hours>) -> Result<(), StoreError> {
    let hours = hours.map(serde_json::to_string).transpose().map_err(|e| StoreError::Corrupt(e.to_string()))?;
    conn.execute(SET_HOURS, &args![organisation, id, hours]).await.map(|_| ())
}

/// Replaces a password and ends every session that the old one began.
pub async fn set_password(conn: &mut Conn, organisation: OrganisationId, id: StaffId, hash: &str) -> Result<(), StoreError> {
    conn.execute(SET_PASSWORD, &args![organisation, id, hash]).await?;
    conn.execute(END_ALL, &args![organisation, id]).await.map(|_| ())
}

/// Begins a session; only the hash of its token is kept.
pub async fn start_session(
    conn: &mut Conn,
    organisation: OrganisationId,
    token: &str,
    staff: StaffId,
    csrf: &str,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(START_SESSION, &args![organisation, crate::hash_of(token), staff, csrf, now, expires]).await.map(|_| ())
}

/// The session of a token, if it has not run out.
pub async fn session(
    conn: &mut Conn,
    organisation: OrganisationId,
    token: &str,
    now: Timestamp,
) -> Result<Option<StaffSession>, StoreError> {
    let row = conn.row(SESSION, &args![organisation, crate::hash_of(token), now]).await?;
    row.map(|row| Ok(StaffSession { staff: read(&row)?, csrf: row.text("csrf")?, seen_at: row.time("seen_at")? })).transpose()
}

/// Notes that a session was used, which keeps it alive.
pub async fn seen(
    conn: &mut Conn,
    organisation: OrganisationId,
    token: &str,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(SEEN, &args![organisation, crate::hash_of(token), now, expires]).await.map(|_| ())
}

/// Ends a session.
pub async fn end_session(conn: &mut Conn, organisation: OrganisationId, token: &str) -> Result<(), StoreError> {
    conn.execute(END_SESSION, &args![organisation, crate::hash_of(token)]).await.map(|_| ())
}

/// Forgets sessions that have run out.
pub async fn forget_expired(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<u64, StoreError> {
    conn.execute(FORGET, &args![organisation, now]).await
}
