//! C2 and A8: capacity. Today's outlook with the levers and what each does, the weeks ahead, and promises kept.

use std::{collections::BTreeMap, sync::OnceLock};

use axum::{extract::Path, http::StatusCode, response::IntoResponse};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    capacity::{DayPlan, FLAGGED, Outlook, Today},
    event::Verb,
    pathway::Pathway,
    promise::GOAL,
    service::Service,
    staff::Presence,
};
use portico_nhs::{StaffId, uk_date, uk_date_long, uk_time, when_words};
use portico_nhsuk::{Button, ErrorSummary, Input, InsetText, SummaryList, Table, TableCell};
use portico_store::{
    NewEvent,
    queries::{
        capacity::{self, ServicePlan, StepContact},
        rota, staff,
    },
    work,
};
use portico_web::{Access, Answer, Error, Routes, StaffVisit, StaffVisitPost, go, layout};
use serde::Deserialize;

/// Weeks of promises that are shown.
const PROMISED_WEEKS: i64 = 8;
/// Slots of a session that somebody takes on, for what cover would do.
const EXTRA: u32 = 12;
/// Slots that a hub is asked for at once.
const HUB: u32 = 6;
/// Days ahead for which slots of planned services are counted.
const SERVICE_DAYS: i64 = 28;

/// The page of capacity.
pub fn routes() -> Routes {
    let (read, manage) = (Access::Staff(Action::ReadDuty), Access::Staff(Action::ManageRota));
    Routes::new()
        .get("/capacity", read, show)
        .post("/capacity/open-held", manage, open_held)
        .post("/capacity/escalate/{step}", read, escalate)
        .post("/capacity/contacts/{step}", Access::Staff(Action::ManageDetails), set_contact)
        .post("/capacity/growth", Access::Staff(Action::ManageClosures), set_growth)
}

/// One step of the escalation, as its file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    id: String,
    title: String,
    when: String,
    team: String,
    words: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Escalation {
    source: String,
    source_date: String,
    owner: String,
    review: String,
    step: Vec<Step>,
}

fn escalation() -> &'static Escalation {
    static ALL: OnceLock<Escalation> = OnceLock::new();
    ALL.get_or_init(|| toml::from_str(include_str!("escalation.toml")).unwrap_or_default())
}

/// Everything that the page shows.
struct Seen {
    today: Today,
    outlook: Outlook,
    held_back: i64,
    routine: i64,
    away: Vec<String>,
    plans: Vec<DayPlan>,
    known_days: usize,
    promises: BTreeMap<Date, capacity::Kept>,
    growth: f64,
    services: BTreeMap<Service, ServicePlan>,
    contacts: BTreeMap<String, StepContact>,
    season: Option<f64>,
}

async fn look(visit: &StaffVisit) -> Result<Seen, Error> {
    let (organisation, now) = (visit.organisation(), visit.now);
    let calendar = &visit.practice.calendar;
    let today = uk_date(now);
    let close = calendar.end_of_core_day(now);
    let mut conn = visit.app.store.reader().await?;
    let capacity::Ahead { came, plans, growth } = capacity::ahead(&mut conn, organisation, calendar, now).await?;
    let waiting = capacity::waiting(&mut conn, organisation).await?;
    let left = capacity::slots(&mut conn, organisation, (now, close), now).await?;
    let held_back = capacity::held_back(&mut conn, organisation, now, close).await?;
    let routine = capacity::routine_today(&mut conn, organisation, now, close).await?;
    let on_leave: Vec<StaffId> = rota::absences(&mut conn, organisation, now)
        .await?
        .into_iter()
        .filter(|a| a.away.from <= now)
        .filter_map(|a| a.away.clinician)
        .collect();
    let promises = capacity::promises(&mut conn, organisation, now - SignedDuration::from_hours(24 * 7 * PROMISED_WEEKS), now).await?;
    let people = staff::list(&mut conn, organisation).await?;
    let services = capacity::services(&mut conn, organisation, (now, now + SignedDuration::from_hours(24 * SERVICE_DAYS))).await?;
    let contacts = capacity::step_contacts(&mut conn, organisation).await?;
    drop(conn);
    let doctors = [Pathway::Gp, Pathway::DutyGp, Pathway::UrgentHub];
    let seen = Today {
        usual: came.by_hour[today.weekday().to_monday_zero_offset() as usize],
        so_far: came.today,
        same_day_share: came.same_day_share,
        waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
        slots_left: left.iter().filter(|((d, p), _)| *d == today && doctors.contains(p)).map(|(_, slots)| slots.free).sum(),
    };
    Ok(Seen {
        outlook: seen.outlook(now, calendar),
        today: seen,
        held_back,
        routine,
        away: people
            .into_iter()
            .filter(|p| p.role.is_clinician() && (p.presence == Presence::Away || on_leave.contains(&p.id)))
            .map(|p| p.name)
            .collect(),
        plans,
        known_days: came.history.days.len(),
        promises,
        growth,
        services,
        contacts,
        season: came.history.season(today.checked_add(14i64.days()).unwrap_or(today), today),
    })
}

