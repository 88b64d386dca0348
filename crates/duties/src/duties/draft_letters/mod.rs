//! B5: letters that staff draft and a clinician signs; printed as PDF that everybody can read.

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    letter::{Letter, LetterState, Step, Wording},
    message::{Channel, Direction},
    request::FieldError,
};
use portico_letters::Letter as Printed;
use portico_nhs::{MessageId, WorkItemId, uk_date, uk_date_long, when_words};
use portico_nhsuk::{Button, Checkboxes, ErrorSummary, Input, InsetText, Textarea};
use portico_store::{
    queries::{letter, message, patient, work_item},
    work,
};
use portico_web::{Access, Answer, Error, Form, Routes, StaffVisit, StaffVisitPost, go, layout};
use uuid::Uuid;

use crate::item_words::ago;

/// The list of letters, the letters of a request, and each of them.
pub fn routes() -> Routes {
    let (read, write) = (Access::Staff(Action::ReadDesk), Access::Staff(Action::Converse));
    Routes::new()
        .get("/letters", read, waiting)
        .get("/items/{id}/letters", write, of_item)
        .post("/items/{id}/letters", write, draft)
        .get("/items/{id}/messages/{message}/letter.pdf", read, message_pdf)
        .get("/letters/{letter}", read, show)
        .post("/letters/{letter}", write, reword)
        .get("/letters/{letter}/letter.pdf", read, pdf)
        .post("/letters/{letter}/sign", Access::Staff(Action::SignLetters), sign)
        .post("/letters/{letter}/posted", write, posted)
        .post("/letters/{letter}/withdraw", write, withdraw)
}

async fn waiting(visit: StaffVisit) -> Answer {
    let mut conn = visit.app.store.reader().await?;
    let to_sign = letter::waiting(&mut conn, visit.organisation(), LetterState::Draft).await?;
    let to_post = letter::waiting(&mut conn, visit.organisation(), LetterState::Signed).await?;
    drop(conn);
    visit.log_reading("Letters read", None, None).await?;
    let list = |title: &str, empty: &str, letters: &[Letter]| {
        html! {
            h2 class="nhsuk-heading-m" { (title) " (" (letters.len()) ")" }
            @if letters.is_empty() { (InsetText::new(html! { p { (empty) } })) }
            ul class="app-list" { @for l in letters { (line(&visit, l)) } }
        }
    };
    let main = html! {
        h1 class="nhsuk-heading-l" { "Letters" }
        p class="nhsuk-body" { "Begin one from the page of a request. A clinician signs it as it stands; whoever changes a word needs another signature." }
        div data-live="letters" id="letters" {
            (list("To be signed", "No letter waits for a signature.", &to_sign))
            (list("Signed, to be posted", "Nothing is to be posted.", &to_post))
        }
    };
    Ok(layout::staff(&visit, "Letters", "/desk", main).into_response())
}

fn line(visit: &StaffVisit, l: &Letter) -> Markup {
    html! {
        li class="app-item app-item--row" {
            p { a class="app-item__name" href={ "/letters/" (l.id) } data-row { (l.wording.subject) } }
            p { "To " (l.wording.to.first().map_or("", String::as_str)) " · " (l.state.label()) }
            p class="app-item__meta" { "Drafted by " (l.drafted.0) ", " (ago(l.drafted.1, visit.now)) @if let Some((who, at)) = &l.signed { ". Signed by " (who) ", " (ago(*at, visit.now)) } }
        }
    }
}

async fn of_item(visit: StaffVisit, Path(id): Path<WorkItemId>) -> Answer {
    let (form, letters) = begun(&visit, id).await?;
    Ok(page_of_item(&visit, id, &form, &[], &letters).into_response())
}

