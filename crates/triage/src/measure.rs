//! Numbers with a meaning: temperatures, blood pressures, oxygen levels, sugars, durations, ages and weeks of pregnancy.

use std::collections::BTreeMap;

use crate::text::{Kind, Token};

/// What may be measured, in the unit given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Body temperature, °C.
    Temperature,
    /// Systolic blood pressure, mmHg.
    Systolic,
    /// Diastolic blood pressure, mmHg.
    Diastolic,
    /// Oxygen saturation, %.
    Saturation,
    /// Heart rate, beats a minute.
    Pulse,
    /// Breaths a minute.
    Breaths,
    /// Blood glucose, mmol/L.
    Glucose,
    /// Blood ketones, mmol/L.
    Ketones,
    /// Pain score out of 10.
    Pain,
    /// Weeks of pregnancy.
    Weeks,
    /// Potassium, mmol/L.
    Potassium,
    /// INR, a ratio.
    Inr,
    /// Hours without passing urine or a wet nappy.
    DryHours,
}

impl Measure {
    /// The word used in rules.
    pub fn word(self) -> &'static str {
        match self {
            Measure::Temperature => "temp",
            Measure::Systolic => "systolic",
            Measure::Diastolic => "diastolic",
            Measure::Saturation => "sats",
            Measure::Pulse => "pulse",
            Measure::Breaths => "breaths",
            Measure::Glucose => "glucose",
            Measure::Ketones => "ketones",
            Measure::Pain => "pain-score",
            Measure::Weeks => "weeks",
            Measure::Potassium => "potassium",
            Measure::Inr => "inr",
            Measure::DryHours => "dry-hours",
        }
    }

    /// Every measure.
    pub const ALL: [Measure; 13] = [
        Measure::Temperature,
        Measure::Systolic,
        Measure::Diastolic,
        Measure::Saturation,
        Measure::Pulse,
        Measure::Breaths,
        Measure::Glucose,
        Measure::Ketones,
        Measure::Pain,
        Measure::Weeks,
        Measure::Potassium,
        Measure::Inr,
        Measure::DryHours,
    ];
}

/// A span of time said in the text, in days, with its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// How long, in days; hours are fractions.
    pub days: f64,
    /// Index of the token of the number or word.
    pub at: usize,
}

/// An age said in the text, in days, with its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SaidAge {
    /// Age in days.
    pub days: f64,
    /// Index of the token of the number or word.
    pub at: usize,
}

/// Everything measured in one text. Where a measure is said twice, all values are kept.
#[derive(Debug, Default, Clone)]
pub struct Measures {
    /// Values by measure, with the token where each was said.
    pub values: BTreeMap<Measure, Vec<(f64, usize)>>,
    /// Durations.
    pub spans: Vec<Span>,
    /// Ages.
    pub ages: Vec<SaidAge>,
}

/// What “since 3am” and “since breakfast” are taken for, in days: the engine has no clock.
const SINCE_A_TIME: f64 = 0.3;
/// Days in a year, on average.
pub const YEAR: f64 = 365.25;
/// Days in a month, on average.
pub const MONTH: f64 = 30.44;

fn is(token: Option<&Token>, words: &[&str]) -> bool {
    token.is_some_and(|t| t.kind == Kind::Word && words.contains(&t.word.as_str()))
}

pub(crate) fn number_word(word: &str) -> Option<f64> {
    Some(match word {
        "one" | "a" | "an" => 1.0,
        "two" | "couple" => 2.0,
        "three" | "few" => 3.0,
        "four" | "several" => 4.0,
        "five" => 5.0,
        "six" => 6.0,
        "seven" => 7.0,
        "eight" => 8.0,
        "nine" => 9.0,
        "ten" => 10.0,
        "eleven" => 11.0,
        "twelve" => 12.0,
        "fifteen" => 15.0,
        "eighteen" => 18.0,
        "twenty" => 20.0,
        "thirty" => 30.0,
        "forty" => 40.0,
        "fifty" => 50.0,
        "sixty" => 60.0,
        "seventy" => 70.0,
        "eighty" => 80.0,
        "ninety" => 90.0,
        _ => return None,
    })
}

fn unit_days(word: &str) -> Option<f64> {
    Some(match word {
        "min" | "mins" | "minute" | "minutes" => 1.0 / 1440.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 1.0 / 24.0,
        "d" | "day" | "days" | "night" | "nights" => 1.0,
        "w" | "wk" | "wks" | "week" | "weeks" => 7.0,
        "month" | "months" | "mth" | "mths" => MONTH,
        "y" | "yr" | "yrs" | "year" | "years" => YEAR,
        _ => return None,
    })
}