async fn show(visit: StaffVisit) -> Answer {
    Ok(page(&visit, None).await?.into_response())
}

async fn page(visit: &StaffVisit, why_not: Option<&str>) -> Result<Markup, Error> {
    let seen = look(visit).await?;
    let main = html! {
        @if let Some(why) = why_not { (ErrorSummary::new().error("#growth", why)) }
        h1 class="nhsuk-heading-l" { "Capacity" }
        (today(visit, &seen))
        (levers(visit, &seen))
        (steps(visit, &seen.contacts))
        (ahead(visit, &seen))
        (of_services(visit, &seen.services))
        (kept(&seen))
        @if allowed(visit.me.staff.role, Action::ManageClosures) {
            form method="post" action="/capacity/growth" class="app-actions" {
                (visit.tokens())
                (Input::new("growth", "Growth of the list in a year, per cent").width_chars(4).inputmode("decimal").value(format!("{:.1}", seen.growth * 100.0)).error(why_not))
                (Button::new("Save").secondary().small())
            }
        }
    };
    Ok(layout::staff(visit, if why_not.is_some() { "Error: Capacity" } else { "Capacity" }, "/duty", main))
}

fn until_words(runs_out: Option<Timestamp>, now: Timestamp) -> String {
    match runs_out {
        None => "they last until the practice closes".into(),
        Some(at) if at <= now => "there are not enough even for those who wait".into(),
        Some(at) => format!("they last until about {}", uk_time(at)),
    }
}

fn today(visit: &StaffVisit, seen: &Seen) -> Markup {
    let (t, o) = (&seen.today, &seen.outlook);
    let open = visit.practice.calendar.is_open(visit.now);
    html! {
        h2 class="nhsuk-heading-m" { "Today" }
        @if seen.known_days == 0 { (InsetText::new(html! { p { "There is no past yet to forecast from. What waits and what is free is counted all the same." } })) }
        (SummaryList::new()
            .row("Requests so far", format!("{} (usually {:.0} by now)", t.so_far, o.usual_so_far))
            .row("Still expected until the practice closes", format!("{:.0}", o.to_come))
            .row("Same-day requests that wait for a slot", t.waiting.to_string())
            .row("Same-day slots that will be wanted", format!("{:.0}", o.wanted.ceil()))
            .row("Doctors' slots that are free today", if open { format!("{}: {}", t.slots_left, until_words(o.runs_out, visit.now)) } else { "the practice is closed now".to_owned() }))
        @if o.runs_out.is_some() { (InsetText::new(html! { p { strong { "Same-day capacity will run out today." } " Use a lever, or take the first step below." } })) }
    }
}

