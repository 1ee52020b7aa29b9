//! The command line: what it prints, its exit codes, and what it says where something stands
//! against it.
#![cfg(test)]

use crate::process::{
    MASTER_KEY, Server, payflow, read, run, run_with_input, stderr, stdout, store_words, write,
};
use serde_json::json;
use testkit::{Engine, TestStore, engines};

fn words(command: &[&str], store: &TestStore) -> Vec<String> {
    command
        .iter()
        .map(|word| (*word).to_owned())
        .chain(store_words(store))
        .collect()
}

#[test]
fn help_teaches_every_command() {
    let help = stdout(&run(["--help"]));
    for command in [
        "serve",
        "migrate",
        "verify",
        "backup",
        "restore",
        "openapi",
        "config",
        "user",
        "keys",
        "listen",
        "trigger",
        "templates",
        "clock",
        "import",
        "eval",
        "completion",
    ] {
        assert!(help.contains(command), "{command} is missing in\n{help}");
    }
    assert!(stdout(&run(["import", "payments", "--help"])).contains("transaction_id"));
}

#[test]
fn a_wrong_word_or_setting_ends_with_2_and_names_it() {
    assert_eq!(run(["fly"]).status.code(), Some(2));
    let folder = tempfile::tempdir().unwrap();
    let file = write(
        folder.path(),
        "payflow.toml",
        "[payments.journal]\nqueu = 7\n",
    );
    let wrong = run(["config", "print", "--config", file.to_str().unwrap()]);
    assert_eq!(wrong.status.code(), Some(2));
    for part in ["payflow.toml, line 2", "`payments.journal.queu`", "`queue`"] {
        assert!(stderr(&wrong).contains(part), "{}", stderr(&wrong));
    }
    write(
        folder.path(),
        "payflow.toml",
        "[identity]\n[identity.password]\nmin_chars = 3\n",
    );
    let wrong = run(["config", "print", "--config", file.to_str().unwrap()]);
    assert_eq!(wrong.status.code(), Some(2));
    for part in ["payflow.toml, line 3", "identity.password.min_chars"] {
        assert!(stderr(&wrong).contains(part), "{}", stderr(&wrong));
    }
}

#[test]
fn config_print_shows_what_is_in_force_and_hides_secrets() {
    let shown = run([
        "config",
        "print",
        "--database-url",
        "postgres://u:s3cret@127.0.0.1/x",
    ]);
    assert!(
        stdout(&shown).contains("cached_accounts"),
        "{}",
        stderr(&shown)
    );
    assert!(!stdout(&shown).contains("s3cret"));
}

#[test]
fn a_store_on_postgresql_is_refused_without_a_master_key_and_says_how_to_make_one() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let store = TestStore::new(Engine::Postgres);
    let start = |key: &str| {
        payflow(words(&["migrate"], &store))
            .env("PAYFLOW__IDENTITY__MASTER_KEY", key)
            .output()
            .unwrap()
    };
    let without = start("");
    assert_eq!(without.status.code(), Some(1));
    for part in ["openssl rand -base64 32", "PAYFLOW__IDENTITY__MASTER_KEY"] {
        assert!(stderr(&without).contains(part), "{}", stderr(&without));
    }
    let malformed = start("hunter2");
    assert_eq!(malformed.status.code(), Some(2));
    assert!(stderr(&malformed).contains("identity.master_key"));
    assert!(!stderr(&malformed).contains("hunter2"));
    let shown = payflow(["config", "print"])
        .env("PAYFLOW__IDENTITY__MASTER_KEY", MASTER_KEY)
        .output()
        .unwrap();
    assert!(stdout(&shown).contains("master_key = \"(hidden)\""));
    assert!(!stdout(&shown).contains(MASTER_KEY));
}

#[test]
fn texts_are_listed_and_shown_and_one_that_does_not_compile_is_named() {
    let list = stdout(&run(["templates", "list"]));
    assert!(
        list.contains("money_received") && list.contains("Languages: de, en"),
        "{list}"
    );
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let words = [
        "templates",
        "preview",
        "verify_email",
        "--lang",
        "de",
        "--out",
    ];
    let shown = run([&words[..], &[out.to_str().unwrap()]].concat());
    assert!(shown.status.success(), "{}", stderr(&shown));
    assert!(read(&out.join("verify_email.de.txt")).starts_with("Subject: Best\u{e4}tigen"));
    assert!(read(&out.join("verify_email.de.html")).starts_with("<!doctype html>"));
    assert_eq!(
        run(["templates", "preview", "nothing"]).status.code(),
        Some(2)
    );

    let text = "[kinds.welcome]\ntitle = \"x\"\nbody = \"{{ you\"\n";
    write(folder.path(), "en.toml", text);
    let settings = format!("[notifications]\ntemplates_folder = {:?}\n", folder.path());
    let file = write(folder.path(), "payflow.conf", &settings);
    let data = folder.path().join("data");
    let place = [
        "--config",
        file.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
    ];
    let refused = run([&["migrate"][..], &place].concat());
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("en.toml:3: syntax error"),
        "{}",
        stderr(&refused)
    );
    assert!(!data.exists());
}

