use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A UK postcode by its shape (outward and inward part), upper case with one space.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Postcode(String);

/// Why a text is not a postcode.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("Enter a full UK postcode, like LS1 4AP.")]
pub struct NotAPostcode;

impl Postcode {
    /// The postcode with its space.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Letters and digits only, as the search index keeps it.
    pub fn compact(&self) -> String {
        self.0.replace(' ', "")
    }
}

impl FromStr for Postcode {
    type Err = NotAPostcode;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase()).collect();
        if !compact.is_ascii() || !(5..=7).contains(&compact.len()) {
            return Err(NotAPostcode);
        }
        let (outward, inward) = compact.split_at(compact.len() - 3);
        let shape = |part: &str| -> String {
            part.chars()
                .map(|c| {
                    if c.is_ascii_digit() {
                        '9'
                    } else if c.is_ascii_alphabetic() {
                        'A'
                    } else {
                        '?'
                    }
                })
                .collect()
        };
        let outward_fits = matches!(shape(outward).as_str(), "A9" | "A99" | "AA9" | "AA99" | "A9A" | "AA9A") || outward == "GIR";
        if !outward_fits || shape(inward) != "9AA" {
            return Err(NotAPostcode);
        }
        Ok(Self(format!("{outward} {inward}")))
    }
}

impl fmt::Display for Postcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Postcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Postcode(***)")
    }
}

impl<'de> Deserialize<'de> for Postcode {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_postcode_is_read() {
        for (typed, shown) in [
            ("m11ae", "M1 1AE"),
            ("b33 8th", "B33 8TH"),
            ("CR2 6XH", "CR2 6XH"),
            ("dn551pt", "DN55 1PT"),
            ("w1a0ax", "W1A 0AX"),
            ("ec1a 1bb", "EC1A 1BB"),
            ("GIR 0AA", "GIR 0AA"),
        ] {
            assert_eq!(typed.parse::<Postcode>().unwrap().as_str(), shown);
        }
        for wrong in ["", "LS1", "LS1 4A", "12345", "LS1 4APX", "L$1 4AP"] {
            assert!(wrong.parse::<Postcode>().is_err(), "{wrong}");
        }
    }
}
