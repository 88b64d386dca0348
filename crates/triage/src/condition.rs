//! The condition of a rule: concepts and comparisons joined by `and`, `or` and `not`, read from a line of text and
//! evaluated against [`Facts`]. What is not known is false, in comparisons too; say `age unknown` to include it.

use std::fmt;

/// What a condition asks about a request. Concepts are given by their index in the lexicon.
pub trait Facts {
    /// Present now, for the patient.
    fn present(&self, concept: usize) -> bool;
    /// Present now, or over within days.
    fn had(&self, concept: usize) -> bool;
    /// Long past.
    fn past(&self, concept: usize) -> bool;
    /// Feared or asked about.
    fn feared(&self, concept: usize) -> bool;
    /// Said not to be there.
    fn denied(&self, concept: usize) -> bool;
    /// Both present in one sentence.
    fn near(&self, a: usize, b: usize) -> bool;
    /// For how many days the concept, or anything, has lasted; the longest said.
    fn days(&self, concept: Option<usize>) -> Option<f64>;
    /// All values of a measure.
    fn values(&self, measure: &str) -> Vec<f64>;
    /// Age in days.
    fn age(&self) -> Option<f64>;
    /// `f` or `m`.
    fn sex(&self) -> Option<char>;
    /// Any symptom or sign or clinical event at all.
    fn clinical(&self) -> bool;
    /// How many different symptoms.
    fn symptoms(&self) -> usize;
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All are true.
    All(Vec<Condition>),
    /// At least one is true.
    Any(Vec<Condition>),
    /// It is false.
    Not(Box<Condition>),
    /// A concept is present.
    Present(usize),
    /// Present, or over within days.
    Had(usize),
    /// Long past.
    Past(usize),
    /// Feared or asked about.
    Feared(usize),
    /// Said not to be there.
    Denied(usize),
    /// Both in one sentence.
    Near(usize, usize),
    /// At least so many of these are present.
    Count(Vec<usize>, f64),
    /// A comparison of a number.
    Compare(Number, Comparison, f64),
    /// `age unknown`.
    AgeUnknown,
    /// `sex = f`.
    Sex(char),
    /// `sex unknown`.
    SexUnknown,
    /// Any symptom at all.
    Clinical,
}

/// What is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// Age, in days.
    Age,
    /// Days that a concept has lasted.
    Days(Option<usize>),
    /// A measure, by its word.
    Measure(&'static str),
    /// How many symptoms.
    Symptoms,
}

/// How it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

impl Comparison {
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Comparison::Below => value < limit,
            Comparison::AtMost => value <= limit,
            Comparison::Above => value > limit,
            Comparison::AtLeast => value >= limit,
        }
    }
}

impl Condition {
    /// Reads a condition. `concept` finds a concept by its id. Errors are sentences for who wrote the rule.
    pub fn parse(text: &str, concept: &dyn Fn(&str) -> Option<usize>) -> Result<Condition, String> {
        let words = lex(text);
        let mut reader = Reader { words: &words, at: 0, concept };
        let condition = reader.any()?;
        match words.get(reader.at) {
            None => Ok(condition),
            Some(extra) => Err(format!("“{extra}” is one word too many in “{text}”")),
        }
    }

    /// Whether it holds.
    pub fn holds(&self, facts: &dyn Facts) -> bool {
        match self {
            Condition::All(all) => all.iter().all(|c| c.holds(facts)),
            Condition::Any(any) => any.iter().any(|c| c.holds(facts)),
            Condition::Not(c) => !c.holds(facts),
            Condition::Present(c) => facts.present(*c),
            Condition::Had(c) => facts.had(*c),
            Condition::Past(c) => facts.past(*c),
            Condition::Feared(c) => facts.feared(*c),
            Condition::Denied(c) => facts.denied(*c),
            Condition::Near(a, b) => facts.near(*a, *b),
            Condition::Count(of, least) => of.iter().filter(|c| facts.present(**c)).count() as f64 >= *least,
            Condition::Compare(number, how, limit) => match number {
                Number::Age => facts.age().is_some_and(|v| how.holds(v, *limit)),
                Number::Days(c) => facts.days(*c).is_some_and(|v| how.holds(v, *limit)),
                Number::Measure(m) => facts.values(m).iter().any(|v| how.holds(*v, *limit)),
                Number::Symptoms => how.holds(facts.symptoms() as f64, *limit),
            },
            Condition::AgeUnknown => facts.age().is_none(),
            Condition::Sex(s) => facts.sex() == Some(*s),
            Condition::SexUnknown => facts.sex().is_none(),
            Condition::Clinical => facts.clinical(),
        }
    }

