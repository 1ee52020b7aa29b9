//! What a book does, one behaviour at a time: holds, limits, freezing and closing, repeats, groups,
//! and its cache.

use crate::seen::Seen;
use ledger::{
    Account, AccountId, AccountNo, AccountTerms, Applied, Book, Flags, Head, HoldState, Kind,
    Posting, Refusal, Request, Transfer, TransferId,
};
use ledger_model::Journal;
use money::Currency;

const CASH: AccountId = AccountId(1);
const ALICE: AccountId = AccountId(2);
const SHOP: AccountId = AccountId(3);
/// A wallet of another organisation, and the cash that it came from.
const FOREIGN_CASH: AccountId = AccountId(4);
const STRANGER: AccountId = AccountId(5);
/// An account that is opened in the course of a test.
const LATER: AccountId = AccountId(6);

const START: i64 = 1_000;
const DEADLINE: i64 = 2_000;

const FREE: AccountTerms = AccountTerms {
    flags: Flags(0),
    overdraft_limit: 0,
    max_balance: None,
};

const WALLET: AccountTerms = AccountTerms {
    flags: Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
    ..FREE
};

/// ALICE has 1,000, the STRANGER has 1,000; SHOP has nothing and no limits. All of it is durable.
fn journal() -> Journal {
    let mut journal = Journal::at(START);
    for (id, org, terms) in [
        (CASH, 1, FREE),
        (ALICE, 1, WALLET),
        (SHOP, 1, FREE),
        (FOREIGN_CASH, 2, FREE),
        (STRANGER, 2, WALLET),
    ] {
        assert!(journal.book.open(id, org, Currency::USD, 3, terms).is_ok());
    }
    made(&mut journal, post(901, CASH, ALICE, 1_000));
    made(
        &mut journal,
        Request::Post(Posting {
            org: 2,
            ..posting(902, FOREIGN_CASH, STRANGER, 1_000)
        }),
    );
    journal.next_batch(START);
    journal
}

fn posting(id: u128, debit: AccountId, credit: AccountId, amount: i64) -> Posting {
    Posting {
        id: TransferId(id),
        org: 1,
        debit,
        credit,
        amount,
        currency: Currency::USD,
        code: 7,
    }
}

fn post(id: u128, debit: AccountId, credit: AccountId, amount: i64) -> Request {
    Request::Post(posting(id, debit, credit, amount))
}

/// A hold on ALICE in favour of SHOP.
fn hold(id: u128, amount: i64) -> Request {
    Request::Hold {
        posting: posting(id, ALICE, SHOP, amount),
        expires_at: None,
    }
}

fn hold_until_deadline(id: u128, amount: i64) -> Request {
    Request::Hold {
        posting: posting(id, ALICE, SHOP, amount),
        expires_at: Some(DEADLINE),
    }
}

fn capture(id: u128, hold: u128, amount: impl Into<Option<i64>>) -> Request {
    Request::Capture {
        id: TransferId(id),
        org: 1,
        hold: TransferId(hold),
        amount: amount.into(),
        is_final: false,
        code: 7,
    }
}

fn final_capture(id: u128, hold: u128, amount: impl Into<Option<i64>>) -> Request {
    Request::Capture {
        id: TransferId(id),
        org: 1,
        hold: TransferId(hold),
        amount: amount.into(),
        is_final: true,
        code: 7,
    }
}

fn release(id: u128, hold: u128) -> Request {
    Request::Release {
        id: TransferId(id),
        org: 1,
        hold: TransferId(hold),
    }
}

fn expire(id: u128, hold: u128) -> Request {
    Request::Expire {
        id: TransferId(id),
        org: 1,
        hold: TransferId(hold),
    }
}

/// Applies what must be granted, as new.
fn made(journal: &mut Journal, request: Request) -> Transfer {
    match journal.book.apply(&request) {
        Ok(Applied::Made(row)) => row,
        other => panic!("{other:?} to {request:?}"),
    }
}

fn refused(journal: &mut Journal, request: Request) -> Refusal {
    match journal.book.apply(&request) {
        Err(refusal) => refusal,
        Ok(applied) => panic!("{applied:?} to {request:?}"),
    }
}

/// Posted debits, posted credits, pending debits, pending credits.
fn sums(journal: &Journal, id: AccountId) -> [i64; 4] {
    let Some(account) = journal.book.account(id) else {
        panic!("{id:?} is not open");
    };
    [
        account.debits_posted,
        account.credits_posted,
        account.debits_pending,
        account.credits_pending,
    ]
}

fn agree(journal: &mut Journal, id: AccountId, terms: AccountTerms) -> Result<(), Refusal> {
    journal.book.change_terms(id, terms).map(|_| ())
}

fn seen(journal: &Journal) -> Seen {
    Seen::of(
        &journal.book,
        (1..=20).map(AccountId),
        (1..=50).map(TransferId),
    )
}

// --- holds ---

#[test]
fn a_post_moves_money_at_once() {
    let mut journal = journal();
    let row = made(&mut journal, post(1, ALICE, SHOP, 300));
    assert_eq!(sums(&journal, ALICE), [300, 1_000, 0, 0]);
    assert_eq!(sums(&journal, SHOP), [0, 300, 0, 0]);
    assert_eq!((row.debit_balance, row.credit_balance), (700, 300));
    assert_eq!((row.kind, row.hold, row.expires_at), (Kind::Post, 0, 0));
}

#[test]
fn a_hold_reserves_and_moves_nothing() {
    let mut journal = journal();
    let row = made(&mut journal, hold_until_deadline(1, 300));
    assert_eq!(sums(&journal, ALICE), [0, 1_000, 300, 0]);
    assert_eq!(sums(&journal, SHOP), [0, 0, 0, 300]);
    assert_eq!((row.debit_balance, row.debit_held), (1_000, 300));
    assert_eq!((row.credit_balance, row.credit_held), (0, 0));
    assert_eq!((row.kind, row.expires_at), (Kind::Hold, DEADLINE));
    let alice = journal.book.account(ALICE).expect("open");
    assert_eq!(
        (alice.balance(), alice.held(), alice.available()),
        (1_000, 300, 700)
    );
}

