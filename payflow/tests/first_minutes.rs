//! What somebody meets who begins: the demo and the stores that it keeps away from, the first
//! administrator, and sentences where something does not fit. What a command refuses leaves nothing
//! behind.
#![cfg(test)]

use std::path::Path;

use crate::process::{Server, payflow, run, run_with_input, stderr, stdout, store_words, write};
use serde_json::json;
use testkit::{Engine, TestStore, engines};

fn words(command: &[&str], store: &TestStore) -> Vec<String> {
    command
        .iter()
        .map(|word| (*word).to_owned())
        .chain(store_words(store))
        .collect()
}

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];
const DEMO: [&str; 4] = ["serve", "--listen", "127.0.0.1:0", "--demo"];

/// The command fails with one line that has these words.
#[track_caller]
fn refused(command: &[&str], store: &TestStore, said: &[&str]) {
    let output = run(words(command, store));
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(text.trim().lines().count(), 1, "{text}");
    for said in said {
        assert!(text.contains(said), "`{said}` is missing in: {text}");
    }
}

fn create(store: &TestStore, role: &str) {
    let create = [
        "user",
        "create",
        "--email",
        "ann@example.org",
        "--role",
        role,
        "--password-stdin",
    ];
    let made = run_with_input(words(&create, store), "correct horse battery\n");
    assert!(made.status.success(), "{}", stderr(&made));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_is_refused_on_a_store_that_it_did_not_make() {
    for engine in engines() {
        let store = TestStore::new(engine);
        create(&store, "user");
        refused(
            &DEMO,
            &store,
            &["in use already", "without --demo", "--data"],
        );
        let server = Server::start(&store, &[]);
        let login = json!({ "email": "admin@demo.payflow.example", "password": "demo-admin-2026" });
        let (status, _, _) = server
            .call("POST", "/auth/login", None, None, Some(&login))
            .await
            .unwrap();
        assert_eq!(status, 401);
        assert!(server.stop());

        // Nobody is in these, but something was done in them.
        let rotated = TestStore::new(engine);
        for command in [["migrate"].as_slice(), &["keys", "rotate"]] {
            assert!(run(words(command, &rotated)).status.success());
        }
        refused(&DEMO, &rotated, &["in use already"]);
        let imported = TestStore::new(engine);
        let folder = tempfile::tempdir().unwrap();
        let rows = "transaction_id,datetime,customer_id,terminal_id,amount\n1,2026-01-01T00:00:00Z,1,1,5.00\n";
        let file = write(folder.path(), "payments.csv", rows);
        let import = ["import", "payments", file.to_str().unwrap()];
        assert!(run(words(&import, &imported)).status.success());
        refused(&DEMO, &imported, &["in use already"]);
    }
}

#[test]
fn a_demo_is_served_as_a_demo_only_and_so_is_its_backup() {
    for engine in engines() {
        let store = TestStore::new(engine);
        assert!(Server::start(&store, &["--demo"]).stop());
        refused(&SERVE, &store, &["--demo made this store", "published"]);
        assert!(Server::start(&store, &["--demo"]).stop());
        if engine == Engine::Sqlite {
            let folder = tempfile::tempdir().unwrap();
            let target = folder.path().join("backup");
            let backup = ["backup", target.to_str().unwrap()];
            assert!(run(words(&backup, &store)).status.success());
            let restored = TestStore::new(engine);
            let restore = ["restore", target.to_str().unwrap()];
            assert!(run(words(&restore, &restored)).status.success());
            refused(&SERVE, &restored, &["--demo made this store"]);
        }
    }
}

#[test]
fn a_demo_from_before_demos_were_marked_is_known_by_its_administrator() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let email = "admin@demo.payflow.example";
        let create = ["user", "create", "--role", "admin", "--email", email];
        assert!(run(words(&create, &store)).status.success());
        refused(&SERVE, &store, &["--demo made this store", "published"]);
        assert!(Server::start(&store, &["--demo"]).stop());
    }
}

#[test]
fn a_demo_that_died_while_it_was_filled_is_finished_by_the_next_start() {
    let store = TestStore::new(Engine::Sqlite);
    assert!(Server::start(&store, &["--demo"]).stop());
    // As if it had died after its third user: nothing of the other services was there yet.
    for service in ["payments", "risk", "notifications", "operations"] {
        for ending in ["db", "db-wal", "db-shm", "db-head"] {
            let name = format!("{service}.{ending}");
            drop(std::fs::remove_file(store.folder().join(name)));
        }
    }
    let identity = rusqlite::Connection::open(store.folder().join("identity.db")).unwrap();
    let triggers = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'";
    let mut triggers = identity.prepare(triggers).unwrap();
    let guards = triggers.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    let guards: Vec<(String, String)> = guards.unwrap().map(Result::unwrap).collect();
    drop(triggers);
    let mut undo = String::new();
    for (name, _) in &guards {
        undo.push_str(&format!("DROP TRIGGER {name};"));
    }
    undo.push_str(
        "DELETE FROM audit_entries WHERE no > (SELECT no FROM audit_entries WHERE act = 'user.created' ORDER BY no LIMIT 1 OFFSET 2);
         UPDATE audit_head SET (no, hash) = (SELECT no, hash FROM audit_entries ORDER BY no DESC LIMIT 1);",
    );
    for (_, guard) in guards {
        undo.push_str(&format!("{guard};"));
    }
    identity.execute_batch(&undo).unwrap();
    let sql = "DELETE FROM users WHERE role IN ('operator', 'auditor', 'admin')";
    assert_eq!(identity.execute(sql, []).unwrap(), 3);
    drop(identity);
    std::fs::remove_file(store.folder().join("identity.db-head")).unwrap();
    assert!(run(words(&["migrate"], &store)).status.success());
    let server = Server::start(&store, &["--demo"]);
    assert!(server.greeting.contains("admin@demo.payflow.example"));
    assert!(server.stop());
    assert!(run(words(&["verify"], &store)).status.success());
}

