//! D15: answers that are kind and clear. Templates of replies: those that are shipped, and the practice's own, each version
//! approved by a second person for a year.

use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::IntoResponse,
};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    approval::{Approval, why_not},
    message::{Facts, GAPS},
    work_item::WorkItem,
};
use portico_nhs::{uk_date, uk_date_long, when_words};
use portico_nhsuk::{Button, ErrorSummary, Input, InsetText, Textarea};
use portico_store::{
    queries::reply_template::{self, ReplyTemplate},
    work,
};
use portico_web::{Access, Answer, Error, Form, Routes, StaffVisit, StaffVisitPost, go, layout};
use serde::Deserialize;
use uuid::Uuid;

use crate::Templates;

/// The longest template, in characters: a reply of that length still goes by text.
const CHARS_MAX: usize = 900;
/// What stands before the id of one of the practice's own where a template is named.
const OWN: &str = "own-";

/// The library of templates.
pub fn routes() -> Routes {
    let (read, make) = (Access::Staff(Action::ReadDesk), Access::Staff(Action::MakeTemplates));
    Routes::new()
        .get("/reply-templates", read, all)
        .get("/reply-templates/new", make, new)
        .post("/reply-templates/new", make, save)
        .get("/reply-templates/{id}", read, one)
        .post("/reply-templates/{id}/approve", Access::Staff(Action::ApproveTemplates), approve)
        .post("/reply-templates/{id}/retire", make, retire)
}

async fn all(visit: StaffVisit) -> Answer {
    let own = reply_template::list(&mut visit.app.store.reader().await?, visit.organisation()).await?;
    let today = uk_date(visit.now);
    let shipped = Templates::get().map(Templates::reply_fronts).unwrap_or_default();
    let main = html! {
        h1 class="nhsuk-heading-l" { "Templates of replies" }
        p class="nhsuk-body" { "Staff begin a reply from one and see all of it before it goes. The practice's own are approved by a second person, and again every year." }
        @if allowed(visit.me.staff.role, Action::MakeTemplates) { p { (Button::new("Write a template").link("/reply-templates/new").secondary()) } }
        h2 class="nhsuk-heading-m" { "The practice's own" }
        @if own.is_empty() { (InsetText::new(html! { p { "There is none yet." } })) }
        ul class="app-list" { @for t in own.iter().filter(|t| t.state != Approval::Retired) {
            li class="app-item app-item--row" {
                p { a class="app-item__name" href={ "/reply-templates/" (t.id) } data-row { (t.title) } }
                p { "Version " (t.version) ": " (t.state.label()) @if let Some(why) = why_not(t.state, t.review_on, today) { " · " strong { (why) } } }
                p class="app-item__meta" { "by " (t.made_by) @if let (Some(who), Some(day)) = (&t.approved_by, t.review_on) { ", approved by " (who) " until " (uk_date_long(day)) } }
            }
        } }
        h2 class="nhsuk-heading-m" { "Shipped" }
        ul class="app-list" { @for (_, front) in shipped {
            li class="app-item app-item--row" {
                p { strong { (front.title) } }
                p { (front.purpose) }
                p class="app-item__meta" { (front.owner) ", to be reviewed by " (front.review) @if front.review.parse::<jiff::civil::Date>().is_ok_and(|day| day < today) { " · " strong { "review was due" } } }
            }
        } }
    };
    Ok(layout::staff(&visit, "Templates of replies", "/desk", main).into_response())
}

async fn load(visit: &StaffVisit, id: Uuid) -> Result<ReplyTemplate, Error> {
    reply_template::load(&mut visit.app.store.reader().await?, visit.organisation(), id).await?.ok_or(Error::NotFound)
}

