//! The money: wallets, transactions, holds, limits, and the journal beneath them.

pub mod command;
mod decide;
pub mod journal;
mod ledger_view;
pub mod refusal;
pub mod transaction;
pub mod wallet;
