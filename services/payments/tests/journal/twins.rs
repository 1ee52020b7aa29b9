//! A commit that breaks while another writer commits a batch that looks the same: nobody takes the
//! other's for their own.

use ledger::AccountNo;
use payments::journal::Fault;
use payments::journal::JournalConfig;
use payments::journal::sqlite::SqliteStore;
use payments::journal::store::{Store, StoreError};
use payments::journal::writer::Writer;
use payments_core::batch::{HistorySummary, LimitWindow};
use payments_core::batch::{Loaded, Position, Wanted, Writes};
use payments_core::command::{Answer, Command, Operation, WalletChange};
use payments_core::wallet::Used;
use testkit::Engine;

use crate::journal::harness::{Place, code, id, keyed, system};

/// A store whose next commit breaks and is not done; something else happens meanwhile.
struct Breaking {
    store: SqliteStore,
    meanwhile: Option<Box<dyn FnOnce() + Send>>,
}

impl Store for Breaking {
    fn begin(&mut self) -> Result<Position, StoreError> {
        self.store.begin()
    }

    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        self.store.load(wanted)
    }

    fn summary(&mut self, batch: u64) -> Result<HistorySummary, StoreError> {
        self.store.summary(batch)
    }

    fn used(&mut self, since: &LimitWindow) -> Result<Vec<(AccountNo, Used)>, StoreError> {
        self.store.used(since)
    }

    fn commit(&mut self, writes: &Writes<'_>) -> Result<(), StoreError> {
        let Some(meanwhile) = self.meanwhile.take() else {
            return self.store.commit(writes);
        };
        self.store.rollback();
        meanwhile();
        Err(StoreError::CommitBroke("as ordered".to_owned()))
    }

    fn rollback(&mut self) {
        self.store.rollback();
    }

    fn position(&mut self) -> Result<Position, StoreError> {
        self.store.position()
    }

    fn batch_hash(&mut self, batch: u64) -> Result<Option<[u8; 32]>, StoreError> {
        self.store.batch_hash(batch)
    }
}

/// Refused, under a key: all that it leaves is the stored answer, which the hash of its batch does
/// not cover.
fn refused(scope: u128, body: u128) -> Command {
    let change = WalletChange::Close;
    let wallet = id(99);
    keyed(
        system(Operation::ChangeWallet { wallet, change }),
        scope,
        body,
    )
}

fn serve(writer: &mut Writer, command: Command) -> Result<Answer, Fault> {
    let mut answers = Vec::new();
    writer.serve(&[command], &mut |answer| answers.push(answer));
    answers.remove(0)
}

#[test]
fn the_stored_answer_of_another_writer_is_not_taken_for_ones_own() {
    let place = Place::new(Engine::Sqlite);
    let writer = |store: Box<dyn Store>| {
        Writer::new(store, place.clock.clone(), JournalConfig::default()).unwrap()
    };
    let mut other = writer(place.journal_store());
    let mut one = writer(Box::new(Breaking {
        store: SqliteStore::open(&place.file()).unwrap(),
        meanwhile: Some(Box::new(move || {
            assert_eq!(code(&serve(&mut other, refused(2, 1))), "wallet_not_found");
        })),
    }));
    assert_eq!(serve(&mut one, refused(1, 1)), Err(Fault::Unavailable));
    assert_eq!(code(&serve(&mut one, refused(1, 1))), "wallet_not_found");
    assert_eq!(
        code(&serve(&mut one, refused(1, 2))),
        "idempotency_key_reused"
    );
    assert_eq!(place.number("SELECT COUNT(*) FROM idempotency"), 2);
}
