//! Questionnaires: what is asked, what fits as an answer, what the answers come to, and which of them cannot wait.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub mod build;
pub mod fhir;

/// A questionnaire, as its FHIR file says it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Questionnaire {
    /// Its canonical address: the same through all its versions.
    pub url: String,
    /// Its version.
    pub version: String,
    /// As people call it.
    pub title: String,
    /// What the patient reads first.
    pub description: String,
    /// Whose it is, and how it may be used.
    pub copyright: String,
    /// By when it is read again.
    pub review: Option<Date>,
    /// What is asked, in order.
    pub questions: Vec<Question>,
    /// What the answers come to.
    pub scores: Vec<Score>,
}

/// One question, or a group of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Its id within the questionnaire.
    pub id: String,
    /// The words.
    pub text: String,
    /// What answers it.
    pub kind: Kind,
    /// Whether it must be answered.
    pub required: bool,
    /// Only asked when this holds.
    pub when: Option<When>,
    /// What its answers are in a record.
    pub records: Vec<RecordCode>,
}

/// What an answer is in a record, in SNOMED CT.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordCode {
    /// The answer that means it; any answer is its value when there is none.
    pub answer: Option<Answer>,
    /// The code.
    pub code: String,
    /// Its term.
    pub term: String,
}

/// What answers a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Questions under a heading.
    Group(Vec<Question>),
    /// Words without an answer.
    Display,
    /// Yes or no.
    YesNo {
        /// The answer that cannot wait, with why.
        red: Option<(bool, String)>,
    },
    /// A number.
    Number(Number),
    /// One of these.
    Choice(Vec<Choice>),
    /// A day.
    Day,
    /// Words; long ones get a larger box.
    Text {
        /// Whether they are long.
        long: bool,
    },
}

/// A number that is asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Number {
    /// Whether it has no decimals.
    pub whole: bool,
    /// The least that can be.
    pub least: Option<f64>,
    /// The most that can be.
    pub most: Option<f64>,
    /// What it is counted in.
    pub unit: String,
    /// From this value down it cannot wait.
    pub red_below: Option<f64>,
    /// From this value up it cannot wait.
    pub red_above: Option<f64>,
}

/// One answer to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Its code.
    pub code: String,
    /// The words.
    pub text: String,
    /// What it counts.
    pub score: Option<f64>,
    /// Why it cannot wait, if it cannot.
    pub red: Option<String>,
}

/// When a question is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct When {
    /// Whether one condition is enough.
    pub any: bool,
    /// The conditions.
    pub conditions: Vec<Condition>,
}

/// One condition on an earlier answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The question.
    pub question: String,
    /// How its answer compares.
    pub compares: Compares,
    /// With what.
    pub with: Answer,
}

/// How an answer compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compares {
    /// It is that.
    Is,
    /// It is answered and not that.
    IsNot,
    /// It is more.
    Above,
    /// It is less.
    Below,
    /// It is that or more.
    AtLeast,
    /// It is that or less.
    AtMost,
}

/// What the answers come to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Score {
    /// As people call it.
    pub name: String,
    /// The code that a record keeps it under: SNOMED CT.
    pub code: Option<String>,
    /// Whether it is the mean rather than the sum.
    pub mean: bool,
    /// The questions that it is made of; all that count when empty.
    pub of: Vec<String>,
    /// Fewer answers than this come to nothing.
    pub least: usize,
    /// What it is counted in.
    pub unit: String,
    /// What a value means, in order.
    pub bands: Vec<Band>,
}

/// What a value means from a number up.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// From this value.
    pub from: f64,
    /// What it means.
    pub means: String,
    /// Whether it cannot wait.
    pub red: bool,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Yes or no.
    YesNo(bool),
    /// A number.
    Number(f64),
    /// The code of the chosen one.
    Choice(String),
    /// A day.
    Day(Date),
    /// Words.
    Text(String),
}

/// Every answer by the id of its question.
pub type Answers = BTreeMap<String, Answer>;

/// What a score came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Total {
    /// The score's name.
    pub name: String,
    /// Its value; a mean is rounded to a whole number.
    pub value: f64,
    /// What it is counted in.
    pub unit: String,
    /// What it means.
    pub means: String,
    /// The code that a record keeps it under.
    pub code: Option<String>,
}

