//! What holds for every stream of requests: the book answers as the model does, keeps every
//! invariant of the ledger after each request, and is untouched by what it refuses.

use std::collections::{BTreeMap, BTreeSet};

use crate::seen::Seen;
use ledger::{
    Account, AccountId, AccountTerms, Applied, Flags, Hold, HoldState, Kind, Posting, Refusal,
    Request, TransferId,
};
use ledger_model::{Answer, Ask, Model};
use ledger_model::{Journal, Record};
use money::Currency;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// Everything is about these accounts; at first the tenth is closed and the eleventh is not open.
const ACCOUNTS: std::ops::RangeInclusive<u128> = 1..=11;
const START: i64 = 1_000;

const FREE: AccountTerms = AccountTerms {
    flags: Flags(0),
    overdraft_limit: 0,
    max_balance: None,
};

const WALLET: AccountTerms = AccountTerms {
    flags: Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
    ..FREE
};

/// A step of a stream. What it names is settled when its turn comes, so that a stream stays one
/// when it is shrunk.
#[derive(Debug, Clone)]
enum Step {
    One(Plan),
    /// All or none.
    Group(Vec<Plan>),
    /// One after the other, whatever is refused, then taken back.
    TakenBack(Vec<Plan>),
    /// The batch is written; the next is so much later, or earlier. This many accounts stay in the
    /// cache.
    NextBatch {
        later: i64,
        capacity: usize,
    },
    /// The batch is lost: the store could not write it.
    Lost,
}

#[derive(Debug, Clone)]
enum Plan {
    Post(Route, i64, Id),
    Hold(Route, i64, Id, Option<i64>),
    Capture {
        hold: Index,
        amount: Option<i64>,
        is_final: bool,
        id: Id,
        org: Option<i64>,
    },
    Release(Index, Id, Option<i64>),
    Expire(Index, Id, Option<i64>),
    /// What was asked before, once more.
    Again(Index),
    /// What was asked before, with something else in it.
    Altered(Index, Alteration),
    Open(u128, i64, Currency, AccountTerms),
    Terms(u128, AccountTerms),
}

/// Who pays whom, in what and for which organisation.
#[derive(Debug, Clone, Copy)]
struct Route {
    org: i64,
    debit: u128,
    credit: u128,
    currency: Currency,
}

#[derive(Debug, Clone, Copy)]
enum Id {
    Fresh,
    Any(u128),
}

#[derive(Debug, Clone, Copy)]
enum Alteration {
    Org,
    Amount(i64),
    Code,
    Currency,
    Sides,
    Debit(u128),
    Credit(u128),
    Deadline(Option<i64>),
    HoldOf(Index),
    Finality,
    Kind,
}

fn route() -> impl Strategy<Value = Route> {
    let of = |org, currency, accounts: &'static [u128]| {
        let count = accounts.len();
        (0..count, 1..count).prop_map(move |(from, further)| Route {
            org,
            debit: accounts[from],
            credit: accounts[(from + further) % count],
            currency,
        })
    };
    prop_oneof![
        20 => of(1, Currency::USD, &[1, 2, 3, 4]),
        1 => of(1, Currency::USD, &[1, 2, 10]),
        6 => of(1, Currency::EUR, &[5, 6]),
        6 => of(2, Currency::USD, &[7, 8, 9]),
        4 => (
            select(&[1, 2, 3][..]),
            ACCOUNTS,
            ACCOUNTS,
            select(&[Currency::USD, Currency::EUR, Currency::JPY][..]),
        )
            .prop_map(|(org, debit, credit, currency)| Route { org, debit, credit, currency }),
    ]
}

fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![
        60 => 1..=150_i64,
        6 => 150..=1_500_i64,
        3 => select(&[0, -1, i64::MIN][..]),
        2 => select(&[i64::MAX, i64::MAX - 100, i64::MAX / 2][..]),
    ]
}

fn id() -> impl Strategy<Value = Id> {
    prop_oneof![
        9 => Just(Id::Fresh),
        1 => (1..60_u128).prop_map(Id::Any),
    ]
}

/// The organisation, where it is not the hold's own.
fn other_org() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![9 => Just(None), 1 => (1..=3_i64).prop_map(Some)]
}

/// A deadline from now.
fn deadline() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![2 => Just(None), 3 => (-2..40_i64).prop_map(Some)]
}

