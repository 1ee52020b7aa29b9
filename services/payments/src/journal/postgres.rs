//! The journal's store on PostgreSQL: one connection of its own. Any number of nodes may commit; each batch holds the
//! head row from its first statement to its commit, so that the batches of all nodes stand in one line.
//!
//! A batch is three round trips and one per table that it has to look something up in: the head row, what it names,
//! one statement for all that it changed, and the head row again with the commit.

mod write;

use std::time::Duration;

use platform::db::postgres_options;
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgDatabaseError, PgSeverity};
use sqlx::{Arguments, AssertSqlSafe, ConnectOptions, Encode, PgConnection, Postgres, Type};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use super::documents;
use super::rows::{self, CellError, Cells};
use super::store::{ExternalId, GREATEST_ID, Loaded, Position, Store, StoreError, Wanted, Writes};
use crate::wallet::Wallet;

/// How long the server lets the journal's session wait: the section `[payments.postgres]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionTimeouts {
    /// How long a batch waits for the head row while other nodes commit, in ms.
    pub lock_timeout_ms: u32,
    /// How long a statement may run, in ms.
    pub statement_timeout_ms: u32,
    /// A node that was stopped in the middle of a batch keeps the head row for so long, in ms, and then loses its session.
    pub idle_in_transaction_timeout_ms: u32,
}

impl Default for SessionTimeouts {
    fn default() -> Self {
        Self {
            lock_timeout_ms: 10_000,
            statement_timeout_ms: 20_000,
            idle_in_transaction_timeout_ms: 30_000,
        }
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

    fn settings(&self) -> [(&'static str, String); 3] {
        [
            ("lock_timeout", self.lock_timeout_ms),
            ("statement_timeout", self.statement_timeout_ms),
            (
                "idle_in_transaction_session_timeout",
                self.idle_in_transaction_timeout_ms,
            ),
        ]
        .map(|(name, ms)| (name, format!("{ms}ms")))
    }

    /// The longest that the server may take to answer: longer than it lets any statement run. A connection on which
    /// nothing comes for so long is dead, even where no network says so.
    fn patience(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms.into()) + GRACE
    }
}

/// What every session of the journal begins with, besides its time-outs.
const SESSION: [(&str, &str); 9] = [
    // A node that vanished is noticed within half a minute.
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "4"),
    ("tcp_user_timeout", "30s"),
    // Every statement finds its rows by their keys, and is planned once: a scan or a hash join, right for the empty
    // table that it was planned on, would be wrong for ever after.
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];

/// How much later than a statement may end its answer may arrive.
const GRACE: Duration = Duration::from_secs(10);
/// The longest that a connection may take to be made.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// The journal's store on a PostgreSQL schema whose tables exist.
pub struct PostgresStore {
    options: PgConnectOptions,
    patience: Duration,
    /// Of its own, driven by the journal's thread: no other thread has to wake for the server's answers, and a journal
    /// can be closed from anywhere.
    runtime: Option<Runtime>,
    connection: Option<PgConnection>,
    in_transaction: bool,
    /// The head row as `begin` read it.
    before: Position,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore")
            .field("before", &self.before)
            .finish_non_exhaustive()
    }
}

/// What went wrong on the connection.
#[derive(Debug)]
struct Failed {
    error: StoreError,
    /// Whether the connection is of no use any more.
    lost: bool,
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        let text = error.to_string();
        let sqlx::Error::Database(of_server) = &error else {
            // What this side could not encode or read leaves the connection as it was; anything else may not.
            let ours = matches!(
                error,
                sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::RowNotFound
            );
            let make = if ours {
                StoreError::Statement
            } else {
                StoreError::Unavailable
            };
            return Self {
                error: make(text),
                lost: !ours,
            };
        };
        let code = of_server.code().unwrap_or_default();
        let severity = of_server
            .try_downcast_ref::<PgDatabaseError>()
            .map(PgDatabaseError::severity);
        let fatal = matches!(severity, Some(PgSeverity::Fatal | PgSeverity::Panic));
        // Error codes: PostgreSQL manual, appendix A.
        let (error, lost) = match (&*code, code.get(..2)) {
            ("53100", _) => (StoreError::Full(text), fatal),
            // A server that only reads may have been the primary until a moment ago: another one may answer next time.
            ("25006", _) => (StoreError::Damaged(text), true),
            // Damaged data or index, a missing file, a missing table or schema.
            ("XX001" | "XX002" | "58P01" | "42P01" | "3F000", _) => {
                (StoreError::Damaged(text), fatal)
            }
            // A lock, a serialisation failure, no resources, an operator's doing, no connection, the system's failure.
            ("55P03", _) | (_, Some("40" | "53" | "57" | "08" | "58")) => {
                (StoreError::Unavailable(text), fatal)
            }
            _ if fatal => (StoreError::Unavailable(text), true),
            _ => (StoreError::Statement(text), false),
        };
        Self { error, lost }
    }
}

