//! The journal from its first batch to its last: records without gaps and in time, balances and
//! holds recomputed, every timeline linked, and the hash of each batch over its rows. It knows
//! nothing of accounts' and wallets' own rows.

mod terms;
mod written;

use std::collections::{BTreeMap, HashMap};

use ledger::{AccountChange, AccountNo, Flags, Fold, Hold, HoldState, Transfer};
use money::Currency;
use payments_core::acceptance::Acceptances;
use payments_core::batch::{Event, Position};
use payments_core::hash::Chain;
use payments_core::transaction::Transaction;
use uuid::Uuid;

use self::terms::check_hold;
use super::acceptances::{self, is_journal_event};
use super::checked::{Batch, Checked};
use super::read::{Reader, Stream};
use super::suspense;
use super::{Progress, VerifyError, mismatch, not_below, same, timelines};
use crate::journal::rows;

/// How many batches are in memory at a time: the checksums of one may take 16 KiB.
const BATCHES: usize = 256;

/// The rows of a batch, each kind in order of seq.
#[derive(Default)]
struct Rows {
    changes: Vec<AccountChange>,
    transfers: Vec<Transfer>,
    events: Vec<Event>,
    /// What would explain that the first event of a transaction, by its seq, is not as it was
    /// written.
    suspects: HashMap<u64, VerifyError>,
}

/// A row that a batch has, and its table has not.
fn missing(table: &'static str, seq: u64, batch: &Batch) -> VerifyError {
    let expected = format!("a row: batch {} has it", batch.no);
    mismatch(table, seq, "seq", "missing", expected)
}

/// A row that no batch has.
fn stray(table: &'static str, seq: u64) -> VerifyError {
    mismatch(table, seq, "seq", seq, "no row: no batch has it")
}

const BATCH: &str = "no, seq, event, time, hash, checksums";

/// What the ledger's refusals look at.
struct Terms {
    currency: Currency,
    flags: Flags,
    overdraft_limit: i64,
    id: Uuid,
}

struct Pass {
    chain: Chain,
    changes: Stream<AccountChange>,
    transfers: Stream<Transfer>,
    events: Stream<Event>,
    transactions: Stream<(Transaction, i64)>,
    /// How many first events of transactions there were.
    opened: u64,
    holds: Stream<Hold>,
    /// Holds that no row has ended yet, with what was captured of them.
    open: BTreeMap<u64, (Hold, i64)>,
    accounts: Vec<Terms>,
    checked: Checked,
}

/// Reads the journal through.
pub fn check(
    reader: &mut impl Reader,
    head: &Position,
    progress: &mut Progress<'_>,
) -> Result<Checked, VerifyError> {
    let mut batches = Stream::of(
        "batches",
        BATCH,
        |cells| {
            Ok(Batch {
                no: cells.number()?,
                seq: cells.number()?,
                event: cells.number()?,
                time: cells.int()?,
                hash: cells.hash()?,
                checksums: cells.bytes()?,
            })
        },
        |row| row.no,
    )
    .by(BATCHES);
    let mut pass = Pass {
        chain: Chain::default(),
        changes: Stream::of(
            "account_changes",
            rows::ACCOUNT_CHANGE,
            rows::account_change,
            |row| row.seq,
        ),
        transfers: Stream::of("transfers", rows::TRANSFER, rows::transfer, |row| row.seq),
        events: Stream::of("events", rows::EVENT, rows::event, |row| row.seq),
        transactions: Stream::joined(
            "transactions",
            rows::TRANSACTION,
            &format!("SELECT {}, checksum FROM transactions", rows::TRANSACTION),
            |cells| Ok((rows::transaction(cells)?, cells.int()?)),
            |(row, _)| row.no,
        ),
        opened: 0,
        holds: Stream::of("holds", rows::HOLD, rows::hold, |row| row.seq),
        open: BTreeMap::new(),
        accounts: Vec::new(),
        checked: Checked {
            fold: Fold::default(),
            transfers: 0,
            hold_count: 0,
            transactions: Vec::new(),
            wallets: HashMap::new(),
            suspended: HashMap::new(),
            acceptances: Acceptances::default(),
        },
    };
    let mut before = Batch {
        no: 0,
        seq: 0,
        event: 0,
        time: 0,
        hash: [0; 32],
        checksums: Vec::new(),
    };
    while let Some(batch) = batches.next(reader)? {
        pass.batch(reader, &before, &batch, progress)?;
        before = batch;
    }
    pass.end(reader)?;
    check_head(head, &before, &pass.checked)?;
    Ok(pass.checked)
}

