//! The desk: one list, red first, then by due time.

use std::collections::HashMap;

use axum::{extract::Query, response::IntoResponse};
use jiff::Timestamp;
use maud::{Markup, html};
use portico_domain::{request::Kind, triage::Urgency};
use portico_nhs::{StaffId, TeamId, WorkItemId};
use portico_nhsuk::{Button, Input, InsetText, SearchInput, Select};
use portico_store::queries::{
    saved_view, search, staff,
    work_item::{self, Counts, Filter, Line, Place},
};
use portico_web::{Answer, StaffVisit, StaffVisitPost, encode, layout};
use serde::Deserialize;

use crate::item_words::{ago, born, colour_class, due, urgency_tag};

/// Items on one page of the desk.
const PAGE: i64 = 50;

/// The desk's filters as its address carries them.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    /// The id under which what is searched for is kept.
    #[serde(default)]
    found: String,
    #[serde(default)]
    show: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    urgency: String,
    #[serde(default)]
    team: String,
    #[serde(default)]
    after: String,
}

impl Asked {
    fn query(&self, show: Option<&str>, after: Option<&str>) -> String {
        let all = [
            ("found", self.found.as_str()),
            ("show", show.unwrap_or(&self.show)),
            ("kind", &self.kind),
            ("urgency", &self.urgency),
            ("team", &self.team),
            ("after", after.unwrap_or_default()),
        ];
        encode(all.into_iter().filter(|(_, v)| !v.is_empty()))
    }

    /// Whether everything that is open is asked for.
    fn is_everything(&self) -> bool {
        self.q.trim().is_empty() && self.query(None, None).is_empty()
    }

    /// What a view keeps: what was searched for is not part of it.
    fn view(&self) -> String {
        Asked { found: String::new(), ..self.clone() }.query(None, None)
    }

    fn filter(&self, visit: &StaffVisit) -> Filter {
        let me = &visit.me.staff;
        Filter {
            mine: (self.show == "mine").then_some(me.id),
            team: if self.show == "team" { Some(me.team) } else { self.team.parse().ok() },
            unassigned: self.show == "unassigned",
            overdue: self.show == "overdue",
            waiting_for_patient: self.show == "patient",
            sign_off: self.show == "sign-off",
            untriaged: self.show == "untriaged" || self.urgency == "none",
            kind: self.kind.parse().ok(),
            urgency: if self.show == "red" { Some(Urgency::Emergency) } else { self.urgency.parse().ok() },
            among: None,
            after: place_of(&self.after),
        }
    }
}

fn place_of(text: &str) -> Option<Place> {
    let [rank, due, id] = text.split('.').collect::<Vec<_>>()[..] else { return None };
    Some(Place { rank: rank.parse().ok()?, due: Timestamp::from_microsecond(due.parse().ok()?).ok()?, id: id.parse().ok()? })
}

fn text_of(place: Place) -> String {
    format!("{}.{}.{}", place.rank, place.due.as_microsecond(), place.id)
}

/// The names that the list shows for owners.
struct Names {
    staff: HashMap<StaffId, String>,
    teams: HashMap<TeamId, String>,
}

/// The desk, or the part of it that has changed.
pub async fn show(visit: StaffVisit, Query(mut asked): Query<Asked>) -> Answer {
    if !asked.found.is_empty() {
        asked.q = visit.searched(&asked.found).await?;
    }
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let mut filter = asked.filter(&visit);
    if !asked.q.trim().is_empty() {
        filter.among = Some(search::items(&mut conn, organisation, &asked.q).await?);
    }
    let lines = work_item::list(&mut conn, organisation, &filter, visit.now, PAGE + 1).await?;
    let closed = closed_match(&visit, &mut conn, &asked).await?;
    let counts = work_item::counts(&mut conn, organisation, visit.now, visit.me.staff.id, visit.me.staff.team).await?;
    let people = staff::list(&mut conn, organisation).await?;
    let views = saved_view::list(&mut conn, organisation, visit.me.staff.id).await?;
    drop(conn);
    let names = Names {
        staff: people.into_iter().map(|p| (p.id, p.name)).collect(),
        teams: visit.practice.teams.iter().map(|t| (t.id, t.name.clone())).collect(),
    };
    let main = html! {
        h1 class="nhsuk-heading-l" { "Desk" }
        p class="nhsuk-u-visually-hidden" role="status" data-said {}
        div id="desk-counts" data-live { (counted(&asked, &counts)) }
        (filters(&visit, &asked, &views))
        @if let Some(item) = closed { (InsetText::new(html! { p { "A closed item has this reference: " a href={ "/items/" (item) } { "open it" } "." } })) }
        div id="desk-list" data-live { (list(&visit, &asked, &lines, &names)) }
    };
    Ok(layout::staff(&visit, "Desk", "/desk", main).into_response())
}

/// Narrows the desk; what is searched for stands in no address.
pub async fn narrow(post: StaffVisitPost) -> Answer {
    let kept = ["show", "kind", "urgency", "team"].map(|name| (name, post.form.get(name)));
    post.search("q", "/desk", &kept).await
}

/// A reference that is searched for is found even when its item is closed.
async fn closed_match(visit: &StaffVisit, conn: &mut portico_store::Conn, asked: &Asked) -> Result<Option<WorkItemId>, portico_web::Error> {
    let Ok(reference) = asked.q.parse() else { return Ok(None) };
    let found = work_item::by_reference(conn, visit.organisation(), &reference).await?;
    Ok(found.filter(|i| !i.is_open()).map(|i| i.id))
}

