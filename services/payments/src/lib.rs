//! The money: wallets, transactions, holds, limits, and the journal beneath them. Nothing else in
//! PayFlow moves money, and nothing here knows who somebody is: identity says that.

mod access;
pub mod acquirer;
mod alarms;
mod config;
mod counterparty;
mod error;
mod feed;
mod flows;
mod gate;
mod history;
mod http;
pub mod journal;
mod levels;
mod module;
mod open;
mod overview;
mod recipients;
mod risk;
mod service;
mod statement;
mod store;
pub mod verify;

use contracts::identity::{OrgId, UserId};
use contracts::payments::{Owner, Wallets, WalletsUnavailable};
use db::{Migration, Migrations};
use payments_core::command::{Actor, Answer, Command, Operation};
use payments_core::refusal::Refused;
use payments_core::wallet::WalletStatus;
use platform::health::HealthCheck;

use journal::Fault;
use store::Bounds;
use store::wallets::{WalletFilter, status_bit, wallets};

pub use self::module::Module;
pub use alarms::AlarmConfig;
pub use config::{Config, KycLimits, LevelLimitConfig, LimitConfig, ListConfig, RiskConfig};
pub use error::Error;
pub use feed::PaymentsFeed;
pub use flows::Background;
pub use http::replies::status_and_text;

pub use open::{OpenError, connect_postgres, open_over, open_sqlite};
pub use service::{Deps, Service};
pub use statement::{BalanceAt, Direction, EntryKind, Statement, StatementEntry};

/// The PostgreSQL schema of payments' tables.
pub const SCHEMA: &str = "payments";

/// Payments' tables.
#[must_use]
pub const fn migrations() -> Migrations {
    &[
        Migration {
            version: 100,
            name: "first edition",
            sql: include_str!("../migrations/0100_first_edition.sql"),
        },
        Migration {
            version: 101,
            name: "answers counted",
            sql: include_str!("../migrations/0101_answers_counted.sql"),
        },
        Migration {
            version: 102,
            name: "refund requests",
            sql: include_str!("../migrations/0102_refund_requests.sql"),
        },
        Migration {
            version: 103,
            name: "risk",
            sql: include_str!("../migrations/0103_risk.sql"),
        },
    ]
}

/// What payments' endpoints take and answer: for `payflow openapi`, which opens no store.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    http::api()
}

#[async_trait::async_trait]
impl Wallets for Service {
    async fn close_owner(&self, org: OrgId, user: UserId) -> Result<Owner, WalletsUnavailable> {
        // The journal asks again; but it loads every open wallet to know.
        if self.has_open_wallet(org, user).await? {
            return Ok(Owner::HasOpenWallets);
        }
        let command = Command {
            org: org.0,
            actor: Actor::User(user.uuid()),
            idempotency: None,
            request_id: platform::request_id::current(),
            operation: Operation::CloseOwner(user.uuid()),
        };
        let unavailable = |fault: Fault| WalletsUnavailable(Box::new(fault));
        match self.journal().submit(command).await.map_err(unavailable)? {
            Answer::Accounts(_) => Ok(Owner::Closed),
            Answer::Refused(Refused::WalletsOpen) => Ok(Owner::HasOpenWallets),
            Answer::Created(_)
            | Answer::Done(_)
            | Answer::Ledger(_)
            | Answer::Refused(_)
            | Answer::Replayed(_) => Err(unavailable(Fault::Internal)),
        }
    }
}

impl Service {
    async fn has_open_wallet(&self, org: OrgId, user: UserId) -> Result<bool, WalletsUnavailable> {
        let filter = WalletFilter {
            owner: Some(user.uuid()),
            currency: None,
            statuses: status_bit(WalletStatus::Active) | status_bit(WalletStatus::Frozen),
            before: i64::MAX,
        };
        // One is enough to know, wherever among the closed ones it is.
        let bounds = Bounds {
            limit: 1,
            effort: i64::from(u32::MAX),
        };
        let open = wallets(&self.db, org.0, &filter, bounds).await;
        let open = open.map_err(|fault| WalletsUnavailable(Box::new(fault)))?;
        Ok(!open.rows.is_empty())
    }
}

#[async_trait::async_trait]
impl HealthCheck for Service {
    async fn check(&self) -> Result<(), String> {
        self.db.ping().await.map_err(|fault| fault.to_string())
    }
}
