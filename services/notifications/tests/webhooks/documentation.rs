//! The programs of docs/webhooks.md check what PayFlow sends.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use platform::clock::{Clock, SystemClock};
use testkit::Engine;

use super::*;

const PAGE: &str = include_str!("../../../../docs/webhooks.md");
/// The file of each program, and what runs it.
const PROGRAMS: [(&str, &[&str]); 4] = [
    ("verify.py", &["python3"]),
    ("verify.js", &["node"]),
    ("verify.go", &["go", "run"]),
    ("verify.php", &["php"]),
];

fn program(name: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("<!-- {name} -->\n```")).unwrap();
    let (_, rest) = rest.split_once('\n').unwrap();
    rest.split_once("\n```\n").unwrap().0
}

/// Whether there is such a program on this machine.
fn is_there(command: &str) -> bool {
    let mut version = Command::new(command);
    version.arg(if command == "go" {
        "version"
    } else {
        "--version"
    });
    version.stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}

fn accepts(command: &[&str], file: &Path, arguments: [&str; 4], body: &str) -> bool {
    let mut run = Command::new(command[0])
        .args(&command[1..])
        .arg(file)
        .args(arguments)
        .current_dir(file.parent().unwrap())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    run.stdin
        .take()
        .unwrap()
        .write_all(body.as_bytes())
        .unwrap();
    let done = run.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    // Go says on its standard error how the program has ended.
    let said = said.trim_start_matches("exit status 1").trim();
    assert!(said.is_empty(), "{command:?}: {said}");
    done.status.success()
}

#[tokio::test]
async fn the_programs_of_the_page_take_what_is_genuine_and_nothing_else() {
    let app = app(Engine::Sqlite).await;
    // The programs ask the machine what time it is.
    app.clock.set(SystemClock.now());
    let receiver = Receiver::start().await;
    let (id, old) = app.endpoint("bob", &receiver.url(), &["*"]).await;
    let path = format!("{PATH}/{id}/rotate-secret");
    let (_, rotated) = app.post("bob", &path, json!({})).await;
    app.transfer(1);
    app.deliver().await;
    let sent = Arc::new(receiver.received().remove(0));
    let new = rotated["secret"].as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut ran = Vec::new();
    for (name, command) in PROGRAMS {
        if !is_there(command[0]) {
            println!("{name} is not run: there is no {}", command[0]);
            continue;
        }
        let file = folder.path().join(name);
        std::fs::write(&file, program(name)).unwrap();
        let [id, at, signature] = ["id", "timestamp", "signature"]
            .map(|part| sent.header(&format!("webhook-{part}")).to_owned());
        let earlier = (at.parse::<i64>().unwrap() - 301).to_string();
        let accepts = |secret: &str, at: &str, signature: &str, body: &str| {
            accepts(command, &file, [secret, &id, at, signature], body)
        };
        assert!(accepts(new, &at, &signature, &sent.body), "{name}");
        assert!(accepts(&old, &at, &signature, &sent.body), "{name}");
        let changed = sent.body.replace("12.50", "99.50");
        assert_ne!(changed, sent.body);
        assert!(!accepts(new, &at, &signature, &changed), "{name}");
        assert!(!accepts(new, &earlier, &signature, &sent.body), "{name}");
        assert!(!accepts(new, &at, "v1,AAAA v2,AAAA", &sent.body), "{name}");
        ran.push(name);
    }
    println!("ran {ran:?}");
}
