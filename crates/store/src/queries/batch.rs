//! Messages to many: the batch, the people of its list, and what became of each.

use jiff::Timestamp;
use portico_domain::{
    batch::{BatchState, Candidate, Exclusion, Invites},
    contact::{Reach, reach},
    message::{Channel, Delivery, LINK_MARK},
    record::RecordFact,
    request::{self, Request},
};
use portico_nhs::{MessageId, NhsNumber, OrganisationId, PatientId, StaffId, WorkItemId};
use uuid::Uuid;

use crate::{Conn, Row, StoreError, args, queries::booking, queries::patient, queries::search};

statements! {
    INSERT = "INSERT INTO batch (organisation_id, id, item_id, name, body, one_a_household, state, made_by, made_by_id, made_at, a_minute, invites_to) \
              VALUES ($1, $2, $3, $4, $5, $6, 'making', $7, $8, $9, $10, $11)";
    LOAD = "SELECT * FROM batch WHERE organisation_id = $1 AND id = $2";
    LATEST = "SELECT * FROM batch WHERE organisation_id = $1 ORDER BY made_at DESC, id DESC LIMIT 50";
    GOING = "SELECT * FROM batch WHERE organisation_id = $1 AND state = 'released' AND goes_at <= $2";
    // Of the last message to each nothing waits, nothing failed, and no receipt is still to come.
    ARRIVED = "SELECT b.id FROM batch b JOIN work_item w ON w.organisation_id = b.organisation_id AND w.id = b.item_id \
               WHERE b.organisation_id = $1 AND b.state = 'done' AND w.is_open = TRUE AND NOT EXISTS (SELECT 1 FROM batch_person p \
               JOIN message m ON m.organisation_id = p.organisation_id AND m.id = p.message_id \
               WHERE p.organisation_id = b.organisation_id AND p.batch_id = b.id AND (m.delivery IN ('queued', 'failed') OR (m.delivery = 'sent' AND m.deadline IS NOT NULL))) \
               ORDER BY b.id LIMIT 20";
    SET_STATE = "UPDATE batch SET state = $3 WHERE organisation_id = $1 AND id = $2 AND state = $4";
    RELEASE = "UPDATE batch SET state = 'released', released_by = $3, goes_at = $4 WHERE organisation_id = $1 AND id = $2 AND state = 'draft'";
    AGAIN = "UPDATE batch SET state = 'released', goes_at = $3 WHERE organisation_id = $1 AND id = $2 AND state = 'done'";
    ADD_PERSON = "INSERT INTO batch_person (organisation_id, batch_id, patient_id, place, excluded, way) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organisation_id, batch_id, patient_id) DO NOTHING";
    NEXT = "SELECT patient_id FROM batch_person WHERE organisation_id = $1 AND batch_id = $2 AND excluded IS NULL AND message_id IS NULL ORDER BY place LIMIT $3";
    WENT_SINCE = "SELECT COUNT(*) AS n FROM message WHERE organisation_id = $1 AND batch_id = $2 AND at > $3";
    LEAVE_OUT = "UPDATE batch_person SET excluded = $4 WHERE organisation_id = $1 AND batch_id = $2 AND patient_id = $3 AND message_id IS NULL";
    ON_ITS_WAY = "UPDATE batch_person SET message_id = $4 WHERE organisation_id = $1 AND batch_id = $2 AND patient_id = $3";
    MARK_MESSAGE = "UPDATE message SET batch_id = $3 WHERE organisation_id = $1 AND id = $2";
    FAILED_AGAIN = "UPDATE batch_person SET message_id = NULL WHERE organisation_id = $1 AND batch_id = $2 AND message_id IN \
                    (SELECT m.id FROM message m WHERE m.organisation_id = $1 AND m.batch_id = $2 AND m.delivery = 'failed')";
    TRIED = "SELECT DISTINCT channel FROM message WHERE organisation_id = $1 AND batch_id = $2 AND patient_id = $3 AND delivery = 'failed'";
    WITHDRAW = "UPDATE message SET delivery = 'withdrawn' WHERE organisation_id = $1 AND batch_id = $2 AND delivery = 'queued'";
    EXCLUDED = "SELECT excluded, COUNT(*) AS n FROM batch_person WHERE organisation_id = $1 AND batch_id = $2 GROUP BY excluded ORDER BY excluded";
    STATES = "SELECT m.channel, m.delivery, COUNT(*) AS n FROM batch_person b JOIN message m ON m.organisation_id = b.organisation_id AND m.id = b.message_id \
              WHERE b.organisation_id = $1 AND b.batch_id = $2 GROUP BY m.channel, m.delivery ORDER BY m.channel, m.delivery";
    WAITING = "SELECT way, COUNT(*) AS n FROM batch_person WHERE organisation_id = $1 AND batch_id = $2 AND excluded IS NULL AND message_id IS NULL GROUP BY way ORDER BY way";
    // Who needs a look comes first: left out, not reached, then everybody in the order of the list.
    PEOPLE = "SELECT b.patient_id, b.excluded, b.way, p.given, p.family, p.nhs_number, m.channel, m.delivery, m.why_failed FROM batch_person b \
              JOIN patient p ON p.organisation_id = b.organisation_id AND p.id = b.patient_id \
              LEFT JOIN message m ON m.organisation_id = b.organisation_id AND m.id = b.message_id \
              WHERE b.organisation_id = $1 AND b.batch_id = $2 \
              ORDER BY CASE WHEN b.excluded IS NOT NULL THEN 0 WHEN m.delivery = 'failed' THEN 1 ELSE 2 END, b.excluded, b.place LIMIT $3 OFFSET $4";
    ADD_LINE = "INSERT INTO batch_line (organisation_id, batch_id, place, excluded, written) VALUES ($1, $2, $3, $4, $5)";
    LINES = "SELECT place, excluded, written FROM batch_line WHERE organisation_id = $1 AND batch_id = $2 ORDER BY place LIMIT $3";
    LINES_COUNTED = "SELECT excluded, COUNT(*) AS n FROM batch_line WHERE organisation_id = $1 AND batch_id = $2 GROUP BY excluded ORDER BY excluded";
    ANSWERED = "SELECT COUNT(*) AS opened, COUNT(k.id) AS booked FROM batch_person b LEFT JOIN booking k ON k.organisation_id = b.organisation_id AND k.item_id = b.item_id AND k.state = 'booked' \
                WHERE b.organisation_id = $1 AND b.batch_id = $2 AND b.item_id IS NOT NULL";
    ALL_PATIENTS = concat!("SELECT p.id, p.nhs_number, p.given, p.family, p.birth_date, p.sex, p.postcode, p.address, p.phone, p.email, p.needs, p.contact_rules, p.nhs_app_at, \
                    ", facts_column!(), " \
                    FROM patient p WHERE p.organisation_id = $1 ORDER BY p.id LIMIT 200000");
}

