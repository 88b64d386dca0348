//! How much the words of a message together are like those of emergencies. Rules know what somebody thought of; people
//! write what nobody did. Each word, and each pair of near words, has a weight that was learnt from labelled messages and
//! is content like any other: in the repository, versioned, signed for. It raises an urgency and never lowers one.

use std::{collections::HashMap, hash::Hasher};

use portico_domain::{advice::Status, triage::Urgency};
use rustc_hash::{FxHashMap, FxHasher};
use serde::Deserialize;

use crate::{
    content::{Concept, Content},
    context::Mention,
    text::{Kind, Token},
};

/// The name of this reason among the rules that fired.
pub const RULE: &str = "wording";
/// What a reader of that reason sees first.
pub const TITLE: &str = "Worded like an emergency";
/// So many of the heaviest weights are kept in words, for people to read.
const SHOWN: usize = 100;

/// `[wording]` of the content.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordingText {
    /// From this share of certainty on the advice is an emergency, 0 to 1.
    pub alarm: f64,
    /// From this share on a person reads it now.
    pub doubt: f64,
    /// What no word at all weighs.
    pub bias: f64,
    /// What it was learnt from.
    pub source: String,
    /// When, `YYYY-MM-DD`.
    pub source_date: String,
    /// Who answers for it.
    pub owner: String,
    /// By when it must be learnt anew, `YYYY-MM-DD`.
    pub review: String,
    /// A line for each word (`grip`), pair (`can not`) and pair with a word between (`hold _ arm`): its weight, then it.
    pub weights: String,
}

/// The weights, ready for use.
#[derive(Debug, Default)]
pub struct Wording {
    about: WordingText,
    of: FxHashMap<u64, f32>,
}

/// What the words of a message weigh.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighed {
    /// How sure, 0 to 1.
    pub share: f64,
    /// The tokens that weigh most, heaviest first.
    pub heaviest: Vec<usize>,
}

/// What is weighed: a word, two that follow each other, or two with a word between.
#[derive(Debug, Clone, Copy)]
enum Part<'a> {
    Word(&'a str),
    Pair(&'a str, &'a str),
    Apart(&'a str, &'a str),
    /// A concept of the lexicon, with its status when it is not simply present.
    Concept(&'a str, &'a str),
}

impl<'a> Part<'a> {
    /// As it is written: `grip`, `can not`, `hold _ arm`.
    fn parse(words: &[&'a str]) -> Option<Self> {
        match *words {
            ["@", concept] => Some(Part::Concept(concept, "")),
            ["@", concept, status] => Some(Part::Concept(concept, status)),
            [word] => Some(Part::Word(word)),
            [a, b] => Some(Part::Pair(a, b)),
            [a, "_", b] => Some(Part::Apart(a, b)),
            _ => None,
        }
    }

    fn id(self) -> u64 {
        let (kind, first, second) = match self {
            Part::Word(word) => (0, word, ""),
            Part::Pair(a, b) => (1, a, b),
            Part::Apart(a, b) => (2, a, b),
            Part::Concept(id, status) => (3, id, status),
        };
        let mut hasher = FxHasher::default();
        hasher.write_u8(kind);
        hasher.write(first.as_bytes());
        hasher.write_u8(0xff);
        hasher.write(second.as_bytes());
        hasher.finish()
    }
}

impl std::fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Part::Word(word) => f.write_str(word),
            Part::Pair(a, b) => write!(f, "{a} {b}"),
            Part::Apart(a, b) => write!(f, "{a} _ {b}"),
            Part::Concept(id, status) => f.write_str(format!("@ {id} {status}").trim_end()),
        }
    }
}

/// The stem of a token as it is weighed; numbers are all one.
fn weighed(token: &Token) -> Option<&str> {
    match token.kind {
        Kind::Word => Some(token.stem.as_str()),
        Kind::Number(_) => Some("#"),
        Kind::Mark(_) => None,
    }
}

/// Every part of a text that is weighed, with the tokens that make it. What is denied, past, feared or somebody
/// else's is left out.
fn parts<'a>(text: &'a [Token], mentions: &[Mention], concepts: &'a [Concept], mut each: impl FnMut(Part<'a>, (usize, usize))) {
    let mut hidden = vec![false; text.len()];
    for (status, hides) in [(false, true), (true, false)] {
        for m in mentions.iter().filter(|m| matches!(m.status, Status::Present | Status::Resolved) == status) {
            hidden[m.span.0..=m.span.1].fill(hides);
        }
    }
    for m in mentions {
        let id = concepts[m.concept].id.as_str();
        match m.status {
            Status::Present => each(Part::Concept(id, ""), m.span),
            Status::Resolved => each(Part::Concept(id, "over"), m.span),
            Status::Past => each(Part::Concept(id, "past"), m.span),
            Status::Denied => each(Part::Concept(id, "denied"), m.span),
            Status::Feared => each(Part::Concept(id, "feared"), m.span),
            Status::Other => each(Part::Concept(id, "other"), m.span),
        }
    }
    let words: Vec<(usize, &str)> =
        text.iter().enumerate().filter(|(i, _)| !hidden[*i]).filter_map(|(i, t)| Some((i, weighed(t)?))).collect();
    for (n, &(i, word)) in words.iter().enumerate() {
        each(Part::Word(word), (i, i));
        let near = |gap: usize| words.get(n + gap).filter(|(j, _)| text[i].sentence == text[*j].sentence);
        if let Some(&(j, next)) = near(1) {
            each(Part::Pair(word, next), (i, j));
        }
        if let Some(&(j, next)) = near(2) {
            each(Part::Apart(word, next), (i, j));
        }
    }
}

