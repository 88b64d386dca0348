//! The patient's form: one thing per page, every answer kept as it is typed, an emergency told to the desk at once.

use axum::{
    extract::{Path, Query},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use jiff::SignedDuration;
use maud::{Markup, html};
use portico_domain::{
    opening::Doorway,
    request::{Answers, FieldError, Kind, Page, check_page, next_page, previous_page},
    triage::Urgency,
};
use portico_nhs::{DraftId, uk_date, when_words};
use portico_nhsuk::{ActionLink, Button, Card, InsetText, Panel};
use portico_store::{
    hash_of,
    queries::{
        draft::{self, Draft},
        work_item,
    },
    work,
};
use portico_web::{Answer, Error, PatientVisit, layout};
use serde::Deserialize;

use super::{emergency::card, form_pages, safety};

/// The cookie that remembers which form this browser is filling in.
const COOKIE: &str = "ask";

/// A form and its secret, as the cookie and every page of the form carry them.
#[derive(Clone)]
struct Carried {
    id: DraftId,
    secret: String,
}

impl Carried {
    fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.split_once('.')?;
        Some(Self { id: id.parse().ok()?, secret: secret.to_owned() })
    }

    fn text(&self) -> String {
        format!("{}.{}", self.id, self.secret)
    }

    /// The private link's token: made from the form's secret, so that sending twice gives the same link.
    fn link(&self) -> String {
        hex(&hash_of(&format!("private link {}", self.secret)))
    }

    fn cookie(&self, tls: bool) -> HeaderValue {
        let secure = if tls { "; Secure" } else { "" };
        HeaderValue::from_str(&format!("{COOKIE}={}; Path=/ask; HttpOnly; SameSite=Lax; Max-Age=86400{secure}", self.text()))
            .unwrap_or(HeaderValue::from_static(""))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The form that the page carries, else the one that the cookie remembers.
fn carried(visit: &PatientVisit, headers: &HeaderMap) -> Option<Carried> {
    let cookie = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    let remembered = cookie.filter_map(|p| p.trim().split_once('=')).find(|(n, _)| *n == COOKIE).and_then(|(_, v)| Carried::parse(v));
    Carried::parse(visit.form.get("_draft")).or(remembered)
}

async fn load(visit: &PatientVisit, carried: &Carried) -> Result<Option<Draft>, Error> {
    let organisation = visit.practice.organisation.id;
    Ok(draft::load(&mut visit.app.store.reader().await?, organisation, carried.id, &carried.secret).await?)
}

/// The practice's front page.
pub async fn start(visit: PatientVisit) -> Answer {
    let o = &visit.practice.organisation;
    let open = visit.practice.calendar.is_open(visit.now);
    let closed_for = visit.practice.calendar.closure_at(visit.now).map(|c| c.reason.clone());
    let main = html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            h1 class="nhsuk-heading-xl" { "Ask " (o.name) " for help" }
            p class="nhsuk-lede-text" { "Tell us what you need in about 3 minutes. You do not need an account." }
            @if open {
                p class="nhsuk-body" { "We are open now, until " (portico_nhs::uk_time(visit.practice.calendar.end_of_core_day(visit.now))) "." }
            } @else {
                (InsetText::new(html! {
                    p { @if let Some(reason) = closed_for { "We are closed: " (reason) ". " } @else { "We are closed at the moment. " }
                        "You can send a request now and we read it when we open, " (when_words(visit.practice.calendar.next_open(visit.now), visit.now)) "." }
                    p { "If you cannot wait until then, use " a href="https://111.nhs.uk" { "NHS 111 online" } " or call 111." }
                }))
            }
            (doorway(&visit))
            (Card::care_emergency("Call 999 now if life may be in danger", html! { p { (card().intro) } }))
            h2 class="nhsuk-heading-m" { "Other ways to ask" }
            p class="nhsuk-body" { "Ring " (o.phone) " or come to the front desk. You get the same service." }
            p class="nhsuk-body" { a href="/sign-in" { "Staff sign in" } }
        } }
    };
    Ok(layout::patient(&visit, "Ask for help", None, main).into_response())
}

