//! The honest promise: by when a patient will hear, from how fast the practice has answered of late and how many wait
//! before them. Never later than the contract, and never a fixed text.

use jiff::{SignedDuration, Timestamp, ToSpan};
use portico_nhs::{Calendar, london, uk_date};

/// Requests that a pace is learnt from, the latest; fewer than [`LEAST`] say too little.
pub const LEARNT_FROM: usize = 600;
/// With fewer than these nothing is promised but the contract's time.
pub const LEAST: usize = 30;
/// Kept promises that are aimed at.
pub const GOAL: f64 = 0.9;
/// The share of past requests that would have been heard within the promise: somewhat above the goal.
const SHARE: f64 = 0.93;
/// What every request takes besides those before it, in requests.
const BASE: f64 = 0.7;
/// Promises are made in steps of so many minutes.
const STEP: i64 = 15;
/// Nothing is promised sooner, in core minutes.
const SOONEST: i64 = 30;
/// So much of the mean rhythm counts in every hour, so that an hour in which nobody answered by chance is not a wall.
const FLOOR: f64 = 0.15;

/// A request that was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// How many waited before it when it came.
    pub ahead: i64,
    /// When it came.
    pub came: Timestamp,
    /// When the patient first heard.
    pub heard: Timestamp,
}

/// How a practice has answered of late: its rhythm over the week, in which lunch and thin days show, and how far behind
/// the rhythm most requests were heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// Answers an hour, by weekday from Monday and hour of the day in England.
    rhythm: [[f64; 24]; 7],
    /// Answers of the rhythm for each place in the queue, within which most were heard.
    each: f64,
}

impl Pace {
    /// From requests that were heard, the latest ones in any order; nothing when there are too few.
    pub fn of(all: &[Heard], calendar: &Calendar) -> Option<Self> {
        if all.len() < LEAST {
            return None;
        }
        let mut pace = Self { rhythm: rhythm(all, calendar), each: 1.0 };
        let mut each: Vec<f64> = all.iter().map(|h| pace.answers(h.came, h.heard, calendar) / (h.ahead.max(0) as f64 + BASE)).collect();
        each.sort_by(f64::total_cmp);
        let at = ((each.len() as f64 * SHARE).ceil() as usize).clamp(1, each.len()) - 1;
        pace.each = each[at];
        Some(pace)
    }

    /// The stretches of core time from a moment on, cut at full hours, with the rhythm in each.
    fn stretches<'a>(&'a self, from: Timestamp, calendar: &'a Calendar) -> impl Iterator<Item = (Timestamp, Timestamp, f64)> + 'a {
        let first = uk_date(from);
        // No practice that answers at all takes longer than a month.
        (0..31i64).filter_map(move |n| first.checked_add(n.days()).ok()).flat_map(move |day| {
            let of_day = self.rhythm[day.weekday().to_monday_zero_offset() as usize];
            calendar.core_periods(day).into_iter().flat_map(move |p| {
                let hour = |at: Timestamp| at.to_zoned(london()).hour();
                let mut at = p.start.max(from);
                let mut cut = Vec::new();
                while at < p.end {
                    let next = at.as_second() - at.as_second().rem_euclid(3600) + 3600;
                    let next = Timestamp::from_second(next).map_or(p.end, |n| n.min(p.end));
                    cut.push((at, next, of_day[hour(at) as usize]));
                    at = next;
                }
                cut
            })
        })
    }

    /// How many answers the rhythm gives between two moments.
    fn answers(&self, from: Timestamp, to: Timestamp, calendar: &Calendar) -> f64 {
        let hours = |a: Timestamp, b: Timestamp| b.duration_since(a).as_secs_f64() / 3600.0;
        self.stretches(from, calendar).take_while(|(a, ..)| *a < to).map(|(a, b, rate)| rate * hours(a, b.min(to))).sum()
    }