/// Reads every number in the text.
pub fn measures(text: &[Token]) -> Measures {
    let mut out = Measures::default();
    for at in 0..text.len() {
        let value = match text[at].kind {
            Kind::Number(n) => Some(n),
            // “a 65-year-old” is 65.
            Kind::Word if text.get(at + 1).is_some_and(|t| t.number().is_some()) => None,
            Kind::Word => number_word(&text[at].word).filter(|_| !is(text.get(at.wrapping_sub(1)), &["not"])),
            Kind::Mark(_) => None,
        };
        if let Some(value) = value {
            duration_or_age(text, at, value, &mut out);
            if text[at].number().is_some() {
                vital(text, at, value, &mut out);
            }
        } else if text[at].kind == Kind::Word {
            plain_words(text, at, &mut out);
        }
    }
    dry(text, &mut out);
    out
}

fn plain_words(text: &[Token], at: usize, out: &mut Measures) {
    let span = |days| Span { days, at };
    // “for weeks” is long; “for 2 weeks” was read with its number.
    let counted = at > 0 && (text[at - 1].number().is_some() || number_word(&text[at - 1].word).is_some());
    match text[at].word.as_str() {
        "yesterday" => out.spans.push(span(1.0)),
        "today" | "tonight" => out.spans.push(span(0.5)),
        "fortnight" => out.spans.push(span(14.0)),
        "weeks" if !counted => out.spans.push(span(21.0)),
        "months" if !counted => out.spans.push(span(90.0)),
        "years" if !counted => out.spans.push(span(3.0 * YEAR)),
        "week" if is(text.get(at.wrapping_sub(1)), &["last", "all"]) => out.spans.push(span(7.0)),
        "night" if is(text.get(at.wrapping_sub(1)), &["last"]) => out.spans.push(span(0.75)),
        "morning" | "breakfast" | "midnight" | "dawn" | "lunch" | "lunchtime" | "noon" | "midday" | "afternoon" | "dinner" | "tea"
        | "teatime" | "evening"
            if (1..=2).any(|back| at >= back && is(text.get(at - back), &["since"])) =>
        {
            out.spans.push(span(SINCE_A_TIME));
        }
        "newborn" => out.ages.push(SaidAge { days: 14.0, at }),
        "toddler" => out.ages.push(SaidAge { days: 2.0 * YEAR, at }),
        "teenager" | "teenage" => out.ages.push(SaidAge { days: 15.0 * YEAR, at }),
        "pensioner" => out.ages.push(SaidAge { days: 72.0 * YEAR, at }),
        _ => {}
    }
}

/// `2/7`, `6/12 old`, `34/40`, `9/10`; says whether the number was one of these.
fn over_slash(text: &[Token], at: usize, value: f64, out: &mut Measures) -> bool {
    let slash = text.get(at + 1).is_some_and(|t| t.is_mark('/')) && text[at].number().is_some();
    let Some(below) = slash.then(|| text.get(at + 2).and_then(Token::number)).flatten() else { return false };
    let per = match below as u32 {
        7 => Some(1.0),
        52 => Some(7.0),
        12 => Some(MONTH),
        24 => Some(1.0 / 24.0),
        _ => None,
    };
    if below as u32 == 40 && (4.0..=42.0).contains(&value) {
        out.values.entry(Measure::Weeks).or_default().push((value, at));
    } else if below as u32 == 10 && value <= 10.0 {
        out.values.entry(Measure::Pain).or_default().push((value, at));
    } else if let Some(per) = per {
        let next = at + 3;
        if is(text.get(next), &["old"]) || is(text.get(next), &["baby", "infant"]) || per >= 7.0 && is_age_of_a_child(text, at, next) {
            out.ages.push(SaidAge { days: value * per, at });
        } else {
            out.spans.push(Span { days: value * per, at });
        }
    }
    true
}

