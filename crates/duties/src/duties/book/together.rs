//! Several appointments that belong together: a series, something after it, or somebody else in the same visit. All are
//! booked at once, or none.

use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::IntoResponse,
};
use maud::{Markup, html};
use portico_domain::{
    access::Action,
    booking::{Need, Slot, takes},
    pathway::Pathway,
    together::{After, TOGETHER_MAX, plans},
    triage::Urgency,
    work_item::WorkItem,
};
use portico_nhs::{PatientId, SlotId, WorkItemId};
use portico_nhsuk::{Button, ErrorSummary, Input, InsetText, SearchInput, Select};
use portico_store::{
    queries::{
        booking,
        patient::{self, Patient},
        search, work_item,
    },
    work,
    work::Part,
};
use portico_web::{Access, Answer, Error, Routes, StaffVisit, StaffVisitPost, go, layout};
use serde::Deserialize;

use crate::item_words::{born, urgency_tag};

/// Ways that the page offers at most; the earliest come first.
const OFFERED: usize = 12;
/// Slots of a pathway that are looked through.
const LOOKED_THROUGH: i64 = 2000;

/// What somebody asks for; empty until they do.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// series, then or person.
    what: String,
    times: String,
    days: String,
    pathway: String,
    until: String,
    person: String,
    who: String,
}

/// One appointment after the first: how it follows, what it is for, and whose it is.
struct Wanted {
    after: After,
    pathway: Pathway,
    patient: Option<PatientId>,
}

pub(super) fn routes() -> Routes {
    let may = Access::Staff(Action::Book);
    Routes::new().get("/items/{id}/together", may, show).post("/items/{id}/together", may, book)
}

async fn show(visit: StaffVisit, Path(id): Path<WorkItemId>, Query(asked): Query<Asked>) -> Answer {
    page(&visit, id, &asked, None).await
}

/// What is wanted after the first appointment, or the sentence that says what to fill in.
fn wanted(asked: &Asked, item: &WorkItem) -> Result<Vec<Wanted>, &'static str> {
    let own = item.position.pathway.ok_or("Choose an urgency and a pathway before you book.")?;
    let number = |text: &str, least: u16, most: u16| text.trim().parse::<u16>().ok().filter(|n| (least..=most).contains(n));
    match asked.what.as_str() {
        "series" => {
            let times = number(&asked.times, 2, TOGETHER_MAX as u16).ok_or("Enter how many appointments the series has: 2 to 12.")?;
            let days = number(&asked.days, 1, 56).ok_or("Enter how many days lie between two of them: 1 to 56.")?;
            let weekly = |_| Wanted { after: After::Days(days, days), pathway: own, patient: None };
            Ok((1..times).map(weekly).collect())
        }
        "then" => {
            let pathway = asked.pathway.parse::<Pathway>().ok().filter(|p| p.takes_bookings()).ok_or("Choose what comes after it.")?;
            let least = number(&asked.days, 0, 56).ok_or("Enter after how many days it may be at the earliest: 0 to 56.")?;
            let most = number(&asked.until, least, 56).ok_or("Enter after how many days it must be at the latest, up to 56.")?;
            Ok(vec![Wanted { after: After::Days(least, most), pathway, patient: None }])
        }
        "person" => {
            let who = asked.who.parse::<PatientId>().map_err(|_| "Choose who else comes.")?;
            Ok(vec![Wanted { after: After::Beside, pathway: own, patient: Some(who) }])
        }
        _ => Err("Choose what belongs together."),
    }
}

/// Free slots that the first appointment may take, and those for each one after it.
async fn layers(visit: &StaffVisit, item: &WorkItem, wanted: &[Wanted]) -> Result<(Vec<Slot>, Vec<Vec<Slot>>), Error> {
    let (organisation, now) = (visit.organisation(), visit.now);
    let mut conn = visit.app.store.reader().await?;
    let need = booking::need_of(&mut conn, organisation, item.id).await?;
    let first = booking::fitting(&mut conn, organisation, &need, (now, &visit.practice.calendar), (now, LOOKED_THROUGH)).await?;
    let until = first.last().map_or(now, |s| s.starts) + jiff::SignedDuration::from_hours(24 * 57 * wanted.len() as i64);
    let mut rest: Vec<Vec<Slot>> = Vec::new();
    for w in wanted {
        let theirs = match w.patient {
            // What follows the same way is for the same service and by the same skill, as a series is.
            None => {
                let same = need.pathway == Some(w.pathway);
                let (service, skill) = if same { (need.service, need.skill.clone()) } else { (None, None) };
                Need { pathway: Some(w.pathway), urgency: Some(Urgency::Routine), service, skill, ..need.clone() }
            }
            Some(who) => {
                let known = patient::load(&mut conn, organisation, who).await?.ok_or(Error::NotFound)?;
                let facts = patient::facts(&mut conn, organisation, who).await?;
                let (birth_date, sex) = (known.person.birth_date, Some(known.sex));
                Need { pathway: Some(w.pathway), urgency: need.urgency, birth_date, sex, facts, ..Need::default() }
            }
        };
        let mut slots = Vec::new();
        for pathway in theirs.pathways() {
            slots.extend(booking::free(&mut conn, organisation, (pathway, &theirs), (now, now, until), LOOKED_THROUGH).await?);
        }
        slots.retain(|s| takes(s, &theirs, now).is_ok());
        slots.sort_by_key(|s| (s.starts, s.id));
        rest.push(slots);
    }
    Ok((first, rest))
}

