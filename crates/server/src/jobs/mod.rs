//! Background work: one file a job, each safe to run twice.
//!
//! Work is put into the outbox in the transaction that caused it, leased, tried with growing pauses, and given up to a person.

mod app_accounts;
mod batches;
mod chase_patients;
mod emails;
mod gaps;
mod leave;
mod limits;
mod offers;
mod overdue_receipts;
mod questionnaires;
mod reminders;
mod scan_files;
mod send_message;
mod sessions_ahead;
mod texts;
mod tidy_up;
mod unfinished_forms;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use portico_domain::staff::Actor;
use portico_nhs::{OrganisationId, uk_date, when_words};
use portico_store::{
    Failure, Store, StoreError,
    queries::{
        job,
        organisation::{self, Organisation},
    },
    work,
    work::Practice,
};
use thiserror::Error;
use tokio::{sync::watch, task::JoinSet};

use crate::Post;

/// How often the outbox is looked at when nothing wakes it.
const PAUSE: Duration = Duration::from_millis(1000);
/// How often what patients write by text and e-mail is fetched.
const FETCH_PAUSE: Duration = Duration::from_secs(60);
/// How long a leased unit may take before it is due again.
const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// Units leased at once.
const AT_ONCE: i64 = 20;
/// Tries before a unit is given up and becomes a work item.
const TRIES: i64 = 8;

/// How long something cannot be fetched before the desk is told.
const FETCH_FAILS: SignedDuration = SignedDuration::from_hours(1);

/// Whether something was fetched from outside.
enum Fetched {
    /// It was.
    Now,
    /// It is not set up, or not due yet.
    NotDue,
}

/// Why a unit of work did not end well.
#[derive(Debug, Error)]
pub enum JobError {
    /// Try again, after this many seconds if the other side said so.
    #[error("{why}")]
    Later {
        /// Why.
        why: String,
        /// When, if the other side said.
        after_seconds: Option<u32>,
    },
    /// The store failed; try again.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        JobError::Failed(error.into())
    }
}

/// What jobs work with.
#[derive(Clone)]
pub struct Jobs {
    /// The store.
    pub store: Store,
    /// The outside systems.
    pub post: Arc<Post>,
    /// What links in messages begin with.
    pub public_url: String,
}

/// The pause before try number `attempts + 1`: 30 seconds, doubling, at most an hour.
fn pause(attempts: i64) -> SignedDuration {
    let doublings = u32::try_from(attempts.clamp(1, 8) - 1).unwrap_or(0);
    SignedDuration::from_secs((30 * 2i64.pow(doublings)).min(3600))
}

/// What was done; a failure is logged, and tried again at the next turn.
fn said<T: Default>(what: &str, ran: Result<T, JobError>) -> T {
    ran.unwrap_or_else(|error| {
        tracing::error!(%error, what, "background work failed");
        T::default()
    })
}

/// Runs a piece of work; one that breaks off ends like one that failed, and not the loop that it is part of.
async fn caught<T>(work: impl Future<Output = Result<T, JobError>>) -> Result<T, JobError> {
    let broke = |_| Err(JobError::Later { why: "it broke off".into(), after_seconds: None });
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(broke)
}

/// Rests for a while; says whether it was told to close meanwhile.
async fn closes(closing: &mut watch::Receiver<bool>, pause: Duration) -> bool {
    // Whoever would tell is gone: nobody waits for anything any more.
    tokio::time::timeout(pause, closing.wait_for(|closes| *closes)).await.is_ok()
}

impl Jobs {
    /// Runs until it is told to close, and ends what it has begun: a message that is cut off in the middle would go twice. What
    /// goes outside and what is fetched from there may take long, and holds nothing else up.
    pub async fn run(self, closing: watch::Receiver<bool>) {
        tokio::join!(
            self.sends(work::jobs::SEND_URGENT, closing.clone()),
            self.sends(work::jobs::SEND_MESSAGE, closing.clone()),
            self.sends(work::jobs::SEND_TO_MANY, closing.clone()),
            self.asks(closing.clone()),
            self.works(closing.clone()),
            self.fetches(closing),
        );
    }

    /// Looks once a minute at what patients wrote by text and e-mail.
    async fn fetches(&self, mut closing: watch::Receiver<bool>) {
        loop {
            if let Err(error) = caught(self.fetch()).await {
                tracing::error!(%error, "what patients write by text and e-mail could not be fetched");
            }
            if closes(&mut closing, FETCH_PAUSE).await {
                return;
            }
        }
    }

    /// Looks into the outbox at every commit and at least once a second, for one kind of what goes out.
    async fn sends(&self, kind: &'static str, mut closing: watch::Receiver<bool>) {
        let mut changes = self.store.changes();
        loop {
            if let Err(error) = caught(self.outbox(kind)).await {
                tracing::error!(%error, "the outbox could not be read");
            }
            let _ = tokio::time::timeout(PAUSE, changes.changed()).await;
            if closes(&mut closing, Duration::from_millis(50)).await {
                return;
            }
        }
    }

