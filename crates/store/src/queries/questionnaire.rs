//! Questionnaires of the practice's own, and those that were sent to patients.

use jiff::{Timestamp, civil::Date};
use portico_domain::{
    approval::Approval,
    questionnaire::{Answers, Outcome, fhir},
};
use portico_nhs::{OrganisationId, PatientId, WorkItemId};
use uuid::Uuid;

use crate::{Conn, Row, StoreError, args};

statements! {
    INSERT = "INSERT INTO questionnaire (organisation_id, id, url, version, title, definition, source, state, made_by, made_at, approved_by, review_on) \
              VALUES ($1, $2, $3, (SELECT COALESCE(MAX(version), 0) + 1 FROM questionnaire WHERE organisation_id = $1 AND url = $3), $4, $5, $6, 'draft', $7, $8, NULL, $9)";
    LIST = "SELECT id, url, version, title, definition, source, state, made_by, made_at, approved_by, review_on FROM questionnaire \
            WHERE organisation_id = $1 ORDER BY title, version DESC LIMIT 200";
    CHOOSABLE = "SELECT id, title FROM questionnaire WHERE organisation_id = $1 AND state = 'approved' AND (review_on IS NULL OR review_on >= $2) ORDER BY title LIMIT 200";
    LOAD = "SELECT id, url, version, title, definition, source, state, made_by, made_at, approved_by, review_on FROM questionnaire WHERE organisation_id = $1 AND id = $2";
    APPROVE = "UPDATE questionnaire SET state = 'approved', approved_by = $3, review_on = $4 WHERE organisation_id = $1 AND id = $2 AND state <> 'retired'";
    RETIRE = "UPDATE questionnaire SET state = 'retired' WHERE organisation_id = $1 AND id = $2 AND state <> 'retired'";
    RETIRE_OLDER = "UPDATE questionnaire SET state = 'retired' WHERE organisation_id = $1 AND url = $2 AND id <> $3 AND state = 'approved'";
    SEND = "INSERT INTO questionnaire_sent (organisation_id, id, item_id, patient_id, url, title, definition, sent_by, sent_at, due_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    OF_ITEM = "SELECT id, item_id, url, title, definition, sent_by, sent_at, due_at, answered_at, answers, outcome FROM questionnaire_sent \
               WHERE organisation_id = $1 AND item_id = $2 ORDER BY sent_at, id LIMIT 50";
    OF_PATIENT = "SELECT id, item_id, url, title, definition, sent_by, sent_at, due_at, answered_at, answers, outcome FROM questionnaire_sent \
                  WHERE organisation_id = $1 AND patient_id = $2 AND answered_at IS NOT NULL ORDER BY answered_at DESC LIMIT 50";
    LOAD_SENT = "SELECT id, item_id, url, title, definition, sent_by, sent_at, due_at, answered_at, answers, outcome FROM questionnaire_sent \
                 WHERE organisation_id = $1 AND item_id = $2 AND id = $3";
    ANSWER = "UPDATE questionnaire_sent SET answered_at = $3, answers = $4, outcome = $5 WHERE organisation_id = $1 AND id = $2 AND answered_at IS NULL";
    // Closing the item ends the reminding; an appointment that stands or another answer does not.
    TO_REMIND = "SELECT s.id, s.item_id, s.patient_id, s.sent_at, s.definition FROM questionnaire_sent s JOIN work_item w ON w.organisation_id = s.organisation_id AND w.id = s.item_id \
                 WHERE s.organisation_id = $1 AND s.answered_at IS NULL AND s.reminded_at IS NULL AND s.sent_at <= $2 AND s.due_at > $3 AND w.is_open = TRUE \
                 ORDER BY s.sent_at LIMIT 100";
    ANSWERED_SINCE = "SELECT definition FROM questionnaire_sent WHERE organisation_id = $1 AND (item_id = $2 OR patient_id = $3) AND answered_at >= $4 ORDER BY answered_at DESC LIMIT 20";
    REMINDED = "UPDATE questionnaire_sent SET reminded_at = $3 WHERE organisation_id = $1 AND id = $2 AND reminded_at IS NULL AND answered_at IS NULL";
}

/// A questionnaire that the practice made.
#[derive(Debug, Clone)]
pub struct Own {
    /// Its id.
    pub id: Uuid,
    /// The same through its versions.
    pub url: String,
    /// Its version, from 1.
    pub version: i64,
    /// As people call it.
    pub title: String,
    /// The FHIR file.
    pub definition: String,
    /// The lines that it was written in; empty when a file was taken.
    pub source: String,
    /// Where it stands.
    pub state: Approval,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When somebody reads it again.
    pub review_on: Option<Date>,
}

/// A questionnaire on its way or back.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Its id.
    pub id: Uuid,
    /// The request that it belongs to.
    pub item: WorkItemId,
    /// Which questionnaire.
    pub url: String,
    /// As people call it.
    pub title: String,
    /// The FHIR file as it was sent.
    pub definition: String,
    /// Who sent it.
    pub sent_by: String,
    /// When.
    pub sent_at: Timestamp,
    /// By when it is wanted back.
    pub due_at: Timestamp,
    /// When it came back, with the answers and what they came to.
    pub answered: Option<(Timestamp, Answers, Outcome)>,
}

fn own(row: &Row) -> Result<Own, StoreError> {
    Ok(Own {
        id: row.id("id")?,
        url: row.text("url")?,
        version: row.int("version")?,
        title: row.text("title")?,
        definition: row.text("definition")?,
        source: row.text("source")?,
        state: row.parsed("state")?,
        made_by: row.text("made_by")?,
        made_at: row.time("made_at")?,
        approved_by: row.opt_text("approved_by")?,
        review_on: row.opt_date("review_on")?,
    })
}

