//! Makes the sessions of the rota's templates eight weeks ahead, a day at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use jiff::civil::Date;
use portico_nhs::OrganisationId;
use portico_store::{work, work::Practice};

use super::{JobError, Jobs};

/// Up to which day this process has made each organisation's.
static MADE: OnceLock<Mutex<HashMap<OrganisationId, Date>>> = OnceLock::new();

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    let until = work::horizon(jobs.store.now());
    let made = || MADE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if made().get(&organisation).is_some_and(|day| *day == until) {
        return Ok(());
    }
    jobs.store.write(organisation, None, work!(tx, [] => work::make_ahead(tx, organisation).await)).await?;
    made().insert(organisation, until);
    Ok(())
}
