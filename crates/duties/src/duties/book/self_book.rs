//! Patients choose, change and give up an appointment themselves, by a private link, after triage. Plain forms throughout;
//! the pass that proves who they are travels in the address and works for an hour.

use axum::{
    extract::{Path, Query},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect},
};
use jiff::civil::Date;
use maud::{Markup, html};
use portico_domain::{
    booking::{BookingRefusal, Mode, Slot},
    work_item::WorkItem,
};
use portico_nhs::{SlotId, WorkItemId, uk_date, uk_date_long, uk_time};
use portico_nhsuk::{Button, DateInput, ErrorSummary, Input, InsetText, Panel, SummaryList, Textarea};
use portico_store::{
    Conn,
    queries::{
        booking, invitation, offer, private_link,
        self_book::{self, Chooser},
    },
    work,
    work::BirthCheck,
};
use portico_web::{Access, Answer, Error, PatientVisit, Routes, go, layout};
use serde::Deserialize;

/// Slots on one page; the page stays within 60 KB.
const OFFERED: i64 = 200;
/// Days on one page.
const DAYS: usize = 5;

/// The pages of choosing.
pub fn routes() -> Routes {
    Routes::new()
        .get("/r/{link}/book", Access::Public, who)
        .post("/r/{link}/book", Access::Public, check)
        .get("/invited/{link}", Access::Public, invited)
        .post("/invited/{link}", Access::Public, check_invited)
        .get("/choose/{pass}", Access::Public, show)
        .post("/choose/{pass}/hold", Access::Public, hold)
        .get("/choose/{pass}/details", Access::Public, details)
        .post("/choose/{pass}/book", Access::Public, take)
        .get("/choose/{pass}/done", Access::Public, done)
        .post("/choose/{pass}/give-up", Access::Public, give_up)
        .post("/choose/{pass}/decline", Access::Public, decline)
        .post("/choose/{pass}/earlier", Access::Public, earlier)
        .get("/choose/{pass}/appointment.ics", Access::Public, calendar)
}

