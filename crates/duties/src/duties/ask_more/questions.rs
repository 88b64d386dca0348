//! Questionnaires as patients see them: one page, plain forms, and the few questions more that an answer opens.

use axum::{extract::Path, http::StatusCode, response::IntoResponse};
use maud::{Markup, html};
use portico_domain::questionnaire::{Answers, Kind, Question, Questionnaire};
use portico_nhs::{WorkItemId, when_words};
use portico_nhsuk::{Button, ErrorSummary, Input, InsetText, Panel, Radios, Textarea};
use portico_store::{
    queries::{
        private_link,
        questionnaire::{self, Sent},
    },
    work,
};
use portico_web::{Access, Answer, Error, Form, PatientVisit, Routes, go, layout};
use uuid::Uuid;

pub(super) fn routes() -> Routes {
    Routes::new().get("/r/{link}/questions/{sent}", Access::Public, show).post("/r/{link}/questions/{sent}", Access::Public, send).get(
        "/r/{link}/questions/{sent}/done",
        Access::Public,
        done,
    )
}

/// The field of a question in the form.
fn field(id: &str) -> String {
    format!("q-{id}")
}

async fn sent_of(visit: &PatientVisit, link: &str, id: Uuid) -> Result<(WorkItemId, Sent), Error> {
    let organisation = visit.practice.organisation.id;
    let mut conn = visit.app.store.reader().await?;
    let item = private_link::item(&mut conn, organisation, link, visit.now).await?.ok_or(Error::NotFound)?;
    let sent = questionnaire::load_sent(&mut conn, organisation, item, id).await?.ok_or(Error::NotFound)?;
    Ok((item, sent))
}

/// What was typed, by the question's id.
fn typed<'f>(form: &'f Form) -> impl Fn(&str) -> &'f str {
    move |id| form.get(&field(id))
}

async fn show(visit: PatientVisit, Path((link, id)): Path<(String, Uuid)>) -> Answer {
    let (_, sent) = sent_of(&visit, &link, id).await?;
    if sent.answered.is_some() {
        return go(format!("/r/{link}/questions/{}/done", sent.id.simple()));
    }
    let form = work::form_of(&sent)?;
    Ok(page(&visit, &link, &sent, &form, &Answers::new(), &[]).into_response())
}

fn page(visit: &PatientVisit, link: &str, sent: &Sent, form: &Questionnaire, answers: &Answers, wrong: &[(String, String)]) -> Markup {
    let phone = &visit.practice.organisation.phone;
    let main = html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            @if !wrong.is_empty() { (wrong.iter().fold(ErrorSummary::new(), |s, (id, why)| s.error(format!("#{}", field(id)), why.as_str()))) }
            h1 class="nhsuk-heading-l" { (form.title) span class="nhsuk-caption-m" { "Please send it by " (when_words(sent.due_at, visit.now)) } }
            @if !form.description.is_empty() { (InsetText::new(html! { p { (form.description) } })) }
            form method="post" action={ "/r/" (link) "/questions/" (sent.id.simple()) } novalidate {
                (visit.key())
                (asked(&form.questions, answers, &visit.form, wrong))
                (Button::new("Send answers").prevent_double_click())
            }
            @if !form.copyright.is_empty() { p class="nhsuk-body-s" { (form.copyright) } }
            p class="nhsuk-body" { "If you feel in danger, or it has become an emergency, do not fill this in: call 999. If you would rather answer by telephone, ring us on " (phone) "." }
        } }
    };
    // Not what it is about: titles stand in the browser's history.
    let title = if wrong.is_empty() { "Questionnaire" } else { "Error: Questionnaire" };
    layout::patient(visit, title, Some(&format!("/r/{link}")), main)
}

/// The questions as they are asked, for patients and for the preview.
pub(super) fn asked(questions: &[Question], answers: &Answers, form: &Form, wrong: &[(String, String)]) -> Markup {
    html! { @for q in questions.iter().filter(|q| q.is_asked(answers)) { (question(q, answers, form, wrong)) } }
}

