//! The truth table of the refusals: each rule, and each pair of rules that can meet in one request.
//!
//! A row names every rule that its request breaks; the answer must be the first. That it breaks
//! those and no others is checked against the model, so that no row can be right by accident.

use std::collections::BTreeSet;

use crate::seen::Seen;
use ledger::{
    AccountId, AccountTerms, Flags, Posting,
    Refusal::{self, *},
    Request, TransferId,
};
use ledger_model::Journal;
use ledger_model::{Ask, Model};
use money::Currency;

const USD: Currency = Currency::USD;
const EUR: Currency = Currency::EUR;

/// The house: no limits, whatever it owes.
const CASH: AccountId = AccountId(1);
/// Two accounts whose sums are five below the most that there can be; nothing is on them.
const DEEP: AccountId = AccountId(2);
const VAULT: AccountId = AccountId(3);
/// A wallet with 1,000 on it.
const ALICE: AccountId = AccountId(4);
/// A wallet with nothing on it.
const POOR: AccountId = AccountId(5);
/// Two accounts without limits, with nothing on them.
const SHOP: AccountId = AccountId(6);
const SPARE: AccountId = AccountId(7);
/// An account that may not be credited more than it was debited, which is nothing.
const ASSET: AccountId = AccountId(8);
/// An account of another organisation.
const STRANGER: AccountId = AccountId(9);
/// Accounts that nobody opened.
const NOBODY: AccountId = AccountId(98);
const NOBODY_ELSE: AccountId = AccountId(99);

const NEAR_THE_END: i64 = i64::MAX - 5;

/// The hold that rows about holds are about: 100 from ALICE for SHOP.
const HELD: TransferId = TransferId(1_000);
/// The id under which a row asks.
const NEW: TransferId = TransferId(2_000);

const START: i64 = 1_000;
const DEADLINE: i64 = 2_000;

const FREE: AccountTerms = AccountTerms {
    flags: Flags(0),
    overdraft_limit: 0,
    max_balance: None,
};

const fn flagged(flags: Flags) -> AccountTerms {
    AccountTerms { flags, ..FREE }
}

const fn posting(
    id: TransferId,
    amount: i64,
    currency: Currency,
    debit: AccountId,
    credit: AccountId,
) -> Posting {
    Posting {
        id,
        org: 1,
        debit,
        credit,
        amount,
        currency,
        code: 7,
    }
}

/// What happens before a row asks.
#[derive(Debug, Clone, Copy)]
enum Step {
    Do(Ask),
    /// A new batch at this time.
    At(i64),
}

const fn before(id: u128, request: Request) -> Step {
    Step::Do(Ask::Transfer(match request {
        Request::Post(posting) => Request::Post(Posting {
            id: TransferId(id),
            ..posting
        }),
        other => other,
    }))
}

const fn moved(id: u128, amount: i64, debit: AccountId, credit: AccountId) -> Step {
    before(id, Request::Post(posting(NEW, amount, USD, debit, credit)))
}

const fn terms(id: AccountId, terms: AccountTerms) -> Step {
    Step::Do(Ask::Terms(id, terms))
}

const fn freeze(id: AccountId) -> Step {
    terms(id, flagged(Flags::FROZEN_DEBIT.with(Flags::FROZEN_CREDIT)))
}

const fn close(id: AccountId) -> Step {
    terms(id, flagged(Flags::CLOSED))
}

/// No more than 50 may be on it.
const fn cap(id: AccountId) -> Step {
    terms(
        id,
        AccountTerms {
            max_balance: Some(50),
            ..FREE
        },
    )
}

const fn lend(id: AccountId, overdraft_limit: i64) -> Step {
    terms(
        id,
        AccountTerms {
            flags: Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
            overdraft_limit,
            max_balance: None,
        },
    )
}

const fn held(expires_at: Option<i64>) -> Step {
    Step::Do(Ask::Transfer(Request::Hold {
        posting: posting(HELD, 100, USD, ALICE, SHOP),
        expires_at,
    }))
}

const fn reserved(debit: AccountId, credit: AccountId) -> Step {
    Step::Do(Ask::Transfer(Request::Hold {
        posting: posting(TransferId(1), 3, USD, debit, credit),
        expires_at: None,
    }))
}

