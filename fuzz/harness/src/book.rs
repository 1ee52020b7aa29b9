//! Overdraft, holds and reversals together: the ledger's book, driven by any sequence of requests,
//! answers as the naive model of its own tests does (wide sums, every rule by itself), and keeps
//! every invariant after each of them.

use std::collections::BTreeMap;

use ledger::{
    Account, AccountId, AccountTerms, Applied, Flags, Hold, HoldState, Posting, Request, Transfer,
    TransferId,
};
use ledger_model::{Answer, Ask, Journal, Model};
use money::Currency;

use crate::bytes::Bytes;

/// All accounts. 1 to 4 are wallets in USD, 5 is an asset, 6 is free, 7 is in another currency, 8
/// is somebody else's, 9 is never open.
const ACCOUNTS: std::ops::RangeInclusive<u128> = 1..=9;
const START: i64 = 1_000;
/// What an input may ask for at most: each step is checked against all steps before it.
const STEPS: usize = 200;

const FREE: AccountTerms = AccountTerms {
    flags: Flags(0),
    overdraft_limit: 0,
    max_balance: None,
};

struct Run<'a> {
    bytes: Bytes<'a>,
    journal: Journal,
    model: Model,
    /// Everything that was asked, granted or not.
    asked: Vec<Request>,
    holds: Vec<TransferId>,
    /// What moved money, for reversals.
    moved: Vec<Transfer>,
    next_id: u128,
}

/// Carries a program of requests out.
pub fn run(data: &[u8]) {
    let mut run = Run {
        bytes: Bytes::new(data),
        journal: Journal::at(START),
        model: Model::default(),
        asked: Vec::new(),
        holds: Vec::new(),
        moved: Vec::new(),
        next_id: 0,
    };
    run.model.begin(START);
    run.open_accounts();
    for _ in 0..STEPS {
        if run.bytes.is_empty() {
            break;
        }
        run.step();
    }
}

