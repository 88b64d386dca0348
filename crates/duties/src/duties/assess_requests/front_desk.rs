//! The front desk's screen: a phone or front-desk request into the same queue, in under a minute.

use axum::{extract::Query, http::StatusCode, response::IntoResponse};
use maud::{Markup, html};
use portico_domain::advice::Mode;
use portico_domain::event::Verb;
use portico_domain::request::{AnswerBy, Answers, Contact, Door, ForWhom, Kind, Person, Request};
use portico_nhs::{NhsNumber, PatientId, PhoneNumber, Postcode};
use portico_nhsuk::{
    Button, Checkboxes, DateInput, ErrorSummary, Input, InsetText, NotificationBanner, Radios, SearchInput, Select, Textarea,
    WarningCallout,
};
use portico_store::{
    NewEvent,
    queries::{
        advice,
        patient::{self, Patient},
        search, work_item,
    },
    work,
};
use portico_web::{Answer, Error, Form, StaffVisit, StaffVisitPost, go, layout};
use serde::Deserialize;

use super::emergency::card;
use crate::item_words::born;

#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    found: String,
    patient: Option<PatientId>,
    done: Option<portico_nhs::Reference>,
}

/// People shown for one search; what goes past it needs more of the search, not more of the page.
const SHOWN: usize = 20;

pub async fn search_patients(post: StaffVisitPost) -> Answer {
    post.search("q", "/front-desk", &[]).await
}

pub async fn show(visit: StaffVisit, Query(mut asked): Query<Asked>) -> Answer {
    if !asked.found.is_empty() {
        asked.q = visit.searched(&asked.found).await?;
    }
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let chosen = match asked.patient {
        Some(id) => patient::load(&mut conn, organisation, id).await?,
        None => None,
    };
    let mut found = Vec::new();
    let mut more = 0;
    if !asked.q.trim().is_empty() {
        let ids = search::patients(&mut conn, organisation, &asked.q).await?;
        more = ids.len().saturating_sub(SHOWN);
        for id in ids.into_iter().take(SHOWN) {
            found.extend(patient::load(&mut conn, organisation, id).await?);
        }
    }
    drop(conn);
    if let Some(p) = &chosen {
        visit.log_reading("Chosen at the front desk", None, Some(p.id)).await?;
    }
    if !asked.q.trim().is_empty() {
        let event = NewEvent::plain(visit.me.actor(), Verb::Searched, format!("Searched for a patient, {} found", found.len()));
        visit.app.store.write(organisation, None, work!(tx, [event] => Ok(tx.record(organisation, event).await?))).await?;
    }
    let done = match &asked.done {
        Some(reference) => taken_in(&visit, reference).await?,
        None => html! {},
    };
    let main = html! {
        (done)
        h1 class="nhsuk-heading-l" { "New request by phone or at the front desk" }
        form method="post" action="/front-desk/search" class="app-search" data-search {
            (visit.tokens())
            (SearchInput::new("q", "Find the patient by name, date of birth, NHS number, postcode or phone").value(asked.q.as_str()))
        }
        @if !asked.q.trim().is_empty() {
            @if found.is_empty() { p class="nhsuk-body" { "Nobody found. Enter the request for an unknown patient below." } }
            ul class="app-list" {
                @for p in &found {
                    li class="app-item app-item--row" {
                        p { a class="app-item__name" href={ "/front-desk?patient=" (p.id) } data-row { (p.person.name()) } }
                        p { (born(p.person.birth_date, visit.now)) }
                        p class="app-item__meta" { @if let Some(postcode) = &p.person.postcode { (postcode) } }
                    }
                }
            }
        }
        @if more > 0 { p class="nhsuk-body" { (more) " more match. Add the date of birth or postcode to the search." } }
        (entry(&visit, chosen.as_ref(), &Form::default(), &[]))
    };
    Ok(layout::staff(&visit, "New request", "/front-desk", main).into_response())
}

