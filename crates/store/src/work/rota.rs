//! The rota: sessions made ahead from their templates; a change tried, confirmed, carried out and undone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time},
};
use portico_domain::{
    booking::Slot,
    event::Verb,
    message::Facts,
    record::Outcome as Ended,
    rota::{
        AHEAD_DAYS, Template, days, moment,
        what_if::{Away, Diary, Entry, Plan, RotaChange, Target, Treatment, made_slot, plan},
    },
    staff::Actor,
    triage::Urgency,
    work_item::{Command, State, WorkItem},
};
use portico_nhs::{
    Closure, ClosureId, OrganisationId, RoomId, RotaChangeId, SessionId, SlotId, TemplateId, WorkItemId, uk_date, uk_date_long,
};

use super::{
    Act, Practice,
    act::act,
    book::{Telling, put, told_on, told_words},
};
use crate::{
    Conn, Failure, NewEvent, StoreError, Tx,
    queries::{
        booking, closure,
        rota::{self, Absence, Change, Entries, Outcome, PersonOutcome, Version},
        work_item,
    },
};

/// The last day for which sessions are made.
pub fn horizon(now: Timestamp) -> Date {
    let today = uk_date(now);
    today.checked_add(AHEAD_DAYS.days()).unwrap_or(today)
}

/// The version of each template that is in force on a day; `None` in it when the template has ended.
fn in_force(versions: &[Version], template: TemplateId, day: Date) -> Option<&Template> {
    // The latest made wins from its first day on.
    versions.iter().rev().find(|v| v.template == template && v.from <= day).and_then(|v| v.definition.as_ref())
}

/// The templates as they are on a day, by name.
pub fn templates_on(versions: &[Version], day: Date) -> Vec<(TemplateId, &Template)> {
    let mut ids: Vec<TemplateId> = versions.iter().map(|v| v.template).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut found: Vec<_> = ids.into_iter().filter_map(|id| Some((id, in_force(versions, id, day)?))).collect();
    found.sort_by(|a, b| a.1.name.cmp(&b.1.name));
    found
}

/// The session that a template would clash with from a day on, in words that say what to do; `None` when there is none.
pub fn clash(versions: &[Version], (id, template): (TemplateId, &Template), from: Date, until: Date) -> Option<String> {
    // A template may change within the days looked at, so each day counts as it is then.
    let found = days(from, until.max(from)).into_iter().find_map(|day| {
        let others = templates_on(versions, day).into_iter().filter(|(other, _)| *other != id);
        others.map(|(_, t)| t).find(|t| template.clashes_with(t, std::iter::once(day)).is_some()).map(|t| (day, t))
    })?;
    let (day, other) = found;
    let who = if other.clinician == template.clinician { template.clinician_name.as_str() } else { "that room" };
    Some(format!(
        "“{}” already has {who} then, first on {}. Choose other times, or change that session first.",
        other.name,
        uk_date_long(day)
    ))
}

/// Makes the sessions of every template up to the horizon; says how many slots were made.
pub async fn make_ahead(tx: &mut Tx, organisation: OrganisationId) -> Result<usize, Failure> {
    let until = horizon(tx.now());
    let mut count = 0;
    for (template, made_until) in rota::made(tx.conn(), organisation).await? {
        count += make_from(tx, organisation, (template, made_until), until).await?;
    }
    Ok(count)
}

/// Makes the sessions of one template after a day. Slots that fall into an absence are made and withheld, so that they are
/// there when the absence is taken back.
async fn make_from(
    tx: &mut Tx,
    organisation: OrganisationId,
    (template, made_until): (TemplateId, Date),
    until: Date,
) -> Result<usize, Failure> {
    let Some(first) = made_until.tomorrow().ok().filter(|first| *first <= until) else { return Ok(0) };
    let now = tx.now();
    let versions = rota::versions(tx.conn(), organisation).await?;
    let absences = rota::absences(tx.conn(), organisation, now).await?;
    let mut count = 0;
    for day in days(first, until) {
        let Some(t) = in_force(&versions, template, day) else { continue };
        count += make_day(tx, organisation, (template, t), day, &absences).await?.len();
    }
    rota::set_made(tx.conn(), organisation, template, until).await?;
    Ok(count)
}

async fn make_day(
    tx: &mut Tx,
    organisation: OrganisationId,
    (id, template): (TemplateId, &Template),
    day: Date,
    absences: &[Absence],
) -> Result<Vec<SlotId>, Failure> {
    let slots: Vec<_> = template.slots_on(day).iter().map(|new| made_slot(tx.ids().next(), template, new)).collect();
    let session: SessionId = tx.ids().next();
    let origin = booking::Origin { template: Some(id), room: template.room };
    booking::insert_session(tx.conn(), organisation, session, origin, &slots).await?;
    withhold(tx, organisation, &slots, template.room, absences).await?;
    Ok(slots.into_iter().map(|s| s.id).collect())
}

