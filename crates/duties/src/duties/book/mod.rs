//! A4: booking. Free slots that fit, a hold while the patient is asked, then booked, moved or cancelled.

use axum::{extract::Path, http::StatusCode, response::IntoResponse};
use jiff::Timestamp;
use maud::{Markup, html};
use portico_domain::{
    access::Action,
    booking::{Need, Slot, age_on, fits, window},
    pathway::Pathway,
    triage::Urgency,
    work_item::{State, WaitingFor, WorkItem},
};
use portico_nhs::{SlotId, WorkItemId, uk_date, uk_date_long, uk_time, when_words};
use portico_nhsuk::{Button, ErrorSummary, Input, InsetText, WarningCallout};
use portico_store::{
    queries::{booking, work_item},
    work,
};
use portico_web::{Access, Answer, Error, Routes, StaffVisit, StaffVisitPost, go, layout};

use crate::item_words::{born, urgency_tag};

/// Slots that the page offers at most; the earliest come first.
const OFFERED: i64 = 60;

/// The booking page of an item.
pub fn routes() -> Routes {
    let book = Access::Staff(Action::Book);
    Routes::new()
        .get("/items/{id}/booking", book, show)
        .post("/items/{id}/booking/hold", book, hold)
        .post("/items/{id}/booking/let-go", book, let_go)
        .post("/items/{id}/booking", book, take)
        .post("/items/{id}/booking/cancel", book, cancel)
}

/// Free slots that fit an item, within its window; urgent requests may use any doctor's slots.
async fn offered(visit: &StaffVisit, item: &WorkItem) -> Result<Vec<Slot>, Error> {
    let need = Need { pathway: item.position.pathway, urgency: item.position.urgency, birth_date: item.birth_date };
    let (Some(pathway), Some(urgency)) = (need.pathway, need.urgency) else { return Ok(Vec::new()) };
    let (_, until) = window(urgency, visit.now, &visit.practice.calendar);
    let urgent = matches!(urgency, Urgency::Emergency | Urgency::SameDay);
    let doctors = [Pathway::DutyGp, Pathway::Gp, Pathway::UrgentHub];
    let pathways: Vec<Pathway> = if urgent && doctors.contains(&pathway) { doctors.to_vec() } else { vec![pathway] };
    let age = item.birth_date.and_then(|born| age_on(born, uk_date(visit.now)));
    let mut conn = visit.app.store.reader().await?;
    let mut slots = Vec::new();
    for p in pathways {
        slots.extend(booking::free(&mut conn, visit.organisation(), p, visit.now, until, urgent, age, OFFERED).await?);
    }
    slots.retain(|s| fits(s, &need, visit.now, &visit.practice.calendar).is_ok());
    slots.sort_by_key(|s| s.starts);
    slots.truncate(OFFERED as usize);
    Ok(slots)
}

async fn show(visit: StaffVisit, Path(id): Path<WorkItemId>) -> Answer {
    Ok(page(&visit, id, None).await?.into_response())
}

/// A refusal is told on the page itself, with the slots that are free now.
async fn told(post: &StaffVisitPost, id: WorkItemId, done: Answer) -> Answer {
    match done {
        Err(Error::Refused(why)) => Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&post.visit, id, Some(&why)).await?).into_response()),
        other => other,
    }
}

async fn page(visit: &StaffVisit, id: WorkItemId, why_not: Option<&str>) -> Result<Markup, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let item = work_item::load(&mut conn, organisation, id).await?.ok_or(Error::NotFound)?;
    visit.log_reading("Booking page read", Some(id), item.patient).await?;
    let held = booking::hold_of(&mut conn, organisation, id, visit.now).await?;
    let held = match held {
        Some((slot, until, _)) => booking::slot(&mut conn, organisation, slot).await?.map(|s| (s, until)),
        None => None,
    };
    let standing = match item.position.state {
        State::Open { waiting: WaitingFor::Appointment { booking, .. }, .. } => booking::slot_of(&mut conn, organisation, booking).await?,
        _ => None,
    };
    drop(conn);
    let slots = offered(visit, &item).await?;
    let main = html! {
        p class="nhsuk-body" { a href={ "/items/" (id) } { "Back to the item" } }
        @if let Some(why) = why_not { (ErrorSummary::new().title("That was not done").error("#slots", why)) }
        h1 class="nhsuk-heading-l" { "Appointment" span class="nhsuk-caption-m" { (item.person_name) ", " (born(item.birth_date, visit.now)) " · " (item.reference) } }
        p { (urgency_tag(item.position.urgency)) @if let Some(p) = item.position.pathway { " " (p.label()) } }
        @if let Some(slot) = &standing { (standing_panel(visit, &item, slot)) }
        @if let Some((slot, until)) = &held { (held_panel(visit, &item, slot, *until)) }
        div id="slots" { (choices(visit, &item, &slots, standing.is_some())) }
    };
    Ok(layout::staff(visit, if why_not.is_some() { "Error: Appointment" } else { "Appointment" }, "/desk", main))
}

fn hidden(visit: &StaffVisit, item: &WorkItem) -> Markup {
    html! { (visit.tokens()) input type="hidden" name="_version" value=(item.version); }
}

fn described(slot: &Slot) -> String {
    format!(
        "{} {}, {}, {}, {}",
        uk_date_long(uk_date(slot.starts)),
        uk_time(slot.starts),
        slot.mode.label(),
        slot.clinician_name,
        slot.site
    )
}

