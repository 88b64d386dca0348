//! Sessions, slots, claims on slots, and bookings.

use jiff::Timestamp;
use portico_domain::{
    booking::{Need, Skill, Slot, SlotKind, age_on, takes},
    contact::ContactRules,
    pathway::Pathway,
    procedure::Noted,
    record::RecordFact,
    triage::Urgency,
};
use portico_nhs::{
    BookingId, Calendar, OrganisationId, PatientId, PhoneNumber, RoomId, SessionId, SlotId, StaffId, TemplateId, WorkItemId, uk_date,
};

use crate::{
    Conn, Row, StoreError, args,
    queries::{allocation, offer, patient},
};

statements! {
    INSERT_SESSION = "INSERT INTO clinic_session (organisation_id, id, clinician_id, clinician_name, site, starts_at, ends_at, template_id, room_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    INSERT_SLOT = "INSERT INTO slot (organisation_id, id, session_id, pathway, category, mode, setting, starts_at, ends_at, same_day_only, age_from, age_to, sex, condition, procedure, service, release_at, window_minutes) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    FREE = concat!("SELECT ", slot_columns!(), " \
            FROM slot s JOIN clinic_session c ON c.organisation_id = s.organisation_id AND c.id = s.session_id \
            LEFT JOIN slot_claim k ON k.organisation_id = s.organisation_id AND k.slot_id = s.id \
            WHERE s.organisation_id = $1 AND s.pathway = $2 AND s.starts_at > $11 AND s.starts_at <= $4 \
            AND (k.slot_id IS NULL OR (k.kind = 'hold' AND k.until_at <= $3)) AND (s.same_day_only = FALSE OR s.same_day_only = $5) \
            AND s.age_from <= $6 AND s.age_to >= $7 AND s.withdrawn_by IS NULL \
            AND (s.release_at IS NULL OR s.release_at <= $3 OR $5 = TRUE) AND (s.sex IS NULL OR s.sex = $8 OR $8 NOT IN ('female', 'male')) AND COALESCE(s.service, '') = $9 \
            AND (s.condition IS NULL OR ',' || $12 || ',' LIKE '%,' || s.condition || ',%') AND (s.procedure IS NULL OR $13 = TRUE) \
            AND ($14 = '' OR EXISTS (SELECT 1 FROM staff_skill y WHERE y.organisation_id = s.organisation_id AND y.staff_id = c.clinician_id AND y.skill = $14)) ORDER BY s.starts_at, s.id LIMIT $10");
    LOAD = concat!("SELECT ", slot_columns!(), " \
            FROM slot s JOIN clinic_session c ON c.organisation_id = s.organisation_id AND c.id = s.session_id WHERE s.organisation_id = $1 AND s.id = $2");
    OF_PATHWAY = "SELECT s.id, s.session_id, s.starts_at, s.ends_at, c.clinician_name FROM slot s \
                  JOIN clinic_session c ON c.organisation_id = s.organisation_id AND c.id = s.session_id \
                  WHERE s.organisation_id = $1 AND s.pathway = $2 AND s.starts_at > $3 AND s.starts_at <= $4 AND s.withdrawn_by IS NULL AND s.extra_reason IS NULL \
                  ORDER BY s.starts_at, s.id LIMIT 3000";
    SESSION_OF = "SELECT session_id FROM slot WHERE organisation_id = $1 AND id = $2";
    SET_EXTRA = "UPDATE slot SET extra_reason = $3 WHERE organisation_id = $1 AND id = $2";
    // A slot that was added for one patient is not there for others: the booking that ended takes it away.
    DROP_EXTRA = "UPDATE slot SET withdrawn_by = $2 WHERE organisation_id = $1 AND extra_reason IS NOT NULL AND withdrawn_by IS NULL \
                  AND id = (SELECT b.slot_id FROM booking b WHERE b.organisation_id = $1 AND b.id = $2)";
    OFFERED = "SELECT s.id FROM slot s WHERE s.organisation_id = $1 AND s.id = $2 AND s.withdrawn_by IS NULL";
    IS_FREE = "SELECT s.id FROM slot s LEFT JOIN slot_claim k ON k.organisation_id = s.organisation_id AND k.slot_id = s.id \
               WHERE s.organisation_id = $1 AND s.id = $2 AND s.withdrawn_by IS NULL AND (k.slot_id IS NULL OR k.item_id = $3 OR (k.kind = 'hold' AND k.until_at <= $4))";
    NEED = concat!("SELECT w.pathway, w.urgency, w.service, w.skill, w.birth_date, p.sex, p.contact_rules, \
            ", facts_column!(), ", \
            ", noted_column!(), " \
            FROM work_item w LEFT JOIN patient p ON p.organisation_id = w.organisation_id AND p.id = w.patient_id WHERE w.organisation_id = $1 AND w.id = $2");
    LEFT_TODAY = "SELECT s.pathway, COUNT(*) AS n, COUNT(*) FILTER (WHERE s.same_day_only = TRUE) AS same_day FROM slot s \
                  LEFT JOIN slot_claim k ON k.organisation_id = s.organisation_id AND k.slot_id = s.id \
                  WHERE s.organisation_id = $1 AND s.starts_at > $2 AND s.starts_at <= $3 AND s.withdrawn_by IS NULL AND s.service IS NULL AND (k.slot_id IS NULL OR (k.kind = 'hold' AND k.until_at <= $2)) \
                  GROUP BY s.pathway ORDER BY s.pathway";
    DROP_EXPIRED = "DELETE FROM slot_claim WHERE organisation_id = $1 AND slot_id = $2 AND kind = 'hold' AND until_at <= $3";
    DROP_HOLDS_OF_ITEM = "DELETE FROM slot_claim WHERE organisation_id = $1 AND item_id = $2 AND kind = 'hold'";
    DROP_HOLD = "DELETE FROM slot_claim WHERE organisation_id = $1 AND slot_id = $2 AND item_id = $3 AND kind = 'hold'";
    HOLD = "INSERT INTO slot_claim (organisation_id, slot_id, kind, item_id, staff_id, until_at) VALUES ($1, $2, 'hold', $3, $4, $5) ON CONFLICT (organisation_id, slot_id) DO NOTHING";
    CLAIM = "INSERT INTO slot_claim (organisation_id, slot_id, kind, item_id, booking_id) VALUES ($1, $2, 'booking', $3, $4) ON CONFLICT (organisation_id, slot_id) DO NOTHING";
    RELEASE = "DELETE FROM slot_claim WHERE organisation_id = $1 AND booking_id = $2 AND kind = 'booking'";
    HOLD_OF_ITEM = "SELECT slot_id, until_at, staff_id FROM slot_claim WHERE organisation_id = $1 AND item_id = $2 AND kind = 'hold' AND until_at > $3";
    INSERT_BOOKING = "INSERT INTO booking (organisation_id, id, slot_id, item_id, patient_id, state, booked_at) VALUES ($1, $2, $3, $4, $5, 'booked', $6)";
    END_BOOKING = "UPDATE booking SET state = $3, ended_at = $4 WHERE organisation_id = $1 AND id = $2 AND state = 'booked'";
    ARRIVED = "UPDATE booking SET arrived_at = $3, missed_at = NULL WHERE organisation_id = $1 AND id = $2 AND state = 'booked'";
    LEFT = "UPDATE booking SET left_at = $3, arrived_at = COALESCE(arrived_at, $3), missed_at = NULL WHERE organisation_id = $1 AND id = $2 AND state = 'booked'";
    MISSED = "UPDATE booking SET missed_at = $3, arrived_at = NULL, left_at = NULL WHERE organisation_id = $1 AND id = $2 AND state = 'booked'";
    EXPECTED = "UPDATE booking SET missed_at = NULL, arrived_at = NULL, left_at = NULL WHERE organisation_id = $1 AND id = $2 AND state = 'booked'";
    ITEM_OF_BOOKING = "SELECT item_id FROM booking WHERE organisation_id = $1 AND id = $2 AND state = 'booked'";
    DAY_LIST = "SELECT s.id, s.pathway, s.category, s.mode, s.setting, s.starts_at, s.ends_at, s.same_day_only, s.age_from, s.age_to, s.sex, s.condition, s.procedure, s.service, s.release_at, s.window_minutes, \
                c.clinician_id, c.clinician_name, c.site, b.id AS booking, b.item_id, b.arrived_at, b.left_at, b.missed_at, b.answers, s.extra_reason, w.person_name, w.birth_date, w.reference, w.summary, w.urgency, p.address, p.phone, p.contact_rules, p.nhs_number, p.nhs_app_at \
                FROM slot s JOIN clinic_session c ON c.organisation_id = s.organisation_id AND c.id = s.session_id \
                LEFT JOIN booking b ON b.organisation_id = s.organisation_id AND b.slot_id = s.id AND b.state = 'booked' \
                LEFT JOIN work_item w ON w.organisation_id = b.organisation_id AND w.id = b.item_id \
                LEFT JOIN patient p ON p.organisation_id = w.organisation_id AND p.id = w.patient_id \
                WHERE s.organisation_id = $1 AND s.starts_at >= $2 AND s.starts_at < $3 AND s.withdrawn_by IS NULL ORDER BY s.starts_at, c.clinician_name, s.id LIMIT 3000";
    SLOT_OF_BOOKING = "SELECT slot_id FROM booking WHERE organisation_id = $1 AND id = $2";
    STANDING = "SELECT b.id, s.starts_at FROM booking b JOIN slot s ON s.organisation_id = b.organisation_id AND s.id = b.slot_id \
                WHERE b.organisation_id = $1 AND b.item_id = $2 AND b.state = 'booked' AND s.starts_at > $3 LIMIT 1";
    BOOKED_TWICE = "SELECT COUNT(*) AS n FROM (SELECT slot_id FROM booking WHERE organisation_id = $1 AND state = 'booked' GROUP BY slot_id HAVING COUNT(*) > 1) AS twice";
    BOOKED = "SELECT COUNT(*) AS n FROM booking WHERE organisation_id = $1 AND state = 'booked'";
}

