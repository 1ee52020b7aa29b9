//! What each token of the simulated acquirer does to a transaction, its wallet and its limits.

use payments::Config;
use serde_json::json;

use super::harness::{App, config, deposit, withdrawal};

/// The simulated acquirer is given up at once where it does not answer at once, and late by an
/// hour.
fn simulated() -> Config {
    let mut config = config();
    config.acquirer.timeout_ms = 20;
    config.acquirer.late_ms = 3_600_000;
    config
}

#[tokio::test]
async fn each_token_ends_a_deposit_in_its_way() {
    App::each_built(simulated(), async |app| {
        for (token, status, failure, posted) in [
            ("tok_ok", "completed", None, "12.50"),
            ("tok_twice", "completed", None, "12.50"),
            ("tok_declined", "failed", Some("card_declined"), "0.00"),
            (
                "tok_insufficient_funds",
                "failed",
                Some("insufficient_funds"),
                "0.00",
            ),
            ("tok_of_nobody", "failed", Some("invalid_token"), "0.00"),
            ("tok_late", "processing", None, "0.00"),
            ("tok_timeout", "unresolved", None, "0.00"),
        ] {
            let wallet = app.wallet("ann", "EUR", 0).await;
            let made = app.deposit(&wallet, token).await;
            assert_eq!(made.created()["status"], status, "{token}: {}", made.text);
            assert_eq!(made.body["failure"]["code"], json!(failure), "{token}");
            assert_eq!(
                made.body["completed_at"].is_null(),
                status != "completed",
                "{token}"
            );
            assert_eq!(
                app.balance(&wallet).await,
                (posted.into(), "0.00".into()),
                "{token}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn each_token_ends_a_withdrawal_in_its_way() {
    App::each_built(simulated(), async |app| {
        for (token, status, failure, posted, held) in [
            ("tok_ok", "completed", None, "37.50", "0.00"),
            ("tok_twice", "completed", None, "37.50", "0.00"),
            (
                "tok_declined",
                "failed",
                Some("account_rejected"),
                "50.00",
                "0.00",
            ),
            (
                "tok_insufficient_funds",
                "failed",
                Some("insufficient_funds"),
                "50.00",
                "0.00",
            ),
            (
                "tok_of_nobody",
                "failed",
                Some("invalid_token"),
                "50.00",
                "0.00",
            ),
            ("tok_late", "processing", None, "50.00", "12.50"),
            ("tok_timeout", "unresolved", None, "50.00", "12.50"),
        ] {
            let wallet = app.wallet("ann", "EUR", 5_000).await;
            let made = app.withdraw(&wallet, token).await;
            assert_eq!(made.created()["status"], status, "{token}: {}", made.text);
            assert_eq!(made.body["failure"]["code"], json!(failure), "{token}");
            assert_eq!(
                app.balance(&wallet).await,
                (posted.into(), held.into()),
                "{token}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_declined_withdrawal_does_not_count_against_the_limits() {
    App::each_built(simulated(), async |app| {
        let wallet = app.wallet("ann", "EUR", 50_000).await;
        let hundred = |token: &str| {
            let mut body = withdrawal(&wallet, token);
            body["amount"] = json!("100");
            body
        };
        for _ in 0..3 {
            let made = app
                .post("ann", "/transactions", hundred("tok_declined"))
                .await;
            assert_eq!(made.created()["status"], "failed");
        }
        let made = app.post("ann", "/transactions", hundred("tok_ok")).await;
        assert_eq!(made.created()["status"], "completed");
        let refused = app.post("ann", "/transactions", hundred("tok_ok")).await;
        assert_eq!((refused.status, refused.code()), (422, "limit_exceeded"));
    })
    .await;
}

#[tokio::test]
async fn what_nobody_knows_of_counts_against_the_limits_until_it_is_known() {
    App::each_built(simulated(), async |app| {
        let wallet = app.wallet("ann", "EUR", 50_000).await;
        let mut body = withdrawal(&wallet, "tok_timeout");
        body["amount"] = json!("100");
        let (id, _) = app.post("ann", "/transactions", body.clone()).await.made();
        let refused = app.post("ann", "/transactions", body).await;
        assert_eq!((refused.status, refused.code()), (422, "limit_exceeded"));
        for by in ["operator", "deputy"] {
            assert_eq!(app.resolve(by, &id, "failed").await.status, 200);
        }
        assert_eq!(app.withdraw(&wallet, "tok_ok").await.made().1, "completed");
    })
    .await;
}

#[tokio::test]
async fn a_late_approval_completes_what_was_processing() {
    let mut soon = config();
    soon.acquirer.late_ms = 1;
    App::each_built(soon, async |app| {
        let wallet = app.wallet("ann", "EUR", 5_000).await;
        let background = app.service.start_background();
        let (deposited, status) = app.deposit(&wallet, "tok_late").await.made();
        assert_eq!(status, "processing");
        let (withdrawn, status) = app.withdraw(&wallet, "tok_late").await.made();
        assert_eq!(status, "processing");
        for id in [deposited, withdrawn] {
            app.until(&id, "completed").await;
            assert_eq!(app.timeline(&id).await, ["processing", "completed"]);
        }
        assert_eq!(app.balance(&wallet).await, ("50.00".into(), "0.00".into()));
        drop(background);
    })
    .await;
}

#[tokio::test]
async fn what_is_approved_three_times_has_one_effect_and_shows_each_answer() {
    App::each_built(simulated(), async |app| {
        let wallet = app.wallet("ann", "EUR", 5_000).await;
        let (deposited, _) = app.deposit(&wallet, "tok_twice").await.made();
        let (withdrawn, _) = app.withdraw(&wallet, "tok_twice").await.made();
        app.tick().await;
        for id in [deposited, withdrawn] {
            let timeline = app.timeline(&id).await;
            assert_eq!(
                timeline,
                [
                    "processing",
                    "completed",
                    "answered_again",
                    "answered_again"
                ]
            );
            assert_eq!(app.status(&id).await, "completed");
        }
        assert_eq!(app.balance(&wallet).await, ("50.00".into(), "0.00".into()));
    })
    .await;
}

#[tokio::test]
async fn a_failure_rate_of_100_fails_everything_and_gives_all_back() {
    let mut failing = simulated();
    failing.acquirer.failure_percent = 100;
    App::each_built(failing, async |app| {
        let wallet = app.wallet("ann", "EUR", 5_000).await;
        for token in ["tok_ok", "tok_late", "tok_timeout", "tok_twice"] {
            for body in [deposit(&wallet, token), withdrawal(&wallet, token)] {
                let made = app.post("ann", "/transactions", body).await;
                assert_eq!(made.created()["status"], "failed", "{token}");
                assert_eq!(made.body["failure"]["code"], "processing_error", "{token}");
            }
        }
        app.tick().await;
        assert_eq!(app.balance(&wallet).await, ("50.00".into(), "0.00".into()));
    })
    .await;
}

#[tokio::test]
async fn what_timed_out_is_ended_by_two_operators_who_agree() {
    App::each_built(simulated(), async |app| {
        for (outcome, posted) in [("completed", "37.50"), ("failed", "50.00")] {
            let wallet = app.wallet("ann", "EUR", 5_000).await;
            let (id, status) = app.withdraw(&wallet, "tok_timeout").await.made();
            assert_eq!(status, "unresolved");
            // Enquiries learn nothing.
            app.clock.advance(super::harness::HOUR);
            app.tick().await;
            assert_eq!(app.status(&id).await, "unresolved");
            let first = app.resolve("operator", &id, outcome).await;
            assert_eq!(
                (first.status, &first.body["status"]),
                (200, &json!("unresolved"))
            );
            let alone = app.resolve("operator", &id, outcome).await;
            assert_eq!(
                (alone.status, alone.code()),
                (409, "second_operator_needed")
            );
            assert_eq!(app.balance(&wallet).await, ("50.00".into(), "12.50".into()));
            let second = app.resolve("deputy", &id, outcome).await;
            assert_eq!(
                (second.status, &second.body["status"]),
                (200, &json!(outcome))
            );
            assert_eq!(app.balance(&wallet).await, (posted.into(), "0.00".into()));
            let late = app.resolve("admin", &id, outcome).await;
            assert_eq!((late.status, late.code()), (409, "wrong_state"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_deposit_that_timed_out_is_credited_once_two_operators_say_so() {
    App::each_built(simulated(), async |app| {
        for (outcome, posted) in [("completed", "12.50"), ("failed", "0.00")] {
            let wallet = app.wallet("ann", "EUR", 0).await;
            let (id, _) = app.deposit(&wallet, "tok_timeout").await.made();
            assert_eq!(
                app.resolve("deputy", &id, outcome).await.body["status"],
                "unresolved"
            );
            assert_eq!(app.balance(&wallet).await.0, "0.00");
            assert_eq!(
                app.resolve("operator", &id, outcome).await.body["status"],
                outcome
            );
            assert_eq!(app.balance(&wallet).await.0, posted);
        }
    })
    .await;
}

#[tokio::test]
async fn operators_who_contradict_each_other_decide_nothing() {
    App::each_built(simulated(), async |app| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let (id, _) = app.deposit(&wallet, "tok_timeout").await.made();
        for (by, outcome) in [
            ("operator", "completed"),
            ("deputy", "failed"),
            ("operator", "completed"),
        ] {
            let said = app.resolve(by, &id, outcome).await;
            assert_eq!(
                (said.status, &said.body["status"]),
                (200, &json!("unresolved"))
            );
        }
        assert_eq!(
            app.resolve("deputy", &id, "completed").await.body["status"],
            "completed"
        );
    })
    .await;
}
