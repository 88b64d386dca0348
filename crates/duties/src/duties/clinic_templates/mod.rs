//! D10: session templates. A form for each template; every edit goes through the preview of what it does.

use axum::{extract::Path, http::StatusCode, response::IntoResponse};
use jiff::civil::{Date, Time};
use maud::{Markup, html};
use portico_domain::{
    access::Action,
    booking::{ClinicSex, Mode, ServiceSetting, SlotCategory, SlotKind},
    pathway::Pathway,
    procedure::Procedure,
    record::RecordFact,
    rota::{Block, Template, what_if::RotaChange},
    service::Service,
};
use portico_nhs::{RoomId, StaffId, TemplateId, uk_date};
use portico_nhsuk::{Button, Checkboxes, Details, ErrorSummary, Input, Select};
use portico_store::{
    queries::{
        rota::{self, Room},
        staff::{self, Staff},
    },
    work,
};
use portico_web::{Access, Answer, Error, Form, Routes, StaffVisit, StaffVisitPost, layout};

use crate::{duties::clinic_changes::tried, week};

/// Rows that the form offers at least.
const ROWS: usize = 6;
/// Rows that it reads at most.
const ROWS_MOST: usize = 40;

/// The form of a template.
pub fn routes() -> Routes {
    let manage = Access::Staff(Action::ManageRota);
    Routes::new().get("/rota/templates/new", manage, create).get("/rota/templates/{id}", manage, edit).post(
        "/rota/templates/{id}/try",
        manage,
        attempt,
    )
}

async fn create(visit: StaffVisit) -> Answer {
    let id: TemplateId = visit.app.ids.next();
    Ok(page(&visit, id, None, &Form::default(), &[]).await?.into_response())
}

async fn edit(visit: StaffVisit, Path(id): Path<TemplateId>) -> Answer {
    let known = in_force(&visit, id).await?.ok_or(Error::NotFound)?;
    Ok(page(&visit, id, Some(&known), &Form::default(), &[]).await?.into_response())
}

/// The template as it is on the last day that is made.
async fn in_force(visit: &StaffVisit, id: TemplateId) -> Result<Option<Template>, Error> {
    let versions = rota::versions(&mut visit.app.store.reader().await?, visit.organisation()).await?;
    Ok(work::templates_on(&versions, work::horizon(visit.now)).into_iter().find(|(t, _)| *t == id).map(|(_, t)| t.clone()))
}

/// What stands in the fields: what was typed, else what the template says.
fn typed(form: &Form, known: Option<&Template>) -> Form {
    if !form.fields().is_empty() {
        return form.clone();
    }
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: String| fields.push((name.to_owned(), value));
    if let Some(t) = known {
        put("name", t.name.clone());
        put("clinician", t.clinician.to_string());
        put("room", t.room.map(|r| r.to_string()).unwrap_or_default());
        put("place", if t.room.is_some() { String::new() } else { t.site.clone() });
        t.weekdays.iter().for_each(|d| put("weekday", d.to_string()));
        put("every", t.every_weeks.to_string());
        put("first-week", t.first_week.to_string());
        put("starts", t.starts.strftime("%H:%M").to_string());
        if t.on_bank_holidays {
            put("holidays", "yes".into());
        }
        for (n, b) in t.blocks.iter().enumerate() {
            let mut row = |name: &str, value: String| put(&format!("{name}-{n}"), value);
            row("count", b.count.to_string());
            row("minutes", b.minutes.to_string());
            row("release", b.release_hours.map(|h| h.to_string()).unwrap_or_default());
            row("release-on", b.release_on.map(|d| d.to_string()).unwrap_or_default());
            match &b.takes {
                None => row("pathway", "break".into()),
                Some(k) => {
                    row("pathway", k.pathway.code().into());
                    row("mode", k.mode.code().into());
                    row("category", k.category.code().into());
                    row("setting", k.setting.code().into());
                    row("age-from", k.ages.0.to_string());
                    row("age-to", k.ages.1.to_string());
                    row("sex", k.sex.map(|s| s.code().to_owned()).unwrap_or_default());
                    row("condition", k.condition.map(|c| c.code().to_owned()).unwrap_or_default());
                    row("procedure", k.procedure.map(|p| p.code().to_owned()).unwrap_or_default());
                    row("service", k.service.map(|x| x.code().to_owned()).unwrap_or_default());
                    row("window", k.window_minutes.to_string());
                    if k.same_day_only {
                        row("same-day", "yes".into());
                    }
                }
            }
        }
    }
    Form::of(fields)
}

