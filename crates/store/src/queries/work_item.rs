//! Work items: the desk's list, one item, and its row.

use jiff::{SignedDuration, Timestamp};
use portico_domain::{
    request::{Kind, Request},
    service::Service,
    triage::{Urgency, list_rank},
    work_item::{NextAction, NextMove, Owner, Position, REPEAT_DAYS, SIGN_OFF_DAYS, State, WaitingFor, WorkItem},
};
use portico_nhs::{OrganisationId, PatientId, StaffId, TeamId, WorkItemId};

use crate::{Conn, Row, StoreError, Value, args};

statements! {
    INSERT = "INSERT INTO work_item (organisation_id, id, reference, kind, door, patient_id, person_name, person_key, birth_date, summary, received_at, promised_by, \
              was_red, earlier_id, about_id, version, urgency, pathway, is_open, list_rank, waiting_for, owner_team, owner_staff, action, due_at, asked_at, \
              booking_id, booking_starts, proposal, earlier_read, closed_at, outcome, ahead, first_promise) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $12)";
    UPDATE = "UPDATE work_item SET version = version + 1, was_red = $4, urgency = $5, pathway = $6, is_open = $7, list_rank = $8, waiting_for = $9, owner_team = $10, \
              owner_staff = $11, action = $12, due_at = $13, asked_at = $14, booking_id = $15, booking_starts = $16, proposal = $17, earlier_read = $18, \
              closed_at = $19, outcome = $20, promised_by = $21 WHERE organisation_id = $1 AND id = $2 AND version = $3";
    SET_PERSON = "UPDATE work_item SET version = version + 1, kind = $3, patient_id = $4, person_name = $5, person_key = $6, birth_date = $7, summary = $8, earlier_id = $9, \
                  earlier_read = $10 WHERE organisation_id = $1 AND id = $2";
    FILL_IN = "UPDATE work_item SET kind = $3, patient_id = $4, person_name = $5, person_key = $6, birth_date = $7, summary = $8, earlier_id = $9, \
               earlier_read = $10 WHERE organisation_id = $1 AND id = $2";
    // The item that an appointment was booked together with, and everything that was: those of one patient, still to come,
    // whether the item is open or was closed as booked.
    TOGETHER = "SELECT o.id, o.about_id FROM work_item w JOIN work_item o ON o.organisation_id = w.organisation_id AND o.patient_id = w.patient_id \
                AND (o.id = w.id OR o.about_id = w.id OR o.id = w.about_id OR o.about_id = w.about_id) \
                JOIN booking k ON k.organisation_id = o.organisation_id AND k.item_id = o.id AND k.state = 'booked' \
                JOIN slot s ON s.organisation_id = k.organisation_id AND s.id = k.slot_id \
                WHERE w.organisation_id = $1 AND w.id = $2 AND s.starts_at > $3 ORDER BY s.starts_at, o.id LIMIT 50";
    UNDELIVERED_ABOUT = "SELECT id FROM work_item WHERE organisation_id = $1 AND about_id = $2 AND kind = 'undelivered' AND is_open = TRUE ORDER BY received_at DESC LIMIT 1";
    SET_SKILL = "UPDATE work_item SET skill = $3 WHERE organisation_id = $1 AND id = $2";
    SKILL = "SELECT skill FROM work_item WHERE organisation_id = $1 AND id = $2";
    SET_SERVICE = "UPDATE work_item SET service = $3 WHERE organisation_id = $1 AND id = $2";
    LEAVE_SERVICE = "UPDATE work_item SET service_before = service, service = NULL, skill_before = skill, skill = NULL WHERE organisation_id = $1 AND id = $2";
    SERVICE_AGAIN = "UPDATE work_item SET service = service_before, service_before = NULL, skill = skill_before, skill_before = NULL WHERE organisation_id = $1 AND id = $2";
    SERVICE = "SELECT service FROM work_item WHERE organisation_id = $1 AND id = $2";
    LOAD = "SELECT * FROM work_item WHERE organisation_id = $1 AND id = $2";
    BY_REFERENCE = "SELECT * FROM work_item WHERE organisation_id = $1 AND reference = $2";
    INSERT_REQUEST = "INSERT INTO request (organisation_id, item_id, details) VALUES ($1, $2, $3) ON CONFLICT (organisation_id, item_id) DO UPDATE SET details = excluded.details";
    REQUEST = "SELECT details FROM request WHERE organisation_id = $1 AND item_id = $2";
    EARLIER_BY_PATIENT = "SELECT id FROM work_item WHERE organisation_id = $1 AND patient_id = $2 AND received_at >= $3 AND received_at <= $5 AND id <> $4 AND about_id IS NULL \
                          ORDER BY received_at DESC LIMIT 1";
    EARLIER_BY_PERSON = "SELECT id FROM work_item WHERE organisation_id = $1 AND person_key = $2 AND patient_id IS NULL AND received_at >= $3 AND received_at <= $5 AND id <> $4 AND about_id IS NULL \
                         ORDER BY received_at DESC LIMIT 1";
    OF_PATIENT = "SELECT * FROM work_item WHERE organisation_id = $1 AND patient_id = $2 ORDER BY received_at DESC LIMIT 100";
    OWNED_BY = "SELECT * FROM work_item WHERE organisation_id = $1 AND owner_staff = $2 AND is_open = TRUE";
    COUNTS = "SELECT COUNT(*) AS open, COUNT(*) FILTER (WHERE list_rank = 0) AS red, COUNT(*) FILTER (WHERE due_at < $2) AS overdue, \
              COUNT(*) FILTER (WHERE urgency IS NULL) AS untriaged, COUNT(*) FILTER (WHERE waiting_for = 'patient') AS waiting_for_patient, \
              COUNT(*) FILTER (WHERE owner_staff IS NULL) AS unassigned, COUNT(*) FILTER (WHERE received_at < $3) AS sign_off, \
              COUNT(*) FILTER (WHERE owner_staff = $4) AS mine, COUNT(*) FILTER (WHERE owner_team = $5) AS team, \
              COUNT(*) FILTER (WHERE urgency = 'same_day') AS same_day \
              FROM work_item WHERE organisation_id = $1 AND is_open = TRUE";
    LEDGER = "SELECT COUNT(*) AS received, COUNT(*) FILTER (WHERE is_open = TRUE) AS open, COUNT(*) FILTER (WHERE is_open = FALSE AND outcome IS NOT NULL) AS closed FROM work_item WHERE organisation_id = $1";
    WITHOUT_NEXT_MOVE = "SELECT COUNT(*) AS n FROM work_item w LEFT JOIN staff s ON s.organisation_id = w.organisation_id AND s.id = w.owner_staff \
                         WHERE w.organisation_id = $1 AND w.is_open = TRUE AND (w.owner_team IS NULL OR w.action IS NULL OR w.due_at IS NULL OR w.waiting_for IS NULL \
                         OR (w.owner_staff IS NOT NULL AND (s.presence IS NULL OR s.presence <> 'at_work')))";
    OVERDUE_PATIENT = "SELECT id FROM work_item WHERE organisation_id = $1 AND is_open = TRUE AND waiting_for = 'patient' AND due_at < $2 ORDER BY due_at LIMIT 200";
    LIST = "SELECT id, reference, kind, door, patient_id, person_name, birth_date, summary, received_at, urgency, pathway, waiting_for, owner_team, owner_staff, action, due_at, \
            was_red, earlier_id, earlier_read FROM work_item WHERE organisation_id = $1 AND is_open = TRUE";
    FEED = "SELECT id, reference, kind, door, patient_id, person_name, birth_date, summary, received_at, urgency, pathway, waiting_for, owner_team, owner_staff, action, due_at, \
            was_red, earlier_id, earlier_read FROM work_item WHERE organisation_id = $1 AND is_open = TRUE AND (list_rank = 0 OR urgency IS NULL OR urgency IN ('same_day', 'soon')) \
            ORDER BY list_rank, due_at, id LIMIT $2";
}