/// The id under which the row asks has already moved money.
const USED: Step = moved(2_000, 1, CASH, SPARE);
const HOLD: Step = held(None);
/// Three of the five that the sums of VAULT and DEEP have left are reserved.
const DEBITS_RESERVED: Step = reserved(VAULT, SHOP);
const CREDITS_RESERVED: Step = reserved(ALICE, DEEP);
const HOLD_UNTIL: Step = held(Some(DEADLINE));
const DUE: Step = Step::At(DEADLINE);
const CAPTURED: Step = Step::Do(Ask::Transfer(Request::Capture {
    id: TransferId(1_001),
    org: 1,
    hold: HELD,
    amount: None,
    is_final: false,
    code: 7,
}));
const RELEASED: Step = Step::Do(Ask::Transfer(Request::Release {
    id: TransferId(1_002),
    org: 1,
    hold: HELD,
}));
const EXPIRED: Step = Step::Do(Ask::Transfer(Request::Expire {
    id: TransferId(1_003),
    org: 1,
    hold: HELD,
}));

const fn pay(amount: i64, currency: Currency, debit: AccountId, credit: AccountId) -> Ask {
    Ask::Transfer(Request::Post(posting(NEW, amount, currency, debit, credit)))
}

const fn capture(amount: Option<i64>) -> Ask {
    Ask::Transfer(Request::Capture {
        id: NEW,
        org: 1,
        hold: HELD,
        amount,
        is_final: false,
        code: 7,
    })
}

/// Whatever is left.
const ALL_OF_IT: Ask = capture(None);

const RELEASE: Ask = Ask::Transfer(Request::Release {
    id: NEW,
    org: 1,
    hold: HELD,
});

const EXPIRE: Ask = Ask::Transfer(Request::Expire {
    id: NEW,
    org: 1,
    hold: HELD,
});

/// What is broken, what happened before, what is asked.
type Row = (&'static [Refusal], &'static [Step], Ask);

/// One row per rule, in the order of the rules. Each breaks that rule alone.
#[rustfmt::skip] // a row is a line
const RULES: &[Row] = &[
    (&[IdExistsWithDifferentFields], &[USED], pay(100, USD, ALICE, SHOP)),
    (&[AccountsMustDiffer], &[], pay(100, USD, ALICE, ALICE)),
    (&[AmountMustBePositive], &[], pay(0, USD, ALICE, SHOP)),
    (&[AmountOverflow], &[], pay(6, USD, VAULT, DEEP)),
    (&[CurrencyMismatch], &[], pay(100, EUR, ALICE, SHOP)),
    (&[DebitAccountNotFound], &[], pay(100, USD, NOBODY, SHOP)),
    (&[CreditAccountNotFound], &[], pay(100, USD, ALICE, NOBODY)),
    (&[AccountFrozen], &[freeze(ALICE)], pay(100, USD, ALICE, SHOP)),
    (&[AccountClosed], &[close(SHOP)], pay(100, USD, ALICE, SHOP)),
    (&[InsufficientFunds], &[], pay(1_001, USD, ALICE, SHOP)),
    (&[MaxBalanceExceeded], &[cap(SHOP)], pay(51, USD, ALICE, SHOP)),
    (&[HoldNotFound], &[], ALL_OF_IT),
    (&[HoldAlreadyCaptured], &[HOLD, CAPTURED], ALL_OF_IT),
    (&[HoldAlreadyReleased], &[HOLD, RELEASED], ALL_OF_IT),
    (&[HoldExpired], &[HOLD_UNTIL, DUE], ALL_OF_IT),
    (&[HoldNotExpired], &[HOLD], EXPIRE),
    (&[ExceedsHold], &[HOLD], capture(Some(101))),
    (&[AccountNotEmpty], &[], Ask::Terms(ALICE, flagged(Flags::CLOSED))),
    (&[AccountExistsWithDifferentFields], &[], OPEN_ALICE_IN_EUR),
];

const OPEN_ALICE_IN_EUR: Ask = Ask::Open {
    id: ALICE,
    org: 1,
    currency: EUR,
    code: 0,
    terms: flagged(Flags::DEBITS_MUST_NOT_EXCEED_CREDITS),
};

