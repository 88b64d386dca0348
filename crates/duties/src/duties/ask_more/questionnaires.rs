//! Questionnaires as staff use them: chosen on the item page, read there when they come back; made, previewed, approved
//! and retired in the library.

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    approval::Approval,
    questionnaire::{Answers, Questionnaire, build, fhir},
};
use portico_nhs::{WorkItemId, uk_date, uk_date_long, when_words};
use portico_nhsuk::{Button, ErrorSummary, Input, InsetText, Select, Textarea};
use portico_store::{
    queries::questionnaire::{self, Own, Sent},
    work,
    work::FormToSend,
};
use portico_web::{Access, Answer, Error, Form, Routes, StaffVisit, StaffVisitPost, go, layout};
use uuid::Uuid;

use super::{
    library::{Listed, listed, shipped},
    questions,
};

pub(super) fn routes() -> Routes {
    let (read, make, approve) =
        (Access::Staff(Action::ReadDesk), Access::Staff(Action::MakeQuestionnaires), Access::Staff(Action::ApproveQuestionnaires));
    Routes::new()
        .get("/questionnaires", read, all)
        .get("/questionnaires/new", make, new)
        .post("/questionnaires/new", make, save)
        .get("/questionnaires/{key}", read, preview)
        .get("/questionnaires/{key}/questionnaire.json", read, file)
        .post("/questionnaires/{key}/approve", approve, approve_one)
        .post("/questionnaires/{key}/retire", make, retire)
        .post("/items/{id}/questionnaire", Access::Staff(Action::Converse), send)
        .get("/items/{id}/questionnaire/{sent}/response.json", read, response)
}

async fn library(visit: &StaffVisit) -> Result<Vec<Listed>, Error> {
    Ok(listed(questionnaire::list(&mut visit.app.store.reader().await?, visit.organisation()).await?))
}

async fn one(visit: &StaffVisit, key: &str) -> Result<(Listed, Questionnaire), Error> {
    let found = library(visit).await?.into_iter().find(|l| l.key == key).ok_or(Error::NotFound)?;
    let read = found.read().map_err(Error::Broken)?;
    Ok((found, read))
}

async fn all(visit: StaffVisit) -> Answer {
    let library = library(&visit).await?;
    let may_make = allowed(visit.me.staff.role, Action::MakeQuestionnaires);
    let main = html! {
        h1 class="nhsuk-heading-l" { "Questionnaires" }
        p class="nhsuk-body" { "Send one from the page of a request. The patient fills it in on the private page; the answers come back to the same request." }
        @if may_make { p { (Button::new("Make a questionnaire").link("/questionnaires/new").secondary()) } }
        ul class="app-list" { @for l in &library {
            li class="app-item app-item--row" {
                p { a class="app-item__name" href={ "/questionnaires/" (l.key) } data-row { (l.title) } }
                p { @match &l.own {
                    None => { "Shipped" }
                    Some(own) => { "Version " (own.version) ", by " (own.made_by) ": " (own.state.label()) }
                } @if let Some(why) = l.why_not(visit.now) { " · " strong { (why) } } }
                p class="app-item__meta" { @if let Some(day) = l.review { @if l.own.is_some() { "to be reviewed by " } @else { "reviewed " } (uk_date_long(day)) } }
            }
        } }
    };
    Ok(layout::staff(&visit, "Questionnaires", "/desk", main).into_response())
}

async fn preview(visit: StaffVisit, Path(key): Path<String>) -> Answer {
    let (l, q) = one(&visit, &key).await?;
    let role = visit.me.staff.role;
    let here = format!("/questionnaires/{key}");
    let main = html! {
        p class="nhsuk-body app-noprint" { a href="/questionnaires" { "All questionnaires" } }
        h1 class="nhsuk-heading-l" { (q.title) @if let Some(own) = &l.own { span class="nhsuk-caption-m" { "Version " (own.version) ": " (own.state.label()) } } }
        @if let Some(why) = l.why_not(visit.now) { (InsetText::new(html! { p { "It cannot be sent: it " (why) "." } })) }
        p class="nhsuk-body" { a href={ (here) "/questionnaire.json" } { "The FHIR file" } @if l.own.is_some() && allowed(role, Action::MakeQuestionnaires) { " · " a href={ "/questionnaires/new?from=" (key) } { "Make the next version" } } }
        @if let Some(own) = l.own.as_ref().filter(|o| o.state != Approval::Retired) {
            @if allowed(role, Action::ApproveQuestionnaires) {
                form method="post" action={ (here) "/approve" } class="app-actions" { (visit.tokens()) (Button::new(if own.state == Approval::Draft { "Approve for a year" } else { "Reviewed: approve for another year" }).prevent_double_click()) }
            }
            @if allowed(role, Action::MakeQuestionnaires) {
                form method="post" action={ (here) "/retire" } class="app-actions" { (visit.tokens()) (Button::new("No longer use it").warning().small()) }
            }
        }
        h2 class="nhsuk-heading-m" { "As the patient sees it" }
        (shown(&q))
    };
    Ok(layout::staff(&visit, "Questionnaire", "/desk", main).into_response())
}

