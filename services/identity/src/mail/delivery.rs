//! Sends the messages that wait, each at least once, and comes back to those that could not be sent.

use db::args;
use values::Timestamp;

use crate::fault::{Fault, log};
use crate::mail as messages;
use crate::mail::mailer::{Mail, Undelivered};
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
            let due = self.db.fetch_optional(store::NEXT_DUE, args![now]).await?;
            let Some(row) = due else {
                return Ok(());
            };
            self.deliver(row, now).await?;
        }
    }

    async fn deliver(&self, row: store::WaitingRow, now: Timestamp) -> Result<(), Fault> {
        let due_again = messages::due_again(now, row.attempts);
        // Before it is sent: another node does not send it meanwhile, and a crash only delays it.
        let taken = self
            .db
            .execute(store::TAKE, args![row.id, row.attempts, due_again])
            .await?;
        if taken == 0 {
            return Ok(());
        }
        let id = MessageId(row.id);
        let given_up = None::<Timestamp>;
        let ended = match self.hand_over(id, &row).await {
            Ok(()) => Some(now),
            Err(error) if Timestamp(row.created_at).plus(messages::GIVE_UP_AFTER) <= now => {
                tracing::error!(%id, kind = row.kind, %error, "a message is given up");
                given_up
            }
            Err(Undelivered::Address) => {
                tracing::error!(%id, kind = row.kind, "a message is given up: its address cannot stand in one");
                given_up
            }
            Err(error @ Undelivered::Later(_)) => {
                tracing::warn!(%id, kind = row.kind, attempts = row.attempts + 1, %error, "a message is not sent yet");
                return Ok(());
            }
        };
        self.db.execute(store::END, args![row.id, ended]).await?;
        Ok(())
    }

    async fn hand_over(&self, id: MessageId, row: &store::WaitingRow) -> Result<(), Undelivered> {
        let content = messages::open(&self.vault, row).map_err(|fault| {
            log(&fault);
            Undelivered::Later("it cannot be opened".to_owned())
        })?;
        let mail = Mail {
            id: id.to_string(),
            to: row.address.clone(),
            subject: content.subject().to_owned(),
            text: content.text(),
            at: Timestamp(row.created_at),
        };
        self.mailer.deliver(&mail).await
    }
}
