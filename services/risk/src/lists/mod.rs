//! Lists that rules ask about.

pub(crate) mod store;
