//! What the tests of the whole binary share: a real process on a real port, and a client that
//! speaks to it.

pub mod receiver;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use testkit::{Engine, TestStore};
use tokio::time::MissedTickBehavior;

/// The words that name a store on the command line.
pub fn store_words(store: &TestStore) -> Vec<String> {
    match store.engine() {
        Engine::Sqlite => vec!["--data".into(), store.folder().display().to_string()],
        Engine::Postgres => vec!["--database-url".into(), store.database_url().to_owned()],
    }
}

/// The master key of every store under test on PostgreSQL; an embedded one may make its own.
pub const MASTER_KEY: &str = "YSBtYXN0ZXIga2V5IGZvciB0aGUgdGVzdHMgb25seSE=";

/// The binary under test, without what this environment may say of its settings.
pub fn payflow<S: AsRef<std::ffi::OsStr>>(words: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_payflow"));
    let words: Vec<_> = words.into_iter().collect();
    let on_postgres = |word: &S| word.as_ref() == "--database-url";
    if words.iter().any(on_postgres) {
        command.env("PAYFLOW__IDENTITY__MASTER_KEY", MASTER_KEY);
    }
    command
        .args(words)
        .env("PAYFLOW__LOG__FILTER", "warn")
        // The admins of these tests have a password and no more.
        .env("PAYFLOW__IDENTITY__SECOND_FACTOR__REQUIRED_FOR", "none");
    command
}

/// Runs a command to its end.
pub fn run<S: AsRef<std::ffi::OsStr>>(words: impl IntoIterator<Item = S>) -> Output {
    payflow(words).stdin(Stdio::null()).output().unwrap()
}

