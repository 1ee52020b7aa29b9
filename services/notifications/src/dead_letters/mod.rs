//! Dead letters as operators deal with them: whatever is done to one is in the audit trail. What
//! letters are, `libs/events` says.

pub(crate) mod http;

use access::Principal;
use contracts::identity::{OperatorAction, OperatorEntry};
use events::{DeadLetterId, Letter, LetterError, LetterFilter, Replay};
use web::client::Client;

use crate::service::Service;

/// How many letters are discarded at once.
pub(crate) const MOST_DISCARDED: i64 = 1_000;

impl Service {
    /// Records what an operator did, or why not. It is recorded afterwards, and is done in any
    /// case.
    pub(crate) async fn record_operator(
        &self,
        (principal, client): (&Principal, &Client),
        action: OperatorAction,
        subject: String,
        refusal: Option<String>,
    ) {
        let entry = OperatorEntry {
            org: principal.org,
            user: principal.user,
            credential: principal.credential,
            address: client.address,
            user_agent: client.user_agent.as_deref(),
            action,
            subject,
            refusal,
        };
        if let Err(error) = self.identity.record(entry).await {
            tracing::error!(%error, ?action, "an operator's act is not in the audit trail yet");
        }
    }

    pub(crate) async fn replay_letter(
        &self,
        who: (&Principal, &Client),
        id: DeadLetterId,
    ) -> Result<Letter, LetterError> {
        let by = who.0.user.to_string();
        let done = self.letters.replay(who.0.org, id, &by).await;
        if is_of_letter(&done) {
            let refusal = done.as_ref().err().map(|error| code(error).to_owned());
            let action = OperatorAction::DeadLetterReplayed;
            self.record_operator(who, action, id.to_string(), refusal)
                .await;
        }
        done
    }

    pub(crate) async fn discard_letter(
        &self,
        who: (&Principal, &Client),
        id: DeadLetterId,
        reason: &str,
    ) -> Result<Letter, LetterError> {
        let by = who.0.user.to_string();
        let done = self.letters.discard(who.0.org, id, &by, reason).await;
        if is_of_letter(&done) {
            let refusal = done.as_ref().err().map(|error| code(error).to_owned());
            let action = OperatorAction::DeadLetterDiscarded;
            self.record_operator(who, action, id.to_string(), refusal)
                .await;
        }
        done
    }

    /// Ends those that wait and fit, [`MOST_DISCARDED`] at most; how many there were.
    pub(crate) async fn discard_letters(
        &self,
        who: (&Principal, &Client),
        filter: &LetterFilter,
        reason: &str,
    ) -> Result<u64, LetterError> {
        let by = who.0.user.to_string();
        let letters = &self.letters;
        let org = who.0.org;
        let count = letters
            .discard_all(org, filter, (&by, reason), MOST_DISCARDED)
            .await?;
        if count > 0 {
            let action = OperatorAction::DeadLetterDiscarded;
            self.record_operator(who, action, format!("{count} dead letters"), None)
                .await;
        }
        Ok(count)
    }

    pub(crate) async fn replay_letters(
        &self,
        who: (&Principal, &Client),
        filter: &LetterFilter,
    ) -> Result<Replay, LetterError> {
        let by = who.0.user.to_string();
        let begun = self.letters.begin_replay(who.0.org, filter, &by).await?;
        let action = OperatorAction::DeadLetterReplayed;
        self.record_operator(who, action, begun.id.to_string(), None)
            .await;
        Ok(begun)
    }
}

/// Whether something was done with a letter that is there, or refused.
fn is_of_letter<T>(done: &Result<T, LetterError>) -> bool {
    match done {
        Ok(_) => true,
        Err(
            LetterError::NoSuchLetter
            | LetterError::NoSuchReplay
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
        LetterError::Database(_) | LetterError::Feed(_) => "storage_unavailable",
    }
}