/// Withholds those of some new slots that fall into an absence.
async fn withhold(
    tx: &mut Tx,
    organisation: OrganisationId,
    slots: &[Slot],
    room: Option<RoomId>,
    absences: &[Absence],
) -> Result<(), Failure> {
    for slot in slots {
        if let Some(a) = absences.iter().find(|a| a.away.meets(slot.clinician, room, (slot.starts, slot.ends))) {
            rota::withdraw(tx.conn(), organisation, slot.id, a.id).await?;
        }
    }
    Ok(())
}

/// The slots that a change touches, and every free slot that those who are affected could have instead.
pub async fn diary(conn: &mut Conn, practice: &Practice, change: &RotaChange, now: Timestamp) -> Result<Diary, StoreError> {
    let organisation = practice.organisation.id;
    let touched = match change {
        RotaChange::Absence { from, to, .. } | RotaChange::RoomClosed { from, to, .. } | RotaChange::PracticeClosed { from, to } => {
            rota::between(conn, organisation, (*from - LONGEST, *to), now).await?
        }
        RotaChange::SessionCancelled { session } | RotaChange::SessionShortened { session, .. } => {
            rota::of_session(conn, organisation, *session, now).await?
        }
        RotaChange::TemplateChanged { template, from, .. } => {
            rota::of_template(conn, organisation, (*template, begins(*from, now)), now).await?
        }
    };
    let mut wanted = BTreeMap::new();
    for need in touched.iter().filter_map(|e| e.taken.as_ref()).map(|t| &t.need) {
        let until = need.until(need.urgency.unwrap_or(Urgency::Routine), now, &practice.calendar);
        for pathway in need.pathways() {
            wanted.entry(pathway).and_modify(|u: &mut Timestamp| *u = until.max(*u)).or_insert(until);
        }
    }
    let mut entries: Entries = touched.into_iter().map(|e| ((e.slot.starts, e.slot.id), e)).collect();
    for (pathway, until) in wanted {
        let free = rota::free(conn, organisation, pathway, (now, until)).await?;
        entries.extend(free.into_iter().map(|e| ((e.slot.starts, e.slot.id), e)));
    }
    let away = rota::absences(conn, organisation, now).await?.into_iter().map(|a| a.away).collect();
    Ok(Diary { entries: entries.into_values().collect(), away })
}

/// The first moment of a day in England that is still to come.
fn begins(day: Date, now: Timestamp) -> Timestamp {
    moment(day, Time::midnight()).map_or(now, |at| at.max(now))
}

/// No slot is longer than this.
const LONGEST: jiff::SignedDuration = jiff::SignedDuration::from_hours(4);

/// What a change would do at this moment. The same function answers the preview and the carrying out.
pub async fn try_change(conn: &mut Conn, practice: &Practice, change: &RotaChange, now: Timestamp) -> Result<(Diary, Plan), StoreError> {
    let diary = diary(conn, practice, change, now).await?;
    let until = made_until(conn, practice.organisation.id, change, now).await?;
    let plan = plan(&diary, change, until, now, &practice.calendar);
    Ok((diary, plan))
}

/// The last day for which the sessions of the change's template have been made.
async fn made_until(conn: &mut Conn, organisation: OrganisationId, change: &RotaChange, now: Timestamp) -> Result<Date, StoreError> {
    let RotaChange::TemplateChanged { template, .. } = change else { return Ok(horizon(now)) };
    let made = rota::made(conn, organisation).await?;
    Ok(made.into_iter().find(|(id, _)| id == template).map_or_else(|| horizon(now), |(_, day)| day))
}

/// A plan as it is confirmed and kept: the same bytes for the same plan.
pub fn plan_text(plan: &Plan) -> Result<String, StoreError> {
    serde_json::to_string(plan).map_err(|e| StoreError::Corrupt(e.to_string()))
}

/// What somebody confirms.
#[derive(Debug, Clone)]
pub struct Confirmed {
    /// The change.
    pub change: RotaChange,
    /// The SHA-256 of the plan that they saw.
    pub seen: Vec<u8>,
    /// How the people are treated.
    pub treatment: Treatment,
    /// Why, as staff and patients read it.
    pub reason: String,
}

