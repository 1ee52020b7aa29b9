//! Several nodes on one PostgreSQL, and connections that break: one line of batches, no double ids,
//! no stale balances, and every acknowledgement true.

use std::sync::Arc;

use ledger::Flags;
use payments::SCHEMA;
use payments::journal::Fault;
use payments::journal::postgres::{PostgresStore, SessionTimeouts};
use payments::journal::{Journal, JournalConfig};
use payments_core::command::Operation;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use testkit::{Cut, Engine, Proxy, engines};

use crate::journal::harness::{Place, account, id, post, results, system};

/// An empty PostgreSQL, where there is one.
fn postgres() -> Option<Place> {
    engines()
        .contains(&Engine::Postgres)
        .then(|| Place::new(Engine::Postgres))
}

/// An account that may owe, and others that may not.
fn open_accounts(journal: &Journal) {
    let limited = Flags::DEBITS_MUST_NOT_EXCEED_CREDITS;
    let mut accounts = vec![account(id(1), Flags::default())];
    accounts.extend((2..10).map(|number| account(id(number), limited)));
    journal
        .submit_blocking(system(Operation::OpenAccounts(accounts)))
        .unwrap();
}

#[test]
fn nodes_commit_in_one_line() {
    let Some(place) = postgres() else { return };
    open_accounts(&place.start());
    let threads: Vec<_> = (0..3_u128)
        .map(|node| {
            let journal = place.start();
            std::thread::spawn(move || {
                let mut made = 0;
                for round in 0..60_u128 {
                    // Every other id is one that all nodes use: it must have one effect.
                    let number = if round % 2 == 0 {
                        1_000 + round
                    } else {
                        10_000 * (node + 1) + round
                    };
                    let answer =
                        journal.submit_blocking(post(id(number), id(1), id(2 + round % 8), 1));
                    made += usize::from(results(&answer) == ["made"]);
                }
                made
            })
        })
        .collect();
    let made: usize = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum();
    assert_eq!(made, 30 + 3 * 30);
    let report = place.verified();
    assert_eq!(report.transfers, 120);
    assert_eq!(
        place.number("SELECT COUNT(DISTINCT id) FROM transfers"),
        120
    );
    assert_eq!(place.balance(id(1)), (-120, 0));
}

#[test]
fn a_node_does_not_trust_what_it_remembers_once_another_has_written() {
    let Some(place) = postgres() else { return };
    let (one, other) = (place.start(), place.start());
    open_accounts(&one);
    let submit = |journal: &Journal, number, debit, credit, amount| {
        results(&journal.submit_blocking(post(id(number), id(debit), id(credit), amount)))
    };
    assert_eq!(submit(&one, 10, 1, 2, 100), ["made"]);
    assert_eq!(submit(&other, 11, 2, 3, 90), ["made"]);
    assert_eq!(submit(&one, 12, 2, 4, 20), ["insufficient_funds"]);
    assert_eq!(submit(&one, 13, 2, 4, 10), ["made"]);
    assert_eq!(submit(&other, 12, 3, 4, 90), ["made"]);
    assert_eq!(submit(&one, 12, 3, 4, 90), ["exists"]);
    assert_eq!(place.verified().transfers, 4);
}

/// A journal whose connection runs over a road that can be cut.
fn over(place: &Place, proxy: &Proxy) -> Arc<Journal> {
    let store = PostgresStore::connect(proxy.url(), SCHEMA, SessionTimeouts::default()).unwrap();
    place.start_with(Box::new(store), JournalConfig::default())
}

#[test]
fn a_commit_that_never_arrived_is_not_acknowledged() {
    let Some(place) = postgres() else { return };
    open_accounts(&place.start());
    let proxy = Proxy::to(place.url());
    let journal = over(&place, &proxy);
    // The first batch of a journal holds the head row.
    proxy.cut(Cut::BeforeCommit);
    let cut_off = journal.submit_blocking(post(id(10), id(1), id(2), 5));
    assert_eq!(
        (cut_off.unwrap_err(), proxy.cuts()),
        (Fault::Unavailable, 1)
    );
    assert_eq!(place.balance(id(2)), (0, 0));
    let again = journal.submit_blocking(post(id(10), id(1), id(2), 5));
    assert_eq!(results(&again), ["made"]);
    assert_eq!(place.verified().transfers, 1);
}

