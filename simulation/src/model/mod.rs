//! PayFlow as one would write it on the back of an envelope: maps, one thing at a time, no batches,
//! no cache, no database. What the journal answers must be what this answers.
//!
//! It is written from the rules, not from the code: limits are summed up from a list of what was
//! spent, a refusal puts a copy of everything back, JSON is put together by hand.

mod ledger;
mod refund_requests;
mod transaction;
mod transactions;
mod waiting;
mod wallets;

use std::collections::{BTreeMap, BTreeSet};

use ::ledger::Applied;
use payments::journal::Fault;
use payments::status_and_text;
use payments_core::command::{Actor, Answer, Command, Operation, RefundRequestChange, Reply};
use serde_json::{Value, json};
use uuid::Uuid;
use values::Timestamp;

use self::transaction::Transaction;
use self::wallets::Wallet;

/// A stable code.
pub type Code = &'static str;

/// What became of a ledger request, where it was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Whether it was made just now.
    pub is_new: bool,
    /// Its place in the ledger.
    pub seq: u64,
    /// Minor units.
    pub amount: i64,
    /// Balance and held of the debit account, then of the credit account.
    pub after: [i64; 4],
}

/// An answer, without what only people read.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelAnswer {
    /// A document.
    Json {
        /// The HTTP status.
        status: u16,
        /// The document.
        body: Value,
        /// Whether it was kept from before.
        replayed: bool,
    },
    /// Per request of the raw ledger.
    Ledger(Vec<Result<Row, Code>>),
    /// Per account to open.
    Accounts(Vec<Result<Uuid, Code>>),
    /// Refused.
    Refused(Code),
}

impl ModelAnswer {
    /// What the journal said.
    pub fn of(answer: &Result<Answer, Fault>) -> Self {
        match answer.as_ref().unwrap() {
            Answer::Created(document) => Self::json(&Reply::Created(document.clone()), false),
            Answer::Done(document) => Self::json(&Reply::Done(document.clone()), false),
            Answer::Replayed(reply) => Self::json(reply, true),
            Answer::Ledger(results) => {
                let row = |result: &Result<Applied, ::ledger::Refusal>| {
                    let row = result.as_ref().map(Row::of);
                    row.map_err(|refusal| refusal.code())
                };
                Self::Ledger(results.iter().map(row).collect())
            }
            Answer::Accounts(results) => {
                let id = |result: &Result<::ledger::Account, ::ledger::Refusal>| match result {
                    Ok(account) => Ok(Uuid::from_u128(account.id.0)),
                    Err(refusal) => Err(refusal.code()),
                };
                Self::Accounts(results.iter().map(id).collect())
            }
            Answer::Refused(refused) => Self::Refused(refused.code()),
        }
    }

    fn json(reply: &Reply, replayed: bool) -> Self {
        let (status, text) = status_and_text(reply);
        Self::Json {
            status,
            body: without_words(serde_json::from_str(&text).unwrap()),
            replayed,
        }
    }
}

/// A problem is its code and its status; a result of the ledger has no detail.
pub(crate) fn without_words(body: Value) -> Value {
    let is_problem = body["type"]
        .as_str()
        .is_some_and(|kind| kind.starts_with("/problems/"));
    if is_problem {
        return json!({ "code": body["code"], "status": body["status"] });
    }
    let mut body = body;
    if let Some(results) = body.get_mut("results").and_then(Value::as_array_mut) {
        for result in results {
            result.as_object_mut().unwrap().remove("detail");
        }
    }
    body
}

