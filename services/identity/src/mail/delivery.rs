//! Hands the messages that wait to notifications, each at least once, and comes back to those that
//! were not taken.

use std::sync::Arc;

use contracts::notifications::{DirectMessage, MessageId, Messages, NotTaken};
use values::Timestamp;

use crate::fault::{Fault, log};
use crate::mail as outbox;
use crate::mail::store;
use crate::mail::store::WaitingMessage;
use crate::service::Service;

impl Service {
    /// Says who carries messages to users: until then they wait.
    pub fn set_messages(&self, messages: Arc<dyn Messages>) {
        // Handed in once, when the services are joined.
        drop(self.messages.set(messages));
    }

    /// Hands over what is due, one after the other, until nothing is.
    ///
    /// # Errors
    /// A fault of the database. A message that is not taken is none: it is due again later.
    pub async fn deliver_messages(&self) -> Result<(), Fault> {
        let Some(messages) = self.messages.get() else {
            return Ok(());
        };
        loop {
            let now = self.clock.now();
            // Clocks of nodes differ, and no further.
            let longest = outbox::BACKOFF
                .longest
                .saturating_add(self.clock_watch.max_step());
            let longest = now.plus(longest);
            let Some(message) = store::next_due(&self.db, now, longest).await? else {
                return Ok(());
            };
            self.deliver(messages, message, now).await?;
        }
    }

    async fn deliver(
        &self,
        messages: &Arc<dyn Messages>,
        message: WaitingMessage,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let due_again = outbox::due_again(now, message.attempts);
        // Before it is handed over: another node does not do so meanwhile, and a crash only delays
        // it.
        if !store::take(&self.db, &message, due_again).await? {
            return Ok(());
        }
        let id = MessageId(message.id);
        let given_up = None::<Timestamp>;
        let ended = match self.hand_over(&**messages, id, &message).await {
            Ok(()) => Some(now),
            Err(error) if message.attempts + 1 >= outbox::MOST_ATTEMPTS => {
                tracing::error!(%id, kind = message.kind, %error, "a message is given up");
                given_up
            }
            Err(error) => {
                tracing::warn!(%id, kind = message.kind, attempts = message.attempts + 1, %error, "a message is not handed over yet");
                return Ok(());
            }
        };
        Ok(store::end(&self.db, message.id, ended).await?)
    }

    async fn hand_over(
        &self,
        messages: &dyn Messages,
        id: MessageId,
        message: &WaitingMessage,
    ) -> Result<(), NotTaken> {
        let content = outbox::open(&self.vault, message);
        let content = content.and_then(|content| Ok((content.kind(), content.data()?)));
        let (kind, data) = content.map_err(|fault| {
            log(&fault);
            NotTaken("it cannot be opened".to_owned())
        })?;
        let direct = DirectMessage {
            id,
            org: message.org,
            user: message.user,
            address: message.address.clone(),
            kind: kind.to_owned(),
            data,
            at: message.created_at,
        };
        messages.accept(&direct).await
    }
}
