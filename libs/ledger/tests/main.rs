//! The ledger against examples, properties and a naive model.

mod model;
mod seen;
mod store;

mod book;
mod fold;
mod properties;
mod refusals;
