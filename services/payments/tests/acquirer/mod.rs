//! Acquirers: what every connector promises, and what the HTTP one does with an acquirer that keeps
//! no promise.

#![cfg(test)]

mod contract;
mod protocol;
pub mod server;
mod simulated;

use contracts::payments::TransactionId;
use money::{Amount, Currency};
use payments::acquirer::{AcquirerConfig, Connector, Direction, Instruction, Verdict};
use payments_core::transaction::{Failure, Instrument, InstrumentKind};
use testkit::{FakeClock, ids};

const API_KEY: &str = "key-of-the-caller-0001";
const NOTIFICATION_KEY: &str = "key-of-the-signer-0001";

/// A new instruction of 12.50 USD.
fn instruction(direction: Direction, kind: InstrumentKind, token: &str) -> Instruction {
    Instruction {
        id: TransactionId(ids(FakeClock::new()).next()),
        direction,
        amount: Amount::from_minor(1_250, Currency::USD),
        instrument: Instrument {
            kind,
            token: token.to_owned(),
        },
    }
}

/// A new charge of a card.
fn charge(token: &str) -> Instruction {
    instruction(Direction::Charge, InstrumentKind::Card, token)
}

fn declined(code: &str, detail: &str) -> Verdict {
    Verdict::Declined(Failure {
        code: code.to_owned(),
        detail: detail.to_owned(),
    })
}

/// The code of a declined instruction.
fn code(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Declined(failure) => &failure.code,
        Verdict::Approved => "approved",
        Verdict::Pending => "pending",
        Verdict::Unknown => "unknown",
    }
}

fn over_http(url: String) -> AcquirerConfig {
    AcquirerConfig {
        connector: Connector::Http,
        url,
        api_key: API_KEY.into(),
        notification_key: NOTIFICATION_KEY.into(),
        ..AcquirerConfig::default()
    }
}