/// A form with what is known: the patient's address, their name, and whether they need large print.
async fn begun(visit: &StaffVisit, id: WorkItemId) -> Result<(Form, Vec<Letter>), Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let item = work_item::load(&mut conn, organisation, id).await?.ok_or(Error::NotFound)?;
    let request = work_item::request(&mut conn, organisation, id).await?.unwrap_or_default();
    let known = match item.patient {
        Some(p) => patient::load(&mut conn, organisation, p).await?,
        None => None,
    };
    let letters = letter::of_item(&mut conn, organisation, id).await?;
    drop(conn);
    visit.log_reading("Letters of a request read", Some(id), item.patient).await?;
    let person = known.as_ref().map_or(&request.person, |p| &p.person);
    let large = request.contact.large_print || known.as_ref().is_some_and(|p| p.needs.large_print);
    let to = [person.name()].into_iter().chain(person.address.iter().cloned()).collect::<Vec<_>>().join("\n");
    let body = format!("Dear {}\n\n[write here]\n\nYours sincerely", person.name());
    let mut fields = vec![("to", to), ("body", body), ("to-patient", "yes".to_owned())];
    if large {
        fields.push(("large-print", "yes".to_owned()));
    }
    Ok((Form::of(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()), letters))
}

fn page_of_item(visit: &StaffVisit, id: WorkItemId, form: &Form, wrong: &[FieldError], letters: &[Letter]) -> Markup {
    let main = html! {
        p class="nhsuk-body" { a href={ "/items/" (id) } { "Back to the request" } }
        (summary(wrong))
        h1 class="nhsuk-heading-l" { "Letters about this request" }
        @if !letters.is_empty() { ul class="app-list" { @for l in letters { (line(visit, l)) } } }
        h2 class="nhsuk-heading-m" { "Draft a letter" }
        form method="post" action={ "/items/" (id) "/letters" } novalidate { (visit.tokens()) (fields(form, wrong)) (Button::new("Save the draft").prevent_double_click()) }
    };
    layout::staff(visit, if wrong.is_empty() { "Letters" } else { "Error: Letters" }, "/desk", main)
}

fn summary(wrong: &[FieldError]) -> Markup {
    html! { @if !wrong.is_empty() { (wrong.iter().fold(ErrorSummary::new(), |s, w| s.error(format!("#{}", w.field), w.message.as_str()))) } }
}

fn fields(form: &Form, wrong: &[FieldError]) -> Markup {
    let why = |field: &str| wrong.iter().find(|w| w.field == field).map(|w| w.message.as_str());
    let ticked = |name: &str, label: &str, hint: &str| {
        let values: &[&str] = if form.get(name) == "yes" { &["yes"] } else { &[] };
        html! { (Checkboxes::new(name.to_owned(), label.to_owned()).item_hint("yes", "Yes", hint).values(values)) }
    };
    html! {
        (Textarea::new("to", "To").hint("Name and address, one line each.").rows(6).value(form.raw("to")).error(why("to")))
        (ticked("to-patient", "Is this letter to the patient?", "When it is posted it also stands on the conversation, where they can read it."))
        (Input::new("subject", "What it is about").value(form.raw("subject")).error(why("subject")))
        (Textarea::new("body", "Letter").hint("An empty line begins a new paragraph.").rows(14).value(form.raw("body")).error(why("body")))
        (ticked("large-print", "Large print", "18 points instead of 12."))
    }
}

fn wording(form: &Form) -> Wording {
    Wording {
        to: form.get("to").lines().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect(),
        subject: form.get("subject").to_owned(),
        body: form.get("body").to_owned(),
        to_patient: form.get("to-patient") == "yes",
        large_print: form.get("large-print") == "yes",
    }
}

/// What is wrong with a wording, the signs that cannot be printed among it.
fn faults(visit: &StaffVisit, wording: &Wording) -> Vec<FieldError> {
    let mut faults = wording.faults();
    if faults.is_empty()
        && let Err(why) = portico_letters::print(&printed(visit, wording, None, String::new(), visit.now))
    {
        faults.push(FieldError { field: "body", message: why.to_string() });
    }
    faults
}

async fn draft(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let wording = wording(&post.form);
    let wrong = faults(&post.visit, &wording);
    if !wrong.is_empty() {
        let letters = letter::of_item(&mut post.visit.app.store.reader().await?, post.visit.organisation(), id).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page_of_item(&post.visit, id, &post.form, &wrong, &letters)).into_response());
    }
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    let made: Uuid =
        post.write(work!(tx, [practice, actor, wording] => work::draft_letter(tx, &practice, &actor, id, &wording).await)).await?;
    go(format!("/letters/{made}"))
}

async fn load(visit: &StaffVisit, id: Uuid) -> Result<Letter, Error> {
    letter::load(&mut visit.app.store.reader().await?, visit.organisation(), id).await?.ok_or(Error::NotFound)
}