/// The way in as it is now: open, open and slow, or closed until then. In core hours it is never closed.
fn doorway(visit: &PatientVisit) -> Markup {
    let practice = &visit.practice;
    let (rules, _) = &practice.opening;
    let phone = &practice.organisation.phone;
    html! {
        @match practice.doorway(visit.now) {
            Doorway::Closed(until) => {
                (InsetText::new(html! {
                    p { strong { "Online requests are closed until " (when_words(until, visit.now)) ". " } (rules.reason) }
                    p { "If you cannot wait, use " a href="https://111.nhs.uk" { "NHS 111 online" } " or call 111." }
                }))
            }
            door => {
                @if let Doorway::Busy(_) = door { (InsetText::new(html! { p { "Many people are asking today, so an answer takes longer than usual: up to the end of our next working day. You can still ask here. If you need help today, ring " (phone) " or come to the front desk." } })) }
                @if let Some(until) = rules.closed_for(Kind::NewProblem, &practice.calendar, visit.now) {
                    (InsetText::new(html! {
                        p { strong { "Requests about health problems are closed until " (when_words(until, visit.now)) ". " } (rules.reason) " You can ask for anything else, such as medicines, letters and forms." }
                        p { "If you cannot wait, use " a href="https://111.nhs.uk" { "NHS 111 online" } " or call 111." }
                    }))
                }
                @for (kind, until) in rules.own.iter().filter_map(|(kind, _)| Some((kind, rules.closed_for(*kind, &practice.calendar, visit.now)?))) {
                    (InsetText::new(html! { p { strong { (kind.label()) ": closed online until " (when_words(until, visit.now)) ". " } (rules.reason) } }))
                }
                @if rules.routine_only { (InsetText::new(html! { p { "Online requests are for things that can wait at the moment. If you need help today, ring " (phone) "." } })) }
                (Button::new("Start").link("/ask"))
            }
        }
    }
}

/// How long somebody who ticked an emergency sign and went back is still the same person.
const SAME_PERSON: SignedDuration = SignedDuration::from_mins(30);

/// The first page; nothing is stored until something is sent. A form that has just turned red is gone on with, so that
/// going back cannot part the answers from the alarm; any other remembered form is left alone, for it may be somebody else's.
pub async fn begin(visit: PatientVisit, Query(asked): Query<Asked>, headers: HeaderMap) -> Answer {
    if let Some(carried) = carried(&visit, &headers)
        && let Some(draft) = load(&visit, &carried).await?
        && draft.state == "open"
        && draft.item.is_some()
        && visit.now.duration_since(draft.updated_at) < SAME_PERSON
    {
        return Ok(render(&visit, Page::Emergency, &draft.answers, &[], Some(&carried)).into_response());
    }
    if !asked.form.is_empty() {
        return Ok(gone(&visit).into_response());
    }
    // Nobody begins while it is closed; whoever has begun goes on.
    if matches!(visit.practice.doorway(visit.now), Doorway::Closed(_)) && carried(&visit, &headers).is_none() {
        return start(visit).await;
    }
    Ok(render(&visit, Page::Emergency, &Answers::default(), &[], None).into_response())
}

/// For a browser that does not remember which form it was filling in: what to do, instead of going round in a circle.
fn gone(visit: &PatientVisit) -> Markup {
    let o = &visit.practice.organisation;
    let main = html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            h1 class="nhsuk-heading-l" { "We cannot find the form that you began" }
            p class="nhsuk-body" { "Your browser does not remember it. Start again; if you see this page again, allow cookies for this site, use another browser, or ring us on " (o.phone) "." }
            p class="nhsuk-body" { "If life is in danger, call 999." }
            (Button::new("Start again").link("/ask"))
        } }
    };
    layout::patient(visit, "Form not found", None, main)
}

/// What an address may say besides its page; `next` is where the page that says to call 999 goes on.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    next: String,
    /// Which safety question is to be answered again.
    #[serde(default)]
    concept: String,
    /// Set when a page was asked for by a browser that has no form.
    #[serde(default)]
    form: String,
}

/// Any page of a form that was begun.
pub async fn show(visit: PatientVisit, Path(page): Path<String>, Query(asked): Query<Asked>, headers: HeaderMap) -> Answer {
    let carried = carried(&visit, &headers);
    let draft = match &carried {
        Some(carried) => load(&visit, carried).await?,
        None => None,
    };
    let (Some(carried), Some(draft)) = (carried, draft) else { return Ok(Redirect::to("/ask?form=gone").into_response()) };
    match page.as_str() {
        "done" => return done(&visit, &carried, &draft).await,
        "call-999" => return Ok(call_999(&visit, &draft, asked.next.parse().unwrap_or(Page::Who)).into_response()),
        "safety" if draft.state == "open" => {
            let question = match asked.concept.as_str() {
                "" => safety::next(&visit, &draft.answers),
                answered => safety::question(&visit, &draft.answers, answered),
            };
            let Some(question) = question else { return Ok(Redirect::to("/ask/check").into_response()) };
            return Ok(safety::page(&visit, &question, &draft.answers, &carried.text(), false).into_response());
        }
        _ => {}
    }
    let page: Page = page.parse().map_err(|_| Error::NotFound)?;
    if draft.state == "sent" {
        return Ok(Redirect::to("/ask/done").into_response());
    }
    if page == Page::Check && safety::next(&visit, &draft.answers).is_some() {
        return Ok(Redirect::to("/ask/safety").into_response());
    }
    Ok(render(&visit, page, &draft.answers, &[], Some(&carried)).into_response())
}