async fn page(visit: &StaffVisit, id: TemplateId, known: Option<&Template>, form: &Form, faults: &[String]) -> Result<Markup, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let people = staff::list(&mut conn, organisation).await?;
    let rooms = rota::rooms(&mut conn, organisation).await?;
    drop(conn);
    let from = if form.raw("from").is_empty() {
        uk_date(visit.now).tomorrow().unwrap_or(uk_date(visit.now)).to_string()
    } else {
        form.raw("from").to_owned()
    };
    let form = typed(form, known);
    let filled = (0..ROWS_MOST).rev().find(|n| !form.raw(&format!("count-{n}")).is_empty()).map_or(0, |n| n + 2);
    let rows = ROWS.max(filled).min(ROWS_MOST);
    let title = if known.is_some() { "Session template" } else { "New session template" };
    let main = html! {
        @if !faults.is_empty() { (faults.iter().fold(ErrorSummary::new(), |s, f| s.error("#name", f.as_str()))) }
        p class="nhsuk-body" { a href="/rota" { "Rota" } }
        h1 class="nhsuk-heading-l" { (title) }
        form method="post" action={ "/rota/templates/" (id) "/try" } novalidate {
            (visit.tokens())
            @if known.is_some() { input type="hidden" name="known" value="yes"; }
            (about(&form, &people, &rooms))
            h2 class="nhsuk-heading-m" { "Slots, one row after the other" }
            p class="nhsuk-body" { "Rows without a number are left out." }
            @for n in 0..rows { (row(&form, n)) }
            (Input::new("from", "With effect from").input_type("date").value(from))
            (Button::new("See what it does").prevent_double_click())
            @if known.is_some() { " " (Button::new("See what ending it does").secondary().name_value("end", "yes")) }
        }
    };
    Ok(layout::staff(visit, &if faults.is_empty() { title.to_owned() } else { format!("Error: {title}") }, "/day", main))
}

fn about(form: &Form, people: &[Staff], rooms: &[Room]) -> Markup {
    let who = people
        .iter()
        .filter(|p| p.role.is_clinician())
        .fold(Select::new("clinician", "Who sees the patients").option("", "Choose"), |s, p| s.option(p.id.to_string(), p.name.as_str()));
    let which = rooms.iter().fold(Select::new("room", "Room").option("", "None of the list"), |s, r| {
        s.option(r.id.to_string(), format!("{}, {}", r.site, r.name))
    });
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let days = DAYS
        .iter()
        .enumerate()
        .fold(Checkboxes::new("weekday", "Days"), |c, (n, d)| c.item((n + 1).to_string(), *d))
        .values(&form.all("weekday"));
    html! {
        (Input::new("name", "Name").hint("For example: Dr Osei, mornings").width_chars(30).value(form.raw("name")))
        (who.value(Some(form.raw("clinician"))))
        (which.value(Some(form.raw("room"))))
        (Input::new("place", "Or another place, as patients read it").width_chars(30).value(form.raw("place")))
        (days)
        (Select::new("every", "How often").option("1", "Every week").option("2", "Every second week").option("0", "Once: an extra session").value(Some(form.raw("every"))))
        (Input::new("first-week", "A day of its first week (for every second week), or the one day of an extra session").input_type("date").value(form.raw("first-week")))
        (Input::new("starts", "Begins at").input_type("time").value(form.raw("starts")))
        (Checkboxes::new("holidays", "Bank holidays").item("yes", "It runs on bank holidays too").values(&form.all("holidays")))
    }
}

