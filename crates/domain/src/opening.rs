//! The open door: when and how patients may ask online. In core hours the door never closes: a limit changes what is
//! promised and how, and somebody is told. Outside core hours it may close, with a reason.

use std::{cmp::Reverse, collections::BinaryHeap};

use jiff::{
    Span, Timestamp,
    civil::{Date, Time, Weekday},
};
use portico_nhs::{Calendar, london, uk_date};
use serde::{Deserialize, Serialize};

use crate::{request::Kind, rota::moment, triage::Urgency};

/// From when until when on each weekday from Monday; `None` is a day without hours.
pub type Week = [Option<(Time, Time)>; 7];

/// How the practice takes online requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningRules {
    /// From when until when on each weekday from Monday; `None` is not at all, outside core hours.
    pub hours: Week,
    /// The same for requests about health, when they have hours of their own; administration and medicines keep the others.
    #[serde(default)]
    pub health: Option<Week>,
    /// The same for single kinds of request, whatever their group has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<(Kind, Week)>,
    /// Whether it is open on bank holidays.
    pub bank_holidays: bool,
    /// Online requests a day after which people are told that it takes longer.
    pub daily: Option<u32>,
    /// Patients who wait to hear at once, after which people are told that it takes longer.
    pub waiting: Option<u32>,
    /// Whether only what can wait is asked for online: who needs help today is told to ring.
    pub routine_only: bool,
    /// What patients read when it is closed.
    pub reason: String,
}

impl Default for OpeningRules {
    fn default() -> Self {
        let always = Some((Time::midnight(), Time::MAX));
        Self {
            hours: [always; 7],
            health: None,
            own: Vec::new(),
            bank_holidays: true,
            daily: None,
            waiting: None,
            routine_only: false,
            reason: String::new(),
        }
    }
}

/// Which limit has been reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The requests of the day.
    Daily,
    /// The patients who wait.
    Waiting,
}

impl Limit {
    /// As the manager reads it.
    pub const fn words(self) -> &'static str {
        match self {
            Limit::Daily => "The daily limit of online requests has been reached",
            Limit::Waiting => "More patients wait to hear than the limit says",
        }
    }
}

/// What somebody meets who wants to ask now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doorway {
    /// Open.
    Open,
    /// Open, and it takes longer than usual: the contract's time is promised, and other ways are shown.
    Busy(Limit),
    /// Closed outside core hours until then.
    Closed(Timestamp),
}

impl OpeningRules {
    fn of_day(&self, hours: &Week, day: Date) -> Option<(Timestamp, Timestamp)> {
        if !self.bank_holidays && Calendar::bank_holiday(day).is_some() {
            return None;
        }
        let (from, to) = hours[day.weekday().to_monday_zero_offset() as usize]?;
        Some((moment(day, from)?, moment(day, to)?))
    }

    /// The hours of every kind of request there are hours for.
    fn all_hours(&self) -> impl Iterator<Item = &Week> {
        [Some(&self.hours), self.health.as_ref()].into_iter().flatten().chain(self.own.iter().map(|(_, hours)| hours))
    }

    /// The hours of a kind of request: its own, else those of its group.
    pub fn hours_of(&self, kind: Kind) -> &Week {
        let own = self.own.iter().find(|(k, _)| *k == kind).map(|(_, hours)| hours);
        own.or_else(|| self.health.as_ref().filter(|_| kind.is_about_health())).unwrap_or(&self.hours)
    }

    /// Whether these hours are open at a moment, whatever core hours say.
    fn is_within(&self, hours: &Week, at: Timestamp) -> bool {
        self.of_day(hours, uk_date(at)).is_some_and(|(from, to)| from <= at && at <= to)
    }

    /// What somebody meets, of whom `today` came online today and `waiting` wait to hear. It is open while any kind of
    /// request may be begun.
    pub fn doorway(&self, calendar: &Calendar, now: Timestamp, today: u32, waiting: u32) -> Doorway {
        if !Calendar::contract().is_open(now) && !self.all_hours().any(|hours| self.is_within(hours, now)) {
            let opens = self.all_hours().map(|hours| self.opens(hours, calendar, now)).min();
            return Doorway::Closed(opens.unwrap_or(now));
        }
        if self.waiting.is_some_and(|most| waiting >= most) {
            return Doorway::Busy(Limit::Waiting);
        }
        if self.daily.is_some_and(|most| today >= most) {
            return Doorway::Busy(Limit::Daily);
        }
        Doorway::Open
    }

