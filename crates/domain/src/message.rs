//! Messages: what goes to a patient, by which channel, and what became of it.

use jiff::Timestamp;
use portico_nhs::{Calendar, MessageId, NhsNumber, PatientId, PhoneNumber, WorkItemId, codes};

codes! {
    /// How a message travels.
    Channel {
        Sms = "sms", "Text message";
        Email = "email", "E-mail";
        Letter = "letter", "Letter";
        NhsApp = "nhs_app", "NHS App";
        Link = "link", "Private page";
    }
}

impl Channel {
    /// As it stands amid a sentence: “by text message”, “by NHS App”.
    pub fn amid(self) -> String {
        if self == Channel::NhsApp { self.label().to_owned() } else { self.label().to_lowercase() }
    }
}

codes! {
    /// Which way a message goes.
    Direction {
        Out = "out", "To the patient";
        In = "in", "From the patient";
        Internal = "internal", "Note to colleagues";
    }
}

codes! {
    /// The one true state of a message that was sent.
    Delivery {
        Queued = "queued", "Waiting to be sent";
        Sent = "sent", "Sent, not yet confirmed";
        Delivered = "delivered", "Delivered";
        HandedOver = "handed_over", "Handed to the post or their mail service, which tell no more";
        Failed = "failed", "Not delivered";
        Withdrawn = "withdrawn", "Withdrawn before it was sent";
        Posted = "posted", "On the private page";
    }
}

codes! {
    /// Whether a file on a request may be opened.
    FileState {
        Kept = "kept", "Can be opened";
        Unchecked = "unchecked", "Being checked for viruses";
        Removed = "removed", "Removed";
    }
}

codes! {
    /// Why a message is sent; every message has one.
    Purpose {
        RequestReceived = "request_received", "We have your request";
        MoreInformation = "request_more_information", "We need more information";
        Reply = "reply_free", "A reply from the practice";
        Booked = "booked", "Appointment booked";
        BookingMoved = "booking_moved", "Appointment moved";
        BookingCancelled = "booking_cancelled", "Appointment cancelled";
        ChooseAppointment = "choose_appointment", "Choose an appointment";
        Rebook = "rebook", "Choose another appointment";
        SlotOffered = "slot_offered", "A slot has become free";
        Campaign = "campaign", "A message to many";
        Reminder = "reminder", "Reminder of an appointment";
        FormReminder = "questionnaire_reminder", "Reminder of a questionnaire";
        Closed = "closed_no_reply", "Request closed";
    }
}

/// Where a message goes: a channel with the address that fits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A number that takes texts.
    Sms(PhoneNumber),
    /// An e-mail address.
    Email(String),
    /// A postal address, one line an entry.
    Letter(Vec<String>),
    /// Whoever has this NHS number has the NHS App.
    NhsApp(NhsNumber),
}

/// A message on an item's thread.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The item it belongs to.
    pub item: WorkItemId,
    /// The patient, if known.
    pub patient: Option<PatientId>,
    /// Which way.
    pub direction: Direction,
    /// By what.
    pub channel: Channel,
    /// What became of it.
    pub delivery: Delivery,
    /// Who wrote it, as shown.
    pub by: String,
    /// When it was written.
    pub at: Timestamp,
    /// The subject line of e-mail and letters.
    pub subject: String,
    /// The words.
    pub body: String,
    /// Why it failed, in words, if it did.
    pub why_failed: Option<String>,
}

/// By when a receipt must have come: two hours for text and e-mail, four for the NHS App, five days for a letter
/// (printed the next working day; its service forgets it after a week).
pub fn receipt_deadline(channel: Channel, sent: Timestamp) -> Timestamp {
    let hours = match channel {
        Channel::Sms | Channel::Email | Channel::Link => 2,
        Channel::NhsApp => 4,
        Channel::Letter => 120,
    };
    sent + jiff::SignedDuration::from_hours(hours)
}

/// Until when an e-mail may come back from a service that gives no receipts: three days. What has not come back by then counts as handed over.
pub fn handed_over_at(sent: Timestamp) -> Timestamp {
    sent + jiff::SignedDuration::from_hours(72)
}

/// By when a patient is asked to answer: the same core day when it is urgent, else the end of the second working day.
pub fn answer_due(urgency: Option<crate::triage::Urgency>, now: Timestamp, calendar: &Calendar) -> Timestamp {
    match urgency {
        Some(crate::triage::Urgency::Emergency) => calendar.add_core_minutes(now, 10),
        Some(crate::triage::Urgency::SameDay) | None => calendar.add_core_minutes(now, 120).min(calendar.end_of_core_day(now)),
        _ => calendar.end_of_working_day(now, 2),
    }
}

/// Stands in a stored message where its private link goes; the sending job makes a fresh link, so none is ever stored.
pub const LINK_MARK: &str = "[private link]";

/// A text with `instead` in the place of each private link, and of the page behind it that the words name ("…/not-coming").
pub fn without_links(body: &str, instead: &str) -> String {
    let mut parts = body.split(LINK_MARK);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let after = if part.starts_with('/') { part.find(char::is_whitespace).map_or("", |end| &part[end..]) } else { part };
        text + instead + after
    })
}

/// What a message's words may name.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The practice's name.
    pub practice: String,
    /// The number to ring.
    pub practice_phone: String,
    /// The patient's first name.
    pub patient_first_name: String,
    /// What they quote.
    pub reference: String,
    /// What staff wrote for this patient.
    pub text: String,
    /// When the appointment is, in words.
    pub when: String,
    /// Where it is, or how it is held.
    pub place: String,
    /// With whom, or who wrote.
    pub who: String,
    /// By when something is due, in words.
    pub due: String,
    /// Whether the text is the whole message, as when staff began from a template and saw all of it.
    pub whole: bool,
}

/// What stands in a template that staff begin from where they must write something themselves.
pub const GAPS: [&str; 4] = ["[write here]", "[when]", "[where]", "[by when]"];

/// The words of messages: implemented where the duties keep them.
pub trait Words: Send + Sync + 'static {
    /// The subject and body of a message; an error names the template and what is wrong with it.
    fn message(&self, purpose: Purpose, facts: &Facts) -> Result<(String, String), String>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_taken_out_with_the_page_behind_it() {
        let body = format!("Cancel: {LINK_MARK}/not-coming\nChange: {LINK_MARK}. Bye {LINK_MARK}/x");
        assert_eq!(without_links(&body, "this page"), "Cancel: this page\nChange: this page. Bye this page");
        assert_eq!(without_links("None here /x", "this page"), "None here /x");
    }
}