fn terms() -> impl Strategy<Value = AccountTerms> {
    let flags = [
        Flags(0),
        Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
        Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
        Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
        Flags::CREDITS_MUST_NOT_EXCEED_DEBITS,
        Flags::DEBITS_MUST_NOT_EXCEED_CREDITS.with(Flags::CREDITS_MUST_NOT_EXCEED_DEBITS),
        Flags::DEBITS_MUST_NOT_EXCEED_CREDITS.with(Flags::FROZEN_DEBIT),
        Flags::DEBITS_MUST_NOT_EXCEED_CREDITS.with(Flags::FROZEN_CREDIT),
        Flags::CLOSED,
        Flags::CLOSED,
    ];
    let most = prop_oneof![2 => Just(None), 1 => (0..800_i64).prop_map(Some)];
    (select(flags.to_vec()), select(&[0, 0, 50, 400][..]), most).prop_map(
        |(flags, overdraft_limit, max_balance)| AccountTerms {
            flags,
            overdraft_limit,
            max_balance,
        },
    )
}

fn alteration() -> impl Strategy<Value = Alteration> {
    prop_oneof![
        Just(Alteration::Org),
        amount().prop_map(Alteration::Amount),
        Just(Alteration::Code),
        Just(Alteration::Currency),
        Just(Alteration::Sides),
        ACCOUNTS.prop_map(Alteration::Debit),
        ACCOUNTS.prop_map(Alteration::Credit),
        deadline().prop_map(Alteration::Deadline),
        any::<Index>().prop_map(Alteration::HoldOf),
        Just(Alteration::Finality),
        Just(Alteration::Kind),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    let part = prop_oneof![1 => Just(None), 3 => amount().prop_map(Some)];
    prop_oneof![
        10 => (route(), amount(), id())
            .prop_map(|(route, amount, id)| Plan::Post(route, amount, id)),
        10 => (route(), amount(), id(), deadline())
            .prop_map(|(route, amount, id, until)| Plan::Hold(route, amount, id, until)),
        8 => (any::<Index>(), part, any::<bool>(), id(), other_org()).prop_map(
            |(hold, amount, is_final, id, org)| Plan::Capture { hold, amount, is_final, id, org }
        ),
        3 => (any::<Index>(), id(), other_org())
            .prop_map(|(hold, id, org)| Plan::Release(hold, id, org)),
        4 => (any::<Index>(), id(), other_org())
            .prop_map(|(hold, id, org)| Plan::Expire(hold, id, org)),
        3 => any::<Index>().prop_map(Plan::Again),
        3 => (any::<Index>(), alteration()).prop_map(|(of, what)| Plan::Altered(of, what)),
        2 => (
            ACCOUNTS,
            1..=2_i64,
            select(&[Currency::USD, Currency::EUR][..]),
            prop_oneof![Just(FREE), Just(WALLET), terms()],
        )
            .prop_map(|(id, org, currency, terms)| Plan::Open(id, org, currency, terms)),
        3 => (ACCOUNTS, terms()).prop_map(|(id, terms)| Plan::Terms(id, terms)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => plan().prop_map(Step::One),
        4 => prop::collection::vec(plan(), 1..5).prop_map(Step::Group),
        2 => prop::collection::vec(plan(), 1..5).prop_map(Step::TakenBack),
        4 => (-5..25_i64, select(&[0, 3, 8, usize::MAX][..]))
            .prop_map(|(later, capacity)| Step::NextBatch { later, capacity }),
        1 => Just(Step::Lost),
    ]
}

fn stream() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..100)
}

/// What was granted and refused along a stream.
#[derive(Debug, Default)]
struct Met {
    refusals: BTreeSet<Refusal>,
    made: BTreeSet<u8>,
    repeated: BTreeSet<u8>,
    groups: BTreeSet<bool>,
}

/// A book and the model side by side.
struct Run {
    journal: Journal,
    model: Model,
    /// The model as it was when the store was last written.
    written: Model,
    asked: Vec<Request>,
    holds: Vec<TransferId>,
    next_id: u128,
    met: Met,
}

