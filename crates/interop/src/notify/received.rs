use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::Error};

/// A page of Notify's list.
#[derive(Deserialize)]
pub(super) struct Page {
    pub received_text_messages: Vec<ReceivedText>,
}

/// A text message that somebody sent to the service's number.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct ReceivedText {
    /// Notify's id of it; the same text has the same id at every reading.
    pub id: String,
    /// The number it came from, in digits with the country's code.
    pub user_number: String,
    /// The words.
    pub content: String,
    /// When it came.
    #[serde(deserialize_with = "moment")]
    pub created_at: Timestamp,
}

impl fmt::Debug for ReceivedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedText").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Reads a moment with a zone, or without one, which Notify means as UTC.
fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(from)?;
    let zoned = text.parse::<Timestamp>();
    zoned.or_else(|_| text.parse::<jiff::civil::DateTime>()?.in_tz("UTC").map(|z| z.timestamp())).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_a_moment_are_read() {
        for at in ["2026-01-05 08:30:00.5", "2026-01-05T08:30:00.500000Z"] {
            let page = serde_json::json!({ "received_text_messages": [
                { "id": "1", "user_number": "447700900123", "content": "Yes", "created_at": at, "service_id": "x", "notify_number": "07700900456" }
            ] });
            let page: Page = serde_json::from_value(page).unwrap();
            assert_eq!(page.received_text_messages[0].created_at, "2026-01-05T08:30:00.5Z".parse().unwrap(), "{at}");
        }
    }
}
