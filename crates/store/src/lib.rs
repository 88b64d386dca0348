//! The only SQL of the product.
//!
//! One write path: [`Store::write`] runs a unit of work in a transaction that holds rows, events and background jobs, and
//! answers only after the commit is durable. Readers use [`Store::reader`]. Handlers load, decide, record, answer.

mod engine;
mod error;
mod events;
mod ids;
mod migrations;
pub mod queries;
pub mod work;
mod writer;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use portico_domain::{advice::Adviser, layer::Change, message::Words, promise::Pace};
use portico_nhs::{Calendar, Clock, OrganisationId};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::watch;

pub use engine::{Conn, EngineKind, Row, Value};
pub use error::{Failure, StoreError};
pub use events::{AuditReport, NewEvent};
pub use ids::{Ids, Secret, hash_of, seen_as};
pub use migrations::schema_of;
pub use writer::{BoxFuture, Tx};

use engine::Engine;
use work::Practice;
use writer::Writer;

/// The database of the product, embedded or PostgreSQL.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    writer: Writer,
    clock: Arc<dyn Clock>,
    words: Arc<dyn Words>,
    adviser: Arc<dyn Adviser>,
    practices: Arc<Mutex<Practices>>,
    hosts: Arc<Mutex<Option<(Timestamp, Hosts)>>>,
    changes: watch::Receiver<u64>,
}

/// Practices and when each was read; `None` when it is to be read again.
type Practices = HashMap<OrganisationId, (Option<Timestamp>, Arc<Practice>)>;
/// Which web host means which organisation.
type Hosts = Vec<(Option<String>, OrganisationId)>;

/// How long a practice's teams and closures are kept before they are read again (another process may change them).
const PRACTICE_KEPT: SignedDuration = SignedDuration::from_secs(30);

impl Store {
    /// Opens `sqlite:PATH` or `postgres://…`, brings the schema up to date and starts the writer.
    pub async fn open(url: &str, clock: Arc<dyn Clock>, words: Arc<dyn Words>, adviser: Arc<dyn Adviser>) -> Result<Self, StoreError> {
        let engine = Engine::open(url).await?;
        migrations::run(&engine, clock.now()).await?;
        engine.writer().await?.optimise().await?;
        let (writer, changes) = Writer::start(engine.clone(), clock.clone());
        Ok(Self { engine, writer, clock, words, adviser, practices: Arc::default(), hosts: Arc::default(), changes })
    }

    /// Which database is underneath.
    pub fn kind(&self) -> EngineKind {
        self.engine.kind()
    }

    /// The present moment by the injected clock.
    pub fn now(&self) -> jiff::Timestamp {
        portico_nhs::to_micros(self.clock.now())
    }

    /// The injected clock.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// A connection to read with.
    pub async fn reader(&self) -> Result<Conn, StoreError> {
        self.engine.reader().await
    }

    /// An organisation with its teams and working time, as decisions need it.
    pub async fn practice(&self, organisation: OrganisationId) -> Result<Arc<Practice>, StoreError> {
        let now = self.now();
        let kept = self.practices.lock().unwrap_or_else(PoisonError::into_inner).get(&organisation).cloned();
        if let Some((Some(since), practice)) = &kept
            && (now.duration_since(*since)).abs() < PRACTICE_KEPT
        {
            return Ok(practice.clone());
        }
        let mut conn = self.reader().await?;
        let all = queries::organisation::list(&mut conn).await?;
        let mut found =
            all.into_iter().find(|o| o.id == organisation).ok_or_else(|| StoreError::Setup("there is no such organisation".into()))?;
        let mut teams = queries::organisation::teams(&mut conn, organisation).await?;
        if let Some(details) = queries::details::in_force(&mut conn, organisation, now).await? {
            teams.iter_mut().for_each(|t| t.pathways = details.takes.iter().filter(|(_, team)| **team == t.id).map(|(p, _)| *p).collect());
            found.phone = details.phone;
        }
        let closures = queries::closure::list(&mut conn, organisation, now - SignedDuration::from_hours(24 * 30)).await?;
        let changes = queries::layer::in_force(&mut conn, organisation).await?.map(|l| l.changes).unwrap_or_default();
        let (adviser, misfit) = match kept {
            // An engine is built anew only when the changes are others.
            Some((_, before)) if before.changes == changes => (before.adviser.clone(), before.misfit.clone()),
            _ => self.adviser_with(changes.clone()).await?,
        };
        let calendar = Calendar::england(closures.into_iter().map(|(_, c)| c).collect());
        let pace = Pace::of(&queries::capacity::heard(&mut conn, organisation).await?, &calendar);
        let queue =
            (queries::capacity::unheard(&mut conn, organisation).await?, queries::capacity::staffing(&mut conn, organisation, now).await?);
        let midnight = portico_domain::rota::moment(portico_nhs::uk_date(now), jiff::civil::Time::midnight()).unwrap_or(now);
        let today = queries::opening::online_since(&mut conn, organisation, midnight).await?;
        let opening = (queries::opening::in_force(&mut conn, organisation, now).await?, u32::try_from(today).unwrap_or(u32::MAX));
        let practice = Arc::new(Practice {
            opening,
            pace,
            queue,
            organisation: found,
            routing: queries::organisation::routing(&teams)?,
            teams,
            calendar,
            words: self.words.clone(),
            adviser,
            changes,
            misfit,
            second_reading_share: queries::second_reading::share(&mut conn, organisation).await?,
            signature: queries::advice::signature(&mut conn, organisation).await?,
        });
        self.practices.lock().unwrap_or_else(PoisonError::into_inner).insert(organisation, (Some(now), practice.clone()));
        Ok(practice)
    }

