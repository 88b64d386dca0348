//! The one writer: a task that groups waiting units of work into one transaction, a savepoint each, and one durable commit.
//!
//! A unit of work is answered only after the commit that holds it. A client that goes away changes nothing: its work runs on.

use std::{
    collections::BTreeMap,
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::FutureExt;
use jiff::Timestamp;
use portico_nhs::{Clock, OrganisationId};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    Failure, Ids, StoreError, args,
    engine::{Conn, Engine, Value},
    events::{self, Head, NewEvent},
    queries::{idempotency, job},
};

/// A future in a box, so that a unit of work can travel to the writer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A unit of work with its idempotency key and a place for its answer.
trait Unit: Send {
    fn organisation(&self) -> OrganisationId;
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, Result<(), Failure>>;
}

struct Keyed<T, F> {
    organisation: OrganisationId,
    key: Option<String>,
    work: F,
    answer: Arc<Mutex<Option<T>>>,
}

impl<T, F> Unit for Keyed<T, F>
where
    T: Serialize + DeserializeOwned + Send + 'static,
    F: for<'t> FnMut(&'t mut Tx) -> BoxFuture<'t, Result<T, Failure>> + Send,
{
    fn organisation(&self) -> OrganisationId {
        self.organisation
    }

    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            if let Some(key) = &self.key
                && let Some(first) = tx.first_answer(self.organisation, key).await?
            {
                let value = serde_json::from_str(&first).map_err(|e| StoreError::Corrupt(format!("idempotency answer: {e}")))?;
                put(&self.answer, value);
                return Ok(());
            }
            let value = (self.work)(tx).await?;
            if let Some(key) = &self.key {
                let text = serde_json::to_string(&value).map_err(|e| StoreError::Corrupt(e.to_string()))?;
                let now = tx.now;
                tx.put_off.keys.push(self.organisation, key, idempotency::row(self.organisation, key, &text, now), text);
            }
            put(&self.answer, value);
            Ok(())
        })
    }
}

fn put<T>(place: &Mutex<Option<T>>, value: T) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
}

/// Units of work in one commit at most.
const GROUP_MAX: usize = 128;
/// Units of work that may wait; past it a caller waits for a place, which slows the door but loses nothing.
const QUEUE: usize = 4096;
/// How often a unit of work is tried when it meets another writer.
const TRIES: u32 = 4;

struct Request {
    unit: Box<dyn Unit>,
    done: oneshot::Sender<Result<(), Failure>>,
}

enum Order {
    Run(Request),
    Stop(oneshot::Sender<()>),
}

/// The handle that sends units of work to the writer task.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Order>,
}

/// A unit of work in progress: a connection inside the transaction, with the moment, the ids and what is written at its end.
pub struct Tx {
    conn: Conn,
    now: Timestamp,
    ids: Ids,
    heads: BTreeMap<OrganisationId, Head>,
    put_off: PutOff,
}

