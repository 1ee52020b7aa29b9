//! The rows of the journal's tables: their columns, and how a row of either engine becomes a value.
//! The stores and `verify` read through it, so that both engines are read the same way. It runs no
//! SQL.

use contracts::payments::{TransactionStatus, TransactionType};
use ledger::{
    Account, AccountChange, AccountId, AccountNo, AccountTerms, Flags, Hold, HoldState, Kind, Mark,
    Transfer, TransferId,
};
use money::Currency;
use payments_core::assessment::Assessment;
use payments_core::batch::{Event, Position};
use payments_core::transaction::{Failure, Instrument, InstrumentKind, Transaction};
use payments_core::wallet::{Limits, Used, Wallet};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;
use values::Timestamp;

use super::store::StoreError;

/// The columns of `head`, in the order of [`position`].
pub const HEAD: &str = "batch, seq, accounts, events, transactions, time, hash";
/// The columns of `accounts` and `balances`, joined as [`ACCOUNTS`], in the order of [`account`].
pub const ACCOUNT: &str = "no, id, org, currency, code, flags, overdraft_limit, max_balance, opened_at, debits_posted, \
    credits_posted, debits_pending, credits_pending, last_seq, entries";
/// Accounts with their sums. The join is an outer one, so that an account without sums is seen and
/// found damaged.
pub const ACCOUNTS: &str = "accounts LEFT JOIN balances ON balances.account = accounts.no";
/// The columns of `balances` alone.
pub const BALANCE: &str =
    "account, debits_posted, credits_posted, debits_pending, credits_pending, last_seq, entries";
/// The columns of `marks`.
pub const MARK: &str = "account, time, seq";
/// The columns of `account_changes`, in the order of [`account_change`].
pub const ACCOUNT_CHANGE: &str =
    "seq, time, org, account, id, currency, code, flags, overdraft_limit, max_balance";
/// The columns of `transfers`, in the order of [`transfer`].
pub const TRANSFER: &str = "seq, id, time, org, kind, debit, credit, amount, code, hold, expires_at, debit_prev, \
    credit_prev, debit_balance, debit_held, credit_balance, credit_held";
/// The columns of `holds`, in the order of [`hold`].
pub const HOLD: &str =
    "seq, id, org, debit, credit, currency, amount, captured, remaining, state, expires_at";
/// The columns of `wallets`, in the order of [`wallet`].
pub const WALLET: &str = "account, org, owner, label, daily_limit, monthly_limit, day, day_used, month, month_used, \
    last_transaction, last_event, created_at";
/// The columns of `transactions`, in the order of [`transaction`].
pub const TRANSACTION: &str = "no, id, org, type, status, amount, currency, from_account, to_account, from_prev, \
    to_prev, fee, captured, refunded, description, external_id, metadata, original, instrument_kind, \
    instrument_token, failure_code, failure_detail, created_by, proposal, attempts, due_at, last_event, created_at, \
    updated_at, completed_at, expires_at, risk";
/// The columns of `events`, in the order of [`event`].
pub const EVENT: &str = "seq, org, type, transaction_no, account, prev, time, actor, from_status, to_status, reason, \
    data";

/// A cell that holds something else than it should: damage, or a newer version's data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {problem}")]
pub struct CellError {
    /// The column, from 0.
    pub column: usize,
    /// What is wrong with it.
    pub problem: String,
}

impl From<CellError> for StoreError {
    fn from(error: CellError) -> Self {
        Self::Statement(error.to_string())
    }
}

/// A row as an engine gives it.
pub trait EngineRow {
    /// An integer.
    ///
    /// # Errors
    /// What is wrong with the cell, as in all of them.
    fn int(&self, at: usize) -> Result<Option<i64>, String>;
    /// A text.
    ///
    /// # Errors
    /// As above.
    fn text(&self, at: usize) -> Result<Option<String>, String>;
    /// A UUID, 128 bits.
    ///
    /// # Errors
    /// As above.
    fn id(&self, at: usize) -> Result<Option<u128>, String>;
    /// A digest.
    ///
    /// # Errors
    /// As above.
    fn hash(&self, at: usize) -> Result<[u8; 32], String>;
    /// Bytes.
    ///
    /// # Errors
    /// As above.
    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>, String>;
}

