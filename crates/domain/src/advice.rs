//! Advice on urgency and pathway: what it says, in which mode an organisation takes it, and who signed for that.

use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use portico_nhs::codes;
use serde::{Deserialize, Serialize};

use crate::{
    layer::Change,
    pathway::Pathway,
    record::{BabyDates, RecordFact},
    request::{Kind, Request},
    triage::{Colour, Urgency},
};

codes! {
    /// How an organisation takes computed advice.
    Mode {
        Off = "off", "Off";
        Shadow = "shadow", "Shadow";
        Advice = "advice", "Advice";
    }
}

codes! {
    /// What a finding means where it stands.
    Status {
        Present = "present", "Present";
        Resolved = "resolved", "Over within days";
        Past = "past", "Long past";
        Denied = "denied", "Said not to be there";
        Feared = "feared", "Feared or asked about";
        Other = "other", "Somebody else's";
    }
}

codes! {
    /// The side of the body that a finding is said of.
    Side {
        Left = "left", "Left";
        Right = "right", "Right";
        Both = "both", "Both sides";
    }
}

codes! {
    /// What a quality tells of a finding.
    Manner {
        Severity = "severity", "How bad";
        Onset = "onset", "How it began";
        Course = "course", "Where it is going";
    }
}

/// A quality that is said of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What it tells.
    pub of: Manner,
    /// In words: `severe`, `sudden`, `getting worse`.
    pub name: String,
}

/// What is advised, with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// The highest urgency that any present finding supports.
    pub urgency: Urgency,
    /// Its colour on the desk.
    pub colour: Colour,
    /// Where to send it, best first.
    pub pathways: Vec<PathwayAdvice>,
    /// What was read, in the order of the text.
    pub findings: Vec<Finding>,
    /// The rules that fired, most urgent first.
    pub rules: Vec<Fired>,
    /// Whether the words were not understood well enough: a person reads it now.
    pub unsure: bool,
    /// Yes/no questions whose answers could raise the urgency, most useful first.
    pub questions: Vec<Question>,
    /// What to watch for meanwhile.
    pub safety_net: String,
    /// The version of the rule set.
    pub version: String,
}

/// A pathway with the reason for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathwayAdvice {
    /// Where.
    pub pathway: Pathway,
    /// Because of which rule, in its title.
    pub reason: String,
}

/// Something found in the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The concept's id.
    pub concept: String,
    /// Its name.
    pub name: String,
    /// The exact words.
    pub words: String,
    /// Where the words start, in bytes of the text.
    pub start: usize,
    /// Where they end.
    pub end: usize,
    /// What it means there.
    pub status: Status,
    /// The side that is said with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// How bad it is said to be, how it began and where it is going.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Told>,
    /// How long it is said to have lasted, in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<f64>,
}

