//! A4: booking. Free slots that fit, a hold while the patient is asked, then booked, moved or cancelled.

mod day_list;
mod not_coming;
mod overbook;
mod procedures;
mod self_book;
mod together;

use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::IntoResponse,
};
use jiff::{
    Timestamp,
    civil::{Date, Time},
};
use maud::{Markup, html};
use portico_domain::{
    access::Action,
    booking::{Mode, Slot},
    rota::moment,
    service::Service,
    triage::Urgency,
    work_item::{NextAction, State, WaitingFor, WorkItem},
};
use portico_nhs::{SlotId, StaffId, WorkItemId, uk_time};
use portico_nhsuk::{Button, ErrorSummary, Input, InsetText, Select, WarningCallout};
use portico_store::{
    queries::{allocation, booking, patient, prerequisite, work_item},
    work,
};
use portico_web::{Access, Answer, Error, Routes, StaffVisit, StaffVisitPost, encode, go, layout};
use serde::Deserialize;

use crate::{
    duties::update_record::contact,
    item_words::{born, urgency_tag},
};

/// Slots that the page offers at most; the earliest come first.
const OFFERED: usize = 60;
/// Slots that fit are looked through for what is asked for.
const LOOKED_THROUGH: i64 = 2000;

/// What somebody narrows the choice to; empty is anything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    with: String,
    skill: String,
    mode: String,
    site: String,
    from: String,
    part: String,
}

impl Wanted {
    fn takes(&self, slot: &Slot, skills: &[(StaffId, String)]) -> bool {
        let able = self.skill.is_empty() || skills.iter().any(|(who, skill)| *who == slot.clinician && *skill == self.skill);
        let hour = slot.starts.to_zoned(portico_nhs::london()).hour();
        able && (self.with.is_empty() || slot.clinician_name == self.with)
            && (self.mode.is_empty() || slot.kind.mode.code() == self.mode)
            && (self.site.is_empty() || site_of(&slot.site) == self.site)
            && match self.part.as_str() {
                "morning" => hour < 12,
                "afternoon" => hour >= 12,
                _ => true,
            }
    }
}

/// The booking page of an item.
pub fn routes() -> Routes {
    let book = Access::Staff(Action::Book);
    Routes::new()
        .get("/items/{id}/booking", book, show)
        .post("/items/{id}/booking/hold", book, hold)
        .post("/items/{id}/booking/let-go", book, let_go)
        .post("/items/{id}/booking", book, take)
        .post("/items/{id}/booking/cancel", book, cancel)
        .post("/items/{id}/booking/invite", book, invite)
        .post("/items/{id}/booking/service", book, set_service)
        .and(overbook::routes())
        .and(procedures::routes())
        .and(self_book::routes())
        .and(not_coming::routes())
        .and(together::routes())
        .and(day_list::routes())
}

/// A place without its room.
fn site_of(place: &str) -> &str {
    place.rsplit_once(", ").map_or(place, |(site, _)| site)
}

/// The beginning of the day that was asked for, or now.
fn asked_from(day: &str, now: Timestamp) -> Timestamp {
    day.parse::<Date>().ok().and_then(|day| moment(day, Time::midnight())).map_or(now, |at| at.max(now))
}

/// Free slots that fit an item from a moment on, within its window; urgent requests may use any doctor's slots.
async fn fitting(visit: &StaffVisit, item: &WorkItem, from: Timestamp) -> Result<Vec<Slot>, Error> {
    let mut conn = visit.app.store.reader().await?;
    let need = booking::need_of(&mut conn, visit.organisation(), item.id).await?;
    Ok(booking::fitting(&mut conn, visit.organisation(), &need, (visit.now, &visit.practice.calendar), (from, LOOKED_THROUGH)).await?)
}

