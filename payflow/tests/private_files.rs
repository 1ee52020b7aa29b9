//! What PayFlow writes is for the user alone who runs it: e-mails, hashes of passwords and keys are
//! in it.
#![cfg(test)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Server, Wait, run, stderr, write};
use testkit::{Engine, TestStore};

/// A folder and all that is in it.
fn tree(path: &Path) -> Vec<PathBuf> {
    let mut found = vec![path.to_owned()];
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            found.extend(tree(&entry.unwrap().path()));
        }
    }
    found
}

#[track_caller]
fn all_private(path: &Path) {
    for path in tree(path) {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} has the mode {mode:o}", path.display());
    }
}

fn succeeds(words: &[&str]) {
    let done = run(words);
    assert!(done.status.success(), "{words:?}: {}", stderr(&done));
}

/// Registers somebody, and waits for the mail that this sends.
async fn send_mail(server: &Server, data: &Path, name: &str) {
    let mails = || fs::read_dir(data.join("mail")).map_or(0, Iterator::count);
    let before = mails();
    server.register(name).await;
    let mut wait = Wait::until("the mail is written");
    while mails() == before {
        wait.turn().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_written_is_private_also_where_it_was_not() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let path = |name: &str| place.path().join(name).display().to_string();
    let store = ["--data".to_owned(), path("data")];
    let server = Server::launch(&store, &["--demo"], &[]);
    send_mail(&server, &data, "ann").await;
    assert!(data.join("payments.db-wal").exists());
    all_private(&data);
    succeeds(&["backup", &path("backup"), "--data", &path("data")]);
    all_private(&place.path().join("backup"));
    assert!(server.stop());
    all_private(&data);

    // As an earlier version has left it, killed: with what lies beside the databases.
    let server = Server::launch(&store, &["--demo"], &[]);
    server.kill();
    for path in tree(&data) {
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    }
    let server = Server::launch(&store, &["--demo"], &[]);
    send_mail(&server, &data, "bea").await;
    all_private(&data);
    assert!(server.stop());

    // A folder that was made for it, and is empty, becomes private with it.
    let restored = place.path().join("restored");
    fs::create_dir(&restored).unwrap();
    fs::set_permissions(&restored, Permissions::from_mode(0o755)).unwrap();
    succeeds(&["restore", &path("backup"), "--data", &path("restored")]);
    all_private(&restored);

    let users = "email,password_hash\nnobody,x\n";
    let users = write(place.path(), "users.csv", users);
    let rejects = place.path().join("users.csv.rejects.csv");
    write(
        place.path(),
        "users.csv.rejects.csv",
        "of an earlier version",
    );
    fs::set_permissions(&rejects, Permissions::from_mode(0o644)).unwrap();
    let users = users.to_str().unwrap();
    succeeds(&["import", "users", users, "--data", &path("data")]);
    assert!(fs::read_to_string(&rejects).unwrap().contains("nobody"));
    all_private(&rejects);
}

#[test]
fn stores_and_backups_in_a_repository_are_nothing_that_git_adds() {
    let repository = TestStore::new(Engine::Sqlite);
    let git = |words: &[&str]| {
        let output = Command::new("git")
            .args(words)
            .current_dir(repository.folder())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        crate::process::stdout(&output)
    };
    git(&["init", "--quiet"]);
    let path = |name: &str| repository.folder().join(name).display().to_string();
    succeeds(&["migrate", "--data", &path("data")]);
    succeeds(&["backup", &path("backups/today"), "--data", &path("data")]);
    succeeds(&[
        "restore",
        &path("backups/today"),
        "--data",
        &path("restored"),
    ]);
    write(repository.folder(), "mine.txt", "");
    git(&["add", "--all"]);
    assert_eq!(git(&["diff", "--cached", "--name-only"]), "mine.txt\n");
}
