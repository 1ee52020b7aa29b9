//! From text in any script to tokens of ASCII letters and digits, each with its class: what a name
//! is compared by.
//!
//! Nothing here knows a list or a score.

pub mod fold;
pub mod name;
pub mod words;

pub use fold::Script;
pub use name::{Class, Kind, Name, Token};