/// What the choice can be narrowed to, from what there is.
fn narrowing(item: &WorkItem, all: &[Slot], skills: &[(StaffId, String)], wanted: &Wanted) -> Markup {
    let names = |of: fn(&Slot) -> &str| {
        let mut names: Vec<&str> = all.iter().map(of).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let with = names(|s| &s.clinician_name).into_iter().fold(Select::new("with", "With").option("", "Anybody"), |s, n| s.option(n, n));
    let site = names(|s| site_of(&s.site)).into_iter().fold(Select::new("site", "Where").option("", "Anywhere"), |s, n| s.option(n, n));
    let able = skill_names(skills, |who| all.iter().any(|s| s.clinician == who));
    let skill = able.iter().fold(Select::new("skill", "Skilled in").option("", "Anything"), |s, n| s.option(*n, *n));
    let mode = Mode::ALL.iter().fold(Select::new("mode", "How").option("", "Any way"), |s, m| s.option(m.code(), m.label()));
    let part = Select::new("part", "When").option("", "Any time").option("morning", "Mornings").option("afternoon", "Afternoons");
    html! {
        form method="get" action={ "/items/" (item.id) "/booking" } class="app-actions app-noprint" {
            (with.value(Some(wanted.with.as_str())))
            @if !able.is_empty() { (skill.value(Some(wanted.skill.as_str()))) }
            (mode.value(Some(wanted.mode.as_str())))
            (site.value(Some(wanted.site.as_str())))
            (part.value(Some(wanted.part.as_str())))
            (Input::new("from", "From day").input_type("date").value(wanted.from.as_str()))
            (Button::new("Narrow").secondary().small())
        }
    }
}

async fn show(visit: StaffVisit, Path(id): Path<WorkItemId>, Query(wanted): Query<Wanted>) -> Answer {
    Ok(page(&visit, id, &wanted, None).await?.into_response())
}

/// A refusal is told on the page itself, with the slots that are free now.
async fn told(post: &StaffVisitPost, id: WorkItemId, done: Answer) -> Answer {
    match done {
        Err(Error::Refused(why)) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&post.visit, id, &Wanted::default(), Some(&why)).await?).into_response())
        }
        other => other,
    }
}

async fn page(visit: &StaffVisit, id: WorkItemId, wanted: &Wanted, why_not: Option<&str>) -> Result<Markup, Error> {
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
    let skills = allocation::skills(&mut conn, organisation).await?;
    let service = work_item::service(&mut conn, organisation, id).await?;
    let skill = work_item::skill(&mut conn, organisation, id).await?;
    let together = work_item::together(&mut conn, organisation, id, visit.now).await?;
    let noted = prerequisite::of_item(&mut conn, organisation, id).await?;
    let reaching = patient::contact_rules(&mut conn, organisation, item.patient).await?;
    let usual = match item.patient {
        Some(patient) => allocation::usual(&mut conn, organisation, patient).await?,
        None => None,
    };
    drop(conn);
    let all = fitting(visit, &item, asked_from(&wanted.from, visit.now)).await?;
    let full = overbook::sessions(visit, &item).await?;
    let slots: Vec<Slot> = all.iter().filter(|s| wanted.takes(s, &skills)).take(OFFERED).cloned().collect();
    let main = html! {
        p class="nhsuk-body" { a href={ "/items/" (id) } { "Back to the item" } }
        @if let Some(why) = why_not { (ErrorSummary::new().title("That was not done").error("#slots", why)) }
        h1 class="nhsuk-heading-l" { "Appointment" span class="nhsuk-caption-m" { (item.person_name) ", " (born(item.birth_date, visit.now)) " · " (item.reference) } }
        p { (urgency_tag(item.position.urgency)) @if let Some(p) = item.position.pathway { " " (p.label()) } @if let Some(s) = service { " · " strong { (s.label()) } } @if let Some(s) = &skill { " · by somebody skilled in " strong { (s) } } }
        (contact::warning(&reaching))
        @if let Some(slot) = &standing { (standing_panel(visit, &item, slot, together.len())) }
        @if let Some((slot, until)) = &held { (held_panel(visit, &item, slot, *until)) }
        @if !all.is_empty() || !wanted.from.is_empty() { (narrowing(&item, &all, &skills, wanted)) }
        @if let Some(who) = usual { (of_usual(&item, &all, who)) }
        div id="slots" { (choices(visit, &item, &slots, standing.is_some())) }
        @if standing.is_none() && item.is_open() { (of_service(visit, &item, (service, skill.as_deref()), &skills)) }
        @if standing.is_none() { (inviting(visit, &item)) }
        (procedures::panel(visit, id, &noted))
        @if item.is_open() && item.position.pathway.is_some() { h2 class="nhsuk-heading-m" { "Several that belong together" } p class="nhsuk-body" { a href={ "/items/" (id) "/together" } { "Book a series, something after it, or somebody else in the same visit" } } }
        @if item.is_open() { (overbook::panel(&item, &hidden(visit, &item), &full)) }
    };
    Ok(layout::staff(visit, if why_not.is_some() { "Error: Appointment" } else { "Appointment" }, "/desk", main))
}

