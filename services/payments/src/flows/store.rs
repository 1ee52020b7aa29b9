//! The flows' SQL: what is due, and the removal of old idempotency records. Everything else is the
//! journal's to write.

use contracts::payments::{TransactionId, TransactionStatus, TransactionType};
use db::{Db, DbError, args};
use money::{Amount, Currency};
use payments_core::transaction::{Instrument, InstrumentKind};
use uuid::Uuid;
use values::Timestamp;

use crate::acquirer::{Direction, Instruction};
use crate::error::Error;
use crate::journal::FoundHead;
use crate::store::statements;

statements! {
    INSTRUCTION = "SELECT org, type, status, amount, currency, instrument_kind, instrument_token, attempts, due_at \
        FROM transactions WHERE id = $1 AND instrument_kind IS NOT NULL";
    /// 4, 5: processing, unresolved.
    DUE_INSTRUCTIONS = "SELECT id FROM transactions WHERE due_at <= $1 AND status IN (4, 5) ORDER BY due_at LIMIT $2";
    /// As `DUE_INSTRUCTIONS`, where the time is longer ahead than anything waits.
    AHEAD_INSTRUCTIONS = "SELECT id FROM transactions WHERE due_at > $1 AND status IN (4, 5) ORDER BY due_at LIMIT $2";
    /// 1, 2, 3: requires verification, in review, authorised.
    DUE_TRANSACTIONS = "SELECT org, id FROM transactions WHERE due_at <= $1 AND status IN (1, 2, 3) ORDER BY due_at LIMIT $2";
    /// 0: open. The conditions are those of the index.
    DUE_HOLDS = "SELECT org, id FROM holds WHERE state = 0 AND expires_at IS NOT NULL AND expires_at <= $1 \
        ORDER BY expires_at LIMIT $2";
    /// `no` rises with time: the oldest stand first, and no index on the time is paid for at every
    /// insert.
    PRUNE = "DELETE FROM idempotency WHERE created_at < $1 AND no IN (SELECT no FROM idempotency ORDER BY no LIMIT $2)";
    HEAD = "SELECT h.batch, h.hash, b.hash AS hash_of_seen FROM head h LEFT JOIN batches b ON b.no = $1";
}

#[derive(Debug, sqlx::FromRow)]
struct InstructionRow {
    org: i64,
    #[sqlx(rename = "type")]
    kind: i64,
    status: i64,
    amount: i64,
    currency: i64,
    instrument_kind: String,
    instrument_token: String,
    attempts: i64,
    due_at: Option<i64>,
}

/// A transaction that needs the acquirer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredInstruction {
    /// The organisation.
    pub org: i64,
    /// What the acquirer is told.
    pub instruction: Instruction,
    /// How often it was asked.
    pub attempts: i64,
    /// When it has to be asked again; `None` once its outcome is known, or only operators can tell.
    pub due_at: Option<Timestamp>,
}

/// The instruction of a transaction, if there is such a transaction and it has one.
///
/// # Errors
/// [`Error::Database`], [`Error::Unreadable`].
pub async fn instruction(db: &Db, id: Uuid) -> Result<Option<StoredInstruction>, Error> {
    let row: Option<InstructionRow> = db.fetch_optional(INSTRUCTION, args![id]).await?;
    row.map(|row| row.read(id)).transpose()
}

