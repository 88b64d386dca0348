//! What a change does, shown before it is done; doing exactly that; and what became of it.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    opening::{WEEKS_TRIED, online_in_the_same_hours},
    rota::what_if::{Affected, Diary, Entry, LEAVE_FROM, Plan, RotaChange, Target, Treatment},
};
use portico_nhs::{RotaChangeId, uk_date_long, when_words};
use portico_nhsuk::{Button, ErrorSummary, Input, InsetText, Radios, SummaryList};
use portico_store::{
    Conn, hash_of,
    queries::{booking, opening, rota, staff, work_item},
    work,
    work::Confirmed,
};
use portico_web::{Answer, Error, Form, StaffVisit, StaffVisitPost, go, layout};

use crate::item_words::urgency_tag;

/// A change in a few words.
fn named(change: &RotaChange, diary: &Diary, who: Option<&str>, visit: &StaffVisit) -> String {
    let of = |wanted: &dyn Fn(&Entry) -> bool| {
        diary.entries.iter().find(|e| wanted(e)).map_or_else(|| "somebody".to_owned(), |e| e.slot.clinician_name.clone())
    };
    let stretch = |from: &Timestamp, to: &Timestamp| format!("{} to {}", when_words(*from, visit.now), when_words(*to, visit.now));
    match change {
        RotaChange::Absence { from, to, .. } => format!("Away: {}, {}", who.unwrap_or("somebody"), stretch(from, to)),
        RotaChange::RoomClosed { from, to, .. } => format!("A room is closed, {}", stretch(from, to)),
        RotaChange::PracticeClosed { from, to } => format!("The practice is closed, {}", stretch(from, to)),
        RotaChange::SessionCancelled { session } => format!("A session of {} is cancelled", of(&|e| e.session == *session)),
        RotaChange::SessionShortened { session, from, to } => {
            format!("A session of {} is shortened to {}", of(&|e| e.session == *session), stretch(from, to))
        }
        RotaChange::TemplateChanged { from, to: Some(t), .. } => format!("Template “{}” from {}", t.name, uk_date_long(*from)),
        RotaChange::TemplateChanged { from, to: None, .. } => format!("A template ends before {}", uk_date_long(*from)),
    }
}

/// The page that shows what a change would do now.
pub async fn tried(visit: &StaffVisit, change: &RotaChange, form: &Form, why_not: Option<&str>) -> Result<Markup, Error> {
    let mut conn = visit.app.store.reader().await?;
    let (diary, plan) = work::try_change(&mut conn, &visit.practice, change, visit.now).await?;
    let came = match *change {
        RotaChange::PracticeClosed { from, to } => came_before(&mut conn, visit, (from, to)).await?,
        _ => Vec::new(),
    };
    let who = match change {
        RotaChange::Absence { clinician, .. } => staff::load(&mut conn, visit.organisation(), *clinician).await?.map(|s| s.name),
        _ => None,
    };
    let theirs = match change {
        RotaChange::Absence { clinician, from, to } if to.duration_since(*from) >= LEAVE_FROM => {
            Some(work_item::owned_by(&mut conn, visit.organisation(), *clinician).await?.len())
        }
        _ => None,
    };
    drop(conn);
    visit.log_reading("Change of the rota tried", None, None).await?;
    let text = work::plan_text(&plan)?;
    let seen: String = hash_of(&text).iter().map(|b| format!("{b:02x}")).collect();
    let written = serde_json::to_string(change).map_err(|e| Error::Broken(e.to_string()))?;
    let proposed = plan.affected.iter().filter(|a| a.proposed.is_some()).count();
    let main = html! {
        @if let Some(why) = why_not { (ErrorSummary::new().title("That was not done").error("#reason", why)) }
        h1 class="nhsuk-heading-l" { "What it does" span class="nhsuk-caption-m" { (named(change, &diary, who.as_deref(), visit)) } }
        p class="nhsuk-body" { strong { "Nothing has been changed yet." } }
        (SummaryList::new()
            .row("Slots that go", plan.withdrawn.len().to_string())
            .row("Slots that come", plan.made.len().to_string())
            .row("Of them kept back, for they fall into an absence", plan.withheld.len().to_string())
            .row("People who lose their appointment", plan.affected.len().to_string())
            .row("Of them with another slot proposed", proposed.to_string()))
        (affected(visit, &diary, &plan))
        (asked_meanwhile(&came))
        @if let Some(n) = theirs { (InsetText::new(html! { p { "When it begins, what is then on their own list goes to their team (" (n) @if n == 1 { " request" } @else { " requests" } " now), and nobody can give them more until they are back." } })) }
        form method="post" action="/rota/do" novalidate {
            (visit.tokens())
            input type="hidden" name="change" value=(written);
            input type="hidden" name="seen" value=(seen);
            (Input::new("reason", "Why (patients who are affected read it)").hint("For example: Dr Osei is ill").value(form.raw("reason")).error(why_not.filter(|w| w.starts_with("Say why"))))
            @if plan.affected.is_empty() { input type="hidden" name="people" value="ask"; }
            @else {
                (Radios::new("people", "The people who lose their appointment")
                    .item("ask", "Ask everybody: each chooses again by a private link, urgent requests come to the desk at once")
                    .item("move", "Move those who have a proposed slot and tell them; ask the others")
                    .value(Some(if form.raw("people") == "move" { "move" } else { "ask" })))
            }
            (Button::new("Do it").prevent_double_click())
        }
        p class="nhsuk-body" { a href="/rota" { "Leave everything as it is" } }
    };
    Ok(layout::staff(visit, if why_not.is_some() { "Error: What it does" } else { "What it does" }, "/day", main))
}