/// The same rules where another kind of request breaks them.
#[rustfmt::skip]
const ELSEWHERE: &[Row] = &[
    (&[AmountMustBePositive], &[], pay(-1, USD, ALICE, SHOP)),
    (&[AmountMustBePositive], &[], pay(i64::MIN, USD, ALICE, SHOP)),
    (&[AmountOverflow], &[], pay(6, USD, VAULT, SHOP)),
    (&[AmountOverflow], &[], pay(6, USD, ALICE, DEEP)),
    (&[AmountOverflow], &[], pay(i64::MAX, USD, VAULT, SHOP)),
    (&[AmountOverflow], &[DEBITS_RESERVED], pay(3, USD, VAULT, SHOP)),
    (&[AmountOverflow], &[CREDITS_RESERVED], pay(3, USD, ALICE, DEEP)),
    (&[DebitAccountNotFound], &[], pay(100, USD, STRANGER, SHOP)),
    (&[CreditAccountNotFound], &[], pay(100, USD, ALICE, STRANGER)),
    (&[AccountFrozen], &[freeze(SHOP)], pay(100, USD, ALICE, SHOP)),
    (&[AccountClosed], &[close(SPARE)], pay(100, USD, SPARE, SHOP)),
    (&[InsufficientFunds], &[], pay(1, USD, ALICE, ASSET)),
    (&[InsufficientFunds], &[HOLD], pay(901, USD, ALICE, SHOP)),
    (&[MaxBalanceExceeded], &[HOLD, cap(SHOP)], pay(1, USD, ALICE, SHOP)),
    (&[IdExistsWithDifferentFields], &[USED, HOLD], ALL_OF_IT),
    (&[AmountMustBePositive], &[HOLD], capture(Some(0))),
    (&[HoldExpired], &[HOLD_UNTIL, DUE, EXPIRED], ALL_OF_IT),
    (&[IdExistsWithDifferentFields], &[USED, HOLD], RELEASE),
    (&[HoldNotFound], &[], RELEASE),
    (&[HoldAlreadyCaptured], &[HOLD, CAPTURED], RELEASE),
    (&[HoldAlreadyReleased], &[HOLD, RELEASED], RELEASE),
    (&[HoldExpired], &[HOLD_UNTIL, DUE, EXPIRED], RELEASE),
    (&[IdExistsWithDifferentFields], &[USED, HOLD_UNTIL, DUE], EXPIRE),
    (&[HoldNotFound], &[], EXPIRE),
    (&[HoldAlreadyCaptured], &[HOLD_UNTIL, CAPTURED, DUE], EXPIRE),
    (&[HoldAlreadyReleased], &[HOLD_UNTIL, RELEASED, DUE], EXPIRE),
    (&[HoldExpired], &[HOLD_UNTIL, DUE, EXPIRED], EXPIRE),
    (&[HoldNotExpired], &[HOLD_UNTIL, Step::At(DEADLINE - 1)], EXPIRE),
    (&[DebitAccountNotFound], &[], Ask::Terms(NOBODY, FREE)),
    (&[AccountClosed], &[close(SHOP)], Ask::Terms(SHOP, FREE)),
    (&[AccountNotEmpty], &[HOLD], Ask::Terms(SHOP, flagged(Flags::CLOSED))),
];

