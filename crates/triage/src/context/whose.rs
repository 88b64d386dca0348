//! Whose a mention is: the writer's, the patient's for whom they write, or a relative's who is not the patient.

use super::{Reading, Sense};
use crate::{content::ConceptKind, phrase::Found, text::Token};

/// Who is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Writer,
    Child,
    Partner,
    Relative,
    Acquaintance,
}

const FIRST_PERSON: &[&str] = &["i", "me", "my", "myself", "ive", "im", "mine", "we"];
const THIRD_PERSON: &[&str] = &["he", "she", "him", "her", "his", "they", "their", "hes", "shes", "theyre", "himself", "herself"];
const PAST_VERBS: &[&str] = &["had", "died", "suffered", "diagnosed", "passed", "experienced", "developed"];
const DEATH: &[&str] = &["died", "death", "funeral"];

impl Subject {
    /// Whom a marker names, if anybody.
    pub(super) fn of(sense: Sense) -> Option<Self> {
        Some(match sense {
            Sense::Child => Subject::Child,
            Sense::Partner => Subject::Partner,
            Sense::Relative => Subject::Relative,
            Sense::Acquaintance => Subject::Acquaintance,
            _ => return None,
        })
    }
}

impl Reading<'_> {
    /// Who the words at `at` are about: the nearest person or pronoun before, in this sentence; else carried over.
    fn subject(&self, at: usize) -> (Subject, bool) {
        let sentence = self.in_sentence(at);
        for i in (0..at).rev().take_while(|&i| self.in_sentence(i) == sentence) {
            if let Some(subject) = self.person_at[i] {
                return (subject, true);
            }
            let word = self.text[i].word.as_str();
            if matches!(word, "i" | "ive" | "im" | "me" | "myself") || word == "my" && self.person_at.get(i + 1).is_none_or(Option::is_none)
            {
                return (Subject::Writer, true);
            }
            if THIRD_PERSON.contains(&word) {
                let earlier = self.person_at[..i].iter().rev().find_map(|s| *s);
                // A he or she whom nobody has named is the patient.
                return (earlier.unwrap_or(Subject::Child), false);
            }
        }
        (Subject::Writer, false)
    }

    pub(super) fn is_somebody_elses(&self, m: &Found, kind: ConceptKind, about_other: bool) -> bool {
        let sentence = self.in_sentence(m.first);
        let of_family = |f: &Found| {
            let says_i = f.last < m.first && self.starts_statement(f.last + 1, m.first);
            self.in_sentence(f.first) == sentence && self.clear(f, m) && !says_i && !self.turns_to_now(f, m, kind)
        };
        if self.around(Sense::FamilyHistory, m).any(|(f, _)| of_family(f)) {
            return true;
        }
        // “Gran died and since then I want to join her” is said of who says I.
        let says_i =
            (m.first..=m.last).rev().find(|&i| matches!(self.text[i].word.as_str(), "i" | "ive" | "im") || self.person_at[i].is_some());
        let (subject, named) = match says_i {
            Some(i) if self.person_at[i].is_none() => (Subject::Writer, true),
            _ => self.subject(m.first),
        };
        let words = |list: &[&str]| self.text.iter().any(|t| t.sentence == sentence && list.contains(&t.word.as_str()));
        let recent = self.sense(Sense::Recent).any(|(r, _)| self.in_sentence(r.first) == sentence);
        match subject {
            Subject::Writer | Subject::Child => false,
            Subject::Partner => {
                named && words(DEATH) || self.sense(Sense::Past).any(|(p, _)| self.in_sentence(p.first) == sentence) && !about_other
            }
            Subject::Relative | Subject::Acquaintance => {
                if named && words(DEATH) {
                    return true;
                }
                if recent {
                    return !about_other && kind == ConceptKind::Condition;
                }
                let past = self.is_told_of(m.first, kind);
                let condition = matches!(kind, ConceptKind::Condition | ConceptKind::Medicine | ConceptKind::Procedure);
                named && past && !about_other || condition && !about_other || named && subject == Subject::Acquaintance && !about_other
            }
        }
    }

    /// “Family history of heart disease and crushing chest pain today”: what is joined on, is no disease and is said of now is
    /// the writer's own.
    fn turns_to_now(&self, family: &Found, m: &Found, kind: ConceptKind) -> bool {
        let joined = (family.last + 1..m.first).rev().find(|&i| matches!(self.text[i].word.as_str(), "and" | "plus" | ","));
        let now =
            |and: usize| self.sense(Sense::Recent).any(|(r, _)| r.first > and && self.in_sentence(r.first) == self.in_sentence(m.first));
        kind.is_clinical() && joined.is_some_and(now)
    }

    /// Whether what somebody else had is told as their story. “Mum has had crushing chest pain”, “Gran developed a rash” and,
    /// where the writer speaks of nobody else, “Dad had slurred speech” tell what is happening to them.
    fn is_told_of(&self, at: usize, kind: ConceptKind) -> bool {
        let Some((place, verb)) = self.verb_before(at).filter(|(_, v)| PAST_VERBS.contains(v)) else { return false };
        if matches!(kind, ConceptKind::Condition | ConceptKind::Medicine | ConceptKind::Procedure) || verb == "died" {
            return true;
        }
        let sentence = self.in_sentence(at);
        let long_ago = self.sense(Sense::Past).any(|(p, _)| self.in_sentence(p.first) == sentence);
        let still = place > 0 && matches!(self.text[place - 1].word.as_str(), "has" | "hasnt" | "not") || verb != "had";
        let of_self = self.text.iter().any(|t| matches!(t.word.as_str(), "i" | "ive" | "im" | "me" | "myself" | "mine" | "we"));
        // One thing that a grandmother had is her story; two at once are what somebody sees before them.
        let end =
            self.mentions.iter().filter(|m| self.in_sentence(m.first) == sentence && m.first <= at).map(|m| m.last).max().unwrap_or(at);
        let alone = self.mentions.iter().all(|m| {
            self.in_sentence(m.first) != sentence
                || m.first <= end && m.last >= at
                || !self.content.concepts[m.label as usize].kind.is_clinical()
        });
        let friend = matches!(self.subject(at).0, Subject::Acquaintance);
        long_ago || !still && (of_self || alone || friend)
    }

    fn verb_before(&self, at: usize) -> Option<(usize, &str)> {
        let sentence = self.in_sentence(at);
        (0..at).rev().take_while(|&i| self.in_sentence(i) == sentence).map(|i| (i, self.text[i].word.as_str())).find(|(_, w)| {
            PAST_VERBS.contains(w)
                || matches!(*w, "has" | "have" | "is" | "keeps" | "keep" | "are" | "cannot" | "can" | "feels" | "gets" | "says" | "looks")
        })
    }

    /// Whether the patient is somebody other than the writer: another person is spoken of in the present, and the
    /// writer names no complaint of their own.
    pub(super) fn is_about_somebody_else(&self) -> bool {
        if self.text.iter().any(|t| t.word == "behalf") {
            return true;
        }
        let mut others = 0;
        let mut own = 0;
        for m in &self.mentions {
            let kind = self.content.concepts[m.label as usize].kind;
            let sentence = self.in_sentence(m.first);
            let (subject, named) = self.subject(m.first);
            let gone = self.text.iter().any(|t| t.sentence == sentence && DEATH.contains(&t.word.as_str()));
            let past = self.is_told_of(m.first, kind);
            let recent = self.sense(Sense::Recent).any(|(r, _)| self.in_sentence(r.first) == sentence);
            match subject {
                Subject::Writer if kind.is_clinical() && named => own += 1,
                Subject::Writer => {}
                Subject::Child => others += 1,
                Subject::Acquaintance if named && past && !recent => {}
                Subject::Relative if named && past && !recent => {}
                _ if gone => {}
                _ if kind.is_clinical() => others += 1,
                _ => {}
            }
        }
        others > 0 && others >= own
    }
}

