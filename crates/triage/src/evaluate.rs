//! Comparing advice with gold labels: a confusion table and rates with Wilson intervals, per trap class too.

use std::collections::BTreeMap;

use portico_domain::triage::Urgency;
use serde::Serialize;

/// One vignette with what was expected and what was advised.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Its id.
    pub id: String,
    /// Its trap class; empty when none is given.
    pub trap: String,
    /// The label.
    pub gold: Urgency,
    /// The advice.
    pub advised: Urgency,
    /// Whether the advice was given as unsure.
    pub unsure: bool,
}

/// A share with its 95 % Wilson interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// How many.
    pub hits: usize,
    /// Of how many.
    pub of: usize,
    /// Lower limit, 0 to 1.
    pub low: f64,
    /// Upper limit, 0 to 1.
    pub high: f64,
}

impl Rate {
    /// The share itself; 0 of nothing.
    pub fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.hits as f64 / self.of as f64 }
    }
}

/// The 95 % Wilson score interval of `hits` in `of`.
pub fn wilson(hits: usize, of: usize) -> Rate {
    if of == 0 {
        return Rate { hits, of, low: 0.0, high: 1.0 };
    }
    let (n, p, z) = (of as f64, hits as f64 / of as f64, 1.959_963_985);
    let middle = p + z * z / (2.0 * n);
    let spread = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let below = 1.0 + z * z / n;
    Rate { hits, of, low: ((middle - spread) / below).max(0.0), high: ((middle + spread) / below).min(1.0) }
}

/// How advice compared with the labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Counts by label, then by advice, in the order of [`Urgency::ALL`].
    pub confusion: Vec<Vec<usize>>,
    /// Emergencies advised as emergencies.
    pub sensitivity: Rate,
    /// Others advised as emergencies.
    pub false_emergencies: Rate,
    /// Self-care, routine and administrative ones advised as emergencies.
    pub false_emergencies_of_harmless: Rate,
    /// Emergencies advised as self-care or administrative; must be none.
    pub emergencies_to_self_care: usize,
    /// Advised less urgent than the label.
    pub under: Rate,
    /// Advised more urgent than the label.
    pub over: Rate,
    /// Advised as labelled.
    pub exact: Rate,
    /// Given as unsure.
    pub unsure: Rate,
    /// The same per trap class.
    pub traps: BTreeMap<String, OfTrap>,
}

/// How one trap class came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OfTrap {
    /// Emergencies advised as emergencies.
    pub sensitivity: Rate,
    /// Advised less urgent than the label.
    pub under: Rate,
    /// Advised more urgent than the label.
    pub over: Rate,
    /// Advised as labelled.
    pub exact: Rate,
}

/// Counts.
pub fn judge(all: &[Judged]) -> Evaluation {
    let place = |u: Urgency| Urgency::ALL.iter().position(|x| *x == u).unwrap_or(0);
    let mut confusion = vec![vec![0; Urgency::ALL.len()]; Urgency::ALL.len()];
    for j in all {
        confusion[place(j.gold)][place(j.advised)] += 1;
    }
    let count = |f: &dyn Fn(&Judged) -> bool| all.iter().filter(|j| f(j)).count();
    let emergency = |j: &Judged| j.gold == Urgency::Emergency;
    let harmless = |j: &Judged| j.gold >= Urgency::Routine;
    let red = |j: &Judged| j.advised == Urgency::Emergency;
    let mut traps: BTreeMap<String, Vec<&Judged>> = BTreeMap::new();
    for j in all.iter().filter(|j| !j.trap.is_empty()) {
        traps.entry(j.trap.clone()).or_default().push(j);
    }
    Evaluation {
        sensitivity: wilson(count(&|j| emergency(j) && red(j)), count(&emergency)),
        false_emergencies: wilson(count(&|j| !emergency(j) && red(j)), count(&|j| !emergency(j))),
        false_emergencies_of_harmless: wilson(count(&|j| harmless(j) && red(j)), count(&harmless)),
        emergencies_to_self_care: count(&|j| emergency(j) && j.advised >= Urgency::SelfCare),
        under: wilson(count(&|j| j.advised > j.gold), all.len()),
        over: wilson(count(&|j| j.advised < j.gold), all.len()),
        exact: wilson(count(&|j| j.advised == j.gold), all.len()),
        unsure: wilson(count(&|j| j.unsure), all.len()),
        traps: traps
            .into_iter()
            .map(|(trap, of)| {
                let n = |f: &dyn Fn(&Judged) -> bool| of.iter().filter(|j| f(j)).count();
                let of_trap = OfTrap {
                    sensitivity: wilson(n(&|j| emergency(j) && red(j)), n(&emergency)),
                    under: wilson(n(&|j| j.advised > j.gold), of.len()),
                    over: wilson(n(&|j| j.advised < j.gold), of.len()),
                    exact: wilson(n(&|j| j.gold == j.advised), of.len()),
                };
                (trap, of_trap)
            })
            .collect(),
        confusion,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_gives_the_published_limits() {
        let rate = wilson(9, 10);
        assert!((rate.low - 0.5958).abs() < 1e-3 && (rate.high - 0.9821).abs() < 1e-3, "{rate:?}");
        assert_eq!(wilson(0, 0).high, 1.0);
    }

    #[test]
    fn an_emergency_sent_to_self_care_is_counted() {
        let one = Judged { id: "x".into(), trap: "slang".into(), gold: Urgency::Emergency, advised: Urgency::SelfCare, unsure: false };
        let e = judge(&[one]);
        assert_eq!((e.emergencies_to_self_care, e.under.hits, e.sensitivity.hits), (1, 1, 0));
    }
}
