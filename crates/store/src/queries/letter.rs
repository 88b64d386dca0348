//! Letters that staff draft and a clinician signs.

use portico_domain::letter::{Letter, LetterState, Wording};
use portico_nhs::{OrganisationId, WorkItemId};
use uuid::Uuid;

use crate::{Conn, Row, StoreError, args};

statements! {
    INSERT = "INSERT INTO letter (organisation_id, id, item_id, patient_id, recipient, subject, body, to_patient, large_print, state, version, drafted_by, drafted_at, why) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12, '')";
    UPDATE = "UPDATE letter SET recipient = $4, subject = $5, body = $6, to_patient = $7, large_print = $8, state = $9, version = version + 1, \
              drafted_by = $10, drafted_at = $11, signed_by = $12, signed_at = $13, ended_by = $14, ended_at = $15, why = $16, patient_id = $17 \
              WHERE organisation_id = $1 AND id = $2 AND version = $3";
    LOAD = "SELECT id, item_id, patient_id, recipient, subject, body, to_patient, large_print, state, version, drafted_by, drafted_at, signed_by, signed_at, ended_by, ended_at, why \
            FROM letter WHERE organisation_id = $1 AND id = $2";
    OF_ITEM = "SELECT id, item_id, patient_id, recipient, subject, body, to_patient, large_print, state, version, drafted_by, drafted_at, signed_by, signed_at, ended_by, ended_at, why \
               FROM letter WHERE organisation_id = $1 AND item_id = $2 ORDER BY drafted_at DESC LIMIT 50";
    WAITING = "SELECT id, item_id, patient_id, recipient, subject, body, to_patient, large_print, state, version, drafted_by, drafted_at, signed_by, signed_at, ended_by, ended_at, why \
               FROM letter WHERE organisation_id = $1 AND state = $2 ORDER BY drafted_at LIMIT 200";
}

fn read(row: &Row) -> Result<Letter, StoreError> {
    let by = |name: &str, at: &str| Ok::<_, StoreError>(row.opt_text(name)?.zip(row.opt_time(at)?));
    Ok(Letter {
        id: row.id("id")?,
        item: row.id("item_id")?,
        patient: row.opt_id("patient_id")?,
        wording: Wording {
            to: row.text("recipient")?.lines().map(str::to_owned).collect(),
            subject: row.text("subject")?,
            body: row.text("body")?,
            to_patient: row.flag("to_patient")?,
            large_print: row.flag("large_print")?,
        },
        state: row.parsed("state")?,
        version: row.int("version")?,
        drafted: (row.text("drafted_by")?, row.time("drafted_at")?),
        signed: by("signed_by", "signed_at")?,
        ended: by("ended_by", "ended_at")?,
        why: row.text("why")?,
    })
}

/// Adds a letter.
pub async fn insert(conn: &mut Conn, organisation: OrganisationId, l: &Letter) -> Result<(), StoreError> {
    let w = &l.wording;
    let values = args![
        organisation,
        l.id,
        l.item,
        l.patient,
        w.to.join("\n"),
        &w.subject,
        &w.body,
        w.to_patient,
        w.large_print,
        l.state.code(),
        &l.drafted.0,
        l.drafted.1
    ];
    conn.execute(INSERT, &values).await.map(|_| ())
}

/// Keeps a letter as it is now; false when somebody changed it since `l.version`.
pub async fn update(conn: &mut Conn, organisation: OrganisationId, l: &Letter) -> Result<bool, StoreError> {
    let w = &l.wording;
    let (signed_by, signed_at) = l.signed.clone().unzip();
    let (ended_by, ended_at) = l.ended.clone().unzip();
    let values = args![
        organisation,
        l.id,
        l.version,
        w.to.join("\n"),
        &w.subject,
        &w.body,
        w.to_patient,
        w.large_print,
        l.state.code(),
        &l.drafted.0,
        l.drafted.1,
        signed_by,
        signed_at,
        ended_by,
        ended_at,
        &l.why,
        l.patient
    ];
    Ok(conn.execute(UPDATE, &values).await? == 1)
}

/// One letter.
pub async fn load(conn: &mut Conn, organisation: OrganisationId, id: Uuid) -> Result<Option<Letter>, StoreError> {
    conn.row(LOAD, &args![organisation, id]).await?.map(|row| read(&row)).transpose()
}

/// The letters about a request, newest first.
pub async fn of_item(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<Vec<Letter>, StoreError> {
    conn.rows(OF_ITEM, &args![organisation, item]).await?.iter().map(read).collect()
}

/// The letters that wait in a state, oldest first.
pub async fn waiting(conn: &mut Conn, organisation: OrganisationId, state: LetterState) -> Result<Vec<Letter>, StoreError> {
    conn.rows(WAITING, &args![organisation, state.code()]).await?.iter().map(read).collect()
}
