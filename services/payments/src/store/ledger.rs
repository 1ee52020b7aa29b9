//! Ledger accounts: one by its id, and the sums of all of them.

use contracts::payments::TransactionStatus;
use db::{Db, DbError, args};
use ledger::{Account, AccountId, AccountNo, AccountTerms, Flags};
use module::InFlight;
use money::Currency;
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use super::{statements, unreadable};
use crate::error::Error;

/// The columns of [`AccountRow`], of `accounts a` and its `balances b`.
macro_rules! account_columns {
    () => {
        "a.no, a.id, a.org, a.currency, a.code, a.flags, a.overdraft_limit, a.max_balance, \
         b.debits_posted, b.credits_posted, b.debits_pending, b.credits_pending, b.last_seq, \
         b.entries, a.opened_at"
    };
}
pub(super) use account_columns;

/// A sum of 64-bit numbers, as one number.
macro_rules! whole {
    ($column:literal) => {
        concat!(
            "CAST(0 AS BIGINT) AS ",
            $column,
            "_high, CAST(SUM(b.",
            $column,
            ") AS BIGINT) AS ",
            $column,
            "_low"
        )
    };
}

/// Both halves of it, since the sum of several may need more than 64 bits.
macro_rules! halves {
    ($column:literal) => {
        concat!(
            "CAST(SUM(b.",
            $column,
            " / 4294967296) AS BIGINT) AS ",
            $column,
            "_high, ",
            "CAST(SUM(b.",
            $column,
            " % 4294967296) AS BIGINT) AS ",
            $column,
            "_low"
        )
    };
}

/// The sums of all accounts, or of those of an organisation, per currency.
macro_rules! sums {
    ($sum:ident, $of:literal) => {
        concat!(
            "SELECT a.currency, CAST(COUNT(*) AS BIGINT) AS accounts, ",
            $sum!("debits_posted"),
            ", ",
            $sum!("credits_posted"),
            ", ",
            $sum!("debits_pending"),
            ", ",
            $sum!("credits_pending"),
            " FROM accounts a JOIN balances b ON b.account = a.no ",
            $of,
            "GROUP BY a.currency"
        )
    };
}

statements! {
    /// id, org -> [`AccountRow`].
    ACCOUNT_BY_ID = concat!(
        "SELECT ", account_columns!(), " FROM accounts a JOIN balances b ON b.account = a.no WHERE a.id = $1 AND a.org = $2"
    );
    /// below this id -> [`AccountRow`] of settlement and suspense (10, 11), of all organisations:
    /// alarms are for anyone who runs the installation.
    SYSTEM_ACCOUNTS = concat!(
        "SELECT ", account_columns!(), " FROM accounts a JOIN balances b ON b.account = a.no \
         WHERE a.id < $1 AND a.code IN (10, 11) ORDER BY a.id"
    );
    /// org -> [`SumsRow`] per currency. It fails where a sum needs more than 64 bits.
    SUMS = sums!(whole, "WHERE a.org = $1 ");
    /// The same, and slower, for sums of any size.
    LARGE_SUMS = sums!(halves, "WHERE a.org = $1 ");
    /// As `SUMS`, of all organisations together.
    ALL_SUMS = sums!(whole, "");
    /// As `LARGE_SUMS`, of all organisations together.
    LARGE_ALL_SUMS = sums!(halves, "");
    /// -> [`WaitingRow`] of each status; 4, 5: processing, unresolved. The last condition is that
    /// of the index.
    IN_FLIGHT = "SELECT status, CAST(COUNT(*) AS BIGINT) AS transactions, CAST(MIN(created_at) AS BIGINT) AS oldest \
        FROM transactions WHERE status IN (4, 5) AND status <> 6 GROUP BY status";
}

/// An account.
#[derive(Debug, FromRow)]
pub(super) struct AccountRow {
    no: i64,
    id: Uuid,
    org: i64,
    currency: i64,
    code: i64,
    flags: i64,
    overdraft_limit: i64,
    max_balance: Option<i64>,
    debits_posted: i64,
    credits_posted: i64,
    debits_pending: i64,
    credits_pending: i64,
    last_seq: i64,
    entries: i64,
    opened_at: i64,
}

impl TryFrom<AccountRow> for Account {
    type Error = Error;

    fn try_from(row: AccountRow) -> Result<Self, Error> {
        let small = |what: &str, value: i64| {
            u16::try_from(value).map_err(|_| unreadable("accounts", row.no, what, value))
        };
        Ok(Self {
            no: AccountNo(row.no.cast_unsigned()),
            id: AccountId(row.id.as_u128()),
            org: row.org,
            currency: currency("accounts", row.no, row.currency)?,
            code: small("code", row.code)?,
            terms: AccountTerms {
                flags: Flags(small("flags", row.flags)?),
                overdraft_limit: row.overdraft_limit,
                max_balance: row.max_balance,
            },
            debits_posted: row.debits_posted,
            credits_posted: row.credits_posted,
            debits_pending: row.debits_pending,
            credits_pending: row.credits_pending,
            last_seq: row.last_seq.cast_unsigned(),
            entries: row.entries.cast_unsigned(),
            opened_at: row.opened_at,
        })
    }
}

