//! D9: changes of the rota. First what a change does, to whom, and what they could have instead; then one confirmation
//! that does exactly that; then undo.

mod preview;

use axum::{extract::Query, response::IntoResponse};
use jiff::{
    ToSpan,
    civil::{Date, Time},
};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    rota::{
        moment,
        what_if::{Entry, RotaChange},
    },
    staff::Presence,
};
use portico_nhs::{RoomId, SessionId, StaffId, uk_date, uk_date_long, uk_time, when_words};
use portico_nhsuk::{Button, ErrorSummary, Input, InsetText, Select};
use portico_store::{
    queries::{rota, staff},
    work,
};
use portico_web::{Access, Answer, Error, Form, Routes, StaffVisit, StaffVisitPost, go, layout};
use serde::Deserialize;

pub use preview::tried;

/// The rota and its changes.
pub fn routes() -> Routes {
    let (read, manage) = (Access::Staff(Action::ReadRota), Access::Staff(Action::ManageRota));
    Routes::new()
        .get("/rota", read, show)
        .get("/rota/day", read, day)
        .post("/rota/rooms", manage, add_room)
        .post("/rota/try", manage, attempt)
        .post("/rota/do", manage, preview::carry_out)
        .get("/rota/changes/{id}", read, preview::show)
        .post("/rota/changes/{id}/undo", manage, preview::undo)
}

async fn show(visit: StaffVisit) -> Answer {
    Ok(page(&visit, &Form::default(), None).await?.into_response())
}

async fn page(visit: &StaffVisit, form: &Form, why_not: Option<&str>) -> Result<Markup, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let versions = rota::versions(&mut conn, organisation).await?;
    let absences = rota::absences(&mut conn, organisation, visit.now).await?;
    let rooms = rota::rooms(&mut conn, organisation).await?;
    let changes = rota::changes(&mut conn, organisation).await?;
    let people = staff::list(&mut conn, organisation).await?;
    drop(conn);
    let today = uk_date(visit.now);
    let may = allowed(visit.me.staff.role, Action::ManageRota);
    let name_of = |id: StaffId| people.iter().find(|p| p.id == id).map_or("Somebody who is gone", |p| p.name.as_str());
    let room_of = |id: RoomId| {
        rooms.iter().find(|r| r.id == id).map_or_else(|| "A room that is gone".to_owned(), |r| format!("{}, {}", r.site, r.name))
    };
    let templates = work::templates_on(&versions, work::horizon(visit.now));
    let main = html! {
        @if let Some(why) = why_not { (ErrorSummary::new().error("#away", why)) }
        h1 class="nhsuk-heading-l" { "Rota" }
        p class="nhsuk-body" { a href="/day" { "Appointments of the day" } " · " a href={ "/rota/day?on=" (today) } { "Sessions of the day" } @if may { " · " a href="/rota/templates/new" { "New session template" } } }
        h2 class="nhsuk-heading-m" { "Session templates" }
        @if templates.is_empty() { (InsetText::new(html! { p { "There are no templates yet. Sessions come from them, eight weeks ahead." } })) }
        ul class="app-list" { @for (id, t) in &templates {
            li class="app-item app-item--row" {
                p { @if may { a class="app-item__name" href={ "/rota/templates/" (id) } data-row { (t.name) } } @else { strong { (t.name) } } }
                p { (t.clinician_name) ", " (t.site) }
                p class="app-item__meta" { (weekdays(&t.weekdays)) @if t.every_weeks == 2 { ", every second week" } @else if t.every_weeks == 0 { ", once, on " (uk_date_long(t.first_week)) } ", from " (t.starts.strftime("%H:%M").to_string()) ", " (t.slots()) " slots" }
            }
        } }
        @if may { (away(visit, &people, form)) (closed(visit, &rooms)) }
        h2 class="nhsuk-heading-m" { "Who and what is away" }
        @if absences.is_empty() { p class="nhsuk-body" { "Nobody, and no room is closed." } }
        ul class="nhsuk-list nhsuk-list--bullet" { @for a in &absences {
            li { @if let Some(s) = a.away.clinician { (name_of(s)) } @if let Some(r) = a.away.room { (room_of(r)) } @if a.away.clinician.is_none() && a.away.room.is_none() { "The whole practice" } ": " (when_words(a.away.from, visit.now)) " to " (when_words(a.away.to, visit.now)) ", " (a.reason) " " a href={ "/rota/changes/" (a.id) } { "Open" span class="nhsuk-u-visually-hidden" { " this absence" } } }
        } }
        h2 class="nhsuk-heading-m" { "Changes" }
        @if changes.is_empty() { p class="nhsuk-body" { "None yet." } }
        ul class="nhsuk-list nhsuk-list--bullet" { @for c in &changes {
            li { (when_words(c.made_at, visit.now)) ", " (c.made_by) ": " a href={ "/rota/changes/" (c.id) } { (c.reason) } " (" (c.outcome.people.len()) @if c.outcome.people.len() == 1 { " person" } @else { " people" } ")" @if c.undone.is_some() { ", undone" } }
        } }
    };
    Ok(layout::staff(visit, if why_not.is_some() { "Error: Rota" } else { "Rota" }, "/day", main))
}