impl Run {
    fn new() -> Self {
        let mut model = Model::default();
        model.begin(START);
        let mut run = Self {
            journal: Journal::at(START),
            written: model.clone(),
            model,
            asked: Vec::new(),
            holds: Vec::new(),
            next_id: 1_000,
            met: Met::default(),
        };
        let bounded = AccountTerms {
            overdraft_limit: 100,
            max_balance: Some(900),
            ..WALLET
        };
        let closed = AccountTerms {
            flags: Flags::CLOSED,
            ..FREE
        };
        let asset = AccountTerms {
            flags: Flags::CREDITS_MUST_NOT_EXCEED_DEBITS,
            overdraft_limit: 300,
            max_balance: None,
        };
        for (id, org, currency, terms) in [
            (1, 1, Currency::USD, FREE),
            (2, 1, Currency::USD, WALLET),
            (3, 1, Currency::USD, bounded),
            (4, 1, Currency::USD, asset),
            (5, 1, Currency::EUR, FREE),
            (6, 1, Currency::EUR, WALLET),
            (7, 2, Currency::USD, FREE),
            (8, 2, Currency::USD, WALLET),
            (9, 2, Currency::USD, FREE),
            (10, 1, Currency::USD, closed),
        ] {
            run.both(&open(id, org, currency, terms));
        }
        for (org, debit, credit, currency) in [
            (1, 1, 2, Currency::USD),
            (1, 1, 3, Currency::USD),
            (1, 5, 6, Currency::EUR),
            (2, 7, 8, Currency::USD),
        ] {
            let route = Route {
                org,
                debit,
                credit,
                currency,
            };
            run.step(&Step::One(Plan::Post(route, 600, Id::Fresh)));
            let held = Route {
                debit: credit,
                credit: debit,
                ..route
            };
            run.step(&Step::One(Plan::Hold(held, 60, Id::Fresh, Some(30))));
        }
        run.step(&Step::NextBatch {
            later: 0,
            capacity: 3,
        });
        run
    }

    fn posting(&mut self, route: Route, amount: i64, id: Id) -> Posting {
        Posting {
            id: self.id(id),
            org: route.org,
            debit: AccountId(route.debit),
            credit: AccountId(route.credit),
            amount,
            currency: route.currency,
            code: 7,
        }
    }

    fn id(&mut self, id: Id) -> TransferId {
        match id {
            Id::Fresh => {
                self.next_id += 1;
                TransferId(self.next_id)
            }
            Id::Any(id) => TransferId(id),
        }
    }

    /// A hold that was asked for, mostly one that is open, and its organisation.
    fn hold(&self, index: Index) -> (TransferId, i64) {
        let is_open = |id: &&TransferId| {
            let hold = self.model.hold(**id);
            hold.is_some_and(|hold| hold.state == HoldState::Open)
        };
        let open: Vec<TransferId> = self.holds.iter().filter(is_open).copied().collect();
        let among = if open.is_empty() || index.index(4) == 0 {
            &self.holds
        } else {
            &open
        };
        if among.is_empty() {
            return (TransferId(0), 1);
        }
        let id = *index.get(among);
        (id, self.model.hold(id).map_or(1, |hold| hold.org))
    }

    /// What a plan comes to at this point of the stream.
    fn ask(&mut self, plan: &Plan) -> Ask {
        let request = match plan {
            Plan::Post(route, amount, id) => Request::Post(self.posting(*route, *amount, *id)),
            Plan::Hold(route, amount, id, until) => Request::Hold {
                posting: self.posting(*route, *amount, *id),
                expires_at: until.map(|until| self.journal.book.now() + until),
            },
            Plan::Capture {
                hold,
                amount,
                is_final,
                id,
                org,
            } => {
                let (hold, its_org) = self.hold(*hold);
                Request::Capture {
                    id: self.id(*id),
                    org: org.unwrap_or(its_org),
                    hold,
                    amount: *amount,
                    is_final: *is_final,
                    code: 7,
                }
            }
            Plan::Release(hold, id, org) => {
                let (hold, its_org) = self.hold(*hold);
                Request::Release {
                    id: self.id(*id),
                    org: org.unwrap_or(its_org),
                    hold,
                }
            }
            Plan::Expire(hold, id, org) => {
                let (hold, its_org) = self.hold(*hold);
                Request::Expire {
                    id: self.id(*id),
                    org: org.unwrap_or(its_org),
                    hold,
                }
            }
            Plan::Again(of) => *of.get(&self.asked),
            Plan::Altered(of, what) => {
                let other = what.of(*of.get(&self.asked));
                match *what {
                    Alteration::HoldOf(index) => with_hold(other, self.hold(index).0),
                    Alteration::Deadline(until) => {
                        with_deadline(other, until.map(|until| self.journal.book.now() + until))
                    }
                    _ => other,
                }
            }
            Plan::Open(id, org, currency, terms) => return open(*id, *org, *currency, *terms),
            Plan::Terms(id, terms) => return Ask::Terms(AccountId(*id), *terms),
        };
        self.asked.push(request);
        if matches!(request, Request::Hold { .. }) {
            self.holds.push(request.id());
        }
        Ask::Transfer(request)
    }

