//! Phrasings: how a phrase is written in the content, and finding every one of them in a text in one pass.
//!
//! A phrase is a few words. Words are compared by stem; articles, possessives and fillers between them do not matter.
//! `(a|b c)` is a choice, `(a|)` an optional word, `@set` any member of a named set, `...` up to three words in
//! between, `#` any number, and `a ~ b` both parts in one sentence, near each other, in any order.

use std::collections::{HashMap, HashSet};

use crate::text::{Kind, Spellings, Token, stem, tokens};

/// Up to this many words that matter may stand between the parts of a `~` phrase.
const NEAR: usize = 7;
/// `...` bridges up to this many words.
const GAP: usize = 3;
/// A phrase that means more than this many word sequences is written too widely.
const MOST_SEQUENCES: usize = 600;

/// One step of a sequence: a stem, any number, or a gap.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Step {
    Stem(u32),
    Number,
    Gap,
}

/// What a found phrase stands for; given by who adds the phrase.
pub type Label = u32;

/// A phrase found in a text: its label and the tokens it spans (first and last, inclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Found {
    /// What was found.
    pub label: Label,
    /// Index of the first token.
    pub first: usize,
    /// Index of the last token.
    pub last: usize,
}

#[derive(Debug, Clone)]
struct Near {
    label: Label,
    parts: Vec<Label>,
}

/// All phrases of a content, as one structure that is walked once for each text.
#[derive(Debug, Default)]
pub struct Phrases {
    vocabulary: HashMap<String, u32>,
    sets: HashMap<String, Vec<String>>,
    skipped: HashSet<String>,
    skipped_ids: HashSet<u32>,
    fillers: HashSet<String>,
    nodes: HashMap<(u32, Step), u32>,
    next_node: u32,
    gaps: HashSet<u32>,
    ends: HashMap<u32, Vec<Label>>,
    nears: Vec<Near>,
    nears_of: HashMap<Label, Vec<usize>>,
    hidden: HashMap<String, Label>,
    next_hidden: Label,
    /// Every plain sequence that was added, with its labels: to find phrases that belong to two concepts.
    pub sequences: HashMap<String, Vec<Label>>,
}

/// Labels from here on are parts of `~` phrases and are not told to callers.
const HIDDEN: Label = 1 << 24;

impl Phrases {
    /// An empty collection that knows the sets, the words skipped everywhere and the fillers.
    pub fn new(sets: HashMap<String, Vec<String>>, skipped: &[String], fillers: &[String]) -> Self {
        let mut phrases = Phrases {
            sets,
            skipped: skipped.iter().map(|w| stem(w)).collect(),
            fillers: fillers.iter().map(|w| stem(w)).collect(),
            next_node: 1,
            next_hidden: HIDDEN,
            ..Phrases::default()
        };
        phrases.skipped_ids = skipped.iter().map(|w| phrases.word(&stem(w))).collect();
        phrases
    }

    /// Adds a phrase. Says what is wrong with one that cannot be read.
    pub fn add(&mut self, phrase: &str, label: Label, spellings: &Spellings) -> Result<(), String> {
        if !phrase.contains('~') {
            return self.add_sequence(phrase, label, spellings);
        }
        let mut parts = Vec::new();
        for part in phrase.split('~').map(str::trim) {
            if part.is_empty() {
                return Err(format!("“{phrase}” has an empty side"));
            }
            let known = self.hidden.get(part).copied();
            let hidden = match known {
                Some(hidden) => hidden,
                None => {
                    let hidden = self.next_hidden;
                    self.next_hidden += 1;
                    self.hidden.insert(part.to_owned(), hidden);
                    self.add_sequence(part, hidden, spellings)?;
                    hidden
                }
            };
            parts.push(hidden);
        }
        self.nears_of.entry(parts[0]).or_default().push(self.nears.len());
        self.nears.push(Near { label, parts });
        Ok(())
    }

    fn add_sequence(&mut self, phrase: &str, label: Label, spellings: &Spellings) -> Result<(), String> {
        for sequence in self.expanded(phrase)? {
            let mut steps = Vec::new();
            let mut written = Vec::new();
            for piece in sequence.split_whitespace() {
                match piece {
                    "..." => steps.push(Step::Gap),
                    "#" => steps.push(Step::Number),
                    word => {
                        for token in tokens(word, spellings) {
                            match token.kind {
                                Kind::Word => {
                                    written.push(token.stem.clone());
                                    steps.push(Step::Stem(self.word(&token.stem)));
                                }
                                Kind::Number(_) => steps.push(Step::Stem(self.word(&token.stem))),
                                Kind::Mark(_) => {}
                            }
                        }
                    }
                }
            }
            let kept: Vec<Step> = steps.iter().filter(|s| !matches!(s, Step::Stem(id) if self.skipped_ids.contains(id))).cloned().collect();
            let steps = if kept.is_empty() { steps } else { kept };
            if steps.is_empty() || steps.first() == Some(&Step::Gap) || steps.last() == Some(&Step::Gap) {
                return Err(format!("“{phrase}” says nothing, or starts or ends with a gap"));
            }
            let mut node = 0;
            for step in &steps {
                if *step == Step::Gap {
                    self.gaps.insert(node);
                }
                let next = self.next_node;
                node = *self.nodes.entry((node, step.clone())).or_insert(next);
                if node == next {
                    self.next_node += 1;
                }
            }
            let ends = self.ends.entry(node).or_default();
            if !ends.contains(&label) {
                ends.push(label);
            }
            let labels = self.sequences.entry(format!("{steps:?}")).or_default();
            if label < HIDDEN && !labels.contains(&label) {
                labels.push(label);
            }
        }
        Ok(())
    }