#[test]
fn screening_is_evaluated_on_files_and_a_missing_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let evaluate = || {
        let place = folder.path().to_str().unwrap();
        run([
            "eval",
            "screening",
            "--lists",
            place,
            "--labelled",
            place,
            "--json",
        ])
    };
    for sub in ["ofac", "un"] {
        std::fs::create_dir(folder.path().join(sub)).unwrap();
    }
    let columns = "full_name,first_name,middle_name,last_name,gender,date_of_birth,place_of_birth,nationality";
    for (name, text) in [
        (
            "name-pairs.csv",
            "schema,name1,name2,is_match\nPerson,Gamal Farouk,Jamal Faruk,true\n".to_owned(),
        ),
        (
            "un-misspelled.csv",
            format!("{columns}\nGamal Faruk,,,,,1960,,eg\n"),
        ),
        (
            "benign-all.csv",
            format!("{columns}\nPeter Miller,,,,,,,\n"),
        ),
        (
            "ofac/sdn.csv",
            format!(
                "1,\"PETRENKO, Nikolai\",\"individual\",\"X\"{}\r\n",
                ",-0- ".repeat(8)
            ),
        ),
        (
            "ofac/alt.csv",
            "1,1,\"aka\",\"PETRENKO, Kolya\",-0- \r\n".to_owned(),
        ),
    ] {
        write(folder.path(), name, &text);
    }
    let missing = evaluate();
    assert_eq!(missing.status.code(), Some(2));
    assert!(
        stderr(&missing).contains("consolidated.xml is missing"),
        "{}",
        stderr(&missing)
    );

    let un = "<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID>\
              <FIRST_NAME>GAMAL</FIRST_NAME><SECOND_NAME>FAROUK</SECOND_NAME></INDIVIDUAL>\
              </INDIVIDUALS></CONSOLIDATED_LIST>";
    write(folder.path(), "un/consolidated.xml", un);
    let report: serde_json::Value = serde_json::from_str(&stdout(&evaluate())).unwrap();
    assert_eq!(report["threshold"], json!(0.72));
    assert_eq!(
        report["name_pairs"],
        json!({ "precision": 1.0, "recall": 1.0, "f1": 1.0 })
    );
    assert_eq!(report["misspelled"], json!({ "found": 1, "of": 1 }));
    assert_eq!(report["benign"], json!({ "alerts": 0, "of": 1 }));
    assert!(
        report["p50_us"].is_u64() && report["p99_us"].is_u64(),
        "{report}"
    );
}

#[test]
fn completion_scripts_are_made() {
    assert!(stdout(&run(["completion", "bash"])).contains("payflow"));
}

#[test]
fn the_openapi_document_needs_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let output = crate::process::payflow(["openapi"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/api/v1/transactions"]["post"].is_object());
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "it left something behind"
    );
}

