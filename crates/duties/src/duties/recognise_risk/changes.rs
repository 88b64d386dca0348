//! The practice's own changes: the draft, its replay over earlier requests, publishing it or throwing it away.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    layer::{Layer, LayerState, Replay},
};
use portico_nhs::when_words;
use portico_nhsuk::{Button, ErrorSummary, InsetText, Select, SummaryList};
use portico_store::{queries::layer, work};
use portico_web::{Answer, Error, StaffVisit, StaffVisitPost, layout};

use super::replay;
use crate::reading::Reading;

/// Over how many months earlier requests may be read again.
const MONTHS: [i64; 3] = [1, 3, 12];

pub async fn show(visit: StaffVisit) -> Answer {
    Ok(page(&visit, None).await?.into_response())
}

async fn page(visit: &StaffVisit, refused: Option<&str>) -> Result<Markup, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let draft = layer::draft(&mut conn, organisation).await?;
    let history = layer::history(&mut conn, organisation).await?;
    drop(conn);
    let main = html! {
        p class="nhsuk-body" { a href="/triage" { "Back to the rules" } }
        @if let Some(why) = refused { (ErrorSummary::new().title("That was not done").error("#draft", why)) }
        h1 class="nhsuk-heading-l" { "Changes of this practice" }
        (in_force(visit))
        (drafted(visit, draft.as_ref()))
        (past(visit, &history))
    };
    Ok(layout::staff(visit, "Changes to triage rules", "/triage", main))
}

fn in_force(visit: &StaffVisit) -> Markup {
    let changes = &visit.practice.changes;
    html! {
        h2 class="nhsuk-heading-m" { "In force" }
        @if changes.is_empty() { p class="nhsuk-body" { "None: requests are read with the content as it is shipped." } }
        @else {
            ul class="nhsuk-list nhsuk-list--bullet" { @for c in changes { li class="app-break" { (c.words()) } } }
        }
    }
}

fn drafted(visit: &StaffVisit, draft: Option<&Layer>) -> Markup {
    let may = |action| allowed(visit.me.staff.role, action);
    let Some(draft) = draft else {
        return html! { h2 class="nhsuk-heading-m" id="draft" { "Draft" } (InsetText::new(html! { p { "Nothing is proposed. Open a rule to propose a change to it." } })) };
    };
    let months = MONTHS.iter().fold(Select::new("months", "Over the requests of the last"), |s, m| {
        s.option(m.to_string(), if *m == 1 { "month".to_owned() } else { format!("{m} months") })
    });
    html! {
        h2 class="nhsuk-heading-m" id="draft" { "Draft" }
        p class="nhsuk-body" { "Begun by " (draft.by) ", " (when_words(draft.made_at, visit.now)) ". It takes the place of what is in force." }
        @if draft.changes.is_empty() { p class="nhsuk-body" { "No change is left in it: publishing it goes back to the shipped content." } }
        ul class="app-list" {
            @for (place, c) in draft.changes.iter().enumerate() {
                li class="app-item" {
                    p class="app-break" { (c.words()) @if visit.practice.changes.contains(c) { " (in force)" } }
                    @if may(Action::ProposeRules) {
                        form method="post" action="/triage/changes/take-out" { (visit.tokens()) input type="hidden" name="change" value=(c.words()); (Button::new(html! { "Take out" span class="nhsuk-u-visually-hidden" { " change " (place + 1) } }).secondary().small()) }
                    }
                }
            }
        }
        @match &draft.replay { Some(r) => { (replayed(visit, r)) } None => { p class="nhsuk-body" { strong { "Not replayed since the last change." } } } }
        @if may(Action::ProposeRules) {
            form method="post" action="/triage/changes/replay" class="app-box" { (visit.tokens()) (months) (Button::new("Replay the draft").secondary()) p class="nhsuk-hint" { "Reads earlier requests with the rules in force and with the draft, and checks every case of every rule. It takes some seconds." } }
            form method="post" action="/triage/changes/discard" { (visit.tokens()) input type="hidden" name="id" value=(draft.id); (Button::new("Throw the draft away").warning().small()) }
        }
        @if may(Action::SignRules) {
            @match draft.not_ready() {
                Some(why) => { p class="nhsuk-body" { "It cannot be published yet. " (why) } }
                None => { form method="post" action="/triage/changes/publish" { (visit.tokens()) input type="hidden" name="id" value=(draft.id); p class="nhsuk-body" { "Once published, advice is off until the safety lead signs for the new rule set." } (Button::new("Publish").prevent_double_click()) } }
            }
        } @else { p class="nhsuk-body" { "The clinical safety lead publishes it." } }
    }
}

