//! The parts of the item page.

use jiff::ToSpan;
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    event::Verb,
    message::{Channel, Delivery, Direction},
    pathway::Pathway,
    record::{CodedReason, Outcome},
    request::{ForWhom, Request},
    triage::Urgency,
    work_item::{NextAction, State, WaitingFor},
};
use portico_nhs::{uk_date, when_words};
use portico_nhsuk::{Button, Card, Input, Radios, SearchInput, Select, SummaryList, Textarea, WarningCallout};
use portico_store::queries::event::Event;
use portico_web::StaffVisit;

use super::page::Shown;
use crate::{
    Templates,
    duties::ask_more,
    duties::assess_requests::emergency::card,
    item_words::{ago, born, colour_class, due, urgency_tag},
};

pub(super) fn may(visit: &StaffVisit, action: Action) -> bool {
    allowed(visit.me.staff.role, action)
}

/// The hidden fields of every form of the item: tokens, key and the version that was seen.
pub(super) fn hidden(visit: &StaffVisit, s: &Shown) -> Markup {
    html! { (visit.tokens()) input type="hidden" name="_version" value=(s.item.version); }
}

pub(super) fn to(s: &Shown, what: &str) -> String {
    format!("/items/{}/{what}", s.item.id)
}

/// The letter that goes to a control, shown beside it.
pub(super) fn key(letter: &str) -> Markup {
    html! { span class="app-key" aria-hidden="true" { (letter) } }
}

/// Who it is, how urgent, what they need before anybody makes contact.
pub fn heading(visit: &StaffVisit, s: &Shown) -> Markup {
    let mut needs = s.request.contact.needs();
    // What the record knows holds even when the request does not repeat it.
    let known = s.patient.as_ref().map(|p| p.needs.needs()).unwrap_or_default();
    needs.extend(known.into_iter().filter(|n| !s.request.contact.needs().contains(n)));
    let numbers = s.patient.as_ref().map_or(&s.request.person, |p| &p.person);
    html! {
        h1 class="nhsuk-heading-l" data-person { (s.item.person_name) span class="nhsuk-caption-m" { (born(s.item.birth_date, visit.now)) " · " (s.item.reference) " · " (s.item.kind.label()) ", " (s.item.door.label().to_lowercase()) ", " (ago(s.item.received_at, visit.now)) } }
        div class="app-facts" {
            p { (urgency_tag(s.item.position.urgency)) @if s.item.was_red && !s.item.is_red() { " " (portico_nhsuk::Tag::new("Was red").white()) } }
            @if let Some(p) = s.request.person.phone.as_ref().or(numbers.phone.as_ref()) { p { "Telephone " a href={ "tel:" (p.as_str()) } { (p) } } }
            @if let Some(n) = numbers.nhs_number { p { "NHS number " (n) } }
            p { @if let Some(p) = &s.patient { a href={ "/patients/" (p.id) } { "Timeline" } } @else { "Not matched to a patient yet" } }
        }
        @if !needs.is_empty() { (WarningCallout::new("Before you make contact", html! { ul { @for n in needs { li { (n) } } } }).heading_level(2)) }
    }
}

fn told(request: &Request) -> SummaryList {
    let mut list = SummaryList::new();
    let mut row = |key: &str, value: String| {
        if !value.is_empty() {
            list = std::mem::take(&mut list).row(key.to_owned(), html! { span class="app-break" { (value) } });
        }
    };
    row("How long", request.duration.clone());
    row("Tried", request.tried.clone());
    row("Getting worse", request.worse.map_or_else(String::new, |w| w.to_string()));
    row("Would like", request.wish.clone());
    for s in &request.safety {
        let before: Vec<&str> = s.before.iter().map(|a| a.label()).collect();
        let changed = match (before.is_empty(), s.taken_back) {
            (true, false) => String::new(),
            (true, true) => " (changed: it was yes or not sure before, and still counts)".to_owned(),
            (false, true) => format!(" (changed: answered {} before, which still counts)", before.join(", then ")),
            (false, false) => format!(" (changed: answered {} before)", before.join(", then ")),
        };
        row(&s.question, format!("{}{changed}", s.answer));
    }
    row("Answer by", request.contact.answer_by.to_string());
    row("Best time", request.contact.best_time.clone());
    if let Some(asker) = &request.asker {
        row("Asked by", format!("{} ({})", asker.name, asker.relationship));
    }
    if request.for_whom != ForWhom::Myself {
        row("For", request.for_whom.to_string());
    }
    list
}

