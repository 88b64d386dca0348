//! Second readings: a sample of closed requests is read by a clinician who does not see what was decided, and compared.

use std::collections::BTreeMap;

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::SignedDuration;
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    booking::age_on,
    triage::Urgency,
};
use portico_nhs::{WorkItemId, uk_date, when_words};
use portico_nhsuk::{Button, ErrorSummary, Input, InsetText, Radios, SummaryList, Textarea};
use portico_store::{
    queries::{
        patient,
        second_reading::{self, ReadTwice, Waiting},
        work_item,
    },
    work,
};
use portico_triage::{Rate, wilson};
use portico_web::{Answer, Error, Form, StaffVisit, StaffVisitPost, layout};

/// Readings of a year are compared.
const COMPARED_DAYS: i64 = 365;

pub async fn show(visit: StaffVisit) -> Answer {
    Ok(page(&visit, None, None).await?.into_response())
}

/// What is said when a request does not wait for this reader, most often because a colleague was quicker: the list that is left, never a dead end.
async fn read_meanwhile(visit: &StaffVisit) -> Answer {
    let notice = "This request does not wait for your reading; a colleague may have read it. The others are below.";
    Ok((StatusCode::CONFLICT, page(visit, None, Some(notice)).await?).into_response())
}

async fn page(visit: &StaffVisit, refused: Option<&str>, notice: Option<&str>) -> Result<Markup, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let waiting = second_reading::waiting(&mut conn, organisation, visit.me.staff.id).await?;
    let since = visit.now - SignedDuration::from_hours(24 * COMPARED_DAYS);
    let results = second_reading::results(&mut conn, organisation, since).await?;
    let share = second_reading::share(&mut conn, organisation).await?;
    drop(conn);
    let role = visit.me.staff.role;
    let main = html! {
        p class="nhsuk-body" { a href="/triage" { "Back to the rules" } }
        @if let Some(why) = refused { (ErrorSummary::new().title("That was not done").error("#share", why)) }
        @if let Some(notice) = notice { (InsetText::new(html! { p { (notice) } })) }
        h1 class="nhsuk-heading-l" { "Second readings" }
        p class="nhsuk-body" { "Of the requests that are closed, " (percent(share)) " % are read again by a clinician who had no part in them and does not see what was decided." }
        @if allowed(role, Action::ReadAgain) { (to_read(visit, &waiting)) }
        (compared(&results))
        @if allowed(role, Action::SignRules) {
            form method="post" action="/triage/second-readings/share" class="app-box" {
                (visit.tokens())
                (Input::new("share", "Percentage of closed requests").hint("From 0 to 100, for example 2").value(percent(share)).error(refused))
                (Button::new("Save").secondary())
            }
        }
    };
    Ok(layout::staff(visit, "Second readings", "/triage", main))
}

/// Of 10,000, as a percentage without needless noughts.
fn percent(share: u32) -> String {
    let text = format!("{}.{:02}", share / 100, share % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn to_read(visit: &StaffVisit, waiting: &[Waiting]) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "For you to read (" (waiting.len()) ")" }
        @if waiting.is_empty() { (InsetText::new(html! { p { "Nothing waits that you had no part in." } })) }
        ol class="nhsuk-list nhsuk-list--number" { @for (n, w) in waiting.iter().enumerate() { li { a href={ "/triage/second-readings/" (w.item) } data-row { "Request " (n + 1) } ", closed " (when_words(w.since, visit.now)) } } }
    }
}

/// How often two readers agree, and how often the first was less or more urgent than the second.
struct Compared {
    agree: Rate,
    under: Rate,
    over: Rate,
}

impl Compared {
    fn of<'a>(read: impl Iterator<Item = &'a ReadTwice>) -> Self {
        let (mut n, mut agree, mut under, mut over) = (0, 0, 0, 0);
        for r in read {
            n += 1;
            agree += usize::from(r.first == r.second);
            // A later place in the list of urgencies is less urgent.
            under += usize::from(r.first > r.second);
            over += usize::from(r.first < r.second);
        }
        Self { agree: wilson(agree, n), under: wilson(under, n), over: wilson(over, n) }
    }
}

fn rate(r: Rate) -> String {
    format!("{:.0} % ({} of {}, {:.0} to {:.0})", r.share() * 100.0, r.hits, r.of, r.low * 100.0, r.high * 100.0)
}

