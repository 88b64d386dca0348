//! B69: private work, with its fee told before it is done and on a list until it is paid.

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use jiff::SignedDuration;
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    private_work::{PrivateState, PrivateWork, fee, pounds},
};
use portico_nhs::{WorkItemId, uk_date};
use portico_nhsuk::{Button, ErrorSummary, Input, InsetText};
use portico_store::{
    queries::{private_work, private_work::Listed, work_item},
    work,
};
use portico_web::{Access, Answer, Error, Form, Routes, StaffVisit, StaffVisitPost, go, layout};
use uuid::Uuid;

use crate::item_words::ago;

/// Days for which what has been settled stays on the list.
const SETTLED_DAYS: i64 = 31;

/// The list, and the private work of a request.
pub fn routes() -> Routes {
    let (read, write) = (Access::Staff(Action::ReadDesk), Access::Staff(Action::Converse));
    Routes::new()
        .get("/private-work", read, list)
        .get("/private-work/list.csv", read, csv)
        .get("/items/{id}/private-work", read, of_item)
        .post("/items/{id}/private-work", write, log)
        .post("/private-work/{id}", write, step)
}

async fn listed(visit: &StaffVisit) -> Result<Vec<Listed>, Error> {
    let since = visit.now - SignedDuration::from_hours(24 * SETTLED_DAYS);
    let all = private_work::listed(&mut visit.app.store.reader().await?, visit.organisation(), since).await?;
    visit.log_reading("Private work read", None, None).await?;
    Ok(all)
}

async fn list(visit: StaffVisit) -> Answer {
    let all = listed(&visit).await?;
    let part = |state: PrivateState, empty: &str| {
        let these: Vec<&Listed> = all.iter().filter(|l| l.work.state == state).collect();
        let sum: i64 = these.iter().map(|l| l.work.fee).sum();
        html! {
            h2 class="nhsuk-heading-m" { (state.label()) " (" (these.len()) ", " (pounds(sum)) ")" }
            @if these.is_empty() { (InsetText::new(html! { p { (empty) } })) }
            ul class="app-list" { @for l in these { (line(&visit, l)) } }
        }
    };
    let main = html! {
        h1 class="nhsuk-heading-l" { "Private work" }
        p class="nhsuk-body app-noprint" { "Log it from the page of a request. " a href="/private-work/list.csv" { "Download the list (CSV)" } }
        div data-live="private-work" id="private-work" {
            (part(PrivateState::Quoted, "No fee waits for an answer."))
            (part(PrivateState::Agreed, "Nothing is owed."))
            (part(PrivateState::Paid, "Nothing has been paid in the last 31 days."))
            (part(PrivateState::Declined, "Nothing has been declined in the last 31 days."))
        }
    };
    Ok(layout::staff(&visit, "Private work", "/desk", main).into_response())
}

fn owner(visit: &StaffVisit, l: &Listed) -> String {
    match &l.owner {
        Some((team, None)) => visit.practice.team_name(*team).to_owned(),
        Some((team, Some(person))) => format!("{person}, {}", visit.practice.team_name(*team)),
        None => "the request is closed".to_owned(),
    }
}

fn line(visit: &StaffVisit, l: &Listed) -> Markup {
    html! {
        li class="app-item app-item--row" {
            p { a class="app-item__name" href={ "/items/" (l.work.item) "/private-work" } data-row { (l.person_name) } " · " (l.reference) }
            p { (l.work.what) ", " strong { (pounds(l.work.fee)) } @if !l.work.note.is_empty() { " · " (l.work.note) } }
            p class="app-item__meta" { (owner(visit, l)) " · logged by " (l.work.logged.0) ", " (ago(l.work.logged.1, visit.now)) }
        }
    }
}

/// The list as accounts read it; without what it is about, which is in the request.
async fn csv(visit: StaffVisit) -> Answer {
    let all = listed(&visit).await?;
    let mut out = csv::Writer::from_writer(Vec::new());
    let broken = |e: String| Error::Broken(e);
    out.write_record(["reference", "logged", "fee_pounds", "state", "changed", "note"]).map_err(|e| broken(e.to_string()))?;
    for l in &all {
        let w = &l.work;
        let fee = pounds(w.fee).trim_start_matches('£').to_owned();
        let row =
            [&l.reference, &uk_date(w.logged.1).to_string(), &fee, w.state.code(), &uk_date(w.changed.1).to_string(), &plain(&w.note)];
        out.write_record(row.map(|field: &str| field)).map_err(|e| broken(e.to_string()))?;
    }
    let body = out.into_inner().map_err(|e| broken(e.to_string()))?;
    let name = HeaderValue::from_static("attachment; filename=\"private-work.csv\"");
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")), (header::CONTENT_DISPOSITION, name)], body)
        .into_response())
}

