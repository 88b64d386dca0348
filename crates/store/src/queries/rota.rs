//! The rota: rooms, templates, absences, changes, and the diary that a change is worked out from.

use jiff::{Timestamp, civil::Date};
use portico_domain::{
    booking::Need,
    contact::ContactRules,
    pathway::Pathway,
    rota::{
        Template,
        what_if::{Away, Entry, Taken},
    },
};
use portico_nhs::{OrganisationId, RoomId, RotaChangeId, SessionId, SlotId, StaffId, TemplateId};
use serde::{Deserialize, Serialize};

use crate::{Conn, Row, StoreError, Value, args, queries::booking};

/// A slot with its session and its claim, in the columns that [`entry`] reads.
macro_rules! entries {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            slot_columns!(),
            ", s.session_id, c.template_id, c.room_id, ",
            "k.kind AS claim, k.until_at, k.item_id, k.booking_id, w.urgency AS item_urgency, w.pathway AS item_pathway, w.service AS item_service, w.skill AS item_skill, w.received_at, w.birth_date, w.patient_id, w.person_name, w.reference, ",
            "p.sex AS patient_sex, p.contact_rules, ",
            facts_column!(),
            ", ",
            noted_column!(),
            ", ",
            "(SELECT STRING_AGG(os.starts_at || '@' || os.ends_at, ',') FROM work_item o JOIN booking ob ON ob.organisation_id = o.organisation_id AND ob.item_id = o.id AND ob.state = 'booked' ",
            "JOIN slot os ON os.organisation_id = ob.organisation_id AND os.id = ob.slot_id WHERE o.organisation_id = w.organisation_id AND o.id <> w.id ",
            "AND (o.id = COALESCE(w.about_id, w.id) OR o.about_id = COALESCE(w.about_id, w.id))) AS belongs_with, COALESCE(w.about_id, w.id) AS together_id ",
            "FROM slot s JOIN clinic_session c ON c.organisation_id = s.organisation_id AND c.id = s.session_id ",
            "LEFT JOIN slot_claim k ON k.organisation_id = s.organisation_id AND k.slot_id = s.id ",
            "LEFT JOIN work_item w ON w.organisation_id = k.organisation_id AND w.id = k.item_id ",
            "LEFT JOIN patient p ON p.organisation_id = w.organisation_id AND p.id = w.patient_id ",
            "WHERE s.organisation_id = $1 AND s.withdrawn_by IS NULL AND ",
            $rest,
            " ORDER BY s.starts_at, s.id"
        )
    };
}