/// The HTTP status of a refusal, from the API's rules.
fn status_of(code: Code) -> u16 {
    match code {
        "wallet_not_found" | "transaction_not_found" => 404,
        "forbidden" | "own_case" => 403,
        "account_frozen"
        | "account_closed"
        | "account_not_empty"
        | "owner_closed"
        | "wallets_open"
        | "frozen_by_operator"
        | "too_many_wallets"
        | "refund_already_requested"
        | "too_many_refund_requests"
        | "no_open_refund_request"
        | "already_reversed"
        | "wrong_state"
        | "transaction_expired"
        | "second_operator_needed"
        | "external_id_taken"
        | "hold_already_captured"
        | "hold_already_released"
        | "hold_expired"
        | "hold_not_expired"
        | "id_exists_with_different_fields"
        | "account_exists_with_different_fields" => 409,
        _ => 422,
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub body_hash: u128,
    pub status: u16,
    pub body: Value,
}

/// Everything that PayFlow knows.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Its accounts, transfers and holds.
    pub ledger: ledger_model::Model,
    pub(crate) wallets: BTreeMap<Uuid, Wallet>,
    pub(crate) transactions: BTreeMap<Uuid, Transaction>,
    taken: BTreeSet<(Uuid, String)>,
    pub(crate) kept: BTreeMap<u128, Kept>,
    /// What the outbox holds: of which wallet or transaction, and how it stood then.
    pub(crate) events: Vec<(Uuid, Value)>,
    event_count: usize,
    /// The time of the last change.
    head_time: Timestamp,
    now: Timestamp,
    has_changed: bool,
    /// What an accepted time would say: the time of the last change before, the seq and the number
    /// of transactions.
    begun: (Timestamp, u64, usize),
    accepted: usize,
}

/// What an act came to.
pub(crate) enum Done {
    /// A document and its status.
    Document(u16, Value),
    /// Results of the raw ledger, and the document that a repetition gets.
    Results(ModelAnswer, Value),
    /// Results that are not kept.
    Unkept(ModelAnswer),
}

impl Model {
    /// How many transactions there are.
    #[must_use]
    pub fn transaction_count(&self) -> u64 {
        self.transactions.len() as u64
    }

    /// Commands from here on come at this time; time never goes back behind what has happened,
    /// unless somebody accepts that it does. Then what has happened counts as of now.
    pub fn at(&mut self, time: Timestamp, accepts: bool) {
        if self.has_changed {
            self.head_time = self.now;
            self.has_changed = false;
        }
        self.begun = (self.head_time, self.ledger.seq(), self.transactions.len());
        if accepts {
            self.now = time;
            self.accepted += 1;
            for wallet in self.wallets.values_mut() {
                wallet.count_until(time);
            }
        } else {
            self.now = time.max(self.head_time);
        }
        self.ledger.set_time(self.now.micros());
    }

    /// How often a time was accepted.
    #[must_use]
    pub const fn accepted(&self) -> usize {
        self.accepted
    }

    fn accept_clock(&mut self) -> Value {
        let (last_commit, last_record, last_transaction) = self.begun;
        let body = json!({
            "last_commit": last_commit,
            "accepted": self.now,
            "last_record": last_record,
            "last_transaction": last_transaction,
        });
        self.tell(Uuid::nil(), body)
    }

    /// Does one command and says what is to be answered.
    pub fn submit(&mut self, command: &Command) -> ModelAnswer {
        if let Some(key) = command.idempotency
            && let Some(kept) = self.kept.get(&key.scope)
        {
            return if kept.body_hash == key.body {
                ModelAnswer::Json {
                    status: kept.status,
                    body: kept.body.clone(),
                    replayed: true,
                }
            } else {
                ModelAnswer::Refused("idempotency_key_reused")
            };
        }
        let before = self.copy();
        let carried_out = self.carry_out(command);
        self.has_changed |= self.ledger.seq() != before.ledger.seq();
        match carried_out {
            Ok(Done::Document(status, body)) => {
                self.has_changed = true;
                self.keep(command, status, &body);
                ModelAnswer::Json {
                    status,
                    body,
                    replayed: false,
                }
            }
            Ok(Done::Results(said, body)) => {
                self.keep(command, 200, &body);
                said
            }
            Ok(Done::Unkept(said)) => said,
            Err(code) => {
                self.put_back(before);
                let status = status_of(code);
                self.keep(command, status, &json!({ "code": code, "status": status }));
                ModelAnswer::Refused(code)
            }
        }
    }

    /// Everything but the answers that are kept, which no refusal takes back, and the events, of
    /// which only the number matters.
    fn copy(&mut self) -> Self {
        let kept = std::mem::take(&mut self.kept);
        let events = std::mem::take(&mut self.events);
        self.event_count = events.len();
        let copy = self.clone();
        (self.kept, self.events) = (kept, events);
        copy
    }

    fn put_back(&mut self, copy: Self) {
        let kept = std::mem::take(&mut self.kept);
        let mut events = std::mem::take(&mut self.events);
        events.truncate(copy.event_count);
        *self = Self {
            kept,
            events,
            ..copy
        };
    }

