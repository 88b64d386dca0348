//! Triage advice and the signatures that switch it on.

use jiff::Timestamp;
use portico_domain::{
    advice::{Advice, Mode, RecordRead, Signature},
    record::{BabyDates, RecordFact},
    request::{Door, Kind, Request},
    triage::Urgency,
};
use portico_nhs::{OrganisationId, WorkItemId};
use uuid::Uuid;

use crate::{Conn, StoreError, args, queries::patient};

statements! {
    SIGN = "INSERT INTO triage_signature (organisation_id, id, mode, version, name, registration, evaluation, signed_at, expires_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    IN_FORCE = "SELECT mode, version, name, registration, evaluation, signed_at, expires_at FROM triage_signature \
                WHERE organisation_id = $1 ORDER BY id DESC LIMIT 1";
    HISTORY = "SELECT mode, version, name, registration, evaluation, signed_at, expires_at FROM triage_signature \
               WHERE organisation_id = $1 ORDER BY id DESC LIMIT 50";
    PUT = "INSERT INTO triage_advice (organisation_id, item_id, at, version, mode, urgency, unsure, advice, record) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
           ON CONFLICT (organisation_id, item_id) DO UPDATE SET at = excluded.at, version = excluded.version, mode = excluded.mode, \
           urgency = excluded.urgency, unsure = excluded.unsure, advice = excluded.advice, record = excluded.record WHERE triage_advice.decided IS NULL";
    OF_ITEM = "SELECT mode, urgency, advice, decided FROM triage_advice WHERE organisation_id = $1 AND item_id = $2";
    DECIDE = "UPDATE triage_advice SET decided = $3, decided_at = $4 WHERE organisation_id = $1 AND item_id = $2 AND decided IS NULL";
    FIRINGS = "SELECT item_id, at, urgency, decided FROM triage_advice WHERE organisation_id = $1 AND at >= $2 AND advice LIKE $3 ORDER BY at DESC LIMIT $4";
    RECEIVED = "SELECT w.id, w.reference, w.kind, w.door, w.received_at, w.earlier_id, r.details, p.sex, p.baby_due, p.baby_born, \
                (SELECT STRING_AGG(f.fact, ',') FROM patient_fact f WHERE f.organisation_id = w.organisation_id AND f.patient_id = w.patient_id) AS facts, a.record FROM work_item w \
                JOIN request r ON r.organisation_id = w.organisation_id AND r.item_id = w.id \
                LEFT JOIN patient p ON p.organisation_id = w.organisation_id AND p.id = w.patient_id \
                LEFT JOIN triage_advice a ON a.organisation_id = w.organisation_id AND a.item_id = w.id \
                WHERE w.organisation_id = $1 AND w.received_at >= $2 AND (w.received_at, w.id) < ($3, $4) \
                ORDER BY w.received_at DESC, w.id DESC LIMIT $5";
    COUNTS = "SELECT urgency, decided, COUNT(*) AS n FROM triage_advice WHERE organisation_id = $1 AND at >= $2 GROUP BY urgency, decided";
}

/// Advice as it was kept for an item.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The mode when it was read.
    pub mode: Mode,
    /// What was advised.
    pub advice: Advice,
    /// What a person set first; `None` while nobody has.
    pub decided: Option<Urgency>,
}

/// Adds a signature; it is in force from now on.
pub async fn sign(conn: &mut Conn, organisation: OrganisationId, id: Uuid, s: &Signature) -> Result<(), StoreError> {
    let values = args![organisation, id, s.mode.code(), &s.version, &s.name, &s.registration, &s.evaluation, s.signed_at, s.expires_at];
    conn.execute(SIGN, &values).await.map(|_| ())
}

/// The signature in force, if anybody ever signed.
pub async fn signature(conn: &mut Conn, organisation: OrganisationId) -> Result<Option<Signature>, StoreError> {
    conn.row(IN_FORCE, &args![organisation]).await?.map(|row| read(&row)).transpose()
}

