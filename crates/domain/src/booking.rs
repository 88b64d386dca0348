//! Booking: slots, which of them fit a request, and what a hold is.

use jiff::{SignedDuration, Timestamp, civil::Date};
use portico_nhs::{Calendar, SlotId, StaffId, codes, uk_date};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    pathway::Pathway,
    procedure::{Noted, Procedure},
    record::RecordFact,
    rota::AHEAD_DAYS,
    service::{Service, mismatch},
    triage::Urgency,
};

/// How long a slot is kept while the patient is being asked.
pub const HOLD: SignedDuration = SignedDuration::from_mins(15);

codes! {
    /// National appointment category (GPAD, care-related encounters that this product books).
    SlotCategory {
        ConsultationAcute = "general_consultation_acute", "General Consultation Acute";
        ConsultationRoutine = "general_consultation_routine", "General Consultation Routine";
        Unplanned = "unplanned_clinical_activity", "Unplanned Clinical Activity";
        Triage = "clinical_triage", "Clinical Triage";
        WalkIn = "walk_in", "Walk-in";
        PlannedClinic = "planned_clinics", "Planned Clinics";
        PlannedProcedure = "planned_clinical_procedure", "Planned Clinical Procedure";
        HomeVisit = "home_visit", "Home Visit";
        CareHomeVisit = "care_home_visit", "Care Home Visit";
        CareHomeRound = "care_home_round", "Patient contact during Care Home Round";
        CareHomePlanning = "care_home_planning", "Care Home Needs Assessment & Personalised Care and Support Planning";
        Group = "group", "Group Consultation and Group Education";
        MedicationReview = "structured_medication_review", "Structured Medication Review";
        SocialPrescribing = "social_prescribing_service", "Social Prescribing Service";
        External = "external_service", "Service provided by organisation external to the practice";
        NonContractual = "non_contractual_chargeable", "Non-contractual chargeable work";
        NoOther = "no_other_category", "Care Related Encounter but does not fit into any other category";
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

codes! {
    /// The sex that a clinic is for.
    ClinicSex {
        Female = "female", "Women";
        Male = "male", "Men";
    }
}

/// What a slot is for, and whom it takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotKind {
    /// What it is for.
    pub pathway: Pathway,
    /// National category.
    pub category: SlotCategory,
    /// How it is held.
    pub mode: Mode,
    /// Where care is given, nationally.
    pub setting: ServiceSetting,
    /// Kept for requests that must be seen the same day.
    pub same_day_only: bool,
    /// Youngest and oldest age in whole years that may be booked.
    pub ages: (u8, u8),
    /// The sex that it is for; `None` takes everybody.
    pub sex: Option<ClinicSex>,
    /// Only for patients of whom the record says this.
    pub condition: Option<RecordFact>,
    /// A coil or implant: only when everything that must be done before has been noted.
    #[serde(default)]
    pub procedure: Option<Procedure>,
    /// Kept for one service; `None` takes what belongs to no service.
    #[serde(default)]
    pub service: Option<Service>,
    /// The patient is told a window of so many minutes from the start, as for calls; 0 is an exact time.
    pub window_minutes: u16,
}

impl SlotKind {
    /// A slot of general practice that takes everybody, at an exact time.
    pub fn new(pathway: Pathway, category: SlotCategory, mode: Mode) -> Self {
        let setting = ServiceSetting::GeneralPractice;
        Self {
            pathway,
            category,
            mode,
            setting,
            same_day_only: false,
            ages: (0, 120),
            sex: None,
            condition: None,
            procedure: None,
            service: None,
            window_minutes: 0,
        }
    }
}

/// One bookable stretch of a clinician's session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Its id.
    pub id: SlotId,
    /// Who sees the patient.
    pub clinician: StaffId,
    /// Their name, as shown to patients.
    pub clinician_name: String,
    /// Where: site and room, as patients read it.
    pub site: String,
    /// When it begins.
    pub starts: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// Not to be booked before this moment.
    pub release_at: Option<Timestamp>,
    /// What it is for, and whom it takes.
    pub kind: SlotKind,
}

impl Slot {
    /// When the patient is to be there or at the telephone, from and, for a window, until.
    pub fn told(&self) -> (Timestamp, Option<Timestamp>) {
        let window = i64::from(self.kind.window_minutes);
        (self.starts, (window > 0).then(|| self.starts + SignedDuration::from_mins(window)))
    }
}

/// Something that not everybody on a pathway can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skill {
    /// As the practice calls it, in lower case.
    pub name: String,
    /// Who can do it.
    pub able: Vec<StaffId>,
}

