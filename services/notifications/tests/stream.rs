//! Live events: who sees what, and how a stream goes on and ends.

use contracts::events::Party;
use futures_util::FutureExt;
use notifications::Config;
use serde_json::json;
use testkit::{Engine, engines};

use crate::support::{App, Stream};

fn transfer(app: &App, payer: &str, payee: &str) -> i64 {
    let event = app.feed.push(
        "transaction.completed",
        "txn_01k9zv5rhcfb9s6yvp8g0vq3wb",
        &[(Party::Payer, payer), (Party::Payee, payee)],
        json!({"type": "transfer", "amount": "12.50", "currency": "USD"}),
    );
    event.sequence
}

fn wallet(app: &App, owner: &str) -> i64 {
    let data = json!({"id": "wal_1"});
    let event = app
        .feed
        .push("wallet.opened", "wal_1", &[(Party::Owner, owner)], data);
    event.sequence
}

async fn places(stream: &mut Stream, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(stream.next().await.unwrap().id);
    }
    ids
}

#[tokio::test]
async fn everybody_sees_what_they_may_see_and_no_more() {
    for engine in engines() {
        let app = App::on(engine).await;
        let background = app.service.start_background();
        let open = async |who, query| app.stream(who, query, None).await.unwrap();
        let mut bob = open("bob", "").await;
        let mut bobs_wallets = open("bob", "?types=wallet.*").await;
        let mut auditor = open("auditor", "?types=transaction.completed,wallet.opened").await;
        let mut stranger = open("stranger", "").await;
        transfer(&app, "ann", "bob");
        transfer(&app, "ann", "shop");
        wallet(&app, "bob");
        wallet(&app, "ann");
        let first = bob.next().await.unwrap();
        assert_eq!(
            (first.kind.as_str(), first.id.as_str()),
            ("transaction.completed", "payments:1")
        );
        assert_eq!(first.data["type"], "transaction.completed");
        assert_eq!(first.data["data"]["amount"], "12.50");
        assert_eq!(first.data["specversion"], "1.0");
        assert_eq!(places(&mut bob, 1).await, ["payments:3"]);
        assert_eq!(places(&mut bobs_wallets, 1).await, ["payments:3"]);
        let all = ["payments:1", "payments:2", "payments:3", "payments:4"];
        assert_eq!(places(&mut auditor, 4).await, all);
        module::Opened::end_long_answers(&*app.service);
        assert!(stranger.next().await.is_none() && bob.next().await.is_none());
        let refused = app.stream("bob", "", None).await.err().unwrap();
        assert_eq!(refused["code"], "streams_full");
        drop(background);
    }
}

#[tokio::test]
async fn a_stream_goes_on_after_the_last_event_and_misses_none() {
    let app = App::on(Engine::Sqlite).await;
    let background = app.service.start_background();
    let mut expected = Vec::new();
    let mut got = Vec::new();
    let mut last: Option<String> = None;
    for round in 0..30 {
        let mut stream = app.stream("bob", "", last.as_deref()).await.unwrap();
        for _ in 0..round % 4 {
            expected.push(format!("payments:{}", transfer(&app, "ann", "bob")));
            transfer(&app, "ann", "shop");
            tokio::task::yield_now().await;
        }
        // Some are left to the next stream.
        for _ in 0..(expected.len() - got.len()) / 2 + round % 2 {
            if got.len() < expected.len() {
                let told = stream.next().await.unwrap();
                got.push(told.id.clone());
                last = Some(told.id);
            }
        }
        if last.is_none() {
            // Nothing was told yet: a stream that begins now would begin after it.
            last = Some("payments:0".to_owned());
        }
        drop(stream);
        transfer(&app, "ann", "shop");
    }
    let mut stream = app
        .stream("bob", &format!("?last_event_id={}", last.unwrap()), None)
        .await
        .unwrap();
    while got.len() < expected.len() {
        got.push(stream.next().await.unwrap().id);
    }
    assert_eq!(got, expected);
    drop(background);
}