/// Carries a change out, exactly as the plan said that was seen; when anything has changed since, nothing is done.
pub async fn change_rota(tx: &mut Tx, practice: &Practice, actor: &Actor, confirmed: &Confirmed) -> Result<RotaChangeId, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let reason = confirmed.reason.trim();
    if reason.is_empty() {
        return Err(Failure::Refused("Say why. The people who are affected are told.".into()));
    }
    let (diary, plan) = try_change(tx.conn(), practice, &confirmed.change, now).await?;
    let text = plan_text(&plan)?;
    if crate::hash_of(&text) != confirmed.seen {
        return Err(Failure::Refused(
            "Somebody booked or changed something while you looked. This is what the change would do now.".into(),
        ));
    }
    let id: RotaChangeId = tx.ids().next();
    note(tx, organisation, id, &confirmed.change, reason).await?;
    for slot in &plan.withdrawn {
        rota::withdraw(tx.conn(), organisation, *slot, id).await?;
    }
    take_over_absent(tx, organisation, (&plan.change, id), now).await?;
    let mut until = None;
    if let RotaChange::TemplateChanged { template, from, .. } = &plan.change {
        rota::take_over_withheld(tx.conn(), organisation, (*template, begins(*from, now)), id).await?;
        until = Some(made_until(tx.conn(), organisation, &plan.change, now).await?);
    }
    let made = make(tx, organisation, &diary, &plan).await?;
    let by = Actor::System { job: format!("Rota change by {}", actor.name()) };
    let mut people = Vec::new();
    for affected in &plan.affected {
        let had = diary.entry(affected.loses).map(|e| e.slot.clone()).ok_or(Failure::NotFound)?;
        let to = match affected.proposed.filter(|_| confirmed.treatment == Treatment::Move) {
            Some(Target::There(slot)) => Some(slot),
            Some(Target::Made(n)) => made.get(n).copied(),
            None => None,
        };
        let mut item = work_item::load(tx.conn(), organisation, affected.who.item).await?.ok_or(Failure::NotFound)?;
        let closed_as = match item.position.state {
            // Closed again is only what says nothing of a visit.
            State::Closed { outcome: Ended::Booked, .. } => Some(Ended::Booked),
            State::Closed { .. } | State::Open { .. } => None,
        };
        item = opened(tx, practice, &by, item, reason).await?;
        let version = match to {
            Some(slot) => {
                let slot = booking::slot(tx.conn(), organisation, slot).await?.ok_or(Failure::NotFound)?;
                let put = put(tx, practice, &by, &item, None, &slot, Telling::OfThis).await?.version;
                close_again(tx, practice, &by, item.id, closed_as).await?.unwrap_or(put)
            }
            None => {
                let text = format!("Appointment {} cannot take place: {reason}", told_words(&had, now));
                let facts = Facts { when: told_on(&had), ..Facts::default() };
                let what = Act { actor: by.clone(), item: item.id, version: None, command: Command::TakeBack { text }, facts };
                act(tx, practice, &what).await?.version
            }
        };
        let label = (item.person_name.clone(), item.reference.to_string());
        people.push(PersonOutcome { item: item.id, label, had: had.id, has: to, version, restored: None, closed_as });
    }
    let words = format!("{reason}: {} slots withdrawn, {} made, {} people affected", plan.withdrawn.len(), made.len(), people.len());
    let change = Change {
        id,
        plan: text,
        outcome: Outcome { people, made, until },
        reason: reason.to_owned(),
        made_at: now,
        made_by: actor.name().to_owned(),
        undone: None,
    };
    rota::add_change(tx.conn(), organisation, &change).await?;
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::RotaChanged, words)).await?;
    Ok(id)
}

/// An item that is closed is opened again, so that its appointment can change.
async fn opened(tx: &mut Tx, practice: &Practice, by: &Actor, item: WorkItem, reason: &str) -> Result<WorkItem, Failure> {
    if item.is_open() {
        return Ok(item);
    }
    let command = Command::Reopen { why: format!("Opened again: {reason}") };
    act(tx, practice, &Act::new(by.clone(), item.id, None, command)).await?;
    work_item::load(tx.conn(), practice.organisation.id, item.id).await?.ok_or(Failure::NotFound)
}

/// Closes a request again that was opened only because its appointment went; says its version. What has turned red since stays
/// open.
async fn close_again(
    tx: &mut Tx,
    practice: &Practice,
    by: &Actor,
    item: WorkItemId,
    closed_as: Option<Ended>,
) -> Result<Option<i64>, Failure> {
    let Some(outcome) = closed_as else { return Ok(None) };
    let red = work_item::load(tx.conn(), practice.organisation.id, item).await?.is_some_and(|i| i.is_red());
    if red {
        return Ok(None);
    }
    let command = Command::Close { outcome, code: None, text: String::new() };
    act(tx, practice, &Act::new(by.clone(), item, None, command)).await.map(|done| Some(done.version))
}

