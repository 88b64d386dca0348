//! B68: free slots given out, all at once and in the best way; the coordinator accepts all or some.

mod offers;

use axum::{extract::Query, http::StatusCode, response::IntoResponse};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use portico_domain::{
    access::Action,
    allocation::{Allocation, MOST, Offer, Pair, allocate},
};
use portico_nhs::{SlotId, WorkItemId, when_words};
use portico_nhsuk::{Button, ErrorSummary, InsetText, Select};
use portico_store::{
    queries::allocation::{self, Waiting},
    work,
};
use portico_web::{Access, Answer, Error, Routes, StaffVisit, StaffVisitPost, layout};
use serde::Deserialize;

use crate::item_words::urgency_tag;

/// How far ahead slots may be given out, in days; the first is today.
const AHEAD: [(&str, &str, i64); 4] =
    [("today", "Today", 0), ("3", "The next 3 days", 3), ("7", "The next 7 days", 7), ("28", "The next 28 days", 28)];

/// The page of the allocation.
pub fn routes() -> Routes {
    let book = Access::Staff(Action::Book);
    Routes::new().get("/allocate", book, show).post("/allocate", book, accept).and(offers::routes())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    ahead: String,
}

fn until(visit: &StaffVisit, ahead: &str) -> Timestamp {
    let days = AHEAD.iter().find(|(code, ..)| *code == ahead).map_or(0, |(.., days)| *days);
    match days {
        0 => visit.practice.calendar.end_of_core_day(visit.now),
        days => visit.now + SignedDuration::from_hours(24 * days),
    }
}

async fn show(visit: StaffVisit, Query(asked): Query<Asked>) -> Answer {
    Ok(page(&visit, &asked.ahead, None).await?.into_response())
}

/// What was booked and what was not, after accepting.
struct Done {
    booked: usize,
    not: Vec<(String, String)>,
}

async fn page(visit: &StaffVisit, ahead: &str, done: Option<&Done>) -> Result<Markup, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let waiting = allocation::waiting(&mut conn, organisation, MOST).await?;
    let offers = allocation::offers(&mut conn, organisation, (visit.now, until(visit, ahead))).await?;
    drop(conn);
    visit.log_reading("Allocation read", None, None).await?;
    let wants: Vec<_> = waiting.iter().map(|w| w.wants.clone()).collect();
    let (free, practice, now) = (offers.clone(), visit.practice.clone(), visit.now);
    let best = tokio::task::spawn_blocking(move || allocate(&wants, &free, now, &practice.calendar))
        .await
        .map_err(|e| Error::Broken(e.to_string()))?;
    let select = AHEAD.iter().fold(Select::new("ahead", "Slots of"), |s, (code, label, _)| s.option(*code, *label));
    let main = html! {
        @if let Some(done) = done { (told(done)) }
        h1 class="nhsuk-heading-l" { "Give out free slots" }
        form method="get" action="/allocate" class="app-actions" { (select.value(Some(ahead))) (Button::new("Look").secondary().small()) }
        p class="nhsuk-body" { (waiting.len()) @if waiting.len() == MOST { " requests or more wait" } @else if waiting.len() == 1 { " request waits" } @else { " requests wait" } " for a slot; " (offers.len()) " slots are free. This is the best way to give them out: " strong { (best.pairs.len()) " get one" } ", " (best.left.len()) " do not." }
        @if waiting.is_empty() { (InsetText::new(html! { p { "No request waits for an appointment." } })) }
        (proposals(visit, ahead, &waiting, &offers, &best))
        (left(&waiting, &best))
    };
    Ok(layout::staff(visit, "Give out free slots", "/day", main))
}

fn told(done: &Done) -> Markup {
    html! {
        @if done.not.is_empty() { (InsetText::new(html! { p { strong { (done.booked) " booked." } " The patients are told." } })) }
        @else {
            (done.not.iter().fold(ErrorSummary::new().title(format!("{} booked, {} not", done.booked, done.not.len())), |s, (who, why)| s.error("#proposals", format!("{who}: {why}"))))
        }
    }
}

