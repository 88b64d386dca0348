//! Questionnaires written by hand in the browser: one question a line, what answers it in square brackets.
//!
//! ```text
//! # About your inhaler
//! How often do you use the blue one? [Never=0; Now and then=1; Every day=2!]
//! Do you smoke? [yes/no]
//! How many cigarettes a day? [number 1-100] if 2=yes
//! Anything else? [text] optional
//! ```
//! A `!` behind an answer, or `red above 180` in a number, says that it cannot wait.

use super::{Choice, Compares, Condition, Kind, Number, Question, Questionnaire, Score, When};

/// Reads the lines. The mistakes name the line and what to do. Lines that count get one score, the sum of all.
pub fn read(title: &str, lines: &str) -> Result<Questionnaire, Vec<String>> {
    let mut questions: Vec<Question> = Vec::new();
    let mut mistakes = Vec::new();
    for (n, line) in lines.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        match question(line, &questions) {
            Ok(q) => questions.push(q),
            Err(why) => mistakes.push(format!("Line {}: {why}", n + 1)),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let counts = |q: &Question| matches!(&q.kind, Kind::Choice(c) if c.iter().any(|c| c.score.is_some()));
    let of: Vec<String> = questions.iter().filter(|q| counts(q)).map(|q| q.id.clone()).collect();
    let scores = if of.is_empty() { Vec::new() } else { vec![Score { name: "Score".into(), of, ..Score::default() }] };
    let made = Questionnaire { title: title.trim().to_owned(), questions, scores, ..Questionnaire::default() };
    let faults = made.faults();
    if faults.is_empty() { Ok(made) } else { Err(faults) }
}

fn question(line: &str, before: &[Question]) -> Result<Question, String> {
    // Questions are numbered as people count them: headings do not count.
    let number = before.iter().filter(|q| q.kind != Kind::Display).count() + 1;
    if let Some(heading) = line.strip_prefix('#') {
        let id = format!("h{}", before.len() + 1);
        return Ok(Question { id, text: heading.trim().to_owned(), kind: Kind::Display, required: false, when: None, records: Vec::new() });
    }
    let (text, rest) = line.split_once('[').ok_or("say what answers it, for example [yes/no], [text] or [Never; Sometimes].")?;
    let (inside, after) = rest.split_once(']').ok_or("close the square bracket.")?;
    if text.trim().is_empty() {
        return Err("write the question before the square bracket.".into());
    }
    let after = after.trim();
    let (after, when) = match after.split_once("if ") {
        Some((before_if, condition)) => (before_if.trim(), Some(condition_of(condition.trim(), before)?)),
        None => (after, None),
    };
    let required = match after {
        "" => true,
        "optional" => false,
        other => return Err(format!("“{other}” is not understood; “optional” and “if 1=yes” are.")),
    };
    Ok(Question { id: number.to_string(), text: text.trim().to_owned(), kind: kind(inside.trim())?, required, when, records: Vec::new() })
}

fn kind(inside: &str) -> Result<Kind, String> {
    match inside {
        "yes/no" => return Ok(Kind::YesNo { red: None }),
        "yes!/no" => return Ok(Kind::YesNo { red: Some((true, "marked as one that cannot wait".into())) }),
        "yes/no!" => return Ok(Kind::YesNo { red: Some((false, "marked as one that cannot wait".into())) }),
        "text" => return Ok(Kind::Text { long: true }),
        "line" => return Ok(Kind::Text { long: false }),
        "date" => return Ok(Kind::Day),
        _ => {}
    }
    if let Some(rest) = inside.strip_prefix("number") {
        return number(rest.trim()).map(Kind::Number);
    }
    let choices: Vec<Choice> = inside.split(';').map(str::trim).filter(|c| !c.is_empty()).map(choice).collect::<Result<_, _>>()?;
    if choices.len() < 2 {
        return Err("give at least two answers, with a semicolon between them.".into());
    }
    Ok(Kind::Choice(choices))
}

fn choice(written: &str) -> Result<Choice, String> {
    let (written, red) = match written.strip_suffix('!') {
        Some(rest) => (rest.trim(), Some("marked as one that cannot wait".to_owned())),
        None => (written, None),
    };
    let (text, score) = match written.rsplit_once('=') {
        Some((text, score)) => {
            let score = score.trim().parse().map_err(|_| format!("“{}” is no number that an answer counts.", score.trim()))?;
            (text.trim(), Some(score))
        }
        None => (written, None),
    };
    Ok(Choice { code: text.to_owned(), text: text.to_owned(), score, red })
}

/// `30-300 kg, red below 40, red above 200`: every part may be missing.
fn number(rest: &str) -> Result<Number, String> {
    let mut n = Number::default();
    for (at, part) in rest.split(',').map(str::trim).filter(|p| !p.is_empty()).enumerate() {
        let value = |text: &str| text.trim().parse::<f64>().map_err(|_| format!("“{}” is not a number.", text.trim()));
        if let Some(low) = part.strip_prefix("red below") {
            n.red_below = Some(value(low)?);
        } else if let Some(high) = part.strip_prefix("red above") {
            n.red_above = Some(value(high)?);
        } else if at == 0 {
            let (range, unit) = part.split_once(' ').unwrap_or((part, ""));
            let (least, most) = range.split_once('-').ok_or("write a range of numbers, for example 30-300.")?;
            (n.least, n.most, n.unit) = (Some(value(least)?), Some(value(most)?), unit.trim().to_owned());
        } else {
            return Err(format!("“{part}” is not understood; “red above 180” and “red below 40” are."));
        }
    }
    Ok(n)
}

/// `2=yes`, `3=Every day`, `4>10`, of a question before.
fn condition_of(written: &str, before: &[Question]) -> Result<When, String> {
    let at = written.find(['=', '>', '<']).ok_or("write the condition like this: if 2=yes.")?;
    let (id, value) = (written[..at].trim(), written[at + 1..].trim());
    let asked =
        before.iter().find(|q| q.id == id && q.kind != Kind::Display).ok_or(format!("there is no question {id} before this one."))?;
    let compares = match &written[at..=at] {
        "=" => Compares::Is,
        ">" => Compares::Above,
        _ => Compares::Below,
    };
    let with = match asked.read(value) {
        Ok(Some(answer)) => answer,
        _ => return Err(format!("“{value}” is no answer to question {id}.")),
    };
    Ok(When { any: false, conditions: vec![Condition { question: id.to_owned(), compares, with }] })
}
