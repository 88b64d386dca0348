//! C6 and C7: online hours and limits, dated, tried on last month before they are set, and never a closed door in core hours.

use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::IntoResponse,
};
use jiff::{
    SignedDuration, ToSpan,
    civil::{Date, Time},
};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    opening::{Doorway, OpeningRules, Tried, hours_words, tried},
    request::Kind,
    rota::moment,
};
use portico_nhs::{Calendar, Closure, ClosureId, uk_date, uk_date_long, when_words};
use portico_nhsuk::{Button, Checkboxes, ErrorSummary, Input, InsetText, Table, TableCell};
use portico_store::{
    queries::{closure, opening, opening::Version},
    work,
};
use portico_web::{Access, Answer, Error, Form, Routes, StaffVisit, StaffVisitPost, go, layout};
use serde::Deserialize;
use uuid::Uuid;

use crate::week;

/// Days ahead whose holidays and closures are shown.
const AHEAD: i64 = 60;

/// Online hours and limits.
pub fn routes() -> Routes {
    let manage = Access::Staff(Action::ManageOpening);
    Routes::new().get("/opening", Access::Staff(Action::ReadDuty), show).post("/opening", manage, set).post(
        "/opening/{id}/withdraw",
        manage,
        withdraw,
    )
}

/// The day that somebody begins from.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Begun {
    day: String,
}

async fn show(visit: StaffVisit, Query(begun): Query<Begun>) -> Answer {
    Ok(page(&visit, &begun.day, &Form::default(), &[], None).await?.into_response())
}

async fn page(visit: &StaffVisit, day: &str, form: &Form, faults: &[String], attempt: Option<&(Tried, String)>) -> Result<Markup, Error> {
    let mut conn = visit.app.store.reader().await?;
    let versions = opening::versions(&mut conn, visit.organisation()).await?;
    let closures = closure::list(&mut conn, visit.organisation(), visit.now).await?;
    drop(conn);
    let (rules, today) = &visit.practice.opening;
    let may = allowed(visit.me.staff.role, Action::ManageOpening);
    let mut table = Table::new("Online hours now").head(["Day", "Health problems", "Everything else"]).first_cell_is_header();
    for (n, (name, weekday)) in week::DAYS.iter().enumerate() {
        let of = |hours: &week::Week| TableCell::new(hours_words(hours[n], *weekday));
        table = table.row_cells([TableCell::new(*name), of(rules.health.as_ref().unwrap_or(&rules.hours)), of(&rules.hours)]);
    }
    let limit = |most: Option<u32>| most.map_or_else(|| "no limit".to_owned(), |m| m.to_string());
    let main = html! {
        @if !faults.is_empty() { (faults.iter().fold(ErrorSummary::new(), |s, f| s.error("#set", f.as_str()))) }
        h1 class="nhsuk-heading-l" { "Online hours and limits" }
        p class="nhsuk-body" { "Now: " strong { @match visit.practice.doorway(visit.now) { Doorway::Open => { "open" } Doorway::Busy(l) => { "open, and told that it takes longer: " (l.words().to_lowercase()) } Doorway::Closed(until) => { "closed until " (when_words(until, visit.now)) } } } ". " (today) " requests have come online today." }
        (table)
        @if !rules.own.is_empty() { (of_kinds(rules)) }
        p class="nhsuk-body" { "Bank holidays: " @if rules.bank_holidays { "open" } @else { "closed" } ". Requests a day: " (limit(rules.daily)) ". Patients who wait at once: " (limit(rules.waiting)) "." @if rules.routine_only { " Only what can wait is asked for online." } }
        (InsetText::new(html! { p { "In core hours the door never closes: a limit changes what is promised and shows other ways, and the manager is told." } }))
        @if may { (setting(visit, day, form, rules, attempt)) }
        (days_ahead(visit, &closures))
        h2 class="nhsuk-heading-m" { "Versions" }
        @if versions.is_empty() { p class="nhsuk-body" { "Nobody has set anything: it is always open." } }
        ul class="nhsuk-list" { @for v in &versions {
            li {
                "From " (when_words(v.from, visit.now)) @if v.until.is_some() { ", for that day only" } ": " (v.why) ", " (v.made_by) @if v.withdrawn { " (taken back)" }
                @if may && v.from > visit.now && !v.withdrawn { form method="post" action={ "/opening/" (v.id) "/withdraw" } class="app-inline" { (visit.tokens()) (Button::new(html! { "Take back" span class="nhsuk-u-visually-hidden" { ": " (v.why) } }).secondary().small()) } }
            }
        } }
    };
    Ok(layout::staff(visit, if faults.is_empty() { "Online hours and limits" } else { "Error: Online hours and limits" }, "/staff", main))
}

