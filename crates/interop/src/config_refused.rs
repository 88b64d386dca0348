/// A setting that cannot be used; found when the program starts, not when the first message goes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The setting {setting} cannot be used: {why}")]
pub struct ConfigRefused {
    /// The setting's name as in the configuration file, for example `notify.base_url`.
    pub setting: &'static str,
    /// What is wrong with it, as a sentence that never repeats a secret.
    pub why: String,
}

impl ConfigRefused {
    pub(crate) fn new(setting: &'static str, why: impl Into<String>) -> Self {
        Self { setting, why: why.into() }
    }
}
