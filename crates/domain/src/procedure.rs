//! Coil and implant clinics: what must be done before anybody is booked into one.

use jiff::{SignedDuration, Timestamp};
use portico_nhs::codes;
use serde::{Deserialize, Serialize};

codes! {
    /// What a clinic does.
    Procedure {
        CoilFitting = "coil_fitting", "Coil fitting or change";
        CoilRemoval = "coil_removal", "Coil removal";
        ImplantFitting = "implant_fitting", "Implant fitting or change";
        ImplantRemoval = "implant_removal", "Implant removal";
    }
}

codes! {
    /// What must be done before.
    Prerequisite {
        Counselling = "counselling", "Counselling about methods, risks and aftercare done";
        PregnancyExcluded = "pregnancy_excluded", "Pregnancy excluded";
        InfectionTest = "infection_test", "Test for infections negative, or not needed";
        Consent = "consent", "Consent given";
        Direction = "direction_valid", "Prescription, or valid patient group direction, for the device";
    }
}

/// A prerequisite counts for this long after it was noted; consent and tests grow old.
pub const COUNTS_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A prerequisite that was noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// What was done.
    pub what: Prerequisite,
    /// When it was noted.
    pub at: Timestamp,
    /// When it ends of itself: a direction has a last day.
    pub until: Option<Timestamp>,
}

impl Noted {
    /// Whether it counts at a moment: not noted too long before, and not run out.
    pub fn counts(&self, at: Timestamp) -> bool {
        at.duration_since(self.at) <= COUNTS_FOR && self.until.is_none_or(|until| at < until)
    }
}

impl Procedure {
    /// What must be done before it.
    pub fn prerequisites(self) -> &'static [Prerequisite] {
        use Prerequisite::{Consent, Counselling, Direction, InfectionTest, PregnancyExcluded};
        match self {
            Procedure::CoilFitting => &[Counselling, PregnancyExcluded, InfectionTest, Consent, Direction],
            Procedure::ImplantFitting => &[Counselling, PregnancyExcluded, Consent, Direction],
            // What is taken out needs no prescription; whoever could be pregnant by the day of it must know.
            Procedure::CoilRemoval => &[Counselling, PregnancyExcluded, Consent],
            Procedure::ImplantRemoval => &[Counselling, Consent],
        }
    }

    /// The first of them that is missing at a moment: never noted, noted too long before, or run out.
    pub fn missing(self, noted: &[Noted], at: Timestamp) -> Option<Prerequisite> {
        let counts = |p: &Prerequisite| noted.iter().any(|n| n.what == *p && n.counts(at));
        self.prerequisites().iter().copied().find(|p| !counts(p))
    }
}

impl Prerequisite {
    /// Why nothing may be booked without it.
    pub fn refusal(self) -> &'static str {
        match self {
            Prerequisite::Counselling => "counselling has not been noted",
            Prerequisite::PregnancyExcluded => "it has not been noted that pregnancy is excluded",
            Prerequisite::InfectionTest => "the test for infections has not been noted",
            Prerequisite::Consent => "consent has not been noted",
            Prerequisite::Direction => "no prescription or valid patient group direction has been noted",
        }
    }

    /// Whether it has a last day, which must be noted with it.
    pub const fn runs_out(self) -> bool {
        matches!(self, Prerequisite::Direction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_fitted_before_everything_has_been_noted() {
        for procedure in Procedure::ALL {
            let at: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
            let mut noted = Vec::new();
            for p in procedure.prerequisites() {
                assert_eq!(procedure.missing(&noted, at), Some(*p));
                noted.push(Noted { what: *p, at, until: None });
            }
            assert_eq!(procedure.missing(&noted, at), None);
            assert!(procedure.missing(&noted, at + COUNTS_FOR + SignedDuration::from_hours(1)).is_some(), "it grows old");
            let done: Vec<Prerequisite> = noted.iter().map(|n| n.what).collect();
            assert!(done.contains(&Prerequisite::Consent) && done.contains(&Prerequisite::Counselling));
        }
    }

    #[test]
    fn what_was_noted_grows_old_and_a_direction_runs_out() {
        let at: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        let days = |n: i64| at + SignedDuration::from_hours(n * 24);
        let mut noted = Noted { what: Prerequisite::Direction, at, until: None };
        assert!(noted.counts(days(89)) && !noted.counts(days(91)));
        noted.until = Some(days(30));
        assert!(noted.counts(days(29)) && !noted.counts(days(30)));
    }
}