/// Every signature, newest first.
pub async fn signatures(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Signature>, StoreError> {
    conn.rows(HISTORY, &args![organisation]).await?.iter().map(read).collect()
}

fn read(row: &crate::Row) -> Result<Signature, StoreError> {
    Ok(Signature {
        mode: row.parsed("mode")?,
        version: row.text("version")?,
        name: row.text("name")?,
        registration: row.text("registration")?,
        evaluation: row.text("evaluation")?,
        signed_at: row.time("signed_at")?,
        expires_at: row.time("expires_at")?,
    })
}

/// Keeps advice for an item with what the record said; read again, it replaces what nobody has decided on yet.
pub async fn put(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: WorkItemId,
    at: Timestamp,
    (mode, advice): (Mode, &Advice),
    record: &RecordRead,
) -> Result<(), StoreError> {
    let json = |e: serde_json::Error| StoreError::Corrupt(e.to_string());
    let text = serde_json::to_string(advice).map_err(json)?;
    let record = serde_json::to_string(record).map_err(json)?;
    let values = args![organisation, item, at, &advice.version, mode.code(), advice.urgency.code(), advice.unsure, text, record];
    conn.execute(PUT, &values).await.map(|_| ())
}

/// The advice that was kept for an item.
pub async fn of_item(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<Option<Kept>, StoreError> {
    let Some(row) = conn.row(OF_ITEM, &args![organisation, item]).await? else { return Ok(None) };
    Ok(Some(Kept { mode: row.parsed("mode")?, advice: row.json("advice")?, decided: row.opt_parsed("decided")? }))
}

/// Notes what a person set first.
pub async fn decide(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: WorkItemId,
    urgency: Urgency,
    at: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(DECIDE, &args![organisation, item, urgency.code(), at]).await.map(|_| ())
}

/// How often each urgency was advised since `since`, by what a person then set.
pub async fn counts(
    conn: &mut Conn,
    organisation: OrganisationId,
    since: Timestamp,
) -> Result<Vec<(Urgency, Option<Urgency>, i64)>, StoreError> {
    let rows = conn.rows(COUNTS, &args![organisation, since]).await?;
    rows.iter().map(|row| Ok((row.parsed("urgency")?, row.opt_parsed("decided")?, row.int("n")?))).collect()
}

/// A rule that fired on a request.
#[derive(Debug, Clone)]
pub struct Firing {
    /// The item.
    pub item: WorkItemId,
    /// When it was read.
    pub at: Timestamp,
    /// What was advised.
    pub advised: Urgency,
    /// What a person set first.
    pub decided: Option<Urgency>,
}

/// The latest requests on which a rule fired since then, newest first, at most `most`.
pub async fn firings(
    conn: &mut Conn,
    organisation: OrganisationId,
    rule: &str,
    since: Timestamp,
    most: usize,
) -> Result<Vec<Firing>, StoreError> {
    // A rule's id holds letters, digits and hyphens only, none of which means anything to LIKE.
    let fired = format!("%\"rule\":\"{rule}\"%");
    let rows = conn.rows(FIRINGS, &args![organisation, since, fired, most as i64]).await?;
    rows.iter()
        .map(|row| {
            Ok(Firing {
                item: row.id("item_id")?,
                at: row.time("at")?,
                advised: row.parsed("urgency")?,
                decided: row.opt_parsed("decided")?,
            })
        })
        .collect()
}

/// A request as it was received, with what is known of its patient: for reading it again with other rules.
#[derive(Debug, Clone)]
pub struct Received {
    /// The item.
    pub item: WorkItemId,
    /// Its reference.
    pub reference: String,
    /// What kind of help.
    pub kind: Kind,
    /// The door it came by.
    pub door: Door,
    /// When.
    pub at: Timestamp,
    /// Whether it was a repeat.
    pub repeat: bool,
    /// What was asked.
    pub request: Request,
    /// female, male, other or unknown, when it is matched to a patient.
    pub sex: Option<String>,
    /// What the record said of that patient when it was read; of one that was never read, what it says today.
    pub facts: Vec<RecordFact>,
    /// When their baby is due or was born, as of the same day.
    pub baby: BabyDates,
}

/// Requests received since then and before one that was read last, newest first, at most `most`.
pub async fn received(
    conn: &mut Conn,
    organisation: OrganisationId,
    since: Timestamp,
    before: Option<(Timestamp, WorkItemId)>,
    most: usize,
) -> Result<Vec<Received>, StoreError> {
    let (at, id) = before.unwrap_or((Timestamp::MAX, WorkItemId(Uuid::nil())));
    let rows = conn.rows(RECEIVED, &args![organisation, since, at, id, most as i64]).await?;
    rows.iter()
        .map(|row| {
            let then = row.opt_text("record")?.map(|text| serde_json::from_str::<RecordRead>(&text)).transpose();
            let (facts, baby) = match then.map_err(|e| StoreError::Corrupt(e.to_string()))? {
                Some(then) => (then.facts, BabyDates { due: then.due, born: then.born }),
                None => {
                    let facts = row.opt_text("facts")?.unwrap_or_default().split(',').filter_map(|f| f.parse().ok()).collect();
                    (facts, patient::read_baby(row)?)
                }
            };
            Ok(Received {
                item: row.id("id")?,
                reference: row.text("reference")?,
                kind: row.parsed("kind")?,
                door: row.parsed("door")?,
                at: row.time("received_at")?,
                repeat: row.opt_id::<WorkItemId>("earlier_id")?.is_some(),
                request: row.json("details")?,
                sex: row.opt_text("sex")?,
                facts,
                baby,
            })
        })
        .collect()
}