/// Days of the week in words.
pub fn weekdays(days: &[i8]) -> String {
    const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    days.iter().filter_map(|d| NAMES.get(usize::try_from(*d - 1).ok()?)).copied().collect::<Vec<_>>().join(", ")
}

/// From and until, as the forms here ask for them.
fn between(form: &Form, what: &str) -> Markup {
    html! { div class="app-actions" {
        (Input::new("from-day", "First day").id(format!("{what}-from-day")).input_type("date").value(form.raw("from-day")))
        (Input::new("from-time", "From (leave empty for the whole day)").id(format!("{what}-from-time")).input_type("time").value(form.raw("from-time")))
        (Input::new("to-day", "Last day").id(format!("{what}-to-day")).input_type("date").value(form.raw("to-day")))
        (Input::new("to-time", "Until (leave empty for the whole day)").id(format!("{what}-to-time")).input_type("time").value(form.raw("to-time")))
    } }
}

fn away(visit: &StaffVisit, people: &[staff::Staff], form: &Form) -> Markup {
    let who = people
        .iter()
        .filter(|p| p.presence != Presence::Left)
        .fold(Select::new("clinician", "Who").option("", "Choose"), |s, p| s.option(p.id.to_string(), p.name.as_str()));
    html! {
        section class="app-box" aria-labelledby="away" {
            h2 class="nhsuk-heading-m" id="away" { "Somebody is away" }
            form method="post" action="/rota/try" { (visit.tokens()) input type="hidden" name="what" value="away"; (who.value(Some(form.raw("clinician")))) (between(form, "away")) (Button::new("See what it does").secondary()) }
        }
    }
}

fn closed(visit: &StaffVisit, rooms: &[rota::Room]) -> Markup {
    let which = rooms
        .iter()
        .fold(Select::new("room", "Which").option("", "Choose"), |s, r| s.option(r.id.to_string(), format!("{}, {}", r.site, r.name)));
    html! {
        section class="app-box" aria-labelledby="rooms" {
            h2 class="nhsuk-heading-m" id="rooms" { "Rooms" }
            @if rooms.is_empty() { p class="nhsuk-body" { "No room is known yet. Templates that name a room can lose it for a time." } }
            @else { form method="post" action="/rota/try" { (visit.tokens()) input type="hidden" name="what" value="room"; (which) (between(&Form::default(), "room")) (Button::new("See what closing it does").secondary()) } }
            form method="post" action="/rota/rooms" class="app-actions" { (visit.tokens()) (Input::new("site", "Site, with its postcode").width_chars(20)) (Input::new("name", "Room").width_chars(10)) (Button::new("Add the room").secondary().small()) }
        }
    }
}

async fn add_room(post: StaffVisitPost) -> Answer {
    let (site, name) = (post.form.get("site").to_owned(), post.form.get("name").to_owned());
    if site.is_empty() || name.is_empty() || site.chars().count() + name.chars().count() > 200 {
        return refused(&post, "Give the site and the room a name.").await;
    }
    let organisation = post.visit.organisation();
    post.write(work!(tx, [site, name] => {
        let room = rota::Room { id: tx.ids().next(), site, name };
        Ok(rota::add_room(tx.conn(), organisation, &room).await?)
    }))
    .await?;
    go("/rota")
}

async fn refused(post: &StaffVisitPost, why: &str) -> Answer {
    Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page(&post.visit, &post.form, Some(why)).await?).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct On {
    on: String,
}

