//! Before a coil or an implant: what has been done, who noted it, and what is still missing.

use axum::extract::Path;
use jiff::Timestamp;
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    procedure::{Prerequisite, Procedure},
};
use portico_nhs::{WorkItemId, when_words};
use portico_nhsuk::{Button, Checkboxes};
use portico_store::{queries::prerequisite::Noted, work};
use portico_web::{Access, Answer, Routes, StaffVisit, StaffVisitPost, go};

pub(super) fn routes() -> Routes {
    Routes::new().post("/items/{id}/prerequisites", Access::Staff(Action::NoteFacts), note)
}

/// What was noted, with boxes to note more; on the booking page of every request, closed until something is noted.
pub(super) fn panel(visit: &StaffVisit, item: WorkItemId, noted: &[Noted]) -> Markup {
    let counts = |p: &Prerequisite| noted.iter().any(|(n, at, _)| n == p && Prerequisite::still_counts(*at, visit.now));
    let dated: Vec<(Prerequisite, Timestamp)> = noted.iter().map(|(p, at, _)| (*p, *at)).collect();
    let codes: Vec<&str> = Prerequisite::ALL.iter().filter(|p| counts(p)).map(|p| p.code()).collect();
    let boxes = Prerequisite::ALL.iter().fold(Checkboxes::new("met", "Done"), |b, p| b.item(p.code(), p.label()));
    html! {
        details class="nhsuk-details nhsuk-expander" open[!noted.is_empty()] {
            summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Before a coil or an implant" } }
            div class="nhsuk-details__text" {
                ul class="nhsuk-list nhsuk-list--bullet" { @for procedure in Procedure::ALL {
                    li { (procedure.label()) ": " @match procedure.missing(&dated, visit.now) { None => { strong { "may be booked" } } Some(p) => { (p.refusal()) } } }
                } }
                @for (p, at, by) in noted { p class="app-item__meta" { (p.label()) ": " (by) ", " (when_words(*at, visit.now)) @if !Prerequisite::still_counts(*at, visit.now) { strong { " (more than 90 days ago: do it again)" } } } }
                @if allowed(visit.me.staff.role, Action::NoteFacts) {
                    form method="post" action={ "/items/" (item) "/prerequisites" } {
                        (visit.tokens())
                        (boxes.values(&codes))
                        (Button::new("Save").secondary().prevent_double_click())
                    }
                }
            }
        }
    }
}

async fn note(post: StaffVisitPost, Path(id): Path<WorkItemId>) -> Answer {
    let done: Vec<Prerequisite> = post.form.all("met").iter().filter_map(|p| p.parse().ok()).collect();
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    post.write(work!(tx, [practice, actor, done] => work::note_prerequisites(tx, &practice, &actor, id, &done).await)).await?;
    go(format!("/items/{id}/booking"))
}
