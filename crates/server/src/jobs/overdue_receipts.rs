//! Messages whose receipt has not come in time: the service is asked; what is not delivered becomes work. Where no receipts are
//! given, what has not come back in time counts as handed over.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use portico_interop::{Delivery, SendFailure};
use portico_nhs::MessageId;
use portico_store::{queries::message, work, work::Practice};
use tokio::task::JoinSet;

use super::{AT_ONCE, JobError, Jobs, said};
use crate::receipts;

/// After so many questions without an answer in one turn no more are asked: the list must not wait for them.
const SILENT_AFTER: usize = 10;

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    let now = jobs.store.now();
    if message::any_handed_over(&mut jobs.store.reader().await?, organisation, now).await? {
        jobs.store.write(organisation, None, work!(tx, [] => Ok(message::hand_over(tx.conn(), organisation, now).await?))).await?;
    }
    let late = message::past_deadline(&mut jobs.store.reader().await?, organisation, now).await?;
    // Side by side: a service that does not answer keeps nobody off the list.
    let unanswered = Arc::new(AtomicUsize::new(0));
    for some in late.chunks(AT_ONCE as usize) {
        let mut running = JoinSet::new();
        for &id in some {
            let (jobs, practice, unanswered) = (jobs.clone(), practice.clone(), unanswered.clone());
            running.spawn(async move { ask(&jobs, &practice, id, &unanswered).await });
        }
        // One that cannot be settled keeps no other off the list.
        for ended in running.join_all().await {
            said("a receipt that is overdue", ended);
        }
    }
    Ok(())
}

async fn ask(jobs: &Jobs, practice: &Arc<Practice>, id: MessageId, unanswered: &AtomicUsize) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    let Some(found) = message::load(&mut jobs.store.reader().await?, organisation, id).await? else { return Ok(()) };
    let provider = found.provider_id.unwrap_or_default();
    let answer = if unanswered.load(Ordering::Relaxed) < SILENT_AFTER {
        jobs.post.status(found.message.channel, &provider, jobs.store.now()).await
    } else {
        Err(SendFailure::TryLater { why: "its service does not answer".into(), after_seconds: None })
    };
    unanswered.fetch_add(usize::from(matches!(answer, Err(SendFailure::TryLater { .. }))), Ordering::Relaxed);
    let why = match answer {
        Ok(receipt) if receipt.delivery != Delivery::Sending && receipt.provider_id == provider => {
            receipts::settle(&jobs.store, practice, &receipt).await?;
            return Ok(());
        }
        Ok(_) => "no receipt came in time".to_owned(),
        Err(error) => format!("no receipt came in time ({error})"),
    };
    let practice = practice.clone();
    jobs.store.write(organisation, None, work!(tx, [practice, why] => work::unconfirmed(tx, &practice, id, &why).await)).await?;
    Ok(())
}
