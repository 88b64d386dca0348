//! What each page of the patient's form looks like.

use maud::{Markup, html};
use portico_domain::request::{AnswerBy, Answers, FieldError, ForWhom, Kind, Page, YesNoUnsure, answers_of, pages};
use portico_nhsuk::{Button, Card, CharacterCount, Checkboxes, DateInput, ErrorSummary, Input, Radios, SummaryList, Textarea};

use super::emergency::card;

fn error_of<'a>(errors: &'a [FieldError], field: &str) -> Option<&'a str> {
    errors.iter().find(|e| e.field == field).map(|e| e.message.as_str())
}

/// The id of the first control of a field, for the error summary's link.
fn anchor(field: &str) -> String {
    match field {
        "birth-date" => "#birth-date-day".into(),
        other => format!("#{other}"),
    }
}

/// The problems of a page, each with a link to its field.
pub fn summary(errors: &[FieldError]) -> Markup {
    let mut summary = ErrorSummary::new();
    for e in errors {
        summary = summary.error(anchor(e.field), e.message.as_str());
    }
    html! { @if !errors.is_empty() { (summary) } }
}

/// The fields that a page sends: single values and lists of ticked boxes.
pub fn fields(page: Page) -> &'static [(&'static str, bool)] {
    match page {
        Page::Emergency => &[("emergency", true)],
        Page::Who => &[("who", false)],
        Page::Asker => &[("asker-name", false), ("relationship", false)],
        Page::Name => &[("given", false), ("family", false)],
        Page::BirthDate => &[("birth-date-day", false), ("birth-date-month", false), ("birth-date-year", false)],
        Page::Find => &[("postcode", false), ("nhs-number", false), ("no-postcode", true)],
        Page::Phone => &[("phone", false), ("email", false)],
        Page::Kind => &[("kind", false)],
        Page::Words => &[("words", false)],
        Page::Duration => &[("duration", false), ("tried", false)],
        Page::Worse => &[("worse", false)],
        Page::Wish => &[("wish", false)],
        Page::Answer => &[("answer-by", false), ("best-time", false), ("no-message", true)],
        Page::Needs => &[("needs", true), ("language", false)],
        Page::Check => &[],
    }
}

fn radios(field: &'static str, title: &str, choices: &[(&str, &str)], a: &Answers, errors: &[FieldError]) -> Radios {
    let mut radios = Radios::new(field, title).error(error_of(errors, field));
    for (code, label) in choices {
        radios = radios.item(*code, *label);
    }
    let value = a.get(field).to_owned();
    radios.value(Some(value.as_str()).filter(|v| !v.is_empty()))
}

fn heading(title: &str) -> Markup {
    html! { h1 class="nhsuk-heading-l" { (title) } }
}

