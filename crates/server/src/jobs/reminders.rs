//! Reminds patients of appointments the day before, once each.

use std::sync::Arc;

use jiff::SignedDuration;
use portico_store::{queries::self_book, work, work::Practice};

use super::{JobError, Jobs, said};

/// Reminded from so long before it begins.
const BEFORE: SignedDuration = SignedDuration::from_hours(26);
/// Nobody is reminded of what begins within this time: it would come too late to act on.
const AT_LEAST: SignedDuration = SignedDuration::from_hours(2);
/// What was booked within this time is still remembered.
const FRESH: SignedDuration = SignedDuration::from_hours(24);
/// No reminder goes out before this hour of the day in England, nor from the other on.
pub(super) const HOURS: std::ops::Range<i8> = 8..20;

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    let now = jobs.store.now();
    if !HOURS.contains(&now.to_zoned(portico_nhs::london()).hour()) {
        return Ok(());
    }
    let due = self_book::to_remind(&mut jobs.store.reader().await?, organisation, (now + AT_LEAST, now + BEFORE), now - FRESH).await?;
    for (booking, item) in due {
        let practice = practice.clone();
        let write = jobs.store.write(organisation, None, work!(tx, [practice] => work::remind(tx, &practice, booking, item).await));
        said("a reminder", write.await.map_err(JobError::from));
    }
    Ok(())
}
