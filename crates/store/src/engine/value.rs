use jiff::{Timestamp, civil::Date};
use sqlx::{
    Encode, Postgres, Sqlite, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, types::Oid},
    query::Query,
    sqlite::SqliteArguments,
};
use uuid::Uuid;

/// Microseconds between 1970 (Unix) and 2000 (PostgreSQL).
pub(super) const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

/// One parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value; its type is whatever the column's is.
    Null,
    /// True or false.
    Flag(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
    /// A 128-bit id.
    Id(Uuid),
    /// A moment, to the microsecond.
    Time(Timestamp),
    /// Raw bytes.
    Bytes(Vec<u8>),
}

impl Value {
    pub(super) fn bind_sqlite<'q>(&self, query: Query<'q, Sqlite, SqliteArguments>) -> Query<'q, Sqlite, SqliteArguments> {
        match self {
            Value::Null => query.bind(None::<i64>),
            Value::Flag(v) => query.bind(*v),
            Value::Int(v) => query.bind(*v),
            Value::Text(v) => query.bind(v.clone()),
            Value::Id(v) => query.bind(*v),
            Value::Time(v) => query.bind(v.as_microsecond()),
            Value::Bytes(v) => query.bind(v.clone()),
        }
    }

    pub(super) fn bind_postgres<'q>(&self, query: Query<'q, Postgres, PgArguments>) -> Query<'q, Postgres, PgArguments> {
        match self {
            Value::Null => query.bind(Untyped),
            Value::Flag(v) => query.bind(*v),
            Value::Int(v) => query.bind(*v),
            Value::Text(v) => query.bind(v.clone()),
            Value::Id(v) => query.bind(*v),
            Value::Time(v) => query.bind(PostgresMicros(v.as_microsecond())),
            Value::Bytes(v) => query.bind(v.clone()),
        }
    }
}

/// A NULL whose type PostgreSQL infers from where it stands.
struct Untyped;

impl Type<Postgres> for Untyped {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Untyped {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

/// A `timestamptz` on the wire: microseconds since 2000.
pub(super) struct PostgresMicros(pub(super) i64);

impl Type<Postgres> for PostgresMicros {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("TIMESTAMPTZ")
    }
}

impl Encode<'_, Postgres> for PostgresMicros {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&(self.0 - POSTGRES_EPOCH_MICROS).to_be_bytes());
        Ok(IsNull::No)
    }
}

impl sqlx::Decode<'_, Postgres> for PostgresMicros {
    fn decode(value: sqlx::postgres::PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let bytes: [u8; 8] = value.as_bytes()?.try_into()?;
        Ok(Self(i64::from_be_bytes(bytes) + POSTGRES_EPOCH_MICROS))
    }
}

macro_rules! from {
    ($($from:ty => |$v:ident| $to:expr;)+) => {$(
        impl From<$from> for Value { fn from($v: $from) -> Self { $to } }
    )+};
}
from! {
    bool => |v| Value::Flag(v);
    i64 => |v| Value::Int(v);
    i32 => |v| Value::Int(i64::from(v));
    u8 => |v| Value::Int(i64::from(v));
    String => |v| Value::Text(v);
    &String => |v| Value::Text(v.clone());
    &str => |v| Value::Text(v.to_owned());
    Uuid => |v| Value::Id(v);
    Timestamp => |v| Value::Time(v);
    Vec<u8> => |v| Value::Bytes(v);
    &[u8] => |v| Value::Bytes(v.to_vec());
    Date => |v| Value::Text(v.to_string());
    portico_nhs::OrganisationId => |v| Value::Id(v.0);
    portico_nhs::TeamId => |v| Value::Id(v.0);
    portico_nhs::StaffId => |v| Value::Id(v.0);
    portico_nhs::PatientId => |v| Value::Id(v.0);
    portico_nhs::WorkItemId => |v| Value::Id(v.0);
    portico_nhs::DraftId => |v| Value::Id(v.0);
    portico_nhs::RoomId => |v| Value::Id(v.0);
    portico_nhs::TemplateId => |v| Value::Id(v.0);
    portico_nhs::RotaChangeId => |v| Value::Id(v.0);
    portico_nhs::SessionId => |v| Value::Id(v.0);
    portico_nhs::SlotId => |v| Value::Id(v.0);
    portico_nhs::AttachmentId => |v| Value::Id(v.0);
    portico_nhs::BookingId => |v| Value::Id(v.0);
    portico_nhs::MessageId => |v| Value::Id(v.0);
    portico_nhs::RecordEntryId => |v| Value::Id(v.0);
    portico_nhs::JobId => |v| Value::Id(v.0);
    portico_nhs::ClosureId => |v| Value::Id(v.0);
    portico_nhs::SavedViewId => |v| Value::Id(v.0);
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Value::Null, Into::into)
    }
}

/// The parameters of a statement: `args![organisation, id, now]`.
#[macro_export]
macro_rules! args {
    ($($v:expr),* $(,)?) => { [$($crate::Value::from($v)),*] };
}