/// The kinds that have hours of their own.
fn of_kinds(rules: &OpeningRules) -> Markup {
    let mut table = Table::new("Kinds with hours of their own").head(["Kind", "Hours"]).first_cell_is_header();
    for (kind, hours) in &rules.own {
        let days = week::DAYS.iter().enumerate().map(|(n, (name, weekday))| format!("{name} {}", hours_words(hours[n], *weekday)));
        table = table.row_cells([TableCell::new(kind.label()), TableCell::new(days.collect::<Vec<_>>().join(", "))]);
    }
    html! { (table) }
}

/// Bank holidays and closures to come, with what happens online then, so that the limits of those days are set in time.
fn days_ahead(visit: &StaffVisit, closures: &[(ClosureId, Closure)]) -> Markup {
    let today = uk_date(visit.now);
    let last = today.checked_add(AHEAD.days()).unwrap_or(today);
    let holidays = portico_domain::rota::days(today, last).filter_map(|day| Some((day, Calendar::bank_holiday(day)?)));
    let holidays: Vec<(Date, &str)> = holidays.collect();
    let rules = &visit.practice.opening.0;
    let set = |day: Date| html! { @if allowed(visit.me.staff.role, Action::ManageOpening) { " " a href={ "/opening?day=" (day) "#set" } { "Set that day" } } };
    html! {
        h2 class="nhsuk-heading-m" { "Days ahead that are not as usual" }
        @if holidays.is_empty() && closures.is_empty() { (InsetText::new(html! { p { "No bank holiday and no closure in the next " (AHEAD) " days." } })) }
        ul class="nhsuk-list" {
            @for (day, name) in &holidays { li { (uk_date_long(*day)) ": " (name) ". No core hours; online is " @if rules.bank_holidays { "open" } @else { "closed" } "." (set(*day)) } }
            @for (_, c) in closures { li { (when_words(c.from, visit.now)) " to " (when_words(c.to, visit.now)) ": " (c.reason) ". No core hours; what is asked online meanwhile is promised from when the practice opens again." (set(uk_date(c.from))) } }
        }
    }
}

fn setting(visit: &StaffVisit, day: &str, form: &Form, now: &OpeningRules, attempt: Option<&(Tried, String)>) -> Markup {
    let fresh = form.fields().is_empty();
    let typed = |name: &str, known: String| if fresh { known } else { form.raw(name).to_owned() };
    let ticked = |name: &str, label: &str, text: &str, known: bool| {
        let on = if fresh { known } else { form.get(name) == "yes" };
        Checkboxes::new(name.to_owned(), label.to_owned()).item("yes", text.to_owned()).values(if on { &["yes"][..] } else { &[] })
    };
    let number = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
    html! {
        section class="app-box" aria-labelledby="set" {
            h2 class="nhsuk-heading-m" id="set" { "Change it" }
            @if let Some((t, _)) = attempt {
                (InsetText::new(html! { p { "On the last month: " strong { (t.came) } " requests came online. " strong { (t.closed) } " would have met a closed door, outside core hours. " strong { (t.daily + t.waiting) } " would have been told that it takes longer: " (t.daily) " because of the daily limit, " (t.waiting) " because of how many waited. " strong { (t.to_ring) } " for help on the same day would have been told to ring." } }))
            }
            form method="post" action="/opening" novalidate {
                (visit.tokens())
                (week::fields(form, "", &now.hours))
                (ticked("health-hours", "Hours of their own", "Requests about health problems have other hours, those below", now.health.is_some()))
                details class="nhsuk-details" open[form.get("health-hours") == "yes" || fresh && now.health.is_some()] {
                    summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Hours of requests about health problems" } }
                    div class="nhsuk-details__text" { (week::fields(form, "health-", now.health.as_ref().unwrap_or(&now.hours))) }
                }
                @for kind in Kind::ASKED {
                    @let known = now.own.iter().find(|(k, _)| k == kind);
                    @let name = format!("own-{}", kind.code());
                    details class="nhsuk-details" open[form.get(&name) == "yes" || fresh && known.is_some()] {
                        summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Hours of: " (kind.label()) } }
                        div class="nhsuk-details__text" {
                            (ticked(&name, kind.label(), "This kind has other hours, those below", known.is_some()))
                            (week::fields(form, &format!("{}-", kind.code()), known.map_or_else(|| now.hours_of(*kind), |(_, hours)| hours)))
                        }
                    }
                }
                (ticked("holidays", "Bank holidays", "Open on bank holidays", now.bank_holidays))
                (Input::new("daily", "Requests a day after which people are told that it takes longer").width_chars(5).inputmode("numeric").value(typed("daily", number(now.daily))))
                (Input::new("waiting", "Patients who wait at once, after which people are told so").width_chars(5).inputmode("numeric").value(typed("waiting", number(now.waiting))))
                (ticked("routine", "What may be asked", "Only what can wait; who needs help today is told to ring", now.routine_only))
                (Input::new("reason", "What patients read when it is closed").value(typed("reason", now.reason.clone())))
                (Input::new("day", "From which day (leave empty for now)").input_type("date").value(if fresh { day } else { form.raw("day") }))
                (ticked("one-day", "For how long", "For that day only; the day after is as before", false))
                (Input::new("why", "Why (for the log)").value(form.raw("why")))
                @if let Some((_, seen)) = attempt {
                    input type="hidden" name="seen" value=(seen);
                    (Button::new("Set it").name_value("what", "set").prevent_double_click())
                    " "
                    (Button::new("Try it on last month again").secondary().name_value("what", "try"))
                } @else {
                    (Button::new("Try it on last month").name_value("what", "try"))
                    p class="nhsuk-body-s" { "You see what it would have done before you set it." }
                }
            }
        }
    }
}

