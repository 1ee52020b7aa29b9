//! What a journal takes, it answers, and what it cannot take, it refuses: a full queue, the end, a
//! statement that fails.

use std::sync::{Arc, Condvar, Mutex};

use ledger::{AccountNo, Flags};
use payments::journal::Fault;
use payments::journal::store::{Store, StoreError};
use payments::journal::{Journal, JournalConfig};
use payments_core::batch::{HistorySummary, LimitWindow};
use payments_core::batch::{Loaded, Position, Wanted, Writes};
use payments_core::command::{Actor, Movement, Operation};
use payments_core::wallet::{DepositLimits, Limits, Used};
use testkit::{Engine, engines};
use uuid::Uuid;

use crate::journal::harness::{
    Place, account, card, command, create, id, json, post, results, system, wallet,
};

/// A gate in front of a store: closed, no batch begins.
#[derive(Default)]
struct Gate {
    is_closed: Mutex<bool>,
    opened: Condvar,
    arrived: Condvar,
    waiting: Mutex<bool>,
}

impl Gate {
    fn close(&self) {
        *self.is_closed.lock().unwrap() = true;
    }

    fn open(&self) {
        *self.is_closed.lock().unwrap() = false;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let mut is_closed = self.is_closed.lock().unwrap();
        while *is_closed {
            *self.waiting.lock().unwrap() = true;
            self.arrived.notify_all();
            is_closed = self.opened.wait(is_closed).unwrap();
        }
    }

    /// Returns when a batch stands before the gate.
    fn wait_for_a_batch(&self) {
        let mut waiting = self.waiting.lock().unwrap();
        while !*waiting {
            waiting = self.arrived.wait(waiting).unwrap();
        }
    }
}

struct Gated(Box<dyn Store>, Arc<Gate>);

impl Store for Gated {
    fn begin(&mut self) -> Result<Position, StoreError> {
        self.1.pass();
        self.0.begin()
    }
    fn expect(&mut self, before: &Position) -> bool {
        self.1.pass();
        self.0.expect(before)
    }
    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        self.0.load(wanted)
    }
    fn summary(&mut self, batch: u64) -> Result<HistorySummary, StoreError> {
        self.0.summary(batch)
    }
    fn used(&mut self, since: &LimitWindow) -> Result<Vec<(AccountNo, Used)>, StoreError> {
        self.0.used(since)
    }
    fn commit(&mut self, writes: &Writes<'_>) -> Result<(), StoreError> {
        self.0.commit(writes)
    }
    fn rollback(&mut self) {
        self.0.rollback();
    }
    fn position(&mut self) -> Result<Position, StoreError> {
        self.0.position()
    }
    fn batch_hash(&mut self, batch: u64) -> Result<Option<[u8; 32]>, StoreError> {
        self.0.batch_hash(batch)
    }
}

/// Opens the gate when a test ends, however it ends: a journal closes only after its last batch.
struct OpenAtTheEnd(Arc<Gate>);

impl Drop for OpenAtTheEnd {
    fn drop(&mut self) {
        self.0.open();
    }
}

impl std::ops::Deref for OpenAtTheEnd {
    type Target = Gate;

    fn deref(&self) -> &Gate {
        &self.0
    }
}

/// Two accounts, and a journal with this much room whose store stands behind a gate.
fn gated(engine: Engine, queue: u32) -> (Place, Arc<Journal>, OpenAtTheEnd) {
    let place = Place::new(engine);
    let gate = Arc::new(Gate::default());
    let config = JournalConfig {
        queue,
        ..JournalConfig::default()
    };
    let store = Gated(place.journal_store(), gate.clone());
    let journal = place.start_with(Box::new(store), config);
    let accounts = vec![
        account(id(1), Flags::default()),
        account(id(2), Flags::default()),
    ];
    let opened = journal.submit_blocking(system(Operation::OpenAccounts(accounts)));
    assert!(opened.is_ok());
    (place, journal, OpenAtTheEnd(gate))
}