/// `3 weeks`, `2/7`, `8 month old`, `6/12 old`, `aged 7`, `48F`, `I'm 34`, `28 weeks pregnant`, `34/40`.
fn duration_or_age(text: &[Token], at: usize, value: f64, out: &mut Measures) {
    if over_slash(text, at, value, out) {
        return;
    }
    // “since 3am”, “since 3.30 pm”, “since 4 o'clock”; not “since 20 hours I am”.
    let since = (1..=2).any(|back| at >= back && is(text.get(at - back), &["since"]));
    let of_the_clock = |on: usize| {
        is(text.get(at + on), &["am", "pm", "oclock"]) || text.get(at + on).is_some_and(|t| t.word == "o" && t.end - t.start > 1)
    };
    let minutes = text.get(at + 1).is_some_and(|t| t.number().is_some() || t.is_mark(':') || t.is_mark('.'));
    if since && text[at].number().is_some() && (of_the_clock(1) || minutes && (of_the_clock(2) || of_the_clock(3))) {
        out.spans.push(Span { days: SINCE_A_TIME, at });
        return;
    }
    // “34+2” is how weeks and days of a pregnancy are written.
    let plus = text.get(at + 1).is_some_and(|t| t.is_mark('+') && t.glued) && text[at].number().is_some();
    if plus && (4.0..=42.0).contains(&value) && text.get(at + 2).and_then(Token::number).is_some_and(|days| (0.0..=6.0).contains(&days)) {
        out.values.entry(Measure::Weeks).or_default().push((value, at));
        return;
    }
    // "one or two days", "2-3 weeks": the unit may follow a second number.
    let mut next = at + 1;
    // “4 and a half months”.
    let half = is(text.get(next), &["and"]) && is(text.get(next + 1), &["a"]) && is(text.get(next + 2), &["half"]);
    let value = if half { value + 0.5 } else { value };
    if half {
        next += 3;
    }
    if is(text.get(next), &["or", "to", "of"]) {
        next += 1;
    }
    if text.get(next).is_some_and(|t| t.number().is_some()) || text.get(next).is_some_and(|t| number_word(&t.word).is_some()) {
        next += 1;
    }
    if is(text.get(next), &["of"]) {
        next += 1;
    }
    let article = is(text.get(at), &["a", "an"]);
    if let Some(unit) = text.get(next).filter(|t| t.kind == Kind::Word).and_then(|t| unit_days(&t.word)) {
        let days = value * unit;
        let after = next + 1;
        if is(text.get(after), &["old", "o"])
            || (is(text.get(after), &["male", "female", "man", "woman", "boy", "girl", "lady", "gentleman", "baby"]) && unit >= 7.0)
        {
            out.ages.push(SaidAge { days, at });
            return;
        }
        if (7.0..YEAR).contains(&unit) && is_age_of_a_child(text, at, after) {
            out.ages.push(SaidAge { days, at });
            return;
        }
        let weeks = unit == 7.0 && !article;
        if weeks
            && ((after..after + 4).any(|i| is(text.get(i), &["pregnant", "pregnancy", "gestation", "preg", "gone"]))
                || (at.saturating_sub(4)..at).any(|i| is(text.get(i), &["pregnant", "preg", "gestation"]))
                    && !is(text.get(after), &["ago"]))
        {
            out.values.entry(Measure::Weeks).or_default().push((value, at));
            return;
        }
        if unit == YEAR && value >= 16.0 && !is(text.get(after), &["ago"]) && at <= 6 && value <= 110.0 {
            out.ages.push(SaidAge { days, at });
            return;
        }
        if !article || !is(text.get(after), &["ago"]) {
            out.spans.push(Span { days, at });
        } else {
            out.spans.push(Span { days: unit, at });
        }
        return;
    }
    age_without_unit(text, at, value, out);
}

/// Words for a child that is counted in weeks and months.
const BABY: &[&str] = &["baby", "newborn", "infant", "lo", "bub", "bubba", "bairn"];
/// Before “one”: a little one is a child.
const LITTLE: &[&str] = &["little", "wee", "tiny", "small"];
/// Words for any child.
const CHILD: &[&str] = &[
    "baby",
    "newborn",
    "infant",
    "lo",
    "bub",
    "bubba",
    "bairn",
    "boy",
    "girl",
    "son",
    "daughter",
    "grandson",
    "granddaughter",
    "twin",
    "twins",
    "child",
    "he",
    "she",
    "hes",
    "shes",
    "they",
    "nephew",
    "niece",
];