/// Postings that break several rules.
#[rustfmt::skip]
const POSTINGS: &[Row] = &[
    (&[IdExistsWithDifferentFields, AccountsMustDiffer], &[USED], pay(100, USD, ALICE, ALICE)),
    (&[IdExistsWithDifferentFields, AmountMustBePositive], &[USED], pay(0, USD, ALICE, SHOP)),
    (&[IdExistsWithDifferentFields, AmountOverflow], &[USED], pay(6, USD, VAULT, DEEP)),
    (&[IdExistsWithDifferentFields, CurrencyMismatch], &[USED], pay(100, EUR, ALICE, SHOP)),
    (&[IdExistsWithDifferentFields, DebitAccountNotFound], &[USED], pay(100, USD, NOBODY, SHOP)),
    (&[IdExistsWithDifferentFields, CreditAccountNotFound], &[USED], pay(100, USD, ALICE, NOBODY)),
    (&[IdExistsWithDifferentFields, AccountFrozen], &[USED, freeze(ALICE)], pay(100, USD, ALICE, SHOP)),
    (&[IdExistsWithDifferentFields, AccountClosed], &[USED, close(SHOP)], pay(100, USD, ALICE, SHOP)),
    (&[IdExistsWithDifferentFields, InsufficientFunds], &[USED], pay(1_001, USD, ALICE, SHOP)),
    (&[IdExistsWithDifferentFields, MaxBalanceExceeded], &[USED, cap(SHOP)], pay(51, USD, ALICE, SHOP)),
    (&[AccountsMustDiffer, AmountMustBePositive], &[], pay(0, USD, ALICE, ALICE)),
    (&[AccountsMustDiffer, AmountOverflow], &[], pay(6, USD, VAULT, VAULT)),
    (&[AccountsMustDiffer, CurrencyMismatch], &[], pay(100, EUR, ALICE, ALICE)),
    (&[AccountsMustDiffer, DebitAccountNotFound, CreditAccountNotFound], &[], pay(100, USD, NOBODY, NOBODY)),
    (&[AccountsMustDiffer, AccountFrozen], &[freeze(SHOP)], pay(100, USD, SHOP, SHOP)),
    (&[AccountsMustDiffer, AccountClosed], &[close(SHOP)], pay(100, USD, SHOP, SHOP)),
    (&[AccountsMustDiffer, InsufficientFunds], &[], pay(1, USD, POOR, POOR)),
    (&[AccountsMustDiffer, MaxBalanceExceeded], &[cap(SHOP)], pay(51, USD, SHOP, SHOP)),
    (&[AmountMustBePositive, CurrencyMismatch], &[], pay(0, EUR, ALICE, SHOP)),
    (&[AmountMustBePositive, DebitAccountNotFound], &[], pay(0, USD, NOBODY, SHOP)),
    (&[AmountMustBePositive, CreditAccountNotFound], &[], pay(0, USD, ALICE, NOBODY)),
    (&[AmountMustBePositive, AccountFrozen], &[freeze(ALICE)], pay(0, USD, ALICE, SHOP)),
    (&[AmountMustBePositive, AccountClosed], &[close(SHOP)], pay(0, USD, ALICE, SHOP)),
    (&[AmountMustBePositive, InsufficientFunds], &[lend(POOR, 9), moved(1, 9, POOR, SPARE), lend(POOR, 0)], pay(0, USD, POOR, SHOP)),
    (&[AmountMustBePositive, MaxBalanceExceeded], &[moved(1, 51, ALICE, SHOP), cap(SHOP)], pay(0, USD, ALICE, SHOP)),
    (&[AmountOverflow, CurrencyMismatch], &[], pay(6, EUR, VAULT, DEEP)),
    (&[AmountOverflow, DebitAccountNotFound], &[], pay(6, USD, NOBODY, DEEP)),
    (&[AmountOverflow, CreditAccountNotFound], &[], pay(6, USD, VAULT, NOBODY)),
    (&[AmountOverflow, AccountFrozen], &[freeze(VAULT)], pay(6, USD, VAULT, DEEP)),
    (&[AmountOverflow, AccountClosed], &[close(DEEP)], pay(6, USD, VAULT, DEEP)),
    (&[AmountOverflow, InsufficientFunds], &[], pay(1_001, USD, ALICE, DEEP)),
    (&[AmountOverflow, MaxBalanceExceeded], &[cap(DEEP)], pay(51, USD, ALICE, DEEP)),
    (&[CurrencyMismatch, DebitAccountNotFound], &[], pay(100, EUR, NOBODY, SHOP)),
    (&[CurrencyMismatch, CreditAccountNotFound], &[], pay(100, EUR, ALICE, NOBODY)),
    (&[CurrencyMismatch, AccountFrozen], &[freeze(ALICE)], pay(100, EUR, ALICE, SHOP)),
    (&[CurrencyMismatch, AccountClosed], &[close(SHOP)], pay(100, EUR, ALICE, SHOP)),
    (&[CurrencyMismatch, InsufficientFunds], &[], pay(1_001, EUR, ALICE, SHOP)),
    (&[CurrencyMismatch, MaxBalanceExceeded], &[cap(SHOP)], pay(51, EUR, ALICE, SHOP)),
    (&[DebitAccountNotFound, CreditAccountNotFound], &[], pay(100, USD, NOBODY, NOBODY_ELSE)),
    (&[DebitAccountNotFound, AccountFrozen], &[freeze(SHOP)], pay(100, USD, NOBODY, SHOP)),
    (&[DebitAccountNotFound, AccountClosed], &[close(SHOP)], pay(100, USD, NOBODY, SHOP)),
    (&[DebitAccountNotFound, InsufficientFunds], &[], pay(100, USD, NOBODY, ASSET)),
    (&[DebitAccountNotFound, MaxBalanceExceeded], &[cap(SHOP)], pay(51, USD, NOBODY, SHOP)),
    (&[CreditAccountNotFound, AccountFrozen], &[freeze(ALICE)], pay(100, USD, ALICE, NOBODY)),
    (&[CreditAccountNotFound, AccountClosed], &[close(SHOP)], pay(100, USD, SHOP, NOBODY)),
    (&[CreditAccountNotFound, InsufficientFunds], &[], pay(1_001, USD, ALICE, NOBODY)),
    (&[AccountFrozen, AccountClosed], &[freeze(ALICE), close(SHOP)], pay(100, USD, ALICE, SHOP)),
    (&[AccountFrozen, InsufficientFunds], &[freeze(SHOP)], pay(1_001, USD, ALICE, SHOP)),
    (&[AccountFrozen, MaxBalanceExceeded], &[freeze(ALICE), cap(SHOP)], pay(51, USD, ALICE, SHOP)),
    (&[AccountClosed, InsufficientFunds], &[close(SHOP)], pay(1_001, USD, ALICE, SHOP)),
    (&[AccountClosed, MaxBalanceExceeded], &[close(SPARE), cap(SHOP)], pay(51, USD, SPARE, SHOP)),
    (&[InsufficientFunds, MaxBalanceExceeded], &[cap(SHOP)], pay(1_001, USD, ALICE, SHOP)),
];