/// The head row is the last batch's.
fn check_head(head: &Position, last: &Batch, checked: &Checked) -> Result<(), VerifyError> {
    let accounts = checked.fold.account_count() as u64;
    let transactions = checked.transactions.len() as u64;
    same("head", 1, "batch", head.batch, last.no)?;
    same("head", 1, "seq", head.seq, last.seq)?;
    same("head", 1, "accounts", head.accounts, accounts)?;
    same("head", 1, "events", head.events, last.event)?;
    same("head", 1, "transactions", head.transactions, transactions)?;
    same("head", 1, "time", head.time, last.time)?;
    same("head", 1, "hash", hex(&head.hash), hex(&last.hash))
}

fn hex(hash: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*hash).to_hex().to_string()
}

impl Pass {
    fn batch(
        &mut self,
        reader: &mut impl Reader,
        before: &Batch,
        batch: &Batch,
        progress: &mut Progress<'_>,
    ) -> Result<(), VerifyError> {
        let no = batch.no;
        same("batches", no, "no", no, before.no + 1)?;
        not_below(no, "seq", &batch.seq, &before.seq)?;
        not_below(no, "event", &batch.event, &before.event)?;
        self.chain.begin(&before.hash, no, batch.time);
        self.own(before, batch)?;
        let mut rows = self.records(reader, before, batch)?;
        let written = self.as_written(&mut rows, before, batch);
        let right = acceptances::check(&mut self.checked, &rows.events, before, batch)
            .and_then(|()| self.right(reader, &rows, batch, progress));
        match (written, right) {
            // What should have been in the damaged row is worth more than that it is damaged.
            (Err(damage), Err(wrong)) if damage.row() == wrong.row() => Err(wrong),
            (Err(damage), _) => Err(damage),
            (Ok(()), right) => right,
        }
    }

    /// The records of a batch, one for each seq, and its events, taken into its hash one kind after
    /// the other.
    fn records(
        &mut self,
        reader: &mut impl Reader,
        before: &Batch,
        batch: &Batch,
    ) -> Result<Rows, VerifyError> {
        let mut rows = Rows::default();
        while let Some(change) = self.changes.next_to(reader, batch.seq)? {
            self.chain.change(&change);
            rows.changes.push(change);
        }
        while let Some(row) = self.transfers.next_to(reader, batch.seq)? {
            self.chain.transfer(&row);
            rows.transfers.push(row);
        }
        let mut changes = rows.changes.iter().map(|row| row.seq).peekable();
        let mut transfers = rows.transfers.iter().map(|row| row.seq).peekable();
        for seq in before.seq + 1..=batch.seq {
            let found = changes
                .next_if_eq(&seq)
                .or_else(|| transfers.next_if_eq(&seq));
            if found.is_none() {
                return Err(missing("transfers", seq, batch));
            }
        }
        match (changes.next(), transfers.next()) {
            (Some(seq), _) => return Err(stray("account_changes", seq)),
            (_, Some(seq)) => return Err(stray("transfers", seq)),
            (None, None) => {}
        }
        let mut next = before.event + 1;
        while let Some(event) = self.events.next_to(reader, batch.event)? {
            same("events", event.seq, "seq", event.seq, next)?;
            next += 1;
            let opened = self.opened(reader, &event, &mut rows)?;
            self.chain.event(&event, opened.as_ref());
            rows.events.push(event);
        }
        if next <= batch.event {
            return Err(missing("events", next, batch));
        }
        Ok(rows)
    }