    fn word(&mut self, stem: &str) -> u32 {
        let next = u32::try_from(self.vocabulary.len()).unwrap_or(u32::MAX);
        *self.vocabulary.entry(stem.to_owned()).or_insert(next)
    }

    /// Every plain sequence that a phrase means.
    fn expanded(&self, phrase: &str) -> Result<Vec<String>, String> {
        let mut done = vec![String::new()];
        let mut rest = phrase;
        while let Some(at) = rest.find(['(', '@']) {
            for d in &mut done {
                d.push_str(&rest[..at]);
            }
            let after = &rest[at + 1..];
            let choices: Vec<String> = if rest[at..].starts_with('(') {
                let close = after.find(')').ok_or_else(|| format!("“{phrase}” opens a bracket and does not close it"))?;
                rest = &after[close + 1..];
                let mut choices = Vec::new();
                for choice in after[..close].split('|') {
                    choices.extend(if choice.contains('@') { self.expanded(choice)? } else { vec![choice.to_owned()] });
                }
                choices
            } else {
                let name_ends = after.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').unwrap_or(after.len());
                rest = &after[name_ends..];
                self.sets
                    .get(&after[..name_ends])
                    .cloned()
                    .ok_or_else(|| format!("“{phrase}” names the set @{}, which is not there", &after[..name_ends]))?
            };
            if done.len() * choices.len() > MOST_SEQUENCES {
                return Err(format!("“{phrase}” means more than {MOST_SEQUENCES} sequences: use ~ between its parts"));
            }
            done = done.iter().flat_map(|d| choices.iter().map(move |c| format!("{d} {c} "))).collect();
        }
        for d in &mut done {
            d.push_str(rest);
        }
        Ok(done)
    }

    /// Whether some phrase uses a word of this stem.
    pub fn knows(&self, stem: &str) -> bool {
        self.vocabulary.contains_key(stem) || self.skipped.contains(stem) || self.fillers.contains(stem)
    }

    /// Every stem that some phrase uses.
    pub fn vocabulary(&self) -> impl Iterator<Item = &str> {
        self.vocabulary.keys().map(String::as_str)
    }

    /// Every phrase in the text, without repeats, by place.
    pub fn find(&self, text: &[Token]) -> Vec<Found> {
        let ids: Vec<Option<u32>> = text
            .iter()
            .map(|t| if t.kind == Kind::Word || t.number().is_some() { self.vocabulary.get(&t.stem).copied() } else { None })
            .collect();
        let free: Vec<bool> =
            text.iter().map(|t| t.kind == Kind::Word && (self.skipped.contains(&t.stem) || self.fillers.contains(&t.stem))).collect();
        let mut found = Vec::new();
        let mut walk = Walk { phrases: self, text, ids: &ids, free: &free, found: &mut found, first: 0, budget: 0 };
        for first in 0..text.len() {
            walk.first = first;
            walk.budget = 400;
            walk.step(0, first, first, 0);
        }
        found.sort_unstable_by_key(|f: &Found| (f.first, f.last, f.label));
        found.dedup();
        let near = self.near(text, &free, &found);
        found.retain(|f| f.label < HIDDEN);
        found.extend(near);
        found.sort_unstable_by_key(|f| (f.first, f.last, f.label));
        found.dedup();
        found
    }

    fn near(&self, text: &[Token], free: &[bool], found: &[Found]) -> Vec<Found> {
        let mut by_label: HashMap<Label, Vec<Found>> = HashMap::new();
        for f in found.iter().filter(|f| f.label >= HIDDEN) {
            by_label.entry(f.label).or_default().push(*f);
        }
        let mut out = Vec::new();
        for (label, starts) in &by_label {
            for near in self.nears_of.get(label).into_iter().flatten().map(|&i| &self.nears[i]) {
                if near.parts[1..].iter().any(|p| !by_label.contains_key(p)) {
                    continue;
                }
                for start in starts.iter().take(12) {
                    if let Some((first, last)) = joined(text, free, &by_label, &near.parts[1..], (start.first, start.last)) {
                        out.push(Found { label: near.label, first, last });
                    }
                }
            }
        }
        out
    }
}

