//! Sends the messages that wait, each at least once, and comes back to those that could not be sent.

use values::Timestamp;

use crate::fault::{Fault, log};
use crate::mail as messages;
use crate::mail::mailer::{Mail, Undelivered};
use crate::mail::store::WaitingMessage;
use crate::mail::{MessageId, store};
use crate::service::Service;

impl Service {
    /// Sends what is due, one after the other, until nothing is.
    ///
    /// # Errors
    /// A fault of the database. A message that cannot be sent is none: it is due again later.
    pub async fn deliver_messages(&self) -> Result<(), Fault> {
        loop {
            let now = self.clock.now();
            // Clocks of nodes differ, and no further.
            let longest = messages::BACKOFF
                .longest
                .saturating_add(self.clock_watch.max_step());
            let longest = now.plus(longest);
            let Some(message) = store::next_due(&self.db, now, longest).await? else {
                return Ok(());
            };
            self.deliver(message, now).await?;
        }
    }

    async fn deliver(&self, message: WaitingMessage, now: Timestamp) -> Result<(), Fault> {
        let due_again = messages::due_again(now, message.attempts);
        // Before it is sent: another node does not send it meanwhile, and a crash only delays it.
        if !store::take(&self.db, &message, due_again).await? {
            return Ok(());
        }
        let id = MessageId(message.id);
        let given_up = None::<Timestamp>;
        let ended = match self.hand_over(id, &message).await {
            Ok(()) => Some(now),
            Err(error) if message.attempts + 1 >= messages::MOST_ATTEMPTS => {
                tracing::error!(%id, kind = message.kind, %error, "a message is given up");
                given_up
            }
            Err(Undelivered::Address) => {
                tracing::error!(%id, kind = message.kind, "a message is given up: its address cannot stand in one");
                given_up
            }
            Err(error @ Undelivered::Later(_)) => {
                tracing::warn!(%id, kind = message.kind, attempts = message.attempts + 1, %error, "a message is not sent yet");
                return Ok(());
            }
        };
        Ok(store::end(&self.db, message.id, ended).await?)
    }

    async fn hand_over(&self, id: MessageId, message: &WaitingMessage) -> Result<(), Undelivered> {
        let content = messages::open(&self.vault, message).map_err(|fault| {
            log(&fault);
            Undelivered::Later("it cannot be opened".to_owned())
        })?;
        let mail = Mail {
            id: id.to_string(),
            to: message.address.clone(),
            subject: content.subject().to_owned(),
            text: content.text(),
            at: message.created_at,
        };
        self.mailer.deliver(&mail).await
    }
}