pub(crate) fn read(row: &Row) -> Result<Slot, StoreError> {
    let small =
        |column| -> Result<u8, StoreError> { u8::try_from(row.int(column)?).map_err(|e| StoreError::Corrupt(format!("{column}: {e}"))) };
    let window = row.opt_int("window_minutes")?.unwrap_or(0);
    Ok(Slot {
        id: row.id("id")?,
        clinician: row.id("clinician_id")?,
        clinician_name: row.text("clinician_name")?,
        site: row.text("site")?,
        starts: row.time("starts_at")?,
        ends: row.time("ends_at")?,
        release_at: row.opt_time("release_at")?,
        kind: SlotKind {
            pathway: row.parsed("pathway")?,
            category: row.parsed("category")?,
            mode: row.parsed("mode")?,
            setting: row.parsed("setting")?,
            same_day_only: row.flag("same_day_only")?,
            ages: (small("age_from")?, small("age_to")?),
            sex: row.opt_parsed("sex")?,
            condition: row.opt_parsed("condition")?,
            procedure: row.opt_parsed("procedure")?,
            service: row.opt_parsed("service")?,
            window_minutes: u16::try_from(window).map_err(|e| StoreError::Corrupt(format!("window_minutes: {e}")))?,
        },
    })
}

/// Where a session comes from and takes place.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin {
    /// The template that made it; `None` when it was made by hand.
    pub template: Option<TemplateId>,
    /// Its room.
    pub room: Option<RoomId>,
}