    /// Every concept it names.
    pub fn concepts(&self, out: &mut Vec<usize>) {
        match self {
            Condition::All(all) | Condition::Any(all) => all.iter().for_each(|c| c.concepts(out)),
            Condition::Not(c) => c.concepts(out),
            Condition::Present(c) | Condition::Had(c) | Condition::Past(c) | Condition::Feared(c) | Condition::Denied(c) => out.push(*c),
            Condition::Near(a, b) => out.extend([*a, *b]),
            Condition::Count(of, _) => out.extend(of),
            Condition::Compare(Number::Days(Some(c)), ..) => out.push(*c),
            _ => {}
        }
    }

    /// Whether it could hold of a text in which none of its concepts is mentioned, so that it must always be tried.
    pub fn unprompted(&self) -> bool {
        match self {
            Condition::All(all) => all.iter().all(Condition::unprompted),
            Condition::Any(any) => any.iter().any(Condition::unprompted),
            Condition::Count(_, least) => *least <= 0.0,
            Condition::Present(_)
            | Condition::Had(_)
            | Condition::Past(_)
            | Condition::Feared(_)
            | Condition::Denied(_)
            | Condition::Near(..)
            | Condition::Compare(Number::Days(Some(_)), ..) => false,
            Condition::Not(_)
            | Condition::Compare(..)
            | Condition::AgeUnknown
            | Condition::Sex(_)
            | Condition::SexUnknown
            | Condition::Clinical => true,
        }
    }

    /// The concepts whose presence it asks for, outside of `not`.
    pub fn wanted(&self, out: &mut Vec<usize>) {
        match self {
            Condition::Not(_) => {}
            Condition::All(all) | Condition::Any(all) => all.iter().for_each(|c| c.wanted(out)),
            other => other.concepts(out),
        }
    }
}