impl Total {
    /// "PHQ-9 score 14: moderate".
    pub fn words(&self) -> String {
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        let means = if self.means.is_empty() { String::new() } else { format!(": {}", self.means) };
        format!("{} {}{unit}{means}", self.name, self.value)
    }
}

/// What the answers come to, and what of them cannot wait.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// The scores.
    pub totals: Vec<Total>,
    /// Why somebody must act now, in words.
    pub red: Vec<String>,
    /// Answers that a record has codes for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coded: Vec<Coded>,
}

/// An answer under the code that a record keeps it under.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coded {
    /// SNOMED CT.
    pub code: String,
    /// The term, with the value where it has one: `Body weight: 70 kg`.
    pub words: String,
}

impl Condition {
    fn holds(&self, answers: &Answers) -> bool {
        let Some(answer) = answers.get(&self.question) else { return false };
        let order = match (answer, &self.with) {
            (Answer::Number(a), Answer::Number(b)) => a.partial_cmp(b),
            (Answer::Day(a), Answer::Day(b)) => Some(a.cmp(b)),
            _ => None,
        };
        match self.compares {
            Compares::Is => *answer == self.with,
            Compares::IsNot => *answer != self.with,
            Compares::Above => order.is_some_and(|o| o.is_gt()),
            Compares::Below => order.is_some_and(|o| o.is_lt()),
            Compares::AtLeast => order.is_some_and(|o| o.is_ge()),
            Compares::AtMost => order.is_some_and(|o| o.is_le()),
        }
    }
}

impl Question {
    /// What an answer to it is in a record.
    fn coded(&self, answer: &Answer) -> Vec<Coded> {
        let meant = |r: &&RecordCode| r.answer.as_ref().is_none_or(|a| a == answer);
        let unit = match &self.kind {
            Kind::Number(n) if !n.unit.is_empty() => format!(" {}", n.unit),
            _ => String::new(),
        };
        let words = |r: &RecordCode| match r.answer {
            Some(_) => r.term.clone(),
            None => format!("{}: {}{unit}", r.term, self.words(answer).trim_end_matches(unit.as_str())),
        };
        self.records.iter().filter(meant).map(|r| Coded { code: r.code.clone(), words: words(r) }).collect()
    }

    /// Whether it is asked after these answers.
    pub fn is_asked(&self, answers: &Answers) -> bool {
        self.when.as_ref().is_none_or(|w| {
            if w.any { w.conditions.iter().any(|c| c.holds(answers)) } else { w.conditions.iter().all(|c| c.holds(answers)) }
        })
    }

