//! The journal's sessions on PostgreSQL: their settings and time-outs, how one begins, and what its
//! errors mean. It knows no table.

use std::time::Duration;

use db::{CONNECT_PATIENCE, DbError, Servers, SessionFate};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::super::store::StoreError;

/// How long the server lets the journal's session wait: the section `[payments.postgres]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SessionTimeouts {
    /// How long a batch waits for the head row while other nodes commit, in ms.
    pub lock_timeout_ms: u32,
    /// How long a statement may run while its batch holds the head row, in ms. Any answer is waited
    /// for a little longer.
    pub statement_timeout_ms: u32,
    /// A node that was stopped in the middle of a batch keeps the head row for so long, in ms, and
    /// then loses its session.
    pub idle_in_transaction_timeout_ms: u32,
}

impl Default for SessionTimeouts {
    fn default() -> Self {
        platform::config::defaults("payments.postgres")
    }
}

impl SessionTimeouts {
    /// Checks what a type cannot.
    ///
    /// # Errors
    /// The key and what is wrong with it.
    pub fn validate(&self) -> Result<(), String> {
        let keys = [
            ("lock_timeout_ms", self.lock_timeout_ms),
            ("statement_timeout_ms", self.statement_timeout_ms),
            (
                "idle_in_transaction_timeout_ms",
                self.idle_in_transaction_timeout_ms,
            ),
        ];
        // PostgreSQL keeps milliseconds in 31 bits, and to it zero means for ever.
        match keys.iter().find(|(_, ms)| !(1..=86_400_000).contains(ms)) {
            Some((key, _)) => Err(format!(
                "payments.postgres.{key} must be 1 to 86400000 (a day)"
            )),
            None => Ok(()),
        }
    }

    /// A statement's time-out is set by each batch that holds the head row, until it commits: one
    /// that strikes during a commit that waits for a standby server would pass for success.
    pub(super) fn settings(&self) -> [(&'static str, String); 2] {
        [
            ("lock_timeout", self.lock_timeout_ms),
            (
                "idle_in_transaction_session_timeout",
                self.idle_in_transaction_timeout_ms,
            ),
        ]
        .map(|(name, ms)| (name, format!("{ms}ms")))
    }

    /// The longest that the server may take to answer: longer than it lets any statement run. A
    /// connection on which nothing comes for so long is dead, even where no network says so.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms.into()) + GRACE
    }
}

/// What every session of the journal begins with, besides its time-outs and what all sessions begin
/// with.
pub(super) const SESSION: [(&str, &str); 5] = [
    // Every statement finds its rows by their keys, and is planned once: a scan or a hash join,
    // right for the empty table that it was planned on, would be wrong for ever after.
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];

/// How much later than a statement may end its answer may arrive.
const GRACE: Duration = Duration::from_secs(10);
/// The longest that a session may take to begin: longer than the servers may take to give a
/// connection.
pub(super) const BEGIN_PATIENCE: Duration = CONNECT_PATIENCE.saturating_add(Duration::from_secs(1));

/// A connection, and the server's process at its other end, which holds the lock of its number for
/// as long as it lives.
pub(super) struct Session {
    pub(super) connection: PgConnection,
    pub(super) process: Process,
}

/// A process of one server, since that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) number: i32,
    /// When its server was started, µs since 1970: another server, or the same one started again,
    /// has none of its sessions.
    pub(super) server: i64,
}

/// Distinguishes those locks from other advisory locks in the same database.
pub(super) const SESSION_LOCK: i32 = 0x5061_7946;

impl Session {
    pub(super) async fn begin(servers: &Servers) -> Result<Self, sqlx::Error> {
        let mut connection = servers.connect().await?;
        let sql = "SELECT pg_backend_pid(), CAST(EXTRACT(EPOCH FROM pg_postmaster_start_time()) * 1000000 AS BIGINT) \
                   FROM pg_advisory_lock($1, pg_backend_pid())";
        let process = sqlx::query_as(sql).bind(SESSION_LOCK);
        let (number, server) = process.fetch_one(&mut connection).await?;
        let process = Process { number, server };
        Ok(Self {
            connection,
            process,
        })
    }
}

/// What went wrong on the connection.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: StoreError,
    /// Whether the connection is of no use any more.
    pub(super) lost: bool,
    /// Whether the server has ended the session and said so, in place of an answer.
    pub(super) ended: bool,
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        let lost = SessionFate::after(&error) != SessionFate::Sound;
        // An operator ends it, or its idleness.
        let ended = lost
            && error
                .as_database_error()
                .and_then(|error| error.code())
                .is_some_and(|code| matches!(&*code, "57P01" | "57P05"));
        let text = error.to_string();
        let error = match DbError::from(error) {
            DbError::Full(_) => StoreError::Full(text),
            DbError::Damaged(_) => StoreError::Damaged(text),
            DbError::Unavailable(_) | DbError::OutcomeUnknown(_) => StoreError::Unavailable(text),
            DbError::HistoryLost(_) => StoreError::Lost(text),
            _ if lost => StoreError::Unavailable(text),
            // What the statement itself is at fault for.
            DbError::Unique(_)
            | DbError::Query(_)
            | DbError::Unusable(_)
            | DbError::NewerTables { .. }
            | DbError::OlderTables { .. }
            | DbError::Migration(_) => StoreError::Statement(text),
        };
        Self { error, lost, ended }
    }
}