async fn page(visit: &StaffVisit, id: WorkItemId, asked: &Asked, why_not: Option<&str>) -> Answer {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let item = work_item::load(&mut conn, organisation, id).await?.ok_or(Error::NotFound)?;
    let mut people: Vec<Patient> = Vec::new();
    if !asked.person.trim().is_empty() {
        for found in search::patients(&mut conn, organisation, &asked.person).await?.into_iter().take(10) {
            people.extend(patient::load(&mut conn, organisation, found).await?.filter(|p| Some(p.id) != item.patient));
        }
    }
    drop(conn);
    visit.log_reading("Booking page read", Some(id), item.patient).await?;
    let begun = !asked.what.is_empty() && (asked.what != "person" || !asked.who.is_empty());
    let (found, wrong) = match wanted(asked, &item) {
        Ok(wanted) if begun => {
            let (first, rest) = layers(visit, &item, &wanted).await?;
            let then: Vec<(After, &[Slot])> = wanted.iter().zip(&rest).map(|(w, slots)| (w.after, slots.as_slice())).collect();
            let found = plans(&first, &then, OFFERED);
            (Some(html! { (ways(visit, &item, asked, &wanted, &found)) }), None)
        }
        Err(why) if begun => (None, Some(why)),
        _ => (None, None),
    };
    let wrong = why_not.or(wrong);
    let main = html! {
        p class="nhsuk-body" { a href={ "/items/" (id) "/booking" } { "One appointment only" } }
        @if let Some(why) = wrong { (ErrorSummary::new().error("#together", why)) }
        h1 class="nhsuk-heading-l" { "Several that belong together" span class="nhsuk-caption-m" { (item.person_name) ", " (born(item.birth_date, visit.now)) " · " (item.reference) } }
        p { (urgency_tag(item.position.urgency)) @if let Some(p) = item.position.pathway { " " (p.label()) } }
        div id="together" { (asking(&item, asked, &people)) }
        @if let Some(found) = found { (found) }
    };
    let title = if wrong.is_some() { "Error: Several appointments" } else { "Several appointments" };
    let status = if why_not.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, layout::staff(visit, title, "/desk", main)).into_response())
}

/// Three small forms, one a way of belonging together.
fn asking(item: &WorkItem, asked: &Asked, people: &[Patient]) -> Markup {
    let here = format!("/items/{}/together", item.id);
    let is = |what: &str| asked.what == what;
    let value = |what: &str, typed: &str, else_: &str| if is(what) { typed.to_owned() } else { else_.to_owned() };
    let pathways = Pathway::ALL.iter().filter(|p| p.takes_bookings());
    let pathways = pathways.fold(Select::new("pathway", "What comes after it").option("", "Choose"), |s, p| s.option(p.code(), p.label()));
    let days = |name: &'static str, id: &'static str, label: &'static str, value: String| {
        Input::new(name, label).id(id).width_chars(3).inputmode("numeric").value(value)
    };
    let form = |what: &str, title: &str, fields: Markup, button: &str| {
        html! {
            details class="nhsuk-details nhsuk-expander" open[is(what)] {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { (title) } }
                div class="nhsuk-details__text" { form method="get" action=(here) { input type="hidden" name="what" value=(what); (fields) (Button::new(button.to_owned()).secondary()) } }
            }
        }
    };
    html! {
        (form("series", "The same again: a series", html! {
            (days("times", "series-times", "How many appointments", value("series", &asked.times, "4")))
            (days("days", "series-days", "Days between two of them", value("series", &asked.days, "7")))
        }, "Find a series"))
        (form("then", "Something else after it, such as a review after bloods", html! {
            (pathways.value(Some(asked.pathway.as_str())))
            (days("days", "then-days", "Days later at the earliest", value("then", &asked.days, "7")))
            (days("until", "then-until", "Days later at the latest", value("then", &asked.until, "10")))
        }, "Find both"))
        (form("person", "Somebody else in the same visit, such as a baby", html! {
            (SearchInput::new("person", "Find them by name, date of birth or NHS number").value(asked.person.as_str()))
        }, "Find them"))
        @if is("person") && asked.who.is_empty() && !asked.person.is_empty() {
            @if people.is_empty() { (InsetText::new(html! { p { "Nobody found. Try the date of birth or the NHS number." } })) }
            ul class="app-list" { @for p in people {
                li class="app-item app-item--row" { p { a href={ (here) "?what=person&who=" (p.id) } { (p.person.name()) } } p class="app-item__meta" { (born_on(p)) } }
            } }
        }
    }
}

