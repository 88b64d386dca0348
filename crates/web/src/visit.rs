use std::{convert::Infallible, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};
use jiff::Timestamp;
use maud::{Markup, html};
use portico_domain::{event::Verb, staff::Actor};
use portico_nhs::{PatientId, WorkItemId};
use portico_store::{
    BoxFuture, Failure, NewEvent, Tx,
    queries::{kept_search, staff::Staff},
    work,
    work::Practice,
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{Answer, App, Error, Form, Upload, encode, go};

/// Nobody searches for more than this, in characters.
const SEARCHED_MOST: usize = 200;

/// The visitor's address, for limits; never logged with what they did.
#[derive(Debug, Clone)]
pub(crate) struct Address(pub String);

/// What an error page needs to give back what was typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    pub path: String,
    pub form: Form,
    pub posted: bool,
    pub csrf: Option<String>,
    pub practice: Option<(String, String)>,
}

/// The member of staff who is signed in.
#[derive(Debug, Clone)]
pub struct Me {
    /// Who.
    pub staff: Staff,
    /// The token that every form of this session carries.
    pub csrf: String,
    pub(crate) token: String,
}

impl Me {
    /// As decisions and events name them.
    pub fn actor(&self) -> Actor {
        Actor::Staff { id: self.staff.id, role: self.staff.role, name: self.staff.name.clone() }
    }
}

/// A visit to a patient's page: nobody is signed in.
pub struct PatientVisit {
    /// What is shared.
    pub app: App,
    /// Where.
    pub practice: Arc<Practice>,
    /// What was sent; empty on a page that is only read.
    pub form: Form,
    /// Files that came with it.
    pub files: Arc<Vec<Upload>>,
    /// When.
    pub now: Timestamp,
    address: String,
}

/// A visit by signed-in staff; the declared access has been checked.
pub struct StaffVisit {
    /// What is shared.
    pub app: App,
    /// Where.
    pub practice: Arc<Practice>,
    /// Who.
    pub me: Me,
    /// When.
    pub now: Timestamp,
    /// Whether a live part of the page is being refreshed.
    pub live: bool,
}

/// The same with a form whose token has been checked.
pub struct StaffVisitPost {
    /// The visit.
    pub visit: StaffVisit,
    /// What was sent.
    pub form: Form,
    /// Files that came with it.
    pub files: Arc<Vec<Upload>>,
}

fn part<T: Clone + Send + Sync + 'static>(parts: &Parts) -> Option<T> {
    parts.extensions.get::<T>().cloned()
}

fn broken() -> Error {
    Error::Broken("a route without its guard".into())
}

impl<S: Send + Sync> FromRequestParts<S> for PatientVisit {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let app: App = part(parts).ok_or_else(broken)?;
        let now = app.now();
        let address = part::<Address>(parts).map(|a| a.0).unwrap_or_default();
        let (form, files) = (part(parts).unwrap_or_default(), part(parts).unwrap_or_default());
        Ok(Self { practice: part(parts).ok_or_else(broken)?, form, files, now, app, address })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for StaffVisit {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let app: App = part(parts).ok_or_else(broken)?;
        let me: Me = part(parts).ok_or(Error::SignInFirst)?;
        let now = app.now();
        let live = parts.headers.contains_key("x-live");
        Ok(Self { practice: part(parts).ok_or_else(broken)?, me, now, app, live })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for StaffVisitPost {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let visit = StaffVisit::from_request_parts(parts, state).await?;
        Ok(Self { visit, form: part(parts).unwrap_or_default(), files: part(parts).unwrap_or_default() })
    }
}

impl PatientVisit {
    /// Writes in one transaction; the form's key makes sending twice do it once.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: for<'t> FnMut(&'t mut Tx) -> BoxFuture<'t, Result<T, Failure>> + Send + 'static,
    {
        Ok(self.app.store.write(self.practice.organisation.id, self.form.once().as_deref(), work).await?)
    }