impl Tx {
    /// The connection, for query functions.
    pub fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }

    /// The moment of this unit of work.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Makes ids, references and secrets.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// Writes an event into the organisation's chain, in this transaction.
    pub async fn record(&mut self, organisation: OrganisationId, event: NewEvent) -> Result<(), StoreError> {
        self.hold_head(organisation).await?;
        let head = self.heads.get_mut(&organisation).ok_or_else(|| StoreError::Corrupt("the chain has no head".into()))?;
        self.put_off.events.push(events::row(events::seal(organisation, head, self.now, event)?));
        Ok(())
    }

    /// Puts background work into the outbox, in this transaction.
    pub fn enqueue(
        &mut self,
        organisation: OrganisationId,
        kind: &str,
        payload: &impl Serialize,
        run_at: Timestamp,
    ) -> Result<(), StoreError> {
        let payload = serde_json::to_string(payload).map_err(|e| StoreError::Corrupt(e.to_string()))?;
        let id = self.ids.next();
        self.put_off.jobs.push(job::row(organisation, id, kind, &payload, run_at));
        Ok(())
    }

    /// Grows with whatever is changed or put off, so that two that are alike say that nothing was.
    fn footprint(&self) -> (u64, usize) {
        (self.conn.changes(), self.put_off.events.len() + self.put_off.jobs.len() + self.put_off.keys.rows.len())
    }

    /// Writes what was put off, for a unit that reads it again.
    pub(crate) async fn settle(&mut self) -> Result<(), StoreError> {
        std::mem::take(&mut self.put_off).write(&mut self.conn).await
    }

    /// What was answered the first time this key came, in an earlier commit or earlier in this one.
    async fn first_answer(&mut self, organisation: OrganisationId, key: &str) -> Result<Option<String>, StoreError> {
        match self.put_off.keys.answer(organisation, key) {
            Some(answer) => Ok(Some(answer)),
            None => idempotency::answer(&mut self.conn, organisation, key).await,
        }
    }

    /// Locks the organisation's chain for this transaction, which makes writers of one organisation wait for each other.
    async fn hold_head(&mut self, organisation: OrganisationId) -> Result<(), StoreError> {
        if !self.heads.contains_key(&organisation) {
            let head = lock_head(&mut self.conn, organisation).await?;
            self.heads.insert(organisation, head);
        }
        Ok(())
    }
}

/// Rows that nothing reads before the commit: they are written together at its end, many to a statement. Nothing is
/// answered before that.
#[derive(Default)]
struct PutOff {
    events: Vec<[Value; 11]>,
    jobs: Vec<[Value; 5]>,
    keys: Keys,
}

/// Idempotency keys of this commit with their answers.
#[derive(Default)]
struct Keys {
    rows: Vec<[Value; 4]>,
    answers: Vec<(OrganisationId, String, String)>,
}

impl Keys {
    fn push(&mut self, organisation: OrganisationId, key: &str, row: [Value; 4], answer: String) {
        self.rows.push(row);
        self.answers.push((organisation, key.to_owned(), answer));
    }

    fn answer(&self, organisation: OrganisationId, key: &str) -> Option<String> {
        self.answers.iter().find(|(o, k, _)| *o == organisation && k == key).map(|(_, _, answer)| answer.clone())
    }
}

impl PutOff {
    async fn write(self, conn: &mut Conn) -> Result<(), StoreError> {
        conn.insert_all(events::INSERT, &self.events).await?;
        conn.insert_all(job::INSERT, &self.jobs).await?;
        conn.insert_all(idempotency::KEEP, &self.keys.rows).await
    }
}

async fn lock_head(conn: &mut Conn, organisation: OrganisationId) -> Result<Head, StoreError> {
    if let Some(row) = conn.row(events::LOCK_HEAD, &args![organisation]).await? {
        return events::head_of(&row);
    }
    conn.execute(events::START_HEAD, &args![organisation, Vec::new()]).await?;
    let row = conn.row(events::LOCK_HEAD, &args![organisation]).await?;
    events::head_of(&row.ok_or_else(|| StoreError::Corrupt("the chain has no head".into()))?)
}

impl Writer {
    pub(crate) fn start(engine: Engine, clock: Arc<dyn Clock>) -> (Self, watch::Receiver<u64>) {
        let (queue, orders) = mpsc::channel(QUEUE);
        let (changed, changes) = watch::channel(0);
        tokio::spawn(run(engine, clock, orders, changed));
        (Self { queue }, changes)
    }

