//! Notifications as a whole: its consumers and its endpoints.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "support of tests: what goes wrong here fails the test"
)]

mod behind;
mod changes;
mod codes;
mod digest;
mod inbox;
mod messages;
mod operations;
mod operators;
mod phones;
mod preferences;
mod provider;
mod push;
mod smtp;
mod smtp_server;
mod staff;
mod stream;
mod support;
mod twilio;
mod unsubscribe;
mod webhooks;

/// As in the program itself: figures that these tests print depend on it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
