//! The hash chain: BLAKE3 over the hash before and the rows of a batch, each field in a fixed order
//! and little-endian. Anyone who changes a row later has to change every hash after it. Beside it,
//! a checksum of each row tells which one was damaged; anyone who changes a row on purpose can
//! change that as well.

use ledger::{AccountChange, Transfer};

use crate::batch::{Event, Position, Writes};
use crate::checksum::checksum;
use crate::transaction::Transaction;

/// How much is gathered before it is hashed: BLAKE3 is fastest on long inputs.
const GATHERED: usize = 64 * 1024;

/// Writes the rows of a batch one after the other, and hashes them.
#[derive(Debug, Default)]
pub struct Chain {
    buffer: Vec<u8>,
    /// Where the row at hand begins.
    row: usize,
    hasher: blake3::Hasher,
    checksums: Vec<u8>,
}

impl Chain {
    /// The hash of a batch: over the hash before, the batch's number and time, its account changes,
    /// its transfers and its events, each in order of seq. `before` is the head row that the batch
    /// found.
    pub fn hash(&mut self, before: &Position, writes: &Writes<'_>) -> [u8; 32] {
        self.begin(&before.hash, writes.position.batch, writes.position.time);
        for change in writes.account_changes {
            self.change(change);
        }
        for transfer in writes.transfers {
            self.transfer(transfer);
        }
        // In the order of their numbers, which is that of their first events.
        let mut opened = writes
            .transactions
            .iter()
            .filter(|row| row.no > before.transactions);
        for event in writes.events {
            let is_first = event.transaction.is_some() && event.prev == 0;
            let opened = if is_first { opened.next() } else { None };
            self.event(event, opened.copied());
        }
        self.finish()
    }

    /// Begins a batch whose rows come one by one, in the order of [`Chain::hash`].
    pub fn begin(&mut self, before: &[u8; 32], batch: u64, time: i64) {
        self.hasher.reset();
        self.buffer.clear();
        self.checksums.clear();
        self.buffer.extend_from_slice(before);
        self.number(batch);
        self.signed(time);
        self.row = 0;
        self.row_ends();
    }

    /// The hash of the batch.
    pub fn finish(&mut self) -> [u8; 32] {
        self.hasher.update(&self.buffer);
        self.buffer.clear();
        *self.hasher.finalize().as_bytes()
    }

    /// The checksums of the batch's beginning and of its rows so far, two bytes each.
    #[must_use]
    pub fn checksums(&self) -> &[u8] {
        &self.checksums
    }

    fn row_ends(&mut self) {
        let [low, high, ..] = checksum(&self.buffer[self.row..]).to_le_bytes();
        self.checksums.extend([low, high]);
        if self.buffer.len() >= GATHERED {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
        self.row = self.buffer.len();
    }

    fn number(&mut self, value: u64) {
        self.buffer.extend_from_slice(&value.to_le_bytes());
    }

    fn signed(&mut self, value: i64) {
        self.buffer.extend_from_slice(&value.to_le_bytes());
    }

    fn optional(&mut self, value: Option<i64>) {
        self.buffer.push(u8::from(value.is_some()));
        self.signed(value.unwrap_or_default());
    }

    /// Length first, so that no two lists of texts look the same.
    fn text(&mut self, value: &str) {
        self.number(value.len() as u64);
        self.buffer.extend_from_slice(value.as_bytes());
    }

    fn optional_text(&mut self, value: Option<&str>) {
        self.buffer.push(u8::from(value.is_some()));
        self.text(value.unwrap_or_default());
    }

    /// Takes an account change in.
    pub fn change(&mut self, change: &AccountChange) {
        self.buffer.push(1);
        self.number(change.seq);
        self.signed(change.time);
        self.signed(change.org);
        self.number(change.no.0);
        self.buffer.extend_from_slice(&change.id.0.to_le_bytes());
        self.number(u64::from(change.currency.numeric()));
        self.number(u64::from(change.code));
        self.number(u64::from(change.terms.flags.0));
        self.signed(change.terms.overdraft_limit);
        self.optional(change.terms.max_balance);
        self.row_ends();
    }

    /// Takes a transfer in.
    pub fn transfer(&mut self, row: &Transfer) {
        self.buffer.push(2);
        self.number(row.seq);
        self.buffer.extend_from_slice(&row.id.0.to_le_bytes());
        self.signed(row.time);
        self.signed(row.org);
        self.buffer.push(row.kind as u8);
        self.number(row.debit.0);
        self.number(row.credit.0);
        self.signed(row.amount);
        self.number(u64::from(row.code));
        self.number(row.hold);
        self.signed(row.expires_at);
        self.number(row.debit_prev);
        self.number(row.credit_prev);
        self.signed(row.debit_balance);
        self.signed(row.debit_held);
        self.signed(row.credit_balance);
        self.signed(row.credit_held);
        self.row_ends();
    }

    /// Takes an event in; the first one of a transaction with the terms of that, which no event
    /// tells.
    pub fn event(&mut self, event: &Event, opened: Option<&Transaction>) {
        self.buffer.push(3);
        self.number(event.seq);
        self.signed(event.org);
        self.text(&event.kind);
        self.optional(event.transaction.map(u64::cast_signed));
        self.optional(event.account.map(|no| no.0.cast_signed()));
        self.number(event.prev);
        self.signed(event.time);
        self.text(&event.actor);
        self.optional(event.from);
        self.optional(event.to);
        self.optional_text(event.reason.as_deref());
        self.text(&event.data);
        if let Some(transaction) = opened {
            transaction.terms(&mut self.buffer);
        }
        self.row_ends();
    }
}