/// Captures, releases and expiries that break several rules.
#[rustfmt::skip]
const HOLDS: &[Row] = &[
    (&[IdExistsWithDifferentFields, AmountMustBePositive], &[USED, HOLD], capture(Some(0))),
    (&[IdExistsWithDifferentFields, HoldAlreadyReleased], &[USED, HOLD, RELEASED], ALL_OF_IT),
    (&[IdExistsWithDifferentFields, HoldNotFound], &[USED], ALL_OF_IT),
    (&[IdExistsWithDifferentFields, HoldAlreadyCaptured], &[USED, HOLD, CAPTURED], ALL_OF_IT),
    (&[IdExistsWithDifferentFields, HoldExpired], &[USED, HOLD_UNTIL, DUE], ALL_OF_IT),
    (&[IdExistsWithDifferentFields, ExceedsHold], &[USED, HOLD], capture(Some(101))),
    (&[AmountMustBePositive, HoldAlreadyReleased], &[HOLD, RELEASED], capture(Some(0))),
    (&[AmountMustBePositive, HoldNotFound], &[], capture(Some(0))),
    (&[AmountMustBePositive, HoldAlreadyCaptured], &[HOLD, CAPTURED], capture(Some(0))),
    (&[AmountMustBePositive, HoldExpired], &[HOLD_UNTIL, DUE], capture(Some(-1))),
    (&[HoldAlreadyCaptured, HoldExpired], &[HOLD_UNTIL, CAPTURED, DUE], ALL_OF_IT),
    (&[HoldAlreadyCaptured, ExceedsHold], &[HOLD, CAPTURED], capture(Some(1))),
    (&[HoldAlreadyReleased, HoldExpired], &[HOLD_UNTIL, RELEASED, DUE], ALL_OF_IT),
    (&[HoldAlreadyReleased, ExceedsHold], &[HOLD, RELEASED], capture(Some(1))),
    (&[HoldExpired, ExceedsHold], &[HOLD_UNTIL, DUE], capture(Some(101))),
    (&[IdExistsWithDifferentFields, HoldNotFound], &[USED], RELEASE),
    (&[IdExistsWithDifferentFields, HoldAlreadyCaptured], &[USED, HOLD, CAPTURED], RELEASE),
    (&[IdExistsWithDifferentFields, HoldAlreadyReleased], &[USED, HOLD, RELEASED], RELEASE),
    (&[IdExistsWithDifferentFields, HoldExpired], &[USED, HOLD_UNTIL, DUE, EXPIRED], RELEASE),
    (&[IdExistsWithDifferentFields, HoldNotFound], &[USED], EXPIRE),
    (&[IdExistsWithDifferentFields, HoldAlreadyCaptured], &[USED, HOLD_UNTIL, CAPTURED, DUE], EXPIRE),
    (&[IdExistsWithDifferentFields, HoldAlreadyReleased], &[USED, HOLD_UNTIL, RELEASED, DUE], EXPIRE),
    (&[IdExistsWithDifferentFields, HoldExpired], &[USED, HOLD_UNTIL, DUE, EXPIRED], EXPIRE),
    (&[IdExistsWithDifferentFields, HoldNotExpired], &[USED, HOLD], EXPIRE),
    (&[HoldAlreadyCaptured, HoldNotExpired], &[HOLD, CAPTURED], EXPIRE),
    (&[HoldAlreadyReleased, HoldNotExpired], &[HOLD, RELEASED], EXPIRE),
];

