//! The book: every request that was answered, and what must be true of the store if each had
//! exactly one effect.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::request::decimal;
use super::{Operation, Person, Request};
use crate::process::Server;

/// What was answered.
#[derive(Debug, Default)]
pub struct Book {
    /// By the id of the transaction.
    transactions: BTreeMap<String, Expected>,
    captures: usize,
    wallets: BTreeMap<usize, Money>,
}

/// A transaction as it must be at the end.
#[derive(Debug)]
struct Expected {
    /// The description, or a refund's reason, is the key that it was asked for with.
    key: String,
    kind: &'static str,
    status: &'static str,
    people: Vec<usize>,
    amount: i64,
    captured: i64,
    refunded: i64,
}

#[derive(Debug, Default, Clone, Copy)]
struct Money {
    posted: i64,
    held: i64,
}

impl Book {
    /// Takes in a request that was acknowledged, once each.
    pub fn record(&mut self, request: Request, answer: &Value) {
        let id = answer["id"].as_str().unwrap().to_owned();
        let own = request.person;
        match request.operation {
            Operation::Transfer { to, cents } => {
                self.move_money(own, to, cents);
                self.enter(id, request.key, "transfer", [own, to], cents);
            }
            Operation::Deposit { token, cents } => {
                let declined = token == "tok_declined";
                if !declined {
                    self.wallet(own).posted += cents;
                }
                let entered = self.enter(id, request.key, "deposit", [own, own], cents);
                if declined {
                    (entered.status, entered.captured) = ("failed", 0);
                }
            }
            Operation::Authorise { to, cents } => {
                self.wallet(own).held += cents;
                let entered = self.enter(id, request.key, "payment", [own, to], cents);
                (entered.status, entered.captured) = ("authorised", 0);
            }
            Operation::Capture {
                payer, held, cents, ..
            } => {
                self.wallet(payer).held -= held;
                self.move_money(payer, own, cents);
                self.captures += 1;
                let payment = self.transactions.get_mut(&id).unwrap();
                (payment.status, payment.captured) = ("completed", cents);
            }
            Operation::Refund {
                payment,
                payer,
                cents,
            } => {
                self.move_money(own, payer, cents);
                self.enter(id, request.key, "refund", [own, payer], cents);
                let payment = self.transactions.get_mut(&payment).unwrap();
                payment.refunded += cents;
                if payment.refunded == payment.captured {
                    payment.status = "reversed";
                }
            }
        }
    }

    /// How many requests were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.transactions.len() + self.captures
    }

    fn enter(
        &mut self,
        id: String,
        key: String,
        kind: &'static str,
        mut people: [usize; 2],
        amount: i64,
    ) -> &mut Expected {
        people.sort_unstable();
        let mut people = people.to_vec();
        people.dedup();
        let expected = Expected {
            key,
            kind,
            status: "completed",
            people,
            amount,
            captured: amount,
            refunded: 0,
        };
        let entry = self.transactions.entry(id);
        let std::collections::btree_map::Entry::Vacant(free) = entry else {
            panic!("two keys share one transaction: {entry:?} and {expected:?}");
        };
        free.insert(expected)
    }

    fn wallet(&mut self, person: usize) -> &mut Money {
        self.wallets.entry(person).or_default()
    }

    fn move_money(&mut self, from: usize, to: usize, cents: i64) {
        self.wallet(from).posted -= cents;
        self.wallet(to).posted += cents;
    }

    /// Counts the store through the API: every acknowledged transaction is listed exactly once by
    /// each who has part in it, as it must be, and nothing else is; and every balance is the sum of
    /// them, to the cent.
    pub async fn check(&self, server: &Server, people: &[Person]) {
        let mut found: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, person) in people.iter().enumerate() {
            let mut own = HashSet::new();
            for view in listed(server, person).await {
                let id = view["id"].as_str().unwrap();
                assert!(own.insert(id.to_owned()), "listed twice: {view}");
                let Some(expected) = self.transactions.get(id) else {
                    panic!("nobody was told of {view}");
                };
                expected.compare(&view);
                found.entry(id.to_owned()).or_default().push(number);
            }
            let money = self.wallets[&number];
            let wallet = server
                .get(&format!("/wallets/{}", person.wallet), &person.token)
                .await;
            let balance = &wallet["balance"];
            assert_eq!(balance["posted"], decimal(money.posted), "{number}");
            assert_eq!(balance["held"], decimal(money.held), "{number}");
            let available = decimal(money.posted - money.held);
            assert_eq!(balance["available"], available, "{number}");
        }
        for (id, expected) in &self.transactions {
            let by = found.remove(id);
            assert_eq!(by.as_ref(), Some(&expected.people), "{id}: {expected:?}");
        }
    }
}

impl Expected {
    fn compare(&self, view: &Value) {
        let pairs = [
            ("description", self.key.clone()),
            ("type", self.kind.to_owned()),
            ("status", self.status.to_owned()),
            ("amount", decimal(self.amount)),
            ("captured_amount", decimal(self.captured)),
            ("refunded_amount", decimal(self.refunded)),
        ];
        for (field, expected) in pairs {
            assert_eq!(view[field], expected, "{field} of {view}");
        }
    }
}

/// All transactions of a person, page by page.
async fn listed(server: &Server, person: &Person) -> Vec<Value> {
    let (mut all, mut cursor) = (vec![], String::new());
    loop {
        let path = format!("/transactions?limit=100{cursor}");
        let mut page = server.get(&path, &person.token).await;
        all.append(page["data"].as_array_mut().unwrap());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}
