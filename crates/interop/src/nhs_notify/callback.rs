use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use super::{NhsNotifyConfig, status};
use crate::{CallbackRefused, Receipt, Secret};

/// A call of NHS Notify: one or more changes of state, of messages, channels or suppliers.
#[derive(Deserialize)]
struct Body {
    data: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    #[serde(rename = "type")]
    kind: String,
    attributes: Option<status::Attributes>,
}

/// Reads what the call says of messages; of channels and suppliers nothing is needed.
pub(super) fn read(
    config: &NhsNotifyConfig,
    api_key: Option<&str>,
    signature: Option<&str>,
    body: &[u8],
) -> Result<Vec<Receipt>, CallbackRefused> {
    let key = api_key.ok_or(CallbackRefused::WrongToken)?;
    if !config.callback_key.is(key) {
        return Err(CallbackRefused::WrongToken);
    }
    let signature = signature.and_then(bytes_of).ok_or(CallbackRefused::WrongSignature)?;
    let secret = Secret::new(format!("{}.{}", config.application_id, config.callback_key.expose()));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("an HMAC takes a key of any length");
    mac.update(body);
    mac.verify_slice(&signature).map_err(|_| CallbackRefused::WrongSignature)?;
    // serde's own message may quote the body, which names the patient.
    let body: Body = serde_json::from_slice(body).map_err(|_| unreadable("It is not the JSON of a receipt."))?;
    let messages = body.data.into_iter().filter(|change| change.kind == "MessageStatus");
    messages.map(|change| receipt(change.attributes)).collect()
}

fn receipt(attributes: Option<status::Attributes>) -> Result<Receipt, CallbackRefused> {
    let Some(attributes) = attributes else { return Err(unreadable("It has no attributes.")) };
    let provider_id = attributes.message_id.clone().filter(|id| !id.is_empty()).ok_or_else(|| unreadable("It has no message id."))?;
    let delivery = status::read(&attributes).map_err(CallbackRefused::UnknownStatus)?;
    Ok(Receipt { provider_id, reference: attributes.message_reference, delivery })
}

/// Bytes written in hexadecimal.
fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = hex.trim().chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

fn unreadable(why: &str) -> CallbackRefused {
    CallbackRefused::Unreadable(why.to_owned())
}
