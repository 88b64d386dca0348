//! One message to many: made, previewed exactly as it goes, released by a second person, stopped, and its results.

use axum::{
    extract::{Path, Query},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect},
};
use maud::{Markup, html};
use portico_domain::{
    access::Action,
    batch::{ALONE, BatchState, Candidate, Exclusion, Invites, MOST, PatientText, STOP_MINUTES, Sieve},
    booking::{ClinicSex, age_on},
    contact::Reach,
    message::{Channel, Delivery, Facts, Purpose},
    pathway::Pathway,
    record::RecordFact,
    service::Service,
};
use portico_nhs::{NhsNumber, uk_date, when_words};
use portico_nhsuk::{Button, Checkboxes, ErrorSummary, Input, InsetText, Select, SummaryList, Table, TableCell, Textarea};
use portico_store::{
    queries::{
        batch::{self, Batch, Figures, Line, Listed},
        patient,
    },
    work,
    work::NewBatch,
};
use portico_web::{Access, Answer, Error, Form, Routes, StaffVisit, StaffVisitPost, go, layout};
use serde::Deserialize;
use uuid::Uuid;

/// People that are written in one transaction while a list is made.
const CHUNK: usize = 500;
/// People of the list on one page.
const SHOWN: usize = 100;

/// The pages of messages to many.
pub fn routes() -> Routes {
    let write = Access::Staff(Action::WriteToMany);
    Routes::new()
        .get("/batches", write, list)
        .post("/batches", write, make)
        .get("/batches/{id}", write, show)
        .get("/batches/{id}/people.csv", write, people_file)
        .post("/batches/{id}/release", write, release)
        .post("/batches/{id}/stop", write, stop)
        .post("/batches/{id}/again", write, again)
}

async fn list(visit: StaffVisit) -> Answer {
    Ok(list_page(&visit, &Form::default(), None).await?.into_response())
}

async fn list_page(visit: &StaffVisit, form: &Form, why_not: Option<&str>) -> Result<Markup, Error> {
    let all = batch::latest(&mut visit.app.store.reader().await?, visit.organisation()).await?;
    let facts = RecordFact::ALL.iter().fold(Select::new("fact", "With").option("", "Any condition"), |s, f| s.option(f.code(), f.label()));
    let sex = ClinicSex::ALL.iter().fold(Select::new("sex", "Sex").option("", "Everybody"), |s, x| s.option(x.code(), x.label()));
    let bookable = Pathway::ALL.iter().filter(|p| p.takes_bookings());
    let pathways =
        bookable.fold(Select::new("pathway", "They may book with").option("", "Nobody: no link"), |s, p| s.option(p.code(), p.label()));
    let services =
        Service::ALL.iter().fold(Select::new("service", "In the slots of").option("", "No service"), |s, x| s.option(x.code(), x.label()));
    let main = html! {
        @if let Some(why) = why_not { (ErrorSummary::new().error("#text", why)) }
        h1 class="nhsuk-heading-l" { "Messages to many" }
        @if all.is_empty() { (InsetText::new(html! { p { "None yet." } })) }
        ul class="app-list" { @for b in &all {
            li class="app-item app-item--row" {
                p { a class="app-item__name" href={ "/batches/" (b.id) } data-row { (b.name) } }
                p { strong { (b.state.label()) } }
                p class="app-item__meta" { (when_words(b.made_at, visit.now)) " by " (b.made_by) @if let Some(by) = &b.released_by { ", released by " (by) } }
            }
        } }
        section aria-labelledby="new" class="app-box" {
            h2 class="nhsuk-heading-m" id="new" { "New message" }
            p class="nhsuk-body" { "Nothing goes now. You see exactly who gets what first; more than " (ALONE) " people need a second person." }
            form method="post" action="/batches" novalidate {
                (visit.tokens())
                (Input::new("name", "What staff call it").value(form.raw("name")).width_chars(30))
                (Textarea::new("text", "What patients read").hint("After “Hello” and their first name. The practice's name and number are added.").rows(5).value(form.raw("text")).error(why_not))
                (Textarea::new("numbers", "NHS numbers, one a line").hint("Leave empty to choose a group below.").rows(5).value(form.raw("numbers")))
                div class="app-actions" {
                    (Input::new("age-from", "Or: from age").width_chars(3).inputmode("numeric").value(form.raw("age-from")))
                    (Input::new("age-to", "to age").width_chars(3).inputmode("numeric").value(form.raw("age-to")))
                    (sex.value(Some(form.raw("sex"))))
                    (facts.value(Some(form.raw("fact"))))
                }
                div class="app-actions" {
                    (pathways.value(Some(form.raw("pathway"))))
                    (services.value(Some(form.raw("service"))))
                }
                (Checkboxes::new("household", "Households").item("yes", "One for each household").values(&form.all("household")))
                (Input::new("pace", "Messages a minute at most").width_chars(4).inputmode("numeric").value(if form.raw("pace").is_empty() { "300" } else { form.raw("pace") }))
                (Button::new("Make the list").prevent_double_click())
            }
        }
    };
    Ok(layout::staff(visit, if why_not.is_some() { "Error: Messages to many" } else { "Messages to many" }, "/desk", main))
}

