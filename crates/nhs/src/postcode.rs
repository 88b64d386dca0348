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

    /// The first postcode that stands in a text, such as the name of a place.
    pub fn in_text(text: &str) -> Option<Postcode> {
        let words: Vec<&str> =
            text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')')).filter(|w| !w.is_empty()).collect();
        let pairs = words.windows(2).map(|w| format!("{} {}", w[0], w[1]));
        pairs.chain(words.iter().map(|w| (*w).to_owned())).find_map(|t| t.parse().ok())
    }

    /// How near another one is: 3 in the same sector (`LS1 4`), 2 in the same district (`LS1`), 1 in the same area (`LS`), 0 beyond.
    pub fn nearness(&self, other: &Postcode) -> u8 {
        let parts = |p: &Postcode| {
            let (district, inward) = p.0.split_once(' ').map(|(d, i)| (d.to_owned(), i.chars().next())).unwrap_or_default();
            (district.chars().take_while(char::is_ascii_alphabetic).collect::<String>(), district, inward)
        };
        let ((area, district, sector), (area2, district2, sector2)) = (parts(self), parts(other));
        if area != area2 {
            0
        } else if district != district2 {
            1
        } else if sector != sector2 {
            2
        } else {
            3
        }
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

    #[test]
    fn the_postcode_of_a_place_is_found_and_nearness_goes_by_its_parts() {
        let found = |text: &str| Postcode::in_text(text).map(|p| p.0);
        assert_eq!(found("Branch surgery, BD3 7QR, Room 1"), Some("BD3 7QR".to_owned()));
        assert_eq!(found("Branch (ls14ap)"), Some("LS1 4AP".to_owned()));
        assert_eq!(found("Main surgery, Room 3"), None);
        let near = |a: &str, b: &str| a.parse::<Postcode>().unwrap().nearness(&b.parse().unwrap());
        assert_eq!(near("LS1 4AP", "LS1 4BB"), 3);
        assert_eq!(near("LS1 4AP", "LS1 2BB"), 2);
        assert_eq!(near("LS1 4AP", "LS11 4AP"), 1);
        assert_eq!(near("LS1 4AP", "L1 4AP"), 0);
    }
}