fn lex(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        match c {
            '<' | '>' if characters.peek() == Some(&'=') => {
                characters.next();
                out.push(format!("{c}="));
            }
            '(' | ')' | ',' | '<' | '>' | '=' => out.push(c.to_string()),
            _ => {}
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

struct Reader<'a> {
    words: &'a [String],
    at: usize,
    concept: &'a dyn Fn(&str) -> Option<usize>,
}

impl Reader<'_> {
    fn peek(&self) -> &str {
        self.words.get(self.at).map_or("", String::as_str)
    }

    fn take(&mut self) -> &str {
        self.at += 1;
        self.words.get(self.at - 1).map_or("", String::as_str)
    }

    fn eat(&mut self, word: &str) -> bool {
        let there = self.peek() == word;
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.eat(word) { Ok(()) } else { Err(format!("expected “{word}”, found “{}”", self.peek())) }
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.all()?];
        while self.eat("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) })
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.one()?];
        while self.eat("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
    }

    fn id(&mut self) -> Result<usize, String> {
        let id = self.take().to_owned();
        (self.concept)(&id).ok_or_else(|| format!("there is no concept “{id}”"))
    }

    fn bracketed(&mut self) -> Result<Vec<usize>, String> {
        self.expect("(")?;
        let mut out = vec![self.id()?];
        while self.eat(",") {
            out.push(self.id()?);
        }
        self.expect(")")?;
        Ok(out)
    }

    fn one(&mut self) -> Result<Condition, String> {
        if self.eat("(") {
            let inner = self.any()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.eat("not") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        let word = self.take().to_owned();
        let function = self.peek() == "(";
        let single = |mut of: Vec<usize>| of.remove(0);
        Ok(match word.as_str() {
            "had" if function => Condition::Had(single(self.bracketed()?)),
            "past" if function => Condition::Past(single(self.bracketed()?)),
            "feared" if function => Condition::Feared(single(self.bracketed()?)),
            "denied" if function => Condition::Denied(single(self.bracketed()?)),
            "sudden" | "severe" | "worse" | "mild" if function => {
                let quality = (self.concept)(&word).ok_or_else(|| format!("there is no concept “{word}”"))?;
                Condition::Near(single(self.bracketed()?), quality)
            }
            "near" if function => {
                let both = self.bracketed()?;
                let [a, b] = both[..] else { return Err("near(a, b) takes two concepts".to_owned()) };
                Condition::Near(a, b)
            }
            "count" if function => {
                let of = self.bracketed()?;
                let (how, limit) = self.comparison()?;
                if how != Comparison::AtLeast {
                    return Err("count(…) is compared with >=".to_owned());
                }
                Condition::Count(of, limit)
            }
            "days" => {
                let of = if function { Some(single(self.bracketed()?)) } else { None };
                let (how, limit) = self.comparison()?;
                Condition::Compare(Number::Days(of), how, limit)
            }
            "age" if self.eat("unknown") => Condition::AgeUnknown,
            "age" => {
                let (how, limit) = self.comparison()?;
                Condition::Compare(Number::Age, how, limit)
            }
            "sex" if self.eat("unknown") => Condition::SexUnknown,
            "sex" => {
                self.expect("=")?;
                match self.take() {
                    "f" => Condition::Sex('f'),
                    "m" => Condition::Sex('m'),
                    other => return Err(format!("sex is f or m, not “{other}”")),
                }
            }
            "clinical" => Condition::Clinical,
            "symptoms" => {
                let (how, limit) = self.comparison()?;
                Condition::Compare(Number::Symptoms, how, limit)
            }
            other => match crate::measure::Measure::ALL.iter().find(|m| m.word() == other) {
                Some(measure) => {
                    let (how, limit) = self.comparison()?;
                    Condition::Compare(Number::Measure(measure.word()), how, limit)
                }
                None => Condition::Present((self.concept)(other).ok_or_else(|| format!("there is no concept “{other}”"))?),
            },
        })
    }

    /// `>= 3m`: days for ages (`d`, `w`, `m`, `y`; years without a letter), plain for everything else.
    fn comparison(&mut self) -> Result<(Comparison, f64), String> {
        let of_age = self.words.get(self.at.wrapping_sub(1)).is_some_and(|w| w == "age");
        let how = match self.take() {
            "<" => Comparison::Below,
            "<=" => Comparison::AtMost,
            ">" => Comparison::Above,
            ">=" => Comparison::AtLeast,
            other => return Err(format!("expected a comparison, found “{other}”")),
        };
        let written = self.take();
        let digits = written.trim_end_matches(char::is_alphabetic);
        let number: f64 = digits.parse().map_err(|_| format!("“{written}” is not a number"))?;
        let factor = match (&written[digits.len()..], of_age) {
            ("", true) | ("y", _) => crate::measure::YEAR,
            ("m", _) => crate::measure::MONTH,
            ("w", _) => 7.0,
            ("", false) | ("d", _) => 1.0,
            (unit, _) => return Err(format!("“{unit}” is not a unit of time: use d, w, m or y")),
        };
        Ok((how, number * factor))
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Comparison::Below => "<",
            Comparison::AtMost => "<=",
            Comparison::Above => ">",
            Comparison::AtLeast => ">=",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_reads_as_it_is_written() {
        let ids = ["chest-pain", "sweating", "sudden"];
        let find = |id: &str| ids.iter().position(|i| *i == id);
        let c = Condition::parse("chest-pain and (sweating or age >= 40 or age unknown) and not sudden(chest-pain)", &find).unwrap();
        let mut named = Vec::new();
        c.concepts(&mut named);
        assert_eq!(named, [0, 1, 0, 2]);
        assert!(matches!(c, Condition::All(ref parts) if parts.len() == 3));
        for bad in ["chest-pain and", "nothing-known", "age >= old", "chest-pain sweating", "(chest-pain"] {
            assert!(Condition::parse(bad, &find).is_err(), "{bad}");
        }
    }
}