pub(super) fn narrow(main: Markup) -> Markup {
    html! { div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" { (main) } } }
}

/// Where a link in a message leads: somebody's own request, or an invitation of a message to many.
#[derive(Clone, Copy)]
enum Came<'a> {
    Request(&'a str),
    Invitation(&'a str),
}

impl Came<'_> {
    fn address(self) -> String {
        match self {
            Came::Request(link) => format!("/r/{link}/book"),
            Came::Invitation(link) => format!("/invited/{link}"),
        }
    }

    async fn is_there(self, visit: &PatientVisit) -> Result<(), Error> {
        let organisation = visit.practice.organisation.id;
        let mut conn = visit.app.store.reader().await?;
        let there = match self {
            Came::Request(link) => private_link::item(&mut conn, organisation, link, visit.now).await?.is_some(),
            Came::Invitation(link) => invitation::load(&mut conn, organisation, link, visit.now).await?.is_some(),
        };
        if there { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Without the form's key: a pass is made anew each time, and a wrong date is counted each time.
    async fn checked(self, visit: &PatientVisit, born: Date) -> Result<BirthCheck, Error> {
        let (organisation, practice) = (visit.practice.organisation.id, visit.practice.clone());
        let store = &visit.app.store;
        Ok(match self {
            Came::Request(link) => {
                let item = private_link::item(&mut store.reader().await?, organisation, link, visit.now).await?.ok_or(Error::NotFound)?;
                store.write(organisation, None, work!(tx, [] => work::open_pass(tx, organisation, item, born).await)).await?
            }
            Came::Invitation(link) => {
                let link = link.to_owned();
                store
                    .write(organisation, None, work!(tx, [practice, link] => work::open_invitation(tx, &practice, &link, born).await))
                    .await?
            }
        })
    }
}

async fn who(visit: PatientVisit, Path(link): Path<String>) -> Answer {
    Ok(who_page(&visit, Came::Request(&link), None).await?.into_response())
}

async fn invited(visit: PatientVisit, Path(link): Path<String>) -> Answer {
    Ok(who_page(&visit, Came::Invitation(&link), None).await?.into_response())
}

async fn who_page(visit: &PatientVisit, came: Came<'_>, wrong: Option<&str>) -> Result<Markup, Error> {
    came.is_there(visit).await?;
    let main = html! {
        @if let Some(why) = wrong { (ErrorSummary::new().error("#born-day", why)) }
        h1 class="nhsuk-heading-l" { "Choose your appointment" }
        p class="nhsuk-body" { "First we make sure that it is you." }
        form method="post" action=(came.address()) novalidate {
            (visit.key())
            (DateInput::new("born", "Date of birth of the person who is seen")
                .hint("For example, 15 3 1984")
                .value(visit.form.raw("born-day"), visit.form.raw("born-month"), visit.form.raw("born-year"))
                .birth_date()
                .error(wrong))
            (Button::new("Continue").prevent_double_click())
        }
    };
    let back = match came {
        Came::Request(link) => Some(format!("/r/{link}")),
        Came::Invitation(_) => None,
    };
    let title = if wrong.is_some() { "Error: Choose your appointment" } else { "Choose your appointment" };
    Ok(layout::patient(visit, title, back.as_deref(), narrow(main)))
}

async fn check(visit: PatientVisit, Path(link): Path<String>) -> Answer {
    checks(&visit, Came::Request(&link)).await
}

async fn check_invited(visit: PatientVisit, Path(link): Path<String>) -> Answer {
    checks(&visit, Came::Invitation(&link)).await
}

async fn checks(visit: &PatientVisit, came: Came<'_>) -> Answer {
    visit.limit()?;
    let phone = visit.practice.organisation.phone.clone();
    came.is_there(visit).await?;
    let part = |name: &str| visit.form.read::<i16>(name);
    let born = match (part("born-year"), part("born-month"), part("born-day")) {
        (Some(y), Some(m), Some(d)) => Date::new(y, m as i8, d as i8).ok(),
        _ => None,
    };
    let Some(born) = born else {
        let why = "Enter a date of birth, like 15 3 1984";
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, who_page(visit, came, Some(why)).await?).into_response());
    };
    let why = match came.checked(visit, born).await? {
        BirthCheck::Passed(pass) => return go(format!("/choose/{pass}")),
        BirthCheck::Wrong(left) => format!("That is not the date of birth that we have. {left} tries are left, then ring us on {phone}."),
        BirthCheck::Locked => format!("Too many dates of birth were wrong. For your safety this page rests for a day. Ring us on {phone}."),
        BirthCheck::Unknown => format!("We do not have your date of birth yet. Ring us on {phone} and we book for you."),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, who_page(visit, came, Some(&why)).await?).into_response())
}

/// Who holds a pass; a pass that has run out says so.
async fn chooser(visit: &PatientVisit, conn: &mut Conn, pass: &str) -> Result<Chooser, Error> {
    wants(visit, conn, (pass, None)).await
}

/// Who holds a pass and wants a slot.
async fn wants(visit: &PatientVisit, conn: &mut Conn, wanted: (&str, Option<SlotId>)) -> Result<Chooser, Error> {
    let found = self_book::chooser(conn, visit.practice.organisation.id, wanted, visit.now).await?;
    found.ok_or_else(|| Error::Refused("This page has been open for more than an hour. Open the link in our message again.".into()))
}

/// The same for whoever reads nothing else.
async fn chooser_of(visit: &PatientVisit, pass: &str) -> Result<Chooser, Error> {
    chooser(visit, &mut visit.app.store.reader().await?, pass).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    from: String,
}

async fn show(visit: PatientVisit, Path(pass): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let mut conn = visit.app.store.reader().await?;
    let who = chooser(&visit, &mut conn, &pass).await?;
    Ok(choices(&visit, &mut conn, (&pass, &who), &asked, None).await?.into_response())
}

