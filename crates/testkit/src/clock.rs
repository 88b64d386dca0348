use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp, civil::DateTime};
use portico_nhs::{Clock, london};

/// A clock that stands still until the test moves it.
#[derive(Debug)]
pub struct FixedClock(Mutex<Timestamp>);

impl FixedClock {
    /// Stands at a moment in England: `2026-01-05 08:30`.
    pub fn at(text: &str) -> Self {
        Self(Mutex::new(moment(text)))
    }

    /// Moves forward.
    pub fn forward(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }

    /// Moves to a moment in England.
    pub fn set(&self, text: &str) {
        *self.0.lock().unwrap() = moment(text);
    }
}

/// A moment in England as people write it.
fn moment(text: &str) -> Timestamp {
    let at: DateTime = text.replace(' ', "T").parse().expect("a date and time like 2026-01-05 08:30");
    at.to_zoned(london()).expect("a moment in England").timestamp()
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}
