//! Wallets, each with the account behind it.

use db::{Db, args};
use ledger::Account;
use money::Currency;
use payments_core::wallet::{Limits, Used, Wallet, WalletStatus, WalletView};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use super::ledger::{AccountRow, account_columns};
use super::{Bounds, statements};
use crate::error::Error;

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

/// Status by the account's flags (4: frozen, 16: closed) as bits of a set, as [`status_bit`]
/// numbers them.
macro_rules! wallet_filters {
    () => {
        "(CAST($4 AS BIGINT) IS NULL OR a.currency = CAST($4 AS BIGINT)) \
         AND CASE WHEN a.flags & 16 <> 0 THEN CAST($3 AS BIGINT) & 4 \
                  WHEN a.flags & 4 <> 0 THEN CAST($3 AS BIGINT) & 2 \
                  ELSE CAST($3 AS BIGINT) & 1 END <> 0 \
         ORDER BY w.account DESC LIMIT $5"
    };
}

/// Wallets of the organisation $1 whose account's number, `$order`, is below $2: newest first.
macro_rules! path {
    ($order:literal, $($from:expr),*) => {
        concat!(
            "SELECT w.account FROM ", $($from),*, " AND w.org = $1 AND ", $order, " < $2 ORDER BY ", $order, " DESC "
        )
    };
}

/// All of them.
macro_rules! of_all {
    () => {
        path!("w.account", "wallets w WHERE w.account > 0")
    };
}

/// Those of a currency.
macro_rules! of_currency {
    ($currency:literal) => {
        path!(
            "a.no",
            "accounts a JOIN wallets w ON w.account = a.no WHERE a.org = $1 AND a.currency = CAST(",
            $currency,
            " AS BIGINT)"
        )
    };
}

/// Those that are frozen or closed.
macro_rules! not_active {
    () => {
        path!(
            "a.no",
            "accounts a JOIN wallets w ON w.account = a.no WHERE a.flags & 20 <> 0"
        )
    };
}

/// Those of an owner.
macro_rules! of_owner {
    ($owner:literal) => {
        path!("w.account", "wallets w WHERE w.owner = ", $owner)
    };
}

/// Those that pass among so many of a path.
macro_rules! passing {
    ($path:expr) => {
        concat!(
            "SELECT ", wallet_columns!(), " FROM (", $path, "LIMIT $6) n JOIN wallets w ON w.account = n.account \
             JOIN accounts a ON a.no = n.account JOIN balances b ON b.account = n.account WHERE ", wallet_filters!()
        )
    };
}

/// The last of a path's first $3 + 1.
macro_rules! last {
    ($path:expr) => {
        concat!($path, "LIMIT 1 OFFSET $3")
    };
}

statements! {
    /// id, org -> [`WalletRow`].
    WALLET_BY_ID = concat!(
        "SELECT ", wallet_columns!(), " FROM accounts a JOIN wallets w ON w.account = a.no JOIN balances b ON b.account = a.no \
         WHERE a.id = $1 AND a.org = $2"
    );
    /// id, org -> whose it is.
    OWNER = "SELECT w.owner FROM accounts a JOIN wallets w ON w.account = a.no WHERE a.id = $1 AND a.org = $2";
    /// org, before, statuses, currency or null, limit, wallets to look at -> [`WalletRow`].
    OF_ALL = passing!(of_all!());
    /// The same.
    OF_CURRENCY = passing!(of_currency!("$4"));
    /// The same.
    NOT_ACTIVE = passing!(not_active!());
    /// The same, owner.
    OF_OWNER = passing!(of_owner!("$7"));
    /// org, before, how many before it -> account.
    LAST_OF_ALL = last!(of_all!());
    /// The same, currency.
    LAST_OF_CURRENCY = last!(of_currency!("$4"));
    /// The same.
    LAST_NOT_ACTIVE = last!(not_active!());
    /// The same, owner.
    LAST_OF_OWNER = last!(of_owner!("$4"));
    /// owner, org -> account, number of its last transaction; the wallet that moved last comes
    /// first.
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

/// Whose the wallet with this id is.
pub(crate) async fn owner(db: &Db, org: i64, id: Uuid) -> Result<Option<Uuid>, Error> {
    let row: Option<(Uuid,)> = db.fetch_optional(OWNER, args![id, org]).await?;
    Ok(row.map(|(owner,)| owner))
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

/// Part of a list of wallets, newest first.
#[derive(Debug)]
pub(crate) struct Wallets {
    /// Those that pass.
    pub rows: Vec<WalletRecord>,
    /// The number of the account where the effort ended: older ones were not looked at. `None`:
    /// there was no need to.
    pub floor: Option<i64>,
}

/// Wallets of an organisation, by the path that leads past the fewest others.
pub(crate) async fn wallets(
    db: &Db,
    org: i64,
    filter: &WalletFilter,
    bounds: Bounds,
) -> Result<Wallets, Error> {
    let currency = filter
        .currency
        .map(|currency| i64::from(currency.numeric()));
    let (before, statuses, steps) = (filter.before, filter.statuses, bounds.steps());
    let mut args = args![org, before, statuses, currency, bounds.limit, steps];
    let mut last_args = args![org, before, steps - 1];
    let [passing, last] = if let Some(owner) = filter.owner {
        args.push(owner.into());
        last_args.push(owner.into());
        [OF_OWNER, LAST_OF_OWNER]
    } else if statuses & status_bit(WalletStatus::Active) == 0 {
        [NOT_ACTIVE, LAST_NOT_ACTIVE]
    } else if let Some(currency) = currency {
        last_args.push(currency.into());
        [OF_CURRENCY, LAST_OF_CURRENCY]
    } else {
        [OF_ALL, LAST_OF_ALL]
    };
    let rows: Vec<WalletRow> = db.fetch_all(passing, args).await?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|rows| rows >= bounds.limit);
    let floor: Option<(i64,)> = if is_full {
        None
    } else {
        db.fetch_optional(last, last_args).await?
    };
    Ok(Wallets {
        rows: rows
            .into_iter()
            .map(WalletRecord::try_from)
            .collect::<Result<_, Error>>()?,
        floor: floor.map(|(account,)| account),
    })
}

/// Where the history of a wallet begins: its newest transaction.
#[derive(Debug, Clone, Copy, FromRow)]
pub(crate) struct Head {
    /// The number of the wallet's account.
    pub account: i64,
    /// The number of its last transaction.
    pub last_transaction: i64,
}

/// The heads of an owner's wallets, the one that moved last first; wallets that never moved have
/// none.
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
