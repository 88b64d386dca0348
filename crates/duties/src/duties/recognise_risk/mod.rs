//! B76: the rules by which requests are read, who signed for them, and how often people agree.

mod changes;
pub mod replay;
mod rule;
mod second_reading;

use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::{SignedDuration, civil::Date};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    advice::{Mode, Signature},
    triage::Urgency,
};
use portico_nhs::{london, uk_date, when_words};
use portico_nhsuk::{Button, DateInput, ErrorSummary, Input, InsetText, SearchInput, Select, SummaryList, Textarea};
use portico_store::{queries::advice, work};
use portico_triage::{Rule, WORDING_RULE, WORDING_TITLE};
use portico_web::{Access, Answer, Error, Form, Routes, StaffVisit, StaffVisitPost, layout};
use serde::Deserialize;

use crate::{item_words::urgency_tag, reading::Reading};

/// Days over which agreement is counted.
const COUNTED_DAYS: i64 = 28;
/// A signature holds for a year at most.
const LONGEST_DAYS: i64 = 366;
/// Rules on one page.
const SHOWN: usize = 60;

/// The pages.
pub fn routes() -> Routes {
    Routes::new()
        .get("/triage", Access::Staff(Action::ReadRules), show)
        .get("/triage/rules/{id}", Access::Staff(Action::ReadRules), rule::show)
        .post("/triage/rules/{id}/propose", Access::Staff(Action::ProposeRules), rule::propose)
        .get("/triage/changes", Access::Staff(Action::ReadRules), changes::show)
        .post("/triage/changes/take-out", Access::Staff(Action::ProposeRules), changes::take_out)
        .post("/triage/changes/replay", Access::Staff(Action::ProposeRules), changes::replay)
        .post("/triage/changes/discard", Access::Staff(Action::ProposeRules), changes::discard)
        .post("/triage/changes/publish", Access::Staff(Action::SignRules), changes::publish)
        .get("/triage/second-readings", Access::Staff(Action::ReadRules), second_reading::show)
        .post("/triage/second-readings/share", Access::Staff(Action::SignRules), second_reading::set_share)
        .get("/triage/second-readings/{id}", Access::Staff(Action::ReadAgain), second_reading::one)
        .post("/triage/second-readings/{id}", Access::Staff(Action::ReadAgain), second_reading::take)
        .post("/triage/mode", Access::Staff(Action::SignRules), sign)
        .post("/triage/off", Access::Staff(Action::StopAdvice), stop)
}

/// What is looked for among the rules.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    urgency: String,
    #[serde(default)]
    from: usize,
}

async fn show(visit: StaffVisit, Query(asked): Query<Asked>) -> Answer {
    Ok(page(&visit, &asked, &Form::default(), None).await?.into_response())
}

async fn page(visit: &StaffVisit, asked: &Asked, form: &Form, refused: Option<&str>) -> Result<Markup, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let signatures = advice::signatures(&mut conn, organisation).await?;
    let counts = advice::counts(&mut conn, organisation, visit.now - SignedDuration::from_hours(24 * COUNTED_DAYS)).await?;
    drop(conn);
    let may_sign = allowed(visit.me.staff.role, Action::SignRules);
    let main = html! {
        @if let Some(why) = refused { (ErrorSummary::new().title("That was not done").error("#sign", why)) }
        h1 class="nhsuk-heading-l" { "Triage advice and its rules" }
        (in_force(visit, &signatures))
        @if may_see_readings(visit) { (agreement(&counts)) }
        p class="nhsuk-body" { a href="/triage/second-readings" { "Second readings" } ": closed requests that a second clinician reads without seeing what was decided." }
        p class="nhsuk-body" { a href="/triage/changes" { "Changes of this practice" } ": " (match visit.practice.changes.len() { 0 => "none in force; open a rule to propose one.".to_owned(), 1 => "1 in force.".to_owned(), n => format!("{n} in force.") }) }
        (book(visit, asked))
        @if may_sign { (signing(visit, form)) } @else { p class="nhsuk-body" { "Only a clinical safety lead signs for the rules, publishes changes to them and sets the mode. Whoever runs Portico here gives somebody that role with the command " code { "portico staff role" } "." } }
        @if allowed(visit.me.staff.role, Action::StopAdvice) && visit.practice.advice_mode(visit.now).0 != Mode::Off { (stopping(visit)) }
        (history(&signatures, visit))
    };
    Ok(layout::staff(visit, "Triage rules", "/triage", main))
}

