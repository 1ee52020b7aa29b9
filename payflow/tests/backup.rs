//! `payflow backup` of a store that is in use, and the store that `payflow restore` makes of it:
//! everything that was acknowledged before is there, and everything that follows from it still
//! holds.
#![cfg(test)]

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::process::{Server, read, run, run_with_input, stderr, stdout, store_words};
use contracts::payments::{TransactionId, TransactionStatus, TransactionType};
use serde_json::{Value, json};
use testkit::{Engine, TestStore};
use uuid::Uuid;

const CLIENTS: usize = 6;

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Backs a store up and says what was told.
fn backup(store: &TestStore, target: &Path) -> String {
    let mut words = vec!["backup".to_owned(), text(target)];
    words.extend(store_words(store));
    let done = run(words);
    assert!(done.status.success(), "{}", stderr(&done));
    stdout(&done)
}

/// Restores a backup into a store of its own.
fn restore(source: &Path) -> TestStore {
    let store = TestStore::new(Engine::Sqlite);
    let mut words = vec!["restore".to_owned(), text(source)];
    words.extend(store_words(&store));
    let done = run(words);
    assert!(done.status.success(), "{}", stderr(&done));
    assert!(stdout(&done).contains("verified:"), "{}", stdout(&done));
    store
}

fn verify(store: &TestStore) {
    let mut words = vec!["verify".to_owned()];
    words.extend(store_words(store));
    let verified = run(words);
    assert!(verified.status.success(), "{}", stderr(&verified));
}

fn manifest(target: &Path) -> Value {
    let sealed: Value = serde_json::from_str(&read(&target.join("manifest.json"))).unwrap();
    sealed["manifest"].clone()
}

fn count(file: &Path, sql: &str) -> i64 {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(file, flags).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// What goes on while a store is backed up: transfers, and newcomers with wallets.
struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
    clients: Vec<tokio::task::JoinHandle<Vec<String>>>,
}

