//! The one press by which somebody who cannot come gives an appointment up, from the link in a reminder.

use axum::{extract::Path, response::IntoResponse};
use maud::{Markup, html};
use portico_nhs::{BookingId, WorkItemId};
use portico_nhsuk::{Button, InsetText, SummaryList};
use portico_store::{
    queries::{booking, private_link, work_item},
    work,
};
use portico_web::{Access, Answer, Error, PatientVisit, Routes, layout};

use super::self_book::{cancelled, narrow};

/// The page of a reminder's link.
pub fn routes() -> Routes {
    Routes::new().get("/r/{link}/not-coming", Access::Public, ask).post("/r/{link}/not-coming", Access::Public, give_up)
}

async fn item_of(visit: &PatientVisit, link: &str) -> Result<WorkItemId, Error> {
    let organisation = visit.practice.organisation.id;
    private_link::item(&mut visit.app.store.reader().await?, organisation, link, visit.now).await?.ok_or(Error::NotFound)
}

/// What is cancelled, and the one button; opening the page cancels nothing, for programs open links too.
async fn ask(visit: PatientVisit, Path(link): Path<String>) -> Answer {
    Ok(page(&visit, &link).await?.into_response())
}

async fn page(visit: &PatientVisit, link: &str) -> Result<Markup, Error> {
    let (organisation, id) = (visit.practice.organisation.id, item_of(visit, link).await?);
    let mut conn = visit.app.store.reader().await?;
    let item = work_item::load(&mut conn, organisation, id).await?.ok_or(Error::NotFound)?;
    let standing = work::standing(&mut conn, organisation, &item, visit.now).await?;
    let slot = match standing {
        Some((of, _)) => booking::slot_of(&mut conn, organisation, of).await?.map(|slot| (of, slot)),
        None => None,
    };
    drop(conn);
    let why_not = work::may_choose(&item, standing.map(|(_, starts)| starts), false, visit.now).err();
    let main = html! {
        @match (slot, why_not) {
            (Some((of, slot)), None) => {
                h1 class="nhsuk-heading-l" { "Can you not come?" }
                (SummaryList::new().row("When", work::told_words(&slot, visit.now)).row("With", slot.clinician_name.as_str()).row("Where", work::place_of(&slot)))
                form method="post" action={ "/r/" (link) "/not-coming" } { (visit.key()) input type="hidden" name="booking" value=(of); (Button::new("Cancel this appointment").warning().prevent_double_click()) }
                p class="nhsuk-body" { "Somebody else can have it then. We look for another one for you." }
                p class="nhsuk-body" { a href={ "/r/" (link) "/book" } { "Choose another time instead" } " or " a href={ "/r/" (link) } { "keep it" } "." }
            }
            (Some(_), Some(why)) => {
                h1 class="nhsuk-heading-l" { "Can you not come?" }
                (InsetText::new(html! { p { (why) } p { "Our number is " (visit.practice.organisation.phone) "." } }))
            }
            (None, _) => {
                h1 class="nhsuk-heading-l" { "There is no appointment to cancel" }
                p class="nhsuk-body" { "It was cancelled or is over. " a href={ "/r/" (link) } { "See your request" } "." }
            }
        }
    };
    Ok(layout::patient(visit, "Cancel your appointment", Some(&format!("/r/{link}")), narrow(main)))
}

async fn give_up(visit: PatientVisit, Path(link): Path<String>) -> Answer {
    visit.limit()?;
    let (practice, item) = (visit.practice.clone(), item_of(&visit, &link).await?);
    // The one that they saw, and no other that stands now.
    let seen: BookingId = visit.form.read("booking").ok_or(Error::Stale)?;
    visit.write(portico_store::work!(tx, [practice] => work::give_up(tx, &practice, item, Some(seen)).await)).await?;
    Ok(cancelled(&visit).into_response())
}