fn in_force(visit: &StaffVisit, signatures: &[Signature]) -> Markup {
    let (mode, why) = visit.practice.advice_mode(visit.now);
    let version = visit.practice.adviser.version();
    let text = match mode {
        Mode::Off => "Off. Requests are not read; people triage them.",
        Mode::Shadow => "Shadow. Every request is read and the advice is kept, and shown to nobody on the item.",
        Mode::Advice => {
            "Advice. The item page shows the advice with its reasons, and words that mean an emergency make an item red at once."
        }
    };
    html! {
        @if let Some(why) = &visit.practice.misfit { (InsetText::new(html! { p { "The changes of this practice do not fit this release, and are not used: " (why) } })) }
        (InsetText::new(html! { p { strong { (text) } } @if let Some(why) = why { p { (why) " Advice is off until somebody signs again." } } }))
        @if visit.practice.organisation.demonstration { p class="nhsuk-body" { "This is a demonstration: its safety lead is made up and signed for made-up patients only." } }
        p class="nhsuk-body" { "Rule set " code { (version) } "." @if let Some(s) = signatures.first() { " Last signed by " (s.name) " (" (s.registration) "), " (when_words(s.signed_at, visit.now)) ", until " (layout_date(s)) "." } @else { " Nobody has signed yet." } }
    }
}

fn layout_date(s: &Signature) -> String {
    uk_date(s.expires_at).strftime("%-d %B %Y").to_string()
}

/// How often people set what was advised, over the last weeks.
fn agreement(counts: &[(Urgency, Option<Urgency>, i64)]) -> Markup {
    let sum = |f: &dyn Fn(Urgency, Option<Urgency>) -> bool| counts.iter().filter(|(a, d, _)| f(*a, *d)).map(|(_, _, n)| n).sum::<i64>();
    let decided = sum(&|_, d| d.is_some());
    let agreed = sum(&|a, d| d == Some(a));
    let raised = sum(&|a, d| d.is_some_and(|d| d < a));
    let lowered = sum(&|a, d| d.is_some_and(|d| d > a));
    let open = sum(&|_, d| d.is_none());
    html! {
        h2 class="nhsuk-heading-m" { "Agreement over the last " (COUNTED_DAYS) " days" }
        @if decided + open == 0 { p class="nhsuk-body" { "Nothing has been read." } }
        @else {
            (SummaryList::new()
                .row("Set as advised", format!("{agreed} of {decided}"))
                .row("Set more urgent than advised", raised.to_string())
                .row("Set less urgent than advised", lowered.to_string())
                .row("Read and not yet triaged", open.to_string()))
        }
    }
}

/// The rule book: every rule that matches, most urgent first.
fn book(visit: &StaffVisit, asked: &Asked) -> Markup {
    let reading = Reading::of(&visit.practice);
    let words: Vec<String> = asked.q.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let wanted = asked.urgency.parse::<Urgency>().ok();
    let matches = |r: &&Rule| {
        let t = &r.text;
        let all = format!("{} {} {} {} {}", t.id, t.title, t.when, t.why, t.source).to_lowercase();
        words.iter().all(|w| all.contains(w)) && wanted.is_none_or(|u| u == t.urgency)
    };
    let mut found: Vec<&Rule> = reading.engine().content().rules.iter().filter(matches).collect();
    found.sort_by(|a, b| (a.text.urgency, &a.text.title).cmp(&(b.text.urgency, &b.text.title)));
    let select = Urgency::ALL.iter().fold(Select::new("urgency", "Urgency").option("", "Any"), |s, u| s.option(u.code(), u.label()));
    let more = |from: usize| {
        let from = from.to_string();
        format!(
            "/triage?{}#rules",
            portico_web::encode([("q", asked.q.as_str()), ("urgency", asked.urgency.as_str()), ("from", from.as_str())])
        )
    };
    html! {
        h2 class="nhsuk-heading-m" id="rules" { "Rules" }
        form method="get" action="/triage#rules" class="app-search" data-search {
            (SearchInput::new("q", "Find a rule by its words").value(asked.q.as_str()))
            (select.value(Some(asked.urgency.as_str())))
        }
        p class="nhsuk-body" { (found.len()) @if found.len() == 1 { " rule" } @else { " rules" } }
        ul class="app-list" {
            @for rule in found.iter().skip(asked.from).take(SHOWN) {
                li class="app-item app-item--row" {
                    p { a class="app-item__name" href={ "/triage/rules/" (rule.text.id) } data-row { (rule.text.title) } }
                    p { (urgency_tag(Some(rule.text.urgency))) }
                    p class="app-item__meta" { (rule.text.cases.len()) " cases, to be reviewed by " (rule.text.review) }
                }
            }
        }
        p class="nhsuk-body" { "Beside the rules, words are weighed: " a href={ "/triage/rules/" (WORDING_RULE) } { (WORDING_TITLE) } "." }
        @if asked.from > 0 { p class="nhsuk-body" { a href=(more(asked.from.saturating_sub(SHOWN))) { "Previous rules" } } }
        @if found.len() > asked.from + SHOWN { p class="nhsuk-body" { a href=(more(asked.from + SHOWN)) { "More rules" } } }
    }
}