/// The counts that the desk shows, over every open item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Open.
    pub open: i64,
    /// Red.
    pub red: i64,
    /// Same day.
    pub same_day: i64,
    /// Past their due time.
    pub overdue: i64,
    /// Not triaged yet.
    pub untriaged: i64,
    /// Waiting for the patient.
    pub waiting_for_patient: i64,
    /// Without a person.
    pub unassigned: i64,
    /// Open longer than the sign-off clock allows.
    pub sign_off: i64,
    /// Owned by this person.
    pub mine: i64,
    /// Owned by this person's team.
    pub team: i64,
}

/// Received = open + closed with an outcome, at every instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ledger {
    /// Ever received.
    pub received: i64,
    /// Open now.
    pub open: i64,
    /// Closed with an outcome.
    pub closed: i64,
}

/// Which items of the desk to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Owned by this person.
    pub mine: Option<StaffId>,
    /// Owned by this team.
    pub team: Option<TeamId>,
    /// Without a person.
    pub unassigned: bool,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this urgency.
    pub urgency: Option<Urgency>,
    /// Not triaged yet.
    pub untriaged: bool,
    /// Past their due time.
    pub overdue: bool,
    /// Waiting for the patient.
    pub waiting_for_patient: bool,
    /// Open longer than the sign-off clock allows.
    pub sign_off: bool,
    /// Only these, as found by search.
    pub among: Option<Vec<WorkItemId>>,
    /// After this place in the list.
    pub after: Option<Place>,
}

