//! One message to many people: who is left out and why, and who may release it.

use std::collections::HashSet;

use portico_nhs::{PatientId, StaffId, codes};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    contact::{ContactRules, Reach, Standing},
    message::{GAPS, LINK_MARK},
    pathway::Pathway,
    service::Service,
};

/// People in one batch at most.
pub const MOST: usize = 10_000;
/// Up to so many people its maker may release it alone.
pub const ALONE: usize = 50;
/// Minutes in which a released batch can be stopped before anything goes.
pub const STOP_MINUTES: i64 = 15;
/// Characters of its text at most: six texts.
pub const TEXT_MAX: usize = 900;

codes! {
    /// Where a batch stands.
    BatchState {
        Making = "making", "Being made";
        Draft = "draft", "Not released";
        Released = "released", "Released";
        Stopped = "stopped", "Stopped";
        Done = "done", "Done";
    }
}

codes! {
    /// Why somebody on the list is not written to.
    Exclusion {
        Unknown = "unknown", "Not a patient of the practice";
        Twice = "twice", "On the list twice";
        Dead = "dead", "Has died";
        Left = "left", "Left the practice";
        OptedOut = "opted_out", "Does not want messages to many";
        AtRisk = "at_risk", "Safe contact: a person writes to them";
        NoConsent = "no_consent", "Has not agreed to be written to this way";
        Nowhere = "nowhere", "No way to reach them that is allowed";
        Household = "household", "Somebody else of the household gets it";
    }
}

/// What patients read. It can only be made from what was written for them: a note to colleagues has no way here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientText(String);

/// Why a text cannot go to many.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotForMany {
    /// Nothing was written.
    #[error("Write what patients read.")]
    Empty,
    /// It is too long.
    #[error("Shorten the text to at most {TEXT_MAX} characters.")]
    TooLong,
    /// Something is still to be filled in.
    #[error("Fill in “{0}” first.")]
    Gap(&'static str),
    /// Its maker must not release it.
    #[error("You wrote this, and it goes to more than {ALONE} people. A colleague must release it.")]
    SecondPerson,
    /// It is not there to be released or stopped.
    #[error("This message is {} and cannot be {}.", .0.label().to_lowercase(), .1)]
    WrongState(BatchState, &'static str),
    /// Nobody would get it.
    #[error("Nobody on the list can be written to.")]
    Nobody,
}

/// What the people of a batch may book by themselves, with the link in their message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invites {
    /// Who sees them.
    pub pathway: Pathway,
    /// In whose slots; `None` is any slot of the pathway.
    pub service: Option<Service>,
}

