//! Every state of risk in which something waits has a way out: the table of docs/cases.md, walked.

use http::StatusCode;
use platform::clock::Clock;
use serde_json::{Value, json};
use testkit::{Engine, engines};
use values::DAY;

use super::{approve, decline, reviewing};
use crate::support::{App, Says};

const DOCS: &str = include_str!("../../../../docs/cases.md");

/// The rows of the table: the state, and the ways out of it.
fn table() -> Vec<(&'static str, Vec<&'static str>)> {
    let (_, table) = DOCS.split_once("## Ways out").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let ways = cells[2].split(", ").map(|way| way.trim_matches('`'));
        (cells[0].trim_matches('`'), ways.collect())
    })
    .collect()
}

/// A case in a state; where a transaction waits for it, that.
async fn arrive(app: &App, state: &str) -> (String, Option<contracts::risk::ProposedTransaction>) {
    let later = json!({ "until": app.clock.now().plus(DAY), "reason": "Later" });
    match state {
        "unresolved" => {
            let made = app.transfer(1, "ann", "bob", 100);
            app.tell(&made, "ann", "bob", "processing");
            app.service.catch_up().await.unwrap();
            app.moves(&made, "unresolved").await;
            let case = app.only("queue=unresolved").await;
            return (super::text(&case["id"]), Some(made));
        }
        "sanctions" | "kyc" => return (app.case(1, state, 50).await, None),
        _ => {}
    }
    let (made, id) = app.waits(1, 100).await;
    match state {
        "open" => {}
        "assigned" => drop(app.post("operator", "/cases/next", json!({})).await),
        "snoozed" => drop(app.acts("operator", &id, "snooze", later).await),
        "proposed" => {
            app.reviewers.says.lock().unwrap().push_back(Says::Proposed);
            app.acts("operator", &id, "decide", approve()).await;
        }
        "under_way" => {
            app.reviewers.says.lock().unwrap().push_back(Says::Away);
            app.act("operator", &id, "decide", approve()).await;
        }
        "closed" => drop(app.acts("operator", &id, "decide", approve()).await),
        other => panic!("docs/cases.md names a state `{other}` that this test does not know"),
    }
    (id, Some(made))
}

/// Takes one of the ways out; the state afterwards.
async fn leave(app: &App, state: &str, way: &str) -> Value {
    let (id, made) = arrive(app, state).await;
    match way {
        "decide" => {
            let body = match (state, &made) {
                ("sanctions", _) => json!({ "outcome": "valuable", "reason": "common_name" }),
                ("kyc", _) => json!({ "outcome": "valuable", "reason": "document_accepted" }),
                _ => decline(),
            };
            app.acts("operator", &id, "decide", body).await;
        }
        "confirm" => drop(app.acts("second", &id, "decide", approve()).await),
        "expiry" => app.moves(&made.unwrap(), "expired").await,
        "cancellation" => app.moves(&made.unwrap(), "cancelled").await,
        "evidence" => app.moves(&made.unwrap(), "completed").await,
        "sweep" => {
            app.clock.advance(DAY);
            app.service.sweep_cases().await.unwrap();
        }
        "reopen" => drop(
            app.acts("second", &id, "reopen", json!({ "reason": "Again" }))
                .await,
        ),
        other => panic!("docs/cases.md names a way `{other}` that this test does not know"),
    }
    app.whole(&id).await["state"].clone()
}

async fn walk(engine: Engine) {
    for (state, ways) in table() {
        for way in ways {
            let app = reviewing(engine, false).await;
            let found = leave(&app, state, way).await;
            let expected = match (state, way) {
                ("closed", "reopen") | ("snoozed", "sweep") => "assigned",
                _ => "closed",
            };
            assert_eq!(found, expected, "{engine:?}: {state} by {way}");
        }
    }
}

#[tokio::test]
async fn every_state_in_which_something_waits_has_the_ways_out_that_are_written_down() {
    let states: Vec<_> = table().into_iter().map(|(state, _)| state).collect();
    let expected = [
        "open",
        "assigned",
        "snoozed",
        "proposed",
        "under_way",
        "unresolved",
        "sanctions",
        "kyc",
        "closed",
    ];
    assert_eq!(states, expected);
    for engine in engines() {
        walk(engine).await;
    }
}

#[tokio::test]
async fn nothing_of_risk_is_decided_by_who_waits_for_it() {
    for engine in engines() {
        let app = reviewing(engine, false).await;
        let (_, id) = app.waits(1, 100).await;
        for who in ["ann", "bob"] {
            let (status, _) = app.act(who, &id, "decide", approve()).await;
            assert_eq!(status, StatusCode::FORBIDDEN);
        }
    }
}