/// A place in the list: rank, due time and id of the last item shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// 0 red, 1 everything else.
    pub rank: i64,
    /// Due time.
    pub due: Timestamp,
    /// Which.
    pub id: WorkItemId,
}

/// One line of the desk.
#[derive(Debug, Clone)]
pub struct Line {
    /// Which.
    pub id: WorkItemId,
    /// What people quote.
    pub reference: portico_nhs::Reference,
    /// What it is about.
    pub kind: Kind,
    /// How it came.
    pub door: portico_domain::request::Door,
    /// The patient, once matched.
    pub patient: Option<PatientId>,
    /// The name to show.
    pub person_name: String,
    /// Date of birth, if known.
    pub birth_date: Option<jiff::civil::Date>,
    /// The first words.
    pub summary: String,
    /// When it came.
    pub received_at: Timestamp,
    /// How soon; `None` is not triaged.
    pub urgency: Option<Urgency>,
    /// Where it goes.
    pub pathway: Option<portico_domain::pathway::Pathway>,
    /// Whom it waits for.
    pub waiting_for: String,
    /// Who owns it.
    pub owner: Owner,
    /// What is next.
    pub action: NextAction,
    /// By when.
    pub due: Timestamp,
    /// Whether it was ever red.
    pub was_red: bool,
    /// Whether it repeats an earlier request.
    pub repeat: bool,
}

impl Line {
    /// Its place in the list.
    pub fn place(&self) -> Place {
        Place { rank: list_rank(self.urgency), due: self.due, id: self.id }
    }
}

pub(crate) fn read(row: &Row) -> Result<WorkItem, StoreError> {
    let state = if row.flag("is_open")? {
        let waiting = match row.text("waiting_for")?.as_str() {
            "patient" => WaitingFor::Patient { asked_at: row.time("asked_at")? },
            "appointment" => WaitingFor::Appointment { booking: row.id("booking_id")?, starts: row.time("booking_starts")? },
            _ => WaitingFor::Practice,
        };
        let owner = Owner { team: row.id("owner_team")?, person: row.opt_id("owner_staff")? };
        State::Open { next: NextMove { owner, action: row.parsed("action")?, due: row.time("due_at")? }, waiting }
    } else {
        State::Closed { at: row.time("closed_at")?, outcome: row.parsed("outcome")? }
    };
    let position = Position {
        urgency: row.opt_parsed("urgency")?,
        pathway: row.opt_parsed("pathway")?,
        state,
        proposal: row.opt_json("proposal")?,
        earlier_read: row.flag("earlier_read")?,
    };
    Ok(WorkItem {
        id: row.id("id")?,
        reference: row.parsed("reference")?,
        kind: row.parsed("kind")?,
        door: row.parsed("door")?,
        patient: row.opt_id("patient_id")?,
        person_name: row.text("person_name")?,
        birth_date: row.opt_date("birth_date")?,
        received_at: row.time("received_at")?,
        promised_by: row.time("promised_by")?,
        was_red: row.flag("was_red")?,
        earlier: row.opt_id("earlier_id")?,
        version: row.int("version")?,
        position,
    })
}

