//! What the tests of the whole binary share: a real process on a real port, and a client that speaks to it.

#![expect(dead_code, reason = "each test binary uses its own part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use testkit::{Engine, TestStore};

/// The words that name a store on the command line.
pub fn store_words(store: &TestStore) -> Vec<String> {
    match store.engine() {
        Engine::Sqlite => vec!["--data".into(), store.folder().display().to_string()],
        Engine::Postgres => vec!["--database-url".into(), store.database_url().to_owned()],
    }
}

/// The binary under test, without what this environment may say of its settings.
pub fn payflow<S: AsRef<std::ffi::OsStr>>(words: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_payflow"));
    command.args(words).env("PAYFLOW__LOG__FILTER", "warn");
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
    child: Child,
    pub url: String,
    pub greeting: String,
    pub client: reqwest::Client,
}

impl Server {
    /// Starts a server on a free port over a store and waits until it says where it listens.
    pub fn start(store: &TestStore, more: &[&str]) -> Self {
        let mut words = vec![
            "serve".to_owned(),
            "--listen".to_owned(),
            "127.0.0.1:0".to_owned(),
        ];
        words.extend(store_words(store));
        words.extend(more.iter().map(|word| (*word).to_owned()));
        let mut child = payflow(words)
            .env("PAYFLOW__IDENTITY__PASSWORD__MEMORY_KIB", "64")
            .env("PAYFLOW__IDENTITY__PASSWORD__ITERATIONS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines
            .next()
            .expect("the server ended before it listened")
            .unwrap();
        let url = first.split_whitespace().last().unwrap().to_owned();
        // The greeting is written at once; what follows it is read only by whoever wants it.
        let greeting = if more.contains(&"--demo") {
            lines
                .by_ref()
                .take(7)
                .map_while(Result::ok)
                .collect::<Vec<_>>()
                .join("\n")
        } else {
            String::new()
        };
        std::thread::spawn(move || lines.count());
        Self {
            child,
            url,
            greeting,
            client: reqwest::Client::new(),
        }
    }

    /// Ends the process at once, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends the process in order; true where it ended well.
    pub fn stop(mut self) -> bool {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().success()
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
        // Already gone after `kill` and `stop`.
        drop(self.child.kill());
        drop(self.child.wait());
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