async fn choices(
    visit: &PatientVisit,
    conn: &mut Conn,
    (pass, who): (&str, &Chooser),
    asked: &Asked,
    why: Option<&str>,
) -> Result<Markup, Error> {
    let (practice, item) = (&visit.practice, &who.item);
    let organisation = practice.organisation.id;
    let phone = &practice.organisation.phone;
    let standing = standing(visit, conn, item).await?;
    let may = work::may_choose(item, standing.as_ref().map(|s| s.starts), who.offered.is_some(), visit.now);
    let offered = match who.offered {
        Some((slot, until)) => booking::slot(conn, organisation, slot).await?.map(|s| (s, until)),
        None => None,
    };
    let wants_earlier = standing.is_some() && offer::wants_earlier(conn, organisation, item.id).await?;
    let slots = match may {
        Ok(()) => {
            let from = super::asked_from(&asked.from, visit.now);
            booking::fitting(conn, organisation, &who.need, (visit.now, &practice.calendar), (from, OFFERED)).await?
        }
        Err(_) => Vec::new(),
    };
    let mut days: Vec<(Date, Vec<&Slot>)> = Vec::new();
    for slot in &slots {
        let day = uk_date(slot.starts);
        match days.last_mut() {
            Some((d, of_day)) if *d == day => of_day.push(slot),
            _ => days.push((day, vec![slot])),
        }
    }
    let later = later(&mut days, slots.len() as i64 == OFFERED);
    let title = if standing.is_some() { "Change your appointment" } else { "Choose your appointment" };
    let main = html! {
        @if let Some(why) = why { (ErrorSummary::new().title("That was not done").error("#slots", why)) }
        h1 class="nhsuk-heading-l" { (title) }
        @if let Some(slot) = &standing { (InsetText::new(html! { p { "You have an appointment: " strong { (described(slot)) } "." } })) }
        @match may {
            Err(why_not) => { (InsetText::new(html! { p { (why_not) " Our number is " (phone) "." } })) }
            Ok(()) => { @if let Some((slot, until)) = &offered { (offer_box(visit, pass, slot, *until)) } (slots_by_day(visit, pass, &days)) @if days.is_empty() { (none_left(phone)) } }
        }
        @if let Some(day) = later { p class="nhsuk-body" { a href={ "/choose/" (pass) "?from=" (day) } { "Later days" } } }
        @if !asked.from.is_empty() { p class="nhsuk-body" { a href={ "/choose/" (pass) } { "Back to the first days" } } }
        @if standing.is_some() && may.is_ok() { (earlier_form(visit, pass, wants_earlier)) }
        @if standing.is_some() && may.is_ok() {
            h2 class="nhsuk-heading-m" { "Cannot come, and nothing here suits?" }
            form method="post" action={ "/choose/" (pass) "/give-up" } { (visit.key()) (Button::new("Cancel my appointment").warning().prevent_double_click()) }
            p class="nhsuk-body" { "We then look for another one for you." }
        }
        p class="nhsuk-body" { "If it gets worse, ring us on " (phone) ", or call 111 when we are closed. Call 999 if life is in danger." }
    };
    Ok(layout::patient(visit, if why.is_some() { "Error: Choose your appointment" } else { title }, None, narrow(main)))
}

/// Cuts the days to one page; says with which day the next one begins. Of the last day that was read only a part may be
/// here, so that day begins the next page.
fn later(days: &mut Vec<(Date, Vec<&Slot>)>, more: bool) -> Option<Date> {
    let next = match (days.get(DAYS), days.last()) {
        (Some((day, _)), _) => Some(*day),
        (None, Some((day, _))) if more && days.len() > 1 => Some(*day),
        (None, Some((day, _))) if more => day.tomorrow().ok(),
        _ => None,
    };
    days.retain(|(day, _)| next.is_none_or(|next| *day < next));
    next
}

