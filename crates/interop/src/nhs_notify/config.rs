use reqwest::Url;

use crate::{ConfigRefused, Secret, http::web_address};

/// What a practice's configuration says about NHS Notify.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NhsNotifyConfig {
    /// `https://api.service.nhs.uk/comms`; plain `http` only on this very machine.
    pub base_url: String,
    /// `https://api.service.nhs.uk/oauth2/token`.
    pub token_url: String,
    /// The application's API key at the NHS API platform (the `iss` and `sub` of its tokens).
    pub api_key: Secret,
    /// The id of the key pair that was registered there.
    pub key_id: String,
    /// Its private half: PKCS#8 in PEM.
    pub private_key: Secret,
    /// The routing plan that puts `((body))` into the NHS App; NHS Notify's own for free text unless set.
    #[serde(default = "free_text_plan")]
    pub app_plan: String,
    /// The application's id; with the key below it makes the secret that signs receipts.
    pub application_id: String,
    /// The key that NHS Notify puts on its receipts.
    pub callback_key: Secret,
}

/// NHS Notify's own routing plan for what staff write, into the NHS App only.
fn free_text_plan() -> String {
    "00000000-0000-0000-0000-000000000001".to_owned()
}

impl NhsNotifyConfig {
    /// The address of the service and of its tokens; refuses what would only fail, or leak, at the first message.
    pub(super) fn checked(&self) -> Result<(Url, Url), ConfigRefused> {
        let blank = [
            ("nhs_notify.api_key", self.api_key.is_blank()),
            ("nhs_notify.key_id", self.key_id.trim().is_empty()),
            ("nhs_notify.app_plan", self.app_plan.trim().is_empty()),
            // With either of them blank, anybody could work out the secret that signs receipts.
            ("nhs_notify.application_id", self.application_id.trim().is_empty()),
            ("nhs_notify.callback_key", self.callback_key.is_blank()),
        ];
        if let Some((setting, _)) = blank.iter().find(|(_, blank)| *blank) {
            return Err(ConfigRefused::new(setting, "It is blank."));
        }
        Ok((web_address("nhs_notify.base_url", &self.base_url)?, web_address("nhs_notify.token_url", &self.token_url)?))
    }
}