/// The whole of one page inside its form.
pub fn body(page: Page, a: &Answers, errors: &[FieldError]) -> Markup {
    let err = |field| error_of(errors, field);
    let child = a.get("who") == "child";
    let other = a.get("who") != "self" && !a.get("who").is_empty();
    match page {
        Page::Emergency => emergency(a, errors),
        Page::Who => {
            html! { (radios("who", page.label(), &ForWhom::ALL.iter().map(|w| (w.code(), w.label())).collect::<Vec<_>>(), a, errors).page_heading()) }
        }
        Page::Asker => html! {
            (heading("About you"))
            p class="nhsuk-body" { "We ask about the person who needs help on the next pages." }
            (Input::new("asker-name", "Your name").value(a.get("asker-name")).autocomplete("name").error(err("asker-name")))
            (Input::new("relationship", if child { "What are you to the child?" } else { "What are you to the person?" }).hint("For example mother, son or carer").value(a.get("relationship")).error(err("relationship")))
        },
        Page::Name => html! {
            (heading(if other { "What is their name?" } else { "What is your name?" }))
            (Input::new("given", "First name").value(a.get("given")).autocomplete(if other { "off" } else { "given-name" }).spellcheck(false).error(err("given")))
            (Input::new("family", "Last name").value(a.get("family")).autocomplete(if other { "off" } else { "family-name" }).spellcheck(false).error(err("family")))
        },
        Page::BirthDate => {
            let input = DateInput::new("birth-date", if other { "What is their date of birth?" } else { "What is your date of birth?" })
                .hint("For example, 15 3 1984")
                .value(a.get("birth-date-day"), a.get("birth-date-month"), a.get("birth-date-year"))
                .page_heading()
                .error(err("birth-date"));
            html! { (if other { input } else { input.birth_date() }) }
        }
        Page::Find => html! {
            (heading(if other { "Their postcode or NHS number" } else { "Your postcode or NHS number" }))
            p class="nhsuk-body" { "One of them is enough. It helps us to find the right record." }
            (Input::new("postcode", "Postcode").value(a.get("postcode")).width_chars(10).autocomplete(if other { "off" } else { "postal-code" }).spellcheck(false).error(err("postcode")))
            (Input::new("nhs-number", "NHS number (10 digits)").value(a.get("nhs-number")).width_chars(20).inputmode("numeric").spellcheck(false).error(err("nhs-number")))
            (Checkboxes::new("no-postcode", "If you have neither").item("yes", "I have no postcode and do not know the NHS number").values(&a.choices("no-postcode")))
        },
        Page::Phone => html! {
            (heading("How can we reach you?"))
            (Input::new("phone", "Telephone number").hint("We may ring or text this number").value(a.get("phone")).width_chars(20).input_type("tel").autocomplete("tel").error(err("phone")))
            (Input::new("email", "E-mail address (optional)").value(a.get("email")).input_type("email").autocomplete("email").spellcheck(false).error(err("email")))
        },
        Page::Kind => {
            html! { (radios("kind", page.label(), &Kind::ASKED.iter().map(|k| (k.code(), k.label())).collect::<Vec<_>>(), a, errors).page_heading()) }
        }
        Page::Words => words(a, errors),
        Page::Duration => html! {
            (heading("How long, and what have you tried?"))
            (Input::new("duration", "How long has it been going on?").hint("For example, since Tuesday, or about 3 weeks").value(a.get("duration")).error(err("duration")))
            (Textarea::new("tried", "What have you tried so far? (optional)").hint("For example medicines from a pharmacy, rest, or advice from somebody").value(a.get("tried")).rows(4).error(err("tried")))
        },
        Page::Worse => {
            html! { (radios("worse", page.label(), &YesNoUnsure::ALL.iter().map(|w| (w.code(), w.label())).collect::<Vec<_>>(), a, errors).page_heading()) }
        }
        Page::Wish => html! {
            (Textarea::new("wish", "What would you like to happen? (optional)").page_heading().hint("For example a call, an appointment with somebody you know, or a repeat of your tablets").value(a.get("wish")).rows(4).error(err("wish")))
        },
        Page::Answer => html! {
            (heading("How and when should we answer?"))
            (radios("answer-by", "How would you like us to answer?", &AnswerBy::ALL.iter().map(|w| (w.code(), w.label())).collect::<Vec<_>>(), a, errors).legend_size("m"))
            (Input::new("best-time", "When is best? (optional)").hint("For example after 3pm, or not on Thursday").value(a.get("best-time")).error(err("best-time")))
            (Checkboxes::new("no-message", "If you do not answer").item("yes", "Do not leave a message").values(&a.choices("no-message")))
        },
        Page::Needs => needs(a, errors),
        Page::Check => check(a),
    }
}

fn emergency(a: &Answers, errors: &[FieldError]) -> Markup {
    let mut boxes = Checkboxes::new("emergency", "Is any of these happening now?")
        .legend_size("m")
        .hint("Tick all that apply")
        .error(error_of(errors, "emergency"));
    for sign in &card().sign {
        boxes = boxes.item(sign.id.as_str(), sign.words.as_str());
    }
    boxes = boxes.divider("or").item_none("none", "None of these");
    html! {
        (heading("Is this an emergency?"))
        (Card::care_emergency("Call 999 now if life may be in danger", html! { p { (card().intro) } }))
        (boxes.values(&a.choices("emergency")))
    }
}

fn words(a: &Answers, errors: &[FieldError]) -> Markup {
    let hint = match a.get("kind").parse() {
        Ok(Kind::Medicine) => "Which medicine, how much you take, and when you run out",
        Ok(Kind::FitNote) => "Why you need it, from which date and until when",
        Ok(Kind::TestResult) => "Which test, and when and where you had it",
        Ok(Kind::LetterOrForm) => "Which letter or form, who it is for and by when",
        _ => "What is happening, where it hurts, when it began, and anything that worries you",
    };
    html! {
        (CharacterCount::new("words", "Tell us about it in your own words", portico_domain::request::TEXT_MAX).threshold(90).page_heading().hint(hint).value(a.get("words")).rows(8).error(error_of(errors, "words")))
    }
}