async fn one(visit: StaffVisit, Path(id): Path<Uuid>) -> Answer {
    let t = load(&visit, id).await?;
    let may = |action| allowed(visit.me.staff.role, action);
    let here = format!("/reply-templates/{id}");
    let shown = rendered(&visit, &t.body).unwrap_or_else(|why| why);
    let main = html! {
        p class="nhsuk-body" { a href="/reply-templates" { "All templates" } }
        h1 class="nhsuk-heading-l" { (t.title) span class="nhsuk-caption-m" { "Version " (t.version) ": " (t.state.label()) } }
        p class="nhsuk-body" { "Written by " (t.made_by) ", " (when_words(t.made_at, visit.now)) "." @if let (Some(who), Some(day)) = (&t.approved_by, t.review_on) { " Approved by " (who) " until " (uk_date_long(day)) "." } }
        h2 class="nhsuk-heading-m" { "As Ada would read it" }
        div class="app-words" { p class="app-break" { (shown) } }
        @if t.state != Approval::Retired {
            @if may(Action::ApproveTemplates) && t.made_by != visit.me.staff.name { form method="post" action={ (here) "/approve" } class="app-actions" { (visit.tokens()) (Button::new(if t.state == Approval::Draft { "Approve for a year" } else { "Reviewed: approve for another year" }).prevent_double_click()) } }
            @else if t.state == Approval::Draft { (InsetText::new(html! { p { "A clinician or the manager has to approve it, but not whoever wrote it." } })) }
            @if may(Action::MakeTemplates) {
                p class="nhsuk-body" { a href={ "/reply-templates/new?from=" (t.id) } { "Write the next version" } }
                form method="post" action={ (here) "/retire" } class="app-actions" { (visit.tokens()) (Button::new("No longer use it").warning().small()) }
            }
        }
    };
    Ok(layout::staff(&visit, "Template of a reply", "/desk", main).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct From {
    from: String,
}

const EXAMPLE: &str = "Hello {{ patient_first_name }}. [write here]\n\nNot better, or worried? Tell us at {{ link }} or call {{ practice_phone }}. If it gets worse, call us the same day, or NHS 111 when we are closed. If life is in danger, call 999. {{ practice }}";

async fn new(visit: StaffVisit, Query(asked): Query<From>) -> Answer {
    let before = match asked.from.parse::<Uuid>() {
        Ok(id) => Some(load(&visit, id).await?),
        Err(_) => None,
    };
    let (title, body) = before.map_or((String::new(), EXAMPLE.to_owned()), |t| (t.title, t.body));
    let form = Form::of(vec![("title".into(), title), ("body".into(), body), ("from".into(), asked.from)]);
    Ok(writing(&visit, &form, &[]).into_response())
}

fn writing(visit: &StaffVisit, form: &Form, wrong: &[(&'static str, String)]) -> Markup {
    let why = |field: &str| wrong.iter().find(|(f, _)| *f == field).map(|(_, why)| why.as_str());
    let main = html! {
        p class="nhsuk-body" { a href="/reply-templates" { "All templates" } }
        @if !wrong.is_empty() { (wrong.iter().fold(ErrorSummary::new(), |s, (field, why)| s.error(format!("#{field}"), why.as_str()))) }
        h1 class="nhsuk-heading-l" { "Write a template" }
        form method="post" action="/reply-templates/new" novalidate {
            (visit.tokens())
            input type="hidden" name="from" value=(form.get("from"));
            (Input::new("title", "Title, as staff choose it").value(form.raw("title")).error(why("title")))
            (Textarea::new("body", "Words").rows(10).value(form.raw("body")).error(why("body"))
                .hint("Short sentences, what happens next, and when to come back. Filled in by themselves: {{ patient_first_name }}, {{ practice }}, {{ practice_phone }}, {{ reference }}, {{ who }}, {{ link }}. Write [write here], [when], [where] or [by when] where staff must fill something in."))
            (Button::new("Save as a draft").prevent_double_click())
        }
    };
    layout::staff(visit, if wrong.is_empty() { "Write a template" } else { "Error: Write a template" }, "/desk", main)
}

fn rendered(visit: &StaffVisit, body: &str) -> Result<String, String> {
    let facts = Facts { patient_first_name: "Ada".into(), reference: "7K3M-9QXH".into(), ..facts_of(visit) };
    Templates::get().ok_or("The templates do not read.")?.render_text(body, &facts)
}

fn facts_of(visit: &StaffVisit) -> Facts {
    // What staff must fill in, as in the shipped ones.
    let [text, when, place, due] = GAPS.map(str::to_owned);
    Facts {
        text,
        when,
        place,
        due,
        practice: visit.practice.organisation.name.clone(),
        practice_phone: visit.practice.organisation.phone.clone(),
        who: visit.me.staff.name.clone(),
        ..Facts::default()
    }
}

fn faults(visit: &StaffVisit, title: &str, body: &str) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    if title.is_empty() || title.chars().count() > 80 {
        wrong.push(("title", "Enter a title of up to 80 characters.".to_owned()));
    }
    match rendered(visit, body) {
        Ok(text) if text.trim().is_empty() => wrong.push(("body", "Write the words.".to_owned())),
        Ok(text) if text.chars().count() > CHARS_MAX => {
            wrong.push(("body", format!("Shorten it: a reply of more than {CHARS_MAX} characters does not go by text.")));
        }
        Ok(_) => {}
        Err(why) => wrong.push(("body", format!("Something in double brackets is not known here: {why}"))),
    }
    wrong
}

async fn save(post: StaffVisitPost) -> Answer {
    let (visit, form) = (&post.visit, &post.form);
    let (title, body) = (form.get("title").to_owned(), form.get("body").to_owned());
    let wrong = faults(visit, &title, &body);
    if !wrong.is_empty() {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, writing(visit, form, &wrong)).into_response());
    }
    let (organisation, actor, before) = (visit.organisation(), visit.me.actor(), form.get("from").parse::<Uuid>().ok());
    let made: Uuid =
        post.write(work!(tx, [actor, title, body] => work::make_template(tx, organisation, &actor, (&title, &body), before).await)).await?;
    go(format!("/reply-templates/{made}"))
}

async fn approve(post: StaffVisitPost, Path(id): Path<Uuid>) -> Answer {
    let (organisation, actor) = (post.visit.organisation(), post.visit.me.actor());
    post.write(work!(tx, [actor] => work::approve_template(tx, organisation, &actor, id).await)).await?;
    go(format!("/reply-templates/{id}"))
}

async fn retire(post: StaffVisitPost, Path(id): Path<Uuid>) -> Answer {
    let (organisation, actor) = (post.visit.organisation(), post.visit.me.actor());
    post.write(work!(tx, [actor] => work::retire_template(tx, organisation, &actor, id).await)).await?;
    go("/reply-templates")
}

/// The practice's own that may be used today, as the reply box names them.
pub(crate) async fn choosable(visit: &StaffVisit) -> Result<Vec<(String, String)>, Error> {
    let own = reply_template::choosable(&mut visit.app.store.reader().await?, visit.organisation(), uk_date(visit.now)).await?;
    Ok(own.into_iter().map(|(id, title)| (format!("{OWN}{}", id.simple()), title)).collect())
}

/// One of the practice's own filled in for an item; `None` when the name is of a shipped one.
pub(crate) async fn filled(visit: &StaffVisit, item: &WorkItem, first_name: &str, name: &str) -> Result<Option<String>, Error> {
    let Some(id) = name.strip_prefix(OWN) else { return Ok(None) };
    let t = load(visit, id.parse().map_err(|_| Error::NotFound)?).await?;
    if let Some(why) = why_not(t.state, t.review_on, uk_date(visit.now)) {
        return Err(Error::Refused(format!("“{}” cannot be used: it {why}.", t.title)));
    }
    let facts = Facts { patient_first_name: first_name.to_owned(), reference: item.reference.to_string(), ..facts_of(visit) };
    let templates = Templates::get().ok_or_else(|| Error::Broken("message templates do not read".into()))?;
    templates.render_text(&t.body, &facts).map(Some).map_err(Error::Broken)
}