#[test]
fn a_single_statement_that_never_arrived_is_sent_again_with_the_head_row_held() {
    let Some(place) = postgres() else { return };
    let proxy = Proxy::to(place.url());
    let journal = over(&place, &proxy);
    open_accounts(&journal);
    for number in 10..14 {
        proxy.cut(Cut::BeforeCommit);
        let answer = journal.submit_blocking(post(id(number), id(1), id(2), 5));
        assert_eq!(results(&answer), ["made"]);
        assert_eq!(proxy.cuts(), u32::try_from(number).unwrap() - 9);
    }
    assert_eq!(place.balance(id(2)), (20, 0));
    assert_eq!(place.verified().transfers, 4);
}

#[test]
fn a_commit_whose_answer_was_lost_is_read_back_and_acknowledged_once() {
    let Some(place) = postgres() else { return };
    let proxy = Proxy::to(place.url());
    let journal = over(&place, &proxy);
    open_accounts(&journal);
    for number in 10..14 {
        proxy.cut(Cut::AfterCommit);
        let answer = journal.submit_blocking(post(id(number), id(1), id(2), 5));
        assert_eq!(results(&answer), ["made"]);
    }
    assert_eq!(proxy.cuts(), 4);
    assert_eq!(place.balance(id(2)), (20, 0));
    assert_eq!(place.verified().transfers, 4);
}

#[test]
fn a_lost_answer_is_read_back_from_the_batch_when_others_have_written_since() {
    let Some(place) = postgres() else { return };
    let proxy = Proxy::to(place.url());
    let (journal, other) = (over(&place, &proxy), place.start());
    open_accounts(&journal);
    let writes = std::thread::spawn(move || {
        for number in 1_000..1_200 {
            let answer = other.submit_blocking(post(id(number), id(1), id(3), 1));
            assert_eq!(results(&answer), ["made"]);
        }
    });
    let mut acknowledged = 0;
    for number in 10..30 {
        let cut = if number % 2 == 0 {
            Cut::AfterCommit
        } else {
            Cut::BeforeCommit
        };
        proxy.cut(cut);
        match journal.submit_blocking(post(id(number), id(1), id(2), 1)) {
            // What has not arrived is made in a second attempt, where the first did not hold the
            // head row.
            Ok(answer) => {
                assert_eq!(results(&Ok(answer)), ["made"]);
                acknowledged += 1;
            }
            Err(fault) => assert_eq!((fault, cut), (Fault::Unavailable, Cut::BeforeCommit)),
        }
    }
    writes.join().unwrap();
    assert!(acknowledged >= 10);
    assert_eq!(place.balance(id(2)), (acknowledged, 0));
    let made = 200 + u64::try_from(acknowledged).unwrap();
    assert_eq!(place.verified().transfers, made);
}

/// A session of the test's own, in the schema of payments.
async fn session(place: &Place) -> PgConnection {
    let mut session = PgConnection::connect(place.url()).await.unwrap();
    run(&mut session, &format!("SET search_path = {SCHEMA}")).await;
    session
}

async fn run(session: &mut PgConnection, sql: &str) -> u64 {
    let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    query.execute(session).await.unwrap().rows_affected()
}

/// Ends every other session of the database that is in this state; returns when there was one.
async fn terminate(session: &mut PgConnection, state: &str) {
    let sql = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
         AND pid <> pg_backend_pid() AND {state}"
    );
    while run(session, &sql).await == 0 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_session_that_ended_between_batches_is_replaced_without_a_word() {
    let Some(place) = postgres() else { return };
    let journal = place.start();
    open_accounts(&journal);
    for number in 10..13 {
        place.wait(async {
            let mut session = session(&place).await;
            terminate(&mut session, "state = 'idle'").await;
        });
        let answer = journal.submit_blocking(post(id(number), id(1), id(2), 1));
        assert_eq!(results(&answer), ["made"]);
    }
    assert_eq!(place.verified().transfers, 3);
}