impl Wording {
    /// Reads the weights; tells every fault.
    pub fn read(text: &WordingText, faults: &mut Vec<String>) -> Self {
        let mut of = FxHashMap::default();
        for line in text.weights.lines().map(str::trim).filter(|l| !l.is_empty()) {
            let parts: Vec<&str> = line.split_whitespace().collect();
            match (parts[0].parse::<f32>(), Part::parse(&parts[1..])) {
                (Ok(weight), Some(part)) => {
                    of.insert(part.id(), weight);
                }
                _ => faults.push(format!("wording: “{line}” is no weight with a word or a pair")),
            }
        }
        if !text.source_date.starts_with("20") || text.source.is_empty() || text.owner.is_empty() || text.review.len() != 10 {
            faults.push("wording: it lacks a source with a date, an owner or a review date".into());
        }
        if !(0.5..=1.0).contains(&text.alarm) || !(0.0..=text.alarm).contains(&text.doubt) {
            faults.push("wording: alarm must lie between 0.5 and 1, and doubt below it".into());
        }
        let weights = text.weights.lines().filter(|l| !l.trim().is_empty()).take(SHOWN).collect::<Vec<_>>().join("\n");
        Self { about: WordingText { weights, ..text.clone() }, of }
    }

    /// Where the weights come from, who answers for them, and the heaviest of them, heaviest first.
    pub fn about(&self) -> &WordingText {
        &self.about
    }

    /// Weighs a text; nothing when the content has no weights.
    pub fn weigh(&self, text: &[Token], mentions: &[Mention], concepts: &[Concept]) -> Option<Weighed> {
        if self.of.is_empty() {
            return None;
        }
        let mut seen = rustc_hash::FxHashSet::default();
        let mut by_token: FxHashMap<usize, f32> = FxHashMap::default();
        let mut sum = self.about.bias;
        parts(text, mentions, concepts, |part, (i, j)| {
            let id = part.id();
            if let Some(&weight) = self.of.get(&id)
                && seen.insert(id)
            {
                sum += f64::from(weight);
                for at in if i == j { vec![i] } else { vec![i, j] } {
                    *by_token.entry(at).or_default() += if i == j { weight } else { weight / 2.0 };
                }
            }
        });
        // Small words weigh too, but tell nobody anything.
        let telling = |at: usize| text[at].word.len() > 3 && text[at].kind == Kind::Word;
        let mut heaviest: Vec<(usize, f32)> = by_token.into_iter().filter(|(at, w)| *w > 0.1 && telling(*at)).collect();
        heaviest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Some(Weighed { share: 1.0 / (1.0 + (-sum).exp()), heaviest: heaviest.into_iter().map(|(at, _)| at).take(6).collect() })
    }

    /// The urgency that the words support, and whether they leave somebody unsure.
    pub fn supports(&self, weighed: &Weighed) -> (Option<Urgency>, bool) {
        let alarm = weighed.share >= self.about.alarm;
        (alarm.then_some(Urgency::Emergency), !alarm && weighed.share >= self.about.doubt)
    }
}

/// A labelled message, as the words are learnt from.
#[derive(Debug, Clone)]
pub struct Lesson {
    features: Vec<usize>,
    emergency: bool,
}

/// Learns weights from labelled messages: a logistic regression with a ridge penalty, the two labels weighing alike.
/// Deterministic: the same messages give the same weights.
#[derive(Debug, Default)]
pub struct Learning {
    names: Vec<String>,
    ids: HashMap<String, usize>,
    lessons: Vec<Lesson>,
}

/// A feature counts when so many messages have it.
const LEAST: usize = 3;
/// Of each concept so many phrasings are learnt from by themselves.
const PLAIN: usize = 6;
/// How much the label counts against the penalty.
const COST: f64 = 0.3;
/// Weights nearer to nothing than this are left out.
const SMALLEST: f64 = 0.04;
/// Steps of the descent.
const STEPS: usize = 400;

