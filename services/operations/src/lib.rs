//! Who watches: operators are alerted of what the platform sees amiss with itself, and say who
//! looks after it. It mends nothing.

#[macro_use]
mod statements;
mod alerts;
mod config;
mod error;
mod http;
mod metrics;
mod module;
mod outcomes;
mod service;
mod trail;
mod watch;

use db::{Migration, Migrations};

pub use crate::config::{AlertsConfig, Config, Levels};
pub use crate::error::Error;
pub use crate::module::Module;
pub use crate::service::{Background, Deps, Service};

/// The PostgreSQL schema of operations' tables.
pub const SCHEMA: &str = "operations";

/// Operations' tables.
#[must_use]
pub const fn migrations() -> Migrations {
    const ALL: Migrations = &[
        Migration {
            version: 100,
            name: "first edition",
            sql: include_str!("../migrations/0100_first_edition.sql"),
        },
        events::tables(101),
        events::replays(102),
        events::log_ends(103),
        events::parked(104),
        events::parked_failures(105),
    ];
    ALL
}

/// What operations' endpoints take and answer: for `payflow openapi`, which opens no store.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    http::routes().into_openapi()
}
