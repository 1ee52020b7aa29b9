//! Examples of wallets, transactions and the raw ledger.

use contracts::payments::{AccountId, TransactionId, WalletId};
use serde_json::json;

use super::{Example, by, lacks};
use crate::commands::demo::{
    ALICE_USD, BLOCKED, BOB_USD, GROCERIES, LOST, OLD, SAVINGS, SHOP_USD, TO_CANCEL, TO_CAPTURE,
};

/// Of each operation one.
pub fn all() -> Vec<Example> {
    [wallets(), transactions(), refund_requests(), ledger()]
        .into_iter()
        .flatten()
        .collect()
}

fn wallets() -> Vec<Example> {
    let [alice, savings, blocked, old] = [ALICE_USD, SAVINGS, BLOCKED, OLD].map(WalletId);
    vec![
        by("alice", "GET /api/v1/wallets"),
        by("alice", "POST /api/v1/wallets").body(json!({ "currency": "EUR", "label": "Holidays" })),
        by("alice", "GET /api/v1/wallets/{id}").with("id", alice),
        by("alice", "GET /api/v1/wallets/{id}/balance").with("id", alice),
        by("alice", "GET /api/v1/wallets/{id}/statement").with("id", alice),
        by("carol", "POST /api/v1/wallets/{id}/close")
            .with("id", old)
            .body(json!({})),
        by("operator", "POST /api/v1/wallets/{id}/freeze")
            .with("id", savings)
            .body(json!({ "reason": "Reported as stolen" })),
        by("operator", "POST /api/v1/wallets/{id}/unfreeze")
            .with("id", blocked)
            .body(json!({ "reason": "The owner has called" })),
        by("operator", "POST /api/v1/wallets/{id}/limits")
            .with("id", alice)
            .body(json!({ "daily": "500.00", "monthly": null })),
        by("alice", "GET /api/v1/recipients")
            .with("email", "bob@demo.payflow.example")
            .with("currency", "USD"),
    ]
}

fn transactions() -> Vec<Example> {
    let [alice, shop] = [ALICE_USD, SHOP_USD].map(WalletId);
    let [groceries, to_capture, to_cancel, lost] =
        [GROCERIES, TO_CAPTURE, TO_CANCEL, LOST].map(TransactionId);
    let waits = "It needs a transaction that waits for a code, and the code.";
    let in_review =
        "It needs a transaction in review: `GET /api/v1/transactions?status=in_review`.";
    vec![
        by("alice", "GET /api/v1/transactions"),
        by("alice", "POST /api/v1/transactions")
            .named(
                "A transfer",
                json!({ "type": "transfer", "from_wallet": alice, "to_email": "bob@demo.payflow.example",
                        "amount": "12.50", "currency": "USD", "description": "Half the pizza" }),
            )
            .named(
                "A payment",
                json!({ "type": "payment", "from_wallet": alice, "to_wallet": shop, "amount": "19.99",
                        "currency": "USD", "capture": "automatic", "description": "Groceries" }),
            )
            .named(
                "A payment that is captured later",
                json!({ "type": "payment", "from_wallet": alice, "to_wallet": shop, "amount": "40.00",
                        "currency": "USD", "capture": "manual", "description": "A room for a night" }),
            )
            .named(
                "A deposit",
                json!({ "type": "deposit", "to_wallet": alice, "amount": "50.00", "currency": "USD",
                        "source": { "kind": "card", "token": "tok_ok" } }),
            )
            .named(
                "A withdrawal",
                json!({ "type": "withdrawal", "from_wallet": alice, "amount": "20.00", "currency": "USD",
                        "destination": { "kind": "bank_account", "token": "tok_ok" } }),
            ),
        by("alice", "GET /api/v1/transactions/{id}").with("id", groceries),
        by("alice", "GET /api/v1/transactions/{id}/timeline").with("id", groceries),
        by("alice", "GET /api/v1/transactions/{id}/postings").with("id", groceries),
        by("operator", "GET /api/v1/transactions/{id}/attempts").with("id", lost),
        by("shop", "POST /api/v1/transactions/{id}/capture")
            .with("id", to_capture)
            .body(json!({ "amount": "10.00", "final": false })),
        by("shop", "POST /api/v1/transactions/{id}/cancel")
            .with("id", to_cancel)
            .body(json!({})),
        by("shop", "POST /api/v1/transactions/{id}/refund")
            .with("id", groceries)
            .body(json!({ "amount": "1.00", "reason": "One egg was broken" })),
        by("operator", "POST /api/v1/transactions/{id}/resolve")
            .with("id", lost)
            .body(json!({ "outcome": "failed", "reason": "The acquirer knows nothing of it" })),
        lacks("POST /api/v1/transactions/{id}/confirm", waits).body(json!({ "code": "123456" })),
        lacks("POST /api/v1/transactions/{id}/resend-code", waits).body(json!({})),
        lacks("GET /api/v1/transactions/{id}/code", waits),
        lacks("POST /api/v1/transactions/{id}/approve", in_review)
            .body(json!({ "reason": "The customer was called" })),
        lacks("POST /api/v1/transactions/{id}/decline", in_review)
            .body(json!({ "reason": "The customer knows nothing of it" })),
    ]
}

fn refund_requests() -> Vec<Example> {
    let groceries = TransactionId(GROCERIES);
    let request =
        "Take `request_id` from `refund_request` of a payment in `GET /api/v1/refund-requests`.";
    let answer = |operation| lacks(operation, request).with("id", groceries);
    vec![
        by("alice", "GET /api/v1/refund-requests"),
        by("alice", "POST /api/v1/transactions/{id}/refund-requests")
            .with("id", groceries)
            .body(json!({ "amount": "1.00", "reason": "One egg was broken" })),
        answer("POST /api/v1/transactions/{id}/refund-requests/withdraw")
            .body(json!({ "request_id": "" })),
        answer("POST /api/v1/transactions/{id}/refund-requests/accept")
            .body(json!({ "request_id": "" })),
        answer("POST /api/v1/transactions/{id}/refund-requests/decline")
            .body(json!({ "request_id": "", "reason": "It was whole when it left" })),
    ]
}

fn ledger() -> Vec<Example> {
    let [alice, bob] = [ALICE_USD, BOB_USD].map(AccountId);
    vec![
        by("admin", "POST /api/v1/ledger/accounts")
            .body(json!({ "accounts": [{ "currency": "USD", "code": 100 }] })),
        by("admin", "GET /api/v1/ledger/accounts/{id}").with("id", alice),
        by("admin", "GET /api/v1/ledger/accounts/{id}/entries").with("id", alice),
        by("admin", "POST /api/v1/ledger/transfers").body(json!({
            "transfers": [{ "debit_account": alice, "credit_account": bob, "amount_minor": 100, "currency": "USD" }]
        })),
        by("admin", "GET /api/v1/ledger/trial-balance"),
    ]
}
