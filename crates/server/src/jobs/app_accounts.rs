//! Who has the NHS App: NHS Notify renews its list once a day, and it is read once a day.

use std::sync::Arc;

use jiff::SignedDuration;
use portico_store::{work, work::Practice};

use super::{Fetched, JobError, Jobs};

const WHAT: &str = "app accounts";
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
const AN_HOUR: SignedDuration = SignedDuration::from_hours(1);

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<Fetched, JobError> {
    let (organisation, now) = (practice.organisation.id, jobs.store.now());
    let Some(service) = jobs.post.nhs_notify().filter(|_| jobs.post.is_time(organisation, WHAT, now)) else { return Ok(Fetched::NotDue) };
    // When it cannot be read, what was noted stands, and it is tried again in an hour.
    jobs.post.fetch_next(organisation, WHAT, now + AN_HOUR);
    let accounts = service.app_accounts(practice.organisation.ods_code.as_str(), now).await;
    let accounts = accounts.map_err(|error| JobError::Later { why: error.to_string(), after_seconds: None })?;
    let practice = practice.clone();
    let accounts = Arc::new(accounts);
    jobs.store
        .write(organisation, None, work!(tx, [practice, accounts] => work::note_app_accounts(tx, &practice, &accounts).await))
        .await?;
    jobs.post.fetch_next(organisation, WHAT, now + A_DAY);
    Ok(Fetched::Now)
}