#[test]
fn a_session_that_ends_while_it_waits_for_its_turn_is_replaced() {
    let Some(place) = postgres() else { return };
    let journal = place.start();
    open_accounts(&journal);
    let answer = place.wait(async {
        let mut holder = session(&place).await;
        run(&mut holder, "BEGIN; SELECT batch FROM head FOR UPDATE").await;
        let answer = journal.enqueue(post(id(10), id(1), id(2), 1)).unwrap();
        let mut killer = session(&place).await;
        terminate(&mut killer, "wait_event_type = 'Lock'").await;
        run(&mut holder, "COMMIT").await;
        answer.await
    });
    assert_eq!(results(&answer), ["made"]);
    assert_eq!(place.verified().transfers, 1);
}

#[test]
fn a_session_that_ends_while_it_writes_has_done_nothing() {
    let Some(place) = postgres() else { return };
    let journal = place.start();
    open_accounts(&journal);
    let answers = place.wait(async {
        let mut holder = session(&place).await;
        run(&mut holder, "BEGIN; LOCK TABLE transfers IN EXCLUSIVE MODE").await;
        let first = journal.enqueue(post(id(10), id(1), id(2), 1)).unwrap();
        let mut killer = session(&place).await;
        // The single statement, and the second attempt, which holds the head row.
        terminate(&mut killer, "wait_event_type = 'Lock'").await;
        terminate(&mut killer, "wait_event_type = 'Lock'").await;
        let first = first.await;
        run(&mut holder, "COMMIT").await;
        let again = journal.enqueue(post(id(10), id(1), id(2), 1)).unwrap();
        (first, again.await)
    });
    assert_eq!(answers.0.unwrap_err(), Fault::Unavailable);
    assert_eq!(results(&answers.1), ["made"]);
    assert_eq!(place.verified().transfers, 1);
}

#[test]
fn a_server_that_is_gone_is_unavailable_and_nothing_is_done() {
    let Some(place) = postgres() else { return };
    let journal = place.start();
    open_accounts(&journal);
    let name = place.url().rsplit('/').next().unwrap().to_owned();
    let server = place.url().replace(&name, "postgres");
    let forbid = |connections: bool| {
        place.wait(async {
            let mut session = PgConnection::connect(&server).await.unwrap();
            run(&mut session, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {connections}")).await;
            if !connections {
                let sql = format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
                );
                run(&mut session, &sql).await;
            }
        });
    };
    forbid(false);
    let refused = journal.submit_blocking(post(id(10), id(1), id(2), 1));
    assert_eq!(refused.unwrap_err(), Fault::Unavailable);
    forbid(true);
    let answer = journal.submit_blocking(post(id(10), id(1), id(2), 1));
    assert_eq!(results(&answer), ["made"]);
    assert_eq!(place.verified().transfers, 1);
}

#[test]
fn a_server_that_only_reads_is_unavailable_until_it_takes_writes() {
    let Some(place) = postgres() else { return };
    let journal = place.start();
    open_accounts(&journal);
    let name = place.url().rsplit('/').next().unwrap().to_owned();
    let server = place.url().replace(&name, "postgres");
    let reads_only = |value: &str| {
        place.wait(async {
            let mut session = PgConnection::connect(&server).await.unwrap();
            run(
                &mut session,
                &format!("ALTER DATABASE {name} SET default_transaction_read_only = {value}"),
            )
            .await;
            let sql = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            );
            run(&mut session, &sql).await;
        });
    };
    reads_only("on");
    let refused = journal.submit_blocking(post(id(10), id(1), id(2), 1));
    assert_eq!(refused.unwrap_err(), Fault::Unavailable);
    assert_eq!(journal.health().last_fault(), Some(Fault::Unavailable));
    reads_only("off");
    let answer = journal.submit_blocking(post(id(10), id(1), id(2), 1));
    assert_eq!(results(&answer), ["made"]);
    assert_eq!(journal.health().last_fault(), None);
    assert_eq!(place.verified().transfers, 1);
}

