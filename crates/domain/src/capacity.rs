//! Capacity: how many will ask, and whether there are slots for them; today hour by hour, and the weeks ahead day by day.

use std::collections::BTreeMap;

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Weekday},
};
use portico_nhs::{Calendar, london, uk_date};

use crate::{booking::SlotCategory, pathway::Pathway};

/// Weeks of history that a forecast looks at.
pub const WEEKS: i64 = 12;
/// Days ahead at which a gap is flagged, with how much may be missing before it is.
pub const FLAGGED: [(i64, f64); 3] = [(1, 0.0), (7, 0.1), (28, 0.2)];

/// What came in the past: for each day how many of each pathway.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Counts by day and pathway; a day on which nothing came may be missing.
    pub days: BTreeMap<Date, BTreeMap<Pathway, u32>>,
    /// Counts by day around the same time of the year before, of all pathways; empty when the practice was not here yet.
    pub year_before: BTreeMap<Date, u32>,
}

/// Days to the same weekday of the year before.
const A_YEAR: i64 = 364;
/// Days on either side of one, a year before, that show its season.
const SEASON: i64 = 10;
/// A season is told from so many working days at least.
const SEASON_DAYS: usize = 8;

/// How a day lies among the days on which the practice is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Neighbourhood {
    /// The first working day after a bank holiday.
    After,
    /// The last one before.
    Before,
    /// Any other.
    Plain,
}

fn neighbourhood(day: Date) -> Neighbourhood {
    let holiday_beside = |step: i64| {
        (1..=4)
            .filter_map(|n| day.checked_add((step * n).days()).ok())
            .take_while(|d| !Calendar::is_working_day(*d))
            .any(|d| Calendar::bank_holiday(d).is_some())
    };
    match (holiday_beside(-1), holiday_beside(1)) {
        (true, _) => Neighbourhood::After,
        (_, true) => Neighbourhood::Before,
        _ => Neighbourhood::Plain,
    }
}

impl History {
    fn of(&self, day: Date, pathway: Pathway) -> f64 {
        f64::from(self.days.get(&day).and_then(|d| d.get(&pathway)).copied().unwrap_or(0))
    }

    /// Working days on or after the first day that was seen and before `today`, of the last weeks.
    fn working_days(&self, today: Date) -> Vec<Date> {
        let Some(first) = self.days.keys().next().copied() else { return Vec::new() };
        let from = today.checked_sub((7 * WEEKS).days()).unwrap_or(first).max(first);
        crate::rota::days(from, today).filter(|d| *d < today && Calendar::is_working_day(*d)).collect()
    }

    /// How many of a pathway are expected on a day: the mean of that weekday, more after a bank holiday as it was after
    /// earlier ones, more or fewer as the time of the year was the year before, with the growth of the practice's list since. Nothing is expected when the practice is closed.
    pub fn expected(&self, day: Date, pathway: Pathway, growth_a_year: f64, today: Date) -> f64 {
        if !Calendar::is_working_day(day) {
            return 0.0;
        }
        let seen = self.working_days(today);
        let mean =
            |of: &[Date]| if of.is_empty() { None } else { Some(of.iter().map(|d| self.of(*d, pathway)).sum::<f64>() / of.len() as f64) };
        let plain: Vec<Date> =
            seen.iter().copied().filter(|d| d.weekday() == day.weekday() && neighbourhood(*d) == Neighbourhood::Plain).collect();
        let Some(usual) = mean(&plain).or_else(|| mean(&seen)) else { return 0.0 };
        let factor = match neighbourhood(day) {
            Neighbourhood::Plain => 1.0,
            kind => self.factor(&seen, kind, pathway),
        };
        let years = f64::from(today.until(day).map_or(0, |s| s.get_days())) / 365.0;
        // The middle of the history lies half of it back.
        let season = self.season(day, today).unwrap_or(1.0);
        usual * factor * season * (1.0 + growth_a_year * (years + WEEKS as f64 / 104.0))
    }

