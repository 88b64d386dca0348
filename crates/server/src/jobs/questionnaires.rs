//! Reminds patients of a questionnaire, once, and never of one that they have answered elsewhere.

use std::sync::Arc;

use jiff::SignedDuration;
use portico_store::{queries::questionnaire, work, work::Practice};

use super::{JobError, Jobs, said};

/// Reminded so long after it was sent.
const AFTER: SignedDuration = SignedDuration::from_hours(48);

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    let now = jobs.store.now();
    if !super::reminders::HOURS.contains(&now.to_zoned(portico_nhs::london()).hour()) {
        return Ok(());
    }
    for (id, item, wanted) in questionnaire::to_remind(&mut jobs.store.reader().await?, organisation, now - AFTER, now).await? {
        if !wanted {
            // Looked at once: it is in nobody's way any more.
            let write =
                jobs.store.write(organisation, None, work!(tx, [] => Ok(questionnaire::reminded(tx.conn(), organisation, id, now).await?)));
            said("a questionnaire that needs no reminder", write.await.map_err(JobError::from));
            continue;
        }
        let practice = practice.clone();
        let write = jobs.store.write(organisation, None, work!(tx, [practice] => work::remind_form(tx, &practice, item, id).await));
        said("the reminder of a questionnaire", write.await.map_err(JobError::from));
    }
    Ok(())
}
