//! What `/health` and `/ready` say: each part's own answer, asked at most once a second however often
//! somebody looks, because these paths are open to everybody. It heals nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use platform::clock::{SECOND, SharedClock, Timestamp};
use platform::health::HealthCheck;
use serde::Serialize;
use tokio::sync::{Mutex, watch};
use utoipa::ToSchema;

/// A part by name.
pub(crate) type NamedCheck = (&'static str, Arc<dyn HealthCheck>);

/// How long a check may take before it counts as failing.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an answer is good for, in microseconds.
const KEPT_FOR: i64 = SECOND;

/// Whether something can do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HealthStatus {
    /// It can.
    Ok,
    /// It cannot.
    Failing,
    /// The server ends what it has at hand and takes nothing new (`/ready` only).
    Stopping,
}

/// How the whole and its parts are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok` where all checks are.
    pub(crate) status: HealthStatus,
    /// The version of the program.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// When the parts were asked; at most a second ago. RFC 3339, UTC.
    #[schema(value_type = String, format = DateTime)]
    checked_at: Timestamp,
    /// The parts by name.
    checks: BTreeMap<&'static str, PartHealth>,
}

/// How one part is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PartHealth {
    /// `ok` or `failing`.
    status: HealthStatus,
    /// What does not work.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Asks the parts.
pub(crate) struct Doctor {
    checks: Vec<NamedCheck>,
    version: &'static str,
    clock: SharedClock,
    stopping: watch::Receiver<bool>,
    last: Mutex<Option<Health>>,
}

impl Doctor {
    pub(crate) fn new(
        checks: Vec<NamedCheck>,
        version: &'static str,
        clock: SharedClock,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            checks,
            version,
            clock,
            stopping,
            last: Mutex::default(),
        }
    }

    /// Whether the parts can do their work.
    pub(crate) async fn health(&self) -> Health {
        // Held while the parts are asked: whoever comes meanwhile waits for the same answer.
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
        let asked: Vec<_> = self
            .checks
            .iter()
            .map(|(name, check)| {
                let check = Arc::clone(check);
                let answer =
                    async move { tokio::time::timeout(CHECK_TIMEOUT, check.check()).await };
                (*name, tokio::spawn(answer))
            })
            .collect();
        let mut checks = BTreeMap::new();
        for (name, answer) in asked {
            let detail = match answer.await {
                Ok(Ok(Ok(()))) => None,
                Ok(Ok(Err(detail))) => Some(detail),
                Ok(Err(_)) => Some("did not answer in time".to_owned()),
                Err(_) => Some("the check itself failed".to_owned()),
            };
            let status = if detail.is_none() {
                HealthStatus::Ok
            } else {
                HealthStatus::Failing
            };
            checks.insert(name, PartHealth { status, detail });
        }
        let healthy = checks
            .values()
            .all(|check| check.status == HealthStatus::Ok);
        Health {
            status: if healthy {
                HealthStatus::Ok
            } else {
                HealthStatus::Failing
            },
            version: self.version,
            checked_at: now,
            checks,
        }
    }
}