statements! {
    BETWEEN = entries!("s.starts_at >= $2 AND s.starts_at < $3");
    OF_SESSION = entries!("s.session_id = $2");
    OF_TEMPLATE = entries!("c.template_id = $2 AND s.starts_at >= $3");
    FREE = entries!("s.pathway = $2 AND s.starts_at > $3 AND s.starts_at <= $4 AND (k.slot_id IS NULL OR k.kind = 'hold')");
    ROOMS = "SELECT id, site, name FROM room WHERE organisation_id = $1 ORDER BY site, name LIMIT 500";
    ADD_ROOM = "INSERT INTO room (organisation_id, id, site, name) VALUES ($1, $2, $3, $4)";
    VERSIONS = "SELECT id, from_day, definition, change_id FROM session_template WHERE organisation_id = $1 ORDER BY made_no LIMIT 5000";
    ADD_VERSION = "INSERT INTO session_template (organisation_id, id, from_day, definition, change_id, made_no) \
                   VALUES ($1, $2, $3, $4, $5, (SELECT COALESCE(MAX(made_no), 0) + 1 FROM session_template WHERE organisation_id = $1))";
    DROP_VERSION = "DELETE FROM session_template WHERE organisation_id = $1 AND change_id = $2";
    MADE = "SELECT template_id, until_day FROM template_made WHERE organisation_id = $1";
    SET_MADE = "INSERT INTO template_made (organisation_id, template_id, until_day) VALUES ($1, $2, $3) \
                ON CONFLICT (organisation_id, template_id) DO UPDATE SET until_day = excluded.until_day";
    WITHDRAW = "UPDATE slot SET withdrawn_by = $3 WHERE organisation_id = $1 AND id = $2 AND withdrawn_by IS NULL";
    TAKE_OVER = "UPDATE slot SET withdrawn_by = $3 WHERE organisation_id = $1 AND id = $2";
    TAKE_OVER_WITHHELD = "UPDATE slot SET withdrawn_by = $4 WHERE organisation_id = $1 AND starts_at >= $3 \
                          AND session_id IN (SELECT id FROM clinic_session WHERE organisation_id = $1 AND template_id = $2) \
                          AND withdrawn_by IN (SELECT id FROM absence WHERE organisation_id = $1)";
    TAKE_OVER_OF_SESSION = "UPDATE slot SET withdrawn_by = $3 WHERE organisation_id = $1 AND session_id = $2 AND starts_at > $4 AND (starts_at < $5 OR ends_at > $6) \
                            AND withdrawn_by IN (SELECT id FROM absence WHERE organisation_id = $1)";
    RESTORE = "UPDATE slot SET withdrawn_by = NULL WHERE organisation_id = $1 AND withdrawn_by = $2";
    DROP_HOLDS = "DELETE FROM slot_claim WHERE organisation_id = $1 AND slot_id = $2 AND kind = 'hold'";
    IS_CLAIMED = "SELECT slot_id FROM slot_claim WHERE organisation_id = $1 AND slot_id = $2 AND kind = 'booking'";
    ADD_ABSENCE = "INSERT INTO absence (organisation_id, id, staff_id, room_id, starts_at, ends_at, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    DROP_ABSENCE = "DELETE FROM absence WHERE organisation_id = $1 AND id = $2";
    ABSENCES = "SELECT id, staff_id, room_id, starts_at, ends_at, reason FROM absence WHERE organisation_id = $1 AND ends_at > $2 ORDER BY starts_at LIMIT 1000";
    ABSENCES_BEGUN = "SELECT id, staff_id, room_id, starts_at, ends_at, reason FROM absence WHERE organisation_id = $1 AND ends_at > $2 \
                      AND starts_at <= $2 AND staff_id IS NOT NULL AND handed_over_at IS NULL ORDER BY starts_at LIMIT 100";
    HANDED_OVER = "UPDATE absence SET handed_over_at = $3 WHERE organisation_id = $1 AND id = $2";
    ADD_CHANGE = "INSERT INTO rota_change (organisation_id, id, plan, outcome, reason, made_at, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    UNDO_CHANGE = "UPDATE rota_change SET undone_at = $3, undone_by = $4, outcome = $5 WHERE organisation_id = $1 AND id = $2 AND undone_at IS NULL";
    CHANGE = "SELECT id, plan, outcome, reason, made_at, made_by, undone_at, undone_by FROM rota_change WHERE organisation_id = $1 AND id = $2";
    CHANGES = "SELECT id, plan, outcome, reason, made_at, made_by, undone_at, undone_by FROM rota_change WHERE organisation_id = $1 ORDER BY id DESC LIMIT 50";
    IN_USE = "SELECT id FROM slot WHERE organisation_id = $1 LIMIT 1";
}

/// Slots by when they begin.
pub type Entries = std::collections::BTreeMap<(Timestamp, SlotId), Entry>;

/// A room.
#[derive(Debug, Clone)]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// Where it is.
    pub site: String,
    /// As people call it.
    pub name: String,
}

/// One version of a template.
#[derive(Debug, Clone)]
pub struct Version {
    /// The template.
    pub template: TemplateId,
    /// With effect from.
    pub from: Date,
    /// What it says; `None` when it has ended.
    pub definition: Option<Template>,
    /// The change that made it.
    pub change: RotaChangeId,
}

/// An absence, as it is kept.
#[derive(Debug, Clone)]
pub struct Absence {
    /// The change that says so.
    pub id: RotaChangeId,
    /// Who or what, and when.
    pub away: Away,
    /// Why.
    pub reason: String,
}

/// What became of one person of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonOutcome {
    /// Their item.
    pub item: portico_nhs::WorkItemId,
    /// Their name and reference.
    pub label: (String, String),
    /// The slot that they had.
    pub had: SlotId,
    /// The slot that they were moved to; `None`: they are asked.
    pub has: Option<SlotId>,
    /// The item's version after it; another one says that somebody has acted since.
    pub version: i64,
    /// After an undo: whether they have their old appointment again.
    pub restored: Option<bool>,
    /// How their request had been closed; it is closed so again once they have an appointment again.
    #[serde(default)]
    pub closed_as: Option<portico_domain::record::Outcome>,
}