fn question(q: &Question, answers: &Answers, form: &Form, wrong: &[(String, String)]) -> Markup {
    let name = field(&q.id);
    let value = form.raw(&name).to_owned();
    let why = wrong.iter().find(|(id, _)| *id == q.id).map(|(_, why)| why.as_str());
    let text =
        if q.required || matches!(q.kind, Kind::Group(_) | Kind::Display) { q.text.clone() } else { format!("{} (optional)", q.text) };
    match &q.kind {
        Kind::Display => html! { p class="nhsuk-body" { (text) } },
        Kind::Group(inner) => html! {
            fieldset class="nhsuk-fieldset app-group" {
                legend class="nhsuk-fieldset__legend nhsuk-fieldset__legend--m" { (text) }
                (asked(inner, answers, form, wrong))
            }
        },
        Kind::YesNo { .. } => {
            html! { (Radios::new(name, text).item("yes", "Yes").item("no", "No").inline().value(Some(&value)).error(why)) }
        }
        Kind::Choice(choices) => {
            let radios = choices.iter().fold(Radios::new(name, text), |r, c| r.item(c.code.as_str(), c.text.as_str()));
            html! { (radios.value(Some(&value)).error(why)) }
        }
        Kind::Number(n) => {
            let input =
                Input::new(name, text).inputmode(if n.whole { "numeric" } else { "decimal" }).width_chars(5).value(value).error(why);
            if n.unit.is_empty() {
                html! { (input) }
            } else {
                html! { (input.suffix(n.unit.as_str())) }
            }
        }
        Kind::Day => html! { (Input::new(name, text).input_type("date").width_chars(10).value(value).error(why)) },
        Kind::Text { long: true } => html! { (Textarea::new(name, text).rows(4).value(value).error(why)) },
        Kind::Text { long: false } => html! { (Input::new(name, text).value(value).error(why)) },
    }
}

async fn send(visit: PatientVisit, Path((link, id)): Path<(String, Uuid)>) -> Answer {
    visit.limit()?;
    let (item, sent) = sent_of(&visit, &link, id).await?;
    let form = work::form_of(&sent)?;
    let (answers, wrong) = form.read(typed(&visit.form));
    if !wrong.is_empty() {
        let page = page(&visit, &link, &sent, &form, &answers, &wrong);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let (practice, id) = (visit.practice.clone(), sent.id);
    visit.write(work!(tx, [practice, form, answers] => work::answer_form(tx, &practice, item, id, (&form, &answers)).await)).await?;
    go(format!("/r/{link}/questions/{}/done", id.simple()))
}

async fn done(visit: PatientVisit, Path((link, id)): Path<(String, Uuid)>) -> Answer {
    let (_, sent) = sent_of(&visit, &link, id).await?;
    let Some((_, _, outcome)) = &sent.answered else { return go(format!("/r/{link}/questions/{}", sent.id.simple())) };
    let phone = &visit.practice.organisation.phone;
    let main = html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            (Panel::new("Answers sent", sent.title.as_str()))
            @if !outcome.red.is_empty() {
                (portico_nhsuk::Card::care_emergency("Some of your answers worry us", html! {
                    p { "Our duty team reads them now and rings you. If you are in danger, or feel worse, call 999." }
                    p { "If you have thoughts of harming yourself, you can also ring the Samaritans on 116 123 or NHS 111, option 2, at any hour." }
                }))
            }
            p class="nhsuk-body" { "We read your answers and tell you what happens next. If you have made a mistake, write on " a href={ "/r/" (link) } { "your private page" } ", or ring us on " (phone) "." }
        } }
    };
    Ok(layout::patient(&visit, "Answers sent", Some(&format!("/r/{link}")), main).into_response())
}

/// The questionnaires that wait for the patient, on their private page.
pub(crate) fn waiting_for_patient(link: &str, sent: &[Sent]) -> Markup {
    html! { @for s in sent.iter().filter(|s| s.answered.is_none()) { (Button::new(format!("Fill in: {}", s.title)).link(format!("/r/{link}/questions/{}", s.id.simple()))) } }
}
