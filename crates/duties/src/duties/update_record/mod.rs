//! A7: the record. The timeline of a patient, and the summary of an item for the main record system.

pub(crate) mod contact;

use axum::{
    extract::{Path, Query},
    http::header,
    response::{IntoResponse, Redirect},
};
use jiff::civil::Date;
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    event::Verb,
    message::Direction,
    questionnaire::Total,
    record::{BabyDates, RecordFact},
    request::Request,
    work_item::{State, WorkItem},
};
use portico_nhs::{PatientId, StaffId, WorkItemId, uk_date, uk_date_long, uk_time, when_words};
use portico_nhsuk::{Button, Checkboxes, DateInput, InsetText, SearchInput, Select, WarningCallout};
use portico_store::{
    NewEvent,
    queries::{message, patient, questionnaire, record, search, staff, staff::Staff, work_item},
    seen_as, work,
    work::FromRecord,
};
use portico_web::{Access, Answer, Error, Form, Routes, StaffVisit, StaffVisitPost, layout};
use serde::Deserialize;

use crate::{
    duties::ask_more,
    item_words::{born, urgency_tag},
};

/// Patients, their timelines and the summaries of items.
pub fn routes() -> Routes {
    let read = Access::Staff(Action::ReadPatient);
    Routes::new()
        .get("/patients", read, find)
        .post("/patients", read, search_patients)
        .get("/patients/{id}", read, timeline)
        .post("/patients/{id}/contact", Access::Staff(Action::Converse), agree_contact)
        .post("/patients/{id}/facts", Access::Staff(Action::NoteFacts), note)
        .get("/items/{id}/summary", read, summary_page)
        .get("/items/{id}/summary.txt", read, summary_file)
}

/// Patients on one page of a search.
const SHOWN: usize = 50;

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    found: String,
}

async fn search_patients(post: StaffVisitPost) -> Answer {
    post.search("q", "/patients", &[]).await
}

async fn find(visit: StaffVisit, Query(mut asked): Query<Asked>) -> Answer {
    if !asked.found.is_empty() {
        asked.q = visit.searched(&asked.found).await?;
    }
    let organisation = visit.organisation();
    let mut found = Vec::new();
    let mut more = 0;
    if !asked.q.trim().is_empty() {
        let mut conn = visit.app.store.reader().await?;
        let ids = search::patients(&mut conn, organisation, &asked.q).await?;
        more = ids.len().saturating_sub(SHOWN);
        for id in ids.into_iter().take(SHOWN) {
            found.extend(patient::load(&mut conn, organisation, id).await?);
        }
        drop(conn);
        let event = NewEvent::plain(visit.me.actor(), Verb::Searched, format!("Searched for a patient, {} found", found.len()));
        visit.app.store.write(organisation, None, work!(tx, [event] => Ok(tx.record(organisation, event).await?))).await?;
    }
    let main = html! {
        h1 class="nhsuk-heading-l" { "Patients" }
        form method="post" action="/patients" class="app-search" data-search role="search" { (visit.tokens()) (SearchInput::new("q", "Name, date of birth, NHS number, postcode or phone").value(asked.q.as_str())) }
        @if !asked.q.trim().is_empty() && found.is_empty() { (InsetText::new(html! { p { "Nobody found. Try part of the name, or the date of birth as 15/3/1984." } })) }
        ul class="app-list" {
            @for p in &found {
                li class="app-item app-item--row" {
                    p { a class="app-item__name" href={ "/patients/" (p.id) } data-row { (p.person.name()) } }
                    p { (born(p.person.birth_date, visit.now)) }
                    p class="app-item__meta" { @if let Some(n) = p.person.nhs_number { "NHS number " (n) } }
                }
            }
        }
        @if more > 0 { p class="nhsuk-body" { (more) " more match. Type more of the name, the date of birth or the NHS number." } }
    };
    Ok(layout::staff(&visit, "Patients", "/patients", main).into_response())
}