    /// Refuses an address that begins more forms a minute than people do.
    pub fn limit(&self) -> Result<(), Error> {
        if self.app.limits.form(&self.address) { Ok(()) } else { Err(Error::TooMany) }
    }

    /// The visitor's address, for limits only.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The key of a fresh form.
    pub fn key(&self) -> Markup {
        key(&self.app)
    }
}

impl StaffVisit {
    /// The organisation's id.
    pub fn organisation(&self) -> portico_nhs::OrganisationId {
        self.practice.organisation.id
    }

    /// Writes into the audit log that this person read something about a patient. The refreshes of a page that is open are no
    /// readings of their own: each would be a change, and ask every open page to refresh itself again.
    pub async fn log_reading(&self, words: &str, item: Option<WorkItemId>, patient: Option<PatientId>) -> Result<(), Error> {
        let organisation = self.organisation();
        let reading = (organisation, self.me.staff.id, words.to_owned(), item, patient);
        if self.live && self.app.readings.is_logged(&reading, self.now) {
            return Ok(());
        }
        let mut event = NewEvent::plain(self.me.actor(), Verb::Viewed, words);
        (event.item, event.patient) = (item, patient);
        self.app.store.write(organisation, None, work!(tx, [event] => Ok(tx.record(organisation, event).await?))).await?;
        self.app.readings.note(reading, self.now);
        Ok(())
    }

    /// What was searched for, which is kept under the id that stands in the address; nothing when there is no such search of
    /// this person any more.
    pub async fn searched(&self, found: &str) -> Result<String, Error> {
        let Ok(id) = found.parse::<Uuid>() else { return Ok(String::new()) };
        let mut conn = self.app.store.reader().await?;
        Ok(kept_search::words(&mut conn, self.organisation(), id, self.me.staff.id).await?.unwrap_or_default())
    }

    /// The token and key that every form of this session carries.
    pub fn tokens(&self) -> Markup {
        html! { input type="hidden" name="_csrf" value=(self.me.csrf); (key(&self.app)) }
    }
}

impl StaffVisitPost {
    /// Keeps what is searched for in a field and goes to where it is shown: what names a patient stands in no address, in no log
    /// of a proxy and in no history of a browser that others use too.
    pub async fn search(&self, field: &str, to: &str, others: &[(&str, &str)]) -> Answer {
        let words: String = self.form.get(field).chars().take(SEARCHED_MOST).collect();
        let mut query: Vec<(&str, String)> = others.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| (*n, (*v).to_owned())).collect();
        if !words.is_empty() {
            let (organisation, who) = (self.visit.organisation(), self.visit.me.staff.id);
            // Without the key of the form: who goes back and searches for somebody else is not shown the first one again.
            let store = &self.visit.app.store;
            let id: Uuid = store
                .write(
                    organisation,
                    None,
                    work!(tx, [words] => {
                        let now = tx.now();
                        let id: Uuid = tx.ids().next();
                        kept_search::keep(tx.conn(), organisation, (id, who), &words, now).await?;
                        Ok(id)
                    }),
                )
                .await?;
            query.push(("found", id.to_string()));
        }
        let query = encode(query.iter().map(|(n, v)| (*n, v.as_str())));
        go(if query.is_empty() { to.to_owned() } else { format!("{to}?{query}") })
    }

    /// The version of the item that the page showed; whoever acts on another one is told so.
    pub fn version(&self) -> Result<i64, Error> {
        self.form.read("_version").ok_or(Error::Stale)
    }

    /// Writes in one transaction; the form's key makes sending twice do it once.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: for<'t> FnMut(&'t mut Tx) -> BoxFuture<'t, Result<T, Failure>> + Send + 'static,
    {
        Ok(self.visit.app.store.write(self.visit.organisation(), self.form.once().as_deref(), work).await?)
    }
}

fn key(app: &App) -> Markup {
    html! { input type="hidden" name="_key" value=(app.ids.secret().as_str()); }
}

/// Handlers that cannot fail still answer the shell's way.
impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
