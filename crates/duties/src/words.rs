//! The words of messages: templates with a purpose, read once, checked by tests.

use std::sync::OnceLock;

use minijinja::{Environment, UndefinedBehavior, context};
use portico_domain::message::{Facts, LINK_MARK, Purpose, Words};
use serde::Deserialize;

/// What stands above a template.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Front {
    /// As staff choose it.
    pub title: String,
    /// Why it is sent.
    pub purpose: String,
    /// How it may travel.
    pub channels: Vec<String>,
    /// The subject of e-mail and letters.
    pub subject: String,
    /// Who answers for the words.
    pub owner: String,
    /// By when they are read again: a day such as 2027-11-01.
    pub review: String,
}

macro_rules! templates {
    ($($name:literal)+) => {
        const TEXTS: &[(&str, &str)] = &[$(($name, include_str!(concat!("duties/message_patient/messages/", $name, ".md")))),+];
    };
}

templates! {
    "request_received" "request_more_information" "booked" "booking_moved" "booking_cancelled" "campaign" "choose_appointment" "rebook" "reminder" "questionnaire_reminder" "slot_offered" "reply_free"
    "self_care_advice" "pharmacy_first" "admin_done" "prescription_ready" "fit_note_ready" "closed_no_reply"
}

/// The templates that staff choose a reply from.
const REPLIES: &[&str] = &["self_care_advice", "pharmacy_first", "admin_done", "prescription_ready", "fit_note_ready", "closed_no_reply"];

/// How much work a template may cost; ours use a few hundred.
const FUEL: u64 = 50_000;

/// Every message's words.
pub struct Templates {
    environment: Environment<'static>,
    fronts: Vec<(&'static str, Front)>,
}

impl Templates {
    /// The templates, read once; `None` when one does not read, which a test says.
    pub fn get() -> Option<&'static Templates> {
        static ALL: OnceLock<Option<Templates>> = OnceLock::new();
        ALL.get_or_init(|| Templates::read().ok()).as_ref()
    }

    /// Reads every template; an unreadable one is named.
    pub fn read() -> Result<Self, String> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        let mut fronts = Vec::new();
        for (name, text) in TEXTS {
            let (front, body) = split(text).ok_or_else(|| format!("{name}: no front matter"))?;
            let front: Front = toml::from_str(front).map_err(|e| format!("{name}: {e}"))?;
            environment.add_template_owned(format!("{name}.subject"), front.subject.clone()).map_err(|e| format!("{name}: {e}"))?;
            environment.add_template_owned(format!("{name}.body"), body.trim().to_owned()).map_err(|e| format!("{name}: {e}"))?;
            fronts.push((*name, front));
        }
        Ok(Self { environment, fronts })
    }

    /// The name and title of each template that staff choose a reply from.
    pub fn replies(&self) -> Vec<(&'static str, &str)> {
        self.fronts.iter().filter(|(n, _)| REPLIES.contains(n)).map(|(n, f)| (*n, f.title.as_str())).collect()
    }

    /// The templates that staff choose a reply from, with what stands above them.
    pub fn reply_fronts(&self) -> Vec<&(&'static str, Front)> {
        self.fronts.iter().filter(|(n, _)| REPLIES.contains(n)).collect()
    }

    /// Words that a practice wrote, filled in; an error says what in double brackets is not known.
    pub fn render_text(&self, text: &str, facts: &Facts) -> Result<String, String> {
        self.environment.render_str(text, named(facts)).map_err(|e| e.to_string())
    }

    /// Every template with what stands above it.
    pub fn fronts(&self) -> &[(&'static str, Front)] {
        &self.fronts
    }

    /// The subject and body of a template by its name.
    pub fn render(&self, name: &str, facts: &Facts) -> Result<(String, String), String> {
        let with = named(facts);
        let part = |suffix: &str| {
            let template = self.environment.get_template(&format!("{name}.{suffix}")).map_err(|e| format!("{name}: {e}"))?;
            template.render(&with).map_err(|e| format!("{name}: {e}"))
        };
        Ok((part("subject")?.replace('\n', " "), part("body")?))
    }
}

/// What templates may name.
fn named(facts: &Facts) -> minijinja::Value {
    context! {
        practice => &facts.practice,
        practice_phone => &facts.practice_phone,
        patient_first_name => &facts.patient_first_name,
        reference => &facts.reference,
        text => &facts.text,
        when => &facts.when,
        where => &facts.place,
        who => &facts.who,
        due => &facts.due,
        link => LINK_MARK,
    }
}

fn split(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("---\n")?.split_once("\n---\n")
}

impl Words for Templates {
    fn message(&self, purpose: Purpose, facts: &Facts) -> Result<(String, String), String> {
        let (subject, body) = self.render(purpose.code(), facts)?;
        Ok(if facts.whole { (subject, facts.text.clone()) } else { (subject, body) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        let some = |t: &str| t.to_owned();
        Facts {
            practice: some("Elm Tree Surgery"),
            practice_phone: some("0113 496 0000"),
            patient_first_name: some("Ada"),
            reference: some("7K3M-9QXH"),
            text: some("Drink plenty."),
            when: some("Monday 5 January 2026 at 9am"),
            place: some("Main surgery"),
            who: some("Dr Osei"),
            due: some("today at 6:30pm"),
            whole: false,
        }
    }

    #[test]
    fn a_message_with_a_gap_is_refused() {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        assert!(environment.render_str("Hello {{ nmae }}", context! { name => "Ada" }).is_err());
        let templates = Templates::read().unwrap();
        for (name, front) in templates.fronts() {
            let (subject, body) = templates.render(name, &facts()).unwrap();
            assert!(!subject.is_empty() && !body.is_empty() && !body.contains("{{"), "{name}");
            assert!(front.purpose.ends_with('.'), "{name} has a purpose in a sentence");
            assert!(!front.channels.is_empty(), "{name} has a channel");
            assert!(!front.owner.is_empty() && front.review.parse::<jiff::civil::Date>().is_ok(), "{name} has an owner and a review date");
        }
    }

    #[test]
    fn every_purpose_has_its_words() {
        let templates = Templates::read().unwrap();
        for purpose in Purpose::ALL {
            templates.message(*purpose, &facts()).unwrap();
        }
    }

    #[test]
    fn what_staff_write_is_never_read_as_a_template() {
        let templates = Templates::read().unwrap();
        let tricky = Facts { text: "{{ 7 * 7 }} {% if %}".into(), ..facts() };
        assert!(templates.message(Purpose::Reply, &tricky).unwrap().1.contains("{{ 7 * 7 }} {% if %}"));
    }
}