fn levers(visit: &StaffVisit, seen: &Seen) -> Markup {
    let then = |more: u32| until_words(seen.today.with_more(more, visit.now, &visit.practice.calendar), visit.now);
    let without = |fewer: u32| until_words(seen.today.with_fewer(fewer, visit.now, &visit.practice.calendar), visit.now);
    let (held, routine) = (u32::try_from(seen.held_back).unwrap_or(0), u32::try_from(seen.routine).unwrap_or(0));
    html! {
        h2 class="nhsuk-heading-m" { "Levers" }
        ul class="app-list" {
            li class="app-item app-item--row" {
                p { strong { "Open held slots" } }
                p { (held) " of the doctors' free slots of today are not released yet. Kept back: " (without(held)) ". Opened: " (then(0)) "." }
                @if held > 0 && allowed(visit.me.staff.role, Action::ManageRota) { form method="post" action="/capacity/open-held" { (visit.tokens()) (Button::new("Open them now").small().prevent_double_click()) } }
            }
            li class="app-item app-item--row" {
                p { strong { "Move routine work" } }
                p { (routine) " booked requests of today could wait another day. If all moved, " (then(routine)) "." }
                p { a href={ "/day?on=" (uk_date(visit.now)) } { "See the day" } }
            }
            li class="app-item app-item--row" {
                p { strong { "Cover" } }
                p { "One more session of " (EXTRA) " slots: " (then(EXTRA)) "." @if !seen.away.is_empty() { " Away today: " (seen.away.join(", ")) "." } }
                p { a href="/rota" { "Rota" } }
            }
            li class="app-item app-item--row" {
                p { strong { "Ask the urgent hub" } }
                p { "For " (HUB) " of its slots: " (then(HUB)) "." }
                form method="post" action="/capacity/escalate/hub" { (visit.tokens()) (Button::new("Ask for them").small().secondary().prevent_double_click()) }
            }
            li class="app-item app-item--row" {
                p { strong { "Give out what is free in the best way" } }
                p { "First come, first served leaves people without a slot who could have one." }
                p { @if allowed(visit.me.staff.role, Action::Book) { a href="/allocate" { "Give out free slots" } } }
            }
        }
    }
}

fn steps(visit: &StaffVisit, contacts: &BTreeMap<String, StepContact>) -> Markup {
    let all = escalation();
    let may_set = allowed(visit.me.staff.role, Action::ManageDetails);
    html! {
        h2 class="nhsuk-heading-m" id="escalation" { "Escalation" }
        ol class="app-list" { @for step in &all.step {
            @let who = contacts.get(&step.id);
            li class="app-item app-item--row" {
                p { strong { (step.title) } }
                p {
                    (step.when) br;
                    @match who {
                        Some(c) => { "Ring " strong { (c.name) } " on " a href={ "tel:" (c.phone.replace(' ', "")) } { (c.phone) } "." }
                        None => { "Nobody has said yet who is rung." @if !may_set { " The coordinator or the manager sets it here." } }
                    }
                }
                form method="post" action={ "/capacity/escalate/" (step.id) } { (visit.tokens()) (Button::new(html! { "Do this" span class="nhsuk-u-visually-hidden" { ": " (step.title) } }).secondary().small().prevent_double_click()) }
                @if may_set {
                    details class="nhsuk-details" {
                        summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Who is rung" span class="nhsuk-u-visually-hidden" { ": " (step.title) } } }
                        div class="nhsuk-details__text" {
                            form method="post" action={ "/capacity/contacts/" (step.id) } class="app-actions" {
                                (visit.tokens())
                                (Input::new("name", html! { "Name or role" span class="nhsuk-u-visually-hidden" { ": " (step.title) } }).id(format!("name-{}", step.id)).width_chars(20).value(who.map_or("", |c| c.name.as_str())))
                                (Input::new("phone", html! { "Telephone" span class="nhsuk-u-visually-hidden" { ": " (step.title) } }).id(format!("phone-{}", step.id)).input_type("tel").width_chars(20).value(who.map_or("", |c| c.phone.as_str())))
                                (Button::new(html! { "Save" span class="nhsuk-u-visually-hidden" { ": " (step.title) } }).secondary().small())
                            }
                        }
                    }
                }
            }
        } }
        p class="app-item__meta" { (all.source) " (" (all.source_date) "). Owner: " (all.owner) ", to be reviewed by " (all.review) "." }
    }
}

async fn set_contact(post: StaffVisitPost, Path(step): Path<String>) -> Answer {
    let step = escalation().step.iter().find(|s| s.id == step).ok_or(Error::NotFound)?;
    let short = |name: &str, most: usize| post.form.get(name).chars().take(most).collect::<String>();
    let who = StepContact { name: short("name", 80), phone: short("phone", 30) };
    let digits = who.phone.chars().filter(char::is_ascii_digit).count();
    let shape = who.phone.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '+' | '(' | ')' | '-'));
    if who.name.is_empty() || digits < 3 || !shape {
        return Err(Error::Refused("Enter who is rung, and their telephone number in figures.".into()));
    }
    let (organisation, actor, id, title) = (post.visit.organisation(), post.visit.me.actor(), step.id.clone(), step.title.clone());
    post.write(work!(tx, [actor, id, title, who] => {
        capacity::set_step_contact(tx.conn(), organisation, &id, &who).await?;
        let words = format!("{title}: {} is rung on {}", who.name, who.phone);
        tx.record(organisation, NewEvent::plain(actor, Verb::DetailsSet, words)).await?;
        Ok(())
    }))
    .await?;
    go("/capacity#escalation")
}

