//! Every outside system, spoken to through its fake.

#[path = "interop/imap.rs"]
mod imap;
#[path = "interop/nhs_notify.rs"]
mod nhs_notify;
#[path = "interop/notify.rs"]
mod notify;
#[path = "interop/published_schema.rs"]
mod published_schema;
#[path = "interop/receipts.rs"]
mod receipts;
#[path = "interop/smtp.rs"]
mod smtp;