    /// Asks once a second after what no receipt has come of in time.
    async fn asks(&self, mut closing: watch::Receiver<bool>) {
        loop {
            if let Err(error) = caught(self.overdue()).await {
                tracing::error!(%error, "overdue receipts could not be read");
            }
            if closes(&mut closing, PAUSE).await {
                return;
            }
        }
    }

    /// Looks once a second at what falls due with time.
    async fn works(&self, mut closing: watch::Receiver<bool>) {
        loop {
            if let Err(error) = caught(self.due()).await {
                tracing::error!(%error, "background work could not be read");
            }
            if closes(&mut closing, PAUSE).await {
                return;
            }
        }
    }

    /// Looks at every organisation once: what came from outside, the outbox, then what falls due with time. Says how many
    /// units were done.
    pub async fn once(&self) -> Result<usize, JobError> {
        self.fetch().await?;
        let mut done = 0;
        for kind in work::jobs::ALL {
            done += self.outbox(kind).await?;
        }
        self.overdue().await?;
        self.due().await?;
        Ok(done)
    }

    async fn fetch(&self) -> Result<(), JobError> {
        let all = organisation::list(&mut self.store.reader().await?).await?;
        // A made-up practice reads nobody's post.
        let real: Vec<Organisation> = all.into_iter().filter(|o| !o.demonstration).collect();
        for o in &real {
            let practice = self.store.practice(o.id).await?;
            let texts = texts::run(self, &practice, &real).await;
            self.fetched(&practice, "texts from patients", texts).await?;
            let emails = emails::run(self, &practice, &real).await;
            self.fetched(&practice, "e-mails from patients", emails).await?;
            let accounts = app_accounts::run(self, &practice).await;
            self.fetched(&practice, "who has the NHS App", accounts).await?;
        }
        Ok(())
    }

    /// What cannot be fetched for an hour is on the desk, once a day until it works again.
    async fn fetched(&self, practice: &Arc<Practice>, what: &'static str, ran: Result<Fetched, JobError>) -> Result<(), JobError> {
        let (organisation, now) = (practice.organisation.id, self.store.now());
        let error = match ran {
            Ok(Fetched::Now) => {
                self.post.works(organisation, what);
                return Ok(());
            }
            Ok(Fetched::NotDue) => return Ok(()),
            Err(error) => error,
        };
        tracing::error!(%error, what, "cannot be fetched");
        let since = self.post.fails(organisation, what, now);
        if now.duration_since(since) < FETCH_FAILS {
            return Ok(());
        }
        let words = format!(
            "Portico cannot fetch {what} since {}: {error} Tell the people who look after this server, and look there yourself until it works.",
            when_words(since, now)
        );
        let (practice, by) = (practice.clone(), Actor::System { job: "Post".into() });
        // The key makes several processes tell it once.
        let key = format!("cannot fetch {what} {}", uk_date(now));
        self.store
            .write(
                organisation,
                Some(&key),
                work!(tx, [practice, by, words] => work::escalate(tx, &practice, &by, practice.routing.duty, "Post cannot be fetched", &words).await),
            )
            .await?;
        Ok(())
    }

    /// The organisations side by side: the slow service of one keeps no other waiting.
    async fn outbox(&self, kind: &'static str) -> Result<usize, JobError> {
        let mut running = JoinSet::new();
        for o in organisation::list(&mut self.store.reader().await?).await? {
            let (jobs, practice) = (self.clone(), self.store.practice(o.id).await?);
            running.spawn(async move { said("the outbox", jobs.drain(&practice, kind).await) });
        }
        Ok(running.join_all().await.into_iter().sum())
    }

    async fn overdue(&self) -> Result<(), JobError> {
        let mut running = JoinSet::new();
        for o in organisation::list(&mut self.store.reader().await?).await? {
            let (jobs, practice) = (self.clone(), self.store.practice(o.id).await?);
            running.spawn(async move { said("overdue receipts", overdue_receipts::run(&jobs, &practice).await) });
        }
        running.join_all().await;
        Ok(())
    }

