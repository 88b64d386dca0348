//! The content: concepts, phrasings, markers of context and rules, read from TOML and checked. Content with a fault is
//! refused whole, with every fault in words.

use std::collections::{BTreeMap, HashMap};

use portico_domain::{advice::Manner, layer::Change, pathway::Pathway, triage::Urgency};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{
    condition::Condition,
    context::Sense,
    phrase::{Label, Phrases, TIGHT},
    spelling::{Protected, Speller},
    text::Spellings,
    wording::{Wording, WordingText},
};

/// What a concept is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConceptKind {
    /// What a patient feels.
    Symptom,
    /// What others can see or measure.
    Sign,
    /// Something that happened and needs care: an injury, an overdose, an assault.
    Event,
    /// A named disease or state of the body.
    Condition,
    /// A medicine or class of medicines.
    Medicine,
    /// An operation, test or treatment.
    Procedure,
    /// How something is: sudden, severe, worse.
    Quality,
    /// Who somebody is or how they live.
    Person,
    /// What is asked of the administration.
    Admin,
}

impl ConceptKind {
    /// Whether its presence makes a request clinical.
    pub fn is_clinical(self) -> bool {
        matches!(self, ConceptKind::Symptom | ConceptKind::Sign | ConceptKind::Event)
    }
}

/// One thing that a text can be about.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concept {
    /// Stable id, as used in rules.
    pub id: String,
    /// Its name, as staff read it.
    pub name: String,
    /// What it is.
    pub kind: ConceptKind,
    /// Wider concepts that it is an instance of.
    #[serde(default)]
    pub is: Vec<String>,
    /// What a quality tells of the finding that it is said of.
    pub tells: Option<Manner>,
    /// The urgency of this and nothing else, when no rule says more.
    pub alone: Option<Urgency>,
    /// The yes/no question by which a patient can be asked for it.
    pub ask: Option<String>,
    /// Concepts to ask the patient for first when this one is present, where they would make a more urgent rule fire.
    #[serde(default)]
    pub next: Vec<String>,
    /// Concepts with which it shares phrasings on purpose.
    #[serde(default)]
    pub shares: Vec<String>,
    /// How people say it.
    pub phrases: Vec<String>,
}

impl Concept {
    /// Whether somebody who has it has something to be seen about: a complaint, or a named illness that wants care by itself.
    pub fn is_complaint(&self) -> bool {
        self.kind.is_clinical() || self.kind == ConceptKind::Condition && self.alone.is_some_and(|u| u != Urgency::Routine)
    }
}

/// A rule: what must be present, and what follows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// Stable id.
    pub id: String,
    /// What it is about, in a few plain words.
    pub title: String,
    /// The condition; see [`Condition::parse`].
    pub when: String,
    /// The urgency it supports.
    pub urgency: Urgency,
    /// Where the request should go, best first.
    pub pathways: Vec<Pathway>,
    /// Why, for staff.
    pub why: String,
    /// What the patient is told; empty leaves the words of the urgency.
    #[serde(default)]
    pub tell: String,
    /// What to watch for meanwhile.
    #[serde(default)]
    pub safety_net: String,
    /// Concepts to ask the patient for next, when one of them would make a more urgent rule fire.
    #[serde(default)]
    pub ask: Vec<String>,
    /// Concepts that this rule has taken account of, besides those in `when`.
    #[serde(default)]
    pub covers: Vec<String>,
    /// What it rests on.
    pub source: String,
    /// When that source was published or last reviewed, `YYYY` or `YYYY-MM` or `YYYY-MM-DD`.
    pub source_date: String,
    /// Who answers for it.
    pub owner: String,
    /// By when it must be read again, `YYYY-MM-DD`.
    pub review: String,
    /// Its own cases.
    pub cases: Vec<Case>,
}

/// A case of a rule: a text that must make it fire, or must not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the patient wrote.
    pub text: String,
    /// Age: `34`, `5m`, `3w`, `10d`.
    pub age: Option<String>,
    /// `f` or `m`.
    pub sex: Option<String>,
    /// Whether known to be pregnant.
    pub pregnant: Option<bool>,
    /// Facts of the record, by concept id.
    #[serde(default)]
    pub known: Vec<String>,
    /// Whether the rule must fire (the default) or must not.
    #[serde(default = "yes")]
    pub fires: bool,
    /// The advice that must come out of all rules together.
    pub urgency: Option<Urgency>,
}

