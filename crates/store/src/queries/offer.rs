//! Slots that have become free, and to whom they are offered.

use jiff::{SignedDuration, Timestamp};
use portico_domain::offer::{OfferRules, Waits};
use portico_nhs::{OrganisationId, SlotId, WorkItemId, codes};
use uuid::Uuid;

use crate::{Conn, Row, StoreError, args, queries::booking};

statements! {
    RULES = "SELECT rules FROM offer_rules WHERE organisation_id = $1";
    SET_RULES = "INSERT INTO offer_rules (organisation_id, rules) VALUES ($1, $2) ON CONFLICT (organisation_id) DO UPDATE SET rules = excluded.rules";
    FREED = "SELECT s.id FROM slot s LEFT JOIN slot_claim k ON k.organisation_id = s.organisation_id AND k.slot_id = s.id \
             WHERE s.organisation_id = $1 AND s.freed_at IS NOT NULL AND s.starts_at > $2 AND s.withdrawn_by IS NULL \
             AND (k.slot_id IS NULL OR (k.kind = 'hold' AND k.until_at <= $3)) \
             AND NOT EXISTS (SELECT 1 FROM slot_offer o WHERE o.organisation_id = s.organisation_id AND o.slot_id = s.id AND o.state = 'open') \
             ORDER BY s.starts_at LIMIT 50";
    MARK_FREED = "UPDATE slot SET freed_at = $3 WHERE organisation_id = $1 AND extra_reason IS NULL AND id = (SELECT b.slot_id FROM booking b WHERE b.organisation_id = $1 AND b.id = $2)";
    NOT_FREED = "UPDATE slot SET freed_at = NULL WHERE organisation_id = $1 AND id = $2";
    // Who waits for a slot, has not been offered this one, has not given it up and is not just choosing another: those who
    // were asked to choose, those whom staff are to book, and those who have an appointment and want an earlier one.
    WAITS = concat!("SELECT w.id, w.urgency, w.pathway, w.service, w.skill, w.received_at, w.birth_date, p.sex, p.contact_rules, s.starts_at AS booked_at, \
             ", facts_column!(), ", \
             (SELECT COUNT(*) FROM slot_offer o WHERE o.organisation_id = w.organisation_id AND o.item_id = w.id AND o.offered_at > $3) AS offers, \
             ", noted_column!(), " \
             FROM work_item w LEFT JOIN patient p ON p.organisation_id = w.organisation_id AND p.id = w.patient_id \
             LEFT JOIN wants_earlier e ON e.organisation_id = w.organisation_id AND e.item_id = w.id \
             LEFT JOIN booking b ON b.organisation_id = w.organisation_id AND b.item_id = w.id AND b.state = 'booked' \
             AND EXISTS (SELECT 1 FROM slot z WHERE z.organisation_id = b.organisation_id AND z.id = b.slot_id AND z.starts_at > $4) \
             LEFT JOIN slot s ON s.organisation_id = b.organisation_id AND s.id = b.slot_id \
             WHERE w.organisation_id = $1 AND w.is_open = TRUE AND w.birth_date IS NOT NULL AND w.urgency IN ('same_day', 'soon', 'routine') \
             AND ((w.waiting_for = 'practice' AND w.action IN ('book', 'chase', 'call_back', 'read_answer')) OR (w.waiting_for = 'patient' AND w.action = 'await_choice') \
                  OR (w.waiting_for = 'appointment' AND e.item_id IS NOT NULL)) \
             AND NOT EXISTS (SELECT 1 FROM slot_offer o WHERE o.organisation_id = w.organisation_id AND o.item_id = w.id AND (o.slot_id = $2 OR o.state = 'open')) \
             AND NOT EXISTS (SELECT 1 FROM slot_claim h WHERE h.organisation_id = w.organisation_id AND h.item_id = w.id AND h.kind = 'hold' AND h.until_at > $4) \
             AND NOT EXISTS (SELECT 1 FROM booking g WHERE g.organisation_id = w.organisation_id AND g.item_id = w.id AND g.slot_id = $2) \
             ORDER BY w.received_at LIMIT 2000");
    INSERT = "INSERT INTO slot_offer (organisation_id, id, slot_id, item_id, offered_at, until_at, state) VALUES ($1, $2, $3, $4, $5, $6, 'open')";
    OPEN_OF_ITEM = "SELECT slot_id, until_at FROM slot_offer WHERE organisation_id = $1 AND item_id = $2 AND state = 'open' AND until_at > $3 ORDER BY offered_at DESC LIMIT 1";
    DECLINE = "UPDATE slot_offer SET state = 'declined' WHERE organisation_id = $1 AND item_id = $2 AND state = 'open'";
    OPEN_OF_SLOT = "SELECT item_id FROM slot_offer WHERE organisation_id = $1 AND slot_id = $2 AND state = 'open' ORDER BY item_id LIMIT 100";
    TAKE_BACK = "UPDATE slot_offer SET state = 'taken_back' WHERE organisation_id = $1 AND slot_id = $2 AND state = 'open'";
    EXPIRED = "UPDATE slot_offer SET state = 'expired' WHERE organisation_id = $1 AND state = 'open' AND until_at <= $2";
    ANY_EXPIRED = "SELECT id FROM slot_offer WHERE organisation_id = $1 AND state = 'open' AND until_at <= $2 LIMIT 1";
    // Whoever is booked has taken their offer; everybody else's of that slot is gone, and theirs of other slots lapse.
    SETTLE = "UPDATE slot_offer SET state = CASE WHEN slot_id = $2 AND item_id = $3 THEN 'taken' WHEN slot_id = $2 THEN 'gone' ELSE 'declined' END \
              WHERE organisation_id = $1 AND state = 'open' AND (slot_id = $2 OR item_id = $3)";
    WANT_EARLIER = "INSERT INTO wants_earlier (organisation_id, item_id) VALUES ($1, $2) ON CONFLICT (organisation_id, item_id) DO NOTHING";
    NOT_EARLIER = "DELETE FROM wants_earlier WHERE organisation_id = $1 AND item_id = $2";
    IS_EARLIER = "SELECT item_id FROM wants_earlier WHERE organisation_id = $1 AND item_id = $2";
    LATEST = "SELECT o.slot_id, o.item_id, o.offered_at, o.until_at, o.state, s.starts_at, c.clinician_name, w.person_name, w.reference, w.urgency \
              FROM slot_offer o JOIN slot s ON s.organisation_id = o.organisation_id AND s.id = o.slot_id \
              JOIN clinic_session c ON c.organisation_id = s.organisation_id AND c.id = s.session_id \
              JOIN work_item w ON w.organisation_id = o.organisation_id AND w.id = o.item_id \
              WHERE o.organisation_id = $1 ORDER BY o.offered_at DESC, o.id LIMIT 100";
}