/// The people of a list, in order, and the lines of it that name nobody who could get the message.
fn chosen(form: &Form, everybody: &[Listed], visit: &StaffVisit) -> Result<(Vec<batch::Person>, Vec<batch::Unused>), String> {
    let mut sieve = Sieve::new(form.get("household") == "yes");
    let mut people: Vec<batch::Person> = Vec::new();
    let mut unused = Vec::new();
    if form.get("numbers").is_empty() {
        let age = |name: &str, missing: u8| if form.get(name).is_empty() { Some(missing) } else { form.read(name) };
        let (Some(from), Some(to)) = (age("age-from", 0), age("age-to", 130)) else { return Err("Enter ages in whole years.".into()) };
        if form.get("age-from").is_empty() && form.get("age-to").is_empty() && form.get("sex").is_empty() && form.get("fact").is_empty() {
            return Err("Give NHS numbers, or choose a group.".into());
        }
        let (today, fact) = (uk_date(visit.now), form.read::<RecordFact>("fact"));
        let fits = |l: &&Listed| {
            let age = l.person.birth_date.and_then(|b| age_on(b, today));
            age.is_some_and(|a| (from..=to).contains(&a))
                && (form.get("sex").is_empty() || l.sex == form.get("sex"))
                && fact.is_none_or(|f| l.facts.contains(&f))
        };
        for l in everybody.iter().filter(fits) {
            people.extend(l.candidate.patient.map(|p| (p, sieve.exclusion(&l.candidate), l.way)));
        }
    } else {
        let by_number: std::collections::HashMap<String, &Listed> =
            everybody.iter().filter_map(|l| Some((l.nhs_number?.digits(), l))).collect();
        for (place, line) in (1..).zip(form.raw("numbers").lines()).filter(|(_, l)| !l.trim().is_empty()) {
            let listed = line.trim().parse::<NhsNumber>().ok().and_then(|n| by_number.get(&n.digits()));
            let nobody = Candidate { patient: None, rules: Default::default(), reach: Reach::Nowhere, household: String::new() };
            let why = sieve.exclusion(listed.map_or(&nobody, |l| &l.candidate));
            match (listed.and_then(|l| Some((l.candidate.patient?, l.way))), why) {
                (None, Some(why)) | (Some(_), Some(why @ Exclusion::Twice)) => {
                    unused.push((place, why, line.trim().chars().take(40).collect()));
                }
                (None, None) => {}
                (Some((patient, way)), why) => people.push((patient, why, way)),
            }
        }
    }
    match people.len() {
        0 => Err("Nobody of the practice is on this list.".into()),
        n if n > MOST => Err(format!("The list has {n} people. Make it shorter: {MOST} at most.")),
        _ => Ok((people, unused)),
    }
}

async fn make(post: StaffVisitPost) -> Answer {
    match makes(&post).await {
        Ok(id) => go(format!("/batches/{id}")),
        Err(Error::Refused(why)) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, list_page(&post.visit, &post.form, Some(&why)).await?).into_response())
        }
        Err(other) => Err(other),
    }
}

