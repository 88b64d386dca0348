//! Items whose patient has not answered in time come back to the practice.

use std::sync::Arc;

use portico_domain::{staff::Actor, work_item::Command};
use portico_store::{Failure, queries::work_item, work, work::Practice};

use super::{JobError, Jobs, said};

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    let late = work_item::overdue_patients(&mut jobs.store.reader().await?, organisation, jobs.store.now()).await?;
    for id in late {
        let practice = practice.clone();
        let what = work::Act::new(Actor::System { job: "Answers that did not come".into() }, id, None, Command::NoReply);
        match jobs.store.write(organisation, None, work!(tx, [practice, what] => work::act(tx, &practice, &what).await)).await {
            // Somebody was quicker: the patient answered, or staff acted.
            Ok(_) | Err(Failure::Refused(_) | Failure::Stale) => {}
            Err(error) => said("an answer that did not come", Err(JobError::from(error))),
        }
    }
    Ok(())
}
