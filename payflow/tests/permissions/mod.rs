//! Who may do what, and whose things are whose, on every route of the whole router.
#![cfg(test)]

mod app;
mod closing;
mod export;
mod other_tenants;
mod reviews;
mod table;
mod trail;