async fn timeline(visit: StaffVisit, Path(id): Path<PatientId>) -> Answer {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let p = patient::load(&mut conn, organisation, id).await?.ok_or(Error::NotFound)?;
    let entries = record::of_patient(&mut conn, organisation, id).await?;
    let items = work_item::of_patient(&mut conn, organisation, id).await?;
    let from_record = FromRecord::load(&mut conn, organisation, id).await?;
    let rules = patient::contact_rules(&mut conn, organisation, Some(id)).await?;
    let questionnaires = questionnaire::of_patient(&mut conn, organisation, id).await?;
    let people = staff::list(&mut conn, organisation).await?;
    drop(conn);
    visit.log_reading("Timeline read", None, Some(id)).await?;
    let needs = p.needs.needs();
    let main = html! {
        h1 class="nhsuk-heading-l" { (p.person.name()) span class="nhsuk-caption-m" { (born(p.person.birth_date, visit.now)) @if let Some(n) = p.person.nhs_number { " · NHS number " (n) } } }
        @if !needs.is_empty() { (WarningCallout::new("Before you make contact", html! { ul { @for n in needs { li { (n) } } } }).heading_level(2)) }
        p class="nhsuk-body" {
            @if let Some(t) = &p.person.phone { "Telephone " (t) ". " } @if let Some(e) = &p.person.email { "E-mail " (e) ". " } @if !p.person.address.is_empty() { (p.person.address.join(", ")) ". " }
            a href={ "/patients/" (id) "/history" } { "Who did what" }
        }
        (noted(&visit, id, &from_record, &people)?)
        (contact::shown(&visit, id, &rules)?)
        p { (Button::new("New request for this patient").link(format!("/front-desk?patient={id}")).secondary()) }
        div class="app-columns" {
            section aria-labelledby="timeline" {
                h2 class="nhsuk-heading-m" id="timeline" { "Timeline" }
                @if entries.is_empty() { p class="nhsuk-body" { "Nothing has been recorded here yet." } }
                ol class="app-history" { @for e in &entries {
                    li { strong { (e.outcome.label()) } @if e.withdrawn { " (withdrawn)" } " · " (e.by) " · " (when_words(e.at, visit.now)) @if let Some(c) = e.code { " · " (c.label()) } br; span class="app-break" { (e.text) } br; a href={ "/items/" (e.item) } { "The request" span class="nhsuk-u-visually-hidden" { " of " (when_words(e.at, visit.now)) } } }
                } }
            }
            @if !questionnaires.is_empty() {
                section aria-labelledby="questionnaires" {
                    h2 class="nhsuk-heading-m" id="questionnaires" { "Questionnaires" }
                    ol class="app-history" { @for s in &questionnaires { @if let Some((at, _, outcome)) = &s.answered {
                        li { strong { (s.title) } " · " (when_words(*at, visit.now)) (ask_more::totals(outcome)) a href={ "/items/" (s.item) "#questionnaires" } { "The answers" span class="nhsuk-u-visually-hidden" { " to " (s.title) } } }
                    } } }
                }
            }
            section aria-labelledby="requests" {
                h2 class="nhsuk-heading-m" id="requests" { "Requests" }
                @if items.is_empty() { p class="nhsuk-body" { "No requests yet." } }
                ol class="app-history" { @for i in &items {
                    li { a href={ "/items/" (i.id) } { (i.reference) } " " (i.kind.label()) " · " (when_words(i.received_at, visit.now)) " " (urgency_tag(i.position.urgency)) @if let State::Closed { outcome, .. } = i.position.state { " closed: " (outcome.label()) } }
                } }
            }
        }
    };
    Ok(layout::staff(&visit, "Patient", "/patients", main).into_response())
}