fn replayed(visit: &StaffVisit, r: &Replay) -> Markup {
    html! {
        h3 class="nhsuk-heading-s" { "Replayed " (when_words(r.at, visit.now)) }
        (SummaryList::new()
            .row("Requests read", format!("{} of the last {} {}{}", r.read, r.months, if r.months == 1 { "month" } else { "months" }, if r.cut { ", the newest only" } else { "" }))
            .row("More urgent", r.up.to_string())
            .row("Less urgent", r.down.to_string())
            .row("Cases of rules that fail", r.failing.to_string()))
        @if !r.failures.is_empty() { ul class="nhsuk-list nhsuk-list--bullet" { @for f in &r.failures { li class="app-break" { (f) } } } }
        @if !r.moved.is_empty() {
            @if super::may_see_readings(visit) {
            h4 class="nhsuk-heading-xs" { "Requests that move" }
            ul class="nhsuk-list" { @for m in &r.moved { li { a href={ "/items/" (m.item) } { (m.reference) } ": " (m.from.label().to_lowercase()) " → " (m.to.label().to_lowercase()) } } }
            }
            table class="nhsuk-table" {
                caption class="nhsuk-table__caption" { "By group" }
                thead class="nhsuk-table__head" { tr { th scope="col" { "Group" } th scope="col" { "More urgent" } th scope="col" { "Less urgent" } th scope="col" { "Of" } } }
                tbody class="nhsuk-table__body" { @for (kind, group, up, down, of) in &r.groups {
                    tr class="nhsuk-table__row" { th class="nhsuk-table__header" scope="row" { (kind) ": " (group) } td class="nhsuk-table__cell" { (up) } td class="nhsuk-table__cell" { (down) } td class="nhsuk-table__cell" { (of) } }
                } }
            }
        } @else { p class="nhsuk-body" { "No request moves." } }
    }
}

fn past(visit: &StaffVisit, history: &[Layer]) -> Markup {
    html! {
        @if !history.is_empty() {
            h2 class="nhsuk-heading-m" { "Before" }
            ul class="nhsuk-list nhsuk-list--bullet" { @for l in history {
                li {
                    (l.state.label()) @if let (Some(at), Some(by)) = (l.decided_at, &l.decided_by) { " " (when_words(at, visit.now)) " by " (by) }
                    @if l.state == LayerState::Published && let Some(v) = &l.version { ", rule set " (v) }
                    ": " @if l.changes.is_empty() { "the shipped content" } @for (n, c) in l.changes.iter().enumerate() { @if n > 0 { " " } (c.words()) }
                }
            } }
        }
    }
}

/// Does it, or shows the page with why not.
async fn told(post: &StaffVisitPost, done: Result<(), Error>) -> Answer {
    match done {
        Ok(()) => Ok(Redirect::to("/triage/changes").into_response()),
        Err(Error::Refused(why)) => Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&post.visit, Some(&why)).await?).into_response()),
        Err(other) => Err(other),
    }
}

pub async fn take_out(post: StaffVisitPost) -> Answer {
    let edit = work::Edit::TakeOut(post.form.raw("change").to_owned());
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    post.write(work!(tx, [practice, actor, edit] => work::change_rules(tx, &practice, &actor, &edit).await)).await?;
    Ok(Redirect::to("/triage/changes").into_response())
}

pub async fn replay(post: StaffVisitPost) -> Answer {
    let done = replay_draft(&post).await;
    told(&post, done).await
}

async fn replay_draft(post: &StaffVisitPost) -> Result<(), Error> {
    let visit = &post.visit;
    let organisation = visit.organisation();
    let months = post.form.read::<i64>("months").filter(|m| MONTHS.contains(m)).unwrap_or(MONTHS[0]);
    let draft = layer::draft(&mut visit.app.store.reader().await?, organisation).await?;
    let draft = draft.ok_or(Error::Refused("There is no draft to replay.".into()))?;
    let changes = draft.changes.clone();
    let new = tokio::task::spawn_blocking(move || Reading::with(&changes)).await.map_err(|e| Error::Broken(e.to_string()))?;
    let new = new.map_err(Error::Refused)?;
    let said = replay::replay(&visit.app.store, organisation, (&Reading::of(&visit.practice), &new), months).await?;
    let version = new.engine().version().to_owned();
    let (actor, changes, id) = (visit.me.actor(), draft.changes, draft.id);
    post.write(
        work!(tx, [actor, version, changes, said] => work::keep_replay(tx, organisation, &actor, (id, &version), &changes, &said).await),
    )
    .await
}

pub async fn discard(post: StaffVisitPost) -> Answer {
    decide(&post, false).await
}

pub async fn publish(post: StaffVisitPost) -> Answer {
    decide(&post, true).await
}

async fn decide(post: &StaffVisitPost, publish: bool) -> Answer {
    let id: uuid::Uuid = post.form.read("id").ok_or(Error::NotFound)?;
    let (organisation, actor) = (post.visit.organisation(), post.visit.me.actor());
    let done = post.write(work!(tx, [actor] => work::decide_layer(tx, organisation, &actor, id, publish).await)).await;
    post.visit.app.store.forget_practices();
    told(post, done).await
}