/// Whether the text speaks in the first person at all.
pub fn speaks_of_self(text: &[Token]) -> bool {
    text.iter().any(|t| FIRST_PERSON.contains(&t.word.as_str()))
}

#[cfg(test)]
mod tests {
    use portico_domain::{advice::Status, triage::Urgency};

    use crate::{Engine, Request};

    #[test]
    fn whoever_writes_for_somebody_they_care_for_tells_of_them() {
        let counted = |text: &str, word: &str, cared_for: bool| {
            let advice = Engine::shipped().advise(&Request { cared_for, ..Request::new(text) });
            advice.findings.iter().any(|f| f.words.contains(word) && f.status == Status::Present)
        };
        for (text, word) in [
            ("I am not well. My mother had a stroke.", "stroke"),
            ("I have a cough. My father has epilepsy.", "epilepsy"),
            ("I have a cough. My mother had chest pain.", "chest pain"),
        ] {
            assert!(counted(text, word, true), "of whom they care for: {text}");
            assert!(!counted(text, word, false), "of the writer's own matter: {text}");
        }
        // And when the whole message is about them it is an emergency, whoever they say they are.
        let text = "I look after her. My mother had a stroke, has angina and now has crushing chest pain.";
        assert_eq!(Engine::shipped().advise(&Request { cared_for: true, ..Request::new(text) }).urgency, Urgency::Emergency);
    }
}
