//! What a practice lays over the shipped triage content: its own phrasings, words, conditions and pathways, as versions.

use jiff::Timestamp;
use portico_nhs::{WorkItemId, codes};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{pathway::Pathway, triage::Urgency};

/// One change to the shipped content.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Another way to say a concept.
    AddPhrase {
        /// The concept's id.
        concept: String,
        /// The phrasing, in the language of the lexicon.
        phrase: String,
    },
    /// A shipped phrasing that is no longer read as the concept.
    DropPhrase {
        /// The concept's id.
        concept: String,
        /// The phrasing as it is written in the lexicon.
        phrase: String,
    },
    /// When a rule fires: its whole condition, thresholds included.
    When {
        /// The rule's id.
        rule: String,
        /// The condition.
        condition: String,
    },
    /// What the patient is told when a rule fires.
    Tell {
        /// The rule's id.
        rule: String,
        /// The words.
        words: String,
    },
    /// Why a rule says what it says, for staff.
    Why {
        /// The rule's id.
        rule: String,
        /// The words.
        words: String,
    },
    /// What to watch for meanwhile when a rule fires.
    SafetyNet {
        /// The rule's id.
        rule: String,
        /// The words.
        words: String,
    },
    /// Where requests go on which a rule fires, best first.
    Pathways {
        /// The rule's id.
        rule: String,
        /// The pathways.
        pathways: Vec<Pathway>,
    },
}

impl Change {
    /// The rule or concept that it changes.
    pub fn subject(&self) -> &str {
        match self {
            Change::AddPhrase { concept, .. } | Change::DropPhrase { concept, .. } => concept,
            Change::When { rule, .. }
            | Change::Tell { rule, .. }
            | Change::Why { rule, .. }
            | Change::SafetyNet { rule, .. }
            | Change::Pathways { rule, .. } => rule,
        }
    }

    /// What it does, in one sentence.
    pub fn words(&self) -> String {
        match self {
            Change::AddPhrase { concept, phrase } => format!("“{phrase}” is read as {concept}."),
            Change::DropPhrase { concept, phrase } => format!("“{phrase}” is no longer read as {concept}."),
            Change::When { rule, condition } => format!("The rule {rule} fires when: {condition}"),
            Change::Tell { rule, words } => format!("When the rule {rule} fires the patient is told: {words}"),
            Change::Why { rule, words } => format!("Why the rule {rule} says so, for staff: {words}"),
            Change::SafetyNet { rule, words } => {
                format!("When the rule {rule} fires the patient is told to watch for this meanwhile: {words}")
            }
            Change::Pathways { rule, pathways } => {
                let to: Vec<&str> = pathways.iter().map(|p| p.label()).collect();
                format!("Requests on which the rule {rule} fires go to {}.", to.join(", then "))
            }
        }
    }

    /// Whether this takes the place of another: the last word on the same part of the same rule counts.
    pub fn replaces(&self, other: &Change) -> bool {
        let same_part = std::mem::discriminant(self) == std::mem::discriminant(other);
        same_part
            && match (self, other) {
                (Change::When { rule: a, .. }, Change::When { rule: b, .. })
                | (Change::Tell { rule: a, .. }, Change::Tell { rule: b, .. })
                | (Change::Why { rule: a, .. }, Change::Why { rule: b, .. })
                | (Change::SafetyNet { rule: a, .. }, Change::SafetyNet { rule: b, .. })
                | (Change::Pathways { rule: a, .. }, Change::Pathways { rule: b, .. }) => a == b,
                (a, b) => a == b,
            }
    }
}

codes! {
    /// What has become of a layer.
    LayerState {
        Draft = "draft", "Being written";
        Published = "published", "Published";
        Discarded = "discarded", "Thrown away";
    }
}

/// All changes of a practice together, as one version.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Version 7: the latest published is in force.
    pub id: Uuid,
    /// Every change, those of the version before it included.
    pub changes: Vec<Change>,
    /// What has become of it.
    pub state: LayerState,
    /// Who began it.
    pub by: String,
    /// When it was begun.
    pub made_at: Timestamp,
    /// Who published it or threw it away.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// The rule set that it makes, known once it has been replayed.
    pub version: Option<String>,
    /// What the replay since the last change said.
    pub replay: Option<Replay>,
}

/// What changed rules would have said of requests that came before, and of their own cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replay {
    /// When it was done.
    pub at: Timestamp,
    /// Over how many months.
    pub months: i64,
    /// How many requests were read.
    pub read: usize,
    /// Whether there were more than are read at once.
    pub cut: bool,
    /// How many would be more urgent.
    pub up: usize,
    /// How many would be less urgent.
    pub down: usize,
    /// The first of those that move, less urgent ones first.
    pub moved: Vec<Moved>,
    /// How many move in each group: kind of group, group, more urgent, less urgent, of how many.
    pub groups: Vec<(String, String, usize, usize, usize)>,
    /// How many cases of rules do not come out as they say.
    pub failing: usize,
    /// The first of them.
    pub failures: Vec<String>,
}

/// A request that would be advised otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// The item.
    pub item: WorkItemId,
    /// Its reference.
    pub reference: String,
    /// What the rules in force say.
    pub from: Urgency,
    /// What the changed rules say.
    pub to: Urgency,
}

impl Layer {
    /// Why it may not be published, in a sentence; `None` when it may.
    pub fn not_ready(&self) -> Option<String> {
        match &self.replay {
            None => Some("Replay the changes before you publish them.".into()),
            Some(r) if r.failing > 0 => Some(format!("{} cases of the rules do not come out as they say.", r.failing)),
            Some(_) => None,
        }
    }
}

/// The changes with one more: an earlier one on the same part goes, and taking back an addition leaves nothing.
pub fn with_change(changes: &[Change], change: Change) -> Vec<Change> {
    let undone = match &change {
        Change::DropPhrase { concept, phrase } => Some(Change::AddPhrase { concept: concept.clone(), phrase: phrase.clone() }),
        Change::AddPhrase { concept, phrase } => Some(Change::DropPhrase { concept: concept.clone(), phrase: phrase.clone() }),
        _ => None,
    };
    let mut out: Vec<Change> = changes.iter().filter(|c| !change.replaces(c) && Some(*c) != undone.as_ref()).cloned().collect();
    if undone.is_none_or(|u| !changes.contains(&u)) {
        out.push(change);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_on_the_same_part_counts() {
        let tell = |words: &str| Change::Tell { rule: "r".into(), words: words.into() };
        let add = Change::AddPhrase { concept: "c".into(), phrase: "poorly".into() };
        let changes = with_change(&with_change(&with_change(&[], tell("one")), add.clone()), tell("two"));
        assert_eq!(changes, [add.clone(), tell("two")]);
        let drop = Change::DropPhrase { concept: "c".into(), phrase: "poorly".into() };
        assert_eq!(with_change(&changes, drop), [tell("two")], "what was added and dropped again is as it was");
    }
}