#[test]
fn several_captures_take_parts_and_the_final_one_frees_the_rest() {
    let mut journal = journal();
    let held = made(&mut journal, hold(1, 300));
    let first = made(&mut journal, capture(2, 1, 50));
    let second = made(&mut journal, capture(3, 1, 70));
    assert_eq!(sums(&journal, ALICE), [120, 1_000, 180, 0]);
    assert_eq!(sums(&journal, SHOP), [0, 120, 0, 180]);
    let open = *journal.book.hold(TransferId(1)).expect("a hold");
    assert_eq!((open.captured, open.remaining), (120, 180));
    assert_eq!(open.state, HoldState::Open);

    let last = made(&mut journal, final_capture(4, 1, 30));
    assert_eq!(sums(&journal, ALICE), [150, 1_000, 0, 0]);
    assert_eq!(sums(&journal, SHOP), [0, 150, 0, 0]);
    let ended = *journal.book.hold(TransferId(1)).expect("a hold");
    assert_eq!((ended.captured, ended.remaining), (150, 0));
    assert_eq!(ended.state, HoldState::Captured);
    assert_eq!(
        [first.kind, second.kind, last.kind],
        [Kind::Capture, Kind::Capture, Kind::FinalCapture]
    );
    for row in [first, second, last] {
        assert_eq!(row.hold, held.seq);
    }
    assert_eq!(
        refused(&mut journal, capture(5, 1, 1)),
        Refusal::HoldAlreadyCaptured
    );
    assert_eq!(journal.verify(), Ok(()));
}

#[test]
fn a_capture_without_an_amount_takes_all_that_is_left() {
    let mut journal = journal();
    made(&mut journal, hold(1, 300));
    made(&mut journal, capture(2, 1, 100));
    let row = made(&mut journal, capture(3, 1, None));
    assert_eq!(row.amount, 200);
    assert_eq!(sums(&journal, ALICE), [300, 1_000, 0, 0]);
    let ended = journal.book.hold(TransferId(1)).expect("a hold");
    assert_eq!((ended.captured, ended.remaining), (300, 0));
    assert_eq!(ended.state, HoldState::Captured);
}

#[test]
fn captures_that_add_up_to_the_hold_end_it() {
    let mut journal = journal();
    made(&mut journal, hold(1, 300));
    made(&mut journal, capture(2, 1, 299));
    assert_eq!(
        refused(&mut journal, capture(3, 1, 2)),
        Refusal::ExceedsHold
    );
    made(&mut journal, capture(3, 1, 1));
    let ended = journal.book.hold(TransferId(1)).expect("a hold");
    assert_eq!(ended.state, HoldState::Captured);
    assert_eq!(
        refused(&mut journal, release(4, 1)),
        Refusal::HoldAlreadyCaptured
    );
}

#[test]
fn a_release_frees_what_captures_left_over() {
    let mut journal = journal();
    made(&mut journal, hold(1, 300));
    made(&mut journal, capture(2, 1, 100));
    let row = made(&mut journal, release(3, 1));
    assert_eq!((row.kind, row.amount, row.code), (Kind::Release, 200, 0));
    assert_eq!(sums(&journal, ALICE), [100, 1_000, 0, 0]);
    assert_eq!(sums(&journal, SHOP), [0, 100, 0, 0]);
    let ended = journal.book.hold(TransferId(1)).expect("a hold");
    assert_eq!((ended.captured, ended.remaining), (100, 0));
    assert_eq!(ended.state, HoldState::Released);
    assert_eq!(
        refused(&mut journal, release(4, 1)),
        Refusal::HoldAlreadyReleased
    );
    assert_eq!(journal.verify(), Ok(()));
}

#[test]
fn a_hold_expires_at_its_deadline_and_not_before() {
    let mut journal = journal();
    made(&mut journal, hold_until_deadline(1, 300));
    journal.next_batch(DEADLINE - 1);
    assert_eq!(refused(&mut journal, expire(2, 1)), Refusal::HoldNotExpired);
    journal.next_batch(DEADLINE);
    let row = made(&mut journal, expire(2, 1));
    assert_eq!((row.kind, row.amount), (Kind::Expire, 300));
    assert_eq!(sums(&journal, ALICE), [0, 1_000, 0, 0]);
    assert_eq!(
        journal.book.hold(TransferId(1)).map(|hold| hold.state),
        Some(HoldState::Expired)
    );
    assert_eq!(refused(&mut journal, expire(3, 1)), Refusal::HoldExpired);
    assert_eq!(journal.verify(), Ok(()));
}

#[test]
fn a_hold_without_a_deadline_never_expires() {
    let mut journal = journal();
    made(&mut journal, hold(1, 300));
    journal.next_batch(i64::MAX);
    assert_eq!(refused(&mut journal, expire(2, 1)), Refusal::HoldNotExpired);
    made(&mut journal, capture(3, 1, None));
}

#[test]
fn a_capture_before_the_deadline_is_granted_and_at_the_deadline_refused() {
    let mut journal = journal();
    made(&mut journal, hold_until_deadline(1, 300));
    journal.next_batch(DEADLINE - 1);
    made(&mut journal, capture(2, 1, 100));
    journal.next_batch(DEADLINE);
    assert_eq!(
        refused(&mut journal, capture(3, 1, 100)),
        Refusal::HoldExpired
    );
    assert_eq!(
        refused(&mut journal, final_capture(4, 1, None)),
        Refusal::HoldExpired
    );
}

#[test]
fn a_hold_that_is_past_its_deadline_can_still_be_released() {
    let mut journal = journal();
    made(&mut journal, hold_until_deadline(1, 300));
    journal.next_batch(DEADLINE + 1);
    made(&mut journal, release(2, 1));
    assert_eq!(
        refused(&mut journal, expire(3, 1)),
        Refusal::HoldAlreadyReleased
    );
}

#[test]
fn a_post_is_no_hold() {
    let mut journal = journal();
    made(&mut journal, post(1, ALICE, SHOP, 100));
    assert_eq!(
        refused(&mut journal, capture(2, 1, 50)),
        Refusal::HoldNotFound
    );
    assert_eq!(refused(&mut journal, release(3, 1)), Refusal::HoldNotFound);
}