/// A change as it was carried out.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its id.
    pub id: RotaChangeId,
    /// The plan, as it was confirmed: JSON text.
    pub plan: String,
    /// What became of each person.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
    /// When.
    pub made_at: Timestamp,
    /// By whom.
    pub made_by: String,
    /// When and by whom it was undone.
    pub undone: Option<(Timestamp, String)>,
}

/// What a change did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Each person, in the order of the plan.
    pub people: Vec<PersonOutcome>,
    /// Slots that were made, in the order of the plan.
    pub made: Vec<SlotId>,
    /// Of a changed template: the last day for which its sessions had been made then.
    #[serde(default)]
    pub until: Option<Date>,
}

fn entry(row: &Row, now: Timestamp) -> Result<Entry, StoreError> {
    let claim = row.opt_text("claim")?;
    let taken = match (claim.as_deref(), row.opt_id("booking_id")?) {
        (Some("booking"), Some(booking)) => Some(Taken {
            item: row.id("item_id")?,
            booking,
            patient: row.opt_id("patient_id")?,
            need: Need {
                pathway: row.opt_parsed("item_pathway")?,
                urgency: row.opt_parsed("item_urgency")?,
                birth_date: row.opt_date("birth_date")?,
                sex: row.opt_text("patient_sex")?,
                facts: booking::facts(row.opt_text("facts")?),
                done: booking::noted(row.opt_text("noted")?)?,
                service: row.opt_parsed("item_service")?,
                skill: booking::skill(row.opt_text("item_skill")?),
                cannot_come: row.opt_json::<ContactRules>("contact_rules")?.map(|r| r.cannot_come).unwrap_or_default(),
            },
            received_at: row.time("received_at")?,
            with: booking::stretches(row.opt_text("belongs_with")?)?,
            together: row.opt_id("together_id")?,
        }),
        _ => None,
    };
    Ok(Entry {
        slot: booking::read(row)?,
        session: row.id("session_id")?,
        room: row.opt_id("room_id")?,
        template: row.opt_id("template_id")?,
        held: claim.as_deref() == Some("hold") && row.opt_time("until_at")?.is_some_and(|until| until > now),
        taken,
        label: match (row.opt_text("person_name")?, row.opt_text("reference")?) {
            (Some(name), Some(reference)) => Some((name, reference)),
            _ => None,
        },
    })
}

async fn entries(
    conn: &mut Conn,
    organisation: OrganisationId,
    statement: &'static str,
    args: &[Value],
    now: Timestamp,
) -> Result<Vec<Entry>, StoreError> {
    let rows = conn.rows(statement, args).await?;
    let mut all = rows.iter().map(|r| entry(r, now)).collect::<Result<Vec<_>, _>>()?;
    booking::tell_able(conn, organisation, all.iter_mut().filter_map(|e| e.taken.as_mut()).map(|t| &mut t.need)).await?;
    Ok(all)
}