/// Adds a session of slots.
pub async fn insert_session(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: SessionId,
    origin: Origin,
    slots: &[Slot],
) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (slots.first(), slots.last()) else { return Ok(()) };
    let session =
        args![organisation, id, first.clinician, &first.clinician_name, &first.site, first.starts, last.ends, origin.template, origin.room];
    conn.execute(INSERT_SESSION, &session).await?;
    insert_slots(conn, organisation, id, slots).await
}

/// Adds slots to a session.
pub async fn insert_slots(conn: &mut Conn, organisation: OrganisationId, id: SessionId, slots: &[Slot]) -> Result<(), StoreError> {
    for s in slots {
        let k = &s.kind;
        let values = args![
            organisation,
            s.id,
            id,
            k.pathway.code(),
            k.category.code(),
            k.mode.code(),
            k.setting.code(),
            s.starts,
            s.ends,
            k.same_day_only,
            k.ages.0,
            k.ages.1,
            k.sex.map(|x| x.code()),
            k.condition.map(|c| c.code()),
            k.procedure.map(|p| p.code()),
            k.service.map(|x| x.code()),
            s.release_at,
            (k.window_minutes > 0).then_some(i64::from(k.window_minutes))
        ];
        conn.execute(INSERT_SLOT, &values).await?;
    }
    Ok(())
}

