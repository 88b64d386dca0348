use std::{collections::BTreeMap, sync::OnceLock};

use jiff::{
    Timestamp, ToSpan, Zoned,
    civil::{Date, Time, Weekday, date, time},
    tz::TimeZone,
};

/// Core hours of general practice in England: 08:00 to 18:30, Monday to Friday, not on bank holidays.
const CORE_START: Time = time(8, 0, 0, 0);
const CORE_END: Time = time(18, 30, 0, 0);
/// A search for the next working day gives up here; no run of closed days in law comes near it.
const SEARCH_DAYS: i32 = 400;

/// The bank holidays of England and Wales, 2019 to 2028 (GOV.UK bank holidays, as of November 2025).
static HOLIDAYS: OnceLock<BTreeMap<Date, &'static str>> = OnceLock::new();

fn holidays() -> &'static BTreeMap<Date, &'static str> {
    HOLIDAYS.get_or_init(|| {
        include_str!("bank_holidays.csv")
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(','))
            .filter_map(|(day, name)| Some((day.parse().ok()?, name)))
            .collect()
    })
}

/// The time zone of every practice in England.
pub fn london() -> TimeZone {
    static LONDON: OnceLock<TimeZone> = OnceLock::new();
    LONDON.get_or_init(|| TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)).clone()
}

/// A stretch in which a practice has agreed to be closed, so that no clock of its own runs.
/// Protected learning time with cover is not a closure: the contract's clock runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    /// First moment closed.
    pub from: Timestamp,
    /// First moment open again.
    pub to: Timestamp,
    /// The words that patients and staff see.
    pub reason: String,
}

/// One unbroken stretch of core hours; `start < end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CorePeriod {
    /// First moment open.
    pub start: Timestamp,
    /// First moment closed.
    pub end: Timestamp,
}

/// When a practice in England works: core hours less bank holidays less its own closures.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    closures: Vec<Closure>,
}

impl Calendar {
    /// England's core hours and bank holidays with a practice's own closures.
    pub fn england(mut closures: Vec<Closure>) -> Self {
        closures.retain(|c| c.from < c.to);
        closures.sort_by_key(|c| c.from);
        Self { closures }
    }

    /// The clock of the contract: core hours less bank holidays. A closure of a practice does not stop it.
    pub const fn contract() -> Self {
        Self { closures: Vec::new() }
    }

    /// The last day for which bank holidays are known; past it only weekends are skipped.
    pub fn known_through() -> Date {
        date(2028, 12, 31)
    }

