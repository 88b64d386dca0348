//! E3 and A18: who did what, for a patient and for the whole organisation.

use axum::{
    extract::{Path, Query},
    response::IntoResponse,
};
use maud::{Markup, html};
use portico_domain::access::Action;
use portico_nhs::{PatientId, uk_date, uk_date_long, uk_time};
use portico_nhsuk::{Button, InsetText, NotificationBanner};
use portico_store::queries::{event, patient};
use portico_web::{Access, Answer, Error, Routes, StaffVisit, layout};
use serde::Deserialize;

/// A patient's history and the audit log.
pub fn routes() -> Routes {
    Routes::new().get("/patients/{id}/history", Access::Staff(Action::ReadPatient), of_patient).get(
        "/audit",
        Access::Staff(Action::ReadAudit),
        audit,
    )
}

fn lines(events: &[event::Event]) -> Markup {
    html! {
        ol class="app-history" { @for e in events {
            li { (e.seq) " · " (uk_date_long(uk_date(e.at))) " " (uk_time(e.at)) " · " strong { (e.verb.label()) } " · " (e.actor.name()) br; span class="app-break" { (e.words) } @if let Some(item) = e.item { " " a href={ "/items/" (item) } { "item" span class="nhsuk-u-visually-hidden" { " of event " (e.seq) } } } }
        } }
    }
}

async fn of_patient(visit: StaffVisit, Path(id): Path<PatientId>) -> Answer {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let p = patient::load(&mut conn, organisation, id).await?.ok_or(Error::NotFound)?;
    let events = event::of_patient(&mut conn, organisation, id).await?;
    drop(conn);
    visit.log_reading("History read", None, Some(id)).await?;
    let main = html! {
        p class="nhsuk-body" { a href={ "/patients/" (id) } { "Back to the timeline" } }
        h1 class="nhsuk-heading-l" { "Who did what" span class="nhsuk-caption-m" { (p.person.name()) } }
        @if events.is_empty() { (InsetText::new(html! { p { "Nothing has happened yet." } })) }
        (lines(&events))
    };
    Ok(layout::staff(&visit, "History", "/patients", main).into_response())
}

#[derive(Deserialize, Default)]
struct Asked {
    before: Option<i64>,
    #[serde(default)]
    check: String,
}

async fn audit(visit: StaffVisit, Query(asked): Query<Asked>) -> Answer {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let events = event::recent(&mut conn, organisation, asked.before.unwrap_or(i64::MAX)).await?;
    drop(conn);
    let checked = if asked.check.is_empty() { None } else { Some(visit.app.store.verify_audit(organisation).await?) };
    let main = html! {
        h1 class="nhsuk-heading-l" { "Audit log" }
        @if let Some(report) = checked {
            @match report.broken {
                None => { (NotificationBanner::new(html! { p class="nhsuk-notification-banner__heading" { "All " (report.events) " events are as they were written." } }).success()) }
                Some(why) => { (NotificationBanner::new(html! { p class="nhsuk-notification-banner__heading" { "The log has been changed: " (why) ". Tell your clinical safety officer now." } })) }
            }
        }
        p class="nhsuk-body" { "Every event carries the SHA-256 of the one before it, so that a change or a gap shows." }
        form method="get" action="/audit" { input type="hidden" name="check" value="1"; (Button::new("Check the whole log").secondary()) }
        (lines(&events))
        @if events.len() == 100 && let Some(last) = events.last() { p class="nhsuk-body" { a href={ "/audit?before=" (last.seq) } { "Earlier events" } } }
    };
    Ok(layout::staff(&visit, "Audit log", "/audit", main).into_response())
}