/// The sessions of a day, each with what can be done to it.
async fn day(visit: StaffVisit, Query(asked): Query<On>) -> Answer {
    let day: Date = asked.on.parse().unwrap_or_else(|_| uk_date(visit.now));
    let next = day.tomorrow().unwrap_or(day);
    let (Some(from), Some(to)) = (moment(day, Time::midnight()), moment(next, Time::midnight())) else { return Err(Error::NotFound) };
    let mut entries = rota::between(&mut visit.app.store.reader().await?, visit.organisation(), (from, to), visit.now).await?;
    entries.sort_by_key(|e| (e.session, e.slot.starts));
    let may = allowed(visit.me.staff.role, Action::ManageRota);
    let mut sessions: Vec<&[Entry]> = entries.chunk_by(|a, b| a.session == b.session).collect();
    sessions.sort_by_key(|s| (s[0].slot.starts, s[0].session));
    let main = html! {
        h1 class="nhsuk-heading-l" { "Sessions" span class="nhsuk-caption-m" { (uk_date_long(day)) } }
        nav class="app-actions app-noprint" aria-label="Days" {
            a class="nhsuk-link" href={ "/rota/day?on=" (day.checked_sub(1.day()).unwrap_or(day)) } { "Day before" }
            a class="nhsuk-link" href={ "/rota/day?on=" (next) } { "Day after" }
            a class="nhsuk-link" href="/rota" { "Rota" }
        }
        @if sessions.is_empty() { (InsetText::new(html! { p { "There is no session on this day." } })) }
        ul class="app-list" { @for s in &sessions { (session(&visit, s, may)) } }
    };
    Ok(layout::staff(&visit, "Sessions", "/day", main).into_response())
}

fn session(visit: &StaffVisit, slots: &[Entry], may: bool) -> Markup {
    let (first, last) = (&slots[0], &slots[slots.len() - 1]);
    let booked = slots.iter().filter(|e| e.taken.is_some()).count();
    let clock = |at: jiff::Timestamp| at.to_zoned(portico_nhs::london()).strftime("%H:%M").to_string();
    html! {
        li class="app-item" {
            p { strong { (first.slot.clinician_name) } ", " (uk_time(first.slot.starts)) " to " (uk_time(last.slot.ends)) ", " (first.slot.site) }
            p class="app-item__meta" { (first.slot.kind.pathway.label()) ", " (booked) " of " (slots.len()) " slots booked" }
            @if may {
                div class="app-actions" {
                    form method="post" action="/rota/try" { (visit.tokens()) input type="hidden" name="what" value="cancel"; input type="hidden" name="session" value=(first.session); (Button::new(html! { "Cancel it" span class="nhsuk-u-visually-hidden" { ": " (first.slot.clinician_name) } }).secondary().small()) }
                    form method="post" action="/rota/try" class="app-actions" {
                        (visit.tokens())
                        input type="hidden" name="what" value="shorten"; input type="hidden" name="session" value=(first.session);
                        input type="hidden" name="from-day" value=(uk_date(first.slot.starts)); input type="hidden" name="to-day" value=(uk_date(first.slot.starts));
                        (Input::new("from-time", "Begins").id(format!("from-{}", first.session)).input_type("time").value(clock(first.slot.starts)))
                        (Input::new("to-time", "Ends").id(format!("to-{}", first.session)).input_type("time").value(clock(last.slot.ends)))
                        (Button::new(html! { "Shorten it" span class="nhsuk-u-visually-hidden" { ": " (first.slot.clinician_name) } }).secondary().small())
                    }
                }
            }
        }
    }
}

/// The change that a form describes, or the sentence that says what is missing.
fn change_of(form: &Form) -> Result<RotaChange, &'static str> {
    let time = |name: &str| form.read::<Time>(name);
    let day = |name: &str| form.read::<Date>(name);
    let stretch = || {
        let (Some(first), Some(last)) = (day("from-day"), day("to-day").or(day("from-day"))) else {
            return Err("Enter the first and the last day.");
        };
        let from = moment(first, time("from-time").unwrap_or(Time::midnight()));
        let to = match time("to-time") {
            Some(t) => moment(last, t),
            None => last.tomorrow().ok().and_then(|d| moment(d, Time::midnight())),
        };
        match (from, to) {
            (Some(from), Some(to)) if from < to => Ok((from, to)),
            _ => Err("The end must come after the beginning."),
        }
    };
    match form.get("what") {
        "away" => {
            let clinician: StaffId = form.read("clinician").ok_or("Choose who is away.")?;
            stretch().map(|(from, to)| RotaChange::Absence { clinician, from, to })
        }
        "room" => {
            let room: RoomId = form.read("room").ok_or("Choose a room.")?;
            stretch().map(|(from, to)| RotaChange::RoomClosed { room, from, to })
        }
        "cancel" => Ok(RotaChange::SessionCancelled { session: form.read("session").ok_or("Choose a session.")? }),
        "shorten" => {
            let session: SessionId = form.read("session").ok_or("Choose a session.")?;
            stretch().map(|(from, to)| RotaChange::SessionShortened { session, from, to })
        }
        _ => Err("Choose what happens."),
    }
}

async fn attempt(post: StaffVisitPost) -> Answer {
    match change_of(&post.form) {
        Ok(change) => Ok(tried(&post.visit, &change, &Form::default(), None).await?.into_response()),
        Err(why) => refused(&post, why).await,
    }
}
