//! Who takes what, and the number that patients ring: dated, kept as versions, taken back before their day.

use axum::{extract::Path, http::StatusCode, response::IntoResponse};
use jiff::{
    Timestamp,
    civil::{Date, Time},
};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    details::Details,
    rota::moment,
};
use portico_nhs::{TeamId, uk_date, when_words};
use portico_nhsuk::{Button, ErrorSummary, Input, InsetText, Select, Table};
use portico_store::{
    queries::{
        details::{self, Version},
        organisation::Team,
    },
    work,
};
use portico_web::{Answer, Error, Form, StaffVisit, StaffVisitPost, go, layout};
use uuid::Uuid;

pub(super) async fn show(visit: StaffVisit) -> Answer {
    Ok(page(&visit, &Form::default(), &[]).await?.into_response())
}

async fn page(visit: &StaffVisit, form: &Form, faults: &[String]) -> Result<Markup, Error> {
    let versions = details::versions(&mut visit.app.store.reader().await?, visit.organisation()).await?;
    let may = allowed(visit.me.staff.role, Action::ManageDetails);
    let now = visit.practice.details();
    let planned = planned(&versions, visit.now);
    let mut table = Table::new("Pathways and their teams").head(["Pathway", "Team"]).first_cell_is_header();
    for (pathway, team) in &now.takes {
        table = table.row([pathway.label().to_owned(), visit.practice.team_name(*team).to_owned()]);
    }
    let main = html! {
        @if !faults.is_empty() { (faults.iter().fold(ErrorSummary::new(), |s, f| s.error("#set", f.as_str()))) }
        h1 class="nhsuk-heading-l" { "Who takes what" }
        p class="nhsuk-body" { "Patients ring " strong { (now.phone) } "." }
        (table)
        (InsetText::new(html! { p { "Emergencies always go to " (visit.practice.team_name(visit.practice.routing.duty)) "." } }))
        @if may { (setting(visit, form, &now, planned)) (adding(visit)) }
        h2 class="nhsuk-heading-m" { "Versions" }
        @if versions.is_empty() { p class="nhsuk-body" { "Nobody has changed anything since the practice was set up." } }
        ul class="nhsuk-list" { @for v in &versions {
            li {
                "From " (when_words(v.from, visit.now)) ": " (v.why) ", " (v.made_by) @if v.withdrawn { " (taken back)" }
                @if may && v.from > visit.now && !v.withdrawn {
                    p class="app-item__meta" { (v.details.changed(&now, |t| visit.practice.team_name(t).to_owned()).join(" ")) }
                    form method="post" action={ "/practice/" (v.id) "/withdraw" } class="app-inline" { (visit.tokens()) (Button::new(html! { "Take back" span class="nhsuk-u-visually-hidden" { ": " (v.why) } }).secondary().small()) }
                }
            }
        } }
    };
    Ok(layout::staff(visit, if faults.is_empty() { "Who takes what" } else { "Error: Who takes what" }, "/staff", main))
}

/// The last version that is planned ahead; what is set after it builds on it.
fn planned(versions: &[Version], now: Timestamp) -> Option<&Version> {
    versions.iter().find(|v| v.from > now && !v.withdrawn)
}

fn setting(visit: &StaffVisit, form: &Form, now: &Details, planned: Option<&Version>) -> Markup {
    let now = planned.map_or(now, |v| &v.details);
    let fresh = form.fields().is_empty();
    let phone = if fresh { &now.phone } else { form.raw("phone") };
    html! {
        section class="app-box" aria-labelledby="set" {
            h2 class="nhsuk-heading-m" id="set" { "Change it" }
            @if let Some(v) = planned { (InsetText::new(html! { p { "A change is planned from " (when_words(v.from, visit.now)) ". Below stands what holds then; choose that day or a later one. To change something sooner take that one back first." } })) }
            form method="post" action="/practice" novalidate {
                (visit.tokens())
                (Input::new("phone", "The number that patients ring").input_type("tel").width_chars(20).value(phone))
                @for (pathway, team) in &now.takes {
                    @let chosen = if fresh { team.to_string() } else { form.get(&field(pathway.code())).to_owned() };
                    (visit.practice.teams.iter().fold(Select::new(field(pathway.code()), format!("Who takes {}", pathway.label())), |s, t| s.option(t.id.to_string(), t.name.clone())).value(Some(&chosen)))
                }
                (Input::new("day", "From which day (leave empty for now)").input_type("date").value(form.raw("day")))
                (Input::new("why", "Why (for the log)").value(form.raw("why")))
                (Button::new("Set it").prevent_double_click())
            }
        }
    }
}