    /// Writes an event and answers what it says.
    fn tell(&mut self, id: Uuid, body: Value) -> Value {
        self.events.push((id, body.clone()));
        body
    }

    fn keep(&mut self, command: &Command, status: u16, body: &Value) {
        if let Some(key) = command.idempotency {
            self.has_changed = true;
            let kept = Kept {
                body_hash: key.body,
                status,
                body: body.clone(),
            };
            self.kept.insert(key.scope, kept);
        }
    }

    fn carry_out(&mut self, command: &Command) -> Result<Done, Code> {
        let document = |status| move |body| Done::Document(status, body);
        match &command.operation {
            Operation::OpenAccounts(accounts) => Ok(self.open_accounts(command.org, accounts)),
            Operation::Post(requests) => Ok(self.post_all(requests)),
            Operation::ExpireHold { hold, id } => {
                let result = self.expire(*id, command.org, *hold);
                Ok(Done::Unkept(ModelAnswer::Ledger(vec![result])))
            }
            Operation::OpenWallet(new) => self.open_wallet(command.org, new).map(document(201)),
            Operation::CloseOwner(owner) => {
                let end = self.close_owner(command.org, *owner)?;
                Ok(Done::Unkept(ModelAnswer::Accounts(vec![Ok(end)])))
            }
            Operation::ChangeWallet { wallet, change } => self
                .change_wallet(command, *wallet, change)
                .map(document(200)),
            Operation::AcceptClock { .. } => Ok(Done::Document(200, self.accept_clock())),
            transaction => self.carry_out_on_transaction(command, transaction),
        }
    }

    fn carry_out_on_transaction(
        &mut self,
        command: &Command,
        operation: &Operation,
    ) -> Result<Done, Code> {
        let document = |status| move |body| Done::Document(status, body);
        match operation {
            Operation::Create(new) => self.create(command, new).map(document(201)),
            Operation::Capture {
                transaction,
                id,
                amount,
                is_final,
            } => self
                .capture_payment(command, *transaction, *id, *amount, *is_final)
                .map(document(200)),
            Operation::Cancel { transaction, id } => self
                .cancel_payment(command, *transaction, *id)
                .map(document(200)),
            Operation::Expire { transaction, id } => self
                .expire_payment(command, *transaction, *id)
                .map(document(200)),
            Operation::Confirm { transaction, id } => {
                self.confirm(command, *transaction, *id).map(document(200))
            }
            Operation::Review {
                transaction,
                id,
                approve,
                ..
            } => self
                .review(command, *transaction, *id, *approve)
                .map(document(200)),
            Operation::Refund {
                transaction,
                id,
                amount,
                reason,
            } => self
                .refund(command, *transaction, *id, *amount, reason.as_deref())
                .map(document(201)),
            Operation::RefundRequest {
                transaction,
                change,
            } => self
                .change_refund_request(command, *transaction, change)
                .map(document(status_of_change(change))),
            Operation::Settle {
                transaction,
                id,
                outcome,
                answers,
            } => {
                let body = self.settle(command.org, *transaction, *id, outcome)?;
                if let Some(kept) = answers.and_then(|scope| self.kept.get_mut(&scope)) {
                    kept.body = body.clone();
                }
                Ok(Done::Document(200, body))
            }
            Operation::Resolve {
                transaction,
                id,
                completed,
                reason,
            } => self
                .resolve(command, *transaction, *id, *completed, reason)
                .map(document(200)),
            other => unreachable!("{other:?} is not about a transaction"),
        }
    }
}

/// The HTTP status of what becomes of a refund request.
const fn status_of_change(change: &RefundRequestChange) -> u16 {
    match change {
        RefundRequestChange::Ask { .. } | RefundRequestChange::Accept { .. } => 201,
        RefundRequestChange::Withdraw { .. } | RefundRequestChange::Decline { .. } => 200,
    }
}

/// A user who acts for themselves sees only what is theirs.
fn only(actor: Actor) -> Option<Uuid> {
    match actor {
        Actor::User(user) => Some(user),
        Actor::Operator(_) | Actor::System | Actor::Acquirer => None,
    }
}

/// Minor units as decimal text.
fn decimal(minor: i128, currency: &str) -> String {
    if currency == "JPY" {
        return minor.to_string();
    }
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", minor.abs() / 100, minor.abs() % 100)
}