fn yes() -> bool {
    true
}

/// A rule that can be evaluated.
#[derive(Debug, Clone)]
pub struct Rule {
    /// As written.
    pub text: RuleText,
    /// Its condition, read.
    pub when: Condition,
    /// Every concept it has taken account of.
    pub covers: Vec<usize>,
    /// The concepts that it asks for and that a patient can be asked about or may have said.
    pub wanted: Vec<usize>,
    /// The concepts to ask the patient for next.
    pub ask: Vec<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    sets: HashMap<String, Vec<String>>,
    expand: HashMap<String, String>,
    same: HashMap<String, String>,
    skipped: Vec<String>,
    fillers: Vec<String>,
    decoys: Vec<String>,
    protected: Vec<String>,
    concept: Vec<Concept>,
    marker: Vec<MarkerText>,
    rule: Vec<RuleText>,
    wording: Option<WordingText>,
}

/// Words that change how what stands near them is meant.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkerText {
    /// What they do.
    pub sense: Sense,
    /// Up to how many words that matter they reach; 6 unless said.
    #[serde(default = "six")]
    pub reach: usize,
    /// Each phrase, with an example sentence and the concept whose status depends on it.
    pub phrases: Vec<MarkerPhrase>,
}

fn six() -> usize {
    6
}

/// `["no", "There is no chest pain.", "chest-pain"]`; for people and pseudo-markers the phrase alone may stand.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum MarkerPhrase {
    /// With the example that fails without it.
    Shown(String, String, String),
    /// Without.
    Plain(String),
}

impl MarkerPhrase {
    /// The phrase.
    pub fn phrase(&self) -> &str {
        match self {
            MarkerPhrase::Shown(p, ..) | MarkerPhrase::Plain(p) => p,
        }
    }
}

/// A marker that is looked for.
#[derive(Debug, Clone)]
pub struct Marker {
    /// What it does.
    pub sense: Sense,
    /// How far it reaches.
    pub reach: usize,
    /// The phrase as written.
    pub phrase: String,
}

/// Everything that the engine reads with.
#[derive(Debug)]
pub struct Content {
    /// All concepts, by index.
    pub concepts: Vec<Concept>,
    /// For each concept, itself and every wider concept.
    pub wider: Vec<Vec<usize>>,
    /// Of concepts that have any: the narrower ones that a patient can be asked for.
    pub narrower: HashMap<usize, Vec<usize>>,
    /// All rules.
    pub rules: Vec<Rule>,
    /// For each concept the rules that ask for it.
    pub wanted_by: Vec<Vec<usize>>,
    /// The rules that may fire on a text with none of their concepts.
    pub unprompted: Vec<usize>,
    /// Markers of context.
    pub markers: Vec<Marker>,
    /// The markers with their examples, for tests and the rule book.
    pub marker_texts: Vec<MarkerText>,
    /// All phrasings.
    pub phrases: Phrases,
    /// Irregular words.
    pub spellings: Spellings,
    /// Spelling repair.
    pub speller: Speller,
    /// How much words are like those of emergencies.
    pub wording: Wording,
    /// The first 12 hexadecimal digits of the SHA-256 of every file and of the release: the version of the rule set.
    pub version: String,
    ids: HashMap<String, usize>,
}

/// Labels of markers start here, below them are concepts.
pub const MARKERS: Label = 1 << 20;
/// The label of words that only look like a concept.
pub const DECOY: Label = TIGHT + 1;

/// Content that cannot be used, with every fault.
#[derive(Debug, thiserror::Error)]
#[error("The triage content has {} faults:\n{}", .0.len(), .0.join("\n"))]
pub struct Faults(pub Vec<String>);

impl Content {
    /// Reads named files, with what a practice lays over them. Refuses content with a fault: one that cannot be read, a
    /// rule without its cases, a concept that nobody uses, a change to what is not there.
    pub fn read(files: &[(&str, &str)], changes: &[Change]) -> Result<Content, Faults> {
        match Content::lenient(files, changes) {
            (content, faults) if faults.is_empty() => Ok(content),
            (_, faults) => Err(Faults(faults)),
        }
    }

