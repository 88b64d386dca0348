//! Whether something is only asked about, imagined or feared. What somebody has is not, however the question is put.

use super::{FAR, Reading, Sense};
use crate::{content::ConceptKind, phrase::Found, text::Kind};

/// Before “symptoms of”: somebody has them.
const HAVING: &[&str] = &[
    "have",
    "has",
    "had",
    "having",
    "got",
    "getting",
    "gets",
    "showing",
    "shows",
    "show",
    "with",
    "displaying",
    "developed",
    "developing",
];
/// After “what is”: this one, here.
const THIS: &[&str] = &["this", "these", "my", "his", "her", "our"];

impl Reading<'_> {
    pub(super) fn is_imagined(&self, m: &Found, kind: ConceptKind) -> bool {
        let word = |i: usize| self.text.get(i).map_or("", |t| t.word.as_str());
        let before = |(h, reach): (&Found, usize)| {
            // “She is” begins a statement, and “if she is” none.
            let pronoun = word(h.last) == "if" && matches!(word(h.last + 1), "he" | "she" | "they" | "it" | "there" | "i" | "you");
            let from = h.last + 1 + usize::from(pronoun && h.last + 1 < m.first);
            h.last < m.first
                && m.first - h.last <= FAR
                && self.in_sentence(h.first) == self.in_sentence(m.first)
                && self.between(from, m.first, true).is_some_and(|w| w <= reach)
                && !self.starts_statement(h.last + 1, m.first)
        };
        if self.sense(Sense::Hypothetical).any(|(h, reach)| before((h, reach)) && !self.is_had(h, m)) {
            return true;
        }
        let feared = matches!(kind, ConceptKind::Condition | ConceptKind::Event | ConceptKind::Procedure);
        feared
            && self.sense(Sense::Feared).any(|(h, reach)| {
                before((h, reach))
                    || h.first > m.last
                        && self.in_sentence(h.first) == self.in_sentence(m.last)
                        && self.between(m.last + 1, h.first, false).is_some_and(|w| w <= 2)
            })
    }

    /// “showing signs of …”, “what is this …”, “what causes …? I have had it since noon”, “… now, do I ring 999?”.
    fn is_had(&self, h: &Found, m: &Found) -> bool {
        let word = |i: usize| self.text.get(i).map_or("", |t| t.word.as_str());
        let here = self.in_sentence(m.first);
        let of_signs = matches!(word(h.first), "symptom" | "symptoms" | "sign" | "signs");
        let having = of_signs && (h.first.saturating_sub(3)..h.first).any(|i| HAVING.contains(&word(i)) && self.in_sentence(i) == here);
        let whose = of_signs && (m.last + 1..m.last + 4).any(|i| matches!(word(i), "in" | "on") && THIS.contains(&word(i + 1)));
        let this = word(h.first) == "what" && THIS.contains(&word(h.last + 1));
        // The words of a loose phrase lie apart: what somebody has may be said between them.
        let first = if m.loose { m.parts.iter().map(|p| p.1).min().unwrap_or(m.last) } else { m.last };
        let rest = (first + 1..self.text.len()).take_while(|&i| self.in_sentence(i) <= here + 1);
        let named = |i: usize| matches!(word(i), "it" | "this" | "that" | "them" | "these" | "one" | "some");
        let told = rest.into_iter().any(|i| {
            let same = self.in_sentence(i) == here;
            let has = matches!(word(i), "i" | "he" | "she" | "ive" | "hes" | "shes" | "it" | "mine" | "they")
                && matches!(word(i + 1), "have" | "has" | "had" | "do" | "does" | "did" | "got" | "is");
            let ends = self.text.get(i + 2).is_none_or(|t| matches!(t.kind, Kind::Mark(_)) || t.sentence != self.text[i].sentence);
            let measured = self.text.get(i + 2).is_some_and(|t| t.number().is_some());
            same && matches!(word(i), "since" | "started")
                || has && (ends || measured || named(i + 2) || matches!(word(i + 2), "had" | "got") && named(i + 3))
        });
        having || whose || this || told || word(m.last + 1) == "now"
    }

    /// “…, I have …” after a marker of imagining: from there on it is a statement.
    pub(super) fn starts_statement(&self, from: usize, to: usize) -> bool {
        (from..to).any(|i| {
            self.text[i].is_mark(',')
                && self
                    .text
                    .get(i + 1)
                    .is_some_and(|t| matches!(t.word.as_str(), "i" | "im" | "ive" | "my" | "he" | "she" | "having" | "got"))
        })
    }
}

#[cfg(test)]
mod tests {
    use portico_domain::triage::Urgency;

    use crate::{Engine, Request};

    #[test]
    fn what_a_card_says_to_ring_for_is_imagined_and_what_a_person_says_comes_of_moving_is_not() {
        let urgency = |text: &str| Engine::shipped().advise(&Request::new(text)).urgency;
        for text in [
            "She says if she lies flat she can't breathe",
            "He said if he moves his head he gets a blinding sudden headache and vomits",
            "My husband says if he lies down he gets crushing chest pain",
            "mum said if she stands up she passes out and has black tarry poo",
            "The card says ring if temp over 38, and mine is 38.6 and I am on chemo and shivering",
            "The hospital said come back if I got chest pain again and I have got it now, it's crushing",
        ] {
            assert_eq!(urgency(text), Urgency::Emergency, "{text}");
        }
        for text in [
            "I still have the red card that says ring if temp 38 or shivery. Feel well. Can I bin it?",
            "School want the care plan saying that if she is fitting over 5 minutes they ring us. Can you post it?",
        ] {
            assert_ne!(urgency(text), Urgency::Emergency, "{text}");
        }
    }
}