/// Keeps the answer to a safety question; a yes may make the form red at once.
async fn take_safety(visit: &PatientVisit, headers: &HeaderMap) -> Answer {
    let Some(carried) = carried(visit, headers) else { return Ok(Redirect::to("/ask").into_response()) };
    let Some(mut draft) = load(visit, &carried).await?.filter(|d| d.state == "open") else {
        return moved(visit, &carried, "/ask/done");
    };
    let concept = visit.form.get("concept").to_owned();
    let Some(question) = safety::question(visit, &draft.answers, &concept) else {
        return moved(visit, &carried, "/ask/check");
    };
    if !safety::keep(&mut draft.answers, &concept, &question.text, visit.form.get("safety")) {
        let shown = safety::page(visit, &question, &draft.answers, &carried.text(), true);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response());
    }
    let turned = turn_red(visit, &carried, &mut draft).await?;
    if !turned {
        save(visit, &carried, &draft).await?;
    }
    moved(visit, &carried, if turned { "/ask/call-999?next=check" } else { "/ask/check" })
}

/// Tells the duty desk at once when the words, or an answer about them, mean an emergency.
async fn turn_red(visit: &PatientVisit, carried: &Carried, draft: &mut Draft) -> Result<bool, Error> {
    if !safety::turns_red(visit, &draft.answers) {
        return Ok(false);
    }
    let mut ever = draft.answers.choices("emergency-ever");
    ever.push(safety::IN_WORDS.to_owned());
    draft.answers.set("emergency-ever", ever.join(","));
    draft.item = save(visit, carried, draft).await?.item;
    Ok(true)
}

fn render(visit: &PatientVisit, page: Page, answers: &Answers, errors: &[FieldError], carried: Option<&Carried>) -> Markup {
    let back = previous_page(page, answers).map_or_else(|| "/".to_owned(), |p| format!("/ask/{}", p.code()));
    let main = html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            (form_pages::summary(errors))
            form method="post" action={ "/ask/" (page.code()) } novalidate {
                @if let Some(carried) = carried { input type="hidden" name="_draft" value=(carried.text()); }
                (visit.key())
                (form_pages::body(page, answers, errors))
                (form_pages::button(page))
            }
        } }
    };
    let title = if errors.is_empty() { page.label().to_owned() } else { format!("Error: {}", page.label()) };
    layout::patient(visit, &title, Some(&back), main)
}

/// Keeps what a page sent, then goes on, or says what is wrong with it.
pub async fn take(visit: PatientVisit, Path(page): Path<String>, headers: HeaderMap) -> Answer {
    if page == "safety" {
        return take_safety(&visit, &headers).await;
    }
    let page: Page = page.parse().map_err(|_| Error::NotFound)?;
    let (carried, mut draft) = match open_draft(&visit, page, &headers).await? {
        Some(found) => found,
        // The form is gone (months old, or of another browser): what was typed goes into a fresh one.
        None => begin_with(&visit).await?,
    };
    if draft.state == "sent" {
        return moved(&visit, &carried, "/ask/done");
    }
    read_fields(&visit, page, &mut draft.answers);
    let saved = save(&visit, &carried, &draft).await?;
    draft.item = saved.item;
    let today = uk_date(visit.now);
    let mut errors = check_page(page, &draft.answers, today);
    errors.extend(closed_kind(&visit, page, &draft));
    if !errors.is_empty() {
        let mut answer = (StatusCode::UNPROCESSABLE_ENTITY, render(&visit, page, &draft.answers, &errors, Some(&carried))).into_response();
        answer.headers_mut().insert(header::SET_COOKIE, carried.cookie(visit.app.config.tls));
        return Ok(answer);
    }
    if matches!(page, Page::Words | Page::Duration | Page::Worse) && turn_red(&visit, &carried, &mut draft).await? {
        return moved(&visit, &carried, &format!("/ask/call-999?next={}", next_page(page, &draft.answers).code()));
    }
    if page == Page::Check {
        if safety::next(&visit, &draft.answers).is_some() {
            return moved(&visit, &carried, "/ask/safety");
        }
        return send(&visit, &carried, &draft).await;
    }
    if page == Page::Emergency && !draft.answers.has("emergency", "none") {
        return moved(&visit, &carried, "/ask/call-999");
    }
    moved(&visit, &carried, &format!("/ask/{}", next_page(page, &draft.answers).code()))
}

