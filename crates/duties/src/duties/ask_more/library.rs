//! The questionnaires that are shipped, one FHIR file each, and those that the practice made.

use std::sync::OnceLock;

use jiff::{Timestamp, civil::Date};
use portico_domain::{
    approval,
    questionnaire::{Questionnaire, fhir},
};
use portico_nhs::uk_date;
use portico_store::queries::questionnaire::Own;

macro_rules! shipped {
    ($($key:literal = $days:literal),+ $(,)?) => {
        /// Each with the days that a patient has for it.
        const SHIPPED: &[(&str, &str, i64)] = &[$(($key, include_str!(concat!("questionnaires/", $key, ".json")), $days)),+];
    };
}

shipped! { "phq-9" = 3, "gad-7" = 3, "audit-c" = 7, "asthma" = 7, "contraception" = 7, "blood-pressure-week" = 10 }

/// Days that a patient has for one of the practice's own.
const OWN_DAYS: i64 = 7;

/// A questionnaire as it may be chosen.
#[derive(Clone)]
pub(super) struct Listed {
    /// What pages and forms call it.
    pub key: String,
    /// As people call it.
    pub title: String,
    /// The FHIR file.
    pub definition: String,
    /// Days that a patient has for it.
    pub days: i64,
    /// When it is read again.
    pub review: Option<Date>,
    /// The practice's own, with where it stands.
    pub own: Option<Own>,
}

impl Listed {
    /// Why it cannot be sent, if it cannot.
    pub fn why_not(&self, now: Timestamp) -> Option<&'static str> {
        self.own.as_ref().and_then(|own| approval::why_not(own.state, self.review, uk_date(now)))
    }

    /// What it asks.
    pub fn read(&self) -> Result<Questionnaire, String> {
        fhir::read(&self.definition)
    }
}

/// The shipped ones, read once; one that does not read is left out and a test says so.
pub(super) fn shipped() -> &'static [Listed] {
    static ALL: OnceLock<Vec<Listed>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read = |(key, definition, days): &(&str, &str, i64)| {
            let q = fhir::read(definition).ok()?;
            let (key, definition) = ((*key).to_owned(), (*definition).to_owned());
            Some(Listed { key, title: q.title, definition, days: *days, review: q.review, own: None })
        };
        SHIPPED.iter().filter_map(read).collect()
    })
}

/// Every questionnaire: the shipped ones first.
pub(super) fn listed(own: Vec<Own>) -> Vec<Listed> {
    let shipped = shipped().iter().cloned();
    let made = own.into_iter().map(|own| Listed {
        key: own.id.simple().to_string(),
        title: own.title.clone(),
        definition: own.definition.clone(),
        days: OWN_DAYS,
        review: own.review_on,
        own: Some(own),
    });
    shipped.chain(made).collect()
}

#[cfg(test)]
mod tests {
    use portico_domain::questionnaire::{Answers, Kind, Questionnaire};

    use super::*;

    fn read(key: &str) -> Questionnaire {
        listed(Vec::new()).into_iter().find(|l| l.key == key).unwrap().read().unwrap()
    }

    fn answers(q: &Questionnaire, said: impl Fn(&str) -> &'static str) -> Answers {
        let (answers, wrong) = q.read(said);
        assert_eq!(wrong, []);
        answers
    }

    #[test]
    fn every_shipped_questionnaire_reads_and_has_a_source_and_a_review_date() {
        let all = listed(Vec::new());
        assert_eq!(all.len(), SHIPPED.len(), "one does not read");
        for l in all {
            let q = l.read().unwrap();
            assert_eq!(q.faults(), Vec::<String>::new(), "{}", l.key);
            assert!(!q.copyright.is_empty() && q.review.is_some() && !q.description.is_empty(), "{}", l.key);
        }
    }

    #[test]
    fn phq_9_sums_up_and_any_thought_of_self_harm_cannot_wait() {
        let q = read("phq-9");
        let outcome = q.outcome(&answers(&q, |id| if id == "phq9-9" { "0" } else { "2" }));
        assert_eq!(outcome.totals[0].words(), "PHQ-9 score 16: moderately severe");
        assert_eq!((outcome.totals[0].code.as_deref(), outcome.red.len()), (Some("720433000"), 0));
        let outcome = q.outcome(&answers(&q, |id| if id == "phq9-9" { "1" } else { "0" }));
        assert!(outcome.totals[0].value == 1.0 && outcome.red[0].contains("thoughts of self-harm"), "{outcome:?}");
        let severe = q.outcome(&answers(&q, |id| if id == "phq9-9" { "0" } else { "3" }));
        assert_eq!(severe.red, ["PHQ-9 score 24: severe"]);
        assert_eq!(q.read(|id| if id == "phq9-4" { "" } else { "1" }).1.len(), 1, "no score without every answer");
    }

