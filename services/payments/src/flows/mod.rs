//! What takes more than one commit: instructions to the acquirer, and what is due. Each step is committed before the
//! next begins, so a process that dies leaves rows from which any other goes on.

mod claims;
mod due;
pub(crate) mod instructions;
mod store;

use tokio::task::JoinSet;

use crate::service::Service;

/// Work that nobody asks for. Ends when dropped; what was under way is left to the next start.
#[derive(Debug)]
pub struct Background(
    #[expect(dead_code, reason = "held for its drop, which ends the tasks")] JoinSet<()>,
);

impl Background {
    /// Starts the work of a service.
    #[must_use]
    pub fn start(service: &Service) -> Self {
        let mut tasks = JoinSet::new();
        tasks.spawn(due::hear_notifications(service.clone()));
        tasks.spawn(due::watch_deadlines(service.clone()));
        tasks.spawn(due::watch_instructions(service.clone()));
        tasks.spawn(due::watch_idempotency(service.clone()));
        tasks.spawn(due::watch_zones(service.clone()));
        tasks.spawn(due::watch_system_accounts(service.clone()));
        Self(tasks)
    }
}

/// Does once what the background does over and over, and waits until it is done.
pub async fn tick(service: &Service) {
    due::take_in_notifications(service).await;
    due::expire(service).await;
    due::Enquiries::new(service).catch_up().await;
    due::prune(service).await;
    due::summarise(service).await;
    due::look_at_system_accounts(service).await;
}