/// What is being booked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Need {
    /// Where the request goes.
    pub pathway: Option<Pathway>,
    /// How soon; `None` is not triaged.
    pub urgency: Option<Urgency>,
    /// The patient's date of birth, if known.
    pub birth_date: Option<Date>,
    /// As the record says it: female, male, other, unknown; `None` when the patient is not known.
    pub sex: Option<String>,
    /// What the record says of the patient.
    pub facts: Vec<RecordFact>,
    /// What has been done before a coil or an implant.
    #[serde(default)]
    pub done: Vec<Noted>,
    /// The service that it was asked for, if any.
    #[serde(default)]
    pub service: Option<Service>,
    /// What whoever sees the patient must be skilled in, if it is more than everybody on the pathway can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<Skill>,
    /// From which day to which day the patient cannot come, both included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cannot_come: Vec<(Date, Date)>,
}

impl Need {
    /// Whether it is to be seen the same day.
    pub fn is_urgent(&self) -> bool {
        matches!(self.urgency, Some(Urgency::Emergency | Urgency::SameDay))
    }

    /// The service whose slots it takes. What cannot wait takes an ordinary slot, whatever it was for.
    pub fn planned(&self) -> Option<Service> {
        self.service.filter(|_| !self.is_urgent())
    }

    /// The skill that its slots must have. What cannot wait is seen by whoever is there.
    pub fn skilled(&self) -> Option<&Skill> {
        self.skill.as_ref().filter(|_| !self.is_urgent())
    }

    /// By when it must be seen. A planned service is booked as far ahead as sessions are made.
    pub fn until(&self, urgency: Urgency, now: Timestamp, calendar: &Calendar) -> Timestamp {
        match self.planned() {
            Some(_) => now + SignedDuration::from_hours(24 * (AHEAD_DAYS + 1)),
            None => window(urgency, now, calendar).1,
        }
    }

    /// The pathways whose slots it may take: urgent needs may use any doctor's.
    pub fn pathways(&self) -> Vec<Pathway> {
        const DOCTORS: [Pathway; 3] = [Pathway::DutyGp, Pathway::Gp, Pathway::UrgentHub];
        match self.pathway {
            Some(p) if self.is_urgent() && DOCTORS.contains(&p) => DOCTORS.to_vec(),
            Some(p) => vec![p],
            None => Vec::new(),
        }
    }
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
/// Emergency and same day: this core day. Soon: three working days. The rest: eight weeks, so that a review in six is booked today.
pub fn window(urgency: Urgency, now: Timestamp, calendar: &Calendar) -> (Timestamp, Timestamp) {
    let until = match urgency {
        Urgency::Emergency | Urgency::SameDay => calendar.end_of_core_day(now),
        Urgency::Soon => calendar.end_of_working_day(now, 3),
        Urgency::Routine | Urgency::SelfCare | Urgency::Administrative => now + SignedDuration::from_hours(56 * 24),
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
    if slot.starts > need.until(urgency, now, calendar) {
        return Err(BookingRefusal::DoesNotFit("it is too late for this urgency"));
    }
    takes(slot, need, now).map_err(BookingRefusal::DoesNotFit)
}

/// Whether a slot is of the kind that a need may take, whenever it is; says in words why not.
pub fn takes(slot: &Slot, need: &Need, now: Timestamp) -> Result<(), &'static str> {
    let kind = &slot.kind;
    if !need.pathways().contains(&kind.pathway) {
        return Err("it belongs to another pathway");
    }
    if let Some(why) = mismatch(kind.service, need.planned()) {
        return Err(why);
    }
    if need.skilled().is_some_and(|s| !s.able.contains(&slot.clinician)) {
        return Err("its clinician is not skilled in what it needs");
    }
    if kind.same_day_only && !need.is_urgent() {
        return Err("it is kept for requests that must be seen the same day");
    }
    if slot.release_at.is_some_and(|at| at > now) && !need.is_urgent() {
        return Err("it is not released yet");
    }
    if let Some(age) = need.birth_date.and_then(|born| age_on(born, uk_date(slot.starts)))
        && !(kind.ages.0..=kind.ages.1).contains(&age)
    {
        return Err("the patient's age is outside the clinic's range");
    }
    // Who is not known for the one or the other is not turned away.
    if let (Some(clinic), Some(sex @ ("female" | "male"))) = (kind.sex, need.sex.as_deref())
        && clinic.code() != sex
    {
        return Err("the clinic is for patients of the other sex");
    }
    let day = uk_date(slot.starts);
    let comes = kind.mode == Mode::FaceToFace && !need.is_urgent();
    if comes && need.cannot_come.iter().any(|(from, to)| (*from..=*to).contains(&day)) {
        return Err("the patient cannot come on that day");
    }
    // What is noted today must still count on the day of the procedure.
    if let Some(missing) = kind.procedure.and_then(|p| p.missing(&need.done, slot.starts)) {
        let counts_now = kind.procedure.is_some_and(|p| p.missing(&need.done, now).is_none());
        return Err(if counts_now {
            "what was noted for it will have run out, or be more than 90 days old, by then"
        } else {
            missing.refusal()
        });
    }
    if kind.condition.is_some_and(|c| !need.facts.contains(&c)) {
        return Err("the clinic is for patients with a condition that the record does not show");
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
            starts,
            ends: starts + SignedDuration::from_mins(10),
            release_at: None,
            kind: SlotKind { same_day_only: true, ..SlotKind::new(Pathway::DutyGp, SlotCategory::ConsultationAcute, Mode::Telephone) },
        }
    }