    fn seen(&self) -> Seen {
        Seen::of(
            &self.journal.book,
            ACCOUNTS.map(AccountId),
            self.holds.iter().copied(),
        )
    }

    fn accounts(&self) -> Vec<Account> {
        ACCOUNTS
            .filter_map(|id| self.journal.book.account(AccountId(id)).copied())
            .collect()
    }

    fn all_holds(&self) -> BTreeMap<TransferId, Hold> {
        self.holds
            .iter()
            .filter_map(|id| self.journal.book.hold(*id).copied())
            .map(|hold| (hold.id, hold))
            .collect()
    }

    /// Asks both, and compares the answers and what the answer did.
    fn both(&mut self, ask: &Ask) {
        let before = (self.seen(), self.accounts(), self.all_holds());
        let answer = ask.of(&mut self.journal.book);
        assert_eq!(answer, self.model.take(ask), "{ask:?}");
        match answer {
            Err(refusal) => {
                assert_eq!(self.seen(), before.0, "{refusal:?} changed something");
                self.met.refusals.insert(refusal);
            }
            Ok(Answer::Transfer(Applied::Exists(row))) => {
                assert_eq!(self.seen(), before.0, "a repeat changed something");
                self.met.repeated.insert(row.kind as u8);
            }
            Ok(Answer::Transfer(Applied::Made(row))) => {
                self.limits_are_kept(&before.1);
                self.met.made.insert(row.kind as u8);
            }
            Ok(Answer::Account(_)) => {}
        }
        self.holds_end_once(&before.2);
        self.invariants_hold();
    }

    /// All or none, by the model's own way of taking back: it was a copy.
    fn group(&mut self, plans: &[Plan]) {
        let requests: Vec<Request> = plans
            .iter()
            .filter_map(|plan| match self.ask(plan) {
                Ask::Transfer(request) => Some(request),
                Ask::Terms(..) | Ask::Open { .. } => None,
            })
            .collect();
        let (before, accounts) = (self.seen(), self.accounts());
        let mut after = self.model.clone();
        let mut expected = Ok(Vec::new());
        for (index, request) in requests.iter().enumerate() {
            match (after.take(&Ask::Transfer(*request)), &mut expected) {
                (Ok(Answer::Transfer(done)), Ok(all)) => all.push(done),
                (Err(refusal), _) => {
                    expected = Err((index, refusal));
                    break;
                }
                (Ok(answer), _) => panic!("{answer:?} to {request:?}"),
            }
        }
        let applied = self.journal.book.apply_all(&requests);
        assert_eq!(applied, expected, "{requests:?}");
        if applied.is_ok() {
            self.model = after;
            self.limits_are_kept(&accounts);
        } else {
            assert_eq!(self.seen(), before, "{applied:?} changed something");
        }
        self.met.groups.insert(applied.is_ok());
        self.invariants_hold();
    }

