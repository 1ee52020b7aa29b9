//! What becomes of instructions whose outcome is not known: asked about, sent again under the same
//! id, given up to operators, and taken up by the next process where one died.

use contracts::payments::{TransactionId, WalletId};
use db::args;
use payments::acquirer::{Unanswered, Verdict};
use payments_core::command::{Actor, Movement, NewTransaction, Operation};
use payments_core::transaction::{Instrument, InstrumentKind};
use testkit::{Engine, FakeClock, TestStore, engines, ids};
use tokio::task::JoinSet;

use super::harness::{
    App, Call, HOUR, SECONDS, Script, config, declined, deposit, impatient, scripted, send,
    withdrawal,
};

/// Answers the one enquiry of a tick.
async fn tick(app: &App, script: &mut Script, answer: impl FnOnce(Call)) {
    tick_during(app, script, async |call| answer(call)).await;
}

/// Does something before the one enquiry of a tick is answered.
async fn tick_during(app: &App, script: &mut Script, answer: impl AsyncFnOnce(Call)) {
    tokio::join!(app.tick(), async { answer(script.enquiry().await).await });
    script.assert_silent();
}

#[tokio::test]
async fn the_acquirer_is_asked_at_growing_distances_and_then_operators_are() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 5_000).await;
        let (made, ()) = tokio::join!(app.withdraw(&wallet, "tok"), async {
            script.instruction().await.fail(Unanswered::TimedOut);
        });
        let (id, status) = made.made();
        assert_eq!(status, "unresolved");
        assert_eq!(app.due_in(&id).await, (1, Some(5)));
        let hour = 3_600;
        let mut wait = 5;
        for (attempts, next) in (2_i64..).zip([30, 120, 600, hour, hour, hour, hour, hour]) {
            // Not a second too early.
            app.clock.advance((wait - 1) * SECONDS);
            app.tick().await;
            script.assert_silent();
            app.clock.advance(SECONDS);
            tick(&app, &mut script, |call| match attempts % 3 {
                0 => call.fail(Unanswered::TimedOut),
                1 => call.fail(Unanswered::Garbled("it is an HTTP 500".to_owned())),
                _ => call.answer(Verdict::Pending),
            })
            .await;
            assert_eq!(app.due_in(&id).await, (attempts, Some(next)));
            wait = next;
        }
        app.clock.advance(HOUR);
        tick(&app, &mut script, |call| call.fail(Unanswered::TimedOut)).await;
        assert_eq!(app.due_in(&id).await, (10, None));
        app.clock.advance(1_000 * HOUR);
        app.tick().await;
        script.assert_silent();
        assert_eq!(app.status(&id).await, "unresolved");
        assert_eq!(app.balance(&wallet).await, ("50.00".into(), "12.50".into()));
        app.resolve("operator", &id, "completed").await;
        app.resolve("deputy", &id, "completed").await;
        assert_eq!(app.balance(&wallet).await, ("37.50".into(), "0.00".into()));
    })
    .await;
}

#[tokio::test]
async fn what_a_clock_that_was_ahead_has_put_off_is_asked_about_once_the_clock_is_right() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 5_000).await;
        let (made, ()) = tokio::join!(app.withdraw(&wallet, "tok"), async {
            script.instruction().await.fail(Unanswered::TimedOut);
        });
        let (id, _) = made.made();
        let ahead = 1_000 * HOUR;
        let put_off = "UPDATE transactions SET due_at = due_at + $1";
        app.service
            .db()
            .execute(put_off, args![ahead])
            .await
            .unwrap();
        // Where it is set now, nothing could be committed.
        app.clock.step(-HOUR);
        app.tick().await;
        script.assert_silent();
        app.clock.step(HOUR);
        tick(&app, &mut script, |call| call.fail(Unanswered::TimedOut)).await;
        assert_eq!(app.due_in(&id).await, (2, Some(30)));
        // As another node, whose clock is as far ahead as it may be, puts it off.
        let (longest, ahead) = (3_600, 600);
        let put_off = "UPDATE transactions SET due_at = due_at + $1";
        let more = (longest + ahead - 30) * SECONDS;
        app.service
            .db()
            .execute(put_off, args![more])
            .await
            .unwrap();
        app.tick().await;
        script.assert_silent();
    })
    .await;
}

