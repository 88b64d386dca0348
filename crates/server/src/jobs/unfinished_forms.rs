//! Forms that were left half way become work when there is a way to reach the person.

use std::sync::Arc;

use jiff::SignedDuration;
use portico_store::{queries::draft, work, work::Practice};

use super::{JobError, Jobs};

/// How long a form rests before it counts as left.
const LEFT_AFTER: SignedDuration = SignedDuration::from_mins(30);

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    let before = jobs.store.now() - LEFT_AFTER;
    let left = draft::idle(&mut jobs.store.reader().await?, organisation, before).await?;
    for form in left {
        let (practice, id) = (practice.clone(), form.id);
        jobs.store
            .write(organisation, None, work!(tx, [practice, form] => {
                // The person may have come back, or another process may have taken it up, since it was read.
                if draft::still_idle(tx.conn(), organisation, form.id, before).await? { work::abandon(tx, &practice, &form).await } else { Ok(false) }
            }))
            .await
            .unwrap_or_else(|error| {
                tracing::error!(%error, form = %id, "an unfinished form could not be taken up");
                false
            });
    }
    Ok(())
}