    /// By when somebody will hear before whom `ahead` others wait. `staffing` is how many are at work now, of how many
    /// usually are: 1 is as usual, 0.5 is half.
    pub fn promise(&self, ahead: i64, staffing: f64, received: Timestamp, calendar: &Calendar) -> Timestamp {
        let mut left = self.each * (ahead.max(0) as f64 + BASE) / staffing.clamp(0.25, 1.0);
        let mut reached = calendar.end_of_working_day(received, 20);
        for (from, to, rate) in self.stretches(received, calendar) {
            let here = rate * to.duration_since(from).as_secs_f64() / 3600.0;
            if here >= left {
                let seconds = if rate > 0.0 { left / rate * 3600.0 } else { 0.0 };
                reached = from + SignedDuration::from_secs(seconds.ceil() as i64);
                break;
            }
            left -= here;
        }
        rounded(reached.max(calendar.add_core_minutes(received, SOONEST)))
    }
}

/// Answers an hour over the weeks that were seen.
fn rhythm(all: &[Heard], calendar: &Calendar) -> [[f64; 24]; 7] {
    let (first, last) = all.iter().fold((all[0].heard, all[0].heard), |(a, b), h| (a.min(h.heard), b.max(h.heard)));
    let mut rhythm = [[0.0; 24]; 7];
    let mut days = [0.0f64; 7];
    for day in crate::rota::days(uk_date(first), uk_date(last)).filter(|d| !calendar.core_periods(*d).is_empty()) {
        days[day.weekday().to_monday_zero_offset() as usize] += 1.0;
    }
    for h in all {
        let z = h.heard.to_zoned(london());
        let day = z.weekday().to_monday_zero_offset() as usize;
        rhythm[day][z.hour() as usize] += 1.0 / days[day].max(1.0);
    }
    let seen: f64 = rhythm.iter().flatten().sum();
    let mean = seen / (10.5 * days.iter().filter(|d| **d > 0.0).count().max(1) as f64);
    for (of_day, days) in rhythm.iter_mut().zip(days) {
        for rate in of_day.iter_mut() {
            // A weekday that was not seen goes by the mean.
            *rate = if days > 0.0 { rate.max(FLOOR * mean) } else { mean };
        }
    }
    rhythm
}