fn standing_panel(visit: &StaffVisit, item: &WorkItem, slot: &Slot) -> Markup {
    html! {
        (InsetText::new(html! { p { "Booked: " strong { (described(slot)) } } }))
        form method="post" action={ "/items/" (item.id) "/booking/cancel" } class="app-actions" {
            (hidden(visit, item))
            (Input::new("why", "Why it is cancelled (the patient reads this)").width_chars(30))
            (Button::new("Cancel appointment").warning().small().prevent_double_click())
        }
        h2 class="nhsuk-heading-m" { "Or move it" }
    }
}

fn held_panel(visit: &StaffVisit, item: &WorkItem, slot: &Slot, until: Timestamp) -> Markup {
    let held = html! {
            p { strong { (described(slot)) } " is kept until " (uk_time(until)) "." }
            div class="app-actions" {
                form method="post" action={ "/items/" (item.id) "/booking" } { (hidden(visit, item)) input type="hidden" name="slot-id" value=(slot.id); (Button::new("Book it").prevent_double_click()) }
                form method="post" action={ "/items/" (item.id) "/booking/let-go" } { (visit.tokens()) (Button::new("Let it go").secondary()) }
            }
    };
    html! { (WarningCallout::new("Held for this patient", held).heading_level(2)) }
}

fn choices(visit: &StaffVisit, item: &WorkItem, slots: &[Slot], moves: bool) -> Markup {
    let Some(pathway) = item.position.pathway.filter(|_| item.position.urgency.is_some()) else {
        return html! { (InsetText::new(html! { p { "Choose an urgency and a pathway before you book. " a href={ "/items/" (item.id) } { "Triage it" } "." } })) };
    };
    if !pathway.takes_bookings() {
        return html! { (InsetText::new(html! { p { (pathway.label()) " has no appointments to book. Choose another pathway, or reply to the patient." } })) };
    }
    let urgent = matches!(item.position.urgency, Some(Urgency::Emergency | Urgency::SameDay));
    html! {
        h2 class="nhsuk-heading-m" { "Free slots that fit" }
        @if slots.is_empty() {
            (InsetText::new(html! {
                p { "No free slot fits in time." }
                p { @if urgent { "Do not leave it: speak to the duty GP, or triage to the urgent hub or 999." } @else { "Try another pathway, or tell the manager that this pathway is full." } }
            }))
        }
        ul class="app-slots" {
            @for slot in slots {
                li {
                    p { strong { (when_words(slot.starts, visit.now)) } }
                    p { (slot.mode.label()) ", " (slot.clinician_name) }
                    p class="app-item__meta" { (slot.pathway.label()) ", " (slot.site) ", " (slot.ends.duration_since(slot.starts).as_mins()) " min" @if slot.same_day_only { ", kept for the same day" } }
                    div class="app-actions" {
                        form method="post" action={ "/items/" (item.id) "/booking/hold" } { (visit.tokens()) input type="hidden" name="slot-id" value=(slot.id); (Button::new(html! { "Hold" span class="nhsuk-u-visually-hidden" { " " (described(slot)) } }).secondary().small()) }
                        form method="post" action={ "/items/" (item.id) "/booking" } { (hidden(visit, item)) input type="hidden" name="slot-id" value=(slot.id); (Button::new(html! { (if moves { "Move here" } else { "Book" }) span class="nhsuk-u-visually-hidden" { " " (described(slot)) } }).small().prevent_double_click()) }
                    }
                }
            }
        }
    }
}

fn slot_of(post: &StaffVisitPost) -> Result<SlotId, Error> {
    post.form.read("slot-id").ok_or_else(|| Error::Refused("Choose a slot.".into()))
}

async fn hold(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    told(&post, id, keep(&post, id).await).await
}

async fn keep(post: &StaffVisitPost, id: WorkItemId) -> Answer {
    let (practice, actor, slot) = (post.visit.practice.clone(), post.visit.me.actor(), slot_of(post)?);
    post.write(work!(tx, [practice, actor] => work::hold(tx, &practice, &actor, id, slot).await)).await?;
    go(format!("/items/{id}/booking"))
}

async fn let_go(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let practice = post.visit.practice.clone();
    post.write(work!(tx, [practice] => work::let_go(tx, &practice, id).await)).await?;
    go(format!("/items/{id}/booking"))
}

async fn take(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    told(&post, id, book(&post, id).await).await
}

async fn book(post: &StaffVisitPost, id: WorkItemId) -> Answer {
    let (practice, actor, slot) = (post.visit.practice.clone(), post.visit.me.actor(), slot_of(post)?);
    let version = Some(post.form.read("_version").ok_or(Error::Stale)?);
    post.write(work!(tx, [practice, actor] => work::book(tx, &practice, &actor, id, version, slot).await)).await?;
    go(format!("/items/{id}"))
}

async fn cancel(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    told(&post, id, give_up(&post, id).await).await
}

async fn give_up(post: &StaffVisitPost, id: WorkItemId) -> Answer {
    let (practice, actor, why) = (post.visit.practice.clone(), post.visit.me.actor(), post.form.get("why").to_owned());
    let version = Some(post.form.read("_version").ok_or(Error::Stale)?);
    post.write(work!(tx, [practice, actor, why] => work::cancel_booking(tx, &practice, &actor, id, version, &why).await)).await?;
    go(format!("/items/{id}/booking"))
}