/// What the main record says, as it was noted, and a form to note it anew.
fn noted(visit: &StaffVisit, id: PatientId, known: &FromRecord, people: &[Staff]) -> Result<Markup, Error> {
    let FromRecord { facts, baby, usual } = known;
    let seen = seen_as(known)?;
    let today = uk_date(visit.now);
    let dated = |name: &str, label: &str, day: Option<Date>| {
        let part = |of: fn(Date) -> i16| day.map(|d| of(d).to_string()).unwrap_or_default();
        DateInput::new(name, label).value(part(|d| d.day().into()), part(|d| d.month().into()), part(Date::year))
    };
    let usually = people.iter().find(|p| Some(p.id) == *usual).map(|p| p.name.as_str());
    let clinician = people
        .iter()
        .filter(|p| p.role.is_clinician())
        .fold(Select::new("usual", "Usually sees").option("", "Nobody in particular"), |s, p| s.option(p.id.to_string(), p.name.as_str()))
        .value(Some(usual.map(|u| u.to_string()).unwrap_or_default().as_str()));
    let ticked: Vec<&str> = facts.iter().map(|f| f.code()).collect();
    let boxes =
        RecordFact::ALL.iter().fold(Checkboxes::new("fact", "What the main record says"), |boxes, f| boxes.item(f.code(), f.label()));
    Ok(html! {
        p class="nhsuk-body" { "From the main record: " @if facts.is_empty() { "nothing noted" } @else { (facts.iter().map(|f| f.label()).collect::<Vec<_>>().join(", ")) } "." @if let Some(weeks) = baby.weeks(today) { " " (weeks) " weeks pregnant." } @else if baby.is_postnatal(today) { " Gave birth within the last eight weeks." } @if let Some(name) = usually { " Usually sees " (name) "." } }
        @if allowed(visit.me.staff.role, Action::NoteFacts) {
            details class="nhsuk-details app-noprint" {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Note what the main record says" } }
                div class="nhsuk-details__text" {
                    form method="post" action={ "/patients/" (id) "/facts" } {
                        (visit.tokens())
                        input type="hidden" name="_seen-facts" value=(seen);
                        (boxes.values(&ticked))
                        (dated("baby-due", "Baby due on", baby.due).hint("When they are pregnant. Leave empty when there is nothing to note"))
                        (dated("baby-born", "Baby born on", baby.born).hint("Their last birth, when it was within the last year"))
                        (clinician)
                        p class="nhsuk-hint" { "Triage reads these with every request of this patient: some illnesses are more urgent for them." }
                        (Button::new("Save").secondary())
                    }
                }
            }
        }
    })
}

async fn agree_contact(post: StaffVisitPost, Path(id): Path<PatientId>) -> Answer {
    let organisation = post.visit.organisation();
    patient::load(&mut post.visit.app.store.reader().await?, organisation, id).await?.ok_or(Error::NotFound)?;
    let rules = contact::read(&post.form).map_err(|why| Error::Refused(why.into()))?;
    let (actor, seen) = (post.visit.me.actor(), post.form.get("_seen-contact").to_owned());
    post.write(work!(tx, [actor, rules, seen] => work::agree_contact(tx, organisation, &actor, (id, &seen), &rules).await)).await?;
    Ok(Redirect::to(&format!("/patients/{id}")).into_response())
}

async fn note(post: StaffVisitPost, Path(id): Path<PatientId>) -> Answer {
    let organisation = post.visit.organisation();
    patient::load(&mut post.visit.app.store.reader().await?, organisation, id).await?.ok_or(Error::NotFound)?;
    let ticked = post.form.all("fact");
    let facts: Vec<RecordFact> = RecordFact::ALL.iter().copied().filter(|f| ticked.contains(&f.code())).collect();
    let (actor, usual) = (post.visit.me.actor(), post.form.read::<StaffId>("usual"));
    let baby = BabyDates { due: day_of(&post.form, "baby-due")?, born: day_of(&post.form, "baby-born")? };
    let today = uk_date(post.visit.now);
    let before = patient::baby(&mut post.visit.app.store.reader().await?, organisation, id).await?;
    if baby.due != before.due && baby.due.is_some() && baby.weeks(today).is_none() && baby.born.is_none() {
        return Err(Error::Refused("No pregnancy has that day of birth: enter when the baby is due, within 40 weeks from now.".into()));
    }
    if baby.born.is_some_and(|d| d > today) {
        return Err(Error::Refused("A baby cannot have been born on a day that is still to come.".into()));
    }
    let (noted, seen) = (FromRecord { facts, baby, usual }, post.form.get("_seen-facts").to_owned());
    post.write(work!(tx, [actor, noted, seen] => work::note_facts(tx, organisation, &actor, (id, &seen), &noted).await)).await?;
    Ok(Redirect::to(&format!("/patients/{id}")).into_response())
}

/// A day of a form in three fields; none when all are empty.
fn day_of(form: &Form, name: &str) -> Result<Option<Date>, Error> {
    let [year, month, day] = ["year", "month", "day"].map(|part| form.get(&format!("{name}-{part}")).to_owned());
    if year.is_empty() && month.is_empty() && day.is_empty() {
        return Ok(None);
    }
    let read = || Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
    read().map(Some).ok_or_else(|| Error::Refused("Enter a real day, such as 31 3 2027.".into()))
}