/// How many asked online in the same hours of each of the last four weeks, the latest first.
async fn came_before(conn: &mut Conn, visit: &StaffVisit, closed: (Timestamp, Timestamp)) -> Result<Vec<u32>, Error> {
    let since = visit.now - SignedDuration::from_hours(24 * 7 * (WEEKS_TRIED + 1)) - closed.1.duration_since(closed.0);
    let came = opening::came(conn, visit.organisation(), since).await?;
    Ok(online_in_the_same_hours(&came, closed, visit.now))
}

fn asked_meanwhile(came: &[u32]) -> Markup {
    let weeks: Vec<String> = came.iter().map(u32::to_string).collect();
    html! { @if !came.is_empty() { (InsetText::new(html! { p {
        "Online requests that came in these hours in each of the last weeks, the latest first: " strong { (weeks.join(", ")) }
        ". Those who ask while the practice is closed are promised an answer counted from when it opens again; emergency advice is shown as always."
    } })) } }
}

fn target(visit: &StaffVisit, diary: &Diary, plan: &Plan, to: Target) -> String {
    match (to, &plan.change) {
        (Target::There(id), _) => diary.entry(id).map_or_else(String::new, |e| {
            format!("{}, {}, {}", work::told_words(&e.slot, visit.now), e.slot.kind.mode.label(), e.slot.clinician_name)
        }),
        (Target::Made(n), RotaChange::TemplateChanged { to: Some(t), .. }) => plan
            .made
            .get(n)
            .map_or_else(String::new, |s| format!("{}, {}, {}", when_words(s.starts, visit.now), s.kind.mode.label(), t.clinician_name)),
        (Target::Made(_), _) => String::new(),
    }
}

fn affected(visit: &StaffVisit, diary: &Diary, plan: &Plan) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" id="affected" { "Who is affected, most urgent first" }
        @if plan.affected.is_empty() { (InsetText::new(html! { p { "Nobody loses an appointment." } })) }
        ol class="app-list" { @for a in &plan.affected { (person(visit, diary, plan, a)) } }
    }
}

fn person(visit: &StaffVisit, diary: &Diary, plan: &Plan, a: &Affected) -> Markup {
    let lost = diary.entry(a.loses);
    let (name, reference) = lost.and_then(|e| e.label.clone()).unwrap_or_default();
    html! {
        li class="app-item app-item--row" {
            div { p { a class="app-item__name" href={ "/items/" (a.who.item) } data-row { (name) } } p class="app-item__meta" { (reference) } p { (urgency_tag(a.who.need.urgency)) } }
            div { p { "Loses " @if let Some(e) = lost { strong { (work::told_words(&e.slot, visit.now)) } ", " (e.slot.kind.mode.label()) ", " (e.slot.clinician_name) } } p class="app-item__meta" { "Asked " (when_words(a.who.received_at, visit.now)) } @for (from, _) in &a.who.with { p class="app-item__meta" { "Belongs with the appointment " (when_words(*from, visit.now)) } } }
            div {
                @match a.proposed {
                    Some(to) => { p { "Proposed: " strong { (target(visit, diary, plan, to)) } } }
                    None => { p { strong { "No free slot fits in time." } } }
                }
                @for other in a.instead.iter().filter(|t| Some(**t) != a.proposed) { p class="app-item__meta" { "or " (target(visit, diary, plan, *other)) } }
            }
        }
    }
}

pub(super) async fn carry_out(post: StaffVisitPost) -> Answer {
    let change: RotaChange = serde_json::from_str(post.form.raw("change")).map_err(|_| Error::Refused("Choose what happens.".into()))?;
    if matches!(change, RotaChange::PracticeClosed { .. }) && !allowed(post.visit.me.staff.role, Action::ManageClosures) {
        return Err(Error::Refused("Closing the practice is for the practice manager.".into()));
    }
    if let RotaChange::TemplateChanged { template, from, to: Some(t) } = &change {
        let versions = rota::versions(&mut post.visit.app.store.reader().await?, post.visit.organisation()).await?;
        let clash = work::clash(&versions, (*template, t), *from, work::horizon(post.visit.now));
        if let Some(fault) = t.faults().into_iter().next().or(clash) {
            return Err(Error::Refused(fault));
        }
    }
    let seen = post.form.raw("seen");
    let seen: Vec<u8> = (0..seen.len() / 2).filter_map(|n| u8::from_str_radix(seen.get(2 * n..2 * n + 2)?, 16).ok()).collect();
    let treatment = if post.form.get("people") == "move" { Treatment::Move } else { Treatment::Ask };
    let confirmed = Confirmed { change, seen, treatment, reason: post.form.get("reason").chars().take(500).collect() };
    let (practice, actor, what) = (post.visit.practice.clone(), post.visit.me.actor(), confirmed.clone());
    match post.write(work!(tx, [practice, actor, what] => work::change_rota(tx, &practice, &actor, &what).await)).await {
        Ok(id) => {
            post.visit.app.store.forget_practices();
            go(format!("/rota/changes/{id}"))
        }
        Err(Error::Refused(why)) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, tried(&post.visit, &confirmed.change, &post.form, Some(&why)).await?).into_response())
        }
        Err(other) => Err(other),
    }
}

