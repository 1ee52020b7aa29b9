//! May it pass: what is decided about each transaction before money moves, by which rules, and
//! why; and the codes by which somebody shows that it is them. It moves no money.

#[macro_use]
mod statements;
mod assess;
mod cases;
mod config;
mod decisions;
mod error;
mod feeds;
mod http;
mod lists;
mod memory;
mod module;
mod rates;
mod rules;
mod service;
mod step_up;
mod subjects;
mod trail;

use db::{Migration, Migrations};

pub use crate::cases::CaseId;
pub use crate::cases::attachments::{AttachmentId, seal_anew};
pub use crate::cases::config::{CasesConfig, DueHours};
pub use crate::config::Config;
pub use crate::error::Error;
pub use crate::lists::ListId;
pub use crate::module::Module;
pub use crate::service::{Background, Deps, Service, StartError};
pub use crate::step_up::config::StepUpConfig;

/// The PostgreSQL schema of risk's tables.
pub const SCHEMA: &str = "risk";

/// Risk's tables.
#[must_use]
pub const fn migrations() -> Migrations {
    const ALL: Migrations = &[
        Migration {
            version: 100,
            name: "first edition",
            sql: include_str!("../migrations/0100_first_edition.sql"),
        },
        events::tables(101),
        idempotency::tables(102),
        events::replays(103),
        events::log_ends(104),
        events::parked(105),
        events::parked_failures(106),
        Migration {
            version: 110,
            name: "rules",
            sql: include_str!("../migrations/0110_rules.sql"),
        },
        Migration {
            version: 111,
            name: "commits",
            sql: include_str!("../migrations/0111_commits.sql"),
        },
        Migration {
            version: 130,
            name: "cases",
            sql: include_str!("../migrations/0130_cases.sql"),
        },
    ];
    ALL
}

/// What risk's endpoints take and answer: for `payflow openapi`, which opens no store.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    http::routes().into_openapi()
}