impl PatientText {
    /// From what was typed in the box for patients.
    pub fn new(typed: &str) -> Result<Self, NotForMany> {
        let text = typed.trim();
        if text.is_empty() {
            return Err(NotForMany::Empty);
        }
        if text.chars().count() > TEXT_MAX {
            return Err(NotForMany::TooLong);
        }
        // The place of a link is put there by the invitation, for each person their own.
        match GAPS.iter().chain(&[LINK_MARK]).find(|g| text.contains(**g)) {
            Some(gap) => Err(NotForMany::Gap(gap)),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Somebody on the list, as far as being written to goes.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Who; `None` when no patient has that number.
    pub patient: Option<PatientId>,
    /// What is agreed about reaching them.
    pub rules: ContactRules,
    /// Whether any allowed way reaches them.
    pub reach: Reach,
    /// What people of one household share: their address, folded.
    pub household: String,
}

/// Goes through a list in order and says of each whether they are left out, and why.
#[derive(Debug, Default)]
pub struct Sieve {
    one_a_household: bool,
    seen: HashSet<PatientId>,
    households: HashSet<String>,
}

impl Sieve {
    /// For a list of which each household gets one, or everybody does.
    pub fn new(one_a_household: bool) -> Self {
        Self { one_a_household, ..Self::default() }
    }

    /// The next one of the list.
    pub fn exclusion(&mut self, c: &Candidate) -> Option<Exclusion> {
        let Some(patient) = c.patient else { return Some(Exclusion::Unknown) };
        if !self.seen.insert(patient) {
            return Some(Exclusion::Twice);
        }
        if let Some(why) = not_now(&c.rules, c.reach) {
            return Some(why);
        }
        let shared = self.one_a_household && !c.household.is_empty() && !self.households.insert(c.household.clone());
        shared.then_some(Exclusion::Household)
    }
}

/// Why somebody is not written to, by what is agreed at this moment; looked at again when their turn comes.
pub fn not_now(rules: &ContactRules, reach: Reach) -> Option<Exclusion> {
    match rules.standing {
        Standing::Dead => Some(Exclusion::Dead),
        Standing::Left => Some(Exclusion::Left),
        Standing::Registered if rules.no_campaigns => Some(Exclusion::OptedOut),
        Standing::Registered if rules.at_risk => Some(Exclusion::AtRisk),
        Standing::Registered => match reach {
            Reach::By(_) => None,
            Reach::NotAgreed => Some(Exclusion::NoConsent),
            Reach::Nowhere => Some(Exclusion::Nowhere),
        },
    }
}

/// Whether somebody may release a batch that goes to so many.
pub fn may_release(state: BatchState, maker: StaffId, who: StaffId, goes_to: usize) -> Result<(), NotForMany> {
    if state != BatchState::Draft {
        return Err(NotForMany::WrongState(state, "released"));
    }
    if goes_to == 0 {
        return Err(NotForMany::Nobody);
    }
    if goes_to > ALONE && maker == who {
        return Err(NotForMany::SecondPerson);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::message::Channel;

    fn candidate(n: u128) -> Candidate {
        Candidate {
            patient: Some(PatientId(Uuid::from_u128(n))),
            rules: ContactRules::default(),
            reach: Reach::By(Channel::Sms),
            household: format!("{} high street", n / 2),
        }
    }

    #[test]
    fn who_is_left_out_is_said_with_the_reason() {
        let mut sieve = Sieve::new(true);
        let with = |rules| Candidate { rules, ..candidate(90) };
        assert_eq!(sieve.exclusion(&candidate(2)), None);
        assert_eq!(sieve.exclusion(&candidate(2)), Some(Exclusion::Twice));
        assert_eq!(sieve.exclusion(&candidate(3)), Some(Exclusion::Household));
        assert_eq!(sieve.exclusion(&Candidate { patient: None, ..candidate(4) }), Some(Exclusion::Unknown));
        assert_eq!(sieve.exclusion(&Candidate { reach: Reach::Nowhere, ..candidate(5) }), Some(Exclusion::Nowhere));
        assert_eq!(sieve.exclusion(&Candidate { reach: Reach::NotAgreed, ..candidate(6) }), Some(Exclusion::NoConsent));
        let all = ContactRules::default();
        for (rules, why) in [
            (ContactRules { standing: Standing::Dead, ..all.clone() }, Exclusion::Dead),
            (ContactRules { standing: Standing::Left, ..all.clone() }, Exclusion::Left),
            (ContactRules { no_campaigns: true, ..all.clone() }, Exclusion::OptedOut),
            (ContactRules { at_risk: true, ..all.clone() }, Exclusion::AtRisk),
        ] {
            assert_eq!(Sieve::new(false).exclusion(&with(rules)), Some(why));
        }
        assert_eq!(Sieve::new(false).exclusion(&candidate(3)), None, "everybody of a household");
    }

    #[test]
    fn more_than_fifty_need_a_second_person() {
        let (ada, ben) = (StaffId(Uuid::from_u128(1)), StaffId(Uuid::from_u128(2)));
        assert_eq!(may_release(BatchState::Draft, ada, ada, 50), Ok(()));
        assert_eq!(may_release(BatchState::Draft, ada, ada, 51), Err(NotForMany::SecondPerson));
        assert_eq!(may_release(BatchState::Draft, ada, ben, 8000), Ok(()));
        assert_eq!(may_release(BatchState::Draft, ada, ben, 0), Err(NotForMany::Nobody));
        assert!(may_release(BatchState::Stopped, ada, ben, 10).is_err());
    }

    #[test]
    fn only_a_whole_text_for_patients_goes_out() {
        assert_eq!(PatientText::new("  "), Err(NotForMany::Empty));
        assert_eq!(PatientText::new("Your flu jab is on [when]."), Err(NotForMany::Gap("[when]")));
        assert_eq!(PatientText::new(&"x".repeat(901)), Err(NotForMany::TooLong));
        assert_eq!(PatientText::new(" Come for your flu jab. ").unwrap().as_str(), "Come for your flu jab.");
    }
}