/// The kinds of request that differ in what can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Posting,
    Capture,
    Release,
    Expire,
    Terms,
    Open,
}

/// What each kind of request can be refused for.
const REACHABLE: &[(Family, &[Refusal])] = &[
    (
        Family::Posting,
        &[
            IdExistsWithDifferentFields,
            AccountsMustDiffer,
            AmountMustBePositive,
            AmountOverflow,
            CurrencyMismatch,
            DebitAccountNotFound,
            CreditAccountNotFound,
            AccountFrozen,
            AccountClosed,
            InsufficientFunds,
            MaxBalanceExceeded,
        ],
    ),
    (
        Family::Capture,
        &[
            IdExistsWithDifferentFields,
            AmountMustBePositive,
            HoldNotFound,
            HoldAlreadyCaptured,
            HoldAlreadyReleased,
            HoldExpired,
            ExceedsHold,
        ],
    ),
    (
        Family::Release,
        &[
            IdExistsWithDifferentFields,
            HoldNotFound,
            HoldAlreadyCaptured,
            HoldAlreadyReleased,
            HoldExpired,
        ],
    ),
    (
        Family::Expire,
        &[
            IdExistsWithDifferentFields,
            HoldNotFound,
            HoldAlreadyCaptured,
            HoldAlreadyReleased,
            HoldExpired,
            HoldNotExpired,
        ],
    ),
    (
        Family::Terms,
        &[DebitAccountNotFound, AccountClosed, AccountNotEmpty],
    ),
    (Family::Open, &[AccountExistsWithDifferentFields]),
];

/// Pairs that no request can break at once, and why: the first and each of the others.
const NEVER_MEET: &[(Family, Refusal, &[Refusal], &str)] = &[
    (
        Family::Posting,
        AmountMustBePositive,
        &[AmountOverflow],
        "what is not above zero makes no sum larger",
    ),
    (
        Family::Posting,
        CreditAccountNotFound,
        &[MaxBalanceExceeded],
        "the highest balance is that of the account to credit",
    ),
    (
        Family::Capture,
        AmountMustBePositive,
        &[ExceedsHold],
        "what is not above zero exceeds nothing",
    ),
    (
        Family::Capture,
        HoldNotFound,
        &[
            HoldAlreadyCaptured,
            HoldAlreadyReleased,
            HoldExpired,
            ExceedsHold,
        ],
        "what is not there has no state",
    ),
    (
        Family::Capture,
        HoldAlreadyCaptured,
        &[HoldAlreadyReleased],
        "a hold ends once",
    ),
    (
        Family::Release,
        HoldNotFound,
        &[HoldAlreadyCaptured, HoldAlreadyReleased, HoldExpired],
        "what is not there has no state",
    ),
    (
        Family::Release,
        HoldAlreadyCaptured,
        &[HoldAlreadyReleased, HoldExpired],
        "a hold ends once, and a deadline that has passed does not keep it from being released",
    ),
    (
        Family::Release,
        HoldAlreadyReleased,
        &[HoldExpired],
        "a hold ends once, and a deadline that has passed does not keep it from being released",
    ),
    (
        Family::Expire,
        HoldNotFound,
        &[
            HoldAlreadyCaptured,
            HoldAlreadyReleased,
            HoldExpired,
            HoldNotExpired,
        ],
        "what is not there has no state",
    ),
    (
        Family::Expire,
        HoldAlreadyCaptured,
        &[HoldAlreadyReleased, HoldExpired],
        "a hold ends once",
    ),
    (
        Family::Expire,
        HoldAlreadyReleased,
        &[HoldExpired],
        "a hold ends once",
    ),
    (
        Family::Expire,
        HoldExpired,
        &[HoldNotExpired],
        "what has expired was past its deadline, and time does not go back",
    ),
    (
        Family::Terms,
        DebitAccountNotFound,
        &[AccountClosed, AccountNotEmpty],
        "what is not there has no state",
    ),
    (
        Family::Terms,
        AccountClosed,
        &[AccountNotEmpty],
        "only an empty account is closed, and nothing comes onto it after that",
    ),
];

