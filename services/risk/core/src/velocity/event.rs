//! A transaction as it is counted, and under which keys.

use contracts::identity::UserId;
use contracts::payments::{TransactionId, TransactionType};
use values::Timestamp;

use crate::rules::Key;

/// A transaction as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub transaction: TransactionId,
    /// What it does.
    pub kind: TransactionType,
    /// When.
    pub at: Timestamp,
    /// In minor units of the base currency; none where there is no rate.
    pub amount: Option<i64>,
    /// Who gives.
    pub payer: Option<UserId>,
    /// Who receives.
    pub payee: Option<UserId>,
    /// The card or bank account outside.
    pub instrument: Option<String>,
}

/// Minutes since 1970: what counters know of a time.
pub(super) fn minute(at: Timestamp) -> u32 {
    let minute = at.0.max(0).div_euclid(60_000_000);
    u32::try_from(minute).unwrap_or(u32::MAX)
}

/// An event with its keys. Counterparties and instruments are told apart by 64 bits of their ids
/// or of the BLAKE3 hash of their tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) transaction: TransactionId,
    pub(super) kind: TransactionType,
    pub(super) minute: u32,
    pub(super) amount: Option<i64>,
    payer: Option<u128>,
    payee: Option<u128>,
    pair: Option<u128>,
    instrument: Option<u128>,
}

impl Counted {
    pub(super) fn new(event: &Event) -> Self {
        let payer = event.payer.map(|user| user.0.as_u128());
        let payee = event.payee.map(|user| user.0.as_u128());
        let hash = |bytes: &[u8]| {
            let mut first = [0; 16];
            first.copy_from_slice(blake3::hash(bytes).as_bytes().split_at(16).0);
            u128::from_le_bytes(first)
        };
        let instrument = event
            .instrument
            .as_ref()
            .map(|token| hash(token.as_bytes()));
        let pair = payer
            .or(instrument)
            .zip(payee.or(instrument))
            .map(|(from, to)| {
                let mut both = [0; 32];
                let (first, second) = both.split_at_mut(16);
                first.copy_from_slice(&from.to_le_bytes());
                second.copy_from_slice(&to.to_le_bytes());
                hash(&both)
            });
        Self {
            transaction: event.transaction,
            kind: event.kind,
            minute: minute(event.at),
            amount: event.amount,
            payer,
            payee,
            pair: pair.filter(|_| payer.is_some() || payee.is_some()),
            instrument,
        }
    }

    /// The number of the key that it counts under; none where it has no such thing.
    pub(super) const fn key(&self, key: Key) -> Option<u128> {
        match key {
            Key::Payer => self.payer,
            Key::Payee => self.payee,
            Key::Pair => self.pair,
            Key::Instrument => self.instrument,
            Key::Organisation => Some(0),
        }
    }

    /// Who is on the other side, as a key sees it.
    pub(super) fn counterparty(&self, key: Key) -> Option<u64> {
        match key {
            Key::Payer => self.payee.or(self.instrument),
            Key::Payee => self.payer.or(self.instrument),
            Key::Instrument => self.payer.or(self.payee),
            Key::Pair | Key::Organisation => None,
        }
        .map(short)
    }

    pub(super) fn instrument(&self) -> Option<u64> {
        self.instrument.map(short)
    }
}

/// 64 of 128 bits, each of which depends on two.
fn short(id: u128) -> u64 {
    let folded = (id ^ (id >> 64)) & u128::from(u64::MAX);
    u64::try_from(folded).unwrap_or_default()
}
