//! The stream: random commands that mostly make sense, from one seed. It knows what it asked for and what the model made
//! of it, never what a journal answered, so that it is the same for everybody.

use ledger::{AccountId, AccountTerms, Flags, Posting, Request, TransferId};
use money::Currency;
use payments::command::{
    Act, Actor, ChainedRequest, Command, IdempotencyKey, Movement, NewAccount, NewTransaction,
    NewWallet, Outcome, WalletChange,
};
use payments::transaction::{Failure, Instrument, InstrumentKind};
use payments::wallet::Limits;
use platform::clock::{DAY, SECOND, Timestamp};
use uuid::Uuid;

use crate::harness::id;
use crate::model::Model;

const HOUR: i64 = 3_600 * SECOND;

/// Xorshift (Marsaglia 2003): small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn between(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.next() % (to - from).unsigned_abs()).unwrap()
    }

    /// So many times out of a hundred.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

pub struct Script {
    random: Random,
    numbers: u128,
    users: Vec<Uuid>,
    operators: Vec<Uuid>,
    /// Wallet, owner, currency, organisation.
    wallets: Vec<(Uuid, Uuid, Currency, i64)>,
    accounts: Vec<(Uuid, Currency)>,
    payments: Vec<Uuid>,
    /// Deposits and withdrawals, with the scopes of their keys.
    instructions: Vec<(Uuid, Option<u128>)>,
    other: Vec<Uuid>,
    holds: Vec<Uuid>,
    requests: Vec<ChainedRequest>,
    keyed: Vec<Command>,
    to_fund: Vec<(Uuid, Currency, i64)>,
}

impl Script {
    pub fn new(seed: u64) -> Self {
        let people = |from: u128| (from..from + 4).map(|number| Uuid::from_u128(number << 64));
        Self {
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            numbers: 0,
            users: people(1).collect(),
            operators: people(11).take(2).collect(),
            wallets: Vec::new(),
            accounts: Vec::new(),
            payments: Vec::new(),
            instructions: Vec::new(),
            other: Vec::new(),
            holds: Vec::new(),
            requests: Vec::new(),
            keyed: Vec::new(),
            to_fund: Vec::new(),
        }
    }

