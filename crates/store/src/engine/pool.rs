//! Where connections wait between two uses.
//!
//! A connection is tried before it is used again only when it rested for a while, and is closed when it failed: the
//! pools of sqlx try every connection whenever it is put back, which in a rush is a third of all questions.

use std::time::Duration;

use deadpool::managed::{Manager, Metrics, Object, Pool, QueueMode, RecycleError, RecycleResult};
use sqlx::{ConnectOptions, Connection};

use crate::StoreError;

/// How long a request waits for a connection before the page says that the database is gone.
const ACQUIRE: Duration = Duration::from_secs(5);
/// A connection to a server that rested for longer is tried before it is used: the server may have been restarted.
const JUST_USED: Duration = Duration::from_millis(100);
/// How long that trial may take.
const TRIAL: Duration = Duration::from_secs(1);
/// A connection to a server that rested this long is not worth a trial: what lies between may have forgotten it silently.
const RESTED: Duration = Duration::from_secs(600);
/// And none lives longer than this, so that whatever it remembers of an older schema goes with it.
const LIFE: Duration = Duration::from_secs(1800);
/// How long connections in use are waited for when the store closes.
const CLOSING: Duration = Duration::from_secs(5);

/// Makes connections of one kind.
#[derive(Debug)]
pub(crate) struct Source<C: Connection> {
    options: C::Options,
    /// Whether a server is at the other end, which may go away.
    remote: bool,
}

/// A connection, and whether it failed or was left inside a transaction: then it is not used again.
#[derive(Debug)]
pub(crate) struct Kept<C> {
    pub(crate) conn: C,
    pub(crate) failed: bool,
    pub(crate) inside: bool,
}

impl<C: Connection> Manager for Source<C> {
    type Type = Kept<C>;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Self::Type, sqlx::Error> {
        Ok(Kept { conn: self.options.connect().await?, failed: false, inside: false })
    }

    async fn recycle(&self, kept: &mut Self::Type, seen: &Metrics) -> RecycleResult<sqlx::Error> {
        if kept.failed || kept.inside || self.remote && (seen.last_used() > RESTED || seen.age() > LIFE) {
            return Err(RecycleError::message("it failed or is old"));
        }
        if self.remote && seen.last_used() > JUST_USED {
            tokio::time::timeout(TRIAL, kept.conn.ping()).await.map_err(|_| RecycleError::message("it does not answer"))??;
        }
        Ok(())
    }
}

/// Connections of one kind, at most so many.
#[derive(Debug)]
pub(crate) struct Connections<C: Connection>(Pool<Source<C>>);

impl<C: Connection> Clone for Connections<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A connection that goes back when it is dropped.
pub(crate) type Lent<C> = Object<Source<C>>;

impl<C: Connection> Connections<C> {
    /// Opens none yet.
    pub(crate) fn new(options: C::Options, remote: bool, most: usize) -> Result<Self, StoreError> {
        let pool = Pool::builder(Source { options, remote })
            .max_size(most)
            // The one used last has its pages and statements at hand.
            .queue_mode(QueueMode::Lifo)
            .build();
        Ok(Self(pool.map_err(|e| StoreError::Setup(e.to_string()))?))
    }

    /// One connection. That none comes means that the database is gone, whatever the engine says about why.
    pub(crate) async fn one(&self) -> Result<Lent<C>, StoreError> {
        match tokio::time::timeout(ACQUIRE, self.0.get()).await {
            Ok(got) => got.map_err(|e| StoreError::Unavailable(e.to_string())),
            Err(_) => Err(StoreError::Unavailable("no connection came in time".into())),
        }
    }

    /// Waits for connections in use, and closes all of them.
    pub(crate) async fn close(&self) {
        let close_idle = async || {
            for kept in self.0.retain(|_, _| false).removed {
                // What cannot be closed in order is closed by being dropped.
                let _ = kept.conn.close().await;
            }
        };
        let all_back = async {
            while self.0.status().size > 0 {
                close_idle().await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        close_idle().await;
        let _ = tokio::time::timeout(CLOSING, all_back).await;
        self.0.close();
    }
}
