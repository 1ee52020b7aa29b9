//! How long a decision takes: 50 rules, and counters over 100,000 customers.
//! `cargo run --release -p risk-core --example timing`
#![expect(clippy::print_stdout, reason = "it prints its result")]

use std::error::Error;
use std::time::Instant;

use contracts::identity::UserId;
use contracts::payments::{TransactionId, TransactionType, WalletId};
use risk_core::decide::{Inputs, Parties, PartySubjects, decide};
use risk_core::facts::Facts;
use risk_core::field::Field;
use risk_core::rules::{CompiledSet, compile, read_set};
use risk_core::velocity::{Bounds, Counters, Event};
use serde_json::json;
use uuid::Uuid;
use values::Timestamp;

const CUSTOMERS: u32 = 100_000;
const DECISIONS: u32 = 20_000;
const DAY: i64 = 86_400_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let set = rules()?;
    let mut counters = Counters::new(set.velocities(), Timestamp::FIRST, Bounds::default());
    let start = Timestamp(20_000 * DAY);
    // Each customer makes four transactions in four days.
    for number in 0..4 * CUSTOMERS {
        let at = start.plus(i64::from(number) * DAY / i64::from(CUSTOMERS));
        counters.confirm(i64::from(number), &event(number, at));
    }
    println!(
        "{} rules, {} counts",
        set.rules().len(),
        set.velocities().len()
    );
    println!("{CUSTOMERS} customers: {} MB", counters.bytes() / 1_000_000);

    let mut took = Vec::new();
    for number in 4 * CUSTOMERS..4 * CUSTOMERS + DECISIONS {
        let event = event(number, start.plus(4 * DAY));
        let inputs = inputs(&event);
        let began = Instant::now();
        let velocities = counters.assess(&event, event.at.plus(DAY), set.velocities())?;
        let decided = decide(
            &set,
            &Inputs {
                velocities,
                ..inputs
            },
        );
        took.push((began.elapsed(), decided.score));
    }
    took.sort_unstable();
    let at = |percent: usize| took.get(took.len() * percent / 100).map(|(time, _)| *time);
    println!(
        "p50 {:?}, p99 {:?}, longest {:?}",
        at(50),
        at(99),
        took.last()
    );
    Ok(())
}

fn user(number: u32) -> UserId {
    UserId::from_uuid(Uuid::from_u128(u128::from(number % CUSTOMERS) + 1))
}

fn event(number: u32, at: Timestamp) -> Event {
    Event {
        transaction: TransactionId::from_uuid(Uuid::from_u128(u128::from(number))),
        kind: TransactionType::Transfer,
        at,
        amount: Some(i64::from(number % 2_000) * 1_000 + 1),
        payer: Some(user(number)),
        payee: Some(user(number.wrapping_mul(7_919))),
        instrument: None,
    }
}

/// 50 rules: each asks for one of ten counts and sums, and for two facts.
fn rules() -> Result<CompiledSet, Box<dyn Error>> {
    let windows = ["10m", "1h", "day", "7d", "90d"];
    let rules: Vec<_> = (0..50)
        .map(|number| {
            let (measure, key) = [("count", "payer"), ("amount_sum", "pair")][number % 2];
            let velocity = json!({"measure": measure, "window": windows[number / 2 % 5], "key": key});
            json!({
                "code": format!("rule_{number}"),
                "name": format!("Rule {number}"),
                "effect": {"points": 1},
                "when": {"any": [
                    {"compare": {"left": {"velocity": velocity}, "is": "greater", "right": {"value": 5 + number}}},
                    {"all": [
                        {"compare": {"left": {"field": "kyc_of_payer"}, "is": "less", "right": {"value": "full"}}},
                        {"compare": {"left": {"field": "amount"}, "is": "greater", "right": {"value": 10_000 * number}}},
                    ]},
                ]},
            })
        })
        .collect();
    let set = json!({"base_currency": "USD", "rules": rules}).to_string();
    let set = read_set(&set).map_err(|faults| format!("{faults:?}"))?;
    Ok(compile(&set, 1).map_err(|faults| format!("{faults:?}"))?)
}

fn inputs(event: &Event) -> Inputs {
    let mut facts = Facts::new();
    facts
        .set(Field::Amount, event.amount.unwrap_or_default())
        .set(Field::Currency, "USD")
        .set(Field::KycOfPayer, "basic");
    let party = |user: Option<UserId>| {
        let person = user?;
        Some(PartySubjects {
            person,
            wallet: WalletId::from_uuid(person.uuid()),
        })
    };
    Inputs {
        at: event.at,
        facts,
        velocities: Vec::new(),
        memberships: Vec::new(),
        parties: Parties {
            giver: party(event.payer),
            receiver: party(event.payee),
            counterparty: None,
            device: None,
        },
        conditions: Vec::new(),
        confirmed: Vec::new(),
        snoozes: Vec::new(),
        tripped: Vec::new(),
    }
}
