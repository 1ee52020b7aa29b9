//! Databases as a whole, on both engines.
#![expect(
    clippy::unwrap_used,
    reason = "support of tests: what goes wrong here fails the test"
)]

mod sessions;
mod tables;
mod unsynced;