#[test]
fn a_head_row_that_does_not_move_lets_nothing_through() {
    let Some(place) = postgres() else { return };
    let journal = place.start();
    open_accounts(&journal);
    // A trigger that keeps the head row where it is: whatever the cause, nothing is written then.
    place.execute(
        "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; \
         CREATE TRIGGER meddle BEFORE UPDATE ON head FOR EACH ROW EXECUTE FUNCTION meddle()",
    );
    let answer = journal.submit_blocking(post(id(10), id(1), id(2), 1));
    assert_eq!(answer.unwrap_err(), Fault::Internal);
    assert_eq!(place.number("SELECT COUNT(*) FROM transfers"), 0);
    place.execute("DROP TRIGGER meddle ON head");
    let answer = journal.submit_blocking(post(id(10), id(1), id(2), 1));
    assert_eq!(results(&answer), ["made"]);
    assert_eq!(place.verified().transfers, 1);
}

/// How many sessions of the database have this as their last message.
fn last_said(place: &Place, statement: &str) -> i64 {
    place.number(&format!(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '{statement}%'"
    ))
}

#[test]
fn a_writer_alone_commits_with_the_statement_that_writes() {
    let Some(place) = postgres() else { return };
    let journal = place.start();
    open_accounts(&journal);
    for number in 10..14 {
        let answer = journal.submit_blocking(post(id(number), id(1), id(2), 5));
        assert_eq!(results(&answer), ["made"]);
        assert_eq!(last_said(&place, "WITH moved AS (UPDATE head "), 1);
    }
    // What changes nothing has to ask: its answer must be true now.
    let answer = journal.submit_blocking(post(id(10), id(1), id(2), 5));
    assert_eq!(results(&answer), ["exists"]);
    assert_eq!(last_said(&place, "ROLLBACK"), 1);
}

#[test]
fn an_answer_that_changes_nothing_knows_what_another_writer_did() {
    let Some(place) = postgres() else { return };
    let (one, other) = (place.start(), place.start());
    open_accounts(&one);
    let submit = |journal: &Journal, number, debit, credit, amount| {
        results(&journal.submit_blocking(post(id(number), id(debit), id(credit), amount)))
    };
    // Again and again, so that some of them begin where the writer left the head row.
    for round in 0..20 {
        assert_eq!(submit(&one, 100 + round, 2, 3, 1), ["insufficient_funds"]);
        assert_eq!(submit(&one, 200 + round, 2, 3, 1), ["insufficient_funds"]);
        assert_eq!(submit(&other, 300 + round, 1, 2, 1), ["made"]);
        assert_eq!(submit(&one, 400 + round, 2, 3, 1), ["made"]);
    }
    assert_eq!(place.balance(id(3)), (20, 0));
    assert_eq!(place.verified().transfers, 40);
}

#[test]
fn a_statement_that_arrives_when_its_sender_is_gone_is_waited_for() {
    let Some(place) = postgres() else { return };
    let proxy = Proxy::to(place.url());
    let journal = over(&place, &proxy);
    open_accounts(&journal);
    proxy.cut(Cut::Late);
    let answer = place.wait(async {
        let answer = journal.enqueue(post(id(10), id(1), id(2), 5)).unwrap();
        let mut answer = std::pin::pin!(answer);
        let mut watcher = session(&place).await;
        let waits = "SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database WHERE NOT l.granted \
                     AND l.locktype = 'advisory' AND d.datname = current_database()";
        // Nobody is told anything before, though the head row is free and as it was.
        loop {
            tokio::select! {
                biased;
                early = &mut answer => panic!("answered too early: {early:?}"),
                waiting = run(&mut watcher, waits) => if waiting > 0 { break },
            }
        }
        proxy.deliver();
        answer.await
    });
    assert_eq!((results(&answer), proxy.cuts()), (vec!["made"], 1));
    assert_eq!(place.number("SELECT batch FROM head"), 2);
    assert_eq!(place.verified().transfers, 1);
}
