//! Whether a complaint is over. What is over is less urgent, so it must be said of this complaint, whole, and for good.

use super::{FAR, Reading, Sense};
use portico_domain::advice::Status;

use crate::{
    content::ConceptKind,
    phrase::Found,
    text::{Kind, Token},
};

/// What may stand before “went away” in a sentence of its own that speaks of the complaint before it.
const SAME: &[&str] = &[
    "it",
    "its",
    "that",
    "this",
    "these",
    "they",
    "them",
    "the",
    "pain",
    "pains",
    "symptom",
    "symptoms",
    "feeling",
    "all",
    "has",
    "have",
    "had",
    "is",
    "are",
    "was",
    "were",
    "now",
    "then",
    "since",
    "but",
    "just",
    "after",
    "an",
    "a",
    "hour",
    "hours",
    "minute",
    "minutes",
    "mins",
    "few",
    "couple",
    "of",
    "did",
    "completely",
    "totally",
    "fully",
    "eventually",
    "luckily",
    "thankfully",
    "thank",
    "god",
    "goodness",
    "seem",
    "seems",
    "feel",
    "feels",
    "i",
    "im",
    "am",
    "me",
    "my",
    "we",
    "he",
    "hes",
    "she",
    "shes",
    "his",
    "her",
    "which",
    "and",
    "so",
    "quickly",
    "soon",
    "later",
    "gradually",
    "slowly",
    "by",
    "itself",
    "though",
    "attack",
    "episode",
    "thing",
    "both",
    "been",
    "lasted",
    "for",
    "about",
    "within",
    "everything",
];
/// Before “gone”: it has not, or not quite, or only perhaps.
const UNFINISHED: &[&str] = &[
    "not", "never", "nearly", "almost", "barely", "hardly", "until", "till", "unless", "if", "will", "would", "partly", "mostly", "half",
    "yet", "hope", "hoping", "nothing",
];
/// After “eased off”: only in part.
const PARTLY: &[&str] = &["bit", "little", "slightly", "somewhat", "mostly", "partly"];
const COMES: &[&str] = &["is", "are", "came", "come", "comes", "coming", "now", "then", "it", "its", "was"];
const STARTS: &[&str] = &["started", "starting", "start", "starts", "happening", "happened", "happens", "began", "begun", "there", "came"];

