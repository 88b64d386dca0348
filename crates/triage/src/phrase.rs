//! Phrasings: how a phrase is written in the content, and finding every one of them in a text in one pass.
//!
//! A phrase is a few words. Words are compared by stem; articles, possessives and fillers between them do not matter.
//! `(a|b c)` is a choice, `(a|)` an optional word, `@set` any member of a named set, `...` up to three words in
//! between, `#` any number, and `a ~ b` both parts in one sentence, near each other, in any order.

use std::collections::HashMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    text::{Kind, Spellings, Token, stem, tokens},
    tree::{GAP_STEP, NUMBER, STEMS, Step, Tree},
};

/// Up to this many words that matter may stand between the parts of a `~` phrase.
const NEAR: usize = 7;
/// Words that begin a denial of its own after a mark: a loose phrase does not reach over it.
const DENIALS: [&str; 4] = ["no", "nor", "without", "never"];
/// `...` bridges up to this many words.
const GAP: usize = 3;
/// A phrase that means more than this many word sequences is written too widely.
const MOST_SEQUENCES: usize = 2000;

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
    /// Whether its words may stand apart (`~`), so that what stands between them does not belong to it.
    pub loose: bool,
    /// The parts of a loose phrase, as first and last token; unused places repeat the first part.
    pub parts: [(usize, usize); 3],
}

impl Found {
    /// Whether the tokens from `first` to `last` belong to this phrase rather than stand between its parts.
    pub fn holds(&self, first: usize, last: usize) -> bool {
        let within = |(a, b): (usize, usize)| a <= first && last <= b;
        if self.loose { self.parts.iter().any(|p| within(*p)) } else { within((self.first, self.last)) }
    }
}

#[derive(Debug, Clone)]
struct Near {
    label: Label,
    parts: Vec<Label>,
}

/// All phrases of a content, as one structure that is walked once for each text.
#[derive(Debug, Default)]
pub struct Phrases {
    vocabulary: FxHashMap<String, u32>,
    /// Words that a marker wants as they are written, with their numbers.
    exact: FxHashMap<String, u32>,
    sets: HashMap<String, Vec<String>>,
    /// Words as the phrases have them, with how often, for spelling repair.
    surfaces: FxHashMap<String, u32>,
    skipped: FxHashSet<String>,
    skipped_ids: FxHashSet<u32>,
    fillers: FxHashSet<String>,
    /// While phrases are added: where each step leads, and the labels of what ends at a node. Empty once it is built.
    nodes: FxHashMap<(u32, Step), u32>,
    next_node: u32,
    ends: Vec<(u32, Label)>,
    tree: Tree,
    nears: Vec<Near>,
    nears_of: FxHashMap<Label, Vec<usize>>,
    hidden: HashMap<String, Label>,
    next_hidden: Label,
}

