//! The log of a whole scenario: nobody's e-mail, name or password is in it; each request is, with
//! its id; and no colours where it is no terminal.
#![cfg(test)]

use crate::process::{Server, Wait, store_words};
use serde_json::{Value, json};
use testkit::{TestStore, engines};

/// Somebody who calls, or with no token a stranger.
struct Caller<'a> {
    server: &'a Server,
    token: Option<String>,
}

impl Caller<'_> {
    /// One request, whose answer is whatever it is but no fault.
    async fn send(&self, method: &str, path: &str, body: Value) {
        let (token, body) = (self.token.as_deref(), Some(&body).filter(|b| !b.is_null()));
        let sent = self.server.call(method, path, token, None, body).await;
        let (status, _, answer) = sent.unwrap();
        assert!(status < 500, "{method} {path}: {status} {answer}");
    }

    async fn post(&self, path: &str, body: Value) {
        self.send("POST", path, body).await;
    }
}

const PASSWORD: &str = "a long password of ann";

/// Logs in rightly and wrongly, registers once more and wrongly, and forgets the password.
async fn live_as_a_stranger(stranger: &Caller<'_>) {
    let login = |email: &str, password: &str| json!({ "email": email, "password": password });
    for (path, body) in [
        ("/auth/login", login("ann@example.org", PASSWORD)),
        ("/auth/login", login("ann@example.org", "wrong@example.org")),
        ("/auth/login", login("nobody@example.org", PASSWORD)),
        ("/auth/register", login("ann@example.org", PASSWORD)),
        ("/auth/register", login("no e@mail@example.org", PASSWORD)),
        (
            "/auth/forgot-password",
            json!({ "email": "ann@example.org" }),
        ),
        (
            "/auth/resend-verification",
            json!({ "email": "ann@example.org" }),
        ),
    ] {
        stranger.post(path, body).await;
    }
    stranger.send("GET", "/bea@example.org", Value::Null).await;
}

/// Changes e-mail and name, pays by e-mail and looks people up, each also so that it is refused.
async fn live_as_ann(ann: &Caller<'_>, wallet: &str) {
    for email in ["anna@example.org", "bea@example.org"] {
        let change = json!({ "email": email, "current_password": PASSWORD, "name": email });
        ann.send("PATCH", "/users/me", change).await;
    }
    for query in ["email=bea", "email=nobody", "mail=bea"] {
        let path = format!("/recipients?{query}@example.org");
        ann.send("GET", &path, Value::Null).await;
    }
    for to in ["bea@example.org", "nobody@example.org"] {
        let transfer = json!({ "type": "transfer", "from_wallet": wallet, "to_email": to, "amount": "1.00",
                               "currency": "USD" });
        ann.post("/transactions", transfer).await;
    }
}

async fn live(server: &Server) {
    let (ann, bea) = (server.register("ann").await, server.register("bea").await);
    server.wallet(&bea, "USD", None).await;
    let wallet = server.wallet(&ann, "USD", Some("100.00")).await;
    let as_user = |token| Caller { server, token };
    live_as_a_stranger(&as_user(None)).await;
    live_as_ann(&as_user(Some(ann)), &wallet).await;
    let bea = as_user(Some(bea));
    let wrong =
        json!({ "current_password": "bea@example.org", "new_password": "another@example.org" });
    bea.post("/auth/change-password", wrong).await;
    let close = json!({ "current_password": "a long password of bea" });
    bea.send("DELETE", "/users/me", close).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_of_a_whole_scenario_holds_an_e_mail_and_each_request_is_in_it() {
    for engine in engines() {
        for format in ["json", "text"] {
            let store = TestStore::new(engine);
            let settings = [
                // With a line for each mail that becomes a file.
                (
                    "PAYFLOW__LOG__FILTER",
                    "info,notifications::channels::email::folder=debug",
                ),
                ("PAYFLOW__LOG__FORMAT", format),
            ];
            let server = Server::launch(&store_words(&store), &[], &settings);
            live(&server).await;
            let mut wait = Wait::until("mails are sent");
            while server.log().matches("msg_").count() < 6 {
                wait.turn().await;
            }
            assert!(server.stop());
            let log = server.log();
            for secret in ["example.org", "password of", "anna", "\u{1b}["] {
                let line = log.lines().find(|line| line.contains(secret));
                assert_eq!(line, None, "{secret:?} is in the log");
            }
            let answered = log.lines().filter(|line| line.contains("request answered"));
            let answered = answered.filter(|line| line.contains("request_id")).count();
            assert!(answered >= 17, "{answered} requests in\n{log}");
            if format == "json" {
                for line in log.lines() {
                    let line: Value = serde_json::from_str(line).unwrap();
                    assert!(
                        line["level"].is_string() && line["message"].is_string(),
                        "{line}"
                    );
                }
            }
        }
    }
}
