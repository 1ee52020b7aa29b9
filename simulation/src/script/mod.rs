//! The stream: random commands that mostly make sense, from one seed. It knows what it asked for
//! and what the model made of it, never what a journal answered, so that it is the same for
//! everybody.

mod raw;
mod refunds;
mod waiting;
mod weights;

use money::Currency;
use payments_core::assessment::Assessment;
use payments_core::command::{
    Actor, ChainedRequest, Command, IdempotencyKey, Movement, NewTransaction, NewWallet, Operation,
    Outcome, WalletChange,
};
use payments_core::transaction::{Failure, Instrument, InstrumentKind};
use payments_core::wallet::{DepositLimits, Limits};
use simulated_disk::Random;
use uuid::Uuid;
use values::{DAY, SECOND, Timestamp};

use self::weights::Kind;
use crate::model::Model;

pub use self::weights::Weights;

const HOUR: i64 = 3_600 * SECOND;

/// What may be on its way into a wallet: so little that streams meet both limits.
const DEPOSIT_LIMITS: DepositLimits = DepositLimits {
    each: Some(100_000),
    pending: Some(120_000),
};

/// How many wallets somebody may open: so few that some meet it.
const MOST_WALLETS: u32 = 8;

/// An id that rises with its number.
#[must_use]
pub fn id(number: u128) -> Uuid {
    Uuid::from_u128((7 << 76) | (2 << 62) | number)
}

/// What comes next, and what it knows to have asked for.
#[derive(Debug)]
pub struct Script {
    random: Random,
    weights: Weights,
    numbers: u128,
    users: Vec<Uuid>,
    /// Who owns no wallets any more.
    gone: Vec<Uuid>,
    operators: Vec<Uuid>,
    /// Wallet, owner, currency, organisation.
    wallets: Vec<(Uuid, Uuid, Currency, i64)>,
    accounts: Vec<(Uuid, Currency)>,
    payments: Vec<Uuid>,
    /// What waits for a code or an operator, with its maker.
    waiting: Vec<(Uuid, Uuid)>,
    /// Payments with the refund requests of them.
    asked: Vec<(Uuid, Uuid)>,
    /// Deposits and withdrawals, with the scopes of their keys.
    instructions: Vec<(Uuid, Option<u128>)>,
    other: Vec<Uuid>,
    holds: Vec<Uuid>,
    requests: Vec<ChainedRequest>,
    keyed: Vec<Command>,
    to_fund: Vec<(Uuid, Currency, i64)>,
}

