//! Which closed requests a second clinician reads blind, and in which groups the readings are compared.

use portico_nhs::WorkItemId;

use crate::request::{Door, Request};

/// Of 10,000 closed requests so many are read again, unless the practice says otherwise: 2 %.
pub const SHARE: u32 = 200;

/// The groups in which a request is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// “Under 5”, “65 to 79” …
    pub age_band: String,
    /// As the record has it: female, male, other, unknown.
    pub sex: String,
    /// English, or with an interpreter.
    pub language: String,
    /// Which door it came by.
    pub door: String,
}

/// The band of an age in years.
pub fn age_band(years: Option<u8>) -> &'static str {
    match years {
        None => "Unknown age",
        Some(..5) => "Under 5",
        Some(5..18) => "5 to 17",
        Some(18..40) => "18 to 39",
        Some(40..65) => "40 to 64",
        Some(65..80) => "65 to 79",
        Some(_) => "80 and over",
    }
}

impl Group {
    /// The groups of a request; `years` is the patient's age, `sex` what the record says.
    pub fn of(request: &Request, door: Door, years: Option<u8>, sex: Option<&str>) -> Self {
        Self {
            age_band: age_band(years).to_owned(),
            sex: sex.unwrap_or("unknown").to_owned(),
            language: if request.contact.interpreter.is_some() { "With an interpreter" } else { "English" }.to_owned(),
            door: door.label().to_owned(),
        }
    }
}

/// Whether an item is among `share` of 10,000. Its id decides, so that nobody can choose and asking twice is one answer.
pub fn is_chosen(item: WorkItemId, share: u32) -> bool {
    let id = item.0;
    // The last octets of an id are random.
    let tail = id.as_bytes()[12..].iter().fold(0u32, |n, b| n << 8 | u32::from(*b));
    tail % 10_000 < share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_about_as_asked_and_none_and_all_are_exact() {
        let ids: Vec<WorkItemId> =
            (0..20_000u128).map(|n| WorkItemId::from(uuid::Uuid::from_u128(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)))).collect();
        let count = |share| ids.iter().filter(|id| is_chosen(**id, share)).count();
        assert_eq!(count(0), 0);
        assert_eq!(count(10_000), ids.len());
        assert!((300..500).contains(&count(SHARE)), "{}", count(SHARE));
    }
}
