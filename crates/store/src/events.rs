//! The audit log: append-only, one SHA-256 chain an organisation, written in the transaction that it tells of.

use jiff::Timestamp;
use portico_domain::{event::Verb, staff::Actor};
use portico_nhs::{OrganisationId, PatientId, WorkItemId};
use sha2::{Digest, Sha256};

use crate::{Conn, Row, StoreError, Value, args};

/// Something that happened, to be written with the rows that it changed.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Who.
    pub actor: Actor,
    /// What.
    pub verb: Verb,
    /// To which item.
    pub item: Option<WorkItemId>,
    /// About which patient.
    pub patient: Option<PatientId>,
    /// What history says.
    pub words: String,
    /// JSON of the position before, when it can be undone.
    pub before: Option<String>,
    /// JSON of the position after.
    pub after: Option<String>,
}

impl NewEvent {
    /// An event without positions.
    pub fn plain(actor: Actor, verb: Verb, words: impl Into<String>) -> Self {
        Self { actor, verb, item: None, patient: None, words: words.into(), before: None, after: None }
    }

    /// The same, about an item and its patient.
    pub fn about(mut self, item: WorkItemId, patient: Option<PatientId>) -> Self {
        self.item = Some(item);
        self.patient = patient;
        self
    }
}

/// The last link of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub seq: i64,
    pub hash: Vec<u8>,
}

/// An event with its place in the chain, ready to be written.
pub(crate) struct Sealed {
    pub organisation: OrganisationId,
    pub seq: i64,
    pub at: Timestamp,
    pub actor: String,
    pub event: NewEvent,
    pub hash: Vec<u8>,
}

/// The text that is hashed: every column, each with its length before it, so that no two rows read alike.
#[expect(clippy::too_many_arguments, reason = "one argument a column, in the order of the table")]
fn link(
    before: &[u8],
    seq: i64,
    at: Timestamp,
    actor: &str,
    verb: &str,
    item: Option<WorkItemId>,
    patient: Option<PatientId>,
    words: &str,
    states: [Option<&str>; 2],
) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(before);
    let item = item.map(|i| i.to_string());
    let patient = patient.map(|p| p.to_string());
    let fields = [
        Some(seq.to_string()),
        Some(at.as_microsecond().to_string()),
        Some(actor.to_owned()),
        Some(verb.to_owned()),
        item,
        patient,
        Some(words.to_owned()),
        states[0].map(str::to_owned),
        states[1].map(str::to_owned),
    ];
    for field in fields {
        match field {
            Some(text) => {
                hash.update((text.len() as u64 + 1).to_be_bytes());
                hash.update(text.as_bytes());
            }
            None => hash.update(0u64.to_be_bytes()),
        }
    }
    hash.finalize().to_vec()
}

/// Puts an event after the head and moves the head on.
pub(crate) fn seal(organisation: OrganisationId, head: &mut Head, at: Timestamp, event: NewEvent) -> Result<Sealed, StoreError> {
    let actor = serde_json::to_string(&event.actor).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    let seq = head.seq + 1;
    let states = [event.before.as_deref(), event.after.as_deref()];
    let hash = link(&head.hash, seq, at, &actor, event.verb.code(), event.item, event.patient, &event.words, states);
    *head = Head { seq, hash: hash.clone() };
    Ok(Sealed { organisation, seq, at, actor, event, hash })
}

pub(crate) const LOCK_HEAD: &str = "UPDATE event_head SET seq = seq WHERE organisation_id = $1 RETURNING seq, hash";
pub(crate) const START_HEAD: &str =
    "INSERT INTO event_head (organisation_id, seq, hash) VALUES ($1, 0, $2) ON CONFLICT (organisation_id) DO NOTHING";
pub(crate) const MOVE_HEAD: &str = "UPDATE event_head SET seq = $2, hash = $3 WHERE organisation_id = $1";
pub(crate) const INSERT: &str = "INSERT INTO event (organisation_id, seq, at, actor, verb, item_id, patient_id, words, before_state, after_state, hash) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const PAGE: &str = "SELECT seq, at, actor, verb, item_id, patient_id, words, before_state, after_state, hash FROM event \
     WHERE organisation_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT 1000";
const HEAD: &str = "SELECT seq, hash FROM event_head WHERE organisation_id = $1";

/// Every statement of this file, for the tests that check them all.
pub(crate) const ALL: &[&str] = &[LOCK_HEAD, START_HEAD, MOVE_HEAD, INSERT, PAGE, HEAD];

pub(crate) fn head_of(row: &Row) -> Result<Head, StoreError> {
    Ok(Head { seq: row.int("seq")?, hash: row.bytes("hash")? })
}

/// The values of an event's row.
pub(crate) fn row(sealed: Sealed) -> [Value; 11] {
    let Sealed { organisation, seq, at, actor, event, hash } = sealed;
    args![organisation, seq, at, actor, event.verb.code(), event.item, event.patient, event.words, event.before, event.after, hash]
}

/// What a check of the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Events read.
    pub events: i64,
    /// The first thing that is wrong, in words; `None` when the chain is whole.
    pub broken: Option<String>,
}

/// Reads the whole chain and recomputes every link.
pub(crate) async fn verify(conn: &mut Conn, organisation: OrganisationId) -> Result<AuditReport, StoreError> {
    // The head is read first: what is written while the log is read is checked the next time.
    let stored = conn.row(HEAD, &args![organisation]).await?.map(|row| head_of(&row)).transpose()?;
    let last = stored.as_ref().map_or(i64::MAX, |h| h.seq);
    let mut head = Head { seq: 0, hash: Vec::new() };
    while head.seq < last {
        let rows = conn.rows(PAGE, &args![organisation, head.seq, last]).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            if let Some(broken) = check_link(&mut head, row)? {
                return Ok(AuditReport { events: head.seq, broken: Some(broken) });
            }
        }
    }
    let broken = match stored {
        Some(stored) if stored != head && !(stored.seq == 0 && head.seq == 0) => {
            Some(format!("the log ends at event {}, but its head says {}: events are missing at the end", head.seq, stored.seq))
        }
        None if head.seq > 0 => Some("the head of the chain is missing".into()),
        _ => None,
    };
    Ok(AuditReport { events: head.seq, broken })
}

fn check_link(head: &mut Head, row: &Row) -> Result<Option<String>, StoreError> {
    let seq = row.int("seq")?;
    if seq != head.seq + 1 {
        return Ok(Some(format!("event {} is missing", head.seq + 1)));
    }
    let (actor, verb, words) = (row.text("actor")?, row.text("verb")?, row.text("words")?);
    let (before, after) = (row.opt_text("before_state")?, row.opt_text("after_state")?);
    let states = [before.as_deref(), after.as_deref()];
    let hash = link(&head.hash, seq, row.time("at")?, &actor, &verb, row.opt_id("item_id")?, row.opt_id("patient_id")?, &words, states);
    if hash != row.bytes("hash")? {
        return Ok(Some(format!("event {seq} was changed after it was written")));
    }
    *head = Head { seq, hash };
    Ok(None)
}
