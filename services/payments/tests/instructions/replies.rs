//! What a caller hears first, and what a repetition with the same key hears: always the same.

use std::time::Duration;

use payments::acquirer::{Unanswered, Verdict};
use serde_json::json;
use tokio::task::JoinSet;

use super::harness::{
    App, Reply, Script, config, declined, deposit, impatient, reply, send, withdrawal,
};

const KEY: &str = "a key of ann's";
const PATH: &str = "/transactions";

async fn assert_repeats(app: &App, wallet: &str, first: &Reply) {
    for _ in 0..2 {
        let again = app
            .post_once("ann", KEY, PATH, deposit(wallet, "tok"))
            .await;
        assert!(again.is_replayed(), "{again:?}");
        assert_eq!((again.status, &again.text), (first.status, &first.text));
    }
}

/// Sends a deposit in the background, as far as the call to the acquirer.
async fn begin(
    app: &App,
    script: &mut Script,
    wallet: &str,
    requests: &mut JoinSet<Reply>,
) -> super::harness::Call {
    let (router, body) = (app.router.clone(), deposit(wallet, "tok"));
    requests.spawn(send(router, "ann", "POST", PATH, Some(KEY), Some(body)));
    script.instruction().await
}

#[tokio::test]
async fn a_repetition_during_the_wait_is_told_to_come_back() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let mut requests = JoinSet::new();
        let call = begin(&app, &mut script, &wallet, &mut requests).await;
        for body in [deposit(&wallet, "tok"), deposit(&wallet, "other")] {
            let early = app.post_once("ann", KEY, PATH, body).await;
            assert_eq!(
                (early.status, early.code()),
                (409, "idempotency_in_progress")
            );
            assert_eq!(early.headers["retry-after"], "1");
            assert_eq!(early.body["retryable"], true);
        }
        // Another key, another user's same key: neither is at work.
        let mut others = JoinSet::new();
        let other = (app.router.clone(), deposit(&wallet, "tok"));
        others.spawn(send(
            other.0,
            "ann",
            "POST",
            PATH,
            Some("another key"),
            Some(other.1),
        ));
        script.instruction().await.answer(Verdict::Approved);
        assert_eq!(
            others.join_next().await.unwrap().unwrap().made().1,
            "completed"
        );

        call.answer(Verdict::Approved);
        let first = requests.join_next().await.unwrap().unwrap();
        assert_eq!(first.made().1, "completed");
        assert!(!first.is_replayed());
        assert_repeats(&app, &wallet, &first).await;
        let reused = app
            .post_once("ann", KEY, PATH, deposit(&wallet, "other"))
            .await;
        assert_eq!(
            (reused.status, reused.code()),
            (422, "idempotency_key_reused")
        );
        script.assert_silent();
        assert_eq!(app.balance(&wallet).await.0, "25.00");
    })
    .await;
}

#[tokio::test]
async fn a_decline_in_time_is_what_a_repetition_gets() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let mut requests = JoinSet::new();
        begin(&app, &mut script, &wallet, &mut requests)
            .await
            .answer(declined("card_declined"));
        let first = requests.join_next().await.unwrap().unwrap();
        assert_eq!(first.made().1, "failed");
        assert_eq!(first.body["failure"]["code"], "card_declined");
        assert_repeats(&app, &wallet, &first).await;
    })
    .await;
}

#[tokio::test]
async fn what_nobody_could_tell_in_time_is_what_a_repetition_gets() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let mut requests = JoinSet::new();
        begin(&app, &mut script, &wallet, &mut requests)
            .await
            .fail(Unanswered::TimedOut);
        let first = requests.join_next().await.unwrap().unwrap();
        assert_eq!(first.made().1, "unresolved");
        assert_repeats(&app, &wallet, &first).await;
    })
    .await;
}

#[tokio::test]
async fn who_was_told_processing_is_told_so_again_whatever_follows() {
    App::each(impatient(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let (first, call) = tokio::join!(
            app.post_once("ann", KEY, PATH, deposit(&wallet, "tok")),
            script.instruction()
        );
        let (id, status) = first.made();
        assert_eq!(status, "processing");
        assert_repeats(&app, &wallet, &first).await;
        call.answer(Verdict::Approved);
        app.until(&id, "completed").await;
        assert_repeats(&app, &wallet, &first).await;
        assert_eq!(app.balance(&wallet).await.0, "12.50");
    })
    .await;
}

#[tokio::test]
async fn an_acquirer_at_work_lets_the_caller_go_at_once() {
    // The settings would let the request wait for ten minutes.
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let mut requests = JoinSet::new();
        begin(&app, &mut script, &wallet, &mut requests)
            .await
            .answer(Verdict::Pending);
        let first = requests.join_next().await.unwrap().unwrap();
        let (id, status) = first.made();
        assert_eq!(status, "processing");
        script.tell(&id, Verdict::Approved);
        app.tick().await;
        assert_eq!(app.status(&id).await, "completed");
        assert_repeats(&app, &wallet, &first).await;
    })
    .await;
}

