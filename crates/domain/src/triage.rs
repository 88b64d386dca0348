//! Urgency: the scale, its colours and the clock that each step of it starts.

use jiff::Timestamp;
use portico_nhs::{Calendar, codes};

codes! {
    /// How soon a person must act, highest first.
    Urgency {
        Emergency = "emergency", "Emergency";
        SameDay = "same_day", "Same day";
        Soon = "soon", "Soon (1 to 3 working days)";
        Routine = "routine", "Routine";
        SelfCare = "self_care_or_pharmacy", "Self-care or pharmacy";
        Administrative = "admin", "Administrative";
    }
}

codes! {
    /// The colours that the job speaks in.
    Colour {
        Red = "red", "Red";
        Amber = "amber", "Amber";
        Green = "green", "Green";
    }
}

impl Urgency {
    /// The colour that the desk shows.
    pub const fn colour(self) -> Colour {
        match self {
            Urgency::Emergency => Colour::Red,
            Urgency::SameDay | Urgency::Soon => Colour::Amber,
            Urgency::Routine | Urgency::SelfCare | Urgency::Administrative => Colour::Green,
        }
    }

    /// Whether moving to `other` makes a person wait longer. Administrative is below every clinical step.
    pub fn is_lowered_by(self, other: Urgency) -> bool {
        other > self
    }
}

/// Where an item stands on the scale; `None` has not been triaged and is shown amber until a person has read it.
pub fn colour(urgency: Option<Urgency>) -> Colour {
    urgency.map_or(Colour::Amber, Urgency::colour)
}

/// The place in the list: red first (0), then everything else (1), each by due time.
pub fn list_rank(urgency: Option<Urgency>) -> i64 {
    i64::from(colour(urgency) != Colour::Red)
}

/// By when staff must make the next move, from `now`, in core hours: 5 minutes for an emergency, one hour for
/// same day and for anything not yet read, two hours otherwise, and the next core day for administration.
pub fn staff_due(urgency: Option<Urgency>, now: Timestamp, calendar: &Calendar) -> Timestamp {
    match urgency {
        // Who may die is somebody's within minutes while the contract's day runs, closed for learning or not.
        Some(Urgency::Emergency) => Calendar::contract().add_core_minutes(now, 5),
        Some(Urgency::SameDay) => calendar.add_core_minutes(now, 60).min(Calendar::contract().end_of_core_day(now)),
        None => calendar.add_core_minutes(now, 60),
        Some(Urgency::Soon | Urgency::Routine | Urgency::SelfCare) => calendar.add_core_minutes(now, 120),
        Some(Urgency::Administrative) => calendar.end_of_next_core_day(now),
    }
}

/// By when the patient has been promised to hear what happens next: the same core day when urgent, otherwise the
/// end of the next core day (GP contract 2026/27). Never later than an earlier promise. A practice's own closures, such as
/// learning time, are covered by somebody: they stop no clock.
pub fn promised_by(urgency: Option<Urgency>, received: Timestamp) -> Timestamp {
    let calendar = Calendar::contract();
    match urgency {
        Some(Urgency::Emergency) => calendar.add_core_minutes(received, 5),
        Some(Urgency::SameDay) => calendar.end_of_core_day(received),
        _ => calendar.end_of_next_core_day(received),
    }
}

#[cfg(test)]
mod tests {
    use portico_nhs::Closure;

    use super::*;
    use crate::opening::{Doorway, OpeningRules};

    #[test]
    fn what_nobody_has_read_is_amber_and_never_routine() {
        assert_eq!(colour(None), Colour::Amber);
        assert!(list_rank(Some(Urgency::Emergency)) < list_rank(None));
    }

    #[test]
    fn a_same_day_request_is_due_before_the_day_ends() {
        let calendar = Calendar::default();
        let late: Timestamp = "2026-01-05T18:10:00Z".parse().unwrap();
        assert_eq!(staff_due(Some(Urgency::SameDay), late, &calendar).to_string(), "2026-01-05T18:30:00Z");
    }

    #[test]
    fn a_closure_of_the_practice_stops_no_clock_of_the_contract() {
        let at = |time: &str| format!("2026-01-07T{time}:00Z").parse::<Timestamp>().unwrap();
        let learning = Closure { from: at("13:00"), to: at("18:30"), reason: "Learning time".into() };
        let calendar = Calendar::england(vec![learning]);
        let now = at("14:00");
        assert_eq!(staff_due(Some(Urgency::Emergency), now, &calendar), at("14:05"));
        assert_eq!(staff_due(Some(Urgency::SameDay), now, &calendar), at("18:30"));
        assert_eq!(promised_by(Some(Urgency::SameDay), now), at("18:30"));
        // Nor does it close the door in core hours, whatever hours the practice set.
        let rules = OpeningRules { hours: [None; 7], reason: "Closed.".into(), ..OpeningRules::default() };
        assert_eq!(rules.doorway(&calendar, now, 0, 0), Doorway::Open);
        assert!(matches!(rules.doorway(&calendar, at("19:00"), 0, 0), Doorway::Closed(_)));
    }

    #[test]
    fn down_the_scale_is_lower() {
        assert!(Urgency::Emergency.is_lowered_by(Urgency::SameDay));
        assert!(!Urgency::Routine.is_lowered_by(Urgency::Soon));
    }
}