    /// Until when a kind of request may not be begun; `None` when it may, as always in core hours.
    pub fn closed_for(&self, kind: Kind, calendar: &Calendar, now: Timestamp) -> Option<Timestamp> {
        let hours = self.hours_of(kind);
        (!Calendar::contract().is_open(now) && !self.is_within(hours, now)).then(|| self.opens(hours, calendar, now))
    }

    /// When it opens again: by these hours or with core hours, whichever comes first.
    fn opens(&self, hours: &Week, calendar: &Calendar, now: Timestamp) -> Timestamp {
        let core = calendar.next_open(now);
        let mut day = uk_date(now);
        for _ in 0..14 {
            if let Some((from, _)) = self.of_day(hours, day).filter(|(from, to)| from < to && *to > now) {
                return from.max(now).min(core);
            }
            day = day.tomorrow().unwrap_or(day);
        }
        core
    }

    /// What is wrong, in sentences.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let closes =
            self.all_hours().flatten().any(|h| h.is_none_or(|(from, to)| from > Time::midnight() || to < Time::constant(23, 59, 0, 0)));
        if (closes || !self.bank_holidays) && self.reason.trim().is_empty() {
            faults.push("Write what patients read when it is closed.".to_owned());
        }
        if self.all_hours().flatten().flatten().any(|(from, to)| from >= to) {
            faults.push("On each day the end must come after the beginning.".to_owned());
        }
        if self.daily == Some(0) || self.waiting == Some(0) {
            faults.push("A limit must be at least 1; leave it empty for none.".to_owned());
        }
        faults
    }
}

/// A request that came, for trying rules on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Came {
    /// When.
    pub at: Timestamp,
    /// Whether it came online.
    pub online: bool,
    /// What kind of help.
    pub kind: Kind,
    /// How urgent it was found to be.
    pub urgency: Option<Urgency>,
    /// When the patient first heard; `None` while they wait.
    pub heard: Option<Timestamp>,
}

/// What rules would have done to requests that came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tried {
    /// Online requests that came.
    pub came: u32,
    /// Of them outside core hours while it would have been closed.
    pub closed: u32,
    /// Of them told that it takes longer because of the daily limit.
    pub daily: u32,
    /// Of them told that it takes longer because of how many waited.
    pub waiting: u32,
    /// Of them for help on the same day, which would have been told to ring.
    pub to_ring: u32,
}

/// Tries rules on requests that came, earliest first. Who waited is counted as it was, from those that are given.
pub fn tried(rules: &OpeningRules, calendar: &Calendar, came: &[Came]) -> Tried {
    let mut seen = Tried::default();
    let (mut day, mut today) = (None, 0);
    let mut heard: BinaryHeap<Reverse<Timestamp>> = BinaryHeap::new();
    let mut still = 0;
    for c in came {
        if day != Some(uk_date(c.at)) {
            (day, today) = (Some(uk_date(c.at)), 0);
        }
        while heard.peek().is_some_and(|Reverse(at)| *at <= c.at) {
            heard.pop();
        }
        let waiting = u32::try_from(heard.len()).unwrap_or(u32::MAX).saturating_add(still);
        match c.heard {
            Some(at) => heard.push(Reverse(at)),
            None => still += 1,
        }
        if !c.online {
            continue;
        }
        seen.came += 1;
        if rules.closed_for(c.kind, calendar, c.at).is_some() {
            seen.closed += 1;
            continue;
        }
        match rules.doorway(calendar, c.at, today, waiting) {
            Doorway::Busy(Limit::Daily) => seen.daily += 1,
            Doorway::Busy(Limit::Waiting) => seen.waiting += 1,
            Doorway::Open | Doorway::Closed(_) => {}
        }
        today += 1;
        let same_day = matches!(c.urgency, Some(Urgency::Emergency | Urgency::SameDay));
        seen.to_ring += u32::from(rules.routine_only && same_day);
    }
    seen
}

/// So many weeks back a closure is tried on.
pub const WEEKS_TRIED: i64 = 4;