    /// Reads what was typed; `None` when nothing was. The error says what to do.
    fn read(&self, typed: &str) -> Result<Option<Answer>, String> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        let answer = match &self.kind {
            Kind::Group(_) | Kind::Display => return Ok(None),
            Kind::YesNo { .. } => match typed {
                "yes" => Answer::YesNo(true),
                "no" => Answer::YesNo(false),
                _ => return Err("Choose yes or no.".into()),
            },
            Kind::Number(number) => Answer::Number(number.read(typed)?),
            Kind::Choice(choices) => match choices.iter().find(|c| c.code == typed) {
                Some(choice) => Answer::Choice(choice.code.clone()),
                None => return Err("Choose one of the answers.".into()),
            },
            Kind::Day => Answer::Day(typed.parse().map_err(|_| "Enter a date, like 2026-03-15.".to_owned())?),
            Kind::Text { .. } if typed.chars().count() > TEXT_MAX => {
                return Err(format!("Shorten the text to at most {TEXT_MAX} characters."));
            }
            Kind::Text { .. } => Answer::Text(typed.to_owned()),
        };
        Ok(Some(answer))
    }

    /// An answer in words.
    pub fn words(&self, answer: &Answer) -> String {
        match (&self.kind, answer) {
            (Kind::Choice(choices), Answer::Choice(code)) => {
                choices.iter().find(|c| c.code == *code).map_or_else(|| code.clone(), |c| c.text.clone())
            }
            (Kind::Number(n), Answer::Number(value)) if !n.unit.is_empty() => format!("{value} {}", n.unit),
            (_, Answer::Number(value)) => value.to_string(),
            (_, Answer::YesNo(yes)) => if *yes { "Yes" } else { "No" }.to_owned(),
            (_, Answer::Day(day)) => portico_nhs::uk_date_long(*day),
            (_, Answer::Text(text) | Answer::Choice(text)) => text.clone(),
        }
    }

    /// Why an answer cannot wait, if it cannot.
    fn red(&self, answer: &Answer) -> Option<String> {
        let why = match (&self.kind, answer) {
            (Kind::YesNo { red: Some((when, why)) }, Answer::YesNo(said)) if when == said => why.clone(),
            (Kind::Choice(choices), Answer::Choice(code)) => choices.iter().find(|c| c.code == *code)?.red.clone()?,
            (Kind::Number(n), Answer::Number(value)) => {
                let out = n.red_below.is_some_and(|low| *value <= low) || n.red_above.is_some_and(|high| *value >= high);
                if !out {
                    return None;
                }
                "out of range".to_owned()
            }
            _ => return None,
        };
        Some(format!("{}: {} ({why})", self.text, self.words(answer)))
    }

    /// What an answer counts towards a score; a yes counts one where the score names its question.
    fn counts(&self, answer: &Answer, named: bool) -> Option<f64> {
        match (&self.kind, answer) {
            (Kind::YesNo { .. }, Answer::YesNo(yes)) if named => Some(if *yes { 1.0 } else { 0.0 }),
            (Kind::Choice(choices), Answer::Choice(code)) => choices.iter().find(|c| c.code == *code)?.score,
            (Kind::Number(_), Answer::Number(value)) => Some(*value),
            _ => None,
        }
    }
}

/// The longest answer in words, in characters.
const TEXT_MAX: usize = 5000;

impl Number {
    fn read(&self, typed: &str) -> Result<f64, String> {
        let in_unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        let value: f64 = typed.replace(',', ".").parse().map_err(|_| "Enter a number.".to_owned())?;
        if !value.is_finite() {
            return Err("Enter a number.".into());
        }
        if self.whole && value.fract() != 0.0 {
            return Err("Enter a whole number.".into());
        }
        match (self.least, self.most) {
            (Some(least), _) if value < least => Err(format!("Enter {least}{in_unit} or more. If it really is less, ring us.")),
            (_, Some(most)) if value > most => Err(format!("Enter {most}{in_unit} or less. If it really is more, ring us.")),
            _ => Ok(value),
        }
    }
}

