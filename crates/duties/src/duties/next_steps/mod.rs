//! E1: clear answers. The patient's private page: what happens next, by when, where; add, answer, cancel.

use axum::{extract::Path, http::StatusCode, response::IntoResponse};
use maud::{Markup, html};
use portico_domain::{
    message::{Direction, Facts},
    staff::Actor,
    work_item::{Command, NextAction, State, WaitingFor, WorkItem},
};
use portico_nhs::when_words;
use portico_nhsuk::{Button, Card, ErrorSummary, InsetText, NotificationBanner, SummaryList, Textarea};
use portico_store::{
    queries::{attachment, booking, message, offer, private_link, questionnaire, work_item},
    work,
};
use portico_web::{Access, Answer, Error, PatientVisit, Routes, go, layout};

use crate::duties::ask_more;

/// The private page of a request.
pub fn routes() -> Routes {
    Routes::new()
        .get("/r/{link}", Access::Public, show)
        .post("/r/{link}/write", Access::Public, write)
        .get("/r/{link}/cancel", Access::Public, confirm_cancel)
        .post("/r/{link}/cancel", Access::Public, cancel)
}

async fn item_of(visit: &PatientVisit, link: &str) -> Result<WorkItem, Error> {
    let organisation = visit.practice.organisation.id;
    let mut conn = visit.app.store.reader().await?;
    let id = private_link::item(&mut conn, organisation, link, visit.now).await?.ok_or(Error::NotFound)?;
    work_item::load(&mut conn, organisation, id).await?.ok_or(Error::NotFound)
}

/// What happens next, as the patient reads it.
fn next_words(visit: &PatientVisit, item: &WorkItem) -> Markup {
    let (next, waiting) = match &item.position.state {
        State::Closed { at, outcome } => {
            return html! { p class="nhsuk-body" { "This request was closed " (when_words(*at, visit.now)) ": " strong { (outcome.label()) } ". If you still need help, write below." } };
        }
        State::Open { next, waiting } => (next, waiting),
    };
    match waiting {
        WaitingFor::Patient { .. } if next.action == NextAction::AwaitChoice => {
            html! { p class="nhsuk-body" { strong { "Please choose an appointment" } " by " (when_words(next.due, visit.now)) "." } }
        }
        WaitingFor::Patient { .. } => {
            html! { p class="nhsuk-body" { strong { "We asked you something and wait for your answer" } ", please by " (when_words(next.due, visit.now)) "." } }
        }
        WaitingFor::Appointment { starts, .. } => {
            html! { p class="nhsuk-body" { "You have an appointment " strong { (when_words(*starts, visit.now)) } "." } }
        }
        WaitingFor::Practice => {
            let by = if item.promised_by > visit.now {
                format!("by {}", when_words(item.promised_by, visit.now))
            } else {
                "as soon as we can: it has taken longer than we promised, so ring us if you cannot wait".into()
            };
            html! { p class="nhsuk-body" { (next_for_patient(next.action)) " We tell you what happens next " strong { (by) } "." } }
        }
    }
}

fn next_for_patient(action: NextAction) -> &'static str {
    match action {
        NextAction::CallNow | NextAction::ConfirmLower => "Our duty team has your request.",
        NextAction::Triage | NextAction::SetPathway | NextAction::Complete => "A person reads your request.",
        NextAction::Book => "We find you an appointment.",
        NextAction::Answer | NextAction::SignOff => "We are dealing with your request.",
        NextAction::ReadAnswer | NextAction::AwaitPatient | NextAction::Chase => "We have what you wrote and read it.",
        NextAction::CallBack => "We ring you.",
        NextAction::AwaitChoice => "Please choose an appointment.",
        NextAction::Missed => "You missed your appointment. We contact you about another one.",
        NextAction::See => "We see you at your appointment and then write down what was agreed.",
        NextAction::Resend | NextAction::Repair => "We are trying to reach you.",
    }
}

async fn show(visit: PatientVisit, Path(link): Path<String>) -> Answer {
    Ok(page(&visit, &link, None).await?.into_response())
}

