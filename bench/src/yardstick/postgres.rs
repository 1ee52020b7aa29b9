//! The bare loop on PostgreSQL: all rows of a batch as arrays in one prepared statement, which is
//! its own transaction.

use db::postgres_options;
use ledger::{Account, Transfer};
use sqlx::postgres::{PgArguments, PgBindIterExt, PgHasArrayType};
use sqlx::{Arguments, ConnectOptions, Encode, PgConnection, Postgres, Type};
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::{Batch, Loop, NO_HASH};
use crate::runtime;

const INSERT: &str = "WITH \
    t AS (INSERT INTO transfers (seq, id, time, org, kind, debit, credit, amount, code, hold, expires_at, debit_prev, \
        credit_prev, debit_balance, debit_held, credit_balance, credit_held) \
        SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)), \
    a AS (UPDATE balances AS o SET debits_posted = n.debits_posted, credits_posted = n.credits_posted, \
        debits_pending = n.debits_pending, credits_pending = n.credits_pending, last_seq = n.last_seq, \
        entries = n.entries FROM UNNEST($18, $19, $20, $21, $22, $23, $24) AS n (account, debits_posted, \
        credits_posted, debits_pending, credits_pending, last_seq, entries) WHERE o.account = n.account), \
    b AS (INSERT INTO batches (no, seq, event, time, hash, checksums) VALUES ($25, $26, 0, $27, $28, '')) \
    UPDATE head SET batch = $25, seq = $26, time = $27, hash = $28";

/// How the journal's sessions have their statements planned.
const SESSION: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];

/// One connection with a prepared statement.
pub struct PostgresLoop {
    runtime: Runtime,
    connection: PgConnection,
}

impl PostgresLoop {
    /// Connects to the schema.
    ///
    /// # Errors
    /// Where the server does not answer.
    pub fn connect(url: &str, schema: &str) -> anyhow::Result<Self> {
        let runtime = runtime()?;
        let options = postgres_options(url, schema)?.options(SESSION);
        let connection = runtime.block_on(options.connect())?;
        Ok(Self {
            runtime,
            connection,
        })
    }
}

impl Loop for PostgresLoop {
    fn insert(&mut self, batch: &Batch) -> anyhow::Result<()> {
        let mut row = Arrays::default();
        row.transfers(&batch.transfers)?;
        row.accounts(&batch.accounts)?;
        row.single(batch.no)?;
        row.single(batch.head.seq.cast_signed())?;
        row.single(batch.head.time)?;
        row.single(NO_HASH.as_slice())?;
        let statement = sqlx::query_with(INSERT, row.0);
        self.runtime
            .block_on(statement.execute(&mut self.connection))?;
        Ok(())
    }
}

/// The values of a statement, an array per column.
#[derive(Default)]
struct Arrays(PgArguments);

impl Arrays {
    fn single<'v, T: Encode<'v, Postgres> + Type<Postgres>>(
        &mut self,
        value: T,
    ) -> anyhow::Result<()> {
        self.0.add(value).map_err(anyhow::Error::from_boxed)
    }

    fn column<'v, I>(&mut self, values: I) -> anyhow::Result<()>
    where
        I: Iterator,
        I::Item: Encode<'v, Postgres> + Type<Postgres> + PgHasArrayType,
    {
        self.0
            .add(values.bind_iter())
            .map_err(anyhow::Error::from_boxed)
    }

    fn transfers(&mut self, rows: &[Transfer]) -> anyhow::Result<()> {
        self.column(rows.iter().map(|row| row.seq.cast_signed()))?;
        self.column(rows.iter().map(|row| Uuid::from_u128(row.id.0)))?;
        self.column(rows.iter().map(|row| row.time))?;
        self.column(rows.iter().map(|row| row.org))?;
        self.column(rows.iter().map(|row| i64::from(row.kind as u8)))?;
        self.column(rows.iter().map(|row| row.debit.0.cast_signed()))?;
        self.column(rows.iter().map(|row| row.credit.0.cast_signed()))?;
        self.column(rows.iter().map(|row| row.amount))?;
        self.column(rows.iter().map(|row| i64::from(row.code)))?;
        self.column(rows.iter().map(|row| row.hold.cast_signed()))?;
        self.column(rows.iter().map(|row| row.expires_at))?;
        self.column(rows.iter().map(|row| row.debit_prev.cast_signed()))?;
        self.column(rows.iter().map(|row| row.credit_prev.cast_signed()))?;
        self.column(rows.iter().map(|row| row.debit_balance))?;
        self.column(rows.iter().map(|row| row.debit_held))?;
        self.column(rows.iter().map(|row| row.credit_balance))?;
        self.column(rows.iter().map(|row| row.credit_held))
    }

    fn accounts(&mut self, rows: &[Account]) -> anyhow::Result<()> {
        self.column(rows.iter().map(|row| row.no.0.cast_signed()))?;
        self.column(rows.iter().map(|row| row.debits_posted))?;
        self.column(rows.iter().map(|row| row.credits_posted))?;
        self.column(rows.iter().map(|row| row.debits_pending))?;
        self.column(rows.iter().map(|row| row.credits_pending))?;
        self.column(rows.iter().map(|row| row.last_seq.cast_signed()))?;
        self.column(rows.iter().map(|row| row.entries.cast_signed()))
    }
}
