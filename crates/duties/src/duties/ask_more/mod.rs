//! A6: ask for more. The question itself is asked on the item page; here are photos and documents, and questionnaires.

mod files;
mod library;
mod questionnaires;
mod questions;

pub(crate) use files::{for_patient, for_staff, send_panel};
pub(crate) use questionnaires::{came, choosable, sending, totals};
pub(crate) use questions::waiting_for_patient;

/// Files and questionnaires.
pub fn routes() -> portico_web::Routes {
    files::routes().and(questionnaires::routes()).and(questions::routes())
}
