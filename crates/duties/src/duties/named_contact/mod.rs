//! D2: be reachable by telephone. Everybody who is to be rung, in the order in which it is due, with what was tried.

use axum::response::IntoResponse;
use maud::{Markup, html};
use portico_domain::{access::Action, work_item::CALLS};
use portico_nhs::when_words;
use portico_nhsuk::InsetText;
use portico_store::queries::call::{self, ToRing};
use portico_web::{Access, Answer, Routes, StaffVisit, layout};

use crate::item_words::{due, urgency_tag};

/// The call-back list.
pub fn routes() -> Routes {
    Routes::new().get("/calls", Access::Staff(Action::ReadDesk), show)
}

async fn show(visit: StaffVisit) -> Answer {
    let all = call::to_ring(&mut visit.app.store.reader().await?, visit.organisation()).await?;
    visit.log_reading("Call-back list read", None, None).await?;
    let main = html! {
        h1 class="nhsuk-heading-l" { "Calls to make" }
        p class="nhsuk-body" { "Emergencies first, then by when the call is due. After the third call without an answer the patient is written to; a red request goes to the duty desk." }
        div data-live="calls" id="calls" {
            @if all.is_empty() { (InsetText::new(html! { p { "Nobody is to be rung at the moment." } })) }
            ul class="app-list" { @for c in &all { (line(&visit, c)) } }
        }
    };
    Ok(layout::staff(&visit, "Calls", "/desk", main).into_response())
}

fn line(visit: &StaffVisit, c: &ToRing) -> Markup {
    let warned = c.rules.sentences();
    html! {
        li class="app-item app-item--row" {
            div {
                p { a class="app-item__name" href={ "/items/" (c.item) } data-row { (c.person_name) } " " span class="app-item__meta" { (c.reference) } }
                p { (urgency_tag(c.urgency)) " " (c.action.label()) }
            }
            div {
                p { @match &c.phone { Some(phone) => { a href={ "tel:" (phone.as_str()) } { (phone) } } None => { "No telephone number" } } }
                @if c.rules.at_risk || !warned.is_empty() { p class="app-overdue" { "Read before you ring: " @if c.rules.at_risk { "somebody near them must not learn of it. " } (warned.join(" ")) } }
            }
            div {
                p { (due(c.due, visit.now)) }
                p class="app-item__meta" { @match c.attempts {
                    0 => { "Not tried yet" }
                    n => { "Tried " (n) " of " (CALLS) " times" @if let Some(at) = c.last_tried { ", last " (when_words(at, visit.now)) } }
                } }
            }
        }
    }
}
