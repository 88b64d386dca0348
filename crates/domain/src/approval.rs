//! Words that go to patients are approved by somebody else than who wrote them, and read again every year.

use jiff::{ToSpan, civil::Date};
use portico_nhs::codes;

codes! {
    /// Where a version of the practice's own words stands.
    Approval {
        Draft = "draft", "Draft";
        Approved = "approved", "Approved";
        Retired = "retired", "No longer used";
    }
}

/// Until when an approval of this day holds: a year.
pub fn holds_until(day: Date) -> Date {
    day.checked_add(1.year()).unwrap_or(day)
}

/// Why something may not be used on a day, if it may not; it reads on after "it".
pub fn why_not(state: Approval, review_on: Option<Date>, today: Date) -> Option<&'static str> {
    match state {
        Approval::Draft => Some("waits for somebody to approve it"),
        Approval::Retired => Some("is no longer used"),
        Approval::Approved if review_on.is_some_and(|day| day < today) => Some("must be reviewed first"),
        Approval::Approved => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_approval_holds_for_a_year_and_no_longer() {
        let (day, until) = (date(2026, 1, 5), holds_until(date(2026, 1, 5)));
        assert_eq!(until, date(2027, 1, 5));
        assert_eq!(why_not(Approval::Approved, Some(until), until), None);
        assert!(why_not(Approval::Approved, Some(until), date(2027, 1, 6)).is_some());
        assert!(why_not(Approval::Draft, None, day).is_some() && why_not(Approval::Retired, Some(until), day).is_some());
        assert_eq!(holds_until(date(2028, 2, 29)), date(2029, 2, 28));
    }
}