fn needs(a: &Answers, errors: &[FieldError]) -> Markup {
    let language = Input::new("language", "Which language?").value(a.get("language")).error(error_of(errors, "language"));
    html! {
        (Checkboxes::new("needs", Page::Needs.label()).page_heading().hint("Tick all that apply, or just continue")
            .item_conditional("interpreter", "An interpreter", html! { (language) })
            .item("large-print", "Large print")
            .item("bsl", "British Sign Language")
            .values(&a.choices("needs")))
    }
}

/// What was answered on a page, in the words that the person saw.
fn shown(page: Page, a: &Answers) -> Vec<(&'static str, String)> {
    fn label<T: std::str::FromStr + std::fmt::Display>(code: &str) -> String {
        code.parse::<T>().map_or_else(|_| String::new(), |v| v.to_string())
    }
    let line = |field: &str| a.get(field).to_owned();
    match page {
        Page::Emergency => {
            let signs = card().signs(&a.choices("emergency-ever"));
            let said = if signs.is_empty() {
                "None of these".to_owned()
            } else {
                signs.iter().map(|s| s.words.clone()).collect::<Vec<_>>().join("; ")
            };
            vec![("Emergency signs", said)]
        }
        Page::Who => vec![("Who needs help", label::<ForWhom>(a.get("who")))],
        Page::Asker => vec![("Your name", line("asker-name")), ("What you are to them", line("relationship"))],
        Page::Name => vec![("Name", format!("{} {}", a.get("given"), a.get("family")))],
        Page::BirthDate => {
            let typed = format!("{} {} {}", a.get("birth-date-day"), a.get("birth-date-month"), a.get("birth-date-year"));
            let read = answers_of(a, jiff::civil::Date::MAX).person.birth_date.map(portico_nhs::uk_date_long);
            vec![("Date of birth", read.and_then(|d| d.split_once(' ').map(|(_, day)| day.to_owned())).unwrap_or(typed))]
        }
        Page::Find => {
            let tidy = |field: &str, read: Option<String>| read.unwrap_or_else(|| line(field));
            let postcode = a.get("postcode").parse::<portico_nhs::Postcode>().ok().map(|p| p.to_string());
            let number = a.get("nhs-number").parse::<portico_nhs::NhsNumber>().ok().map(|n| n.to_string());
            vec![("Postcode", tidy("postcode", postcode)), ("NHS number", tidy("nhs-number", number))]
        }
        Page::Phone => vec![("Telephone", line("phone")), ("E-mail", line("email"))],
        Page::Kind => vec![("What for", label::<Kind>(a.get("kind")))],
        Page::Words => vec![("In your words", line("words"))],
        Page::Duration => vec![("How long", line("duration")), ("Tried", line("tried"))],
        Page::Worse => vec![("Getting worse", label::<YesNoUnsure>(a.get("worse")))],
        Page::Wish => vec![("What you would like", line("wish"))],
        Page::Answer => {
            let message = if a.has("no-message", "yes") { "Do not leave a message" } else { "A message may be left" };
            vec![("Answer by", label::<AnswerBy>(a.get("answer-by"))), ("Best time", line("best-time")), ("Messages", message.to_owned())]
        }
        Page::Needs => {
            let mut needs = Vec::new();
            if a.has("needs", "interpreter") {
                needs.push(format!("Interpreter: {}", a.get("language")));
            }
            if a.has("needs", "large-print") {
                needs.push("Large print".into());
            }
            if a.has("needs", "bsl") {
                needs.push("British Sign Language".into());
            }
            vec![("Needs", needs.join(", "))]
        }
        Page::Check => Vec::new(),
    }
}

fn check(a: &Answers) -> Markup {
    let mut list = SummaryList::new();
    for page in pages(a) {
        for (key, value) in shown(page, a) {
            let value = if value.is_empty() {
                html! { "Not given" }
            } else {
                html! { span class="app-break" { (value) } }
            };
            list = list.row_action(key, value, format!("/ask/{}", page.code()), "Change", key.to_lowercase());
        }
    }
    for s in a.safety() {
        list = list.row_action(
            s.question.clone(),
            s.answer.label(),
            format!("/ask/safety?concept={}", s.concept),
            "Change",
            s.question.to_lowercase(),
        );
    }
    html! { (heading(Page::Check.label())) (list) }
}

/// The button that ends a page.
pub fn button(page: Page) -> Markup {
    html! { @if page == Page::Check { (Button::new("Send request").prevent_double_click()) } @else { (Button::new("Continue")) } }
}