#[tokio::test]
async fn whichever_comes_first_a_repetition_gets_what_the_first_got() {
    const REQUESTS: usize = 60;
    // About as long as a commit takes, so that some answers are in time and some are not.
    for inline_wait_ms in [1, 3, 9] {
        let close = payments::Config {
            inline_wait_ms,
            ..config()
        };
        App::each(close, async |app, mut script| {
            let wallet = app.wallet("ann", "EUR", 0).await;
            let answers = tokio::spawn(async move {
                for _ in 0..REQUESTS {
                    script.instruction().await.answer(Verdict::Approved);
                }
            });
            let mut requests = JoinSet::new();
            for number in 0..REQUESTS {
                let (router, body) = (app.router.clone(), deposit(&wallet, "tok"));
                requests.spawn(async move {
                    let key = format!("key {number}");
                    let first = send(router, "ann", "POST", PATH, Some(&key), Some(body)).await;
                    (key, first)
                });
            }
            let firsts = requests.join_all().await;
            answers.await.unwrap();
            for (_, first) in &firsts {
                app.until(&first.made().0, "completed").await;
            }
            for (key, first) in &firsts {
                let again = app
                    .post_once("ann", key, PATH, deposit(&wallet, "tok"))
                    .await;
                assert!(again.is_replayed());
                assert_eq!(&again.text, &first.text);
            }
            assert_eq!(app.balance(&wallet).await.0, "750.00");
        })
        .await;
    }
}

#[tokio::test]
async fn once_the_settlement_speaks_for_a_request_the_request_waits_for_it() {
    let ten_seconds = payments::Config {
        inline_wait_ms: 10_000,
        ..config()
    };
    App::each(ten_seconds, async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let mut requests = JoinSet::new();
        let call = begin(&app, &mut script, &wallet, &mut requests).await;
        // Nothing can be committed until this transaction ends.
        let mut lock = app.service.db().begin().await.unwrap();
        lock.execute("UPDATE head SET batch = batch WHERE id = 1", vec![])
            .await
            .unwrap();
        call.answer(Verdict::Approved);
        // The settlement reaches the journal, then the time of the request is up.
        for _ in 0..20 {
            tokio::task::yield_now().await;
            let early = app
                .post_once("ann", KEY, PATH, deposit(&wallet, "tok"))
                .await;
            assert_eq!(
                (early.status, early.code()),
                (409, "idempotency_in_progress")
            );
        }
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(11)).await;
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        tokio::time::resume();
        assert!(requests.try_join_next().is_none());
        let early = app
            .post_once("ann", KEY, PATH, deposit(&wallet, "tok"))
            .await;
        assert_eq!(
            (early.status, early.code()),
            (409, "idempotency_in_progress")
        );
        drop(lock);
        let first = requests.join_next().await.unwrap().unwrap();
        assert_eq!(first.made().1, "completed");
        assert_repeats(&app, &wallet, &first).await;
        assert_eq!(app.balance(&wallet).await.0, "12.50");
    })
    .await;
}

#[tokio::test]
async fn the_work_goes_on_when_the_client_goes_away() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let mut requests = JoinSet::new();
        let call = begin(&app, &mut script, &wallet, &mut requests).await;
        requests.shutdown().await;
        // The key is free: what the first would have been told is `processing`, and so is every
        // repetition.
        let again = app
            .post_once("ann", KEY, PATH, deposit(&wallet, "tok"))
            .await;
        assert!(again.is_replayed());
        let (id, status) = again.made();
        assert_eq!(status, "processing");
        call.answer(Verdict::Approved);
        app.until(&id, "completed").await;
        assert_repeats(&app, &wallet, &again).await;
        assert_eq!(app.balance(&wallet).await.0, "12.50");
    })
    .await;
}

#[tokio::test]
async fn a_refused_request_never_reaches_the_acquirer_and_frees_its_key() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 100).await;
        let first = app
            .post_once("ann", KEY, PATH, withdrawal(&wallet, "tok"))
            .await;
        assert_eq!((first.status, first.code()), (422, "insufficient_funds"));
        let again = app
            .post_once("ann", KEY, PATH, withdrawal(&wallet, "tok"))
            .await;
        assert_eq!(
            (again.status, again.code(), again.is_replayed()),
            (422, "insufficient_funds", true)
        );
        let malformed = app
            .post_once("ann", "other", PATH, json!({ "type": "deposit" }))
            .await;
        assert_eq!(malformed.status, 400);
        script.assert_silent();
    })
    .await;
}

#[tokio::test]
async fn without_a_key_every_request_is_its_own() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let (one, other, ()) = tokio::join!(
            app.deposit(&wallet, "tok"),
            app.deposit(&wallet, "tok"),
            async {
                let calls = [script.instruction().await, script.instruction().await];
                assert_ne!(calls[0].instruction.id, calls[1].instruction.id);
                for call in calls {
                    call.answer(Verdict::Approved);
                }
            }
        );
        assert_ne!(one.made().0, other.made().0);
        assert_eq!(app.balance(&wallet).await.0, "25.00");
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_cannot_be_committed_leaves_the_caller_with_processing() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let mut requests = JoinSet::new();
        let call = begin(&app, &mut script, &wallet, &mut requests).await;
        let journal = app.service.journal().clone();
        tokio::task::spawn_blocking(move || journal.close())
            .await
            .unwrap();
        call.answer(Verdict::Approved);
        let first = requests.join_next().await.unwrap().unwrap();
        let (id, status) = first.made();
        assert_eq!(
            (status.as_str(), app.status(&id).await.as_str()),
            ("processing", "processing")
        );
        assert_eq!(app.due_in(&id).await, (0, Some(30)));
    })
    .await;
}

#[tokio::test]
async fn notifications_over_http_are_not_taken_from_a_connector_in_this_process() {
    App::each(config(), async |app, _script| {
        let request = http::Request::post("/api/v1/acquirer/notifications")
            .body("{}".into())
            .unwrap();
        assert_eq!(reply(app.router.clone(), request).await.status, 404);
    })
    .await;
}
