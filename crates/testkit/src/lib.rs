//! For tests only: a world to tell stories in, a fixed clock, databases of both kinds and fakes of outside systems.

mod clock;
pub mod databases;
pub mod fake_mailbox;
pub mod fake_nhs_notify;
pub mod fake_notify;
pub mod files;
pub mod smtp_sink;
mod world;

pub use clock::FixedClock;
pub use world::{PatientActor, Seen, StaffActor, World, WorldBuilder};