#[tokio::test]
async fn an_enquiry_ends_what_was_unresolved() {
    App::each(config(), async |app, mut script| {
        for (verdict, status, posted) in [
            (Verdict::Approved, "completed", "37.50"),
            (declined("closed"), "failed", "50.00"),
        ] {
            let wallet = app.wallet("ann", "EUR", 5_000).await;
            let (made, ()) = tokio::join!(app.withdraw(&wallet, "tok"), async {
                script.instruction().await.fail(Unanswered::TimedOut);
            });
            let (id, _) = made.made();
            app.clock.advance(5 * SECONDS);
            tick(&app, &mut script, |call| call.answer(verdict)).await;
            assert_eq!(app.status(&id).await, status);
            assert_eq!(app.due_in(&id).await, (2, None));
            assert_eq!(app.balance(&wallet).await, (posted.into(), "0.00".into()));
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_at_work_stays_processing_until_it_is_due_and_is_unresolved_then() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let (made, ()) = tokio::join!(app.deposit(&wallet, "tok"), async {
            script.instruction().await.answer(Verdict::Pending);
        });
        let (id, status) = made.made();
        assert_eq!(status, "processing");
        assert_eq!(app.timeline(&id).await, ["processing"]);
        assert_eq!(app.due_in(&id).await, (0, Some(30)));
        app.clock.advance(30 * SECONDS);
        tick(&app, &mut script, |call| call.answer(Verdict::Pending)).await;
        assert_eq!(app.status(&id).await, "unresolved");
        assert_eq!(app.due_in(&id).await, (1, Some(5)));
        app.clock.advance(5 * SECONDS);
        tick(&app, &mut script, |call| call.answer(Verdict::Approved)).await;
        assert_eq!(
            app.timeline(&id).await,
            ["processing", "unresolved", "completed"]
        );
        assert_eq!(app.balance(&wallet).await.0, "12.50");
    })
    .await;
}

#[tokio::test]
async fn what_never_arrived_is_sent_again_under_the_same_id() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 5_000).await;
        let (made, first) = tokio::join!(app.withdraw(&wallet, "tok"), async {
            let call = script.instruction().await;
            let sent = call.instruction.clone();
            call.fail(Unanswered::Unreachable("no route".to_owned()));
            sent
        });
        let (id, _) = made.made();
        assert_eq!(first.id.to_string(), id);
        let mut attempts = 1;
        // Twice more into the void, then it arrives.
        for (verdict, status) in [
            (Err(Unanswered::TimedOut), "unresolved"),
            (Ok(Verdict::Pending), "unresolved"),
            (Ok(Verdict::Approved), "completed"),
        ] {
            app.clock.advance(HOUR);
            tokio::join!(app.tick(), async {
                script.enquiry().await.answer(Verdict::Unknown);
                let again = script.instruction().await;
                assert_eq!(again.instruction, first);
                match verdict {
                    Ok(verdict) => again.answer(verdict),
                    Err(error) => again.fail(error),
                }
            });
            attempts += 1;
            assert_eq!(app.status(&id).await, status);
            assert_eq!(app.due_in(&id).await.0, attempts);
        }
        assert_eq!(app.balance(&wallet).await, ("37.50".into(), "0.00".into()));
    })
    .await;
}

#[tokio::test]
async fn one_process_asks_about_a_transaction_once_at_a_time() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let (made, ()) = tokio::join!(app.deposit(&wallet, "tok"), async {
            script.instruction().await.answer(Verdict::Pending);
        });
        let (id, _) = made.made();
        app.clock.advance(30 * SECONDS);
        tokio::join!(app.tick(), async {
            let call = script.enquiry().await;
            // While the answer is awaited, another sweep finds the same row due and leaves it
            // alone.
            app.tick().await;
            script.assert_silent();
            call.answer(Verdict::Approved);
        });
        assert_eq!(app.timeline(&id).await, ["processing", "completed"]);
    })
    .await;
}

#[tokio::test]
async fn a_sweep_leaves_alone_what_a_request_is_still_sending() {
    App::each(impatient(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let (made, call) = tokio::join!(app.deposit(&wallet, "tok"), script.instruction());
        let (id, _) = made.made();
        app.clock.advance(30 * SECONDS);
        app.tick().await;
        script.assert_silent();
        call.answer(Verdict::Approved);
        app.until(&id, "completed").await;
    })
    .await;
}