// --- limits ---

#[test]
fn a_wallet_can_spend_to_zero_and_no_further() {
    let mut journal = journal();
    assert_eq!(
        refused(&mut journal, post(1, ALICE, SHOP, 1_001)),
        Refusal::InsufficientFunds
    );
    made(&mut journal, post(2, ALICE, SHOP, 1_000));
    assert_eq!(
        refused(&mut journal, post(3, ALICE, SHOP, 1)),
        Refusal::InsufficientFunds
    );
}

#[test]
fn what_is_held_cannot_be_spent_and_what_is_freed_can() {
    let mut journal = journal();
    made(&mut journal, hold(1, 600));
    assert_eq!(
        refused(&mut journal, post(2, ALICE, SHOP, 401)),
        Refusal::InsufficientFunds
    );
    assert_eq!(
        refused(&mut journal, hold(3, 401)),
        Refusal::InsufficientFunds
    );
    made(&mut journal, post(4, ALICE, SHOP, 400));
    made(&mut journal, release(5, 1));
    made(&mut journal, post(6, ALICE, SHOP, 600));
}

#[test]
fn what_is_coming_in_cannot_be_spent_before_it_is_captured() {
    let mut journal = journal();
    agree(&mut journal, SHOP, WALLET).expect("new terms");
    made(&mut journal, hold(1, 100));
    assert_eq!(
        refused(&mut journal, post(2, SHOP, CASH, 1)),
        Refusal::InsufficientFunds
    );
    made(&mut journal, capture(3, 1, None));
    made(&mut journal, post(4, SHOP, CASH, 100));
}

#[test]
fn the_overdraft_limit_is_the_most_below_zero_holds_included() {
    let mut journal = journal();
    let overdrawn = AccountTerms {
        overdraft_limit: 500,
        ..WALLET
    };
    agree(&mut journal, ALICE, overdrawn).expect("new terms");
    made(&mut journal, post(1, ALICE, SHOP, 1_200));
    made(&mut journal, hold(2, 200));
    assert_eq!(
        refused(&mut journal, hold(3, 101)),
        Refusal::InsufficientFunds
    );
    assert_eq!(
        refused(&mut journal, post(4, ALICE, SHOP, 101)),
        Refusal::InsufficientFunds
    );
    made(&mut journal, post(5, ALICE, SHOP, 100));
    let alice = journal.book.account(ALICE).expect("open");
    assert_eq!((alice.balance(), alice.available()), (-300, -500));
}

#[test]
fn an_account_without_a_limit_may_owe_without_an_overdraft() {
    let mut journal = journal();
    made(&mut journal, post(1, CASH, SHOP, i64::MAX / 4));
    assert_eq!(
        journal.book.account(CASH).map(Account::balance),
        Some(-1_000 - i64::MAX / 4)
    );
}

#[test]
fn an_asset_cannot_be_credited_beyond_its_debits_and_its_limit() {
    let mut journal = journal();
    let asset = AccountTerms {
        flags: Flags::CREDITS_MUST_NOT_EXCEED_DEBITS,
        overdraft_limit: 30,
        max_balance: None,
    };
    agree(&mut journal, SHOP, asset).expect("new terms");
    made(&mut journal, hold(1, 20));
    assert_eq!(
        refused(&mut journal, post(2, ALICE, SHOP, 11)),
        Refusal::InsufficientFunds
    );
    made(&mut journal, post(3, ALICE, SHOP, 10));
    made(&mut journal, post(4, SHOP, CASH, 5));
    made(&mut journal, post(5, ALICE, SHOP, 5));
    assert_eq!(
        refused(&mut journal, hold(6, 1)),
        Refusal::InsufficientFunds
    );
}

#[test]
fn the_highest_balance_includes_what_is_coming_in() {
    let mut journal = journal();
    let capped = AccountTerms {
        max_balance: Some(100),
        ..FREE
    };
    agree(&mut journal, SHOP, capped).expect("new terms");
    made(&mut journal, hold(1, 60));
    assert_eq!(
        refused(&mut journal, post(2, ALICE, SHOP, 41)),
        Refusal::MaxBalanceExceeded
    );
    assert_eq!(
        refused(&mut journal, hold(3, 41)),
        Refusal::MaxBalanceExceeded
    );
    made(&mut journal, post(4, ALICE, SHOP, 40));
    made(&mut journal, capture(5, 1, None));
    assert_eq!(journal.book.account(SHOP).map(Account::balance), Some(100));
}

#[test]
fn the_highest_balance_does_not_count_what_the_account_has_promised() {
    let mut journal = journal();
    let capped = AccountTerms {
        max_balance: Some(1_000),
        ..WALLET
    };
    agree(&mut journal, ALICE, capped).expect("new terms");
    made(&mut journal, hold(1, 400));
    assert_eq!(
        refused(&mut journal, post(2, CASH, ALICE, 1)),
        Refusal::MaxBalanceExceeded
    );
    made(&mut journal, capture(3, 1, None));
    made(&mut journal, post(4, CASH, ALICE, 400));
}

#[test]
fn a_limit_that_is_lowered_stops_what_is_new_and_not_what_is_reserved() {
    let mut journal = journal();
    made(&mut journal, hold(1, 900));
    let capped = AccountTerms {
        max_balance: Some(0),
        ..FREE
    };
    agree(&mut journal, SHOP, capped).expect("new terms");
    assert_eq!(
        refused(&mut journal, post(2, ALICE, SHOP, 1)),
        Refusal::MaxBalanceExceeded
    );
    made(&mut journal, capture(3, 1, None));
    assert_eq!(journal.verify(), Ok(()));
}

// --- freezing and closing ---