#[test]
fn a_full_queue_answers_overloaded_and_accepts_nothing() {
    for engine in engines() {
        let (place, journal, gate) = gated(engine, 4);
        gate.close();
        let take = |number| journal.enqueue(post(id(number), id(1), id(2), 1));
        let taken: Vec<_> = (10..14).map(|number| take(number).unwrap()).collect();
        assert!(matches!(take(14), Err(Fault::Overloaded)));
        assert_eq!(journal.room(), 0);
        gate.open();
        for answer in taken {
            assert_eq!(results(&place.wait(answer)), ["made"]);
        }
        // What was refused was not done, and may come again.
        assert_eq!(place.balance(id(2)), (4, 0));
        assert_eq!(results(&place.wait(take(14).unwrap())), ["made"]);
        journal.close();
        assert_eq!(place.verified().transfers, 5);
    }
}

#[test]
fn a_command_larger_than_the_room_is_refused_whole() {
    for engine in engines() {
        let (place, journal, _) = gated(engine, 4);
        let mut requests = Vec::new();
        for number in 10..15 {
            let Operation::Post(one) = post(id(number), id(1), id(2), 1).operation else {
                unreachable!("a posting");
            };
            requests.extend(one);
        }
        let answer = journal.submit_blocking(system(Operation::Post(requests)));
        assert_eq!(answer.unwrap_err(), Fault::Overloaded);
        assert_eq!(place.balance(id(2)), (0, 0));
    }
}

#[test]
fn closing_commits_what_was_taken_and_refuses_the_rest() {
    for engine in engines() {
        let (place, journal, gate) = gated(engine, 1_000_000);
        gate.close();
        let taken: Vec<_> = (10..13)
            .map(|number| journal.enqueue(post(id(number), id(1), id(2), 1)).unwrap())
            .collect();
        gate.wait_for_a_batch();
        let closing = {
            let journal = journal.clone();
            std::thread::spawn(move || journal.close())
        };
        // The queue is shut before the writer has ended.
        let late = loop {
            match journal.enqueue(post(id(13), id(1), id(2), 1)) {
                Err(Fault::Closing) => break Fault::Closing,
                Ok(_) => std::thread::yield_now(),
                Err(fault) => panic!("{fault}"),
            }
        };
        assert_eq!(late, Fault::Closing);
        gate.open();
        closing.join().unwrap();
        for answer in taken {
            assert_eq!(results(&place.wait(answer)), ["made"]);
        }
        assert!(journal.check().is_err());
        let report = place.verified();
        assert!(report.transfers >= 3);
    }
}

#[test]
fn a_statement_that_fails_fails_its_own_command_only() {
    for engine in engines() {
        let (place, journal, gate) = gated(engine, 4);
        let (wallet_id, owner) = (id(5), Uuid::from_u128(1));
        let opened = journal.submit_blocking(system(wallet(wallet_id, owner, Limits::default())));
        assert!(opened.is_ok());
        let uuid = |id: Uuid| match engine {
            Engine::Sqlite => format!("x'{}'", id.simple()),
            Engine::Postgres => format!("'{id}'"),
        };
        // A row past the journal, under an id that is not looked up because ids are made by PayFlow
        // alone.
        place.execute(&format!(
            "INSERT INTO transactions (no, id, org, type, status, amount, currency, from_prev, to_prev, fee, captured, \
             refunded, created_by, attempts, last_event, created_at, updated_at, checksum) \
             VALUES (-1, {}, 1, 2, 4, 1, 840, 0, 0, 0, 0, 0, {}, 0, 0, 0, 0, 0)",
            uuid(id(12)),
            uuid(owner)
        ));
        let deposit = |number| {
            let what = Movement::Deposit {
                to: wallet_id,
                instrument: Some(card()),
                limits: DepositLimits::default(),
            };
            let made = create(id(number), what, 1);
            journal.enqueue(command(Actor::User(owner), made)).unwrap()
        };
        gate.close();
        let first = deposit(10);
        gate.wait_for_a_batch();
        // These three are one batch.
        let answers = [deposit(11), deposit(12), deposit(13)];
        gate.open();
        assert_eq!(json(place.wait(first)).0, 201);
        let [before, colliding, after] = answers.map(|answer| place.wait(answer));
        assert_eq!(json(before).0, 201);
        assert_eq!(colliding, Err(Fault::Internal));
        assert_eq!(json(after).0, 201);
        journal.close();
        place.execute("DELETE FROM transactions WHERE no = -1");
        let report = place.verified();
        assert_eq!((report.transactions, report.events), (3, 4));
    }
}
