//! The triage engine, as the store asks it: what a request holds besides its words, and which of it is read.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
};

use portico_domain::{
    advice::{Advice, Adviser, Asked},
    layer::Change,
    request::{ForWhom, Request, YesNoUnsure},
};
use portico_store::work::Practice;
use portico_triage::{Answer, Engine, SHIPPED};

/// The engine on the shipped content, or on that with a practice's changes.
#[derive(Debug, Clone, Default)]
pub struct Reading(Option<Arc<Engine>>);

impl Reading {
    /// The engine on the shipped content with these changes; the one that a practice holds already, if one does.
    pub fn with(changes: &[Change]) -> Result<Self, String> {
        if changes.is_empty() {
            return Ok(Self::default());
        }
        engine_with(changes).map(|engine| Self(Some(engine)))
    }

    /// An engine that was made elsewhere: other content that is to be tried.
    pub fn by(engine: Engine) -> Self {
        Self(Some(Arc::new(engine)))
    }

    /// The engine that a practice reads with.
    pub fn of(practice: &Practice) -> Self {
        // Changes that do not fit are told on the page of the rules; the shipped content is read with then.
        Self::with(&practice.changes).unwrap_or_default()
    }

    /// The engine itself.
    pub fn engine(&self) -> &Engine {
        self.0.as_deref().unwrap_or_else(|| Engine::shipped())
    }
}

impl Adviser for Reading {
    fn version(&self) -> &str {
        self.engine().version()
    }

    fn advise(&self, asked: &Asked<'_>) -> Advice {
        self.engine().advise(&question(asked))
    }

    fn layered(&self, changes: &[Change]) -> Result<Arc<dyn Adviser>, String> {
        Reading::with(changes).map(|reading| Arc::new(reading) as Arc<dyn Adviser>)
    }
}

/// A request as the engine takes it.
pub fn question(asked: &Asked<'_>) -> portico_triage::Request {
    let Asked { request, kind, today, repeat, sex, facts, baby } = *asked;
    let postnatal = baby.is_postnatal(today).then(|| "postnatal".to_owned());
    portico_triage::Request {
        text: text_of(request),
        age_days: request.person.birth_date.map(|born| today.duration_since(born).as_hours() as f64 / 24.0).filter(|days| *days >= 0.0),
        cared_for: request.for_whom == ForWhom::CaredFor,
        administrative: kind.is_administrative(),
        worse: matches!(request.worse, Some(YesNoUnsure::Yes | YesNoUnsure::NotSure)),
        repeat,
        sex,
        weeks_pregnant: baby.weeks(today).map(|weeks| weeks as f64),
        known: facts.iter().map(|f| f.code().to_owned()).chain(postnatal).collect(),
        answers: request.safety.iter().map(|s| (s.concept.clone(), if s.counts() { Answer::Yes } else { Answer::No })).collect(),
        ..portico_triage::Request::default()
    }
}

fn engine_with(changes: &[Change]) -> Result<Arc<Engine>, String> {
    // A practice in use holds its engine; that of a draft is dropped once it has been tried.
    static ENGINES: OnceLock<Mutex<HashMap<Vec<Change>, Weak<Engine>>>> = OnceLock::new();
    let engines = || ENGINES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(engine) = engines().get(changes).and_then(Weak::upgrade) {
        return Ok(engine);
    }
    let engine = Arc::new(Engine::layered(SHIPPED, changes).map_err(|faults| faults.0.join(" "))?);
    let mut engines = engines();
    engines.retain(|_, engine| engine.strong_count() > 0);
    engines.insert(changes.to_vec(), Arc::downgrade(&engine));
    Ok(engine)
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