    /// Reads what can be read of content that is being written, and tells every fault.
    pub fn lenient(files: &[(&str, &str)], changes: &[Change]) -> (Content, Vec<String>) {
        let mut faults = Vec::new();
        let mut all = File::default();
        let mut digest = Sha256::new();
        // An engine that was changed may read the same content otherwise, so it is another rule set.
        digest.update(env!("TRIAGE_ENGINE"));
        for (name, text) in files {
            digest.update(name.as_bytes());
            digest.update(text.as_bytes());
            match toml::from_str::<File>(text) {
                Ok(file) => all.take(file, name, &mut faults),
                Err(e) => faults.push(format!("{name}: {e}")),
            }
        }
        for change in changes {
            digest.update(change.words().as_bytes());
            all.change(change, &mut faults);
        }
        let version: String = digest.finalize().iter().take(6).map(|b| format!("{b:02x}")).collect();
        let content = Content::build(all, version, &mut faults);
        content.check(changes.is_empty(), &mut faults);
        (content, faults)
    }

    fn build(all: File, version: String, faults: &mut Vec<String>) -> Content {
        let spellings = Spellings {
            expand: all.expand.iter().map(|(k, v)| (k.clone(), v.split_whitespace().map(str::to_owned).collect())).collect(),
            same: all.same,
        };
        let mut ids = HashMap::new();
        for (i, concept) in all.concept.iter().enumerate() {
            if ids.insert(concept.id.clone(), i).is_some() {
                faults.push(format!("The concept “{}” is there twice.", concept.id));
            }
        }
        // Before the phrases, whose making takes the most memory.
        let protected = Protected::of(all.protected);
        let mut phrases = Phrases::new(all.sets, &all.skipped, &all.fillers);
        let label = |i: usize| Label::try_from(i).unwrap_or(Label::MAX);
        for (i, concept) in all.concept.iter().enumerate() {
            for phrase in &concept.phrases {
                if let Err(e) = phrases.add(phrase, label(i), &spellings) {
                    faults.push(format!("concept {}: {e}", concept.id));
                }
            }
        }
        let mut markers = Vec::new();
        for marker in &all.marker {
            for phrase in &marker.phrases {
                if let Err(e) = phrases.add_exactly(phrase.phrase(), MARKERS + label(markers.len()), &spellings) {
                    faults.push(format!("marker: {e}"));
                }
                markers.push(Marker { sense: marker.sense, reach: marker.reach, phrase: phrase.phrase().to_owned() });
            }
        }
        for decoy in &all.decoys {
            if let Err(e) = phrases.add_exactly(decoy, DECOY, &spellings) {
                faults.push(format!("decoy: {e}"));
            }
        }
        phrases.build();
        let wider = wider(&all.concept, &ids, faults);
        let rules: Vec<Rule> = all.rule.into_iter().filter_map(|text| rule(text, &ids, faults)).collect();
        let mut wanted_by = vec![Vec::new(); all.concept.len()];
        rules.iter().enumerate().for_each(|(i, r)| r.wanted.iter().for_each(|&c| wanted_by[c].push(i)));
        let unprompted = rules.iter().enumerate().filter(|(_, r)| r.when.unprompted()).map(|(i, _)| i).collect();
        let speller = Speller::new(phrases.vocabulary(), phrases.surfaces(), phrases.exact_words(), (protected, &spellings));
        phrases.forget_surfaces();
        let mut narrower: HashMap<usize, Vec<usize>> = HashMap::new();
        for (c, _) in all.concept.iter().enumerate().filter(|(_, c)| c.ask.is_some() && c.kind != ConceptKind::Event) {
            wider[c].iter().filter(|&&w| w != c).for_each(|&w| narrower.entry(w).or_default().push(c));
        }
        let wording = all.wording.as_ref().map(|w| Wording::read(w, faults)).unwrap_or_default();
        Content {
            wording,
            concepts: all.concept,
            wider,
            narrower,
            rules,
            wanted_by,
            unprompted,
            markers,
            marker_texts: all.marker,
            phrases,
            spellings,
            speller,
            version,
            ids,
        }
    }

    /// The index of a concept.
    pub fn concept(&self, id: &str) -> Option<usize> {
        self.ids.get(id).copied()
    }

    /// How many phrasings the concepts have as written.
    pub fn phrasings(&self) -> usize {
        self.concepts.iter().map(|c| c.phrases.len()).sum()
    }

