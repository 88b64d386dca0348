//! Messages whose receipt has not come in time: the service is asked; what is not delivered becomes work.

use std::sync::Arc;

use portico_interop::Delivery;
use portico_store::{queries::message, work, work::Practice};

use super::{JobError, Jobs};
use crate::receipts;

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    let now = jobs.store.now();
    let late = message::past_deadline(&mut jobs.store.reader().await?, organisation, now).await?;
    for id in late {
        let found = message::load(&mut jobs.store.reader().await?, organisation, id).await?;
        let Some(found) = found else { continue };
        let provider = found.provider_id.unwrap_or_default();
        let why = match jobs.post.status(found.message.channel, &provider, now).await {
            Ok(receipt) if receipt.delivery != Delivery::Sending && receipt.provider_id == provider => {
                receipts::settle(&jobs.store, practice, &receipt).await?;
                continue;
            }
            Ok(_) => "no receipt came in time".to_owned(),
            Err(error) => format!("no receipt came in time ({error})"),
        };
        let practice = practice.clone();
        jobs.store.write(organisation, None, work!(tx, [practice, why] => work::undelivered(tx, &practice, id, &why).await)).await?;
    }
    Ok(())
}
