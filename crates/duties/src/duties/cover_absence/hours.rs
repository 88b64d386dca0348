//! When somebody usually works, and which of their sessions lie outside it.

use axum::{extract::Path, http::StatusCode, response::IntoResponse};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    rota::Template,
    staff::Hours,
};
use portico_nhs::{StaffId, uk_date};
use portico_nhsuk::{Button, ErrorSummary, InsetText, Table, WarningCallout};
use portico_store::{
    queries::{rota, staff},
    work,
};
use portico_web::{Answer, Error, Form, StaffVisit, StaffVisitPost, go, layout};

use crate::week;

pub(super) async fn show(visit: StaffVisit, Path(id): Path<StaffId>) -> Answer {
    Ok(page(&visit, id, &Form::default(), &[]).await?.into_response())
}

async fn page(visit: &StaffVisit, id: StaffId, form: &Form, faults: &[String]) -> Result<Markup, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let who = staff::load(&mut conn, organisation, id).await?.ok_or(Error::NotFound)?;
    let versions = rota::versions(&mut conn, organisation).await?;
    drop(conn);
    let known = who.hours.clone().unwrap_or_default();
    let templates = work::templates_on(&versions, uk_date(visit.now));
    let lies_outside = |t: &Template| t.clinician == id && known.outside(&t.weekdays, t.starts, t.minutes()).is_some();
    let outside: Vec<&Template> = templates.iter().map(|(_, t)| *t).filter(|t| who.hours.is_some() && lies_outside(t)).collect();
    let mut table = Table::new("Usual week").head(["Day", "Works"]).first_cell_is_header();
    for (n, (day, _)) in week::DAYS.iter().enumerate() {
        let words =
            known.0[n].map_or_else(|| "not".to_owned(), |(from, to)| format!("{} to {}", from.strftime("%H:%M"), to.strftime("%H:%M")));
        table = table.row([(*day).to_owned(), words]);
    }
    let main = html! {
        p class="nhsuk-body" { a href="/staff" { "People" } }
        @if !faults.is_empty() { (faults.iter().fold(ErrorSummary::new(), |s, f| s.error("#set", f.as_str()))) }
        h1 class="nhsuk-heading-l" { "Working hours" span class="nhsuk-caption-m" { (who.name) ", " (who.role.label()) } }
        @if who.hours.is_none() { (InsetText::new(html! { p { "Nobody has told them yet. Until then sessions may be planned at any time." } })) } @else { (table) }
        @if !outside.is_empty() {
            (WarningCallout::new("Sessions outside these hours", html! { ul { @for t in &outside { li { (t.name) ", from " (t.starts.strftime("%H:%M").to_string()) } } } p { "Change them on the rota, or change the hours." } }).heading_level(2))
        }
        @if allowed(visit.me.staff.role, Action::ManageStaff) {
            h2 class="nhsuk-heading-m" id="set" { "Set them" }
            p class="nhsuk-body" { "A day without times is a day off; when every day is empty nothing has been told. Leave and sickness are entered on the rota." }
            form method="post" action={ "/staff/" (id) "/hours" } novalidate { (visit.tokens()) (week::fields(form, "", &known.0)) (Button::new("Save").prevent_double_click()) }
        }
    };
    Ok(layout::staff(visit, if faults.is_empty() { "Working hours" } else { "Error: Working hours" }, "/staff", main))
}

pub(super) async fn set(post: StaffVisitPost, Path(id): Path<StaffId>) -> Answer {
    let (week, mut faults) = week::read(&post.form, "");
    let hours = Hours(week);
    faults.extend(hours.faults());
    // Nothing entered is nothing told, not seven days off.
    let told = (hours != Hours::default()).then_some(hours);
    if !faults.is_empty() {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&post.visit, id, &post.form, &faults).await?).into_response());
    }
    let (organisation, actor) = (post.visit.organisation(), post.visit.me.actor());
    post.write(work!(tx, [actor, told] => work::set_hours(tx, organisation, &actor, id, told.as_ref()).await)).await?;
    go(format!("/staff/{id}/hours"))
}