    /// What a practice lays over the content may take the last use of a question away; that is no fault of its change.
    fn check(&self, as_shipped: bool, faults: &mut Vec<String>) {
        let mut used = vec![false; self.concepts.len()];
        let mut seen = BTreeMap::new();
        for rule in &self.rules {
            let text = &rule.text;
            let mut named = Vec::new();
            rule.when.concepts(&mut named);
            named.iter().chain(&rule.covers).for_each(|&c| used[c] = true);
            if seen.insert(text.id.as_str(), ()).is_some() {
                faults.push(format!("The rule “{}” is there twice.", text.id));
            }
            let hard = text.cases.iter().filter(|c| !c.fires).count();
            if text.cases.len() < 5 || hard < 2 || hard == text.cases.len() {
                faults.push(format!(
                    "The rule “{}” has {} cases, {hard} of them hard negatives: it needs 5 and 2.",
                    text.id,
                    text.cases.len()
                ));
            }
            if !text.source_date.starts_with("20") || text.source.trim().is_empty() {
                faults.push(format!("The rule “{}” has a source without a date.", text.id));
            }
            if text.review.len() != 10 || text.owner.trim().is_empty() {
                faults.push(format!("The rule “{}” lacks an owner or a review date (YYYY-MM-DD).", text.id));
            }
            for pathway in &text.pathways {
                if !pathway.may_take(text.urgency) {
                    faults.push(format!("The rule “{}” is {} and may not go to {}.", text.id, text.urgency.code(), pathway.code()));
                }
            }
            if text.pathways.is_empty() {
                faults.push(format!("The rule “{}” names no pathway.", text.id));
            }
            for &c in rule.ask.iter().filter(|_| as_shipped) {
                let raises = |r: &usize| self.rules[*r].text.urgency < text.urgency;
                let mut wanting = self.wider[c].iter().flat_map(|&w| &self.wanted_by[w]);
                if self.concepts[c].ask.is_none() || !wanting.any(raises) {
                    let concept = &self.concepts[c].id;
                    faults.push(format!("The rule “{}” asks for “{concept}”, which has no question or raises nothing.", text.id));
                }
            }
        }
        for (i, concept) in self.concepts.iter().enumerate() {
            let wider_used = self.wider[i].iter().any(|&w| used[w]);
            for id in &concept.next {
                if self.concept(id).is_none_or(|c| self.concepts[c].ask.is_none()) {
                    faults.push(format!("“{}” asks next for “{id}”, which is not there or has no question.", concept.id));
                }
            }
            if concept.tells.is_some() && concept.kind != ConceptKind::Quality {
                faults.push(format!("“{}” is no quality and tells nothing of others.", concept.id));
            }
            if !wider_used && concept.alone.is_none() {
                faults.push(format!("Nobody uses the concept “{}”.", concept.id));
            }
        }
        self.check_shared(faults);
    }

    fn check_shared(&self, faults: &mut Vec<String>) {
        let mut told = BTreeMap::new();
        for labels in self.phrases.shared() {
            let concepts: Vec<&Concept> = labels.iter().filter(|&&l| l < MARKERS).map(|&l| &self.concepts[l as usize]).collect();
            for (i, a) in concepts.iter().enumerate() {
                for b in &concepts[i + 1..] {
                    let kin = |a: &Concept, b: &Concept| {
                        self.concept(&b.id).zip(self.concept(&a.id)).is_some_and(|(b, a)| self.wider[a].contains(&b))
                    };
                    if kin(a, b) || kin(b, a) {
                        continue;
                    }
                    if !a.shares.contains(&b.id) && !b.shares.contains(&a.id) {
                        told.insert((a.id.clone(), b.id.clone()), ());
                    }
                }
            }
        }
        for (a, b) in told.keys() {
            let phrase = self.common_phrase(a, b);
            faults.push(format!("“{a}” and “{b}” share a phrasing without saying so ({phrase}): add shares = [\"{b}\"] or drop it."));
        }
    }

    fn common_phrase(&self, a: &str, b: &str) -> String {
        let words = |id: &str| self.concept(id).map(|i| self.concepts[i].phrases.clone()).unwrap_or_default();
        let of_b = words(b);
        words(a).into_iter().find(|p| of_b.contains(p)).unwrap_or_else(|| "the same words once expanded".to_owned())
    }
}