    /// How much busier the time of the year of a day is than the weeks that are looked at, by the year before: of all pathways
    /// together. `None` when too little is known of that year.
    pub fn season(&self, day: Date, today: Date) -> Option<f64> {
        let (first, last) = (*self.year_before.keys().next()?, *self.year_before.keys().next_back()?);
        let mean = |from: Date, to: Date| {
            let known = crate::rota::days(from.max(first), to.min(last));
            let plain = known.filter(|d| Calendar::is_working_day(*d) && neighbourhood(*d) == Neighbourhood::Plain);
            let counts: Vec<f64> = plain.map(|d| f64::from(self.year_before.get(&d).copied().unwrap_or(0))).collect();
            let enough = counts.len() >= SEASON_DAYS;
            enough.then(|| counts.iter().sum::<f64>() / counts.len() as f64).filter(|m| *m > 0.0)
        };
        let before = |d: Date, days: i64| d.checked_sub((A_YEAR + days).days()).ok();
        let there = mean(before(day, SEASON)?, before(day, -SEASON)?)?;
        let usual = mean(before(today, 7 * WEEKS)?, before(today, 0)?)?;
        Some((there / usual).clamp(0.6, 1.6))
    }

    /// How much busier days of such a neighbourhood were than plain days of their weekdays; without any, what English
    /// practices see: about a third more after a bank holiday, a tenth more before.
    fn factor(&self, seen: &[Date], kind: Neighbourhood, pathway: Pathway) -> f64 {
        let such: Vec<Date> = seen.iter().copied().filter(|d| neighbourhood(*d) == kind).collect();
        let plain = |weekday: Weekday| {
            let of: Vec<Date> =
                seen.iter().copied().filter(|d| d.weekday() == weekday && neighbourhood(*d) == Neighbourhood::Plain).collect();
            of.iter().map(|d| self.of(*d, pathway)).sum::<f64>() / of.len().max(1) as f64
        };
        let usual: f64 = such.iter().map(|d| plain(d.weekday())).sum();
        let there: f64 = such.iter().map(|d| self.of(*d, pathway)).sum();
        if usual > 0.0 && such.len() >= 2 {
            (there / usual).clamp(0.5, 2.5)
        } else if kind == Neighbourhood::After {
            1.33
        } else {
            1.1
        }
    }
}

/// Slots wanted and slots there are, of a pathway on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct DayPlan {
    /// The day.
    pub day: Date,
    /// The pathway.
    pub pathway: Pathway,
    /// Slots that are expected to be wanted.
    pub wanted: f64,
    /// Slots there are, booked or free.
    pub there: u32,
    /// Of them free.
    pub free: u32,
    /// The same by national category of appointment, those of which most are missing first.
    pub categories: Vec<CategoryPlan>,
}

/// Slots wanted and slots there are, of one category of a pathway on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoryPlan {
    /// The category.
    pub category: SlotCategory,
    /// Slots that are expected to be wanted.
    pub wanted: f64,
    /// Slots there are, booked or free.
    pub there: u32,
}

/// Shares out what is wanted of a pathway on a day among the categories, as they were booked of late; where nothing was
/// booked, as they are there.
pub fn by_category(wanted: f64, booked: &BTreeMap<SlotCategory, u32>, there: &BTreeMap<SlotCategory, u32>) -> Vec<CategoryPlan> {
    let shares = if booked.values().any(|n| *n > 0) { booked } else { there };
    let all = f64::from(shares.values().sum::<u32>().max(1));
    let share = |c: &SlotCategory| f64::from(shares.get(c).copied().unwrap_or(0)) / all;
    let mut categories: Vec<SlotCategory> = shares.keys().chain(there.keys()).copied().collect();
    categories.sort_unstable();
    categories.dedup();
    let mut plans: Vec<CategoryPlan> = categories
        .iter()
        .map(|c| CategoryPlan { category: *c, wanted: wanted * share(c), there: there.get(c).copied().unwrap_or(0) })
        .collect();
    let missing = |p: &CategoryPlan| p.wanted - f64::from(p.there);
    plans.sort_by(|a, b| missing(b).total_cmp(&missing(a)));
    plans
}

impl DayPlan {
    /// How many slots are missing; 0 when there are enough.
    pub fn missing(&self) -> u32 {
        (self.wanted - f64::from(self.there)).ceil().max(0.0) as u32
    }

    /// Whether the gap is to be acted on now: tomorrow's at once, those further off when more is missing.
    pub fn is_flagged(&self, today: Date) -> bool {
        let ahead = i64::from(today.until(self.day).map_or(0, |s| s.get_days()));
        let Some((_, tolerated)) = FLAGGED.iter().find(|(days, _)| ahead <= *days) else { return false };
        self.missing() > 0 && f64::from(self.missing()) > tolerated * self.wanted
    }
}