impl Reading<'_> {
    pub(super) fn is_over(&self, m: &Found) -> bool {
        let sentence = self.in_sentence(m.first);
        self.sense(Sense::Resolved).any(|(r, reach)| {
            let there = self.in_sentence(r.first);
            let said = there == sentence && self.is_said_of(m, r, reach) || there == sentence + 1 && self.is_said_next(m, r);
            said && !self.is_unfinished(r) && !self.comes_back(r)
        })
    }

    /// “Fine now” as a finding of its own lowers an urgency only when it is said of what somebody writes about: not of a
    /// husband, of everything else, of a cold beside a stroke, nor when it is denied.
    pub(super) fn ending(&self, q: &Found) -> Option<Status> {
        let (r, _) = self.sense(Sense::Resolved).find(|(r, _)| r.first <= q.last && r.last >= q.first)?;
        if self.is_unfinished(r) || self.comes_back(r) {
            return Some(Status::Denied);
        }
        let there = self.in_sentence(r.first);
        let ends =
            |i: usize| self.ends_at[i] || matches!(self.text[i].kind, Kind::Mark(_)) || matches!(self.text[i].word.as_str(), "and" | "but");
        let begins = (0..r.first).rev().take_while(|&i| self.in_sentence(i) == there && !ends(i)).last().unwrap_or(r.first);
        let clinical = |o: &&Found| self.content.concepts[o.label as usize].kind.is_clinical();
        let named: Vec<&Found> = self.mentions.iter().filter(clinical).filter(|o| o.first < r.first && o.last >= begins).collect();
        let known = |i: usize| {
            SAME.contains(&self.text[i].word.as_str())
                || self.text[i].kind != Kind::Word
                || named.iter().any(|o| o.first <= i && i <= o.last)
                || self.text[..begins].iter().any(|t| t.stem == self.text[i].stem)
        };
        let related = |a: &Found, b: &Found| {
            let (a, b) = (a.label as usize, b.label as usize);
            self.content.wider[a].contains(&b) || self.content.wider[b].contains(&a)
        };
        let another = !named.is_empty()
            && self.mentions.iter().filter(clinical).any(|o| {
                (o.last < begins || o.first > r.last)
                    && !named.iter().any(|n| related(o, n))
                    && self.content.concepts[o.label as usize].kind == ConceptKind::Symptom
            });
        (another || !(begins..r.first).all(known)).then_some(Status::Other)
    }

    /// “The pain has gone now”: the same sentence, with nobody and nothing else between.
    fn is_said_of(&self, m: &Found, r: &Found, reach: usize) -> bool {
        if r.first <= m.last || r.first - m.last > FAR {
            return false;
        }
        let between = m.last + 1..r.first;
        let other_complaint = self.mentions.iter().any(|o| {
            o.first > m.last && o.last < r.first && o.label != m.label && self.content.concepts[o.label as usize].kind.is_clinical()
        });
        let somebody_else = between.clone().any(|i| {
            self.person_at[i].is_some() && !self.is_said_before(i, m)
                || matches!(self.text[i].word.as_str(), "else" | "other" | "otherwise")
        });
        !other_complaint && !somebody_else && self.between(m.last + 1, r.first, true).is_some_and(|w| w <= reach)
    }

    /// “It has gone now.” in the next sentence, which speaks of nothing and nobody else.
    fn is_said_next(&self, m: &Found, r: &Found) -> bool {
        let there = self.in_sentence(r.first);
        let begins = (0..r.first).rev().take_while(|&i| self.in_sentence(i) == there).last().unwrap_or(r.first);
        r.first - begins <= 8
            && self.text[begins..r.first].iter().all(|t| match t.kind {
                Kind::Word => SAME.contains(&t.word.as_str()) || self.is_word_of(m, t),
                Kind::Number(_) | Kind::Mark(_) => true,
            })
    }

    /// Whether a word is one of the sentence of a mention.
    fn is_word_of(&self, m: &Found, word: &Token) -> bool {
        self.text.iter().any(|t| t.sentence == self.in_sentence(m.first) && t.stem == word.stem)
    }

    /// Whether the word at `i` was said before the mention already: “my son … my son is fine now”.
    fn is_said_before(&self, i: usize, m: &Found) -> bool {
        self.text[..m.first].iter().any(|t| t.stem == self.text[i].stem)
    }

    /// “has not gone away”, “nearly gone”, “eased off a bit”.
    fn is_unfinished(&self, r: &Found) -> bool {
        let before = self.text[..r.first].iter().rev().take(3).take_while(|t| !matches!(t.kind, Kind::Mark(_)));
        let after = self.text[r.last + 1..].iter().take(3).take_while(|t| !matches!(t.kind, Kind::Mark(_)));
        before.into_iter().any(|t| UNFINISHED.contains(&t.word.as_str())) || after.into_iter().any(|t| PARTLY.contains(&t.word.as_str()))
    }

    /// “went away but is back”, “settled, then started again”, “gone now. It is back.”
    fn comes_back(&self, r: &Found) -> bool {
        let there = self.in_sentence(r.first);
        let next = |i: usize| self.in_sentence(i) == there + 1;
        let rest = (r.last + 1..self.text.len()).take_while(|&i| self.in_sentence(i) == there);
        let begins_next = (r.last + 1..self.text.len()).skip_while(|&i| !next(i)).take_while(|&i| next(i)).take(8);
        rest.chain(begins_next).any(|i| self.returns(i, there))
    }

    fn returns(&self, i: usize, there: usize) -> bool {
        let before = |n: usize, words: &[&str]| (i.saturating_sub(n)..i).any(|j| words.contains(&self.text[j].word.as_str()));
        let follows = |words: &[&str]| self.text.get(i + 1).is_some_and(|t| words.contains(&t.word.as_str()));
        if before(3, &["not", "never", "no"]) {
            return false;
        }
        match self.text[i].word.as_str() {
            "back" => before(1, COMES) && !follows(&["to", "at", "in", "home"]),
            "again" => before(3, STARTS),
            "still" => self.in_sentence(i) == there && !follows(&["ok", "okay", "fine", "gone", "well"]),
            "returned" | "returning" | "recurred" | "restarted" => true,
            _ => false,
        }
    }
}