#[test]
fn a_frozen_side_takes_nothing_and_the_other_side_goes_on() {
    let mut journal = journal();
    let with = |flag| AccountTerms {
        flags: WALLET.flags.with(flag),
        ..WALLET
    };
    agree(&mut journal, ALICE, with(Flags::FROZEN_DEBIT)).expect("new terms");
    assert_eq!(
        refused(&mut journal, post(1, ALICE, SHOP, 1)),
        Refusal::AccountFrozen
    );
    assert_eq!(refused(&mut journal, hold(2, 1)), Refusal::AccountFrozen);
    made(&mut journal, post(3, CASH, ALICE, 1));

    agree(&mut journal, ALICE, with(Flags::FROZEN_CREDIT)).expect("new terms");
    assert_eq!(
        refused(&mut journal, post(4, CASH, ALICE, 1)),
        Refusal::AccountFrozen
    );
    made(&mut journal, post(5, ALICE, SHOP, 1));

    agree(&mut journal, ALICE, WALLET).expect("thawed");
    made(&mut journal, post(6, CASH, ALICE, 1));
}

#[test]
fn what_was_reserved_before_a_freeze_can_be_captured_and_freed() {
    let mut journal = journal();
    made(&mut journal, hold(1, 100));
    made(&mut journal, hold(2, 100));
    made(&mut journal, hold_until_deadline(3, 100));
    let frozen = Flags::FROZEN_DEBIT.with(Flags::FROZEN_CREDIT);
    for (id, terms) in [(ALICE, WALLET), (SHOP, FREE)] {
        let flags = terms.flags.with(frozen);
        agree(&mut journal, id, AccountTerms { flags, ..terms }).expect("new terms");
    }
    made(&mut journal, capture(4, 1, None));
    made(&mut journal, release(5, 2));
    journal.next_batch(DEADLINE);
    made(&mut journal, expire(6, 3));
    assert_eq!(sums(&journal, ALICE), [100, 1_000, 0, 0]);
    assert_eq!(journal.verify(), Ok(()));
}

#[test]
fn only_an_account_with_nothing_on_it_and_nothing_open_is_closed() {
    let closed = AccountTerms {
        flags: Flags::CLOSED,
        ..FREE
    };
    let mut journal = journal();
    assert_eq!(
        agree(&mut journal, ALICE, closed),
        Err(Refusal::AccountNotEmpty),
        "a balance above zero"
    );
    assert_eq!(
        agree(&mut journal, CASH, closed),
        Err(Refusal::AccountNotEmpty),
        "a balance below zero"
    );
    made(&mut journal, hold(1, 100));
    assert_eq!(
        agree(&mut journal, SHOP, closed),
        Err(Refusal::AccountNotEmpty),
        "something is coming in"
    );
    made(&mut journal, post(2, CASH, SHOP, 5));
    made(&mut journal, release(3, 1));
    made(
        &mut journal,
        Request::Hold {
            posting: posting(4, SHOP, CASH, 5),
            expires_at: None,
        },
    );
    made(&mut journal, post(5, SHOP, CASH, 5));
    assert_eq!(
        agree(&mut journal, SHOP, closed),
        Err(Refusal::AccountNotEmpty),
        "something is going out"
    );
    made(&mut journal, release(6, 4));
    agree(&mut journal, SHOP, closed).expect("settled");
}

#[test]
fn what_is_closed_stays_closed_and_takes_nothing() {
    let closed = AccountTerms {
        flags: Flags::CLOSED,
        ..FREE
    };
    let mut journal = journal();
    agree(&mut journal, SHOP, closed).expect("settled");
    let head = journal.book.head();
    for terms in [
        FREE,
        WALLET,
        AccountTerms {
            overdraft_limit: 1,
            ..closed
        },
        AccountTerms {
            max_balance: Some(1),
            ..closed
        },
    ] {
        assert_eq!(
            agree(&mut journal, SHOP, terms),
            Err(Refusal::AccountClosed)
        );
    }
    agree(&mut journal, SHOP, closed).expect("it is closed already");
    for request in [post(1, ALICE, SHOP, 1), post(1, SHOP, ALICE, 1), hold(1, 1)] {
        assert_eq!(refused(&mut journal, request), Refusal::AccountClosed);
    }
    assert_eq!(journal.book.head(), head);
}

#[test]
fn terms_that_are_agreed_already_are_no_change() {
    let mut journal = journal();
    let before = seen(&journal);
    assert_eq!(
        journal.book.change_terms(ALICE, WALLET),
        Ok(*journal.book.account(ALICE).expect("open"))
    );
    assert_eq!(seen(&journal), before);
}

#[test]
fn a_change_of_terms_is_a_record_of_the_journal() {
    let mut journal = journal();
    let terms = AccountTerms {
        overdraft_limit: 10,
        ..WALLET
    };
    let account = journal.book.change_terms(ALICE, terms).expect("new terms");
    assert_eq!(account.terms, terms);
    let [change] = journal.book.account_changes() else {
        panic!("one change was expected");
    };
    assert_eq!(
        (change.seq, change.no, change.id, change.terms),
        (journal.book.head().seq, account.no, ALICE, terms)
    );
    // No transfer: the history of transfers is as it was.
    assert_eq!((account.last_seq, account.entries), (6, 1));
    assert_eq!(journal.verify(), Ok(()));
}

// --- opening ---

#[test]
fn accounts_are_numbered_in_order_of_opening() {
    let mut journal = journal();
    let opened = journal
        .book
        .open(LATER, 1, Currency::JPY, 3, WALLET)
        .expect("a new account");
    assert_eq!(opened.no, AccountNo(6));
    assert_eq!(opened.opened_at, START);
    assert_eq!(journal.book.head().accounts, 6);
    assert_eq!(journal.book.account_by_no(AccountNo(6)), Some(&opened));
}

#[test]
fn opening_an_account_again_in_the_same_way_answers_the_one_that_is_there() {
    let mut journal = journal();
    made(&mut journal, post(1, ALICE, SHOP, 10));
    let before = seen(&journal);
    let again = journal.book.open(ALICE, 1, Currency::USD, 3, WALLET);
    assert_eq!(
        again.as_ref(),
        Ok(journal.book.account(ALICE).expect("open"))
    );
    assert_eq!(seen(&journal), before);
}