fn family(ask: &Ask) -> Family {
    match ask {
        Ask::Transfer(Request::Post(_) | Request::Hold { .. }) => Family::Posting,
        Ask::Transfer(Request::Capture { .. }) => Family::Capture,
        Ask::Transfer(Request::Release { .. }) => Family::Release,
        Ask::Transfer(Request::Expire { .. }) => Family::Expire,
        Ask::Terms(..) => Family::Terms,
        Ask::Open { .. } => Family::Open,
    }
}

fn table() -> impl Iterator<Item = &'static Row> {
    [RULES, ELSEWHERE, POSTINGS, HOLDS].into_iter().flatten()
}

/// The book and the model after the accounts were opened and `steps` were taken.
fn world(steps: &[Step]) -> (Journal, Model) {
    let limited = flagged(Flags::DEBITS_MUST_NOT_EXCEED_CREDITS);
    let open = |id, org, terms| {
        Step::Do(Ask::Open {
            id,
            org,
            currency: USD,
            code: 0,
            terms,
        })
    };
    let opening = [
        open(CASH, 1, flagged(Flags::SYSTEM)),
        open(DEEP, 1, FREE),
        open(VAULT, 1, FREE),
        open(ALICE, 1, limited),
        open(POOR, 1, limited),
        open(SHOP, 1, FREE),
        open(SPARE, 1, FREE),
        open(ASSET, 1, flagged(Flags::CREDITS_MUST_NOT_EXCEED_DEBITS)),
        open(STRANGER, 2, FREE),
        moved(500, NEAR_THE_END, DEEP, VAULT),
        moved(501, NEAR_THE_END, VAULT, DEEP),
        moved(502, 1_000, CASH, ALICE),
    ];
    let mut journal = Journal::at(START);
    let mut model = Model::default();
    model.begin(START);
    for step in opening.iter().chain(steps) {
        match step {
            Step::Do(ask) => {
                let granted = ask.of(&mut journal.book);
                assert!(granted.is_ok(), "{granted:?} to {ask:?} in a set-up");
                assert_eq!(granted, model.take(ask), "{ask:?}");
            }
            Step::At(time) => {
                journal.next_batch(*time);
                model.begin(*time);
            }
        }
    }
    (journal, model)
}

fn seen(journal: &Journal) -> Seen {
    Seen::of(&journal.book, (1..=100).map(AccountId), [HELD, NEW])
}

#[test]
fn the_first_refusal_that_applies_is_the_answer() {
    for (breaks, given, ask) in table() {
        let (mut journal, _) = world(given);
        assert_eq!(
            ask.of(&mut journal.book),
            Err(breaks[0]),
            "{ask:?} after {given:?}"
        );
    }
}

#[test]
fn each_row_breaks_exactly_the_rules_that_it_names() {
    for (breaks, given, ask) in table() {
        let (_, model) = world(given);
        let named: BTreeSet<Refusal> = breaks.iter().copied().collect();
        assert_eq!(model.reasons(ask), named, "{ask:?} after {given:?}");
        assert!(
            breaks.is_sorted() && named.len() == breaks.len(),
            "{breaks:?} is not in the order of the checks"
        );
    }
}

#[test]
fn a_hold_is_refused_for_the_same_reason_as_a_post() {
    for (breaks, given, ask) in table() {
        let Ask::Transfer(Request::Post(posting)) = ask else {
            continue;
        };
        let hold = Request::Hold {
            posting: *posting,
            expires_at: Some(DEADLINE),
        };
        let (mut journal, _) = world(given);
        assert_eq!(
            journal.book.apply(&hold),
            Err(breaks[0]),
            "{hold:?} after {given:?}"
        );
    }
}

