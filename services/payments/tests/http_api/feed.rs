//! What others are told of transactions and wallets.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use contracts::events::{Party, catalogue};
use events::Feed;
use serde_json::Value;

use super::support::each;

/// Every type of event that the core writes, as its sources name them.
fn written() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("core/src/decide");
    let mut found = BTreeSet::new();
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for literal in text.split('"').skip(1).step_by(2) {
            let happened = literal
                .strip_prefix("transaction.")
                .or(literal.strip_prefix("wallet."))
                .or(literal.strip_prefix("refund_request."));
            let is_word = |word: &str| word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            if happened.is_some_and(|word| !word.is_empty() && is_word(word)) {
                found.insert(literal.to_owned());
            }
        }
    }
    found
}

#[test]
fn what_the_core_writes_is_in_the_catalogue_and_all_of_the_catalogue_is_written() {
    let payments = catalogue::EVENTS
        .iter()
        .filter(|event| event.feed == "payments");
    let known: BTreeSet<_> = payments.map(|event| event.name.to_owned()).collect();
    assert_eq!(written(), known);
}

#[tokio::test]
async fn events_come_in_order_with_the_document_of_then_and_whom_they_concern() {
    each(async |app| {
        let anns = app.wallet("ann", "USD", "50.00").await;
        let bobs = app.wallet("bob", "USD", "1.00").await;
        app.transfer("ann", &anns, &bobs, "12.50", "USD").await;
        let feed = app.service.feed();
        let mut after = 0;
        let mut events = Vec::new();
        loop {
            let page = feed.read(after, 3).await.unwrap();
            if page.through == after {
                break;
            }
            after = page.through;
            events.extend(page.events);
        }
        assert_eq!(feed.newest().await.unwrap(), after);
        assert!(
            events
                .windows(2)
                .all(|pair| pair[0].sequence < pair[1].sequence)
        );
        for event in &events {
            let known = catalogue::find(&event.kind);
            assert!(
                known.is_some_and(|known| known.feed == "payments"),
                "{}",
                event.kind
            );
            let data: Value = serde_json::from_str(event.data.get()).unwrap();
            assert_eq!(data["id"], event.subject, "{data}");
        }
        let moved = events
            .iter()
            .rfind(|event| event.kind == "transaction.completed")
            .unwrap();
        let data: Value = serde_json::from_str(moved.data.get()).unwrap();
        assert_eq!(
            (&data["type"], &data["amount"], &data["status"]),
            (&"transfer".into(), &"12.50".into(), &"completed".into())
        );
        assert!(moved.party(Party::Payer).is_some() && moved.party(Party::Payee).is_some());
    })
    .await;
}
