//! What a change of the rota does, worked out before anything is done. The plan that people confirm is the plan that
//! is carried out: both come from here, from the same diary.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, civil::Date};
use portico_nhs::{BookingId, Calendar, PatientId, RoomId, SessionId, SlotId, StaffId, TemplateId, WorkItemId, uk_date};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{NewSlot, Template, days};
use crate::{
    booking::{Mode, Need, Slot, takes},
    pathway::Pathway,
    together::stays_with,
    triage::Urgency,
};

/// Alternatives that are shown for each person.
pub const ALTERNATIVES: usize = 3;

/// A change of the rota.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum RotaChange {
    /// A clinician is away: leave, sickness, learning.
    Absence {
        /// Who.
        clinician: StaffId,
        /// First moment away.
        from: Timestamp,
        /// First moment back.
        to: Timestamp,
    },
    /// A room cannot be used.
    RoomClosed {
        /// Which.
        room: RoomId,
        /// First moment closed.
        from: Timestamp,
        /// First moment open again.
        to: Timestamp,
    },
    /// The whole practice is closed.
    PracticeClosed {
        /// First moment closed.
        from: Timestamp,
        /// First moment open again.
        to: Timestamp,
    },
    /// A session does not take place.
    SessionCancelled {
        /// Which.
        session: SessionId,
    },
    /// A session keeps only what lies within these moments.
    SessionShortened {
        /// Which.
        session: SessionId,
        /// It begins then.
        from: Timestamp,
        /// It ends then.
        to: Timestamp,
    },
    /// A template is made, edited or ended with effect from a day.
    TemplateChanged {
        /// Which.
        template: TemplateId,
        /// With effect from this day.
        from: Date,
        /// What it says from then on; `None` ends it.
        to: Option<Box<Template>>,
    },
}

/// Somebody who is booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Their item.
    pub item: WorkItemId,
    /// Their booking.
    pub booking: BookingId,
    /// The patient, when matched.
    pub patient: Option<PatientId>,
    /// What they need.
    pub need: Need,
    /// When they asked.
    pub received_at: Timestamp,
    /// From when to when their other appointments are that belong with this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<(Timestamp, Timestamp)>,
    /// The item by which they are known to belong together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together: Option<WorkItemId>,
}

/// A slot with its session and whoever is booked in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The slot.
    pub slot: Slot,
    /// Its session.
    pub session: SessionId,
    /// The session's room.
    pub room: Option<RoomId>,
    /// The template that made the session.
    pub template: Option<TemplateId>,
    /// Whether somebody holds it for a moment; it is not offered to others then.
    pub held: bool,
    /// Who is booked.
    pub taken: Option<Taken>,
    /// The name and reference of who is booked, for people to read; no plan depends on them.
    pub label: Option<(String, String)>,
}

/// The slots that a change may touch and those that may be offered instead, earliest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diary {
    /// Every slot once.
    pub entries: Vec<Entry>,
    /// Who and what is not there already.
    pub away: Vec<Away>,
}

/// Who or what is not there for a time: a clinician, a room, or with neither named the whole practice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Away {
    /// The clinician, if one is away.
    pub clinician: Option<StaffId>,
    /// The room, if one is closed.
    pub room: Option<RoomId>,
    /// First moment.
    pub from: Timestamp,
    /// First moment after.
    pub to: Timestamp,
}

/// Somebody who is away for this long is on leave: what is on their list goes to their team, and nobody gives them more.
pub const LEAVE_FROM: SignedDuration = SignedDuration::from_hours(4);

impl Away {
    /// Whether it is long enough for others to do the work meanwhile.
    pub fn is_leave(&self) -> bool {
        self.clinician.is_some() && self.to.duration_since(self.from) >= LEAVE_FROM
    }

    /// Whether a slot cannot take place.
    pub fn meets(&self, clinician: StaffId, room: Option<RoomId>, (starts, ends): (Timestamp, Timestamp)) -> bool {
        let all = self.clinician.is_none() && self.room.is_none();
        let whose = all || self.clinician == Some(clinician) || (self.room.is_some() && self.room == room);
        whose && starts < self.to && ends > self.from
    }
}

/// A slot that somebody may be moved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// One that there is.
    There(SlotId),
    /// One that the change itself makes: its place among them.
    Made(usize),
}

/// Somebody who loses their appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// Who.
    pub who: Taken,
    /// What they lose.
    pub loses: SlotId,
    /// The best other slots, best first.
    pub instead: Vec<Target>,
    /// The one that is kept for them in this plan: no two people are offered the same.
    pub proposed: Option<Target>,
}

/// What a change does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The change.
    pub change: RotaChange,
    /// Slots that go.
    pub withdrawn: Vec<SlotId>,
    /// Slots that come.
    pub made: Vec<NewSlot>,
    /// Those of them, by their place, that fall into an absence: they are offered only if the absence is taken back.
    #[serde(default)]
    pub withheld: BTreeSet<usize>,
    /// Who loses an appointment, in order of clinical priority.
    pub affected: Vec<Affected>,
}

