//! What the engine is asked: the patient's words and what is known besides them.

use crate::measure::{MONTH, YEAR};

/// A request to read. Everything but the text may be missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// In the patient's own words.
    pub text: String,
    /// Age in days, from the record.
    pub age_days: Option<f64>,
    /// `f` or `m`, from the record.
    pub sex: Option<char>,
    /// Whether known to be pregnant.
    pub pregnant: Option<bool>,
    /// Completed weeks of the pregnancy, from the record.
    pub weeks_pregnant: Option<f64>,
    /// Facts of the record: concept ids such as `asthma` or `anticoagulant`.
    pub known: Vec<String>,
    /// Whether it is said to be written for somebody whom the writer cares for.
    pub cared_for: bool,
    /// Whether the patient chose an administrative kind of request.
    pub administrative: bool,
    /// Whether the patient said that it is getting worse.
    pub worse: bool,
    /// Whether the same patient asked about this within 14 days.
    pub repeat: bool,
    /// Answers to questions that the engine asked, by concept id.
    pub answers: Vec<(String, Answer)>,
}

/// An answer to a safety question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is so.
    Yes,
    /// It is not.
    No,
    /// Counts as yes.
    NotSure,
}

impl Request {
    /// A request of which only the words are known.
    pub fn new(text: impl Into<String>) -> Self {
        Request { text: text.into(), ..Request::default() }
    }
}

/// Reads an age such as `34`, `5m`, `3w` or `10d`, in days. Says what is wrong with anything else.
pub fn age_days(written: &str) -> Result<f64, String> {
    let written = written.trim().to_lowercase();
    let number = written.trim_end_matches(|c: char| c.is_alphabetic() || matches!(c, ' ' | '-'));
    let value: f64 = number.parse().map_err(|_| format!("“{written}” is not an age: write 34, 5m, 3w or 10d"))?;
    let unit = written[number.len()..].trim_start_matches(['-', ' ']).trim_end_matches("old").trim_end_matches(['-', ' ']);
    let days = match unit {
        "" | "y" | "yr" | "yrs" | "year" | "years" | "yo" => value * YEAR,
        "m" | "months" | "month" => value * MONTH,
        "w" | "weeks" | "week" => value * 7.0,
        "d" | "days" | "day" => value,
        unit => return Err(format!("“{unit}” is not a unit of age: use y, m, w or d")),
    };
    if (0.0..=130.0 * YEAR).contains(&days) { Ok(days) } else { Err(format!("“{written}” is not an age that a person can have")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_any_usual_form() {
        for (written, days) in
            [("34", 34.0 * YEAR), ("65yo", 65.0 * YEAR), ("45-year-old", 45.0 * YEAR), ("8 months old", 8.0 * MONTH), ("3w", 21.0)]
        {
            assert_eq!(age_days(written), Ok(days), "{written}");
        }
        assert!(age_days("old").is_err());
        assert!(age_days("3 moons").is_err());
    }
}