impl Run<'_> {
    fn open_accounts(&mut self) {
        let overdraft = i64::from(self.bytes.byte());
        let wallet = AccountTerms {
            flags: Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
            overdraft_limit: overdraft,
            max_balance: None,
        };
        let asset = AccountTerms {
            flags: Flags::CREDITS_MUST_NOT_EXCEED_DEBITS,
            ..wallet
        };
        let terms = [wallet, wallet, wallet, wallet, asset, FREE, FREE, FREE];
        for (id, terms) in ACCOUNTS.zip(terms) {
            let ask = Ask::Open {
                id: AccountId(id),
                org: if id == 8 { 2 } else { 1 },
                currency: if id == 7 {
                    Currency::EUR
                } else {
                    Currency::USD
                },
                code: 3,
                terms,
            };
            self.both(&ask);
        }
        // The free account owes the first wallet a thousand.
        let funds = self.posting(6, 1, 1_000);
        self.ask(Request::Post(funds));
    }

    fn step(&mut self) {
        match self.bytes.below(16) {
            0..=2 => {
                let request = self.post();
                self.ask(request);
            }
            3..=10 => {
                let request = self.request();
                self.ask(request);
            }
            11 => {
                let id = AccountId(self.account());
                let terms = self.terms();
                self.both(&Ask::Terms(id, terms));
            }
            12 => self.group(),
            13 => self.taken_back(),
            14 => {
                let now = self.journal.book.now() + i64::from(self.bytes.byte()) - 16;
                self.journal.next_batch(now);
                self.model.begin(now);
            }
            _ => {
                // Word for word what was asked before.
                let again = self.bytes.pick(&self.asked);
                self.both(&Ask::Transfer(again));
            }
        }
    }

    fn request(&mut self) -> Request {
        match self.bytes.below(8) {
            0 | 1 => {
                let posting = self.any_posting();
                let expires_at = self.deadline();
                Request::Hold {
                    posting,
                    expires_at,
                }
            }
            2 | 3 => Request::Capture {
                hold: self.hold(),
                amount: (!self.bytes.one_in(4)).then(|| self.bytes.minor()),
                is_final: self.bytes.one_in(3),
                org: self.org(),
                id: self.id(),
                code: 7,
            },
            4 => Request::Release {
                hold: self.hold(),
                org: self.org(),
                id: self.id(),
            },
            5 => Request::Expire {
                hold: self.hold(),
                org: self.org(),
                id: self.id(),
            },
            _ => self.reversal(),
        }
    }

    /// The same amount the other way round, whole or in part.
    fn reversal(&mut self) -> Request {
        if self.moved.is_empty() {
            return self.post();
        }
        let row = self.bytes.pick(&self.moved);
        let account = |no| self.journal.book.account_by_no(no).copied().unwrap();
        let (debit, credit) = (account(row.credit), account(row.debit));
        let amount = match self.bytes.below(4) {
            0 => i64::from(self.bytes.byte()),
            _ => row.amount,
        };
        Request::Post(Posting {
            id: self.id(),
            org: row.org,
            debit: debit.id,
            credit: credit.id,
            amount,
            currency: debit.currency,
            code: 8,
        })
    }

    fn post(&mut self) -> Request {
        Request::Post(self.any_posting())
    }

    fn any_posting(&mut self) -> Posting {
        let (debit, credit) = (self.account(), self.account());
        let amount = self.bytes.minor();
        let mut posting = self.posting(debit, credit, amount);
        if self.bytes.one_in(32) {
            posting.org = 2;
        }
        if self.bytes.one_in(32) {
            posting.currency = Currency::EUR;
        }
        posting.id = self.id();
        posting
    }

    fn posting(&mut self, debit: u128, credit: u128, amount: i64) -> Posting {
        self.next_id += 1;
        Posting {
            id: TransferId(self.next_id),
            org: 1,
            debit: AccountId(debit),
            credit: AccountId(credit),
            amount,
            currency: Currency::USD,
            code: 7,
        }
    }

    /// Mostly wallets.
    fn account(&mut self) -> u128 {
        self.bytes
            .pick(&[1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 5, 6, 7, 8, 9])
    }

    /// Mostly one that nobody has used.
    fn id(&mut self) -> TransferId {
        if self.bytes.one_in(16) {
            return TransferId(u128::from(self.bytes.byte()));
        }
        self.next_id += 1;
        TransferId(self.next_id)
    }

    fn org(&mut self) -> i64 {
        if self.bytes.one_in(32) { 2 } else { 1 }
    }

    /// Mostly one that is open.
    fn hold(&mut self) -> TransferId {
        let is_open = |id: &&TransferId| {
            let hold = self.model.hold(**id);
            hold.is_some_and(|hold| hold.state == HoldState::Open)
        };
        let open: Vec<TransferId> = self.holds.iter().filter(is_open).copied().collect();
        let among = match self.bytes.below(4) {
            0 => &self.holds,
            _ => &open,
        };
        match among.is_empty() {
            true => TransferId(u128::from(self.bytes.byte())),
            false => self.bytes.pick(among),
        }
    }

    fn deadline(&mut self) -> Option<i64> {
        match self.bytes.below(4) {
            0 => Some(self.journal.book.now() + i64::from(self.bytes.byte())),
            1 => Some(self.journal.book.now().saturating_sub(1).max(1)),
            _ => None,
        }
    }

    fn terms(&mut self) -> AccountTerms {
        AccountTerms {
            flags: self.bytes.pick(&[
                Flags(0),
                Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
                Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
                Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
                Flags::CREDITS_MUST_NOT_EXCEED_DEBITS,
                Flags::DEBITS_MUST_NOT_EXCEED_CREDITS.with(Flags::FROZEN_DEBIT),
                Flags::DEBITS_MUST_NOT_EXCEED_CREDITS.with(Flags::FROZEN_CREDIT),
                Flags::DEBITS_MUST_NOT_EXCEED_CREDITS.with(Flags::CLOSED),
            ]),
            overdraft_limit: match self.bytes.below(8) {
                0 => i64::MAX,
                _ => i64::from(self.bytes.byte()),
            },
            max_balance: self
                .bytes
                .one_in(4)
                .then(|| i64::from(self.bytes.byte()) * 16),
        }
    }

    fn ask(&mut self, request: Request) {
        self.note(&request);
        self.both(&Ask::Transfer(request));
    }

    fn note(&mut self, request: &Request) {
        self.asked.push(*request);
        if matches!(request, Request::Hold { .. }) {
            self.holds.push(request.id());
        }
    }

    /// Asks both, and compares the answers and what they did.
    fn both(&mut self, ask: &Ask) {
        let before = self.seen();
        let answer = ask.of(&mut self.journal.book);
        assert_eq!(answer, self.model.take(ask), "{ask:?}");
        match answer {
            Err(refusal) => assert_eq!(self.seen(), before, "{refusal:?} changed something"),
            Ok(Answer::Transfer(Applied::Exists(_))) => {
                assert_eq!(self.seen(), before, "a repeat changed something");
            }
            Ok(Answer::Transfer(Applied::Made(row))) => {
                if matches!(
                    ask,
                    Ask::Transfer(Request::Post(_) | Request::Capture { .. })
                ) {
                    self.moved.push(row);
                }
                self.limits_are_kept(&before.0);
            }
            Ok(Answer::Account(_)) => {}
        }
        self.invariants_hold(&before.1);
    }

    /// All or none.
    fn group(&mut self) {
        let count = 1 + self.bytes.below(5);
        let mut requests = Vec::new();
        for _ in 0..count {
            let request = match self.bytes.below(2) {
                0 => self.post(),
                _ => self.request(),
            };
            // What this group makes may be named later in it.
            self.note(&request);
            requests.push(request);
        }
        let before = self.seen();
        let mut after = self.model.clone();
        let mut expected = Ok(Vec::new());
        for (index, request) in requests.iter().enumerate() {
            match (after.take(&Ask::Transfer(*request)), &mut expected) {
                (Ok(Answer::Transfer(done)), Ok(all)) => all.push(done),
                (Ok(answer), _) => panic!("{answer:?} to {request:?}"),
                (Err(refusal), _) => {
                    expected = Err((index, refusal));
                    break;
                }
            }
        }
        let applied = self.journal.book.apply_all(&requests);
        assert_eq!(applied, expected, "{requests:?}");
        if applied.is_ok() {
            self.model = after;
            self.limits_are_kept(&before.0);
        } else {
            assert_eq!(self.seen(), before, "{applied:?} changed something");
        }
        self.invariants_hold(&before.1);
    }

    /// Some requests, each granted or refused, and then none of it has happened.
    fn taken_back(&mut self) {
        let (before, model, moved) = (self.seen(), self.model.clone(), self.moved.len());
        let holds = self.holds.len();
        let savepoint = self.journal.book.savepoint();
        for _ in 0..=self.bytes.below(4) {
            let request = self.request();
            self.ask(request);
        }
        self.journal.book.rollback(savepoint);
        self.model = model;
        self.moved.truncate(moved);
        self.holds.truncate(holds);
        assert_eq!(self.seen(), before, "it was not taken back");
        self.invariants_hold(&before.1);
    }

    /// Everything that an account or a hold shows.
    fn seen(&self) -> (BTreeMap<u128, Account>, BTreeMap<TransferId, Hold>) {
        let book = &self.journal.book;
        let accounts = ACCOUNTS.filter_map(|id| Some((id, *book.account(AccountId(id))?)));
        let holds = self.holds.iter();
        let holds = holds.filter_map(|id| Some((*id, *book.hold(*id)?)));
        (accounts.collect(), holds.collect())
    }

    /// No transfer takes an account beyond a limit, or further beyond one that was lowered under
    /// it.
    fn limits_are_kept(&self, before: &BTreeMap<u128, Account>) {
        let (after, _) = self.seen();
        for (id, after) in &after {
            let was = before.get(id).map_or([0; 3], beyond_limits);
            for (was, is) in was.into_iter().zip(beyond_limits(after)) {
                assert!(is <= was.max(0), "{after:?} is beyond a limit by {is}");
            }
        }
    }

    /// Book and model show the same; the rows add up to it; debits are credits; a hold gives no
    /// more than it has and ends once.
    fn invariants_hold(&self, before: &BTreeMap<TransferId, Hold>) {
        let (accounts, holds) = self.seen();
        for id in ACCOUNTS {
            let expected = self.model.account(AccountId(id));
            assert_eq!(accounts.get(&id).copied(), expected);
        }
        assert_eq!(self.journal.verify(), Ok(()));
        for currency in [Currency::USD, Currency::EUR] {
            let of = accounts
                .values()
                .filter(|account| account.currency == currency);
            let sums = of.fold([0_i128; 2], |[posted, pending], account| {
                [
                    posted + i128::from(account.debits_posted) - i128::from(account.credits_posted),
                    pending + i128::from(account.debits_pending)
                        - i128::from(account.credits_pending),
                ]
            });
            assert_eq!(sums, [0, 0], "{currency}");
        }
        for (id, hold) in &holds {
            assert_eq!(Some(*hold), self.model.hold(*id));
            let given = i128::from(hold.captured) + i128::from(hold.remaining);
            assert!(given <= i128::from(hold.amount), "{hold:?}");
            assert_eq!(hold.state == HoldState::Open, hold.remaining > 0);
            if let Some(before) = before.get(id).filter(|hold| hold.state != HoldState::Open) {
                assert_eq!(hold, before, "a hold ended twice");
            }
        }
    }
}

/// By how much an account is beyond each of its limits; 0 or less: it is not.
fn beyond_limits(account: &Account) -> [i128; 3] {
    let terms = account.terms;
    let [debits, credits, going, coming, limit] = [
        account.debits_posted,
        account.credits_posted,
        account.debits_pending,
        account.credits_pending,
        terms.overdraft_limit,
    ]
    .map(i128::from);
    let liability = terms.flags.has(Flags::DEBITS_MUST_NOT_EXCEED_CREDITS);
    let asset = terms.flags.has(Flags::CREDITS_MUST_NOT_EXCEED_DEBITS);
    [
        if liability {
            debits + going - credits - limit
        } else {
            0
        },
        if asset {
            credits + coming - debits - limit
        } else {
            0
        },
        match terms.max_balance {
            Some(most) => credits + coming - debits - i128::from(most),
            None => 0,
        },
    ]
}
