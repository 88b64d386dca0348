//! Overbooking: one more slot in a session that is full, with a reason that everybody can read.

use axum::{extract::Path, response::IntoResponse};
use jiff::{SignedDuration, civil::Time};
use maud::{Markup, html};
use portico_domain::{access::Action, rota::moment, work_item::WorkItem};
use portico_nhs::{SlotId, WorkItemId, uk_date, uk_date_long, uk_time};
use portico_nhsuk::{Button, Input, Select};
use portico_store::{
    queries::booking::{self, FullSession},
    work,
};
use portico_web::{Access, Answer, Error, Routes, StaffVisit, StaffVisitPost, go};

pub(super) fn routes() -> Routes {
    Routes::new().post("/items/{id}/booking/overbook", Access::Staff(Action::Book), overbook)
}

/// How far ahead sessions may be overbooked.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 14);

/// The sessions of the item's pathway in which one more could be seen.
pub(super) async fn sessions(visit: &StaffVisit, item: &WorkItem) -> Result<Vec<FullSession>, Error> {
    let mut conn = visit.app.store.reader().await?;
    let need = booking::need_of(&mut conn, visit.organisation(), item.id).await?;
    Ok(booking::sessions_of(&mut conn, visit.organisation(), &need.pathways(), (visit.now, visit.now + AHEAD)).await?)
}

pub(super) fn panel(item: &WorkItem, hidden: &Markup, sessions: &[FullSession]) -> Markup {
    let choose = sessions.iter().fold(Select::new("like", "Session").option("", "Choose"), |s, x| {
        s.option(
            x.like.to_string(),
            format!("{}, {} to {}, {}", uk_date_long(uk_date(x.from)), uk_time(x.from), uk_time(x.to), x.clinician_name),
        )
    });
    html! {
        @if !sessions.is_empty() {
            details class="nhsuk-details nhsuk-expander" {
                summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Overbook a session" } }
                div class="nhsuk-details__text" {
                    p class="nhsuk-body" { "One more is seen in a session, as long as the others are. Ask the clinician first." }
                    form method="post" action={ "/items/" (item.id) "/booking/overbook" } {
                        (hidden)
                        (choose)
                        (Input::new("at", "At what time").hint("For example 11:30. It may be at the same time as another, or at the end.").input_type("time").width_chars(5))
                        (Input::new("reason", "Why (the clinician reads this on the day list)"))
                        (Button::new("Overbook").warning().prevent_double_click())
                    }
                }
            }
        }
    }
}

async fn overbook(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let done = overbooks(&post, id).await;
    Ok(super::told(&post, id, done).await?.into_response())
}

async fn overbooks(post: &StaffVisitPost, id: WorkItemId) -> Answer {
    let like: SlotId = post.form.read("like").ok_or_else(|| Error::Refused("Choose a session.".into()))?;
    let at: Time = post.form.read("at").ok_or_else(|| Error::Refused("Enter a time, like 11:30.".into()))?;
    let slot = booking::slot(&mut post.visit.app.store.reader().await?, post.visit.organisation(), like).await?.ok_or(Error::NotFound)?;
    let starts = moment(uk_date(slot.starts), at).ok_or_else(|| Error::Refused("There is no such time on that day.".into()))?;
    let version: i64 = post.version()?;
    let (practice, actor, reason) = (post.visit.practice.clone(), post.visit.me.actor(), post.form.get("reason").to_owned());
    post.write(work!(tx, [practice, actor, reason] => {
        work::overbook(tx, &practice, (&actor, version), id, &work::Extra { like, starts, reason: reason.clone() }).await
    }))
    .await?;
    go(format!("/items/{id}"))
}