/// What carries a label from here up to the hidden ones stands in the text word for word: no small word is passed over.
pub const TIGHT: Label = 1 << 22;
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
            return self.add_sequence(phrase, label, spellings, false);
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
                    self.add_sequence(part, hidden, spellings, false)?;
                    hidden
                }
            };
            parts.push(hidden);
        }
        self.nears_of.entry(parts[0]).or_default().push(self.nears.len());
        self.nears.push(Near { label, parts });
        Ok(())
    }

    /// Adds a phrase whose words stand in the text exactly as written, small ones too.
    pub fn add_exactly(&mut self, phrase: &str, label: Label, spellings: &Spellings) -> Result<(), String> {
        self.add_sequence(phrase, label, spellings, true)
    }

    fn add_sequence(&mut self, phrase: &str, label: Label, spellings: &Spellings, exactly: bool) -> Result<(), String> {
        let mut added = false;
        for sequence in self.expanded(phrase)? {
            let mut steps: Vec<Step> = Vec::new();
            for piece in sequence.split_whitespace() {
                match piece {
                    "..." => steps.push(GAP_STEP),
                    "#" => steps.push(NUMBER),
                    word => {
                        for token in tokens(word, spellings) {
                            match token.kind {
                                Kind::Word if exactly => steps.push(STEMS + self.exact_word(token.word)),
                                Kind::Word => {
                                    steps.push(STEMS + self.word(&token.stem));
                                    *self.surfaces.entry(token.word).or_default() += 1;
                                }
                                Kind::Number(_) => steps.push(STEMS + self.word(&token.stem)),
                                Kind::Mark(_) => {}
                            }
                        }
                    }
                }
            }
            let kept: Vec<Step> = steps.iter().filter(|s| **s < STEMS || !self.skipped_ids.contains(&(**s - STEMS))).copied().collect();
            // A phrase of several words must not shrink to one: “at school” is not “school”.
            let mut steps = if kept.len() <= 1 && steps.len() > 1 { steps } else { kept };
            while steps.last() == Some(&GAP_STEP) {
                steps.pop();
            }
            while steps.first() == Some(&GAP_STEP) {
                steps.remove(0);
            }
            // A choice that is a small word alone says nothing; the other choices do.
            if steps.is_empty() {
                continue;
            }
            added = true;
            let mut node = 0;
            for step in steps {
                let next = self.next_node;
                node = *self.nodes.entry((node, step)).or_insert(next);
                if node == next {
                    self.next_node += 1;
                }
            }
            self.ends.push((node, label));
        }
        if added { Ok(()) } else { Err(format!("“{phrase}” has no word that is looked for")) }
    }

    fn word(&mut self, stem: &str) -> u32 {
        let next = self.next_word();
        *self.vocabulary.entry(stem.to_owned()).or_insert(next)
    }

    fn exact_word(&mut self, word: String) -> u32 {
        let next = self.next_word();
        *self.exact.entry(word).or_insert(next)
    }

    fn next_word(&self) -> u32 {
        u32::try_from(self.vocabulary.len() + self.exact.len()).unwrap_or(u32::MAX)
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
                let close = closing(after).ok_or_else(|| format!("“{phrase}” opens a bracket and does not close it"))?;
                rest = &after[close + 1..];
                let mut choices = Vec::new();
                for choice in top_level(&after[..close]) {
                    choices.extend(self.expanded(choice)?);
                }
                choices
            } else {
                let name_ends = after.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').unwrap_or(after.len());
                rest = &after[name_ends..];
                let name = &after[..name_ends];
                self.sets.get(name).cloned().ok_or_else(|| format!("“{phrase}” names the set @{name}, which is not there"))?
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

    /// Makes what was added ready to be found.
    pub fn build(&mut self) {
        self.tree = Tree::new(&std::mem::take(&mut self.nodes), std::mem::take(&mut self.ends));
        self.hidden = HashMap::new();
    }

    /// The labels of every plain sequence that stands for more than one thing.
    pub fn shared(&self) -> impl Iterator<Item = Vec<Label>> {
        let of = |node| self.tree.labels(node).iter().copied().filter(|l| *l < HIDDEN).collect();
        (0..self.tree.count()).map(of).filter(|l: &Vec<Label>| l.len() > 1)
    }

    /// Every stem that some phrase uses.
    pub fn vocabulary(&self) -> impl Iterator<Item = &str> {
        self.vocabulary.keys().map(String::as_str)
    }

    /// Every word that a marker wants as it is written.
    pub fn exact_words(&self) -> impl Iterator<Item = &str> {
        self.exact.keys().map(String::as_str)
    }

    /// Every word of the phrases, in the forms that they have there, with how often each is used.
    pub fn surfaces(&self) -> impl Iterator<Item = (&str, u32)> + Clone {
        self.surfaces.iter().map(|(word, times)| (word.as_str(), if self.skipped.contains(&stem(word)) { 8 } else { *times }))
    }

    /// Forgets what only spelling repair asks for, once it is made.
    pub fn forget_surfaces(&mut self) {
        self.surfaces = FxHashMap::default();
    }

    /// Every phrase in the text, without repeats, by place.
    pub fn find(&self, text: &[Token]) -> Vec<Found> {
        let ids: Vec<Option<u32>> = text
            .iter()
            .map(|t| if t.kind == Kind::Word || t.number().is_some() { self.vocabulary.get(&t.stem).copied() } else { None })
            .collect();
        let exact: Vec<Option<u32>> =
            text.iter().map(|t| if t.kind == Kind::Word { self.exact.get(&t.word).copied() } else { None }).collect();
        let free: Vec<bool> =
            text.iter().map(|t| t.kind == Kind::Word && (self.skipped.contains(&t.stem) || self.fillers.contains(&t.stem))).collect();
        let mut found = Vec::new();
        let mut walk = Walk { phrases: self, text, ids: &ids, exact: &exact, free: &free, found: &mut found, first: 0, budget: 0 };
        for first in 0..text.len() {
            walk.first = first;
            walk.budget = 400;
            walk.step(0, first, first, (0, false));
        }
        found.sort_unstable_by_key(|f: &Found| (f.first, f.last, f.label));
        found.dedup();
        let near = self.near(text, &free, &found);
        found.retain(|f| f.label < HIDDEN);
        found.extend(near);
        found.sort_unstable_by_key(|f| (f.first, f.last, f.label));
        found.dedup_by_key(|f| (f.first, f.last, f.label));
        found
    }

    fn near(&self, text: &[Token], free: &[bool], found: &[Found]) -> Vec<Found> {
        let mut by_label: FxHashMap<Label, Vec<Found>> = FxHashMap::default();
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
                    let own = (start.first, start.last);
                    if let Some(found) = joined(text, free, &by_label, &near.parts[1..], vec![own]) {
                        let first = found.iter().map(|p| p.0).min().unwrap_or(own.0);
                        let last = found.iter().map(|p| p.1).max().unwrap_or(own.1);
                        let part = |n: usize| found.get(n).copied().unwrap_or(own);
                        out.push(Found { label: near.label, first, last, loose: true, parts: [own, part(1), part(2)] });
                    }
                }
            }
        }
        out
    }
}

