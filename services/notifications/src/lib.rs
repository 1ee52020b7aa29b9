//! Who hears of it: what users are told, by which channel, and what leaves as webhooks and live
//! events. It reads the feeds of other services and changes nothing of theirs.

#[macro_use]
mod statements;
mod acts;
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

macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!("../migrations/", $name, ".sql"))
    };
}

const fn step(version: i64, name: &'static str, sql: &'static str) -> Migration {
    Migration { version, name, sql }
}

/// Notifications' tables.
#[must_use]
pub const fn migrations() -> Migrations {
    const ALL: Migrations = &[
        step(100, "first edition", sql!("0100_first_edition")),
        events::tables(101),
        idempotency::tables(102),
        step(110, "webhooks", sql!("0110_webhooks")),
        step(120, "messages", sql!("0120_messages")),
        events::replays(140),
        step(130, "preferences", sql!("0130_preferences")),
        step(131, "phones", sql!("0131_phones")),
        step(132, "codes", sql!("0132_codes")),
        step(133, "push", sql!("0133_push")),
        step(150, "what streams are told", sql!("0150_announced")),
        step(151, "channels as queues", sql!("0151_channels")),
        step(152, "digests", sql!("0152_digest")),
        events::log_ends(153),
        events::parked(154),
        step(
            160,
            "earlier secrets of webhooks",
            sql!("0160_earlier_secrets"),
        ),
        step(161, "by subject and event", sql!("0161_by_subject")),
        events::parked_failures(162),
        step(
            163,
            "phone codes end with credentials",
            sql!("0163_claim_epoch"),
        ),
        step(164, "acts for the audit trail", sql!("0164_acts")),
        step(165, "count of commits", sql!("0165_commits")),
    ];
    ALL
}

/// What notifications' endpoints take and answer: for `payflow openapi`, which opens no store.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    http::routes().into_openapi()
}
