//! The item page: what the patient said, what is known, what is next, and everything that can be done.

use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::IntoResponse,
};
use maud::{Markup, html};
use portico_domain::{
    advice::Mode,
    contact::ContactRules,
    request::Request,
    staff::Presence,
    work_item::{State, WaitingFor, WorkItem},
};
use portico_nhs::WorkItemId;
use portico_nhsuk::{ErrorSummary, NotificationBanner};
use portico_store::queries::{
    advice::{self, Kept},
    attachment, booking, event, message, patient, questionnaire, record, rota, search,
    staff::{self, Staff},
    work_item,
};
use portico_web::{Answer, Error, Form, StaffVisit, layout};
use serde::Deserialize;

use crate::{
    Templates,
    duties::{ask_more, clear_answers, update_record::contact},
};

use super::{act, panels, reading};

/// Everything that the page shows, loaded before any of it is drawn.
pub struct Shown {
    pub item: WorkItem,
    pub request: Request,
    pub patient: Option<patient::Patient>,
    /// How they may be reached.
    pub reached: ContactRules,
    pub candidates: Vec<patient::Patient>,
    /// The advice that was kept for it, when advice is shown.
    pub advice: Option<Kept>,
    /// What was typed to find them; empty when nothing was.
    pub person_search: String,
    pub earlier: Option<(WorkItem, Request)>,
    pub thread: Vec<portico_domain::message::Message>,
    pub files: Vec<attachment::Attachment>,
    pub questionnaires: Vec<questionnaire::Sent>,
    /// The questionnaires that may be sent: what forms call them, and their titles.
    pub choosable: Vec<(String, String)>,
    pub history: Vec<event::Event>,
    pub records: Vec<portico_domain::record::RecordEntry>,
    pub people: Vec<staff::Staff>,
    pub appointment: Option<portico_domain::booking::Slot>,
    pub reply: String,
    pub template: String,
    /// The practice's own templates that a reply may begin from, by name and title.
    pub own_templates: Vec<(String, String)>,
    pub tried: Option<Tried>,
}

/// What was tried and refused: which form of the page, what was typed in it, and why not.
pub struct Tried {
    pub what: &'static str,
    pub form: Form,
    pub why: String,
}

impl Shown {
    fn tried(&self, what: &str) -> Option<&Tried> {
        self.tried.as_ref().filter(|t| t.what == what)
    }

    /// Whether a form of the page has just been refused.
    pub fn was_refused(&self, what: &str) -> bool {
        self.tried(what).is_some()
    }

    /// What was typed in a field of a form that was refused, else what is known.
    pub fn typed<'a>(&'a self, what: &str, field: &str, known: &'a str) -> &'a str {
        self.tried(what).map_or(known, |t| t.form.get(field))
    }

    /// Why a form was refused, for the control of this id when that is where it is put right.
    pub fn why_not(&self, id: &str) -> Option<&str> {
        self.tried.as_ref().filter(|t| self.control(t) == id).map(|t| t.why.as_str())
    }

    /// The id of the control where a refusal is put right.
    fn control(&self, tried: &Tried) -> &'static str {
        let no_reason =
            self.item.position.urgency.is_some() && tried.form.get("reason-list").is_empty() && tried.form.get("reason").is_empty();
        match tried.what {
            "triage" if no_reason && !tried.form.get("urgency").is_empty() => "reason-list",
            "triage" => "urgency",
            "assign" => "to",
            "ask" => "ask-text",
            "reply" => "reply-text",
            "note" => "note-text",
            "call" => "call-text",
            "close" => "outcome",
            "lower" => "decide",
            "safety" => "advice",
            _ => "history",
        }
    }
}

#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    template: String,
    /// A search for whose request it is.
    #[serde(default)]
    person: String,
    /// The id under which it is kept.
    #[serde(default)]
    found: String,
}