/// Up to the next quarter of an hour.
fn rounded(at: Timestamp) -> Timestamp {
    let step = STEP * 60;
    let over = at.as_second().rem_euclid(step);
    if over == 0 && at.subsec_nanosecond() == 0 {
        return at;
    }
    Timestamp::from_second(at.as_second() - over).unwrap_or(at) + SignedDuration::from_secs(step)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(london()).unwrap().timestamp()
    }

    /// Requests heard at a steady pace over two weeks: one every so many minutes, so many waiting before each.
    fn steady(every: i64, ahead: i64) -> Vec<Heard> {
        let calendar = Calendar::default();
        let first = at("2025-12-01T08:00");
        (0..10 * 630 / every)
            .map(|n| Heard {
                ahead,
                came: calendar.add_core_minutes(first, (n * every - ahead * every).max(0)),
                heard: calendar.add_core_minutes(first, n * every + every / 2),
            })
            .collect()
    }

    #[test]
    fn a_longer_queue_and_a_slower_practice_promise_later() {
        let calendar = Calendar::default();
        let now = at("2026-01-05T09:02");
        let by = |every, ahead, staffing| Pace::of(&steady(every, 4), &calendar).unwrap().promise(ahead, staffing, now, &calendar);
        assert!(by(5, 4, 1.0) >= at("2026-01-05T09:30"), "at least half an hour");
        assert!(by(20, 4, 1.0) > by(5, 4, 1.0));
        assert!(by(20, 24, 1.0) > by(20, 4, 1.0));
        assert!(by(20, 24, 0.5) > by(20, 24, 1.0), "fewer people, a later promise");
        assert_eq!(by(20, 24, 1.0).as_second() % 900, 0, "in quarters of an hour");
        let late = Pace::of(&steady(20, 4), &calendar).unwrap().promise(4, 1.0, at("2026-01-09T18:20"), &calendar);
        assert!(late > at("2026-01-12T08:00"), "only core hours count");
        assert_eq!(Pace::of(&steady(20, 4)[..29], &calendar), None, "too few say too little");
    }

    /// Arrivals of a practice by weekday and hour, a year's sum: rounded from one English practice's published counts.
    const ARRIVALS: [[u32; 24]; 7] = [
        [5, 5, 3, 1, 2, 5, 80, 380, 650, 300, 175, 135, 90, 70, 70, 40, 35, 35, 25, 15, 10, 20, 10, 2],
        [3, 2, 1, 1, 2, 5, 50, 260, 420, 250, 170, 130, 90, 80, 70, 60, 40, 35, 25, 15, 15, 15, 8, 5],
        [3, 2, 1, 1, 2, 5, 45, 240, 400, 240, 160, 120, 90, 75, 65, 55, 40, 35, 20, 15, 15, 12, 8, 5],
        [3, 2, 1, 1, 2, 5, 45, 230, 390, 230, 150, 115, 85, 75, 65, 50, 40, 30, 20, 15, 12, 12, 8, 5],
        [3, 2, 1, 1, 2, 5, 45, 230, 380, 220, 150, 110, 85, 70, 60, 45, 30, 25, 15, 10, 10, 10, 6, 4],
        [2, 1, 1, 0, 1, 2, 5, 10, 15, 20, 20, 18, 15, 12, 10, 10, 8, 8, 8, 6, 5, 5, 4, 3],
        [2, 1, 1, 0, 1, 2, 4, 8, 12, 15, 15, 15, 12, 12, 12, 12, 12, 12, 12, 10, 10, 8, 6, 4],
    ];

    /// The counts above, and those of the published file itself where it lies beside the repository.
    fn practices() -> Vec<Vec<Vec<u32>>> {
        let mut all = vec![ARRIVALS.iter().map(|d| d.to_vec()).collect()];
        let path = std::env::var("PORTICO_SHARED").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into());
        if let Ok(text) = std::fs::read_to_string(format!("{path}/data/online_requests_practice_aggregate.json")) {
            let published: serde_json::Value = serde_json::from_str(&text).unwrap();
            all.push(serde_json::from_value(published["by_weekday_hour_mon0"].clone()).unwrap());
        }
        all
    }

    fn draws(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    /// Minutes of work on a request: a few are long.
    fn work(draw: &mut impl FnMut() -> f64) -> f64 {
        let normal = (-2.0 * draw().max(1e-12).ln()).sqrt() * (2.0 * std::f64::consts::PI * draw()).cos();
        (6.25 + 0.6 * normal).exp() / 60.0
    }

    /// Who works on requests at a moment: one, two on Monday mornings, nobody over lunch; on some days nobody after it.
    fn at_work(at: Timestamp, away: &[u8]) -> usize {
        let z = at.to_zoned(london());
        let away = usize::from(away[z.date().day() as usize % away.len()]);
        match z.hour() {
            8..=11 => 1 + usize::from(z.weekday() == jiff::civil::Weekday::Monday),
            13..=17 => 1 - away,
            _ => 0,
        }
    }

    struct Month {
        kept: f64,
        promise: f64,
        wait: f64,
        contract: f64,
    }

    fn median(mut of: Vec<f64>) -> f64 {
        of.sort_by(f64::total_cmp);
        of[of.len() / 2]
    }

    /// A month and a half of arrivals, worked off in order; the first two weeks only teach.
    fn replay(seed: u64, counts: &[Vec<u32>]) -> Month {
        let calendar = Calendar::default();
        let mut draw = draws(seed);
        let first = date(2026, 1, 5);
        let mut came: Vec<Timestamp> = Vec::new();
        for n in 0..45i64 {
            let day = first.checked_add(n.days()).unwrap();
            for hour in 0..24i8 {
                let mean = f64::from(counts[day.weekday().to_monday_zero_offset() as usize][hour as usize]) / 52.0;
                let (limit, mut product, mut k) = ((-mean).exp(), draw(), 0);
                while product > limit {
                    product *= draw();
                    k += 1;
                }
                for _ in 0..k {
                    let second = (draw() * 3600.0) as i64;
                    came.push(at(&format!("{day}T{hour:02}:00")) + SignedDuration::from_secs(second));
                }
            }
        }
        came.sort_unstable();
        let away: Vec<u8> = (0..31).map(|_| u8::from(draw() < 0.15)).collect();
        // Minute by minute: whoever is at work takes the next in the queue; half a request carries over.
        let mut heard: Vec<Option<Timestamp>> = vec![None; came.len()];
        let mut ahead = vec![0i64; came.len()];
        let (mut next, mut arrived, mut left) = (0usize, 0usize, work(&mut draw));
        let mut now = at("2026-01-05T00:00");
        let end = *came.last().unwrap() + SignedDuration::from_hours(72);
        let mut promises: Vec<Option<Timestamp>> = vec![None; came.len()];
        let mut lately: Vec<Heard> = Vec::new();
        let (mut pace, mut learnt) = (None, None);
        while now < end {
            while arrived < came.len() && came[arrived] <= now {
                ahead[arrived] = (arrived - next) as i64;
                if learnt != Some(uk_date(now)) {
                    // The program learns more often; once a day is quicker here.
                    learnt = Some(uk_date(now));
                    pace = Pace::of(&lately[lately.len().saturating_sub(LEARNT_FROM)..], &calendar);
                }
                promises[arrived] = pace.as_ref().map(|p| {
                    let contract = calendar.end_of_next_core_day(came[arrived]);
                    p.promise(ahead[arrived], 1.0, came[arrived], &calendar).min(contract)
                });
                arrived += 1;
            }
            let mut minutes = at_work(now, &away) as f64;
            while minutes > 0.0 && next < arrived {
                let spent = minutes.min(left);
                minutes -= spent;
                left -= spent;
                if left <= 0.0 {
                    heard[next] = Some(now);
                    lately.push(Heard { ahead: ahead[next], came: came[next], heard: now });
                    next += 1;
                    left = work(&mut draw);
                }
            }
            now += SignedDuration::from_mins(1);
        }
        let teach = at("2026-01-19T00:00");
        let (mut kept, mut of, mut promised, mut waited, mut contract) = (0, 0, Vec::new(), Vec::new(), Vec::new());
        for n in 0..came.len() {
            let (Some(by), Some(when)) = (promises[n], heard[n]) else { continue };
            if came[n] < teach {
                continue;
            }
            of += 1;
            kept += usize::from(when <= by);
            promised.push(calendar.core_minutes(came[n], by) as f64);
            waited.push(calendar.core_minutes(came[n], when) as f64);
            contract.push(calendar.core_minutes(came[n], calendar.end_of_next_core_day(came[n])) as f64);
        }
        Month {
            kept: f64::from(kept as u32) / f64::from(of as u32),
            promise: median(promised),
            wait: median(waited),
            contract: median(contract),
        }
    }

    #[test]
    fn nine_of_ten_promises_are_kept_on_a_replayed_month_and_they_are_not_padded() {
        for counts in practices() {
            for seed in 1..=5 {
                let m = replay(seed, &counts);
                eprintln!(
                    "seed {seed}: {:.1} % kept, median promise {:.0} core minutes, median wait {:.0}, contract {:.0}",
                    m.kept * 100.0,
                    m.promise,
                    m.wait,
                    m.contract
                );
                assert!(m.kept >= GOAL, "seed {seed}: {:.3} kept", m.kept);
                assert!(m.promise <= 2.0 * m.wait, "seed {seed}: promised {:.0} and waited {:.0}", m.promise, m.wait);
            }
        }
    }
}
