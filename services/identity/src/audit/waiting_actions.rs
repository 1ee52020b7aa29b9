//! Actions of operators that the audit trail could not take yet, in memory. It never writes them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use contracts::identity::{OperatorAction, OrgId};
use values::Timestamp;
use web::client::Client;

use crate::audit::entry::Actor;

/// The most actions that are kept: some megabytes.
const MOST: usize = 10_000;

/// What an operator did in another service.
#[derive(Debug, Clone)]
pub(crate) struct WaitingAction {
    pub(crate) org: OrgId,
    pub(crate) actor: Actor,
    pub(crate) client: Client,
    pub(crate) action: OperatorAction,
    pub(crate) subject: String,
    /// The code of the refusal, where it was refused.
    pub(crate) refusal: Option<String>,
    pub(crate) at: Timestamp,
}

/// The actions that wait, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct WaitingActions(Mutex<VecDeque<WaitingAction>>);

impl WaitingActions {
    pub(crate) fn oldest(&self) -> Option<WaitingAction> {
        self.queue().front().cloned()
    }

    /// Forgets the oldest: it is in the trail.
    pub(crate) fn remove_oldest(&self) {
        self.queue().pop_front();
    }

    pub(crate) fn keep(&self, waiting: WaitingAction) {
        tracing::error!(
            actor = ?waiting.actor,
            act = waiting.action.as_str(),
            subject = waiting.subject,
            "an operator's act waits for the audit trail"
        );
        let mut queue = self.queue();
        if queue.len() < MOST {
            queue.push_back(waiting);
        }
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<WaitingAction>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
