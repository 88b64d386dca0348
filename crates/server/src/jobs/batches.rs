//! Sends messages to many at their pace, once the time to stop them is over; closes what has arrived.

use std::sync::Arc;

use jiff::SignedDuration;
use portico_store::{queries::batch, work, work::Practice};

use super::{JobError, Jobs, said};

/// The background looks at batches about once a second.
const TURNS_A_MINUTE: i64 = 60;
const A_MINUTE: SignedDuration = SignedDuration::from_mins(1);

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    let going = batch::going(&mut jobs.store.reader().await?, organisation, jobs.store.now()).await?;
    for b in going {
        // Never more in any minute than was agreed, and spread over it.
        let now = jobs.store.now();
        let went = batch::went_since(&mut jobs.store.reader().await?, organisation, b.id, now - A_MINUTE).await?;
        let most = (b.a_minute - went).min((b.a_minute + TURNS_A_MINUTE - 1) / TURNS_A_MINUTE);
        if most <= 0 {
            continue;
        }
        let (practice, id) = (practice.clone(), b.id);
        let write = jobs.store.write(organisation, None, work!(tx, [practice] => work::send_batch(tx, &practice, id, most).await));
        said("a message to many", write.await.map_err(JobError::from));
    }
    let arrived = batch::arrived(&mut jobs.store.reader().await?, organisation).await?;
    for id in arrived {
        let practice = practice.clone();
        let write = jobs.store.write(organisation, None, work!(tx, [practice] => work::close_batch(tx, &practice, id).await));
        said("a message to many that has arrived", write.await.map_err(JobError::from));
    }
    Ok(())
}
