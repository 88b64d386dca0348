use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A telephone number in international form (E.164), e.g. `+447700900123`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

/// Why a text is not a telephone number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("Enter a telephone number, like 07700 900 982 or +44 20 7946 0000.")]
pub struct NotAPhoneNumber;

impl PhoneNumber {
    /// The international form with its plus sign.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a text message can reach it (UK mobile, or any number abroad).
    pub fn takes_texts(&self) -> bool {
        match self.0.strip_prefix("+44") {
            Some(rest) => rest.starts_with('7') && !rest.starts_with("70") && !rest.starts_with("76"),
            None => true,
        }
    }
}

impl FromStr for PhoneNumber {
    type Err = NotAPhoneNumber;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digits = String::new();
        let mut abroad = false;
        for c in text.trim().replace("(0)", "").chars() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if digits.is_empty() => abroad = true,
                ' ' | '-' | '(' | ')' | '.' | '\u{a0}' => {}
                _ => return Err(NotAPhoneNumber),
            }
        }
        if !abroad && let Some(rest) = digits.strip_prefix("00") {
            digits = rest.to_owned();
            abroad = true;
        }
        let number = if abroad {
            digits
        } else {
            match digits.strip_prefix('0') {
                Some(rest) => format!("44{rest}"),
                None => return Err(NotAPhoneNumber),
            }
        };
        let length_fits = if number.starts_with("44") { (11..=12).contains(&number.len()) } else { (8..=15).contains(&number.len()) };
        (length_fits && !number.starts_with('0')).then(|| Self(format!("+{number}"))).ok_or(NotAPhoneNumber)
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.strip_prefix("+44") {
            Some(rest) if rest.len() == 10 => write!(f, "0{} {} {}", &rest[..4], &rest[4..7], &rest[7..]),
            _ => f.write_str(&self.0),
        }
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(***)")
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_people_type_are_one_number() {
        for typed in ["07700 900982", "+44 7700 900 982", "0044 7700-900-982", "(07700) 900982", "+44 (0)7700 900982"] {
            assert_eq!(typed.parse::<PhoneNumber>().unwrap().as_str(), "+447700900982", "{typed}");
        }
        assert_eq!("07700900982".parse::<PhoneNumber>().unwrap().to_string(), "07700 900 982");
        for wrong in ["", "12345", "call me", "0770090098212345", "7700900982"] {
            assert!(wrong.parse::<PhoneNumber>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_landline_takes_no_texts() {
        assert!(!"020 7946 0000".parse::<PhoneNumber>().unwrap().takes_texts());
        assert!("07700 900982".parse::<PhoneNumber>().unwrap().takes_texts());
    }
}
