//! Records: what is written on the patient's timeline when an item is closed.

use jiff::{Timestamp, civil::Date};
use portico_nhs::{PatientId, RecordEntryId, WorkItemId, codes};

codes! {
    /// How an item ended.
    Outcome {
        Advice = "advice", "Advice given";
        Seen = "seen", "Seen by a clinician";
        Booked = "booked", "Appointment booked";
        Referred = "referred", "Referred to another service";
        PharmacyReferral = "pharmacy_referral", "Referred to a pharmacy";
        Emergency = "emergency_services", "Sent to 999 or A&E";
        Prescription = "prescription", "Prescription issued";
        FitNote = "fit_note", "Fit note issued";
        AdminDone = "admin_done", "Administrative work done";
        NoReply = "no_reply", "Patient did not reply";
        Cancelled = "cancelled", "Cancelled by the patient";
        Duplicate = "duplicate", "Same matter as another request";
        NotOurs = "not_ours", "Not a patient or matter of this practice";
    }
}

codes! {
    /// Coded reason for contact, when one is chosen (SNOMED CT, UK edition).
    CodedReason {
        Telephone = "185317003", "Telephone encounter";
        Triage = "225390008", "Triage";
        MedicationReview = "182836005", "Review of medication";
        FitNote = "1331000000103", "Statement of fitness for work";
        AdviceGiven = "281100006", "Advice given";
        Referral = "3457005", "Patient referral";
        Administration = "14734007", "Administrative procedure";
    }
}

codes! {
    /// What the main record says of a patient that bears on every request of theirs. Triage reads them as present.
    RecordFact {
        Pregnant = "pregnant", "Pregnant";
        Immunosuppressed = "immunosuppressed", "Immunosuppressed";
        Chemotherapy = "chemotherapy", "Having chemotherapy";
        Anticoagulant = "anticoagulant", "Takes an anticoagulant";
        Diabetes = "diabetes", "Diabetes";
        Asthma = "asthma", "Asthma";
        Copd = "copd", "COPD";
        HeartDisease = "heart-disease", "Heart disease";
        Epilepsy = "epilepsy", "Epilepsy";
        KidneyDisease = "kidney-disease", "Kidney disease";
        Cancer = "cancer", "Cancer";
        Dementia = "dementia", "Dementia";
        Frailty = "frailty", "Frailty";
        LearningDisability = "learning-disability", "Learning disability";
        Housebound = "housebound", "Housebound";
    }
}

/// When a baby is due or was born, as the main record says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct BabyDates {
    /// The expected day of birth.
    pub due: Option<Date>,
    /// The day of the last birth.
    pub born: Option<Date>,
}

/// Days from the first day of a pregnancy, as weeks are counted, to the expected day of birth.
const PREGNANCY_DAYS: i64 = 280;
/// A mother is looked after as one who has just given birth for so long: eight weeks.
const POSTNATAL_DAYS: i64 = 56;

impl BabyDates {
    /// Completed weeks of the pregnancy on a day; `None` when there is none, or it has ended.
    pub fn weeks(self, today: Date) -> Option<i64> {
        let due = self.due?;
        let day = PREGNANCY_DAYS - days(today, due);
        let ended = self.born.is_some_and(|born| born <= today && days(born, due) < PREGNANCY_DAYS);
        // Three weeks past the day somebody forgot to note the birth.
        (!ended && (0..=PREGNANCY_DAYS + 21).contains(&day)).then_some(day / 7)
    }

    /// Whether somebody gave birth within eight weeks before a day.
    pub fn is_postnatal(self, today: Date) -> bool {
        self.born.is_some_and(|born| (0..=POSTNATAL_DAYS).contains(&days(born, today)))
    }
}

fn days(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

/// One line on a patient's timeline; written once, and withdrawn rather than deleted.
#[derive(Debug, Clone)]
pub struct RecordEntry {
    /// Its id.
    pub id: RecordEntryId,
    /// Whose timeline; items without a known patient keep their entry on the item.
    pub patient: Option<PatientId>,
    /// The item that was closed.
    pub item: WorkItemId,
    /// When.
    pub at: Timestamp,
    /// By whom, as shown.
    pub by: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The coded reason, if one was chosen.
    pub code: Option<CodedReason>,
    /// What was done, in the words of the person who closed it.
    pub text: String,
    /// Whether the closing was undone.
    pub withdrawn: bool,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn weeks_are_counted_to_the_birth_and_eight_weeks_after_it() {
        let due = BabyDates { due: Some(date(2026, 10, 8)), born: None };
        assert_eq!(due.weeks(date(2026, 1, 1)), Some(0));
        assert_eq!(due.weeks(date(2026, 7, 30)), Some(30));
        assert_eq!(due.weeks(date(2026, 10, 15)), Some(41));
        assert_eq!(due.weeks(date(2026, 11, 1)), None, "nobody noted the birth");
        assert_eq!(due.weeks(date(2025, 12, 1)), None);
        let born = BabyDates { born: Some(date(2026, 10, 1)), ..due };
        assert_eq!(born.weeks(date(2026, 10, 2)), None);
        assert_eq!(born.weeks(date(2026, 9, 1)), Some(34), "what was asked before is read as of then");
        assert!(born.is_postnatal(date(2026, 11, 26)) && !born.is_postnatal(date(2026, 11, 27)));
        let next = BabyDates { due: Some(date(2027, 12, 1)), ..born };
        assert_eq!(next.weeks(date(2027, 11, 24)), Some(39), "the birth before is another one");
    }
}
