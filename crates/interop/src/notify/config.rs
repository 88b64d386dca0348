use reqwest::Url;

use crate::{ConfigRefused, Secret, http::web_address};

/// What a practice's configuration says about its GOV.UK Notify service.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotifyConfig {
    /// `https://api.notifications.service.gov.uk`; plain `http` only on this very machine.
    pub base_url: String,
    /// The service's UUID, the middle part of an API key.
    pub service_id: String,
    /// The secret UUID at the end of an API key.
    pub secret: Secret,
    /// The id of the template that prints `((body))` as a text message.
    pub sms_template: String,
    /// The id of the template that prints `((subject))` and `((body))` as an e-mail.
    pub email_template: String,
    /// The id of the template that prints `((body))` as a letter.
    pub letter_template: String,
    /// The bearer token that Notify puts on its delivery receipts.
    pub callback_token: Secret,
    /// The ODS code of the organisation whose patients may text back; needed when this server serves several.
    #[serde(default)]
    pub texts_for: Option<String>,
}

impl NotifyConfig {
    /// Reads the address and refuses what would only fail, or leak, at the first message.
    pub(super) fn checked_base_url(&self) -> Result<Url, ConfigRefused> {
        self.refuse_blanks()?;
        web_address("notify.base_url", &self.base_url)
    }

    fn refuse_blanks(&self) -> Result<(), ConfigRefused> {
        let words = [
            ("notify.service_id", self.service_id.trim().is_empty()),
            ("notify.secret", self.secret.is_blank()),
            ("notify.sms_template", self.sms_template.trim().is_empty()),
            ("notify.email_template", self.email_template.trim().is_empty()),
            ("notify.letter_template", self.letter_template.trim().is_empty()),
            // A blank token would let anybody report a delivery.
            ("notify.callback_token", self.callback_token.is_blank()),
        ];
        match words.iter().find(|(_, blank)| *blank) {
            Some((setting, _)) => Err(ConfigRefused::new(setting, "It is blank.")),
            None => Ok(()),
        }
    }
}
