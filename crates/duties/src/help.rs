//! Help pages: one a duty, and the two that patients read.

use axum::{extract::Path, response::IntoResponse};
use maud::{PreEscaped, html};
use portico_domain::access::Action;
use portico_web::{Access, Answer, Error, PatientVisit, Routes, StaffVisit, layout};

use crate::{Duty, all};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/help", Access::Staff(Action::ReadHelp), contents)
        .get("/help/duty/{slug}", Access::Staff(Action::ReadHelp), page)
        .get("/help/accessibility", Access::Public, accessibility)
        .get("/help/privacy", Access::Public, privacy)
}

async fn contents(visit: StaffVisit) -> Answer {
    let main = html! {
        h1 class="nhsuk-heading-l" { "Help" }
        p class="nhsuk-body" { "One page for each duty. Press “?” on any page to come here." }
        ul class="nhsuk-list nhsuk-list--bullet" {
            @for d in all() { li { a href={ "/help/duty/" (d.slug) } { (d.title) } " – " (d.line) } }
        }
        h2 class="nhsuk-heading-m" { "Keys" }
        ul class="nhsuk-list nhsuk-list--bullet" {
            li { "j and k: next and previous item of the desk; Enter opens it" }
            li { "/ : search" }
            li { "On an item, the letter beside each button goes to it" }
        }
        // Speech and some assistive tools type letters; everybody may turn these off in their own browser.
        button type="button" class="nhsuk-button nhsuk-button--secondary" data-keys hidden { "Turn single-letter keys off" }
    };
    Ok(layout::staff(&visit, "Help", "/help", main).into_response())
}

async fn page(visit: StaffVisit, Path(slug): Path<String>) -> Answer {
    let duty: &Duty = all().iter().find(|d| d.slug == slug).ok_or(Error::NotFound)?;
    let mut body = String::new();
    pulldown_cmark::html::push_html(&mut body, pulldown_cmark::Parser::new(duty.help));
    let main = html! {
        div class="nhsuk-grid-row" { div class="nhsuk-grid-column-two-thirds" {
            p class="nhsuk-body" { a href="/help" { "All help pages" } }
            h1 class="nhsuk-heading-l" { (duty.title) }
            p class="nhsuk-lede-text" { (duty.line) }
            (PreEscaped(body))
        } }
    };
    Ok(layout::staff(&visit, &duty.title, "/help", main).into_response())
}

async fn accessibility(visit: PatientVisit) -> Answer {
    let o = &visit.practice.organisation;
    let main = html! {
        h1 class="nhsuk-heading-l" { "Accessibility" }
        p class="nhsuk-body" { "This site is built to meet WCAG 2.2 AA. It works without JavaScript, by keyboard, with screen readers, at 320 pixels, in dark and high-contrast colours." }
        p class="nhsuk-body" { "If any page does not work for you, or you need large print, an interpreter or British Sign Language, tell us in your request or ring " (o.name) " on " (o.phone) "." }
    };
    Ok(layout::patient(&visit, "Accessibility", Some("/"), main).into_response())
}

async fn privacy(visit: PatientVisit) -> Answer {
    let o = &visit.practice.organisation;
    let main = html! {
        h1 class="nhsuk-heading-l" { "Your information" }
        p class="nhsuk-body" { "What you send goes to " (o.name) " and nobody else. The staff who help you read it, every reading is recorded, and what was done is written in your record." }
        p class="nhsuk-body" { "This site keeps one cookie while you fill in a form, so that nothing you type is lost. It has no tracking, no advertising and no scripts of others." }
        p class="nhsuk-body" { "Your private link shows your request to anyone who has it. Do not pass it on." }
    };
    Ok(layout::patient(&visit, "Your information", Some("/"), main).into_response())
}
