//! What takes more than one commit: instructions to the acquirer, and what is due. Each step is
//! committed before the next begins, so a process that dies leaves rows from which any other goes
//! on.

mod claims;
pub(crate) mod due;
pub(crate) mod instructions;
pub(crate) mod store;

pub(crate) use due::look_at_head;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::service::Service;

/// Work that nobody asks for. Ends when dropped; what was under way is left to the next start.
#[derive(Debug)]
pub struct Background(
    #[expect(dead_code, reason = "held for its drop, which ends the tasks")] JoinSet<()>,
);

impl Service {
    /// Work that nobody asks for: deadlines, enquiries, notifications, old idempotency records,
    /// summaries for lists, alarms. Ends when dropped.
    #[must_use]
    pub fn start_background(self: &Arc<Self>) -> Background {
        if let Err(error) = self.journal.clock().check() {
            tracing::error!(%error, "no commits until the clock can be trusted");
        }
        let mut tasks = JoinSet::new();
        tasks.spawn(due::receive_notifications(self.clone()));
        tasks.spawn(due::watch_deadlines(self.clone()));
        tasks.spawn(due::watch_instructions(self.clone()));
        tasks.spawn(due::watch_idempotency(self.clone()));
        tasks.spawn(due::watch_zones(self.clone()));
        tasks.spawn(due::watch_head(self.clone()));
        tasks.spawn(due::watch_system_accounts(self.clone()));
        Background(tasks)
    }

    /// Does once what the background does every second, and waits until it is done.
    pub async fn tick(&self) {
        due::take_in_notifications(self).await;
        due::expire(self).await;
        due::Enquiries::new(self).catch_up().await;
        due::prune(self).await;
        due::summarise(self).await;
        due::tell_of_head(self).await;
        due::check_system_accounts(self).await;
    }
}
