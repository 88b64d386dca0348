//! What came, what was heard and what slots there are: the figures of capacity and promises.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use portico_domain::{
    booking::SlotCategory,
    capacity::{DayPlan, History, WEEKS, by_category},
    pathway::Pathway,
    promise::{Heard, LEARNT_FROM},
    rota::{days, moment},
    service::Service,
    triage::Urgency,
};
use portico_nhs::{Calendar, OrganisationId, WorkItemId, london, uk_date};

use crate::{Conn, StoreError, args};

statements! {
    HEARD = "SELECT ahead, received_at, heard_at FROM work_item WHERE organisation_id = $1 AND heard_at IS NOT NULL AND ahead IS NOT NULL AND about_id IS NULL AND kind NOT IN ('task', 'undelivered', 'failed_job') ORDER BY heard_at DESC LIMIT $2";
    SET_HEARD = "UPDATE work_item SET heard_at = $3 WHERE organisation_id = $1 AND id = $2 AND heard_at IS NULL";
    NOT_HEARD = "UPDATE work_item SET heard_at = NULL WHERE organisation_id = $1 AND id = $2 AND heard_at = $3";
    UNHEARD = "SELECT COUNT(*) AS n FROM work_item WHERE organisation_id = $1 AND is_open = TRUE AND heard_at IS NULL AND about_id IS NULL AND kind NOT IN ('task', 'undelivered', 'failed_job')";
    STAFFING = "SELECT COUNT(*) AS usual, COUNT(*) FILTER (WHERE presence = 'at_work' AND NOT EXISTS (SELECT 1 FROM absence a \
                WHERE a.organisation_id = staff.organisation_id AND a.staff_id = staff.id AND a.starts_at <= $2 AND a.ends_at > $2)) AS here FROM staff \
                WHERE organisation_id = $1 AND presence <> 'left' AND role IN ('coordinator', 'clinician', 'safety_lead')";
    PROMISES = "SELECT received_at, first_promise, heard_at FROM work_item WHERE organisation_id = $1 AND received_at >= $2 AND first_promise IS NOT NULL AND about_id IS NULL AND kind NOT IN ('task', 'undelivered', 'failed_job') \
                ORDER BY received_at LIMIT 100000";
    // What was closed without an appointment wanted no slot.
    CAME = "SELECT received_at, pathway, urgency, (is_open = TRUE OR EXISTS (SELECT 1 FROM booking b WHERE b.organisation_id = work_item.organisation_id AND b.item_id = work_item.id)) AS wanted \
            FROM work_item WHERE organisation_id = $1 AND received_at >= $2 AND about_id IS NULL AND kind NOT IN ('task', 'undelivered', 'failed_job') ORDER BY received_at LIMIT 100000";
    YEAR_BEFORE = "SELECT received_at FROM work_item WHERE organisation_id = $1 AND received_at >= $2 AND received_at < $3 AND about_id IS NULL AND kind NOT IN ('task', 'undelivered', 'failed_job') ORDER BY received_at LIMIT 100000";
    BOOKED = "SELECT s.pathway, s.category, COUNT(*) AS n FROM slot s JOIN slot_claim k ON k.organisation_id = s.organisation_id AND k.slot_id = s.id \
              WHERE s.organisation_id = $1 AND s.starts_at >= $2 AND s.starts_at < $3 AND s.withdrawn_by IS NULL AND s.service IS NULL AND k.kind = 'booking' GROUP BY s.pathway, s.category";
    CONTACTS = "SELECT step, name, phone FROM escalation_contact WHERE organisation_id = $1";
    SET_CONTACT = "INSERT INTO escalation_contact (organisation_id, step, name, phone) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (organisation_id, step) DO UPDATE SET name = excluded.name, phone = excluded.phone";
    WAITING = "SELECT COUNT(*) AS n FROM work_item WHERE organisation_id = $1 AND is_open = TRUE AND urgency = 'same_day' \
               AND waiting_for = 'practice' AND action IN ('book', 'chase', 'call_back', 'read_answer') AND pathway IN ('gp', 'duty_gp', 'urgent_hub')";
    SLOTS = "SELECT s.starts_at, s.pathway, s.category, (k.slot_id IS NULL OR (k.kind = 'hold' AND k.until_at <= $2)) AS free FROM slot s \
             LEFT JOIN slot_claim k ON k.organisation_id = s.organisation_id AND k.slot_id = s.id \
             WHERE s.organisation_id = $1 AND s.starts_at >= $3 AND s.starts_at < $4 AND s.withdrawn_by IS NULL AND s.service IS NULL AND s.procedure IS NULL AND s.condition IS NULL ORDER BY s.starts_at LIMIT 100000";
    HELD_BACK = "SELECT COUNT(*) AS n FROM slot s LEFT JOIN slot_claim k ON k.organisation_id = s.organisation_id AND k.slot_id = s.id \
                 WHERE s.organisation_id = $1 AND s.starts_at > $2 AND s.starts_at <= $3 AND s.release_at > $2 AND s.withdrawn_by IS NULL AND s.service IS NULL AND s.pathway IN ('gp', 'duty_gp', 'urgent_hub') AND k.slot_id IS NULL";
    OPEN_HELD = "UPDATE slot SET release_at = NULL WHERE organisation_id = $1 AND starts_at > $2 AND starts_at <= $3 AND release_at > $2 AND withdrawn_by IS NULL AND service IS NULL AND pathway IN ('gp', 'duty_gp', 'urgent_hub')";
    ROUTINE_TODAY = "SELECT COUNT(*) AS n FROM slot s JOIN slot_claim k ON k.organisation_id = s.organisation_id AND k.slot_id = s.id \
                     JOIN work_item w ON w.organisation_id = k.organisation_id AND w.id = k.item_id \
                     WHERE s.organisation_id = $1 AND s.starts_at > $2 AND s.starts_at <= $3 AND k.kind = 'booking' AND s.pathway IN ('gp', 'duty_gp', 'urgent_hub') \
                     AND w.urgency IN ('routine', 'soon')";
    SERVICE_SLOTS = "SELECT s.service, COUNT(*) AS n, COUNT(*) FILTER (WHERE k.slot_id IS NULL OR (k.kind = 'hold' AND k.until_at <= $2)) AS free, \
                     MIN(CASE WHEN k.slot_id IS NULL OR (k.kind = 'hold' AND k.until_at <= $2) THEN s.starts_at END) AS next_free FROM slot s \
                     LEFT JOIN slot_claim k ON k.organisation_id = s.organisation_id AND k.slot_id = s.id \
                     WHERE s.organisation_id = $1 AND s.starts_at > $2 AND s.starts_at <= $3 AND s.service IS NOT NULL AND s.withdrawn_by IS NULL GROUP BY s.service";
    SERVICE_WAITING = "SELECT service, COUNT(*) AS n FROM work_item WHERE organisation_id = $1 AND service IS NOT NULL AND is_open = TRUE AND waiting_for <> 'appointment' GROUP BY service";
    GROWTH = "SELECT growth FROM capacity_setting WHERE organisation_id = $1";
    SET_GROWTH = "INSERT INTO capacity_setting (organisation_id, growth) VALUES ($1, $2) ON CONFLICT (organisation_id) DO UPDATE SET growth = excluded.growth";
}

