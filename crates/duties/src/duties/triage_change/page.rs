//! The item page: what the patient said, what is known, what is next, and everything that can be done.

use axum::{
    extract::{Path, Query},
    response::IntoResponse,
};
use maud::html;
use portico_domain::{
    event::Verb,
    request::Request,
    staff::Presence,
    work_item::{State, WaitingFor, WorkItem},
};
use portico_nhs::WorkItemId;
use portico_nhsuk::NotificationBanner;
use portico_store::{
    NewEvent,
    queries::{booking, event, message, patient, record, staff, work_item},
    work,
};
use portico_web::{Answer, Error, StaffVisit, layout};
use serde::Deserialize;

use super::{act, panels};

/// Everything that the page shows, loaded before any of it is drawn.
pub struct Shown {
    pub item: WorkItem,
    pub request: Request,
    pub patient: Option<patient::Patient>,
    pub candidates: Vec<patient::Patient>,
    pub earlier: Option<(WorkItem, Request)>,
    pub thread: Vec<portico_domain::message::Message>,
    pub history: Vec<event::Event>,
    pub records: Vec<portico_domain::record::RecordEntry>,
    pub people: Vec<staff::Staff>,
    pub appointment: Option<portico_domain::booking::Slot>,
    pub reply: String,
}

#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    template: String,
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
    let candidates = if patient.is_none() { patient::candidates(&mut conn, organisation, &request.person).await? } else { Vec::new() };
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
    let shown = Shown {
        thread: message::of_item(&mut conn, organisation, id).await?,
        history: event::of_item(&mut conn, organisation, id).await?,
        records: record::of_item(&mut conn, organisation, id).await?,
        people: staff::list(&mut conn, organisation).await?.into_iter().filter(|s| s.presence == Presence::AtWork).collect(),
        item,
        request,
        patient,
        candidates,
        earlier,
        appointment,
        reply: String::new(),
    };
    drop(conn);
    let reply = if asked.template.is_empty() { String::new() } else { act::filled(visit, &shown.item, &asked.template).await? };
    Ok(Shown { reply, ..shown })
}

/// Every reading of a patient's item is written into the audit log; the page's own refreshes are not readings.
async fn log_reading(visit: &StaffVisit, item: &WorkItem) -> Result<(), Error> {
    let organisation = visit.organisation();
    let event = NewEvent::plain(visit.me.actor(), Verb::Viewed, "Item read").about(item.id, item.patient);
    visit.app.store.write(organisation, None, work!(tx, [event] => Ok(tx.record(organisation, event).await?))).await?;
    Ok(())
}

/// The page.
pub async fn show(visit: StaffVisit, Path(id): Path<WorkItemId>, Query(asked): Query<Asked>) -> Answer {
    let shown = load(&visit, id, &asked).await?;
    if !visit.live {
        log_reading(&visit, &shown.item).await?;
    }
    visit.app.presence.here(visit.organisation(), id, visit.me.staff.id, &visit.me.staff.name, visit.now);
    let others = visit.app.presence.others(visit.organisation(), id, visit.me.staff.id, visit.now);
    let main = html! {
        p class="nhsuk-body app-noprint" { a href="/desk" { "Back to the desk" } }
        div id="item-others" data-live { @if !others.is_empty() { (NotificationBanner::new(html! { p { (others.join(", ")) " has this open too." } }).title("Somebody else is here")) } }
        (panels::heading(&visit, &shown))
        div class="app-columns" data-here={ "/items/" (id) "/here" } data-csrf=(visit.me.csrf) {
            div {
                (panels::said(&visit, &shown))
                (panels::repeat(&visit, &shown))
                div id="item-thread" data-live { (panels::thread(&visit, &shown)) }
                (panels::conversation(&visit, &shown, act::templates()))
            }
            div {
                div id="item-next" data-live { (panels::next(&visit, &shown)) }
                (panels::decide(&visit, &shown))
                (panels::who(&visit, &shown))
                (panels::closing(&visit, &shown))
                div id="item-history" data-live { (panels::history(&visit, &shown)) }
            }
        }
    };
    Ok(layout::staff(&visit, "Item", "/desk", main).into_response())
}
