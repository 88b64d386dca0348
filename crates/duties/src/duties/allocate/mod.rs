//! A2: the desk, where every item is seen, allocated and never lost.

mod desk;
mod views;

use portico_domain::access::Action;
use portico_web::{Access, Routes};

/// The desk and its saved views.
pub fn routes() -> Routes {
    Routes::new()
        .get("/desk", Access::Staff(Action::ReadDesk), desk::show)
        .post("/desk/views", Access::Staff(Action::ReadDesk), views::save)
        .post("/desk/views/remove", Access::Staff(Action::ReadDesk), views::remove)
}
