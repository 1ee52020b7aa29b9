//! A place for a journal on either engine: the tables of payments in a store of their own, journals
//! over them, SQL past them, and `verify`.

use std::sync::Arc;

use ledger::{AccountId, AccountTerms, Flags, Posting, Request, TransferId};
use money::Currency;
use payments::journal::Fault;
use payments::journal::postgres::{PostgresStore, SessionTimeouts};
use payments::journal::sqlite::SqliteStore;
use payments::journal::store::Store;
use payments::journal::{Journal, JournalConfig};
use payments::verify::{Report, Source, VerifyError, verify};
use payments::{SCHEMA, migrations};
use payments_core::command::{
    Actor, Answer, ChainedRequest, Command, IdempotencyKey, Movement, NewAccount, NewTransaction,
    NewWallet, Operation, Reply,
};
use payments_core::transaction::{Instrument, InstrumentKind};
use payments_core::wallet::{DepositLimits, Limits};
use platform::clock::{Clock, SharedClock};
use serde_json::Value;
pub use simulation::script::id;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use testkit::{Engine, FakeClock, TestStore};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;
use values::Timestamp;

/// The organisation of most tests.
pub const ORG: i64 = 1;

/// Tables of payments, empty at first.
pub struct Place {
    store: TestStore,
    runtime: Runtime,
    pub clock: Arc<FakeClock>,
}

impl Place {
    pub fn new(engine: Engine) -> Self {
        Self::over(TestStore::new(engine))
    }

    /// A SQLite store with these rows.
    pub fn holding(rows: &str) -> Self {
        let place = Self::over(TestStore::new(Engine::Sqlite));
        let connection = rusqlite::Connection::open(place.file()).unwrap();
        connection.execute_batch(rows).unwrap();
        drop(connection);
        let last = Timestamp(place.number("SELECT time FROM head"));
        place.clock.set(last.max(place.clock.now()));
        place
    }

    fn over(store: TestStore) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let db = store.open(SCHEMA, migrations()).await.unwrap();
            db.close().await;
        });
        Self {
            store,
            runtime,
            clock: FakeClock::new(),
        }
    }

    pub fn engine(&self) -> Engine {
        self.store.engine()
    }

    /// The file of a SQLite store.
    pub fn file(&self) -> std::path::PathBuf {
        self.store.folder().join(format!("{SCHEMA}.db"))
    }

    /// The URL of a PostgreSQL store.
    pub fn url(&self) -> &str {
        self.store.database_url()
    }

    /// A store of the journal's.
    pub fn journal_store(&self) -> Box<dyn Store> {
        match self.engine() {
            Engine::Sqlite => Box::new(SqliteStore::open(&self.file()).unwrap()),
            Engine::Postgres => Box::new(
                PostgresStore::connect(self.url(), SCHEMA, SessionTimeouts::default()).unwrap(),
            ),
        }
    }

    /// A journal with its usual settings.
    pub fn start(&self) -> Arc<Journal> {
        self.start_with(self.journal_store(), JournalConfig::default())
    }

    pub fn start_with(&self, store: Box<dyn Store>, config: JournalConfig) -> Arc<Journal> {
        let clock: SharedClock = self.clock.clone();
        Journal::start(store, clock, config).unwrap()
    }

    /// Waits for something async.
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Everything at once, in this order: the journal gathers it into batches as it likes.
    pub fn submit_all(
        &self,
        journal: &Journal,
        commands: impl IntoIterator<Item = Command>,
    ) -> Vec<Result<Answer, Fault>> {
        let enqueue = |command| journal.enqueue(command);
        let waiting: Vec<_> = commands.into_iter().map(enqueue).collect();
        self.wait(async {
            let mut answers = Vec::with_capacity(waiting.len());
            for answer in waiting {
                answers.push(match answer {
                    Ok(answer) => answer.await,
                    Err(fault) => Err(fault),
                });
            }
            answers
        })
    }

    /// Runs SQL past the journal; how many rows the last statement changed.
    pub fn execute(&self, sql: &str) -> u64 {
        match self.engine() {
            Engine::Sqlite => {
                let connection = rusqlite::Connection::open(self.file()).unwrap();
                connection.execute_batch(sql).unwrap();
                connection.changes()
            }
            Engine::Postgres => self.wait(async {
                let sql = AssertSqlSafe(format!("SET search_path = {SCHEMA}; {sql}"));
                let mut connection = PgConnection::connect(self.url()).await.unwrap();
                let done = sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                done.rows_affected()
            }),
        }
    }

    /// Rows of integers; NULL reads as `None`.
    pub fn rows(&self, sql: &str) -> Vec<Vec<Option<i64>>> {
        match self.engine() {
            Engine::Sqlite => {
                let connection = rusqlite::Connection::open(self.file()).unwrap();
                let mut statement = connection.prepare(sql).unwrap();
                let columns = statement.column_count();
                let read = |row: &rusqlite::Row<'_>| (0..columns).map(|at| row.get(at)).collect();
                let found = statement.query_map([], read).unwrap();
                found.map(Result::unwrap).collect()
            }
            Engine::Postgres => self.wait(async {
                let mut connection = PgConnection::connect(self.url()).await.unwrap();
                let path = format!("SET search_path = {SCHEMA}");
                let path = sqlx::raw_sql(AssertSqlSafe(path));
                path.execute(&mut connection).await.unwrap();
                let query = sqlx::query(AssertSqlSafe(sql.to_owned()));
                let found = query.fetch_all(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                let cells =
                    |row: &sqlx::postgres::PgRow| (0..row.len()).map(|at| row.get(at)).collect();
                found.iter().map(cells).collect()
            }),
        }
    }

    /// The one integer that a query answers.
    pub fn number(&self, sql: &str) -> i64 {
        self.rows(sql)[0][0].unwrap()
    }

    pub fn verify(&self) -> Result<Report, VerifyError> {
        let file;
        let source = match self.engine() {
            Engine::Sqlite => {
                file = self.file();
                Source::Sqlite(&file)
            }
            Engine::Postgres => Source::Postgres {
                url: self.url(),
                schema: SCHEMA,
            },
        };
        verify(source, &mut |_, _| {})
    }

    /// What `verify` finds, which must be nothing wrong.
    pub fn verified(&self) -> Report {
        self.verify().unwrap_or_else(|error| panic!("{error}"))
    }

    /// The balance of a wallet or a ledger account: posted, held.
    pub fn balance(&self, id: Uuid) -> (i64, i64) {
        let id = match self.engine() {
            Engine::Sqlite => format!("x'{}'", id.simple()),
            Engine::Postgres => format!("'{id}'"),
        };
        let sql = format!(
            "SELECT credits_posted - debits_posted, debits_pending FROM balances JOIN accounts ON no = account WHERE id = {id}"
        );
        let row = &self.rows(&sql)[0];
        (row[0].unwrap(), row[1].unwrap())
    }
}

