//! Gaps of capacity that emerge are put on the desk once, before they become delays.

use std::sync::Arc;

use jiff::SignedDuration;
use portico_domain::{capacity::DayPlan, staff::Actor};
use portico_nhs::{uk_date, uk_date_long};
use portico_store::{queries::capacity, work, work::Practice};

use super::{JobError, Jobs};

const WHAT: &str = "gaps";
const AN_HOUR: SignedDuration = SignedDuration::from_hours(1);

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<(), JobError> {
    let (organisation, now) = (practice.organisation.id, jobs.store.now());
    if !practice.calendar.is_open(now) || !jobs.post.is_time(organisation, WHAT, now) {
        return Ok(());
    }
    jobs.post.fetch_next(organisation, WHAT, now + AN_HOUR);
    let today = uk_date(now);
    let ahead = capacity::ahead(&mut jobs.store.reader().await?, organisation, &practice.calendar, now).await?;
    for gap in ahead.plans.iter().filter(|plan| plan.is_flagged(today)) {
        tell(jobs, practice, gap).await?;
    }
    Ok(())
}

/// One gap is told once; the key makes several processes, and every hour, tell it once.
async fn tell(jobs: &Jobs, practice: &Arc<Practice>, gap: &DayPlan) -> Result<(), JobError> {
    let organisation = practice.organisation.id;
    let key = format!("gap {} {}", gap.day, gap.pathway.code());
    let title = format!("Gap on {}", uk_date_long(gap.day));
    let missing =
        if gap.missing() == 1 { "1 appointment is missing".to_owned() } else { format!("{} appointments are missing", gap.missing()) };
    let words = format!(
        "{missing} on {}, pathway {}: {:.0} are expected to be wanted, {} are there. Capacity says who can mend it.",
        uk_date_long(gap.day),
        gap.pathway.label(),
        gap.wanted,
        gap.there
    );
    let (practice, by) = (practice.clone(), Actor::System { job: "Capacity".into() });
    jobs.store
        .write(
            organisation,
            Some(&key),
            work!(tx, [practice, by, title, words] => work::escalate(tx, &practice, &by, practice.routing.triage, &title, &words).await),
        )
        .await?;
    Ok(())
}