impl Diary {
    /// The entry of a slot.
    pub fn entry(&self, id: SlotId) -> Option<&Entry> {
        self.entries.iter().find(|e| e.slot.id == id)
    }
}

impl RotaChange {
    /// Whether it takes a slot away.
    fn withdraws(&self, e: &Entry) -> bool {
        let meets = |from: &Timestamp, to: &Timestamp| e.slot.starts < *to && e.slot.ends > *from;
        match self {
            RotaChange::Absence { clinician, from, to } => e.slot.clinician == *clinician && meets(from, to),
            RotaChange::RoomClosed { room, from, to } => e.room == Some(*room) && meets(from, to),
            RotaChange::PracticeClosed { from, to } => meets(from, to),
            RotaChange::SessionCancelled { session } => e.session == *session,
            RotaChange::SessionShortened { session, from, to } => e.session == *session && (e.slot.starts < *from || e.slot.ends > *to),
            RotaChange::TemplateChanged { template, from, .. } => e.template == Some(*template) && uk_date(e.slot.starts) >= *from,
        }
    }
}

/// Works a change out: what goes, what comes, who is affected and what they could have instead. `until` is the last day
/// for which sessions have been made. What has already begun is left alone.
pub fn plan(diary: &Diary, change: &RotaChange, until: Date, now: Timestamp, calendar: &Calendar) -> Plan {
    let mut gone: Vec<&Entry> = diary.entries.iter().filter(|e| e.slot.starts > now && change.withdraws(e)).collect();
    let (mut made, mut withheld) = (Vec::new(), BTreeSet::new());
    if let RotaChange::TemplateChanged { from, to: Some(template), .. } = change {
        made = days((*from).max(uk_date(now)), until).flat_map(|day| template.slots_on(day)).filter(|s| s.starts > now).collect();
        // A slot that the edited template makes just so again stays as it is, with whoever is booked in it.
        let mut kept = BTreeSet::new();
        gone.retain(|e| match made.iter().position(|n| same(e, n, template)) {
            Some(n) => !kept.insert(n),
            None => true,
        });
        let mut n = 0;
        made.retain(|_| {
            n += 1;
            !kept.contains(&(n - 1))
        });
        let absent = |s: &NewSlot| diary.away.iter().any(|a| a.meets(template.clinician, template.room, (s.starts, s.ends)));
        withheld = made.iter().enumerate().filter(|(_, s)| absent(s)).map(|(n, _)| n).collect();
    }
    let going: BTreeSet<SlotId> = gone.iter().map(|e| e.slot.id).collect();
    let mut losing: Vec<&Entry> = gone.iter().copied().filter(|e| e.taken.is_some()).collect();
    losing.sort_by_key(|e| priority(e));
    let candidates = candidates(diary, &going, change, (&made, &withheld));
    let mut proposed = BTreeSet::new();
    let affected = losing
        .into_iter()
        .filter_map(|e| Some((e, e.taken.clone()?)))
        .map(|(e, who)| {
            let fitting = if loses_both(e, &who, &gone) { Vec::new() } else { ranked(&candidates, e, &who, now, calendar) };
            let first = fitting.iter().find(|t| !proposed.contains(*t)).copied();
            proposed.extend(first);
            Affected { who, loses: e.slot.id, instead: fitting.into_iter().take(ALTERNATIVES).collect(), proposed: first }
        })
        .collect();
    Plan { change: change.clone(), withdrawn: gone.iter().map(|e| e.slot.id).collect(), made, withheld, affected }
}

/// Whether an appointment that belongs with a lost one is lost as well: somebody books both together anew.
fn loses_both(lost: &Entry, who: &Taken, gone: &[&Entry]) -> bool {
    let together =
        |e: &&&Entry| e.slot.id != lost.slot.id && e.taken.as_ref().is_some_and(|t| t.together.is_some() && t.together == who.together);
    gone.iter().filter(together).any(|e| who.with.contains(&(e.slot.starts, e.slot.ends)))
}

/// Whether an edited template makes a slot just as it was.
fn same(e: &Entry, new: &NewSlot, template: &Template) -> bool {
    let s = &e.slot;
    (s.starts, s.ends, s.release_at, &s.kind) == (new.starts, new.ends, new.release_at, &new.kind)
        && (s.clinician, &s.site, e.room) == (template.clinician, &template.site, template.room)
}

/// The most urgent first, then who has waited longest, then whose appointment is soonest.
fn priority(e: &Entry) -> (Option<Urgency>, Timestamp, Timestamp, SlotId) {
    let who = e.taken.as_ref();
    let urgency = who.map(|t| t.need.urgency.unwrap_or(Urgency::Emergency));
    (urgency, who.map_or(e.slot.starts, |t| t.received_at), e.slot.starts, e.slot.id)
}