impl EngineRow for rusqlite::Row<'_> {
    fn int(&self, at: usize) -> Result<Option<i64>, String> {
        self.get(at).map_err(|error| error.to_string())
    }

    fn text(&self, at: usize) -> Result<Option<String>, String> {
        self.get(at).map_err(|error| error.to_string())
    }

    fn id(&self, at: usize) -> Result<Option<u128>, String> {
        let bytes: Option<[u8; 16]> = self.get(at).map_err(|error| error.to_string())?;
        Ok(bytes.map(u128::from_be_bytes))
    }

    fn hash(&self, at: usize) -> Result<[u8; 32], String> {
        self.get(at).map_err(|error| error.to_string())
    }

    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>, String> {
        self.get(at).map_err(|error| error.to_string())
    }
}

impl EngineRow for PgRow {
    fn int(&self, at: usize) -> Result<Option<i64>, String> {
        self.try_get(at).map_err(|error| error.to_string())
    }

    fn text(&self, at: usize) -> Result<Option<String>, String> {
        self.try_get(at).map_err(|error| error.to_string())
    }

    fn id(&self, at: usize) -> Result<Option<u128>, String> {
        let id: Option<Uuid> = self.try_get(at).map_err(|error| error.to_string())?;
        Ok(id.map(|id| id.as_u128()))
    }

    fn hash(&self, at: usize) -> Result<[u8; 32], String> {
        let bytes: Vec<u8> = self.try_get(at).map_err(|error| error.to_string())?;
        <[u8; 32]>::try_from(bytes).map_err(|bytes| format!("{} bytes, not 32", bytes.len()))
    }

    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>, String> {
        self.try_get(at).map_err(|error| error.to_string())
    }
}

/// The cells of a row, read from the first to the last.
pub struct Cells<'r> {
    row: &'r dyn EngineRow,
    at: usize,
}

impl<'r> Cells<'r> {
    /// From the first cell on.
    pub fn of(row: &'r dyn EngineRow) -> Self {
        Self { row, at: 0 }
    }

    fn next<T>(
        &mut self,
        read: impl FnOnce(&dyn EngineRow, usize) -> Result<T, String>,
    ) -> Result<T, CellError> {
        let column = self.at;
        self.at += 1;
        read(self.row, column).map_err(|problem| CellError { column, problem })
    }

    /// Whether the next cell, of an integer, is NULL. It stays the next.
    ///
    /// # Errors
    /// [`CellError`], as in all of them.
    pub fn is_null(&self) -> Result<bool, CellError> {
        let column = self.at;
        match self.row.int(column) {
            Ok(number) => Ok(number.is_none()),
            Err(problem) => Err(CellError { column, problem }),
        }
    }