async fn show(visit: StaffVisit, Path(id): Path<Uuid>) -> Answer {
    let l = load(&visit, id).await?;
    visit.log_reading("Letter read", Some(l.item), l.patient).await?;
    Ok(page(&visit, &l, None, &[]).into_response())
}

fn page(visit: &StaffVisit, l: &Letter, typed: Option<&Form>, wrong: &[FieldError]) -> Markup {
    let may = |action| allowed(visit.me.staff.role, action);
    let here = format!("/letters/{}", l.id);
    let open = matches!(l.state, LetterState::Draft | LetterState::Signed);
    let form = |to: &str, button: Button| html! { form method="post" action={ (here) "/" (to) } class="app-actions" { (visit.tokens()) input type="hidden" name="_version" value=(l.version); (button) } };
    let main = html! {
        p class="nhsuk-body app-noprint" { a href={ "/items/" (l.item) } { "The request" } " · " a href="/letters" { "All letters" } }
        (summary(wrong))
        h1 class="nhsuk-heading-l" { (l.wording.subject) span class="nhsuk-caption-m" { (l.state.label()) } }
        p class="nhsuk-body" {
            "Drafted by " (l.drafted.0) ", " (when_words(l.drafted.1, visit.now)) "."
            @if let Some((who, at)) = &l.signed { " Signed by " (who) ", " (when_words(*at, visit.now)) "." }
            @if let Some((who, at)) = &l.ended { " " (l.state.label()) " by " (who) ", " (when_words(*at, visit.now)) "." }
            @if !l.why.is_empty() { " " (l.why) }
        }
        div class="app-words" {
            p { @for line in &l.wording.to { (line) br; } }
            @for paragraph in l.wording.body.split("\n\n") { p class="app-break" { (paragraph) } }
            @if let Some((who, _)) = &l.signed { p { (who) } }
        }
        p class="nhsuk-body" { a href={ (here) "/letter.pdf" } { @if l.state == LetterState::Draft { "See it as PDF, not signed" } @else { "Print it (PDF)" } @if l.wording.large_print { ", in large print" } } }
        @if l.state == LetterState::Draft && may(Action::SignLetters) { (form("sign", Button::new("Sign as it stands").prevent_double_click())) }
        @if l.state == LetterState::Draft && !may(Action::SignLetters) { (InsetText::new(html! { p { "A clinician has to sign it. It is on the list of letters." } })) }
        @if l.state == LetterState::Signed && may(Action::Converse) { (form("posted", Button::new("It has been posted").prevent_double_click())) }
        @if open && may(Action::Converse) {
            details class="nhsuk-details nhsuk-expander app-noprint" open[!wrong.is_empty()] {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Change it" } }
                div class="nhsuk-details__text" { form method="post" action=(here) novalidate { (visit.tokens()) input type="hidden" name="_version" value=(l.version); (fields(typed.unwrap_or(&filled(l)), wrong)) (Button::new("Save")) @if l.state == LetterState::Signed { p class="nhsuk-body" { "It then has to be signed again." } } } }
            }
            details class="nhsuk-details nhsuk-expander app-noprint" {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Do not send it" } }
                div class="nhsuk-details__text" { form method="post" action={ (here) "/withdraw" } { (visit.tokens()) input type="hidden" name="_version" value=(l.version); (Input::new("why", "Why not")) (Button::new("Withdraw it").warning().small()) } }
            }
        }
    };
    layout::staff(visit, if wrong.is_empty() { "Letter" } else { "Error: Letter" }, "/desk", main)
}

fn filled(l: &Letter) -> Form {
    let yes = |yes: bool| if yes { "yes" } else { "" }.to_owned();
    let w = &l.wording;
    let fields = [("to", w.to.join("\n")), ("subject", w.subject.clone()), ("body", w.body.clone())];
    let boxes = [("to-patient", yes(w.to_patient)), ("large-print", yes(w.large_print))];
    Form::of(fields.into_iter().chain(boxes).map(|(name, value)| (name.to_owned(), value)).collect())
}

