//! Examples of risk: rules, lists, conditions, screening, decisions and cases.

use contracts::identity::UserId;
use serde_json::{Value, json};

use super::{Example, by, lacks};
use crate::commands::demo::CAROL;

/// A rule about an amount in minor units.
fn rule(code: &str, name: &str, minor: i64) -> Value {
    let nothing = json!({ "points": 0 });
    json!({
        "code": code,
        "name": name,
        "when": {
            "compare": { "left": { "field": "amount" }, "is": "greater", "right": { "value": minor } }
        },
        "effect": { "points": 30 },
        "unknown": {
            "error": { "outcome": "step_up" },
            "not_applicable": nothing,
            "too_little_data": nothing
        }
    })
}

pub(super) fn all() -> Vec<Example> {
    let mut all = rules();
    all.extend(sets());
    all.extend(lists());
    all.extend(screening());
    all.extend(cases());
    all.extend(conditions());
    all.extend(kyc());
    let decision = "Take the id from `risk.decision` of a transaction that an operator sees.";
    all.push(lacks("GET /api/v1/risk/decisions/{id}", decision));
    all
}

fn rules() -> Vec<Example> {
    let carol = UserId(CAROL);
    let quiet = "Have a rule be quiet for a customer first, with `/snooze`.";
    vec![
        by("operator", "GET /api/v1/rules"),
        by("operator", "POST /api/v1/rules").body(rule("amount_over_3000", "Over 3,000", 300_000)),
        by("operator", "POST /api/v1/rules/preview").body(json!({ "days": 30 })),
        by("operator", "GET /api/v1/rules/{name}").with("name", "amount_over_5000"),
        by("operator", "PUT /api/v1/rules/{name}")
            .with("name", "amount_over_5000")
            .body(rule("amount_over_5000", "Amount over 4,000", 400_000)),
        by("operator", "DELETE /api/v1/rules/{name}").with("name", "amount_over_10000"),
        lacks(
            "POST /api/v1/rules/{name}/snooze",
            "Write a time of the next 180 days.",
        )
        .with("name", "amount_over_5000")
        .body(json!({ "user": carol, "until": "2026-12-24T00:00:00Z", "reason": "Buys a house" })),
        lacks("POST /api/v1/rules/{name}/wake", quiet)
            .with("name", "amount_over_5000")
            .body(json!({ "user": carol })),
        lacks(
            "POST /api/v1/rules/{name}/rearm",
            "Only a rule that `breaker` of `GET /api/v1/rules` names, which a new demo has none of.",
        )
        .with("name", "amount_over_5000")
        .body(json!({})),
        by("operator", "GET /api/v1/rule-snoozes"),
        by("operator", "GET /api/v1/rule-fields"),
    ]
}

fn sets() -> Vec<Example> {
    let draft = "Change a rule first, which begins a draft.";
    let publish =
        "Somebody publishes who has not changed the draft, with the `revision` that it has.";
    let restore = "Publish a draft first: there is one version of the rules yet.";
    let set = json!({
        "base_currency": "USD",
        "rules": [
            rule("amount_over_5000", "Amount over 5,000", 500_000),
            rule("amount_over_10000", "Amount over 10,000", 1_000_000)
        ]
    });
    vec![
        by("auditor", "GET /api/v1/rule-sets"),
        by("auditor", "GET /api/v1/rule-sets/{version}").with("version", "1"),
        lacks("POST /api/v1/rule-sets/{version}/restore", restore)
            .with("version", "1")
            .body(json!({ "in_force": 2, "note": "Version 2 declined everybody" })),
        lacks("GET /api/v1/rule-drafts", draft),
        by("operator", "PUT /api/v1/rule-drafts").body(set),
        lacks("DELETE /api/v1/rule-drafts", draft),
        lacks("POST /api/v1/rule-drafts/publish", publish)
            .body(json!({ "revision": 1, "note": "Step up from 3,000 on, as agreed" })),
    ]
}

fn lists() -> Vec<Example> {
    let list = "Take the id of a list from `GET /api/v1/lists`; a new demo has none.";
    let value = json!({ "value": "carol@demo.payflow.example" });
    vec![
        by("operator", "GET /api/v1/lists"),
        by("operator", "POST /api/v1/lists").body(json!({
            "name": "trusted_payees", "kind": "emails", "description": "Payees that were checked by hand"
        })),
        lacks("GET /api/v1/lists/{id}", list),
        lacks("DELETE /api/v1/lists/{id}", list),
        lacks("GET /api/v1/lists/{id}/entries", list),
        lacks("POST /api/v1/lists/{id}/entries", list).body(value.clone()),
        lacks("POST /api/v1/lists/{id}/entries/remove", list).body(value),
    ]
}

