//! Sanctions screening: lists from bytes, an index over their names, a scorer that explains itself.
//!
//! Pure: no I/O, no clock, no random source.

pub mod evaluate;
pub mod index;
pub mod lists;
pub mod qualifiers;
pub mod scorer;
pub mod search;
pub mod text;

/// From this score on, in thousandths, somebody may be meant: the one threshold that is shipped.
pub const THRESHOLD: i32 = 720;