impl File {
    /// Makes one change of a practice.
    fn change(&mut self, change: &Change, faults: &mut Vec<String>) {
        let subject = change.subject();
        match change {
            Change::AddPhrase { phrase, .. } | Change::DropPhrase { phrase, .. } => {
                let Some(concept) = self.concept.iter_mut().find(|c| c.id == subject) else {
                    faults.push(format!("There is no concept “{subject}”."));
                    return;
                };
                if matches!(change, Change::AddPhrase { .. }) {
                    concept.phrases.push(phrase.clone());
                } else if concept.phrases.contains(phrase) {
                    concept.phrases.retain(|p| p != phrase);
                } else {
                    faults.push(format!("“{subject}” has no phrasing “{phrase}”."));
                }
            }
            Change::When { .. } | Change::Tell { .. } | Change::Why { .. } | Change::SafetyNet { .. } | Change::Pathways { .. } => {
                let Some(rule) = self.rule.iter_mut().find(|r| r.id == subject) else {
                    faults.push(format!("There is no rule “{subject}”."));
                    return;
                };
                match change {
                    Change::When { condition, .. } => rule.when.clone_from(condition),
                    Change::Tell { words, .. } => rule.tell.clone_from(words),
                    Change::Why { words, .. } => rule.why.clone_from(words),
                    Change::SafetyNet { words, .. } => rule.safety_net.clone_from(words),
                    Change::Pathways { pathways, .. } => rule.pathways.clone_from(pathways),
                    Change::AddPhrase { .. } | Change::DropPhrase { .. } => {}
                }
            }
        }
    }

    fn take(&mut self, mut file: File, name: &str, faults: &mut Vec<String>) {
        for (set, words) in file.sets {
            if self.sets.insert(set.clone(), words).is_some() {
                faults.push(format!("{name}: the set @{set} is there twice."));
            }
        }
        self.expand.extend(file.expand);
        self.same.extend(file.same);
        self.skipped.append(&mut file.skipped);
        self.fillers.append(&mut file.fillers);
        self.decoys.append(&mut file.decoys);
        self.protected.append(&mut file.protected);
        self.concept.append(&mut file.concept);
        self.marker.append(&mut file.marker);
        self.rule.append(&mut file.rule);
        if file.wording.is_some() && self.wording.is_some() {
            faults.push(format!("{name}: [wording] is there twice."));
        }
        self.wording = file.wording.or(self.wording.take());
    }
}

fn wider(concepts: &[Concept], ids: &HashMap<String, usize>, faults: &mut Vec<String>) -> Vec<Vec<usize>> {
    for concept in concepts {
        for id in concept.is.iter().chain(&concept.shares) {
            if !ids.contains_key(id) {
                faults.push(format!("The concept “{}” names “{id}”, which is not there.", concept.id));
            }
        }
    }
    (0..concepts.len())
        .map(|i| {
            let mut out = vec![i];
            let mut at = 0;
            while at < out.len() {
                for id in &concepts[out[at]].is {
                    if let Some(&w) = ids.get(id)
                        && !out.contains(&w)
                    {
                        out.push(w);
                    }
                }
                at += 1;
            }
            out
        })
        .collect()
}

fn rule(text: RuleText, ids: &HashMap<String, usize>, faults: &mut Vec<String>) -> Option<Rule> {
    let when = match Condition::parse(&text.when, &|id| ids.get(id).copied()) {
        Ok(when) => when,
        Err(e) => {
            faults.push(format!("rule {}: {e}", text.id));
            return None;
        }
    };
    let mut covers = Vec::new();
    when.concepts(&mut covers);
    for id in &text.covers {
        match ids.get(id) {
            Some(&c) => covers.push(c),
            None => faults.push(format!("rule {}: it covers “{id}”, which is not there", text.id)),
        }
    }
    let mut ask = Vec::new();
    for id in &text.ask {
        match ids.get(id) {
            Some(&c) => ask.push(c),
            None => faults.push(format!("rule {}: it asks for “{id}”, which is not there", text.id)),
        }
    }
    let mut wanted = Vec::new();
    when.wanted(&mut wanted);
    wanted.sort_unstable();
    wanted.dedup();
    Some(Rule { text, when, covers, wanted, ask })
}