/// The columns that a position becomes.
struct Columns {
    urgency: Value,
    pathway: Value,
    is_open: Value,
    rank: Value,
    waiting_for: Value,
    owner_team: Value,
    owner_staff: Value,
    action: Value,
    due: Value,
    asked_at: Value,
    booking: Value,
    booking_starts: Value,
    proposal: Value,
    earlier_read: Value,
    closed_at: Value,
    outcome: Value,
}

fn columns(p: &Position) -> Result<Columns, StoreError> {
    let (next, waiting, closed) = match &p.state {
        State::Open { next, waiting } => (Some(next), Some(*waiting), None),
        State::Closed { at, outcome } => (None, None, Some((*at, *outcome))),
    };
    let (asked_at, booking) = match waiting {
        Some(WaitingFor::Patient { asked_at }) => (Some(asked_at), None),
        Some(WaitingFor::Appointment { booking, starts }) => (None, Some((booking, starts))),
        _ => (None, None),
    };
    let proposal = p.proposal.as_ref().map(serde_json::to_string).transpose().map_err(|e| StoreError::Corrupt(e.to_string()))?;
    Ok(Columns {
        urgency: p.urgency.map(Urgency::code).into(),
        pathway: p.pathway.map(|p| p.code()).into(),
        is_open: next.is_some().into(),
        rank: list_rank(p.urgency).into(),
        waiting_for: waiting.map(WaitingFor::code).into(),
        owner_team: next.map(|n| n.owner.team).into(),
        owner_staff: next.and_then(|n| n.owner.person).into(),
        action: next.map(|n| n.action.code()).into(),
        due: next.map(|n| n.due).into(),
        asked_at: asked_at.into(),
        booking: booking.map(|b| b.0).into(),
        booking_starts: booking.map(|b| b.1).into(),
        proposal: proposal.into(),
        earlier_read: p.earlier_read.into(),
        closed_at: closed.map(|c| c.0).into(),
        outcome: closed.map(|c| c.1.code()).into(),
    })
}

/// What a new row holds besides the item.
#[derive(Debug, Clone, Default)]
pub struct NewItem {
    /// Folded name and birth date, when known.
    pub person_key: Option<String>,
    /// The first words, for the list.
    pub summary: String,
    /// The item that this one is about.
    pub about: Option<WorkItemId>,
}

/// Adds an item before which so many patients wait to hear.
pub async fn insert(conn: &mut Conn, organisation: OrganisationId, item: &WorkItem, new: &NewItem, ahead: i64) -> Result<(), StoreError> {
    let c = columns(&item.position)?;
    let values: [Value; 33] = [
        organisation.into(),
        item.id.into(),
        item.reference.compact().into(),
        item.kind.code().into(),
        item.door.code().into(),
        item.patient.into(),
        (&item.person_name).into(),
        new.person_key.as_deref().into(),
        item.birth_date.into(),
        (&new.summary).into(),
        item.received_at.into(),
        item.promised_by.into(),
        item.was_red.into(),
        item.earlier.into(),
        new.about.into(),
        item.version.into(),
        c.urgency,
        c.pathway,
        c.is_open,
        c.rank,
        c.waiting_for,
        c.owner_team,
        c.owner_staff,
        c.action,
        c.due,
        c.asked_at,
        c.booking,
        c.booking_starts,
        c.proposal,
        c.earlier_read,
        c.closed_at,
        c.outcome,
        ahead.into(),
    ];
    conn.execute(INSERT, &values).await.map(|_| ())
}

/// Moves an item to a new position; false when somebody else changed it first.
pub async fn update(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: &WorkItem,
    after: &Position,
    promised_by: Timestamp,
) -> Result<bool, StoreError> {
    let c = columns(after)?;
    let was_red = item.was_red || after.urgency == Some(Urgency::Emergency);
    let values: [Value; 21] = [
        organisation.into(),
        item.id.into(),
        item.version.into(),
        was_red.into(),
        c.urgency,
        c.pathway,
        c.is_open,
        c.rank,
        c.waiting_for,
        c.owner_team,
        c.owner_staff,
        c.action,
        c.due,
        c.asked_at,
        c.booking,
        c.booking_starts,
        c.proposal,
        c.earlier_read,
        c.closed_at,
        c.outcome,
        promised_by.into(),
    ];
    Ok(conn.execute(UPDATE, &values).await? == 1)
}

