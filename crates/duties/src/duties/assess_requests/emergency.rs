//! The emergency card: static safety information, before any other question.

use std::sync::OnceLock;

use serde::Deserialize;

/// One sign that a person can tick.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// Stable; stored.
    pub id: String,
    /// What is ticked.
    pub words: String,
    /// What to do now.
    pub advice: String,
    /// The public advice that it restates, with its date.
    pub source: String,
    /// Who answers for it.
    pub owner: String,
    /// By when it is looked at again.
    pub review: String,
}

/// The card as its file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmergencyCard {
    /// What to call 999 for.
    pub intro: String,
    /// What can be ticked.
    pub sign: Vec<Sign>,
}

/// The card; its file is read at the first use and a test reads it at every build.
pub fn card() -> &'static EmergencyCard {
    static CARD: OnceLock<EmergencyCard> = OnceLock::new();
    CARD.get_or_init(|| {
        toml::from_str(include_str!("emergency.toml"))
            .unwrap_or_else(|_| EmergencyCard { intro: "Call 999 now if life may be in danger.".into(), sign: Vec::new() })
    })
}

impl EmergencyCard {
    /// The signs of these ids.
    pub fn signs(&self, ids: &[String]) -> Vec<&Sign> {
        self.sign.iter().filter(|s| ids.contains(&s.id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_reads_and_every_sign_has_a_source_with_a_date() {
        assert!(card().sign.len() >= 10);
        for sign in &card().sign {
            assert!(sign.source.contains("20"), "{} has a dated source", sign.id);
            sign.review.parse::<jiff::civil::Date>().unwrap();
            assert!(!sign.owner.is_empty());
        }
    }
}