/// Somebody on a list: why they are left out, or the way that is planned for them.
pub type Person = (PatientId, Option<Exclusion>, Option<Channel>);

/// How many messages of a batch were put into the outbox after a moment.
pub async fn went_since(conn: &mut Conn, organisation: OrganisationId, id: Uuid, since: Timestamp) -> Result<i64, StoreError> {
    conn.row(WENT_SINCE, &args![organisation, id, since]).await?.map_or(Ok(0), |row| row.int("n"))
}

/// Batches of which everything has arrived and whose item is still open.
pub async fn arrived(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Uuid>, StoreError> {
    conn.rows(ARRIVED, &args![organisation]).await?.iter().map(|r| r.id("id")).collect()
}

/// A batch as it stands.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Its id.
    pub id: Uuid,
    /// The work item that it stays on until it is done.
    pub item: WorkItemId,
    /// What staff call it.
    pub name: String,
    /// What patients read.
    pub body: String,
    /// Whether each household gets one.
    pub one_a_household: bool,
    /// Where it stands.
    pub state: BatchState,
    /// Who made it.
    pub made_by: String,
    /// Their id.
    pub made_by_id: StaffId,
    /// When.
    pub made_at: Timestamp,
    /// Who released it.
    pub released_by: Option<String>,
    /// When the first message goes.
    pub goes_at: Option<Timestamp>,
    /// Messages a minute at most.
    pub a_minute: i64,
    /// What its people may book by themselves.
    pub invites: Option<Invites>,
}

