//! C3 and A2, A5, A6, A9, A14: the item page, where a person decides.

mod act;
mod page;
mod panels;
mod reading;

use portico_domain::access::Action;
use portico_web::{Access, Routes};

/// The item page and everything that can be done on it.
pub fn routes() -> Routes {
    Routes::new()
        .get("/items/{id}", Access::Staff(Action::ReadDesk), page::show)
        .post("/items/{id}/here", Access::Staff(Action::ReadDesk), act::here)
        .post("/items/{id}/assign", Access::Staff(Action::Assign), act::assign)
        .post("/items/{id}/triage", Access::Staff(Action::Triage), act::triage)
        .post("/items/{id}/lower", Access::Staff(Action::Triage), act::lower)
        .post("/items/{id}/ask", Access::Staff(Action::Converse), act::ask)
        .post("/items/{id}/reply", Access::Staff(Action::Converse), act::reply)
        .post("/items/{id}/call", Access::Staff(Action::Converse), act::call)
        .post("/items/{id}/note", Access::Staff(Action::Converse), act::note)
        .post("/items/{id}/earlier", Access::Staff(Action::Converse), act::earlier)
        .post("/items/{id}/person", Access::Staff(Action::Triage), act::find_patient)
        .post("/items/{id}/match", Access::Staff(Action::Triage), act::match_patient)
        .post("/items/{id}/safety", Access::Staff(Action::Converse), act::safety)
        .post("/items/{id}/close", Access::Staff(Action::Close), act::close)
        .post("/items/{id}/undo", Access::Staff(Action::Undo), act::undo)
}
