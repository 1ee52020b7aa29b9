//! Rules.

pub(crate) mod store;