async fn summary_of(visit: &StaffVisit, id: WorkItemId) -> Result<String, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let item = work_item::load(&mut conn, organisation, id).await?.ok_or(Error::NotFound)?;
    let request = work_item::request(&mut conn, organisation, id).await?.unwrap_or_default();
    let thread = message::of_item(&mut conn, organisation, id).await?;
    let records = record::of_item(&mut conn, organisation, id).await?;
    let questionnaires = questionnaire::of_item(&mut conn, organisation, id).await?;
    drop(conn);
    visit.log_reading("Summary read", Some(item.id), item.patient).await?;
    Ok(summary(&item, &request, (&thread, &questionnaires), &records))
}

/// The clean summary: plain text, one fact a line, for pasting into the main record system.
fn summary(
    item: &WorkItem,
    request: &Request,
    (thread, questionnaires): (&[portico_domain::message::Message], &[questionnaire::Sent]),
    records: &[portico_domain::record::RecordEntry],
) -> String {
    let at = |t| format!("{} {}", uk_date_long(uk_date(t)), uk_time(t));
    let mut lines = vec![
        format!("{} ({})", item.person_name, item.reference),
        format!("{} by {}, received {}", item.kind.label(), item.door.label().to_lowercase(), at(item.received_at)),
    ];
    if let Some(n) = request.person.nhs_number {
        lines.insert(1, format!("NHS number {n}"));
    }
    if let Some(d) = item.birth_date {
        lines.insert(1, format!("Born {}", uk_date_long(d).split_once(' ').map_or("", |(_, d)| d)));
    }
    lines.push(format!("In their words: {}", request.words));
    for (label, text) in [("How long", &request.duration), ("Tried", &request.tried), ("Would like", &request.wish)] {
        if !text.is_empty() {
            lines.push(format!("{label}: {text}"));
        }
    }
    if let Some(w) = request.worse {
        lines.push(format!("Getting worse: {w}"));
    }
    if let Some(u) = item.position.urgency {
        lines.push(format!("Triaged: {}{}", u.label(), item.position.pathway.map_or_else(String::new, |p| format!(", {}", p.label()))));
    }
    for m in thread.iter().filter(|m| m.direction != Direction::Internal) {
        lines.push(format!("{} {} ({}): {}", at(m.at), m.direction.label().to_lowercase(), m.by, m.body));
    }
    for (sent, (when, _, outcome)) in questionnaires.iter().filter_map(|s| Some((s, s.answered.as_ref()?))) {
        let coded = |t: &Total| t.code.as_ref().map_or_else(|| t.words(), |code| format!("{} [SNOMED CT {code}]", t.words()));
        let totals: Vec<String> = outcome.totals.iter().map(coded).collect();
        let said = if totals.is_empty() { "answered".to_owned() } else { totals.join("; ") };
        lines.push(format!("{} {}: {said}", at(*when), sent.title));
        lines.extend(outcome.coded.iter().map(|c| format!("  {} [SNOMED CT {}]", c.words, c.code)));
        lines.extend(outcome.red.iter().map(|why| format!("  Could not wait: {why}")));
    }
    for r in records.iter().filter(|r| !r.withdrawn) {
        let code = r.code.map_or_else(String::new, |c| format!(" [{} {}]", c.code(), c.label()));
        lines.push(format!("Closed {} by {}: {}{code}. {}", at(r.at), r.by, r.outcome.label(), r.text));
    }
    lines.join("\n") + "\n"
}

async fn summary_page(visit: StaffVisit, Path(id): Path<WorkItemId>) -> Answer {
    let text = summary_of(&visit, id).await?;
    let main: Markup = html! {
        p class="nhsuk-body app-noprint" { a href={ "/items/" (id) } { "Back to the item" } }
        h1 class="nhsuk-heading-l" { "Summary" }
        div class="app-actions app-noprint" {
            button type="button" class="nhsuk-button nhsuk-button--secondary" data-copy="summary" hidden { "Copy" }
            (Button::new("Download").secondary().link(format!("/items/{id}/summary.txt")))
            button type="button" class="nhsuk-button nhsuk-button--secondary" data-print hidden { "Print or save as PDF" }
        }
        pre class="app-summary" id="summary" tabindex="0" aria-label="Summary" { (text) }
    };
    Ok(layout::staff(&visit, "Summary", "/desk", main).into_response())
}

async fn summary_file(visit: StaffVisit, Path(id): Path<WorkItemId>) -> Answer {
    let text = summary_of(&visit, id).await?;
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CONTENT_DISPOSITION, "attachment; filename=\"summary.txt\"")];
    Ok((headers, text).into_response())
}