    fn taken_back(&mut self, plans: &[Plan]) {
        let (before, model) = (self.seen(), self.model.clone());
        let holds_before = self.holds.len();
        let savepoint = self.journal.book.savepoint();
        for plan in plans {
            let ask = self.ask(plan);
            self.both(&ask);
        }
        self.journal.book.rollback(savepoint);
        self.model = model;
        let after = Seen::of(
            &self.journal.book,
            ACCOUNTS.map(AccountId),
            self.holds.iter().take(holds_before).copied(),
        );
        assert_eq!(after, before);
        self.invariants_hold();
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::One(plan) => {
                let ask = self.ask(plan);
                self.both(&ask);
            }
            Step::Group(plans) => self.group(plans),
            Step::TakenBack(plans) => self.taken_back(plans),
            Step::NextBatch { later, capacity } => {
                let now = self.journal.book.now() + later;
                self.journal.store.write(&self.journal.book);
                self.journal.book.keep(*capacity);
                assert!(self.journal.book.account_count() <= *capacity);
                self.written = self.model.clone();
                self.begin(now);
            }
            Step::Lost => {
                let now = self.journal.book.now();
                self.journal.book.forget();
                self.model = self.written.clone();
                self.begin(now);
            }
        }
    }

    fn begin(&mut self, now: i64) {
        let head = self.journal.store.head;
        self.journal.begin_batch(now);
        self.model.begin(now);
        assert!(self.journal.book.now() >= head.time, "time went back");
        assert_eq!(self.journal.book.now(), now.max(head.time));
        self.invariants_hold();
    }

    /// Sums and holds are the model's; the journal adds up to them, row by row, and per currency to
    /// nothing; seqs have no gaps and times do not go back; no id has two effects.
    fn invariants_hold(&self) {
        for id in ACCOUNTS.map(AccountId) {
            assert_eq!(
                self.journal.book.account(id).copied(),
                self.model.account(id)
            );
        }
        for id in &self.holds {
            assert_eq!(self.journal.book.hold(*id).copied(), self.model.hold(*id));
        }
        assert_eq!(self.journal.verify(), Ok(()));
        let rows = self.journal.store.records.iter().filter_map(|record| {
            let Record::Transfer(row) = record else {
                return None;
            };
            Some(row.id)
        });
        let mut ids: Vec<TransferId> = rows
            .chain(self.journal.book.transfers().iter().map(|row| row.id))
            .collect();
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count, "an id took effect twice");
    }

    /// No transfer takes an account beyond a limit, or further beyond one that was lowered under
    /// it.
    fn limits_are_kept(&self, before: &[Account]) {
        for (before, after) in before.iter().zip(self.accounts()) {
            for (was, is) in beyond_limits(before).into_iter().zip(beyond_limits(&after)) {
                assert!(is <= was.max(0), "{after:?} is beyond a limit by {is}");
            }
        }
    }

    /// Captures never exceed the hold, an end is for ever.
    fn holds_end_once(&self, before: &BTreeMap<TransferId, Hold>) {
        for hold in self.all_holds().values() {
            assert!(hold.captured + hold.remaining <= hold.amount, "{hold:?}");
            assert!(hold.captured >= 0 && hold.remaining >= 0, "{hold:?}");
            assert_eq!(hold.state == HoldState::Open, hold.remaining > 0);
            if let Some(before) = before.get(&hold.id) {
                assert!(hold.captured >= before.captured, "{hold:?}");
                if before.state != HoldState::Open {
                    assert_eq!(hold, before);
                }
            }
        }
    }
}

/// By how much an account is beyond each of its limits; 0 or less: it is not.
fn beyond_limits(account: &Account) -> [i128; 3] {
    let terms = account.terms;
    let limit = i128::from(terms.overdraft_limit);
    let [debits, credits, going, coming] = [
        account.debits_posted,
        account.credits_posted,
        account.debits_pending,
        account.credits_pending,
    ]
    .map(i128::from);
    let when = |set: bool, beyond: i128| if set { beyond } else { 0 };
    [
        when(
            terms.flags.has(Flags::DEBITS_MUST_NOT_EXCEED_CREDITS),
            debits + going - credits - limit,
        ),
        when(
            terms.flags.has(Flags::CREDITS_MUST_NOT_EXCEED_DEBITS),
            credits + coming - debits - limit,
        ),
        terms
            .max_balance
            .map_or(0, |most| credits + coming - debits - i128::from(most)),
    ]
}

fn open(id: u128, org: i64, currency: Currency, terms: AccountTerms) -> Ask {
    Ask::Open {
        id: AccountId(id),
        org,
        currency,
        code: 3,
        terms,
    }
}

