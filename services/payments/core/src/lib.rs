//! The decisions of payments: what a command does to wallets, transactions, holds and limits, and
//! what it answers. Pure: no I/O, no clock, no random source, no HTTP. The service around it loads
//! what a batch names, has each command decided in order, and commits what changed.
//!
//! | module | holds |
//! |---|---|
//! | [`command`] | what is asked for, and what is answered |
//! | [`decide`] | one command against the working set |
//! | [`state`] | the working set of a batch, with savepoints |
//! | [`batch`] | what a batch reads from a store and writes to it |
//! | [`hash`], [`mod@checksum`] | the hash chain over batches, and the checksums of rows |
//! | [`transaction`], [`wallet`], [`document`] | the resources and their documents |
//! | [`refund_request`] | a payer's request for a refund |
//! | [`assessment`] | what risk decided about a transaction, as it is kept with it |
//! | [`level`] | what a user may do by how far their identity is verified |
//! | [`refusal`] | why a command is refused |
//! | [`acceptance`] | times that an operator accepted after a clock had been wrong |
#![deny(
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::wildcard_enum_match_arm
)]

pub mod acceptance;
pub mod assessment;
pub mod batch;
pub mod checksum;
pub mod command;
pub mod decide;
pub mod document;
pub mod hash;
pub mod ledger_results;
pub mod level;
pub mod refund_request;
pub mod refusal;
pub mod state;
pub mod total;
pub mod transaction;
pub mod wallet;