/// A session as somebody chooses it to be overbooked.
#[derive(Debug, Clone)]
pub struct FullSession {
    /// One of its slots: the extra one is like it.
    pub like: SlotId,
    /// Who sees the patients.
    pub clinician_name: String,
    /// When its first slot of the pathway begins.
    pub from: Timestamp,
    /// When its last one ends.
    pub to: Timestamp,
}

/// Sessions with slots of some pathways, earliest first, whether or not anything is free.
pub async fn sessions_of(
    conn: &mut Conn,
    organisation: OrganisationId,
    pathways: &[Pathway],
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<FullSession>, StoreError> {
    let mut found: Vec<(SessionId, FullSession)> = Vec::new();
    for pathway in pathways {
        for row in conn.rows(OF_PATHWAY, &args![organisation, pathway.code(), from, to]).await? {
            let session: SessionId = row.id("session_id")?;
            let (starts, ends) = (row.time("starts_at")?, row.time("ends_at")?);
            match found.iter_mut().find(|(id, _)| *id == session) {
                Some((_, known)) => known.to = known.to.max(ends),
                None => {
                    let new = FullSession { like: row.id("id")?, clinician_name: row.text("clinician_name")?, from: starts, to: ends };
                    found.push((session, new));
                }
            }
        }
    }
    found.sort_by_key(|(_, s)| s.from);
    Ok(found.into_iter().map(|(_, s)| s).collect())
}

/// The session of a slot.
pub async fn session_of(conn: &mut Conn, organisation: OrganisationId, slot: SlotId) -> Result<Option<SessionId>, StoreError> {
    conn.row(SESSION_OF, &args![organisation, slot]).await?.map(|row| row.id("session_id")).transpose()
}

/// Notes why a slot was added.
pub async fn set_extra(conn: &mut Conn, organisation: OrganisationId, slot: SlotId, reason: &str) -> Result<(), StoreError> {
    conn.execute(SET_EXTRA, &args![organisation, slot, reason]).await.map(|_| ())
}

/// Free slots of one of a need's pathways that begin after `now` and not after `until`, earliest first. Slots kept for the
/// same day or not yet released only for urgent needs; a year either side of the age, for a birthday before the slot.
pub async fn free(
    conn: &mut Conn,
    organisation: OrganisationId,
    (pathway, need): (Pathway, &Need),
    (now, from, until): (Timestamp, Timestamp, Timestamp),
    most: i64,
) -> Result<Vec<Slot>, StoreError> {
    let age = need.birth_date.and_then(|born| age_on(born, uk_date(now)));
    let (at_most, at_least) = age.map_or((200, 0), |a| (i64::from(a) + 1, i64::from(a)));
    let sex = need.sex.as_deref().unwrap_or_default();
    conn.rows(
        FREE,
        &args![
            organisation,
            pathway.code(),
            now,
            until,
            need.is_urgent(),
            at_most,
            at_least,
            sex,
            need.planned().map_or("", |x| x.code()),
            most,
            from.max(now),
            need.facts.iter().map(|f| f.code()).collect::<Vec<_>>().join(","),
            !need.done.is_empty(),
            need.skilled().map_or("", |s| s.name.as_str())
        ],
    )
    .await?
    .iter()
    .map(read)
    .collect()
}

/// Free slots that fit a need at this moment and begin after `from`, earliest first.
pub async fn fitting(
    conn: &mut Conn,
    organisation: OrganisationId,
    need: &Need,
    (now, calendar): (Timestamp, &Calendar),
    (from, most): (Timestamp, i64),
) -> Result<Vec<Slot>, StoreError> {
    let Some(urgency) = need.urgency.filter(|_| need.pathway.is_some_and(Pathway::takes_bookings)) else { return Ok(Vec::new()) };
    let until = need.until(urgency, now, calendar);
    // Whole days may fall out of what is found when the patient cannot come.
    let looked_at = if need.cannot_come.is_empty() { most } else { most.max(2000) };
    let mut slots = Vec::new();
    for pathway in need.pathways() {
        slots.extend(free(conn, organisation, (pathway, need), (now, from, until), looked_at).await?);
    }
    // The moments are those of the search already.
    slots.retain(|s| takes(s, need, now).is_ok());
    slots.sort_by_key(|s| (s.starts, s.id));
    slots.truncate(most as usize);
    Ok(slots)
}

/// What an item needs of a slot, with what is known of its patient.
pub async fn need_of(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<Need, StoreError> {
    let mut found = conn.row(NEED, &args![organisation, item]).await?.map_or_else(|| Ok(Need::default()), |row| need(&row))?;
    tell_able(conn, organisation, [&mut found]).await?;
    Ok(found)
}

/// Says of each need that wants a skill who has it. Nearly none does, so that this asks for nothing.
pub(crate) async fn tell_able<'a>(
    conn: &mut Conn,
    organisation: OrganisationId,
    needs: impl IntoIterator<Item = &'a mut Need> + Send,
) -> Result<(), StoreError> {
    let wanting: Vec<&mut Skill> = needs.into_iter().filter_map(|n| n.skill.as_mut()).collect();
    if wanting.is_empty() {
        return Ok(());
    }
    let all = allocation::skills(conn, organisation).await?;
    for skill in wanting {
        skill.able = all.iter().filter(|(_, name)| *name == skill.name).map(|(who, _)| *who).collect();
    }
    Ok(())
}

/// A skill that is wanted, before it is known who has it.
pub(crate) fn skill(name: Option<String>) -> Option<Skill> {
    name.map(|name| Skill { name, able: Vec::new() })
}

/// What is needed, in the columns that those name who look for a slot.
pub(crate) fn need(row: &Row) -> Result<Need, StoreError> {
    Ok(Need {
        pathway: row.opt_parsed("pathway")?,
        urgency: row.opt_parsed("urgency")?,
        birth_date: row.opt_date("birth_date")?,
        sex: row.opt_text("sex")?,
        facts: facts(row.opt_text("facts")?),
        done: noted(row.opt_text("noted")?)?,
        service: row.opt_parsed("service")?,
        skill: skill(row.opt_text("skill")?),
        cannot_come: row.opt_json::<ContactRules>("contact_rules")?.map(|r| r.cannot_come).unwrap_or_default(),
    })
}

/// What was noted before a procedure, as it is listed in one column: `code@noted` or `code@noted@until`, moments as the engine writes them.
pub(crate) fn noted(list: Option<String>) -> Result<Vec<Noted>, StoreError> {
    let one = |entry: &str| {
        let mut parts = entry.split('@');
        let (what, at) = (parts.next()?.parse().ok()?, moment(parts.next()?)?);
        let until = match parts.next() {
            Some(until) => Some(moment(until)?),
            None => None,
        };
        Some(Noted { what, at, until })
    };
    let list = list.unwrap_or_default();
    let all = list.split(',').filter(|e| !e.is_empty());
    all.map(|e| one(e).ok_or_else(|| StoreError::Corrupt(format!("noted before a procedure: {e}")))).collect()
}

/// Stretches of time as they are listed in one column: `from@to`, moments as the engine writes them.
pub(crate) fn stretches(list: Option<String>) -> Result<Vec<(Timestamp, Timestamp)>, StoreError> {
    let one = |entry: &str| entry.split_once('@').and_then(|(from, to)| Some((moment(from)?, moment(to)?)));
    let list = list.unwrap_or_default();
    let mut all = list
        .split(',')
        .filter(|e| !e.is_empty())
        .map(|e| one(e).ok_or_else(|| StoreError::Corrupt(format!("appointments that belong together: {e}"))))
        .collect::<Result<Vec<_>, _>>()?;
    // The engines list them in orders of their own; a plan must not depend on that.
    all.sort_unstable();
    Ok(all)
}

/// A moment as either engine writes it into text.
fn moment(text: &str) -> Option<Timestamp> {
    match text.parse::<i64>() {
        Ok(micros) => Timestamp::from_microsecond(micros).ok(),
        Err(_) => text.parse().ok(),
    }
}

/// Facts as they are listed in one column.
pub(crate) fn facts(list: Option<String>) -> Vec<RecordFact> {
    list.unwrap_or_default().split(',').filter_map(|f| f.parse().ok()).collect()
}

/// Whether a slot is still offered: a change of the rota may have taken it away.
pub async fn is_offered(conn: &mut Conn, organisation: OrganisationId, id: SlotId) -> Result<bool, StoreError> {
    Ok(conn.row(OFFERED, &args![organisation, id]).await?.is_some())
}

/// Whether an item could have a slot at this moment: nobody else has booked or holds it. The claim itself decides.
pub async fn is_free(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: SlotId,
    item: WorkItemId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(conn.row(IS_FREE, &args![organisation, id, item, now]).await?.is_some())
}

/// One slot.
pub async fn slot(conn: &mut Conn, organisation: OrganisationId, id: SlotId) -> Result<Option<Slot>, StoreError> {
    conn.row(LOAD, &args![organisation, id]).await?.map(|row| read(&row)).transpose()
}

/// Free slots a pathway between two moments: (pathway, all, of which kept for the same day).
pub async fn left(
    conn: &mut Conn,
    organisation: OrganisationId,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<(Pathway, i64, i64)>, StoreError> {
    let rows = conn.rows(LEFT_TODAY, &args![organisation, now, until]).await?;
    rows.iter().map(|row| Ok((row.parsed("pathway")?, row.int("n")?, row.int("same_day")?))).collect()
}

/// Holds a slot for an item, letting go of any other that the item holds; false when somebody has it.
pub async fn hold(
    conn: &mut Conn,
    organisation: OrganisationId,
    slot: SlotId,
    item: WorkItemId,
    staff: Option<StaffId>,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    conn.execute(DROP_HOLDS_OF_ITEM, &args![organisation, item]).await?;
    conn.execute(DROP_EXPIRED, &args![organisation, slot, now]).await?;
    Ok(conn.execute(HOLD, &args![organisation, slot, item, staff, until]).await? == 1)
}

/// Lets go of whatever an item holds.
pub async fn let_go(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<(), StoreError> {
    conn.execute(DROP_HOLDS_OF_ITEM, &args![organisation, item]).await.map(|_| ())
}

/// Lets go of one slot that an item holds; what else it holds stays.
pub async fn let_go_of(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId, slot: SlotId) -> Result<(), StoreError> {
    conn.execute(DROP_HOLD, &args![organisation, slot, item]).await.map(|_| ())
}

/// The slot that an item holds, until when, and for whom.
pub async fn hold_of(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: WorkItemId,
    now: Timestamp,
) -> Result<Option<(SlotId, Timestamp, Option<StaffId>)>, StoreError> {
    let row = conn.row(HOLD_OF_ITEM, &args![organisation, item, now]).await?;
    row.map(|row| Ok((row.id("slot_id")?, row.time("until_at")?, row.opt_id("staff_id")?))).transpose()
}

/// Claims a slot for a booking; false when somebody has it. The item's own hold becomes the booking.
pub async fn claim(
    conn: &mut Conn,
    organisation: OrganisationId,
    slot: SlotId,
    item: WorkItemId,
    patient: Option<PatientId>,
    booking: BookingId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    conn.execute(DROP_HOLDS_OF_ITEM, &args![organisation, item]).await?;
    conn.execute(DROP_EXPIRED, &args![organisation, slot, now]).await?;
    if conn.execute(CLAIM, &args![organisation, slot, item, booking]).await? == 0 {
        return Ok(false);
    }
    conn.execute(INSERT_BOOKING, &args![organisation, booking, slot, item, patient, now]).await?;
    Ok(true)
}

/// Gives a booking up (`moved` or `cancelled`); the slot is free at once.
pub async fn end(conn: &mut Conn, organisation: OrganisationId, booking: BookingId, state: &str, now: Timestamp) -> Result<(), StoreError> {
    conn.execute(RELEASE, &args![organisation, booking]).await?;
    offer::mark_freed(conn, organisation, booking, now).await?;
    conn.execute(DROP_EXTRA, &args![organisation, booking]).await?;
    conn.execute(END_BOOKING, &args![organisation, booking, state, now]).await.map(|_| ())
}

/// What became of a booking on the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attendance {
    /// They are here.
    Arrived,
    /// They were seen and have left.
    Left,
    /// They did not come.
    Missed,
    /// Nothing is known: what was marked is taken back.
    Expected,
}

/// Marks a booking; false when it does not stand.
pub async fn attend(
    conn: &mut Conn,
    organisation: OrganisationId,
    booking: BookingId,
    what: Attendance,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let done = match what {
        Attendance::Arrived => conn.execute(ARRIVED, &args![organisation, booking, at]).await?,
        Attendance::Left => conn.execute(LEFT, &args![organisation, booking, at]).await?,
        Attendance::Missed => conn.execute(MISSED, &args![organisation, booking, at]).await?,
        Attendance::Expected => conn.execute(EXPECTED, &args![organisation, booking]).await?,
    };
    Ok(done == 1)
}

/// The item of a booking that stands.
pub async fn item_of(conn: &mut Conn, organisation: OrganisationId, booking: BookingId) -> Result<Option<WorkItemId>, StoreError> {
    conn.row(ITEM_OF_BOOKING, &args![organisation, booking]).await?.map(|r| r.id("item_id")).transpose()
}

/// One slot of a day with whoever is booked in it.
#[derive(Debug, Clone)]
pub struct DayLine {
    /// The slot.
    pub slot: Slot,
    /// Why it was added to a full session, if it was.
    pub extra: Option<String>,
    /// Who is booked.
    pub booked: Option<DayBooking>,
}

/// Who is booked, and whether they came.
#[derive(Debug, Clone)]
pub struct DayBooking {
    /// The booking.
    pub booking: BookingId,
    /// Their item.
    pub item: WorkItemId,
    /// Their name.
    pub person_name: String,
    /// When they were born.
    pub birth_date: Option<jiff::civil::Date>,
    /// What they quote.
    pub reference: String,
    /// The first words of what they asked.
    pub summary: String,
    /// How soon it had to be.
    pub urgency: Option<Urgency>,
    /// What they said when they chose the slot themselves.
    pub answers: Option<String>,
    /// Their address, one line an entry; empty when they are not matched.
    pub address: Vec<String>,
    /// Their telephone number.
    pub phone: Option<PhoneNumber>,
    /// What is agreed about reaching them.
    pub rules: ContactRules,
    /// When they came.
    pub arrived_at: Option<Timestamp>,
    /// When they left.
    pub left_at: Option<Timestamp>,
    /// When somebody noted that they did not come.
    pub missed_at: Option<Timestamp>,
}

/// Every slot between two moments with whoever is booked, earliest first.
pub async fn day_list(
    conn: &mut Conn,
    organisation: OrganisationId,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<DayLine>, StoreError> {
    let rows = conn.rows(DAY_LIST, &args![organisation, from, to]).await?;
    rows.iter()
        .map(|r| {
            let booked = match r.opt_id("booking")? {
                Some(booking) => Some(DayBooking {
                    booking,
                    item: r.id("item_id")?,
                    person_name: r.text("person_name")?,
                    birth_date: r.opt_date("birth_date")?,
                    reference: r.text("reference")?,
                    summary: r.text("summary")?,
                    urgency: r.opt_parsed("urgency")?,
                    answers: r.opt_text("answers")?,
                    address: r.opt_text("address")?.unwrap_or_default().lines().map(str::to_owned).collect(),
                    phone: r.opt_parsed("phone")?,
                    rules: patient::read_rules(r)?,
                    arrived_at: r.opt_time("arrived_at")?,
                    left_at: r.opt_time("left_at")?,
                    missed_at: r.opt_time("missed_at")?,
                }),
                None => None,
            };
            Ok(DayLine { slot: read(r)?, extra: r.opt_text("extra_reason")?, booked })
        })
        .collect()
}

/// The slot of a booking.
pub async fn slot_of(conn: &mut Conn, organisation: OrganisationId, booking: BookingId) -> Result<Option<Slot>, StoreError> {
    let Some(row) = conn.row(SLOT_OF_BOOKING, &args![organisation, booking]).await? else { return Ok(None) };
    slot(conn, organisation, row.id("slot_id")?).await
}

/// The appointment of an item that is still to come, even if the item was closed as booked.
pub async fn standing(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: WorkItemId,
    now: Timestamp,
) -> Result<Option<(BookingId, Timestamp)>, StoreError> {
    conn.row(STANDING, &args![organisation, item, now]).await?.map(|row| Ok((row.id("id")?, row.time("starts_at")?))).transpose()
}

/// Slots that are booked more than once: always 0.
pub async fn booked_twice(conn: &mut Conn, organisation: OrganisationId) -> Result<i64, StoreError> {
    conn.row(BOOKED_TWICE, &args![organisation]).await?.ok_or_else(|| StoreError::Corrupt("no count".into()))?.int("n")
}

/// Bookings that stand.
pub async fn booked(conn: &mut Conn, organisation: OrganisationId) -> Result<i64, StoreError> {
    conn.row(BOOKED, &args![organisation]).await?.ok_or_else(|| StoreError::Corrupt("no count".into()))?.int("n")
}