#[test]
fn opening_an_account_again_in_another_way_is_refused() {
    let mut journal = journal();
    let before = seen(&journal);
    for (org, currency, code, terms) in [
        (2, Currency::USD, 3, WALLET),
        (1, Currency::EUR, 3, WALLET),
        (1, Currency::USD, 4, WALLET),
        (1, Currency::USD, 3, FREE),
    ] {
        assert_eq!(
            journal.book.open(ALICE, org, currency, code, terms),
            Err(Refusal::AccountExistsWithDifferentFields)
        );
    }
    assert_eq!(seen(&journal), before);
}

// --- repeats ---

/// One request of each kind, in an order in which all are granted.
fn one_of_each() -> Vec<Request> {
    vec![
        post(1, ALICE, SHOP, 10),
        hold(2, 100),
        hold_until_deadline(3, 100),
        hold(4, 100),
        capture(5, 2, 20),
        capture(6, 2, None),
        final_capture(7, 4, 30),
        hold(8, 50),
        release(9, 8),
    ]
}

#[test]
fn each_kind_of_request_is_done_once_however_often_it_is_asked() {
    for batches in [false, true] {
        let mut journal = journal();
        let mut requests = one_of_each();
        let mut rows: Vec<Transfer> = requests
            .iter()
            .map(|request| made(&mut journal, *request))
            .collect();
        journal.next_batch(DEADLINE);
        requests.push(expire(10, 3));
        rows.push(made(&mut journal, expire(10, 3)));
        if batches {
            journal.next_batch(DEADLINE + 1);
        }
        let before = seen(&journal);
        for (request, row) in requests.iter().zip(&rows) {
            assert_eq!(
                journal.book.apply(request),
                Ok(Applied::Exists(*row)),
                "{request:?}"
            );
        }
        assert_eq!(
            journal.book.apply_all(&requests).map(|all| all.len()),
            Ok(10)
        );
        assert_eq!(seen(&journal), before);
        assert_eq!(journal.verify(), Ok(()));
    }
}

/// Asks again under ids that have been used, in this batch and in the next.
fn assert_ids_are_taken(mut journal: Journal, others: &[Request]) {
    for _ in 0..2 {
        let before = seen(&journal);
        for request in others {
            assert_eq!(
                refused(&mut journal, *request),
                Refusal::IdExistsWithDifferentFields,
                "{request:?}"
            );
        }
        assert_eq!(seen(&journal), before);
        journal.next_batch(START + 1);
    }
}

#[test]
fn the_id_of_a_post_or_hold_with_any_other_field_is_refused() {
    let alterations: [fn(&mut Posting); 7] = [
        |posting| posting.org = 2,
        |posting| posting.debit = CASH,
        |posting| posting.credit = CASH,
        |posting| std::mem::swap(&mut posting.debit, &mut posting.credit),
        |posting| posting.amount += 1,
        |posting| posting.currency = Currency::EUR,
        |posting| posting.code += 1,
    ];
    let hold_of = |posting, expires_at| Request::Hold {
        posting,
        expires_at,
    };
    let (posted, held) = (posting(1, ALICE, SHOP, 100), posting(2, ALICE, SHOP, 100));
    let mut others = vec![
        hold_of(posted, None),
        Request::Post(held),
        hold_of(held, Some(DEADLINE)),
        release(1, 2),
        capture(2, 2, None),
    ];
    for alter in alterations {
        let (mut posted, mut held) = (posted, held);
        alter(&mut posted);
        alter(&mut held);
        others.extend([Request::Post(posted), hold_of(held, None)]);
    }
    let mut journal = journal();
    made(&mut journal, Request::Post(posted));
    made(&mut journal, hold_of(held, None));
    assert_ids_are_taken(journal, &others);
}

#[test]
fn the_id_of_a_capture_or_release_with_any_other_field_is_refused() {
    let capture_of = |org, code| Request::Capture {
        id: TransferId(3),
        org,
        hold: TransferId(2),
        amount: Some(10),
        is_final: false,
        code,
    };
    let others = [
        // Another kind of request.
        final_capture(3, 2, 10),
        capture(4, 2, 20),
        release(3, 2),
        release(4, 2),
        expire(6, 5),
        capture(6, 5, None),
        // Another amount, hold, organisation or code.
        capture(3, 2, 11),
        capture(3, 2, 0),
        capture(3, 5, 10),
        capture(3, 77, 10),
        capture_of(2, 7),
        capture_of(1, 8),
        release(6, 2),
        Request::Release {
            id: TransferId(6),
            org: 2,
            hold: TransferId(5),
        },
    ];
    let mut journal = journal();
    for request in [
        hold(2, 100),
        capture_of(1, 7),
        final_capture(4, 2, 20),
        hold(5, 100),
        release(6, 5),
    ] {
        made(&mut journal, request);
    }
    assert_ids_are_taken(journal, &others);
}

#[test]
fn a_repeated_capture_of_all_that_was_left_may_name_the_amount_or_not() {
    let mut journal = journal();
    made(&mut journal, hold(1, 100));
    made(&mut journal, capture(2, 1, 40));
    let row = made(&mut journal, capture(3, 1, None));
    for amount in [None, Some(60)] {
        assert_eq!(
            journal.book.apply(&capture(3, 1, amount)),
            Ok(Applied::Exists(row))
        );
    }
    assert_eq!(
        refused(&mut journal, capture(3, 1, 59)),
        Refusal::IdExistsWithDifferentFields
    );
}

#[test]
fn a_refused_request_does_not_use_its_id_up() {
    let mut journal = journal();
    assert_eq!(
        refused(&mut journal, post(1, ALICE, SHOP, 1_001)),
        Refusal::InsufficientFunds
    );
    made(&mut journal, post(1, ALICE, SHOP, 5));
}

// --- groups ---

#[test]
fn a_group_is_applied_whole_and_each_member_sees_those_before() {
    let mut journal = journal();
    let applied = journal
        .book
        .apply_all(&[
            post(1, ALICE, SHOP, 1_000),
            post(2, SHOP, CASH, 400),
            post(3, SHOP, ALICE, 600),
            hold(4, 600),
            capture(5, 4, None),
        ])
        .expect("each is covered by those before");
    let seqs: Vec<u64> = applied.iter().map(|done| done.transfer().seq).collect();
    assert_eq!(seqs, [8, 9, 10, 11, 12]);
    assert!(applied.iter().all(|done| matches!(done, Applied::Made(_))));
    assert_eq!(sums(&journal, ALICE), [1_600, 1_600, 0, 0]);
    assert_eq!(journal.verify(), Ok(()));
}