fn adding(visit: &StaffVisit) -> Markup {
    html! {
        section class="app-box" aria-labelledby="add" {
            h2 class="nhsuk-heading-m" id="add" { "Add a team" }
            form method="post" action="/practice/teams" class="app-actions" {
                (visit.tokens())
                (Input::new("name", "Name of the team").width_chars(20))
                (Button::new("Add it").secondary().prevent_double_click())
            }
        }
    }
}

fn field(pathway: &str) -> String {
    format!("takes-{pathway}")
}

pub(super) async fn set(post: StaffVisitPost) -> Answer {
    let visit = &post.visit;
    let versions = details::versions(&mut visit.app.store.reader().await?, visit.organisation()).await?;
    let planned = planned(&versions, visit.now);
    let before = planned.map_or_else(|| visit.practice.details(), |v| v.details.clone());
    let takes = Details::chosen().filter_map(|p| Some((p, post.form.read::<TeamId>(&field(p.code()))?))).collect();
    let set = Details { phone: post.form.get("phone").to_owned(), takes };
    let teams: Vec<TeamId> = visit.practice.teams.iter().map(|t| t.id).collect();
    let changed = set.changed(&before, |t| visit.practice.team_name(t).to_owned());
    let why: String = post.form.get("why").chars().take(300).collect();
    let day: Option<Date> = post.form.read("day");
    let mut faults = set.faults(&teams);
    if why.is_empty() {
        faults.push("Say why, for the log.".to_owned());
    }
    if day.is_some_and(|d| d < uk_date(visit.now)) {
        faults.push("The day must not be in the past.".to_owned());
    }
    let from = day.and_then(|d| moment(d, Time::midnight())).map_or(visit.now, |from| from.max(visit.now));
    if let Some(later) = planned.filter(|v| from < v.from) {
        let when = when_words(later.from, visit.now);
        faults.push(format!("Another change is planned from {when}. Choose that day or a later one, or take that change back first."));
    }
    if faults.is_empty() && changed.is_empty() {
        faults.push("Nothing is changed. Choose another team or number.".to_owned());
    }
    if !faults.is_empty() {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(visit, &post.form, &faults).await?).into_response());
    }
    let id: Uuid = visit.app.ids.next();
    let version = Version { id, from, details: set, why, made_at: visit.now, made_by: visit.me.staff.name.clone(), withdrawn: false };
    let (organisation, actor) = (visit.organisation(), visit.me.actor());
    post.write(work!(tx, [version, actor, changed] => work::set_details(tx, organisation, &actor, &version, &changed).await)).await?;
    visit.app.store.forget_practices();
    go("/practice")
}

pub(super) async fn withdraw(post: StaffVisitPost, Path(id): Path<Uuid>) -> Answer {
    let (organisation, actor) = (post.visit.organisation(), post.visit.me.actor());
    post.write(work!(tx, [actor] => work::withdraw_details(tx, organisation, &actor, id).await)).await?;
    post.visit.app.store.forget_practices();
    go("/practice")
}

pub(super) async fn add_team(post: StaffVisitPost) -> Answer {
    let visit = &post.visit;
    let name: String = post.form.get("name").chars().take(60).collect();
    if name.is_empty() {
        let faults = ["Enter the name of the team.".to_owned()];
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(visit, &Form::default(), &faults).await?).into_response());
    }
    let team = Team { id: visit.app.ids.next(), name, purpose: "pathway".into(), pathways: Vec::new() };
    let (organisation, actor) = (visit.organisation(), visit.me.actor());
    post.write(work!(tx, [team, actor] => work::add_team(tx, organisation, &actor, &team).await)).await?;
    visit.app.store.forget_practices();
    go("/practice")
}
