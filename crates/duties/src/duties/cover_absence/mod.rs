//! A17: cover. Marking somebody away or left hands every item of theirs to their team the same minute; closures.

use axum::{extract::Path, response::IntoResponse};
use jiff::civil::{Date, Time};
use maud::html;
use portico_domain::{
    access::{Action, allowed},
    event::Verb,
    rota::what_if::RotaChange,
    staff::Presence,
};
use portico_nhs::{Closure, ClosureId, RotaChangeId, StaffId, london, uk_date, when_words};
use portico_nhsuk::{Button, Input, InsetText};
use portico_store::{
    NewEvent,
    queries::{allocation, closure, rota, staff},
    work,
};
use portico_web::{Access, Answer, Error, Form, Routes, StaffVisit, StaffVisitPost, go, layout};

mod hours;

use crate::duties::clinic_changes::tried;

/// People and closures.
pub fn routes() -> Routes {
    Routes::new()
        .get("/staff", Access::Staff(Action::ReadDuty), people)
        .post("/staff/{id}/presence", Access::Staff(Action::ManageStaff), set_presence)
        .get("/staff/{id}/hours", Access::Staff(Action::ReadDuty), hours::show)
        .post("/staff/{id}/hours", Access::Staff(Action::ManageStaff), hours::set)
        .post("/staff/{id}/languages", Access::Staff(Action::ManageStaff), set_languages)
        .post("/closures", Access::Staff(Action::ManageClosures), add_closure)
        .post("/closures/{id}/remove", Access::Staff(Action::ManageClosures), remove_closure)
}

async fn people(visit: StaffVisit) -> Answer {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let people = staff::list(&mut conn, organisation).await?;
    let closures = closure::list(&mut conn, organisation, visit.now).await?;
    let absences = rota::absences(&mut conn, organisation, visit.now).await?;
    let spoken = allocation::languages(&mut conn, organisation).await?;
    let able = allocation::skills(&mut conn, organisation).await?;
    drop(conn);
    let of = |all: &[(StaffId, String)], id: StaffId| {
        all.iter().filter(|(who, _)| *who == id).map(|(_, what)| what.as_str()).collect::<Vec<_>>().join(", ")
    };
    let (speaks, can) = (|id: StaffId| of(&spoken, id), |id: StaffId| of(&able, id));
    let leave = |id: StaffId| absences.iter().find(|a| a.away.clinician == Some(id) && a.away.is_leave() && a.away.from <= visit.now);
    let may = allowed(visit.me.staff.role, Action::ManageStaff);
    let may_close = allowed(visit.me.staff.role, Action::ManageClosures);
    let main = html! {
        h1 class="nhsuk-heading-l" { "People" }
        p class="nhsuk-body app-noprint" { a href="/opening" { "Online hours and limits" } " · " a href="/practice" { "Who takes what" } }
        p class="nhsuk-body" { "Away or left: every item of theirs goes to their team at once and stays there. Their clinics stay as they are: " a href="/rota" { "plan an absence on the rota" } ", which shows first who is affected. Who leaves is signed out at once, and slots that they still have are put on the manager's desk." }
        ul class="app-list" {
            @for p in &people {
                li class={ "app-item app-item--row app-item--" (match p.presence { Presence::AtWork => "green", Presence::Away => "amber", Presence::Left => "grey" }) } {
                    div { p class="app-item__name" { (p.name) } p class="app-item__meta" { (p.role.label()) } }
                    p { (visit.practice.team_name(p.team)) " · " strong { (p.presence.label()) } @if let Some(a) = leave(p.id) { " · on leave until " (when_words(a.away.to, visit.now)) } @let also = speaks(p.id); @if !also.is_empty() { " · speaks " (also) } @let able = can(p.id); @if !able.is_empty() { " · skills: " (able) } " · " a href={ "/staff/" (p.id) "/hours" } { @match &p.hours { None => { "Hours not told" } Some(h) => { @match h.on(uk_date(visit.now)) { None => { "Not in today" } Some((from, to)) => { "In today from " (from.strftime("%H:%M").to_string()) " to " (to.strftime("%H:%M").to_string()) } } } } span class="nhsuk-u-visually-hidden" { ": " (p.name) } } }
                    @if may {
                        div class="app-actions" {
                            @if p.role.is_clinician() {
                                form method="post" action={ "/staff/" (p.id) "/languages" } class="app-actions" { (visit.tokens()) (Input::new("languages", html! { "Also speaks" span class="nhsuk-u-visually-hidden" { ": " (p.name) } }).id(format!("languages-{}", p.id)).width_chars(10).value(speaks(p.id))) (Input::new("skills", html! { "Skills" span class="nhsuk-u-visually-hidden" { ": " (p.name) } }).id(format!("skills-{}", p.id)).width_chars(10).value(can(p.id))) (Button::new(html! { "Save" span class="nhsuk-u-visually-hidden" { " languages and skills of " (p.name) } }).secondary().small()) }
                            }
                            @for to in Presence::ALL.iter().filter(|x| **x != p.presence) {
                                form method="post" action={ "/staff/" (p.id) "/presence" } { (visit.tokens()) (Button::new(html! { (to.label()) span class="nhsuk-u-visually-hidden" { ": " (p.name) } }).secondary().small().name_value("presence", to.code())) }
                            }
                        }
                    }
                }
            }
        }
        h2 class="nhsuk-heading-m" { "Closures" }
        p class="nhsuk-body" { "Core hours are 8am to 6:30pm, Monday to Friday, not on bank holidays. While the practice is closed no clock of its own runs. Learning time with cover is not a closure." }
        @if closures.is_empty() { (InsetText::new(html! { p { "No closure is planned." } })) }
        ul class="app-list" {
            @for (id, c) in &closures {
                li class="app-item app-item--row" {
                    p { (when_words(c.from, visit.now)) " to " (when_words(c.to, visit.now)) }
                    p { (c.reason) }
                    @if may_close { form method="post" action={ "/closures/" (id) "/remove" } { (visit.tokens()) (Button::new(html! { "Remove" span class="nhsuk-u-visually-hidden" { " closure: " (c.reason) } }).secondary().small()) } }
                }
            }
        }
        @if may_close {
            form method="post" action="/closures" class="app-actions" {
                (visit.tokens())
                (Input::new("from-date", "From day").input_type("date").width_chars(10)) (Input::new("from-time", "at").input_type("time").width_chars(5).value("08:00"))
                (Input::new("to-date", "To day").input_type("date").width_chars(10)) (Input::new("to-time", "at").input_type("time").width_chars(5).value("18:30"))
                (Input::new("reason", "Reason that patients read").width_chars(20))
                (Button::new("See what closing does").secondary())
            }
        }
    };
    Ok(layout::staff(&visit, "People", "/staff", main).into_response())
}

