//! The engine facade: one `Value`, one `Row`, one `Conn` over SQLite and PostgreSQL.
//! The few texts that must differ between the two stand here and nowhere else.

mod pool;
mod row;
mod value;

use std::{str::FromStr, time::Duration};

use pool::{Connections, Lent};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Executor, PgConnection, Postgres, SqlSafeStr, Sqlite, SqliteConnection,
    postgres::{PgArguments, PgConnectOptions},
    query::Query,
    sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

pub use row::Row;
pub use value::Value;

use crate::StoreError;

/// Which database is underneath; for tests, messages and the schema words only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// The embedded database.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// Readers and the one writer's connection source.
#[derive(Debug, Clone)]
pub(crate) enum Engine {
    /// Connections that only read, and the one that writes.
    Sqlite { read: Connections<SqliteConnection>, write: Connections<SqliteConnection> },
    /// The same connections for both.
    Postgres(Connections<PgConnection>),
}

/// Connections that read at once.
const READERS: usize = 8;

impl Engine {
    /// Opens `sqlite:PATH` or `postgres://…`; creates the SQLite file when it is missing.
    pub(crate) async fn open(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url)?.disable_statement_logging();
            return Ok(Self::Postgres(Connections::new(options, true, READERS + 2)?));
        }
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("cache_size", "-16000")
            .pragma("temp_store", "memory")
            .pragma("analysis_limit", "1000")
            .optimize_on_close(true, None)
            .disable_statement_logging();
        let write = Connections::new(options.clone(), false, 1)?;
        // Each of them keeps pages of its own, and the operating system keeps them for all.
        let reads = options.pragma("query_only", "1").pragma("cache_size", "-4000").optimize_on_close(false, None);
        let read = Connections::new(reads, false, READERS)?;
        Ok(Self::Sqlite { read, write })
    }

    pub(crate) fn kind(&self) -> EngineKind {
        match self {
            Self::Sqlite { .. } => EngineKind::Sqlite,
            Self::Postgres(_) => EngineKind::Postgres,
        }
    }

    pub(crate) async fn reader(&self) -> Result<Conn, StoreError> {
        Ok(Conn::new(match self {
            Self::Sqlite { read, .. } => To::Sqlite(read.one().await?),
            Self::Postgres(all) => To::Postgres(all.one().await?),
        }))
    }

    pub(crate) async fn writer(&self) -> Result<Conn, StoreError> {
        Ok(Conn::new(match self {
            Self::Sqlite { write, .. } => To::Sqlite(write.one().await?),
            Self::Postgres(all) => To::Postgres(all.one().await?),
        }))
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(all) => all.close().await,
        }
    }
}

/// One connection; every query function takes one, inside or outside a transaction.
#[derive(Debug)]
pub struct Conn {
    to: To,
    /// How many statements may have changed something.
    changes: u64,
}

#[derive(Debug)]
enum To {
    Sqlite(Lent<SqliteConnection>),
    Postgres(Lent<PgConnection>),
}

/// What is done with a connection of either kind, as one expression; a connection that fails in it is not used again.
macro_rules! on {
    ($conn:expr, $c:ident, sqlite => $sqlite:expr, postgres => $postgres:expr) => {
        match &mut $conn.to {
            To::Sqlite(lent) => {
                let $c = &mut lent.conn;
                let done = $sqlite.map_err(StoreError::from);
                lent.failed |= matches!(done, Err(StoreError::Unavailable(_)));
                done
            }
            To::Postgres(lent) => {
                let $c = &mut lent.conn;
                let done = $postgres.map_err(StoreError::from);
                lent.failed |= matches!(done, Err(StoreError::Unavailable(_)));
                done
            }
        }
    };
}

/// Statements are constants, or put together from constants: no text from outside ever becomes SQL.
fn sqlite_query<'q>(sql: &'q str, values: &[Value]) -> Query<'q, Sqlite, SqliteArguments> {
    values.iter().fold(sqlx::query(AssertSqlSafe(sql.to_owned())), |query, value| value.bind_sqlite(query))
}

fn postgres_query<'q>(sql: &'q str, values: &[Value]) -> Query<'q, Postgres, PgArguments> {
    values.iter().fold(sqlx::query(AssertSqlSafe(sql.to_owned())), |query, value| value.bind_postgres(query))
}

/// The same tuple with its parameters counted on: `($1, $2)` by 2 is `($3, $4)`.
fn moved_on(tuple: &str, by: usize) -> String {
    let mut out = String::with_capacity(tuple.len() + 16);
    for (n, part) in tuple.split('$').enumerate() {
        if n == 0 {
            out.push_str(part);
            continue;
        }
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let place: usize = part[..digits].parse().unwrap_or(0);
        out.push_str(&format!("${}{}", place + by, &part[digits..]));
    }
    out
}

impl Conn {
    fn new(to: To) -> Self {
        Self { to, changes: 0 }
    }

    /// Which engine this is a connection to.
    pub fn kind(&self) -> EngineKind {
        match self.to {
            To::Sqlite(_) => EngineKind::Sqlite,
            To::Postgres(_) => EngineKind::Postgres,
        }
    }