/// What was taken in, and what is to be done before the caller goes: an emergency is said now, and what could make it one is asked.
async fn taken_in(visit: &StaffVisit, reference: &portico_nhs::Reference) -> Result<Markup, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let item = work_item::by_reference(&mut conn, organisation, reference).await?;
    let advises = visit.practice.advice_mode(visit.now).0 == Mode::Advice;
    let kept = match &item {
        Some(item) if advises => advice::of_item(&mut conn, organisation, item.id).await?.filter(|k| k.mode == Mode::Advice),
        _ => None,
    };
    drop(conn);
    let red = item.as_ref().is_some_and(|i| i.is_red());
    let to_ask = kept.map_or(0, |k| k.advice.questions.len());
    let banner = NotificationBanner::new(html! {
        p class="nhsuk-notification-banner__heading" { "Request " (reference) " is on the desk. Give the caller this reference." }
        @if let Some(item) = item.as_ref().filter(|_| !red && to_ask > 0) {
            p { "Before they go: " a href={ "/items/" (item.id) "#advice" } { @if to_ask == 1 { "one question" } @else { (to_ask) " questions" } " whose answer could make it more urgent" } }
        }
    });
    Ok(html! {
        (banner.success())
        @if let Some(item) = item.as_ref().filter(|_| red) {
            (WarningCallout::new("What they said may be an emergency", html! { p { "Keep the caller on the line and get the duty clinician now. If nobody can come at once, tell them to ring 999." } p { a href={ "/items/" (item.id) } { "Open the request" } } }))
        }
    })
}

/// What was typed, or what is known of the patient.
fn value(form: &Form, field: &str, known: Option<String>) -> String {
    let typed = form.raw(field);
    if typed.is_empty() { known.unwrap_or_default() } else { typed.to_owned() }
}

