//! What one client asks for, one request after the other: chance decides, and what was answered
//! before.

use serde_json::Value;

use super::{Operation, Random, Request};

/// A client's requests.
#[derive(Debug)]
pub struct Script {
    person: usize,
    people: usize,
    random: Random,
    number: u64,
    /// What earlier answers made possible: captures and refunds, each with who may ask for it.
    possible: Vec<(usize, Operation)>,
}

/// How the outside world answers deposits: mostly at once, sometimes late, sometimes no.
const TOKENS: [&str; 5] = ["tok_ok", "tok_ok", "tok_late", "tok_late", "tok_declined"];

impl Script {
    /// The requests of one of so many people.
    pub fn new(person: usize, people: usize, random: Random) -> Self {
        Self {
            person,
            people,
            random,
            number: 0,
            possible: vec![],
        }
    }

    /// The next request; its key was never used before.
    pub fn next(&mut self) -> Request {
        self.number += 1;
        let key = format!("{}-{}", self.person, self.number);
        if !self.possible.is_empty() && self.random.below(2) == 0 {
            let at = self.random.index(self.possible.len());
            let (person, operation) = self.possible.swap_remove(at);
            return Request::new(person, key, operation);
        }
        let to = (self.person + 1 + self.random.index(self.people - 1)) % self.people;
        let cents = self.random.cents(99);
        let operation = match self.random.below(10) {
            0..6 => Operation::Transfer { to, cents },
            6..8 => Operation::Authorise { to, cents },
            _ => Operation::Deposit {
                token: TOKENS[self.random.index(TOKENS.len())],
                cents,
            },
        };
        Request::new(self.person, key, operation)
    }

    /// Takes in what was answered to a request of this script.
    pub fn learn(&mut self, request: &Request, answer: &Value) {
        let payment = answer["id"].as_str().unwrap().to_owned();
        match request.operation {
            Operation::Authorise { to, cents: held } => {
                let capture = Operation::Capture {
                    payment,
                    payer: request.person,
                    held,
                    cents: self.random.cents(held),
                };
                self.possible.push((to, capture));
            }
            Operation::Capture { payer, cents, .. } => {
                let refund = Operation::Refund {
                    payment,
                    payer,
                    cents: self.random.cents(cents),
                };
                self.possible.push((request.person, refund));
            }
            Operation::Transfer { .. } | Operation::Deposit { .. } | Operation::Refund { .. } => {}
        }
    }
}