/// The span that holds a match of every part near the span so far.
fn joined(
    text: &[Token],
    free: &[bool],
    by_label: &HashMap<Label, Vec<Found>>,
    parts: &[Label],
    span: (usize, usize),
) -> Option<(usize, usize)> {
    let Some((part, rest)) = parts.split_first() else {
        return Some(span);
    };
    let mut choices: Vec<(usize, &Found)> = by_label[part]
        .iter()
        .filter(|f| text[f.first].sentence == text[span.0].sentence && (f.first > span.1 || f.last < span.0))
        .filter_map(|f| {
            let between = if f.first > span.1 { span.1 + 1..f.first } else { f.last + 1..span.0 };
            let words = between.filter(|&i| text[i].kind == Kind::Word && !free[i]).count();
            (words <= NEAR).then_some((words, f))
        })
        .collect();
    choices.sort_by_key(|(words, _)| *words);
    choices.into_iter().take(4).find_map(|(_, f)| joined(text, free, by_label, rest, (span.0.min(f.first), span.1.max(f.last))))
}

struct Walk<'a> {
    phrases: &'a Phrases,
    text: &'a [Token],
    ids: &'a [Option<u32>],
    free: &'a [bool],
    found: &'a mut Vec<Found>,
    first: usize,
    budget: usize,
}

impl Walk<'_> {
    /// Follows every way on from `node` at token `at`; `last` is the last token that was matched.
    fn step(&mut self, node: u32, at: usize, last: usize, skipped: usize) {
        if self.budget == 0 {
            return;
        }
        self.budget -= 1;
        if node != 0
            && skipped == 0
            && let Some(labels) = self.phrases.ends.get(&node)
        {
            self.found.extend(labels.iter().map(|&label| Found { label, first: self.first, last }));
        }
        let Some(token) = self.text.get(at) else {
            return;
        };
        if node != 0 && token.sentence != self.text[self.first].sentence {
            return;
        }
        if let Some(id) = self.ids[at]
            && let Some(&next) = self.phrases.nodes.get(&(node, Step::Stem(id)))
        {
            self.step(next, at + 1, at, 0);
        }
        if token.number().is_some()
            && let Some(&next) = self.phrases.nodes.get(&(node, Step::Number))
        {
            self.step(next, at + 1, at, 0);
        }
        if node == 0 {
            return;
        }
        if self.free[at] && skipped < 4 {
            self.step(node, at + 1, last, skipped + 1);
        }
        if skipped == 0 && self.phrases.gaps.contains(&node) {
            self.bridge(node, at, last);
        }
    }

    /// Lets a `...` cover 0 to [`GAP`] words of the same clause.
    fn bridge(&mut self, node: u32, at: usize, last: usize) {
        let Some(&next) = self.phrases.nodes.get(&(node, Step::Gap)) else {
            return;
        };
        let mut words = 0;
        for i in at..self.text.len() {
            let token = &self.text[i];
            if matches!(token.kind, Kind::Mark(_)) || token.sentence != self.text[self.first].sentence {
                return;
            }
            if let Some(id) = self.ids[i]
                && let Some(&after) = self.phrases.nodes.get(&(next, Step::Stem(id)))
            {
                self.step(after, i + 1, i, 0);
            }
            if token.number().is_some()
                && let Some(&after) = self.phrases.nodes.get(&(next, Step::Number))
            {
                self.step(after, i + 1, i, 0);
            }
            if !self.free[i] {
                words += 1;
            }
            if words > GAP {
                return;
            }
        }
        let _ = last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases(list: &[&str]) -> Phrases {
        let sets = HashMap::from([("pain".to_owned(), vec!["pain".to_owned(), "ache".to_owned(), "hurt".to_owned()])]);
        let skip = ["my", "the", "in", "a", "is", "of", "i"].map(str::to_owned);
        let mut p = Phrases::new(sets, &skip, &["really".to_owned()]);
        for (i, phrase) in list.iter().enumerate() {
            p.add(phrase, i as Label, &Spellings::default()).unwrap();
        }
        p
    }

    fn finds(p: &Phrases, text: &str) -> Vec<Label> {
        p.find(&tokens(text, &Spellings::default())).into_iter().map(|f| f.label).collect()
    }

    #[test]
    fn words_that_do_not_matter_may_stand_between() {
        let p = phrases(&["pain in chest", "@pain ~ (chest|breastbone)", "not ... breath", "temp #"]);
        assert_eq!(finds(&p, "I have a pain in my chest"), [0, 1]);
        assert_eq!(finds(&p, "My chest really hurts"), [1]);
        assert_eq!(finds(&p, "My chest. It hurts"), Vec::<Label>::new());
        assert_eq!(finds(&p, "she is not able to breathe"), [2]);
        assert_eq!(finds(&p, "temp is 39"), [3]);
    }

    #[test]
    fn a_phrase_that_cannot_be_read_is_refused_in_words() {
        let mut p = phrases(&[]);
        for bad in ["(a|b", "@nothing here", "... x", "a ~ "] {
            assert!(p.add(bad, 0, &Spellings::default()).is_err(), "{bad}");
        }
    }
}