#[test]
fn a_group_with_a_refused_member_changes_nothing_and_names_the_member() {
    let mut journal = journal();
    // What the batch did before the group stays.
    made(&mut journal, hold(1, 100));
    made(&mut journal, hold(2, 100));
    made(&mut journal, post(3, ALICE, SHOP, 10));
    let before = seen(&journal);
    let group = [
        post(10, ALICE, SHOP, 100),
        post(11, CASH, STRANGER, 0),
        post(12, ALICE, SHOP, 100),
    ];
    assert_eq!(
        journal.book.apply_all(&group),
        Err((1, Refusal::AmountMustBePositive))
    );
    assert_eq!(seen(&journal), before);

    let group = [
        hold(10, 50),
        capture(11, 10, 20),
        capture(12, 1, 30),
        release(13, 2),
        post(3, ALICE, SHOP, 10),
        post(14, CASH, ALICE, 1_000_000),
        post(15, ALICE, SHOP, 1_000_000_000),
    ];
    assert_eq!(
        journal.book.apply_all(&group),
        Err((6, Refusal::InsufficientFunds))
    );
    assert_eq!(seen(&journal), before);
    assert_eq!(journal.verify(), Ok(()));
}

#[test]
fn the_ids_of_a_group_that_was_taken_back_are_free_again() {
    let mut journal = journal();
    let group = [hold(1, 100), post(2, ALICE, SHOP, 5), hold(3, 1_000_000)];
    assert_eq!(
        journal.book.apply_all(&group),
        Err((2, Refusal::InsufficientFunds))
    );
    assert_eq!(
        refused(&mut journal, capture(4, 1, None)),
        Refusal::HoldNotFound
    );
    assert_eq!(made(&mut journal, post(1, ALICE, SHOP, 7)).seq, 8);
    assert_eq!(made(&mut journal, hold(2, 9)).seq, 9);
    assert_eq!(journal.verify(), Ok(()));
}

#[test]
fn a_group_that_was_done_before_is_answered_member_by_member() {
    let mut journal = journal();
    let group = [hold(1, 100), capture(2, 1, None)];
    let first = journal.book.apply_all(&group).expect("granted");
    let again = journal.book.apply_all(&group).expect("granted");
    for (first, again) in first.iter().zip(&again) {
        assert!(matches!(first, Applied::Made(_)));
        assert_eq!(again, &Applied::Exists(*first.transfer()));
    }
}

#[test]
fn an_empty_group_is_granted() {
    let mut journal = journal();
    let before = seen(&journal);
    assert_eq!(journal.book.apply_all(&[]), Ok(Vec::new()));
    assert_eq!(seen(&journal), before);
}

#[test]
fn a_rollback_takes_openings_terms_holds_and_transfers_back() {
    let mut journal = journal();
    made(&mut journal, hold(1, 100));
    journal.next_batch(START);
    agree(&mut journal, SHOP, WALLET).expect("new terms");
    let before = seen(&journal);
    let savepoint = journal.book.savepoint();

    journal
        .book
        .open(LATER, 1, Currency::USD, 3, WALLET)
        .expect("a new account");
    journal
        .book
        .open(AccountId(7), 1, Currency::USD, 3, WALLET)
        .expect("a new account");
    made(&mut journal, post(2, ALICE, LATER, 50));
    made(&mut journal, post(3, LATER, AccountId(7), 50));
    made(&mut journal, capture(4, 1, 10));
    agree(
        &mut journal,
        CASH,
        AccountTerms {
            overdraft_limit: 1,
            ..FREE
        },
    )
    .expect("new terms");
    assert_ne!(seen(&journal), before);

    journal.book.rollback(savepoint);
    assert_eq!(seen(&journal), before);
    assert_eq!(journal.verify(), Ok(()));

    // And it goes on as if nothing had been.
    let opened = journal
        .book
        .open(AccountId(8), 1, Currency::USD, 3, WALLET)
        .expect("a new account");
    assert_eq!(opened.no, AccountNo(6));
    made(&mut journal, post(2, ALICE, AccountId(8), 50));
    assert_eq!(journal.verify(), Ok(()));
    journal.next_batch(START + 1);
    assert_eq!(journal.verify(), Ok(()));
}

#[test]
fn a_rollback_takes_back_to_the_inner_or_to_the_outer_savepoint() {
    let mut journal = journal();
    let at_first = seen(&journal);
    let outer = journal.book.savepoint();
    made(&mut journal, post(1, ALICE, SHOP, 50));
    let in_between = seen(&journal);
    let inner = journal.book.savepoint();
    made(&mut journal, hold(2, 50));
    journal.book.rollback(inner);
    assert_eq!(seen(&journal), in_between);
    made(&mut journal, hold(3, 50));
    journal.book.rollback(outer);
    assert_eq!(seen(&journal), at_first);
}

#[test]
fn an_account_changed_after_a_rollback_is_listed_once() {
    let mut journal = journal();
    made(&mut journal, post(1, CASH, SHOP, 1));
    let savepoint = journal.book.savepoint();
    made(&mut journal, post(2, ALICE, SHOP, 1));
    journal.book.rollback(savepoint);
    let changed = |journal: &Journal| -> Vec<AccountId> {
        journal.book.changed_accounts().map(|one| one.id).collect()
    };
    assert_eq!(changed(&journal), [CASH, SHOP]);
    made(&mut journal, post(2, ALICE, SHOP, 1));
    assert_eq!(changed(&journal), [CASH, SHOP, ALICE]);
}