/// The patient's words.
pub fn said(_: &StaffVisit, s: &Shown) -> Markup {
    let signs = card().signs(&s.request.emergency_signs);
    html! {
        section aria-labelledby="said" {
            h2 class="nhsuk-heading-m" id="said" { "In their words" }
            @if !signs.is_empty() { (Card::care_emergency("Emergency signs ticked", html! { ul { @for sign in signs { li { (sign.words) } } } }).heading_level(3)) }
            div class="app-words" { (super::reading::marked(s)) }
            @let list = told(&s.request);
            @if !list.is_empty() { (list) }
        }
    }
}

/// A repeat within 14 days, side by side with what was asked before.
pub fn repeat(visit: &StaffVisit, s: &Shown) -> Markup {
    let Some((earlier, request)) = &s.earlier else { return html! {} };
    html! {
        section aria-labelledby="repeat" {
            h2 class="nhsuk-heading-m" id="repeat" { "Repeat contact" }
            div class="app-columns app-columns--even" {
                div { h3 class="nhsuk-heading-s" { "Now" } div class="app-words" { (s.request.words) } }
                div {
                    h3 class="nhsuk-heading-s" { a href={ "/items/" (earlier.id) } { "Before, " (ago(earlier.received_at, visit.now)) } }
                    div class="app-words" { (request.words) }
                    p class="nhsuk-body" { (urgency_tag(earlier.position.urgency)) " " @match &earlier.position.state { State::Closed { outcome, .. } => { "Closed: " (outcome.label()) }, State::Open { next, .. } => { "Still open: " (next.action.label()) } } }
                }
            }
            @if s.item.position.earlier_read { p class="nhsuk-body" { "The earlier request has been read." } }
            @else if may(visit, Action::Converse) && s.item.is_open() {
                form method="post" action=(to(s, "earlier")) { (hidden(visit, s)) (Button::new(html! { "I have read the earlier request" (key("e")) }).secondary().attribute("data-key", "e")) }
            }
        }
    }
}

/// What was written both ways, with what became of each message.
pub fn thread(visit: &StaffVisit, s: &Shown) -> Markup {
    html! {
        section aria-labelledby="thread" {
            h2 class="nhsuk-heading-m" id="thread" { "Conversation" }
            @if s.thread.is_empty() { p class="nhsuk-body" { "Nothing has been written yet." } }
            ol class="app-thread" {
                @for m in &s.thread {
                    li class=(match m.direction { Direction::In => "app-in", Direction::Internal => "app-internal", Direction::Out => "" }) {
                        p class="app-said" { strong { (m.direction.label()) } " · " (m.by) " · " (when_words(m.at, visit.now)) @if m.direction == Direction::Out { " · " (m.channel.label()) ": " (m.delivery.label()) } }
                        @if !m.subject.is_empty() { p { (m.subject) } }
                        p { (m.body) }
                        @if m.direction == Direction::Out && m.channel == Channel::Letter { p { a href={ "/items/" (s.item.id) "/messages/" (m.id) "/letter.pdf" } { "Print it (PDF)" } } }
                        @if m.delivery == Delivery::Failed { p class="app-overdue" { "Not delivered: " (m.why_failed.as_deref().unwrap_or("no reason given")) } }
                    }
                }
            }
        }
    }
}