/// A spreadsheet must not take what somebody typed for a formula.
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text.to_owned() }
}

async fn of_item(visit: StaffVisit, Path(id): Path<WorkItemId>) -> Answer {
    Ok(page(&visit, id, &Form::default(), None).await?.into_response())
}

async fn page(visit: &StaffVisit, id: WorkItemId, form: &Form, wrong: Option<&str>) -> Result<Markup, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let item = work_item::load(&mut conn, organisation, id).await?.ok_or(Error::NotFound)?;
    let all = private_work::of_item(&mut conn, organisation, id).await?;
    drop(conn);
    visit.log_reading("Private work of a request read", Some(id), item.patient).await?;
    let main = html! {
        p class="nhsuk-body" { a href={ "/items/" (id) } { "Back to the request" } " · " a href="/private-work" { "All private work" } }
        @if let Some(why) = wrong { (ErrorSummary::new().error("#what", why)) }
        h1 class="nhsuk-heading-l" { "Private work" span class="nhsuk-caption-m" { (item.person_name) " · " (item.reference) } }
        @if all.is_empty() { (InsetText::new(html! { p { "This request is NHS work. Log below what the patient pays for." } })) }
        @for w in &all { (piece(visit, w)) }
        @if may(visit) { h2 class="nhsuk-heading-m" { "Log private work" }
        form method="post" action={ "/items/" (id) "/private-work" } novalidate {
            (visit.tokens())
            (Input::new("what", "What is done").value(form.raw("what")))
            (Input::new("fee", "Fee in pounds").hint("The patient must know it before they decide.").width_chars(6).inputmode("decimal").value(form.raw("fee")))
            (Button::new("Log it").prevent_double_click())
        } }
    };
    Ok(layout::staff(visit, if wrong.is_some() { "Error: Private work" } else { "Private work" }, "/desk", main))
}

fn may(visit: &StaffVisit) -> bool {
    allowed(visit.me.staff.role, Action::Converse)
}

fn piece(visit: &StaffVisit, w: &PrivateWork) -> Markup {
    let step = |to: PrivateState, text: &str, secondary: bool| {
        let button = Button::new(html! { (text) span class="nhsuk-u-visually-hidden" { ": " (w.what) } }).small();
        html! { (if secondary { button.secondary() } else { button }.name_value("state", to.code()).prevent_double_click()) }
    };
    html! {
        section class="app-box" aria-label=(w.what) {
            p { strong { (w.what) ", " (pounds(w.fee)) } ": " (w.state.label()) @if !w.note.is_empty() { " (" (w.note) ")" } }
            p class="app-item__meta" { "Logged by " (w.logged.0) ", " (ago(w.logged.1, visit.now)) ". Last changed by " (w.changed.0) ", " (ago(w.changed.1, visit.now)) }
            @if may(visit) { form method="post" action={ "/private-work/" (w.id) } class="app-actions" {
                (visit.tokens())
                @match w.state {
                    PrivateState::Quoted => { (step(PrivateState::Agreed, "Agreed", false)) (step(PrivateState::Declined, "Declined", true)) }
                    PrivateState::Agreed => {
                        (Input::new("note", html! { "How it was paid, or why not" span class="nhsuk-u-visually-hidden" { ": " (w.what) } }).id(format!("note-{}", w.id)).width_chars(20))
                        (step(PrivateState::Paid, "Paid", false))
                        (step(PrivateState::Declined, "Declined", true))
                    }
                    PrivateState::Paid => { (step(PrivateState::Agreed, "Not paid after all", true)) }
                    PrivateState::Declined => { (step(PrivateState::Quoted, "Not declined after all", true)) }
                }
            } }
        }
    }
}

async fn log(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let what: String = post.form.get("what").chars().take(200).collect();
    let read = if what.is_empty() { Err("Say what is done.") } else { fee(post.form.get("fee")) };
    let fee = match read {
        Ok(fee) => fee,
        Err(why) => return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&post.visit, id, &post.form, Some(why)).await?).into_response()),
    };
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    post.write(work!(tx, [practice, actor, what] => work::log_private_work(tx, &practice, &actor, id, (&what, fee)).await)).await?;
    go(format!("/items/{id}/private-work"))
}

async fn step(post: StaffVisitPost, Path(id): Path<Uuid>) -> Answer {
    let to: PrivateState = post.form.read("state").ok_or(Error::NotFound)?;
    let note: String = post.form.get("note").chars().take(200).collect();
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    let item =
        post.write(work!(tx, [practice, actor, note] => work::step_private_work(tx, &practice, &actor, id, (to, &note)).await)).await?;
    go(format!("/items/{item}/private-work"))
}