#[test]
fn a_refused_request_leaves_the_book_as_it_was() {
    for (_, given, ask) in table() {
        let (mut journal, model) = world(given);
        let before = seen(&journal);
        assert!(ask.of(&mut journal.book).is_err());
        assert_eq!(seen(&journal), before, "{ask:?} after {given:?}");
        assert_eq!(journal.verify(), Ok(()), "{ask:?} after {given:?}");
        assert_eq!(journal.book.hold(HELD).copied(), model.hold(HELD));
        for id in (1..=9).map(AccountId) {
            assert_eq!(journal.book.account(id).copied(), model.account(id));
        }
    }
}

#[test]
fn every_pair_of_refusals_that_can_meet_has_a_row() {
    for (of, refusals) in REACHABLE {
        for (at, first) in refusals.iter().enumerate() {
            for second in &refusals[at + 1..] {
                let never = NEVER_MEET.iter().find(|(family, one, others, _)| {
                    family == of && one == first && others.contains(second)
                });
                let meets = table().any(|(breaks, _, ask)| {
                    family(ask) == *of && breaks.contains(first) && breaks.contains(second)
                });
                let proved = table().any(|(breaks, _, ask)| {
                    family(ask) == *of && breaks[0] == *first && breaks.contains(second)
                });
                match never {
                    None => assert!(proved, "{of:?}: {first:?} before {second:?} has no row"),
                    Some((.., why)) => {
                        assert!(!meets, "{of:?}: {first:?} meets {second:?}, though {why}");
                    }
                }
            }
        }
    }
}

#[test]
fn each_kind_of_request_has_a_row_for_each_of_its_refusals_and_no_others() {
    for (of, refusals) in REACHABLE {
        let answered: BTreeSet<Refusal> = table()
            .filter(|(_, _, ask)| family(ask) == *of)
            .map(|(breaks, ..)| breaks[0])
            .collect();
        let with_own_row: BTreeSet<Refusal> = table()
            .filter(|(breaks, _, ask)| family(ask) == *of && breaks.len() == 1)
            .map(|(breaks, ..)| breaks[0])
            .collect();
        let reachable: BTreeSet<Refusal> = refusals.iter().copied().collect();
        assert_eq!(answered, reachable, "{of:?}");
        assert_eq!(with_own_row, reachable, "{of:?}");
    }
}

#[test]
fn every_refusal_has_a_row_of_its_own_in_the_order_of_the_checks() {
    // The book answers for one request at a time; anyone who sends a chain says so to the members
    // beside the refused one.
    let of_the_book = Refusal::ALL
        .into_iter()
        .filter(|refusal| *refusal != LinkedTransferFailed);
    let rows = RULES.iter().map(|(breaks, ..)| {
        assert_eq!(breaks.len(), 1, "{breaks:?}");
        breaks[0]
    });
    assert!(rows.eq(of_the_book));
}

#[test]
fn the_order_of_all_is_the_order_of_the_variants() {
    for (place, refusal) in Refusal::ALL.into_iter().enumerate() {
        assert_eq!(refusal as usize, place, "{refusal:?}");
    }
}

#[test]
fn codes_are_unique_and_snake_case() {
    let codes: BTreeSet<&str> = Refusal::ALL.into_iter().map(Refusal::code).collect();
    assert_eq!(codes.len(), Refusal::ALL.len());
    for code in codes {
        let words = code.split('_');
        assert!(
            words.clone().count() > 1
                && words
                    .clone()
                    .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase())),
            "{code}"
        );
    }
}

#[test]
fn a_code_is_the_name_of_its_variant() {
    for refusal in Refusal::ALL {
        let name: String = refusal
            .code()
            .split('_')
            .map(|word| word[..1].to_uppercase() + &word[1..])
            .collect();
        assert_eq!(format!("{refusal:?}"), name);
    }
}

#[test]
fn messages_are_unique_and_say_something() {
    let messages: BTreeSet<String> = Refusal::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(messages.len(), Refusal::ALL.len());
    assert!(messages.iter().all(|message| message.contains(' ')));
}
