//! Record entries: the lines of a patient's timeline.

use portico_domain::record::RecordEntry;
use portico_nhs::{OrganisationId, PatientId, WorkItemId};

use crate::{Conn, Row, StoreError, args};

statements! {
    INSERT = "INSERT INTO record_entry (organisation_id, id, patient_id, item_id, at, by_name, outcome, code, body, withdrawn) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, FALSE)";
    WITHDRAW = "UPDATE record_entry SET withdrawn = TRUE WHERE organisation_id = $1 AND item_id = $2";
    OF_PATIENT = "SELECT id, patient_id, item_id, at, by_name, outcome, code, body, withdrawn FROM record_entry WHERE organisation_id = $1 AND patient_id = $2 ORDER BY at DESC LIMIT 200";
    OF_ITEM = "SELECT id, patient_id, item_id, at, by_name, outcome, code, body, withdrawn FROM record_entry WHERE organisation_id = $1 AND item_id = $2 ORDER BY at DESC LIMIT 20";
    SET_PATIENT = "UPDATE record_entry SET patient_id = $3 WHERE organisation_id = $1 AND item_id = $2";
}

fn read(row: &Row) -> Result<RecordEntry, StoreError> {
    Ok(RecordEntry {
        id: row.id("id")?,
        patient: row.opt_id("patient_id")?,
        item: row.id("item_id")?,
        at: row.time("at")?,
        by: row.text("by_name")?,
        outcome: row.parsed("outcome")?,
        code: row.opt_parsed("code")?,
        text: row.text("body")?,
        withdrawn: row.flag("withdrawn")?,
    })
}

/// Writes a line.
pub async fn insert(conn: &mut Conn, organisation: OrganisationId, e: &RecordEntry) -> Result<(), StoreError> {
    let values = args![organisation, e.id, e.patient, e.item, e.at, &e.by, e.outcome.code(), e.code.map(|c| c.code()), &e.text];
    conn.execute(INSERT, &values).await.map(|_| ())
}

/// Withdraws the lines of an item whose closing was undone.
pub async fn withdraw(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<(), StoreError> {
    conn.execute(WITHDRAW, &args![organisation, item]).await.map(|_| ())
}

/// Moves an item's lines to the patient it was matched to.
pub async fn set_patient(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId, patient: PatientId) -> Result<(), StoreError> {
    conn.execute(SET_PATIENT, &args![organisation, item, patient]).await.map(|_| ())
}

/// A patient's timeline, newest first.
pub async fn of_patient(conn: &mut Conn, organisation: OrganisationId, patient: PatientId) -> Result<Vec<RecordEntry>, StoreError> {
    conn.rows(OF_PATIENT, &args![organisation, patient]).await?.iter().map(read).collect()
}

/// What was recorded when an item was closed, newest first.
pub async fn of_item(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<Vec<RecordEntry>, StoreError> {
    conn.rows(OF_ITEM, &args![organisation, item]).await?.iter().map(read).collect()
}