#[tokio::test]
async fn many_that_are_due_are_all_asked_about() {
    const MANY: usize = 150;
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        for _ in 0..MANY {
            tokio::join!(app.deposit(&wallet, "tok"), async {
                script.instruction().await.answer(Verdict::Pending);
            });
        }
        app.clock.advance(30 * SECONDS);
        let mut asked = std::collections::HashSet::new();
        while asked.len() < MANY {
            let before = asked.len();
            tokio::join!(app.tick(), async {
                // A tick takes up so many at once and no more.
                for _ in 0..(MANY - before).min(64) {
                    let call = script.enquiry().await;
                    assert!(asked.insert(call.instruction.id));
                    call.answer(Verdict::Approved);
                }
            });
            script.assert_silent();
        }
        assert_eq!(app.balance(&wallet).await.0, "1875.00");
    })
    .await;
}

#[tokio::test]
async fn what_operators_ended_during_an_enquiry_is_not_sent_again() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 5_000).await;
        let (made, ()) = tokio::join!(app.withdraw(&wallet, "tok"), async {
            script.instruction().await.fail(Unanswered::TimedOut);
        });
        let (id, _) = made.made();
        app.clock.advance(5 * SECONDS);
        tick_during(&app, &mut script, async |call| {
            assert_eq!(app.resolve("operator", &id, "failed").await.status, 200);
            assert_eq!(app.resolve("deputy", &id, "failed").await.status, 200);
            call.answer(Verdict::Unknown);
        })
        .await;
        assert_eq!(app.status(&id).await, "failed");
        assert_eq!(app.balance(&wallet).await, ("50.00".into(), "0.00".into()));
    })
    .await;
}

#[tokio::test]
async fn an_acquirer_that_hangs_is_not_called_without_bounds() {
    const MOST: usize = 1_024;
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let mut requests = JoinSet::new();
        let mut calls = Vec::new();
        for _ in 0..MOST {
            let (router, body) = (app.router.clone(), deposit(&wallet, "tok"));
            requests.spawn(send(
                router,
                "ann",
                "POST",
                "/transactions",
                None,
                Some(body),
            ));
        }
        while calls.len() < MOST {
            calls.push(script.instruction().await);
        }
        let (id, status) = app.deposit(&wallet, "tok").await.made();
        assert_eq!(status, "processing");
        script.assert_silent();
        for call in calls {
            call.answer(Verdict::Approved);
        }
        while let Some(reply) = requests.join_next().await {
            assert_eq!(reply.unwrap().made().1, "completed");
        }
        app.clock.advance(30 * SECONDS);
        tokio::join!(app.tick(), async {
            script.enquiry().await.answer(Verdict::Unknown);
            script.instruction().await.answer(Verdict::Approved);
        });
        assert_eq!(app.status(&id).await, "completed");
    })
    .await;
}

// --- a process that dies ---

/// Ends this process's part without another word: nothing of what it still has to do is done.
async fn crash(app: App) {
    app.service.close().await;
}

#[tokio::test]
async fn a_crash_between_the_commit_and_the_call_is_made_good_by_the_next_process() {
    for engine in engines() {
        let (store, clock) = (TestStore::new(engine), FakeClock::new());
        let (connected, mut script) = scripted();
        let app = App::open(&store, &clock, connected, config()).await;
        let wallet = app.wallet("ann", "EUR", 5_000).await;
        let from: WalletId = wallet.parse().unwrap();
        let new = NewTransaction {
            id: ids(clock.clone()).next(),
            what: Movement::Withdrawal {
                from: from.uuid(),
                instrument: Instrument {
                    kind: InstrumentKind::BankAccount,
                    token: "tok".to_owned(),
                },
            },
            amount: 1_250,
            currency: money::Currency::EUR,
            description: None,
            external_id: None,
            metadata: None,
            risk: None,
            level: None,
        };
        let id = TransactionId(new.id).to_string();
        app.submit(Actor::System, Operation::Create(new)).await;
        script.assert_silent();
        crash(app).await;

        let (connected, mut script) = scripted();
        let app = App::open(&store, &clock, connected, config()).await;
        clock.advance(29 * SECONDS);
        app.tick().await;
        script.assert_silent();
        clock.advance(SECONDS);
        tokio::join!(app.tick(), async {
            let asked = script.enquiry().await;
            assert_eq!(asked.instruction.id.to_string(), id);
            asked.answer(Verdict::Unknown);
            let sent = script.instruction().await;
            assert_eq!(sent.instruction.id.to_string(), id);
            assert_eq!(sent.instruction.amount.minor(), 1_250);
            sent.answer(Verdict::Approved);
        });
        assert_eq!(app.timeline(&id).await, ["processing", "completed"]);
        assert_eq!(app.balance(&wallet).await, ("37.50".into(), "0.00".into()));
        app.service.close().await;
    }
}

