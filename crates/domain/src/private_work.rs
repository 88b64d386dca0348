//! Private work: what the NHS does not pay for, its fee, and where it stands.

use jiff::Timestamp;
use portico_nhs::{WorkItemId, codes};
use uuid::Uuid;

codes! {
    /// Where a piece of private work stands.
    PrivateState {
        Quoted = "quoted", "Fee told, not agreed";
        Agreed = "agreed", "Agreed, not paid";
        Paid = "paid", "Paid";
        Declined = "declined", "Declined";
    }
}

/// The highest fee, in pence: what is more is a slip of the finger.
pub const FEE_MAX: i64 = 1_000_000;

/// A piece of private work about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateWork {
    /// Its id.
    pub id: Uuid,
    /// The request that it is about.
    pub item: WorkItemId,
    /// What is done.
    pub what: String,
    /// What it costs, in pence.
    pub fee: i64,
    /// Where it stands.
    pub state: PrivateState,
    /// Who logged it, and when.
    pub logged: (String, Timestamp),
    /// Who last changed where it stands, and when.
    pub changed: (String, Timestamp),
    /// How it was paid, or why it was declined.
    pub note: String,
}

impl PrivateState {
    /// Whether it may go on to another state; says why not.
    pub fn may_become(self, to: PrivateState) -> Result<(), &'static str> {
        use PrivateState::{Agreed, Declined, Paid, Quoted};
        match (self, to) {
            (Quoted, Agreed) | (Quoted | Agreed, Declined) | (Agreed, Paid) => Ok(()),
            // A slip of the finger is taken back.
            (Paid, Agreed) | (Declined, Quoted) => Ok(()),
            (Quoted, Paid) => Err("Nothing is paid before the patient has agreed to the fee."),
            _ => Err("It stands like that already, or that step does not follow."),
        }
    }

    /// Whether somebody still has something to do.
    pub fn is_open(self) -> bool {
        matches!(self, PrivateState::Quoted | PrivateState::Agreed)
    }
}

/// A fee as people type it, in pence: `120`, `£120.50`.
pub fn fee(typed: &str) -> Result<i64, &'static str> {
    const WHY: &str = "Enter the fee in pounds, like 120 or 120.50.";
    let text = typed.trim().trim_start_matches('£').replace(',', "");
    let (pounds, pence) = text.split_once('.').unwrap_or((&text, "0"));
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if !digits(pounds) || !digits(pence) || pence.len() > 2 {
        return Err(WHY);
    }
    let tens = if pence.len() == 1 { 10 } else { 1 };
    let all = pounds.parse::<i64>().ok().and_then(|p| p.checked_mul(100)).zip(pence.parse::<i64>().ok()).map(|(p, q)| p + q * tens);
    all.filter(|p| *p <= FEE_MAX).ok_or("Enter a fee of at most £10,000.")
}

/// Pence as people read them.
pub fn pounds(pence: i64) -> String {
    format!("£{}.{:02}", pence / 100, pence % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_read_as_people_type_them() {
        for (typed, pence) in [("120", 12000), ("£120.50", 12050), ("1,200", 120_000), ("0", 0), ("35.5", 3550), (" 20 ", 2000)] {
            assert_eq!(fee(typed), Ok(pence), "{typed}");
        }
        for wrong in ["", "free", "-5", "12.345", "1.2.3", "99999999999999999999", "10001"] {
            assert!(fee(wrong).is_err(), "{wrong}");
        }
        assert_eq!((pounds(12050), pounds(5)), ("£120.50".to_owned(), "£0.05".to_owned()));
    }

    #[test]
    fn nothing_is_paid_before_it_is_agreed() {
        assert!(PrivateState::Quoted.may_become(PrivateState::Paid).is_err());
        assert!(PrivateState::Declined.may_become(PrivateState::Paid).is_err());
        assert!(
            PrivateState::Quoted.may_become(PrivateState::Agreed).is_ok() && PrivateState::Agreed.may_become(PrivateState::Paid).is_ok()
        );
        assert!(PrivateState::Quoted.is_open() && PrivateState::Agreed.is_open() && !PrivateState::Paid.is_open());
    }
}