    /// An integer, or NULL.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn optional_int(&mut self) -> Result<Option<i64>, CellError> {
        self.next(|row, at| row.int(at))
    }

    /// An integer.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn int(&mut self) -> Result<i64, CellError> {
        self.next(|row, at| row.int(at)?.ok_or_else(null))
    }

    /// A number from 0 up.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn number(&mut self) -> Result<u64, CellError> {
        self.parsed("a number from 0 up", |number| u64::try_from(number).ok())
    }

    /// A number of 16 bits.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn small(&mut self) -> Result<u16, CellError> {
        self.parsed("a number up to 65535", |number| u16::try_from(number).ok())
    }

    /// An integer that stands for something.
    ///
    /// # Errors
    /// [`CellError`], with the integer and `what` it should be.
    pub fn parsed<T>(
        &mut self,
        what: &str,
        parse: impl FnOnce(i64) -> Option<T>,
    ) -> Result<T, CellError> {
        self.next(|row, at| {
            let number = row.int(at)?.ok_or_else(null)?;
            parse(number).ok_or_else(|| format!("{number} is not {what}"))
        })
    }

    /// Bytes.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn bytes(&mut self) -> Result<Vec<u8>, CellError> {
        self.next(|row, at| row.bytes(at)?.ok_or_else(null))
    }

    /// Bytes, or NULL.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn optional_bytes(&mut self) -> Result<Option<Vec<u8>>, CellError> {
        self.next(|row, at| row.bytes(at))
    }

    /// A text, or NULL.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn optional_text(&mut self) -> Result<Option<String>, CellError> {
        self.next(|row, at| row.text(at))
    }

    /// A text.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn text(&mut self) -> Result<String, CellError> {
        self.next(|row, at| row.text(at)?.ok_or_else(null))
    }

    /// A UUID, or NULL.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn optional_id(&mut self) -> Result<Option<u128>, CellError> {
        self.next(|row, at| row.id(at))
    }

    /// A UUID.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn id(&mut self) -> Result<u128, CellError> {
        self.next(|row, at| row.id(at)?.ok_or_else(null))
    }

    /// A digest.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn hash(&mut self) -> Result<[u8; 32], CellError> {
        self.next(|row, at| row.hash(at))
    }

    fn account_no(&mut self) -> Result<AccountNo, CellError> {
        self.number().map(AccountNo)
    }

    fn optional_account_no(&mut self) -> Result<Option<AccountNo>, CellError> {
        Ok(self.optional_int()?.map(|no| AccountNo(no.cast_unsigned())))
    }

    fn currency(&mut self) -> Result<Currency, CellError> {
        self.parsed("a currency's number", |number| {
            u16::try_from(number)
                .ok()
                .and_then(|number| Currency::from_numeric(number).ok())
        })
    }

    fn terms(&mut self) -> Result<AccountTerms, CellError> {
        Ok(AccountTerms {
            flags: Flags(self.small()?),
            overdraft_limit: self.int()?,
            max_balance: self.optional_int()?,
        })
    }

    /// A time.
    ///
    /// # Errors
    /// [`CellError`].
    pub fn time(&mut self) -> Result<Timestamp, CellError> {
        self.int().map(Timestamp)
    }

    fn optional_time(&mut self) -> Result<Option<Timestamp>, CellError> {
        Ok(self.optional_int()?.map(Timestamp))
    }

    /// Two columns: both NULL, or both there.
    fn instrument(&mut self) -> Result<Option<Instrument>, CellError> {
        let kind = self.next(|row, at| {
            row.text(at)?
                .map(|name| {
                    InstrumentKind::from_name(&name)
                        .ok_or_else(|| format!("`{name}` is not an instrument"))
                })
                .transpose()
        })?;
        let token = self.text_beside(kind.is_some())?;
        Ok(kind.map(|kind| Instrument { kind, token }))
    }

    fn assessment(&mut self) -> Result<Option<Assessment>, CellError> {
        self.next(|row, at| {
            let text = row.text(at)?;
            let read = text.map(|text| Assessment::read(&text)).transpose();
            read.map_err(|error| format!("no decision of risk: {error}"))
        })
    }

    /// Two columns: both NULL, or both there.
    fn failure(&mut self) -> Result<Option<Failure>, CellError> {
        let code = self.optional_text()?;
        let detail = self.text_beside(code.is_some())?;
        Ok(code.map(|code| Failure { code, detail }))
    }

    fn text_beside(&mut self, is_there: bool) -> Result<String, CellError> {
        if is_there {
            return self.text();
        }
        self.next(|row, at| match row.text(at)? {
            None => Ok(String::new()),
            Some(text) => Err(format!("`{text}` where the column before is NULL")),
        })
    }
}

fn null() -> String {
    "NULL".to_owned()
}

/// The head row.
///
/// # Errors
/// [`CellError`], as in all of them.
pub fn position(cells: &mut Cells<'_>) -> Result<Position, CellError> {
    Ok(Position {
        batch: cells.number()?,
        seq: cells.number()?,
        accounts: cells.number()?,
        events: cells.number()?,
        transactions: cells.number()?,
        time: cells.int()?,
        hash: cells.hash()?,
    })
}

/// An account.
///
/// # Errors
/// [`CellError`].
pub fn account(cells: &mut Cells<'_>) -> Result<Account, CellError> {
    Ok(Account {
        no: cells.account_no()?,
        id: AccountId(cells.id()?),
        org: cells.int()?,
        currency: cells.currency()?,
        code: cells.small()?,
        terms: cells.terms()?,
        opened_at: cells.int()?,
        debits_posted: cells.int()?,
        credits_posted: cells.int()?,
        debits_pending: cells.int()?,
        credits_pending: cells.int()?,
        last_seq: cells.number()?,
        entries: cells.number()?,
    })
}

/// A mark.
///
/// # Errors
/// [`CellError`].
pub fn mark(cells: &mut Cells<'_>) -> Result<Mark, CellError> {
    Ok(Mark {
        account: cells.account_no()?,
        time: cells.int()?,
        seq: cells.number()?,
    })
}

/// A change of an account.
///
/// # Errors
/// [`CellError`].
pub fn account_change(cells: &mut Cells<'_>) -> Result<AccountChange, CellError> {
    let (seq, time, org) = (cells.number()?, cells.int()?, cells.int()?);
    Ok(AccountChange {
        seq,
        time,
        no: cells.account_no()?,
        id: AccountId(cells.id()?),
        org,
        currency: cells.currency()?,
        code: cells.small()?,
        terms: cells.terms()?,
    })
}