/// Reply, ask for more, note.
pub fn conversation(visit: &StaffVisit, s: &Shown, templates: Option<&Templates>) -> Markup {
    if !may(visit, Action::Converse) {
        return html! {};
    }
    let choose = templates.map(|t| {
        let empty = Select::new("template", "Begin from").option("", "An empty page");
        let own = s.own_templates.iter().fold(empty, |sel, (name, title)| sel.option(name.as_str(), title.as_str()));
        t.replies().into_iter().fold(own, |sel, (name, title)| sel.option(name, title))
    });
    html! {
        section aria-labelledby="write" class="app-noprint" {
            h2 class="nhsuk-heading-m" id="write" { "Write" }
            @if s.item.is_open() {
                details class="nhsuk-details nhsuk-expander" open[!s.reply.is_empty() || s.was_refused("reply")] {
                    summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Reply to the patient" (key("r")) } }
                    div class="nhsuk-details__text" {
                        @if let Some(choose) = choose { form method="get" action={ "/items/" (s.item.id) } class="app-actions" { (choose) (Button::new("Use").secondary().small()) } }
                        form method="post" action=(to(s, "reply")) { (hidden(visit, s)) input type="hidden" name="template" value=(s.typed("reply", "template", &s.template)); (Textarea::new("text", "Reply").id("reply-text").rows(6).value(s.typed("reply", "text", &s.reply)).error(s.why_not("reply-text")).attribute("data-key", "r")) (Button::new("Send reply").prevent_double_click()) }
                    }
                }
                details class="nhsuk-details nhsuk-expander" open[s.was_refused("ask")] {
                    summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Ask for more" (key("m")) } }
                    div class="nhsuk-details__text" { form method="post" action=(to(s, "ask")) { (hidden(visit, s)) (Textarea::new("text", "What do you need to know?").id("ask-text").rows(4).value(s.typed("ask", "text", "")).error(s.why_not("ask-text")).attribute("data-key", "m")) (Button::new("Ask the patient").prevent_double_click()) } }
                }
            }
            @if s.item.is_open() {
                details class="nhsuk-details nhsuk-expander" open[s.was_refused("call")] {
                    summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Record a call" (key("l")) } }
                    div class="nhsuk-details__text" {
                        form method="post" action=(to(s, "call")) {
                            (hidden(visit, s))
                            (Radios::new("reached", "Did you speak with them?").item("yes", "Yes").item("no", "No answer").item("later", "To be rung later").small().value(Some(s.typed("call", "reached", ""))))
                            (Textarea::new("text", "What was agreed").id("call-text").hint("Or, when nobody answered or they are to be rung later, what colleagues should know. After the third time the patient is written to.").rows(3).value(s.typed("call", "text", "")).error(s.why_not("call-text")).attribute("data-key", "l"))
                            (days_ahead(visit).value(Some(s.typed("call", "day", ""))))
                            (Input::new("at", "At what time").hint("When they are to be rung, for example 16:30").input_type("time").width_chars(5).value(s.typed("call", "at", "")))
                            (Button::new("Save the call").secondary().prevent_double_click())
                        }
                    }
                }
            }
            @if s.item.is_open() {
                (ask_more::sending(s.item.id, &hidden(visit, s), &s.choosable))
                (ask_more::send_panel(s.item.id, &hidden(visit, s)))
            }
            p class="nhsuk-body" { a href={ "/items/" (s.item.id) "/letters" } { "Letters" } " · " a href={ "/items/" (s.item.id) "/private-work" } { "Private work" } }
            details class="nhsuk-details nhsuk-expander" open[s.was_refused("note")] {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Note to colleagues" (key("n")) } }
                div class="nhsuk-details__text" { form method="post" action=(to(s, "note")) { (hidden(visit, s)) (Textarea::new("text", "Note (the patient never sees it)").id("note-text").rows(3).value(s.typed("note", "text", "")).error(s.why_not("note-text")).attribute("data-key", "n")) (Button::new("Add note").secondary().prevent_double_click()) } }
            }
        }
    }
}

