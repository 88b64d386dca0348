//! Slots that have become free: to whom they were offered, and how the practice offers them.

use axum::{extract::Path, response::IntoResponse};
use maud::{Markup, html};
use portico_domain::{
    access::{Action, allowed},
    offer::OfferRules,
};
use portico_nhs::{SlotId, when_words};
use portico_nhsuk::{Button, Input, InsetText, Radios, Table};
use portico_store::{
    queries::offer::{self, Offered},
    work,
};
use portico_web::{Access, Answer, Error, Routes, StaffVisit, StaffVisitPost, go, layout};

use crate::item_words::urgency_tag;

pub(super) fn routes() -> Routes {
    let book = Access::Staff(Action::Book);
    Routes::new().get("/offers", book, show).post("/offers/{slot}/take-back", book, take_back).post(
        "/offers/rules",
        Access::Staff(Action::ManageRota),
        set,
    )
}

async fn show(visit: StaffVisit) -> Answer {
    let mut conn = visit.app.store.reader().await?;
    let (rules, latest) = (offer::rules(&mut conn, visit.organisation()).await?, offer::latest(&mut conn, visit.organisation()).await?);
    drop(conn);
    visit.log_reading("Freed slots read", None, None).await?;
    let main = html! {
        p class="nhsuk-body app-noprint" { a href="/day" { "Appointments" } " · " a href="/allocate" { "Give out free slots" } }
        h1 class="nhsuk-heading-l" { "Slots that have become free" }
        p class="nhsuk-body" { "When somebody gives an appointment up, it is offered to those who wait: the most urgent first, then who has waited longest. Patients with an appointment can say that they want an earlier one. Whoever cannot wait comes first: take the slot back and book it." }
        @if !rules.on { (InsetText::new(html! { p { "Nothing is offered at the moment: freed slots go back to the free ones." } })) }
        div data-live="offers" id="offers" { (table(&visit, &latest)) }
        @if allowed(visit.me.staff.role, Action::ManageRota) { (rules_form(&visit, &rules)) }
    };
    Ok(layout::staff(&visit, "Freed slots", "/day", main).into_response())
}

fn table(visit: &StaffVisit, latest: &[Offered]) -> Markup {
    if latest.is_empty() {
        return html! { p class="nhsuk-body" { "Nothing has been offered yet." } };
    }
    let mut table =
        Table::new("The latest offers").responsive().head(["Slot", "Offered to", "Offered", "What became of it"]).first_cell_is_header();
    for o in latest {
        let until = if o.state == offer::OfferState::Open {
            format!("{} until {}", o.state.label(), when_words(o.when.1, visit.now))
        } else {
            o.state.label().to_owned()
        };
        table = table.row([
            html! { (when_words(o.what.0, visit.now)) ", " (o.what.1) },
            html! { a href={ "/items/" (o.item) } { (o.who.0) } " " (urgency_tag(o.urgency)) },
            html! { (when_words(o.when.0, visit.now)) },
            html! {
                (until)
                @if o.state == offer::OfferState::Open {
                    form method="post" action={ "/offers/" (o.slot) "/take-back" } class="app-noprint" { (visit.tokens()) (Button::new(html! { "Take it back" span class="nhsuk-u-visually-hidden" { " from " (o.who.0) } }).secondary().small().prevent_double_click()) }
                }
            },
        ]);
    }
    html! { (table) }
}

fn rules_form(visit: &StaffVisit, rules: &OfferRules) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "How they are offered" }
        form method="post" action="/offers/rules" {
            (visit.tokens())
            (Radios::new("on", "Offer freed slots").item("yes", "Yes").item("no", "No").inline().value(Some(if rules.on { "yes" } else { "no" })))
            (Input::new("at-once", "To how many at once").hint("One at a time keeps the slot for them while the offer stands. With more, whoever is first gets it.").inputmode("numeric").width_chars(2).value(rules.at_once.to_string()))
            (Input::new("minutes", "For how many minutes").inputmode("numeric").width_chars(4).value(rules.minutes.to_string()))
            (Button::new("Save").secondary().prevent_double_click())
        }
    }
}

async fn take_back(post: StaffVisitPost, Path(slot): Path<SlotId>) -> Answer {
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    post.write(work!(tx, [practice, actor] => work::take_back_offer(tx, &practice, &actor, slot).await)).await?;
    go("/offers")
}

async fn set(post: StaffVisitPost) -> Answer {
    let number = |name: &str| post.form.read::<u16>(name).ok_or_else(|| Error::Refused("Enter a whole number.".into()));
    let at_once = u8::try_from(number("at-once")?).unwrap_or(u8::MAX);
    let rules = OfferRules { on: post.form.get("on") == "yes", at_once, minutes: number("minutes")? };
    let (practice, actor) = (post.visit.practice.clone(), post.visit.me.actor());
    post.write(work!(tx, [practice, actor, rules] => work::set_offer_rules(tx, &practice, &actor, &rules).await)).await?;
    go("/offers")
}