impl Questionnaire {
    /// Every question in order, those of groups too; a group's condition holds for its questions.
    pub fn asked<'a>(&'a self, answers: &'a Answers) -> Vec<&'a Question> {
        fn walk<'a>(questions: &'a [Question], answers: &Answers, found: &mut Vec<&'a Question>) {
            for q in questions.iter().filter(|q| q.is_asked(answers)) {
                found.push(q);
                if let Kind::Group(inner) = &q.kind {
                    walk(inner, answers, found);
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.questions, answers, &mut found);
        found
    }

    /// Whether answering one spares the other: the same through its versions, made for the same coded score, or asking at
    /// least half of the same questions.
    pub fn overlaps(&self, other: &Questionnaire) -> bool {
        let codes = |q: &Questionnaire| q.scores.iter().filter_map(|s| s.code.clone()).collect::<Vec<_>>();
        let (own, others) = (self.words_asked(), other.words_asked());
        let same = own.iter().filter(|w| others.contains(w)).count();
        let least = own.len().min(others.len());
        self.url == other.url || codes(self).iter().any(|c| codes(other).contains(c)) || least > 0 && same * 2 >= least
    }

    /// The words of every question that can be answered, folded.
    fn words_asked(&self) -> Vec<String> {
        fn walk(questions: &[Question], found: &mut Vec<String>) {
            for q in questions {
                match &q.kind {
                    Kind::Group(inner) => walk(inner, found),
                    Kind::Display => {}
                    _ => found.push(q.text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()),
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.questions, &mut found);
        found
    }

    /// Reads what was typed, `typed` by the question's id. The mistakes name each question and what to do; answers to
    /// questions that are not asked (any more) are left out.
    pub fn read<'t>(&self, typed: impl Fn(&str) -> &'t str) -> (Answers, Vec<(String, String)>) {
        let (mut answers, mut wrong) = (Answers::new(), BTreeMap::new());
        // An answer can open a later question, so each round knows what the one before read; conditions look back only, so it ends.
        for _ in 0..=QUESTIONS_MAX {
            let before = answers.clone();
            let asked = self.asked(&before);
            wrong.clear();
            answers = Answers::new();
            for q in asked {
                match q.read(typed(&q.id)) {
                    Ok(answer) => answers.extend(answer.map(|a| (q.id.clone(), a))),
                    Err(why) => drop(wrong.insert(q.id.clone(), why)),
                }
            }
            if answers == before {
                break;
            }
        }
        let mut mistakes = Vec::new();
        for q in self.asked(&answers) {
            if let Some(why) = wrong.remove(&q.id) {
                mistakes.push((q.id.clone(), why));
            } else if q.required && !answers.contains_key(&q.id) && !matches!(q.kind, Kind::Group(_) | Kind::Display) {
                mistakes.push((q.id.clone(), format!("Answer “{}”", q.text)));
            }
        }
        (answers, mistakes)
    }

    /// What the answers come to, and what of them cannot wait.
    pub fn outcome(&self, answers: &Answers) -> Outcome {
        let asked = self.asked(answers);
        let mut red: Vec<String> = asked.iter().filter_map(|q| q.red(answers.get(&q.id)?)).collect();
        let mut totals = Vec::new();
        for score in &self.scores {
            let values: Vec<f64> = asked
                .iter()
                .filter(|q| score.of.is_empty() || score.of.contains(&q.id))
                .filter_map(|q| q.counts(answers.get(&q.id)?, !score.of.is_empty()))
                .collect();
            if values.is_empty() || values.len() < score.least {
                continue;
            }
            let sum: f64 = values.iter().sum();
            let value = if score.mean { (sum / values.len() as f64).round() } else { sum };
            let band = score.bands.iter().rev().find(|b| value >= b.from);
            let total = Total {
                name: score.name.clone(),
                value,
                unit: score.unit.clone(),
                means: band.map_or_else(String::new, |b| b.means.clone()),
                code: score.code.clone(),
            };
            red.extend(band.filter(|b| b.red).map(|_| total.words()));
            totals.push(total);
        }
        let coded = asked.iter().filter_map(|q| Some(q.coded(answers.get(&q.id)?))).flatten().collect();
        Outcome { totals, red, coded }
    }

    /// What is wrong with it, in sentences; nothing when it may be sent.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.title.trim().is_empty() {
            faults.push("Give it a title.".to_owned());
        }
        fn walk(questions: &[Question], seen: &mut Vec<String>, faults: &mut Vec<String>) {
            for q in questions {
                if seen.contains(&q.id) {
                    faults.push(format!("Two questions have the id {}.", q.id));
                }
                for c in q.when.iter().flat_map(|w| &w.conditions) {
                    if !seen.contains(&c.question) {
                        faults.push(format!("“{}” depends on {}, which is not asked before it.", q.text, c.question));
                    }
                }
                seen.push(q.id.clone());
                match &q.kind {
                    Kind::Group(inner) => walk(inner, seen, faults),
                    Kind::Choice(choices) if choices.len() < 2 => faults.push(format!("“{}” needs at least two answers.", q.text)),
                    _ => {}
                }
            }
        }
        let mut seen = Vec::new();
        walk(&self.questions, &mut seen, &mut faults);
        if seen.is_empty() {
            faults.push("Ask at least one question.".to_owned());
        }
        if seen.len() > QUESTIONS_MAX {
            faults.push(format!("Ask at most {QUESTIONS_MAX} questions."));
        }
        for id in self.scores.iter().flat_map(|s| &s.of).filter(|id| !seen.contains(id)) {
            faults.push(format!("A score counts {id}, which is not asked."));
        }
        faults
    }
}

/// The most questions of one questionnaire.
const QUESTIONS_MAX: usize = 200;

#[cfg(test)]
mod tests;