    /// The engine with a practice's changes; the one without, and why, when they do not fit the content of this release.
    async fn adviser_with(&self, changes: Vec<Change>) -> Result<(Arc<dyn Adviser>, Option<String>), StoreError> {
        if changes.is_empty() {
            return Ok((self.adviser.clone(), None));
        }
        let adviser = self.adviser.clone();
        // Building an engine takes a moment of the processor; other requests go on meanwhile.
        let built = tokio::task::spawn_blocking(move || adviser.layered(&changes));
        match built.await.map_err(|e| StoreError::Setup(e.to_string()))? {
            Ok(layered) => Ok((layered, None)),
            Err(why) => {
                tracing::error!(why, "the practice's changes to the triage content do not fit this release");
                Ok((self.adviser.clone(), Some(why)))
            }
        }
    }

    /// The organisation that a web host means: the one with that host, or the only one.
    pub async fn practice_of_host(&self, host: &str) -> Result<Option<Arc<Practice>>, StoreError> {
        let now = self.now();
        let kept = self.hosts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let hosts = match kept {
            Some((since, hosts)) if now.duration_since(since).abs() < PRACTICE_KEPT && !hosts.is_empty() => hosts,
            _ => {
                let all = queries::organisation::list(&mut self.reader().await?).await?;
                let hosts: Hosts = all.into_iter().map(|o| (o.host, o.id)).collect();
                *self.hosts.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, hosts.clone()));
                hosts
            }
        };
        let by_host = hosts.iter().find(|(h, _)| h.as_deref() == Some(host));
        match by_host.or_else(|| (hosts.len() == 1).then(|| &hosts[0])) {
            Some((_, id)) => Ok(Some(self.practice(*id).await?)),
            None => Ok(None),
        }
    }

    /// Reads practices anew at their next use, after their closures, teams or rules have changed.
    pub fn forget_practices(&self) {
        self.practices.lock().unwrap_or_else(PoisonError::into_inner).values_mut().for_each(|(since, _)| *since = None);
        *self.hosts.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// A number that grows with every commit; live pages wait for it to change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }

    /// Runs a unit of work and answers after its commit is durable. With a key, a second call with the same key answers
    /// what the first one answered and does nothing. The closure may be run again after a conflict.
    pub async fn write<T, F>(&self, organisation: OrganisationId, key: Option<&str>, work: F) -> Result<T, Failure>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: for<'t> FnMut(&'t mut Tx) -> BoxFuture<'t, Result<T, Failure>> + Send + 'static,
    {
        self.writer.write(organisation, key, work).await
    }

    /// Checks the whole chain of an organisation's audit log.
    pub async fn verify_audit(&self, organisation: OrganisationId) -> Result<AuditReport, StoreError> {
        events::verify(&mut self.reader().await?, organisation).await
    }

    /// Gathers planner statistics, hourly and after bulk loading.
    pub async fn analyse(&self) -> Result<(), StoreError> {
        self.engine.writer().await?.analyse().await
    }

    /// Waits for work in progress, then closes every connection.
    pub async fn close(&self) {
        self.writer.stop().await;
        self.engine.close().await;
    }
}

/// A unit of work from an expression: names what it needs, which is cloned because the work may be run again.
/// `store.write(organisation, key, work!(tx, [practice, actor] => act(tx, &practice, &actor).await))`.
#[macro_export]
macro_rules! work {
    ($tx:ident, [$($needs:ident),* $(,)?] => $body:expr) => {
        move |$tx| {
            $(let $needs = $needs.clone();)*
            Box::pin(async move { $body })
        }
    };
}