/// Staff have said whose item it is.
pub async fn set_person(conn: &mut Conn, organisation: OrganisationId, item: &WorkItem, new: &NewItem) -> Result<(), StoreError> {
    conn.execute(SET_PERSON, &person_of(organisation, item, new)).await.map(|_| ())
}

/// The rest of a form has come. The version stays: staff who act while the patient is still typing are not out of date.
pub async fn fill_in(conn: &mut Conn, organisation: OrganisationId, item: &WorkItem, new: &NewItem) -> Result<(), StoreError> {
    conn.execute(FILL_IN, &person_of(organisation, item, new)).await.map(|_| ())
}

fn person_of(organisation: OrganisationId, item: &WorkItem, new: &NewItem) -> [Value; 10] {
    args![
        organisation,
        item.id,
        item.kind.code(),
        item.patient,
        &item.person_name,
        new.person_key.as_deref(),
        item.birth_date,
        &new.summary,
        item.earlier,
        item.position.earlier_read
    ]
}

/// Items of one patient whose appointments belong together with an item's and are still to come, earliest first, each with
/// the item that it is about.
pub async fn together(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: WorkItemId,
    now: Timestamp,
) -> Result<Vec<(WorkItemId, Option<WorkItemId>)>, StoreError> {
    let rows = conn.rows(TOGETHER, &args![organisation, id, now]).await?;
    rows.iter().map(|r| Ok((r.id("id")?, r.opt_id("about_id")?))).collect()
}

/// The open item that says of another one that its patient was not reached.
pub async fn undelivered_about(conn: &mut Conn, organisation: OrganisationId, id: WorkItemId) -> Result<Option<WorkItemId>, StoreError> {
    conn.row(UNDELIVERED_ABOUT, &args![organisation, id]).await?.map(|row| row.id("id")).transpose()
}

/// Says which service an item is for.
pub async fn set_service(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: WorkItemId,
    service: Option<Service>,
) -> Result<(), StoreError> {
    conn.execute(SET_SERVICE, &args![organisation, id, service.map(|s| s.code())]).await.map(|_| ())
}

/// Says what whoever sees the patient of an item must be skilled in.
pub async fn set_skill(conn: &mut Conn, organisation: OrganisationId, id: WorkItemId, skill: Option<&str>) -> Result<(), StoreError> {
    conn.execute(SET_SKILL, &args![organisation, id, skill]).await.map(|_| ())
}

/// What whoever sees the patient of an item must be skilled in.
pub async fn skill(conn: &mut Conn, organisation: OrganisationId, id: WorkItemId) -> Result<Option<String>, StoreError> {
    conn.row(SKILL, &args![organisation, id]).await?.map_or(Ok(None), |r| r.opt_text("skill"))
}

/// An item went another way, or comes back from it: a service and a skill belong to where an item is.
pub async fn move_service(conn: &mut Conn, organisation: OrganisationId, id: WorkItemId, back: bool) -> Result<(), StoreError> {
    conn.execute(if back { SERVICE_AGAIN } else { LEAVE_SERVICE }, &args![organisation, id]).await.map(|_| ())
}

/// Which service an item is for.
pub async fn service(conn: &mut Conn, organisation: OrganisationId, id: WorkItemId) -> Result<Option<Service>, StoreError> {
    conn.row(SERVICE, &args![organisation, id]).await?.map_or(Ok(None), |r| r.opt_parsed("service"))
}

/// One item.
pub async fn load(conn: &mut Conn, organisation: OrganisationId, id: WorkItemId) -> Result<Option<WorkItem>, StoreError> {
    conn.row(LOAD, &args![organisation, id]).await?.map(|row| read(&row)).transpose()
}

