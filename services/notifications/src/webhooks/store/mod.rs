//! The SQL of webhooks: endpoints, what is sent to them, and whose turn it is.

pub(crate) mod claims;
pub(crate) mod deliveries;
pub(crate) mod endpoints;
