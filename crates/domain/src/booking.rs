//! Booking: slots, which of them fit a request, and what a hold is.

use jiff::{SignedDuration, Timestamp, civil::Date};
use portico_nhs::{Calendar, SlotId, StaffId, codes, uk_date};
use thiserror::Error;

use crate::{pathway::Pathway, triage::Urgency};

/// How long a slot is kept while the patient is being asked.
pub const HOLD: SignedDuration = SignedDuration::from_mins(15);

codes! {
    /// National appointment category (GPAD, care-related encounters that this product books).
    SlotCategory {
        ConsultationAcute = "general_consultation_acute", "General Consultation Acute";
        ConsultationRoutine = "general_consultation_routine", "General Consultation Routine";
        Triage = "clinical_triage", "Clinical Triage";
        PlannedClinic = "planned_clinics", "Planned Clinics";
        PlannedProcedure = "planned_clinical_procedure", "Planned Clinical Procedure";
        HomeVisit = "home_visit", "Home Visit";
        MedicationReview = "structured_medication_review", "Structured Medication Review";
        SocialPrescribing = "social_prescribing_service", "Social Prescribing Service";
    }
}

codes! {
    /// How the appointment is held (GPAD appointment mode).
    Mode {
        FaceToFace = "face_to_face", "Face to face (surgery)";
        Telephone = "telephone", "Telephone";
        Video = "video", "Video";
        HomeVisit = "home_visit", "Face to face (home visit)";
    }
}

codes! {
    /// Where care is given (GPAD service setting).
    ServiceSetting {
        GeneralPractice = "general_practice", "General Practice";
        PrimaryCareNetwork = "primary_care_network", "Primary Care Network";
        ExtendedAccess = "extended_access", "Extended Access Provision";
        Other = "other", "Other";
    }
}

/// One bookable stretch of a clinician's session.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its id.
    pub id: SlotId,
    /// Who sees the patient.
    pub clinician: StaffId,
    /// Their name, as shown to patients.
    pub clinician_name: String,
    /// Where.
    pub site: String,
    /// What it is for.
    pub pathway: Pathway,
    /// National category.
    pub category: SlotCategory,
    /// How it is held.
    pub mode: Mode,
    /// Where care is given, nationally.
    pub setting: ServiceSetting,
    /// When it begins.
    pub starts: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// Kept for requests that must be seen the same day.
    pub same_day_only: bool,
    /// Youngest and oldest age in whole years that may be booked.
    pub ages: (u8, u8),
}

/// What is being booked.
#[derive(Debug, Clone)]
pub struct Need {
    /// Where the request goes.
    pub pathway: Option<Pathway>,
    /// How soon; `None` is not triaged.
    pub urgency: Option<Urgency>,
    /// The patient's date of birth, if known.
    pub birth_date: Option<Date>,
}

/// Why nothing may be booked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BookingRefusal {
    /// Total triage: every appointment follows a triage decision.
    #[error("Choose an urgency and a pathway before you book.")]
    NotTriaged,
    /// The pathway has no slots by its nature.
    #[error("{0} has no appointments to book. Choose another pathway, or reply to the patient.")]
    NotBookable(Pathway),
    /// Somebody was quicker.
    #[error("Somebody has just taken that slot. Choose another one.")]
    Taken,
    /// The slot is over or has begun.
    #[error("That slot has already started. Choose a later one.")]
    Past,
    /// The slot does not fit the request.
    #[error("That slot does not fit this request: {0}.")]
    DoesNotFit(&'static str),
    /// The hold ran out.
    #[error("Your 15 minutes are over and the slot has been let go. Choose a slot again.")]
    HoldExpired,
    /// The item already has an appointment.
    #[error("This request already has an appointment. Move it or cancel it first.")]
    AlreadyBooked,
    /// There is nothing to cancel or move.
    #[error("This request has no appointment.")]
    NothingBooked,
}

/// Whole years of age on a day; `None` when born later.
pub fn age_on(birth_date: Date, day: Date) -> Option<u8> {
    let had_birthday = (day.month(), day.day()) >= (birth_date.month(), birth_date.day());
    let years = i32::from(day.year()) - i32::from(birth_date.year()) - i32::from(!had_birthday);
    u8::try_from(years).ok()
}

