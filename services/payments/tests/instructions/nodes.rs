//! Several nodes on one store: what one of them has only read, it remembers as well as what it has
//! committed.

use ledger::{AccountTerms, Flags};
use money::Currency;
use payments::journal::Fault;
use payments_core::command::{Actor, Command, NewAccount, Operation};
use testkit::{Engine, FakeClock, TestStore, engines, ids};

use super::harness::{App, config, scripted};

const REMEMBER: &str = "CREATE TABLE older AS SELECT * FROM head";
const GO_BACK: [&str; 4] = [
    "CREATE TABLE later AS SELECT * FROM head",
    "CREATE TABLE kept AS SELECT * FROM batches WHERE no > (SELECT batch FROM older)",
    "DELETE FROM batches WHERE no > (SELECT batch FROM older)",
    "UPDATE head SET batch = older.batch, hash = older.hash, time = older.time, events = older.events, \
     accounts = older.accounts FROM older",
];
const COME_BACK: [&str; 2] = [
    "INSERT INTO batches SELECT * FROM kept",
    "UPDATE head SET batch = later.batch, hash = later.hash, time = later.time, events = later.events, \
     accounts = later.accounts FROM later",
];

async fn commit(app: &App) -> Result<(), Fault> {
    let command = Command {
        org: 1,
        actor: Actor::System,
        idempotency: None,
        request_id: None,
        operation: Operation::OpenAccounts(vec![NewAccount {
            id: ids(app.clock.clone()).next(),
            currency: Currency::USD,
            code: 99,
            terms: AccountTerms {
                flags: Flags::default(),
                overdraft_limit: 0,
                max_balance: None,
            },
        }]),
    };
    let done = app.service.journal().submit(command).await;
    done.map(|_| ())
}

#[tokio::test]
async fn a_node_that_only_read_the_newest_commit_notices_that_it_is_gone() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let clock = FakeClock::new();
        let app = App::open(&store, &clock, scripted().0, config()).await;
        let other = match engine {
            Engine::Postgres => App::open(&store, &clock, scripted().0, config()).await,
            // One process alone writes a file.
            Engine::Sqlite => continue,
        };
        let db = app.service.db().clone();
        let all = async |statements: &[&'static str]| {
            for sql in statements {
                db.execute(sql, vec![]).await.unwrap();
            }
        };
        commit(&app).await.unwrap();
        // Where the store will be again, this node leaves it.
        commit(&other).await.unwrap();
        all(&[REMEMBER]).await;
        commit(&app).await.unwrap();
        other.tick().await;
        all(&GO_BACK).await;
        for _ in 0..2 {
            assert_eq!(commit(&other).await, Err(Fault::HistoryLost));
        }
        assert!(other.service.journal().check().is_err());
        // Without any commit, too.
        assert!(app.service.journal().check().is_ok());
        app.tick().await;
        assert!(app.service.journal().check().is_err());
        all(&COME_BACK).await;
        for node in [&other, &app] {
            node.tick().await;
            assert_eq!(node.service.journal().check(), Ok(()));
            commit(node).await.unwrap();
            node.service.close().await;
        }
    }
}