/// Who can fix a gap, and how.
fn remedy(pathway: Pathway) -> &'static str {
    match pathway {
        Pathway::Gp | Pathway::DutyGp => "The rota lead: ask a partner or locum for a session, or move leave",
        Pathway::UrgentHub => "The network's hub: ask for more slots",
        Pathway::Nurse | Pathway::Hca => "The nurse lead: an extra clinic, or open it on another day",
        Pathway::Pharmacist => "The pharmacy lead: move reviews to another day",
        _ => "The reception lead: ask the service for another session",
    }
}

/// The categories of which slots are missing, in words.
fn lacking(plan: &DayPlan) -> String {
    let short = plan.categories.iter().filter(|c| c.wanted - f64::from(c.there) >= 1.0);
    short.map(|c| format!("{} {:.0} wanted, {} there", c.category.label(), c.wanted, c.there)).collect::<Vec<_>>().join("; ")
}

fn categories(plan: &DayPlan) -> String {
    plan.categories.iter().map(|c| format!("{} {:.0} of {}", c.category.label(), c.wanted, c.there)).collect::<Vec<_>>().join("; ")
}

fn ahead(visit: &StaffVisit, seen: &Seen) -> Markup {
    let now = uk_date(visit.now);
    let flagged: Vec<&DayPlan> = seen.plans.iter().filter(|p| p.is_flagged(now)).collect();
    let mut table = Table::new("The next seven days")
        .responsive()
        .head(["Day", "Pathway", "Wanted", "There", "Free", "By category: wanted of there"])
        .first_cell_is_header();
    let week = now.checked_add(7i64.days()).unwrap_or(now);
    for p in seen.plans.iter().filter(|p| p.day <= week) {
        table = table.row_cells([
            TableCell::new(uk_date_long(p.day)),
            TableCell::new(p.pathway.label()),
            TableCell::new(format!("{:.0}", p.wanted)).numeric(),
            TableCell::new(p.there.to_string()).numeric(),
            TableCell::new(p.free.to_string()).numeric(),
            TableCell::new(categories(p)),
        ]);
    }
    html! {
        h2 class="nhsuk-heading-m" id="ahead" { "The weeks ahead: gaps (" (flagged.len()) ")" }
        p class="nhsuk-body" { @match seen.season { Some(f) => { "By the time of the year, as it was the year before, the weeks ahead ask for " (format!("{:.0} %", (f - 1.0).abs() * 100.0)) @if f >= 1.0 { " more" } @else { " less" } " than the last weeks." } None => { "There is no year before yet from which to tell the season." } } }
        p class="nhsuk-body" { "A gap of tomorrow is listed at once, one within " (FLAGGED[1].0) " days when more than a tenth is missing, one within " (FLAGGED[2].0) " days when more than a fifth is." }
        @if flagged.is_empty() { (InsetText::new(html! { p { "No gap is seen." } })) }
        ul class="app-list" { @for p in flagged {
            li class="app-item app-item--row" {
                p { strong { (uk_date_long(p.day)) } br; (p.pathway.label()) }
                p { (p.missing()) @if p.missing() == 1 { " slot is missing: " } @else { " slots are missing: " } (format!("{:.0}", p.wanted)) " wanted, " (p.there) " there" }
                p { (remedy(p.pathway)) @let short = lacking(p); @if !short.is_empty() { br; span class="app-item__meta" { "Most of it: " (short) } } }
            }
        } }
        @if seen.plans.iter().any(|p| p.day <= week) {
            details class="nhsuk-details" {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Every pathway of the next seven days" } }
                div class="nhsuk-details__text" { (table) }
            }
        }
    }
}

