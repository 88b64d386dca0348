//! The rota: session templates, the slots they make, and what a change of the rota does to people who are booked.

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Time},
};
use portico_nhs::{Calendar, RoomId, StaffId, london};
use serde::{Deserialize, Serialize};

use crate::booking::SlotKind;

pub mod what_if;

/// Sessions are made so many days ahead of today.
pub const AHEAD_DAYS: i64 = 56;

/// A run of slots of one kind, or a break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// How long each is, in minutes.
    pub minutes: u16,
    /// How many.
    pub count: u16,
    /// What they are for; `None` is a break.
    pub takes: Option<SlotKind>,
    /// They may be booked from so many hours before they begin; `None` is at once.
    pub release_hours: Option<u16>,
    /// They may not be booked before this day.
    pub release_on: Option<Date>,
}

/// A session that repeats: who, where, on which days, and the slots one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// As staff call it: "Dr Osei, mornings".
    pub name: String,
    /// Who sees the patients.
    pub clinician: StaffId,
    /// Their name, as shown to patients.
    pub clinician_name: String,
    /// The room, if it is one of the practice's.
    pub room: Option<RoomId>,
    /// Where: site and room, as patients read it.
    pub site: String,
    /// The days of the week: 1 is Monday, 7 is Sunday.
    pub weekdays: Vec<i8>,
    /// Every week (1), every second week (2), or once (0): an extra session on the day that `first_week` names.
    pub every_weeks: u8,
    /// A day of the first week in which it runs.
    pub first_week: Date,
    /// When it begins, in England.
    pub starts: Time,
    /// What follows, in order.
    pub blocks: Vec<Block>,
    /// Whether it runs on bank holidays too.
    pub on_bank_holidays: bool,
}

/// A slot that a template makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSlot {
    /// The day of its session.
    pub day: Date,
    /// When it begins.
    pub starts: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// Not to be booked before this moment.
    pub release_at: Option<Timestamp>,
    /// What it is for.
    pub kind: SlotKind,
}

impl Template {
    /// How long the session is, in minutes.
    pub fn minutes(&self) -> i64 {
        self.blocks.iter().map(|b| i64::from(b.minutes) * i64::from(b.count)).sum()
    }

    /// How many slots a session has.
    pub fn slots(&self) -> usize {
        self.blocks.iter().filter(|b| b.takes.is_some()).map(|b| usize::from(b.count)).sum()
    }

    /// What is wrong with it, in sentences that say what to do.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.name.trim().is_empty() {
            faults.push("Give the session a name.".to_owned());
        }
        if self.weekdays.is_empty() || self.weekdays.iter().any(|d| !(1..=7).contains(d)) {
            faults.push("Choose at least one day of the week.".to_owned());
        }
        if self.every_weeks > 2 {
            faults.push("Choose every week, every second week or once.".to_owned());
        }
        if self.slots() == 0 {
            faults.push("Give the session at least one slot.".to_owned());
        }
        if self.blocks.iter().any(|b| !(1..=240).contains(&b.minutes) || !(1..=100).contains(&b.count)) {
            faults.push("Each row needs 1 to 100 slots of 1 to 240 minutes.".to_owned());
        }
        if self.blocks.iter().filter_map(|b| b.takes.as_ref()).any(|k| k.ages.0 > k.ages.1) {
            faults.push("The youngest age must not be above the oldest.".to_owned());
        }
        let begins = i64::from(self.starts.hour()) * 60 + i64::from(self.starts.minute());
        if begins + self.minutes() > 24 * 60 {
            faults.push("The session must end before midnight.".to_owned());
        }
        faults
    }

    /// The first of some days on which it and another would have the same clinician, or the same room, at the same time.
    pub fn clashes_with(&self, other: &Template, mut on: impl Iterator<Item = Date>) -> Option<Date> {
        let shared = self.clinician == other.clinician || (self.room.is_some() && self.room == other.room);
        let at = |t: &Template| {
            let from = i64::from(t.starts.hour()) * 60 + i64::from(t.starts.minute());
            (from, from + t.minutes())
        };
        let ((from, to), (others_from, others_to)) = (at(self), at(other));
        let together = shared && from < others_to && others_from < to;
        on.find(|day| together && self.runs_on(*day) && other.runs_on(*day))
    }

    /// Whether it runs on a day.
    pub fn runs_on(&self, day: Date) -> bool {
        if self.every_weeks == 0 {
            return day == self.first_week;
        }
        let monday = |d: Date| d.checked_sub(i64::from(d.weekday().to_monday_zero_offset()).days()).unwrap_or(d);
        let Ok(since) = monday(self.first_week).until(monday(day)) else { return false };
        let weeks = since.get_days() / 7;
        self.weekdays.contains(&day.weekday().to_monday_one_offset())
            && weeks >= 0
            && weeks % i32::from(self.every_weeks.max(1)) == 0
            && (self.on_bank_holidays || Calendar::bank_holiday(day).is_none())
    }

    /// The slots of one day, earliest first; none on a day on which it does not run. The clock of England counts, so a
    /// session that begins at nine begins at nine in summer too.
    pub fn slots_on(&self, day: Date) -> Vec<NewSlot> {
        let Some(mut at) = Some(day).filter(|d| self.runs_on(*d)).and_then(|d| moment(d, self.starts)) else { return Vec::new() };
        let mut slots = Vec::new();
        for block in &self.blocks {
            for _ in 0..block.count {
                let ends = at + SignedDuration::from_mins(i64::from(block.minutes));
                if let Some(kind) = &block.takes {
                    let hours = block.release_hours.map(|h| at - SignedDuration::from_hours(i64::from(h)));
                    let day_of = block.release_on.and_then(|d| moment(d, Time::midnight()));
                    slots.push(NewSlot { day, starts: at, ends, release_at: hours.max(day_of), kind: kind.clone() });
                }
                at = ends;
            }
        }
        slots
    }
}

