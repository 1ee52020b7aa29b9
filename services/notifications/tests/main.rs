//! Notifications as a whole: its consumers and its endpoints.

mod inbox;
mod support;
mod webhooks;
