//! The triage engine, as the store asks it: what a request holds besides its words, and which of it is read.

use portico_domain::{
    advice::{Advice, Adviser, Asked},
    request::{Request, YesNoUnsure},
};
use portico_triage::{Answer, Engine};

/// The engine on the shipped content.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading;

impl Adviser for Reading {
    fn version(&self) -> &str {
        Engine::shipped().version()
    }

    fn advise(&self, asked: &Asked<'_>) -> Advice {
        let Asked { request, kind, today, repeat, sex } = *asked;
        Engine::shipped().advise(&portico_triage::Request {
            text: text_of(request),
            age_days: request.person.birth_date.map(|born| today.duration_since(born).as_hours() as f64 / 24.0).filter(|days| *days >= 0.0),
            administrative: kind.is_administrative(),
            worse: matches!(request.worse, Some(YesNoUnsure::Yes | YesNoUnsure::NotSure)),
            repeat,
            sex,
            answers: request.safety.iter().map(|s| (s.concept.clone(), if s.counts() { Answer::Yes } else { Answer::No })).collect(),
            ..portico_triage::Request::default()
        })
    }
}

/// What is read: the words first, so that places in the text are places in the words, then how long and what was tried.
fn text_of(request: &Request) -> String {
    let mut text = request.words.clone();
    for (before, more) in [("\nFor how long: ", &request.duration), ("\nTried: ", &request.tried)] {
        if !more.trim().is_empty() {
            text.push_str(before);
            text.push_str(more);
        }
    }
    text
}