    /// The name of the bank holiday on a day, if it is one.
    pub fn bank_holiday(day: Date) -> Option<&'static str> {
        holidays().get(&day).copied()
    }

    /// Whether a day has core hours at all (before the practice's own closures).
    pub fn is_working_day(day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && Self::bank_holiday(day).is_none()
    }

    /// The core hours of a day, cut by closures: none, one or several stretches.
    pub fn core_periods(&self, day: Date) -> Vec<CorePeriod> {
        if !Self::is_working_day(day) {
            return Vec::new();
        }
        let at = |t: Time| day.to_datetime(t).to_zoned(london()).map(|z| z.timestamp()).ok();
        let (Some(start), Some(end)) = (at(CORE_START), at(CORE_END)) else { return Vec::new() };
        let mut periods = Vec::new();
        let mut from = start;
        for closure in self.closures.iter().filter(|c| c.from < end && c.to > start) {
            if closure.from > from {
                periods.push(CorePeriod { start: from, end: closure.from });
            }
            from = from.max(closure.to);
        }
        if from < end {
            periods.push(CorePeriod { start: from, end });
        }
        periods
    }

    /// The share of a day's core hours that is not closed, 0 to 1; 0 on a day without core hours.
    pub fn open_share(&self, day: Date) -> f64 {
        let seconds = |periods: Vec<CorePeriod>| periods.iter().map(|p| p.end.duration_since(p.start).as_secs_f64()).sum::<f64>();
        let whole = seconds(Self::contract().core_periods(day));
        if whole > 0.0 { seconds(self.core_periods(day)) / whole } else { 0.0 }
    }

    /// Whether the practice is in core hours at this moment.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.core_periods(uk_date(at)).iter().any(|p| p.start <= at && at < p.end)
    }

    /// The closure that holds at this moment, if any.
    pub fn closure_at(&self, at: Timestamp) -> Option<&Closure> {
        self.closures.iter().find(|c| c.from <= at && at < c.to)
    }

    /// Core stretches that end after `from`, in order, day by day.
    fn periods_from(&self, from: Timestamp) -> impl Iterator<Item = CorePeriod> + '_ {
        let first = uk_date(from);
        (0..SEARCH_DAYS)
            .map_while(move |n| first.checked_add(n.days()).ok())
            .flat_map(|day| self.core_periods(day))
            .filter(move |p| p.end > from)
    }

    /// The moment at which `minutes` of core time have passed since `from`.
    pub fn add_core_minutes(&self, from: Timestamp, minutes: i64) -> Timestamp {
        let mut left = minutes * 60;
        for period in self.periods_from(from) {
            let start = period.start.max(from);
            let length = period.end.as_second() - start.as_second();
            if left <= length {
                return start + left.seconds();
            }
            left -= length;
        }
        from
    }

    /// How many minutes of core time pass between two moments; 0 when the second is not later.
    pub fn core_minutes(&self, from: Timestamp, to: Timestamp) -> i64 {
        let seconds: i64 = self
            .periods_from(from)
            .take_while(|p| p.start < to)
            .map(|p| (p.end.min(to).as_second() - p.start.max(from).as_second()).max(0))
            .sum();
        seconds / 60
    }

    /// When the working day in progress ends; outside core hours, the end of the next working day.
    pub fn end_of_core_day(&self, from: Timestamp) -> Timestamp {
        let Some(first) = self.periods_from(from).next() else { return from };
        self.core_periods(uk_date(first.start)).last().map_or(first.end, |p| p.end)
    }

    /// The contract's answer time: the end of the next core-hours day after the one in which `received` falls
    /// (received outside core hours: the end of the next one). GP contract 2026/27.
    pub fn end_of_next_core_day(&self, received: Timestamp) -> Timestamp {
        if !self.is_open(received) {
            return self.end_of_core_day(received);
        }
        let today = uk_date(received);
        (1..SEARCH_DAYS)
            .filter_map(|n| today.checked_add(n.days()).ok())
            .find_map(|day| self.core_periods(day).last().map(|p| p.end))
            .unwrap_or(received)
    }

    /// The next moment the practice is open: now if it is.
    pub fn next_open(&self, from: Timestamp) -> Timestamp {
        self.periods_from(from).next().map_or(from, |p| p.start.max(from))
    }

    /// The end of core hours on the n-th working day after the day of `from` (0 = the same core day).
    pub fn end_of_working_day(&self, from: Timestamp, days: u32) -> Timestamp {
        let mut end = self.end_of_core_day(from);
        for _ in 0..days {
            let next = self.end_of_core_day(end);
            if next == end {
                break;
            }
            end = next;
        }
        end
    }
}

/// The day in England at a moment.
pub fn uk_date(at: Timestamp) -> Date {
    zoned(at).date()
}

fn zoned(at: Timestamp) -> Zoned {
    at.to_zoned(london())
}

/// The time of day as the NHS writes it: "8:30am", "midday", "midnight".
pub fn uk_time(at: Timestamp) -> String {
    let t = zoned(at).time();
    let (hour, minute) = (t.hour(), t.minute());
    match (hour, minute) {
        (0, 0) => "midnight".into(),
        (12, 0) => "midday".into(),
        _ => {
            let half = if hour < 12 { "am" } else { "pm" };
            let shown = if hour % 12 == 0 { 12 } else { hour % 12 };
            if minute == 0 { format!("{shown}{half}") } else { format!("{shown}:{minute:02}{half}") }
        }
    }
}

/// A day in words: "Monday 5 January 2026".
pub fn uk_date_long(day: Date) -> String {
    let weekday = match day.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    };
    const MONTHS: [&str; 12] =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    let month = MONTHS[(day.month() - 1) as usize];
    format!("{weekday} {} {month} {}", day.day(), day.year())
}

