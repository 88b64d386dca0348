//! A8 and C1: the duty screen. Today's red and amber, their age, slots left, and who is at work.

use axum::response::IntoResponse;
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    staff::Presence,
};
use portico_nhs::StaffId;
use portico_nhsuk::{InsetText, Table, TableCell};
use portico_store::queries::{booking, rota, staff, work_item};
use portico_web::{Access, Answer, Routes, StaffVisit, layout};

use crate::item_words::{age, born, colour_class, due, urgency_tag};

/// The duty screen.
pub fn routes() -> Routes {
    Routes::new().get("/duty", Access::Staff(Action::ReadDuty), show)
}

async fn show(visit: StaffVisit) -> Answer {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let lines = work_item::duty_list(&mut conn, organisation).await?;
    let until = visit.practice.calendar.end_of_core_day(visit.now);
    let left = booking::left(&mut conn, organisation, visit.now, until).await?;
    let people = staff::list(&mut conn, organisation).await?;
    let on_leave = rota::on_leave(&mut conn, organisation, visit.now).await?;
    let ledger = work_item::ledger(&mut conn, organisation).await?;
    let adrift = work_item::without_next_move(&mut conn, organisation).await?;
    drop(conn);
    let main = html! {
        h1 class="nhsuk-heading-l" { "Duty" }
        (work_lists(&visit))
        p class="nhsuk-u-visually-hidden" role="status" data-said {}
        div class="app-columns" {
            section aria-labelledby="now" id="duty-items" data-live { (items(&visit, &lines)) }
            div id="duty-side" data-live {
                (slots(&left))
                (at_work(&visit, &people, &on_leave))
                h2 class="nhsuk-heading-m" { "Nothing is lost" }
                p class="nhsuk-body" { "Received " strong { (ledger.received) } " = open " strong { (ledger.open) } " + closed with an outcome " strong { (ledger.closed) } "." }
                @if ledger.received != ledger.open + ledger.closed || adrift > 0 { p class="app-overdue" { "This does not add up: " (adrift) " open items have no owner at work. Tell your manager and the people who look after this server now." } }
            }
        }
    };
    Ok(layout::staff(&visit, "Duty", "/duty", main).into_response())
}

/// The lists that one works through besides the desk, of those that the role may open.
fn work_lists(visit: &StaffVisit) -> Markup {
    let lists: [(&str, &str, Action); 8] = [
        ("/calls", "Calls to make", Action::ReadDesk),
        ("/letters", "Letters", Action::ReadDesk),
        ("/private-work", "Private work", Action::ReadDesk),
        ("/offers", "Freed slots", Action::Book),
        ("/capacity", "Capacity: today's outlook, levers and gaps", Action::ReadDuty),
        ("/batches", "Messages to many", Action::WriteToMany),
        ("/questionnaires", "Questionnaires", Action::ReadDesk),
        ("/reply-templates", "Templates of replies", Action::ReadDesk),
    ];
    let may = lists.into_iter().filter(|(.., action)| allowed(visit.me.staff.role, *action));
    html! { nav class="app-actions app-noprint" aria-label="Work lists" { @for (path, title, _) in may { a class="nhsuk-link" href=(path) { (title) } } } }
}

fn items(visit: &StaffVisit, lines: &[work_item::Line]) -> Markup {
    let whole = lines.len() < work_item::DUTY_MOST;
    html! {
        h2 class="nhsuk-heading-m" id="now" { "Red and amber now (" (lines.len()) @if whole { ")" } @else { " of more)" } }
        @if lines.is_empty() { (InsetText::new(html! { p { "Nothing red or amber is open." } })) }
        @if !whole { p class="nhsuk-body" { "The most urgent are shown. " a href="/desk" { "The desk" } " has every open request." } }
        ol class="app-list" {
            @for line in lines {
                li class={ "app-item app-item--row app-item--" (colour_class(line.urgency)) } {
                    div { p { a class="app-item__name" href={ "/items/" (line.id) } data-row { (line.person_name) } } p class="app-item__meta" { (born(line.birth_date, visit.now)) } }
                    div { p { (urgency_tag(line.urgency)) " waiting " strong { (age(line.received_at, visit.now)) } } p class="app-item__words" { (line.summary) } }
                    div { p { strong { (line.action.label()) } } p { (due(line.due, visit.now)) } p class="app-item__meta" { (visit.practice.team_name(line.owner.team)) } }
                }
            }
        }
    }
}

fn slots(left: &[(portico_domain::pathway::Pathway, i64, i64)]) -> Markup {
    let mut table = Table::new("Slots left today").head(["Pathway", "Left", "Kept for same day"]).first_cell_is_header();
    for (pathway, all, same_day) in left {
        table = table.row_cells([
            TableCell::new(pathway.label()),
            TableCell::new(all.to_string()).numeric(),
            TableCell::new(same_day.to_string()).numeric(),
        ]);
    }
    html! { @if left.is_empty() { h2 class="nhsuk-heading-m" { "Slots left today" } (InsetText::new(html! { p { "No slot is left today. Speak to the duty GP and the urgent hub." } })) } @else { (table) } }
}

fn at_work(visit: &StaffVisit, people: &[staff::Staff], on_leave: &[StaffId]) -> Markup {
    let (here, away): (Vec<_>, Vec<_>) =
        people.iter().filter(|p| p.presence != Presence::Left).partition(|p| p.presence == Presence::AtWork && !on_leave.contains(&p.id));
    html! {
        h2 class="nhsuk-heading-m" { "At work (" (here.len()) ")" }
        ul class="nhsuk-list" { @for p in here { li { (p.name) ", " (visit.practice.team_name(p.team)) } } }
        @if !away.is_empty() { h3 class="nhsuk-heading-s" { "Away" } ul class="nhsuk-list" { @for p in away { li { (p.name) } } } }
        p class="nhsuk-body" { a href="/staff" { "Mark somebody away or left" } }
    }
}