/// The slot that has become free and is offered to them.
fn offer_box(visit: &PatientVisit, pass: &str, slot: &Slot, until: jiff::Timestamp) -> Markup {
    let form = |to: &str, inside: Markup| html! { form method="post" action={ "/choose/" (pass) "/" (to) } { (visit.key()) (inside) } };
    html! {
        (InsetText::new(html! { p { "This appointment has become free: " strong { (described(slot)) } ". We offer it to you until " (portico_nhs::when_words(until, visit.now)) "." } }))
        div class="app-actions" {
            (form("hold", html! { input type="hidden" name="slot-id" value=(slot.id); (Button::new("Take it").prevent_double_click()) }))
            (form("decline", html! { (Button::new("No, thank you").secondary().prevent_double_click()) }))
        }
        p class="nhsuk-body" { "Or choose another one:" }
    }
}

fn earlier_form(visit: &PatientVisit, pass: &str, wants: bool) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "Would you like an earlier one?" }
        form method="post" action={ "/choose/" (pass) "/earlier" } {
            (visit.key())
            input type="hidden" name="wants" value=(if wants { "no" } else { "yes" });
            @if wants { p class="nhsuk-body" { "We tell you when an earlier one becomes free. You keep yours until you have taken the other." } (Button::new("No longer tell me").secondary().small()) }
            @else { (Button::new("Tell me when an earlier one becomes free").secondary().small()) }
        }
    }
}

async fn decline(visit: PatientVisit, Path(pass): Path<String>) -> Answer {
    let (practice, id) = (visit.practice.clone(), chooser_of(&visit, &pass).await?.item.id);
    let done = visit.write(work!(tx, [practice] => work::decline_offer(tx, &practice, id).await)).await;
    told(&visit, &pass, done.and_then(|()| go(format!("/choose/{pass}")))).await
}

async fn earlier(visit: PatientVisit, Path(pass): Path<String>) -> Answer {
    let item = chooser_of(&visit, &pass).await?.item;
    let (practice, id, wants) = (visit.practice.clone(), item.id, visit.form.get("wants") == "yes");
    visit.write(work!(tx, [practice] => work::want_earlier(tx, &practice, id, wants).await)).await?;
    go(format!("/choose/{pass}"))
}

fn none_left(phone: &str) -> Markup {
    html! { (InsetText::new(html! { p { "No appointment is free at the moment. We know about it and contact you. If you cannot wait, ring us on " (phone) "." } })) }
}