#[tokio::test]
async fn who_was_away_for_too_long_is_told_what_is_missing() {
    let mut config = Config::default();
    config.stream.back = 3;
    let app = App::with(Engine::Sqlite, config).await;
    for _ in 0..10 {
        transfer(&app, "ann", "bob");
    }
    let mut stream = app.stream("bob", "", Some("payments:2")).await.unwrap();
    let gap = stream.next().await.unwrap();
    assert_eq!(
        (gap.kind.as_str(), gap.id.as_str()),
        ("stream.gap", "payments:7")
    );
    assert_eq!(
        gap.data,
        json!({"feed": "payments", "after": 2, "through": 7})
    );
    let rest = ["payments:8", "payments:9", "payments:10"];
    assert_eq!(places(&mut stream, 3).await, rest);
    for wrong in ["x", "payments:x", "payments:-3"] {
        let refused = app.stream("bob", "", Some(wrong)).await.err().unwrap();
        assert_eq!(refused["code"], "invalid_last_event_id");
    }
    let refused = app
        .stream("bob", "?types=transaction", None)
        .await
        .err()
        .unwrap();
    assert_eq!(refused["code"], "unknown_event_type");
}

#[tokio::test]
async fn a_stream_ends_with_the_session() {
    let mut config = Config::default();
    config.stream.check_every_ms = 1;
    let app = App::with(Engine::Sqlite, config).await;
    let background = app.service.start_background();
    let mut stream = app.stream("bob", "", None).await.unwrap();
    transfer(&app, "ann", "bob");
    assert!(stream.next().await.is_some());
    app.village.left.lock().unwrap().push("bob".to_owned());
    assert!(stream.next().await.is_none());
    assert!(app.stream("bob", "", None).await.is_err());
    drop(background);
}

#[tokio::test]
async fn who_reads_too_slowly_is_cut_off_and_comes_back() {
    let app = App::on(Engine::Sqlite).await;
    let background = app.service.start_background();
    let mut stream = app.stream("bob", "", None).await.unwrap();
    let mut last = transfer(&app, "ann", "bob");
    stream.next().await.unwrap();
    // It has read what there was, and waits for the reader.
    assert!(stream.next().now_or_never().is_none());
    transfer(&app, "ann", "bob");
    let first = stream.next().await.unwrap();
    assert!(stream.next().now_or_never().is_none());
    // More than is kept for the slowest; only the last concerns bob.
    for _ in 0..1_100 * 128 {
        last = transfer(&app, "ann", "shop");
    }
    last = last.max(transfer(&app, "ann", "bob"));
    // The reader goes through it at once.
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
    assert!(stream.next().await.is_none());
    let mut again = app.stream("bob", "", Some(&first.id)).await.unwrap();
    assert_eq!(again.next().await.unwrap().kind, "stream.gap");
    assert_eq!(again.next().await.unwrap().id, format!("payments:{last}"));
    drop(background);
}

#[tokio::test]
async fn a_user_and_a_node_have_so_many_streams_and_no_more() {
    let mut config = Config::default();
    (config.stream.per_user, config.stream.per_node) = (2, 3);
    let app = App::with(Engine::Sqlite, config).await;
    let first = app.stream("bob", "", None).await.unwrap();
    let _second = app.stream("bob", "", None).await.unwrap();
    let refused = app.stream("bob", "", None).await.err().unwrap();
    assert_eq!(refused["code"], "too_many_streams");
    let _anns = app.stream("ann", "", None).await.unwrap();
    let refused = app.stream("ann", "", None).await.err().unwrap();
    assert_eq!(refused["code"], "streams_full");
    drop(first);
    assert!(app.stream("bob", "", None).await.is_ok());
}

#[tokio::test]
async fn what_is_committed_before_the_reader_begins_is_not_held_back() {
    let app = App::on(Engine::Sqlite).await;
    let mut stream = app.stream("bob", "", None).await.unwrap();
    assert!(stream.next().now_or_never().is_none());
    let place = transfer(&app, "ann", "bob");
    let background = app.service.start_background();
    assert_eq!(stream.next().await.unwrap().id, format!("payments:{place}"));
    drop(background);
}
