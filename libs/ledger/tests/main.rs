//! The ledger against examples, properties and a naive model.

mod seen;

mod book;
mod fold;
mod properties;
mod refusals;