/// The item that a person quotes.
pub async fn by_reference(
    conn: &mut Conn,
    organisation: OrganisationId,
    reference: &portico_nhs::Reference,
) -> Result<Option<WorkItem>, StoreError> {
    conn.row(BY_REFERENCE, &args![organisation, reference.compact()]).await?.map(|row| read(&row)).transpose()
}

/// Keeps everything that was said.
pub async fn put_request(conn: &mut Conn, organisation: OrganisationId, id: WorkItemId, request: &Request) -> Result<(), StoreError> {
    let details = serde_json::to_string(request).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    conn.execute(INSERT_REQUEST, &args![organisation, id, details]).await.map(|_| ())
}

/// Everything that was said; an item that nobody asked for has none.
pub async fn request(conn: &mut Conn, organisation: OrganisationId, id: WorkItemId) -> Result<Option<Request>, StoreError> {
    conn.row(REQUEST, &args![organisation, id]).await?.map(|row| row.json("details")).transpose()
}

/// The newest other request of the same person within the repeat window.
pub async fn earlier(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: WorkItemId,
    patient: Option<PatientId>,
    person_key: Option<&str>,
    now: Timestamp,
) -> Result<Option<WorkItemId>, StoreError> {
    let since = now - SignedDuration::from_hours(REPEAT_DAYS * 24);
    // A request that was not matched yet counts too, but never one that is known to be another patient's.
    let by_patient = match patient {
        Some(patient) => conn.row(EARLIER_BY_PATIENT, &args![organisation, patient, since, id, now]).await?,
        None => None,
    };
    let row = match (by_patient, person_key) {
        (None, Some(key)) => conn.row(EARLIER_BY_PERSON, &args![organisation, key, since, id, now]).await?,
        (found, _) => found,
    };
    row.map(|row| row.id("id")).transpose()
}

/// A patient's items, newest first.
pub async fn of_patient(conn: &mut Conn, organisation: OrganisationId, patient: PatientId) -> Result<Vec<WorkItem>, StoreError> {
    conn.rows(OF_PATIENT, &args![organisation, patient]).await?.iter().map(read).collect()
}

/// Every open item that a person owns.
pub async fn owned_by(conn: &mut Conn, organisation: OrganisationId, staff: StaffId) -> Result<Vec<WorkItem>, StoreError> {
    conn.rows(OWNED_BY, &args![organisation, staff]).await?.iter().map(read).collect()
}

/// The desk's counts.
pub async fn counts(
    conn: &mut Conn,
    organisation: OrganisationId,
    now: Timestamp,
    me: StaffId,
    my_team: TeamId,
) -> Result<Counts, StoreError> {
    let values = args![organisation, now, sign_off_before(now), me, my_team];
    let row = conn.row(COUNTS, &values).await?.ok_or_else(|| StoreError::Corrupt("no counts".into()))?;
    Ok(Counts {
        open: row.int("open")?,
        red: row.int("red")?,
        same_day: row.int("same_day")?,
        overdue: row.int("overdue")?,
        untriaged: row.int("untriaged")?,
        waiting_for_patient: row.int("waiting_for_patient")?,
        unassigned: row.int("unassigned")?,
        sign_off: row.int("sign_off")?,
        mine: row.int("mine")?,
        team: row.int("team")?,
    })
}

fn sign_off_before(now: Timestamp) -> Timestamp {
    now - SignedDuration::from_hours(SIGN_OFF_DAYS * 24)
}

/// What was received, is open and is closed.
pub async fn ledger(conn: &mut Conn, organisation: OrganisationId) -> Result<Ledger, StoreError> {
    let row = conn.row(LEDGER, &args![organisation]).await?.ok_or_else(|| StoreError::Corrupt("no ledger".into()))?;
    Ok(Ledger { received: row.int("received")?, open: row.int("open")?, closed: row.int("closed")? })
}

/// Open items without a team, an action, a due time, or whose person is not at work: always 0.
pub async fn without_next_move(conn: &mut Conn, organisation: OrganisationId) -> Result<i64, StoreError> {
    conn.row(WITHOUT_NEXT_MOVE, &args![organisation]).await?.ok_or_else(|| StoreError::Corrupt("no count".into()))?.int("n")
}

