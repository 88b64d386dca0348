//! People who work for an organisation, their roles and whether they are at work.

use std::collections::BTreeMap;

use portico_nhs::{StaffId, TeamId, codes};
use serde::{Deserialize, Serialize};

use crate::pathway::Pathway;

codes! {
    /// What a person may do (see [`crate::access`]).
    Role {
        Coordinator = "coordinator", "Patient access and triage coordinator";
        Clinician = "clinician", "Clinician";
        Reception = "reception", "Reception";
        Manager = "manager", "Practice manager";
        Auditor = "auditor", "Auditor";
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
        matches!(self, Actor::Staff { role: Role::Clinician, .. })
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
