//! What tests of the ledger compare it with: its rules written a second time ([`Model`]), and a
//! journal in memory that drives a book as a service does ([`Journal`]). Not needed at run time.

mod journal;
mod rules;

pub use journal::{Journal, Record, Store};
pub use rules::{Answer, Ask, Model};