fn screening() -> Vec<Example> {
    let one = "Take the id of a match from `GET /api/v1/screening/matches`.";
    let screened = "With risk enabled, the customers of a demo are compared.";
    let reason = json!({ "reason": "Born 1990 by the passport, the entry 1971" });
    vec![
        by("operator", "POST /api/v1/screening/search").body(json!({
            "name": "Maxim Vymyslov", "kind": "person", "birth_date": "1971", "limit": 5
        })),
        by("operator", "GET /api/v1/screening/lists"),
        by("admin", "POST /api/v1/screening/lists/update").body(json!({ "list": "demo" })),
        lacks("GET /api/v1/screening/customers/{id}", screened).with("id", UserId(CAROL)),
        by("operator", "GET /api/v1/screening/matches"),
        lacks("GET /api/v1/screening/matches/{id}", one),
        lacks("POST /api/v1/screening/matches/{id}/clear", one).body(reason.clone()),
        lacks("POST /api/v1/screening/matches/{id}/confirm", one).body(reason),
    ]
}

fn cases() -> Vec<Example> {
    let case = "It needs a case: take its id from `GET /api/v1/cases`; a new demo has none.";
    let of = |operation| lacks(operation, case);
    let waits = "It needs a case that nobody has; a new demo has none.";
    vec![
        by("operator", "GET /api/v1/cases"),
        lacks("POST /api/v1/cases/next", waits).body(json!({ "queues": ["transactions"] })),
        by("operator", "POST /api/v1/cases/assign").body(json!({
            "cases": ["case_01k9z6m3v8e4tb2x7q5n0c1d2f"], "owner": null
        })),
        of("GET /api/v1/cases/{id}"),
        of("POST /api/v1/cases/{id}/assign").body(json!({ "owner": null })),
        of("POST /api/v1/cases/{id}/comment").body(json!({ "text": "Called: nobody answers" })),
        of("POST /api/v1/cases/{id}/snooze")
            .body(json!({ "until": null, "reason": "The document has come" })),
        of("POST /api/v1/cases/{id}/pin")
            .body(json!({ "priority": 90, "reason": "The regulator asks about it" })),
        of("POST /api/v1/cases/{id}/decide").body(json!({
            "outcome": "false_positive", "reason": "known_customer", "transaction": "approve",
            "note": "The customer has shown the invoice"
        })),
        of("POST /api/v1/cases/{id}/reopen")
            .body(json!({ "reason": "The customer has called: it was fraud" })),
        of("POST /api/v1/cases/{id}/attachments")
            .body(json!({ "name": "letter.txt", "content": "SGVsbG8=" })),
        lacks(
            "GET /api/v1/case-attachments/{id}",
            "Take the id from `attachments` of a case.",
        ),
    ]
}

fn conditions() -> Vec<Example> {
    let one = "Take the id of a condition from `GET /api/v1/conditions`; a new demo has none.";
    let carol = UserId(CAROL);
    vec![
        by("operator", "GET /api/v1/conditions"),
        by("operator", "POST /api/v1/conditions").body(json!({
            "subject": { "person": carol }, "side": "gives", "kind": "block_soft",
            "reason": "Does not answer our questions"
        })),
        lacks("GET /api/v1/conditions/{id}", one),
        lacks("POST /api/v1/conditions/{id}/approve", one).body(json!({})),
        lacks("POST /api/v1/conditions/{id}/end", one)
            .body(json!({ "reason": "She has answered" })),
    ]
}

fn kyc() -> Vec<Example> {
    let own =
        "Take the id of a submission of yours: begin one with `POST /api/v1/kyc/submissions`.";
    let document = "Take the id of a document of a submission.";
    let review = "Take the id of a submission that is `in_review`, and its `revision`.";
    let file = "Send a JPEG, PNG or PDF as the body, to a submission of yours.";
    let level = "Nobody of a new demo has a level that could end.";
    vec![
        by("alice", "GET /api/v1/kyc"),
        by("alice", "GET /api/v1/kyc/submissions"),
        by("alice", "POST /api/v1/kyc/submissions").body(json!({
            "level": "basic", "name": "Alice Example", "date_of_birth": "1990-04-23", "country": "DE",
            "address": { "line1": "Hauptstraße 7", "city": "Berlin", "postal_code": "10115" }
        })),
        lacks("GET /api/v1/kyc/submissions/{id}", own),
        lacks("PATCH /api/v1/kyc/submissions/{id}", own)
            .body(json!({ "name": "Alice Maria Example" })),
        lacks("POST /api/v1/kyc/submissions/{id}/documents", file).with("kind", "passport"),
        lacks("POST /api/v1/kyc/submissions/{id}/submit", own).body(json!({})),
        lacks("POST /api/v1/kyc/submissions/{id}/appeal", own)
            .body(json!({ "text": "My passport was renewed; the one I sent is valid until 2031." })),
        lacks("POST /api/v1/kyc/submissions/{id}/review", review).body(json!({
            "decision": "reject", "revision": 4, "reason_code": "expired_document",
            "reason": "The passport has expired"
        })),
        lacks("DELETE /api/v1/kyc/documents/{id}", document),
        lacks("GET /api/v1/kyc/documents/{id}/content", document),
        lacks("POST /api/v1/kyc/documents/{id}/review", document)
            .body(json!({ "verdict": "again", "reason": "The lower edge is cut off" })),
        lacks("POST /api/v1/kyc/reverifications", level)
            .body(json!({ "user_id": UserId(CAROL), "reason": "Your name has changed" })),
    ]
}
