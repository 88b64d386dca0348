/// How far a message has come, in our words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// On its way. For a number abroad this may stay the last word: its network reports no more.
    Sending,
    /// On the patient's phone or in their mailbox; for a letter, printed and handed to the post.
    Delivered,
    /// It did not arrive.
    Failed {
        /// True when the same number or address would fail again.
        permanent: bool,
        /// What happened, as a sentence for staff.
        why: String,
    },
}

/// What Notify says about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Notify's id of the message, as in [`Accepted`](super::Accepted).
    pub provider_id: String,
    /// Our reference, if Notify repeats it. Match messages by `provider_id`; this is a cross-check.
    pub reference: Option<String>,
    /// How far it has come.
    pub delivery: Delivery,
}

impl Delivery {
    /// Reads a status of the API; `None` for a word that it does not publish.
    pub(super) fn from_status(status: &str) -> Option<Self> {
        Some(match status {
            // "Sent" is a number abroad whose network does not say whether it delivered.
            "created" | "sending" | "pending" | "sent" => Self::Sending,
            // Letters: taken for printing, or a PDF being scanned.
            "accepted" | "pending-virus-check" => Self::Sending,
            // For a letter "received" means printed and posted, and nothing follows it.
            "delivered" | "received" => Self::Delivered,
            "permanent-failure" => failed(true, "The number or address does not exist or does not take messages."),
            "temporary-failure" => failed(false, "The phone was off or the mailbox full for too long."),
            "technical-failure" => failed(false, "GOV.UK Notify had a fault and the message was not sent."),
            "cancelled" => failed(true, "The letter was cancelled before it was printed."),
            "virus-scan-failed" => failed(true, "GOV.UK Notify found a possible virus in the letter."),
            "validation-failed" => failed(true, "GOV.UK Notify could not print the letter as laid out."),
            _ => return None,
        })
    }
}

pub(super) fn failed(permanent: bool, why: &str) -> Delivery {
    Delivery::Failed { permanent, why: why.to_owned() }
}