/// Why this kind of request may not be begun now. Whoever began while it was open, or has an emergency sign, goes on.
fn closed_kind(visit: &PatientVisit, page: Page, draft: &Draft) -> Option<FieldError> {
    let practice = &visit.practice;
    let (rules, _) = &practice.opening;
    let kind: Kind = draft.answers.get("kind").parse().ok().filter(|_| page == Page::Kind && draft.item.is_none())?;
    rules.closed_for(kind, &practice.calendar, draft.begun_at)?;
    let until = rules.closed_for(kind, &practice.calendar, visit.now)?;
    let message = format!(
        "Requests about this are closed until {}. {} If you cannot wait, use NHS 111 online or call 111.",
        when_words(until, visit.now),
        rules.reason
    );
    Some(FieldError { field: "kind", message })
}

/// Sends the browser on and renews the cookie, so that a form outlives an expired one.
fn moved(visit: &PatientVisit, carried: &Carried, to: &str) -> Answer {
    let mut answer: Response = Redirect::to(to).into_response();
    answer.headers_mut().insert(header::SET_COOKIE, carried.cookie(visit.app.config.tls));
    Ok(answer)
}

async fn open_draft(visit: &PatientVisit, page: Page, headers: &HeaderMap) -> Result<Option<(Carried, Draft)>, Error> {
    // The first page without a form in it begins a new one, whatever the cookie remembers.
    if page == Page::Emergency && visit.form.get("_draft").is_empty() {
        return Ok(None);
    }
    let Some(carried) = carried(visit, headers) else { return Ok(None) };
    Ok(load(visit, &carried).await?.map(|draft| (carried, draft)))
}

/// Begins a form. Its secret is made from the page's key, so that sending the first page twice begins one form.
async fn begin_with(visit: &PatientVisit) -> Result<(Carried, Draft), Error> {
    // Beginning is limited, going on is not; and nobody who ticks an emergency sign is turned away.
    let signs = visit.form.all("emergency").iter().any(|s| *s != "none");
    if !signs {
        visit.limit()?;
    }
    let key = visit.form.key().ok_or_else(|| Error::Refused("Open the form from its first page and send it again.".into()))?;
    let secret = hex(&hash_of(&format!("form {key}")));
    let begin_key = format!("begin {key}");
    let practice = visit.practice.clone();
    let (organisation, begun) = (practice.organisation.id, secret.clone());
    let id = visit
        .app
        .store
        .write(organisation, Some(&begin_key), work!(tx, [practice, begun] => work::start_draft(tx, &practice, &begun).await))
        .await?;
    let carried = Carried { id, secret };
    let draft = load(visit, &carried).await?.ok_or(Error::NotFound)?;
    Ok((carried, draft))
}

fn read_fields(visit: &PatientVisit, page: Page, answers: &mut Answers) {
    for (field, many) in form_pages::fields(page) {
        let value = if *many { visit.form.all(field).join(",") } else { visit.form.raw(field).to_owned() };
        answers.set(field, value);
    }
    if page == Page::Emergency {
        let mut ever = answers.choices("emergency-ever");
        let known = card().sign.iter().map(|s| s.id.clone());
        let ticked: Vec<String> = known.filter(|id| answers.has("emergency", id) && !ever.contains(id)).collect();
        ever.extend(ticked);
        answers.set("emergency-ever", ever.join(","));
    }
}

async fn save(visit: &PatientVisit, carried: &Carried, draft: &Draft) -> Result<work::Saved, Error> {
    let practice = visit.practice.clone();
    let organisation = practice.organisation.id;
    let (id, answers, item, link) = (carried.id, draft.answers.clone(), draft.item, carried.link());
    let ever = answers.choices("emergency-ever");
    let mut signs: Vec<String> = card().signs(&ever).iter().map(|s| s.words.clone()).collect();
    if ever.iter().any(|s| s == safety::IN_WORDS) {
        signs.push("In their own words".into());
    }
    let signs = signs.join("; ");
    let saved = visit.app.store.write(
        organisation,
        None,
        work!(tx, [practice, answers, signs, link] => {
            // Another tab may have made the item since this page was loaded.
            let item = match item { Some(item) => Some(item), None => draft::item_of(tx.conn(), organisation, id).await? };
            work::save_draft(tx, &practice, id, &answers, &signs, Some(&link), item).await
        }),
    );
    Ok(saved.await?)
}

