use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A valid NHS number: ten digits whose last is the modulus-11 check (NHS Data Dictionary, NHS NUMBER).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NhsNumber(u64);

/// Why a text is not an NHS number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("An NHS number has 10 digits, like 999 123 4560. Check it, or leave it empty.")]
pub struct NotAnNhsNumber;

impl NhsNumber {
    /// The ten digits without spaces, as stored and sent.
    pub fn digits(self) -> String {
        format!("{:010}", self.0)
    }

    /// The number whose first nine digits are these, if one exists (one in eleven does not).
    pub fn from_first_nine(nine: u64) -> Option<Self> {
        let check = check_digit(nine)?;
        Some(Self(nine * 10 + check))
    }
}

/// Weights 10..2 over nine digits, 11 − (sum mod 11); 11 counts as 0 and 10 has no number.
fn check_digit(nine: u64) -> Option<u64> {
    let sum: u64 = (0..9).map(|i| (nine / 10u64.pow(8 - i)) % 10 * (10 - u64::from(i))).sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        digit => Some(digit),
    }
}

impl FromStr for NhsNumber {
    type Err = NotAnNhsNumber;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digits = String::with_capacity(10);
        for c in text.trim().chars() {
            match c {
                '0'..='9' => digits.push(c),
                ' ' | '-' | '\u{a0}' => {}
                _ => return Err(NotAnNhsNumber),
            }
        }
        if digits.len() != 10 {
            return Err(NotAnNhsNumber);
        }
        let value: u64 = digits.parse().map_err(|_| NotAnNhsNumber)?;
        Self::from_first_nine(value / 10).filter(|n| n.0 == value && value != 0).ok_or(NotAnNhsNumber)
    }
}

impl fmt::Display for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = self.digits();
        write!(f, "{} {} {}", &d[..3], &d[3..6], &d[6..])
    }
}

impl fmt::Debug for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NhsNumber(***)")
    }
}

impl Serialize for NhsNumber {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.digits())
    }
}

impl<'de> Deserialize<'de> for NhsNumber {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An organisation's ODS code: 3 to 8 letters and digits, upper case (Organisation Data Service).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct OdsCode(String);

/// Why a text is not an ODS code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("An ODS code is 3 to 8 letters and digits, like A81001.")]
pub struct NotAnOdsCode;

impl OdsCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OdsCode {
    type Err = NotAnOdsCode;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = text.trim().to_ascii_uppercase();
        let fits = (3..=8).contains(&code.len()) && code.chars().all(|c| c.is_ascii_alphanumeric());
        fits.then_some(Self(code)).ok_or(NotAnOdsCode)
    }
}

impl fmt::Display for OdsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for OdsCode {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_nhs_number_is_checked_and_shown_in_groups() {
        let n: NhsNumber = "943 476-5919".parse().unwrap();
        assert_eq!(n.to_string(), "943 476 5919");
        assert_eq!(format!("{n:?}"), "NhsNumber(***)");
        for wrong in ["943 476 5918", "94347659", "", "943476591x", "0000000000"] {
            assert!(wrong.parse::<NhsNumber>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_first_nine_in_eleven_has_no_number() {
        let with = (999_000_000..999_001_100).filter(|n| NhsNumber::from_first_nine(*n).is_some()).count();
        assert!((980..=1020).contains(&with), "{with}");
    }

    #[test]
    fn an_ods_code_is_upper_case() {
        assert_eq!("a81001".parse::<OdsCode>().unwrap().as_str(), "A81001");
        assert!("A8".parse::<OdsCode>().is_err());
        assert!("A81 001".parse::<OdsCode>().is_err());
    }
}