/// Every slot that begins in a stretch of time, earliest first.
pub async fn between(
    conn: &mut Conn,
    organisation: OrganisationId,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Vec<Entry>, StoreError> {
    entries(conn, organisation, BETWEEN, &args![organisation, from, to], now).await
}

/// Every slot of a session.
pub async fn of_session(conn: &mut Conn, organisation: OrganisationId, id: SessionId, now: Timestamp) -> Result<Vec<Entry>, StoreError> {
    entries(conn, organisation, OF_SESSION, &args![organisation, id], now).await
}

/// Every slot of a template from a moment on.
pub async fn of_template(
    conn: &mut Conn,
    organisation: OrganisationId,
    (id, from): (TemplateId, Timestamp),
    now: Timestamp,
) -> Result<Vec<Entry>, StoreError> {
    entries(conn, organisation, OF_TEMPLATE, &args![organisation, id, from], now).await
}

/// Every slot of a pathway that nobody has booked, after `now` and not after `until`.
pub async fn free(
    conn: &mut Conn,
    organisation: OrganisationId,
    pathway: Pathway,
    (now, until): (Timestamp, Timestamp),
) -> Result<Vec<Entry>, StoreError> {
    entries(conn, organisation, FREE, &args![organisation, pathway.code(), now, until], now).await
}

/// Whether the organisation has any slot at all.
pub async fn in_use(conn: &mut Conn, organisation: OrganisationId) -> Result<bool, StoreError> {
    Ok(conn.row(IN_USE, &args![organisation]).await?.is_some())
}

/// The rooms, by site and name.
pub async fn rooms(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Room>, StoreError> {
    let rows = conn.rows(ROOMS, &args![organisation]).await?;
    rows.iter().map(|r| Ok(Room { id: r.id("id")?, site: r.text("site")?, name: r.text("name")? })).collect()
}

/// Adds a room.
pub async fn add_room(conn: &mut Conn, organisation: OrganisationId, room: &Room) -> Result<(), StoreError> {
    conn.execute(ADD_ROOM, &args![organisation, room.id, &room.site, &room.name]).await.map(|_| ())
}

/// Every version of every template, the latest made last.
pub async fn versions(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Version>, StoreError> {
    let rows = conn.rows(VERSIONS, &args![organisation]).await?;
    rows.iter()
        .map(|r| {
            Ok(Version {
                template: r.id("id")?,
                from: r.parsed("from_day")?,
                definition: r.opt_json("definition")?,
                change: r.id("change_id")?,
            })
        })
        .collect()
}

/// What an absence took of a session is taken by a later change of that session instead, outside the moments that it keeps:
/// it does not come back with whoever was away.
pub async fn take_over_of_session(
    conn: &mut Conn,
    organisation: OrganisationId,
    (session, by): (SessionId, RotaChangeId),
    now: Timestamp,
    (kept_from, kept_to): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    conn.execute(TAKE_OVER_OF_SESSION, &args![organisation, session, by, now, kept_from, kept_to]).await.map(|_| ())
}

/// Adds a version of a template.
pub async fn add_version(conn: &mut Conn, organisation: OrganisationId, v: &Version) -> Result<(), StoreError> {
    let definition = v.definition.as_ref().map(json).transpose()?;
    conn.execute(ADD_VERSION, &args![organisation, v.template, v.from, definition, v.change]).await.map(|_| ())
}

/// Takes back the version that a change made.
pub async fn drop_version(conn: &mut Conn, organisation: OrganisationId, change: RotaChangeId) -> Result<(), StoreError> {
    conn.execute(DROP_VERSION, &args![organisation, change]).await.map(|_| ())
}

/// Up to which day the sessions of each template have been made.
pub async fn made(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<(TemplateId, Date)>, StoreError> {
    let rows = conn.rows(MADE, &args![organisation]).await?;
    rows.iter().map(|r| Ok((r.id("template_id")?, r.parsed("until_day")?))).collect()
}

/// Notes up to which day they have been made.
pub async fn set_made(conn: &mut Conn, organisation: OrganisationId, template: TemplateId, until: Date) -> Result<(), StoreError> {
    conn.execute(SET_MADE, &args![organisation, template, until]).await.map(|_| ())
}

/// Takes a slot away; whoever holds it for a moment is told when they go on.
pub async fn withdraw(conn: &mut Conn, organisation: OrganisationId, slot: SlotId, change: RotaChangeId) -> Result<(), StoreError> {
    conn.execute(DROP_HOLDS, &args![organisation, slot]).await?;
    conn.execute(WITHDRAW, &args![organisation, slot, change]).await.map(|_| ())
}

/// Takes a slot away whatever took it away before: it comes back with this change only.
pub async fn take_over(conn: &mut Conn, organisation: OrganisationId, slot: SlotId, change: RotaChangeId) -> Result<(), StoreError> {
    conn.execute(DROP_HOLDS, &args![organisation, slot]).await?;
    conn.execute(TAKE_OVER, &args![organisation, slot, change]).await.map(|_| ())
}

/// The slots of a template from a moment on that an absence holds back go with this change instead: the template no longer
/// makes them, so they must not come back with the absence.
pub async fn take_over_withheld(
    conn: &mut Conn,
    organisation: OrganisationId,
    (template, from): (TemplateId, Timestamp),
    change: RotaChangeId,
) -> Result<(), StoreError> {
    conn.execute(TAKE_OVER_WITHHELD, &args![organisation, template, from, change]).await.map(|_| ())
}

/// Gives back every slot that a change took away.
pub async fn restore(conn: &mut Conn, organisation: OrganisationId, change: RotaChangeId) -> Result<(), StoreError> {
    conn.execute(RESTORE, &args![organisation, change]).await.map(|_| ())
}

/// Whether somebody is booked in a slot.
pub async fn is_claimed(conn: &mut Conn, organisation: OrganisationId, slot: SlotId) -> Result<bool, StoreError> {
    Ok(conn.row(IS_CLAIMED, &args![organisation, slot]).await?.is_some())
}

/// Notes who or what is not there.
pub async fn add_absence(conn: &mut Conn, organisation: OrganisationId, a: &Absence) -> Result<(), StoreError> {
    conn.execute(ADD_ABSENCE, &args![organisation, a.id, a.away.clinician, a.away.room, a.away.from, a.away.to, &a.reason])
        .await
        .map(|_| ())
}

/// Takes an absence back.
pub async fn drop_absence(conn: &mut Conn, organisation: OrganisationId, change: RotaChangeId) -> Result<(), StoreError> {
    conn.execute(DROP_ABSENCE, &args![organisation, change]).await.map(|_| ())
}

/// Absences that end after a moment.
pub async fn absences(conn: &mut Conn, organisation: OrganisationId, since: Timestamp) -> Result<Vec<Absence>, StoreError> {
    conn.rows(ABSENCES, &args![organisation, since]).await?.iter().map(read_absence).collect()
}

/// Absences of people that have begun and of which nothing has been handed over yet.
pub async fn absences_begun(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<Vec<Absence>, StoreError> {
    conn.rows(ABSENCES_BEGUN, &args![organisation, now]).await?.iter().map(read_absence).collect()
}

/// Notes that what an absent person had was handed over.
pub async fn handed_over(conn: &mut Conn, organisation: OrganisationId, absence: RotaChangeId, at: Timestamp) -> Result<(), StoreError> {
    conn.execute(HANDED_OVER, &args![organisation, absence, at]).await.map(|_| ())
}

/// Who is away now for so long that others do their work.
pub async fn on_leave(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<Vec<StaffId>, StoreError> {
    let all = absences(conn, organisation, now).await?;
    Ok(all.into_iter().filter(|a| a.away.is_leave() && a.away.from <= now && now < a.away.to).filter_map(|a| a.away.clinician).collect())
}

fn read_absence(r: &Row) -> Result<Absence, StoreError> {
    Ok(Absence {
        id: r.id("id")?,
        away: Away { clinician: r.opt_id("staff_id")?, room: r.opt_id("room_id")?, from: r.time("starts_at")?, to: r.time("ends_at")? },
        reason: r.text("reason")?,
    })
}

fn read_change(row: &Row) -> Result<Change, StoreError> {
    Ok(Change {
        id: row.id("id")?,
        plan: row.text("plan")?,
        outcome: row.json("outcome")?,
        reason: row.text("reason")?,
        made_at: row.time("made_at")?,
        made_by: row.text("made_by")?,
        undone: match (row.opt_time("undone_at")?, row.opt_text("undone_by")?) {
            (Some(at), Some(by)) => Some((at, by)),
            _ => None,
        },
    })
}

/// Keeps a change with what it did.
pub async fn add_change(conn: &mut Conn, organisation: OrganisationId, c: &Change) -> Result<(), StoreError> {
    let values = args![organisation, c.id, &c.plan, json(&c.outcome)?, &c.reason, c.made_at, &c.made_by];
    conn.execute(ADD_CHANGE, &values).await.map(|_| ())
}

/// Notes that a change was undone; false when it was already.
pub async fn undo_change(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: RotaChangeId,
    (at, by): (Timestamp, &str),
    outcome: &Outcome,
) -> Result<bool, StoreError> {
    Ok(conn.execute(UNDO_CHANGE, &args![organisation, id, at, by, json(outcome)?]).await? == 1)
}

/// One change.
pub async fn change(conn: &mut Conn, organisation: OrganisationId, id: RotaChangeId) -> Result<Option<Change>, StoreError> {
    conn.row(CHANGE, &args![organisation, id]).await?.map(|r| read_change(&r)).transpose()
}

/// The latest changes, newest first.
pub async fn changes(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Change>, StoreError> {
    conn.rows(CHANGES, &args![organisation]).await?.iter().map(read_change).collect()
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Corrupt(e.to_string()))
}
