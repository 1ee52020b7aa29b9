//! What `payflow backup` and `payflow restore` refuse, what they say, and that nothing is left
//! behind.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::process::{Server, run, stderr, stdout, store_words};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Engine, TestStore};

/// A store with history, and a folder for copies of it.
struct Original {
    store: TestStore,
    folder: TempDir,
}

impl Original {
    fn new() -> Self {
        let store = TestStore::new(Engine::Sqlite);
        assert!(Server::start(&store, &["--demo"]).stop());
        let folder = tempfile::tempdir().unwrap();
        Self { store, folder }
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn backup(&self, target: &Path, more: &[&str]) -> Output {
        let mut words = vec!["backup".to_owned(), target.display().to_string()];
        words.extend(store_words(&self.store));
        words.extend(more.iter().map(|word| (*word).to_owned()));
        run(words)
    }

    /// A backup that is good.
    fn good_backup(&self) -> PathBuf {
        let target = self.place("good");
        let done = self.backup(&target, &[]);
        assert!(done.status.success(), "{}", stderr(&done));
        target
    }

    /// The names beside the copies.
    fn names(&self) -> Vec<String> {
        names(self.folder.path())
    }

    /// Runs SQL on the original.
    fn damage(&self, file: &str, sql: &str) {
        let connection = rusqlite::Connection::open(self.store.folder().join(file)).unwrap();
        connection.execute_batch(sql).unwrap();
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn restore(source: &Path, data: &Path) -> Output {
    run([Path::new("restore"), source, Path::new("--data"), data])
}

/// The command failed with this code and these words.
#[track_caller]
fn refused(output: &Output, code: i32, words: &[&str]) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` is missing in: {said}");
    }
}

/// The backup is refused with these words, and nothing is left in either kind of place.
#[track_caller]
fn restore_refused(source: &Path, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("deep").join("data");
    refused(&restore(source, &absent), 1, words);
    assert_eq!(names(folder.path()), Vec::<String>::new());
    let empty = tempfile::tempdir().unwrap();
    refused(&restore(source, empty.path()), 1, words);
    assert_eq!(names(empty.path()), Vec::<String>::new());
}

/// Seals another manifest, as a version that writes such ones would.
fn reseal(backup: &Path, change: impl Fn(&mut Value)) {
    let path = backup.join("manifest.json");
    let sealed: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let mut manifest = sealed["manifest"].clone();
    change(&mut manifest);
    let text = manifest.to_string();
    let digest = blake3::hash(text.as_bytes()).to_hex();
    fs::write(
        path,
        format!("{{\"manifest\":{text},\"blake3\":\"{digest}\"}}"),
    )
    .unwrap();
}

/// Gives a changed file the digest that it has, as somebody would who hides a change.
fn reseal_file(backup: &Path, name: &str) {
    let bytes = fs::read(backup.join(name)).unwrap();
    reseal(backup, |manifest| {
        let file = listed(manifest, name);
        file["bytes"] = json!(bytes.len());
        file["blake3"] = json!(blake3::hash(&bytes).to_hex().to_string());
    });
}

/// What a manifest says of a file.
fn listed<'a>(manifest: &'a mut Value, name: &str) -> &'a mut Value {
    let mut files = manifest["files"].as_array_mut().unwrap().iter_mut();
    files.find(|file| file["name"] == name).unwrap()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for name in names(from) {
        fs::copy(from.join(&name), to.join(&name)).unwrap();
    }
}

#[test]
fn a_backup_overwrites_nothing() {
    let original = Original::new();
    let file = original.place("file");
    fs::write(&file, "mine").unwrap();
    let folder = original.place("folder");
    fs::create_dir(&folder).unwrap();
    let dangling = original.place("dangling");
    #[cfg(unix)]
    std::os::unix::fs::symlink(original.place("nowhere"), &dangling).unwrap();
    #[cfg(not(unix))]
    fs::write(&dangling, "").unwrap();
    for target in [&file, &folder, &dangling] {
        refused(
            &original.backup(target, &[]),
            1,
            &["exists", "another name"],
        );
    }
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
    assert_eq!(names(&folder), Vec::<String>::new());
    assert_eq!(original.names(), ["dangling", "file", "folder"]);
}

#[test]
fn a_backup_that_another_one_is_writing_is_left_alone() {
    let original = Original::new();
    let partial = original.place("nightly.partial");
    fs::create_dir(&partial).unwrap();
    let output = original.backup(&original.place("nightly"), &[]);
    refused(&output, 1, &["nightly.partial", "did not finish"]);
    assert_eq!(original.names(), ["nightly.partial"]);
}

#[test]
fn a_backup_needs_a_store_and_a_place() {
    let original = Original::new();
    let file = original.place("file");
    fs::write(&file, "mine").unwrap();
    let nowhere = file.join("backup");
    refused(&original.backup(&nowhere, &[]), 1, &["file"]);
    fs::remove_file(&file).unwrap();
    let empty = tempfile::tempdir().unwrap();
    let target = original.place("backup");
    let words = [
        Path::new("backup"),
        &target,
        Path::new("--data"),
        empty.path(),
    ];
    refused(&run(words), 1, &["no store", "operations.db"]);
    fs::remove_file(original.store.folder().join("identity.db")).unwrap();
    refused(
        &original.backup(&target, &[]),
        1,
        &["no store", "identity.db"],
    );
    assert_eq!(original.names(), Vec::<String>::new());
    assert_eq!(names(empty.path()), Vec::<String>::new());
    assert_eq!(run(["backup"]).status.code(), Some(2));
    assert_eq!(run(["restore"]).status.code(), Some(2));
}

#[test]
fn files_that_are_no_stores_are_not_backed_up() {
    for name in ["payments.db", "identity.db"] {
        let original = Original::new();
        fs::write(
            original.store.folder().join(name),
            "no database ".repeat(1_000),
        )
        .unwrap();
        let output = original.backup(&original.place("backup"), &[]);
        refused(&output, 1, &[name]);
        let empty = rusqlite::Connection::open(original.place(name)).unwrap();
        empty.execute_batch("CREATE TABLE other (x)").unwrap();
        drop(empty);
        fs::rename(original.place(name), original.store.folder().join(name)).unwrap();
        let output = original.backup(&original.place("backup"), &[]);
        refused(&output, 1, &[name]);
        assert_eq!(original.names(), Vec::<String>::new());
    }
}

#[test]
fn a_store_that_does_not_verify_is_not_backed_up_unless_asked_and_never_restored() {
    let original = Original::new();
    original.damage(
        "payments.db",
        "UPDATE balances SET credits_posted = credits_posted + 1 WHERE account = 1",
    );
    let target = original.place("backup");
    let output = original.backup(&target, &[]);
    refused(&output, 1, &["payments.db", "balances 1", "expected"]);
    assert_eq!(original.names(), Vec::<String>::new());
    let output = original.backup(&target, &["--no-verify"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let manifest = fs::read_to_string(target.join("manifest.json")).unwrap();
    assert!(manifest.contains("\"verified\": false"), "{manifest}");
    restore_refused(&target, &["payments.db", "balances 1", "expected"]);
}

/// Rewrites the last entry of an audit trail, as somebody would who hides an act.
const REWRITE_THE_TRAIL: &str = "DROP TRIGGER audit_entries_are_not_changed;
    UPDATE audit_entries SET outcome = 'refused' WHERE no = (SELECT MAX(no) FROM audit_entries)";

#[test]
fn a_store_whose_audit_trail_was_changed_is_not_called_verified() {
    let original = Original::new();
    let good = original.good_backup();
    original.damage("identity.db", REWRITE_THE_TRAIL);
    let said = ["identity.db", "does not verify", "audit_entries"];
    refused(&original.backup(&original.place("backup"), &[]), 1, &said);
    assert_eq!(original.names(), ["good"]);

    let forged = original.place("forged");
    copy_folder(&good, &forged);
    let connection = rusqlite::Connection::open(forged.join("identity.db")).unwrap();
    connection.execute_batch(REWRITE_THE_TRAIL).unwrap();
    drop(connection);
    reseal_file(&forged, "identity.db");
    restore_refused(&forged, &said);
}

#[test]
fn a_role_that_was_given_past_payflow_and_a_key_that_is_gone_are_noticed() {
    for (damage, said) in [
        (
            "UPDATE users SET role = 'admin' WHERE email LIKE 'bob%'",
            ["role of usr_", "is admin, expected user"],
        ),
        (
            "DELETE FROM signing_keys",
            ["signing_keys", "`payflow keys rotate --leaked`"],
        ),
    ] {
        let original = Original::new();
        let verify = || {
            let mut words = vec!["verify".to_owned()];
            words.extend(store_words(&original.store));
            run(words)
        };
        assert!(verify().status.success());
        original.damage("identity.db", damage);
        refused(&verify(), 1, &said);
        let output = original.backup(&original.place("backup"), &[]);
        refused(&output, 1, &said);
        assert_eq!(original.names(), Vec::<String>::new());
    }
}

#[test]
fn a_row_of_identity_that_names_nothing_is_noticed() {
    let original = Original::new();
    original.damage(
        "identity.db",
        "PRAGMA foreign_keys = OFF; INSERT INTO sessions (id, org, user_id, created_at, last_used_at, expires_at) \
         VALUES (x'01', 1, x'02', 1, 1, 1)",
    );
    let output = original.backup(&original.place("backup"), &[]);
    refused(&output, 1, &["identity.db", "sessions"]);
    assert_eq!(original.names(), Vec::<String>::new());
}

#[test]
fn a_flipped_bit_anywhere_in_a_backup_is_refused() {
    let original = Original::new();
    let good = original.good_backup();
    for name in ["payments.db", "identity.db"] {
        let bytes = fs::read(good.join(name)).unwrap();
        // The header, the middle, the last byte, and places between.
        for at in [
            0,
            18,
            24,
            100,
            bytes.len() / 2,
            bytes.len() / 3,
            bytes.len() - 1,
        ] {
            let bad = original.place("bad");
            copy_folder(&good, &bad);
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            fs::write(bad.join(name), damaged).unwrap();
            restore_refused(&bad, &[name, "damaged", "expected"]);
            fs::remove_dir_all(bad).unwrap();
        }
    }
    let bad = original.place("bad");
    copy_folder(&good, &bad);
    let mut manifest = fs::read(good.join("manifest.json")).unwrap();
    let version = manifest.windows(3).position(|text| text == b"0.1");
    let at = version.unwrap();
    manifest[at] ^= 1;
    fs::write(bad.join("manifest.json"), manifest).unwrap();
    restore_refused(&bad, &["manifest.json", "damaged", "expected"]);
}

#[test]
fn a_backup_that_is_not_whole_is_refused() {
    let original = Original::new();
    let good = original.good_backup();
    for name in ["payments.db", "identity.db"] {
        let bad = original.place("bad");
        copy_folder(&good, &bad);
        let bytes = fs::read(good.join(name)).unwrap();
        fs::write(bad.join(name), &bytes[..bytes.len() - 4_096]).unwrap();
        restore_refused(&bad, &[name, "damaged", "expected"]);
        fs::remove_file(bad.join(name)).unwrap();
        restore_refused(&bad, &[name, "could not be read"]);
        fs::remove_dir_all(bad).unwrap();
    }
    let bad = original.place("bad");
    copy_folder(&good, &bad);
    fs::remove_file(bad.join("manifest.json")).unwrap();
    restore_refused(&bad, &["no finished backup", "manifest.json"]);
    restore_refused(&original.place("nowhere"), &["no finished backup"]);
    restore_refused(&good.join("payments.db"), &["no finished backup"]);
    // A store is no backup of itself.
    restore_refused(original.store.folder(), &["no finished backup"]);
}

#[test]
fn a_backup_whose_master_key_is_damaged_or_missing_is_not_restored() {
    let original = Original::new();
    let bad = original.good_backup();
    fs::write(bad.join("identity.key"), "another key\n").unwrap();
    restore_refused(&bad, &["identity.key", "damaged"]);
    fs::remove_file(bad.join("identity.key")).unwrap();
    restore_refused(&bad, &["identity.key", "could not be read"]);
}

#[test]
fn a_backup_with_a_master_key_that_opens_nothing_is_neither_made_nor_restored() {
    let original = Original::new();
    let good = original.good_backup();
    let key = original.store.folder().join("identity.key");
    fs::write(&key, "YSBtYXN0ZXIga2V5IGZvciB0aGUgdGVzdHMgb25seSE=\n").unwrap();
    let output = original.backup(&original.place("backup"), &[]);
    refused(&output, 1, &["master key", "identity.db"]);
    assert_eq!(original.names(), ["good"]);
    let mut words = vec!["verify".to_owned()];
    words.extend(store_words(&original.store));
    refused(&run(words), 1, &["master key", "identity.db"]);
    fs::copy(&key, good.join("identity.key")).unwrap();
    let bytes = fs::read(&key).unwrap();
    reseal(&good, |manifest| {
        manifest["beside"][0]["blake3"] = json!(blake3::hash(&bytes).to_hex().to_string());
    });
    restore_refused(&good, &["master key", "identity.db"]);
}

#[test]
fn without_its_master_key_a_store_is_not_called_verified() {
    let original = Original::new();
    fs::remove_file(original.store.folder().join("identity.key")).unwrap();
    let mut words = vec!["verify".to_owned()];
    words.extend(store_words(&original.store));
    let said = ["identity.db", "the master key is not at hand"];
    refused(&run(words), 1, &said);
    let target = original.place("backup");
    let said = [said[0], said[1], "--no-verify"];
    refused(&original.backup(&target, &[]), 1, &said);
    assert_eq!(original.names(), Vec::<String>::new());
    let copied = original.backup(&target, &["--no-verify"]);
    assert!(copied.status.success(), "{}", stderr(&copied));
    let told = stdout(&copied);
    assert!(told.contains("WITHOUT THE MASTER KEY"), "{told}");
    restore_refused(&target, &said[..2]);
}

#[test]
fn a_backup_of_the_format_before_is_restored_with_its_master_key() {
    let original = Original::new();
    let backup = original.good_backup();
    reseal(&backup, |manifest| {
        let mut key = manifest["beside"][0].take();
        key.as_object_mut().unwrap().remove("name");
        let content = manifest.as_object_mut().unwrap();
        content.remove("beside");
        content.insert("key".to_owned(), key);
        content.insert("format".to_owned(), json!(2));
    });
    let folder = tempfile::tempdir().unwrap();
    let restored = restore(&backup, folder.path());
    assert!(restored.status.success(), "{}", stderr(&restored));
    let key = |folder: &Path| fs::read(folder.join("identity.key")).unwrap();
    assert_eq!(key(folder.path()), key(original.store.folder()));
}

#[test]
fn a_store_without_its_master_key_does_not_start_and_makes_no_new_one() {
    let original = Original::new();
    let key = original.store.folder().join("identity.key");
    fs::remove_file(&key).unwrap();
    let mut words = vec!["migrate".to_owned()];
    words.extend(store_words(&original.store));
    refused(&run(words), 1, &["identity.key", "from a backup"]);
    assert!(!key.exists());
}

#[test]
fn a_backup_of_a_newer_version_is_refused_with_what_was_expected() {
    let original = Original::new();
    let good = original.good_backup();
    for (bad, change, words) in [
        (
            "format",
            json!({ "format": 4, "payflow": "9.8.7" }),
            ["9.8.7", "format 4", "format 3"],
        ),
        (
            "tables",
            json!({ "payflow": "9.8.7" }),
            ["9.8.7", "identity.db", "version 999"],
        ),
    ] {
        let bad = original.place(bad);
        copy_folder(&good, &bad);
        reseal(&bad, |manifest| {
            for (key, value) in change.as_object().unwrap() {
                manifest[key] = value.clone();
            }
            if change.get("format").is_none() {
                listed(manifest, "identity.db")["tables"] = json!(999);
            }
        });
        restore_refused(&bad, &words);
    }
}

#[test]
fn a_change_that_was_hidden_in_the_digests_is_found_by_the_verification() {
    let original = Original::new();
    let good = original.good_backup();
    let forged = original.place("forged");
    copy_folder(&good, &forged);
    let connection = rusqlite::Connection::open(forged.join("payments.db")).unwrap();
    connection
        .execute(
            "UPDATE transfers SET amount = amount + 1 WHERE seq = (SELECT MAX(seq) FROM transfers)",
            [],
        )
        .unwrap();
    drop(connection);
    reseal_file(&forged, "payments.db");
    restore_refused(&forged, &["payments.db", "does not verify", "expected"]);

    let shorter = original.place("shorter");
    copy_folder(&good, &shorter);
    reseal(&shorter, |manifest| manifest["journal"]["batch"] = json!(1));
    restore_refused(&shorter, &["batch", "expected batch 1"]);
    let elsewhere = original.place("elsewhere");
    copy_folder(&good, &elsewhere);
    reseal(&elsewhere, |manifest| {
        manifest["files"][0]["name"] = json!("../payments.db");
    });
    restore_refused(&elsewhere, &["../payments.db", "expected"]);
}

#[test]
fn a_backup_is_restored_only_where_nothing_is() {
    let original = Original::new();
    let good = original.good_backup();
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("notes.txt"), "mine").unwrap();
    let words = ["not empty", "notes.txt", "--data"];
    refused(&restore(&good, other.path()), 1, &words);
    assert_eq!(names(other.path()), ["notes.txt"]);
    // A stopped store, and the backup's own folder.
    let data = original.store.folder();
    let before = names(data);
    refused(&restore(&good, data), 1, &["not empty"]);
    assert_eq!(names(data), before);
    refused(&restore(&good, &good), 1, &["not empty"]);
    assert_eq!(
        names(&good),
        [
            ".gitignore",
            "identity.db",
            "identity.key",
            "manifest.json",
            "notifications.db",
            "operations.db",
            "payments.db",
            "risk.db"
        ]
    );
    let file = original.place("file");
    fs::write(&file, "mine").unwrap();
    refused(&restore(&good, &file), 1, &["could not be read"]);
    refused(
        &restore(&good, &file.join("data")),
        1,
        &["could not be made"],
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    // A running one says that it is in use.
    let server = Server::start(&original.store, &["--demo"]);
    refused(&restore(&good, data), 1, &["in use by another process"]);
    assert!(server.stop());
}

#[test]
fn no_server_starts_on_a_store_whose_restore_was_interrupted() {
    let original = Original::new();
    let good = original.good_backup();
    let data = TestStore::new(Engine::Sqlite);
    // What a power cut in the middle of a restore leaves.
    fs::create_dir(data.folder().join("restore.partial")).unwrap();
    fs::copy(good.join("payments.db"), data.folder().join("payments.db")).unwrap();
    fs::write(data.folder().join("payflow.lock"), "").unwrap();
    let mut words = vec![
        "serve".to_owned(),
        "--listen".to_owned(),
        "127.0.0.1:0".to_owned(),
    ];
    words.extend(store_words(&data));
    refused(&run(words), 1, &["did not finish", "restore again"]);
    refused(
        &restore(&good, data.folder()),
        1,
        &["did not finish", "restore again"],
    );
    assert_eq!(
        names(data.folder()),
        ["payflow.lock", "payments.db", "restore.partial"]
    );
}

#[test]
fn a_store_on_postgresql_is_left_to_postgresql_s_own_tools() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backup");
    for command in ["backup", "restore"] {
        let output = run([
            command,
            path.to_str().unwrap(),
            "--database-url",
            "postgres://payflow@127.0.0.1:1/payflow",
        ]);
        let words = [
            "pg_dump",
            "pg_basebackup",
            "payflow verify --database-url",
            "docs/backup.md",
        ];
        refused(&output, 2, &words);
    }
    assert_eq!(names(folder.path()), Vec::<String>::new());
}
