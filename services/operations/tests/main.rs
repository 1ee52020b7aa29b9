//! Operations as a whole: what is seen, what becomes of it, and who is told.
#![expect(
    clippy::unwrap_used,
    reason = "support of tests: what goes wrong here fails the test"
)]

mod acts;
mod look;
mod storms;
mod support;
