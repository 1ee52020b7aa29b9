//! The SQL of sanctions: lists, who was compared with them, and who is like somebody listed.

pub(crate) mod lists;
pub(crate) mod matches;
pub(crate) mod screenings;
