//! The day's list: every slot with whoever is booked, who has come, who has not; on the screen and on paper.

use axum::{
    extract::{Path, Query},
    response::IntoResponse,
};
use jiff::{
    ToSpan,
    civil::{Date, Time},
};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    booking::Mode,
    rota::moment,
};
use portico_nhs::{BookingId, uk_date, uk_date_long, uk_time};
use portico_nhsuk::{Button, InsetText, Select};
use portico_store::{
    queries::booking::{self, Attendance, DayBooking, DayLine},
    work,
};
use portico_web::{Access, Answer, Error, Routes, StaffVisit, StaffVisitPost, go, layout};
use serde::Deserialize;

use crate::item_words::{born, urgency_tag};

/// The list and what is marked on it.
pub fn routes() -> Routes {
    Routes::new().get("/day", Access::Staff(Action::ReadRota), show).post("/bookings/{id}/attendance", Access::Staff(Action::Attend), mark)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    on: String,
    with: String,
    free: String,
    how: String,
}

async fn show(visit: StaffVisit, Query(asked): Query<Asked>) -> Answer {
    let day: Date = asked.on.parse().unwrap_or_else(|_| uk_date(visit.now));
    let next = day.tomorrow().unwrap_or(day);
    let (Some(from), Some(to)) = (moment(day, Time::midnight()), moment(next, Time::midnight())) else { return Err(Error::NotFound) };
    let all = booking::day_list(&mut visit.app.store.reader().await?, visit.organisation(), (from, to)).await?;
    visit.log_reading("Day list read", None, None).await?;
    let mut people: Vec<&str> = all.iter().map(|l| l.slot.clinician_name.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    let wanted = |l: &&DayLine| {
        (asked.how.is_empty() || l.slot.kind.mode.code() == asked.how)
            && (asked.with.is_empty() || l.slot.clinician_name == asked.with)
            && (asked.free == "yes" || l.booked.is_some())
    };
    let shown: Vec<&DayLine> = all.iter().filter(wanted).collect();
    let with = people.iter().fold(Select::new("with", "With").option("", "Everybody"), |s, p| s.option(*p, *p));
    let how = Mode::ALL.iter().fold(Select::new("how", "How").option("", "Every way"), |s, m| s.option(m.code(), m.label()));
    let free = Select::new("free", "Free slots").option("", "Left out").option("yes", "Shown");
    let link = |d: Date| {
        format!(
            "/day?{}",
            portico_web::encode([
                ("on", d.to_string().as_str()),
                ("with", asked.with.as_str()),
                ("free", asked.free.as_str()),
                ("how", asked.how.as_str())
            ])
        )
    };
    let before = day.checked_sub(1.day()).unwrap_or(day);
    let main = html! {
        h1 class="nhsuk-heading-l" { "Appointments" span class="nhsuk-caption-m" { (uk_date_long(day)) } }
        nav class="app-actions app-noprint" aria-label="Days" {
            a class="nhsuk-link" href=(link(before)) { "Day before" }
            a class="nhsuk-link" href=(link(uk_date(visit.now))) { "Today" }
            a class="nhsuk-link" href=(link(next)) { "Day after" }
            a class="nhsuk-link" href="/rota" { "Rota" }
            @if allowed(visit.me.staff.role, Action::Book) { a class="nhsuk-link" href="/allocate" { "Give out free slots" } a class="nhsuk-link" href="/offers" { "Freed slots" } }
        }
        form method="get" action="/day" class="app-actions app-noprint" {
            input type="hidden" name="on" value=(day);
            (with.value(Some(asked.with.as_str())))
            (how.value(Some(asked.how.as_str())))
            (free.value(Some(asked.free.as_str())))
            (Button::new("Show").secondary().small())
        }
        @let booked = all.iter().filter(|l| l.booked.is_some()).count();
        p class="nhsuk-body" { (booked) " of " (all.len()) " slots are booked." }
        @if shown.is_empty() { (InsetText::new(html! { p { "Nobody is booked on this day" @if !asked.with.is_empty() { " with " (asked.with) } "." } })) }
        div id="appointments" data-live {
            @for part in shown.chunk_by(|a, b| a.slot.clinician_name == b.slot.clinician_name && !asked.with.is_empty()) { (lines(&visit, part)) }
        }
    };
    Ok(layout::staff(&visit, "Appointments", "/day", main).into_response())
}

fn lines(visit: &StaffVisit, part: &[&DayLine]) -> Markup {
    html! {
        table class="nhsuk-table app-day" {
            caption class="nhsuk-table__caption nhsuk-u-visually-hidden" { "Appointments" }
            thead class="nhsuk-table__head" { tr { th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" } th scope="col" { "With" } th scope="col" class="app-noprint" { "Attendance" } } }
            tbody class="nhsuk-table__body" { @for line in part { (row(visit, line)) } }
        }
    }
}

fn row(visit: &StaffVisit, line: &DayLine) -> Markup {
    let s = &line.slot;
    html! {
        tr class="nhsuk-table__row" {
            td class="nhsuk-table__cell" { strong { (uk_time(s.starts)) } @if let (_, Some(until)) = s.told() { " to " (uk_time(until)) } br; span class="app-item__meta" { (s.ends.duration_since(s.starts).as_mins()) " min" } }
            @match &line.booked {
                Some(b) => {
                    td class="nhsuk-table__cell" { a href={ "/items/" (b.item) } data-row { (b.person_name) } br; span class="app-item__meta" { (born(b.birth_date, visit.now)) " · " (b.reference) } @if s.kind.mode == Mode::HomeVisit { (whereabouts(b)) } }
                    td class="nhsuk-table__cell app-break" { (urgency_tag(b.urgency)) " " (b.summary) @if let Some(said) = &b.answers { br; em { "Said: " (said) } } @if let Some(why) = &line.extra { br; strong { "Overbooked: " } (why) } }
                    td class="nhsuk-table__cell" { (s.clinician_name) br; span class="app-item__meta" { (s.kind.mode.label()) ", " (s.site) } }
                    td class="nhsuk-table__cell app-noprint" { (attendance(visit, line, b)) }
                }
                None => {
                    td class="nhsuk-table__cell" { "Free" }
                    td class="nhsuk-table__cell" { (s.kind.pathway.label()) @if s.kind.same_day_only { ", kept for the same day" } }
                    td class="nhsuk-table__cell" { (s.clinician_name) br; span class="app-item__meta" { (s.kind.mode.label()) ", " (s.site) } }
                    td class="nhsuk-table__cell app-noprint" {}
                }
            }
        }
    }
}

/// Where a visit goes, how to ring at the door, and what to know before.
fn whereabouts(b: &DayBooking) -> Markup {
    let said = b.rules.sentences();
    html! {
        p class="app-item__meta" { @if b.address.is_empty() { strong { "No address is known. Ask before somebody sets out." } } @else { (b.address.join(", ")) } }
        @if let Some(phone) = &b.phone { p class="app-item__meta" { a href={ "tel:" (phone.as_str()) } { (phone) } } }
        @if b.rules.at_risk || !said.is_empty() { p class="app-item__meta" { strong { @if b.rules.at_risk { "Somebody near them must not learn of it. " } (said.join(" ")) } } }
    }
}

/// What is known, and the marks that can be set now; earlier days can be marked afterwards.
fn attendance(visit: &StaffVisit, line: &DayLine, b: &DayBooking) -> Markup {
    let now = match (b.missed_at, b.left_at, b.arrived_at) {
        (Some(_), ..) => "Did not attend".to_owned(),
        (_, Some(at), _) => format!("Left {}", uk_time(at)),
        (_, _, Some(at)) => format!("Arrived {}", uk_time(at)),
        _ if line.slot.ends < visit.now => "Not marked".to_owned(),
        _ => "Expected".to_owned(),
    };
    let mut marks: Vec<(&str, &str)> = Vec::new();
    if b.missed_at.is_none() && b.left_at.is_none() {
        if b.arrived_at.is_none() {
            marks.push(("arrived", "Arrived"));
        }
        marks.push(("left", "Left"));
        if b.arrived_at.is_none() && line.slot.starts <= visit.now {
            marks.push(("missed", "Did not attend"));
        }
    } else {
        marks.push(("expected", "Take back"));
    }
    html! {
        p { strong { (now) } }
        @if allowed(visit.me.staff.role, Action::Attend) {
            form method="post" action={ "/bookings/" (b.booking) "/attendance" } class="app-actions" {
                (visit.tokens())
                @for (value, label) in marks {
                    (Button::new(html! { (label) span class="nhsuk-u-visually-hidden" { ": " (b.person_name) } }).secondary().small().name_value("mark", value))
                }
            }
        }
    }
}

async fn mark(post: StaffVisitPost, Path(id): Path<BookingId>) -> Answer {
    let what = match post.form.get("mark") {
        "arrived" => Attendance::Arrived,
        "left" => Attendance::Left,
        "missed" => Attendance::Missed,
        "expected" => Attendance::Expected,
        _ => return Err(Error::Refused("Choose what to mark.".into())),
    };
    let slot = booking::slot_of(&mut post.visit.app.store.reader().await?, post.visit.organisation(), id).await?.ok_or(Error::NotFound)?;
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    post.write(work!(tx, [practice, actor] => work::attend(tx, &practice, &actor, id, what).await)).await?;
    go(format!("/day?on={}", uk_date(slot.starts)))
}