#[test]
fn signing_keys_are_listed_and_exchanged_on_the_command_line() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let states = |command: &[&str]| -> Vec<String> {
            let output = run(words(command, &store));
            assert!(output.status.success(), "{}", stderr(&output));
            let word = |line: &str| line.split_whitespace().nth(1).unwrap().to_owned();
            stdout(&output).lines().map(word).collect()
        };
        if engine == Engine::Sqlite {
            let none = run(words(&["keys", "list"], &store));
            assert!(stderr(&none).contains("no store"), "{}", stderr(&none));
        }
        assert!(run(words(&["migrate"], &store)).status.success());
        assert_eq!(states(&["keys", "list"]), ["signing"]);
        assert_eq!(states(&["keys", "rotate"]), ["next", "signing"]);
        let twice = run(words(&["keys", "rotate"], &store));
        assert_eq!(twice.status.code(), Some(1));
        assert!(stderr(&twice).contains("--now"), "{}", stderr(&twice));
        assert_eq!(states(&["keys", "rotate", "--now"]), ["signing", "retired"]);
        assert_eq!(states(&["keys", "rotate", "--leaked"]), ["signing"]);
        assert_eq!(states(&["keys", "list"]), ["signing"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_admin_is_made_on_the_command_line_and_logs_in() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let create = [
            "user",
            "create",
            "--email",
            "root@example.org",
            "--role",
            "admin",
            "--password-stdin",
        ];
        let made = run_with_input(words(&create, &store), "correct horse battery\n");
        assert!(made.status.success(), "{}", stderr(&made));
        assert!(stdout(&made).starts_with("usr_"), "{}", stdout(&made));
        let twice = run_with_input(words(&create, &store), "correct horse battery\n");
        assert_eq!(twice.status.code(), Some(1));
        let server = Server::start(&store, &[]);
        let login = json!({ "email": "root@example.org", "password": "correct horse battery" });
        let (status, _, answer) = server
            .call("POST", "/auth/login", None, None, Some(&login))
            .await
            .unwrap();
        assert_eq!(
            (status, &answer["user"]["role"]),
            (200, &json!("admin")),
            "{answer}"
        );
        assert!(server.stop());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_prints_logins_that_work_and_is_made_once() {
    let store = TestStore::new(Engine::Sqlite);
    for _ in 0..2 {
        let server = Server::start(&store, &["--demo"]);
        let line = server
            .greeting
            .lines()
            .find(|line| line.contains("alice"))
            .unwrap()
            .to_owned();
        let [.., email, password] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let login = json!({ "email": email, "password": password });
        let (status, _, answer) = server
            .call("POST", "/auth/login", None, None, Some(&login))
            .await
            .unwrap();
        assert_eq!(status, 200, "{answer}");
        let token = answer["access_token"].as_str().unwrap();
        let wallets = server.get("/wallets", token).await;
        assert_eq!(wallets["data"].as_array().unwrap().len(), 2);
        assert!(server.stop());
    }
    assert!(run(words(&["verify"], &store)).status.success());
}

#[test]
fn verify_checks_the_audit_trail_and_names_the_first_entry_that_was_changed() {
    let store = TestStore::new(Engine::Sqlite);
    for name in ["one", "two"] {
        let email = format!("{name}@example.com");
        let command = [
            "user",
            "create",
            "--email",
            &email,
            "--role",
            "auditor",
            "--password-stdin",
        ];
        let made = run_with_input(words(&command, &store), "correct horse battery staple");
        assert!(made.status.success(), "{}", stderr(&made));
    }
    let found = stdout(&run(words(&["verify"], &store)));
    assert!(
        found.contains("audit trail  2 entries, hash of the last  "),
        "{found}"
    );

    let file = rusqlite::Connection::open(store.folder().join("identity.db")).unwrap();
    let sql = "DROP TRIGGER audit_entries_are_not_changed;
        UPDATE audit_entries SET outcome = 'refused' WHERE no = 2";
    file.execute_batch(sql).unwrap();
    drop(file);
    let refused = run(words(&["verify"], &store));
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("audit_entries 2"),
        "{}",
        stderr(&refused)
    );
}

#[test]
fn a_folder_in_use_is_said_plainly() {
    let store = TestStore::new(Engine::Sqlite);
    let server = Server::start(&store, &[]);
    for lock_is_deleted in [false, true] {
        if lock_is_deleted && cfg!(unix) {
            std::fs::remove_file(store.folder().join("payflow.lock")).unwrap();
        }
        for command in ["migrate", "serve"] {
            let second = run(words(&[command], &store));
            assert_eq!(second.status.code(), Some(1));
            assert!(
                stderr(&second).contains("in use by another process"),
                "{}",
                stderr(&second)
            );
        }
    }
    assert!(server.stop());
    assert!(run(words(&["migrate"], &store)).status.success());
}

#[test]
fn a_file_that_is_no_database_is_said_plainly_and_left_alone() {
    for name in ["payments.db", "identity.db"] {
        let store = TestStore::new(Engine::Sqlite);
        let made = run(words(&["migrate"], &store));
        assert!(made.status.success(), "{}", stderr(&made));
        let garbage = "this is no database, but somebody may want it back. ".repeat(100);
        let file = write(store.folder(), name, &garbage);
        let output = run(words(&["serve", "--listen", "127.0.0.1:0"], &store));
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(name), "{}", stderr(&output));
        assert_eq!(read(&file), garbage);
    }
}

#[test]
fn a_database_that_is_away_is_said_plainly() {
    // Port 1 of loopback: nobody listens there.
    let output = run([
        "migrate",
        "--database-url",
        "postgres://payflow@127.0.0.1:1/payflow",
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("PostgreSQL"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_port_alone_is_no_address_and_one_that_would_do_is_shown() {
    let store = TestStore::new(Engine::Sqlite);
    let mut command = payflow(words(&["serve", "--listen", "8080"], &store));
    let output = command
        .env("PAYFLOW_LISTEN", "127.0.0.1:0")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    for said in ["such as 127.0.0.1:", "PAYFLOW_LISTEN is ignored"] {
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_greeting_names_the_console_and_where_mails_are() {
    let store = TestStore::new(Engine::Sqlite);
    let server = Server::start(&store, &[]);
    let said = server.last_words();
    let mails = store.folder().join("mail");
    let mails = format!("Mails              files in {}\n", mails.display());
    assert!(said.contains(&mails), "{said}");
    assert_eq!(
        said.contains("/console"),
        said.contains("/wallet"),
        "{said}"
    );
}

#[test]
fn an_address_that_is_taken_is_said_plainly() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let store = TestStore::new(Engine::Sqlite);
    let output = run(words(&["serve", "--listen", &address], &store));
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains(&address), "{}", stderr(&output));
}