codes! {
    /// What became of an offer.
    OfferState {
        Open = "open", "Waiting for an answer";
        Taken = "taken", "Taken";
        Declined = "declined", "Not wanted";
        Expired = "expired", "No answer in time";
        Gone = "gone", "Somebody else was first";
        TakenBack = "taken_back", "Taken back by staff";
    }
}

/// An offer as staff read it.
#[derive(Debug, Clone)]
pub struct Offered {
    /// The slot.
    pub slot: SlotId,
    /// To whom.
    pub item: WorkItemId,
    /// Their name and reference.
    pub who: (String, String),
    /// How urgent they are.
    pub urgency: Option<portico_domain::triage::Urgency>,
    /// When the slot begins, and with whom.
    pub what: (Timestamp, String),
    /// When it was offered, and until when it stands.
    pub when: (Timestamp, Timestamp),
    /// What became of it.
    pub state: OfferState,
}

/// How the practice offers what has become free.
pub async fn rules(conn: &mut Conn, organisation: OrganisationId) -> Result<OfferRules, StoreError> {
    match conn.row(RULES, &args![organisation]).await? {
        Some(row) => row.json("rules"),
        None => Ok(OfferRules::default()),
    }
}

/// Sets it.
pub async fn set_rules(conn: &mut Conn, organisation: OrganisationId, rules: &OfferRules) -> Result<(), StoreError> {
    let text = serde_json::to_string(rules).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    conn.execute(SET_RULES, &args![organisation, text]).await.map(|_| ())
}

/// Notes that the slot of a booking has become free.
pub(crate) async fn mark_freed(
    conn: &mut Conn,
    organisation: OrganisationId,
    booking: portico_nhs::BookingId,
    now: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(MARK_FREED, &args![organisation, booking, now]).await.map(|_| ())
}

/// Slots that have become free, begin after a moment, and are not on offer.
pub async fn freed(conn: &mut Conn, organisation: OrganisationId, after: Timestamp, now: Timestamp) -> Result<Vec<SlotId>, StoreError> {
    conn.rows(FREED, &args![organisation, after, now]).await?.iter().map(|r| r.id("id")).collect()
}

