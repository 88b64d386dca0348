//! Words that any NHS program needs: numbers, codes, ids, the calendar and working time.
//!
//! Nothing here reads a clock, draws a random number or touches the outside world.

mod calendar;
mod codes;
mod ids;
mod numbers;
mod phone_number;
mod postcode;
mod reference;

pub use calendar::{Calendar, Closure, CorePeriod, london, uk_date, uk_date_long, uk_time, when_words};
pub use codes::UnknownCode;
pub use ids::*;
pub use numbers::{NhsNumber, NotAnNhsNumber, NotAnOdsCode, OdsCode};
pub use phone_number::{NotAPhoneNumber, PhoneNumber};
pub use postcode::{NotAPostcode, Postcode};
pub use reference::{NotAReference, Reference};

use jiff::Timestamp;

/// Where "now" comes from; the shell passes one in, tests pass a fixed one.
pub trait Clock: Send + Sync + 'static {
    /// The present moment, whole microseconds.
    fn now(&self) -> Timestamp;
}

/// Cuts a moment to whole microseconds, which is what both databases keep.
pub fn to_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
