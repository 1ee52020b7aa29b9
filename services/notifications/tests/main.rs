//! Notifications as a whole: its consumers and its endpoints.

mod behind;
mod inbox;
mod operations;
mod stream;
mod support;
mod webhooks;
