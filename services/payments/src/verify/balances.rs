//! Accounts and wallets as their own rows say, against what the journal adds up to and what their
//! last events say.

use std::collections::{BTreeMap, HashMap};

use ledger::{Account, Flags, Mark};
use money::Currency;
use payments_core::batch::Position;
use payments_core::wallet::{
    FrozenBy, LimitView, Limits, Used, WALLET, Wallet, WalletStatus, WalletView, decimal,
};
use uuid::Uuid;
use values::Timestamp;

use super::checked::Checked;
use super::read::{Reader, Stream};
use super::{CurrencySums, Maybe, VerifyError, mismatch, same};
use crate::journal::rows;

/// A table has one row for every account, and no other.
fn one_each(
    reader: &mut impl Reader,
    table: &'static str,
    key: &'static str,
    checked: &Checked,
) -> Result<(), VerifyError> {
    let mut rows = Stream::of(table, key, |cells| cells.number(), |no| *no);
    let mut last = 0;
    while let Some(no) = rows.next(reader)? {
        same(table, no, key, no, last + 1)?;
        last = no;
    }
    let count = checked.fold.account_count() as u64;
    if last < count {
        let expected = "the account that was opened with this number";
        return Err(mismatch(table, last + 1, key, "missing", expected));
    }
    if last > count {
        let expected = "no row: no account has this number";
        return Err(mismatch(table, last, key, last, expected));
    }
    Ok(())
}

/// Every account against the fold of its transfers; the sums of each currency.
pub fn accounts(
    reader: &mut impl Reader,
    checked: &Checked,
) -> Result<Vec<CurrencySums>, VerifyError> {
    one_each(reader, "accounts", "no", checked)?;
    one_each(reader, "balances", "account", checked)?;
    let select = format!("SELECT {} FROM {}", rows::ACCOUNT, rows::ACCOUNTS);
    let mut accounts = Stream::joined("accounts", rows::ACCOUNT, &select, rows::account, |row| {
        row.no.0
    });
    let mut sums: BTreeMap<&str, CurrencySums> = BTreeMap::new();
    while let Some(account) = accounts.next(reader)? {
        checked
            .fold
            .account(&account)
            .map_err(|found| VerifyError::from(found).of(&account))?;
        let currency = account.currency;
        let sum = sums.entry(currency.code()).or_insert(CurrencySums {
            currency,
            accounts: 0,
            posted: 0,
            pending: 0,
        });
        sum.accounts += 1;
        sum.posted += i128::from(account.debits_posted);
        sum.pending += i128::from(account.debits_pending);
    }
    Ok(sums.into_values().collect())
}

/// Every mark is where the histories say.
pub fn marks(reader: &mut impl Reader, checked: &Checked) -> Result<(), VerifyError> {
    let expected = checked.fold.marks();
    let select = format!(
        "SELECT {} FROM marks WHERE account = $1 ORDER BY time, seq",
        rows::MARK
    );
    for of_account in expected.chunk_by(|one, other| one.account == other.account) {
        let account = of_account[0].account.0;
        let found = reader
            .rows(&select, Some(account.cast_signed()), rows::mark)
            .map_err(|unread| unread.in_table("marks", rows::MARK))?;
        let seqs = |at: usize, marks: &[Mark]| Maybe(marks.get(at).map(|mark| mark.seq));
        let times = |at: usize, marks: &[Mark]| Maybe(marks.get(at).map(|mark| mark.time));
        for at in 0..found.len().max(of_account.len()) {
            let (found, expected) = (found.as_slice(), of_account);
            same("marks", account, "seq", seqs(at, found), seqs(at, expected))?;
            same(
                "marks",
                account,
                "time",
                times(at, found),
                times(at, expected),
            )?;
        }
    }
    let select = "SELECT CAST(COUNT(*) AS BIGINT) FROM marks";
    let found = reader
        .rows(select, None, |cells| cells.number())
        .map_err(|unread| unread.in_table("marks", "COUNT(*)"))?;
    let (found, expected) = (found.first().copied().unwrap_or_default(), expected.len());
    same("marks", 0, "number of rows", found, expected as u64)
}

/// A wallet, as the transactions on it are counted.
pub struct Counted {
    /// Its id.
    pub id: Uuid,
    /// Its organisation.
    pub org: i64,
    /// Its currency.
    pub currency: Currency,
    /// The number of its last transaction so far.
    pub last_transaction: u64,
    /// What has left it, in the day and the month that its row speaks of, and in those of the last
    /// commit, which count for what leaves it next.
    used: [Used; 2],
    row_last_transaction: u64,
    row_used: Used,
}

/// The wallets by the numbers of their accounts.
pub type Wallets = HashMap<u64, Counted>;

/// A wallet with what stands beside it.
struct Row {
    wallet: Wallet,
    account: Option<Account>,
    data: Option<String>,
}