pub(super) async fn show(visit: StaffVisit, Path(id): Path<RotaChangeId>) -> Answer {
    Ok(done_page(&visit, id, None).await?.into_response())
}

async fn done_page(visit: &StaffVisit, id: RotaChangeId, why_not: Option<&str>) -> Result<Markup, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let change = rota::change(&mut conn, organisation, id).await?.ok_or(Error::NotFound)?;
    let plan: Plan = serde_json::from_str(&change.plan).map_err(|e| Error::Broken(e.to_string()))?;
    let mut now_has = Vec::with_capacity(change.outcome.people.len());
    for p in &change.outcome.people {
        let slot = if p.restored == Some(true) { Some(p.had) } else { p.has };
        now_has.push(match slot {
            Some(slot) => booking::slot(&mut conn, organisation, slot).await?,
            None => None,
        });
    }
    drop(conn);
    visit.log_reading("Change of the rota read", None, None).await?;
    let main = html! {
        @if let Some(why) = why_not { (ErrorSummary::new().title("That was not done").error("#people", why)) }
        h1 class="nhsuk-heading-l" { "Change of the rota" span class="nhsuk-caption-m" { (change.reason) } }
        (SummaryList::new()
            .row("Made", format!("{} by {}", when_words(change.made_at, visit.now), change.made_by))
            .row("Slots that went", plan.withdrawn.len().to_string())
            .row("Slots that came", change.outcome.made.len().to_string())
            .row("People affected", change.outcome.people.len().to_string()))
        @if let Some((at, by)) = &change.undone { (InsetText::new(html! { p { "Undone " (when_words(*at, visit.now)) " by " (by) "." } })) }
        h2 class="nhsuk-heading-m" id="people" { "What became of each" }
        @if change.outcome.people.is_empty() { p class="nhsuk-body" { "Nobody was affected." } }
        ol class="app-list" { @for (p, slot) in change.outcome.people.iter().zip(&now_has) {
            li class="app-item app-item--row" {
                p { a class="app-item__name" href={ "/items/" (p.item) } data-row { (p.label.0) } }
                p { @match (p.restored, p.has, slot) {
                    (Some(true), _, Some(s)) => { "Has the old appointment again: " (work::told_words(s, visit.now)) }
                    (Some(false), ..) => { strong { "Somebody has acted since: speak to them." } }
                    (_, Some(_), Some(s)) => { "Moved to " strong { (work::told_words(s, visit.now)) } ", " (s.clinician_name) ", and told" }
                    _ => { "Told, and asked for another appointment" }
                } }
                p class="app-item__meta" { (p.label.1) }
            }
        } }
        @if change.undone.is_none() && allowed(visit.me.staff.role, Action::ManageRota) {
            form method="post" action={ "/rota/changes/" (id) "/undo" } { (visit.tokens()) (Button::new("Undo").warning().prevent_double_click()) }
            p class="nhsuk-body" { "Everybody whose request nobody has touched since gets the old appointment again and is told. The others are listed here." }
        }
        p class="nhsuk-body" { a href="/rota" { "Rota" } }
    };
    Ok(layout::staff(visit, "Change of the rota", "/day", main))
}

pub(super) async fn undo(post: StaffVisitPost, Path(id): Path<RotaChangeId>) -> Answer {
    let change = rota::change(&mut post.visit.app.store.reader().await?, post.visit.organisation(), id).await?.ok_or(Error::NotFound)?;
    let plan: Plan = serde_json::from_str(&change.plan).map_err(|e| Error::Broken(e.to_string()))?;
    if matches!(plan.change, RotaChange::PracticeClosed { .. }) && !allowed(post.visit.me.staff.role, Action::ManageClosures) {
        return Err(Error::Refused("Opening the practice again is for the practice manager.".into()));
    }
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    match post.write(work!(tx, [practice, actor] => work::undo_rota_change(tx, &practice, &actor, id).await)).await {
        Ok(_) => {
            post.visit.app.store.forget_practices();
            Ok(Redirect::to(&format!("/rota/changes/{id}")).into_response())
        }
        Err(Error::Refused(why)) => Ok((StatusCode::UNPROCESSABLE_ENTITY, done_page(&post.visit, id, Some(&why)).await?).into_response()),
        Err(other) => Err(other),
    }
}
