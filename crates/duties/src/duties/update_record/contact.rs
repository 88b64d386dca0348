//! How a patient may be reached: what is never used, safe hours, and what staff must know before they ring.

use jiff::civil::Date;
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    contact::{ContactRules, Standing},
    message::Channel,
};
use portico_nhs::PatientId;
use portico_nhsuk::{Button, Checkboxes, Input, Select, WarningCallout};
use portico_store::seen_as;
use portico_web::{Error, Form, StaffVisit};

/// So many stretches of days on which somebody cannot come are kept.
const STRETCHES: usize = 3;
/// Channels that can be forbidden.
const CHANNELS: [Channel; 4] = [Channel::NhsApp, Channel::Sms, Channel::Email, Channel::Letter];

/// The warning that stands above everything when somebody is at risk, or what is agreed otherwise.
pub(crate) fn warning(rules: &ContactRules) -> Markup {
    let said = rules.sentences();
    html! {
        @if rules.at_risk {
            (WarningCallout::new("Safe contact: read this before you reach them", html! { p { "Somebody near them must not learn of it. " (said.join(" ")) } }).heading_level(2))
        } @else if !said.is_empty() { p class="nhsuk-body" { strong { "Reaching them: " } (said.join(" ")) } }
    }
}

pub(super) fn shown(visit: &StaffVisit, id: PatientId, rules: &ContactRules) -> Result<Markup, Error> {
    let seen = seen_as(rules)?;
    let never: Vec<&str> = rules.never.iter().map(|c| c.code()).collect();
    let boxes = CHANNELS.iter().fold(Checkboxes::new("never", "Never use"), |b, c| b.item(c.code(), c.label()));
    let without: Vec<&str> = rules.no_consent.iter().map(|c| c.code()).collect();
    let consent = CHANNELS.iter().fold(Checkboxes::new("no-consent", "Has not agreed to"), |b, c| b.item(c.code(), c.label()));
    let standing = Standing::ALL.iter().fold(Select::new("standing", "Standing"), |s, x| s.option(x.code(), x.label()));
    let hour = |h: Option<i8>| h.map(|h| h.to_string()).unwrap_or_default();
    let ticked = |name: &str, label: &str, value: bool| {
        Checkboxes::new(name.to_owned(), label.to_owned()).item("yes", "Yes").values(if value { &["yes"][..] } else { &[] })
    };
    Ok(html! {
        (warning(rules))
        @if allowed(visit.me.staff.role, Action::Converse) {
            details class="nhsuk-details app-noprint" {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "How they may be reached" } }
                div class="nhsuk-details__text" {
                    form method="post" action={ "/patients/" (id) "/contact" } {
                        (visit.tokens())
                        input type="hidden" name="_seen-contact" value=(seen);
                        (boxes.values(&never))
                        (consent.values(&without))
                        (Input::new("from", "Texts and e-mails only from this hour (0 to 23)").width_chars(3).inputmode("numeric").value(hour(rules.hours.map(|h| h.0))))
                        (Input::new("to", "until this hour (1 to 24)").width_chars(3).inputmode("numeric").value(hour(rules.hours.map(|h| h.1))))
                        (ticked("at-risk", "Somebody near them must not learn of it", rules.at_risk))
                        (Input::new("note", "What staff must know before they reach them").value(rules.note.as_str()))
                        (ticked("no-campaigns", "They do not want messages to many", rules.no_campaigns))
                        fieldset class="nhsuk-fieldset" {
                            legend class="nhsuk-fieldset__legend nhsuk-fieldset__legend--s" { "When they cannot come" }
                            @for n in 0..STRETCHES { @let known = rules.cannot_come.get(n); div class="app-actions" {
                                (Input::new(format!("away-from-{n}"), "First day").input_type("date").width_chars(10).value(known.map(|k| k.0.to_string()).unwrap_or_default()))
                                (Input::new(format!("away-to-{n}"), "Last day").input_type("date").width_chars(10).value(known.map(|k| k.1.to_string()).unwrap_or_default()))
                            } }
                        }
                        (standing.value(Some(rules.standing.code())))
                        (Button::new("Save how they may be reached").secondary())
                    }
                }
            }
        }
    })
}

/// What the form says, or what is wrong with it.
pub(super) fn read(form: &Form) -> Result<ContactRules, &'static str> {
    let (never, without) = (form.all("never"), form.all("no-consent"));
    let hours = match (form.get("from"), form.get("to")) {
        ("", "") => None,
        (from, to) => match (from.parse::<i8>(), to.parse::<i8>()) {
            (Ok(from), Ok(to)) if (0..24).contains(&from) && (1..=24).contains(&to) && from < to => Some((from, to)),
            _ => return Err("Enter two hours of the day, like 9 and 12; the first must be earlier."),
        },
    };
    let mut cannot_come = Vec::new();
    for n in 0..STRETCHES {
        let (from, to) = (form.get(&format!("away-from-{n}")), form.get(&format!("away-to-{n}")));
        let last = if to.is_empty() { from } else { to };
        match (from.parse::<Date>(), last.parse::<Date>()) {
            _ if from.is_empty() && to.is_empty() => {}
            (Ok(from), Ok(to)) if from <= to => cannot_come.push((from, to)),
            _ => return Err("Enter the first and the last day on which they cannot come; the first must be earlier."),
        }
    }
    Ok(ContactRules {
        cannot_come,
        never: CHANNELS.into_iter().filter(|c| never.contains(&c.code())).collect(),
        no_consent: CHANNELS.into_iter().filter(|c| without.contains(&c.code())).collect(),
        hours,
        at_risk: form.get("at-risk") == "yes",
        note: form.get("note").chars().take(500).collect(),
        no_campaigns: form.get("no-campaigns") == "yes",
        standing: form.read("standing").unwrap_or(Standing::Registered),
        app: None,
    })
}
