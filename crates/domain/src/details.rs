//! What a practice says of itself, from a moment on: the number that patients ring, and which team takes which pathway.

use std::collections::BTreeMap;

use portico_nhs::{PhoneNumber, TeamId};
use serde::{Deserialize, Serialize};

use crate::pathway::Pathway;

/// What a practice lays over what it was set up with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// The number that patients ring, as they read it.
    pub phone: String,
    /// The team that takes each pathway; one that is not named stays with the triage team.
    pub takes: BTreeMap<Pathway, TeamId>,
}

impl Details {
    /// The pathways whose team a practice chooses: an emergency always goes to the duty team.
    pub fn chosen() -> impl Iterator<Item = Pathway> {
        Pathway::ALL.iter().copied().filter(|p| *p != Pathway::Emergency)
    }

    /// What is wrong with it, in sentences.
    pub fn faults(&self, teams: &[TeamId]) -> Vec<String> {
        let mut faults = Vec::new();
        if self.phone.parse::<PhoneNumber>().is_err() {
            faults.push("Enter the number that patients ring, like 0113 496 0000.".to_owned());
        }
        let gone = |p: &Pathway| !self.takes.get(p).is_some_and(|team| teams.contains(team));
        faults.extend(Details::chosen().filter(gone).map(|p| format!("Choose the team that takes {}.", p.label())));
        faults
    }

    /// What changes against what was before, in sentences; empty when nothing does.
    pub fn changed(&self, before: &Details, name: impl Fn(TeamId) -> String) -> Vec<String> {
        let number = (self.phone != before.phone).then(|| format!("Patients ring {}.", self.phone));
        let moved = Details::chosen().filter(|p| self.takes.get(p) != before.takes.get(p));
        number.into_iter().chain(moved.filter_map(|p| Some(format!("{} goes to {}.", p.label(), name(*self.takes.get(&p)?))))).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn team(n: u128) -> TeamId {
        TeamId::from(Uuid::from_u128(n))
    }

    fn details() -> Details {
        Details { phone: "0113 496 0000".into(), takes: Details::chosen().map(|p| (p, team(1))).collect() }
    }

    #[test]
    fn every_pathway_has_a_team_that_there_is() {
        assert_eq!(details().faults(&[team(1)]), [""; 0]);
        let mut without = details();
        without.takes.remove(&Pathway::Nurse);
        without.takes.insert(Pathway::Gp, team(9));
        assert_eq!(without.faults(&[team(1)]), ["Choose the team that takes GP.", "Choose the team that takes Nurse."]);
        assert_eq!(Details { phone: "ring us".into(), ..details() }.faults(&[team(1)]).len(), 1);
    }

    #[test]
    fn a_change_is_told_in_sentences() {
        let mut changed = details();
        changed.phone = "0113 496 0001".into();
        changed.takes.insert(Pathway::Nurse, team(2));
        let name = |t: TeamId| if t == team(2) { "Nursing".to_owned() } else { "Triage".to_owned() };
        assert_eq!(changed.changed(&details(), name), ["Patients ring 0113 496 0001.", "Nurse goes to Nursing."]);
        assert!(details().changed(&details(), name).is_empty());
    }
}
