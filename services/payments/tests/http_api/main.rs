//! Payments over HTTP, on both engines: what each endpoint does, refuses and documents.

mod support;

mod access;
mod bad_input;
mod documentation;
mod idempotency;
mod ledger;
mod limits;
mod lists;
mod payments;
mod recipients;
mod statements;
mod transactions;
mod wallets;