#[tokio::test]
async fn a_crash_between_the_call_and_its_answer_does_not_repeat_what_was_done() {
    for engine in engines() {
        let (store, clock) = (TestStore::new(engine), FakeClock::new());
        let (connected, mut script) = scripted();
        let app = App::open(&store, &clock, connected, impatient()).await;
        let wallet = app.wallet("ann", "EUR", 0).await;
        let key = "a key of ann's";
        let (made, call) = tokio::join!(
            app.post_once("ann", key, "/transactions", deposit(&wallet, "tok")),
            script.instruction()
        );
        let (id, _) = made.made();
        app.service.close().await;
        // The acquirer carried it out; nobody was there to hear it.
        call.answer(Verdict::Approved);

        let (connected, mut script) = scripted();
        let app = App::open(&store, &clock, connected, impatient()).await;
        let again = app
            .post_once("ann", key, "/transactions", deposit(&wallet, "tok"))
            .await;
        assert_eq!((again.is_replayed(), &again.text), (true, &made.text));
        clock.advance(30 * SECONDS);
        tick(&app, &mut script, |call| call.answer(Verdict::Approved)).await;
        assert_eq!(app.timeline(&id).await, ["processing", "completed"]);
        assert_eq!(app.balance(&wallet).await.0, "12.50");
        app.service.close().await;
    }
}

#[tokio::test]
async fn two_nodes_that_ask_at_once_have_one_effect() {
    for engine in engines()
        .into_iter()
        .filter(|engine| *engine == Engine::Postgres)
    {
        let (store, clock) = (TestStore::new(engine), FakeClock::new());
        let (connected, mut script) = scripted();
        let one = App::open(&store, &clock, connected, config()).await;
        let (connected, mut other_script) = scripted();
        let other = App::open(&store, &clock, connected, config()).await;
        let wallet = one.wallet("ann", "EUR", 5_000).await;
        let (made, ()) = tokio::join!(
            one.post("ann", "/transactions", withdrawal(&wallet, "tok")),
            async { script.instruction().await.fail(Unanswered::TimedOut) }
        );
        let (id, _) = made.made();
        clock.advance(5 * SECONDS);
        tokio::join!(one.tick(), other.tick(), async {
            let calls = [script.enquiry().await, other_script.enquiry().await];
            for call in calls {
                call.answer(Verdict::Approved);
            }
        });
        assert_eq!(
            one.timeline(&id).await,
            ["processing", "unresolved", "completed", "answered_again"]
        );
        assert_eq!(
            other.balance(&wallet).await,
            ("37.50".into(), "0.00".into())
        );
        one.service.close().await;
        other.service.close().await;
    }
}

#[tokio::test]
async fn an_overview_counts_money_that_is_under_way_and_says_since_when() {
    App::each(config(), async |app, mut script| {
        let report = async || module::Opened::report(app.service.clone()).await.unwrap();
        let wallet = app.wallet("ann", "EUR", 0).await;
        let before = report().await;
        assert_eq!(before.journal.unwrap().queue_depth, 0);
        assert!(before.ledger.unwrap().balanced);
        let none = before.in_flight.unwrap();
        assert_eq!((none.processing, none.unresolved), (0, 0));
        let made_at = platform::clock::Clock::now(&*app.clock);
        let (made, ()) = tokio::join!(app.deposit(&wallet, "tok"), async {
            script.instruction().await.answer(Verdict::Pending);
        });
        assert_eq!(made.made().1, "processing");
        let found = report().await.in_flight.unwrap();
        assert_eq!((found.processing, found.unresolved), (1, 0));
        assert!(
            found
                .oldest_processing
                .is_some_and(|oldest| oldest >= made_at)
        );
        app.clock.advance(30 * SECONDS);
        tick(&app, &mut script, |call| call.answer(Verdict::Pending)).await;
        let found = report().await.in_flight.unwrap();
        assert_eq!((found.processing, found.unresolved), (0, 1));
        assert!(
            found
                .oldest_unresolved
                .is_some_and(|oldest| oldest >= made_at)
        );
    })
    .await;
}