/// Every wallet against its account and its last event.
pub fn wallets(
    reader: &mut impl Reader,
    head: &Position,
    checked: &Checked,
) -> Result<Wallets, VerifyError> {
    let now = Timestamp(head.time);
    let select = format!(
        "SELECT {}, e.data, a.* FROM wallets LEFT JOIN (SELECT {} FROM {}) AS a ON a.no = wallets.account \
         LEFT JOIN events AS e ON e.seq = wallets.last_event",
        rows::of_table("wallets", rows::WALLET),
        rows::ACCOUNT,
        rows::ACCOUNTS,
    );
    let mut stream = Stream::joined(
        "wallets",
        rows::WALLET,
        &select,
        |cells| {
            let wallet = rows::wallet(cells)?;
            let data = cells.optional_text()?;
            let account = (!cells.is_null()?)
                .then(|| rows::account(cells))
                .transpose()?;
            Ok(Row {
                wallet,
                account,
                data,
            })
        },
        |row| row.wallet.account.0,
    );
    let mut wallets = Wallets::new();
    while let Some(row) = stream.next(reader)? {
        let no = row.wallet.account.0;
        wallets.insert(no, check_wallet(&row, checked, now)?);
    }
    // Its first event opened it, so that a wallet without a row is known by its events.
    let missing = checked
        .wallets
        .keys()
        .filter(|no| !wallets.contains_key(no));
    if let Some(no) = missing.min() {
        let expected = "the wallet that was opened on this account";
        return Err(mismatch("wallets", no, "account", "missing", expected));
    }
    Ok(wallets)
}

fn check_wallet(row: &Row, checked: &Checked, now: Timestamp) -> Result<Counted, VerifyError> {
    let wallet = &row.wallet;
    let no = wallet.account.0;
    let account = row.account.as_ref();
    let account = account
        .ok_or_else(|| mismatch("wallets", no, "account", no, "the number of an account"))?;
    same("wallets", no, "account's code", account.code, WALLET)?;
    same("wallets", no, "org", wallet.org, account.org)?;
    let created_at = wallet.created_at.micros();
    same("wallets", no, "created_at", created_at, account.opened_at)?;
    let last = checked.wallets.get(&no).copied().unwrap_or_default();
    same("wallets", no, "last_event", wallet.last_event, last)?;
    let data = row.data.as_deref().unwrap_or_default();
    let said: WalletView = serde_json::from_str(data)
        .map_err(|error| mismatch("events", last, "data", error, "a wallet"))?;
    check_snapshot(wallet, account, &said)?;
    Ok(Counted {
        id: Uuid::from_u128(account.id.0),
        org: wallet.org,
        currency: account.currency,
        last_transaction: 0,
        used: [wallet.used, wallet.used.at(now)].map(|used| Used {
            on_day: 0,
            in_month: 0,
            ..used
        }),
        row_last_transaction: wallet.last_transaction,
        row_used: wallet.used,
    })
}

/// What only an event of the wallet's own changes is what its last one says.
fn check_snapshot(
    wallet: &Wallet,
    account: &Account,
    said: &WalletView,
) -> Result<(), VerifyError> {
    let no = wallet.account.0;
    same("wallets", no, "owner", wallet.owner, said.owner_id.uuid())?;
    let label = |label: &Option<String>| Maybe(label.clone());
    same(
        "wallets",
        no,
        "label",
        label(&wallet.label),
        label(&said.label),
    )?;
    let limit = |said: &Option<LimitView>| Maybe(said.as_ref().map(|of| of.limit.clone()));
    let text = |limit: Option<i64>| Maybe(limit.map(|limit| decimal(limit, account.currency)));
    let Limits { daily, monthly } = wallet.limits;
    same(
        "wallets",
        no,
        "daily_limit",
        text(daily),
        limit(&said.limits.daily),
    )?;
    same(
        "wallets",
        no,
        "monthly_limit",
        text(monthly),
        limit(&said.limits.monthly),
    )?;
    // Events from before owners could freeze do not say who did.
    let owner = Some(FrozenBy::Owner);
    let of_owner = FrozenBy::of(account.terms.flags) == owner;
    let stands = (WalletStatus::of(account.terms.flags), of_owner);
    let said = (said.status, said.frozen_by == owner);
    if stands != said {
        let (found, expected) = (format!("{stands:?}"), format!("{said:?}"));
        return Err(mismatch("accounts", no, "flags", found, expected));
    }
    let closed_and_full = account.terms.flags.has(Flags::CLOSED) && account.available() != 0;
    if closed_and_full {
        let found = account.balance();
        return Err(mismatch(
            "accounts",
            no,
            "credits_posted",
            found,
            "0 on a closed wallet",
        ));
    }
    Ok(())
}

impl Counted {
    /// Counts what a transaction took, or still holds, from the wallet.
    pub fn count(&mut self, amount: i64, at: Timestamp) {
        for used in &mut self.used {
            if at.day() == used.day {
                used.on_day = used.on_day.saturating_add(amount);
            }
            if at.month() == used.month {
                used.in_month = used.in_month.saturating_add(amount);
            }
        }
    }
}

/// What wallets say of their histories and limits, once all transactions are counted. The day and
/// the month of a row mean nothing where nothing left in them, nor now.
pub fn used(wallets: &Wallets, head: &Position) -> Result<(), VerifyError> {
    let now = Timestamp(head.time);
    let mut numbers: Vec<_> = wallets.iter().collect();
    numbers.sort_unstable_by_key(|(no, _)| **no);
    for (no, wallet) in numbers {
        let last = wallet.row_last_transaction;
        same(
            "wallets",
            *no,
            "last_transaction",
            last,
            wallet.last_transaction,
        )?;
        let row = wallet.row_used;
        for (row, counted) in [row, row.at(now)].into_iter().zip(wallet.used) {
            same("wallets", *no, "day_used", row.on_day, counted.on_day)?;
            same("wallets", *no, "month_used", row.in_month, counted.in_month)?;
        }
    }
    Ok(())
}