impl Load {
    async fn start(server: &Arc<Server>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let mut clients = vec![];
        for number in 0..CLIENTS {
            let token = server.register(&format!("client{number}")).await;
            let from = server.wallet(&token, "USD", Some("1000.00")).await;
            let to = server.wallet(&token, "USD", None).await;
            let (server, stop) = (server.clone(), stop.clone());
            let acknowledged = acknowledged.clone();
            clients.push(tokio::spawn(async move {
                let mut ids = vec![];
                for round in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let body = json!({ "type": "transfer", "from_wallet": from, "to_wallet": to,
                                       "amount": "0.01", "currency": "USD" });
                    let done = server.post("/transactions", &token, body).await;
                    ids.push(done["id"].as_str().unwrap().to_owned());
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                    if round % 8 == 0 {
                        let token = server.register(&format!("newcomer{number}x{round}")).await;
                        server.wallet(&token, "EUR", None).await;
                    }
                }
                ids
            }));
        }
        Self {
            stop,
            acknowledged,
            clients,
        }
    }

    /// Waits until so many more transfers were acknowledged.
    async fn more(&self, transfers: usize) -> usize {
        let until = self.acknowledged.load(Ordering::SeqCst) + transfers;
        while self.acknowledged.load(Ordering::SeqCst) < until {
            tokio::task::yield_now().await;
        }
        until
    }

    async fn end(self) -> Vec<String> {
        self.stop.store(true, Ordering::SeqCst);
        let mut ids = vec![];
        for client in self.clients {
            ids.extend(client.await.unwrap());
        }
        ids
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_under_load_hold_all_that_was_acknowledged_before_and_nothing_half() {
    let store = TestStore::new(Engine::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let server = Arc::new(Server::start(&store, &[]));
    let load = Load::start(&server).await;
    let mut made = vec![];
    for number in 0.. {
        let before = load.more(20).await;
        let target = folder.path().join(format!("backup{number}"));
        let source = text(store.folder());
        let goal = text(&target);
        let words = ["backup".to_owned(), goal, "--data".to_owned(), source];
        let done = tokio::task::spawn_blocking(move || run(words))
            .await
            .unwrap();
        assert!(done.status.success(), "{}", stderr(&done));
        // Only those count during which commits went on.
        if load.acknowledged.load(Ordering::SeqCst) > before {
            made.push((before, target));
        }
        if made.len() == 4 {
            break;
        }
    }
    let acknowledged: HashSet<String> = load.end().await.into_iter().collect();
    assert!(Arc::into_inner(server).unwrap().stop());

    let mut last = 0;
    for (before, target) in made {
        let restored = restore(&target);
        let payments = restored.folder().join("payments.db");
        let there = transfers(&payments);
        assert!(there.len() >= before, "{} of {before}", there.len());
        // What is there beyond what was acknowledged is at most what was on its way.
        assert!(there.difference(&acknowledged).count() <= CLIENTS);
        let head = manifest(&target)["journal"]["seq"].as_i64().unwrap();
        assert_eq!(count(&payments, "SELECT seq FROM head"), head);
        assert!(head > last, "a later backup is ahead of an earlier one");
        last = head;
        owners_are_users(restored.folder());
    }
}

/// The ids of all transfers of a store.
fn transfers(file: &Path) -> HashSet<String> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let sql = "SELECT id FROM transactions WHERE type = ?1 AND status = ?2";
    let transfer = TransactionType::Transfer.number();
    let completed = TransactionStatus::Completed.number();
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([transfer, completed], |row| {
        row.get(0).map(Uuid::from_bytes)
    });
    rows.unwrap()
        .map(|id| TransactionId(id.unwrap()).to_string())
        .collect()
}

/// Everybody whom payments names is in identity.
fn owners_are_users(folder: &Path) {
    let connection = rusqlite::Connection::open(folder.join("payments.db")).unwrap();
    let identity = text(&folder.join("identity.db"));
    connection
        .execute("ATTACH ?1 AS identity", [identity])
        .unwrap();
    let wallets: i64 = connection
        .query_row("SELECT COUNT(*) FROM wallets", [], |row| row.get(0))
        .unwrap();
    let strangers: i64 = connection
        .query_row(
            "SELECT COUNT(*) FROM wallets WHERE owner NOT IN (SELECT id FROM identity.users)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert!(wallets > 0);
    assert_eq!(strangers, 0, "of {wallets} wallets");
}

/// A shop's world before the backup, and what it will be asked afterwards.
struct Before {
    ann: Value,
    ann_wallet: String,
    shop: String,
    shop_wallet: String,
    keyed: Value,
    keyed_answer: Value,
    payment: String,
    /// Lists with a cursor, and the page that follows it.
    pages: Vec<(String, Value)>,
}

const PASSWORD: &str = "a long password of ann";

async fn live(server: &Server, admin: &str) -> Before {
    let token = server.register("ann").await;
    let shop = server.register("shop").await;
    let ann_wallet = server.wallet(&token, "USD", Some("1000.00")).await;
    let shop_wallet = server.wallet(&shop, "USD", None).await;
    // 80 of 100 are used up before the backup, whichever window the clock is in.
    let limits = json!({ "daily": null, "monthly": "100.00" });
    server
        .post(&format!("/wallets/{ann_wallet}/limits"), admin, limits)
        .await;
    let keyed = json!({ "type": "transfer", "from_wallet": ann_wallet, "to_wallet": shop_wallet,
                        "amount": "5.00", "currency": "USD", "description": "once" });
    let (status, _, keyed_answer) = server
        .call(
            "POST",
            "/transactions",
            Some(&token),
            Some("key-1"),
            Some(&keyed),
        )
        .await
        .unwrap();
    assert_eq!(status, 201, "{keyed_answer}");
    let payment = json!({ "type": "payment", "from_wallet": ann_wallet, "to_wallet": shop_wallet,
                          "amount": "50.00", "currency": "USD" });
    let payment = server.post("/transactions", &token, payment).await;
    let payment = payment["id"].as_str().unwrap().to_owned();
    let path = format!("/transactions/{payment}/refund");
    server
        .post(&path, &shop, json!({ "amount": "30.00" }))
        .await;
    let small = json!({ "type": "transfer", "from_wallet": ann_wallet, "to_wallet": shop_wallet,
                        "amount": "5.00", "currency": "USD" });
    for _ in 0..5 {
        server.post("/transactions", &token, small.clone()).await;
    }
    let login = json!({ "email": "ann@example.org", "password": PASSWORD });
    let (status, _, ann) = server
        .call("POST", "/auth/login", None, None, Some(&login))
        .await
        .unwrap();
    assert_eq!(status, 200, "{ann}");
    let mut pages = vec![];
    for list in [
        "/transactions?limit=2".to_owned(),
        format!("/wallets/{ann_wallet}/statement?limit=3&include_holds=true"),
    ] {
        let first = server.get(&list, &token).await;
        let next = format!("{list}&cursor={}", first["next_cursor"].as_str().unwrap());
        let second = server.get(&next, &token).await;
        pages.push((next, second));
    }
    Before {
        ann,
        ann_wallet,
        shop,
        shop_wallet,
        keyed,
        keyed_answer,
        payment,
        pages,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_store_still_knows_keys_refunds_limits_cursors_and_logins() {
    let store = TestStore::new(Engine::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let mut create = [
        "user",
        "create",
        "--email",
        "root@example.org",
        "--role",
        "admin",
        "--password-stdin",
    ]
    .map(str::to_owned)
    .to_vec();
    create.extend(store_words(&store));
    let created = run_with_input(create, "correct horse battery\n");
    assert!(created.status.success(), "{}", stderr(&created));
    let server = Server::start(&store, &[]);
    let login = json!({ "email": "root@example.org", "password": "correct horse battery" });
    let (_, _, root) = server
        .call("POST", "/auth/login", None, None, Some(&login))
        .await
        .unwrap();
    let mut before = live(&server, root["access_token"].as_str().unwrap()).await;
    let target = folder.path().join("backup");
    let told = backup(&store, &target);
    assert!(told.contains("verified:"), "{told}");
    // What comes later is not in the copy, and the original does not mind.
    let token = before.ann["access_token"].as_str().unwrap();
    let later = json!({ "type": "transfer", "from_wallet": before.ann_wallet, "to_wallet": before.shop_wallet,
                        "amount": "1.00", "currency": "USD" });
    let later = server.post("/transactions", token, later).await;
    // Of this session the copy knows nothing.
    let since = log_in(&server, "ann").await;
    server.kill();
    verify(&store);

    let restored = restore(&target);
    let payments = restored.folder().join("payments.db");
    let events = count(&payments, "SELECT MAX(seq) FROM events");
    verify(&restored);
    let server = Server::start(&restored, &[]);
    for ended in [token, &since] {
        let me = server.call("GET", "/auth/me", Some(ended), None, None);
        assert_eq!(me.await.unwrap().0, 401);
    }
    let token = &*log_in(&server, "ann").await;
    before.shop = log_in(&server, "shop").await;
    let path = format!("/transactions/{}", later["id"].as_str().unwrap());
    let (status, _, _) = server
        .call("GET", &path, Some(token), None, None)
        .await
        .unwrap();
    assert_eq!(status, 404);
    idempotency_still_holds(&server, &before, token).await;
    refunds_and_limits_still_count(&server, &before, token).await;
    for (path, page) in &before.pages {
        assert_eq!(&server.get(path, token).await, page, "{path}");
    }
    logins_still_work(&server, &before).await;
    assert!(server.stop());
    // Two transactions were made since, each with its events, at the very next numbers.
    let total = count(&payments, "SELECT COUNT(*) FROM events");
    assert_eq!(count(&payments, "SELECT MAX(seq) FROM events"), total);
    assert!(total > events, "{total} events, {events} before");
    verify(&restored);
}

/// An access token of somebody who has registered.
async fn log_in(server: &Server, name: &str) -> String {
    let password = format!("a long password of {name}");
    let login = json!({ "email": format!("{name}@example.org"), "password": password });
    let (status, _, tokens) = server
        .call("POST", "/auth/login", None, None, Some(&login))
        .await
        .unwrap();
    assert_eq!(status, 200, "{tokens}");
    tokens["access_token"].as_str().unwrap().to_owned()
}

async fn idempotency_still_holds(server: &Server, before: &Before, token: &str) {
    let (status, headers, answer) = server
        .call(
            "POST",
            "/transactions",
            Some(token),
            Some("key-1"),
            Some(&before.keyed),
        )
        .await
        .unwrap();
    assert_eq!((status, &answer), (201, &before.keyed_answer));
    assert_eq!(headers["idempotent-replayed"], "true");
    let mut other = before.keyed.clone();
    other["amount"] = json!("6.00");
    let (status, _, answer) = server
        .call(
            "POST",
            "/transactions",
            Some(token),
            Some("key-1"),
            Some(&other),
        )
        .await
        .unwrap();
    assert_eq!(
        (status, &answer["code"]),
        (422, &json!("idempotency_key_reused"))
    );
}

async fn refunds_and_limits_still_count(server: &Server, before: &Before, token: &str) {
    // 30 of 50 were given back before: 20.01 more are too much, 20 are not.
    let path = format!("/transactions/{}/refund", before.payment);
    for (amount, expected) in [("20.01", 422), ("20.00", 201)] {
        let body = json!({ "amount": amount });
        let (status, _, answer) = server
            .call("POST", &path, Some(&before.shop), None, Some(&body))
            .await
            .unwrap();
        assert_eq!(status, expected, "{amount}: {answer}");
    }
    // 80 of 100 had left the wallet before.
    for (amount, expected) in [("20.01", 422), ("20.00", 201)] {
        let body = json!({ "type": "transfer", "from_wallet": before.ann_wallet,
                           "to_wallet": before.shop_wallet, "amount": amount, "currency": "USD" });
        let (status, _, answer) = server
            .call("POST", "/transactions", Some(token), None, Some(&body))
            .await
            .unwrap();
        assert_eq!(status, expected, "{amount}: {answer}");
    }
}

async fn logins_still_work(server: &Server, before: &Before) {
    let refresh = json!({ "refresh_token": before.ann["refresh_token"] });
    let (status, _, fresh) = server
        .call("POST", "/auth/refresh", None, None, Some(&refresh))
        .await
        .unwrap();
    assert_eq!(status, 200, "{fresh}");
    let me = server
        .get("/auth/me", fresh["access_token"].as_str().unwrap())
        .await;
    assert_eq!(me["email"], "ann@example.org", "{me}");
    // It was rotated, and so was the next one: the second use of the old one ends the family here
    // too.
    let next = json!({ "refresh_token": fresh["refresh_token"] });
    let (status, _, answer) = server
        .call("POST", "/auth/refresh", None, None, Some(&next))
        .await
        .unwrap();
    assert_eq!(status, 200, "{answer}");
    let (status, _, answer) = server
        .call("POST", "/auth/refresh", None, None, Some(&refresh))
        .await
        .unwrap();
    assert_eq!(status, 401, "{answer}");
    let login = json!({ "email": "ann@example.org", "password": PASSWORD });
    let (status, _, answer) = server
        .call("POST", "/auth/login", None, None, Some(&login))
        .await
        .unwrap();
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn a_stopped_or_killed_store_is_backed_up_too() {
    for killed in [false, true] {
        let store = TestStore::new(Engine::Sqlite);
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&store, &["--demo"]);
        if killed {
            server.kill();
        } else {
            assert!(server.stop());
        }
        let target = folder.path().join("backup");
        backup(&store, &target);
        let names: HashSet<String> = std::fs::read_dir(&target)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let expected = [
            "operations.db",
            "notifications.db",
            "risk.db",
            "payments.db",
            "identity.db",
            "identity.key",
            "manifest.json",
            ".gitignore",
        ];
        let expected = expected.map(str::to_owned);
        assert_eq!(names, HashSet::from(expected));
        let restored = restore(&target);
        let seq = "SELECT seq FROM head";
        let original = count(&store.folder().join("payments.db"), seq);
        assert!(original > 0);
        assert_eq!(count(&restored.folder().join("payments.db"), seq), original);
        assert_eq!(manifest(&target)["journal"]["seq"], original);
        assert_eq!(manifest(&target)["verified"], true);
    }
}

#[cfg(unix)]
#[test]
fn a_copy_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let store = TestStore::new(Engine::Sqlite);
    assert!(Server::start(&store, &[]).stop());
    let folder = tempfile::tempdir().unwrap();
    // The folders above it are made, too.
    let target = folder.path().join("backups").join("today");
    backup(&store, &target);
    let data = folder.path().join("new").join("data");
    let words = [
        "restore".to_owned(),
        text(&target),
        "--data".to_owned(),
        text(&data),
    ];
    let done = run(words);
    assert!(done.status.success(), "{}", stderr(&done));
    for folder in [&target, &data] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
        for name in ["payments.db", "identity.db", "identity.key"] {
            assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
        }
    }
    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }
}