/// Whether weeks or months, said at `at` with their unit before `after`, are the age of a child: “baby 7 weeks, …”, “he is 9
/// weeks”, “aged 10 weeks”, “(10 weeks)”. Of a pregnancy they are not.
fn is_age_of_a_child(text: &[Token], at: usize, after: usize) -> bool {
    let back = |n: usize, words: &[&str]| at >= n && is(text.get(at - n), words);
    if text.iter().any(|t| t.word.starts_with("pregnan") || t.word == "preg" || t.word == "gestation") {
        return back(1, &["aged"]);
    }
    let ended = text.get(after).is_none_or(|t| {
        matches!(t.kind, Kind::Mark(_)) || is(Some(t), &["and", "with", "but", "has", "had", "temp", "temperature", "today"])
    });
    let bracketed = at > 0 && text[at - 1].is_mark('(') && text.get(after).is_some_and(|t| t.is_mark(')'));
    back(1, &["aged", "age"])
        || ended && back(1, BABY)
        || ended
            && back(1, &["is", "are", "only", "just", "hes", "shes"])
            && (1..=4).any(|n| back(n, CHILD) || back(n, &["one"]) && back(n + 1, LITTLE))
        || bracketed && text.iter().any(|t| CHILD.contains(&t.word.as_str()))
}

fn age_without_unit(text: &[Token], at: usize, value: f64, out: &mut Measures) {
    if text[at].number().is_none() || !(0.0..=115.0).contains(&value) {
        return;
    }
    let years = SaidAge { days: value * YEAR, at };
    // “2m old”, “8wo”, “5mo” before “48f” and “30m”.
    let glued = text.get(at + 1).is_some_and(|t| t.glued);
    let old = is(text.get(at + 2), &["old"]);
    let of_baby = value <= 24.0 && text.iter().any(|t| BABY.contains(&t.word.as_str()));
    let months =
        is(text.get(at + 1), &["mo", "mth", "mths", "mos"]) && (glued || old) || is(text.get(at + 1), &["m"]) && (old || glued && of_baby);
    let weeks = is(text.get(at + 1), &["wo"]) && glued || is(text.get(at + 1), &["w", "wk", "wks"]) && old;
    if months || weeks {
        out.ages.push(SaidAge { days: value * if months { MONTH } else { 7.0 }, at });
        return;
    }
    if text.get(at + 1).is_some_and(|t| t.glued) && is(text.get(at + 1), &["yo", "yrold", "f", "m"])
        || is(text.get(at + 1), &["yo", "yrold"])
    {
        out.ages.push(years);
        return;
    }
    let ended = text.get(at + 1).is_none_or(|t| {
        matches!(t.kind, Kind::Mark(m) if m != '/' && m != '%' && m != '°')
            || is(Some(t), &["and", "with", "but", "female", "male", "f", "m", "years", "now"])
    });
    let before = |back: usize, words: &[&str]| at >= back && is(text.get(at - back), words);
    if before(1, &["aged", "age", "turned", "turning"])
        || (before(1, &["is", "am"]) && before(2, &["i", "she", "he", "age", "who", "dad", "mum"]) && ended)
        || (is(text.get(at + 1), &["old"]))
    {
        out.ages.push(years);
    }
}

/// Words that name a measure.
const NAMES: &[(Measure, &[&str])] = &[
    (Measure::Temperature, &["temp", "temperature", "fever", "thermometer", "temps", "feverish", "t"]),
    (Measure::Saturation, &["sats", "sat", "oxygen", "spo2", "o2", "saturation", "saturations", "oximeter", "sp02"]),
    (Measure::Pulse, &["pulse", "heartbeat", "hr", "watch", "fitbit"]),
    (Measure::Breaths, &["rr", "respiratory", "resps", "respirations", "resp"]),
    (Measure::Ketones, &["ketones", "ketone"]),
    (Measure::Glucose, &["sugar", "sugars", "glucose", "bm", "bms", "bg"]),
    (Measure::Potassium, &["potassium"]),
    (Measure::Inr, &["inr"]),
    (Measure::Systolic, &["bp", "pressure"]),
];
/// Words that name a number which is none of ours.
const OTHER_NAMES: &[&str] = &[
    "bmi",
    "weight",
    "weighs",
    "hba1c",
    "cholesterol",
    "ferritin",
    "egfr",
    "psa",
    "crp",
    "size",
    "aged",
    "age",
    "number",
    "phone",
    "room",
    "week",
    "weeks",
];

