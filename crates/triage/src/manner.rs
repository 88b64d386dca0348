//! How a finding is told: how bad it is, how it began, where it is going and for how long. Each quality and each length of
//! time belongs to the finding that stands nearest to it.

use portico_domain::advice::{Manner, Status, Told};

use crate::{
    content::Content,
    context::Mention,
    measure::{Measure, Measures, number_word},
    text::Token,
};

/// What is told of one mention.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Manners {
    /// Its qualities, in the order of the text.
    pub told: Vec<Told>,
    /// How long it has lasted, in days.
    pub days: Option<f64>,
}

/// What is told of each mention, in their order.
pub fn manners(content: &Content, text: &[Token], mentions: &[Mention], measures: &Measures) -> Vec<Manners> {
    let mut out = vec![Manners::default(); mentions.len()];
    let complaints: Vec<usize> = (0..mentions.len()).filter(|&i| content.concepts[mentions[i].concept].is_complaint()).collect();
    let tell = |told: Told, to: &mut Manners| {
        if !to.told.contains(&told) {
            to.told.push(told);
        }
    };
    for said in mentions.iter().filter(|m| m.status == Status::Present) {
        let quality = &content.concepts[said.concept];
        if let Some(of) = quality.tells
            && let Some(near) = nearest(text, mentions, &complaints, said.span)
        {
            tell(Told { of, name: quality.name.clone() }, &mut out[near]);
        }
    }
    for &(score, at) in measures.values.get(&Measure::Pain).into_iter().flatten() {
        if let Some(near) = nearest(text, mentions, &complaints, (at, at)) {
            tell(Told { of: Manner::Severity, name: format!("{score:.0} of 10") }, &mut out[near]);
        }
    }
    for span in measures.spans.iter().filter(|s| is_told(text, s.at)) {
        if let Some(near) = nearest(text, mentions, &complaints, (span.at, span.at)) {
            let days = &mut out[near].days;
            *days = Some(days.map_or(span.days, |d| d.max(span.days)));
        }
    }
    out
}

/// Whether a length of time is told in a number, and as one that has passed: not “every 4 hours”, “in 3 weeks” or “for weeks”,
/// which rules take for one.
fn is_told(text: &[Token], at: usize) -> bool {
    let vague = matches!(text[at].word.as_str(), "couple" | "few" | "several");
    let counted = text[at].number().is_some() || number_word(&text[at].word).is_some() && !vague;
    let other = at > 0 && matches!(text[at - 1].word.as_str(), "every" | "in" | "next" | "each" | "within" | "per" | "or");
    counted && !other
}

/// The complaint that counts and stands nearest in the sentence; else the last one of the sentence before.
fn nearest(text: &[Token], mentions: &[Mention], complaints: &[usize], (first, last): (usize, usize)) -> Option<usize> {
    let sentence = text[first].sentence;
    let of = |back: usize| {
        let there = move |i: &&usize| {
            let m = &mentions[**i];
            m.status == Status::Present && text[m.span.0].sentence + back == sentence
        };
        complaints.iter().filter(there)
    };
    // Words that are far apart may hold the quality between them and say nothing of it.
    let gap = |i: &&usize| {
        let m = &mentions[**i];
        (m.span.0 <= first && last <= m.span.1, m.span.0.saturating_sub(last).max(first.saturating_sub(m.span.1)))
    };
    of(0).min_by_key(gap).or_else(|| of(1).next_back()).copied()
}

#[cfg(test)]
mod tests {
    use crate::{Engine, Request};

    fn told(text: &str, concept: &str) -> String {
        let advice = Engine::shipped().advise(&Request::new(text));
        let found = advice.findings.iter().find(|f| f.concept == concept);
        found.unwrap_or_else(|| panic!("{concept} is not found in “{text}”: {:?}", advice.findings)).named()
    }

    #[test]
    fn a_quality_belongs_to_the_complaint_that_it_is_said_of() {
        assert_eq!(told("I have had a mild cough for 3 weeks and since yesterday a severe headache.", "cough"), "cough, mild, for 3 weeks");
        assert_eq!(told("I have had a mild cough for 3 weeks and since yesterday a severe headache.", "headache"), "headache, severe");
        assert_eq!(told("My knee pain came on slowly. It is getting worse.", "knee-pain"), "knee pain, came on slowly, getting worse");
        assert_eq!(told("Sudden earache in my left ear, 8/10.", "earache"), "earache, left, sudden, 8 of 10");
        assert_eq!(told("Headache, no severe pain.", "headache"), "headache");
        assert_eq!(told("A headache for weeks, paracetamol every 4 hours.", "headache"), "headache");
    }
}