/// What somebody speaks besides English and what they are skilled in, each separated by commas.
async fn set_languages(post: StaffVisitPost, Path(id): Path<StaffId>) -> Answer {
    let listed = |name: &str| -> Vec<String> {
        let all = post.form.get(name).split(',').map(|l| l.trim().chars().take(40).collect::<String>());
        all.filter(|l| !l.is_empty()).take(20).collect()
    };
    let (organisation, actor) = (post.visit.organisation(), post.visit.me.actor());
    let (languages, skills) = (listed("languages"), listed("skills"));
    post.write(work!(tx, [actor, languages, skills] => work::set_abilities(tx, organisation, &actor, id, (&languages, &skills)).await))
        .await?;
    go("/staff")
}

async fn set_presence(post: StaffVisitPost, Path(id): Path<StaffId>) -> Answer {
    let presence: Presence = post.form.read("presence").ok_or_else(|| Error::Refused("Choose at work, away or left.".into()))?;
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    post.write(work!(tx, [practice, actor] => work::set_presence(tx, &practice, &actor, id, presence).await)).await?;
    go("/staff")
}

/// Reads the moments of a closure; what cannot be read gets a sentence.
fn read(form: &Form) -> Result<Closure, Error> {
    let moment = |which: &str| {
        let day: Date = form.read(&format!("{which}-date"))?;
        let time: Time = form.read(&format!("{which}-time"))?;
        day.to_datetime(time).to_zoned(london()).ok().map(|z| z.timestamp())
    };
    let (Some(from), Some(to)) = (moment("from"), moment("to")) else {
        return Err(Error::Refused("Enter both days and times, like 2026-12-24 and 13:00.".into()));
    };
    if to <= from {
        return Err(Error::Refused("The end must be after the beginning.".into()));
    }
    let reason: String = form.get("reason").chars().take(200).collect();
    if reason.is_empty() {
        return Err(Error::Refused("Say why; patients read it.".into()));
    }
    Ok(Closure { from, to, reason })
}

/// What closing does is shown before it is done.
async fn add_closure(post: StaffVisitPost) -> Answer {
    let closure = read(&post.form)?;
    let change = RotaChange::PracticeClosed { from: closure.from, to: closure.to };
    Ok(tried(&post.visit, &change, &post.form, None).await?.into_response())
}

async fn remove_closure(post: StaffVisitPost, Path(id): Path<ClosureId>) -> Answer {
    let organisation = post.visit.organisation();
    let change = RotaChangeId(id.0);
    let known = rota::change(&mut post.visit.app.store.reader().await?, organisation, change).await?;
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    match known {
        // Whether everybody has their appointment back is told where it is undone.
        Some(c) if !c.outcome.people.is_empty() => return go(format!("/rota/changes/{change}")),
        Some(_) => {
            post.write(work!(tx, [practice, actor] => work::undo_rota_change(tx, &practice, &actor, change).await)).await?;
        }
        // Entered before closures were changes of the rota.
        None => {
            let event = NewEvent::plain(actor, Verb::ClosureSet, "Closure removed");
            post.write(
                work!(tx, [event] => { closure::delete(tx.conn(), organisation, id).await?; Ok(tx.record(organisation, event).await?) }),
            )
            .await?;
        }
    }
    post.visit.app.store.forget_practices();
    go("/staff")
}
