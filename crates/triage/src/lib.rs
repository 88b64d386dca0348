//! Reads a request in a patient's words and advises an urgency and pathways, with its reasons. Pure: no clock, no I/O,
//! no randomness; the content is data and compiled in.
//!
//! `text → tokens → repaired → phrases found → what each means → findings → rules → advice`

mod advise;
mod book;
mod condition;
mod content;
mod context;
mod evaluate;
mod manner;
mod measure;
mod phrase;
mod questions;
mod request;
mod spelling;
mod text;
mod tree;
mod wording;

use std::sync::OnceLock;

pub use condition::{Comparison, Condition, Facts, Number};
pub use content::{Case, Concept, ConceptKind, Content, Faults, Marker, MarkerPhrase, MarkerText, Rule, RuleText};
pub use context::Sense;
pub use evaluate::{Evaluation, Judged, Rate, judge, wilson};
pub use measure::{MONTH, Measure, YEAR};
pub use portico_domain::{
    advice::{Advice, Finding, Fired, PathwayAdvice, Question, Side, Status},
    layer::Change,
};
pub use request::{Answer, Request, age_days};
pub use wording::{Learning, RULE as WORDING_RULE, TITLE as WORDING_TITLE, Wording, WordingText};

/// The content that is shipped: file name and text.
pub const SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/content.rs"));

/// The engine: content, read once, and the functions that use it.
#[derive(Debug)]
pub struct Engine {
    content: Content,
}

impl Engine {
    /// An engine on this content. Refuses content with a fault.
    pub fn new(files: &[(&str, &str)]) -> Result<Self, Faults> {
        Engine::layered(files, &[])
    }

    /// An engine on this content with what a practice lays over it.
    pub fn layered(files: &[(&str, &str)], changes: &[Change]) -> Result<Self, Faults> {
        Content::read(files, changes).map(|content| Engine { content })
    }

    /// An engine on whatever can be read of content that is being written, with every fault.
    pub fn lenient(files: &[(&str, &str)]) -> (Self, Vec<String>) {
        let (content, faults) = Content::lenient(files, &[]);
        (Engine { content }, faults)
    }

    /// Every case of every rule that does not come out as it says, in words.
    pub fn failing_cases(&self) -> Vec<String> {
        book::failing_cases(self)
    }

    /// The engine on the shipped content, read at first use.
    ///
    /// # Panics
    /// When the shipped content has a fault; the tests of this crate read it.
    pub fn shipped() -> &'static Engine {
        static ENGINE: OnceLock<Engine> = OnceLock::new();
        ENGINE.get_or_init(|| match Engine::new(SHIPPED) {
            Ok(engine) => engine,
            Err(faults) => panic!("{faults}"),
        })
    }

    /// The content it reads with.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The version of the rule set: the first 12 digits of its SHA-256.
    pub fn version(&self) -> &str {
        &self.content.version
    }

    /// Reads a request.
    pub fn advise(&self, request: &Request) -> Advice {
        advise::advise(&self.content, request, None)
    }

    /// Reads a request as if one rule were not there.
    pub fn advise_without(&self, request: &Request, rule: usize) -> Advice {
        advise::advise(&self.content, request, Some(rule))
    }
}