/// Today: what came by hour in the past and what has come so far.
#[derive(Debug, Clone)]
pub struct Today {
    /// How many came on average on this weekday in each hour of the day.
    pub usual: [f64; 24],
    /// How many have come today.
    pub so_far: u32,
    /// The share of them that must be seen the same day, from the past weeks.
    pub same_day_share: f64,
    /// Same-day requests that wait for a slot now.
    pub waiting: u32,
    /// Same-day slots that are free for the rest of the day.
    pub slots_left: u32,
}

/// What today will be.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// How many usually have come by now.
    pub usual_so_far: f64,
    /// How many are still expected until the practice closes.
    pub to_come: f64,
    /// How many same-day slots are still wanted, those that wait included.
    pub wanted: f64,
    /// When the last same-day slot is expected to be taken; `None` when there are enough for the day.
    pub runs_out: Option<Timestamp>,
}

impl Today {
    /// The rest of the day. A day that began busier than usual goes on busier, by half as much.
    pub fn outlook(&self, now: Timestamp, calendar: &Calendar) -> Outlook {
        let close = calendar.end_of_core_day(now);
        let z = now.to_zoned(london());
        let (hour, part) = (z.hour() as usize, f64::from(z.minute()) / 60.0);
        let usual_so_far = self.usual[..hour].iter().sum::<f64>() + self.usual[hour] * part;
        let busier = if usual_so_far >= 5.0 { (f64::from(self.so_far) / usual_so_far).clamp(0.5, 2.0).sqrt() } else { 1.0 };
        let mut wanted = f64::from(self.waiting);
        let mut to_come = 0.0;
        let left = f64::from(self.slots_left);
        let mut runs_out = (wanted > left).then_some(now);
        let mut at = now;
        // Quarter by quarter until the practice closes, today only.
        while uk_date(close) == uk_date(now) && at < close {
            let z = at.to_zoned(london());
            let step = SignedDuration::from_mins(15).min(close.duration_since(at));
            let here = self.usual[z.hour() as usize] * busier * step.as_secs_f64() / 3600.0;
            to_come += here;
            wanted += here * self.same_day_share;
            at += step;
            if runs_out.is_none() && wanted > left {
                runs_out = Some(at);
            }
        }
        Outlook { usual_so_far, to_come, wanted, runs_out }
    }

    /// Until when the others would last if so many of the free slots were kept back; `None` when they last the day.
    pub fn with_fewer(&self, fewer: u32, now: Timestamp, calendar: &Calendar) -> Option<Timestamp> {
        Today { slots_left: self.slots_left.saturating_sub(fewer), ..self.clone() }.outlook(now, calendar).runs_out
    }

    /// Until when so many more slots would last; `None` when they last the day.
    pub fn with_more(&self, more: u32, now: Timestamp, calendar: &Calendar) -> Option<Timestamp> {
        Today { slots_left: self.slots_left + more, ..self.clone() }.outlook(now, calendar).runs_out
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(london()).unwrap().timestamp()
    }

    /// Twelve weeks: 30 on Mondays, 20 on other working days, 40 on the day after a bank holiday.
    fn history() -> History {
        let mut history = History::default();
        for day in crate::rota::days(date(2026, 3, 2), date(2026, 5, 24)).filter(|d| Calendar::is_working_day(*d)) {
            let n = match (neighbourhood(day), day.weekday()) {
                (Neighbourhood::After, _) => 40,
                (_, Weekday::Monday) => 30,
                _ => 20,
            };
            history.days.insert(day, BTreeMap::from([(Pathway::Gp, n)]));
        }
        history
    }

    #[test]
    fn a_day_is_forecast_from_its_weekday_and_its_neighbourhood() {
        let (h, today) = (history(), date(2026, 5, 25));
        let expected = |day| h.expected(day, Pathway::Gp, 0.0, today);
        assert_eq!(expected(date(2026, 6, 1)), 30.0, "a Monday");
        assert_eq!(expected(date(2026, 6, 3)), 20.0, "a Wednesday");
        assert_eq!(expected(date(2026, 5, 25)), 0.0, "a bank holiday");
        // After Easter and after the early May holiday, both Tuesdays, twice as many came.
        assert_eq!(expected(date(2026, 5, 26)), 40.0);
        assert_eq!(expected(date(2026, 5, 31)), 0.0, "a Sunday");
        assert!(h.expected(date(2026, 6, 3), Pathway::Gp, 0.1, today) > 20.0, "the list grows");
        assert_eq!(h.expected(date(2026, 6, 3), Pathway::Nurse, 0.0, today), 0.0);
        assert_eq!(History::default().expected(date(2026, 6, 3), Pathway::Gp, 0.0, today), 0.0, "nothing is known yet");
    }