#[test]
fn a_rollback_leaves_accounts_that_were_loaded_since_in_their_place() {
    let mut book = Book::default();
    book.begin(
        Head {
            seq: 9,
            accounts: 4,
            time: START,
        },
        START,
    );
    let stored = |no: u64, id: AccountId| Account {
        no: AccountNo(no),
        id,
        org: 1,
        currency: Currency::USD,
        code: 3,
        terms: FREE,
        debits_posted: 0,
        credits_posted: 0,
        debits_pending: 0,
        credits_pending: 0,
        last_seq: 0,
        entries: 0,
        opened_at: START,
    };
    book.load_account(stored(1, CASH));
    let savepoint = book.savepoint();
    book.open(LATER, 1, Currency::USD, 3, FREE)
        .expect("a new account");
    book.load_account(stored(2, ALICE));
    book.load_account(stored(3, SHOP));
    book.apply(&post(1, ALICE, LATER, 5)).expect("granted");
    book.rollback(savepoint);

    assert_eq!(book.account(LATER), None);
    assert_eq!(book.account_by_no(AccountNo(5)), None);
    for (no, id) in [(1, CASH), (2, ALICE), (3, SHOP)] {
        assert_eq!(book.account(id), Some(&stored(no, id)));
        assert_eq!(book.account_by_no(AccountNo(no)), Some(&stored(no, id)));
    }
    assert_eq!(book.account_count(), 3);
    book.apply(&post(1, ALICE, SHOP, 5)).expect("granted");
    assert_eq!(book.account(ALICE).map(Account::balance), Some(-5));
    assert_eq!(book.account(SHOP).map(Account::balance), Some(5));
}

// --- organisations ---

#[test]
fn accounts_and_holds_of_another_organisation_are_as_good_as_none() {
    let mut journal = journal();
    assert_eq!(
        refused(&mut journal, post(1, STRANGER, SHOP, 1)),
        Refusal::DebitAccountNotFound
    );
    assert_eq!(
        refused(&mut journal, post(1, ALICE, STRANGER, 1)),
        Refusal::CreditAccountNotFound
    );
    assert_eq!(
        refused(
            &mut journal,
            Request::Post(Posting {
                org: 2,
                ..posting(1, ALICE, STRANGER, 1)
            })
        ),
        Refusal::DebitAccountNotFound
    );
    made(&mut journal, hold_until_deadline(2, 100));
    journal.next_batch(DEADLINE);
    let (id, org, hold) = (TransferId(3), 2, TransferId(2));
    for request in [
        Request::Capture {
            id,
            org,
            hold,
            amount: None,
            is_final: true,
            code: 7,
        },
        Request::Release { id, org, hold },
        Request::Expire { id, org, hold },
    ] {
        assert_eq!(refused(&mut journal, request), Refusal::HoldNotFound);
    }
}

#[test]
fn what_is_wrong_with_an_account_of_another_organisation_is_not_told() {
    let mut journal = journal();
    agree(
        &mut journal,
        STRANGER,
        AccountTerms {
            flags: Flags::FROZEN_DEBIT.with(Flags::FROZEN_CREDIT),
            max_balance: Some(0),
            ..WALLET
        },
    )
    .expect("new terms");
    for (currency, amount) in [(Currency::EUR, 1), (Currency::USD, i64::MAX)] {
        let posting = Posting {
            currency,
            ..posting(1, STRANGER, FOREIGN_CASH, amount)
        };
        assert_eq!(
            refused(&mut journal, Request::Post(posting)),
            Refusal::DebitAccountNotFound
        );
    }
}

// --- time, chains, lists ---

#[test]
fn now_never_goes_back() {
    let mut journal = journal();
    assert_eq!(made(&mut journal, post(1, ALICE, SHOP, 1)).time, START);
    journal.next_batch(START - 500);
    assert_eq!(journal.book.now(), START);
    assert_eq!(made(&mut journal, post(2, ALICE, SHOP, 1)).time, START);
    journal.next_batch(START + 500);
    assert_eq!(
        made(&mut journal, post(3, ALICE, SHOP, 1)).time,
        START + 500
    );
    journal.next_batch(START + 100);
    assert_eq!(journal.book.now(), START + 500);
    assert_eq!(journal.book.head().time, START + 500);
    assert_eq!(journal.verify(), Ok(()));
}

#[test]
fn the_history_of_an_account_is_a_chain_of_rows_with_running_balances() {
    let mut journal = journal();
    for (id, amount) in [(1, 100), (2, 200), (3, 300)] {
        made(&mut journal, post(id, ALICE, SHOP, amount));
        made(&mut journal, post(id + 10, CASH, SHOP, 1));
        journal.next_batch(START);
    }
    let alice = *journal.book.account(ALICE).expect("open");
    let mut balances = Vec::new();
    let mut seq = alice.last_seq;
    while seq != 0 {
        let row = journal
            .store
            .records
            .iter()
            .find_map(|record| match record {
                ledger_model::Record::Transfer(row) if row.seq == seq => Some(*row),
                _ => None,
            })
            .expect("the chain names rows that are there");
        let (balance, prev) = if row.debit == alice.no {
            (row.debit_balance, row.debit_prev)
        } else {
            (row.credit_balance, row.credit_prev)
        };
        balances.push(balance);
        seq = prev;
    }
    assert_eq!(balances, [400, 700, 900, 1_000]);
    assert_eq!(alice.entries, 4);
}

#[test]
fn the_lists_name_what_the_batch_changed_once_and_as_it_is_now() {
    let mut journal = journal();
    made(&mut journal, hold(1, 100));
    made(&mut journal, capture(2, 1, 30));
    made(&mut journal, capture(3, 1, 20));
    let accounts: Vec<Account> = journal.book.changed_accounts().copied().collect();
    assert_eq!(
        accounts,
        [ALICE, SHOP].map(|id| *journal.book.account(id).expect("open"))
    );
    let holds: Vec<(i64, i64)> = journal
        .book
        .changed_holds()
        .map(|hold| (hold.captured, hold.remaining))
        .collect();
    assert_eq!(holds, [(50, 50)]);
    let ids: Vec<u128> = journal
        .book
        .transfers()
        .iter()
        .map(|row| row.id.0)
        .collect();
    assert_eq!(ids, [1, 2, 3]);

    journal.next_batch(START);
    assert_eq!(journal.book.changed_accounts().count(), 0);
    assert_eq!(journal.book.changed_holds().count(), 0);
    assert_eq!(journal.book.transfers(), []);
    assert_eq!(journal.book.account_changes(), []);
}

// --- the cache ---