fn signing(visit: &StaffVisit, form: &Form) -> Markup {
    let modes = Mode::ALL.iter().fold(Select::new("mode", "Mode").option("", "Choose"), |s, m| s.option(m.code(), m.label()));
    html! {
        section aria-labelledby="sign" class="app-box" {
            h2 class="nhsuk-heading-m" id="sign" { "Sign, or switch off" }
            p class="nhsuk-body" { "Advice that is computed from symptoms may be a medical device. Sign only as the clinical safety lead, after reading the evaluation. To switch it off, choose Off; nothing else is needed." }
            form method="post" action="/triage/mode" {
                (visit.tokens())
                (modes.value(Some(form.raw("mode"))))
                p class="nhsuk-body" { "You sign as " strong { (visit.me.staff.name) } "." }
                (Input::new("registration", "Professional registration number").hint("For example GMC 1234567").value(form.raw("registration")))
                (Textarea::new("evaluation", "The evaluation that this rests on").hint("What was measured, on how many cases, by whom, and what you decided").value(form.raw("evaluation")))
                (DateInput::new("expires", "Until").hint("Within a year, for example 31 3 2027").value(form.raw("expires-day"), form.raw("expires-month"), form.raw("expires-year")))
                (Button::new("Sign"))
            }
        }
    }
}

/// Whoever sees advice go wrong stops it; to begin again takes the safety lead.
fn stopping(visit: &StaffVisit) -> Markup {
    html! {
        section aria-labelledby="stop" class="app-box" {
            h2 class="nhsuk-heading-m" id="stop" { "Switch advice off now" }
            p class="nhsuk-body" { "If you see it go wrong, stop it: people triage every request themselves from then on. Only a clinical safety lead can switch it on again." }
            form method="post" action="/triage/off" {
                (visit.tokens())
                (Textarea::new("why", "What went wrong"))
                (Button::new("Switch off").warning())
            }
        }
    }
}

async fn stop(post: StaffVisitPost) -> Answer {
    let why = post.form.get("why").trim().to_owned();
    if why.is_empty() {
        return Err(Error::Refused("Write what went wrong, for whoever looks into it.".into()));
    }
    let visit = &post.visit;
    let (organisation, actor, now) = (visit.organisation(), visit.me.actor(), visit.now);
    let (name, version) = (visit.me.staff.name.clone(), visit.practice.adviser.version().to_owned());
    let off = Signature { mode: Mode::Off, version, name, registration: String::new(), evaluation: why, signed_at: now, expires_at: now };
    post.write(work!(tx, [off, actor] => work::sign_rules(tx, organisation, &actor, &off).await)).await?;
    post.visit.app.store.forget_practices();
    Ok(Redirect::to("/triage").into_response())
}

fn history(signatures: &[Signature], visit: &StaffVisit) -> Markup {
    html! {
        @if !signatures.is_empty() {
            h2 class="nhsuk-heading-m" { "Who signed" }
            ul class="nhsuk-list nhsuk-list--bullet" {
                @for s in signatures { li { (when_words(s.signed_at, visit.now)) ": " (s.mode.label()) ", rule set " (s.version) ", " (s.name) " (" (s.registration) "), until " (layout_date(s)) ". " (s.evaluation) } }
            }
        }
    }
}

async fn sign(post: StaffVisitPost) -> Answer {
    match signed(&post) {
        Err(why) => {
            let shown = page(&post.visit, &Asked::default(), &post.form, Some(&why)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
        }
        Ok(signature) => {
            let organisation = post.visit.organisation();
            let actor = post.visit.me.actor();
            post.write(work!(tx, [signature, actor] => work::sign_rules(tx, organisation, &actor, &signature).await)).await?;
            post.visit.app.store.forget_practices();
            Ok(Redirect::to("/triage").into_response())
        }
    }
}

/// Whether somebody may see what was read of single requests. In shadow it is kept from everybody who triages by it.
pub(super) fn may_see_readings(visit: &StaffVisit) -> bool {
    visit.practice.advice_mode(visit.now).0 != Mode::Shadow || allowed(visit.me.staff.role, Action::SignRules)
}

/// The signature that a form asks for, or what is missing from it.
fn signed(post: &StaffVisitPost) -> Result<Signature, String> {
    let (form, visit) = (&post.form, &post.visit);
    let mode: Mode = form.read("mode").ok_or("Choose a mode.")?;
    let off = mode == Mode::Off;
    let name = visit.me.staff.name.clone();
    let registration = form.get("registration").to_owned();
    let evaluation = form.get("evaluation").to_owned();
    let today = uk_date(visit.now);
    let parts = ["expires-year", "expires-month", "expires-day"].map(|f| form.read::<i16>(f).unwrap_or(0));
    let part = |n: usize| i8::try_from(parts[n]).unwrap_or(0);
    let expires = Date::new(parts[0], part(1), part(2)).unwrap_or(today);
    if !off {
        if registration.is_empty() {
            return Err("Enter your registration number.".into());
        }
        if evaluation.chars().count() < 20 {
            return Err("Enter which evaluation this rests on, in a sentence or more.".into());
        }
        let days = expires.duration_since(today).as_hours() / 24;
        if !(1..=LONGEST_DAYS).contains(&days) {
            return Err("Enter an end date within a year from now.".into());
        }
    }
    let expires_at = expires.at(23, 59, 0, 0).to_zoned(london()).map_err(|_| "Enter an end date within a year from now.")?.timestamp();
    let version = visit.practice.adviser.version().to_owned();
    Ok(Signature { mode, version, name, registration, evaluation, signed_at: visit.now, expires_at })
}
