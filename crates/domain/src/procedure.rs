//! Coil and implant clinics: what must be done before anybody is booked into one.

use jiff::{SignedDuration, Timestamp};
use portico_nhs::codes;

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

    /// The first of them that is missing at a moment: never noted, or noted too long before.
    pub fn missing(self, noted: &[(Prerequisite, Timestamp)], at: Timestamp) -> Option<Prerequisite> {
        let counts = |p: &Prerequisite| noted.iter().any(|(n, when)| n == p && Prerequisite::still_counts(*when, at));
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

    /// Whether one that was noted at a moment still counts at another.
    pub fn still_counts(noted: Timestamp, now: Timestamp) -> bool {
        now.duration_since(noted) <= COUNTS_FOR
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
                noted.push((*p, at));
            }
            assert_eq!(procedure.missing(&noted, at), None);
            assert!(procedure.missing(&noted, at + COUNTS_FOR + SignedDuration::from_hours(1)).is_some(), "it grows old");
            let done: Vec<Prerequisite> = noted.iter().map(|(p, _)| *p).collect();
            assert!(done.contains(&Prerequisite::Consent) && done.contains(&Prerequisite::Counselling));
        }
    }

    #[test]
    fn what_was_noted_grows_old() {
        let noted: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        assert!(Prerequisite::still_counts(noted, noted + SignedDuration::from_hours(89 * 24)));
        assert!(!Prerequisite::still_counts(noted, noted + SignedDuration::from_hours(91 * 24)));
    }
}