/// How many came online in the same hours of each of the weeks before `now`, the latest first: what a closure would have met.
/// The hours are those of the clock on the wall, also across a change of it.
pub fn online_in_the_same_hours(came: &[Came], (from, to): (Timestamp, Timestamp), now: Timestamp) -> Vec<u32> {
    let before = |moment: Timestamp, weeks: i64| moment.to_zoned(london()).saturating_sub(Span::new().weeks(weeks)).timestamp();
    let latest = (1..).find(|n| before(to, *n) <= now).unwrap_or(1);
    let in_week = |n: i64| {
        let (from, to) = (before(from, n), before(to, n));
        u32::try_from(came.iter().filter(|c| c.online && (from..to).contains(&c.at)).count()).unwrap_or(u32::MAX)
    };
    (latest..latest + WEEKS_TRIED).map(in_week).collect()
}

/// The hours of a weekday in words.
pub fn hours_words(hours: Option<(Time, Time)>, weekday: Weekday) -> String {
    let core = !matches!(weekday, Weekday::Saturday | Weekday::Sunday);
    match hours {
        Some((from, to)) if from == Time::midnight() && to.hour() == 23 => "all day".into(),
        Some((from, to)) => format!("{} to {}", from.strftime("%H:%M"), to.strftime("%H:%M")),
        None if core => "core hours only".into(),
        None => "closed".into(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(london()).unwrap().timestamp()
    }

    fn rules() -> OpeningRules {
        let day = Some((time(7, 0, 0, 0), time(20, 0, 0, 0)));
        OpeningRules {
            hours: [day, day, None, day, day, None, None],
            bank_holidays: false,
            daily: Some(2),
            waiting: Some(50),
            reason: "We read requests in the day.".into(),
            ..OpeningRules::default()
        }
    }

    #[test]
    fn a_closure_is_tried_on_the_same_hours_of_the_wall_clock() {
        let came = |text: &str, online: bool| Came { at: at(text), online, kind: Kind::NewProblem, urgency: None, heard: None };
        // The clocks go back on Sunday 25 October 2026; the closure is on the Wednesday after it.
        let all = [
            came("2026-10-21T08:05", true),
            came("2026-10-21T11:55", true),
            came("2026-10-21T12:00", true),
            came("2026-10-21T09:00", false),
            came("2026-10-14T07:59", true),
            came("2026-10-07T08:00", true),
            came("2026-09-30T10:00", true),
            came("2026-09-23T10:00", true),
        ];
        let closed = (at("2026-10-28T08:00"), at("2026-10-28T12:00"));
        assert_eq!(online_in_the_same_hours(&all, closed, at("2026-10-26T09:00")), [2, 0, 1, 1]);
        // Tried on while it lasts, or far ahead, it is the weeks before now that count.
        assert_eq!(online_in_the_same_hours(&all, closed, at("2026-10-20T09:00")), [0, 1, 1, 1]);
    }

    #[test]
    fn in_core_hours_the_door_never_closes_whatever_the_rules_say() {
        let never = OpeningRules { hours: [None; 7], bank_holidays: false, daily: Some(1), waiting: Some(1), ..rules() };
        let calendar = Calendar::default();
        let mut now = at("2026-01-05T08:00");
        while now < at("2026-01-09T18:30") {
            if calendar.is_open(now) {
                assert!(!matches!(never.doorway(&calendar, now, 900, 900), Doorway::Closed(_)), "{now}");
            }
            now += jiff::SignedDuration::from_mins(15);
        }
    }

    #[test]
    fn outside_core_hours_it_closes_and_says_until_when() {
        let (r, calendar) = (rules(), Calendar::default());
        let door = |t: &str| r.doorway(&calendar, at(t), 0, 0);
        assert_eq!(door("2026-01-05T19:30"), Doorway::Open, "Monday evening");
        assert_eq!(door("2026-01-05T21:00"), Doorway::Closed(at("2026-01-06T07:00")));
        assert_eq!(door("2026-01-06T21:00"), Doorway::Closed(at("2026-01-07T08:00")), "on Wednesday with core hours");
        assert_eq!(door("2026-01-07T10:00"), Doorway::Open, "core hours");
        assert_eq!(door("2026-01-09T20:30"), Doorway::Closed(at("2026-01-12T07:00")), "over the weekend");
        assert_eq!(door("2026-04-06T12:00"), Doorway::Closed(at("2026-04-07T07:00")), "Easter Monday");
        assert_eq!(
            OpeningRules::default().doorway(&calendar, at("2026-04-06T03:00"), 9, 9),
            Doorway::Open,
            "always, unless somebody says otherwise"
        );
    }

    #[test]
    fn limits_change_the_promise_and_what_they_would_have_done_is_told() {
        let (r, calendar) = (rules(), Calendar::default());
        let now = at("2026-01-05T10:00");
        assert_eq!(r.doorway(&calendar, now, 1, 10), Doorway::Open);
        assert_eq!(r.doorway(&calendar, now, 2, 10), Doorway::Busy(Limit::Daily));
        assert_eq!(r.doorway(&calendar, now, 0, 50), Doorway::Busy(Limit::Waiting));
        let one = |at_: &str| Came { at: at(at_), online: true, kind: Kind::NewProblem, urgency: Some(Urgency::SameDay), heard: None };
        let came = ["2026-01-05T06:00", "2026-01-05T09:00", "2026-01-05T09:10", "2026-01-05T09:20", "2026-01-06T09:00"].map(one);
        assert_eq!(tried(&r, &calendar, &came), Tried { came: 5, closed: 1, daily: 1, ..Tried::default() });
        assert_eq!(tried(&OpeningRules::default(), &calendar, &came), Tried { came: 5, ..Tried::default() });
        let waiting = OpeningRules { waiting: Some(2), routine_only: true, ..OpeningRules::default() };
        assert_eq!(tried(&waiting, &calendar, &came), Tried { came: 5, waiting: 3, to_ring: 5, ..Tried::default() });
        let heard = came.map(|c| Came { heard: Some(c.at + jiff::SignedDuration::from_mins(5)), ..c });
        assert_eq!(tried(&waiting, &calendar, &heard).waiting, 0, "each had heard before the next came");
        let by_phone = came.map(|c| Came { online: false, ..c });
        assert_eq!(tried(&waiting, &calendar, &by_phone), Tried::default());
    }

    #[test]
    fn requests_about_health_may_have_hours_of_their_own_outside_core_hours() {
        let calendar = Calendar::default();
        let until_noon = Some((time(8, 0, 0, 0), time(12, 0, 0, 0)));
        let r = OpeningRules { health: Some([until_noon; 7]), reason: "Later".into(), ..OpeningRules::default() };
        let closed = |kind, t: &str| r.closed_for(kind, &calendar, at(t));
        assert_eq!(closed(Kind::NewProblem, "2026-01-05T20:00"), Some(at("2026-01-06T08:00")));
        assert_eq!(closed(Kind::LetterOrForm, "2026-01-05T20:00"), None);
        assert_eq!(closed(Kind::NewProblem, "2026-01-05T15:00"), None, "core hours");
        assert_eq!(closed(Kind::NewProblem, "2026-01-10T15:00"), Some(at("2026-01-11T08:00")), "Saturday afternoon");
        assert_eq!(r.doorway(&calendar, at("2026-01-05T20:00"), 0, 0), Doorway::Open, "for something");
        assert!(OpeningRules { reason: String::new(), ..r.clone() }.faults().len() == 1);
        // A single kind may have hours of its own, inside or outside those of its group.
        let until_ten = Some((time(8, 0, 0, 0), time(22, 0, 0, 0)));
        let r = OpeningRules { own: vec![(Kind::TestResult, [until_noon; 7]), (Kind::OngoingProblem, [until_ten; 7])], ..r };
        let closed = |kind, t: &str| r.closed_for(kind, &calendar, at(t));
        assert_eq!(closed(Kind::TestResult, "2026-01-05T20:00"), Some(at("2026-01-06T08:00")));
        assert_eq!(closed(Kind::OngoingProblem, "2026-01-05T20:00"), None);
        assert_eq!(closed(Kind::NewProblem, "2026-01-05T20:00"), Some(at("2026-01-06T08:00")));
        assert_eq!(closed(Kind::TestResult, "2026-01-05T15:00"), None, "core hours");
        let backwards = Some((time(9, 0, 0, 0), time(8, 0, 0, 0)));
        assert_eq!(OpeningRules { own: vec![(Kind::Medicine, [backwards; 7])], ..OpeningRules::default() }.faults().len(), 2);
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(OpeningRules::default().faults().is_empty());
        assert_eq!(OpeningRules { reason: String::new(), ..rules() }.faults().len(), 1);
        let late = Some((time(9, 0, 0, 0), time(8, 0, 0, 0)));
        assert_eq!(OpeningRules { hours: [late; 7], daily: Some(0), ..rules() }.faults().len(), 2);
    }
}