pub fn command(actor: Actor, operation: Operation) -> Command {
    Command {
        org: ORG,
        actor,
        idempotency: None,
        request_id: None,
        operation,
    }
}

pub fn system(operation: Operation) -> Command {
    command(Actor::System, operation)
}

/// The same command under an idempotency key.
pub fn keyed(command: Command, scope: u128, body: u128) -> Command {
    Command {
        idempotency: Some(IdempotencyKey { scope, body }),
        ..command
    }
}

pub fn wallet(wallet: Uuid, owner: Uuid, limits: Limits) -> Operation {
    Operation::OpenWallet(NewWallet {
        id: wallet,
        owner,
        currency: Currency::USD,
        label: None,
        limits,
        most: None,
    })
}

pub fn create(id: Uuid, what: Movement, amount: i64) -> Operation {
    Operation::Create(NewTransaction {
        id,
        what,
        amount,
        currency: Currency::USD,
        description: None,
        external_id: None,
        metadata: None,
        risk: None,
        level: None,
    })
}

/// Money that arrived long ago.
pub fn fund(id: Uuid, to: Uuid, amount: i64) -> Command {
    let what = Movement::Deposit {
        to,
        instrument: None,
        limits: DepositLimits::default(),
    };
    system(create(id, what, amount))
}

pub fn card() -> Instrument {
    Instrument {
        kind: InstrumentKind::Card,
        token: "tok_ok".to_owned(),
    }
}

pub fn account(id: Uuid, flags: Flags) -> NewAccount {
    NewAccount {
        id,
        currency: Currency::USD,
        code: 100,
        terms: AccountTerms {
            flags,
            overdraft_limit: 0,
            max_balance: None,
        },
    }
}

pub fn posting(id: Uuid, debit: Uuid, credit: Uuid, amount: i64) -> Posting {
    Posting {
        id: TransferId(id.as_u128()),
        org: ORG,
        debit: AccountId(debit.as_u128()),
        credit: AccountId(credit.as_u128()),
        amount,
        currency: Currency::USD,
        code: 9,
    }
}

pub fn alone(request: Request) -> ChainedRequest {
    ChainedRequest {
        request,
        timeout: None,
        linked: false,
    }
}

/// One transfer on the raw ledger.
pub fn post(id: Uuid, debit: Uuid, credit: Uuid, amount: i64) -> Command {
    system(Operation::Post(vec![alone(Request::Post(posting(
        id, debit, credit, amount,
    )))]))
}

/// The document that a command was answered with: status, body, whether it was there before.
pub fn json(answer: Result<Answer, Fault>) -> (u16, Value, bool) {
    let (reply, replayed) = match answer {
        Ok(Answer::Created(document)) => (Reply::Created(document), false),
        Ok(Answer::Done(document)) => (Reply::Done(document), false),
        Ok(Answer::Replayed(reply)) => (reply, true),
        other => panic!("not a document: {other:?}"),
    };
    let (status, text) = payments::status_and_text(&reply);
    (status, serde_json::from_str(&text).unwrap(), replayed)
}

/// The code with which a command was refused.
pub fn code(answer: &Result<Answer, Fault>) -> &'static str {
    match answer {
        Ok(Answer::Refused(refused)) => refused.code(),
        other => panic!("not refused: {other:?}"),
    }
}

/// What became of the requests of the raw ledger: `made`, `exists` or the code of the refusal.
pub fn results(answer: &Result<Answer, Fault>) -> Vec<&'static str> {
    match answer {
        Ok(Answer::Ledger(results)) => results
            .iter()
            .map(|result| match result {
                Ok(ledger::Applied::Made(_)) => "made",
                Ok(ledger::Applied::Exists(_)) => "exists",
                Err(refusal) => refusal.code(),
            })
            .collect(),
        other => panic!("not of the ledger: {other:?}"),
    }
}