impl Alteration {
    /// The request with one thing in it changed, where it has that thing.
    fn of(self, request: Request) -> Request {
        let mut request = request;
        match &mut request {
            Request::Post(posting) | Request::Hold { posting, .. } => match self {
                Self::Org => posting.org += 1,
                Self::Amount(other) => posting.amount = other,
                Self::Code => posting.code += 1,
                Self::Currency => posting.currency = Currency::KWD,
                Self::Sides => std::mem::swap(&mut posting.debit, &mut posting.credit),
                Self::Debit(other) => posting.debit = AccountId(other),
                Self::Credit(other) => posting.credit = AccountId(other),
                Self::Kind | Self::Deadline(_) | Self::HoldOf(_) | Self::Finality => {}
            },
            Request::Capture {
                org,
                amount,
                is_final,
                code,
                ..
            } => match self {
                Self::Org => *org += 1,
                Self::Amount(other) => *amount = Some(other),
                Self::Code => *code += 1,
                Self::Finality => *is_final = !*is_final,
                _ => {}
            },
            Request::Release { org, .. } | Request::Expire { org, .. } => {
                if matches!(self, Self::Org) {
                    *org += 1;
                }
            }
        }
        match self {
            Self::Kind => of_another_kind(request),
            _ => request,
        }
    }
}

fn of_another_kind(request: Request) -> Request {
    match request {
        Request::Post(posting) => Request::Hold {
            posting,
            expires_at: None,
        },
        Request::Hold { posting, .. } => Request::Post(posting),
        Request::Capture { id, org, hold, .. } => Request::Release { id, org, hold },
        Request::Release { id, org, hold } => Request::Expire { id, org, hold },
        Request::Expire { id, org, hold } => Request::Release { id, org, hold },
    }
}

fn with_hold(request: Request, other: TransferId) -> Request {
    let mut request = request;
    if let Request::Capture { hold, .. }
    | Request::Release { hold, .. }
    | Request::Expire { hold, .. } = &mut request
    {
        *hold = other;
    }
    request
}

fn with_deadline(request: Request, other: Option<i64>) -> Request {
    let mut request = request;
    if let Request::Hold { expires_at, .. } = &mut request {
        *expires_at = other;
    }
    request
}

fn run(steps: &[Step]) -> Run {
    let mut run = Run::new();
    for step in steps {
        run.step(step);
    }
    run
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_book_answers_as_the_model_does_and_keeps_every_invariant(steps in stream()) {
        run(&steps);
    }

    #[test]
    fn where_one_batch_ends_and_the_next_begins_makes_no_difference(
        plans in prop::collection::vec(plan(), 1..60),
        ends in prop::collection::vec(any::<bool>(), 60),
        capacity in 0..6_usize,
    ) {
        let one: Vec<Step> = plans.iter().cloned().map(Step::One).collect();
        let mut many = Vec::new();
        for (step, ends) in one.iter().zip(ends) {
            many.push(step.clone());
            if ends {
                many.push(Step::NextBatch { later: 0, capacity });
            }
        }
        let [mut one, mut many] = [run(&one), run(&many)];
        one.journal.next_batch(START);
        many.journal.next_batch(START);
        let (one, many) = (one.journal.store, many.journal.store);
        prop_assert_eq!(one.records, many.records);
        prop_assert_eq!(one.accounts, many.accounts);
        prop_assert_eq!(one.holds, many.holds);
        prop_assert_eq!(one.head, many.head);
    }
}

/// Without this, the properties could hold because nothing ever happens.
#[test]
fn the_streams_meet_every_refusal_and_every_kind_of_row() {
    let mut runner = TestRunner::deterministic();
    let mut met = Met::default();
    for _ in 0..64 {
        let steps = stream()
            .new_tree(&mut runner)
            .expect("nothing is rejected")
            .current();
        let mut of_stream = run(&steps).met;
        met.refusals.append(&mut of_stream.refusals);
        met.made.append(&mut of_stream.made);
        met.repeated.append(&mut of_stream.repeated);
        met.groups.append(&mut of_stream.groups);
    }
    let every_refusal: BTreeSet<Refusal> = Refusal::ALL
        .into_iter()
        .filter(|refusal| *refusal != Refusal::LinkedTransferFailed)
        .collect();
    let every_kind = BTreeSet::from([
        Kind::Post as u8,
        Kind::Hold as u8,
        Kind::Capture as u8,
        Kind::FinalCapture as u8,
        Kind::Release as u8,
        Kind::Expire as u8,
    ]);
    assert_eq!(met.refusals, every_refusal);
    assert_eq!(met.made, every_kind);
    assert_eq!(met.repeated, every_kind);
    assert_eq!(met.groups, BTreeSet::from([false, true]));
}
