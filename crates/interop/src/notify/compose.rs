use serde_json::{Map, Value, json};

use super::{NotifyConfig, Outgoing, Recipient, SendFailure};
use crate::send_failure::one_line;

/// A request as Notify wants it.
pub(super) struct Composed {
    /// The last part of the path: `sms`, `email` or `letter`.
    pub channel: &'static str,
    /// The JSON to post.
    pub payload: Value,
}

/// Turns our message into Notify's request.
///
/// Notify takes a request whose personalisation is incomplete and fails it hours later, so what a
/// channel needs is checked here first.
pub(super) fn compose(config: &NotifyConfig, outgoing: &Outgoing) -> Result<Composed, SendFailure> {
    if outgoing.reference.trim().is_empty() {
        return Err(SendFailure::give_up("A message needs a reference."));
    }
    if outgoing.body.trim().is_empty() {
        return Err(SendFailure::give_up("A message needs some words."));
    }
    let (channel, mut payload) = match &outgoing.to {
        Recipient::Sms(number) => ("sms", sms(config, number, &outgoing.body)?),
        Recipient::Email(address) => ("email", email(config, address, outgoing)?),
        Recipient::Letter(lines) => ("letter", letter(config, lines, &outgoing.body)?),
    };
    payload["reference"] = json!(outgoing.reference);
    Ok(Composed { channel, payload })
}

fn sms(config: &NotifyConfig, number: &str, body: &str) -> Result<Value, SendFailure> {
    one_line("phone number", number)?;
    Ok(json!({
        "template_id": config.sms_template,
        "phone_number": number,
        "personalisation": { "body": body },
    }))
}

fn email(config: &NotifyConfig, address: &str, outgoing: &Outgoing) -> Result<Value, SendFailure> {
    one_line("e-mail address", address)?;
    let subject = outgoing.subject.as_deref().map(str::trim).filter(|subject| !subject.is_empty());
    let subject = subject.ok_or_else(|| SendFailure::give_up("An e-mail needs a subject."))?;
    one_line("subject", subject)?;
    Ok(json!({
        "template_id": config.email_template,
        "email_address": address,
        "personalisation": { "subject": subject, "body": outgoing.body },
    }))
}

fn letter(config: &NotifyConfig, lines: &[String], body: &str) -> Result<Value, SendFailure> {
    let mut personalisation = Map::new();
    let filled = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty());
    for (at, line) in filled.enumerate() {
        one_line("address line", line)?;
        personalisation.insert(format!("address_line_{}", at + 1), json!(line));
    }
    if !(3..=7).contains(&personalisation.len()) {
        return Err(SendFailure::give_up("The address on a letter must have three to seven lines."));
    }
    personalisation.insert("body".to_owned(), json!(body));
    Ok(json!({ "template_id": config.letter_template, "personalisation": personalisation }))
}