async fn makes(post: &StaffVisitPost) -> Result<Uuid, Error> {
    let visit = &post.visit;
    let refused = |why: String| Error::Refused(why);
    let text = PatientText::new(post.form.raw("text")).map_err(|e| refused(e.to_string()))?;
    let name: String = post.form.get("name").chars().take(100).collect();
    if name.is_empty() {
        return Err(refused("Give the message a name that colleagues understand.".into()));
    }
    let organisation = visit.organisation();
    let everybody = batch::everybody(&mut visit.app.store.reader().await?, organisation).await?;
    let (people, unused) = chosen(&post.form, &everybody, visit).map_err(refused)?;
    let service: Option<Service> = post.form.read("service");
    let invites = post.form.read::<Pathway>("pathway").filter(|p| p.takes_bookings()).map(|pathway| Invites { pathway, service });
    if service.is_some() && invites.is_none() {
        return Err(refused("Choose with whom they may book, or no service.".into()));
    }
    if invites.is_some() && post.form.get("household") == "yes" {
        return Err(refused("Each person books for themselves: leave out “One for each household”, or the link.".into()));
    }
    let one_a_household = post.form.get("household") == "yes";
    let new = NewBatch { name, text, one_a_household, a_minute: post.form.read("pace").unwrap_or(300), invites };
    let (practice, actor, maker) = (visit.practice.clone(), visit.me.actor(), visit.me.staff.id);
    let id: Uuid = post.write(work!(tx, [practice, actor, new] => work::make_batch(tx, &practice, (&actor, maker), &new).await)).await?;
    let store = &visit.app.store;
    for (n, some) in people.chunks(CHUNK).enumerate() {
        let some = some.to_vec();
        store
            .write(
                organisation,
                None,
                work!(tx, [some] => {
                    for (k, person) in some.iter().enumerate() {
                        batch::add_person(tx.conn(), organisation, (id, (n * CHUNK + k) as i64), person).await?;
                    }
                    Ok(())
                }),
            )
            .await?;
    }
    for some in unused.chunks(CHUNK) {
        let some = some.to_vec();
        store
            .write(
                organisation,
                None,
                work!(tx, [some] => {
                    for line in &some {
                        batch::add_line(tx.conn(), organisation, id, line).await?;
                    }
                    Ok(())
                }),
            )
            .await?;
    }
    store.write(organisation, None, work!(tx, [] => work::finish_making(tx, organisation, id).await)).await?;
    Ok(id)
}

/// Where in the list the page begins.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    from: usize,
}

async fn show(visit: StaffVisit, Path(id): Path<Uuid>, Query(asked): Query<Asked>) -> Answer {
    Ok(page(&visit, id, asked.from.min(MOST), None).await?.into_response())
}

/// Everybody on the list with what becomes of them, as a file.
async fn people_file(visit: StaffVisit, Path(id): Path<Uuid>) -> Answer {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let b = batch::load(&mut conn, organisation, id).await?.ok_or(Error::NotFound)?;
    let people = batch::people(&mut conn, organisation, id, (0, MOST)).await?;
    let unused = batch::unused(&mut conn, organisation, id, MOST).await?;
    drop(conn);
    visit.log_reading("List of a message to many saved", Some(b.item), None).await?;
    let broken = |e: csv::Error| Error::Broken(e.to_string());
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(["name", "nhs_number", "gets_it", "left_out_because", "way", "what_became_of_it", "why_not_reached"])
        .map_err(broken)?;
    for l in &people {
        let number = l.nhs_number.map(|n| n.to_string()).unwrap_or_default();
        let way = l.message.map(|(channel, _)| channel).or(l.way).map_or("", |c| c.label());
        let (gets, why) = l.excluded.map_or(("yes", ""), |e| ("no", e.label()));
        let became = l.message.map_or("", |(_, delivery)| delivery.label());
        file.write_record([&plain(&l.name), number.as_str(), gets, why, way, became, l.why_failed.as_deref().unwrap_or("")])
            .map_err(broken)?;
    }
    for (place, why, written) in &unused {
        let line = format!("line {place}");
        file.write_record([line.as_str(), &plain(written), "no", why.label(), "", "", ""]).map_err(broken)?;
    }
    let file = file.into_inner().map_err(|e| Error::Broken(e.to_string()))?;
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, "attachment; filename=\"people.csv\"")];
    Ok((headers, file).into_response())
}

/// A spreadsheet takes what begins with one of these for a formula.
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() }
}