fn sent(row: &Row) -> Result<Sent, StoreError> {
    let answered = match row.opt_time("answered_at")? {
        Some(at) => Some((at, row.json("answers")?, row.json("outcome")?)),
        None => None,
    };
    Ok(Sent {
        id: row.id("id")?,
        item: row.id("item_id")?,
        url: row.text("url")?,
        title: row.text("title")?,
        definition: row.text("definition")?,
        sent_by: row.text("sent_by")?,
        sent_at: row.time("sent_at")?,
        due_at: row.time("due_at")?,
        answered,
    })
}

/// Keeps a draft; its version is one more than the last of its address.
pub async fn insert(conn: &mut Conn, organisation: OrganisationId, q: &Own) -> Result<(), StoreError> {
    let values = args![organisation, q.id, &q.url, &q.title, &q.definition, &q.source, &q.made_by, q.made_at, q.review_on];
    conn.execute(INSERT, &values).await.map(|_| ())
}

/// The practice's own, by title, the latest version first.
pub async fn list(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Own>, StoreError> {
    conn.rows(LIST, &args![organisation]).await?.iter().map(own).collect()
}

/// The id and title of those that may be sent on a day, by title.
pub async fn choosable(conn: &mut Conn, organisation: OrganisationId, on: Date) -> Result<Vec<(Uuid, String)>, StoreError> {
    conn.rows(CHOOSABLE, &args![organisation, on]).await?.iter().map(|r| Ok((r.id("id")?, r.text("title")?))).collect()
}

/// One of them.
pub async fn load(conn: &mut Conn, organisation: OrganisationId, id: Uuid) -> Result<Option<Own>, StoreError> {
    conn.row(LOAD, &args![organisation, id]).await?.map(|r| own(&r)).transpose()
}

/// Lets it be sent until a day; the versions before it are no longer used. False when it is retired.
pub async fn approve(conn: &mut Conn, organisation: OrganisationId, q: &Own, by: &str, review_on: Date) -> Result<bool, StoreError> {
    let done = conn.execute(APPROVE, &args![organisation, q.id, by, review_on]).await? == 1;
    if done {
        conn.execute(RETIRE_OLDER, &args![organisation, &q.url, q.id]).await?;
    }
    Ok(done)
}

/// Takes it out of use.
pub async fn retire(conn: &mut Conn, organisation: OrganisationId, id: Uuid) -> Result<bool, StoreError> {
    Ok(conn.execute(RETIRE, &args![organisation, id]).await? == 1)
}

/// Notes that one was sent.
pub async fn send(conn: &mut Conn, organisation: OrganisationId, patient: Option<PatientId>, s: &Sent) -> Result<(), StoreError> {
    let values = args![organisation, s.id, s.item, patient, &s.url, &s.title, &s.definition, &s.sent_by, s.sent_at, s.due_at];
    conn.execute(SEND, &values).await.map(|_| ())
}

/// Those of an item, oldest first.
pub async fn of_item(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<Vec<Sent>, StoreError> {
    conn.rows(OF_ITEM, &args![organisation, item]).await?.iter().map(sent).collect()
}

/// Those that a patient has answered, newest first.
pub async fn of_patient(conn: &mut Conn, organisation: OrganisationId, patient: PatientId) -> Result<Vec<Sent>, StoreError> {
    conn.rows(OF_PATIENT, &args![organisation, patient]).await?.iter().map(sent).collect()
}

/// One of an item.
pub async fn load_sent(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId, id: Uuid) -> Result<Option<Sent>, StoreError> {
    conn.row(LOAD_SENT, &args![organisation, item, id]).await?.map(|r| sent(&r)).transpose()
}

/// Keeps the answers; false when it was answered before.
pub async fn answer(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: Uuid,
    at: Timestamp,
    (answers, outcome): (&Answers, &Outcome),
) -> Result<bool, StoreError> {
    let json = |e: serde_json::Error| StoreError::Corrupt(e.to_string());
    let (answers, outcome) = (serde_json::to_string(answers).map_err(json)?, serde_json::to_string(outcome).map_err(json)?);
    Ok(conn.execute(ANSWER, &args![organisation, id, at, answers, outcome]).await? == 1)
}

/// Those sent before a moment and still wanted, and whether to remind of them: not when something that overlaps has been answered since.
pub async fn to_remind(
    conn: &mut Conn,
    organisation: OrganisationId,
    sent_before: Timestamp,
    now: Timestamp,
) -> Result<Vec<(Uuid, WorkItemId, bool)>, StoreError> {
    let mut wanted = Vec::new();
    for row in conn.rows(TO_REMIND, &args![organisation, sent_before, now]).await? {
        let (id, item, patient): (Uuid, WorkItemId, Option<PatientId>) = (row.id("id")?, row.id("item_id")?, row.opt_id("patient_id")?);
        let asked = match fhir::read(&row.text("definition")?) {
            Ok(asked) => asked,
            // One that does not read any more keeps no other patient from being reminded.
            Err(error) => {
                tracing::error!(%error, sent = %id, "a questionnaire does not read any more");
                continue;
            }
        };
        let since = conn.rows(ANSWERED_SINCE, &args![organisation, item, patient, row.time("sent_at")?]).await?;
        let mut spared = false;
        for answered in since {
            spared |= fhir::read(&answered.text("definition")?).is_ok_and(|other| other.overlaps(&asked));
        }
        wanted.push((id, item, !spared));
    }
    Ok(wanted)
}

/// Notes the one reminder; false when there was one before or the answers have come.
pub async fn reminded(conn: &mut Conn, organisation: OrganisationId, id: Uuid, at: Timestamp) -> Result<bool, StoreError> {
    Ok(conn.execute(REMINDED, &args![organisation, id, at]).await? == 1)
}
