//! The routes are found in the OpenAPI document; who may use each is expected by the table here,
//! written by hand. A route without a line fails, and a rule that changes shows in this file.

use std::collections::BTreeSet;

use contracts::identity::{Permission, Role, SCOPES};

use crate::permissions::app::{Answer, App, Operation, Things, on_each_engine};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Anybody, with or without a token.
    Public,
    /// Anyone who is known, with any role, and with any API key.
    Known,
    /// Those whose letters are here.
    Only(&'static str),
}

use Who::{Known, Only, Public};

/// A small letter: of this role, which needs a second factor, and without one.
const LETTERS: [(Role, char); 7] = [
    (Role::User, 'U'),
    (Role::Merchant, 'M'),
    (Role::Operator, 'O'),
    (Role::Operator, 'o'),
    (Role::Auditor, 'R'),
    (Role::Admin, 'A'),
    (Role::Admin, 'a'),
];

/// One's own account.
const OWN: Who = Only("UMORAoa");

const TABLE: &[(&str, Who)] = &[
    ("GET /", Public),
    ("GET /health", Public),
    ("GET /metrics", Public),
    ("GET /ready", Public),
    ("GET /.well-known/jwks.json", Public),
    ("GET /api/v1/auth/me", Known),
    ("GET /api/v1/admin/notifications/messages", Only("ORA")),
    (
        "POST /api/v1/admin/notifications/messages/{id}/resend",
        Only("OA"),
    ),
    ("GET /api/v1/notifications", Only("UMORA")),
    ("GET /api/v1/notifications/unsubscribe", Public),
    ("POST /api/v1/notifications/unsubscribe", Public),
    ("POST /api/v1/notifications/{id}/read", Only("UMORA")),
    ("POST /api/v1/notifications/read-all", Only("UMORA")),
    ("GET /api/v1/notifications/push-key", Only("UMORA")),
    ("POST /api/v1/notifications/callbacks/twilio", Public),
    ("GET /api/v1/users/me/notification-preferences", OWN),
    ("PUT /api/v1/users/me/notification-preferences", OWN),
    ("GET /api/v1/users/me/phone", OWN),
    ("POST /api/v1/users/me/phone", OWN),
    ("DELETE /api/v1/users/me/phone", OWN),
    ("POST /api/v1/users/me/phone/verify", OWN),
    ("POST /api/v1/users/me/push-subscriptions", OWN),
    ("DELETE /api/v1/users/me/push-subscriptions", OWN),
    ("GET /api/v1/admin/dead-letters", Only("ORA")),
    ("GET /api/v1/admin/dead-letters/groups", Only("ORA")),
    ("GET /api/v1/admin/dead-letters/{id}", Only("ORA")),
    ("POST /api/v1/admin/dead-letters/{id}/replay", Only("OA")),
    ("POST /api/v1/admin/dead-letters/{id}/discard", Only("OA")),
    ("POST /api/v1/admin/dead-letters/replay", Only("OA")),
    ("POST /api/v1/admin/dead-letters/discard", Only("OA")),
    ("GET /api/v1/admin/dead-letters/replays/{id}", Only("ORA")),
    ("GET /api/v1/admin/queues", Only("ORA")),
    ("POST /api/v1/admin/queues/{name}/pause", Only("OA")),
    ("POST /api/v1/admin/queues/{name}/resume", Only("OA")),
    ("GET /api/v1/system/summary", Only("ORA")),
    ("GET /api/v1/system/config", Only("A")),
    ("GET /api/v1/events/stream", Known),
    ("GET /api/v1/webhook-endpoints", Only("UMOA")),
    ("POST /api/v1/webhook-endpoints", Only("UMOA")),
    ("GET /api/v1/webhook-endpoints/{id}", Only("UMOA")),
    ("PATCH /api/v1/webhook-endpoints/{id}", Only("UMOA")),
    ("DELETE /api/v1/webhook-endpoints/{id}", Only("UMOA")),
    (
        "GET /api/v1/webhook-endpoints/{id}/deliveries",
        Only("UMOA"),
    ),
    ("POST /api/v1/webhook-endpoints/{id}/recover", Only("UMOA")),
    (
        "POST /api/v1/webhook-endpoints/{id}/rotate-secret",
        Only("UMOA"),
    ),
    ("POST /api/v1/webhook-endpoints/{id}/test", Only("UMOA")),
    ("GET /api/v1/webhook-endpoints/deliveries", Only("UMOA")),
    (
        "GET /api/v1/webhook-endpoints/deliveries/{id}",
        Only("UMOA"),
    ),
    (
        "POST /api/v1/webhook-endpoints/deliveries/{id}/resend",
        Only("UMOA"),
    ),
    ("GET /api/v1/auth/sessions", OWN),
    ("DELETE /api/v1/auth/sessions", OWN),
    ("DELETE /api/v1/auth/sessions/{id}", OWN),
    ("GET /api/v1/auth/verify-email", Public),
    ("POST /api/v1/auth/verify-email", Public),
    ("POST /api/v1/auth/change-password", OWN),
    ("POST /api/v1/auth/forgot-password", Public),
    ("POST /api/v1/auth/login", Public),
    ("POST /api/v1/auth/logout", Public),
    ("POST /api/v1/auth/mfa", Public),
    ("POST /api/v1/auth/refresh", Public),
    ("POST /api/v1/auth/register", Public),
    ("POST /api/v1/auth/resend-verification", Public),
    ("GET /api/v1/auth/reset-password", Public),
    ("POST /api/v1/auth/reset-password", Public),
    ("POST /api/v1/auth/step-up", OWN),
    ("GET /api/v1/auth/2fa", OWN),
    ("POST /api/v1/auth/2fa/setup", OWN),
    ("POST /api/v1/auth/2fa/enable", OWN),
    ("POST /api/v1/auth/2fa/disable", OWN),
    ("POST /api/v1/auth/2fa/recovery-codes", OWN),
    ("GET /api/v1/auth/passkeys", OWN),
    ("POST /api/v1/auth/passkeys", OWN),
    ("POST /api/v1/auth/passkeys/registration", OWN),
    ("DELETE /api/v1/auth/passkeys/{id}", OWN),
    ("PATCH /api/v1/auth/passkeys/{id}", OWN),
    ("POST /api/v1/auth/passkeys/challenge", Public),
    ("POST /api/v1/auth/passkeys/login", Public),
    ("GET /api/v1/auth/oauth", Public),
    ("GET /api/v1/auth/oauth/{provider}", Public),
    ("GET /api/v1/auth/oauth/{provider}/callback", Public),
    ("POST /api/v1/auth/oauth/exchange", Public),
    ("POST /api/v1/auth/oauth/{provider}/link", OWN),
    ("GET /api/v1/auth/linked-accounts", OWN),
    ("DELETE /api/v1/auth/linked-accounts/{provider}", OWN),
    ("GET /api/v1/api-keys", Only("UMORA")),
    ("POST /api/v1/api-keys", Only("UMORA")),
    ("DELETE /api/v1/api-keys/{id}", Only("UMORA")),
    ("GET /api/v1/audit", Only("RA")),
    ("GET /api/v1/organisations", Only("A")),
    ("POST /api/v1/organisations", Only("A")),
    ("GET /api/v1/users", Only("ORA")),
    ("POST /api/v1/users", Only("A")),
    ("GET /api/v1/users/me", Known),
    ("PATCH /api/v1/users/me", OWN),
    ("DELETE /api/v1/users/me", OWN),
    ("GET /api/v1/users/me/export", OWN),
    ("GET /api/v1/users/me/preferences", OWN),
    ("PATCH /api/v1/users/me/preferences", OWN),
    ("GET /api/v1/users/{id}", Only("ORA")),
    ("PATCH /api/v1/users/{id}", Only("A")),
    ("GET /api/v1/users/{id}/sessions", Only("ORA")),
    ("POST /api/v1/users/{id}/sessions/end", Only("A")),
    ("GET /api/v1/wallets", Only("UMORA")),
    ("POST /api/v1/wallets", Only("UMA")),
    ("GET /api/v1/wallets/{id}", Only("UMORA")),
    ("GET /api/v1/wallets/{id}/balance", Only("UMORA")),
    ("GET /api/v1/wallets/{id}/statement", Only("UMORA")),
    ("POST /api/v1/wallets/{id}/close", Only("UMOA")),
    ("POST /api/v1/wallets/{id}/freeze", Only("UMOA")),
    ("POST /api/v1/wallets/{id}/limits", Only("OA")),
    ("POST /api/v1/wallets/{id}/unfreeze", Only("UMOA")),
    ("GET /api/v1/recipients", Only("UMA")),
    ("GET /api/v1/transactions", Only("UMORA")),
    ("POST /api/v1/transactions", Only("UMA")),
    ("GET /api/v1/transactions/{id}", Only("UMORA")),
    ("GET /api/v1/transactions/{id}/timeline", Only("UMORA")),
    ("GET /api/v1/transactions/{id}/postings", Only("UMORA")),
    ("GET /api/v1/transactions/{id}/attempts", Only("ORA")),
    ("GET /api/v1/transactions/{id}/code", Only("UMA")),
    ("POST /api/v1/transactions/{id}/approve", Only("OA")),
    ("POST /api/v1/transactions/{id}/cancel", Only("UMOA")),
    ("POST /api/v1/transactions/{id}/capture", Only("UMOA")),
    ("POST /api/v1/transactions/{id}/confirm", Only("UMA")),
    ("POST /api/v1/transactions/{id}/decline", Only("OA")),
    ("POST /api/v1/transactions/{id}/refund", Only("UMOA")),
    ("POST /api/v1/transactions/{id}/resend-code", Only("UMA")),
    ("POST /api/v1/transactions/{id}/resolve", Only("OA")),
    ("GET /api/v1/refund-requests", Only("UMORA")),
    (
        "POST /api/v1/transactions/{id}/refund-requests",
        Only("UMA"),
    ),
    (
        "POST /api/v1/transactions/{id}/refund-requests/accept",
        Only("UMA"),
    ),
    (
        "POST /api/v1/transactions/{id}/refund-requests/decline",
        Only("UMA"),
    ),
    (
        "POST /api/v1/transactions/{id}/refund-requests/withdraw",
        Only("UMA"),
    ),
    ("GET /api/v1/risk/decisions/{id}", Only("ORA")),
    ("GET /api/v1/rules", Only("ORA")),
    ("POST /api/v1/rules", Only("OA")),
    ("POST /api/v1/rules/preview", Only("ORA")),
    ("GET /api/v1/rules/{name}", Only("ORA")),
    ("PUT /api/v1/rules/{name}", Only("OA")),
    ("DELETE /api/v1/rules/{name}", Only("OA")),
    ("POST /api/v1/rules/{name}/snooze", Only("OA")),
    ("POST /api/v1/rules/{name}/wake", Only("OA")),
    ("POST /api/v1/rules/{name}/rearm", Only("OA")),
    ("GET /api/v1/conditions", Only("ORA")),
    ("POST /api/v1/conditions", Only("OA")),
    ("GET /api/v1/conditions/{id}", Only("ORA")),
    ("POST /api/v1/conditions/{id}/approve", Only("OA")),
    ("POST /api/v1/conditions/{id}/end", Only("OA")),
    ("GET /api/v1/rule-snoozes", Only("ORA")),
    ("GET /api/v1/rule-fields", Only("ORA")),
    ("GET /api/v1/rule-sets", Only("ORA")),
    ("GET /api/v1/rule-sets/{version}", Only("ORA")),
    ("POST /api/v1/rule-sets/{version}/restore", Only("A")),
    ("GET /api/v1/rule-drafts", Only("ORA")),
    ("PUT /api/v1/rule-drafts", Only("OA")),
    ("DELETE /api/v1/rule-drafts", Only("OA")),
    ("POST /api/v1/rule-drafts/publish", Only("A")),
    ("GET /api/v1/lists", Only("ORA")),
    ("POST /api/v1/lists", Only("OA")),
    ("GET /api/v1/lists/{id}", Only("ORA")),
    ("DELETE /api/v1/lists/{id}", Only("OA")),
    ("GET /api/v1/lists/{id}/entries", Only("ORA")),
    ("POST /api/v1/lists/{id}/entries", Only("OA")),
    ("POST /api/v1/lists/{id}/entries/remove", Only("OA")),
    ("GET /api/v1/cases", Only("ORA")),
    ("GET /api/v1/cases/{id}", Only("ORA")),
    ("GET /api/v1/case-attachments/{id}", Only("ORA")),
    ("POST /api/v1/cases/next", Only("OA")),
    ("POST /api/v1/cases/assign", Only("OA")),
    ("POST /api/v1/cases/{id}/assign", Only("OA")),
    ("POST /api/v1/cases/{id}/attachments", Only("OA")),
    ("POST /api/v1/cases/{id}/comment", Only("OA")),
    ("POST /api/v1/cases/{id}/decide", Only("OA")),
    ("POST /api/v1/cases/{id}/pin", Only("OA")),
    ("POST /api/v1/cases/{id}/reopen", Only("OA")),
    ("POST /api/v1/cases/{id}/snooze", Only("OA")),
    ("POST /api/v1/screening/search", Only("ORA")),
    ("GET /api/v1/screening/lists", Only("ORA")),
    ("POST /api/v1/screening/lists/update", Only("A")),
    ("GET /api/v1/screening/customers/{id}", Only("ORA")),
    ("GET /api/v1/screening/matches", Only("ORA")),
    ("GET /api/v1/screening/matches/{id}", Only("ORA")),
    ("POST /api/v1/screening/matches/{id}/clear", Only("OA")),
    ("POST /api/v1/screening/matches/{id}/confirm", Only("OA")),
    ("GET /api/v1/kyc", Only("UMORA")),
    ("GET /api/v1/kyc/submissions", Only("UMORA")),
    ("POST /api/v1/kyc/submissions", Only("UMA")),
    ("GET /api/v1/kyc/submissions/{id}", Only("UMORA")),
    ("PATCH /api/v1/kyc/submissions/{id}", Only("UMA")),
    ("POST /api/v1/kyc/submissions/{id}/documents", Only("UMA")),
    ("POST /api/v1/kyc/submissions/{id}/submit", Only("UMA")),
    ("POST /api/v1/kyc/submissions/{id}/appeal", Only("UMA")),
    ("POST /api/v1/kyc/submissions/{id}/review", Only("OA")),
    ("DELETE /api/v1/kyc/documents/{id}", Only("UMA")),
    ("GET /api/v1/kyc/documents/{id}/content", Only("UMORA")),
    ("POST /api/v1/kyc/documents/{id}/review", Only("OA")),
    ("POST /api/v1/kyc/reverifications", Only("OA")),
    ("GET /api/v1/alerts", Only("ORA")),
    ("GET /api/v1/alerts/{id}", Only("ORA")),
    ("POST /api/v1/alerts/{id}/acknowledge", Only("OA")),
    ("POST /api/v1/alerts/{id}/resolve", Only("OA")),
    ("POST /api/v1/alerts/{id}/snooze", Only("OA")),
    ("POST /api/v1/alerts/{id}/assign", Only("OA")),
    ("POST /api/v1/alerts/{id}/comment", Only("OA")),
    ("POST /api/v1/ledger/accounts", Only("A")),
    ("POST /api/v1/ledger/transfers", Only("A")),
    ("GET /api/v1/ledger/accounts/{id}", Only("A")),
    ("GET /api/v1/ledger/accounts/{id}/entries", Only("A")),
    ("GET /api/v1/ledger/trial-balance", Only("A")),
];