/// The days on which somebody may be rung: the next two weeks.
fn days_ahead(visit: &StaffVisit) -> Select {
    let today = uk_date(visit.now);
    today.series(1.day()).take(15).fold(Select::new("day", "On which day").option("", "Choose"), |select, day| {
        let words = if day == today { "Today".to_owned() } else { day.strftime("%A %-d %B").to_string() };
        select.option(day.to_string(), words)
    })
}

/// The one next move, and the appointment if there is one.
pub fn next(visit: &StaffVisit, s: &Shown) -> Markup {
    let (next, waiting) = match &s.item.position.state {
        State::Closed { at, outcome } => {
            return html! { div class="app-item app-item--green app-next" { p { strong { "Closed: " (outcome.label()) } } p { (when_words(*at, visit.now)) } p { a href=(to(s, "summary")) { "Summary to copy" } } } };
        }
        State::Open { next, waiting } => (next, waiting),
    };
    let person = next.owner.person.and_then(|id| s.people.iter().find(|p| p.id == id)).map(|p| p.name.clone());
    html! {
        div class={ "app-item app-next app-item--" (colour_class(s.item.position.urgency)) } {
            p { "Next: " strong { (next.action.label()) } }
            p { (due(next.due, visit.now)) }
            p { @if let Some(p) = person { (p) ", " } (visit.practice.team_name(next.owner.team)) }
            @if let Some(p) = s.item.position.pathway { p { "Pathway: " (p.label()) } }
            p class="app-item__meta" { "Promised to the patient by " (when_words(s.item.promised_by, visit.now)) }
            @if let (WaitingFor::Appointment { .. }, Some(slot)) = (waiting, &s.appointment) {
                p { "Appointment " (when_words(slot.starts, visit.now)) ", " (slot.kind.mode.label()) ", " (slot.clinician_name) ", " (slot.site) }
            }
            @if may(visit, Action::Book) {
                p { a class=(if next.action == NextAction::Book { "nhsuk-button nhsuk-button--small" } else { "nhsuk-button nhsuk-button--secondary nhsuk-button--small" }) role="button" href=(to(s, "booking")) data-key="b" { @if s.appointment.is_some() { "Move or cancel the appointment" } @else { "Find a slot" } (key("b")) } }
            }
        }
    }
}

/// Why an urgency is changed, as the list offers it.
const REASONS: [&str; 10] = [
    "More urgent: signs of something serious",
    "More urgent: getting worse",
    "More urgent: this patient is at higher risk",
    "More urgent: the advice missed something that was said",
    "Less urgent: spoke to the patient",
    "Less urgent: nothing serious on reading it whole",
    "Less urgent: the advice took something wrongly",
    "New information from the patient",
    "Clinician advised",
    "Practice protocol",
];

