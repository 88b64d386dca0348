//! Pathways: where a request goes, who works there and which urgencies they may take.

use portico_nhs::codes;

use crate::triage::Urgency;

codes! {
    /// Where a request goes.
    Pathway {
        Gp = "gp", "GP";
        DutyGp = "duty_gp", "Duty GP";
        UrgentHub = "urgent_hub", "Urgent hub";
        Nurse = "nurse", "Nurse";
        Hca = "hca", "Healthcare assistant";
        Pharmacist = "pharmacist", "Pharmacist";
        PharmacyFirst = "pharmacy_first", "Pharmacy First";
        Physiotherapist = "physiotherapist", "Physiotherapist";
        MentalHealth = "mental_health", "Mental health";
        Midwife = "midwife", "Midwife";
        SocialPrescriber = "social_prescriber", "Social prescriber";
        Admin = "admin", "Admin";
        Prescriptions = "prescriptions", "Prescriptions";
        Results = "results", "Results";
        Referrals = "referrals", "Referrals";
        Registration = "registration", "Registration";
        Emergency = "emergency_999", "999 or A&E";
        SelfCare = "self_care", "Self-care";
    }
}

impl Pathway {
    /// Whether somebody on this pathway sees patients in bookable slots.
    pub const fn takes_bookings(self) -> bool {
        matches!(
            self,
            Pathway::Gp
                | Pathway::DutyGp
                | Pathway::UrgentHub
                | Pathway::Nurse
                | Pathway::Hca
                | Pathway::Pharmacist
                | Pathway::Physiotherapist
                | Pathway::MentalHealth
                | Pathway::Midwife
                | Pathway::SocialPrescriber
        )
    }

    /// Whether a request of this urgency may be sent here. A red request goes to a doctor, the urgent hub or 999.
    pub const fn may_take(self, urgency: Urgency) -> bool {
        match urgency {
            Urgency::Emergency => matches!(self, Pathway::Gp | Pathway::DutyGp | Pathway::UrgentHub | Pathway::Emergency),
            Urgency::SameDay => !matches!(self, Pathway::SelfCare | Pathway::Admin | Pathway::Registration),
            _ => true,
        }
    }
}