impl PostgresStore {
    /// A store on a schema of this server. It connects when it is first asked for something.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the URL cannot be read.
    pub fn connect(url: &str, schema: &str, timeouts: SessionTimeouts) -> Result<Self, StoreError> {
        let unavailable =
            |error: &dyn std::fmt::Display| StoreError::Unavailable(error.to_string());
        let options = postgres_options(url, schema).map_err(|error| unavailable(&error))?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| unavailable(&error))?;
        Ok(Self {
            options: options.options(SESSION).options(timeouts.settings()),
            patience: timeouts.patience(),
            runtime: Some(runtime),
            connection: None,
            in_transaction: false,
            before: Position::default(),
        })
    }

    fn block_on<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, Failed> {
        let lost = |text: &str| Failed {
            error: StoreError::Unavailable(text.to_owned()),
            lost: true,
        };
        let runtime = self.runtime.as_ref().ok_or_else(|| lost("it is closed"))?;
        match runtime.block_on(async { tokio::time::timeout(patience, work).await }) {
            Ok(done) => Ok(done?),
            Err(_) => Err(lost("the server did not answer in time")),
        }
    }

    /// Runs something on the connection, made where there is none, and lets go of a connection that is of no use.
    fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, Failed> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            // Whatever was begun on the connection before is gone with it.
            None if self.in_transaction => {
                return Err(Failed {
                    error: StoreError::Unavailable("the connection was lost".to_owned()),
                    lost: true,
                });
            }
            None => self.block_on(CONNECT_PATIENCE, self.options.connect())?,
        };
        let done = self.block_on(self.patience, work(&mut connection));
        if !matches!(&done, Err(failed) if failed.lost) {
            self.connection = Some(connection);
        }
        done
    }

    /// All rows of a prepared query.
    fn select<T>(
        &mut self,
        sql: String,
        arguments: PgArguments,
        read: impl Fn(&mut Cells<'_>) -> Result<T, CellError>,
    ) -> Result<Vec<T>, StoreError> {
        let found = self.run(async |connection| {
            sqlx::query_with(AssertSqlSafe(sql), arguments)
                .fetch_all(connection)
                .await
        })?;
        let mut values = Vec::with_capacity(found.len());
        for row in &found {
            values.push(read(&mut Cells::of(row))?);
        }
        Ok(values)
    }

    /// The rows of a table whose `id` is one of these; no question is asked for none.
    fn by_id<T>(
        &mut self,
        table: &str,
        columns: &str,
        ids: &[Uuid],
        read: fn(&mut Cells<'_>) -> Result<T, CellError>,
    ) -> Result<Vec<T>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {columns} FROM {table} WHERE id = ANY($1)");
        self.select(sql, arguments(ids)?, read)
    }

    /// Accounts, each with its wallet where there is one.
    fn load_accounts(
        &mut self,
        key: &str,
        keys: PgArguments,
        loaded: &mut Loaded,
    ) -> Result<(), StoreError> {
        let (account, accounts, wallet) = (rows::ACCOUNT, rows::ACCOUNTS, rows::WALLET);
        let sql = format!(
            "SELECT a.*, w.* FROM (SELECT {account} FROM {accounts} WHERE {key} = ANY($1)) AS a \
             LEFT JOIN (SELECT {wallet} FROM wallets) AS w ON w.account = a.no"
        );
        let found = self.select(sql, keys, |cells| {
            let account = rows::account(cells)?;
            let wallet = (!cells.is_null()?)
                .then(|| rows::wallet(cells))
                .transpose()?;
            Ok((account, wallet))
        })?;
        for (account, wallet) in found {
            loaded.accounts.push(account);
            loaded.wallets.extend::<Option<Wallet>>(wallet);
        }
        Ok(())
    }

    fn load_external_ids(&mut self, ids: &[ExternalId]) -> Result<Vec<ExternalId>, StoreError> {
        let owners: Vec<Uuid> = ids.iter().map(|id| id.owner).collect();
        let texts: Vec<&str> = ids.iter().map(|id| id.text.as_str()).collect();
        let mut keys = arguments(owners)?;
        add(&mut keys, texts)?;
        let sql = "SELECT x.owner, x.external_id FROM UNNEST($1, $2) AS n (owner, external_id) \
                   JOIN external_ids AS x ON x.owner = n.owner AND x.external_id = n.external_id";
        self.select(sql.to_owned(), keys, |cells| {
            Ok(ExternalId {
                owner: Uuid::from_u128(cells.id()?),
                text: cells.text()?,
            })
        })
    }

    /// The head row, by a statement that is not prepared: it may bring others with it.
    fn head(&mut self, sql: &'static str) -> Result<Position, Failed> {
        let row = self.run(async |connection| sqlx::raw_sql(sql).fetch_one(connection).await)?;
        rows::position(&mut Cells::of(&row)).map_err(|error| Failed {
            error: error.into(),
            lost: false,
        })
    }

    fn begin_once(&mut self) -> Result<Position, Failed> {
        // READ COMMITTED: each statement sees what was committed before it began, and nothing is read before the head
        // row is held, after which nobody else commits. A stricter level would look at the tables as they were before
        // the wait for the head row, and fail because they have changed.
        let sql = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT batch, seq, accounts, events, \
                   transactions, time, hash FROM head WHERE id = 1 FOR UPDATE";
        let position = self.head(sql);
        self.in_transaction = self.connection.is_some();
        position
    }
}

