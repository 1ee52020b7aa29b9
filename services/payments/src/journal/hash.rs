//! The hash chain: BLAKE3 over the hash before and the rows of a batch, each field in a fixed order and little-endian.
//! Whoever changes a row later has to change every hash after it.

use ledger::{AccountChange, Transfer};

use super::store::Event;

/// How much is gathered before it is hashed: BLAKE3 is fastest on long inputs.
const GATHERED: usize = 64 * 1024;

/// Writes the rows of a batch one after the other, and hashes them.
#[derive(Debug, Default)]
pub struct Chain {
    buffer: Vec<u8>,
    hasher: blake3::Hasher,
}

impl Chain {
    /// The hash of a batch: over the hash before, the batch's number and time, its account changes, its transfers and its
    /// events, each in order of seq.
    pub fn hash(
        &mut self,
        before: &[u8; 32],
        batch: u64,
        time: i64,
        transfers: &[Transfer],
        changes: &[AccountChange],
        events: &[Event],
    ) -> [u8; 32] {
        self.begin(before, batch, time);
        for change in changes {
            self.change(change);
        }
        for transfer in transfers {
            self.transfer(transfer);
        }
        for event in events {
            self.event(event);
        }
        self.finish()
    }

    /// Begins a batch whose rows come one by one, in the order of [`Chain::hash`].
    pub fn begin(&mut self, before: &[u8; 32], batch: u64, time: i64) {
        self.hasher.reset();
        self.buffer.clear();
        self.buffer.extend_from_slice(before);
        self.number(batch);
        self.signed(time);
    }

    /// The hash of the batch.
    pub fn finish(&mut self) -> [u8; 32] {
        self.hasher.update(&self.buffer);
        self.buffer.clear();
        *self.hasher.finalize().as_bytes()
    }

    fn row_ends(&mut self) {
        if self.buffer.len() >= GATHERED {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
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

    /// Takes an event in.
    pub fn event(&mut self, event: &Event) {
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
        self.buffer.push(u8::from(event.reason.is_some()));
        self.text(event.reason.as_deref().unwrap_or_default());
        self.text(&event.data);
        self.row_ends();
    }
}
