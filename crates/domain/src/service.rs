//! Planned services: what people are invited to or asked for by name, in slots of their own.

use portico_nhs::codes;

codes! {
    /// What an appointment is for, where a practice keeps slots for just that.
    Service {
        FluVaccination = "flu_vaccination", "Flu vaccination";
        HealthCheck = "nhs_health_check", "NHS Health Check";
        Ecg = "ecg", "ECG";
        BloodPressureDay = "ambulatory_blood_pressure", "24-hour blood pressure";
        Stockings = "compression_stockings", "Measuring for compression stockings";
        SkinPhotographs = "dermatology_photographs", "Dermatology photographs";
        LongTermReview = "long_term_condition_review", "Long-term condition review";
        PrivateWork = "private_work", "Private medical or form";
    }
}

/// Why a slot and a need do not belong together; `None` when they do. A service has slots of its own, and nobody else's.
pub fn mismatch(slot: Option<Service>, need: Option<Service>) -> Option<&'static str> {
    match (slot, need) {
        (a, b) if a == b => None,
        (Some(_), _) => Some("it is kept for another service"),
        (None, _) => Some("it is not a slot of the service that is asked for"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_slots_of_its_own() {
        assert_eq!(mismatch(None, None), None);
        assert_eq!(mismatch(Some(Service::Ecg), Some(Service::Ecg)), None);
        assert!(mismatch(Some(Service::Ecg), None).is_some(), "nobody else takes the ECG's slot");
        assert!(mismatch(None, Some(Service::Ecg)).is_some(), "an ECG is not done in any other slot");
        assert!(mismatch(Some(Service::Ecg), Some(Service::FluVaccination)).is_some());
    }
}