impl InstructionRow {
    fn read(self, id: Uuid) -> Result<StoredInstruction, Error> {
        let unreadable = |what: &str| Error::Unreadable {
            table: "transactions",
            key: TransactionId(id).to_string(),
            detail: format!("its {what} is unknown to this version"),
        };
        let direction = match TransactionType::from_number(self.kind) {
            Some(TransactionType::Deposit) => Direction::Charge,
            Some(TransactionType::Withdrawal) => Direction::Payout,
            _ => return Err(unreadable("type")),
        };
        let status =
            TransactionStatus::from_number(self.status).ok_or_else(|| unreadable("status"))?;
        let currency = u16::try_from(self.currency)
            .ok()
            .and_then(|code| Currency::from_numeric(code).ok());
        let currency = currency.ok_or_else(|| unreadable("currency"))?;
        let kind = InstrumentKind::from_name(&self.instrument_kind)
            .ok_or_else(|| unreadable("instrument"))?;
        let waits = matches!(
            status,
            TransactionStatus::Processing | TransactionStatus::Unresolved
        );
        Ok(StoredInstruction {
            org: self.org,
            instruction: Instruction {
                id: TransactionId(id),
                direction,
                amount: Amount::from_minor(self.amount, currency),
                instrument: Instrument {
                    kind,
                    token: self.instrument_token,
                },
            },
            attempts: self.attempts,
            due_at: self.due_at.filter(|_| waits).map(Timestamp),
        })
    }
}

/// Transactions whose acquirer has to be asked by now, the longest due first.
///
/// # Errors
/// [`DbError`].
pub async fn due_instructions(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Uuid>, DbError> {
    let rows: Vec<(Uuid,)> = db.fetch_all(DUE_INSTRUCTIONS, args![now, limit]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Transactions whose acquirer was to be asked by a clock that was ahead: after this time, for
/// which none waits.
///
/// # Errors
/// [`DbError`].
pub async fn ahead_instructions(
    db: &Db,
    longest: Timestamp,
    limit: i64,
) -> Result<Vec<Uuid>, DbError> {
    let rows: Vec<(Uuid,)> = db
        .fetch_all(AHEAD_INSTRUCTIONS, args![longest, limit])
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Transactions that wait for a code, an operator or a capture and whose deadline has passed by
/// now, each with its organisation.
///
/// # Errors
/// [`DbError`].
pub async fn due_transactions(
    db: &Db,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(i64, Uuid)>, DbError> {
    db.fetch_all(DUE_TRANSACTIONS, args![now, limit]).await
}

/// Ledger holds whose deadline has passed by now, each with its organisation.
///
/// # Errors
/// [`DbError`].
pub async fn due_holds(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<(i64, Uuid)>, DbError> {
    db.fetch_all(DUE_HOLDS, args![now, limit]).await
}

/// Removes those of the `limit` oldest idempotency records that are older than `before`; how many
/// they were.
///
/// # Errors
/// [`DbError`].
pub async fn prune(db: &Db, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    db.execute(PRUNE, args![before, limit]).await
}

/// Where the journal's head row stands, and what hash this batch has.
///
/// # Errors
/// [`DbError`].
pub async fn head(db: &Db, seen: u64) -> Result<FoundHead, DbError> {
    let missing = "the end of the journal (head) is missing: stop PayFlow and restore the whole store from its backup";
    let head = db.fetch_optional(HEAD, args![seen.cast_signed()]).await?;
    head.ok_or(DbError::Unusable(missing.into()))
}

#[cfg(test)]
mod tests {
    use ledger::HoldState;

    use super::*;

    #[tokio::test]
    async fn every_statement_is_accepted_by_both_engines() {
        for engine in testkit::engines() {
            let store = testkit::TestStore::new(engine);
            let db = store
                .open(crate::SCHEMA, crate::migrations())
                .await
                .unwrap();
            for sql in ALL {
                let prepared = db.prepare(sql).await;
                assert!(prepared.is_ok(), "{engine:?}: {prepared:?}: {sql}");
            }
        }
    }

    #[test]
    fn the_numbers_in_the_statements_are_those_of_the_states() {
        assert_eq!(TransactionStatus::RequiresVerification.number(), 1);
        assert_eq!(TransactionStatus::InReview.number(), 2);
        assert_eq!(TransactionStatus::Authorised.number(), 3);
        assert_eq!(TransactionStatus::Processing.number(), 4);
        assert_eq!(TransactionStatus::Unresolved.number(), 5);
        assert_eq!(HoldState::Open as i64, 0);
    }
}