/// Urgency and pathway; a lower urgency for a red item that waits for a second person.
pub fn decide(visit: &StaffVisit, s: &Shown) -> Markup {
    if !may(visit, Action::Triage) || !s.item.is_open() {
        return html! {};
    }
    let position = &s.item.position;
    let urgencies = Urgency::ALL.iter().fold(Select::new("urgency", html! { "Urgency" (key("u")) }).option("", "Choose"), |sel, u| {
        sel.option(u.code(), format!("{}: {}", u.colour().label(), u.label()))
    });
    let pathways =
        Pathway::ALL.iter().fold(Select::new("pathway", "Pathway").option("", "Not yet"), |sel, p| sel.option(p.code(), p.label()));
    let reasons = REASONS.iter().fold(
        Select::new(
            "reason-list",
            if position.urgency.is_some() { "Reason for a change" } else { "Reason, if you do not set what is advised" },
        )
        .option("", "Choose, or write below"),
        |sel, r| sel.option(*r, *r),
    );
    html! {
        section aria-labelledby="decide" class="app-noprint app-box" {
            h2 class="nhsuk-heading-m" id="decide" { "Triage" }
            @if let Some(p) = &position.proposal {
                (WarningCallout::new("A second person must decide", html! {
                    p { (p.by_name) " proposes to lower this red request to " strong { (p.urgency.label()) } ": " (p.reason) }
                    form method="post" action=(to(s, "lower")) class="app-actions" {
                        (hidden(visit, s))
                        (Button::new("Confirm the lower urgency").secondary().name_value("answer", "confirm"))
                        (Button::new("Keep it red").warning().name_value("answer", "keep"))
                    }
                }))
            }
            form method="post" action=(to(s, "triage")) {
                (hidden(visit, s))
                (urgencies.value(Some(s.typed("triage", "urgency", position.urgency.map_or("", Urgency::code)))).error(s.why_not("urgency")).attribute("data-key", "u"))
                (pathways.value(Some(s.typed("triage", "pathway", position.pathway.map_or("", |p| p.code())))))
                @if position.urgency.is_some() || s.advice.is_some() {
                    (reasons.value(Some(s.typed("triage", "reason-list", ""))).error(s.why_not("reason-list")))
                    (Input::new("reason", "Reason in your words").value(s.typed("triage", "reason", "")))
                }
                @if s.item.is_red() && !allowed(visit.me.staff.role, Action::LowerRed) { p class="nhsuk-hint" { "A lower urgency for a red request waits until a second person confirms it." } }
                (Button::new("Save triage").prevent_double_click())
            }
        }
    }
}

/// Who has it, and whose request it is.
pub fn who(visit: &StaffVisit, s: &Shown) -> Markup {
    let me = visit.me.staff.id;
    let mine = format!("person-{me}");
    let mut select = Select::new("to", html! { "Give to" (key("a")) }).option(mine.as_str(), "Me");
    for t in &visit.practice.teams {
        select = select.option(format!("team-{}", t.id), format!("Team: {}", t.name));
    }
    for p in s.people.iter().filter(|p| p.id != me) {
        let off = p.hours.as_ref().is_some_and(|h| h.on(portico_nhs::uk_date(visit.now)).is_none());
        let when = if off { ", not in today" } else { "" };
        select = select.option(format!("person-{}", p.id), format!("{} ({}{when})", p.name, visit.practice.team_name(p.team)));
    }
    html! {
        @if may(visit, Action::Assign) && s.item.is_open() {
            section aria-labelledby="who" class="app-noprint app-box" {
                h2 class="nhsuk-heading-m" id="who" { "Assign" }
                form method="post" action=(to(s, "assign")) class="app-actions" { (hidden(visit, s)) (select.value(Some(s.typed("assign", "to", ""))).error(s.why_not("to")).attribute("data-key", "a")) (Button::new("Assign").secondary().small()) }
            }
        }
        (whose(visit, s))
    }
}

/// Whose request it is: chosen when nobody was matched for certain, and corrected when the wrong person was.
fn whose(visit: &StaffVisit, s: &Shown) -> Markup {
    if !may(visit, Action::Triage) {
        return html! {};
    }
    let search = html! {
        form method="post" action=(to(s, "person")) class="app-search" {
            (visit.tokens())
            (SearchInput::new("person", "Find the patient by name, date of birth, NHS number, postcode or phone").value(s.person_search.as_str()))
        }
        @for c in s.candidates.iter().filter(|c| Some(c.id) != s.item.patient) {
            form method="post" action=(to(s, "match")) class="app-actions" {
                (hidden(visit, s)) input type="hidden" name="patient-id" value=(c.id);
                p class="nhsuk-body" { (c.person.name()) ", " (born(c.person.birth_date, visit.now)) @if let Some(p) = &c.person.postcode { ", " (p) } @if let Some(n) = c.person.nhs_number { ", NHS number " (n) } }
                (Button::new("It is this patient").secondary().small())
            }
        }
        @if !s.person_search.is_empty() && s.candidates.is_empty() { p class="nhsuk-body" { "Nobody found. Try the date of birth, postcode or NHS number." } }
    };
    html! {
        section aria-labelledby="match" class="app-noprint app-box" {
            h2 class="nhsuk-heading-m" id="match" { "Whose request is it?" }
            @match &s.patient {
                None => {
                    @if s.person_search.is_empty() && s.candidates.is_empty() { p class="nhsuk-body" { "Nobody has this name and date of birth." } }
                    (search)
                }
                Some(known) => {
                    p class="nhsuk-body" { (known.person.name()) ", " (born(known.person.birth_date, visit.now)) }
                    details class="nhsuk-details" open[!s.person_search.is_empty()] {
                        summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "This is the wrong patient" } }
                        div class="nhsuk-details__text" { (search) }
                    }
                }
            }
        }
    }
}

