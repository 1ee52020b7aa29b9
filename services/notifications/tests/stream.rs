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

/// Where the id of an event says that payments stands.
fn payments(id: &str) -> String {
    let mut parts = id.split(',');
    parts
        .find(|part| part.starts_with("payments:"))
        .unwrap()
        .to_owned()
}

async fn places(stream: &mut Stream, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(payments(&stream.next().await.unwrap().id));
    }
    ids
}

/// All but what tells of new notifications.
const MONEY: &str = "?types=transaction.*,wallet.*";

#[tokio::test]
async fn everybody_sees_what_they_may_see_and_no_more() {
    for engine in engines() {
        let app = App::on(engine).await;
        let background = app.service.start_background();
        let open = async |who, query| app.stream(who, query, None).await.unwrap();
        let mut bob = open("bob", MONEY).await;
        let mut bobs_wallets = open("bob", "?types=wallet.*").await;
        let mut auditor = open("auditor", "?types=transaction.completed,wallet.opened").await;
        let mut stranger = open("stranger", MONEY).await;
        transfer(&app, "ann", "bob");
        transfer(&app, "ann", "shop");
        wallet(&app, "bob");
        wallet(&app, "ann");
        let first = bob.next().await.unwrap();
        assert_eq!(
            (first.kind.as_str(), payments(&first.id).as_str()),
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
        let mut stream = app.stream("bob", MONEY, last.as_deref()).await.unwrap();
        for _ in 0..round % 4 {
            expected.push(format!("payments:{}", transfer(&app, "ann", "bob")));
            transfer(&app, "ann", "shop");
            tokio::task::yield_now().await;
        }
        // Some are left to the next stream.
        for _ in 0..(expected.len() - got.len()) / 2 + round % 2 {
            if got.len() < expected.len() {
                let told = stream.next().await.unwrap();
                got.push(payments(&told.id));
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
        .stream(
            "bob",
            &format!("{MONEY}&last_event_id={}", last.unwrap()),
            None,
        )
        .await
        .unwrap();
    while got.len() < expected.len() {
        got.push(payments(&stream.next().await.unwrap().id));
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
        (gap.kind.as_str(), payments(&gap.id).as_str()),
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
    let mut stream = app.stream("bob", MONEY, None).await.unwrap();
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
    let mut stream = app.stream("bob", MONEY, None).await.unwrap();
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
    let mut again = app.stream("bob", MONEY, Some(&first.id)).await.unwrap();
    assert_eq!(again.next().await.unwrap().kind, "stream.gap");
    assert_eq!(places(&mut again, 1).await, [format!("payments:{last}")]);
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
    let mut stream = app.stream("bob", MONEY, None).await.unwrap();
    assert!(stream.next().now_or_never().is_none());
    let place = transfer(&app, "ann", "bob");
    let background = app.service.start_background();
    assert_eq!(places(&mut stream, 1).await, [format!("payments:{place}")]);
    drop(background);
}

#[tokio::test]
async fn a_new_notification_is_told_to_its_reader_alone_and_once() {
    for engine in engines() {
        let app = App::on(engine).await;
        let background = app.service.start_background();
        let own = "?types=notification.created";
        let mut bob = app.stream("bob", own, None).await.unwrap();
        let mut admin = app.stream("admin", own, None).await.unwrap();
        transfer(&app, "ann", "bob");
        let told = bob.next().await.unwrap();
        let list = app.get("bob", "/notifications").await;
        let (data, listed) = (&told.data["data"], &list["data"][0]);
        assert_eq!(data["type"], "money_received");
        for name in ["id", "type", "subject", "created_at"] {
            assert_eq!(data[name], listed[name], "{name}");
        }
        assert_eq!(told.data["source"], "/notifications");
        // An event that is handled again tells nothing that is new.
        drop(background);
        let consumer = app.service.consumer("notifications", "payments").unwrap();
        consumer.rewind(0).await.unwrap();
        transfer(&app, "ann", "bob");
        app.service.catch_up().await.unwrap();
        let background = app.service.start_background();
        let mut again = app.stream("bob", own, Some(&told.id)).await.unwrap();
        let next = again.next().await.unwrap();
        assert_eq!(next.data["sequence"], format!("{:016}", 4));
        assert!(again.next().now_or_never().is_none());
        assert!(admin.next().now_or_never().is_none());
        drop(background);
    }
}

#[tokio::test]
async fn what_a_stream_cannot_read_again_any_more_is_deleted() {
    let mut config = Config::default();
    config.stream.back = 3;
    let app = App::with(Engine::Sqlite, config).await;
    for _ in 0..10 {
        transfer(&app, "ann", "bob");
        app.service.catch_up().await.unwrap();
    }
    app.service.delete_announced().await.unwrap();
    let sql = "SELECT count(*) FROM announced";
    let (rows,): (i64,) = app.db.fetch_one(sql, vec![]).await.unwrap();
    // Each has two entries: the fourth newest entry is in the second newest row.
    assert_eq!(rows, 2);
}