/// A transfer.
///
/// # Errors
/// [`CellError`].
pub fn transfer(cells: &mut Cells<'_>) -> Result<Transfer, CellError> {
    Ok(Transfer {
        seq: cells.number()?,
        id: TransferId(cells.id()?),
        time: cells.int()?,
        org: cells.int()?,
        kind: cells.parsed("a kind of transfer", Kind::from_number)?,
        debit: cells.account_no()?,
        credit: cells.account_no()?,
        amount: cells.int()?,
        code: cells.small()?,
        hold: cells.number()?,
        expires_at: cells.int()?,
        debit_prev: cells.number()?,
        credit_prev: cells.number()?,
        debit_balance: cells.int()?,
        debit_held: cells.int()?,
        credit_balance: cells.int()?,
        credit_held: cells.int()?,
    })
}

/// A hold.
///
/// # Errors
/// [`CellError`].
pub fn hold(cells: &mut Cells<'_>) -> Result<Hold, CellError> {
    Ok(Hold {
        seq: cells.number()?,
        id: TransferId(cells.id()?),
        org: cells.int()?,
        debit: cells.account_no()?,
        credit: cells.account_no()?,
        currency: cells.currency()?,
        amount: cells.int()?,
        captured: cells.int()?,
        remaining: cells.int()?,
        state: cells.parsed("a state of a hold", HoldState::from_number)?,
        expires_at: cells.optional_int()?,
    })
}

/// A wallet.
///
/// # Errors
/// [`CellError`].
pub fn wallet(cells: &mut Cells<'_>) -> Result<Wallet, CellError> {
    Ok(Wallet {
        account: cells.account_no()?,
        org: cells.int()?,
        owner: Uuid::from_u128(cells.id()?),
        label: cells.optional_text()?,
        limits: Limits {
            daily: cells.optional_int()?,
            monthly: cells.optional_int()?,
        },
        used: Used {
            day: cells.int()?,
            on_day: cells.int()?,
            month: cells.int()?,
            in_month: cells.int()?,
        },
        last_transaction: cells.number()?,
        last_event: cells.number()?,
        created_at: cells.time()?,
    })
}

/// A transaction.
///
/// # Errors
/// [`CellError`].
pub fn transaction(cells: &mut Cells<'_>) -> Result<Transaction, CellError> {
    let proposed_at;
    let row = Transaction {
        no: cells.number()?,
        id: Uuid::from_u128(cells.id()?),
        org: cells.int()?,
        kind: cells.parsed("a type of transaction", TransactionType::from_number)?,
        status: cells.parsed("a status", TransactionStatus::from_number)?,
        amount: cells.int()?,
        currency: cells.currency()?,
        from: cells.optional_account_no()?,
        to: cells.optional_account_no()?,
        from_prev: cells.number()?,
        to_prev: cells.number()?,
        fee: cells.int()?,
        captured: cells.int()?,
        refunded: cells.int()?,
        description: cells.optional_text()?,
        external_id: cells.optional_text()?,
        metadata: cells.optional_text()?,
        original: cells.optional_id()?.map(Uuid::from_u128),
        instrument: cells.instrument()?,
        failure: cells.failure()?,
        created_by: Uuid::from_u128(cells.id()?),
        proposal: {
            proposed_at = cells.at;
            cells.optional_text()?
        },
        attempts: cells.int()?,
        due_at: cells.optional_time()?,
        last_event: cells.number()?,
        created_at: cells.time()?,
        updated_at: cells.time()?,
        completed_at: cells.optional_time()?,
        expires_at: cells.optional_time()?,
        risk: cells.assessment()?,
    };
    row.read_refund_request().map_err(|error| CellError {
        column: proposed_at,
        problem: format!("no refund request: {error}"),
    })?;
    Ok(row)
}

/// An event.
///
/// # Errors
/// [`CellError`].
pub fn event(cells: &mut Cells<'_>) -> Result<Event, CellError> {
    Ok(Event {
        seq: cells.number()?,
        org: cells.int()?,
        kind: cells.text()?.into(),
        transaction: cells.optional_int()?.map(i64::cast_unsigned),
        account: cells.optional_account_no()?,
        prev: cells.number()?,
        time: cells.int()?,
        actor: cells.text()?,
        from: cells.optional_int()?,
        to: cells.optional_int()?,
        reason: cells.optional_text()?,
        data: cells.text()?.into(),
    })
}

/// The columns of a table that goes by another name, or beside others.
#[must_use]
pub fn of_table(table: &str, columns: &str) -> String {
    let columns: Vec<String> = columns
        .split(", ")
        .map(|column| format!("{table}.{column}"))
        .collect();
    columns.join(", ")
}
