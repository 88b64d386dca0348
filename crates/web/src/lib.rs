//! The web shell: what every page needs and no duty is named in.
//!
//! Layout, assets, sessions, forms and their tokens, declared access, errors that keep what was typed, live updates.

mod app;
mod assets;
mod error;
mod form;
mod guard;
mod health;
pub mod layout;
mod limits;
mod live;
mod routes;
mod sign_in;
mod upload;
mod visit;

pub use app::{App, AppConfig, Presence};
pub use assets::asset_path;
pub use error::Error;
pub use form::{Form, encode};
pub use routes::{Access, Route, Routes};
pub use sign_in::hash_password;
pub use upload::Upload;
pub use visit::{Me, PatientVisit, StaffVisit, StaffVisitPost};

use axum::response::{IntoResponse, Redirect, Response};

/// What a handler answers.
pub type Answer = Result<Response, Error>;

/// Sends the browser on to another page after a form was taken.
pub fn go(path: impl AsRef<str>) -> Answer {
    Ok(Redirect::to(path.as_ref()).into_response())
}

/// The shell's own routes: sign-in, live updates, assets, health.
pub fn routes() -> Routes {
    sign_in::routes().and(live::routes()).and(assets::routes()).and(health::routes())
}
