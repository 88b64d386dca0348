use std::{fmt::Display, str::FromStr};

use jiff::{Timestamp, civil::Date};
use sqlx::{Row as _, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

use super::value::PostgresMicros;
use crate::StoreError;

/// One row of an answer; columns are read by name.
pub enum Row {
    /// From the embedded database.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
}

macro_rules! get {
    ($self:ident, $column:ident, $type:ty) => {
        match $self {
            Row::Sqlite(row) => Ok(row.try_get::<$type, _>($column)?),
            Row::Postgres(row) => Ok(row.try_get::<$type, _>($column)?),
        }
    };
}

impl Row {
    /// Text that is always there.
    pub fn text(&self, column: &str) -> Result<String, StoreError> {
        get!(self, column, String)
    }

    /// Text that may be missing.
    pub fn opt_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        get!(self, column, Option<String>)
    }

    /// A whole number.
    pub fn int(&self, column: &str) -> Result<i64, StoreError> {
        get!(self, column, i64)
    }

    /// A whole number that may be missing.
    pub fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        get!(self, column, Option<i64>)
    }

    /// True or false.
    pub fn flag(&self, column: &str) -> Result<bool, StoreError> {
        get!(self, column, bool)
    }

    /// Raw bytes.
    pub fn bytes(&self, column: &str) -> Result<Vec<u8>, StoreError> {
        get!(self, column, Vec<u8>)
    }

    /// An id of any kind.
    pub fn id<T: From<Uuid>>(&self, column: &str) -> Result<T, StoreError> {
        let id: Result<Uuid, StoreError> = get!(self, column, Uuid);
        id.map(T::from)
    }

    /// An id that may be missing.
    pub fn opt_id<T: From<Uuid>>(&self, column: &str) -> Result<Option<T>, StoreError> {
        let id: Result<Option<Uuid>, StoreError> = get!(self, column, Option<Uuid>);
        id.map(|id| id.map(T::from))
    }

    /// A moment that may be missing.
    pub fn opt_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        let micros = match self {
            Row::Sqlite(row) => row.try_get::<Option<i64>, _>(column)?,
            Row::Postgres(row) => row.try_get::<Option<PostgresMicros>, _>(column)?.map(|m| m.0),
        };
        micros.map(|m| Timestamp::from_microsecond(m).map_err(|e| StoreError::Corrupt(format!("{column}: {e}")))).transpose()
    }

    /// A moment.
    pub fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        self.opt_time(column)?.ok_or_else(|| StoreError::Corrupt(format!("{column} is missing")))
    }

    /// Text that must read as a value of its type.
    pub fn parsed<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T, StoreError> {
        self.opt_parsed(column)?.ok_or_else(|| StoreError::Corrupt(format!("{column} is missing")))
    }

    /// Text that, if there, must read as a value of its type.
    pub fn opt_parsed<T: FromStr<Err: Display>>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.opt_text(column)?.map(|t| t.parse().map_err(|e: T::Err| StoreError::Corrupt(format!("{column}: {e}")))).transpose()
    }

    /// A civil date that may be missing.
    pub fn opt_date(&self, column: &str) -> Result<Option<Date>, StoreError> {
        self.opt_parsed(column)
    }

    /// JSON text read as its type.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|e| StoreError::Corrupt(format!("{column}: {e}")))
    }

    /// JSON text, if there, read as its type.
    pub fn opt_json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.opt_text(column)?.map(|t| serde_json::from_str(&t).map_err(|e| StoreError::Corrupt(format!("{column}: {e}")))).transpose()
    }
}
