//! Notifications as a whole: its consumers and its endpoints.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "support of tests: what goes wrong here fails the test"
)]

mod behind;
mod inbox;
mod operations;
mod stream;
mod support;
mod webhooks;