/// The stretch of time in which a request of this urgency must be seen.
/// Emergency and same day: this core day. Soon: three working days. The rest: four weeks.
pub fn window(urgency: Urgency, now: Timestamp, calendar: &Calendar) -> (Timestamp, Timestamp) {
    let until = match urgency {
        Urgency::Emergency | Urgency::SameDay => calendar.end_of_core_day(now),
        Urgency::Soon => calendar.end_of_working_day(now, 3),
        Urgency::Routine | Urgency::SelfCare | Urgency::Administrative => now + SignedDuration::from_hours(28 * 24),
    };
    (now, until)
}

/// Whether a slot may be booked for a need; says in words why not.
pub fn fits(slot: &Slot, need: &Need, now: Timestamp, calendar: &Calendar) -> Result<(), BookingRefusal> {
    let (Some(pathway), Some(urgency)) = (need.pathway, need.urgency) else { return Err(BookingRefusal::NotTriaged) };
    if !pathway.takes_bookings() {
        return Err(BookingRefusal::NotBookable(pathway));
    }
    if slot.starts <= now {
        return Err(BookingRefusal::Past);
    }
    if slot.starts > window(urgency, now, calendar).1 {
        return Err(BookingRefusal::DoesNotFit("it is too late for this urgency"));
    }
    let urgent = matches!(urgency, Urgency::Emergency | Urgency::SameDay);
    let doctor = |p: Pathway| matches!(p, Pathway::Gp | Pathway::DutyGp | Pathway::UrgentHub);
    let pathway_fits = slot.pathway == pathway || (urgent && doctor(pathway) && doctor(slot.pathway));
    if !pathway_fits {
        return Err(BookingRefusal::DoesNotFit("it belongs to another pathway"));
    }
    if slot.same_day_only && !urgent {
        return Err(BookingRefusal::DoesNotFit("it is kept for requests that must be seen the same day"));
    }
    if let Some(age) = need.birth_date.and_then(|born| age_on(born, uk_date(slot.starts)))
        && !(slot.ages.0..=slot.ages.1).contains(&age)
    {
        return Err(BookingRefusal::DoesNotFit("the patient's age is outside the clinic's range"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn slot() -> Slot {
        let starts: Timestamp = "2026-01-05T10:00:00Z".parse().unwrap();
        Slot {
            id: SlotId(uuid_of(1)),
            clinician: StaffId(uuid_of(2)),
            clinician_name: "Dr Osei".into(),
            site: "Main surgery".into(),
            pathway: Pathway::DutyGp,
            category: SlotCategory::ConsultationAcute,
            mode: Mode::Telephone,
            setting: ServiceSetting::GeneralPractice,
            starts,
            ends: starts + SignedDuration::from_mins(10),
            same_day_only: true,
            ages: (0, 120),
        }
    }

    fn uuid_of(n: u128) -> uuid::Uuid {
        uuid::Uuid::from_u128(n)
    }

    #[test]
    fn every_appointment_follows_a_triage_decision() {
        let now = "2026-01-05T09:00:00Z".parse().unwrap();
        let need = Need { pathway: None, urgency: Some(Urgency::SameDay), birth_date: None };
        assert_eq!(fits(&slot(), &need, now, &Calendar::default()), Err(BookingRefusal::NotTriaged));
    }

    #[test]
    fn a_same_day_slot_is_kept_for_the_same_day() {
        let now = "2026-01-05T09:00:00Z".parse().unwrap();
        let routine = Need { pathway: Some(Pathway::DutyGp), urgency: Some(Urgency::Routine), birth_date: None };
        assert!(matches!(fits(&slot(), &routine, now, &Calendar::default()), Err(BookingRefusal::DoesNotFit(_))));
        let urgent = Need { urgency: Some(Urgency::SameDay), pathway: Some(Pathway::Gp), ..routine };
        assert_eq!(fits(&slot(), &urgent, now, &Calendar::default()), Ok(()));
    }

    #[test]
    fn a_slot_after_the_day_does_not_fit_a_same_day_request() {
        let now = "2026-01-02T09:00:00Z".parse().unwrap();
        let urgent = Need { pathway: Some(Pathway::DutyGp), urgency: Some(Urgency::SameDay), birth_date: None };
        assert_eq!(fits(&slot(), &urgent, now, &Calendar::default()), Err(BookingRefusal::DoesNotFit("it is too late for this urgency")));
    }

    #[test]
    fn ages_are_counted_in_whole_years() {
        assert_eq!(age_on(date(2024, 2, 29), date(2025, 2, 28)), Some(0));
        assert_eq!(age_on(date(2024, 2, 29), date(2025, 3, 1)), Some(1));
        assert_eq!(age_on(date(2027, 1, 1), date(2026, 1, 1)), None);
    }
}