/// Items whose patient has not answered in time.
pub async fn overdue_patients(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<Vec<WorkItemId>, StoreError> {
    conn.rows(OVERDUE_PATIENT, &args![organisation, now]).await?.iter().map(|row| row.id("id")).collect()
}

/// The statement and parameters of one page of the desk; the statement is put together from constants.
pub fn list_statement(organisation: OrganisationId, filter: &Filter, now: Timestamp, most: i64) -> (String, Vec<Value>) {
    let mut sql = LIST.to_owned();
    let mut values: Vec<Value> = vec![organisation.into()];
    {
        let mut with = |clause: &str, value: Option<Value>| {
            if let Some(value) = value {
                values.push(value);
            }
            sql.push_str(&clause.replace('?', &format!("${}", values.len())));
        };
        if let Some(me) = filter.mine {
            with(" AND owner_staff = ?", Some(me.into()));
        }
        if let Some(team) = filter.team {
            with(" AND owner_team = ?", Some(team.into()));
        }
        if filter.unassigned {
            with(" AND owner_staff IS NULL", None);
        }
        if let Some(kind) = filter.kind {
            with(" AND kind = ?", Some(kind.code().into()));
        }
        match filter.urgency {
            // Red stands first in the list, so its rank finds it without reading the rest.
            Some(Urgency::Emergency) => with(" AND list_rank = 0", None),
            Some(urgency) => with(" AND urgency = ?", Some(urgency.code().into())),
            None => {}
        }
        if filter.untriaged {
            with(" AND urgency IS NULL", None);
        }
        if filter.overdue {
            with(" AND due_at < ?", Some(now.into()));
        }
        if filter.waiting_for_patient {
            with(" AND waiting_for = 'patient'", None);
        }
        if filter.sign_off {
            with(" AND received_at < ?", Some(sign_off_before(now).into()));
        }
        if let Some(place) = filter.after {
            with(" AND list_rank >= ?", Some(place.rank.into()));
            with(" AND (list_rank, due_at, id) > (?, ", Some(place.rank.into()));
            with("?, ", Some(place.due.into()));
            with("?)", Some(place.id.into()));
        }
        if let Some(ids) = &filter.among {
            with(" AND id IN (NULL", None);
            for id in ids {
                with(", ?", Some((*id).into()));
            }
            with(")", None);
        }
        with(" ORDER BY list_rank, due_at, id LIMIT ?", Some(most.into()));
    }
    (sql, values)
}

/// One page of the desk: red first, then by due time.
pub async fn list(
    conn: &mut Conn,
    organisation: OrganisationId,
    filter: &Filter,
    now: Timestamp,
    most: i64,
) -> Result<Vec<Line>, StoreError> {
    let (sql, values) = list_statement(organisation, filter, now, most);
    conn.rows(&sql, &values).await?.iter().map(read_line).collect()
}

/// As many items as the duty screen shows.
pub const DUTY_MOST: usize = 200;

/// Red and amber items for the duty screen, the most urgent [`DUTY_MOST`] of them.
pub async fn duty_list(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Line>, StoreError> {
    conn.rows(FEED, &args![organisation, DUTY_MOST as i64]).await?.iter().map(read_line).collect()
}

fn read_line(row: &Row) -> Result<Line, StoreError> {
    Ok(Line {
        id: row.id("id")?,
        reference: row.parsed("reference")?,
        kind: row.parsed("kind")?,
        door: row.parsed("door")?,
        patient: row.opt_id("patient_id")?,
        person_name: row.text("person_name")?,
        birth_date: row.opt_date("birth_date")?,
        summary: row.text("summary")?,
        received_at: row.time("received_at")?,
        urgency: row.opt_parsed("urgency")?,
        pathway: row.opt_parsed("pathway")?,
        waiting_for: row.text("waiting_for")?,
        owner: Owner { team: row.id("owner_team")?, person: row.opt_id("owner_staff")? },
        action: row.parsed("action")?,
        due: row.time("due_at")?,
        was_red: row.flag("was_red")?,
        repeat: row.opt_id::<WorkItemId>("earlier_id")?.is_some(),
    })
}