    #[test]
    fn a_gap_tomorrow_is_flagged_at_once_and_one_in_four_weeks_when_it_is_large() {
        let today = date(2026, 5, 25);
        let plan = |day, there| DayPlan { day, pathway: Pathway::Gp, wanted: 20.0, there, free: there, categories: Vec::new() };
        assert!(plan(date(2026, 5, 26), 19).is_flagged(today));
        assert!(!plan(date(2026, 5, 29), 19).is_flagged(today), "one of twenty, days off");
        assert!(plan(date(2026, 5, 29), 17).is_flagged(today));
        assert!(!plan(date(2026, 6, 15), 17).is_flagged(today));
        assert!(plan(date(2026, 6, 15), 10).is_flagged(today));
        assert_eq!(plan(date(2026, 6, 15), 25).missing(), 0);
    }

    #[test]
    fn the_time_of_the_year_counts_when_the_year_before_is_known() {
        let (mut h, today) = (history(), date(2026, 5, 25));
        let june = date(2026, 6, 3);
        assert_eq!(h.season(june, today), None, "the practice was not here yet");
        // The spring before 100 came a day, June 120.
        for day in crate::rota::days(date(2025, 2, 20), date(2025, 7, 20)).filter(|d| Calendar::is_working_day(*d)) {
            h.year_before.insert(day, if day < date(2025, 5, 24) { 100 } else { 120 });
        }
        let season = h.season(june, today).unwrap();
        assert!((1.15..=1.2).contains(&season), "{season}");
        assert!((h.expected(june, Pathway::Gp, 0.0, today) - 20.0 * season).abs() < 1e-9);
        assert_eq!(h.season(date(2026, 12, 1), today), None, "nothing is known of that winter");
    }

    #[test]
    fn what_is_wanted_is_shared_out_among_the_categories_that_were_booked() {
        use SlotCategory::{ConsultationAcute, ConsultationRoutine, PlannedClinic};
        let booked = BTreeMap::from([(ConsultationAcute, 30), (ConsultationRoutine, 10)]);
        let there = BTreeMap::from([(ConsultationRoutine, 12), (PlannedClinic, 2)]);
        let plans = by_category(20.0, &booked, &there);
        let of = |c| plans.iter().find(|p| p.category == c).map(|p| (p.wanted, p.there));
        assert_eq!(plans[0].category, ConsultationAcute, "most are missing");
        assert_eq!(of(ConsultationAcute), Some((15.0, 0)));
        assert_eq!(of(ConsultationRoutine), Some((5.0, 12)));
        assert_eq!(of(PlannedClinic), Some((0.0, 2)));
        assert_eq!(plans.iter().map(|p| p.wanted).sum::<f64>(), 20.0);
        let nothing = by_category(7.0, &BTreeMap::new(), &there);
        assert_eq!(nothing.iter().map(|p| p.wanted).sum::<f64>(), 7.0, "by what is there, when nothing was booked");
        assert_eq!(by_category(7.0, &BTreeMap::new(), &BTreeMap::new()), []);
    }

    fn today() -> Today {
        let mut usual = [0.0; 24];
        usual[8..18].fill(6.0);
        Today { usual, so_far: 6, same_day_share: 0.5, waiting: 2, slots_left: 11 }
    }

    #[test]
    fn the_time_when_same_day_slots_run_out_is_told_and_what_more_would_do() {
        let (t, calendar) = (today(), Calendar::default());
        let now = at("2026-01-05T09:00");
        let o = t.outlook(now, &calendar);
        assert_eq!((o.usual_so_far, o.to_come), (6.0, 54.0));
        // Two wait and three an hour come: eleven slots last three hours.
        assert_eq!(o.runs_out, Some(at("2026-01-05T12:15")));
        assert_eq!(t.with_more(6, now, &calendar), Some(at("2026-01-05T14:15")));
        assert_eq!(t.with_more(60, now, &calendar), None, "enough for the day");
        assert!(t.with_fewer(1, now, &calendar) <= t.with_more(0, now, &calendar), "what is kept back does not last longer");
        let busy = Today { so_far: 24, ..today() };
        assert!(busy.outlook(now, &calendar).runs_out < o.runs_out, "a day that began busy goes on busy");
        let none = Today { slots_left: 1, ..today() };
        assert_eq!(none.outlook(now, &calendar).runs_out, Some(now), "more wait than there are slots");
        assert_eq!(t.outlook(at("2026-01-05T19:00"), &calendar).to_come, 0.0, "after hours nothing is told of tomorrow");
    }
}
