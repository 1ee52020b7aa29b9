//! May it pass: what is decided about each transaction before money moves, by which rules, and
//! why; and the codes by which somebody shows that it is them. It moves no money.

#[macro_use]
mod statements;
mod assess;
mod breakers;
mod cases;
mod concerns;
mod conditions;
mod config;
mod decisions;
mod error;
mod feeds;
mod http;
mod kyc;
mod lists;
mod memory;
mod module;
mod rates;
mod rules;
mod sanctions;
mod service;
mod step_up;
mod subjects;
mod trail;

use db::{Migration, Migrations};

pub use crate::breakers::config::BreakerConfig;
pub use crate::cases::CaseId;
pub use crate::cases::attachments::{AttachmentId, seal_anew};
pub use crate::cases::config::{CasesConfig, DueHours};
pub use crate::conditions::ConditionId;
pub use crate::config::Config;
pub use crate::error::Error;
pub use crate::kyc::config::{KycConfig, Provider as KycProvider, ValidDays};
pub use crate::kyc::{DocumentId, SubmissionId};
pub use crate::lists::ListId;
pub use crate::module::Module;
pub use crate::sanctions::MatchId;
pub use crate::sanctions::config::SanctionsConfig;
pub use crate::sanctions::loading::{ListStatus, ListUpdate};
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
            version: 120,
            name: "kyc",
            sql: include_str!("../migrations/0120_kyc.sql"),
        },
        Migration {
            version: 130,
            name: "cases",
            sql: include_str!("../migrations/0130_cases.sql"),
        },
        Migration {
            version: 140,
            name: "sanctions",
            sql: include_str!("../migrations/0140_sanctions.sql"),
        },
        Migration {
            version: 150,
            name: "conditions",
            sql: include_str!("../migrations/0150_conditions.sql"),
        },
        Migration {
            version: 151,
            name: "breakers",
            sql: include_str!("../migrations/0151_breakers.sql"),
        },
        Migration {
            version: 160,
            name: "where codes went",
            sql: include_str!("../migrations/0160_where_codes_went.sql"),
        },
    ];
    ALL
}

/// What risk's endpoints take and answer: for `payflow openapi`, which opens no store.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    http::routes().into_openapi()
}
