//! The log of a whole scenario: nobody's e-mail, name or password is in it; each request is, with its id; and no colours where it
//! is no terminal.
#![cfg(test)]

use crate::process::{Server, Wait, store_words};
use serde_json::{Value, json};
use testkit::{TestStore, engines};

/// Registers, logs in rightly and wrongly, changes e-mail and password, forgets it, pays somebody by e-mail, looks people up, and
/// makes a mistake of each kind with an e-mail in it.
async fn live(server: &Server) {
    let ann = server.register("ann").await;
    let bea = server.register("bea").await;
    server.wallet(&bea, "USD", None).await;
    let wallet = server.wallet(&ann, "USD", Some("100.00")).await;
    let send = async |method: &str, path: &str, token: Option<&str>, body: Option<Value>| {
        let sent = server.call(method, path, token, None, body.as_ref()).await;
        let (status, _, answer) = sent.unwrap();
        assert!(status < 500, "{method} {path}: {status} {answer}");
    };
    let (ann, bea) = (Some(ann.as_str()), Some(bea.as_str()));
    let login = |email: &str, password: &str| Some(json!({ "email": email, "password": password }));
    let transfer = |to: &str| {
        Some(
            json!({ "type": "transfer", "from_wallet": wallet, "to_email": to, "amount": "1.00", "currency": "USD" }),
        )
    };
    let good = "a long password of ann";
    for (method, path, token, body) in [
        ("POST", "/auth/login", None, login("ann@example.org", good)),
        (
            "POST",
            "/auth/login",
            None,
            login("ann@example.org", "wrong@example.org"),
        ),
        (
            "POST",
            "/auth/login",
            None,
            login("nobody@example.org", good),
        ),
        (
            "POST",
            "/auth/register",
            None,
            login("ann@example.org", good),
        ),
        (
            "POST",
            "/auth/register",
            None,
            Some(
                json!({ "email": "not an@e-mail@example.org", "password": good, "name": "x@example.org" }),
            ),
        ),
        (
            "POST",
            "/auth/forgot-password",
            None,
            Some(json!({ "email": "ann@example.org" })),
        ),
        (
            "POST",
            "/auth/resend-verification",
            None,
            Some(json!({ "email": "ann@example.org" })),
        ),
        (
            "PATCH",
            "/users/me",
            ann,
            Some(
                json!({ "email": "anna@example.org", "current_password": good, "name": "Anna@example.org" }),
            ),
        ),
        (
            "PATCH",
            "/users/me",
            ann,
            Some(json!({ "email": "bea@example.org", "current_password": good })),
        ),
        ("GET", "/recipients?email=bea@example.org", ann, None),
        ("GET", "/recipients?email=nobody@example.org", ann, None),
        ("GET", "/recipients?mail=bea@example.org", ann, None),
        ("POST", "/transactions", ann, transfer("bea@example.org")),
        ("POST", "/transactions", ann, transfer("nobody@example.org")),
        (
            "POST",
            "/auth/change-password",
            bea,
            Some(
                json!({ "current_password": "bea@example.org", "new_password": "another@example.org" }),
            ),
        ),
        ("GET", "/bea@example.org", None, None),
        (
            "DELETE",
            "/users/me",
            bea,
            Some(json!({ "current_password": "a long password of bea" })),
        ),
    ] {
        send(method, path, token, body).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_of_a_whole_scenario_holds_an_e_mail_and_each_request_is_in_it() {
    for engine in engines() {
        for format in ["json", "text"] {
            let store = TestStore::new(engine);
            let settings = [
                ("PAYFLOW__LOG__FILTER", "info"),
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
