//! History: reading the audit log.

use jiff::Timestamp;
use portico_domain::{event::Verb, staff::Actor, work_item::Position};
use portico_nhs::{OrganisationId, PatientId, WorkItemId};

use crate::{Conn, Row, StoreError, args};

statements! {
    OF_ITEM = "SELECT seq, at, actor, verb, item_id, words, before_state FROM event WHERE organisation_id = $1 AND item_id = $2 ORDER BY seq DESC LIMIT 300";
    OF_PATIENT = "SELECT seq, at, actor, verb, item_id, words, before_state FROM event WHERE organisation_id = $1 AND patient_id = $2 ORDER BY seq DESC LIMIT 500";
    LAST_CHANGE = "SELECT seq, at, actor, verb, item_id, words, before_state FROM event \
                   WHERE organisation_id = $1 AND item_id = $2 AND before_state IS NOT NULL ORDER BY seq DESC LIMIT 1";
    CALLS = "SELECT COUNT(*) AS n FROM event WHERE organisation_id = $1 AND item_id = $2 AND verb = 'no_answer' AND seq > \
             COALESCE((SELECT MAX(e.seq) FROM event e WHERE e.organisation_id = $1 AND e.item_id = $2 AND e.verb IN ('called', 'answered', 'patient_added', 'asked')), 0)";
    RECENT = "SELECT seq, at, actor, verb, item_id, words, before_state FROM event WHERE organisation_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT 100";
}

/// One line of history.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its place in the organisation's log.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub verb: Verb,
    /// To which item.
    pub item: Option<WorkItemId>,
    /// In words.
    pub words: String,
    /// The position before, when there was one.
    pub before: Option<Position>,
}

fn read(row: &Row) -> Result<Event, StoreError> {
    Ok(Event {
        seq: row.int("seq")?,
        at: row.time("at")?,
        actor: row.json("actor")?,
        verb: row.parsed("verb")?,
        item: row.opt_id("item_id")?,
        words: row.text("words")?,
        before: row.opt_json("before_state")?,
    })
}

/// An item's history, newest first.
pub async fn of_item(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<Vec<Event>, StoreError> {
    conn.rows(OF_ITEM, &args![organisation, item]).await?.iter().map(read).collect()
}

/// Everything about a patient, newest first.
pub async fn of_patient(conn: &mut Conn, organisation: OrganisationId, patient: PatientId) -> Result<Vec<Event>, StoreError> {
    conn.rows(OF_PATIENT, &args![organisation, patient]).await?.iter().map(read).collect()
}

/// The last change of an item's position.
pub async fn last_change(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<Option<Event>, StoreError> {
    conn.row(LAST_CHANGE, &args![organisation, item]).await?.map(|row| read(&row)).transpose()
}

/// How often nobody answered a call since the patient was last in touch or written to.
pub async fn calls_without_answer(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<u32, StoreError> {
    let n = conn.row(CALLS, &args![organisation, item]).await?.ok_or_else(|| StoreError::Corrupt("no count".into()))?.int("n")?;
    Ok(u32::try_from(n).unwrap_or(u32::MAX))
}

/// The organisation's log before a place, newest first.
pub async fn recent(conn: &mut Conn, organisation: OrganisationId, before: i64) -> Result<Vec<Event>, StoreError> {
    conn.rows(RECENT, &args![organisation, before]).await?.iter().map(read).collect()
}