async fn send(visit: &PatientVisit, carried: &Carried, draft: &Draft) -> Answer {
    let practice = visit.practice.clone();
    let (id, answers, item, link) = (carried.id, draft.answers.clone(), draft.item, carried.link());
    if let Err((page, errors)) = portico_domain::request::complete(&answers, uk_date(visit.now)) {
        let answer = (StatusCode::UNPROCESSABLE_ENTITY, render(visit, page, &answers, &errors, Some(carried)));
        return Ok(answer.into_response());
    }
    // One form is one request, however often it is sent and with whatever key.
    let key = format!("send {id}");
    let organisation = practice.organisation.id;
    visit
        .app
        .store
        .write(
            organisation,
            Some(&key),
            work!(tx, [practice, answers, link] => work::submit_draft(tx, &practice, id, &answers, &link, item).await),
        )
        .await?;
    moved(visit, carried, "/ask/done")
}

/// What to do now, for every sign that was ticked; the desk has been told already.
fn call_999(visit: &PatientVisit, draft: &Draft, next: Page) -> Markup {
    let signs = card().signs(&draft.answers.choices("emergency-ever"));
    let advice = safety::read(visit, &draft.answers);
    let told: Vec<&str> = advice
        .iter()
        .flat_map(|a| &a.rules)
        .filter(|r| r.urgency == Urgency::Emergency && !r.tell.is_empty())
        .map(|r| r.tell.as_str())
        .take(3)
        .collect();
    let go_on = if draft.answers.get("words").is_empty() { "Tell us who you are" } else { "Go on with your request" };
    let o = &visit.practice.organisation;
    let open = visit.practice.calendar.is_open(visit.now);
    let main = html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            h1 class="nhsuk-heading-l" { "Call 999 now" }
            (Card::care_emergency("Do this now", html! { ul { @for sign in &signs { li { (sign.advice) } } @for words in &told { li { (words) } } @if signs.is_empty() && told.is_empty() { li { "What you told us may be an emergency. Call 999 now." } } } }))
            (ActionLink::new("tel:999", "Call 999"))
            @if open {
                p class="nhsuk-body" { "We have told the duty team at " (o.name) ". They can only ring you if they know who you are." }
            } @else {
                p class="nhsuk-body" { (o.name) " is closed, so nobody here can help you now. Your answer waits for the duty team first thing, " (when_words(visit.practice.calendar.next_open(visit.now), visit.now)) "." }
            }
            (Button::new(go_on).link(format!("/ask/{}", next.code())))
        } }
    };
    layout::patient(visit, "Call 999 now", Some("/ask/emergency"), main)
}

async fn done(visit: &PatientVisit, carried: &Carried, draft: &Draft) -> Answer {
    if draft.state != "sent" {
        return Ok(Redirect::to("/ask/check").into_response());
    }
    let organisation = visit.practice.organisation.id;
    let id = draft.item.ok_or(Error::NotFound)?;
    let item = work_item::load(&mut visit.app.store.reader().await?, organisation, id).await?.ok_or(Error::NotFound)?;
    let o = &visit.practice.organisation;
    let link = format!("/r/{}", carried.link());
    let main = html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            (Panel::new("Request sent", html! { "Your reference is " br; strong { (item.reference) } }))
            @if item.is_red() {
                (Card::care_emergency("Call 999 now if you have not", html! { p { "What you told us may be an emergency. Do not wait for us." } }))
            }
            h2 class="nhsuk-heading-m" { "What happens next" }
            p class="nhsuk-body" { "A person at " (o.name) " reads your request. We tell you what happens next " strong { "by " (when_words(item.promised_by, visit.now)) } "." }
            p class="nhsuk-body" { a href=(link.as_str()) { "Your private page" } " shows how far we are. There you can add something or cancel. Keep the link to yourself." }
            p class="nhsuk-body" { a href={ (link) "/files" } { "Add photos or documents" } ", for example of a rash or a letter." }
            h2 class="nhsuk-heading-m" { "If it gets worse" }
            p class="nhsuk-body" { "Do not wait for us. Ring us on " (o.phone) ", or call 111 when we are closed. Call 999 if life is in danger." }
        } }
    };
    Ok(layout::patient(visit, "Request sent", None, main).into_response())
}