async fn count(conn: &mut Conn, sql: &'static str, values: &[crate::Value]) -> Result<i64, StoreError> {
    conn.row(sql, values).await?.ok_or_else(|| StoreError::Corrupt("no count".into()))?.int("n")
}

/// The latest requests that were heard.
pub async fn heard(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Heard>, StoreError> {
    let rows = conn.rows(HEARD, &args![organisation, LEARNT_FROM as i64]).await?;
    rows.iter().map(|r| Ok(Heard { ahead: r.int("ahead")?, came: r.time("received_at")?, heard: r.time("heard_at")? })).collect()
}

/// Notes that the patient has heard, the first time.
pub async fn set_heard(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId, at: Timestamp) -> Result<(), StoreError> {
    conn.execute(SET_HEARD, &args![organisation, item, at]).await.map(|_| ())
}

/// What the patient was to hear at a moment did not arrive: they have not heard, unless they had before.
pub async fn not_heard(conn: &mut Conn, organisation: OrganisationId, item: WorkItemId, at: Timestamp) -> Result<(), StoreError> {
    conn.execute(NOT_HEARD, &args![organisation, item, at]).await.map(|_| ())
}

/// Open requests whose patient has not heard yet.
pub async fn unheard(conn: &mut Conn, organisation: OrganisationId) -> Result<i64, StoreError> {
    count(conn, UNHEARD, &args![organisation]).await
}

/// The share of those who answer requests that are at work, and on no leave of the rota; 1 when nobody is known. That some
/// days have fewer people is in the rhythm of the practice already.
pub async fn staffing(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<f64, StoreError> {
    let row = conn.row(STAFFING, &args![organisation, now]).await?.ok_or_else(|| StoreError::Corrupt("no count".into()))?;
    let (usual, here) = (row.int("usual")?, row.int("here")?);
    Ok(if usual == 0 { 1.0 } else { here as f64 / usual as f64 })
}

/// How the promises of a week were kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// Promises whose time has come or that were kept before it.
    pub made: u32,
    /// Of them heard within the promise.
    pub kept: u32,
}

/// Promises by the Monday of their week, of requests received since then.
pub async fn promises(
    conn: &mut Conn,
    organisation: OrganisationId,
    since: Timestamp,
    now: Timestamp,
) -> Result<BTreeMap<Date, Kept>, StoreError> {
    let mut weeks: BTreeMap<Date, Kept> = BTreeMap::new();
    for row in conn.rows(PROMISES, &args![organisation, since]).await? {
        let (by, heard) = (row.time("first_promise")?, row.opt_time("heard_at")?);
        let in_time = heard.is_some_and(|h| h <= by);
        if !in_time && by > now {
            continue;
        }
        let day = uk_date(row.time("received_at")?);
        let monday = day.checked_sub(jiff::ToSpan::days(i64::from(day.weekday().to_monday_zero_offset()))).unwrap_or(day);
        let week = weeks.entry(monday).or_default();
        week.made += 1;
        week.kept += u32::from(in_time);
    }
    Ok(weeks)
}

/// What came since a moment: by day and pathway, by weekday and hour, and the share that had to be seen the same day.
#[derive(Debug, Clone, Default)]
pub struct Came {
    /// By day and pathway.
    pub history: History,
    /// On average in each hour of a weekday from Monday on, before today.
    pub by_hour: [[f64; 24]; 7],
    /// Today so far.
    pub today: u32,
    /// Of those that were triaged.
    pub same_day_share: f64,
}

/// What came since a moment.
pub async fn came(conn: &mut Conn, organisation: OrganisationId, since: Timestamp, now: Timestamp) -> Result<Came, StoreError> {
    let mut came = Came::default();
    let (today, mut triaged, mut same_day) = (uk_date(now), 0u32, 0u32);
    let mut first = None;
    for row in conn.rows(CAME, &args![organisation, since]).await? {
        let z = row.time("received_at")?.to_zoned(london());
        let (day, urgency, wanted) = (z.date(), row.opt_parsed::<Urgency>("urgency")?, row.flag("wanted")?);
        if let Some(urgency) = urgency {
            triaged += 1;
            same_day += u32::from(matches!(urgency, Urgency::Emergency | Urgency::SameDay));
        }
        if day == today {
            came.today += 1;
            continue;
        }
        first.get_or_insert(day);
        came.by_hour[day.weekday().to_monday_zero_offset() as usize][z.hour() as usize] += 1.0;
        if let Some(pathway) = row.opt_parsed::<Pathway>("pathway")?.filter(|_| wanted) {
            *came.history.days.entry(day).or_default().entry(pathway).or_default() += 1;
        }
    }
    if let Some(first) = first {
        let mut days = [0.0f64; 7];
        for day in portico_domain::rota::days(first, today).filter(|d| *d < today) {
            days[day.weekday().to_monday_zero_offset() as usize] += 1.0;
        }
        for (of_day, days) in came.by_hour.iter_mut().zip(days) {
            of_day.iter_mut().for_each(|n| *n /= days.max(1.0));
        }
    }
    came.same_day_share = f64::from(same_day) / f64::from(triaged.max(1));
    Ok(came)
}

/// Same-day requests that wait for a slot.
pub async fn waiting(conn: &mut Conn, organisation: OrganisationId) -> Result<i64, StoreError> {
    count(conn, WAITING, &args![organisation]).await
}

/// Slots of a day and pathway.
#[derive(Debug, Clone, Default)]
pub struct SlotsThere {
    /// Of all of them, by category.
    pub by_category: BTreeMap<SlotCategory, u32>,
    /// Those that are free.
    pub free: u32,
}

impl SlotsThere {
    /// All of them.
    pub fn all(&self) -> u32 {
        self.by_category.values().sum()
    }
}

/// Slots by day and pathway between two moments.
pub async fn slots(
    conn: &mut Conn,
    organisation: OrganisationId,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<BTreeMap<(Date, Pathway), SlotsThere>, StoreError> {
    let mut by_day: BTreeMap<(Date, Pathway), SlotsThere> = BTreeMap::new();
    for row in conn.rows(SLOTS, &args![organisation, now, from, to]).await? {
        let of = by_day.entry((uk_date(row.time("starts_at")?), row.parsed("pathway")?)).or_default();
        *of.by_category.entry(row.parsed("category")?).or_default() += 1;
        of.free += u32::from(row.flag("free")?);
    }
    Ok(by_day)
}

/// Doctors' free slots of a stretch of time that are not released yet; what cannot wait may take them all the same.
pub async fn held_back(conn: &mut Conn, organisation: OrganisationId, now: Timestamp, until: Timestamp) -> Result<i64, StoreError> {
    count(conn, HELD_BACK, &args![organisation, now, until]).await
}

/// What a planned service has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServicePlan {
    /// Slots in the stretch of time that was asked for.
    pub there: i64,
    /// Of them free.
    pub free: i64,
    /// When the first free one begins.
    pub next_free: Option<Timestamp>,
    /// Open items that are for it and have no appointment.
    pub waiting: i64,
}

/// Slots and waiting items of every planned service that has any.
pub async fn services(
    conn: &mut Conn,
    organisation: OrganisationId,
    (now, until): (Timestamp, Timestamp),
) -> Result<BTreeMap<Service, ServicePlan>, StoreError> {
    let mut plans: BTreeMap<Service, ServicePlan> = BTreeMap::new();
    for row in conn.rows(SERVICE_SLOTS, &args![organisation, now, until]).await? {
        let plan = plans.entry(row.parsed("service")?).or_default();
        (plan.there, plan.free, plan.next_free) = (row.int("n")?, row.int("free")?, row.opt_time("next_free")?);
    }
    for row in conn.rows(SERVICE_WAITING, &args![organisation]).await? {
        plans.entry(row.parsed("service")?).or_default().waiting = row.int("n")?;
    }
    Ok(plans)
}

/// Releases them now; says how many.
pub async fn open_held(conn: &mut Conn, organisation: OrganisationId, now: Timestamp, until: Timestamp) -> Result<u64, StoreError> {
    conn.execute(OPEN_HELD, &args![organisation, now, until]).await
}

/// Booked doctors' slots of a stretch of time whose requests could wait another day.
pub async fn routine_today(conn: &mut Conn, organisation: OrganisationId, now: Timestamp, until: Timestamp) -> Result<i64, StoreError> {
    count(conn, ROUTINE_TODAY, &args![organisation, now, until]).await
}

/// How much the list of patients grows a year, as a share.
pub async fn growth(conn: &mut Conn, organisation: OrganisationId) -> Result<f64, StoreError> {
    Ok(conn.row(GROWTH, &args![organisation]).await?.map(|r| r.int("growth")).transpose()?.unwrap_or(0) as f64 / 1000.0)
}

/// Sets it, in tenths of a per cent.
pub async fn set_growth(conn: &mut Conn, organisation: OrganisationId, tenths: i64) -> Result<(), StoreError> {
    conn.execute(SET_GROWTH, &args![organisation, tenths]).await.map(|_| ())
}

/// The four weeks ahead, with the past that they are worked out from.
#[derive(Debug, Clone)]
pub struct Ahead {
    /// What came in the past weeks.
    pub came: Came,
    /// Slots wanted and slots there are, by day and pathway, from tomorrow on.
    pub plans: Vec<DayPlan>,
    /// Growth of the list in a year, as a share.
    pub growth: f64,
}

/// What came by day around this time of the year before: the weeks that a forecast looks at, and those ahead.
async fn year_before(conn: &mut Conn, organisation: OrganisationId, now: Timestamp) -> Result<BTreeMap<Date, u32>, StoreError> {
    let then = now - SignedDuration::from_hours(24 * 364);
    let (from, to) = (then - SignedDuration::from_hours(24 * 7 * (WEEKS + 2)), then + SignedDuration::from_hours(24 * 7 * 6));
    let mut days: BTreeMap<Date, u32> = BTreeMap::new();
    for row in conn.rows(YEAR_BEFORE, &args![organisation, from, to]).await? {
        *days.entry(uk_date(row.time("received_at")?)).or_default() += 1;
    }
    Ok(days)
}

/// How many slots of each category were booked between two moments, by pathway.
async fn booked(
    conn: &mut Conn,
    organisation: OrganisationId,
    (from, to): (Timestamp, Timestamp),
) -> Result<BTreeMap<Pathway, BTreeMap<SlotCategory, u32>>, StoreError> {
    let mut by_pathway: BTreeMap<Pathway, BTreeMap<SlotCategory, u32>> = BTreeMap::new();
    for row in conn.rows(BOOKED, &args![organisation, from, to]).await? {
        let n = u32::try_from(row.int("n")?).unwrap_or(0);
        by_pathway.entry(row.parsed("pathway")?).or_default().insert(row.parsed("category")?, n);
    }
    Ok(by_pathway)
}

/// Who is rung for a step of the escalation, and on which number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepContact {
    /// The name.
    pub name: String,
    /// The number, as somebody wrote it.
    pub phone: String,
}

