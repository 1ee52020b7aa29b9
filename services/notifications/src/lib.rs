//! Who hears of it: what users are told, by which channel, and what leaves as webhooks and live
//! events. It reads the feeds of other services and changes nothing of theirs.

#[macro_use]
mod statements;
mod announced;
mod changes;
mod channels;
mod codes;
mod config;
mod dead_letters;
mod error;
mod http;
mod inbox;
mod messages;
mod module;
mod phones;
mod preferences;
mod preview;
mod queues;
mod resealing;
mod service;
mod stream;
mod texts;
mod told;
mod trail;
mod webhooks;

use db::{Migration, Migrations};

pub use crate::channels::email::{EmailConfig, SmtpConfig, Tls};
pub use crate::channels::push::PushConfig;
pub use crate::channels::sms::{SmsConfig, TwilioConfig};
pub use crate::codes::config::CodesConfig;
pub use crate::config::Config;
pub use crate::error::{Error, SettingError, StartError};
pub use crate::inbox::NotificationId;
pub use crate::module::Module;
pub use crate::preview::preview;
pub use crate::resealing::seal_anew;
pub use crate::service::{Background, Deps, Service};
pub use crate::texts::{Preview, TextError, Texts};
pub use crate::webhooks::config::WebhooksConfig;
pub use crate::webhooks::endpoint::{WebhookDeliveryId, WebhookEndpointId};
pub use crate::webhooks::schedule::wait_after as webhook_retry_after;
pub use crate::webhooks::signature::{Secret as WebhookSecret, signatures as webhook_signatures};

/// The PostgreSQL schema of notifications' tables.
pub const SCHEMA: &str = "notifications";

/// Notifications' tables.
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
        Migration {
            version: 110,
            name: "webhooks",
            sql: include_str!("../migrations/0110_webhooks.sql"),
        },
        Migration {
            version: 120,
            name: "messages",
            sql: include_str!("../migrations/0120_messages.sql"),
        },
        events::replays(140),
        Migration {
            version: 130,
            name: "preferences",
            sql: include_str!("../migrations/0130_preferences.sql"),
        },
        Migration {
            version: 131,
            name: "phones",
            sql: include_str!("../migrations/0131_phones.sql"),
        },
        Migration {
            version: 132,
            name: "codes",
            sql: include_str!("../migrations/0132_codes.sql"),
        },
        Migration {
            version: 133,
            name: "push",
            sql: include_str!("../migrations/0133_push.sql"),
        },
        Migration {
            version: 150,
            name: "what streams are told",
            sql: include_str!("../migrations/0150_announced.sql"),
        },
        Migration {
            version: 151,
            name: "channels as queues",
            sql: include_str!("../migrations/0151_channels.sql"),
        },
        Migration {
            version: 152,
            name: "digests",
            sql: include_str!("../migrations/0152_digest.sql"),
        },
        events::log_ends(153),
        events::parked(154),
        Migration {
            version: 160,
            name: "earlier secrets of webhooks",
            sql: include_str!("../migrations/0160_earlier_secrets.sql"),
        },
        Migration {
            version: 161,
            name: "by subject and event",
            sql: include_str!("../migrations/0161_by_subject.sql"),
        },
        events::parked_failures(162),
        Migration {
            version: 163,
            name: "phone codes end with credentials",
            sql: include_str!("../migrations/0163_claim_epoch.sql"),
        },
        Migration {
            version: 164,
            name: "acts for the audit trail",
            sql: include_str!("../migrations/0164_acts.sql"),
        },
        Migration {
            version: 165,
            name: "count of commits",
            sql: include_str!("../migrations/0165_commits.sql"),
        },
    ];
    ALL
}

/// What notifications' endpoints take and answer: for `payflow openapi`, which opens no store.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    http::routes().into_openapi()
}