    /// One thing that fails must not stop what comes behind it.
    async fn due(&self) -> Result<(), JobError> {
        let all = organisation::list(&mut self.store.reader().await?).await?;
        for o in all {
            let practice = self.store.practice(o.id).await?;
            said("answers that did not come", caught(chase_patients::run(self, &practice)).await);
            said("unfinished forms", caught(unfinished_forms::run(self, &practice)).await);
            said("sessions ahead", caught(sessions_ahead::run(self, &practice)).await);
            said("leave that begins", caught(leave::run(self, &practice)).await);
            said("online limits", caught(limits::run(self, &practice)).await);
            said("gaps of capacity", caught(gaps::run(self, &practice)).await);
            said("messages to many", caught(batches::run(self, &practice)).await);
            said("reminders", caught(reminders::run(self, &practice)).await);
            said("freed slots", caught(offers::run(self, &practice)).await);
            said("questionnaires", caught(questionnaires::run(self, &practice)).await);
            said("virus scans", caught(scan_files::run(self, &practice)).await);
            said("tidying up", caught(tidy_up::run(self, &practice)).await);
        }
        Ok(())
    }

    async fn drain(&self, practice: &Arc<Practice>, kind: &'static str) -> Result<usize, JobError> {
        let organisation = practice.organisation.id;
        let now = self.store.now();
        if !job::any_due(&mut self.store.reader().await?, organisation, now, kind).await? {
            return Ok(0);
        }
        let until = now + LEASE;
        let leased: Vec<(portico_nhs::JobId, String, String, i64)> = self
            .store
            .write(
                organisation,
                None,
                work!(tx, [] => {
                    let leased = job::lease(tx.conn(), organisation, now, until, (kind, AT_ONCE)).await?;
                    Ok(leased.into_iter().map(|l| (l.id, l.kind, l.payload, l.attempts)).collect())
                }),
            )
            .await?;
        let count = leased.len();
        // Side by side, and all are over before any lease ends. One that breaks off is tried again like one that failed.
        let mut running = JoinSet::new();
        for (id, kind, payload, attempts) in leased {
            let (jobs, practice) = (self.clone(), practice.clone());
            running.spawn(async move {
                let (doing, with, named) = (jobs.clone(), practice.clone(), kind.clone());
                let ran = tokio::spawn(async move { doing.dispatch(&with, &named, &payload, attempts).await }).await;
                let ran = ran.unwrap_or_else(|broke| Err(JobError::Later { why: format!("it broke off: {broke}"), after_seconds: None }));
                jobs.settle(&practice, organisation, id, &kind, attempts, ran).await
            });
        }
        running.join_all().await.into_iter().collect::<Result<(), JobError>>()?;
        Ok(count)
    }

    async fn dispatch(&self, practice: &Arc<Practice>, kind: &str, payload: &str, attempts: i64) -> Result<(), JobError> {
        if work::jobs::ALL.contains(&kind) {
            return send_message::run(self, practice, payload, attempts).await;
        }
        Err(JobError::Later { why: format!("no job is called {kind}"), after_seconds: None })
    }

    async fn settle(
        &self,
        practice: &Arc<Practice>,
        organisation: OrganisationId,
        id: portico_nhs::JobId,
        kind: &str,
        attempts: i64,
        ran: Result<(), JobError>,
    ) -> Result<(), JobError> {
        let now = self.store.now();
        match ran {
            Ok(()) => self.store.write(organisation, None, work!(tx, [] => Ok(job::done(tx.conn(), organisation, id).await?))).await?,
            Err(error) if attempts >= TRIES => {
                let (practice, kind, why) = (practice.clone(), kind.to_owned(), error.to_string());
                self.store
                    .write(organisation, None, work!(tx, [practice, kind, why] => work::give_up_job(tx, &practice, id, &kind, &why).await))
                    .await?;
            }
            Err(error) => {
                let why = error.to_string();
                let run_at: Timestamp = match error {
                    JobError::Later { after_seconds: Some(s), .. } => now + SignedDuration::from_secs(i64::from(s)),
                    _ => now + pause(attempts),
                };
                self.store
                    .write(organisation, None, work!(tx, [why] => Ok(job::later(tx.conn(), organisation, id, run_at, &why).await?)))
                    .await?;
            }
        }
        Ok(())
    }
}

/// What is configured for one organisation, and names none that there is, is told of in all: somebody's patients write there.
fn belongs_somewhere(setting: &str, named: Option<&str>, all: &[Organisation]) -> Result<(), JobError> {
    let found = match named {
        Some(code) => all.iter().any(|o| o.ods_code.as_str().eq_ignore_ascii_case(code.trim())),
        None => all.len() <= 1,
    };
    if found {
        return Ok(());
    }
    Err(JobError::Later { why: format!("the setting {setting} names none of the organisations here."), after_seconds: None })
}

/// Whether what is configured for one organisation is this one's: the one that is named, or the only one there is.
fn belongs_to(named: Option<&str>, practice: &Practice, all: &[Organisation]) -> bool {
    match named {
        Some(code) => practice.organisation.ods_code.as_str().eq_ignore_ascii_case(code.trim()),
        None => all.len() == 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_an_hour() {
        assert_eq!((pause(1).as_secs(), pause(2).as_secs(), pause(50).as_secs()), (30, 60, 3600));
    }
}
