//! Forgets what is no longer needed: form keys after a week, sessions that ran out, finished background work after a month.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use portico_nhs::OrganisationId;
use portico_store::{
    queries::{idempotency, invitation, job, kept_search, private_link, self_book, staff},
    work,
    work::Practice,
};

use super::{JobError, Jobs};

const EVERY: SignedDuration = SignedDuration::from_hours(1);
const KEYS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 7);
const SEARCHES_KEPT: SignedDuration = SignedDuration::from_hours(12);
const JOBS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// When each organisation was last tidied by this process.
static LAST: OnceLock<Mutex<HashMap<OrganisationId, Timestamp>>> = OnceLock::new();

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    let now = jobs.store.now();
    let last = LAST.get_or_init(Mutex::default);
    let before = last.lock().unwrap_or_else(PoisonError::into_inner).insert(organisation, now);
    if before.is_some_and(|b| now.duration_since(b) < EVERY) {
        last.lock().unwrap_or_else(PoisonError::into_inner).insert(organisation, before.unwrap_or(now));
        return Ok(());
    }
    jobs.store
        .write(
            organisation,
            None,
            work!(tx, [] => {
                idempotency::forget(tx.conn(), organisation, now - KEYS_KEPT).await?;
                kept_search::forget(tx.conn(), organisation, now - SEARCHES_KEPT).await?;
                private_link::forget(tx.conn(), organisation, now).await?;
                self_book::forget_passes(tx.conn(), organisation, now).await?;
                invitation::forget(tx.conn(), organisation, now).await?;
                staff::forget_expired(tx.conn(), organisation, now).await?;
                job::forget_done(tx.conn(), organisation, now - JOBS_KEPT).await?;
                Ok(())
            }),
        )
        .await?;
    if before.is_some() {
        jobs.store.analyse().await?;
    }
    Ok(())
}
