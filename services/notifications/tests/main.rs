//! Notifications as a whole: its consumers and its endpoints.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "support of tests: what goes wrong here fails the test"
)]

mod behind;
mod inbox;
mod messages;
mod operations;
mod operators;
mod smtp;
mod smtp_server;
mod stream;
mod support;
mod unsubscribe;
mod webhooks;