    /// The transaction whose terms an event was hashed with: the first one of it.
    fn opened(
        &mut self,
        reader: &mut impl Reader,
        event: &Event,
        rows: &mut Rows,
    ) -> Result<Option<Transaction>, VerifyError> {
        let is_first = event.prev == 0 && event.account.is_none();
        let Some(no) = event.transaction.filter(|_| is_first) else {
            return Ok(None);
        };
        self.opened += 1;
        let row = self.transactions.next_to(reader, no)?;
        let Some((row, checksum)) = row.filter(|(row, _)| row.no == no) else {
            if no == self.opened {
                let expected = format!("a row: event {} made it", event.seq);
                let missing = mismatch("transactions", no, "no", "missing", expected);
                rows.suspects.insert(event.seq, missing);
            }
            return Ok(None);
        };
        let terms = |sum: i64| sum >> 16;
        let (found, expected) = (terms(checksum), terms(row.checksum()));
        if found != expected {
            let damaged = mismatch("transactions", no, "checksum of its terms", found, expected);
            rows.suspects.insert(event.seq, damaged);
        }
        Ok(Some(row))
    }

    /// The rows of a batch follow from those before them.
    fn right(
        &mut self,
        reader: &mut impl Reader,
        rows: &Rows,
        batch: &Batch,
        progress: &mut Progress<'_>,
    ) -> Result<(), VerifyError> {
        let mut changes = rows.changes.iter().peekable();
        for row in &rows.transfers {
            while let Some(change) = changes.next_if(|change| change.seq < row.seq) {
                self.change(change, batch)?;
                progress.step();
            }
            same("transfers", row.seq, "time", row.time, batch.time)?;
            self.checked.fold.transfer(row)?;
            self.checked.transfers += 1;
            self.check_terms(row)?;
            let id_of = |no: AccountNo| self.terms_of(no.0).map(|terms| terms.id);
            let suspended = suspense::of_transfer(row, id_of);
            self.checked.suspended.extend(suspended);
            self.hold(reader, row)?;
            progress.step();
        }
        for change in changes {
            self.change(change, batch)?;
            progress.step();
        }
        for event in &rows.events {
            if !is_journal_event(event) {
                let no = event.account.map_or(0, |account| account.0);
                let has_account = self.terms_mut(no).is_some();
                timelines::follow(&mut self.checked, event, batch.time, has_account)?;
            }
            progress.step();
        }
        Ok(())
    }

    fn change(&mut self, change: &AccountChange, batch: &Batch) -> Result<(), VerifyError> {
        same(
            "account_changes",
            change.seq,
            "time",
            change.time,
            batch.time,
        )?;
        self.checked.fold.change(change)?;
        let terms = Terms {
            currency: change.currency,
            flags: change.terms.flags,
            overdraft_limit: change.terms.overdraft_limit,
            id: uuid(change.id.0),
        };
        // The fold has seen to it that accounts are numbered from 1 without gaps.
        match self.terms_mut(change.no.0) {
            Some(known) => *known = terms,
            None => self.accounts.push(terms),
        }
        Ok(())
    }

    fn terms_of(&self, account: u64) -> Option<&Terms> {
        let at = usize::try_from(account.checked_sub(1)?).ok()?;
        self.accounts.get(at)
    }

    fn terms_mut(&mut self, account: u64) -> Option<&mut Terms> {
        let at = usize::try_from(account.checked_sub(1)?).ok()?;
        self.accounts.get_mut(at)
    }

    /// Nothing may be left when the batches are through.
    fn end(&mut self, reader: &mut impl Reader) -> Result<(), VerifyError> {
        for (seq, (hold, captured)) in &self.open {
            let remaining = self.checked.fold.hold_remaining(*seq);
            check_hold(hold, *captured, remaining, HoldState::Open)?;
        }
        if let Some(row) = self.transfers.peek(reader)? {
            return Err(stray("transfers", row.seq));
        }
        if let Some(row) = self.changes.peek(reader)? {
            return Err(stray("account_changes", row.seq));
        }
        if let Some(row) = self.events.peek(reader)? {
            return Err(stray("events", row.seq));
        }
        if let Some(row) = self.holds.peek(reader)? {
            return Err(mismatch(
                "holds",
                row.seq,
                "seq",
                row.seq,
                "no row: no transfer made it",
            ));
        }
        Ok(self.checked.fold.balanced()?)
    }
}

fn uuid(id: u128) -> Uuid {
    Uuid::from_u128(id)
}