/// A book that has the accounts 1 to `count`, each used in a batch of its own, in that order.
fn used_in_turn(count: u64) -> (Book, Head) {
    let mut book = Book::default();
    let mut head = Head::default();
    for no in 1..=count {
        book.begin(head, START);
        let opened = book.open(AccountId(u128::from(no)), 1, Currency::USD, 3, FREE);
        assert!(opened.is_ok());
        head = book.head();
        book.keep(usize::MAX);
    }
    (book, head)
}

/// The accounts that are in the working set, found by id and by number alike.
fn cached(book: &Book) -> Vec<u64> {
    let by_no: Vec<u64> = (1..=book.head().accounts)
        .filter(|no| book.account_by_no(AccountNo(*no)).is_some())
        .collect();
    let by_id: Vec<u64> = (1..=book.head().accounts)
        .filter(|no| {
            book.account(AccountId(u128::from(*no)))
                .is_some_and(|account| account.no == AccountNo(*no))
        })
        .collect();
    assert_eq!(by_id, by_no);
    assert_eq!(book.account_count(), by_no.len());
    by_no
}

#[test]
fn nothing_is_evicted_up_to_the_capacity() {
    let (mut book, _) = used_in_turn(10);
    book.keep(10);
    assert_eq!(cached(&book).len(), 10);
}

#[test]
fn above_the_capacity_those_unused_for_longest_go() {
    let (mut book, head) = used_in_turn(10);
    book.begin(head, START);
    assert!(book.touch(AccountId(2)));
    assert!(book.touch_no(AccountNo(1)));
    assert!(!book.touch(AccountId(77)));
    assert!(!book.touch_no(AccountNo(77)));
    book.keep(8);
    assert_eq!(cached(&book), [1, 2, 9, 10]);
}

#[test]
fn accounts_just_used_stay_whatever_the_number_of_older_ones() {
    for capacity in 5..30 {
        let mut book = Book::default();
        book.begin(Head::default(), START);
        for id in 1..=20 {
            assert!(book.open(AccountId(id), 1, Currency::USD, 3, FREE).is_ok());
        }
        let head = book.head();
        book.keep(usize::MAX);
        book.begin(head, START);
        for id in 21..=24 {
            assert!(book.open(AccountId(id), 1, Currency::USD, 3, FREE).is_ok());
        }
        assert!(book.apply(&post(1, AccountId(7), AccountId(21), 5)).is_ok());
        book.keep(capacity);
        let cached = cached(&book);
        for no in [7, 21, 22, 23, 24] {
            assert!(cached.contains(&no), "{no} was just used: {cached:?}");
        }
        assert!(cached.len() <= capacity);
    }
}

#[test]
fn the_capacity_is_kept_even_where_a_batch_used_more_accounts() {
    for capacity in [0, 1, 2, 7] {
        let mut book = Book::default();
        book.begin(Head::default(), START);
        for id in 1..=8 {
            assert!(book.open(AccountId(id), 1, Currency::USD, 3, FREE).is_ok());
        }
        book.keep(capacity);
        assert_eq!(cached(&book).len(), capacity);
    }
}

#[test]
fn what_an_eviction_leaves_is_as_it_was() {
    let mut journal = journal();
    made(&mut journal, hold(1, 100));
    made(&mut journal, post(2, ALICE, SHOP, 5));
    let [alice, shop] = [ALICE, SHOP].map(|id| *journal.book.account(id).expect("open"));
    journal.store.write(&journal.book);
    let transfers = journal.book.transfers().to_vec();
    journal.book.begin(journal.store.head, START);
    assert!(journal.book.touch(ALICE) && journal.book.touch(SHOP));
    journal.book.keep(4);
    assert_eq!(journal.book.account_count(), 2);
    assert_eq!(journal.book.account(ALICE), Some(&alice));
    assert_eq!(journal.book.account_by_no(shop.no), Some(&shop));
    assert_eq!(transfers.len(), 2);

    // What was evicted comes back from the store, and the ledger goes on.
    journal.begin_batch(START);
    made(&mut journal, capture(3, 1, None));
    made(&mut journal, post(4, SHOP, CASH, 105));
    assert_eq!(journal.verify(), Ok(()));
}

#[test]
fn after_keeping_nothing_counts_as_changed() {
    for capacity in [2, usize::MAX] {
        let mut journal = journal();
        made(&mut journal, hold(1, 100));
        journal.store.write(&journal.book);
        journal.book.keep(capacity);
        assert_eq!(journal.book.changed_accounts().count(), 0);
        assert_eq!(journal.book.changed_holds().count(), 0);
    }
}

#[test]
fn a_book_that_forgets_knows_nothing_until_it_is_loaded_again() {
    let mut journal = journal();
    made(&mut journal, post(1, ALICE, SHOP, 5));
    journal.book.forget();
    assert_eq!(journal.book.account_count(), 0);
    assert_eq!(journal.book.account(ALICE), None);
    assert_eq!(journal.book.transfers(), []);
    assert_eq!(journal.book.changed_accounts().count(), 0);

    // What was not written has not happened.
    journal.begin_batch(START);
    assert_eq!(sums(&journal, ALICE), [0, 1_000, 0, 0]);
    assert_eq!(made(&mut journal, post(1, ALICE, SHOP, 7)).seq, 8);
    assert_eq!(journal.verify(), Ok(()));
}

#[test]
fn flags_are_sets() {
    let both = Flags::FROZEN_DEBIT.with(Flags::SYSTEM);
    assert!(both.has(Flags::FROZEN_DEBIT) && both.has(Flags::SYSTEM));
    assert!(!Flags::SYSTEM.has(both) && !both.has(Flags::CLOSED));
    assert_eq!(both.without(Flags::SYSTEM), Flags::FROZEN_DEBIT);
    assert_eq!(both.without(Flags::CLOSED), both);
    let all = [
        Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
        Flags::CREDITS_MUST_NOT_EXCEED_DEBITS,
        Flags::FROZEN_DEBIT,
        Flags::FROZEN_CREDIT,
        Flags::CLOSED,
        Flags::SYSTEM,
    ];
    assert_eq!(all.iter().map(|flag| flag.0).sum::<u16>(), 0b11_1111);
}