#[test]
fn the_greeting_says_how_to_make_the_first_administrator_until_there_is_one() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let how = "payflow user create --role admin --email";
        let said = Server::start(&store, &[]).last_words();
        assert!(said.contains(how), "{said}");
        create(&store, "admin");
        let said = Server::start(&store, &[]).last_words();
        assert!(!said.contains(how), "{said}");
    }
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("deep").join("data");
    let bad = write(folder.path(), "bad.csv", "no,such,columns\n");
    let bad = bad.to_str().unwrap();
    let weak = "password\n";
    for (command, input, said) in [
        (
            &["user", "create", "--email", "ann"][..],
            "",
            "no e-mail address",
        ),
        (
            &[
                "user",
                "create",
                "--email",
                "a@b.example",
                "--password-stdin",
            ],
            weak,
            "too short",
        ),
        (
            &[
                "user",
                "create",
                "--email",
                "a@b.example",
                "--password-stdin",
            ],
            "",
            "no password",
        ),
        (
            &["user", "create", "--email", "a@b.example", "--role", "root"],
            "",
            "operator, auditor",
        ),
        (&["keys", "list"], "", "there is no store in"),
        (&["keys", "rotate"], "", "there is no store in"),
        (
            &["clock", "accept", "--reason", "x"],
            "",
            "there is no store in",
        ),
        (&["verify"], "", "there is no store in"),
        (&["import", "payments", bad], "", "transaction_id"),
        (&["import", "users", bad], "", "column `no`"),
        (&["serve", "--listen", "nowhere"], "", "nowhere"),
    ] {
        let mut words: Vec<&str> = command.to_vec();
        words.extend(["--data", data.to_str().unwrap()]);
        let output = run_with_input(words, input);
        assert_ne!(
            output.status.code(),
            Some(0),
            "{command:?}: {}",
            stdout(&output)
        );
        assert!(
            stderr(&output).contains(said),
            "{command:?}: {}",
            stderr(&output)
        );
        assert!(
            !folder.path().join("deep").exists(),
            "{command:?} made a store"
        );
    }
}

#[test]
fn a_setting_that_cannot_work_makes_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (name, value, said) in [
        (
            "IDENTITY__PASSWORD__BREACHED_LIST",
            "no-such-list",
            "no-such-list",
        ),
        (
            "IDENTITY__WEBAUTHN__ORIGINS",
            "nowhere",
            "identity.webauthn",
        ),
        ("IDENTITY__OIDC__CORP__CLIENT_ID", "x", "identity.oidc.corp"),
        ("LOG__FORMAT", "xml", "`text` or `json`"),
        ("REDIS_URL", "nowhere", "redis_url"),
    ] {
        let output = payflow(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .env(format!("PAYFLOW__{name}"), value)
            .output()
            .unwrap();
        let text = stderr(&output);
        assert_ne!(output.status.code(), Some(0));
        assert!(text.contains(said), "{name}: {text}");
        assert_eq!(text.trim().lines().count(), 1, "{name}: {text}");
        assert!(!data.exists(), "{name} made a store");
    }
}

/// Changes what a store says of its own version.
fn set_version(folder: &Path, sql: &str) {
    for name in ["payments.db", "identity.db"] {
        let file = rusqlite::Connection::open(folder.join(name)).unwrap();
        file.execute_batch(sql).unwrap();
    }
}

#[test]
fn a_store_of_another_version_is_said_plainly() {
    let store = TestStore::new(Engine::Sqlite);
    assert!(run(words(&["migrate"], &store)).status.success());
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("backup");
    let backup = ["backup", target.to_str().unwrap()];
    set_version(
        store.folder(),
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'of the future', 1, x'00', 1)",
    );
    let newer = ["version 9999", "or a newer one"];
    for command in [&SERVE[..], &["verify"], &backup, &["migrate"]] {
        refused(command, &store, &newer);
    }
    set_version(
        store.folder(),
        "DELETE FROM _sqlx_migrations WHERE version > 1",
    );
    for command in [&["verify"][..], &backup] {
        refused(command, &store, &["before the first edition"]);
    }
    assert!(!target.exists());
}