fn born_on(p: &Patient) -> String {
    p.person.birth_date.map_or_else(|| "date of birth not known".to_owned(), |day| format!("born {}", portico_nhs::uk_date_long(day)))
}

fn ways(visit: &StaffVisit, item: &WorkItem, asked: &Asked, wanted: &[Wanted], found: &[Vec<&Slot>]) -> Markup {
    let said = |slot: &Slot| format!("{}, {}, {}, {}", work::told_on(slot), slot.kind.mode.label(), slot.clinician_name, slot.site);
    html! {
        h2 class="nhsuk-heading-m" { "Ways to book them" }
        @if found.is_empty() { (InsetText::new(html! { p { "There are not enough free slots that fit one after the other. Allow more days, or book them one by one." } })) }
        ul class="app-list" { @for plan in found {
            li class="app-item" {
                ol class="nhsuk-list nhsuk-list--number" { @for slot in plan { li { (said(slot)) } } }
                form method="post" action={ "/items/" (item.id) "/together" } class="app-actions" {
                    (visit.tokens())
                    input type="hidden" name="_version" value=(item.version);
                    @for (name, value) in [("what", &asked.what), ("times", &asked.times), ("days", &asked.days), ("pathway", &asked.pathway), ("until", &asked.until), ("who", &asked.who)] { input type="hidden" name=(name) value=(value); }
                    @for slot in plan { input type="hidden" name="slot" value=(slot.id); }
                    (Button::new(html! { "Book " (wanted.len() + 1) span class="nhsuk-u-visually-hidden" { ", the first " (plan.first().map(|s| said(s)).unwrap_or_default()) } }).prevent_double_click())
                }
            }
        } }
    }
}

async fn book(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let (visit, form) = (&post.visit, &post.form);
    let get = |name: &str| form.get(name).to_owned();
    let (what, times, days) = (get("what"), get("times"), get("days"));
    let (pathway, until, who) = (get("pathway"), get("until"), get("who"));
    let asked = Asked { what, times, days, pathway, until, person: String::new(), who };
    match booked(&post, id, &asked).await {
        // Somebody was quicker: what is free now, and why.
        Err(Error::Refused(why)) => page(visit, id, &asked, Some(&why)).await,
        other => other,
    }
}

async fn booked(post: &StaffVisitPost, id: WorkItemId, asked: &Asked) -> Answer {
    let visit = &post.visit;
    let item = work_item::load(&mut visit.app.store.reader().await?, visit.organisation(), id).await?.ok_or(Error::NotFound)?;
    let wanted = wanted(asked, &item).map_err(|why| Error::Refused(why.into()))?;
    let slots: Vec<SlotId> = post.form.all("slot").iter().filter_map(|s| s.parse().ok()).collect();
    let Some((first, rest)) = slots.split_first().filter(|(_, rest)| rest.len() == wanted.len()) else {
        return Err(Error::Refused("Choose one of the ways to book them.".into()));
    };
    let parts = rest.iter().zip(&wanted).map(|(slot, w)| Part { slot: *slot, pathway: w.pathway, patient: w.patient });
    let (parts, first): (Vec<Part>, SlotId) = (parts.collect(), *first);
    let version: i64 = post.version()?;
    let (practice, actor) = (visit.practice.clone(), visit.me.actor());
    post.write(work!(tx, [practice, actor, parts] => work::book_together(tx, &practice, (&actor, version), id, first, &parts).await))
        .await?;
    go(format!("/items/{id}"))
}