/// The whole questionnaire with nothing filled in, and what its answers come to.
fn shown(q: &Questionnaire) -> Markup {
    html! {
        div class="app-words" {
            @if !q.description.is_empty() { (InsetText::new(html! { p { (q.description) } })) }
            (questions::asked(&q.questions, &Answers::new(), &Form::default(), &[]))
            p class="nhsuk-body-s" { "Questions that depend on an answer appear once it is given." }
        }
        @if !q.scores.is_empty() {
            h2 class="nhsuk-heading-m" { "What the answers come to" }
            @for s in &q.scores {
                h3 class="nhsuk-heading-s" { (s.name) @if let Some(code) = &s.code { span class="nhsuk-caption-m" { "SNOMED CT " (code) } } }
                ul class="nhsuk-list nhsuk-list--bullet" { @for b in &s.bands { li { "from " (b.from) ": " (b.means) @if b.red { ", " strong { "turns the request red" } } } } }
            }
        }
        @if !q.copyright.is_empty() { p class="nhsuk-body-s" { (q.copyright) } }
    }
}

async fn file(visit: StaffVisit, Path(key): Path<String>) -> Answer {
    let (_, q) = one(&visit, &key).await?;
    Ok(([(header::CONTENT_TYPE, "application/fhir+json")], fhir::written(&q).to_string()).into_response())
}

#[derive(Default, serde::Deserialize)]
struct From {
    #[serde(default)]
    from: String,
}

async fn new(visit: StaffVisit, axum::extract::Query(asked): axum::extract::Query<From>) -> Answer {
    let before = if asked.from.is_empty() { None } else { one(&visit, &asked.from).await?.0.own };
    let filled = before.map(|own| {
        let lines = if own.source.is_empty() { own.definition } else { own.source };
        Form::of(vec![("title".into(), own.title), ("lines".into(), lines), ("url".into(), own.url)])
    });
    Ok(making(&visit, &filled.unwrap_or_default(), &[], None).into_response())
}

const EXAMPLE: &str = "# About your inhaler\nHow often do you use the blue one? [Never=0; Now and then=1; Every day=2]\nAre you short of breath at rest? [yes!/no]\nDo you smoke? [yes/no]\nHow many a day? [number 1-100] if 3=yes\nYour weight [number 30-300 kg, red below 35]\nAnything else? [text] optional";

fn making(visit: &StaffVisit, form: &Form, wrong: &[String], made: Option<&Questionnaire>) -> Markup {
    let lines = form.raw("lines");
    let main = html! {
        p class="nhsuk-body" { a href="/questionnaires" { "All questionnaires" } }
        @if !wrong.is_empty() { (wrong.iter().fold(ErrorSummary::new().title("It is not ready yet"), |s, why| s.error("#lines", why.as_str()))) }
        h1 class="nhsuk-heading-l" { "Make a questionnaire" }
        form method="post" action="/questionnaires/new" novalidate {
            (visit.tokens())
            input type="hidden" name="url" value=(form.get("url"));
            (Input::new("title", "Title, as patients read it").value(form.raw("title")))
            (Textarea::new("lines", "Questions").rows(12).value(lines)
                .hint("One question a line, and what answers it in square brackets. Or paste a FHIR R4 Questionnaire file here."))
            details class="nhsuk-details" {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "How lines are written" } }
                div class="nhsuk-details__text" {
                    pre class="app-break" { (EXAMPLE) }
                    ul class="nhsuk-list nhsuk-list--bullet" {
                        li { "A line that begins with # is a heading. Questions count from 1; headings do not count." }
                        li { "[yes/no], [text], [line], [date], [number 1-100 kg], or answers with semicolons between them." }
                        li { "=2 behind an answer counts towards a score." }
                        li { "! behind an answer, or “red above 180” in a number, turns the request red at once." }
                        li { "“optional” may be left empty. “if 3=yes” is only asked after that answer." }
                    }
                }
            }
            (Button::new("Preview").secondary().attribute("name", "what").attribute("value", "preview"))
            @if made.is_some() { " " (Button::new("Save as a draft").attribute("name", "what").attribute("value", "save").prevent_double_click()) }
        }
        @if let Some(q) = made { h2 class="nhsuk-heading-m" id="preview" { "As the patient sees it" } (shown(q)) }
    };
    layout::staff(visit, if wrong.is_empty() { "Make a questionnaire" } else { "Error: Make a questionnaire" }, "/desk", main)
}