async fn page(visit: &StaffVisit, id: Uuid, from: usize, why_not: Option<&str>) -> Result<Markup, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let b = batch::load(&mut conn, organisation, id).await?.ok_or(Error::NotFound)?;
    let figures = batch::figures(&mut conn, organisation, id).await?;
    let people = batch::people(&mut conn, organisation, id, (from, SHOWN)).await?;
    let unused = batch::unused(&mut conn, organisation, id, SHOWN).await?;
    let gets_it = if people.iter().any(|l| l.excluded.is_none()) {
        people.iter().find(|l| l.excluded.is_none()).map(|l| l.patient)
    } else {
        batch::next(&mut conn, organisation, id, 1).await?.first().copied()
    };
    let answered = if b.invites.is_some() { Some(batch::answered(&mut conn, organisation, id).await?) } else { None };
    let example = match gets_it {
        Some(who) => patient::load(&mut conn, organisation, who).await?.map(|p| p.person.given),
        None => None,
    };
    drop(conn);
    visit.log_reading("Message to many read", Some(b.item), None).await?;
    let here = format!("/batches/{id}");
    let main = html! {
        p class="nhsuk-body" { a href="/batches" { "Messages to many" } }
        @if let Some(why) = why_not { (ErrorSummary::new().title("That was not done").error("#next", why)) }
        h1 class="nhsuk-heading-l" { (b.name) }
        div id="batch-live" data-live=(here) {
            p class="nhsuk-body" { strong { (b.state.label()) } @if let (BatchState::Released, Some(at)) = (b.state, b.goes_at) { @if at > visit.now { ". The first message goes " (when_words(at, visit.now)) "." } @else { ", going out." } } }
            (progress(&b, &figures))
            @if let (Some(invites), Some((opened, booked))) = (b.invites, answered) {
                p class="nhsuk-body" { "They may book with " (invites.pathway.label()) @if let Some(s) = invites.service { ", in the slots of " (s.label()) } ". " (opened) " have opened their invitation, " strong { (booked) " are booked" } "." }
            }
        }
        div id="next" { (controls(visit, &b, &figures)) }
        h2 class="nhsuk-heading-m" { "What patients read" }
        (InsetText::new(layout::paragraphs(&words(visit, &b, example.as_deref().unwrap_or("Ada")))))
        (left_out(&figures, &unused))
        (named(id, &people, from, &figures))
    };
    Ok(layout::staff(visit, if why_not.is_some() { "Error: Message to many" } else { "Message to many" }, "/desk", main))
}

/// The words as they arrive, for one of the list.
fn words(visit: &StaffVisit, b: &Batch, first_name: &str) -> String {
    let o = &visit.practice.organisation;
    let facts = Facts {
        practice: o.name.clone(),
        practice_phone: o.phone.clone(),
        patient_first_name: first_name.to_owned(),
        text: portico_domain::message::without_links(&b.text(), "(their own link)"),
        ..Facts::default()
    };
    visit.practice.words.message(Purpose::Campaign, &facts).map_or_else(|e| e, |(_, body)| body)
}

fn progress(b: &Batch, f: &Figures) -> Markup {
    let sent: i64 = [Delivery::Queued, Delivery::Sent, Delivery::Delivered, Delivery::HandedOver].into_iter().map(|d| f.in_state(d)).sum();
    let mut table =
        Table::new("What became of the messages").responsive().head(["Way", "What became of it", "Messages"]).first_cell_is_header();
    for (channel, delivery, n) in &f.messages {
        table =
            table.row_cells([TableCell::new(channel.label()), TableCell::new(delivery.label()), TableCell::new(n.to_string()).numeric()]);
    }
    html! {
        (SummaryList::new()
            .row("Goes to", format!("{} people", f.goes_to))
            .row("On its way or arrived", sent.to_string())
            .row("Still to go", still_to_go(f))
            .row("Not reached", f.in_state(Delivery::Failed).to_string()))
        @if !f.messages.is_empty() { progress class="app-progress" max=(f.goes_to) value=(sent) aria-label="Messages on their way" {} (table) }
        @if b.state == BatchState::Making { p class="nhsuk-body" { "The list is being made. This page shows more in a moment." } }
    }
}

/// How many are still to go by which way.
fn still_to_go(f: &Figures) -> String {
    let ways = f.waiting.iter().map(|(way, n)| format!("{n} by {}", way.map_or("a way that is found then".into(), Channel::amid)));
    let said = ways.collect::<Vec<_>>().join(", ");
    if said.is_empty() { "0".to_owned() } else { said }
}