    pub(crate) async fn write<T, F>(&self, organisation: OrganisationId, key: Option<&str>, work: F) -> Result<T, Failure>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: for<'t> FnMut(&'t mut Tx) -> BoxFuture<'t, Result<T, Failure>> + Send + 'static,
    {
        let answer = Arc::new(Mutex::new(None));
        let unit = Box::new(Keyed { organisation, key: key.map(str::to_owned), work, answer: answer.clone() });
        let (done, ended) = oneshot::channel();
        let gone = || Failure::Store(StoreError::Unavailable("the writer has stopped".into()));
        self.queue.send(Order::Run(Request { unit, done })).await.map_err(|_| gone())?;
        ended.await.map_err(|_| gone())??;
        let value = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or_else(gone)
    }

    pub(crate) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.queue.send(Order::Stop(done)).await.is_ok() {
            let _ = stopped.await;
        }
    }
}

async fn run(engine: Engine, clock: Arc<dyn Clock>, mut orders: mpsc::Receiver<Order>, changed: watch::Sender<u64>) {
    let mut stopping = None;
    while stopping.is_none() {
        let Some(first) = orders.recv().await else { return };
        let mut group = Vec::new();
        let mut order = Some(first);
        while let Some(next) = order {
            match next {
                Order::Run(request) => group.push(request),
                Order::Stop(done) => {
                    stopping = Some(done);
                    break;
                }
            }
            order = if group.len() < GROUP_MAX { orders.try_recv().ok() } else { None };
        }
        if !group.is_empty() && commit_group(&engine, &clock, group).await {
            changed.send_modify(|n| *n += 1);
        }
    }
    if let Some(done) = stopping {
        let _ = done.send(());
    }
}

/// Runs a group and commits it once; says whether anything was committed.
async fn commit_group(engine: &Engine, clock: &Arc<dyn Clock>, group: Vec<Request>) -> bool {
    let mut waiting = Vec::with_capacity(group.len());
    let committed = match open_tx(engine, clock).await {
        Ok(tx) => run_group(tx, group, &mut waiting).await,
        Err(error) => {
            waiting.extend(group.into_iter().map(|r| (r.done, Ok(()))));
            Err(error)
        }
    };
    let worked = committed.is_ok();
    let lost = committed.err().map(|e| e.to_string());
    let full = lost.as_deref().is_some_and(|e| e == StoreError::DiskFull.to_string());
    for (done, result) in waiting {
        // A refusal may rest on what another unit of the group did, so it is lost with the group.
        let answer = match (&lost, result) {
            (None, result) => result,
            (Some(_), _) if full => Err(Failure::Store(StoreError::DiskFull)),
            (Some(why), _) => Err(Failure::Store(StoreError::Unavailable(why.clone()))),
        };
        let _ = done.send(answer);
    }
    worked
}

async fn open_tx(engine: &Engine, clock: &Arc<dyn Clock>) -> Result<Tx, StoreError> {
    let mut conn = engine.writer().await?;
    match conn.begin().await {
        // The server was restarted since the last commit; nothing has been asked of it yet.
        Err(StoreError::Unavailable(_)) => {
            drop(conn);
            conn = engine.writer().await?;
            conn.begin().await?;
        }
        begun => begun?,
    }
    Ok(Tx {
        conn,
        now: portico_nhs::to_micros(clock.now()),
        ids: Ids::new(clock.clone()),
        heads: BTreeMap::new(),
        put_off: PutOff::default(),
    })
}

type Waiting = Vec<(oneshot::Sender<Result<(), Failure>>, Result<(), Failure>)>;