fn row(form: &Form, n: usize) -> Markup {
    let name = |what: &str| format!("{what}-{n}");
    let value = |what: &str| form.raw(&format!("{what}-{n}")).to_owned();
    let select = |what: &str, label: &str, all: Vec<(&str, &str)>, none: Option<&str>| {
        let first = none.map_or_else(|| Select::new(name(what), label), |w| Select::new(name(what), label).option("", w));
        all.into_iter().fold(first, |s, (c, l)| s.option(c, l)).value(Some(value(what).as_str()))
    };
    let pathways: Vec<_> =
        Pathway::ALL.iter().filter(|p| p.takes_bookings()).map(|p| (p.code(), p.label())).chain([("break", "A break")]).collect();
    html! {
        fieldset class="nhsuk-fieldset app-box" {
            legend class="nhsuk-fieldset__legend" { "Row " (n + 1) }
            div class="app-actions" {
                (Input::new(name("count"), "How many").width_chars(3).inputmode("numeric").value(value("count")))
                (Input::new(name("minutes"), "Minutes each").width_chars(3).inputmode("numeric").value(value("minutes")))
                (select("pathway", "What for", pathways, Some("Choose")))
                (select("mode", "How", Mode::ALL.iter().map(|m| (m.code(), m.label())).collect(), None))
                (select("category", "National category", SlotCategory::ALL.iter().map(|m| (m.code(), m.label())).collect(), None))
            }
            (Details::new("Who may have them, and when", html! {
                (Checkboxes::new(name("same-day"), "The same day").item("yes", "Kept for requests of the same day").values(&form.all(&name("same-day"))))
                div class="app-actions" {
                    (Input::new(name("age-from"), "Youngest age").width_chars(3).inputmode("numeric").value(value("age-from")))
                    (Input::new(name("age-to"), "Oldest age").width_chars(3).inputmode("numeric").value(value("age-to")))
                    (select("sex", "For", ClinicSex::ALL.iter().map(|m| (m.code(), m.label())).collect(), Some("Everybody")))
                    (select("condition", "Only with", RecordFact::ALL.iter().map(|m| (m.code(), m.label())).collect(), Some("No condition")))
                    (select("procedure", "A coil or implant", Procedure::ALL.iter().map(|m| (m.code(), m.label())).collect(), Some("No")))
                    (select("service", "Kept for the service", Service::ALL.iter().map(|m| (m.code(), m.label())).collect(), Some("None")))
                    (select("setting", "Service setting", ServiceSetting::ALL.iter().map(|m| (m.code(), m.label())).collect(), None))
                }
                div class="app-actions" {
                    (Input::new(name("release"), "Not bookable until so many hours before").width_chars(4).inputmode("numeric").value(value("release")))
                    (Input::new(name("release-on"), "Not bookable before this day").input_type("date").value(value("release-on")))
                    (Input::new(name("window"), "Told as a window of so many minutes (calls)").width_chars(4).inputmode("numeric").value(value("window")))
                }
            }))
        }
    }
}

/// The template that the form describes, or what is wrong with it.
fn read(form: &Form, people: &[Staff], rooms: &[Room], today: Date) -> Result<Template, Vec<String>> {
    let mut faults = Vec::new();
    let clinician: Option<StaffId> = form.read("clinician");
    let Some(person) = people.iter().find(|p| Some(p.id) == clinician) else { return Err(vec!["Choose who sees the patients.".into()]) };
    let room: Option<RoomId> = form.read("room");
    let room = rooms.iter().find(|r| Some(r.id) == room);
    let site = room.map_or_else(|| form.get("place").chars().take(200).collect(), |r| format!("{}, {}", r.site, r.name));
    if site.is_empty() {
        faults.push("Choose a room, or write the place.".to_owned());
    }
    let Some(starts) = form.read::<Time>("starts") else { return Err(vec!["Enter when it begins, like 09:00.".into()]) };
    let mut blocks = Vec::new();
    for n in 0..ROWS_MOST {
        match block(form, n) {
            Ok(block) => blocks.extend(block),
            Err(fault) => faults.push(format!("Row {}: {fault}", n + 1)),
        }
    }
    let every_weeks = form.read("every").unwrap_or(1);
    let only_on = form.read::<Date>("first-week").filter(|day| every_weeks == 0 && *day >= today);
    if every_weeks == 0 && only_on.is_none() {
        faults.push("Choose the day of the extra session, today or later.".to_owned());
    }
    let weekdays = match only_on {
        Some(day) => vec![day.weekday().to_monday_one_offset()],
        None => form.all("weekday").iter().filter_map(|d| d.parse().ok()).collect(),
    };
    let template = Template {
        name: form.get("name").chars().take(100).collect(),
        clinician: person.id,
        clinician_name: person.name.clone(),
        room: room.map(|r| r.id),
        site,
        weekdays,
        every_weeks,
        first_week: form.read("first-week").unwrap_or(today),
        starts,
        blocks,
        on_bank_holidays: form.get("holidays") == "yes",
    };
    faults.extend(template.faults());
    let day = person.hours.as_ref().and_then(|h| h.outside(&template.weekdays, template.starts, template.minutes()));
    if let Some((name, _)) = day.and_then(|d| usize::try_from(d - 1).ok()).and_then(|n| week::DAYS.get(n)) {
        faults.push(format!(
            "{} does not work at that time on {name}s. Choose other times, or change their working hours first.",
            person.name
        ));
    }
    if faults.is_empty() { Ok(template) } else { Err(faults) }
}

