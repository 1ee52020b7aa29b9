//! Transactions as their rows say, against their last events, the ledger rows that moved their
//! money, the refunds that name them, and the wallets whose history they are.

use std::collections::HashMap;

use contracts::payments::{TransactionStatus, TransactionType};
use ledger::Kind;
use payments_core::assessment::Assessment;
use payments_core::batch::Position;
use payments_core::document::EventData;
use payments_core::transaction::Transaction;
use uuid::Uuid;
use values::Timestamp;

use super::balances::Wallets;
use super::checked::Checked;
use super::read::{Reader, Stream};
use super::{Maybe, Progress, VerifyError, mismatch, same, suspense};
use crate::journal::rows::{self, CellError, Cells};

use TransactionStatus::{
    Authorised, Cancelled, Completed, Expired, Failed, InReview, Processing, RequiresVerification,
    Reversed, Unresolved,
};

/// A transaction with what stands beside it.
struct Row {
    row: Transaction,
    /// Its last event: organisation, time, data.
    event: Option<(i64, i64, String)>,
    /// The transfer with its id.
    transfer: Option<Moved>,
    /// The hold with its id: captured, remaining.
    hold: Option<(i64, i64)>,
    /// The number that its maker's own id is kept under.
    external: Option<i64>,
    checksum: Option<i64>,
}

struct Moved {
    kind: i64,
    debit: i64,
    credit: i64,
    amount: i64,
    code: i64,
}

const BESIDE: &str = "e.org, e.time, e.data, x.kind, x.debit, x.credit, x.amount, x.code, h.captured, h.remaining, \
    i.transaction_no, transactions.checksum";

fn read(cells: &mut Cells<'_>) -> Result<Row, CellError> {
    let row = rows::transaction(cells)?;
    let (org, time, data) = (
        cells.optional_int()?,
        cells.optional_int()?,
        cells.optional_text()?,
    );
    let mut numbers = [None; 9];
    for number in &mut numbers {
        *number = cells.optional_int()?;
    }
    let [
        kind,
        debit,
        credit,
        amount,
        code,
        captured,
        remaining,
        external,
        checksum,
    ] = numbers;
    let moved = || {
        Some(Moved {
            kind: kind?,
            debit: debit?,
            credit: credit?,
            amount: amount?,
            code: code?,
        })
    };
    Ok(Row {
        row,
        event: org
            .zip(time)
            .zip(data)
            .map(|((org, time), data)| (org, time, data)),
        transfer: moved(),
        hold: captured.zip(remaining),
        external,
        checksum,
    })
}

/// Every transaction in order of its number.
pub fn check(
    reader: &mut impl Reader,
    head: &Position,
    checked: &Checked,
    wallets: &mut Wallets,
    progress: &mut Progress<'_>,
) -> Result<(), VerifyError> {
    let select = format!(
        "SELECT {}, {BESIDE} FROM transactions LEFT JOIN events AS e ON e.seq = transactions.last_event \
         LEFT JOIN transfers AS x ON x.id = transactions.id LEFT JOIN holds AS h ON h.id = transactions.id \
         LEFT JOIN external_ids AS i ON i.owner = transactions.created_by \
         AND i.external_id = transactions.external_id",
        rows::of_table("transactions", rows::TRANSACTION)
    );
    let mut stream = Stream::joined("transactions", rows::TRANSACTION, &select, read, |row| {
        row.row.no
    });
    let mut last = 0;
    let mut refunds = Refunds::default();
    while let Some(row) = stream.next(reader)? {
        let no = row.row.no;
        same("transactions", no, "no", no, last + 1)?;
        last = no;
        of_event(&row, checked)?;
        of_ledger(&row, checked, wallets)?;
        of_status(&row.row)?;
        // Its terms are the chain's to check.
        let changes = |sum: i64| sum & 0xffff;
        let (found, expected) = (row.checksum.map_or(0, changes), changes(row.row.checksum()));
        if found != expected {
            let column = "checksum of proposal, attempts and due_at";
            return Err(mismatch("transactions", no, column, found, expected));
        }
        let external = row.row.external_id.as_ref().map(|_| no.cast_signed());
        if row.external != external {
            let (found, expected) = (Maybe(row.external), Maybe(external));
            return Err(mismatch(
                "external_ids",
                no,
                "transaction_no",
                found,
                expected,
            ));
        }
        in_wallets(&row.row, checked, wallets)?;
        refunds.take(&row.row)?;
        progress.step();
    }
    if last != head.transactions {
        let expected = "the transaction of this number";
        return Err(mismatch(
            "transactions",
            last + 1,
            "no",
            "missing",
            expected,
        ));
    }
    refunds.end()
}

