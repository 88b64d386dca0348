use std::time::Duration;

use reqwest::Url;

use crate::{ConfigRefused, Secret};

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
}

/// How long we wait for Notify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the whole answer, the connection included.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), answer: Duration::from_secs(10) }
    }
}

impl NotifyConfig {
    /// Reads the address and refuses what would only fail, or leak, at the first message.
    pub(super) fn checked_base_url(&self) -> Result<Url, ConfigRefused> {
        self.refuse_blanks()?;
        let refused = |why: &str| ConfigRefused::new("notify.base_url", why);
        let url = Url::parse(&self.base_url).map_err(|_| refused("It is not a web address."))?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(refused("It must be a plain address without a user, a query or a fragment."));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_this_machine(&url) => Ok(url),
            "http" => Err(refused("Patients' messages must not cross a network in the clear; use https.")),
            _ => Err(refused("It must start with https.")),
        }
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

/// Whether the address names the machine we run on, as the demonstration's and the tests' do.
pub(super) fn is_this_machine(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}