/// What sessions that are still to be made must know of a change.
async fn note(tx: &mut Tx, organisation: OrganisationId, id: RotaChangeId, change: &RotaChange, reason: &str) -> Result<(), Failure> {
    let absence = |clinician, room, from, to| Absence { id, away: Away { clinician, room, from, to }, reason: reason.to_owned() };
    match change {
        RotaChange::Absence { clinician, from, to } => {
            rota::add_absence(tx.conn(), organisation, &absence(Some(*clinician), None, *from, *to)).await?;
        }
        RotaChange::RoomClosed { room, from, to } => {
            rota::add_absence(tx.conn(), organisation, &absence(None, Some(*room), *from, *to)).await?;
        }
        RotaChange::PracticeClosed { from, to } => {
            rota::add_absence(tx.conn(), organisation, &absence(None, None, *from, *to)).await?;
            let closed = Closure { from: *from, to: *to, reason: reason.chars().take(200).collect() };
            closure::insert(tx.conn(), organisation, ClosureId(id.0), &closed).await?;
        }
        RotaChange::SessionCancelled { .. } | RotaChange::SessionShortened { .. } => {}
        RotaChange::TemplateChanged { template, from, to } => {
            let version = Version { template: *template, from: *from, definition: to.as_deref().cloned(), change: id };
            rota::add_version(tx.conn(), organisation, &version).await?;
            let now = tx.now();
            if !rota::made(tx.conn(), organisation).await?.iter().any(|(t, _)| t == template) {
                rota::set_made(tx.conn(), organisation, *template, horizon(now)).await?;
            }
        }
    }
    Ok(())
}

/// Makes the slots of a plan, session by session; in the order of the plan. Those that fall into an absence are withheld.
async fn make(tx: &mut Tx, organisation: OrganisationId, diary: &Diary, plan: &Plan) -> Result<Vec<SlotId>, Failure> {
    let RotaChange::TemplateChanged { template, to: Some(t), .. } = &plan.change else { return Ok(Vec::new()) };
    let origin = booking::Origin { template: Some(*template), room: t.room };
    let gone: BTreeSet<SlotId> = plan.withdrawn.iter().copied().collect();
    let now = tx.now();
    let absences = rota::absences(tx.conn(), organisation, now).await?;
    let mut made = Vec::new();
    for day in plan.made.chunk_by(|a, b| a.day == b.day) {
        let slots: Vec<_> = day.iter().map(|new| made_slot(tx.ids().next(), t, new)).collect();
        let stays = |e: &&Entry| e.template == Some(*template) && uk_date(e.slot.starts) == day[0].day && !gone.contains(&e.slot.id);
        match diary.entries.iter().find(stays) {
            // What stays of the day and what comes are one session.
            Some(e) => booking::insert_slots(tx.conn(), organisation, e.session, &slots).await?,
            None => {
                let session: SessionId = tx.ids().next();
                booking::insert_session(tx.conn(), organisation, session, origin, &slots).await?;
            }
        }
        withhold(tx, organisation, &slots, t.room, &absences).await?;
        made.extend(slots.iter().map(|s| s.id));
    }
    Ok(made)
}

/// What a session lost to an absence before it was cancelled or shortened does not come back with whoever was away.
async fn take_over_absent(
    tx: &mut Tx,
    organisation: OrganisationId,
    (change, id): (&RotaChange, RotaChangeId),
    now: Timestamp,
) -> Result<(), Failure> {
    match change {
        // Nothing of it is kept: no moment lies before now and after now.
        RotaChange::SessionCancelled { session } => {
            rota::take_over_of_session(tx.conn(), organisation, (*session, id), now, (now, now)).await?
        }
        RotaChange::SessionShortened { session, from, to } => {
            rota::take_over_of_session(tx.conn(), organisation, (*session, id), now, (*from, *to)).await?;
        }
        _ => {}
    }
    Ok(())
}

/// What comes back may still fall into another absence.
async fn withhold_absent(tx: &mut Tx, organisation: OrganisationId) -> Result<(), Failure> {
    let now = tx.now();
    for a in rota::absences(tx.conn(), organisation, now).await? {
        for e in rota::between(tx.conn(), organisation, (a.away.from.max(now) - LONGEST, a.away.to), now).await? {
            if e.taken.is_none() && a.away.meets(e.slot.clinician, e.room, (e.slot.starts, e.slot.ends)) {
                rota::withdraw(tx.conn(), organisation, e.slot.id, a.id).await?;
            }
        }
    }
    Ok(())
}

