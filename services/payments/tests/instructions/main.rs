//! Deposits and withdrawals from the request to their end, and what is due meanwhile: on both engines, before an
//! acquirer that answers what the test says and before the simulated one.

#![cfg(test)]

mod harness;
#[path = "../acquirer/server.rs"]
mod server;

mod connector;
mod deadlines;
mod enquiries;
mod notifications;
mod replies;
mod tokens;
