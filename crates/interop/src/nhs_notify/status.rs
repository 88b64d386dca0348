use serde::Deserialize;

use crate::{Delivery, send_failure::quote};

/// A message as both the status answer and the receipts have it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attributes {
    /// Only on receipts; a status answer has the id beside the attributes.
    pub message_id: Option<String>,
    pub message_reference: Option<String>,
    pub message_status: Option<String>,
    pub message_status_description: Option<String>,
    #[serde(default)]
    pub channels: Vec<Channel>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Channel {
    pub channel_status_description: Option<String>,
}

/// Reads how far a message has come; the error is the word that is not published.
pub(super) fn read(message: &Attributes) -> Result<Delivery, String> {
    match message.message_status.as_deref().unwrap_or_default() {
        "created" | "pending_enrichment" | "enriched" | "sending" => Ok(Delivery::Sending),
        "delivered" => Ok(Delivery::Delivered),
        "failed" => {
            let by_channel = message.channels.iter().rev().find_map(|c| c.channel_status_description.as_deref());
            let why = message.message_status_description.as_deref().or(by_channel).unwrap_or("it gave no reason");
            let why = why.strip_prefix("Failed reason: ").unwrap_or(why).trim_end_matches('.');
            Ok(Delivery::failed(true, format!("NHS Notify could not deliver it: {}.", quote(why))))
        }
        other => Err(quote(other)),
    }
}