fn proposals(visit: &StaffVisit, ahead: &str, waiting: &[Waiting], offers: &[Offer], best: &Allocation) -> Markup {
    let request = |item: WorkItemId| waiting.iter().find(|w| w.wants.item == item);
    let slot = |id: SlotId| offers.iter().find(|o| o.slot.id == id);
    html! {
        @if !best.pairs.is_empty() {
            form method="post" action="/allocate" id="proposals" {
                (visit.tokens())
                input type="hidden" name="ahead" value=(ahead);
                ul class="app-list" { @for pair in &best.pairs {
                    @if let (Some(w), Some(o)) = (request(pair.item), slot(pair.slot)) { (proposal(visit, pair, w, o)) }
                } }
                (Button::new("Book the ticked ones").prevent_double_click())
            }
        }
    }
}

fn proposal(visit: &StaffVisit, pair: &Pair, w: &Waiting, o: &Offer) -> Markup {
    let value = format!("{} {} {}", pair.item, pair.slot, w.version);
    let why = pair.why.iter().map(|r| r.label()).collect::<Vec<_>>().join(", ");
    html! {
        li class="app-item app-item--row" {
            div class="nhsuk-checkboxes nhsuk-checkboxes--small" { div class="nhsuk-checkboxes__item" {
                input class="nhsuk-checkboxes__input" type="checkbox" name="pair" id={ "pair-" (pair.item) } value=(value) checked;
                label class="nhsuk-label nhsuk-checkboxes__label" for={ "pair-" (pair.item) } { strong { (w.person_name) } " " span class="app-item__meta" { (w.reference) } }
            } }
            div { p { strong { (work::told_words(&o.slot, visit.now)) } ", " (o.slot.kind.mode.label()) ", " (o.slot.clinician_name) } p class="app-item__meta" { (why) } }
            div { p { (urgency_tag(w.wants.need.urgency)) } p class="app-item__meta" { "asked " (when_words(w.wants.received_at, visit.now)) } p { a href={ "/items/" (pair.item) } data-row { "Open" span class="nhsuk-u-visually-hidden" { ": " (w.person_name) } } } }
        }
    }
}

fn left(waiting: &[Waiting], best: &Allocation) -> Markup {
    let left: Vec<&Waiting> = best.left.iter().filter_map(|id| waiting.iter().find(|w| w.wants.item == *id)).collect();
    html! {
        @if !left.is_empty() {
            h2 class="nhsuk-heading-m" { "Without a slot (" (left.len()) ")" }
            ul class="app-list" { @for w in left {
                li class="app-item app-item--row" {
                    p { a class="app-item__name" href={ "/items/" (w.wants.item) } data-row { (w.person_name) } }
                    p { (urgency_tag(w.wants.need.urgency)) @if let Some(p) = w.wants.need.pathway { " " (p.label()) } }
                    p class="app-item__meta" { (w.reference) }
                }
            } }
        }
    }
}

async fn accept(post: StaffVisitPost) -> Answer {
    let mut done = Done { booked: 0, not: Vec::new() };
    let chosen: Vec<&str> = post.form.all("pair").into_iter().take(MOST).collect();
    let waiting = allocation::waiting(&mut post.visit.app.store.reader().await?, post.visit.organisation(), MOST).await?;
    for (n, pair) in chosen.into_iter().enumerate() {
        let mut words = pair.split(' ');
        let (Some(item), Some(slot), Some(version)) = (
            words.next().and_then(|w| w.parse::<WorkItemId>().ok()),
            words.next().and_then(|w| w.parse::<SlotId>().ok()),
            words.next().and_then(|w| w.parse::<i64>().ok()),
        ) else {
            continue;
        };
        let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
        // Each is a transaction of its own, so that one that is taken does not undo the others; sent twice, each is done once.
        let key = post.form.once().map(|key| format!("{key} {n}"));
        let booked = post
            .visit
            .app
            .store
            .write(
                post.visit.organisation(),
                key.as_deref(),
                work!(tx, [practice, actor] => work::book(tx, &practice, &actor, item, Some(version), slot).await),
            )
            .await;
        match booked.map_err(Error::from) {
            Ok(_) => done.booked += 1,
            Err(error) => {
                let why = match error {
                    Error::Refused(why) => why,
                    Error::Stale => "Somebody has changed the request since you looked.".to_owned(),
                    other => return Err(other),
                };
                let who = waiting.iter().find(|w| w.wants.item == item).map_or_else(|| "A request".to_owned(), |w| w.person_name.clone());
                done.not.push((who, why));
            }
        }
    }
    let page = page(&post.visit, post.form.get("ahead"), Some(&done)).await?;
    Ok((if done.not.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT }, page).into_response())
}