/// The currency behind its number.
pub(super) fn currency(table: &'static str, key: i64, number: i64) -> Result<Currency, Error> {
    u16::try_from(number)
        .ok()
        .and_then(|number| Currency::from_numeric(number).ok())
        .ok_or_else(|| unreadable(table, key, "currency", number))
}

/// The account with this id.
pub(crate) async fn account(db: &Db, org: i64, id: Uuid) -> Result<Option<Account>, Error> {
    let row: Option<AccountRow> = db.fetch_optional(ACCOUNT_BY_ID, args![id, org]).await?;
    row.map(Account::try_from).transpose()
}

/// PayFlow's own accounts of all organisations. Their ids begin with the organisation, those of
/// others with a time in ms: below the first id of 2020 are, up to organisation 24 million, only
/// they.
pub(crate) async fn system_accounts(db: &Db) -> Result<Vec<Account>, Error> {
    let first_of_2020 = Uuid::from_u128(1_577_836_800_000 << 80);
    let rows: Vec<AccountRow> = db.fetch_all(SYSTEM_ACCOUNTS, args![first_of_2020]).await?;
    rows.into_iter().map(Account::try_from).collect()
}

#[derive(FromRow)]
struct SumsRow {
    currency: i64,
    accounts: i64,
    debits_posted_high: i64,
    debits_posted_low: i64,
    credits_posted_high: i64,
    credits_posted_low: i64,
    debits_pending_high: i64,
    debits_pending_low: i64,
    credits_pending_high: i64,
    credits_pending_low: i64,
}

/// The sums of all accounts in one currency, in minor units; they may exceed 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sums {
    pub currency: Currency,
    pub accounts: i64,
    pub debits_posted: i128,
    pub credits_posted: i128,
    pub debits_pending: i128,
    pub credits_pending: i128,
}

impl Sums {
    /// Whether debits equal credits, posted and pending.
    pub const fn balanced(&self) -> bool {
        self.debits_posted == self.credits_posted && self.debits_pending == self.credits_pending
    }
}

/// The sums of all accounts of an organisation, by the currency's code.
pub(crate) async fn sums(db: &Db, org: i64) -> Result<Vec<Sums>, Error> {
    read_sums(match db.fetch_all(SUMS, args![org]).await {
        // A sum was too large for the engine; anything else that is wrong is wrong with the other
        // query, too.
        Err(DbError::Query(_)) => db.fetch_all(LARGE_SUMS, args![org]).await?,
        rows => rows?,
    })
}

/// The same of all organisations together.
pub(crate) async fn all_sums(db: &Db) -> Result<Vec<Sums>, Error> {
    read_sums(match db.fetch_all(ALL_SUMS, args![]).await {
        // As above.
        Err(DbError::Query(_)) => db.fetch_all(LARGE_ALL_SUMS, args![]).await?,
        rows => rows?,
    })
}

fn read_sums(rows: Vec<SumsRow>) -> Result<Vec<Sums>, Error> {
    let whole = |high: i64, low: i64| (i128::from(high) << 32) + i128::from(low);
    let mut sums = rows
        .into_iter()
        .map(|row| {
            Ok(Sums {
                currency: currency("accounts", row.currency, row.currency)?,
                accounts: row.accounts,
                debits_posted: whole(row.debits_posted_high, row.debits_posted_low),
                credits_posted: whole(row.credits_posted_high, row.credits_posted_low),
                debits_pending: whole(row.debits_pending_high, row.debits_pending_low),
                credits_pending: whole(row.credits_pending_high, row.credits_pending_low),
            })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    sums.sort_by_key(|sums| sums.currency.code());
    Ok(sums)
}

#[derive(FromRow)]
struct WaitingRow {
    status: i64,
    transactions: i64,
    oldest: Option<i64>,
}

/// Money that is under way to or from the outside, of all organisations.
pub(crate) async fn in_flight(db: &Db) -> Result<InFlight, DbError> {
    let rows: Vec<WaitingRow> = db.fetch_all(IN_FLIGHT, args![]).await?;
    let mut found = InFlight::default();
    for row in rows {
        let oldest = row.oldest.map(Timestamp);
        if row.status == TransactionStatus::Unresolved.number() {
            (found.unresolved, found.oldest_unresolved) = (row.transactions, oldest);
        } else {
            (found.processing, found.oldest_processing) = (row.transactions, oldest);
        }
    }
    Ok(found)
}