/// How many of the slots are with the patient's usual clinician, and the way to see only those.
fn of_usual(item: &WorkItem, all: &[Slot], usual: StaffId) -> Markup {
    let theirs: Vec<&Slot> = all.iter().filter(|s| s.clinician == usual).collect();
    html! {
        @match theirs.first() {
            Some(slot) => p class="nhsuk-body" {
                "Their usual clinician, " strong { (slot.clinician_name) } ", has " (theirs.len()) " of these. "
                a href={ "/items/" (item.id) "/booking?" (encode([("with", slot.clinician_name.as_str())])) } { "See only theirs" }
            }
            None => p class="nhsuk-body" { "Their usual clinician has no free slot that fits." }
        }
    }
}

fn hidden(visit: &StaffVisit, item: &WorkItem) -> Markup {
    html! { (visit.tokens()) input type="hidden" name="_version" value=(item.version); }
}

fn described(slot: &Slot) -> String {
    format!("{}, {}, {}, {}", work::told_on(slot), slot.kind.mode.label(), slot.clinician_name, slot.site)
}

fn standing_panel(visit: &StaffVisit, item: &WorkItem, slot: &Slot, together: usize) -> Markup {
    html! {
        (InsetText::new(html! { p { "Booked: " strong { (described(slot)) } } }))
        form method="post" action={ "/items/" (item.id) "/booking/cancel" } class="app-actions" {
            (hidden(visit, item))
            (Input::new("why", "Why it is cancelled (the patient reads this)").width_chars(30))
            (Button::new("Cancel appointment").warning().small().prevent_double_click())
            @if together > 1 { (Button::new(format!("Cancel all {together} that belong together")).secondary().small().name_value("all", "yes").prevent_double_click()) }
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
                p { "No free slot fits in time, or none of what you asked for above." }
                p { @if urgent { "Do not leave it: speak to the duty GP, or triage to the urgent hub or 999." } @else { "Try another pathway, or tell the manager that this pathway is full." } }
            }))
        }
        ul class="app-slots" {
            @for slot in slots {
                li {
                    p { strong { (work::told_words(slot, visit.now)) } }
                    p { (slot.kind.mode.label()) ", " (slot.clinician_name) }
                    p class="app-item__meta" { (slot.kind.pathway.label()) ", " (slot.site) ", " (slot.ends.duration_since(slot.starts).as_mins()) " min" @if slot.kind.same_day_only { ", kept for the same day" } }
                    div class="app-actions" {
                        form method="post" action={ "/items/" (item.id) "/booking/hold" } { (visit.tokens()) input type="hidden" name="slot-id" value=(slot.id); (Button::new(html! { "Hold" span class="nhsuk-u-visually-hidden" { " " (described(slot)) } }).secondary().small()) }
                        form method="post" action={ "/items/" (item.id) "/booking" } { (hidden(visit, item)) input type="hidden" name="slot-id" value=(slot.id); (Button::new(html! { (if moves { "Move here" } else { "Book" }) span class="nhsuk-u-visually-hidden" { " " (described(slot)) } }).small().prevent_double_click()) }
                    }
                }
            }
        }
    }
}