impl Measure {
    /// Values that a person can have.
    fn range(self) -> std::ops::RangeInclusive<f64> {
        match self {
            Measure::Temperature => 34.0..=43.5,
            Measure::Systolic => 60.0..=280.0,
            Measure::Diastolic => 30.0..=170.0,
            Measure::Saturation => 50.0..=100.0,
            Measure::Pulse => 20.0..=260.0,
            Measure::Breaths => 6.0..=90.0,
            Measure::Glucose => 1.0..=60.0,
            Measure::Ketones => 0.0..=20.0,
            Measure::Pain => 0.0..=10.0,
            Measure::Weeks => 1.0..=43.0,
            Measure::Potassium => 1.0..=10.0,
            Measure::Inr => 0.5..=20.0,
            Measure::DryHours => 0.0..=96.0,
        }
    }
}

/// The measure that is named nearest before a number, within six words of the same sentence. `Some(None)`: some other number.
fn named(text: &[Token], at: usize) -> Option<Option<Measure>> {
    for i in (at.saturating_sub(6)..at).rev().take_while(|&i| text[i].sentence == text[at].sentence) {
        let word = text[i].word.as_str();
        if OTHER_NAMES.contains(&word) {
            return Some(None);
        }
        if word == "rate" && is(text.get(i.wrapping_sub(1)), &["heart"]) {
            return Some(Some(Measure::Pulse));
        }
        if let Some((measure, _)) = NAMES.iter().find(|(_, names)| names.contains(&word)) {
            return Some(Some(*measure));
        }
    }
    None
}

/// Temperatures, pressures and the like: a number after the word that names it, or with its unit.
fn vital(text: &[Token], at: usize, value: f64, out: &mut Measures) {
    // The lower number of a pressure was read with the upper one.
    if at > 0 && text[at - 1].is_mark('/') {
        return;
    }
    let mut put = |measure: Measure, value: f64| {
        if measure.range().contains(&value) {
            out.values.entry(measure).or_default().push((value, at));
        }
    };
    let unit = text.get(at + 1);
    let next_number = |i: usize| text.get(i).and_then(Token::number);
    let below = if unit.is_some_and(|t| t.is_mark('/')) || is(unit, &["over"]) { next_number(at + 2) } else { None };
    if let Some(below) = below {
        if Measure::Systolic.range().contains(&value) && Measure::Diastolic.range().contains(&below) && value > below {
            put(Measure::Systolic, value);
            put(Measure::Diastolic, below);
        }
        return;
    }
    if is(unit, &["out"]) && next_number(at + 3) == Some(10.0) {
        return put(Measure::Pain, value);
    }
    let degrees = unit.is_some_and(|t| t.is_mark('°')) || is(unit, &["c", "celsius", "centigrade", "degrees", "degree", "deg"]);
    let fahrenheit = is(unit, &["f", "fahrenheit"]) || degrees && is(text.get(at + 2), &["f", "fahrenheit"]);
    if (95.0..=110.0).contains(&value) && (fahrenheit || named(text, at) == Some(Some(Measure::Temperature))) {
        return put(Measure::Temperature, (value - 32.0) / 1.8);
    }
    if degrees || is(unit, &["temp", "temperature", "fever"]) && value > 37.0 {
        return put(Measure::Temperature, value);
    }
    match unit.map_or("", |t| t.word.as_str()) {
        "bpm" | "beats" => return put(Measure::Pulse, value),
        "breaths" => return put(Measure::Breaths, value),
        "yo" | "kg" | "stone" | "mg" | "ml" | "cm" | "mm" | "times" | "tablets" => return,
        // “T 39.1 HR 120” is no 39 hours.
        word if unit_days(word).is_some() && !(word == "hr" && named(text, at) == Some(Some(Measure::Temperature))) => return,
        _ => {}
    }
    match named(text, at) {
        Some(Some(measure)) => put(measure, value),
        Some(None) => {}
        None if is(unit, &["mmol", "mmols"]) => put(Measure::Glucose, value),
        // “He is 39.4 since last night”: a decimal in the range of a fever, and nothing else that it could be.
        None if text[at].word.contains('.') && (37.8..=42.5).contains(&value) && !is(unit, &["percent"]) => {
            put(Measure::Temperature, value)
        }
        None => {}
    }
}

