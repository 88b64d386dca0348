use std::fmt;

/// One message, worded and decided, on its way out.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Our name for the message, the same at every attempt; nothing about the patient.
    pub reference: String,
    /// Where it goes.
    pub to: Recipient,
    /// The subject line; an e-mail needs one, the other channels do not show it.
    pub subject: Option<String>,
    /// The words, as the patient will read them.
    pub body: String,
}

/// Where a message goes, and so by which channel.
#[derive(Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A telephone number.
    Sms(String),
    /// An e-mail address.
    Email(String),
    /// The name and address as on the envelope: three to seven lines, the last one the postcode.
    Letter(Vec<String>),
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sms(_) => "Sms(***)",
            Self::Email(_) => "Email(***)",
            Self::Letter(_) => "Letter(***)",
        })
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Outgoing");
        shown.field("reference", &self.reference).field("to", &self.to).finish_non_exhaustive()
    }
}