fn arguments<'q, T>(keys: T) -> Result<PgArguments, StoreError>
where
    T: Encode<'q, Postgres> + Type<Postgres>,
{
    let mut arguments = PgArguments::default();
    add(&mut arguments, keys)?;
    Ok(arguments)
}

fn add<'q, T>(arguments: &mut PgArguments, keys: T) -> Result<(), StoreError>
where
    T: Encode<'q, Postgres> + Type<Postgres>,
{
    arguments
        .add(keys)
        .map_err(|error| StoreError::Statement(error.to_string()))
}

impl Store for PostgresStore {
    fn begin(&mut self) -> Result<Position, StoreError> {
        self.rollback();
        let is_old = self.connection.is_some();
        let mut begun = self.begin_once();
        if is_old && matches!(&begun, Err(failed) if failed.lost) {
            // A connection that died since the batch before: nothing was asked of it yet but to begin.
            begun = self.begin_once();
        }
        self.before = begun?;
        Ok(self.before)
    }

    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        let mut loaded = Loaded::default();
        if !wanted.accounts.is_empty() {
            self.load_accounts("id", arguments(&wanted.accounts)?, &mut loaded)?;
        }
        if !wanted.account_nos.is_empty() {
            let nos = wanted.account_nos.iter().map(|no| no.0.cast_signed());
            let nos: Vec<i64> = nos.collect();
            self.load_accounts("no", arguments(nos)?, &mut loaded)?;
        }
        loaded.transfers = self.by_id(
            "transfers",
            rows::TRANSFER,
            &wanted.transfers,
            rows::transfer,
        )?;
        loaded.holds = self.by_id("holds", rows::HOLD, &wanted.holds, rows::hold)?;
        loaded.transactions = self.by_id(
            "transactions",
            rows::TRANSACTION,
            &wanted.transactions,
            rows::transaction,
        )?;
        if !wanted.external_ids.is_empty() {
            loaded.external_ids = self.load_external_ids(&wanted.external_ids)?;
        }
        if !wanted.scopes.is_empty() {
            let scopes = wanted.scopes.iter().map(|scope| Uuid::from_u128(*scope));
            let scopes: Vec<Uuid> = scopes.collect();
            let sql = format!("{} = ANY($1)", *documents::SELECT_ANSWERS);
            loaded.answers = self.select(sql, arguments(scopes)?, documents::answer)?;
        }
        Ok(loaded)
    }

    fn greatest_id(&mut self) -> Result<u128, StoreError> {
        let found = self.select(GREATEST_ID.to_owned(), PgArguments::default(), |cells| {
            cells.id()
        })?;
        Ok(found.first().copied().unwrap_or_default())
    }

    fn commit(&mut self, writes: &Writes<'_>) -> Result<(), StoreError> {
        let (sql, arguments) = write::rows(&self.before, writes)?;
        let written = self.run(async |connection| {
            sqlx::query_with(AssertSqlSafe(sql), arguments)
                .execute(connection)
                .await
        });
        if let Err(failed) = written {
            self.rollback();
            return Err(failed.into());
        }
        let sql = write::head_and_commit(&self.before, &writes.position, writes.checksums);
        let committed = self
            .run(async |connection| sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await);
        match committed {
            Ok(_) => {
                self.in_transaction = false;
                Ok(())
            }
            // The commit may have arrived, and the answer to it not.
            Err(failed) if failed.lost => {
                self.in_transaction = false;
                Err(StoreError::CommitBroke(failed.error.to_string()))
            }
            Err(failed) => {
                self.rollback();
                Err(failed.into())
            }
        }
    }

    fn rollback(&mut self) {
        if std::mem::take(&mut self.in_transaction) && self.connection.is_some() {
            let done =
                self.run(async |connection| sqlx::raw_sql("ROLLBACK").execute(connection).await);
            if let Err(failed) = done {
                // The server gives up what a lost connection had begun.
                self.connection = None;
                tracing::warn!(error = %failed.error, "a rollback failed; the connection is given up");
            }
        }
    }

    fn position(&mut self) -> Result<Position, StoreError> {
        self.connection = None;
        self.in_transaction = false;
        // FOR SHARE waits for a commit that is still under way on a connection that was lost: read without it, the
        // head row could be from before a commit that is yet to succeed.
        let sql = "SELECT batch, seq, accounts, events, transactions, time, hash FROM head WHERE id = 1 FOR SHARE";
        Ok(self.head(sql)?)
    }

    fn batch_hash(&mut self, batch: u64) -> Result<Option<[u8; 32]>, StoreError> {
        let sql = "SELECT hash FROM batches WHERE no = $1";
        let found = self.select(sql.to_owned(), arguments(batch.cast_signed())?, |cells| {
            cells.hash()
        })?;
        Ok(found.first().copied())
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        self.connection = None;
        // Not waiting for it, because whoever drops the store may be inside another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
