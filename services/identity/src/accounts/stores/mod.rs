//! The SQL of accounts, by what it is about.

pub(crate) mod administration;
pub(crate) mod closings;
pub(crate) mod preferences;
pub(crate) mod requests;
pub(crate) mod users;
