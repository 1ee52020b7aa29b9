//! `payflow listen`: live events at the command line, sent on as webhooks.
#![cfg(test)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::json;
use testkit::{Engine, TestStore};

use crate::process::receiver::Receiver;
use crate::process::{Server, Wait, payflow, stderr, store_words};

/// A listener that runs; ended on drop.
struct Listener {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Listener {
    fn start(url: &str, token: &str, words: &[&str]) -> Self {
        let mut child = payflow(["listen", "--url", url])
            .args(words)
            .env("PAYFLOW_API_KEY", token)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (read, said) = (lines.clone(), child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                read.lock().unwrap().push(line);
            }
        });
        Self { child, lines }
    }

    /// The first line with this in it, once it was printed.
    async fn wait_for(&self, part: &str) -> String {
        let mut wait = Wait::until("a line is printed");
        loop {
            let found = self.lines.lock().unwrap().clone();
            if let Some(found) = found.into_iter().find(|line| line.contains(part)) {
                return found;
            }
            wait.turn().await;
        }
    }

    fn printed(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }
}

const WEBHOOKS: [(&str, &str); 1] = [(
    "PAYFLOW__NOTIFICATIONS__WEBHOOKS__ALLOWED_NETWORKS",
    "127.0.0.0/8",
)];

async fn transfer(server: &Server, alice: &str, (from, to): (&str, &str)) -> String {
    let body = json!({"type": "transfer", "from_wallet": from, "to_wallet": to, "amount": "1.00", "currency": "USD"});
    let made = server.post("/transactions", alice, body).await;
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_sent_on_signed_and_again_and_go_on_after_the_server_was_away() {
    let store = TestStore::new(Engine::Sqlite);
    let server = Server::launch(&store_words(&store), &[], &WEBHOOKS);
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let from = server.wallet(&alice, "USD", Some("100.00")).await;
    let to = server.wallet(&bob, "USD", None).await;
    let wallets = (from.as_str(), to.as_str());

    let local = Receiver::start();
    // The first is not taken, and comes again after 5 seconds, by the schedule of webhooks.
    local.answers(&[500]);
    let forward = local.url();
    let words = ["--forward-to", &forward, "--events", "transaction.*"];
    let listener = Listener::start(&server.url, &bob, &words);
    let said = listener.wait_for("signed with").await;
    let secret = said.split_whitespace().last().unwrap().to_owned();
    let first = transfer(&server, &alice, wallets).await;
    listener.wait_for(&first).await;
    listener.wait_for("-> 500").await;
    listener.wait_for("once more").await;
    listener.wait_for("-> 200").await;
    let tries = local.received();
    assert_eq!(tries.len(), 2);
    assert_eq!(tries[0].header("webhook-id"), tries[1].header("webhook-id"));
    assert!(tries.iter().all(|one| one.is_signed_with(&secret)));
    assert_eq!(tries[0].json()["subject"], first);

    // The same to an endpoint of webhooks, to the byte, also when it is resent.
    let hooks = Receiver::start();
    let endpoint = json!({"url": hooks.url(), "event_types": ["transaction.completed"]});
    let endpoint = server.post("/webhook-endpoints", &bob, endpoint).await;
    let second = transfer(&server, &alice, wallets).await;
    let sent = hooks.wait_for(|one| one.body.contains(&second)).await;
    assert!(sent.is_signed_with(endpoint["secret"].as_str().unwrap()));
    let on = local.wait_for(|one| one.body.contains(&second)).await;
    assert_eq!(
        (&on.body, on.header("webhook-id")),
        (&sent.body, sent.header("webhook-id"))
    );
    let path = format!(
        "/webhook-endpoints/{}/deliveries",
        endpoint["id"].as_str().unwrap()
    );
    let delivery = server.get(&path, &bob).await["data"][0]["id"].clone();
    let path = format!(
        "/webhook-endpoints/deliveries/{}/resend",
        delivery.as_str().unwrap()
    );
    server.post(&path, &bob, json!({})).await;
    listener.wait_for("sent again").await;
    let mut wait = Wait::until("it is sent on again");
    while local.received().len() < 4 {
        wait.turn().await;
    }
    let again = local.received().pop().unwrap();
    assert_eq!(
        (&again.body, again.header("webhook-id")),
        (&on.body, on.header("webhook-id"))
    );

    // While nobody is there, what happens waits.
    let address = server.url.trim_start_matches("http://").to_owned();
    assert!(server.stop());
    listener.wait_for("coming back").await;
    let words = store_words(&store);
    let server = Server::launch(&words, &["--listen", &address], &WEBHOOKS);
    let third = transfer(&server, &alice, wallets).await;
    local.wait_for(|one| one.body.contains(&third)).await;
    let printed = listener.printed();
    for one in [&first, &second, &third] {
        assert!(printed.contains(one.as_str()), "{printed}");
    }
    assert!(
        !printed.contains("wallet.") && !printed.contains("notification."),
        "{printed}"
    );
    assert!(server.stop());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_key_or_a_wrong_one_is_told_and_what_is_asked_for_is_printed() {
    let store = TestStore::new(Engine::Sqlite);
    let server = Server::start(&store, &[]);
    let run = |key: &str, words: &[&str]| {
        let mut command = payflow(["listen"]);
        command.args(words).env("PAYFLOW_API_KEY", key);
        command.env("PAYFLOW_URL", &server.url).output().unwrap()
    };
    for (key, words, code, said) in [
        ("", &[][..], 2, "PAYFLOW_API_KEY"),
        ("wrong", &[], 1, "401"),
        ("wrong", &[], 1, "PAYFLOW_API_KEY"),
        ("x", &["--forward-to", "ftp://x"], 2, "--forward-to"),
        ("x", &["--url", "nowhere"], 2, "--url nowhere"),
        ("x", &["--url", "http://127.0.0.1:9"], 1, "is it running?"),
    ] {
        let output = run(key, words);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {text}");
        assert!(text.contains(said), "{words:?}: {text}");
    }
    let alice = server.register("alice").await;
    let wrong = run(&alice, &["--events", "transaction"]);
    assert!(stderr(&wrong).contains("422"), "{}", stderr(&wrong));
    // From the beginning of payments, printed whole.
    server.wallet(&alice, "USD", None).await;
    let words = [
        "--print",
        "--events",
        "wallet.opened",
        "--after",
        "payments:0",
    ];
    let listener = Listener::start(&server.url, &alice, &words);
    listener.wait_for("\"currency\": \"USD\"").await;
    assert!(listener.printed().contains("wallet.opened"));
    assert!(server.stop());
}

/// A server that answers each request with this, and counts them; its URL.
fn answers(answer: String) -> (String, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(0));
    let counted = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            read_request(&mut stream);
            *counted.lock().unwrap() += 1;
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    (url, asked)
}

fn read_request(stream: &mut TcpStream) {
    let mut request = String::new();
    let mut piece = [0; 4_096];
    loop {
        let count = stream.read(&mut piece).unwrap_or_default();
        request.push_str(&String::from_utf8_lossy(&piece[..count]));
        let Some((head, body)) = request.split_once("\r\n\r\n") else {
            if count == 0 {
                return;
            }
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |text| text.parse().unwrap());
        if count == 0 || body.len() >= length {
            return;
        }
    }
}

fn has_commands(text: &str) -> bool {
    let commands = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    text.chars().any(commands)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_says_commands_no_terminal_and_leads_nowhere_else() {
    let hostile = "\\u001b]0;owned\\u0007\\u009b2J\\u202e\\nmore";
    let problem = format!("{{\"detail\": \"{hostile}\"}}");
    let refused = format!(
        "HTTP/1.1 403 Forbidden\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{problem}",
        problem.len()
    );
    let (other, other_asked) = answers(refused.clone());
    let elsewhere = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {other}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    let (redirects, _) = answers(elsewhere);
    let run = |words: &[&str], url: &str| {
        let mut command = payflow(words);
        command.args(["--url", url]).env("PAYFLOW_API_KEY", "x");
        stderr(&command.output().unwrap())
    };
    for words in [&["listen"][..], &["trigger", "transaction.completed"]] {
        let said = run(words, &redirects);
        assert!(said.contains("307") && said.contains("--url"), "{said}");
        assert_eq!(*other_asked.lock().unwrap(), 0, "it went on with the key");
    }
    for words in [&["listen"][..], &["trigger", "transaction.completed"]] {
        let said = run(words, &other);
        assert!(said.contains("\\u001b]0;owned\\u0007"), "{said}");
        assert!(!has_commands(&said), "{said:?}");
        assert_eq!(said.lines().count(), 1, "{said:?}");
    }
    let event = format!(
        "{{\"id\":\"evt_{hostile}\",\"type\":\"transaction.completed\",\"time\":\"t\",\"subject\":\"s{hostile}\",\"data\":{{\"description\":\"{hostile}\"}}}}"
    );
    let stream = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\ndata: {event}\n\ndata: \u{1b}[2J\u{202e}\n\n"
    );
    let (streams, _) = answers(stream);
    let listener = Listener::start(&streams, "x", &["--print"]);
    listener.wait_for("transaction.completed").await;
    listener.wait_for("Too much was missed").await;
    let printed = listener.printed();
    assert!(!has_commands(&printed), "{printed:?}");
}