async fn step(post: &StaffVisitPost, id: Uuid, step: Step) -> Answer {
    let seen = post.form.read::<i64>("_version").ok_or_else(|| Error::Refused("Open the letter again.".into()))?;
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    post.write(work!(tx, [practice, actor, step] => work::step_letter(tx, &practice, &actor, (id, seen), &step).await)).await?;
    go(format!("/letters/{id}"))
}

async fn reword(post: StaffVisitPost, Path(id): Path<Uuid>) -> Answer {
    let wording = wording(&post.form);
    let wrong = faults(&post.visit, &wording);
    if !wrong.is_empty() {
        let l = load(&post.visit, id).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&post.visit, &l, Some(&post.form), &wrong)).into_response());
    }
    step(&post, id, Step::Reword(wording)).await
}

async fn sign(post: StaffVisitPost, Path(id): Path<Uuid>) -> Answer {
    step(&post, id, Step::Sign).await
}

async fn posted(post: StaffVisitPost, Path(id): Path<Uuid>) -> Answer {
    step(&post, id, Step::Post).await
}

async fn withdraw(post: StaffVisitPost, Path(id): Path<Uuid>) -> Answer {
    let why = post.form.get("why").to_owned();
    step(&post, id, Step::Withdraw(why)).await
}

/// A wording as it is printed; without a signature the foot says so on every page.
fn printed(visit: &StaffVisit, w: &Wording, signed: Option<&str>, reference: String, at: Timestamp) -> Printed {
    let practice = &visit.practice.organisation;
    Printed {
        from: vec![practice.name.clone(), practice.phone.clone()],
        date: uk_date_long(uk_date(at)),
        to: w.to.clone(),
        subject: w.subject.clone(),
        body: w.body.clone(),
        signed: signed.map(|who| vec![who.to_owned(), practice.name.clone()]).unwrap_or_default(),
        foot: if signed.is_some() { reference } else { format!("{reference} DRAFT, NOT SIGNED").trim().to_owned() },
        large_print: w.large_print,
    }
}

async fn reference(visit: &StaffVisit, item: WorkItemId) -> Result<String, Error> {
    let item = work_item::load(&mut visit.app.store.reader().await?, visit.organisation(), item).await?.ok_or(Error::NotFound)?;
    Ok(item.reference.to_string())
}

async fn pdf(visit: StaffVisit, Path(id): Path<Uuid>) -> Answer {
    let l = load(&visit, id).await?;
    visit.log_reading("Letter printed", Some(l.item), l.patient).await?;
    let (signed, at) = l.signed.as_ref().map_or((None, l.drafted.1), |(who, at)| (Some(who.as_str()), *at));
    let of = reference(&visit, l.item).await?;
    as_pdf(&printed(&visit, &l.wording, signed, of, at))
}

/// A letter that the conversation sent, to be printed by hand: for a practice without a letter service, or a second copy.
async fn message_pdf(visit: StaffVisit, Path((item, id)): Path<(WorkItemId, MessageId)>) -> Answer {
    let found = message::load(&mut visit.app.store.reader().await?, visit.organisation(), id).await?.ok_or(Error::NotFound)?;
    let m = found.message;
    if m.item != item || m.direction != Direction::Out || m.channel != Channel::Letter {
        return Err(Error::NotFound);
    }
    visit.log_reading("Letter printed", Some(item), m.patient).await?;
    let mut conn = visit.app.store.reader().await?;
    let request = work_item::request(&mut conn, visit.organisation(), item).await?.unwrap_or_default();
    let known = match m.patient {
        Some(p) => patient::load(&mut conn, visit.organisation(), p).await?,
        None => None,
    };
    drop(conn);
    let to = found.sent_to.lines().map(str::to_owned).collect();
    let large_print = request.contact.large_print || known.is_some_and(|p| p.needs.large_print);
    // A link in a letter is of no use, and the mark that stands for it is none at all.
    let body = portico_domain::message::without_links(&m.body, &visit.app.config.public_url);
    let w = Wording { to, subject: m.subject, body, to_patient: true, large_print };
    let of = reference(&visit, item).await?;
    as_pdf(&printed(&visit, &w, Some(&m.by), of, m.at))
}

fn as_pdf(letter: &Printed) -> Answer {
    let bytes = portico_letters::print(letter).map_err(|why| Error::Refused(why.to_string()))?;
    let mut answer: Response = bytes.into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"letter.pdf\""));
    Ok(answer)
}
