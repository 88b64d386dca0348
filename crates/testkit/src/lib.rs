//! For tests only: a world to tell stories in, a fixed clock and fakes of outside systems.

pub mod fake_notify;
pub mod smtp_sink;