    fn uuid_of(n: u128) -> uuid::Uuid {
        uuid::Uuid::from_u128(n)
    }

    #[test]
    fn every_appointment_follows_a_triage_decision() {
        let now = "2026-01-05T09:00:00Z".parse().unwrap();
        let need = Need { urgency: Some(Urgency::SameDay), ..Need::default() };
        assert_eq!(fits(&slot(), &need, now, &Calendar::default()), Err(BookingRefusal::NotTriaged));
    }

    #[test]
    fn a_same_day_slot_is_kept_for_the_same_day() {
        let now = "2026-01-05T09:00:00Z".parse().unwrap();
        let routine = Need { pathway: Some(Pathway::DutyGp), urgency: Some(Urgency::Routine), ..Need::default() };
        assert!(matches!(fits(&slot(), &routine, now, &Calendar::default()), Err(BookingRefusal::DoesNotFit(_))));
        let urgent = Need { urgency: Some(Urgency::SameDay), pathway: Some(Pathway::Gp), ..routine };
        assert_eq!(fits(&slot(), &urgent, now, &Calendar::default()), Ok(()));
    }

    #[test]
    fn what_cannot_wait_takes_an_ordinary_slot_and_a_planned_service_only_its_own() {
        let now: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        let ecg = Need { pathway: Some(Pathway::DutyGp), urgency: Some(Urgency::Routine), service: Some(Service::Ecg), ..Need::default() };
        let urgent = Need { urgency: Some(Urgency::SameDay), ..ecg.clone() };
        let ordinary = Slot { kind: SlotKind { same_day_only: false, ..slot().kind }, ..slot() };
        let kept = Slot { kind: SlotKind { service: Some(Service::Ecg), ..ordinary.kind.clone() }, ..ordinary.clone() };
        assert_eq!((takes(&kept, &ecg, now), takes(&ordinary, &urgent, now)), (Ok(()), Ok(())));
        assert!(takes(&ordinary, &ecg, now).is_err() && takes(&kept, &urgent, now).is_err());
        // Planned care is booked as far ahead as sessions are made; what cannot wait is still seen today.
        let calendar = Calendar::default();
        assert!(ecg.until(Urgency::Routine, now, &calendar) > window(Urgency::Routine, now, &calendar).1);
        assert_eq!(urgent.until(Urgency::SameDay, now, &calendar), window(Urgency::SameDay, now, &calendar).1);
    }

    #[test]
    fn a_slot_after_the_day_does_not_fit_a_same_day_request() {
        let now = "2026-01-02T09:00:00Z".parse().unwrap();
        let urgent = Need { pathway: Some(Pathway::DutyGp), urgency: Some(Urgency::SameDay), ..Need::default() };
        assert_eq!(fits(&slot(), &urgent, now, &Calendar::default()), Err(BookingRefusal::DoesNotFit("it is too late for this urgency")));
    }

    #[test]
    fn a_slot_takes_the_age_sex_and_condition_that_it_is_for_once_it_is_released() {
        let now: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        let need = Need {
            pathway: Some(Pathway::Nurse),
            urgency: Some(Urgency::Routine),
            birth_date: Some(date(1980, 1, 1)),
            sex: Some("female".into()),
            facts: vec![RecordFact::Diabetes],
            ..Need::default()
        };
        let kind = SlotKind::new(Pathway::Nurse, SlotCategory::PlannedClinic, Mode::FaceToFace);
        let with = |kind: SlotKind| takes(&Slot { kind, ..slot() }, &need, now);
        assert_eq!(with(kind.clone()), Ok(()));
        assert!(with(SlotKind { ages: (0, 45), ..kind.clone() }).is_err(), "she is 46");
        assert!(with(SlotKind { sex: Some(ClinicSex::Male), ..kind.clone() }).is_err());
        assert_eq!(with(SlotKind { condition: Some(RecordFact::Diabetes), ..kind.clone() }), Ok(()));
        assert!(with(SlotKind { condition: Some(RecordFact::Asthma), ..kind.clone() }).is_err());
        let embargoed = Slot { kind, release_at: Some(now + SignedDuration::from_hours(1)), ..slot() };
        assert_eq!(takes(&embargoed, &need, now), Err("it is not released yet"));
        assert_eq!(takes(&embargoed, &need, now + SignedDuration::from_hours(1)), Ok(()));
    }

    #[test]
    fn ages_are_counted_in_whole_years() {
        assert_eq!(age_on(date(2024, 2, 29), date(2025, 2, 28)), Some(0));
        assert_eq!(age_on(date(2024, 2, 29), date(2025, 3, 1)), Some(1));
        assert_eq!(age_on(date(2027, 1, 1), date(2026, 1, 1)), None);
    }
}