impl Batch {
    /// The text, with the place of each person's own link when they are invited to book.
    pub fn text(&self) -> String {
        if self.invites.is_none() { self.body.clone() } else { format!("{} Choose your time here: {LINK_MARK}", self.body) }
    }
}

fn read(row: &Row) -> Result<Batch, StoreError> {
    Ok(Batch {
        id: row.id("id")?,
        item: row.id("item_id")?,
        name: row.text("name")?,
        body: row.text("body")?,
        one_a_household: row.flag("one_a_household")?,
        state: row.parsed("state")?,
        made_by: row.text("made_by")?,
        made_by_id: row.id("made_by_id")?,
        made_at: row.time("made_at")?,
        released_by: row.opt_text("released_by")?,
        goes_at: row.opt_time("goes_at")?,
        a_minute: row.int("a_minute")?,
        invites: row.opt_json("invites_to")?,
    })
}

/// Adds a batch that is being made.
pub async fn insert(conn: &mut Conn, organisation: OrganisationId, b: &Batch) -> Result<(), StoreError> {
    let invites = b.invites.map(|i| serde_json::to_string(&i)).transpose().map_err(|e| StoreError::Corrupt(e.to_string()))?;
    let values =
        args![organisation, b.id, b.item, &b.name, &b.body, b.one_a_household, &b.made_by, b.made_by_id, b.made_at, b.a_minute, invites];
    conn.execute(INSERT, &values).await.map(|_| ())
}

/// One batch.
pub async fn load(conn: &mut Conn, organisation: OrganisationId, id: Uuid) -> Result<Option<Batch>, StoreError> {
    conn.row(LOAD, &args![organisation, id]).await?.map(|r| read(&r)).transpose()
}

