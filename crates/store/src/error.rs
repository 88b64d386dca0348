use portico_domain::{booking::BookingRefusal, work_item::Refusal};
use thiserror::Error;

/// Why the store could not answer. None of these ever comes with a success page.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database is gone, too slow, or refuses work; nothing was kept.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The disk is full; nothing was kept.
    #[error("the disk that holds the database is full")]
    DiskFull,
    /// Two writers met; the unit of work may be run again.
    #[error("two writers met: {0}")]
    Conflict(String),
    /// A row does not read as what it must be.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    /// A statement is wrong.
    #[error("statement failed: {0}")]
    Statement(String),
    /// A file or migration is wrong.
    #[error("{0}")]
    Setup(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Database(db) => {
                let code = db.code().unwrap_or_default().into_owned();
                match code.as_str() {
                    // SQLite FULL; PostgreSQL disk_full.
                    "13" | "53100" => Self::DiskFull,
                    // SQLite BUSY and LOCKED; PostgreSQL serialization failure, deadlock; unique violations are races here.
                    "5" | "6" | "40001" | "40P01" | "1555" | "2067" | "23505" => Self::Conflict(db.message().to_owned()),
                    // PostgreSQL: what the connection had prepared no longer fits the schema or is gone, or the server is another.
                    "0A000" | "26000" | "25006" | "57P05" => Self::Unavailable(db.message().to_owned()),
                    // SQLite IOERR and READONLY families, CANTOPEN; PostgreSQL shutdown and connection classes.
                    "10" | "14" | "778" | "8" | "1032" | "57P01" | "57P02" | "57P03" | "53300" => {
                        Self::Unavailable(db.message().to_owned())
                    }
                    _ => Self::Statement(db.message().to_owned()),
                }
            }
            E::PoolTimedOut | E::PoolClosed | E::Io(_) | E::Tls(_) | E::WorkerCrashed | E::Protocol(_) => {
                Self::Unavailable(error.to_string())
            }
            E::ColumnDecode { .. } | E::ColumnNotFound(_) | E::Decode(_) => Self::Corrupt(error.to_string()),
            _ => Self::Statement(error.to_string()),
        }
    }
}

/// How a unit of work ends when it does not succeed; nothing of it is kept.
#[derive(Debug, Error)]
pub enum Failure {
    /// The person may not, with a sentence that says what to do.
    #[error("{0}")]
    Refused(String),
    /// The page was out of date.
    #[error("Somebody changed this while you had it open. Look at what changed and try again; nothing that you typed is lost.")]
    Stale,
    /// There is no such thing in this organisation.
    #[error("There is nothing here. The link may be old or mistyped.")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Refused(refusal.to_string())
    }
}

impl From<BookingRefusal> for Failure {
    fn from(refusal: BookingRefusal) -> Self {
        Failure::Refused(refusal.to_string())
    }
}