/// “no wet nappy for 12 hours”, “hasn't peed since yesterday”: hours without urine.
fn dry(text: &[Token], out: &mut Measures) {
    let spans: Vec<Span> = out.spans.clone();
    for span in spans.iter().filter(|s| s.days <= 4.0) {
        let of_sentence = |words: &[&str]| text.iter().any(|t| t.sentence == text[span.at].sentence && words.contains(&t.word.as_str()));
        if of_sentence(&["urine", "nappy", "nappies", "wet"]) && of_sentence(&["no", "not", "dry", "without"]) {
            out.values.entry(Measure::DryHours).or_default().push((span.days * 24.0, span.at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Spellings, tokens};

    fn read(text: &str) -> Measures {
        measures(&tokens(text, &Spellings::default()))
    }
    fn value(text: &str, m: Measure) -> Option<f64> {
        read(text).values.get(&m).map(|v| (v[0].0 * 10.0).round() / 10.0)
    }
    fn age(text: &str) -> Option<f64> {
        read(text).ages.first().map(|a| a.days)
    }

    #[test]
    fn vital_signs_in_the_ways_people_write_them() {
        assert_eq!(value("temp 39.4", Measure::Temperature), Some(39.4));
        assert_eq!(value("she is 38,5°C", Measure::Temperature), Some(38.5));
        assert_eq!(value("T38.4 after chemo", Measure::Temperature), Some(38.4));
        assert_eq!(value("T 39.1 hr 120", Measure::Temperature), Some(39.1));
        assert_eq!(value("fever of 103F", Measure::Temperature), Some(39.4));
        assert_eq!(value("BP 190/120 this am", Measure::Systolic), Some(190.0));
        assert_eq!(value("BP is 90 over 50", Measure::Diastolic), Some(50.0));
        assert_eq!(value("sats 88% on air", Measure::Saturation), Some(88.0));
        assert_eq!(value("pain 9/10", Measure::Pain), Some(9.0));
        assert_eq!(value("blood sugar is 28", Measure::Glucose), Some(28.0));
        assert_eq!(value("I am 28 weeks pregnant", Measure::Weeks), Some(28.0));
        assert_eq!(value("34+1 trickling since breakfast", Measure::Weeks), Some(34.0));
        assert_eq!(value("took 2+2 tablets", Measure::Weeks), None);
        assert_eq!(value("40 weeks in the job", Measure::Temperature), None);
    }

    #[test]
    fn ages_in_any_form() {
        assert_eq!(age("my 8 month old"), Some(8.0 * MONTH));
        assert_eq!(age("6/12 old baby"), Some(6.0 * MONTH));
        assert_eq!(age("my 80yo mum"), Some(80.0 * YEAR));
        assert_eq!(age("48F with a cough"), Some(48.0 * YEAR));
        assert_eq!(age("I'm 34 and"), Some(34.0 * YEAR));
        assert_eq!(age("A 65-year-old man"), Some(65.0 * YEAR));
        assert_eq!(age("3 weeks of cough"), None);
        assert_eq!(age("aged 7"), Some(7.0 * YEAR));
        for weeks in ["baby 8 weeks, temp 38.4", "he's 8 weeks", "age 8 weeks", "aged 8 weeks", "8wo", "8/52 old", "my baby is eight weeks"]
        {
            assert_eq!(age(weeks), Some(56.0), "{weeks}");
        }
        assert_eq!(age("2m old with a fever"), Some(2.0 * MONTH));
        assert_eq!(age("5mo"), Some(5.0 * MONTH));
        assert_eq!(age("he is 4 and a half months"), Some(4.5 * MONTH));
        assert_eq!(age("my little one is 10 weeks had jabs on Tuesday"), Some(70.0));
        assert_eq!(age("my son had a cough 3 weeks ago"), None);
        assert_eq!(age("she is 20 weeks pregnant"), None);
    }

    #[test]
    fn durations() {
        let days = |text: &str| read(text).spans.first().map(|s| s.days);
        assert_eq!(days("for 3 weeks"), Some(21.0));
        assert_eq!(days("2/7 hx of cough"), Some(2.0));
        assert_eq!(days("about a week"), Some(7.0));
        assert_eq!(days("two or three days"), Some(2.0));
        assert_eq!(days("since yesterday"), Some(1.0));
        for today in ["since 3am", "since 3 am", "since about 3:30 pm", "since 4 o'clock", "since this morning", "since breakfast"] {
            assert_eq!(days(today), Some(SINCE_A_TIME), "{today}");
        }
        assert_eq!(days("since last night"), Some(0.75));
        assert!(days("since 20 hours I am so weak").is_some_and(|d| (0.83..0.84).contains(&d)));
        assert_eq!(days("since 4 weeks I'm coughing"), Some(28.0));
        assert_eq!(days("open since 2019"), None);
        assert_eq!(read("cough for 2 weeks").spans.iter().map(|s| s.days).fold(0.0, f64::max), 14.0);
    }
}