/// Free slots that stay, and those that the change makes.
fn candidates(
    diary: &Diary,
    going: &BTreeSet<SlotId>,
    change: &RotaChange,
    (made, withheld): (&[NewSlot], &BTreeSet<usize>),
) -> Vec<(Target, Slot)> {
    let free = diary.entries.iter().filter(|e| e.taken.is_none() && !e.held && !going.contains(&e.slot.id));
    let mut all: Vec<(Target, Slot)> = free.map(|e| (Target::There(e.slot.id), e.slot.clone())).collect();
    if let RotaChange::TemplateChanged { to: Some(t), .. } = change {
        let offered = made.iter().enumerate().filter(|(n, _)| !withheld.contains(n));
        all.extend(offered.map(|(n, new)| (Target::Made(n), made_slot(SlotId(Uuid::nil()), t, new))));
    }
    all
}

/// A slot as a template makes it.
pub fn made_slot(id: SlotId, template: &Template, new: &NewSlot) -> Slot {
    Slot {
        id,
        clinician: template.clinician,
        clinician_name: template.clinician_name.clone(),
        site: template.site.clone(),
        starts: new.starts,
        ends: new.ends,
        release_at: new.release_at,
        kind: new.kind.clone(),
    }
}

/// What fits, best first: near the time that was lost, and rather with the same clinician (worth two days), held the
/// same way (one day) and at the same place (half a day). It does the same procedure, is no shorter, who is visited at home
/// is visited, and what belongs with it still does.
fn ranked(candidates: &[(Target, Slot)], lost: &Entry, who: &Taken, now: Timestamp, calendar: &Calendar) -> Vec<Target> {
    const HOUR: i64 = 3600;
    let (was, need) = (&lost.slot, &who.need);
    let Some(urgency) = need.urgency.filter(|_| need.pathway.is_some_and(Pathway::takes_bookings)) else { return Vec::new() };
    let until = need.until(urgency, now, calendar);
    let length = |s: &Slot| s.ends.duration_since(s.starts);
    let serves = |s: &Slot| {
        let visits = was.kind.mode != Mode::HomeVisit || s.kind.mode == Mode::HomeVisit;
        let together = who.with.iter().all(|other| stays_with(was, s, *other));
        s.kind.procedure == was.kind.procedure && length(s) >= length(was) && visits && together
    };
    let mut fitting: Vec<(i64, Timestamp, Target)> = candidates
        .iter()
        .filter(|(_, s)| s.starts > now && s.starts <= until && serves(s) && takes(s, need, now).is_ok())
        .map(|(target, s)| {
            let apart = s.starts.duration_since(was.starts).as_secs().abs();
            let cost = apart
                + if s.clinician == was.clinician { 0 } else { 48 * HOUR }
                + if s.kind.mode == was.kind.mode { 0 } else { 24 * HOUR }
                + if s.site == was.site { 0 } else { 12 * HOUR };
            (cost, s.starts, *target)
        })
        .collect();
    fitting.sort_unstable();
    fitting.into_iter().map(|(_, _, target)| target).collect()
}

/// How the people of a plan are treated when it is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Everybody is asked to choose again.
    Ask,
    /// Who has a proposed slot is moved there and told; the others are asked.
    Move,
}

/// What the diary is after a plan: the slots that go are gone, those that come are there (with the ids that `id` gives
/// them by their place), and people are where the treatment puts them. Carrying a plan out in the store must give this.
pub fn after(diary: &Diary, plan: &Plan, treatment: Treatment, id: impl Fn(usize) -> (SlotId, SessionId)) -> Diary {
    let going: BTreeSet<SlotId> = plan.withdrawn.iter().copied().collect();
    let mut entries: Vec<Entry> = diary.entries.iter().filter(|e| !going.contains(&e.slot.id)).cloned().collect();
    if let RotaChange::TemplateChanged { template, to: Some(t), .. } = &plan.change {
        let offered = plan.made.iter().enumerate().filter(|(n, _)| !plan.withheld.contains(n));
        entries.extend(offered.map(|(n, new)| {
            let (slot, session) = id(n);
            Entry { slot: made_slot(slot, t, new), session, room: t.room, template: Some(*template), held: false, taken: None, label: None }
        }));
    }
    if treatment == Treatment::Move {
        let moved: BTreeMap<SlotId, &Taken> = plan
            .affected
            .iter()
            .filter_map(|a| {
                let to = match a.proposed? {
                    Target::There(slot) => slot,
                    Target::Made(n) => id(n).0,
                };
                Some((to, &a.who))
            })
            .collect();
        for e in &mut entries {
            if let Some(who) = moved.get(&e.slot.id) {
                e.taken = Some((*who).clone());
            }
        }
    }
    entries.sort_by_key(|e| (e.slot.starts, e.slot.id));
    Diary { entries, away: diary.away.clone() }
}

#[cfg(test)]
mod tests;