/// The row is what its last event says.
fn of_event(row: &Row, checked: &Checked) -> Result<(), VerifyError> {
    let Row { row, event, .. } = row;
    let no = row.no;
    let at = usize::try_from(no - 1).ok();
    let timeline = at.and_then(|at| checked.transactions.get(at));
    let timeline =
        timeline.ok_or_else(|| mismatch("transactions", no, "no", no, "one that has an event"))?;
    same(
        "transactions",
        no,
        "last_event",
        row.last_event,
        timeline.last,
    )?;
    same("transactions", no, "status", row.status, timeline.status)?;
    let Some((org, time, data)) = event else {
        return Err(mismatch(
            "events",
            timeline.last,
            "seq",
            "missing",
            "the last event",
        ));
    };
    same("transactions", no, "org", row.org, *org)?;
    let unread = |error| mismatch("events", timeline.last, "data", error, "what changed");
    let said: EventData = serde_json::from_str(data).map_err(unread)?;
    let said = said.apply(row.clone(), timeline.status, Timestamp(*time));
    same("transactions", no, "captured", row.captured, said.captured)?;
    same("transactions", no, "refunded", row.refunded, said.refunded)?;
    let code = |row: &Transaction| row.failure.as_ref().map(|it| it.code.clone());
    let detail = |row: &Transaction| row.failure.as_ref().map(|it| it.detail.clone());
    let asked = |row: &Transaction| row.proposal.clone();
    for (column, found, expected) in [
        ("failure_code", code(row), code(&said)),
        ("failure_detail", detail(row), detail(&said)),
        ("proposal", asked(row), asked(&said)),
    ] {
        same("transactions", no, column, Maybe(found), Maybe(expected))?;
    }
    for (column, found, expected) in [
        ("completed_at", row.completed_at, said.completed_at),
        ("updated_at", Some(row.updated_at), Some(said.updated_at)),
        ("expires_at", row.expires_at, said.expires_at),
    ] {
        same("transactions", no, column, Maybe(found), Maybe(expected))?;
    }
    Ok(())
}

const fn has_moved(status: TransactionStatus) -> bool {
    matches!(status, Completed | Reversed)
}

/// Whether a transaction holds its money first, or the place for it. Deposits of versions before
/// this one did not.
fn holds(row: &Transaction, transfer: Option<&Moved>) -> bool {
    if row.had_to_wait() {
        return true;
    }
    match row.kind {
        TransactionType::Withdrawal => true,
        TransactionType::Payment => row.expires_at.is_some(),
        TransactionType::Deposit => transfer.is_some_and(|moved| {
            (moved.kind, moved.code) == (i64::from(Kind::Hold as u8), row.kind.number())
        }),
        TransactionType::Transfer | TransactionType::Refund => false,
    }
}

/// The money moved, or is held, as the row says.
fn of_ledger(row: &Row, checked: &Checked, wallets: &Wallets) -> Result<(), VerifyError> {
    let Row {
        row,
        transfer,
        hold,
        ..
    } = row;
    let no = row.no;
    if row.risk.as_ref().is_some_and(Assessment::is_declined) {
        let moved = transfer.as_ref().map(|moved| moved.amount);
        return same(
            "transactions",
            no,
            "amount moved",
            Maybe(moved),
            Maybe(None),
        );
    }
    let holds = holds(row, transfer.as_ref());
    if row.instrument.is_some() && row.kind == TransactionType::Deposit && !holds {
        let captured = if has_moved(row.status) { row.amount } else { 0 };
        same("transactions", no, "captured", row.captured, captured)?;
        let wallet = row.to.and_then(|no| wallets.get(&no.0));
        if captured == 0 || suspense::of_deposit(row, wallet.map(|wallet| wallet.id), checked)? {
            return Ok(());
        }
    }
    let Some(moved) = transfer else {
        let expected = "the id of a transfer";
        return Err(mismatch("transactions", no, "id", row.id, expected));
    };
    let kind = if holds { Kind::Hold } else { Kind::Post };
    same(
        "transactions",
        no,
        "transfer's kind",
        moved.kind,
        i64::from(kind as u8),
    )?;
    same("transactions", no, "type", row.kind.number(), moved.code)?;
    same("transactions", no, "amount", row.amount, moved.amount)?;
    for (column, account, of_transfer) in [
        ("from_account", row.from, moved.debit),
        ("to_account", row.to, moved.credit),
    ] {
        if let Some(account) = account {
            same(
                "transactions",
                no,
                column,
                account.0.cast_signed(),
                of_transfer,
            )?;
        }
    }
    of_hold(row, holds, hold.as_ref())
}

/// What it holds, or held, is what the row says.
fn of_hold(row: &Transaction, holds: bool, hold: Option<&(i64, i64)>) -> Result<(), VerifyError> {
    let no = row.no;
    match (holds, hold) {
        (true, Some((captured, remaining))) => {
            same("transactions", no, "captured", row.captured, *captured)?;
            let waits = matches!(
                row.status,
                RequiresVerification | InReview | Authorised | Processing | Unresolved
            );
            let left = if waits {
                row.amount.saturating_sub(row.captured)
            } else {
                0
            };
            same("transactions", no, "amount still held", left, *remaining)
        }
        (true, None) => Err(mismatch(
            "transactions",
            no,
            "id",
            row.id,
            "the id of a hold",
        )),
        (false, _) => same("transactions", no, "captured", row.captured, row.amount),
    }
}