/// Closing with an outcome; what was recorded.
pub fn closing(visit: &StaffVisit, s: &Shown) -> Markup {
    let outcomes = Outcome::ALL
        .iter()
        .fold(Select::new("outcome", html! { "Outcome" (key("c")) }).option("", "Choose"), |sel, o| sel.option(o.code(), o.label()));
    let codes = CodedReason::ALL.iter().fold(Select::new("code", "Coded reason (optional)").option("", "None"), |sel, c| {
        sel.option(c.code(), format!("{} ({})", c.label(), c.code()))
    });
    html! {
        @for r in &s.records {
            div class="app-item" { p { strong { "Recorded: " (r.outcome.label()) } @if r.withdrawn { " (withdrawn)" } } p class="app-break" { (r.text) } p class="app-item__meta" { (r.by) ", " (when_words(r.at, visit.now)) } }
        }
        @if may(visit, Action::Close) && s.item.is_open() {
            details class="nhsuk-details nhsuk-expander app-noprint" open[s.was_refused("close")] {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Close" (key("c")) } }
                div class="nhsuk-details__text" {
                    form method="post" action=(to(s, "close")) {
                        (hidden(visit, s))
                        (outcomes.value(Some(s.typed("close", "outcome", ""))).error(s.why_not("outcome")).attribute("data-key", "c"))
                        (codes.value(Some(s.typed("close", "code", ""))))
                        (Textarea::new("text", "What was done").id("close-text").hint("It goes on the patient's timeline and into the summary").rows(4).value(s.typed("close", "text", "")))
                        (Button::new("Close item").prevent_double_click())
                    }
                }
            }
        }
        p class="nhsuk-body" { a href=(to(s, "summary")) { "Summary to copy, download or print" } }
    }
}

/// One line of history; its words are left out where they say no more than its name.
fn happened(visit: &StaffVisit, e: &Event) -> Markup {
    html! { li { strong { (e.verb.label()) } " · " (e.actor.name()) " · " (when_words(e.at, visit.now)) @if e.words != e.verb.label() { br; (e.words) } } }
}

/// Undo of the last change that this page shows; it is no live part, so that it never undoes what was not seen.
pub fn undo(visit: &StaffVisit, s: &Shown) -> Markup {
    let undoable = s.history.iter().any(|e| e.before.is_some());
    html! {
        @if undoable && may(visit, Action::Undo) {
            form method="post" action=(to(s, "undo")) class="app-noprint" { (hidden(visit, s)) (Button::new(html! { "Undo the last change" (key("z")) }).secondary().small().attribute("data-key", "z")) }
        }
    }
}

/// Who did what, newest first; readings stand apart.
pub fn history(visit: &StaffVisit, s: &Shown) -> Markup {
    let (readings, changes): (Vec<_>, Vec<_>) = s.history.iter().partition(|e| e.verb == Verb::Viewed);
    html! {
        section aria-labelledby="history" {
            h2 class="nhsuk-heading-m" id="history" { "History" }
            ol class="app-history" { @for e in &changes { (happened(visit, e)) } }
            details class="nhsuk-details" {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Who read it (" (readings.len()) ")" } }
                div class="nhsuk-details__text" { ol class="app-history" { @for e in &readings { (happened(visit, e)) } } }
            }
        }
    }
}
