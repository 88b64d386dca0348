//! A2: the desk, where every item is seen, allocated and never lost.

mod desk;
mod practice;
mod views;

use portico_domain::access::Action;
use portico_web::{Access, Routes};

/// The desk and its saved views, and who takes what.
pub fn routes() -> Routes {
    Routes::new()
        .get("/desk", Access::Staff(Action::ReadDesk), desk::show)
        .post("/desk", Access::Staff(Action::ReadDesk), desk::narrow)
        .post("/desk/views", Access::Staff(Action::ReadDesk), views::save)
        .post("/desk/views/remove", Access::Staff(Action::ReadDesk), views::remove)
        .get("/practice", Access::Staff(Action::ReadDuty), practice::show)
        .post("/practice", Access::Staff(Action::ManageDetails), practice::set)
        .post("/practice/{id}/withdraw", Access::Staff(Action::ManageDetails), practice::withdraw)
        .post("/practice/teams", Access::Staff(Action::ManageDetails), practice::add_team)
}