async fn load(visit: &StaffVisit, id: WorkItemId, asked: &Asked) -> Result<Shown, Error> {
    let organisation = visit.organisation();
    let mut conn = visit.app.store.reader().await?;
    let item = work_item::load(&mut conn, organisation, id).await?.ok_or(Error::NotFound)?;
    let request = work_item::request(&mut conn, organisation, id).await?.unwrap_or_default();
    let patient = match item.patient {
        Some(p) => patient::load(&mut conn, organisation, p).await?,
        None => None,
    };
    let reached = patient::contact_rules(&mut conn, organisation, item.patient).await?;
    let mut candidates = Vec::new();
    if !asked.person.trim().is_empty() {
        for found in search::patients(&mut conn, organisation, &asked.person).await?.into_iter().take(10) {
            candidates.extend(patient::load(&mut conn, organisation, found).await?);
        }
    } else if patient.is_none() {
        candidates = patient::candidates(&mut conn, organisation, &request.person).await?;
    }
    let earlier = match item.earlier {
        Some(e) => match work_item::load(&mut conn, organisation, e).await? {
            Some(earlier) => Some((earlier, work_item::request(&mut conn, organisation, e).await?.unwrap_or_default())),
            None => None,
        },
        None => None,
    };
    let appointment = match item.position.state {
        State::Open { waiting: WaitingFor::Appointment { booking, .. }, .. } => booking::slot_of(&mut conn, organisation, booking).await?,
        _ => None,
    };
    let shows_advice = visit.practice.advice_mode(visit.now).0 == Mode::Advice;
    let kept = if shows_advice { advice::of_item(&mut conn, organisation, id).await?.filter(|k| k.mode == Mode::Advice) } else { None };
    let on_leave = rota::on_leave(&mut conn, organisation, visit.now).await?;
    let may_own = |s: &Staff| s.presence == Presence::AtWork && (s.id == visit.me.staff.id || !on_leave.contains(&s.id));
    let people = staff::list(&mut conn, organisation).await?.into_iter().filter(may_own).collect();
    let shown = Shown {
        advice: kept,
        thread: message::of_item(&mut conn, organisation, id).await?,
        files: attachment::of_item(&mut conn, organisation, id).await?,
        questionnaires: questionnaire::of_item(&mut conn, organisation, id).await?,
        choosable: Vec::new(),
        own_templates: Vec::new(),
        history: event::of_item(&mut conn, organisation, id).await?,
        records: record::of_item(&mut conn, organisation, id).await?,
        people,
        item,
        request,
        patient,
        reached,
        candidates,
        person_search: asked.person.clone(),
        earlier,
        appointment,
        reply: String::new(),
        template: asked.template.clone(),
        tried: None,
    };
    drop(conn);
    let choosable = ask_more::choosable(visit).await?;
    let reply = if asked.template.is_empty() { String::new() } else { act::filled(visit, &shown.item, &asked.template).await? };
    let own_templates = clear_answers::choosable(visit).await?;
    Ok(Shown { reply, choosable, own_templates, ..shown })
}

/// The page.
pub async fn show(visit: StaffVisit, Path(id): Path<WorkItemId>, Query(mut asked): Query<Asked>) -> Answer {
    if !asked.found.is_empty() {
        asked.person = visit.searched(&asked.found).await?;
    }
    let shown = load(&visit, id, &asked).await?;
    visit.log_reading("Item read", Some(id), shown.item.patient).await?;
    Ok(draw(&visit, &shown).into_response())
}

/// The page after something was refused: why, and everything that was typed.
pub async fn refused(visit: &StaffVisit, id: WorkItemId, tried: Tried) -> Answer {
    let shown = Shown { tried: Some(tried), ..load(visit, id, &Asked::default()).await? };
    visit.log_reading("Item read", Some(id), shown.item.patient).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(visit, &shown)).into_response())
}

fn draw(visit: &StaffVisit, s: &Shown) -> Markup {
    let id = s.item.id;
    let here = format!("/items/{id}");
    visit.app.presence.here(visit.organisation(), id, visit.me.staff.id, &visit.me.staff.name, visit.now);
    let others = visit.app.presence.others(visit.organisation(), id, visit.me.staff.id, visit.now);
    let main = html! {
        p class="nhsuk-body app-noprint" { a href="/desk" { "Back to the desk" } }
        @if let Some(tried) = &s.tried { (ErrorSummary::new().title("That was not done").error(format!("#{}", s.control(tried)), tried.why.as_str())) }
        div id="item-others" data-live=(here) { @if !others.is_empty() { (NotificationBanner::new(html! { p { (others.join(", ")) " has this open too." } }).title("Somebody else is here")) } }
        (panels::heading(visit, s))
        (contact::warning(&s.reached))
        div class="app-columns" data-here={ (here) "/here" } data-csrf=(visit.me.csrf) {
            div {
                (panels::said(visit, s))
                (reading::panel(visit, s))
                (panels::repeat(visit, s))
                (ask_more::came(visit, id, &s.questionnaires))
                (ask_more::for_staff(visit, id, &panels::hidden(visit, s), &s.files))
                div id="item-thread" data-live=(here) { (panels::thread(visit, s)) }
                (panels::conversation(visit, s, Templates::get()))
            }
            div {
                div id="item-next" data-live=(here) { (panels::next(visit, s)) }
                (panels::decide(visit, s))
                (panels::who(visit, s))
                (panels::closing(visit, s))
                (panels::undo(visit, s))
                div id="item-history" data-live=(here) { (panels::history(visit, s)) }
            }
        }
    };
    layout::staff(visit, if s.tried.is_some() { "Error: Item" } else { "Item" }, "/desk", main)
}