/// Every skill that somebody has, once.
fn skill_names(skills: &[(StaffId, String)], of: impl Fn(StaffId) -> bool) -> Vec<&str> {
    let mut names: Vec<&str> = skills.iter().filter(|(who, _)| of(*who)).map(|(_, s)| s.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// For which service it is and what its clinician must be skilled in: then only such slots fit.
fn of_service(
    visit: &StaffVisit,
    item: &WorkItem,
    (service, skill): (Option<Service>, Option<&str>),
    skills: &[(StaffId, String)],
) -> Markup {
    let names = skill_names(skills, |_| true);
    let able = names.iter().fold(Select::new("needs-skill", "By somebody skilled in").option("", "Anything"), |s, n| s.option(*n, *n));
    let all = Service::ALL
        .iter()
        .fold(Select::new("service", "For the service").option("", "None of these"), |s, x| s.option(x.code(), x.label()));
    html! {
        form method="post" action={ "/items/" (item.id) "/booking/service" } class="app-actions" {
            (visit.tokens())
            (all.value(Some(service.map_or("", |s| s.code()))))
            @if !names.is_empty() { (able.value(Some(skill.unwrap_or_default()))) }
            (Button::new("Show its slots").secondary().small())
        }
    }
}

async fn set_service(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let (practice, actor, service) = (post.visit.practice.clone(), post.visit.me.actor(), post.form.read::<Service>("service"));
    let skill = Some(post.form.get("needs-skill").to_owned()).filter(|s| !s.is_empty());
    let written = post
        .write(work!(tx, [practice, actor, skill] => work::set_service(tx, &practice, &actor, id, (service, skill.as_deref())).await))
        .await;
    match written {
        Ok(()) => go(format!("/items/{id}/booking")),
        Err(refused) => told(&post, id, Err(refused)).await,
    }
}

/// Leaving the choice to the patient: not for emergencies, and not while an appointment stands.
fn inviting(visit: &StaffVisit, item: &WorkItem) -> Markup {
    let invited = matches!(item.position.state, State::Open { waiting: WaitingFor::Patient { .. }, next, .. } if next.action == NextAction::AwaitChoice);
    let may = item.position.pathway.is_some_and(|p| p.takes_bookings()) && !item.is_red() && item.is_open();
    html! {
        @if may {
            h2 class="nhsuk-heading-m" { "Or let the patient choose" }
            p class="nhsuk-body" { @if invited { "They were sent a link and have not chosen yet. It comes back to you if they do not." } @else { "They get a private link, see only the slots that fit, and book one themselves." } }
            form method="post" action={ "/items/" (item.id) "/booking/invite" } { (hidden(visit, item)) (Button::new(if invited { "Send the link again" } else { "Send a link to choose" }).secondary().prevent_double_click()) }
        }
    }
}

async fn invite(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    told(&post, id, invites(&post, id).await).await
}

async fn invites(post: &StaffVisitPost, id: WorkItemId) -> Answer {
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    let version = Some(post.version()?);
    post.write(work!(tx, [practice, actor] => work::invite(tx, &practice, &actor, id, version).await)).await?;
    go(format!("/items/{id}"))
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
    let version = Some(post.version()?);
    post.write(work!(tx, [practice, actor] => work::book(tx, &practice, &actor, id, version, slot).await)).await?;
    go(format!("/items/{id}"))
}

async fn cancel(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    told(&post, id, give_up(&post, id).await).await
}

async fn give_up(post: &StaffVisitPost, id: WorkItemId) -> Answer {
    let (practice, actor, why) = (post.visit.practice.clone(), post.visit.me.actor(), post.form.get("why").to_owned());
    let version: i64 = post.version()?;
    if post.form.get("all") == "yes" {
        let kept = post
            .write(work!(tx, [practice, actor, why] => work::cancel_together(tx, &practice, (&actor, version), id, &why).await))
            .await?;
        return go(format!("/items/{kept}/booking"));
    }
    post.write(work!(tx, [practice, actor, why] => work::cancel_booking(tx, &practice, &actor, id, Some(version), &why).await)).await?;
    go(format!("/items/{id}/booking"))
}
