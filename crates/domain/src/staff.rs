//! People who work for an organisation, their roles and whether they are at work.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use portico_nhs::{StaffId, TeamId, codes};
use serde::{Deserialize, Serialize};

use crate::pathway::Pathway;

codes! {
    /// What a person may do (see [`crate::access`]).
    Role {
        Coordinator = "coordinator", "Patient access and triage coordinator";
        Clinician = "clinician", "Clinician";
        SafetyLead = "safety_lead", "Clinical safety lead";
        Reception = "reception", "Reception";
        Manager = "manager", "Practice manager";
        Auditor = "auditor", "Auditor";
    }
}

impl Role {
    /// Whether somebody in it sees patients and may be booked; the clinical safety lead is a clinician too.
    pub fn is_clinician(self) -> bool {
        matches!(self, Role::Clinician | Role::SafetyLead)
    }
}

codes! {
    /// Whether a person can own work.
    Presence {
        AtWork = "at_work", "At work";
        Away = "away", "Away";
        Left = "left", "Left the practice";
    }
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "actor", rename_all = "snake_case")]
pub enum Actor {
    /// A signed-in member of staff.
    Staff {
        /// Who.
        id: StaffId,
        /// As what.
        role: Role,
        /// Their name when they did it.
        name: String,
    },
    /// The patient, or somebody for them, by the form or a private link.
    Patient,
    /// A job or the passing of time.
    System {
        /// Which one.
        job: String,
    },
}

impl Actor {
    /// The name that history shows.
    pub fn name(&self) -> &str {
        match self {
            Actor::Staff { name, .. } => name,
            Actor::Patient => "Patient",
            Actor::System { job } => job,
        }
    }

    /// The member of staff, if one acted.
    pub fn staff_id(&self) -> Option<StaffId> {
        match self {
            Actor::Staff { id, .. } => Some(*id),
            Actor::Patient | Actor::System { .. } => None,
        }
    }

    /// Whether a clinician acted.
    pub fn is_clinician(&self) -> bool {
        matches!(self, Actor::Staff { role, .. } if role.is_clinician())
    }
}

/// When somebody works in a usual week, in England: from and until for each day from Monday; `None` is a day off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours(pub [Option<(Time, Time)>; 7]);

impl Hours {
    /// From and until on a day; `None` when it is a day off.
    pub fn on(&self, day: Date) -> Option<(Time, Time)> {
        self.0[day.weekday().to_monday_zero_offset() as usize]
    }

    /// What is wrong with them, in sentences.
    pub fn faults(&self) -> Vec<String> {
        let wrong = self.0.iter().flatten().any(|(from, to)| to <= from);
        if wrong { vec!["A day's end must come after its beginning.".to_owned()] } else { Vec::new() }
    }

    /// The first day of the week (1 is Monday) on which a session would not lie within them.
    pub fn outside(&self, weekdays: &[i8], starts: Time, minutes: i64) -> Option<i8> {
        let of = |t: Time| i64::from(t.hour()) * 60 + i64::from(t.minute());
        let within = |(from, to): (Time, Time)| of(from) <= of(starts) && of(starts) + minutes <= of(to);
        weekdays.iter().copied().find(|d| {
            let hours = usize::try_from(*d - 1).ok().and_then(|n| self.0.get(n).copied().flatten());
            !hours.is_some_and(within)
        })
    }
}

/// Which team owns what: the default for new requests, emergencies, and each pathway.
#[derive(Debug, Clone)]
pub struct Teams {
    /// Reads what has not been triaged.
    pub triage: TeamId,
    /// Takes emergencies.
    pub duty: TeamId,
    /// Owns each pathway; one that is not named here stays with triage.
    pub by_pathway: BTreeMap<Pathway, TeamId>,
}

impl Teams {
    /// The team that owns a pathway's work.
    pub fn for_pathway(&self, pathway: Pathway) -> TeamId {
        match pathway {
            Pathway::Emergency => self.duty,
            other => self.by_pathway.get(&other).copied().unwrap_or(self.triage),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    #[test]
    fn a_session_lies_within_somebodys_hours_or_the_day_is_named() {
        let day = Some((time(8, 0, 0, 0), time(13, 0, 0, 0)));
        let hours = Hours([day, day, None, None, None, None, None]);
        assert_eq!(hours.outside(&[1, 2], time(9, 0, 0, 0), 240), None);
        assert_eq!(hours.outside(&[1, 2], time(9, 0, 0, 0), 241), Some(1), "it ends after one o'clock");
        assert_eq!(hours.outside(&[2, 3], time(9, 0, 0, 0), 60), Some(3), "a day off");
        assert_eq!((hours.on(date(2026, 1, 5)), hours.on(date(2026, 1, 7))), (day, None));
        assert_eq!(Hours([Some((time(9, 0, 0, 0), time(8, 0, 0, 0))), None, None, None, None, None, None]).faults().len(), 1);
    }
}