fn compared(results: &[ReadTwice]) -> Markup {
    if results.is_empty() {
        return html! { h2 class="nhsuk-heading-m" { "Agreement" } p class="nhsuk-body" { "Nothing has been read twice yet." } };
    }
    let mut groups: BTreeMap<(usize, &'static str, String), Vec<&ReadTwice>> = BTreeMap::new();
    for r in results {
        let place = Urgency::ALL.iter().position(|u| *u == r.first).unwrap_or(0);
        groups.entry((0, "All", String::new())).or_default().push(r);
        groups.entry((1 + place, "Closed as", r.first.label().to_lowercase())).or_default().push(r);
        let g = &r.group;
        for (n, kind, group) in [(20, "Age", &g.age_band), (21, "Sex", &g.sex), (22, "Language", &g.language), (23, "Channel", &g.door)] {
            groups.entry((n, kind, group.clone())).or_default().push(r);
        }
        groups.entry((30, "Read in", uk_date(r.at).strftime("%Y-%m").to_string())).or_default().push(r);
    }
    html! {
        h2 class="nhsuk-heading-m" { "Agreement over the last year" }
        p class="nhsuk-body" { "In brackets: how many, and the 95 % Wilson interval in per cent. Under-triage: the first reader was less urgent than the second." }
        div class="app-wide" tabindex="0" role="region" aria-label="Agreement by group" { table class="nhsuk-table" {
            caption class="nhsuk-table__caption nhsuk-u-visually-hidden" { "Agreement by group" }
            thead class="nhsuk-table__head" { tr { th scope="col" { "Requests" } th scope="col" { "Agree" } th scope="col" { "Under-triage" } th scope="col" { "Over-triage" } } }
            tbody class="nhsuk-table__body" { @for ((_, kind, group), read) in &groups {
                @let c = Compared::of(read.iter().copied());
                tr class="nhsuk-table__row" { th class="nhsuk-table__header" scope="row" { (kind) @if !group.is_empty() { ": " (group) } } td class="nhsuk-table__cell" { (rate(c.agree)) } td class="nhsuk-table__cell" { (rate(c.under)) } td class="nhsuk-table__cell" { (rate(c.over)) } }
            } }
        } }
    }
}

/// One request as it came, without its urgency, its outcome and who dealt with it.
pub async fn one(visit: StaffVisit, Path(id): Path<WorkItemId>) -> Answer {
    if !waits(&visit, id).await? {
        return read_meanwhile(&visit).await;
    }
    Ok(reading(&visit, id, &Form::default(), None).await?.into_response())
}

/// Only what waits for this reader is shown to them and taken from them.
async fn waits(visit: &StaffVisit, id: WorkItemId) -> Result<bool, Error> {
    let waiting = second_reading::waiting(&mut visit.app.store.reader().await?, visit.organisation(), visit.me.staff.id).await?;
    Ok(waiting.iter().any(|w| w.item == id))
}

async fn reading(visit: &StaffVisit, id: WorkItemId, form: &Form, refused: Option<&str>) -> Result<Markup, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let item = work_item::load(&mut conn, organisation, id).await?.ok_or(Error::NotFound)?;
    let request = work_item::request(&mut conn, organisation, id).await?.unwrap_or_default();
    let known = match item.patient {
        Some(p) => patient::load(&mut conn, organisation, p).await?,
        None => None,
    };
    drop(conn);
    visit.log_reading("Read for a second reading", Some(id), item.patient).await?;
    let years = item.birth_date.and_then(|born| age_on(born, uk_date(item.received_at)));
    let mut facts = SummaryList::new()
        .row("Kind", item.kind.label())
        .row("Age", years.map_or_else(|| "unknown".to_owned(), |y| y.to_string()))
        .row("Sex", known.as_ref().map_or("unknown", |p| p.sex.as_str()));
    for (name, value) in [("How long", &request.duration), ("Tried", &request.tried), ("Would like", &request.wish)] {
        if !value.is_empty() {
            facts = facts.row(name, value.as_str());
        }
    }
    for answer in &request.safety {
        facts = facts.row(answer.question.as_str(), answer.answer.label());
    }
    let radios = Urgency::ALL.iter().fold(Radios::new("urgency", "How urgent is this?"), |r, u| r.item(u.code(), u.label()));
    let main = html! {
        p class="nhsuk-body" { a href="/triage/second-readings" { "Back to second readings" } }
        @if let Some(why) = refused { (ErrorSummary::new().title("There is a problem").error("#urgency", why)) }
        h1 class="nhsuk-heading-l" { "Read this request" }
        blockquote class="app-words app-break" { (request.words) }
        (facts)
        form method="post" action={ "/triage/second-readings/" (id) } {
            (visit.tokens())
            (radios.error(refused))
            (Textarea::new("note", "Why (optional)").rows(3).value(form.raw("note")))
            (Button::new("Save my reading").prevent_double_click())
        }
    };
    Ok(layout::staff(visit, "Second reading", "/triage", main))
}

pub async fn take(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let visit = &post.visit;
    if !waits(visit, id).await? {
        return read_meanwhile(visit).await;
    }
    let Some(urgency) = post.form.read::<Urgency>("urgency") else {
        let shown = reading(visit, id, &post.form, Some("Choose how urgent it is.")).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response());
    };
    let organisation = visit.organisation();
    let (actor, reader, note) = (visit.me.actor(), visit.me.staff.id, post.form.get("note").chars().take(2000).collect::<String>());
    post.write(work!(tx, [actor, note] => work::read_again(tx, organisation, (&actor, reader), id, (urgency, &note)).await)).await?;
    Ok(Redirect::to("/triage/second-readings").into_response())
}

pub async fn set_share(post: StaffVisitPost) -> Answer {
    let typed = post.form.read::<f64>("share").filter(|p| (0.0..=100.0).contains(p));
    let Some(share) = typed.map(|p| (p * 100.0).round() as u32) else {
        let shown = page(&post.visit, Some("Enter a percentage from 0 to 100."), None).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response());
    };
    let (organisation, actor) = (post.visit.organisation(), post.visit.me.actor());
    post.write(work!(tx, [actor] => work::set_second_reading_share(tx, organisation, &actor, share).await)).await?;
    post.visit.app.store.forget_practices();
    Ok(Redirect::to("/triage/second-readings").into_response())
}