impl Finding {
    /// Its name with what is said of it: `arm weakness, left, sudden, for 2 days`.
    pub fn named(&self) -> String {
        let side = self.side.map(|s| s.label().to_lowercase());
        let told = self.told.iter().map(|t| t.name.clone());
        let parts = [self.name.clone()].into_iter().chain(side).chain(told).chain(self.days.map(lasting));
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// A length of time in its nearest usual unit: `for a day`, `for 3 weeks`.
fn lasting(days: f64) -> String {
    const UNITS: [(&str, f64); 6] =
        [("a year", 365.25), ("a month", 30.44), ("a week", 7.0), ("a day", 1.0), ("an hour", 1.0 / 24.0), ("a minute", 1.0 / 1440.0)];
    // “for 10 days” stays in days: a unit is used from the first whole number of it that says the same.
    let fits = |(_, unit): &&(&str, f64)| {
        let n = days / unit;
        n > 0.95 && (n - n.round()).abs() < 0.05 * n.round().max(1.0)
    };
    let (one, unit) = UNITS.iter().find(fits).copied().unwrap_or(if days < 1.0 { UNITS[4] } else { UNITS[3] });
    let n = (days / unit).round().max(1.0);
    let name = one.split(' ').next_back().unwrap_or(one);
    if n > 1.0 { format!("for {n} {name}s") } else { format!("for {one}") }
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fired {
    /// Its id.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// The urgency it supports.
    pub urgency: Urgency,
    /// Why, for staff.
    pub why: String,
    /// What the patient is told.
    pub tell: String,
}

/// A question to the patient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The concept that a yes would add.
    pub concept: String,
    /// The question.
    pub text: String,
    /// What the urgency would become on yes.
    pub would_be: Urgency,
}

/// A request as it is read, with what is known besides what it says.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What was said.
    pub request: &'a Request,
    /// What kind of help it asks for.
    pub kind: Kind,
    /// The day, for ages.
    pub today: Date,
    /// Whether the same patient asked within 14 days.
    pub repeat: bool,
    /// `f` or `m` as the record of the matched patient has it.
    pub sex: Option<char>,
    /// What else the record says of them.
    pub facts: &'a [RecordFact],
    /// When their baby is due or was born.
    pub baby: BabyDates,
}

impl Asked<'_> {
    /// What the record says of the patient, to be kept beside the advice.
    pub fn record(&self) -> RecordRead {
        RecordRead { facts: self.facts.to_vec(), due: self.baby.due, born: self.baby.born }
    }
}

/// What the record said of a patient when their request was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRead {
    /// Facts that bear on every request.
    pub facts: Vec<RecordFact>,
    /// The expected day of birth of their baby.
    pub due: Option<Date>,
    /// The day of the last birth.
    pub born: Option<Date>,
}

/// The engine that reads requests, behind what the store and the pages need of it.
pub trait Adviser: Send + Sync {
    /// The version of its rule set.
    fn version(&self) -> &str;
    /// Reads a request.
    fn advise(&self, asked: &Asked<'_>) -> Advice;
    /// The same engine with what a practice lays over its content. Says in words why that cannot be. Takes up to a second.
    fn layered(&self, changes: &[Change]) -> Result<Arc<dyn Adviser>, String>;
}

/// A clinical safety lead's signature under a rule set and the mode it may be used in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signature {
    /// What was signed for.
    pub mode: Mode,
    /// Under which rule set.
    pub version: String,
    /// Who signed.
    pub name: String,
    /// Their professional registration number.
    pub registration: String,
    /// On which evaluation, in words.
    pub evaluation: String,
    /// When.
    pub signed_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Timestamp,
}

impl Signature {
    /// The mode that holds now, with the reason when it is not the one that was signed for. An expired signature, and
    /// one under another rule set than the one in use, mean off.
    pub fn mode_in_force(signature: Option<&Signature>, version: &str, now: Timestamp) -> (Mode, Option<&'static str>) {
        match signature {
            None => (Mode::Off, None),
            Some(s) if s.mode == Mode::Off => (Mode::Off, None),
            Some(s) if s.version != version => (Mode::Off, Some("The rule set has changed since it was signed.")),
            Some(s) if s.expires_at <= now => (Mode::Off, Some("The signature has expired.")),
            Some(s) => (s.mode, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(mode: Mode) -> Signature {
        Signature {
            mode,
            version: "abc".into(),
            name: "Dr A".into(),
            registration: "GMC 1".into(),
            evaluation: "read".into(),
            signed_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            expires_at: "2027-01-01T00:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn an_expired_or_changed_rule_set_is_off_and_says_so() {
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let late = "2027-06-01T00:00:00Z".parse().unwrap();
        assert_eq!(Signature::mode_in_force(Some(&signed(Mode::Advice)), "abc", now), (Mode::Advice, None));
        assert_eq!(Signature::mode_in_force(Some(&signed(Mode::Advice)), "abc", late).0, Mode::Off);
        assert!(Signature::mode_in_force(Some(&signed(Mode::Shadow)), "xyz", now).1.unwrap().contains("changed"));
        assert_eq!(Signature::mode_in_force(None, "abc", now), (Mode::Off, None));
    }
}
