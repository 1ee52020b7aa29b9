//! Payments over HTTP, on both engines: what each endpoint does, refuses and documents.
#![expect(
    clippy::unwrap_used,
    reason = "clippy knows tests by their attribute, and not what they call"
)]

mod support;

mod accepted_times;
mod access;
mod bad_input;
mod code;
mod counterparty;
mod documentation;
mod fake_risk;
mod feed;
mod idempotency;
mod ledger;
mod levels;
mod limits;
mod lists;
mod long_lists;
mod payments;
mod postings;
mod recipients;
mod refund_requests;
mod risk;
mod statements;
mod transactions;
mod wallets;
