//! What `/health` and `/ready` say: each part's own answer, asked at most once a second however
//! often somebody looks, because these paths are open to everybody. It heals nothing.

use std::collections::BTreeMap;

use platform::clock::SharedClock;
use platform::health::{self, NamedCheck, PartState};
use serde::Serialize;
use tokio::sync::{Mutex, watch};
use utoipa::ToSchema;
use values::{SECOND, Timestamp};

/// How long an answer is good for, in microseconds.
const KEPT_FOR: i64 = SECOND;

/// Whether something can do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HealthStatus {
    /// It can.
    Ok,
    /// It can, but an operator should look at it (parts only).
    Warning,
    /// It cannot.
    Failing,
    /// The server ends what it has at hand and takes nothing new (`/ready` only).
    Stopping,
}

/// How the whole and its parts are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok` where no check is failing.
    pub(crate) status: HealthStatus,
    /// The version of the program.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// When the parts were asked; at most a second ago. RFC 3339, UTC.
    #[schema(value_type = String, format = DateTime)]
    checked_at: Timestamp,
    /// The parts by name.
    checks: BTreeMap<String, PartHealth>,
    /// On a demo: the folder of the server in which mails are files, since nobody gets them.
    #[serde(skip_serializing_if = "Option::is_none")]
    mail_folder: Option<String>,
}

/// How one part is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PartHealth {
    /// `ok`, `warning` or `failing`.
    status: HealthStatus,
    /// What does not work, or is to be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl From<PartState> for PartHealth {
    fn from(state: PartState) -> Self {
        let (status, detail) = match state {
            PartState::Ok => (HealthStatus::Ok, None),
            PartState::Warning(detail) => (HealthStatus::Warning, Some(detail)),
            PartState::Failing(detail) => (HealthStatus::Failing, Some(detail)),
        };
        Self { status, detail }
    }
}

impl Health {
    /// How many parts are so.
    pub(crate) fn count(&self, status: HealthStatus) -> usize {
        let same = |part: &&PartHealth| part.status == status;
        self.checks.values().filter(same).count()
    }
}

/// Asks the parts.
pub(crate) struct HealthChecks {
    /// What a demo tells of its mails.
    pub(crate) mail_folder: Option<String>,
    checks: Vec<NamedCheck>,
    version: &'static str,
    clock: SharedClock,
    stopping: watch::Receiver<bool>,
    last: Mutex<Option<Health>>,
}

impl HealthChecks {
    pub(crate) fn new(
        checks: Vec<NamedCheck>,
        version: &'static str,
        clock: SharedClock,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            mail_folder: None,
            checks,
            version,
            clock,
            stopping,
            last: Mutex::default(),
        }
    }

    /// Whether the parts can do their work.
    pub(crate) async fn health(&self) -> Health {
        // Held while the parts are asked: anyone who comes meanwhile waits for the same answer.
        let mut last = self.last.lock().await;
        let now = self.clock.now();
        if let Some(health) = &*last
            && (0..KEPT_FOR).contains(&now.micros().saturating_sub(health.checked_at.micros()))
        {
            return health.clone();
        }
        let health = self.ask(now).await;
        *last = Some(health.clone());
        health
    }

    /// Whether new requests should come here.
    pub(crate) async fn readiness(&self) -> Health {
        let mut health = self.health().await;
        if *self.stopping.borrow() {
            health.status = HealthStatus::Stopping;
        }
        health
    }

    async fn ask(&self, now: Timestamp) -> Health {
        let states = health::ask(&self.checks).await.into_iter();
        let checks: BTreeMap<_, _> = states.map(|(name, state)| (name, state.into())).collect();
        let healthy = checks
            .values()
            .all(|check: &PartHealth| check.status != HealthStatus::Failing);
        Health {
            status: if healthy {
                HealthStatus::Ok
            } else {
                HealthStatus::Failing
            },
            version: self.version,
            checked_at: now,
            checks,
            mail_folder: self.mail_folder.clone(),
        }
    }
}
