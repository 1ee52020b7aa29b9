//! The journal under simulated storage, time and clients. The writer and the SQLite store are the
//! real ones; the disk beneath them tears and loses what was not synced, the clock jumps, commits
//! break, clients ask again; and a naive model has to agree with every answer and, in the end, with
//! every row. The same seed gives the same run, to the last byte.
#![expect(
    clippy::unwrap_used,
    reason = "this crate is a test: where something is not as it must be, it stops"
)]

mod clock;
mod content;
mod faults;
mod known;
pub mod model;
#[cfg(feature = "planted-bugs")]
pub mod planted;
mod run;
pub mod script;
mod site;
mod store;

pub use run::{Failure, Options, Outcome, run};
