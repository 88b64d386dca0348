//! A1: requests come in, from patients online and by reception.

pub mod emergency;
mod form_pages;
mod front_desk;
mod patient_form;
mod safety;

use portico_domain::access::Action;
use portico_web::{Access, Routes};

/// The patient's form and the front desk's screen.
pub fn routes() -> Routes {
    Routes::new()
        .get("/", Access::Public, patient_form::start)
        .get("/ask", Access::Public, patient_form::begin)
        .get("/ask/{page}", Access::Public, patient_form::show)
        .post("/ask/{page}", Access::Public, patient_form::take)
        .get("/front-desk", Access::Staff(Action::EnterRequest), front_desk::show)
        .post("/front-desk/search", Access::Staff(Action::EnterRequest), front_desk::search_patients)
        .post("/front-desk", Access::Staff(Action::EnterRequest), front_desk::take)
}
