//! The side of the body that is said with a complaint: “left arm is weak”, “a stabbing pain on my right”.

use portico_domain::advice::Side;

use super::Reading;
use crate::{phrase::Found, text::Kind};

/// So many words before a complaint, and so many after it, may name its side.
const BEFORE: usize = 3;
const AFTER: usize = 5;
/// “right now” and “right as rain” name no side.
const NOT_A_SIDE: [&str; 16] =
    ["now", "away", "after", "before", "then", "so", "bad", "poorly", "as", "through", "thing", "time", "place", "to", "about", "up"];

impl Reading<'_> {
    /// The side that is said of a symptom, sign or event; both when both are.
    pub(super) fn side(&self, m: &Found) -> Option<Side> {
        if !self.content.concepts[m.label as usize].kind.is_clinical() {
            return None;
        }
        let stops = |i: usize| {
            let turns = self.ends_at[i] && self.text[i].word != "my";
            turns || self.text[i].sentence != self.text[m.first].sentence || matches!(self.text[i].kind, Kind::Mark(_))
        };
        let before = (m.first.saturating_sub(BEFORE)..m.first).rev().take_while(|i| !stops(*i));
        let after = (m.last + 1..self.text.len().min(m.last + 1 + AFTER)).take_while(|i| !stops(*i));
        let (mut left, mut right) = (false, false);
        for i in before.chain(m.first..=m.last).chain(after) {
            match self.text[i].word.as_str() {
                "left" => left |= self.names_a_side(i),
                "right" => right |= self.names_a_side(i),
                "both" => (left, right) = (true, true),
                _ => {}
            }
        }
        match (left, right) {
            (true, true) => Some(Side::Both),
            (true, false) => Some(Side::Left),
            (false, true) => Some(Side::Right),
            (false, false) => None,
        }
    }

    /// “he left”, “nothing left”, “all right” and “right now” say no side.
    fn names_a_side(&self, at: usize) -> bool {
        let word = |i: Option<usize>| i.and_then(|i| self.text.get(i)).map_or("", |t| t.word.as_str());
        let (before, after) = (word(at.checked_sub(1)), word(Some(at + 1)));
        match self.text[at].word.as_str() {
            "left" => {
                !matches!(before, "i" | "he" | "she" | "they" | "we" | "have" | "has" | "nothing" | "none" | "been" | "just" | "tablets")
            }
            _ => !matches!(before, "all" | "not" | "feel" | "feels" | "felt") && !NOT_A_SIDE.contains(&after),
        }
    }
}

#[cfg(test)]
mod tests {
    use portico_domain::advice::Side;

    use crate::{Engine, Request};

    fn side(text: &str, concept: &str) -> Option<Side> {
        let advice = Engine::shipped().advise(&Request::new(text));
        let found = advice.findings.iter().find(|f| f.concept == concept);
        found.unwrap_or_else(|| panic!("{concept} is not found in “{text}”: {:?}", advice.findings)).side
    }

    #[test]
    fn the_side_that_is_said_belongs_to_the_complaint() {
        assert_eq!(side("My left arm is weak.", "arm-weakness"), Some(Side::Left));
        assert_eq!(side("I have earache in my right ear.", "earache"), Some(Side::Right));
        assert_eq!(side("Earache, both ears.", "earache"), None);
        assert_eq!(side("Earache in both ears.", "earache"), Some(Side::Both));
        assert_eq!(side("I have a headache right now.", "headache"), None);
        assert_eq!(side("I have a headache. He left.", "headache"), None);
    }
}