fn slots_by_day(visit: &PatientVisit, pass: &str, days: &[(Date, Vec<&Slot>)]) -> Markup {
    html! {
        div id="slots" {
            @for (n, (day, slots)) in days.iter().enumerate() {
                details class="nhsuk-details" open[n == 0] {
                    summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { (uk_date_long(*day)) " (" (slots.len()) @if slots.len() == 1 { " time)" } @else { " times)" } } }
                    form method="post" action={ "/choose/" (pass) "/hold" } class="app-times" {
                        (visit.key())
                        @for slot in slots {
                            button class="app-time" type="submit" name="slot-id" value=(slot.id) {
                                strong { (times(slot)) } span { (slot.kind.mode.label()) ", " (slot.clinician_name) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn times(slot: &Slot) -> String {
    match slot.told() {
        (from, Some(until)) => format!("{} to {}", uk_time(from), uk_time(until)),
        (at, None) => uk_time(at),
    }
}

fn described(slot: &Slot) -> String {
    format!("{}, {} with {}", work::told_on(slot), slot.kind.mode.label().to_lowercase(), slot.clinician_name)
}

/// The appointment that the item has.
async fn standing(visit: &PatientVisit, conn: &mut Conn, item: &WorkItem) -> Result<Option<Slot>, Error> {
    let organisation = visit.practice.organisation.id;
    let Some((booking, _)) = work::standing(conn, organisation, item, visit.now).await? else { return Ok(None) };
    Ok(booking::slot_of(conn, organisation, booking).await?)
}

/// The appointment of whoever holds a pass.
async fn stands(visit: &PatientVisit, pass: &str) -> Result<Option<Slot>, Error> {
    let mut conn = visit.app.store.reader().await?;
    let who = chooser(visit, &mut conn, pass).await?;
    standing(visit, &mut conn, &who.item).await
}

/// A refusal is told on the page with what is free now.
async fn told(visit: &PatientVisit, pass: &str, done: Answer) -> Answer {
    match done {
        Err(Error::Refused(why)) => {
            let mut conn = visit.app.store.reader().await?;
            let who = chooser(visit, &mut conn, pass).await?;
            refused(visit, &mut conn, (pass, &who), &why).await
        }
        other => other,
    }
}

async fn refused(visit: &PatientVisit, conn: &mut Conn, who: (&str, &Chooser), why: &str) -> Answer {
    let page = choices(visit, conn, who, &Asked::default(), Some(why)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn hold(visit: PatientVisit, Path(pass): Path<String>) -> Answer {
    let mut conn = visit.app.store.reader().await?;
    let wanted = visit.form.read::<SlotId>("slot-id");
    let who = wants(&visit, &mut conn, (&pass, wanted)).await?;
    let Some(slot) = wanted else {
        return refused(&visit, &mut conn, (&pass, &who), "Choose a time.").await;
    };
    let (practice, item) = (visit.practice.clone(), who.item.id);
    if who.too_late {
        return refused(&visit, &mut conn, (&pass, &who), &BookingRefusal::Taken.to_string()).await;
    }
    drop(conn);
    let done = visit.write(work!(tx, [practice] => work::chooses(tx, &practice, item, slot).await)).await;
    told(&visit, &pass, done.and_then(|_| go(format!("/choose/{pass}/details")))).await
}

async fn details(visit: PatientVisit, Path(pass): Path<String>) -> Answer {
    let organisation = visit.practice.organisation.id;
    let mut conn = visit.app.store.reader().await?;
    let who = chooser(&visit, &mut conn, &pass).await?;
    let Some((slot, until, _)) = booking::hold_of(&mut conn, organisation, who.item.id, visit.now).await? else {
        let gone = "You have not chosen a time, or the 15 minutes are over. Choose a time.";
        return Ok(choices(&visit, &mut conn, (&pass, &who), &Asked::default(), Some(gone)).await?.into_response());
    };
    let slot = booking::slot(&mut conn, organisation, slot).await?.ok_or(Error::NotFound)?;
    drop(conn);
    let by_phone = slot.kind.mode == Mode::Telephone;
    let main = html! {
        h1 class="nhsuk-heading-l" { "Is this right?" }
        (SummaryList::new().row("When", work::told_on(&slot)).row("How", slot.kind.mode.label()).row("With", slot.clinician_name.as_str()).row("Where", work::place_of(&slot)))
        p class="nhsuk-body" { "We keep it for you until " strong { (uk_time(until)) } "." }
        form method="post" action={ "/choose/" (pass) "/book" } novalidate {
            (visit.key())
            input type="hidden" name="slot-id" value=(slot.id);
            @if by_phone { (Input::new("phone", "The number to ring, if it is another one (optional)").input_type("tel").width_chars(20)) }
            (Textarea::new("needs", "Anything that we should know before (optional)").hint("For example, if you use a wheelchair, need an interpreter or bring somebody. Do not write about an emergency here: call 999.").rows(4))
            (Button::new("Book this appointment").prevent_double_click())
        }
        p class="nhsuk-body" { a href={ "/choose/" (pass) } { "Choose another time" } }
    };
    Ok(layout::patient(&visit, "Is this right?", None, narrow(main)).into_response())
}

async fn take(visit: PatientVisit, Path(pass): Path<String>) -> Answer {
    let item = chooser_of(&visit, &pass).await?.item.id;
    told(&visit, &pass, takes(&visit, &pass, item).await).await
}

async fn takes(visit: &PatientVisit, pass: &str, item: WorkItemId) -> Answer {
    let slot: SlotId = visit.form.read("slot-id").ok_or_else(|| Error::Refused("Choose a time.".into()))?;
    let short = |name: &str, most: usize| visit.form.get(name).chars().take(most).collect::<String>();
    let (practice, said) = (visit.practice.clone(), work::Said { phone: short("phone", 40), words: short("needs", 2000) });
    visit.write(work!(tx, [practice, said] => work::takes(tx, &practice, item, slot, &said).await)).await?;
    go(format!("/choose/{pass}/done"))
}

async fn done(visit: PatientVisit, Path(pass): Path<String>) -> Answer {
    let Some(slot) = stands(&visit, &pass).await? else { return Ok(Redirect::to(&format!("/choose/{pass}")).into_response()) };
    let phone = &visit.practice.organisation.phone;
    let main = html! {
        (Panel::new("Appointment booked", work::told_on(&slot)))
        (SummaryList::new().row("How", slot.kind.mode.label()).row("With", slot.clinician_name.as_str()).row("Where", work::place_of(&slot)))
        p class="nhsuk-body" { a href={ "/choose/" (pass) "/appointment.ics" } { "Add it to your calendar" } }
        p class="nhsuk-body" { "We confirm it by message and remind you the day before. You can change or cancel it until one hour before by the link in our message, or ring us on " (phone) "." }
        p class="nhsuk-body" { "If it gets worse before then, ring us, or call 111 when we are closed. Call 999 if life is in danger." }
    };
    Ok(layout::patient(&visit, "Appointment booked", None, narrow(main)).into_response())
}

async fn give_up(visit: PatientVisit, Path(pass): Path<String>) -> Answer {
    let (practice, item) = (visit.practice.clone(), chooser_of(&visit, &pass).await?.item.id);
    let done = visit.write(work!(tx, [practice] => work::give_up(tx, &practice, item, None).await)).await;
    match done {
        Err(error) => told(&visit, &pass, Err(error)).await,
        Ok(_) => Ok(cancelled(&visit).into_response()),
    }
}

/// What the patient reads who has given an appointment up.
pub(super) fn cancelled(visit: &PatientVisit) -> Markup {
    let main = html! {
        h1 class="nhsuk-heading-l" { "Your appointment is cancelled" }
        p class="nhsuk-body" { "Thank you for telling us: somebody else can have it. We look for another one for you and contact you." }
        p class="nhsuk-body" { "If it gets worse, ring us on " (visit.practice.organisation.phone) ", or call 111 when we are closed. Call 999 if life is in danger." }
    };
    layout::patient(visit, "Your appointment is cancelled", None, narrow(main))
}

/// A calendar file (RFC 5545) with the practice's name and nothing about why.
async fn calendar(visit: PatientVisit, Path(pass): Path<String>) -> Answer {
    let slot = stands(&visit, &pass).await?.ok_or(Error::NotFound)?;
    let o = &visit.practice.organisation;
    let moment = |at: jiff::Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let (starts, until) = slot.told();
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Portico//Appointment//EN".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}@portico", slot.id),
        format!("DTSTAMP:{}", moment(visit.now)),
        format!("DTSTART:{}", moment(starts)),
        format!("DTEND:{}", moment(until.unwrap_or(slot.ends))),
        format!("SUMMARY:{}", ics(&format!("Appointment, {}", o.name))),
        format!("LOCATION:{}", ics(&work::place_of(&slot))),
        format!("DESCRIPTION:{}", ics(&format!("To change or cancel, use the link in our message or ring {}.", o.phone))),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    let body: String = lines.iter().map(|l| folded(l) + "\r\n").collect();
    let headers =
        [(header::CONTENT_TYPE, "text/calendar; charset=utf-8"), (header::CONTENT_DISPOSITION, "attachment; filename=\"appointment.ics\"")];
    Ok((headers, body).into_response())
}

/// Text as a calendar file writes it.
fn ics(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// A line folded at 75 octets, as calendar files must be.
fn folded(line: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for c in line.chars() {
        if length + c.len_utf8() > 74 {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(c);
        length += c.len_utf8();
    }
    out
}
