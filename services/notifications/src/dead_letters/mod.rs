//! Dead letters as operators deal with them: whatever is done to one is in the audit trail, and
//! once under an idempotency key. What letters are, `libs/events` says.

pub(crate) mod http;

use async_trait::async_trait;
use contracts::identity::OperatorAction;
use db::Tx;
use events::{CommitHook, DeadLetterId, Letter, LetterError, LetterFilter, Replay};
use idempotency::{IdempotentRequest, keep_answer};
use values::Timestamp;
use vault::Vault;

use crate::changes::Who;
use crate::service::Service;

/// How many letters are discarded at once.
pub(crate) const MOST_DISCARDED: i64 = 1_000;
/// Keeps the answer to a request in the transaction of what it did.
struct Kept<'a, T> {
    vault: &'a Vault,
    once: &'a IdempotentRequest<T>,
    now: Timestamp,
}

#[async_trait]
impl<T: Send + Sync> CommitHook<T> for Kept<'_, T> {
    async fn before_commit(&self, tx: &mut Tx, done: &T) -> Result<(), LetterError> {
        let kept = keep_answer(tx, self.vault, self.once, done, self.now).await;
        kept.map_err(|fault| match fault {
            idempotency::Fault::Database(error) => LetterError::Database(error),
            fault @ (idempotency::Fault::Vault(_) | idempotency::Fault::Unreadable) => {
                LetterError::HookFailed(fault.to_string())
            }
        })
    }
}

impl Service {
    fn kept<'a, T>(&'a self, once: &'a IdempotentRequest<T>) -> Kept<'a, T> {
        Kept {
            vault: &self.vault,
            once,
            now: self.clock.now(),
        }
    }

    pub(crate) async fn replay_letter(
        &self,
        who: Who<'_>,
        id: DeadLetterId,
        once: &IdempotentRequest<Letter>,
    ) -> Result<Letter, LetterError> {
        let by = who.0.user.to_string();
        let kept = self.kept(once);
        let done = self.letters.replay(who.0.org, id, &by, &kept).await;
        let action = OperatorAction::DeadLetterReplayed;
        self.record_letter(who, action, id, &done).await;
        done
    }

    pub(crate) async fn discard_letter(
        &self,
        who: Who<'_>,
        (id, reason): (DeadLetterId, &str),
        once: &IdempotentRequest<Letter>,
    ) -> Result<Letter, LetterError> {
        let (by, org, kept) = (who.0.user.to_string(), who.0.org, self.kept(once));
        let done = self.letters.discard(org, id, (&by, reason), &kept).await;
        let action = OperatorAction::DeadLetterDiscarded;
        self.record_letter(who, action, id, &done).await;
        done
    }

    /// Ends those that wait and fit, [`MOST_DISCARDED`] at most; how many there were.
    pub(crate) async fn discard_letters(
        &self,
        who: Who<'_>,
        (filter, reason): (&LetterFilter, &str),
        once: &IdempotentRequest<u64>,
    ) -> Result<u64, LetterError> {
        let (by, org, kept) = (who.0.user.to_string(), who.0.org, self.kept(once));
        let count = self
            .letters
            .discard_all(org, filter, (&by, reason), MOST_DISCARDED, &kept)
            .await?;
        if count > 0 {
            let action = OperatorAction::DeadLetterDiscarded;
            self.record_act(who, action, format!("{count} dead letters"), None)
                .await;
        }
        Ok(count)
    }

    pub(crate) async fn replay_letters(
        &self,
        who: Who<'_>,
        filter: &LetterFilter,
        once: &IdempotentRequest<Replay>,
    ) -> Result<Replay, LetterError> {
        let (by, org, kept) = (who.0.user.to_string(), who.0.org, self.kept(once));
        let begun = self.letters.begin_replay(org, filter, &by, &kept).await?;
        let action = OperatorAction::DeadLetterReplayed;
        self.record_act(who, action, begun.id.to_string(), None)
            .await;
        Ok(begun)
    }

    async fn record_letter(
        &self,
        who: Who<'_>,
        action: OperatorAction,
        id: DeadLetterId,
        done: &Result<Letter, LetterError>,
    ) {
        if is_of_letter(done) {
            let refusal = done.as_ref().err().map(|error| code(error).to_owned());
            self.record_act(who, action, id.to_string(), refusal).await;
        }
    }
}

/// Whether something was done with a letter that is there, or refused.
fn is_of_letter<T>(done: &Result<T, LetterError>) -> bool {
    match done {
        Ok(_) => true,
        Err(
            LetterError::NoSuchLetter
            | LetterError::NoSuchReplay
            | LetterError::HookFailed(_)
            | LetterError::Database(_)
            | LetterError::Feed(_),
        ) => false,
        Err(
            LetterError::NotWaiting(_)
            | LetterError::NoSuchConsumer(_)
            | LetterError::EventGone
            | LetterError::FailedAgain(_),
        ) => true,
    }
}

/// The code of a refusal.
pub(crate) const fn code(error: &LetterError) -> &'static str {
    match error {
        LetterError::NoSuchLetter | LetterError::NoSuchReplay => "not_found",
        LetterError::NotWaiting(_) => "dead_letter_ended",
        LetterError::NoSuchConsumer(_) => "no_such_consumer",
        LetterError::EventGone => "event_gone",
        LetterError::FailedAgain(_) => "failed_again",
        LetterError::HookFailed(_) => "internal",
        LetterError::Database(_) | LetterError::Feed(_) => "storage_unavailable",
    }
}
