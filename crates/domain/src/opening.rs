//! The open door: when and how patients may ask online. In core hours the door never closes: a limit changes what is
//! promised and how, and somebody is told. Outside core hours it may close, with a reason.

use jiff::{
    Timestamp,
    civil::{Date, Time, Weekday},
};
use portico_nhs::{Calendar, uk_date};
use serde::{Deserialize, Serialize};

use crate::rota::moment;

/// How the practice takes online requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningRules {
    /// From when until when on each weekday from Monday; `None` is not at all, outside core hours.
    pub hours: [Option<(Time, Time)>; 7],
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
        Self { hours: [always; 7], bank_holidays: true, daily: None, waiting: None, routine_only: false, reason: String::new() }
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
    fn of_day(&self, day: Date) -> Option<(Timestamp, Timestamp)> {
        if !self.bank_holidays && Calendar::bank_holiday(day).is_some() {
            return None;
        }
        let (from, to) = self.hours[day.weekday().to_monday_zero_offset() as usize]?;
        Some((moment(day, from)?, moment(day, to)?))
    }

    /// Whether the practice's own hours are open at a moment, whatever core hours say.
    fn is_within(&self, at: Timestamp) -> bool {
        self.of_day(uk_date(at)).is_some_and(|(from, to)| from <= at && at <= to)
    }

    /// What somebody meets, of whom `today` came online today and `waiting` wait to hear.
    pub fn doorway(&self, calendar: &Calendar, now: Timestamp, today: u32, waiting: u32) -> Doorway {
        if !Calendar::contract().is_open(now) && !self.is_within(now) {
            return Doorway::Closed(self.opens(calendar, now));
        }
        if self.waiting.is_some_and(|most| waiting >= most) {
            return Doorway::Busy(Limit::Waiting);
        }
        if self.daily.is_some_and(|most| today >= most) {
            return Doorway::Busy(Limit::Daily);
        }
        Doorway::Open
    }

    /// When it opens again: by its own hours or with core hours, whichever comes first.
    fn opens(&self, calendar: &Calendar, now: Timestamp) -> Timestamp {
        let core = calendar.next_open(now);
        let mut day = uk_date(now);
        for _ in 0..14 {
            if let Some((from, _)) = self.of_day(day).filter(|(from, to)| from < to && *to > now) {
                return from.max(now).min(core);
            }
            day = day.tomorrow().unwrap_or(day);
        }
        core
    }

    /// What is wrong, in sentences.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let closes = self.hours.iter().any(|h| h.is_none_or(|(from, to)| from > Time::midnight() || to < Time::constant(23, 59, 0, 0)));
        if (closes || !self.bank_holidays) && self.reason.trim().is_empty() {
            faults.push("Write what patients read when it is closed.".to_owned());
        }
        if self.hours.iter().flatten().any(|(from, to)| from >= to) {
            faults.push("On each day the end must come after the beginning.".to_owned());
        }
        if self.daily == Some(0) || self.waiting == Some(0) {
            faults.push("A limit must be at least 1; leave it empty for none.".to_owned());
        }
        faults
    }
}

/// What rules would have done to requests that came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tried {
    /// Online requests that came.
    pub came: u32,
    /// Of them outside core hours while it would have been closed.
    pub closed: u32,
    /// Of them told that it takes longer because of the daily limit.
    pub busy: u32,
}

/// Tries rules on the moments at which online requests came, earliest first. The limit of those who wait cannot be tried.
pub fn tried(rules: &OpeningRules, calendar: &Calendar, came: &[Timestamp]) -> Tried {
    let mut seen = Tried::default();
    let (mut day, mut today) = (None, 0);
    for at in came {
        if day != Some(uk_date(*at)) {
            (day, today) = (Some(uk_date(*at)), 0);
        }
        seen.came += 1;
        match rules.doorway(calendar, *at, today, 0) {
            Doorway::Open => today += 1,
            Doorway::Busy(_) => {
                seen.busy += 1;
                today += 1;
            }
            Doorway::Closed(_) => seen.closed += 1,
        }
    }
    seen
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
    use portico_nhs::london;

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
        let came: Vec<Timestamp> =
            ["2026-01-05T06:00", "2026-01-05T09:00", "2026-01-05T09:10", "2026-01-05T09:20", "2026-01-06T09:00"].map(at).to_vec();
        assert_eq!(tried(&r, &calendar, &came), Tried { came: 5, closed: 1, busy: 1 });
        assert_eq!(tried(&OpeningRules::default(), &calendar, &came), Tried { came: 5, closed: 0, busy: 0 });
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(OpeningRules::default().faults().is_empty());
        assert_eq!(OpeningRules { reason: String::new(), ..rules() }.faults().len(), 1);
        let late = Some((time(9, 0, 0, 0), time(8, 0, 0, 0)));
        assert_eq!(OpeningRules { hours: [late; 7], daily: Some(0), ..rules() }.faults().len(), 2);
    }
}
