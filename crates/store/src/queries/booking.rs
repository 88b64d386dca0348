//! Sessions, slots, claims on slots, and bookings.

use jiff::Timestamp;
use portico_domain::{booking::Slot, pathway::Pathway};
use portico_nhs::{BookingId, OrganisationId, PatientId, SessionId, SlotId, StaffId, WorkItemId};

use crate::{Conn, Row, StoreError, args};

statements! {
    INSERT_SESSION = "INSERT INTO clinic_session (organisation_id, id, clinician_id, clinician_name, site, starts_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    INSERT_SLOT = "INSERT INTO slot (organisation_id, id, session_id, pathway, category, mode, setting, starts_at, ends_at, same_day_only, age_from, age_to) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    FREE = "SELECT s.id, s.pathway, s.category, s.mode, s.setting, s.starts_at, s.ends_at, s.same_day_only, s.age_from, s.age_to, c.clinician_id, c.clinician_name, c.site \
            FROM slot s JOIN clinic_session c ON c.organisation_id = s.organisation_id AND c.id = s.session_id \
            LEFT JOIN slot_claim k ON k.organisation_id = s.organisation_id AND k.slot_id = s.id \
            WHERE s.organisation_id = $1 AND s.pathway = $2 AND s.starts_at > $3 AND s.starts_at <= $4 \
            AND (k.slot_id IS NULL OR (k.kind = 'hold' AND k.until_at <= $3)) AND (s.same_day_only = FALSE OR s.same_day_only = $5) \
            AND s.age_from <= $6 AND s.age_to >= $7 ORDER BY s.starts_at, s.id LIMIT $8";
    LOAD = "SELECT s.id, s.pathway, s.category, s.mode, s.setting, s.starts_at, s.ends_at, s.same_day_only, s.age_from, s.age_to, c.clinician_id, c.clinician_name, c.site \
            FROM slot s JOIN clinic_session c ON c.organisation_id = s.organisation_id AND c.id = s.session_id WHERE s.organisation_id = $1 AND s.id = $2";
    LEFT_TODAY = "SELECT s.pathway, COUNT(*) AS n, COUNT(*) FILTER (WHERE s.same_day_only = TRUE) AS same_day FROM slot s \
                  LEFT JOIN slot_claim k ON k.organisation_id = s.organisation_id AND k.slot_id = s.id \
                  WHERE s.organisation_id = $1 AND s.starts_at > $2 AND s.starts_at <= $3 AND (k.slot_id IS NULL OR (k.kind = 'hold' AND k.until_at <= $2)) \
                  GROUP BY s.pathway ORDER BY s.pathway";
    DROP_EXPIRED = "DELETE FROM slot_claim WHERE organisation_id = $1 AND slot_id = $2 AND kind = 'hold' AND until_at <= $3";
    DROP_HOLDS_OF_ITEM = "DELETE FROM slot_claim WHERE organisation_id = $1 AND item_id = $2 AND kind = 'hold'";
    HOLD = "INSERT INTO slot_claim (organisation_id, slot_id, kind, item_id, staff_id, until_at) VALUES ($1, $2, 'hold', $3, $4, $5) ON CONFLICT (organisation_id, slot_id) DO NOTHING";
    CLAIM = "INSERT INTO slot_claim (organisation_id, slot_id, kind, item_id, booking_id) VALUES ($1, $2, 'booking', $3, $4) ON CONFLICT (organisation_id, slot_id) DO NOTHING";
    RELEASE = "DELETE FROM slot_claim WHERE organisation_id = $1 AND booking_id = $2 AND kind = 'booking'";
    HOLD_OF_ITEM = "SELECT slot_id, until_at, staff_id FROM slot_claim WHERE organisation_id = $1 AND item_id = $2 AND kind = 'hold' AND until_at > $3";
    INSERT_BOOKING = "INSERT INTO booking (organisation_id, id, slot_id, item_id, patient_id, state, booked_at) VALUES ($1, $2, $3, $4, $5, 'booked', $6)";
    END_BOOKING = "UPDATE booking SET state = $3, ended_at = $4 WHERE organisation_id = $1 AND id = $2 AND state = 'booked'";
    SLOT_OF_BOOKING = "SELECT slot_id FROM booking WHERE organisation_id = $1 AND id = $2";
    STANDING = "SELECT b.id, s.starts_at FROM booking b JOIN slot s ON s.organisation_id = b.organisation_id AND s.id = b.slot_id \
                WHERE b.organisation_id = $1 AND b.item_id = $2 AND b.state = 'booked' AND s.starts_at > $3 LIMIT 1";
    BOOKED_TWICE = "SELECT COUNT(*) AS n FROM (SELECT slot_id FROM booking WHERE organisation_id = $1 AND state = 'booked' GROUP BY slot_id HAVING COUNT(*) > 1) AS twice";
    BOOKED = "SELECT COUNT(*) AS n FROM booking WHERE organisation_id = $1 AND state = 'booked'";
}

fn read(row: &Row) -> Result<Slot, StoreError> {
    let age =
        |column| -> Result<u8, StoreError> { u8::try_from(row.int(column)?).map_err(|e| StoreError::Corrupt(format!("{column}: {e}"))) };
    Ok(Slot {
        id: row.id("id")?,
        clinician: row.id("clinician_id")?,
        clinician_name: row.text("clinician_name")?,
        site: row.text("site")?,
        pathway: row.parsed("pathway")?,
        category: row.parsed("category")?,
        mode: row.parsed("mode")?,
        setting: row.parsed("setting")?,
        starts: row.time("starts_at")?,
        ends: row.time("ends_at")?,
        same_day_only: row.flag("same_day_only")?,
        ages: (age("age_from")?, age("age_to")?),
    })
}

/// Adds a session of slots.
pub async fn insert_session(conn: &mut Conn, organisation: OrganisationId, id: SessionId, slots: &[Slot]) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (slots.first(), slots.last()) else { return Ok(()) };
    conn.execute(INSERT_SESSION, &args![organisation, id, first.clinician, &first.clinician_name, &first.site, first.starts, last.ends])
        .await?;
    for s in slots {
        let values = args![
            organisation,
            s.id,
            id,
            s.pathway.code(),
            s.category.code(),
            s.mode.code(),
            s.setting.code(),
            s.starts,
            s.ends,
            s.same_day_only,
            s.ages.0,
            s.ages.1
        ];
        conn.execute(INSERT_SLOT, &values).await?;
    }
    Ok(())
}

/// Free slots of a pathway that begin after `now` and not after `until`, earliest first: those kept for the same day only
/// when `urgent`, and those whose ages take this one (every slot when the age is not known; a year either side, for a birthday).
#[expect(clippy::too_many_arguments, reason = "what is searched for, one condition an argument")]
pub async fn free(
    conn: &mut Conn,
    organisation: OrganisationId,
    pathway: Pathway,
    now: Timestamp,
    until: Timestamp,
    urgent: bool,
    age: Option<u8>,
    most: i64,
) -> Result<Vec<Slot>, StoreError> {
    let (at_most, at_least) = age.map_or((200, 0), |a| (i64::from(a) + 1, i64::from(a)));
    conn.rows(FREE, &args![organisation, pathway.code(), now, until, urgent, at_most, at_least, most]).await?.iter().map(read).collect()
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
    staff: StaffId,
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
    conn.execute(END_BOOKING, &args![organisation, booking, state, now]).await.map(|_| ())
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