fn rule(operation: &Operation) -> Who {
    let name = operation.name.as_str();
    let line = TABLE.iter().find(|(known, _)| *known == name);
    line.unwrap_or_else(|| panic!("`{name}` has no line in the table: who may use it?"))
        .1
}

async fn ask(app: &App, token: Option<&str>, operation: &Operation) -> Answer {
    let none = Things::missing();
    let path = none.path(operation);
    let answer = app
        .ask(token, &operation.method, &path, none.body(operation))
        .await;
    assert!(answer.status < 500, "{}: {answer:?}", operation.name);
    answer
}

fn assert_let_in(answer: &Answer, who: &str, operation: &Operation) {
    let refused = [401, 403].contains(&answer.status);
    assert!(!refused, "{who} {}: {answer:?}", operation.name);
}

fn assert_forbidden(answer: &Answer, who: &str, operation: &Operation) {
    let name = &operation.name;
    assert_eq!(
        (answer.status, answer.code()),
        (403, "forbidden"),
        "{who} {name}"
    );
    let named = answer.body["errors"][0]["code"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        operation.needs.contains(&named),
        "{who} {name} names {named}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_has_a_line_and_every_line_a_route_and_says_what_it_needs() {
    on_each_engine(async |app| {
        let operations = app.operations().await;
        let routes: BTreeSet<_> = operations.iter().map(|it| it.name.as_str()).collect();
        let lines: BTreeSet<_> = TABLE.iter().map(|(name, _)| *name).collect();
        assert_eq!(routes, lines);
        assert_eq!(lines.len(), TABLE.len(), "a route has two lines");
        for operation in &operations {
            let rule = rule(operation);
            assert_eq!(operation.secured, rule != Public, "{}", operation.name);
            let named = !operation.needs.is_empty();
            assert_eq!(named, matches!(rule, Only(_)), "{}", operation.name);
            for permission in &operation.needs {
                assert!(permission.parse::<Permission>().is_ok(), "{permission}");
            }
        }
        app.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_use_the_routes_of_the_table_and_no_others() {
    on_each_engine(async |app| {
        let operations = app.operations().await;
        for (role, letter) in LETTERS {
            let shown = letter.is_ascii_uppercase();
            let email = format!("{role}-{shown}@example.com");
            let token = match shown {
                true => app.somebody(&email, role).await,
                false => app.with_password_only(&email, role).await,
            };
            for operation in &operations {
                let answer = ask(&app, Some(&token), operation).await;
                match rule(operation) {
                    // What is public knows no roles; a login may still be refused for what is in
                    // it.
                    Public => assert_ne!(answer.status, 403, "{}", operation.name),
                    Only(letters) if letters.contains(letter) => {
                        assert_let_in(&answer, &email, operation);
                    }
                    Only(letters) if !shown && letters.contains(letter.to_ascii_uppercase()) => {
                        let told = (answer.status, answer.code());
                        let expected = (403, "second_factor_required");
                        assert_eq!(told, expected, "{email} {}", operation.name);
                    }
                    Only(_) => assert_forbidden(&answer, &email, operation),
                    Known => assert_let_in(&answer, &email, operation),
                }
            }
        }
        app.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_let_in_without_a_good_token() {
    on_each_engine(async |app| {
        let forged = "payflow_sk_00000000000000000000000000000000000";
        for operation in &app.operations().await {
            for token in [None, Some("nonsense"), Some(forged)] {
                let answer = ask(&app, token, operation).await;
                match rule(operation) {
                    Public => assert_ne!(answer.status, 403, "{}", operation.name),
                    _ => assert_eq!(answer.code(), "unauthenticated", "{}", operation.name),
                }
            }
        }
        app.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_use_exactly_the_routes_that_need_one_of_its_scopes() {
    on_each_engine(async |app| {
        let admin = app.somebody("admin@example.com", Role::Admin).await;
        let operations = app.operations().await;
        for scope in SCOPES.iter().map(Permission::as_str) {
            let key = app.key(&admin, &[scope]).await;
            for operation in &operations {
                let answer = ask(&app, Some(&key), operation).await;
                match rule(operation) {
                    Public => assert_ne!(answer.status, 403, "{}", operation.name),
                    Only(_) if !operation.needs.iter().any(|need| need == scope) => {
                        assert_forbidden(&answer, scope, operation);
                    }
                    Known | Only(_) => assert_let_in(&answer, scope, operation),
                }
            }
        }
        app.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_an_administrator_with_every_scope_changes_nobodys_account() {
    on_each_engine(async |app| {
        let admin = app.somebody("admin@example.com", Role::Admin).await;
        let scopes: Vec<_> = SCOPES.iter().map(Permission::as_str).collect();
        let key = app.key(&admin, &scopes).await;
        let mut refused = 0;
        for operation in &app.operations().await {
            let account = ["/auth/", "/users", "/api-keys", "/organisations"];
            let path = operation.path.trim_start_matches("/api/v1");
            let concerned = account.iter().any(|start| path.starts_with(start));
            if concerned && operation.method != "GET" && rule(operation) != Public {
                let answer = ask(&app, Some(&key), operation).await;
                assert_forbidden(&answer, "a key", operation);
                refused += 1;
            }
        }
        assert!(refused > 20, "only {refused} routes change an account");
        app.close().await;
    })
    .await;
}