/// What each status means for the amounts and the times.
fn of_status(row: &Transaction) -> Result<(), VerifyError> {
    let no = row.no;
    let bounds = [
        ("amount", row.amount, 1, i64::MAX),
        ("captured", row.captured, 0, row.amount),
        ("refunded", row.refunded, 0, row.captured),
        ("fee", row.fee, 0, row.amount),
    ];
    for (column, found, least, most) in bounds {
        if found < least || found > most {
            let expected = format!("{least} to {most}");
            return Err(mismatch("transactions", no, column, found, expected));
        }
    }
    match row.status {
        Reversed => same("transactions", no, "refunded", row.refunded, row.captured)?,
        Failed | Cancelled | Expired => same("transactions", no, "captured", row.captured, 0)?,
        Completed if row.captured == 0 => {
            return Err(mismatch(
                "transactions",
                no,
                "captured",
                0,
                "more, as it is completed",
            ));
        }
        _ => {}
    }
    let moved = matches!(row.status, Completed | Reversed);
    if row.completed_at.is_some() != moved {
        let found = Maybe(row.completed_at);
        let expected = if moved { "a time" } else { "NULL" };
        return Err(mismatch(
            "transactions",
            no,
            "completed_at",
            found,
            expected,
        ));
    }
    let declined = row.risk.as_ref().is_some_and(Assessment::is_declined);
    if declined {
        same("transactions", no, "status", row.status, Failed)?;
    }
    let due = match row.status {
        RequiresVerification | InReview | Authorised => {
            row.due_at == row.expires_at && row.due_at.is_some()
        }
        Processing => row.due_at.is_some(),
        Unresolved => true,
        _ => row.due_at.is_none(),
    };
    if !due {
        let found = Maybe(row.due_at);
        let expected = format!("what suits the status {}", row.status);
        return Err(mismatch("transactions", no, "due_at", found, expected));
    }
    Ok(())
}

/// Both wallets' histories are chains, and what left counts against the giving wallet's limits.
fn in_wallets(
    row: &Transaction,
    checked: &Checked,
    wallets: &mut Wallets,
) -> Result<(), VerifyError> {
    let no = row.no;
    for (column, prev_column, account, prev) in [
        ("from_account", "from_prev", row.from, row.from_prev),
        ("to_account", "to_prev", row.to, row.to_prev),
    ] {
        let Some(account) = account else {
            same("transactions", no, prev_column, prev, 0)?;
            continue;
        };
        let wallet = wallets.get_mut(&account.0);
        let wallet = wallet
            .filter(|wallet| wallet.org == row.org && wallet.currency == row.currency)
            .ok_or_else(|| {
                let expected = "a wallet of its organisation and currency";
                mismatch("transactions", no, column, account.0, expected)
            })?;
        same(
            "transactions",
            no,
            prev_column,
            prev,
            wallet.last_transaction,
        )?;
        wallet.last_transaction = no;
    }
    // Imports have no maker and refunds are not spent: neither counts.
    let counts = row.kind != TransactionType::Refund && !row.created_by.is_nil();
    if let Some(wallet) = row.from.and_then(|no| wallets.get_mut(&no.0))
        && counts
    {
        let amount = match row.status {
            Failed | Cancelled | Expired => 0,
            Completed | Reversed => row.captured,
            _ => row.amount,
        };
        wallet.count(
            amount,
            checked.acceptances.of_transaction(no, row.created_at),
        );
    }
    Ok(())
}

/// What is refunded of originals, less the refunds met so far.
#[derive(Default)]
struct Refunds(HashMap<Uuid, (u64, i64)>);

impl Refunds {
    fn take(&mut self, row: &Transaction) -> Result<(), VerifyError> {
        if row.refunded > 0 {
            self.0.insert(row.id, (row.no, row.refunded));
        }
        let is_refund = row.kind == TransactionType::Refund;
        let Some(original) = row.original.filter(|_| is_refund) else {
            if row.original.is_some() || is_refund {
                let found = Maybe(row.original);
                let expected = "an id on a refund only";
                return Err(mismatch(
                    "transactions",
                    row.no,
                    "original",
                    found,
                    expected,
                ));
            }
            return Ok(());
        };
        let left = self
            .0
            .get_mut(&original)
            .filter(|(_, left)| *left >= row.amount);
        let Some((_, left)) = left else {
            let expected = "a transaction that says so much was refunded";
            return Err(mismatch(
                "transactions",
                row.no,
                "original",
                original,
                expected,
            ));
        };
        *left -= row.amount;
        if *left == 0 {
            self.0.remove(&original);
        }
        Ok(())
    }

    fn end(&self) -> Result<(), VerifyError> {
        match self.0.values().min() {
            Some((no, left)) => {
                let expected = format!("{left} less: its refunds come to that");
                Err(mismatch(
                    "transactions",
                    no,
                    "refunded",
                    "too much",
                    expected,
                ))
            }
            None => Ok(()),
        }
    }
}
