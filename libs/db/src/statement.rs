//! What statements are given, and what they return, on both engines.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{FromRow, Postgres, Sqlite};
use uuid::Uuid;

use super::DbError;

/// A value bound to a placeholder. Both engines bind each of these natively.
#[derive(Debug, Clone)]
pub enum Arg {
    /// BIGINT.
    Int(Option<i64>),
    /// TEXT.
    Text(Option<String>),
    /// `uuid` or a 16-byte BLOB.
    Uuid(Option<Uuid>),
    /// `bytea` or BLOB.
    Bytes(Option<Vec<u8>>),
}

macro_rules! arg_from {
    ($($from:ty => |$value:ident| $make:expr;)*) => { $(
        impl From<$from> for Arg {
            fn from($value: $from) -> Self { $make }
        }
    )* };
}

arg_from! {
    i64 => |value| Self::Int(Some(value));
    Option<i64> => |value| Self::Int(value);
    bool => |value| Self::Int(Some(i64::from(value)));
    values::Timestamp => |value| Self::Int(Some(value.0));
    Option<values::Timestamp> => |value| Self::Int(value.map(|at| at.0));
    &str => |value| Self::Text(Some(value.to_owned()));
    String => |value| Self::Text(Some(value));
    Option<String> => |value| Self::Text(value);
    Uuid => |value| Self::Uuid(Some(value));
    Option<Uuid> => |value| Self::Uuid(value);
    Vec<u8> => |value| Self::Bytes(Some(value));
    Option<Vec<u8>> => |value| Self::Bytes(value);
}

/// The arguments of a query, in placeholder order: `args![id, "text", 7_i64]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::Arg::from($value)),*] };
}

/// A row type that both engines can fill: derive `sqlx::FromRow` on a struct of `i64`, `String`,
/// `Uuid`, `Vec<u8>` and options of them.
pub trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}
impl<T> Row for T where
    T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}

macro_rules! bind_all {
    ($query:expr, $args:expr) => {
        $args.into_iter().fold($query, |query, arg| match arg {
            Arg::Int(value) => query.bind(value),
            Arg::Text(value) => query.bind(value),
            Arg::Uuid(value) => query.bind(value),
            Arg::Bytes(value) => query.bind(value),
        })
    };
}

pub(super) fn lite(sql: &'static str, args: Vec<Arg>) -> Query<'static, Sqlite, SqliteArguments> {
    tracing::trace!(sql);
    bind_all!(sqlx::query(sql), args)
}

pub(super) fn pg(sql: &'static str, args: Vec<Arg>) -> Query<'static, Postgres, PgArguments> {
    tracing::trace!(sql);
    bind_all!(sqlx::query(sql), args)
}

/// Rows as an engine gave them. Queries are run without knowing the type they are read into, so
/// that sqlx's machinery is compiled once, here, and not again for every row type of every service.
pub(super) enum Rows {
    Sqlite(Vec<SqliteRow>),
    Postgres(Vec<PgRow>),
}

impl Rows {
    pub(super) fn read<T: Row>(&self) -> Result<Vec<T>, DbError> {
        Ok(match self {
            Self::Sqlite(rows) => rows.iter().map(T::from_row).collect::<Result<_, _>>()?,
            Self::Postgres(rows) => rows.iter().map(T::from_row).collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn read_first<T: Row>(&self) -> Result<Option<T>, DbError> {
        Ok(match self {
            Self::Sqlite(rows) => rows.first().map(T::from_row).transpose()?,
            Self::Postgres(rows) => rows.first().map(T::from_row).transpose()?,
        })
    }
}
