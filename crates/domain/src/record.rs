//! Records: what is written on the patient's timeline when an item is closed.

use jiff::Timestamp;
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
