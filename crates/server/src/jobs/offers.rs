//! Offers slots that have become free, and asks the next when nobody answers.

use std::sync::Arc;

use portico_domain::offer::{AT_LEAST, is_hour};
use portico_store::{queries::offer, work, work::Practice};

use super::{JobError, Jobs, said};

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    let now = jobs.store.now();
    let mut conn = jobs.store.reader().await?;
    if offer::any_expired(&mut conn, organisation, now).await? {
        jobs.store.write(organisation, None, work!(tx, [] => Ok(offer::expire(tx.conn(), organisation, now).await?))).await?;
    }
    let rules = offer::rules(&mut conn, organisation).await?;
    if !rules.on || !is_hour(now) {
        return Ok(());
    }
    let freed = offer::freed(&mut conn, organisation, now + AT_LEAST, now).await?;
    drop(conn);
    for slot in freed {
        let (practice, rules) = (practice.clone(), rules.clone());
        let write =
            jobs.store.write(organisation, None, work!(tx, [practice, rules] => work::offer_slot(tx, &practice, slot, &rules).await));
        said("a freed slot", write.await.map_err(JobError::from));
    }
    Ok(())
}