/// Whom the practice rings, by the id of the step.
pub async fn step_contacts(conn: &mut Conn, organisation: OrganisationId) -> Result<BTreeMap<String, StepContact>, StoreError> {
    let rows = conn.rows(CONTACTS, &args![organisation]).await?;
    rows.iter().map(|r| Ok((r.text("step")?, StepContact { name: r.text("name")?, phone: r.text("phone")? }))).collect()
}

/// Says who is rung for a step.
pub async fn set_step_contact(conn: &mut Conn, organisation: OrganisationId, step: &str, who: &StepContact) -> Result<(), StoreError> {
    conn.execute(SET_CONTACT, &args![organisation, step, &who.name, &who.phone]).await.map(|_| ())
}

/// Works out the four weeks ahead.
pub async fn ahead(conn: &mut Conn, organisation: OrganisationId, calendar: &Calendar, now: Timestamp) -> Result<Ahead, StoreError> {
    let today = uk_date(now);
    let last = today.checked_add(28i64.days()).unwrap_or(today);
    let midnight = |d: Date| moment(d, jiff::civil::Time::midnight()).unwrap_or(now);
    let since = now - SignedDuration::from_hours(24 * 7 * WEEKS);
    let mut came = came(conn, organisation, since, now).await?;
    came.history.year_before = year_before(conn, organisation, now).await?;
    let booked = booked(conn, organisation, (since, now)).await?;
    let nothing = BTreeMap::new();
    let slots = slots(conn, organisation, (midnight(today), midnight(last.tomorrow().unwrap_or(last))), now).await?;
    let growth = growth(conn, organisation).await?;
    let mut plans = Vec::new();
    for day in days(today.tomorrow().unwrap_or(today), last) {
        for pathway in Pathway::ALL.iter().copied().filter(|p| p.takes_bookings()) {
            let wanted = came.history.expected(day, pathway, growth, today) * calendar.open_share(day);
            let none = SlotsThere::default();
            let of_day = slots.get(&(day, pathway)).unwrap_or(&none);
            let (there, free) = (of_day.all(), of_day.free);
            if wanted > 0.0 || there > 0 {
                let categories = by_category(wanted, booked.get(&pathway).unwrap_or(&nothing), &of_day.by_category);
                plans.push(DayPlan { day, pathway, wanted, there, free, categories });
            }
        }
    }
    Ok(Ahead { came, plans, growth })
}