/// A moment as a person would say it from `now`: "today at 6:30pm", "tomorrow at 9am", "Monday 5 January 2026 at 6:30pm".
pub fn when_words(at: Timestamp, now: Timestamp) -> String {
    let (day, today) = (uk_date(at), uk_date(now));
    let time = uk_time(at);
    if day == today {
        format!("today at {time}")
    } else if today.tomorrow().is_ok_and(|t| t == day) {
        format!("tomorrow at {time}")
    } else if today.yesterday().is_ok_and(|t| t == day) {
        format!("yesterday at {time}")
    } else {
        format!("{} at {time}", uk_date_long(day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(london()).unwrap().timestamp()
    }

    #[track_caller]
    fn check_next_core_day(received: &str, answered_by: &str) {
        assert_eq!(Calendar::default().end_of_next_core_day(at(received)), at(answered_by), "received {received}");
    }

    #[test]
    fn due_times_skip_weekends_holidays_and_clock_changes() {
        check_next_core_day("2026-01-05T10:00", "2026-01-06T18:30");
        check_next_core_day("2026-01-05T07:00", "2026-01-05T18:30");
        check_next_core_day("2026-01-05T18:30", "2026-01-06T18:30");
        check_next_core_day("2026-01-09T18:29", "2026-01-12T18:30");
        check_next_core_day("2026-01-10T03:00", "2026-01-12T18:30");
        // Good Friday to Easter Monday 2026, with the clocks going forward on 29 March the Sunday before.
        check_next_core_day("2026-04-02T09:00", "2026-04-07T18:30");
        check_next_core_day("2026-03-27T09:00", "2026-03-30T18:30");
        // Clocks go back on 25 October 2026.
        check_next_core_day("2026-10-23T18:00", "2026-10-26T18:30");
        // Christmas Day is a Friday and Boxing Day's substitute the Monday.
        check_next_core_day("2026-12-24T16:00", "2026-12-29T18:30");
    }

    #[test]
    fn core_minutes_run_only_while_the_practice_is_open() {
        let c = Calendar::default();
        assert_eq!(c.add_core_minutes(at("2026-03-27T18:00"), 60), at("2026-03-30T08:30"));
        assert_eq!(c.add_core_minutes(at("2026-10-24T12:00"), 5), at("2026-10-26T08:05"));
        assert_eq!(c.add_core_minutes(at("2026-01-05T08:00"), 630), at("2026-01-05T18:30"));
        assert_eq!(c.add_core_minutes(at("2026-01-05T08:00"), 631), at("2026-01-06T08:01"));
        assert_eq!(c.core_minutes(at("2026-03-27T18:00"), at("2026-03-30T08:30")), 60);
        assert_eq!(c.core_minutes(at("2026-01-05T09:00"), at("2026-01-05T08:00")), 0);
    }

    #[test]
    fn a_closure_stops_the_clock_and_open_hours() {
        let closed = Closure { from: at("2026-01-06T12:00"), to: at("2026-01-06T14:00"), reason: "Power cut".into() };
        let c = Calendar::england(vec![closed]);
        assert_eq!(c.add_core_minutes(at("2026-01-06T11:30"), 60), at("2026-01-06T14:30"));
        assert!(!c.is_open(at("2026-01-06T13:00")));
        let all_day = Calendar::england(vec![Closure { from: at("2026-01-06T00:00"), to: at("2026-01-07T00:00"), reason: "Flood".into() }]);
        assert_eq!(all_day.end_of_next_core_day(at("2026-01-05T10:00")), at("2026-01-07T18:30"));
    }

    #[test]
    fn holidays_agree_with_the_published_list_when_it_is_present() {
        let path = std::env::var("PORTICO_SHARED").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into());
        let Ok(text) = std::fs::read_to_string(format!("{path}/fixtures/bankholidays/bank-holidays.json")) else {
            assert_eq!(holidays().len(), 83, "the committed list is whole");
            return;
        };
        let published: serde_json::Value = serde_json::from_str(&text).unwrap();
        let years = published["divisions"]["common.nations.england-and-wales_slug"].as_object().unwrap();
        let mut days: Vec<String> = Vec::new();
        for list in years.values().filter_map(|v| v.as_array()) {
            for day in list {
                let [d, m, y] = day["date"].as_str().unwrap().split('/').collect::<Vec<_>>().try_into().unwrap();
                days.push(format!("{y}-{m}-{d}"));
            }
        }
        days.sort();
        assert_eq!(holidays().keys().map(ToString::to_string).collect::<Vec<_>>(), days);
    }

    #[test]
    fn moments_are_said_as_people_say_them() {
        let now = at("2026-01-05T08:30");
        assert_eq!(when_words(at("2026-01-05T18:30"), now), "today at 6:30pm");
        assert_eq!(when_words(at("2026-01-06T12:00"), now), "tomorrow at midday");
        assert_eq!(when_words(at("2026-01-12T09:00"), now), "Monday 12 January 2026 at 9am");
    }
}