/// Where the bracket that is open closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.char_indices()
        .find(|(_, c)| {
            depth += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth < 0
        })
        .map(|(at, _)| at)
}

/// The choices between the bars that stand in no inner bracket.
fn top_level(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut out) = (0, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '|' if depth == 0 => {
                out.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    out.push(&text[from..]);
    out
}

/// A match of every part, each near one of the others, in any order.
fn joined(
    text: &[Token],
    free: &[bool],
    by_label: &FxHashMap<Label, Vec<Found>>,
    parts: &[Label],
    so_far: Vec<(usize, usize)>,
) -> Option<Vec<(usize, usize)>> {
    let Some((part, rest)) = parts.split_first() else {
        return Some(so_far);
    };
    let apart = |f: &Found, (first, last): (usize, usize)| {
        let mut between = if f.first > last { last + 1..f.first } else { f.last + 1..first };
        let denial =
            |i: usize| matches!(text[i].kind, Kind::Mark(_)) && text.get(i + 1).is_some_and(|t| DENIALS.contains(&t.word.as_str()));
        if between.clone().any(denial) {
            return NEAR + 1;
        }
        between.by_ref().filter(|&i| text[i].kind == Kind::Word && !free[i]).count()
    };
    let mut choices: Vec<(usize, (usize, usize))> = by_label[part]
        .iter()
        .filter(|f| text[f.first].sentence == text[so_far[0].0].sentence && so_far.iter().all(|p| f.first > p.1 || f.last < p.0))
        .filter_map(|f| {
            let words = so_far.iter().map(|p| apart(f, *p)).min()?;
            (words <= NEAR).then_some((words, (f.first, f.last)))
        })
        .collect();
    choices.sort_unstable();
    choices.into_iter().take(4).find_map(|(_, found)| joined(text, free, by_label, rest, [so_far.as_slice(), &[found]].concat()))
}

struct Walk<'a> {
    phrases: &'a Phrases,
    text: &'a [Token],
    ids: &'a [Option<u32>],
    exact: &'a [Option<u32>],
    free: &'a [bool],
    found: &'a mut Vec<Found>,
    first: usize,
    budget: usize,
}

