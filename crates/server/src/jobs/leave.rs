//! Hands what somebody has on their list to their team when their leave begins.

use std::sync::Arc;

use portico_store::{queries::rota, work, work::Practice};

use super::{JobError, Jobs};

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    let begun = rota::absences_begun(&mut jobs.store.reader().await?, organisation, jobs.store.now()).await?;
    if !begun.is_empty() {
        let practice = practice.clone();
        jobs.store.write(organisation, None, work!(tx, [practice] => work::hand_over_for_leave(tx, &practice).await)).await?;
    }
    Ok(())
}