    /// How many statements were run that may have changed something.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// Runs a statement; answers the number of rows it touched.
    pub async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        self.changes += 1;
        on!(self, c,
            sqlite => sqlite_query(sql, values).execute(c).await.map(|done| done.rows_affected()),
            postgres => postgres_query(sql, values).execute(c).await.map(|done| done.rows_affected()))
    }

    /// Inserts many rows with few statements. `insert` inserts one and ends with its `VALUES (…)`.
    pub(crate) async fn insert_all<const COLUMNS: usize>(&mut self, insert: &str, rows: &[[Value; COLUMNS]]) -> Result<(), StoreError> {
        let (head, tuple) = insert.split_once("VALUES ").ok_or_else(|| StoreError::Corrupt("an INSERT without VALUES".into()))?;
        let mut rest = rows;
        // A few fixed lengths, so that the engine keeps the statements prepared.
        while let Some(length) = [32, 8, 1].into_iter().find(|n| *n <= rest.len()) {
            let (these, later) = rest.split_at(length);
            let tuples: Vec<String> = (0..length).map(|n| moved_on(tuple, n * COLUMNS)).collect();
            self.execute(&format!("{head}VALUES {}", tuples.join(", ")), these.as_flattened()).await?;
            rest = later;
        }
        Ok(())
    }

    /// All rows of a query; the statement bounds them.
    pub async fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.changes += u64::from(!sql.starts_with("SELECT"));
        on!(self, c,
            sqlite => sqlite_query(sql, values).fetch_all(c).await.map(|rows| rows.into_iter().map(Row::Sqlite).collect()),
            postgres => postgres_query(sql, values).fetch_all(c).await.map(|rows| rows.into_iter().map(Row::Postgres).collect()))
    }

    /// The one row of a query, if any.
    pub async fn row(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>, StoreError> {
        self.changes += u64::from(!sql.starts_with("SELECT"));
        on!(self, c,
            sqlite => sqlite_query(sql, values).fetch_optional(c).await.map(|row| row.map(Row::Sqlite)),
            postgres => postgres_query(sql, values).fetch_optional(c).await.map(|row| row.map(Row::Postgres)))
    }

    /// Runs text that has no parameters and may hold several statements (migrations, BEGIN, PRAGMA).
    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        self.changes += 1;
        on!(self, c,
            sqlite => c.execute(AssertSqlSafe(sql.to_owned())).await.map(|_| ()),
            postgres => c.execute(AssertSqlSafe(sql.to_owned())).await.map(|_| ()))
    }

    /// Closes the connection instead of putting it back.
    pub(crate) fn discard(self) {
        match self.to {
            To::Sqlite(lent) => drop(Lent::take(lent)),
            To::Postgres(lent) => drop(Lent::take(lent)),
        }
    }

    /// Starts the writer's transaction; on SQLite it takes the write lock at once. Until it ends, the connection is nobody
    /// else's, whatever becomes of whoever began it.
    pub(crate) async fn begin(&mut self) -> Result<(), StoreError> {
        match self.kind() {
            EngineKind::Sqlite => self.script("BEGIN IMMEDIATE").await?,
            EngineKind::Postgres => self.script("BEGIN").await?,
        }
        self.set_inside(true);
        Ok(())
    }

    /// Ends the transaction and keeps what it did.
    pub(crate) async fn commit(&mut self) -> Result<(), StoreError> {
        self.script("COMMIT").await?;
        self.set_inside(false);
        Ok(())
    }

    /// Ends the transaction and takes back what it did.
    pub(crate) async fn roll_back(&mut self) -> Result<(), StoreError> {
        self.script("ROLLBACK").await?;
        self.set_inside(false);
        Ok(())
    }

    fn set_inside(&mut self, inside: bool) {
        match &mut self.to {
            To::Sqlite(lent) => lent.inside = inside,
            To::Postgres(lent) => lent.inside = inside,
        }
    }

    /// Asks the engine whether a statement is valid on the migrated schema, without running it.
    pub async fn check_statement(&mut self, sql: &str) -> Result<(), StoreError> {
        on!(self, c,
            sqlite => c.prepare(AssertSqlSafe(sql.to_owned()).into_sql_str()).await.map(|_| ()),
            postgres => c.prepare(AssertSqlSafe(sql.to_owned()).into_sql_str()).await.map(|_| ()))
    }

    /// Refreshes the planner's statistics; the plan of the desk depends on them.
    pub(crate) async fn optimise(&mut self) -> Result<(), StoreError> {
        match self.kind() {
            EngineKind::Sqlite => self.script("PRAGMA optimize = 0x10002").await,
            EngineKind::Postgres => Ok(()),
        }
    }

    /// Gathers full statistics after bulk loading.
    pub async fn analyse(&mut self) -> Result<(), StoreError> {
        self.script("ANALYZE").await
    }

    /// The query plan of a statement, as the engine prints it; for tests.
    pub async fn plan(&mut self, sql: &str, values: &[Value]) -> Result<String, StoreError> {
        let (text, column) = match self.kind() {
            EngineKind::Sqlite => (format!("EXPLAIN QUERY PLAN {sql}"), "detail"),
            EngineKind::Postgres => (format!("EXPLAIN {sql}"), "QUERY PLAN"),
        };
        let rows = self.rows(&text, values).await?;
        Ok(rows.iter().map(|r| r.text(column)).collect::<Result<Vec<_>, _>>()?.join("\n"))
    }
}

/// The engine's own word for each neutral column type.
pub(crate) fn schema_words(kind: EngineKind) -> [(&'static str, &'static str); 8] {
    match kind {
        EngineKind::Sqlite => [
            ("{id}", "BLOB"),
            ("{time}", "INTEGER"),
            ("{text}", "TEXT"),
            ("{date}", "TEXT"),
            ("{flag}", "INTEGER"),
            ("{int}", "INTEGER"),
            ("{bytes}", "BLOB"),
            ("{strict}", "STRICT"),
        ],
        EngineKind::Postgres => [
            ("{id}", "UUID"),
            ("{time}", "TIMESTAMPTZ"),
            ("{text}", "TEXT"),
            ("{date}", "TEXT"),
            ("{flag}", "BOOLEAN"),
            ("{int}", "BIGINT"),
            ("{bytes}", "BYTEA"),
            ("{strict}", ""),
        ],
    }
}
