/// How far a message has come, in our words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// On its way. For a number abroad this may stay the last word: its network reports no more.
    Sending,
    /// On the patient's phone or in their mailbox; for a letter, printed and handed to the post.
    Delivered,
    /// It did not arrive.
    Failed {
        /// True when the same number or address would fail again.
        permanent: bool,
        /// What happened, as a sentence for staff.
        why: String,
    },
}

impl Delivery {
    pub(crate) fn failed(permanent: bool, why: impl Into<String>) -> Self {
        Self::Failed { permanent, why: why.into() }
    }
}

/// What a service says about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The service's id of the message, as it was when the message was accepted.
    pub provider_id: String,
    /// Our reference, if the service repeats it. Match messages by `provider_id`; this is a cross-check.
    pub reference: Option<String>,
    /// How far it has come.
    pub delivery: Delivery,
}

/// Why a call to our receipt address was not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallbackRefused {
    /// No token or key, or another one than ours: answer 401 and read nothing.
    #[error("The callback did not carry our token.")]
    WrongToken,
    /// The body was not signed with our secret: answer 403.
    #[error("The callback is not signed with our secret.")]
    WrongSignature,
    /// The body is not a receipt: answer 400.
    #[error("The callback could not be read: {0}")]
    Unreadable(String),
    /// The receipt has a status that the API does not publish, so we do not know what it says.
    #[error("The callback has the status \"{0}\", which the service does not publish.")]
    UnknownStatus(String),
}
