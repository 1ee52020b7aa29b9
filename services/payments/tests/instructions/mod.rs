//! Deposits and withdrawals from the request to their end, and what is due meanwhile: on both
//! engines, before an acquirer that answers what the test says and before the simulated one.

#![cfg(test)]

mod harness;

mod alarms;
mod connector;
mod deadlines;
mod enquiries;
mod nodes;
mod notifications;
mod replies;
mod reservations;
mod tokens;
