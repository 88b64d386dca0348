//! Letters that staff draft and a clinician signs.

use jiff::Timestamp;
use portico_nhs::{PatientId, WorkItemId, codes};
use uuid::Uuid;

use crate::{message::GAPS, request::FieldError};

codes! {
    /// Where a letter stands.
    LetterState {
        Draft = "draft", "To be signed";
        Signed = "signed", "Signed, to be posted";
        Posted = "posted", "Posted";
        Withdrawn = "withdrawn", "Withdrawn";
    }
}

/// The longest letter, in characters.
pub const LETTER_MAX: usize = 20_000;

/// What a letter says, and to whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wording {
    /// The name and address, one line an entry.
    pub to: Vec<String>,
    /// What it is about.
    pub subject: String,
    /// The words.
    pub body: String,
    /// Whether it goes to the patient; else the patient's private page does not show it.
    pub to_patient: bool,
    /// Whether it is in large print.
    pub large_print: bool,
}

/// A letter about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id.
    pub id: Uuid,
    /// The request that it is about.
    pub item: WorkItemId,
    /// The patient, when matched.
    pub patient: Option<PatientId>,
    /// What it says.
    pub wording: Wording,
    /// Where it stands.
    pub state: LetterState,
    /// Counts changes, so that nobody signs what they have not read.
    pub version: i64,
    /// Who drafted it, and when.
    pub drafted: (String, Timestamp),
    /// Who signed it, and when.
    pub signed: Option<(String, Timestamp)>,
    /// Who posted or withdrew it, and when.
    pub ended: Option<(String, Timestamp)>,
    /// Why it was withdrawn.
    pub why: String,
}

/// What happens to a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Other words; who signs has to read it again.
    Reword(Wording),
    /// A clinician signs.
    Sign,
    /// It has been printed and posted, or handed over.
    Post,
    /// It is not sent, because of something.
    Withdraw(String),
}

impl Wording {
    /// What must be put right before it is kept; each sentence says what to do.
    pub fn faults(&self) -> Vec<FieldError> {
        let wrong = |field, message: &str| FieldError { field, message: message.to_owned() };
        let mut faults = Vec::new();
        if self.to.len() < 2 || self.to.len() > 7 || self.to.iter().any(|l| l.chars().count() > 100) {
            faults.push(wrong("to", "Enter the name and the address, one line each, two to seven lines."));
        }
        if self.subject.trim().is_empty() || self.subject.chars().count() > 200 {
            faults.push(wrong("subject", "Enter what the letter is about, in one line."));
        }
        if self.body.trim().is_empty() || self.body.chars().count() > LETTER_MAX {
            faults.push(wrong("body", "Write the letter. It can be up to 20,000 characters."));
        }
        faults
    }
}

impl Letter {
    /// Where it stands after a step, or the sentence why it cannot be taken.
    pub fn after(&self, step: &Step) -> Result<LetterState, &'static str> {
        match (self.state, step) {
            (LetterState::Draft | LetterState::Signed, Step::Reword(_)) => Ok(LetterState::Draft),
            (LetterState::Draft, Step::Sign) if GAPS.iter().any(|gap| self.wording.body.contains(gap)) => {
                Err("Something is left to be written: look for square brackets.")
            }
            (LetterState::Draft, Step::Sign) => Ok(LetterState::Signed),
            (LetterState::Signed, Step::Post) => Ok(LetterState::Posted),
            (LetterState::Draft, Step::Post) => Err("A clinician has to sign it first."),
            (LetterState::Draft | LetterState::Signed, Step::Withdraw(why)) if !why.trim().is_empty() => Ok(LetterState::Withdrawn),
            (LetterState::Draft | LetterState::Signed, Step::Withdraw(_)) => Err("Say why it is withdrawn."),
            (LetterState::Signed, Step::Sign) => Err("It is signed already."),
            (LetterState::Posted, _) => Err("It has been posted. Write another letter."),
            (LetterState::Withdrawn, _) => Err("It has been withdrawn. Write another letter."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(state: LetterState, body: &str) -> Letter {
        let to = vec!["Ada Osei".to_owned(), "LS1 4AP".to_owned()];
        let wording = Wording { to, subject: "Your test".into(), body: body.into(), ..Wording::default() };
        let at = "2026-01-05T09:00:00Z".parse().unwrap();
        let (id, item) = (Uuid::from_u128(1), Uuid::from_u128(2).into());
        Letter {
            id,
            item,
            patient: None,
            wording,
            state,
            version: 1,
            drafted: ("Sam".into(), at),
            signed: None,
            ended: None,
            why: String::new(),
        }
    }

    #[test]
    fn nothing_is_posted_that_was_not_signed_as_it_stands() {
        use LetterState::{Draft, Posted, Signed, Withdrawn};
        let after = |state, step: &Step| letter(state, "Dear Ada").after(step);
        assert_eq!(after(Draft, &Step::Sign), Ok(Signed));
        assert_eq!(after(Signed, &Step::Post), Ok(Posted));
        assert!(after(Draft, &Step::Post).is_err());
        let reworded = Step::Reword(letter(Draft, "Dear Mrs Osei").wording);
        assert_eq!(after(Signed, &reworded), Ok(Draft), "other words, another signature");
        for ended in [Posted, Withdrawn] {
            for step in [Step::Sign, Step::Post, reworded.clone(), Step::Withdraw("sent twice".into())] {
                assert!(after(ended, &step).is_err(), "{ended:?} {step:?}");
            }
        }
        assert_eq!(after(Signed, &Step::Withdraw("not needed".into())), Ok(Withdrawn));
        assert!(after(Draft, &Step::Withdraw(" ".into())).is_err());
        assert!(letter(Draft, "Come on [when]").after(&Step::Sign).is_err(), "a gap is left");
    }

    #[test]
    fn a_letter_needs_an_address_a_subject_and_words() {
        assert!(letter(LetterState::Draft, "Dear Ada").wording.faults().is_empty());
        assert_eq!(Wording::default().faults().iter().map(|f| f.field).collect::<Vec<_>>(), ["to", "subject", "body"]);
    }
}
