//! Before a coil or an implant: what has been done, who noted it, and what is still missing.

use axum::extract::Path;
use jiff::{SignedDuration, civil::Date};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    procedure::{Noted, Prerequisite, Procedure},
};
use portico_nhs::{WorkItemId, uk_date, when_words};
use portico_nhsuk::{Button, Checkboxes, Input};
use portico_store::work;
use portico_web::{Access, Answer, Routes, StaffVisit, StaffVisitPost, go};

pub(super) fn routes() -> Routes {
    Routes::new().post("/items/{id}/prerequisites", Access::Staff(Action::NoteFacts), note)
}

/// What was noted, with boxes to note more; on the booking page of every request, closed until something is noted.
pub(super) fn panel(visit: &StaffVisit, item: WorkItemId, noted: &[(Noted, String)]) -> Markup {
    let counts = |p: &Prerequisite| noted.iter().any(|(n, _)| n.what == *p && n.counts(visit.now));
    let dated: Vec<Noted> = noted.iter().map(|(n, _)| n.clone()).collect();
    // The last day is the one before the moment at which it ends.
    let last_day = |n: &Noted| n.until.map(|until| uk_date(until - SignedDuration::from_secs(1)));
    let until = dated.iter().filter(|n| n.counts(visit.now)).find_map(last_day).map(|day| day.to_string()).unwrap_or_default();
    let codes: Vec<&str> = Prerequisite::ALL.iter().filter(|p| counts(p)).map(|p| p.code()).collect();
    let boxes = Prerequisite::ALL.iter().fold(Checkboxes::new("met", "Done"), |b, p| b.item(p.code(), p.label()));
    html! {
        details class="nhsuk-details nhsuk-expander" open[!noted.is_empty()] {
            summary class="nhsuk-details__summary" { span class="nhsuk-details__summary-text" { "Before a coil or an implant" } }
            div class="nhsuk-details__text" {
                ul class="nhsuk-list nhsuk-list--bullet" { @for procedure in Procedure::ALL {
                    li { (procedure.label()) ": " @match procedure.missing(&dated, visit.now) { None => { strong { "may be booked" } } Some(p) => { (p.refusal()) } } }
                } }
                @for (n, by) in noted { p class="app-item__meta" {
                    (n.what.label()) @if let Some(day) = last_day(n) { " until " (day.strftime("%-d %B %Y")) } ": " (by) ", " (when_words(n.at, visit.now))
                    @if n.until.is_some_and(|u| u <= visit.now) { strong { " (it has run out)" } } @else if !n.counts(visit.now) { strong { " (more than 90 days ago: do it again)" } }
                } }
                @if allowed(visit.me.staff.role, Action::NoteFacts) {
                    form method="post" action={ "/items/" (item) "/prerequisites" } {
                        (visit.tokens())
                        (boxes.values(&codes))
                        (Input::new("until", "Last day of the prescription or direction").input_type("date").value(until))
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
    let until = post.form.read::<Date>("until");
    post.write(work!(tx, [practice, actor, done] => work::note_prerequisites(tx, &practice, &actor, id, &done, until).await)).await?;
    go(format!("/items/{id}/booking"))
}