impl Walk<'_> {
    /// Follows every way on from `node` at token `at`; `last` is the last token that was matched, `skipped` how many were
    /// passed over since, and whether any ever was.
    fn step(&mut self, node: u32, at: usize, last: usize, (skipped, ever): (usize, bool)) {
        if self.budget == 0 {
            return;
        }
        self.budget -= 1;
        let phrases = self.phrases;
        let tree = &phrases.tree;
        if node != 0 && skipped == 0 {
            let fits = |label: &&Label| !(ever && (TIGHT..HIDDEN).contains(*label));
            self.found.extend(tree.labels(node).iter().filter(fits).map(|&label| Found {
                label,
                first: self.first,
                last,
                loose: false,
                parts: [(self.first, last); 3],
            }));
        }
        let Some(token) = self.text.get(at) else {
            return;
        };
        if node != 0 && token.sentence != self.text[self.first].sentence {
            return;
        }
        if let Some(id) = self.ids[at]
            && let Some(next) = tree.next(node, STEMS + id)
        {
            self.step(next, at + 1, at, (0, ever));
        }
        if let Some(id) = self.exact[at]
            && let Some(next) = tree.next(node, STEMS + id)
        {
            self.step(next, at + 1, at, (0, ever));
        }
        if token.number().is_some()
            && let Some(next) = tree.next(node, NUMBER)
        {
            self.step(next, at + 1, at, (0, ever));
        }
        if node == 0 {
            return;
        }
        if self.free[at] && skipped < 4 {
            self.step(node, at + 1, last, (skipped + 1, true));
        }
        if skipped == 0
            && let Some(next) = tree.next(node, GAP_STEP)
        {
            self.bridge(next, at, ever);
        }
    }

    /// Lets a `...` that leads to `next` cover 0 to [`GAP`] words of the same clause.
    fn bridge(&mut self, next: u32, at: usize, ever: bool) {
        let mut words = 0;
        for i in at..self.text.len() {
            let token = &self.text[i];
            if matches!(token.kind, Kind::Mark(_)) || token.sentence != self.text[self.first].sentence {
                return;
            }
            if let Some(id) = self.ids[i]
                && let Some(after) = self.phrases.tree.next(next, STEMS + id)
            {
                self.step(after, i + 1, i, (0, ever));
            }
            if token.number().is_some()
                && let Some(after) = self.phrases.tree.next(next, NUMBER)
            {
                self.step(after, i + 1, i, (0, ever));
            }
            if !self.free[i] {
                words += 1;
            }
            if words > GAP {
                return;
            }
        }
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
        p.build();
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
    fn three_parts_stand_in_any_order() {
        let p = phrases(&["(car|van) ~ hit ~ head"]);
        for text in ["A car hit his head", "His head was hit by a car", "hit on the head by a van", "Head went into the car and hit it"] {
            assert_eq!(finds(&p, text), [0], "{text}");
        }
        assert_eq!(finds(&p, "A car hit him. His head is fine"), Vec::<Label>::new());
        assert_eq!(finds(&p, "A car went by, no harm, I hit my head"), Vec::<Label>::new(), "a denial of its own stands between");
    }

    #[test]
    fn a_phrase_that_cannot_be_read_is_refused_in_words() {
        let mut p = phrases(&[]);
        for bad in ["(a|b", "@nothing here", "...", "a ~ "] {
            assert!(p.add(bad, 0, &Spellings::default()).is_err(), "{bad}");
        }
    }
}
