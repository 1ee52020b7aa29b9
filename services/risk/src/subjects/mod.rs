//! What risk knows of users, by the feed of identity.

pub(crate) mod store;