fn read(form: &Form) -> Result<OpeningRules, Vec<String>> {
    let (hours, mut faults) = week::read(form, "");
    let health = (form.get("health-hours") == "yes").then(|| {
        let (health, wrong) = week::read(form, "health-");
        faults.extend(wrong.into_iter().map(|w| format!("Health problems: {w}")));
        health
    });
    let mut own = Vec::new();
    for kind in Kind::ASKED.iter().filter(|k| form.get(&format!("own-{}", k.code())) == "yes") {
        let (hours, wrong) = week::read(form, &format!("{}-", kind.code()));
        faults.extend(wrong.into_iter().map(|w| format!("{}: {w}", kind.label())));
        own.push((*kind, hours));
    }
    let mut limit = |name: &str| match form.get(name) {
        "" => None,
        text => match text.parse::<u32>() {
            Ok(n) => Some(n),
            Err(_) => {
                faults.push("Enter limits as whole numbers, or leave them empty.".to_owned());
                None
            }
        },
    };
    let (daily, waiting) = (limit("daily"), limit("waiting"));
    let rules = OpeningRules {
        hours,
        health,
        own,
        bank_holidays: form.get("holidays") == "yes",
        daily,
        waiting,
        routine_only: form.get("routine") == "yes",
        reason: form.get("reason").chars().take(300).collect(),
    };
    faults.extend(rules.faults());
    if faults.is_empty() { Ok(rules) } else { Err(faults) }
}

/// Tells these rules from others.
fn seal(rules: &OpeningRules) -> Result<String, Error> {
    let written = serde_json::to_string(rules).map_err(|e| Error::Broken(e.to_string()))?;
    Ok(portico_store::hash_of(&written).iter().map(|b| format!("{b:02x}")).collect())
}

async fn set(post: StaffVisitPost) -> Answer {
    let visit = &post.visit;
    let rules = match read(&post.form) {
        Ok(rules) => rules,
        Err(faults) => {
            let shown = page(visit, "", &post.form, &faults, None).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response());
        }
    };
    let organisation = visit.organisation();
    // What is set is what was tried: nobody sets what they have not seen.
    let of_these = seal(&rules)?;
    let is_tried = post.form.get("seen") == of_these;
    let since = visit.now - SignedDuration::from_hours(24 * 28);
    let came = opening::came(&mut visit.app.store.reader().await?, organisation, since).await?;
    let attempt = (tried(&rules, &visit.practice.calendar, &came), of_these);
    if post.form.get("what") != "set" || !is_tried {
        return Ok(page(visit, "", &post.form, &[], Some(&attempt)).await?.into_response());
    }
    let again = async |faults: &[String]| -> Answer {
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page(visit, "", &post.form, faults, Some(&attempt)).await?).into_response())
    };
    let why: String = post.form.get("why").chars().take(300).collect();
    if why.is_empty() {
        return again(&["Say why, for the log.".to_owned()]).await;
    }
    let day: Option<Date> = post.form.read("day");
    let from = match day {
        Some(day) if day < uk_date(visit.now) => return again(&["The day must not be in the past.".to_owned()]).await,
        Some(day) => moment(day, Time::midnight()).unwrap_or(visit.now).max(visit.now),
        None => visit.now,
    };
    let one_day_only = post.form.get("one-day") == "yes";
    if one_day_only && day.is_none() {
        return again(&["Choose the day that it is for.".to_owned()]).await;
    }
    let id: Uuid = visit.app.ids.next();
    let until = uk_date(from).tomorrow().ok().and_then(|day| moment(day, Time::midnight())).filter(|_| one_day_only);
    let version = Version { id, from, until, rules, why, made_at: visit.now, made_by: visit.me.staff.name.clone(), withdrawn: false };
    let actor = visit.me.actor();
    post.write(work!(tx, [version, actor] => work::set_opening(tx, organisation, &actor, &version).await)).await?;
    visit.app.store.forget_practices();
    go("/opening")
}

async fn withdraw(post: StaffVisitPost, Path(id): Path<Uuid>) -> Answer {
    let (organisation, actor) = (post.visit.organisation(), post.visit.me.actor());
    post.write(work!(tx, [actor] => work::withdraw_opening(tx, organisation, &actor, id).await)).await?;
    post.visit.app.store.forget_practices();
    go("/opening")
}