/// A time of day in England on a day; `None` for a day that no calendar has.
pub fn moment(day: Date, at: Time) -> Option<Timestamp> {
    day.to_datetime(at).to_zoned(london()).ok().map(|z| z.timestamp())
}

/// Every day from the first to the last.
pub fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    first.series(1.day()).take_while(move |d| *d <= last)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;
    use crate::{
        booking::{Mode, SlotCategory},
        pathway::Pathway,
    };

    fn template() -> Template {
        let kind = SlotKind::new(Pathway::Gp, SlotCategory::ConsultationRoutine, Mode::FaceToFace);
        let slots = |count| Block { minutes: 15, count, takes: Some(kind.clone()), release_hours: None, release_on: None };
        Template {
            name: "Dr Osei, mornings".into(),
            clinician: StaffId(uuid::Uuid::from_u128(1)),
            clinician_name: "Dr Osei".into(),
            room: None,
            site: "Main surgery, room 1".into(),
            weekdays: vec![1, 5],
            every_weeks: 1,
            first_week: date(2026, 1, 5),
            starts: time(9, 0, 0, 0),
            blocks: vec![slots(4), Block { takes: None, ..slots(1) }, slots(3)],
            on_bank_holidays: false,
        }
    }

    #[test]
    fn a_session_runs_on_its_days_and_not_on_bank_holidays() {
        let t = template();
        let ran: Vec<Date> = days(date(2026, 3, 30), date(2026, 4, 14)).filter(|d| t.runs_on(*d)).collect();
        assert_eq!(ran, [date(2026, 3, 30), date(2026, 4, 10), date(2026, 4, 13)], "not on Good Friday or Easter Monday");
        assert!(!t.runs_on(date(2025, 12, 29)), "not before its first week");
        let fortnightly = Template { every_weeks: 2, ..template() };
        let ran: Vec<Date> = days(date(2026, 1, 5), date(2026, 1, 25)).filter(|d| fortnightly.runs_on(*d)).collect();
        assert_eq!(ran, [date(2026, 1, 5), date(2026, 1, 9), date(2026, 1, 19), date(2026, 1, 23)]);
    }

    #[test]
    fn nobody_is_in_two_sessions_at_once_and_no_room_holds_two() {
        let weeks = || days(date(2026, 1, 5), date(2026, 2, 1));
        let clashes = |other: Template| template().clashes_with(&other, weeks());
        assert_eq!(clashes(Template { starts: time(10, 45, 0, 0), ..template() }), Some(date(2026, 1, 5)));
        assert_eq!(clashes(Template { starts: time(11, 0, 0, 0), ..template() }), None, "one after the other");
        assert_eq!(clashes(Template { weekdays: vec![2, 3], ..template() }), None, "on other days");
        let second = Template { every_weeks: 2, first_week: date(2026, 1, 12), ..template() };
        assert_eq!(clashes(second.clone()), Some(date(2026, 1, 12)));
        let first = Template { every_weeks: 2, ..template() };
        assert_eq!(first.clashes_with(&second, weeks()), None, "in turns");
        let other = Template { clinician: StaffId(uuid::Uuid::from_u128(2)), ..template() };
        assert_eq!(clashes(other.clone()), None);
        let room = Some(RoomId(uuid::Uuid::from_u128(3)));
        let (ours, theirs) = (Template { room, ..template() }, Template { room, ..other });
        assert_eq!(ours.clashes_with(&theirs, weeks()), Some(date(2026, 1, 5)));
    }

    #[test]
    fn slots_follow_one_another_with_the_break_left_out() {
        let slots = template().slots_on(date(2026, 1, 5));
        assert_eq!(slots.len(), 7);
        let at = |n: usize| portico_nhs::uk_time(slots[n].starts);
        assert_eq!((at(0), at(3), at(4), at(6)), ("9am".into(), "9:45am".into(), "10:15am".into(), "10:45am".into()));
        assert!(template().slots_on(date(2026, 1, 6)).is_empty());
    }

    #[test]
    fn nine_is_nine_when_the_clocks_have_gone_forward() {
        let weekly = Template { weekdays: vec![5, 1], ..template() };
        assert_eq!(weekly.slots_on(date(2026, 3, 27))[0].starts.to_string(), "2026-03-27T09:00:00Z");
        assert_eq!(weekly.slots_on(date(2026, 3, 30))[0].starts.to_string(), "2026-03-30T08:00:00Z");
    }

    #[test]
    fn an_embargo_ends_the_later_of_its_two_ways() {
        let mut t = template();
        t.blocks[0].release_hours = Some(48);
        t.blocks[0].release_on = Some(date(2026, 1, 4));
        let first = &t.slots_on(date(2026, 1, 5))[0];
        assert_eq!(first.release_at.unwrap().to_string(), "2026-01-04T00:00:00Z");
    }

    #[test]
    fn what_is_wrong_is_said_in_sentences() {
        assert_eq!(template().faults(), Vec::<String>::new());
        let wrong = Template { name: " ".into(), weekdays: vec![], blocks: vec![], starts: time(23, 0, 0, 0), ..template() };
        assert_eq!(wrong.faults().len(), 3);
        let long = Template { starts: time(22, 30, 0, 0), ..template() };
        assert_eq!(long.faults(), ["The session must end before midnight."]);
    }
}
