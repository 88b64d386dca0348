use jiff::Timestamp;
use portico_nhs::{Clock, to_micros};

/// The machine's own clock: the one place that reads it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the file that reads the clock; everything else is given it")]
    fn now(&self) -> Timestamp {
        to_micros(Timestamp::now())
    }
}
