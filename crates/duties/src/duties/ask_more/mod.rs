//! A6: ask for more. The question itself is asked on the item page; photos and documents are sent, shown and removed here.

mod files;

pub(crate) use files::{for_patient, for_staff};

/// Files on a request.
pub fn routes() -> portico_web::Routes {
    files::routes()
}
