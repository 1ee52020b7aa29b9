//! Double entry as a pure state machine: accounts, transfers, holds, and the refusals in one fixed
//! order.
//!
//! [`Book`] is the working set of one journal: anyone who drives it loads what a batch of requests
//! names, applies them one by one, and writes what changed. It has no async, no I/O, no clock and
//! no random source of its own, and a refusal leaves it as it was.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::wildcard_enum_match_arm
)]

mod account;
mod apply;
mod book;
mod fold;
mod hold;
mod refusal;
mod transfer;

pub use account::{
    Account, AccountChange, AccountId, AccountNo, AccountTerms, ENTRIES_PER_MARK, Flags, Mark,
};
pub use apply::Applied;
pub use book::{Book, Head, Savepoint};
pub use fold::{Fold, Mismatch};
pub use hold::{Hold, HoldState};
pub use refusal::Refusal;
pub use transfer::{Kind, Posting, Request, Transfer, TransferId};
