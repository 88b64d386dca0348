//! When a limit on online requests is reached in core hours, the practice manager has it on the desk, once a day; where there is
//! none at work, the team that triages.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use jiff::civil::Date;
use portico_domain::{opening::Doorway, staff::Actor};
use portico_nhs::{OrganisationId, uk_date};
use portico_store::{work, work::Practice};

use super::{JobError, Jobs};

/// On which day this process has told each organisation.
static TOLD: OnceLock<Mutex<HashMap<OrganisationId, Date>>> = OnceLock::new();

pub(super) async fn run(jobs: &Jobs, practice: &Arc<Practice>) -> Result<(), JobError> {
    let (organisation, now) = (practice.organisation.id, jobs.store.now());
    let Doorway::Busy(limit) = practice.doorway(now) else { return Ok(()) };
    let today = uk_date(now);
    let told = || TOLD.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if told().get(&organisation) == Some(&today) {
        return Ok(());
    }
    let words = format!(
        "{}. The door stays open: patients are told that it takes longer, and are shown other ways. Look at Capacity.",
        limit.words()
    );
    let (practice, by) = (practice.clone(), Actor::System { job: "Online limits".into() });
    // The key makes several processes tell it once.
    let key = format!("limit reached {today}");
    jobs.store
        .write(
            organisation,
            Some(&key),
            work!(tx, [practice, by, words] => work::tell_manager(tx, &practice, &by, "Online limit reached", &words).await),
        )
        .await?;
    told().insert(organisation, today);
    Ok(())
}
