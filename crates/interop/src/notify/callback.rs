use serde::Deserialize;

use super::status;
use crate::send_failure::quote;
use crate::{CallbackRefused, Delivery, Receipt, Secret};

/// The published bodies: a delivery receipt (`id`, `status`) or a returned letter
/// (`notification_id`, no status). The rest (`to`, `completed_at` …) is not ours to keep.
#[derive(Deserialize)]
struct Body {
    id: Option<String>,
    notification_id: Option<String>,
    reference: Option<String>,
    status: Option<String>,
}

pub(super) fn read(ours: &Secret, authorization: Option<&str>, body: &[u8]) -> Result<Receipt, CallbackRefused> {
    let theirs = authorization.and_then(bearer).ok_or(CallbackRefused::WrongToken)?;
    if !ours.is(theirs) {
        return Err(CallbackRefused::WrongToken);
    }
    // serde's own message may quote the body, which names the patient.
    let body: Body = serde_json::from_slice(body).map_err(|_| unreadable("It is not the JSON of a receipt."))?;
    match body {
        Body { id: Some(id), status: Some(status), reference, .. } => {
            let delivery = status::read(&status).ok_or_else(|| CallbackRefused::UnknownStatus(quote(&status)))?;
            receipt(id, reference, delivery)
        }
        Body { id: None, notification_id: Some(id), status: None, reference } => {
            receipt(id, reference, Delivery::failed(true, "The letter came back: nobody of that name at the address."))
        }
        _ => Err(unreadable("It has no id or no status.")),
    }
}

fn receipt(provider_id: String, reference: Option<String>, delivery: Delivery) -> Result<Receipt, CallbackRefused> {
    if provider_id.is_empty() {
        return Err(unreadable("Its id is empty."));
    }
    Ok(Receipt { provider_id, reference, delivery })
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn unreadable(why: &str) -> CallbackRefused {
    CallbackRefused::Unreadable(why.to_owned())
}