impl Script {
    /// The stream of a seed, with every kind of command about as often as in life.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::weighted(Random::new(seed), Weights::USUAL)
    }

    /// A stream with other weights.
    #[must_use]
    pub fn weighted(random: Random, weights: Weights) -> Self {
        let people = |from: u128| (from..from + 4).map(|number| Uuid::from_u128(number << 64));
        Self {
            random,
            weights,
            numbers: 0,
            users: people(1).collect(),
            gone: Vec::new(),
            operators: people(11).take(2).collect(),
            wallets: Vec::new(),
            accounts: Vec::new(),
            payments: Vec::new(),
            waiting: Vec::new(),
            asked: Vec::new(),
            instructions: Vec::new(),
            other: Vec::new(),
            holds: Vec::new(),
            requests: Vec::new(),
            keyed: Vec::new(),
            to_fund: Vec::new(),
        }
    }

    /// How much later the next group comes, in µs.
    pub fn pause(&mut self) -> i64 {
        match self.random.below(100) {
            0..42 => 0,
            42..72 => self.random.between(0, 10 * SECOND),
            72..87 => self.random.between(0, 6 * HOUR),
            87..97 => self.random.between(0, 2 * DAY),
            _ => self.random.between(0, 20 * DAY),
        }
    }

    /// Commands that come at the same time.
    pub fn group(&mut self) -> Vec<Command> {
        let most = self.random.pick(&[1, 3, 10, 40]);
        let length = 1 + self.random.below(most);
        (0..length).map(|_| self.command()).collect()
    }

    /// Forgets what never came to be, mostly, so that what follows meets something.
    pub fn learn(&mut self, model: &Model) {
        let exists = |id: &Uuid| model.transactions.contains_key(id);
        self.payments.retain(exists);
        self.waiting.retain(|(id, _)| model.waits(*id));
        self.instructions.retain(|(id, _)| exists(id));
        self.other.retain(exists);
        self.holds.retain(|id| model.has_hold(*id));
    }

    /// An id that was never used; most are above all before, some below.
    pub fn fresh(&mut self) -> Uuid {
        self.numbers += 1;
        let base = if self.random.chance(85) {
            2_000_000
        } else {
            1_000_000
        };
        id(base + self.numbers)
    }

    /// The id of a ledger row to come; now and then one that was used before.
    fn row(&mut self) -> Uuid {
        if self.random.chance(4) && !self.requests.is_empty() {
            let used = self.random.pick(&self.requests);
            return Uuid::from_u128(used.request.id().0);
        }
        self.fresh()
    }

    fn amount(&mut self) -> i64 {
        match self.random.below(100) {
            0..3 => 0,
            3..5 => -self.random.between(1, 100),
            5..7 => i64::MAX - self.random.between(0, 3),
            7..20 => self.random.between(5_000, 200_000),
            _ => self.random.between(1, 5_000),
        }
    }

    fn currency(&mut self) -> Currency {
        self.random.pick(&[
            Currency::USD,
            Currency::USD,
            Currency::USD,
            Currency::EUR,
            Currency::JPY,
        ])
    }

    fn wallet(&mut self) -> (Uuid, Uuid, Currency, i64) {
        self.random.pick(&self.wallets)
    }

    /// Anyone who acts for this user: mostly they, now and then somebody else.
    fn actor(&mut self, user: Uuid) -> Actor {
        match self.random.below(100) {
            0..78 => Actor::User(user),
            78..86 => Actor::User(self.random.pick(&self.users)),
            86..94 => Actor::Operator(self.random.pick(&self.operators)),
            _ => Actor::System,
        }
    }

    fn command(&mut self) -> Command {
        if self.wallets.len() < 6 || self.accounts.len() < 4 {
            return if self.accounts.len() < 4 {
                self.open_accounts()
            } else {
                self.open_wallet()
            };
        }
        if let Some((to, currency, org)) = self.to_fund.pop() {
            let amount = self.random.between(10_000, 500_000);
            let what = Movement::Deposit {
                to,
                instrument: None,
                limits: DepositLimits::default(),
            };
            return self.create(what, amount, currency, org, Actor::System);
        }
        if self.random.chance(self.weights.repetitions) && !self.keyed.is_empty() {
            return self.repetition();
        }
        match self.weights.draw(&mut self.random) {
            Kind::OpenWallet => self.open_wallet(),
            Kind::CloseOwner => self.close_owner(),
            Kind::ChangeWallet => self.change_wallet(),
            Kind::DepositOrWithdrawal => self.deposit_or_withdrawal(),
            Kind::Transfer => self.transfer(),
            Kind::Payment => self.payment(),
            Kind::Capture => self.capture(),
            Kind::EndPayment => self.end_payment(),
            Kind::Confirm => self.confirm(),
            Kind::Review => self.review(),
            Kind::Refund => self.refund(),
            Kind::Settle => self.settle(),
            Kind::Resolve => self.resolve(),
            Kind::OpenAccounts => self.open_accounts(),
            Kind::Post => self.post(),
            Kind::ExpireHold => self.expire_hold(),
        }
    }

    /// The same again, with ids of its own where it makes something; or another body under the same
    /// key.
    fn repetition(&mut self) -> Command {
        let mut again = self.random.pick(&self.keyed);
        let fresh = self.fresh();
        if let Operation::Create(new) = &mut again.operation {
            new.id = fresh;
        }
        if let Some(key) = &mut again.idempotency
            && self.random.chance(25)
        {
            key.body += 1;
        }
        again
    }

    /// A command of organisation 1 mostly, under a key now and then.
    fn command_of(&mut self, org: i64, actor: Actor, operation: Operation) -> Command {
        let org = if self.random.chance(3) { 3 - org } else { org };
        let mut command = Command {
            org,
            actor,
            idempotency: None,
            request_id: None,
            operation,
        };
        if self.random.chance(self.weights.keys) && is_kept(&command.operation) {
            let scope = u128::from(self.random.next());
            command.idempotency = Some(IdempotencyKey { scope, body: 1 });
            self.keyed.push(command.clone());
        }
        command
    }

    fn limits(&mut self) -> Limits {
        let limit = |random: &mut Random| {
            random
                .chance(40)
                .then(|| random.pick(&[0, 20_000, 200_000, 2_000_000]))
        };
        Limits {
            daily: limit(&mut self.random),
            monthly: limit(&mut self.random),
        }
    }

    fn open_wallet(&mut self) -> Command {
        let (mut id, mut owner) = (self.fresh(), self.random.pick(&self.users));
        if self.random.chance(4) && !self.gone.is_empty() {
            owner = self.random.pick(&self.gone);
        }
        let currency = if self.wallets.len() < 3 {
            Currency::USD
        } else {
            self.currency()
        };
        let org = if self.wallets.len() == 4 { 2 } else { 1 };
        if self.random.chance(8) && !self.wallets.is_empty() {
            id = self.wallet().0;
        } else {
            self.wallets.push((id, owner, currency, org));
            if self.random.chance(65) {
                self.to_fund.push((id, currency, org));
            }
        }
        let label = self
            .random
            .chance(30)
            .then(|| "Holidays é \"2\"".to_owned());
        let operation = Operation::OpenWallet(NewWallet {
            id,
            owner,
            currency,
            label,
            limits: self.limits(),
            most: Some(MOST_WALLETS),
        });
        self.command_of(org, Actor::User(owner), operation)
    }

    /// The end of somebody who has wallets, or of somebody who never had one.
    fn close_owner(&mut self) -> Command {
        let (_, mut owner, _, org) = self.wallet();
        if self.random.chance(50) {
            owner = self.fresh();
            self.gone.push(owner);
        }
        self.command_of(org, Actor::User(owner), Operation::CloseOwner(owner))
    }

    fn change_wallet(&mut self) -> Command {
        let (mut wallet, mut owner, _, mut org) = self.wallet();
        let closes = self.random.chance(25);
        if closes && let Some(last) = self.wallets.last() {
            // The last one may still be empty.
            (wallet, owner, _, org) = *last;
        }
        let reason = self.random.chance(50).then(|| "asked for".to_owned());
        let change = match self.random.below(100) {
            _ if closes => WalletChange::Close,
            0..20 => WalletChange::Freeze { reason },
            20..80 => WalletChange::Unfreeze { reason },
            _ => WalletChange::Limit(self.limits()),
        };
        let actor = self.actor(owner);
        self.command_of(org, actor, Operation::ChangeWallet { wallet, change })
    }

    fn create(
        &mut self,
        what: Movement,
        amount: i64,
        currency: Currency,
        org: i64,
        actor: Actor,
    ) -> Command {
        let id = self.fresh();
        let text = |random: &mut Random, percent, text: &str| {
            random.chance(percent).then(|| text.to_owned())
        };
        let number = self.random.below(60);
        let (risk, level) = (self.risk(&what), self.level());
        let operation = Operation::Create(NewTransaction {
            id,
            amount,
            currency,
            description: text(&mut self.random, 20, "for the café"),
            external_id: text(&mut self.random, 15, &format!("order-{number}")),
            metadata: text(&mut self.random, 10, "{\"a\": [1, 2.50], \"b\": null}"),
            what,
            risk,
            level,
        });
        let command = self.command_of(org, actor, operation);
        let Operation::Create(new) = &command.operation else {
            return command;
        };
        if new.risk.as_ref().is_some_and(Assessment::has_to_wait) {
            self.waiting.push((id, actor.user()));
        }
        match &new.what {
            Movement::Payment { .. } => self.payments.push(id),
            Movement::Deposit {
                instrument: None, ..
            }
            | Movement::Transfer { .. } => self.other.push(id),
            Movement::Deposit { .. } | Movement::Withdrawal { .. } => {
                let scope = command.idempotency.map(|key| key.scope);
                self.instructions.push((id, scope));
            }
        }
        command
    }

    /// The currency of a wallet, and now and then another.
    fn currency_of(&mut self, currency: Currency) -> Currency {
        if self.random.chance(4) {
            self.currency()
        } else {
            currency
        }
    }

    fn deposit_or_withdrawal(&mut self) -> Command {
        let (wallet, owner, currency, org) = self.wallet();
        let instrument = Instrument {
            kind: self
                .random
                .pick(&[InstrumentKind::Card, InstrumentKind::BankAccount]),
            token: "tok_ok".to_owned(),
        };
        let what = match self.random.below(10) {
            0..3 => Movement::Deposit {
                to: wallet,
                instrument: Some(instrument),
                limits: DEPOSIT_LIMITS,
            },
            3..6 => Movement::Deposit {
                to: wallet,
                instrument: None,
                limits: DEPOSIT_LIMITS,
            },
            _ => Movement::Withdrawal {
                from: wallet,
                instrument,
            },
        };
        let (amount, currency) = (self.amount(), self.currency_of(currency));
        let actor = self.actor(owner);
        self.create(what, amount, currency, org, actor)
    }

    /// Two wallets, mostly of one currency.
    fn pair(&mut self) -> (Uuid, Uuid, Uuid, Currency, i64) {
        let (from, owner, currency, org) = self.wallet();
        let mut to = self.wallet();
        for _ in 0..8 {
            if to.2 == currency && to.0 != from && to.3 == org {
                break;
            }
            to = self.wallet();
        }
        let to = if self.random.chance(2) {
            self.fresh()
        } else {
            to.0
        };
        (from, to, owner, currency, org)
    }

    fn transfer(&mut self) -> Command {
        let (from, to, owner, currency, org) = self.pair();
        let (amount, currency) = (self.amount(), self.currency_of(currency));
        let actor = self.actor(owner);
        self.create(
            Movement::Transfer { from, to },
            amount,
            currency,
            org,
            actor,
        )
    }

    fn payment(&mut self) -> Command {
        let (from, to, owner, currency, org) = self.pair();
        let held = self.random.chance(65);
        let hold_for = held.then(|| self.random.between(HOUR, 3 * DAY));
        let what = Movement::Payment { from, to, hold_for };
        let amount = self.amount();
        let actor = self.actor(owner);
        self.create(what, amount, currency, org, actor)
    }

    /// A payment; mostly one of the last, now and then something else.
    fn some_payment(&mut self) -> Uuid {
        if self.payments.is_empty() || self.random.chance(3) {
            return self.fresh();
        }
        if self.random.chance(4) && !self.other.is_empty() {
            return self.random.pick(&self.other);
        }
        let from = self.payments.len().saturating_sub(12);
        self.random.pick(&self.payments[from..])
    }

    fn follow_up(&mut self, operation: Operation) -> Command {
        let actor = match self.random.below(100) {
            0..30 => Actor::User(self.random.pick(&self.users)),
            30..85 => Actor::Operator(self.random.pick(&self.operators)),
            _ => Actor::System,
        };
        self.command_of(1, actor, operation)
    }

    fn capture(&mut self) -> Command {
        let operation = Operation::Capture {
            transaction: self.some_payment(),
            id: self.row(),
            amount: self.random.chance(65).then(|| self.amount()),
            is_final: self.random.chance(25),
        };
        self.follow_up(operation)
    }

    fn end_payment(&mut self) -> Command {
        if self.random.chance(40) {
            return self.end_waiting();
        }
        let (transaction, id) = (self.some_payment(), self.row());
        let operation = if self.random.chance(45) {
            Operation::Cancel { transaction, id }
        } else {
            Operation::Expire { transaction, id }
        };
        self.follow_up(operation)
    }

    fn some_instruction(&mut self) -> (Uuid, Option<u128>) {
        if self.instructions.is_empty() || self.random.chance(3) {
            let other = if self.other.is_empty() {
                self.fresh()
            } else {
                self.random.pick(&self.other)
            };
            return (other, None);
        }
        let from = self.instructions.len().saturating_sub(8);
        self.random.pick(&self.instructions[from..])
    }

    fn settle(&mut self) -> Command {
        let (transaction, scope) = self.some_instruction();
        let outcome = match self.random.below(10) {
            0..4 => Outcome::Completed,
            4..6 => Outcome::Failed(Failure {
                code: "card_declined".to_owned(),
                detail: "The card was declined.".to_owned(),
            }),
            _ => Outcome::Unknown {
                ask_at: self.random.chance(50).then_some(Timestamp(5)),
            },
        };
        let operation = Operation::Settle {
            transaction,
            id: self.row(),
            outcome,
            answers: scope.filter(|_| self.random.chance(50)),
        };
        Command {
            org: 1,
            actor: Actor::Acquirer,
            idempotency: None,
            request_id: None,
            operation,
        }
    }

    fn resolve(&mut self) -> Command {
        let operation = Operation::Resolve {
            transaction: self.some_instruction().0,
            id: self.row(),
            completed: self.random.chance(70),
            reason: "the statement says so".to_owned(),
        };
        let operator = self.random.pick(&self.operators);
        self.command_of(1, Actor::Operator(operator), operation)
    }
}

/// Whether the answer of an act is kept under a key.
const fn is_kept(operation: &Operation) -> bool {
    !matches!(
        operation,
        Operation::ExpireHold { .. } | Operation::CloseOwner(_)
    )
}