fn error_of<'a>(errors: &'a [(&'static str, String)], field: &str) -> Option<&'a str> {
    errors.iter().find(|(f, _)| *f == field).map(|(_, m)| m.as_str())
}

fn entry(visit: &StaffVisit, known: Option<&Patient>, form: &Form, errors: &[(&'static str, String)]) -> Markup {
    let person = known.map(|k| &k.person);
    let mut summary = ErrorSummary::new();
    for (field, message) in errors {
        let at = if *field == "birth-date" { "birth-date-day" } else { field };
        summary = summary.error(format!("#{at}"), message.as_str());
    }
    let born = person.and_then(|p| p.birth_date);
    let kinds = Kind::ASKED.iter().fold(Select::new("kind", "What for").option("", "Choose"), |s, k| s.option(k.code(), k.label()));
    let mut signs = Checkboxes::new("sign", "Is any of these happening now? Ask first.").small();
    for sign in &card().sign {
        signs = signs.item(sign.id.as_str(), sign.words.as_str());
    }
    let ticked: Vec<String> = form.all("sign").into_iter().map(str::to_owned).collect();
    html! {
        @if !errors.is_empty() { (summary) }
        form method="post" action="/front-desk" novalidate {
            (visit.tokens())
            @if let Some(known) = known {
                input type="hidden" name="patient-id" value=(known.id);
                (InsetText::new(html! { p { "For " strong { (known.person.name()) } ", " (crate::item_words::born(born, visit.now)) ". " a href="/front-desk" { "Somebody else" } } }))
            }
            details class="nhsuk-details nhsuk-expander" open[!ticked.is_empty()] {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Ask first: emergency signs" } }
                div class="nhsuk-details__text" { (signs.values(&ticked)) p class="nhsuk-body" { "If one is ticked, tell the caller to ring 999. The request goes to the duty desk at once." } }
            }
            div class="app-columns app-columns--even" {
                div {
                    (Radios::new("door", "How did they ask?").item("phone", "Phone").item("front_desk", "Front desk").item("letter", "Letter").item("email", "E-mail").inline().small().value(Some(if form.get("door").is_empty() { "phone" } else { form.get("door") })))
                    @if known.is_none() {
                        (Input::new("given", "First name").value(form.raw("given")).error(error_of(errors, "given")))
                        (Input::new("family", "Last name").value(form.raw("family")).error(error_of(errors, "family")))
                        (DateInput::new("birth-date", "Date of birth").value(form.raw("birth-date-day"), form.raw("birth-date-month"), form.raw("birth-date-year")).error(error_of(errors, "birth-date")))
                        (Input::new("postcode", "Postcode").width_chars(10).value(form.raw("postcode")).error(error_of(errors, "postcode")))
                        (Input::new("nhs-number", "NHS number").width_chars(20).inputmode("numeric").value(form.raw("nhs-number")).error(error_of(errors, "nhs-number")))
                    }
                    (Input::new("phone", "Telephone").width_chars(20).input_type("tel").value(value(form, "phone", person.and_then(|p| p.phone.as_ref().map(ToString::to_string)))).error(error_of(errors, "phone")))
                    (Input::new("email", "E-mail (optional)").input_type("email").value(value(form, "email", person.and_then(|p| p.email.clone()))).error(error_of(errors, "email")))
                }
                div {
                    (kinds.value(Some(form.get("kind"))).error(error_of(errors, "kind")))
                    (Textarea::new("words", "In their words").rows(5).value(form.raw("words")).error(error_of(errors, "words")))
                    (Input::new("duration", "How long").value(form.raw("duration")))
                    (Radios::new("worse", "Getting worse?").item("yes", "Yes").item("no", "No").item("not_sure", "Not sure").inline().small().value(Some(form.get("worse")).filter(|v| !v.is_empty())))
                    (Input::new("best-time", "Best time to answer").value(form.raw("best-time")))
                    (Checkboxes::new("needs", "Needs").small().item("no-message", "Do not leave a message").item("interpreter", "Interpreter").item("large-print", "Large print").item("bsl", "British Sign Language").values(&form.all("needs")))
                    (Input::new("language", "Language, if an interpreter is needed").value(form.raw("language")).error(error_of(errors, "language")))
                }
            }
            (Button::new("Put on the desk").prevent_double_click().attribute("data-key", "s"))
        }
    }
}

/// Reads the screen; what is wrong is said beside its box and nothing typed is lost.
fn read(form: &Form, known: Option<&Patient>, today: jiff::civil::Date) -> Result<(Kind, Request), Vec<(&'static str, String)>> {
    let mut errors = Vec::new();
    let mut answers = Answers::default();
    for field in [
        "given",
        "family",
        "birth-date-day",
        "birth-date-month",
        "birth-date-year",
        "postcode",
        "nhs-number",
        "phone",
        "email",
        "kind",
        "words",
        "duration",
        "worse",
        "best-time",
        "language",
    ] {
        answers.set(field, form.raw(field));
    }
    answers.set("who", "self");
    answers.set("no-postcode", "yes");
    use portico_domain::request::{Page, answers_of, check_page};
    let mut pages = vec![Page::Kind, Page::Words];
    if known.is_none() {
        pages.extend([Page::Name, Page::BirthDate, Page::Find]);
    }
    if !form.get("phone").is_empty() || !form.get("email").is_empty() {
        pages.push(Page::Phone);
    }
    for page in pages {
        errors.extend(check_page(page, &answers, today).into_iter().map(|e| (e.field, e.message)));
    }
    let needs = form.all("needs");
    if needs.contains(&"interpreter") && form.get("language").is_empty() {
        errors.push(("language", "Enter the language for the interpreter.".into()));
    }
    let kind = form.read::<Kind>("kind");
    let (Some(kind), true) = (kind, errors.is_empty()) else { return Err(errors) };
    let read = answers_of(&answers, today);
    let person = match known {
        Some(known) => Person {
            phone: form.read::<PhoneNumber>("phone").or_else(|| known.person.phone.clone()),
            email: read.person.email.clone().or_else(|| known.person.email.clone()),
            ..known.person.clone()
        },
        None => {
            Person { postcode: form.read::<Postcode>("postcode"), nhs_number: form.read::<NhsNumber>("nhs-number"), ..read.person.clone() }
        }
    };
    let contact = Contact {
        answer_by: AnswerBy::Phone,
        best_time: form.get("best-time").to_owned(),
        leave_message: !needs.contains(&"no-message"),
        interpreter: needs.contains(&"interpreter").then(|| form.get("language").to_owned()),
        large_print: needs.contains(&"large-print"),
        bsl: needs.contains(&"bsl"),
    };
    let emergency_signs = card().sign.iter().map(|s| s.id.clone()).filter(|id| form.all("sign").contains(&id.as_str())).collect();
    Ok((kind, Request { for_whom: ForWhom::Myself, person, contact, emergency_signs, worse: form.read("worse"), ..read }))
}

pub async fn take(post: StaffVisitPost) -> Answer {
    let StaffVisitPost { visit, form, .. } = &post;
    let organisation = visit.organisation();
    let known = match form.read::<PatientId>("patient-id") {
        Some(id) => Some(patient::load(&mut visit.app.store.reader().await?, organisation, id).await?.ok_or(Error::NotFound)?),
        None => None,
    };
    let read = read(form, known.as_ref(), portico_nhs::uk_date(visit.now));
    let (kind, request) = match read {
        Ok(read) => read,
        Err(errors) => {
            let main = html! { h1 class="nhsuk-heading-l" { "New request by phone or at the front desk" } (entry(visit, known.as_ref(), form, &errors)) };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, layout::staff(visit, "Error: New request", "/front-desk", main)).into_response());
        }
    };
    let intake = work::Intake {
        red: !request.emergency_signs.is_empty(),
        patient: known.map(|k| k.id),
        confirm: true,
        ..work::Intake::new(kind, form.read::<Door>("door").unwrap_or(Door::Phone), request, visit.me.actor())
    };
    let practice = visit.practice.clone();
    let received = post.write(work!(tx, [practice, intake] => work::receive(tx, &practice, &intake).await)).await?;
    go(format!("/front-desk?done={}", received.reference))
}
