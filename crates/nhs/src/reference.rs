use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Letters and digits that cannot be mistaken for one another when read out (Crockford base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What a person quotes to find an item again: eight characters, shown as `7K3M-9QXH`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Reference(String);

/// Why a text is not a reference.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("A reference has 8 letters and digits, like 7K3M-9QXH.")]
pub struct NotAReference;

impl Reference {
    /// A reference from 40 random bits.
    pub fn from_random(bits: u64) -> Self {
        let code = (0..8).map(|i| ALPHABET[(bits >> (i * 5) & 31) as usize] as char).collect();
        Self(code)
    }

    /// The eight characters without the dash, as stored.
    pub fn compact(&self) -> &str {
        &self.0
    }
}

impl FromStr for Reference {
    type Err = NotAReference;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut code = String::with_capacity(8);
        for c in text.trim().chars().filter(|c| !matches!(c, '-' | ' ')) {
            let c = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            if !c.is_ascii() || !ALPHABET.contains(&(c as u8)) {
                return Err(NotAReference);
            }
            code.push(c);
        }
        (code.len() == 8).then_some(Self(code)).ok_or(NotAReference)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", &self.0[..4], &self.0[4..])
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_survives_being_read_out() {
        let r = Reference::from_random(0x0123_4567_89AB);
        assert_eq!(r.to_string().to_lowercase().replace('1', "l").replace('0', "o").parse::<Reference>().unwrap(), r);
        assert!("7K3M-9QX".parse::<Reference>().is_err());
        assert!("7K3M-9QXU".parse::<Reference>().is_err());
    }
}
