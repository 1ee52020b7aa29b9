//! Wallets, each with the account behind it.

use ledger::Account;
use money::Currency;
use platform::args;
use platform::clock::Timestamp;
use platform::db::Db;
use sqlx::FromRow;
use uuid::Uuid;

use super::ledger::{AccountRow, account_columns};
use super::statements;
use crate::error::Error;
use crate::wallet::{Limits, Used, Wallet, WalletStatus, WalletView};

/// The columns of [`WalletRow`].
macro_rules! wallet_columns {
    () => {
        concat!(
            account_columns!(),
            ", w.owner, w.label, w.daily_limit, w.monthly_limit, w.day, w.day_used, w.month, \
             w.month_used, w.last_transaction, w.last_event, w.created_at"
        )
    };
}

/// Status by the account's flags (4: frozen, 16: closed) as bits of a set, as [`status_bit`] numbers them.
macro_rules! wallet_filters {
    () => {
        "(CAST($4 AS BIGINT) IS NULL OR a.currency = CAST($4 AS BIGINT)) \
         AND CASE WHEN a.flags & 16 <> 0 THEN CAST($3 AS BIGINT) & 4 \
                  WHEN a.flags & 4 <> 0 THEN CAST($3 AS BIGINT) & 2 \
                  ELSE CAST($3 AS BIGINT) & 1 END <> 0 \
         ORDER BY w.account DESC LIMIT $5"
    };
}

statements! {
    /// id, org -> [`WalletRow`].
    WALLET_BY_ID = concat!(
        "SELECT ", wallet_columns!(), " FROM accounts a JOIN wallets w ON w.account = a.no JOIN balances b ON b.account = a.no \
         WHERE a.id = $1 AND a.org = $2"
    );
    /// org, before, statuses, currency or null, limit -> [`WalletRow`].
    WALLETS_OF_ALL = concat!(
        "SELECT ", wallet_columns!(), " FROM wallets w JOIN accounts a ON a.no = w.account \
         JOIN balances b ON b.account = w.account \
         WHERE w.org = $1 AND w.account < $2 AND ", wallet_filters!()
    );
    /// org, before, statuses, currency or null, limit, owner -> [`WalletRow`].
    WALLETS_OF_OWNER = concat!(
        "SELECT ", wallet_columns!(), " FROM wallets w JOIN accounts a ON a.no = w.account \
         JOIN balances b ON b.account = w.account \
         WHERE w.owner = $6 AND w.org = $1 AND w.account < $2 AND ", wallet_filters!()
    );
    /// owner, org -> account, number of its last transaction; the wallet that moved last comes first.
    HEADS_OF_OWNER = "SELECT w.account, w.last_transaction FROM wallets w \
        WHERE w.owner = $1 AND w.org = $2 AND w.last_transaction > 0 ORDER BY w.last_transaction DESC";
    /// owner, org, currency -> id. 28: frozen on either side, or closed.
    OLDEST_ACTIVE_WALLET = "SELECT a.id FROM wallets w JOIN accounts a ON a.no = w.account \
        WHERE w.owner = $1 AND w.org = $2 AND a.currency = $3 AND a.flags & 28 = 0 \
        ORDER BY w.account LIMIT 1";
}

#[derive(FromRow)]
struct WalletRow {
    #[sqlx(flatten)]
    account: AccountRow,
    owner: Uuid,
    label: Option<String>,
    daily_limit: Option<i64>,
    monthly_limit: Option<i64>,
    day: i64,
    day_used: i64,
    month: i64,
    month_used: i64,
    last_transaction: i64,
    last_event: i64,
    created_at: i64,
}

/// A wallet and the account behind it, as they stood at one moment.
#[derive(Debug, Clone)]
pub(crate) struct WalletRecord {
    pub wallet: Wallet,
    pub account: Account,
}

impl WalletRecord {
    /// As the API shows it at `now`.
    pub fn view(&self, now: Timestamp) -> WalletView {
        WalletView::new(&self.wallet, &self.account, now)
    }
}

impl TryFrom<WalletRow> for WalletRecord {
    type Error = Error;

    fn try_from(row: WalletRow) -> Result<Self, Error> {
        let account = Account::try_from(row.account)?;
        let wallet = Wallet {
            account: account.no,
            org: account.org,
            owner: row.owner,
            label: row.label,
            limits: Limits {
                daily: row.daily_limit,
                monthly: row.monthly_limit,
            },
            used: Used {
                day: row.day,
                on_day: row.day_used,
                month: row.month,
                in_month: row.month_used,
            },
            last_transaction: row.last_transaction.cast_unsigned(),
            last_event: row.last_event.cast_unsigned(),
            created_at: Timestamp(row.created_at),
        };
        Ok(Self { wallet, account })
    }
}

/// The wallet with this id.
pub(crate) async fn wallet(db: &Db, org: i64, id: Uuid) -> Result<Option<WalletRecord>, Error> {
    let row: Option<WalletRow> = db.fetch_optional(WALLET_BY_ID, args![id, org]).await?;
    row.map(WalletRecord::try_from).transpose()
}

/// Which wallets of an organisation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WalletFilter {
    /// Of this owner only.
    pub owner: Option<Uuid>,
    /// In this currency only.
    pub currency: Option<Currency>,
    /// A set of [`status_bit`]s.
    pub statuses: i64,
    /// Before this number of an account.
    pub before: i64,
}

/// A wallet's status as a member of a set.
pub(crate) const fn status_bit(status: WalletStatus) -> i64 {
    match status {
        WalletStatus::Active => 1,
        WalletStatus::Frozen => 2,
        WalletStatus::Closed => 4,
    }
}

/// Wallets, newest first.
pub(crate) async fn wallets(
    db: &Db,
    org: i64,
    filter: &WalletFilter,
    limit: i64,
) -> Result<Vec<WalletRecord>, Error> {
    let currency = filter
        .currency
        .map(|currency| i64::from(currency.numeric()));
    let mut args = args![org, filter.before, filter.statuses, currency, limit];
    let sql = if let Some(owner) = filter.owner {
        args.push(owner.into());
        WALLETS_OF_OWNER
    } else {
        WALLETS_OF_ALL
    };
    let rows: Vec<WalletRow> = db.fetch_all(sql, args).await?;
    rows.into_iter().map(WalletRecord::try_from).collect()
}

/// Where the history of a wallet begins: its newest transaction.
#[derive(Debug, Clone, Copy, FromRow)]
pub(crate) struct Head {
    /// The number of the wallet's account.
    pub account: i64,
    /// The number of its last transaction.
    pub last_transaction: i64,
}

/// The heads of an owner's wallets, the one that moved last first; wallets that never moved have none.
pub(crate) async fn heads(db: &Db, org: i64, owner: Uuid) -> Result<Vec<Head>, Error> {
    Ok(db.fetch_all(HEADS_OF_OWNER, args![owner, org]).await?)
}

/// The wallet in which an owner receives a currency.
pub(crate) async fn receiving_wallet(
    db: &Db,
    org: i64,
    owner: Uuid,
    currency: Currency,
) -> Result<Option<Uuid>, Error> {
    let args = args![owner, org, i64::from(currency.numeric())];
    let row: Option<(Uuid,)> = db.fetch_optional(OLDEST_ACTIVE_WALLET, args).await?;
    Ok(row.map(|(id,)| id))
}