/// Nobody was found: the slot is one of the free ones again.
pub async fn not_freed(conn: &mut Conn, organisation: OrganisationId, slot: SlotId) -> Result<(), StoreError> {
    conn.execute(NOT_FREED, &args![organisation, slot]).await.map(|_| ())
}

fn waits(r: &Row) -> Result<Waits, StoreError> {
    Ok(Waits {
        item: r.id("id")?,
        need: booking::need(r)?,
        received_at: r.time("received_at")?,
        booked: r.opt_time("booked_at")?,
        offers: u32::try_from(r.int("offers")?).unwrap_or(u32::MAX),
    })
}

/// Everybody who may be offered a slot.
pub async fn waiting(conn: &mut Conn, organisation: OrganisationId, slot: SlotId, now: Timestamp) -> Result<Vec<Waits>, StoreError> {
    let day = now - SignedDuration::from_hours(24);
    let rows = conn.rows(WAITS, &args![organisation, slot, day, now]).await?;
    let mut all = rows.iter().map(waits).collect::<Result<Vec<_>, _>>()?;
    booking::tell_able(conn, organisation, all.iter_mut().map(|w| &mut w.need)).await?;
    Ok(all)
}

/// Keeps an offer.
pub async fn insert(
    conn: &mut Conn,
    organisation: OrganisationId,
    id: Uuid,
    (slot, item): (SlotId, WorkItemId),
    (now, until): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    conn.execute(INSERT, &args![organisation, id, slot, item, now, until]).await.map(|_| ())
}

/// The slot that an item is offered, and until when.
pub async fn open_of(
    conn: &mut Conn,
    organisation: OrganisationId,
    item: WorkItemId,
    now: Timestamp,
) -> Result<Option<(SlotId, Timestamp)>, StoreError> {
    conn.row(OPEN_OF_ITEM, &args![organisation, item, now]).await?.map(|r| Ok((r.id("slot_id")?, r.time("until_at")?))).transpose()
}

/// The patient does not want it; false when nothing was on offer.
pub async fn decline(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<bool, StoreError> {
    Ok(conn.execute(DECLINE, &args![organisation, item]).await? > 0)
}

/// Ends every open offer of a slot; says to whom it was offered.
pub async fn take_back(conn: &mut Conn, organisation: OrganisationId, slot: SlotId) -> Result<Vec<WorkItemId>, StoreError> {
    let offered = conn.rows(OPEN_OF_SLOT, &args![organisation, slot]).await?;
    conn.execute(TAKE_BACK, &args![organisation, slot]).await?;
    offered.iter().map(|r| r.id("item_id")).collect()
}

/// Whether an offer has run out.
pub async fn any_expired(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<bool, StoreError> {
    Ok(conn.row(ANY_EXPIRED, &args![organisation, now]).await?.is_some())
}

/// Ends the offers that have run out.
pub async fn expire(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<(), StoreError> {
    conn.execute(EXPIRED, &args![organisation, now]).await.map(|_| ())
}

/// Somebody is booked: every open offer of the slot and of the item ends.
pub(crate) async fn settle(conn: &mut Conn, organisation: OrganisationId, slot: SlotId, item: WorkItemId) -> Result<(), StoreError> {
    conn.execute(SETTLE, &args![organisation, slot, item]).await.map(|_| ())
}

/// Whether a patient with an appointment wants an earlier one.
pub async fn wants_earlier(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId) -> Result<bool, StoreError> {
    Ok(conn.row(IS_EARLIER, &args![organisation, item]).await?.is_some())
}

/// Sets it.
pub async fn set_wants_earlier(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId, wants: bool) -> Result<(), StoreError> {
    conn.execute(if wants { WANT_EARLIER } else { NOT_EARLIER }, &args![organisation, item]).await.map(|_| ())
}

/// The latest offers, newest first.
pub async fn latest(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Offered>, StoreError> {
    conn.rows(LATEST, &args![organisation])
        .await?
        .iter()
        .map(|r| {
            Ok(Offered {
                slot: r.id("slot_id")?,
                item: r.id("item_id")?,
                who: (r.text("person_name")?, r.text("reference")?),
                urgency: r.opt_parsed("urgency")?,
                what: (r.time("starts_at")?, r.text("clinician_name")?),
                when: (r.time("offered_at")?, r.time("until_at")?),
                state: r.parsed("state")?,
            })
        })
        .collect()
}
