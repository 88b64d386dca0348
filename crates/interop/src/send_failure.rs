/// Why a message did not go, and what the caller should do about it.
///
/// `why` may quote the other side, who may quote the patient's address: show it to staff on the
/// work item, keep it out of the logs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendFailure {
    /// The other side is away, busy or faulty. It may have taken the message all the same (a lost
    /// answer looks like a lost question), so ask before sending again where that is possible.
    #[error("{why}")]
    TryLater {
        /// What happened, as a sentence.
        why: String,
        /// How long the other side asked us to wait, if it did.
        after_seconds: Option<u32>,
    },
    /// The same message would be refused again; a person has to change something.
    #[error("{why}")]
    GiveUp {
        /// What happened, as a sentence.
        why: String,
    },
}

impl SendFailure {
    pub(crate) fn try_later(why: impl Into<String>) -> Self {
        Self::TryLater { why: why.into(), after_seconds: None }
    }

    pub(crate) fn give_up(why: impl Into<String>) -> Self {
        Self::GiveUp { why: why.into() }
    }
}

/// The most of the other side's words that we repeat.
const QUOTE_CHARS_MAX: usize = 300;

/// The other side's words, on one line and short enough for a work item.
pub(crate) fn quote(words: &str) -> String {
    let on_one_line = words.split(|c: char| c.is_control() || c.is_whitespace());
    let joined = on_one_line.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    joined.chars().take(QUOTE_CHARS_MAX).collect()
}

/// Refuses what could start a new header or a new line where one line is meant.
pub(crate) fn one_line(name: &str, words: &str) -> Result<(), SendFailure> {
    if words.chars().any(char::is_control) {
        return Err(SendFailure::give_up(format!("The {name} must be one line without control characters.")));
    }
    Ok(())
}