/// Reads what was written or pasted.
fn made_of(form: &Form) -> Result<Questionnaire, Vec<String>> {
    let (title, lines) = (form.get("title"), form.get("lines"));
    if !lines.starts_with('{') {
        return build::read(title, lines);
    }
    let read = fhir::read(lines).map_err(|why| vec![why])?;
    let read = if title.is_empty() { read } else { Questionnaire { title: title.to_owned(), ..read } };
    let faults = read.faults();
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

async fn save(post: StaffVisitPost) -> Answer {
    let (visit, form) = (&post.visit, &post.form);
    let made = match made_of(form) {
        Ok(made) => made,
        Err(wrong) => return Ok((StatusCode::UNPROCESSABLE_ENTITY, making(visit, form, &wrong, None)).into_response()),
    };
    if form.get("what") != "save" {
        return Ok(making(visit, form, &[], Some(&made)).into_response());
    }
    let id: Uuid = visit.app.ids.next();
    let url = if form.get("url").starts_with("urn:portico:own:") {
        form.get("url").to_owned()
    } else {
        format!("urn:portico:own:{}", id.simple())
    };
    let today = uk_date(visit.now);
    let made = Questionnaire { url: url.clone(), version: today.to_string(), ..made };
    let source = if form.get("lines").starts_with('{') { String::new() } else { form.get("lines").to_owned() };
    let own = Own {
        id,
        url,
        version: 0,
        title: made.title.clone(),
        definition: fhir::written(&made).to_string(),
        source,
        state: Approval::Draft,
        made_by: visit.me.staff.name.clone(),
        made_at: visit.now,
        approved_by: None,
        review_on: None,
    };
    let (organisation, actor) = (visit.organisation(), visit.me.actor());
    let kept: Uuid = post.write(work!(tx, [own, actor] => work::make_questionnaire(tx, organisation, &actor, &own).await)).await?;
    go(format!("/questionnaires/{}", kept.simple()))
}

async fn approve_one(post: StaffVisitPost, Path(key): Path<String>) -> Answer {
    let own = one(&post.visit, &key).await?.0.own.ok_or(Error::NotFound)?;
    let (organisation, actor) = (post.visit.organisation(), post.visit.me.actor());
    post.write(work!(tx, [own, actor] => work::approve_questionnaire(tx, organisation, &actor, &own).await)).await?;
    go(format!("/questionnaires/{key}"))
}

async fn retire(post: StaffVisitPost, Path(key): Path<String>) -> Answer {
    let own = one(&post.visit, &key).await?.0.own.ok_or(Error::NotFound)?;
    let (organisation, actor) = (post.visit.organisation(), post.visit.me.actor());
    post.write(work!(tx, [own, actor] => work::retire_questionnaire(tx, organisation, &actor, &own).await)).await?;
    go("/questionnaires")
}

async fn send(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let key = post.form.get("questionnaire");
    if key.is_empty() {
        return Err(Error::Refused("Choose a questionnaire.".into()));
    }
    let (l, q) = one(&post.visit, key).await?;
    if let Some(why) = l.why_not(post.visit.now) {
        return Err(Error::Refused(format!("“{}” cannot be sent: it {why}.", l.title)));
    }
    let form = FormToSend { url: q.url, title: l.title, definition: l.definition, days: l.days };
    let (practice, actor, version) = (post.visit.practice.clone(), post.visit.me.actor(), Some(post.version()?));
    post.write(work!(tx, [practice, actor, form] => work::send_form(tx, &practice, (&actor, version), id, &form).await)).await?;
    go(format!("/items/{id}"))
}

async fn response(visit: StaffVisit, Path((id, sent)): Path<(WorkItemId, Uuid)>) -> Answer {
    let found =
        questionnaire::load_sent(&mut visit.app.store.reader().await?, visit.organisation(), id, sent).await?.ok_or(Error::NotFound)?;
    let Some((at, answers, _)) = &found.answered else { return Err(Error::NotFound) };
    visit.log_reading("Answers to a questionnaire saved", Some(id), None).await?;
    let written = fhir::response(&work::form_of(&found)?, answers, &at.to_string());
    Ok(([(header::CONTENT_TYPE, "application/fhir+json")], written.to_string()).into_response())
}

/// What staff may choose from on the item page.
pub(crate) async fn choosable(visit: &StaffVisit) -> Result<Vec<(String, String)>, Error> {
    let own = questionnaire::choosable(&mut visit.app.store.reader().await?, visit.organisation(), uk_date(visit.now)).await?;
    let shipped = shipped().iter().map(|l| (l.key.clone(), l.title.clone()));
    Ok(shipped.chain(own.into_iter().map(|(id, title)| (id.simple().to_string(), title))).collect())
}

/// Questionnaires on the item page: what came back and what is out.
pub(crate) fn came(visit: &StaffVisit, item: WorkItemId, sent: &[Sent]) -> Markup {
    html! {
        @if !sent.is_empty() {
            section aria-labelledby="questionnaires" {
                h2 class="nhsuk-heading-m" id="questionnaires" { "Questionnaires" }
                @for s in sent { (came_back(visit, item, s)) }
            }
        }
    }
}

/// Where one is chosen and sent.
pub(crate) fn sending(item: WorkItemId, hidden: &Markup, choose: &[(String, String)]) -> Markup {
    let select = choose
        .iter()
        .fold(Select::new("questionnaire", "Questionnaire").option("", "Choose"), |s, (key, title)| s.option(key.as_str(), title.as_str()));
    html! {
        details class="nhsuk-details nhsuk-expander" {
            summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Send a questionnaire" } }
            div class="nhsuk-details__text" {
                form method="post" action={ "/items/" (item) "/questionnaire" } { (hidden) (select) (Button::new("Send it").secondary().prevent_double_click()) }
                p class="nhsuk-body" { a href="/questionnaires" { "All questionnaires" } }
            }
        }
    }
}

fn came_back(visit: &StaffVisit, item: WorkItemId, s: &Sent) -> Markup {
    let Some((at, answers, outcome)) = &s.answered else {
        return html! { p class="nhsuk-body" { strong { (s.title) } ": sent " (when_words(s.sent_at, visit.now)) " by " (s.sent_by) ", wanted by " (when_words(s.due_at, visit.now)) "." } };
    };
    let form = work::form_of(s).unwrap_or_default();
    html! {
        h3 class="nhsuk-heading-s" { (s.title) span class="nhsuk-caption-m" { "answered " (when_words(*at, visit.now)) } }
        @for why in &outcome.red { p class="app-overdue" { (why) } }
        (totals(outcome))
        details class="nhsuk-details" {
            summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Every answer" span class="nhsuk-u-visually-hidden" { " to " (s.title) } } }
            dl class="app-answers" { @for q in form.asked(answers) { @if let Some(answer) = answers.get(&q.id) { dt { (q.text) } dd { (q.words(answer)) } } } }
            p class="nhsuk-body" { a href={ "/items/" (item) "/questionnaire/" (s.id.simple()) "/response.json" } { "The FHIR file of the answers" } }
        }
    }
}

/// What the answers came to, with the code that the record keeps it under.
pub(crate) fn totals(outcome: &portico_domain::questionnaire::Outcome) -> Markup {
    html! { @for t in &outcome.totals { p class="nhsuk-body" { strong { (t.words()) } @if let Some(code) = &t.code { " (SNOMED CT " (code) ")" } } }
        @for c in &outcome.coded { p class="nhsuk-body-s" { (c.words) " (SNOMED CT " (c.code) ")" } }
    }
}
