//! Notifications as a whole: its consumers and its endpoints.

mod inbox;
mod messages;
mod operators;
mod smtp;
mod smtp_server;
mod support;
mod unsubscribe;