fn block(form: &Form, n: usize) -> Result<Option<Block>, &'static str> {
    let raw = |what: &str| form.get(&format!("{what}-{n}"));
    if raw("count").is_empty() {
        return Ok(None);
    }
    let number = |what: &str, missing: u16| if raw(what).is_empty() { Ok(missing) } else { raw(what).parse::<u16>() };
    let count = number("count", 0).map_err(|_| "enter how many, like 6.")?;
    let minutes = number("minutes", 0).map_err(|_| "enter the minutes, like 10.")?;
    let age = |what: &str, missing| number(what, missing).ok().and_then(|a| u8::try_from(a).ok()).ok_or("enter ages in whole years.");
    let takes = match raw("pathway") {
        "break" => None,
        code => Some(SlotKind {
            pathway: code.parse().map_err(|_| "choose what the slots are for.")?,
            category: raw("category").parse().map_err(|_| "choose the national category.")?,
            mode: raw("mode").parse().map_err(|_| "choose how they are held.")?,
            setting: raw("setting").parse().unwrap_or(ServiceSetting::GeneralPractice),
            same_day_only: raw("same-day") == "yes",
            ages: (age("age-from", 0)?, age("age-to", 120)?),
            sex: raw("sex").parse().ok(),
            condition: raw("condition").parse().ok(),
            procedure: raw("procedure").parse().ok(),
            service: raw("service").parse().ok(),
            window_minutes: number("window", 0).map_err(|_| "enter the window in minutes.")?,
        }),
    };
    let release_hours = match raw("release") {
        "" => None,
        hours => Some(hours.parse().map_err(|_| "enter the hours before, like 48.")?),
    };
    Ok(Some(Block { minutes, count, takes, release_hours, release_on: raw("release-on").parse().ok() }))
}

async fn attempt(post: StaffVisitPost, Path(id): Path<TemplateId>) -> Answer {
    let visit = &post.visit;
    let organisation = visit.organisation();
    let known = if post.form.raw("known") == "yes" { in_force(visit, id).await? } else { None };
    let mut conn = visit.app.store.reader().await?;
    let people = staff::list(&mut conn, organisation).await?;
    let rooms = rota::rooms(&mut conn, organisation).await?;
    let versions = rota::versions(&mut conn, organisation).await?;
    drop(conn);
    let today = uk_date(visit.now);
    let from: Date = post.form.read("from").unwrap_or(today).max(today);
    let to = if post.form.get("end") == "yes" {
        None
    } else {
        let free = |template: Template| match work::clash(&versions, (id, &template), from, work::horizon(visit.now)) {
            Some(clash) => Err(vec![clash]),
            None => Ok(template),
        };
        match read(&post.form, &people, &rooms, from).and_then(free) {
            Ok(template) => Some(Box::new(template)),
            Err(faults) => {
                let page = page(visit, id, known.as_ref(), &post.form, &faults).await?;
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
        }
    };
    let change = RotaChange::TemplateChanged { template: id, from, to };
    Ok(tried(visit, &change, &Form::default(), None).await?.into_response())
}