impl Learning {
    /// Adds a message.
    pub fn add(&mut self, content: &Content, request: &crate::Request, emergency: bool) {
        let (text, mentions) = crate::advise::read(content, request);
        let mut names = Vec::new();
        parts(&text, &mentions, &content.concepts, |part, _| names.push(part.to_string()));
        let mut features: Vec<usize> = names.into_iter().map(|name| self.id(name)).collect();
        features.sort_unstable();
        features.dedup();
        self.lessons.push(Lesson { features, emergency });
    }

    /// Adds the cases of every rule whose urgency is known: as it is said, or that of an emergency rule that fires.
    pub fn add_cases(&mut self, content: &Content) {
        for rule in &content.rules {
            for case in &rule.text.cases {
                let fires = (case.fires && rule.text.urgency == Urgency::Emergency).then_some(Urgency::Emergency);
                if let (Some(urgency), Ok(request)) = (case.urgency.or(fires), case.request()) {
                    self.add(content, &request, urgency == Urgency::Emergency);
                }
            }
        }
    }

    /// Adds what people say who have one complaint and nothing else: it is as urgent as the lexicon says, so that no
    /// single word raises an alarm that its concept would not.
    pub fn add_plain(&mut self, content: &Content) {
        for concept in &content.concepts {
            let Some(alone) = concept.alone else { continue };
            let plain = concept.phrases.iter().filter(|p| p.bytes().all(|b| b.is_ascii_lowercase() || b == b' '));
            for (n, phrase) in plain.take(PLAIN).enumerate() {
                let text = if n % 2 == 0 { phrase.clone() } else { format!("I have {phrase}") };
                self.add(content, &crate::Request::new(text), alone == Urgency::Emergency);
            }
        }
    }

    /// How many messages there are, and how many of them are emergencies.
    pub fn count(&self) -> (usize, usize) {
        (self.lessons.len(), self.lessons.iter().filter(|l| l.emergency).count())
    }

    fn id(&mut self, name: String) -> usize {
        let next = self.names.len();
        *self.ids.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            next
        })
    }

    /// The bias and every weight that matters, heaviest first.
    pub fn learn(&self) -> (f64, Vec<(f64, &str)>) {
        let all: Vec<usize> = (0..self.lessons.len()).collect();
        let (bias, weights) = self.fit(&all);
        let mut out: Vec<(f64, &str)> =
            weights.iter().zip(&self.names).filter(|(w, _)| w.abs() >= SMALLEST).map(|(w, n)| (*w, n.as_str())).collect();
        out.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        (bias, out)
    }

    /// What weights learnt from four fifths say of the other fifth: for each message its label and its share.
    pub fn tried(&self) -> Vec<(bool, f64)> {
        let mut out = Vec::new();
        for fold in 0..5 {
            let (learnt, asked): (Vec<usize>, Vec<usize>) = (0..self.lessons.len()).partition(|n| n % 5 != fold);
            let (bias, weights) = self.fit(&learnt);
            out.extend(asked.iter().map(|&n| (self.lessons[n].emergency, share(bias, &weights, &self.lessons[n]))));
        }
        out
    }

    fn fit(&self, of: &[usize]) -> (f64, Vec<f64>) {
        let mut known = vec![0usize; self.names.len()];
        of.iter().for_each(|&n| self.lessons[n].features.iter().for_each(|&f| known[f] += 1));
        let emergencies = of.iter().filter(|&&n| self.lessons[n].emergency).count().max(1) as f64;
        let total = of.len() as f64;
        let (mut bias, mut weights) = (0.0, vec![0.0; self.names.len()]);
        let (mut bias_square, mut squares) = (1e-8, vec![1e-8; self.names.len()]);
        for _ in 0..STEPS {
            let mut gradient = weights.clone();
            let mut bias_gradient = 0.0;
            for &n in of {
                let lesson = &self.lessons[n];
                let alike = total / 2.0 / if lesson.emergency { emergencies } else { (total - emergencies).max(1.0) };
                let wrong = share(bias, &weights, lesson) - f64::from(u8::from(lesson.emergency));
                let pull = COST * alike * wrong;
                bias_gradient += pull;
                lesson.features.iter().filter(|&&f| known[f] >= LEAST).for_each(|&f| gradient[f] += pull);
            }
            bias_square += bias_gradient * bias_gradient;
            bias -= 0.5 * bias_gradient / f64::sqrt(bias_square);
            for (f, g) in gradient.iter().enumerate().filter(|(f, _)| known[*f] >= LEAST) {
                squares[f] += g * g;
                weights[f] -= 0.2 * g / f64::sqrt(squares[f]);
            }
        }
        (bias, weights)
    }
}

fn share(bias: f64, weights: &[f64], lesson: &Lesson) -> f64 {
    let sum: f64 = lesson.features.iter().map(|&f| weights[f]).sum();
    1.0 / (1.0 + (-(bias + sum)).exp())
}
