//! Choosing an appointment oneself: dates of birth that were checked, passes, answers, reminders.

use jiff::Timestamp;
use portico_domain::{booking::Need, work_item::WorkItem};
use portico_nhs::{BookingId, OrganisationId, SlotId, WorkItemId};

use crate::{
    Conn, Row, StoreError, args,
    queries::{booking, work_item},
};

statements! {
    CHECKS = "SELECT wrong, locked_until FROM birth_check WHERE organisation_id = $1 AND item_id = $2";
    SET_CHECKS = "INSERT INTO birth_check (organisation_id, item_id, wrong, locked_until) VALUES ($1, $2, $3, $4) \
                  ON CONFLICT (organisation_id, item_id) DO UPDATE SET wrong = excluded.wrong, locked_until = excluded.locked_until";
    ADD_PASS = "INSERT INTO booking_pass (organisation_id, token_hash, item_id, expires_at) VALUES ($1, $2, $3, $4)";
    CHOOSER = concat!("SELECT w.*, p.sex, p.contact_rules, o.slot_id AS offered_slot, o.until_at AS offered_until, \
               ", facts_column!(), ", \
               ", noted_column!(), ", \
               (NOT EXISTS (SELECT 1 FROM slot s LEFT JOIN slot_claim k ON k.organisation_id = s.organisation_id AND k.slot_id = s.id \
                WHERE s.organisation_id = $1 AND s.id = $4 AND s.withdrawn_by IS NULL AND (k.slot_id IS NULL OR k.item_id = w.id OR (k.kind = 'hold' AND k.until_at <= $3))) \
                AND $4 IS NOT NULL) AS too_late \
               FROM booking_pass b JOIN work_item w ON w.organisation_id = b.organisation_id AND w.id = b.item_id \
               LEFT JOIN patient p ON p.organisation_id = w.organisation_id AND p.id = w.patient_id \
               LEFT JOIN slot_offer o ON o.organisation_id = w.organisation_id AND o.item_id = w.id AND o.state = 'open' AND o.until_at > $3 \
               WHERE b.organisation_id = $1 AND b.token_hash = $2 AND b.expires_at > $3 ORDER BY o.offered_at DESC LIMIT 1");
    REVOKE = "DELETE FROM booking_pass WHERE organisation_id = $1 AND item_id = $2";
    FORGET_PASSES = "DELETE FROM booking_pass WHERE organisation_id = $1 AND expires_at < $2";
    SET_ANSWERS = "UPDATE booking SET answers = $3 WHERE organisation_id = $1 AND id = $2";
    TO_REMIND = "SELECT b.id, b.item_id FROM slot s JOIN booking b ON b.organisation_id = s.organisation_id AND b.slot_id = s.id \
                 WHERE s.organisation_id = $1 AND s.starts_at > $2 AND s.starts_at <= $3 AND b.state = 'booked' AND b.reminded_at IS NULL AND b.booked_at <= $4 \
                 ORDER BY s.starts_at LIMIT 200";
    REMINDED = "UPDATE booking SET reminded_at = $3 WHERE organisation_id = $1 AND id = $2 AND reminded_at IS NULL AND state = 'booked'";
}

/// How many dates of birth were wrong, and until when the item rests.
pub async fn checks(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<(i64, Option<Timestamp>), StoreError> {
    match conn.row(CHECKS, &args![organisation, item]).await? {
        Some(row) => Ok((row.int("wrong")?, row.opt_time("locked_until")?)),
        None => Ok((0, None)),
    }
}

/// Notes how many were wrong.
pub async fn set_checks(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: WorkItemId,
    wrong: i64,
    locked_until: Option<Timestamp>,
) -> Result<(), StoreError> {
    conn.execute(SET_CHECKS, &args![organisation, item, wrong, locked_until]).await.map(|_| ())
}

/// Lets somebody choose for an hour; only the hash of the pass is kept.
pub async fn add_pass(
    conn: &mut Conn,
    organisation: OrganisationId,
    pass: &str,
    item: WorkItemId,
    expires: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(ADD_PASS, &args![organisation, crate::hash_of(pass), item, expires]).await.map(|_| ())
}

/// Somebody who chooses a slot.
#[derive(Debug, Clone)]
pub struct Chooser {
    /// For this item.
    pub item: WorkItem,
    /// What the slot must fit.
    pub need: Need,
    /// A slot that has become free and is offered to them, and until when.
    pub offered: Option<(SlotId, Timestamp)>,
    /// Whether the slot that they want is booked or held by somebody else. The claim itself decides; this answers the many
    /// who come too late in a rush without a write.
    pub too_late: bool,
}

/// Who holds a pass that has not run out, and whether the slot that they want is still there. One statement, because in a
/// rush everybody asks at once.
pub async fn chooser(
    conn: &mut Conn,
    organisation: OrganisationId,
    (pass, wanted): (&str, Option<SlotId>),
    now: Timestamp,
) -> Result<Option<Chooser>, StoreError> {
    let found = conn.row(CHOOSER, &args![organisation, crate::hash_of(pass), now, wanted]).await?;
    let read = |row: &Row| {
        let offered = row.opt_id("offered_slot")?.zip(row.opt_time("offered_until")?);
        Ok::<_, StoreError>(Chooser { item: work_item::read(row)?, need: booking::need(row)?, offered, too_late: row.flag("too_late")? })
    };
    let mut chooser = found.as_ref().map(read).transpose()?;
    booking::tell_able(conn, organisation, chooser.iter_mut().map(|c| &mut c.need)).await?;
    Ok(chooser)
}

/// Every pass of an item ends.
pub async fn revoke(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<u64, StoreError> {
    conn.execute(REVOKE, &args![organisation, item]).await
}

/// Forgets passes that have run out.
pub async fn forget_passes(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<u64, StoreError> {
    conn.execute(FORGET_PASSES, &args![organisation, now]).await
}

/// Keeps what the patient said when they chose.
pub async fn set_answers(conn: &mut Conn, organisation: OrganisationId, booking: BookingId, answers: &str) -> Result<(), StoreError> {
    conn.execute(SET_ANSWERS, &args![organisation, booking, answers]).await.map(|_| ())
}

/// Bookings that begin in a stretch of time, were made before a moment, and have not been reminded of.
pub async fn to_remind(
    conn: &mut Conn,
    organisation: OrganisationId,
    (from, until): (Timestamp, Timestamp),
    booked_by: Timestamp,
) -> Result<Vec<(BookingId, WorkItemId)>, StoreError> {
    let rows = conn.rows(TO_REMIND, &args![organisation, from, until, booked_by]).await?;
    rows.iter().map(|r| Ok((r.id("id")?, r.id("item_id")?))).collect()
}

/// Notes that somebody was reminded; false when they were already, or the booking is gone.
pub async fn reminded(conn: &mut Conn, organisation: OrganisationId, booking: BookingId, now: Timestamp) -> Result<bool, StoreError> {
    Ok(conn.execute(REMINDED, &args![organisation, booking, now]).await? == 1)
}