    /// How much later the next group comes, in µs; a clock may also go back.
    pub fn pause(&mut self) -> i64 {
        match self.random.below(100) {
            0..40 => 0,
            40..70 => self.random.between(0, 10 * SECOND),
            70..85 => self.random.between(0, 6 * HOUR),
            85..95 => self.random.between(0, 2 * DAY),
            95..98 => self.random.between(0, 20 * DAY),
            _ => -self.random.between(0, HOUR),
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
        self.instructions.retain(|(id, _)| exists(id));
        self.other.retain(exists);
        self.holds.retain(|id| model.has_hold(*id));
    }

    /// An id that was never used; most are above all before, some below.
    fn fresh(&mut self) -> Uuid {
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

    /// Whoever acts for this user: mostly they, now and then somebody else.
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
            };
            return self.create(what, amount, currency, org, Actor::System);
        }
        if self.random.chance(6) && !self.keyed.is_empty() {
            return self.repetition();
        }
        match self.random.below(100) {
            0..2 => self.open_wallet(),
            2..6 => self.change_wallet(),
            6..16 => self.deposit_or_withdrawal(),
            16..28 => self.transfer(),
            28..44 => self.payment(),
            44..54 => self.capture(),
            54..59 => self.end_payment(),
            59..66 => self.refund(),
            66..74 => self.settle(),
            74..83 => self.resolve(),
            83..86 => self.open_accounts(),
            86..97 => self.post(),
            _ => self.expire_hold(),
        }
    }

    /// The same again, with ids of its own where it makes something; or another body under the same key.
    fn repetition(&mut self) -> Command {
        let mut again = self.random.pick(&self.keyed);
        let fresh = self.fresh();
        if let Act::Create(new) = &mut again.act {
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
    fn command_of(&mut self, org: i64, actor: Actor, act: Act) -> Command {
        let org = if self.random.chance(3) { 3 - org } else { org };
        let mut command = Command {
            org,
            actor,
            idempotency: None,
            request_id: None,
            act,
        };
        if self.random.chance(35) && !matches!(command.act, Act::ExpireHold { .. }) {
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
        let (mut id, owner) = (self.fresh(), self.random.pick(&self.users));
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
        let act = Act::OpenWallet(NewWallet {
            id,
            owner,
            currency,
            label,
            limits: self.limits(),
        });
        self.command_of(org, Actor::User(owner), act)
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
        self.command_of(org, actor, Act::ChangeWallet { wallet, change })
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
        let act = Act::Create(NewTransaction {
            id,
            amount,
            currency,
            description: text(&mut self.random, 20, "for the café"),
            external_id: text(&mut self.random, 15, &format!("order-{number}")),
            metadata: text(&mut self.random, 10, "{\"a\": [1, 2.50], \"b\": null}"),
            what,
        });
        let command = self.command_of(org, actor, act);
        let Act::Create(new) = &command.act else {
            return command;
        };
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
            },
            3..6 => Movement::Deposit {
                to: wallet,
                instrument: None,
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

    fn follow_up(&mut self, act: Act) -> Command {
        let actor = match self.random.below(100) {
            0..30 => Actor::User(self.random.pick(&self.users)),
            30..85 => Actor::Operator(self.random.pick(&self.operators)),
            _ => Actor::System,
        };
        self.command_of(1, actor, act)
    }

    fn capture(&mut self) -> Command {
        let act = Act::Capture {
            transaction: self.some_payment(),
            id: self.row(),
            amount: self.random.chance(65).then(|| self.amount()),
            is_final: self.random.chance(25),
        };
        self.follow_up(act)
    }

    fn end_payment(&mut self) -> Command {
        let (transaction, id) = (self.some_payment(), self.row());
        let act = if self.random.chance(45) {
            Act::Cancel { transaction, id }
        } else {
            Act::Expire { transaction, id }
        };
        self.follow_up(act)
    }

    fn refund(&mut self) -> Command {
        let act = Act::Refund {
            transaction: self.some_payment(),
            id: self.row(),
            amount: self.random.chance(55).then(|| self.amount()),
            reason: self.random.chance(40).then(|| "came back".to_owned()),
        };
        self.follow_up(act)
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
        let act = Act::Settle {
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
            act,
        }
    }

    fn resolve(&mut self) -> Command {
        let act = Act::Resolve {
            transaction: self.some_instruction().0,
            id: self.row(),
            completed: self.random.chance(70),
            reason: "the statement says so".to_owned(),
        };
        let operator = self.random.pick(&self.operators);
        self.command_of(1, Actor::Operator(operator), act)
    }

    fn open_accounts(&mut self) -> Command {
        let count = 1 + self.random.below(3);
        let accounts = (0..count).map(|_| {
            let mut id = self.fresh();
            let currency = self.currency();
            if self.random.chance(10) && !self.accounts.is_empty() {
                id = self.random.pick(&self.accounts).0;
            } else {
                self.accounts.push((id, currency));
            }
            let flags = self.random.pick(&[
                Flags::default(),
                Flags::default(),
                Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
                Flags::CREDITS_MUST_NOT_EXCEED_DEBITS,
                Flags::FROZEN_CREDIT,
            ]);
            let terms = AccountTerms {
                flags,
                overdraft_limit: self.random.pick(&[0, 0, 1_000]),
                max_balance: self.random.pick(&[None, None, None, Some(20_000)]),
            };
            NewAccount {
                id,
                currency,
                code: 100,
                terms,
            }
        });
        let act = Act::OpenAccounts(accounts.collect());
        self.command_of(1, Actor::System, act)
    }

    fn post(&mut self) -> Command {
        let count = 1 + self.random.below(5);
        let mut requests: Vec<_> = (0..count).map(|_| self.request()).collect();
        if let Some(last) = requests.last_mut()
            && !self.random.chance(4)
        {
            last.linked = false;
        }
        self.requests.extend(&requests);
        self.command_of(1, Actor::System, Act::Post(requests))
    }

    fn request(&mut self) -> ChainedRequest {
        let linked = self.random.chance(25);
        if self.random.chance(12) && !self.requests.is_empty() {
            // The same again, or almost.
            let mut again = self.random.pick(&self.requests);
            if let Request::Post(posting) = &mut again.request
                && self.random.chance(30)
            {
                posting.amount ^= 1;
            }
            return ChainedRequest { linked, ..again };
        }
        if self.random.chance(35) && !self.holds.is_empty() {
            let request = self.request_on_hold();
            return ChainedRequest {
                request,
                timeout: None,
                linked,
            };
        }
        let posting = self.posting();
        if self.random.chance(40) {
            self.holds.push(Uuid::from_u128(posting.id.0));
            return ChainedRequest {
                request: Request::Hold {
                    posting,
                    expires_at: None,
                },
                timeout: self
                    .random
                    .chance(60)
                    .then(|| self.random.between(SECOND, DAY)),
                linked,
            };
        }
        ChainedRequest {
            request: Request::Post(posting),
            timeout: None,
            linked,
        }
    }

    fn some_hold(&mut self) -> TransferId {
        let from = self.holds.len().saturating_sub(6);
        let hold = if self.holds.is_empty() || self.random.chance(4) {
            self.fresh()
        } else {
            self.random.pick(&self.holds[from..])
        };
        TransferId(hold.as_u128())
    }

    fn request_on_hold(&mut self) -> Request {
        let (id, hold, org) = (TransferId(self.fresh().as_u128()), self.some_hold(), 1);
        match self.random.below(10) {
            0..6 => Request::Capture {
                id,
                org,
                hold,
                amount: self.random.chance(70).then(|| self.amount()),
                is_final: self.random.chance(30),
                code: 9,
            },
            6..8 => Request::Release { id, org, hold },
            _ => Request::Expire { id, org, hold },
        }
    }

    fn posting(&mut self) -> Posting {
        let (debit, currency) = self.random.pick(&self.accounts);
        let mut credit = self.random.pick(&self.accounts);
        for _ in 0..6 {
            if credit.1 == currency && credit.0 != debit {
                break;
            }
            credit = self.random.pick(&self.accounts);
        }
        let unknown = self.fresh();
        let (debit, credit) = match self.random.below(50) {
            0 => (unknown, credit.0),
            1 => (debit, unknown),
            _ => (debit, credit.0),
        };
        Posting {
            id: TransferId(self.fresh().as_u128()),
            org: if self.random.chance(2) { 2 } else { 1 },
            debit: AccountId(debit.as_u128()),
            credit: AccountId(credit.as_u128()),
            amount: self.amount(),
            currency: self.currency_of(currency),
            code: 9,
        }
    }

    fn expire_hold(&mut self) -> Command {
        let hold = Uuid::from_u128(self.some_hold().0);
        let id = self.fresh();
        self.command_of(1, Actor::System, Act::ExpireHold { hold, id })
    }
}
