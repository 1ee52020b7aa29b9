//! What the fuzz targets do: each module has a `run` that reads any bytes as a small program,
//! carries it out and panics where a promise is broken. libFuzzer calls it in `fuzz/`, proptest in
//! this crate's tests. Nothing in here is part of the product.
//!
//! Models are naive on purpose and share no code with what they are compared with.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a harness reports what it finds by a panic"
)]

pub mod amounts;
pub mod book;
mod bytes;
pub mod commands;
pub mod cursors;
pub mod lists;
mod service;