/// Runs a command with a text on its standard input.
pub fn run_with_input<S: AsRef<std::ffi::OsStr>>(
    words: impl IntoIterator<Item = S>,
    input: &str,
) -> Output {
    let mut child = payflow(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A running server; killed on drop.
pub struct Server {
    child: Mutex<Child>,
    pid: u32,
    pub url: String,
    pub greeting: String,
    /// What follows on standard output.
    rest: std::thread::JoinHandle<String>,
    pub client: reqwest::Client,
    log: NamedTempFile,
}

impl Server {
    /// Starts a server on a free port over a store and waits until it says where it listens.
    pub fn start(store: &TestStore, more: &[&str]) -> Self {
        Self::launch(&store_words(store), more, &[])
    }

    /// The same over the store that these words name, with settings (`PAYFLOW__…`) of its own.
    pub fn launch(store: &[String], more: &[&str], settings: &[(&str, &str)]) -> Self {
        Self::spawn(|words| payflow(words), store, more, settings)
    }

    /// The same, but a file that may not grow is an error of writing, and does not end the process
    /// (SIGXFSZ).
    pub fn launch_without_file_signal(store: &[String], settings: &[(&str, &str)]) -> Self {
        let shell = |words: Vec<&str>| {
            let program = payflow(words);
            let mut command = Command::new("sh");
            command
                .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
                .arg(program.get_program())
                .args(program.get_args());
            for (name, value) in program.get_envs() {
                command.envs(value.map(|value| (name, value)));
            }
            command
        };
        Self::spawn(shell, store, &[], settings)
    }

    fn spawn(
        command: impl FnOnce(Vec<&str>) -> Command,
        store: &[String],
        more: &[&str],
        settings: &[(&str, &str)],
    ) -> Self {
        let mut words = vec!["serve"];
        if !more.contains(&"--listen") {
            words.extend(["--listen", "127.0.0.1:0"]);
        }
        words.extend(store.iter().map(String::as_str));
        words.extend(more);
        let log = NamedTempFile::new().unwrap();
        let mut child = command(words)
            .env("PAYFLOW__GATEWAY__RATE_LIMITS__ENABLED", "false")
            .env("PAYFLOW__IDENTITY__PASSWORD__MEMORY_KIB", "64")
            .env("PAYFLOW__IDENTITY__PASSWORD__ITERATIONS", "1")
            // Most of what is tested makes more transactions on a day than rules let pass.
            .env("PAYFLOW__RISK__ENABLED", "false")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let Some(first) = lines.next() else {
            panic!(
                "the server ended before it listened: {}",
                read(log.path()).trim()
            );
        };
        let url = first.unwrap().split_whitespace().last().unwrap().to_owned();
        // The greeting is written at once; what follows it is read only by anyone who wants it.
        let greeting = if more.contains(&"--demo") {
            let mut said = String::new();
            while let Some(Ok(line)) = lines.next() {
                let is_last = line.contains("Only for a look around");
                said.push_str(&line);
                said.push('\n');
                if is_last {
                    break;
                }
            }
            said
        } else {
            String::new()
        };
        let rest = std::thread::spawn(move || {
            let lines: Vec<_> = lines.map_while(Result::ok).collect();
            lines.join("\n")
        });
        Self {
            rest,
            pid: child.id(),
            child: Mutex::new(child),
            url,
            greeting,
            client: reqwest::Client::new(),
            log,
        }
    }

    /// Ends the process at once, in the middle of whatever it does.
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Ends the process in order; true where it ended well.
    pub fn stop(&self) -> bool {
        self.signal("TERM");
        self.child.lock().unwrap().wait().unwrap().success()
    }

    /// Ends the process in order; what it said on standard output after the first line, or after
    /// the greeting of a demo.
    pub fn last_words(mut self) -> String {
        assert!(self.stop());
        let nothing = std::thread::spawn(String::new);
        std::mem::replace(&mut self.rest, nothing).join().unwrap()
    }

    /// Stops the process where it stands (SIGSTOP); returns when no thread of it runs any more.
    pub async fn pause(&self) {
        self.signal("STOP");
        let pid = self.pid.to_string();
        let stands = || {
            let words = ["-o", "stat=", "-p", &pid];
            let state = Command::new("ps").args(words).output().unwrap();
            stdout(&state).starts_with('T')
        };
        let mut wait = Wait::until("the process stands still");
        while !stands() {
            wait.turn().await;
        }
    }

    /// Lets a stopped process go on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let words = [format!("-{name}"), self.pid.to_string()];
        assert!(Command::new("kill").args(words).status().unwrap().success());
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        read(self.log.path())
    }

    /// One request; the status, the headers and the JSON body.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Result<(u16, HeaderMap, Value), reqwest::Error> {
        let method = method.parse().unwrap();
        let mut request = self
            .client
            .request(method, format!("{}/api/v1{path}", self.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        Ok((
            status,
            headers,
            serde_json::from_str(&text).unwrap_or(Value::Null),
        ))
    }

    pub async fn post(&self, path: &str, token: &str, body: Value) -> Value {
        let (status, _, answer) = self
            .call("POST", path, Some(token), None, Some(&body))
            .await
            .unwrap();
        assert!(
            (200..300).contains(&status),
            "POST {path}: {status} {answer}"
        );
        answer
    }

    pub async fn get(&self, path: &str, token: &str) -> Value {
        let (status, _, answer) = self
            .call("GET", path, Some(token), None, None)
            .await
            .unwrap();
        assert_eq!(status, 200, "GET {path}: {answer}");
        answer
    }

    /// Registers a user; the access token.
    pub async fn register(&self, name: &str) -> String {
        let body = json!({
            "email": format!("{name}@example.org"), "password": format!("a long password of {name}"), "name": name,
        });
        let (status, _, answer) = self
            .call("POST", "/auth/register", None, None, Some(&body))
            .await
            .unwrap();
        assert_eq!(status, 201, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Opens a wallet and deposits into it; its id.
    pub async fn wallet(&self, token: &str, currency: &str, deposit: Option<&str>) -> String {
        let wallet = self
            .post("/wallets", token, json!({ "currency": currency }))
            .await;
        let id = wallet["id"].as_str().unwrap().to_owned();
        if let Some(amount) = deposit {
            let done = self
                .post(
                    "/transactions",
                    token,
                    json!({
                        "type": "deposit", "to_wallet": id, "amount": amount, "currency": currency,
                        "source": { "kind": "card", "token": "tok_ok" },
                    }),
                )
                .await;
            assert_eq!(done["status"], "completed", "{done}");
        }
        id
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Already gone after `kill` and `stop`.
        drop(child.kill());
        drop(child.wait());
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().rev().take(40).collect();
            for line in lines.into_iter().rev() {
                eprintln!("{}: {line}", self.url);
            }
        }
    }
}

/// How often the outside world is looked at.
const PACE: Duration = Duration::from_millis(20);
/// Far longer than anything takes that is not stuck.
const STUCK: Duration = Duration::from_secs(240);

/// Waiting for something outside of this process, look by look.
pub struct Wait {
    until: &'static str,
    pace: tokio::time::Interval,
    begun: Instant,
}

impl Wait {
    pub fn until(until: &'static str) -> Self {
        let mut pace = tokio::time::interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pace.reset();
        Self {
            until,
            pace,
            begun: Instant::now(),
        }
    }

    /// Returns when it is time for another look.
    pub async fn turn(&mut self) {
        assert!(
            self.begun.elapsed() < STUCK,
            "waited in vain until {}",
            self.until
        );
        self.pace.tick().await;
    }
}

/// Writes a text into a file of a folder.
pub fn write(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// What a file holds.
pub fn read(path: &Path) -> String {
    let mut text = String::new();
    std::fs::File::open(path)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}
