//! NHS Notify: messages in the NHS App, their status and delivery receipts, and which patients have the App.
//!
//! Written from the published description of the API (`communications-manager-api`). One routing plan whose
//! template prints `((body))`; the wording stays in our own message files. NHS Notify takes the address from PDS by
//! the NHS number, and ignores a second request with a `messageReference` that it knows: trying again never sends
//! twice, but it does not tell the id of the first either ([`Accepted::Before`]); its receipts name our reference.

mod callback;
mod client;
mod config;
mod status;
mod token;

pub use client::{Accepted, NhsNotify};
pub use config::NhsNotifyConfig;
