//! What `/health` says of sanctions lists.

use std::sync::Arc;

use platform::health::HealthCheck;

use crate::service::Service;

/// Whether the lists are what customers should be compared with.
pub(crate) struct ListsCheck(pub(crate) Arc<Service>);

#[async_trait::async_trait]
impl HealthCheck for ListsCheck {
    /// With old lists, too, risk answers: what follows where one is missing rules say themselves.
    async fn check(&self) -> Result<(), String> {
        Ok(())
    }

    async fn warning(&self) -> Option<String> {
        self.0.old_lists()
    }
}

impl Service {
    /// What is wrong with the sanctions lists that the settings name.
    pub(crate) fn old_lists(&self) -> Option<String> {
        let sanctions = &self.sanctions;
        if !self.config.enabled || sanctions.sources.is_empty() {
            return None;
        }
        let (lists, now) = (sanctions.lists(), self.clock.now());
        let warn_after = sanctions.config.warn_after();
        sanctions.watch.warning(&lists, now, warn_after)
    }
}