fn counted(asked: &Asked, c: &Counts) -> Markup {
    let all = [
        ("", "All open", c.open),
        ("red", "Red", c.red),
        ("overdue", "Overdue", c.overdue),
        ("untriaged", "Not triaged yet", c.untriaged),
        ("mine", "Mine", c.mine),
        ("team", "My team", c.team),
        ("unassigned", "Unassigned", c.unassigned),
        ("patient", "Waiting for patient", c.waiting_for_patient),
        ("sign-off", "Past 7 days", c.sign_off),
    ];
    html! {
        nav aria-label="Lists of the desk" {
            ul class="app-counts" {
                @for (show, label, n) in all {
                    @let query = asked.query(Some(show), None);
                    li { a class=[(show == "red").then_some("app-counts__red")] href={ "/desk?" (query) } aria-current=[(asked.show == show).then_some("page")] { (label) " " strong { (n) } } }
                }
            }
        }
    }
}

fn filters(visit: &StaffVisit, asked: &Asked, views: &[saved_view::SavedView]) -> Markup {
    let kinds = Kind::ALL.iter().fold(Select::new("kind", "Kind").option("", "Any"), |s, k| s.option(k.code(), k.label()));
    let urgencies = Urgency::ALL
        .iter()
        .fold(Select::new("urgency", "Urgency").option("", "Any").option("none", "Not triaged yet"), |s, u| s.option(u.code(), u.label()));
    let teams =
        visit.practice.teams.iter().fold(Select::new("team", "Team").option("", "Any"), |s, t| s.option(t.id.to_string(), t.name.as_str()));
    html! {
        form method="post" action="/desk" class="app-filters app-noprint" data-search role="search" {
            (visit.tokens())
            @if !asked.show.is_empty() { input type="hidden" name="show" value=(asked.show); }
            (SearchInput::new("q", "Name, NHS number or reference").value(asked.q.as_str()).no_button())
            (kinds.value(Some(&asked.kind)))
            (urgencies.value(Some(&asked.urgency)))
            (teams.value(Some(&asked.team)))
            (Button::new("Show").secondary().small())
            @if !asked.is_everything() { p class="nhsuk-body" { a href="/desk" { "Clear filters" } } }
        }
        details class="nhsuk-details app-noprint" {
            summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Saved views (" (views.len()) ")" } }
            div class="nhsuk-details__text" {
                ul class="nhsuk-list" {
                    @for v in views {
                        li {
                            a href={ "/desk?" (v.filter) } { (v.name) } " "
                            form method="post" action="/desk/views/remove" class="app-inline" {
                                (visit.tokens()) input type="hidden" name="view-id" value=(v.id);
                                (Button::new(html! { "Remove" span class="nhsuk-u-visually-hidden" { " view " (v.name) } }).secondary().small())
                            }
                        }
                    }
                }
                form method="post" action="/desk/views" {
                    (visit.tokens()) input type="hidden" name="filter" value=(asked.view());
                    (Input::new("name", "Save the filters above as").width_chars(20).attribute("required", "required"))
                    (Button::new("Save view").secondary().small())
                }
            }
        }
    }
}

fn list(visit: &StaffVisit, asked: &Asked, lines: &[Line], names: &Names) -> Markup {
    let shown = &lines[..lines.len().min(PAGE as usize)];
    let more = lines.len() > shown.len();
    html! {
        @if shown.is_empty() {
            (InsetText::new(html! { p { @if asked.is_everything() { "Nothing is open. Everything that came in has been closed with an outcome." } @else { "Nothing matches. " a href="/desk" { "Show everything open" } "." } } }))
        }
        ol class="app-list" aria-label="Work items, red first, then by due time" { @for line in shown { (row(visit, line, names)) } }
        @if more && let Some(last) = shown.last() {
            p class="nhsuk-body" { a href={ "/desk?" (asked.query(None, Some(&text_of(last.place())))) } { "Next " (PAGE) } }
        }
        @if !asked.after.is_empty() { p class="nhsuk-body" { a href={ "/desk?" (asked.query(None, None)) } { "Back to the top" } } }
    }
}

/// One item as the desk and the duty screen show it.
fn row(visit: &StaffVisit, line: &Line, names: &Names) -> Markup {
    let team = names.teams.get(&line.owner.team).map_or("", String::as_str);
    let owner = line.owner.person.and_then(|p| names.staff.get(&p)).map_or_else(|| team.to_owned(), |p| format!("{p}, {team}"));
    let others = visit.app.presence.others(visit.organisation(), line.id, visit.me.staff.id, visit.now);
    html! {
        li class={ "app-item app-item--row app-item--" (colour_class(line.urgency)) } {
            div {
                p { a class="app-item__name" href={ "/items/" (line.id) } data-row { (line.person_name) } }
                p class="app-item__meta" { (born(line.birth_date, visit.now)) }
                p class="app-item__meta" { span class="app-reference" { (line.reference) } " · " (ago(line.received_at, visit.now)) }
            }
            div {
                p { (urgency_tag(line.urgency)) " " (line.kind.label()) ", " (line.door.label().to_lowercase()) @if line.repeat { " · repeat contact" } @if line.was_red && line.urgency != Some(Urgency::Emergency) { " · was red" } }
                p class="app-item__words" { (line.summary) }
                @if !others.is_empty() { p class="app-others" { "Open with " (others.join(", ")) } }
            }
            div {
                p { strong { (line.action.label()) } }
                p { (due(line.due, visit.now)) }
                p class="app-item__meta" { (owner) @if let Some(p) = line.pathway { " · " (p.label()) } }
            }
        }
    }
}