/// The latest batches, newest first.
pub async fn latest(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Batch>, StoreError> {
    conn.rows(LATEST, &args![organisation]).await?.iter().map(read).collect()
}

/// Released batches whose time to stop them is over.
pub async fn going(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<Vec<Batch>, StoreError> {
    conn.rows(GOING, &args![organisation, now]).await?.iter().map(read).collect()
}

/// Moves a batch on; false when it was not in that state any more.
pub async fn set_state(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: Uuid,
    (from, to): (BatchState, BatchState),
) -> Result<bool, StoreError> {
    Ok(conn.execute(SET_STATE, &args![organisation, id, to.code(), from.code()]).await? == 1)
}

/// Releases a draft; the first message goes at that moment.
pub async fn release(conn: &mut Conn, organisation: OrganisationId, id: Uuid, by: &str, goes_at: Timestamp) -> Result<bool, StoreError> {
    Ok(conn.execute(RELEASE, &args![organisation, id, by, goes_at]).await? == 1)
}

/// Lets those whose message failed have it again, of a batch that is done; `None` when it is not.
pub async fn again(conn: &mut Conn, organisation: OrganisationId, id: Uuid, now: Timestamp) -> Result<Option<u64>, StoreError> {
    if conn.execute(AGAIN, &args![organisation, id, now]).await? == 0 {
        return Ok(None);
    }
    conn.execute(FAILED_AGAIN, &args![organisation, id]).await.map(Some)
}

/// Adds somebody to a list, written to or left out; the second time that they are on it changes nothing.
pub async fn add_person(
    conn: &mut Conn,
    organisation: OrganisationId,
    (batch, place): (Uuid, i64),
    (patient, excluded, way): &Person,
) -> Result<(), StoreError> {
    let values = args![organisation, batch, *patient, place, excluded.map(|e| e.code()), way.map(|w| w.code())];
    conn.execute(ADD_PERSON, &values).await.map(|_| ())
}

/// Who is written to next.
pub async fn next(conn: &mut Conn, organisation: OrganisationId, batch: Uuid, most: i64) -> Result<Vec<PatientId>, StoreError> {
    conn.rows(NEXT, &args![organisation, batch, most]).await?.iter().map(|r| r.id("patient_id")).collect()
}

/// Leaves somebody out after all.
pub async fn leave_out(
    conn: &mut Conn,
    organisation: OrganisationId,
    batch: Uuid,
    patient: PatientId,
    why: Exclusion,
) -> Result<(), StoreError> {
    conn.execute(LEAVE_OUT, &args![organisation, batch, patient, why.code()]).await.map(|_| ())
}

/// Notes the message that is on its way to somebody.
pub async fn on_its_way(
    conn: &mut Conn,
    organisation: OrganisationId,
    batch: Uuid,
    patient: PatientId,
    message: MessageId,
) -> Result<(), StoreError> {
    conn.execute(MARK_MESSAGE, &args![organisation, message, batch]).await?;
    conn.execute(ON_ITS_WAY, &args![organisation, batch, patient, message]).await.map(|_| ())
}

/// The ways by which a message of this batch did not arrive.
pub async fn tried(conn: &mut Conn, organisation: OrganisationId, batch: Uuid, who: PatientId) -> Result<Vec<Channel>, StoreError> {
    conn.rows(TRIED, &args![organisation, batch, who]).await?.iter().map(|r| r.parsed("channel")).collect()
}

/// Withdraws what is queued and has not gone; says how many.
pub async fn withdraw(conn: &mut Conn, organisation: OrganisationId, batch: Uuid) -> Result<u64, StoreError> {
    conn.execute(WITHDRAW, &args![organisation, batch]).await
}

/// How a batch stands in figures.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// People who are or will be written to.
    pub goes_to: i64,
    /// Of them those whose turn has not come, by the way that is planned.
    pub waiting: Vec<(Option<Channel>, i64)>,
    /// People who are left out, by reason.
    pub excluded: Vec<(Exclusion, i64)>,
    /// Messages by channel and by what became of them.
    pub messages: Vec<(Channel, Delivery, i64)>,
}

impl Figures {
    /// Messages in a state.
    pub fn in_state(&self, state: Delivery) -> i64 {
        self.messages.iter().filter(|(_, d, _)| *d == state).map(|(.., n)| n).sum()
    }
}

/// How a batch stands in figures.
pub async fn figures(conn: &mut Conn, organisation: OrganisationId, id: Uuid) -> Result<Figures, StoreError> {
    let mut figures = Figures::default();
    for row in conn.rows(EXCLUDED, &args![organisation, id]).await? {
        match row.opt_parsed("excluded")? {
            Some(why) => figures.excluded.push((why, row.int("n")?)),
            None => figures.goes_to = row.int("n")?,
        }
    }
    for row in conn.rows(LINES_COUNTED, &args![organisation, id]).await? {
        figures.excluded.push((row.parsed("excluded")?, row.int("n")?));
    }
    for row in conn.rows(STATES, &args![organisation, id]).await? {
        figures.messages.push((row.parsed("channel")?, row.parsed("delivery")?, row.int("n")?));
    }
    for row in conn.rows(WAITING, &args![organisation, id]).await? {
        figures.waiting.push((row.opt_parsed("way")?, row.int("n")?));
    }
    Ok(figures)
}

/// How many of an invitation have opened it, and how many of them are booked.
pub async fn answered(conn: &mut Conn, organisation: OrganisationId, id: Uuid) -> Result<(i64, i64), StoreError> {
    let row = conn.row(ANSWERED, &args![organisation, id]).await?.ok_or_else(|| StoreError::Corrupt("no count".into()))?;
    Ok((row.int("opened")?, row.int("booked")?))
}

/// One person of a list.
#[derive(Debug, Clone)]
pub struct Line {
    /// The patient.
    pub patient: PatientId,
    /// Their name.
    pub name: String,
    /// Their number.
    pub nhs_number: Option<NhsNumber>,
    /// Why they are left out.
    pub excluded: Option<Exclusion>,
    /// The way that was planned when the list was made.
    pub way: Option<Channel>,
    /// What became of their message, by which way.
    pub message: Option<(Channel, Delivery)>,
    /// Why it failed.
    pub why_failed: Option<String>,
}

/// Everybody of a list, `most` of them after the first `skip`: who is left out, who was not reached, then the others.
pub async fn people(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: Uuid,
    (skip, most): (usize, usize),
) -> Result<Vec<Line>, StoreError> {
    let rows = conn.rows(PEOPLE, &args![organisation, id, most as i64, skip as i64]).await?;
    rows.iter()
        .map(|r| {
            Ok(Line {
                patient: r.id("patient_id")?,
                name: format!("{} {}", r.text("given")?, r.text("family")?),
                nhs_number: r.opt_parsed("nhs_number")?,
                excluded: r.opt_parsed("excluded")?,
                way: r.opt_parsed("way")?,
                message: match (r.opt_parsed("channel")?, r.opt_parsed("delivery")?) {
                    (Some(channel), Some(delivery)) => Some((channel, delivery)),
                    _ => None,
                },
                why_failed: r.opt_text("why_failed")?,
            })
        })
        .collect()
}

/// A line of a list that names nobody who could get the message: its place from 1, why, and what stood there.
pub type Unused = (i64, Exclusion, String);

/// Notes such a line.
pub async fn add_line(
    conn: &mut Conn,
    organisation: OrganisationId,
    batch: Uuid,
    (place, why, written): &Unused,
) -> Result<(), StoreError> {
    conn.execute(ADD_LINE, &args![organisation, batch, *place, why.code(), written]).await.map(|_| ())
}

/// Such lines, in the order of the list, at most `most`.
pub async fn unused(conn: &mut Conn, organisation: OrganisationId, batch: Uuid, most: usize) -> Result<Vec<Unused>, StoreError> {
    let rows = conn.rows(LINES, &args![organisation, batch, most as i64]).await?;
    rows.iter().map(|r| Ok((r.int("place")?, r.parsed("excluded")?, r.text("written")?))).collect()
}

/// A patient as a list is made from.
#[derive(Debug, Clone)]
pub struct Listed {
    /// As far as being written to goes.
    pub candidate: Candidate,
    /// The way that is planned for them.
    pub way: Option<Channel>,
    /// Who they are.
    pub person: request::Person,
    /// female, male, other or unknown.
    pub sex: String,
    /// What the record says.
    pub facts: Vec<RecordFact>,
    /// Their number.
    pub nhs_number: Option<NhsNumber>,
}

/// Every patient, for making a list.
pub async fn everybody(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Listed>, StoreError> {
    let rows = conn.rows(ALL_PATIENTS, &args![organisation]).await?;
    rows.iter()
        .map(|r| {
            let p = patient::read(r)?;
            let rules = patient::read_rules(r)?;
            let request = Request { person: p.person.clone(), contact: p.needs.clone(), ..Request::default() };
            let household = p.person.address.iter().map(|l| search::fold(l)).collect::<Vec<_>>().join("|");
            let reach = reach(&request, &rules, false);
            Ok(Listed {
                candidate: Candidate { patient: Some(p.id), reach, rules, household },
                way: if let Reach::By(channel) = reach { Some(channel) } else { None },
                nhs_number: p.person.nhs_number,
                person: p.person,
                sex: p.sex,
                facts: booking::facts(r.opt_text("facts")?),
            })
        })
        .collect()
}