/// A template is taken back from its latest version only, for what came later was worked out from it.
async fn may_undo(tx: &mut Tx, organisation: OrganisationId, id: RotaChangeId, change: &RotaChange) -> Result<(), Failure> {
    let RotaChange::TemplateChanged { template, .. } = change else { return Ok(()) };
    let versions = rota::versions(tx.conn(), organisation).await?;
    let latest = versions.iter().rev().find(|v| v.template == *template);
    if latest.is_some_and(|v| v.change != id) {
        return Err(Failure::Refused("This session has been changed again since. Undo the later change first.".into()));
    }
    Ok(())
}

/// The days after `until` were made ahead since from the version that is undone: they are made from the one before. A
/// slot that somebody has booked meanwhile stays.
async fn make_again(
    tx: &mut Tx,
    organisation: OrganisationId,
    (template, until): (TemplateId, Date),
    id: RotaChangeId,
) -> Result<(), Failure> {
    let now = tx.now();
    let Ok(first) = until.tomorrow() else { return Ok(()) };
    let since = begins(first, now);
    rota::take_over_withheld(tx.conn(), organisation, (template, since), id).await?;
    for e in rota::of_template(tx.conn(), organisation, (template, since), now).await? {
        if e.taken.is_none() {
            rota::take_over(tx.conn(), organisation, e.slot.id, id).await?;
        }
    }
    make_from(tx, organisation, (template, until), horizon(now)).await?;
    Ok(())
}

/// Undoes a change: its slots are back, what it made is gone, and everybody whose request nobody has touched since has the
/// old appointment again. The others keep what was agreed with them; the change lists them.
pub async fn undo_rota_change(tx: &mut Tx, practice: &Practice, actor: &Actor, id: RotaChangeId) -> Result<usize, Failure> {
    let organisation = practice.organisation.id;
    let now = tx.now();
    let change = rota::change(tx.conn(), organisation, id).await?.ok_or(Failure::NotFound)?;
    if change.undone.is_some() {
        return Err(Failure::Refused("This change has been undone already.".into()));
    }
    let plan: Plan = serde_json::from_str(&change.plan).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    may_undo(tx, organisation, id, &plan.change).await?;
    rota::restore(tx.conn(), organisation, id).await?;
    rota::drop_absence(tx.conn(), organisation, id).await?;
    if matches!(plan.change, RotaChange::PracticeClosed { .. }) {
        closure::delete(tx.conn(), organisation, ClosureId(id.0)).await?;
    }
    rota::drop_version(tx.conn(), organisation, id).await?;
    withhold_absent(tx, organisation).await?;
    let by = Actor::System { job: format!("Rota change undone by {}", actor.name()) };
    let mut outcome = change.outcome.clone();
    for person in &mut outcome.people {
        let mut item = work_item::load(tx.conn(), organisation, person.item).await?.ok_or(Failure::NotFound)?;
        let slot = booking::slot(tx.conn(), organisation, person.had).await?.ok_or(Failure::NotFound)?;
        let untouched = item.version == person.version && slot.starts > now;
        let free = untouched
            && booking::is_offered(tx.conn(), organisation, person.had).await?
            && !rota::is_claimed(tx.conn(), organisation, person.had).await?;
        if free {
            item = opened(tx, practice, &by, item, &change.reason).await?;
            put(tx, practice, &by, &item, None, &slot, Telling::OfThis).await?;
            close_again(tx, practice, &by, item.id, person.closed_as).await?;
        }
        person.restored = Some(free);
    }
    for slot in &outcome.made {
        if !rota::is_claimed(tx.conn(), organisation, *slot).await? {
            rota::take_over(tx.conn(), organisation, *slot, id).await?;
        }
    }
    if let (RotaChange::TemplateChanged { template, .. }, Some(until)) = (&plan.change, outcome.until) {
        make_again(tx, organisation, (*template, until), id).await?;
    }
    let back = outcome.people.iter().filter(|p| p.restored == Some(true)).count();
    if !rota::undo_change(tx.conn(), organisation, id, (now, actor.name()), &outcome).await? {
        return Err(Failure::Stale);
    }
    let words = format!("Undone: {}; {back} of {} people have their appointment again", change.reason, outcome.people.len());
    tx.record(organisation, NewEvent::plain(actor.clone(), Verb::RotaChanged, words)).await?;
    Ok(back)
}