fn controls(visit: &StaffVisit, b: &Batch, f: &Figures) -> Markup {
    let mine = b.made_by_id == visit.me.staff.id;
    let form = |what: &str, button: Button| html! { form method="post" action={ "/batches/" (b.id) "/" (what) } { (visit.tokens()) (button.prevent_double_click()) } };
    html! {
        div class="app-actions" {
            @match b.state {
                BatchState::Draft => {
                    @if mine && f.goes_to > ALONE as i64 { p class="nhsuk-body" { "You wrote this, and it goes to more than " (ALONE) " people. A colleague opens this page and releases it." } }
                    @else { (form("release", Button::new(format!("Release to {} people", f.goes_to)))) }
                    (form("stop", Button::new("Throw it away").secondary()))
                }
                // It is made in one piece with the page that answers; what is left like this was cut off.
                BatchState::Making => { (form("stop", Button::new("Throw it away").secondary())) }
                BatchState::Released => { (form("stop", Button::new("Stop").warning())) }
                BatchState::Done if f.in_state(Delivery::Failed) > 0 => { (form("again", Button::new("Try those again who were not reached").secondary())) }
                _ => {}
            }
        }
        @if b.state == BatchState::Draft { p class="nhsuk-hint" { "After the release nothing goes for " (STOP_MINUTES) " minutes. Until then, Stop ends it without a trace." } }
    }
}

fn left_out(f: &Figures, unused: &[batch::Unused]) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "Left out" }
        @if f.excluded.is_empty() { p class="nhsuk-body" { "Nobody." } }
        ul class="nhsuk-list nhsuk-list--bullet" { @for (why, n) in &f.excluded { li { (why.label()) ": " (n) } } }
        @if !unused.is_empty() {
            details class="nhsuk-details" {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Lines of the list that name nobody who could get it" } }
                div class="nhsuk-details__text" { ul class="nhsuk-list" { @for (place, why, written) in unused { li { "Line " (place) ", “" (written) "”: " (why.label().to_lowercase()) } } } }
            }
        }
    }
}

/// Everybody on the list, a page at a time.
fn named(id: Uuid, people: &[Line], from: usize, f: &Figures) -> Markup {
    let on_the_list = |why: Exclusion| !matches!(why, Exclusion::Unknown | Exclusion::Twice);
    let left_out: i64 = f.excluded.iter().filter(|(why, _)| on_the_list(*why)).map(|(_, n)| n).sum();
    let all = usize::try_from(f.goes_to + left_out).unwrap_or(0);
    let at = |from: usize| format!("/batches/{id}?from={from}#people");
    html! {
        @if !people.is_empty() {
            h2 class="nhsuk-heading-m" id="people" { "People" }
            p class="nhsuk-body" { (from + 1) " to " (from + people.len()) " of " (all) ": who is left out, who was not reached, then the others in the order of the list. " a href={ "/batches/" (id) "/people.csv" } { "Save the whole list as a file" } }
            ul class="app-list" { @for l in people {
                li class="app-item app-item--row" {
                    p { a class="app-item__name" href={ "/patients/" (l.patient) } data-row { (l.name) } }
                    p { @match (&l.excluded, &l.message) { (Some(why), _) => { "Left out: " (why.label()) } (None, Some((channel, delivery))) => { (channel.label()) ": " (delivery.label()) } _ => { "Gets it" @if let Some(way) = l.way { " by " (way.amid()) } } } }
                    p class="app-item__meta" { (l.why_failed.as_deref().unwrap_or("")) }
                }
            } }
            @if from > 0 { p class="nhsuk-body" { a href=(at(from.saturating_sub(SHOWN))) { "Previous people" } } }
            @if from + people.len() < all { p class="nhsuk-body" { a href=(at(from + SHOWN)) { "More people" } } }
        }
    }
}

async fn told(post: &StaffVisitPost, id: Uuid, done: Result<(), Error>) -> Answer {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/batches/{id}")).into_response()),
        Err(Error::Refused(why)) => Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&post.visit, id, 0, Some(&why)).await?).into_response()),
        Err(other) => Err(other),
    }
}

async fn release(post: StaffVisitPost, Path(id): Path<Uuid>) -> Answer {
    let (organisation, actor, who) = (post.visit.organisation(), post.visit.me.actor(), post.visit.me.staff.id);
    let done = post.write(work!(tx, [actor] => work::release_batch(tx, organisation, (&actor, who), id).await)).await;
    told(&post, id, done).await
}

async fn stop(post: StaffVisitPost, Path(id): Path<Uuid>) -> Answer {
    let (organisation, actor) = (post.visit.organisation(), post.visit.me.actor());
    let done = post.write(work!(tx, [actor] => work::stop_batch(tx, organisation, &actor, id).await)).await;
    told(&post, id, done).await
}

async fn again(post: StaffVisitPost, Path(id): Path<Uuid>) -> Answer {
    let (organisation, actor) = (post.visit.organisation(), post.visit.me.actor());
    let done = post.write(work!(tx, [actor] => work::try_batch_again(tx, organisation, &actor, id).await)).await.map(|_| ());
    told(&post, id, done).await
}