    #[test]
    fn gad_7_and_audit_c_mean_what_their_bands_say() {
        let q = read("gad-7");
        assert_eq!(q.outcome(&answers(&q, |_| "2")).totals[0].words(), "GAD-7 score 14: moderate");
        let q = read("audit-c");
        let never = answers(&q, |id| if id == "audit-1" { "0" } else { "" });
        assert_eq!(q.outcome(&never).totals[0].words(), "AUDIT-C score 0: lower risk", "who never drinks is asked nothing more");
        assert_eq!(q.outcome(&answers(&q, |_| "3")).totals[0].words(), "AUDIT-C score 9: higher risk");
    }

    #[test]
    fn asthma_control_and_what_a_prescriber_reads_first_are_counted() {
        let q = read("asthma");
        let with = |yes: &'static [&'static str]| {
            q.outcome(
                &q.read(|id| match id {
                    "reliever" | "steroid" => "1",
                    "smoke" => "never",
                    "more" => "",
                    _ if yes.contains(&id) => "yes",
                    _ => "no",
                })
                .0,
            )
        };
        assert_eq!(with(&[]).totals[0].words(), "Asthma control, three questions 0: well controlled");
        assert_eq!(with(&["sleep", "activity"]).totals[0].means, "poorly controlled: review soon");
        assert!(with(&["now"]).totals[0].value == 0.0 && !with(&["now"]).red.is_empty(), "breathless now cannot wait");
        let q = read("contraception");
        let risks = |smoke: &'static str, migraine: &'static str| {
            let which = q
                .questions
                .iter()
                .find_map(|q| match &q.kind {
                    Kind::Choice(c) if q.id == "which" => Some(c[0].code.clone()),
                    _ => None,
                })
                .unwrap();
            let said = |id: &str| match id {
                "which" => which.as_str(),
                "smoke" => smoke,
                "migraine" => migraine,
                "clot" | "leg" | "pregnant" | "breast" | "bleeding" => "no",
                "happy" => "yes",
                _ => "",
            };
            let (answers, _) = q.read(said);
            q.outcome(&answers).totals[0].value
        };
        assert_eq!((risks("no", "no"), risks("under15", "no"), risks("over15", "no"), risks("over15", "yes")), (0.0, 1.0, 1.0, 2.0));
    }

    #[test]
    fn the_blood_pressure_of_a_week_is_the_mean_without_the_first_day() {
        let q = read("blood-pressure-week");
        let week = |first: &'static str, upper: &'static str, lower: &'static str| {
            let said = move |id: &str| match id {
                "symptoms" => "no",
                _ if id.starts_with("d1-") => first,
                _ if id.ends_with("upper") => upper,
                _ => lower,
            };
            q.outcome(&q.read(said).0)
        };
        let calm = week("", "128", "79");
        assert_eq!(calm.totals[0].words(), "Mean upper (systolic) blood pressure at home 128 mmHg: in range");
        assert_eq!(calm.totals[1].words(), "Mean lower (diastolic) blood pressure at home 79 mmHg: in range");
        assert_eq!(week("115", "151", "96").totals[0].means, "raised (150 or more)");
        let crisis = week("", "182", "121");
        assert!(crisis.red.len() >= 24, "every reading of 180 over 120 or more cannot wait");
        let three_days = |id: &str| match id {
            "symptoms" => "no",
            _ if ["d2-", "d3-"].iter().any(|d| id.starts_with(d)) => {
                if id.ends_with("upper") {
                    "140"
                } else {
                    "80"
                }
            }
            _ => "",
        };
        assert!(q.outcome(&q.read(three_days).0).totals.is_empty(), "fewer than three days after the first come to nothing");
    }

    #[test]
    fn a_swollen_leg_or_being_short_of_breath_cannot_wait() {
        let q = read("contraception");
        let said = |id: &str| match id {
            "which" => "combined",
            "leg" => "yes",
            "smoke" => "no",
            "systolic" | "diastolic" | "weight" | "height" | "medicines" => "",
            "happy" => "yes",
            _ => "no",
        };
        assert!(q.outcome(&answers(&q, said)).red[0].contains("possible blood clot"));
        let q = read("asthma");
        let said = |id: &str| match id {
            "reliever" => "13",
            "steroid" => "0",
            "smoke" => "never",
            "more" => "",
            "now" => "yes",
            _ => "no",
        };
        assert_eq!(q.outcome(&answers(&q, said)).red.len(), 2);
    }
}