/// The page, with why the text in the box was not taken.
async fn page(visit: &PatientVisit, link: &str, why_not: Option<&str>) -> Result<Markup, Error> {
    let item = item_of(visit, link).await?;
    let organisation = visit.practice.organisation.id;
    let mut conn = visit.app.store.reader().await?;
    let thread = message::of_item(&mut conn, organisation, item.id).await?;
    let questionnaires = questionnaire::of_item(&mut conn, organisation, item.id).await?;
    let offered = offer::open_of(&mut conn, organisation, item.id, visit.now).await?;
    let files = attachment::of_item(&mut conn, organisation, item.id).await?;
    let appointment = match work::standing(&mut conn, organisation, &item, visit.now).await? {
        Some((booking, _)) => booking::slot_of(&mut conn, organisation, booking).await?,
        None => None,
    };
    drop(conn);
    let o = &visit.practice.organisation;
    let asked =
        matches!(item.position.state, State::Open { waiting: WaitingFor::Patient { .. }, next } if next.action != NextAction::AwaitChoice);
    let main = html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            @if let Some(why) = why_not { (ErrorSummary::new().error("#text", why)) }
            h1 class="nhsuk-heading-l" { "Your request" span class="nhsuk-caption-m" { "Reference " (item.reference) } }
            @if item.is_red() { (Card::care_emergency("Call 999 now if you have not", html! { p { "What you told us may be an emergency. Do not wait for us." } })) }
            h2 class="nhsuk-heading-m" { "What happens next" }
            (next_words(visit, &item))
            @if let Some(slot) = &appointment {
                (SummaryList::new().row("When", work::told_words(slot, visit.now)).row("How", slot.kind.mode.label()).row("With", slot.clinician_name.as_str()).row("Where", work::place_of(slot)))
                p class="nhsuk-body" { a href={ "/r/" (link) "/book" } { "Change or cancel your appointment" } }
                p class="nhsuk-body" { "Or write below, or ring " (o.phone) "." }
            }
            @if item.next().is_some_and(|n| n.action == NextAction::AwaitChoice) { (Button::new("Choose an appointment").link(format!("/r/{link}/book"))) }
            @if let Some((_, until)) = offered {
                (InsetText::new(html! { p { "An appointment has become free, and we offer it to you until " (when_words(until, visit.now)) "." } }))
                (Button::new("See the appointment").link(format!("/r/{link}/book")))
            }
            (ask_more::waiting_for_patient(link, &questionnaires))
            @let shown: Vec<_> = thread.iter().filter(|m| m.direction != Direction::Internal).collect();
            @if !shown.is_empty() {
                h2 class="nhsuk-heading-m" { "Messages" }
                ol class="app-thread" { @for m in shown {
                    li class=(if m.direction == Direction::In { "app-in" } else { "" }) { p class="app-said" { strong { @if m.direction == Direction::In { "You" } @else { (o.name) } } ", " (when_words(m.at, visit.now)) } p { (without_link(&m.body)) } }
                } }
            }
            form method="post" action={ "/r/" (link) "/write" } novalidate {
                (visit.key())
                (Textarea::new("text", if asked { "Your answer" } else { "Add something" }).hint("If it has become an emergency, do not write: call 999.").rows(5).value(visit.form.raw("text")).error(why_not))
                (Button::new(if asked { "Send answer" } else { "Send" }).prevent_double_click())
            }
            (ask_more::for_patient(link, &files))
            p class="nhsuk-body" { a href={ "/r/" (link) "/files" } { "Send photos or documents" } }
            @if item.is_open() { p class="nhsuk-body" { a href={ "/r/" (link) "/cancel" } { "I no longer need this" } } }
            h2 class="nhsuk-heading-m" { "If it gets worse" }
            p class="nhsuk-body" { "Do not wait for us. Ring us on " (o.phone) ", or call 111 when we are closed. Call 999 if life is in danger." }
        } }
    };
    Ok(layout::patient(visit, if why_not.is_some() { "Error: Your request" } else { "Your request" }, None, main))
}

/// On the page itself the link to it says nothing.
fn without_link(body: &str) -> String {
    portico_domain::message::without_links(body, "this page")
}

async fn act(visit: &PatientVisit, link: &str, command: Command) -> Answer {
    visit.limit()?;
    let item = item_of(visit, link).await?;
    let practice = visit.practice.clone();
    let what = work::Act { actor: Actor::Patient, item: item.id, version: None, command, facts: Facts::default() };
    visit.write(work!(tx, [practice, what] => work::act(tx, &practice, &what).await)).await?;
    go(format!("/r/{link}"))
}

async fn write(visit: PatientVisit, Path(link): Path<String>) -> Answer {
    let text = visit.form.get("text").to_owned();
    visit.limit()?;
    let item = item_of(&visit, &link).await?;
    let practice = visit.practice.clone();
    match visit.write(work!(tx, [practice, text] => work::patient_writes(tx, &practice, item.id, &text).await)).await {
        Err(Error::Refused(why)) => Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&visit, &link, Some(&why)).await?).into_response()),
        Err(other) => Err(other),
        Ok(_) => go(format!("/r/{link}")),
    }
}

async fn confirm_cancel(visit: PatientVisit, Path(link): Path<String>) -> Answer {
    let item = item_of(&visit, &link).await?;
    let booked = matches!(item.position.state, State::Open { waiting: WaitingFor::Appointment { .. }, .. });
    let main = html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            h1 class="nhsuk-heading-l" { "Do you no longer need this request?" }
            @if booked { (NotificationBanner::new(html! { p { "Your appointment is cancelled too." } })) }
            (InsetText::new(html! { p { "We close the request. You can write here later if you need us after all." } }))
            form method="post" action={ "/r/" (link) "/cancel" } { (visit.key()) (Button::new("Cancel my request").warning().prevent_double_click()) }
            p class="nhsuk-body" { a href={ "/r/" (link) } { "Keep it" } }
        } }
    };
    Ok(layout::patient(&visit, "Cancel your request", Some(&format!("/r/{link}")), main).into_response())
}

async fn cancel(visit: PatientVisit, Path(link): Path<String>) -> Answer {
    act(&visit, &link, Command::PatientCancels).await
}
