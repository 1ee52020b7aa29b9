//! What risk hears of other services: written to the database by one node at a time, and to the
//! memory of every node.

pub(crate) mod following;
pub(crate) mod learning;
pub(crate) mod told;
