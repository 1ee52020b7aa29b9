//! `payflow import`: what comes from elsewhere, one subject a file. All read CSV, can be run again,
//! and put what cannot be used aside.

mod payments;
mod rejects;
mod users;

pub use payments::payments;
pub use users::users;
