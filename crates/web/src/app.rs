use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use portico_nhs::{OrganisationId, PatientId, StaffId, WorkItemId};
use portico_store::{Ids, Store, work::Practice};
use tokio::sync::Semaphore;

use crate::{Error, limits::Limits};

/// How the shell behaves; from the configuration file or the environment.
#[derive(Debug, Clone)]
pub struct AppConfig {
    /// Whether the outside speaks TLS: cookies are `Secure` and named `__Host-`.
    pub tls: bool,
    /// The address that links in messages begin with, without a slash at the end.
    pub public_url: String,
    /// A logo (SVG) that the organisation is entitled to and supplies; none is shipped.
    pub logo: Option<Arc<[u8]>>,
    /// Attempts to sign in per account or address and quarter of an hour.
    pub sign_in_tries: u32,
    /// Forms that may be begun or sent from one address a minute.
    pub forms_a_minute: u32,
    /// The address (`host:port`) of a clamd that looks at files; `None` when there is none.
    pub scanner: Option<String>,
    /// Header that a trusted proxy in front sets to the visitor's address; `None` when there is no proxy.
    pub address_header: Option<String>,
}

impl Default for AppConfig {
    fn default() -> Self {
        Self {
            tls: false,
            public_url: "http://127.0.0.1:8080".into(),
            logo: None,
            sign_in_tries: 10,
            forms_a_minute: 120,
            scanner: None,
            address_header: None,
        }
    }
}

/// Forms with files that are read at the same time.
const UPLOADS: usize = 4;

/// What every handler shares.
#[derive(Clone)]
pub struct App {
    /// The store.
    pub store: Store,
    /// The configuration.
    pub config: Arc<AppConfig>,
    /// Who has which item open.
    pub presence: Presence,
    pub(crate) readings: Readings,
    /// Makes keys and tokens.
    pub ids: Ids,
    pub(crate) limits: Limits,
    /// Forms with files that are read at the same time: each may hold fifty megabytes.
    pub(crate) uploads: Arc<Semaphore>,
}

impl App {
    /// Puts the shell together.
    pub fn new(store: Store, config: AppConfig) -> Self {
        let ids = Ids::new(store.clock());
        let limits = Limits::new(&config);
        let uploads = Arc::new(Semaphore::new(UPLOADS));
        Self { store, config: Arc::new(config), presence: Presence::default(), readings: Readings::default(), ids, limits, uploads }
    }

    /// The present moment by the injected clock.
    pub fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// The organisation that a request's host means.
    pub(crate) async fn practice_for(&self, host: &str) -> Result<Arc<Practice>, Error> {
        let host = host.split(':').next().unwrap_or_default();
        self.store.practice_of_host(host).await?.ok_or(Error::NoOrganisation)
    }
}

/// How long somebody counts as looking at an item after their page last said so.
const LOOKING: SignedDuration = SignedDuration::from_secs(40);

/// A place for each item and who looked at it when.
type Looking = HashMap<(OrganisationId, WorkItemId), HashMap<StaffId, (String, Timestamp)>>;

/// What somebody read and of whom: organisation, person, in what words, item and patient.
pub(crate) type Reading = (OrganisationId, StaffId, String, Option<WorkItemId>, Option<PatientId>);

/// For so long a page that somebody opened is the same reading when it refreshes itself.
const OPEN: SignedDuration = SignedDuration::from_hours(12);

/// What was read and is in the log, in this process.
#[derive(Clone, Default)]
pub(crate) struct Readings {
    logged: Arc<Mutex<HashMap<Reading, Timestamp>>>,
}

impl Readings {
    /// Whether the same person read the same and it is in the log: a page that says it refreshes itself is not believed without.
    pub fn is_logged(&self, reading: &Reading, now: Timestamp) -> bool {
        let logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        logged.get(reading).is_some_and(|at| now.duration_since(*at) < OPEN)
    }

    /// It is in the log now.
    pub fn note(&self, reading: Reading, now: Timestamp) {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.len() > 20_000 {
            logged.retain(|_, at| now.duration_since(*at) < OPEN);
        }
        logged.insert(reading, now);
    }
}

/// Who has which item open, in this process.
#[derive(Clone, Default)]
pub struct Presence {
    seen: Arc<Mutex<Looking>>,
}

impl Presence {
    /// Notes that somebody has an item open.
    pub fn here(&self, organisation: OrganisationId, item: WorkItemId, who: StaffId, name: &str, now: Timestamp) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry((organisation, item)).or_default().insert(who, (name.to_owned(), now));
        if seen.len() > 10_000 {
            seen.retain(|_, people| people.values().any(|(_, at)| now.duration_since(*at) < LOOKING));
        }
    }

    /// Whether somebody has an item open already.
    pub fn is_here(&self, organisation: OrganisationId, item: WorkItemId, who: StaffId, now: Timestamp) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let at = seen.get(&(organisation, item)).and_then(|people| people.get(&who));
        at.is_some_and(|(_, at)| now.duration_since(*at) < LOOKING)
    }

    /// The others who have an item open, by name.
    pub fn others(&self, organisation: OrganisationId, item: WorkItemId, me: StaffId, now: Timestamp) -> Vec<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(people) = seen.get(&(organisation, item)) else { return Vec::new() };
        let mut names: Vec<String> = people
            .iter()
            .filter(|(id, (_, at))| **id != me && now.duration_since(*at) < LOOKING)
            .map(|(_, (name, _))| name.clone())
            .collect();
        names.sort();
        names
    }
}