/// Runs a group without savepoints; if any unit of it fails after it changed something, takes everything back and runs it
/// again with one for each unit. Few groups hold such a failure, and savepoints would be a fifth of their work.
async fn run_group(mut tx: Tx, mut group: Vec<Request>, waiting: &mut Waiting) -> Result<(), StoreError> {
    // Every server locks chains in the same order, so that two of them never wait for each other in a circle.
    group.sort_by_key(|request| request.unit.organisation());
    let mut results = Vec::with_capacity(group.len());
    let mut ended = match run_plainly(&mut tx, &mut group, &mut results).await {
        Ok(true) => Ok(()),
        Ok(false) => match begin_again(&mut tx).await {
            Ok(()) => {
                results.clear();
                run_guarded(&mut tx, &mut group, &mut results).await
            }
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    if ended.is_ok() {
        ended = commit(&mut tx).await;
    }
    results.resize_with(group.len(), || Ok(()));
    waiting.extend(group.into_iter().map(|request| request.done).zip(results));
    if let Err(error) = &ended {
        tracing::error!(%error, "a group of writes was not kept");
        // A connection in an unknown state is closed rather than put back.
        if tx.conn.roll_back().await.is_err() {
            tx.conn.discard();
        }
    }
    ended
}

/// Says whether every unit went well, or was refused before it had changed anything.
async fn run_plainly(tx: &mut Tx, group: &mut [Request], results: &mut Vec<Result<(), Failure>>) -> Result<bool, StoreError> {
    for request in group {
        tx.hold_head(request.unit.organisation()).await?;
        let before = tx.footprint();
        match caught(request.unit.run(tx)).await {
            Ok(()) => results.push(Ok(())),
            Err(Failure::Store(error @ (StoreError::DiskFull | StoreError::Unavailable(_)))) => return Err(error),
            Err(refused @ (Failure::Refused(_) | Failure::NotFound | Failure::Stale)) if tx.footprint() == before => {
                results.push(Err(refused));
            }
            Err(_) => return Ok(false),
        }
    }
    Ok(true)
}

async fn begin_again(tx: &mut Tx) -> Result<(), StoreError> {
    tx.conn.roll_back().await?;
    tx.heads.clear();
    tx.put_off = PutOff::default();
    tx.conn.begin().await
}

async fn run_guarded(tx: &mut Tx, group: &mut [Request], results: &mut Vec<Result<(), Failure>>) -> Result<(), StoreError> {
    for request in group {
        results.push(run_unit(tx, request.unit.as_mut()).await?);
    }
    Ok(())
}

/// A unit that breaks off ends like one that failed: nothing of it is kept, and those behind it are written.
async fn caught(unit: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let broke = |_| Err(Failure::Store(StoreError::Corrupt("a unit of work broke off".into())));
    AssertUnwindSafe(unit).catch_unwind().await.unwrap_or_else(broke)
}

/// Runs one unit in a savepoint. The outer error means that the whole transaction is lost.
async fn run_unit(tx: &mut Tx, unit: &mut dyn Unit) -> Result<Result<(), Failure>, StoreError> {
    // Before any other row: a writer that held a slot and waited for the chain would meet one that holds the chain and waits for the slot.
    tx.hold_head(unit.organisation()).await?;
    let mut tries = 0;
    loop {
        tries += 1;
        tx.conn.script("SAVEPOINT unit").await?;
        let heads = tx.heads.clone();
        let ended = match caught(unit.run(tx)).await {
            Ok(()) => tx.settle().await.map_err(Failure::Store),
            Err(failure) => Err(failure),
        };
        match ended {
            Ok(()) => {
                tx.conn.script("RELEASE SAVEPOINT unit").await?;
                return Ok(Ok(()));
            }
            // The whole group is rolled back; the engine may have done so already, and then there is no savepoint to go back to.
            Err(Failure::Store(error @ (StoreError::DiskFull | StoreError::Unavailable(_)))) => return Err(error),
            Err(failure) => {
                tx.put_off = PutOff::default();
                tx.heads = heads;
                tx.conn.script("ROLLBACK TO SAVEPOINT unit").await?;
                tx.conn.script("RELEASE SAVEPOINT unit").await?;
                match failure {
                    Failure::Store(StoreError::Conflict(_)) if tries < TRIES => {}
                    other => return Ok(Err(other)),
                }
            }
        }
    }
}

async fn commit(tx: &mut Tx) -> Result<(), StoreError> {
    tx.settle().await?;
    for (organisation, head) in std::mem::take(&mut tx.heads) {
        tx.conn.execute(events::MOVE_HEAD, &args![organisation, head.seq, head.hash]).await?;
    }
    tx.conn.commit().await
}
