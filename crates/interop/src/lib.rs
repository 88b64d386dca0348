//! The outside world, one module per system, each named as the NHS names it.
//!
//! | module | system |
//! |---|---|
//! | [`notify`] | GOV.UK Notify: text messages, e-mails, letters and their delivery receipts |
//! | [`nhs_notify`] | NHS Notify: messages in the NHS App, their delivery receipts, and who has the App |
//! | [`smtp`] | the practice's own mail server, for practices that do not send e-mail by Notify |
//! | [`imap`] | the practice's mailbox: what patients write by e-mail |
//!
//! A module turns our words into the other side's and its answer back into ours, and sorts every
//! failure into "try later" or "give up" ([`SendFailure`]).
//!
//! What never happens here:
//! - nothing is stored and nothing is queued: trying again, and remembering what was sent, belong
//!   to the job that calls;
//! - no clock is read and no random number is drawn: the caller says what time it is and what a
//!   message is called, so that a second attempt is recognisable as one. (Only the limits on
//!   waiting, [`Patience`] and those in [`smtp`] and [`imap`], run on the machine's own time.);
//! - nothing decides whether a patient may be contacted: what arrives here has been decided;
//! - nothing is logged: addresses, words and keys pass through, and their `Debug` hides them.

pub mod imap;
pub mod nhs_notify;
pub mod notify;
pub mod smtp;

mod config_refused;
mod http;
mod receipt;
mod secret;
mod send_failure;

pub use config_refused::ConfigRefused;
pub use http::Patience;
pub use receipt::{CallbackRefused, Delivery, Receipt};
pub use secret::Secret;
pub use send_failure::SendFailure;
