//! What reading the journal again finds: any single field changed after the fact, and what it
//! leaves to the hash chain.

use ledger::{
    Account, AccountChange, AccountId, AccountNo, AccountTerms, Flags, Hold, HoldState, Kind,
    Posting, Request, Transfer, TransferId,
};
use ledger_model::{Journal, Record, Store};
use money::Currency;

const WALLET: AccountTerms = AccountTerms {
    flags: Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
    overdraft_limit: 0,
    max_balance: Some(10_000),
};

const HOUSE: AccountTerms = AccountTerms {
    flags: Flags::SYSTEM,
    overdraft_limit: 0,
    max_balance: None,
};

const CASH: AccountId = AccountId(1);
const ALICE: AccountId = AccountId(2);
const BOB: AccountId = AccountId(3);
const EURO_CASH: AccountId = AccountId(4);
const EURO: AccountId = AccountId(5);

fn posting(id: u128, debit: AccountId, credit: AccountId, amount: i64) -> Posting {
    let currency = if credit == EURO {
        Currency::EUR
    } else {
        Currency::USD
    };
    Posting {
        id: TransferId(id),
        org: 1,
        debit,
        credit,
        amount,
        currency,
        code: 7,
    }
}

fn hold(id: u128, amount: i64, expires_at: Option<i64>) -> Request {
    Request::Hold {
        posting: posting(id, ALICE, BOB, amount),
        expires_at,
    }
}

