//! The journal's store on PostgreSQL: one connection of its own. Any number of nodes may commit;
//! each batch moves the head row on from where it began, or does nothing, so that the batches of
//! all nodes stand in one line.
//!
//! A batch that expects the head row where its writer left it is one statement, which is its own
//! transaction: one round trip, and one per table that it has to look something up in. A batch that
//! asks for the head row holds it from then on, and is three: the head row, the same statement, and
//! the commit.

mod session;
mod write;

use std::borrow::Cow;
use std::time::Duration;

use db::{Servers, Use};
use ledger::AccountNo;
use payments_core::batch::{ExternalId, Loaded, Position, Wanted, Writes};
use payments_core::batch::{HistorySummary, LimitWindow};
use payments_core::wallet::{Used, Wallet};
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, AssertSqlSafe, Encode, PgConnection, Postgres, Type};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

pub use self::session::SessionTimeouts;
use self::session::{BEGIN_PATIENCE, Failed, Process, SESSION, SESSION_LOCK, Session};
use super::documents;
use super::rows::{self, CellError, Cells};
use super::store::{OPEN_WALLETS, OPENED_WALLETS, SPENT_FROM, Store, StoreError};
use super::summary::{self, SUMMARY};

/// The journal's store on a PostgreSQL schema whose tables exist.
pub struct PostgresStore {
    servers: Servers,
    patience: Duration,
    /// Of its own, driven by the journal's thread: no other thread has to wake for the server's
    /// answers, and a journal can be closed from anywhere.
    runtime: Option<Runtime>,
    session: Option<Session>,
    /// The server's process that a statement was sent to which nobody has heard of since: it may
    /// still be carried out.
    unsettled: Option<Process>,
    statement_timeout_ms: u32,
    in_transaction: bool,
    /// The head row where the batch begins.
    before: Position,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore")
            .field("before", &self.before)
            .finish_non_exhaustive()
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
        let (fixed, chosen) = (SESSION.into_iter(), timeouts.settings().into_iter());
        let settings = fixed
            .map(|(name, value)| (name, Cow::Borrowed(value)))
            .chain(chosen.map(|(name, value)| (name, Cow::Owned(value))));
        let servers = Servers::of(url, schema, settings, Use::Write);
        let servers = servers.map_err(|error| unavailable(&error))?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| unavailable(&error))?;
        Ok(Self {
            servers,
            patience: timeouts.patience(),
            runtime: Some(runtime),
            session: None,
            unsettled: None,
            statement_timeout_ms: timeouts.statement_timeout_ms,
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
            ended: false,
        };
        let runtime = self.runtime.as_ref().ok_or_else(|| lost("it is closed"))?;
        match runtime.block_on(async { tokio::time::timeout(patience, work).await }) {
            Ok(done) => Ok(done?),
            Err(_) => Err(lost("the server did not answer in time")),
        }
    }

    /// Runs something on the connection, made where there is none, and lets go of a connection that
    /// is of no use.
    fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, Failed> {
        let mut session = match self.session.take() {
            Some(session) => session,
            // Whatever was begun on the connection before is gone with it.
            None if self.in_transaction => {
                return Err(Failed {
                    error: StoreError::Unavailable("the connection was lost".to_owned()),
                    lost: true,
                    ended: false,
                });
            }
            None => self.block_on(BEGIN_PATIENCE, Session::begin(&self.servers))?,
        };
        let done = self.block_on(self.patience, work(&mut session.connection));
        if !matches!(&done, Err(failed) if failed.lost) {
            self.session = Some(session);
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
    fn head(&mut self, sql: String) -> Result<Position, Failed> {
        let row = self.run(async |connection| {
            sqlx::raw_sql(AssertSqlSafe(sql))
                .fetch_one(connection)
                .await
        })?;
        rows::position(&mut Cells::of(&row)).map_err(|error| Failed {
            error: error.into(),
            lost: false,
            ended: false,
        })
    }

    fn begin_once(&mut self) -> Result<Position, Failed> {
        let position = self.head(format!(
            "BEGIN; SET LOCAL statement_timeout = {}; SELECT {} FROM head WHERE id = 1 FOR UPDATE",
            self.statement_timeout_ms,
            rows::HEAD
        ));
        self.in_transaction = self.session.is_some();
        position
    }

    /// Sends what a batch writes. While the head row is held it is a part of the transaction; else
    /// it is committed when this returns.
    fn write(&mut self, writes: &Writes<'_>) -> Result<(), StoreError> {
        let (sql, arguments) = write::batch(&self.before, writes)?;
        let Some(process) = self.session.as_ref().map(|session| session.process) else {
            return Err(StoreError::Unavailable(
                "the connection was lost".to_owned(),
            ));
        };
        let mut moved = false;
        let written = self.run(async |connection| {
            sqlx::query_with(AssertSqlSafe(sql), arguments)
                .map(|_| moved = true)
                .fetch_all(connection)
                .await
        });
        match written {
            Ok(_) if moved => Ok(()),
            Ok(_) if self.in_transaction => Err(StoreError::Statement(
                "the head row is held, and did not move".to_owned(),
            )),
            Ok(_) => Err(StoreError::Moved),
            // The server sends the statement's row before it commits. A session that ended before
            // that did nothing; of any other end only the head row can tell.
            Err(failed) if !self.in_transaction && failed.lost && (moved || !failed.ended) => {
                self.unsettled = Some(process);
                Err(StoreError::CommitBroke(failed.error.to_string()))
            }
            Err(failed) => Err(failed.into()),
        }
    }

    /// Returns when the session has ended to which the statement was sent of which nobody has
    /// heard: whatever that was has been done by then, or never will be.
    fn settle(&mut self) -> Result<(), StoreError> {
        if let Some(lost) = self.unsettled {
            let session = self.block_on(BEGIN_PATIENCE, Session::begin(&self.servers))?;
            let server = session.process.server;
            self.session = Some(session);
            // What a server that was stopped, or is not the primary any more, had not done, it
            // never will.
            if server == lost.server {
                let process = lost.number;
                let sql = format!("SELECT FROM pg_advisory_xact_lock({SESSION_LOCK}, {process})");
                self.run(async |connection| {
                    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await
                })?;
            }
            self.unsettled = None;
        }
        Ok(())
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
        let is_old = self.session.is_some();
        let mut begun = self.begin_once();
        if is_old && matches!(&begun, Err(failed) if failed.lost) {
            // A connection that died since the batch before: nothing was asked of it yet but to
            // begin.
            begun = self.begin_once();
        }
        self.before = begun?;
        Ok(self.before)
    }

    fn expect(&mut self, before: &Position) -> bool {
        self.rollback();
        self.before = *before;
        // A new connection has to ask for something anyway.
        self.session.is_some()
    }

    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        let mut loaded = Loaded::default();
        if !wanted.accounts.is_empty() {
            self.load_accounts("id", arguments(&wanted.accounts)?, &mut loaded)?;
        }
        let nos = wanted.account_nos.iter().map(|no| no.0.cast_signed());
        let mut nos: Vec<i64> = nos.collect();
        for owner in &wanted.owners {
            let open = self.select(OPEN_WALLETS.to_owned(), arguments(*owner)?, |cells| {
                cells.int()
            })?;
            nos.extend(open);
        }
        if !nos.is_empty() {
            self.load_accounts("no", arguments(nos)?, &mut loaded)?;
        }
        for (owner, most) in &wanted.opened {
            let mut keys = arguments(*owner)?;
            add(&mut keys, i64::from(*most))?;
            let count = self.select(OPENED_WALLETS.to_owned(), keys, |cells| cells.int())?;
            let counted = |count: i64| (*owner, count.unsigned_abs());
            loaded.opened.extend(count.into_iter().map(counted));
        }
        for (owner, month) in &wanted.spenders {
            let mut keys = arguments(*owner)?;
            add(&mut keys, *month)?;
            let spent = self.select(SPENT_FROM.to_owned(), keys, |cells| cells.int())?;
            let wallets = spent.into_iter().map(|no| AccountNo(no.cast_unsigned()));
            loaded.spent.push((*owner, wallets.collect()));
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

    fn summary(&mut self, batch: u64) -> Result<HistorySummary, StoreError> {
        let keys = arguments(batch.cast_signed())?;
        summary::of(self.select(SUMMARY.clone(), keys, summary::summary_row)?)
    }

    fn used(&mut self, window: &LimitWindow) -> Result<Vec<(AccountNo, Used)>, StoreError> {
        let mut keys = arguments(window.time.day())?;
        add(&mut keys, window.time.month())?;
        let account = |cells: &mut Cells<'_>| Ok(AccountNo(cells.number()?));
        let ahead = self.select(summary::AHEAD.to_owned(), keys, account)?;
        let mut keys = PgArguments::default();
        for number in summary::numbers(window) {
            add(&mut keys, number)?;
        }
        add(&mut keys, Uuid::nil())?;
        let counted = self.select(summary::COUNTED.clone(), keys, summary::counted)?;
        Ok(summary::used(window, ahead, counted))
    }

    fn commit(&mut self, writes: &Writes<'_>) -> Result<(), StoreError> {
        let written = self.write(writes);
        if !self.in_transaction {
            return written;
        }
        if written.is_err() {
            self.rollback();
            return written;
        }
        // A time-out during a commit that waits for a standby server would pass for success.
        let sql = "SET LOCAL statement_timeout = 0; COMMIT";
        let committed = self.run(async |connection| sqlx::raw_sql(sql).execute(connection).await);
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
        if std::mem::take(&mut self.in_transaction) && self.session.is_some() {
            let done =
                self.run(async |connection| sqlx::raw_sql("ROLLBACK").execute(connection).await);
            if let Err(failed) = done {
                // The server gives up what a lost connection had begun.
                self.session = None;
                tracing::warn!(error = %failed.error, "a rollback failed; the connection is given up");
            }
        }
    }

    fn position(&mut self) -> Result<Position, StoreError> {
        self.session = None;
        self.in_transaction = false;
        self.settle()?;
        // FOR SHARE waits for a commit that is still under way on a connection that was lost: read
        // without it, the head row could be from before a commit that is yet to succeed.
        let sql = format!("SELECT {} FROM head WHERE id = 1 FOR SHARE", rows::HEAD);
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
        self.session = None;
        // Not waiting for it, because anyone who drops the store may be inside another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