/// Planned services: measuring, vaccination, checks; slots of their own against those who wait for one.
fn of_services(visit: &StaffVisit, services: &BTreeMap<Service, ServicePlan>) -> Markup {
    let mut table = Table::new("Services with slots of their own")
        .responsive()
        .head(["Service", "Waiting", "Slots", "Free", "Next free"])
        .first_cell_is_header();
    for (service, p) in services {
        table = table.row_cells([
            TableCell::new(service.label()),
            TableCell::new(p.waiting.to_string()).numeric(),
            TableCell::new(p.there.to_string()).numeric(),
            TableCell::new(p.free.to_string()).numeric(),
            TableCell::new(p.next_free.map_or_else(|| "none".to_owned(), |at| when_words(at, visit.now))),
        ]);
    }
    let short = services.iter().filter(|(_, p)| p.waiting > p.free);
    html! {
        h2 class="nhsuk-heading-m" id="services" { "Planned services, the next " (SERVICE_DAYS) " days" }
        @if services.is_empty() { (InsetText::new(html! { p { "No session keeps slots for a service, and nobody waits for one." } })) } @else { (table) }
        ul class="nhsuk-list" { @for (service, p) in short { li { strong { (service.label()) ": " (p.waiting - p.free) " more wait than slots are free." } " The nurse lead: add a session, or open one on another day." } } }
    }
}

fn kept(seen: &Seen) -> Markup {
    let mut table =
        Table::new("Promises kept").responsive().head(["Week from", "Promises", "Heard in time", "Goal"]).first_cell_is_header();
    for (monday, k) in seen.promises.iter().rev() {
        let share = f64::from(k.kept) / f64::from(k.made.max(1));
        table = table.row_cells([
            TableCell::new(uk_date_long(*monday)),
            TableCell::new(k.made.to_string()).numeric(),
            TableCell::new(format!("{:.0} %", share * 100.0)).numeric(),
            TableCell::new(if share >= GOAL { "met" } else { "missed" }),
        ]);
    }
    html! {
        h2 class="nhsuk-heading-m" { "Promises kept" }
        p class="nhsuk-body" { "Patients are told by when they will hear. The goal is that nine of ten hear by then." }
        @if seen.promises.is_empty() { p class="nhsuk-body" { "No promise has fallen due yet." } } @else { (table) }
    }
}

async fn open_held(post: StaffVisitPost) -> Answer {
    let (organisation, now) = (post.visit.organisation(), post.visit.now);
    let (until, actor) = (post.visit.practice.calendar.end_of_core_day(now), post.visit.me.actor());
    post.write(work!(tx, [actor] => {
        let opened = capacity::open_held(tx.conn(), organisation, now, until).await?;
        tx.record(organisation, NewEvent::plain(actor, Verb::RotaChanged, format!("{opened} held slots of today opened"))).await?;
        Ok(())
    }))
    .await?;
    go("/capacity")
}

async fn escalate(post: StaffVisitPost, Path(step): Path<String>) -> Answer {
    let step = escalation().step.iter().find(|s| s.id == step).ok_or(Error::NotFound)?;
    let routing = &post.visit.practice.routing;
    let team = if step.team == "duty" { routing.duty } else { routing.triage };
    let contacts = capacity::step_contacts(&mut post.visit.app.store.reader().await?, post.visit.organisation()).await?;
    let ring =
        contacts.get(&step.id).map_or_else(String::new, |c| format!("Ring {} on {} now, and write down what was said. ", c.name, c.phone));
    let (practice, actor, title) = (post.visit.practice.clone(), post.visit.me.actor(), step.title.clone());
    let words = format!("{ring}{}", step.words);
    post.write(work!(tx, [practice, actor, title, words] => work::escalate(tx, &practice, &actor, team, &title, &words).await)).await?;
    go("/capacity")
}

async fn set_growth(post: StaffVisitPost) -> Answer {
    let growth: Option<f64> = post.form.read("growth");
    let Some(growth) = growth.filter(|g| (-50.0..=50.0).contains(g)) else {
        return Ok(
            (StatusCode::UNPROCESSABLE_ENTITY, page(&post.visit, Some("Enter a per cent from -50 to 50, like 1.5")).await?).into_response()
        );
    };
    let organisation = post.visit.organisation();
    let (tenths, actor) = ((growth * 10.0).round() as i64, post.visit.me.actor());
    post.write(work!(tx, [actor] => {
        capacity::set_growth(tx.conn(), organisation, tenths).await?;
        tx.record(organisation, NewEvent::plain(actor, Verb::RotaChanged, format!("Growth of the list set to {growth:.1} % a year"))).await?;
        Ok(())
    }))
    .await?;
    go("/capacity")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_escalation_reads_and_says_who_answers_for_it() {
        let all = super::escalation();
        assert!(all.step.len() >= 3 && all.review.len() == 10 && !all.owner.is_empty());
        assert!(all.step.iter().all(|s| ["duty", "triage"].contains(&s.team.as_str())));
    }
}