fn capture(id: u128, hold: u128, amount: Option<i64>, is_final: bool) -> Request {
    Request::Capture {
        id: TransferId(id),
        org: 1,
        hold: TransferId(hold),
        amount,
        is_final,
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

fn apply(journal: &mut Journal, requests: &[Request]) {
    for request in requests {
        let granted = journal.book.apply(request);
        assert!(granted.is_ok(), "{granted:?} to {request:?}");
    }
}

/// A journal in which every kind of record occurs, and every account is touched again later.
fn journal() -> Store {
    let mut journal = Journal::at(100);
    for (id, currency, terms) in [
        (CASH, Currency::USD, HOUSE),
        (ALICE, Currency::USD, WALLET),
        (BOB, Currency::USD, WALLET),
        (EURO_CASH, Currency::EUR, HOUSE),
        (EURO, Currency::EUR, WALLET),
    ] {
        let opened = journal.book.open(id, 1, currency, 3, terms);
        assert!(opened.is_ok(), "{opened:?} to {id:?}");
    }
    apply(
        &mut journal,
        &[
            Request::Post(posting(1, CASH, ALICE, 1_000)),
            Request::Post(posting(2, EURO_CASH, EURO, 500)),
            Request::Post(posting(3, ALICE, BOB, 50)),
            hold(4, 100, None),
            hold(5, 200, Some(150)),
            hold(6, 70, None),
            capture(7, 4, Some(30), false),
            capture(8, 4, Some(20), true),
            release(9, 6),
        ],
    );
    journal.next_batch(200);
    let raised = AccountTerms {
        overdraft_limit: 25,
        ..WALLET
    };
    assert!(journal.book.change_terms(BOB, raised).is_ok());
    apply(
        &mut journal,
        &[
            expire(10, 5),
            hold(11, 300, None),
            hold(12, 40, None),
            capture(13, 11, Some(100), false),
            capture(14, 12, None, false),
            Request::Post(posting(15, BOB, CASH, 10)),
            Request::Post(posting(16, EURO_CASH, EURO, 5)),
        ],
    );
    assert_eq!(journal.verify(), Ok(()));
    journal.next_batch(300);
    journal.store
}

/// A named way to change one field.
type Change<T> = (&'static str, fn(&mut T));

/// Applies each change to each row in turn and lists what goes unnoticed: the change and the row's
/// place.
fn unnoticed<T: PartialEq + Copy>(
    store: &Store,
    places: impl Iterator<Item = usize> + Clone,
    changes: &[Change<T>],
    row: impl Fn(&mut Store, usize) -> Option<&mut T>,
) -> Vec<(&'static str, usize)> {
    let mut missed = Vec::new();
    for (name, change) in changes {
        let mut tried = 0;
        for place in places.clone() {
            let mut changed = store.clone();
            let Some(found) = row(&mut changed, place) else {
                continue;
            };
            let before = *found;
            change(found);
            if *found == before {
                continue;
            }
            tried += 1;
            if changed.verify().is_ok() {
                missed.push((*name, place));
            }
        }
        assert!(tried > 0, "nothing has a {name} to change");
    }
    missed
}

fn missed_of_transfers(changes: &[Change<Transfer>]) -> Vec<(&'static str, usize)> {
    let store = journal();
    unnoticed(
        &store,
        0..store.records.len(),
        changes,
        |store, place| match store.records.get_mut(place)? {
            Record::Transfer(row) => Some(row),
            Record::Change(_) => None,
        },
    )
}

fn missed_of_changes(changes: &[Change<AccountChange>]) -> Vec<(&'static str, usize)> {
    let store = journal();
    unnoticed(
        &store,
        0..store.records.len(),
        changes,
        |store, place| match store.records.get_mut(place)? {
            Record::Change(row) => Some(row),
            Record::Transfer(_) => None,
        },
    )
}

#[test]
fn a_sound_journal_verifies() {
    let store = journal();
    assert_eq!(store.verify(), Ok(()));
    let kinds = [
        Kind::Post,
        Kind::Hold,
        Kind::Capture,
        Kind::FinalCapture,
        Kind::Release,
        Kind::Expire,
    ];
    for kind in kinds {
        assert!(
            store
                .records
                .iter()
                .any(|record| matches!(record, Record::Transfer(row) if row.kind == kind)),
            "no {kind:?}"
        );
    }
}

#[test]
fn any_changed_field_of_a_transfer_is_found() {
    let missed = missed_of_transfers(&[
        ("seq, later", |row| row.seq += 1),
        ("seq, earlier", |row| row.seq -= 1),
        ("time, going back", |row| row.time -= 101),
        ("org", |row| row.org += 1),
        ("amount, more", |row| row.amount += 1),
        ("amount, less", |row| row.amount -= 1),
        ("amount, none", |row| row.amount = 0),
        ("amount, negative", |row| row.amount = -row.amount),
        ("amount, huge", |row| row.amount = i64::MAX),
        ("debit, unknown", |row| row.debit = AccountNo(77)),
        ("debit, another", |row| {
            row.debit = AccountNo(row.debit.0 % 5 + 1)
        }),
        ("debit, the other side", |row| row.debit = row.credit),
        ("credit, unknown", |row| row.credit = AccountNo(77)),
        ("credit, another", |row| {
            row.credit = AccountNo(row.credit.0 % 5 + 1)
        }),
        ("credit, the other side", |row| row.credit = row.debit),
        ("both sides", |row| {
            std::mem::swap(&mut row.debit, &mut row.credit)
        }),
        ("debit_prev, more", |row| row.debit_prev += 1),
        ("debit_prev, none", |row| row.debit_prev = 0),
        ("credit_prev, more", |row| row.credit_prev += 1),
        ("credit_prev, none", |row| row.credit_prev = 0),
        ("debit_balance", |row| row.debit_balance += 1),
        ("debit_held", |row| row.debit_held += 1),
        ("credit_balance", |row| row.credit_balance -= 1),
        ("credit_held", |row| row.credit_held -= 1),
        ("hold, more", |row| row.hold += 1),
        ("hold, less", |row| row.hold = row.hold.saturating_sub(1)),
        ("hold, none", |row| row.hold = 0),
        ("kind, post", |row| row.kind = Kind::Post),
        ("kind, hold", |row| row.kind = Kind::Hold),
    ]);
    assert_eq!(missed, []);
}

#[test]
fn a_changed_kind_is_found_where_it_would_do_something_else() {
    let store = journal();
    let kind_at = |place: usize| match store.records[place] {
        Record::Transfer(row) => row.kind,
        Record::Change(_) => panic!("record {place} is no transfer"),
    };
    let missed = missed_of_transfers(&[
        ("capture", |row| row.kind = Kind::Capture),
        ("final capture", |row| row.kind = Kind::FinalCapture),
        ("release", |row| row.kind = Kind::Release),
        ("expire", |row| row.kind = Kind::Expire),
    ]);
    let missed: Vec<(&str, Kind)> = missed
        .into_iter()
        .map(|(name, place)| (name, kind_at(place)))
        .collect();
    // The same money moves: the capture of all that was left frees nothing more by being final, and
    // a hold is freed alike by its release and its deadline. These are left to the hash chain.
    assert_eq!(
        missed,
        [
            ("final capture", Kind::Capture),
            ("release", Kind::Expire),
            ("expire", Kind::Release),
        ]
    );
}

#[test]
fn what_moves_no_money_is_left_to_the_hash_chain() {
    let changes: &[Change<Transfer>] = &[
        ("id", |row| row.id.0 += 1_000),
        ("code", |row| row.code += 1),
        ("expires_at", |row| row.expires_at += 1),
    ];
    let transfers = journal()
        .records
        .iter()
        .filter(|record| matches!(record, Record::Transfer(_)))
        .count();
    assert_eq!(
        missed_of_transfers(changes).len(),
        changes.len() * transfers
    );

    let later = missed_of_transfers(&[("time, later", |row| row.time += 1)]);
    let store = journal();
    let time_at = |place: usize| {
        store.records.get(place).map(|record| match record {
            Record::Transfer(row) => row.time,
            Record::Change(row) => row.time,
        })
    };
    // A later time shows only where the next record is then earlier, which is everywhere but at the
    // end of a batch.
    assert!(!later.is_empty());
    for (_, place) in later {
        assert_ne!(time_at(place), time_at(place + 1), "record {place}");
    }
}

#[test]
fn any_changed_field_of_an_opening_or_a_change_of_terms_is_found() {
    let missed = missed_of_changes(&[
        ("seq, later", |row| row.seq += 1),
        ("seq, earlier", |row| row.seq -= 1),
        ("time, going back", |row| row.time -= 101),
        ("no, unknown", |row| row.no = AccountNo(77)),
        ("no, another", |row| row.no = AccountNo(row.no.0 % 5 + 1)),
        ("id", |row| row.id.0 += 1),
        ("id, its highest bit", |row| row.id.0 ^= 1 << 127),
        ("org", |row| row.org += 1),
        ("currency", |row| row.currency = Currency::KWD),
        ("code", |row| row.code += 1),
        ("flags, one more", |row| {
            row.terms.flags = row.terms.flags.with(Flags::FROZEN_CREDIT)
        }),
        ("flags, none", |row| row.terms.flags = Flags::default()),
        ("overdraft_limit", |row| row.terms.overdraft_limit += 1),
        ("max_balance, more", |row| {
            row.terms.max_balance = row.terms.max_balance.map(|most| most + 1)
        }),
        ("max_balance, none", |row| row.terms.max_balance = None),
    ]);
    // ALICE, BOB and EURO begin with the same terms, but BOB's are replaced later: those before are
    // history, which the hash chain keeps.
    let of_bob = 2;
    assert!(
        missed.iter().all(|(name, place)| *place == of_bob
            && (name.starts_with("flags")
                || name.starts_with("overdraft_limit")
                || name.starts_with("max_balance"))),
        "{missed:?}"
    );
}

#[test]
fn any_changed_field_of_an_account_is_found() {
    let changes: &[Change<Account>] = &[
        ("id", |account| account.id.0 += 1),
        ("org", |account| account.org += 1),
        ("currency", |account| account.currency = Currency::KWD),
        ("code", |account| account.code += 1),
        ("flags", |account| {
            account.terms.flags = account.terms.flags.with(Flags::CLOSED)
        }),
        ("overdraft_limit", |account| {
            account.terms.overdraft_limit += 1
        }),
        ("max_balance", |account| account.terms.max_balance = Some(5)),
        ("debits_posted", |account| account.debits_posted += 1),
        ("credits_posted", |account| account.credits_posted += 1),
        ("debits_pending", |account| account.debits_pending += 1),
        ("credits_pending", |account| account.credits_pending += 1),
        ("last_seq", |account| account.last_seq += 1),
        ("entries", |account| account.entries += 1),
        ("opened_at", |account| account.opened_at += 1),
        ("no", |account| account.no = AccountNo(account.no.0 % 5 + 1)),
        ("no, unknown", |account| account.no = AccountNo(77)),
    ];
    let store = journal();
    let missed = unnoticed(&store, 1..6, changes, |store, no| {
        store.accounts.get_mut(&AccountNo(u64::try_from(no).ok()?))
    });
    assert_eq!(missed, []);
}

#[test]
fn a_changed_remainder_of_a_hold_is_found() {
    let changes: &[Change<Hold>] = &[
        ("remaining, more", |hold| hold.remaining += 1),
        ("remaining, none", |hold| hold.remaining = 0),
    ];
    let store = journal();
    let missed = unnoticed(&store, 1..20, changes, |store, id| {
        store.holds.get_mut(&TransferId(u128::try_from(id).ok()?))
    });
    assert_eq!(missed, []);
}

#[test]
fn a_missing_a_doubled_and_an_exchanged_record_are_found() {
    let store = journal();
    for place in 0..store.records.len() {
        let mut without = store.clone();
        without.records.remove(place);
        assert!(without.verify().is_err(), "without record {place}");

        let mut twice = store.clone();
        twice.records.insert(place, store.records[place]);
        assert!(twice.verify().is_err(), "record {place} twice");

        if place > 0 {
            let mut exchanged = store.clone();
            exchanged.records.swap(place - 1, place);
            assert!(exchanged.verify().is_err(), "record {place} too early");
        }
    }
}

/// A journal of three accounts in dollars; its last record is as `forge` leaves it.
fn forged(requests: &[Request], forge: fn(&mut Transfer)) -> Store {
    let mut journal = Journal::at(100);
    for (id, terms) in [(CASH, HOUSE), (ALICE, WALLET), (BOB, WALLET)] {
        let opened = journal.book.open(id, 1, Currency::USD, 3, terms);
        assert!(opened.is_ok(), "{opened:?} to {id:?}");
    }
    apply(&mut journal, requests);
    assert_eq!(journal.verify(), Ok(()));
    journal.next_batch(200);
    let mut store = journal.store;
    match store.records.last_mut() {
        Some(Record::Transfer(row)) => forge(row),
        other => panic!("{other:?} is no transfer"),
    }
    store
}

#[test]
fn a_capture_beyond_its_hold_is_found_even_where_all_sums_agree() {
    let requests = [
        Request::Post(posting(1, CASH, ALICE, 1_000)),
        hold(2, 100, None),
        hold(3, 100, None),
        capture(4, 2, Some(100), false),
    ];
    let store = forged(&requests, |row| {
        row.amount += 50;
        row.debit_balance -= 50;
        row.debit_held -= 50;
        row.credit_balance += 50;
    });
    let mismatch = store.verify().expect_err("more than the hold");
    assert_eq!(
        (mismatch.field, mismatch.found, mismatch.expected),
        ("amount", 150, 100)
    );
}

#[test]
fn a_second_end_of_a_hold_is_found_even_where_all_sums_agree() {
    let requests = [
        Request::Post(posting(1, CASH, ALICE, 1_000)),
        hold(2, 100, None),
        hold(3, 100, None),
        release(4, 2),
        release(5, 3),
    ];
    let store = forged(&requests, |row| row.hold -= 1);
    let mismatch = store.verify().expect_err("a hold that has ended");
    assert_eq!((mismatch.field, mismatch.found), ("hold", 5));
}

#[test]
fn a_capture_for_other_accounts_than_its_hold_is_found_even_where_all_sums_agree() {
    for (field, debit, credit) in [("debit", CASH, BOB), ("credit", ALICE, CASH)] {
        let requests = [
            Request::Post(posting(1, CASH, ALICE, 1_000)),
            hold(2, 100, None),
            Request::Hold {
                posting: posting(3, debit, credit, 100),
                expires_at: None,
            },
            capture(4, 3, Some(100), false),
        ];
        let store = forged(&requests, |row| row.hold -= 1);
        let mismatch = store.verify().expect_err("the hold of another");
        assert_eq!((mismatch.key, mismatch.field), (7, field));
    }
}

#[test]
fn a_gap_in_the_numbers_of_accounts_is_found_even_where_all_agrees() {
    let mut journal = Journal::at(100);
    let opened = journal.book.open(ALICE, 1, Currency::USD, 3, WALLET);
    journal.next_batch(200);
    let mut store = journal.store;
    let Some(Record::Change(change)) = store.records.first_mut() else {
        panic!("an opening was expected");
    };
    change.no = AccountNo(2);
    store.accounts.clear();
    store.accounts.extend(opened.map(|account| {
        let no = AccountNo(2);
        (no, Account { no, ..account })
    }));
    let mismatch = store.verify().expect_err("there is no first account");
    assert_eq!(
        (
            mismatch.table,
            mismatch.field,
            mismatch.found,
            mismatch.expected
        ),
        ("account_changes", "no", 2, 1)
    );
}

#[test]
fn a_mismatch_names_the_table_the_row_and_the_field() {
    let mut store = journal();
    let Some(Record::Transfer(row)) = store.records.get_mut(7) else {
        panic!("the eighth record is a transfer");
    };
    row.credit_balance += 5;
    let found = row.credit_balance;
    let mismatch = store.verify().expect_err("a wrong balance");
    assert_eq!(
        mismatch.to_string(),
        format!(
            "transfers 8: credit_balance is {found}, expected {}",
            found - 5
        )
    );
}

#[test]
fn numbers_of_the_database_stand_for_kinds_and_states() {
    for number in 0..6_i64 {
        let kind = Kind::from_number(number).expect("a kind");
        assert_eq!(kind as i64, number);
    }
    for number in 0..4_i64 {
        let state = HoldState::from_number(number).expect("a state");
        assert_eq!(state as i64, number);
    }
    for number in [-1, 6, i64::MAX, i64::MIN] {
        assert_eq!(Kind::from_number(number), None);
    }
    for number in [-1, 4, i64::MAX, i64::MIN] {
        assert_eq!(HoldState::from_number(number), None);
    }
}
