//! What people read after a clock was ahead and the true time was accepted: balances, statements
//! and lists by time, and until then what the server says instead of committing.

use payments_core::command::{Actor, Command, Operation};
use serde_json::Value;
use values::{DAY, SECOND, Timestamp};

use crate::http_api::support::{App, column, each, transfer};

async fn accept(app: &App) {
    let command = Command {
        org: 1,
        actor: Actor::System,
        idempotency: None,
        request_id: None,
        operation: Operation::AcceptClock {
            reason: "It is right now.".to_owned(),
        },
    };
    app.service.journal().submit(command).await.unwrap();
}

async fn rows(app: &App, path: &str) -> Vec<String> {
    let rows = app.by("ann").all(path, 2).await;
    column(&rows, "amount")
        .into_iter()
        .map(str::to_owned)
        .collect()
}

async fn read(app: &App, path: &str) -> Value {
    let found = app.by("ann").get(path).await;
    assert_eq!(found.status, 200, "{}", found.text);
    found.body
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_while_the_clock_was_ahead_counts_as_of_the_time_that_was_accepted() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "100").await;
        let bob = app.wallet("bob", "USD", "0").await;
        app.wait(SECOND);
        let before = app.now();
        app.clock.step(40 * DAY);
        app.reopen().await;
        app.transfer("ann", &ann, &bob, "10", "USD").await;
        app.clock.step(-40 * DAY);
        app.reopen().await;
        let refused = app
            .by("ann")
            .post("/transactions", transfer(&ann, &bob, "1", "USD"))
            .await;
        assert_eq!(refused.status, 503, "{}", refused.text);
        assert_eq!(refused.body["code"], "clock_untrusted");
        // Nothing has happened later than now.
        let balance = format!("/wallets/{ann}/balance");
        let now = app.now();
        for path in [balance.clone(), format!("{balance}?at={now}")] {
            assert_eq!(read(app, &path).await["balance"]["posted"], "90.00");
        }
        app.wait(SECOND);
        accept(app).await;
        let accepted = app.now();
        app.wait(SECOND);
        app.transfer("ann", &ann, &bob, "5", "USD").await;
        app.wait(SECOND);
        app.transfer("ann", &ann, &bob, "3", "USD").await;
        app.wait(SECOND);
        let now = app.now();
        for (at, posted) in [
            (before, "100.00"),
            (accepted.plus(-1), "100.00"),
            (accepted, "90.00"),
            (accepted.plus(SECOND), "85.00"),
            (now.plus(-1), "82.00"),
            (now, "82.00"),
            (now.plus(DAY), "82.00"),
        ] {
            let found = read(app, &format!("{balance}?at={at}")).await;
            assert_eq!(found["balance"]["posted"], posted, "{at}");
        }
        statements_tell(app, &ann, [before, accepted, now]).await;
        lists_tell(app, &ann, [before, accepted, now]).await;
    })
    .await;
}

async fn statements_tell(app: &App, ann: &str, [before, accepted, now]: [Timestamp; 3]) {
    let statement = format!("/wallets/{ann}/statement");
    let periods = [
        (
            String::new(),
            "0.00",
            "82.00",
            vec!["-3.00", "-5.00", "-10.00", "100.00"],
        ),
        (
            format!("?to={now}"),
            "0.00",
            "82.00",
            vec!["-3.00", "-5.00", "-10.00", "100.00"],
        ),
        (
            format!("?from={before}&to={now}"),
            "100.00",
            "82.00",
            vec!["-3.00", "-5.00", "-10.00"],
        ),
        (format!("?to={accepted}"), "0.00", "100.00", vec!["100.00"]),
        (
            format!("?from={accepted}&to={}", accepted.plus(SECOND)),
            "100.00",
            "90.00",
            vec!["-10.00"],
        ),
        (
            format!("?from={}", accepted.plus(1)),
            "90.00",
            "82.00",
            vec!["-3.00", "-5.00"],
        ),
    ];
    for (period, opening, closing, amounts) in periods {
        let path = format!("{statement}{period}");
        let page = read(app, &path).await;
        assert_eq!(page["opening_balance"], opening, "{period}");
        assert_eq!(page["closing_balance"], closing, "{period}");
        let separator = if period.is_empty() { "?" } else { "&" };
        let found = rows(app, &format!("{path}{separator}include_holds=false")).await;
        assert_eq!(found, amounts, "{period}");
    }
}

async fn lists_tell(app: &App, ann: &str, [before, accepted, now]: [Timestamp; 3]) {
    let listed = |query: String| format!("/transactions?wallet_id={ann}&{query}");
    for (query, amounts) in [
        (
            format!("created_gte={accepted}"),
            vec!["3.00", "5.00", "10.00"],
        ),
        (
            format!("created_gte={}", accepted.plus(1)),
            vec!["3.00", "5.00"],
        ),
        (format!("created_lt={accepted}"), vec!["100.00"]),
        (
            format!("created_gte={before}&created_lt={now}"),
            vec!["3.00", "5.00", "10.00"],
        ),
    ] {
        assert_eq!(rows(app, &listed(query.clone())).await, amounts, "{query}");
    }
}
