//! GOV.UK Notify: text messages, e-mails and letters, their status and their delivery receipts.
//!
//! Written from the published OpenAPI description (version 1.0.4). One template per channel, each
//! of which only prints what we personalise: `body`, for e-mail also `subject`, and for letters
//! `address_line_1` to `address_line_7`. The wording stays in our own message files.
//!
//! Notify does not know its messages by our `reference`: two requests with one reference are two
//! messages to the patient. Before trying again after [`SendFailure::TryLater`], ask
//! [`GovukNotify::find`] whether the first attempt was taken.

mod callback;
mod client;
mod compose;
mod config;
mod outgoing;
mod received;
mod status;
mod token;

pub use crate::{CallbackRefused, Delivery, Patience, Receipt, SendFailure};
pub use client::{Accepted, GovukNotify};
pub use config::NotifyConfig;
pub use outgoing::{Outgoing, Recipient};
pub use received::ReceivedText;
