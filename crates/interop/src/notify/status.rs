use crate::Delivery;

/// Reads a status of the API; `None` for a word that it does not publish.
pub(super) fn read(status: &str) -> Option<Delivery> {
    let failed = |permanent, why: &str| Delivery::failed(permanent, why);
    Some(match status {
        // "Sent" is a number abroad whose network does not say whether it delivered.
        "created" | "sending" | "pending" | "sent" => Delivery::Sending,
        // Letters: taken for printing, or a PDF being scanned.
        "accepted" | "pending-virus-check" => Delivery::Sending,
        // For a letter "received" means printed and posted, and nothing follows it.
        "delivered" | "received" => Delivery::Delivered,
        "permanent-failure" => failed(true, "The number or address does not exist or does not take messages."),
        "temporary-failure" => failed(false, "The phone was off or the mailbox full for too long."),
        "technical-failure" => failed(false, "GOV.UK Notify had a fault and the message was not sent."),
        "cancelled" => failed(true, "The letter was cancelled before it was printed."),
        "virus-scan-failed" => failed(true, "GOV.UK Notify found a possible virus in the letter."),
        "validation-failed" => failed(true, "GOV.UK Notify could not print the letter as laid out."),
        _ => return None,
    })
}
