//! Instructions to the acquirer, from the commit that makes one to the commit that ends it. What is
//! sent was stored before, with the id that it is sent under; what comes back, however late or
//! often, is handed to the journal, which decides. A time-out is not an answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::payments::{TransactionId, TransactionStatus};
use db::Db;
use payments_core::command::{Actor, Answer, Command, IdempotencyKey, Operation, Outcome};
use payments_core::document::{Document, TransactionRecord};
use platform::clock::SharedClock;
use platform::ids::Ids;
use platform::request_id;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Semaphore, oneshot};
use uuid::Uuid;
use values::{SECOND, Timestamp};
use web::signature::NotificationKey;

use super::claims::{Claim, Claims};
use super::store::{self, StoredInstruction};
use crate::acquirer::{Acquirer, Connected, Instruction, Notification, Unanswered, Verdict};
use crate::config::Config;
use crate::error::Error;
use crate::journal::Fault;
use crate::journal::Journal;

/// How long after each unanswered attempt the acquirer is asked again, in seconds; the last one
/// repeats.
const BACKOFF: [i64; 5] = [5, 30, 120, 600, LONGEST_WAIT];

/// The longest of them.
const LONGEST_WAIT: i64 = 3_600;

/// After so many attempts only a notification or two operators end a transaction.
const MOST_ATTEMPTS: i64 = 10;

/// The most calls to the acquirer at once on behalf of requests. A new instruction beyond them is
/// left to the sweep, so that an acquirer that hangs takes no more connections than these.
const MOST_CALLS: usize = 1_024;

/// The way to the acquirer, and what waits for it in this process.
pub struct Instructions {
    journal: Arc<Journal>,
    db: Db,
    clock: SharedClock,
    ids: Ids,
    acquirer: Arc<dyn Acquirer>,
    notification_key: Option<NotificationKey>,
    notifications: tokio::sync::Mutex<UnboundedReceiver<Notification>>,
    timeout: Duration,
    inline_wait: Duration,
    calls: Semaphore,
    scopes: Claims<u128>,
    at_work: Claims<Uuid>,
}

/// The right to decide the first response to a request, while nobody has taken it. The request
/// takes it when it answers `processing`; a settlement that takes it before answers the request as
/// well.
type FirstResponse = Arc<Mutex<Option<ResponseRight>>>;

/// With an idempotency key its scope, which is claimed until this is dropped.
#[derive(Debug)]
struct ResponseRight(Option<Claim<u128>>);

/// Another request with the same idempotency key waits in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InProgress;

/// A request that waits for what becomes of its transaction. Its idempotency key is at work until
/// the answer is fixed.
#[derive(Debug)]
pub struct Waiting(FirstResponse);

impl Waiting {
    /// Takes the right to respond; whether it was still there.
    fn take_response(&self) -> bool {
        take(&self.0).is_some()
    }
}

impl Drop for Waiting {
    /// A client that went away has no first answer: a repetition gets what stands stored, and
    /// nothing else ever.
    fn drop(&mut self) {
        self.take_response();
    }
}

fn take(response: &FirstResponse) -> Option<ResponseRight> {
    response
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
}

impl Instructions {
    /// Instructions over a journal, and a database that reads the same tables.
    #[must_use]
    pub fn new(
        journal: Arc<Journal>,
        db: Db,
        clock: SharedClock,
        ids: Ids,
        connected: Connected,
        config: &Config,
    ) -> Self {
        Self {
            journal,
            db,
            clock,
            ids,
            acquirer: connected.acquirer,
            notification_key: connected.notification_key,
            notifications: tokio::sync::Mutex::new(connected.notifications),
            timeout: Duration::from_millis(config.acquirer.timeout_ms),
            inline_wait: Duration::from_millis(config.inline_wait_ms),
            calls: Semaphore::new(MOST_CALLS),
            scopes: Claims::default(),
            at_work: Claims::default(),
        }
    }

    /// Begins a request that will wait for the acquirer.
    ///
    /// # Errors
    /// [`InProgress`].
    pub fn begin(&self, key: Option<IdempotencyKey>) -> Result<Waiting, InProgress> {
        let claim = match key {
            None => None,
            Some(key) => Some(self.scopes.claim(key.scope).ok_or(InProgress)?),
        };
        Ok(Waiting(Arc::new(Mutex::new(Some(ResponseRight(claim))))))
    }

    /// Has the instruction of a transaction carried out that is processing from now on, and answers
    /// what became of it, or `processing` where that takes longer than a request should wait. The
    /// work goes on when the caller goes away. Any other answer is returned as it is.
    pub async fn follow(
        self: &Arc<Self>,
        org: i64,
        transaction: Uuid,
        answer: Answer,
        waiting: Waiting,
    ) -> Answer {
        let (Answer::Created(document) | Answer::Done(document)) = &answer else {
            return answer;
        };
        if !is_processing(document) {
            return answer;
        }
        let (sender, mut settled) = oneshot::channel();
        let (instructions, response) = (self.clone(), waiting.0.clone());
        request_id::spawn(async move {
            let body = instructions.carry_out(org, transaction, &response).await;
            // A caller that went away does not want to know.
            drop(sender.send(body));
        });
        let body = match tokio::time::timeout(self.inline_wait, &mut settled).await {
            Ok(body) => body,
            Err(_) if waiting.take_response() => return answer,
            // The settlement that answers this request is in the journal's hands.
            Err(_) => settled.await,
        };
        match body {
            Ok(Some(body)) if matches!(answer, Answer::Created(_)) => Answer::Created(body),
            Ok(Some(body)) => Answer::Done(body),
            Ok(None) | Err(_) => answer,
        }
    }

    /// Has the instruction of a transaction carried out that nobody waits for, if it is processing
    /// from now on.
    pub fn tell_acquirer(self: &Arc<Self>, org: i64, record: &TransactionRecord) {
        if record.row.status != TransactionStatus::Processing {
            return;
        }
        let (instructions, transaction) = (self.clone(), record.row.id);
        request_id::spawn(async move {
            let response = Arc::default();
            instructions.carry_out(org, transaction, &response).await;
        });
    }

    /// Sends a new instruction and commits what became of it; the transaction as it is then, if
    /// anything was committed.
    async fn carry_out(
        &self,
        org: i64,
        transaction: Uuid,
        response: &FirstResponse,
    ) -> Option<Document> {
        let _claim = self.at_work.claim(transaction)?;
        let Ok(_call) = self.calls.try_acquire() else {
            let transaction = TransactionId(transaction);
            tracing::warn!(%transaction, "too many calls to the acquirer; this one is made when it is due");
            return None;
        };
        let open = self
            .open(transaction)
            .await
            .inspect_err(|error| log_deferred(transaction, error));
        let instructed = open.ok()??;
        let verdict = self.instruct(&instructed.instruction).await;
        let outcome = match verdict {
            // A notification tells, or an enquiry when the transaction is due.
            Ok(Verdict::Pending) => return None,
            verdict => self.outcome(verdict, instructed.attempts),
        };
        let right = take(response);
        let scope = right
            .as_ref()
            .and_then(|right| right.0.as_ref())
            .map(Claim::key);
        let settled = self.settle(org, transaction, outcome, scope).await;
        // The key is free again from here on, when every repetition gets the committed answer.
        drop(right);
        settled
            .inspect_err(|error| log_deferred(transaction, error))
            .ok()
    }

    /// Transactions whose acquirer has to be asked by now, and those that wait for longer than
    /// anything does, since a clock that was ahead has said when.
    pub(super) async fn due(&self, limit: i64) -> Result<Vec<Uuid>, Error> {
        let now = self.clock.now();
        let mut due = store::due_instructions(&self.db, now, limit).await?;
        if let Some(longest) = self.longest_wait(now) {
            due.extend(store::ahead_instructions(&self.db, longest, limit).await?);
        }
        Ok(due)
    }

    /// Until when anything waits, where the clock can be trusted: as long as it cannot, nothing
    /// that is asked can be committed.
    fn longest_wait(&self, now: Timestamp) -> Option<Timestamp> {
        let clock = self.journal.clock();
        // Clocks of nodes differ, and no further.
        let longest = LONGEST_WAIT
            .saturating_mul(SECOND)
            .saturating_add(clock.max_step());
        clock.check().ok().map(|()| now.plus(longest))
    }

    fn is_due(&self, at: Timestamp) -> bool {
        let now = self.clock.now();
        at <= now || self.longest_wait(now).is_some_and(|longest| at > longest)
    }

    /// Claims a transaction, unless this process is at work on it.
    pub(super) fn claim(&self, transaction: Uuid) -> Option<Claim<Uuid>> {
        self.at_work.claim(transaction)
    }

    /// Asks what became of an instruction that is due, sends it again, under its own id, where it
    /// never arrived, and commits what was learnt.
    pub(super) async fn ask(&self, claim: Claim<Uuid>) {
        let transaction = claim.key();
        let asked = self.enquire_about(transaction).await;
        if let Err(error) = asked {
            log_deferred(transaction, &error);
        }
    }

    async fn enquire_about(&self, transaction: Uuid) -> Result<(), Error> {
        // Read under the claim: since it was listed, somebody may have settled it or asked.
        let due = self
            .open(transaction)
            .await?
            .filter(|found| found.due_at.is_some_and(|at| self.is_due(at)));
        let Some(StoredInstruction {
            org,
            instruction,
            attempts,
            ..
        }) = due
        else {
            return Ok(());
        };
        let verdict = match self.enquire(&instruction).await {
            // While the answer was awaited, operators may have decided that no money moved: then
            // none must.
            Ok(Verdict::Unknown) if self.open(transaction).await?.is_none() => return Ok(()),
            Ok(Verdict::Unknown) => self.instruct(&instruction).await,
            verdict => verdict,
        };
        let outcome = self.outcome(verdict, attempts);
        if outcome == (Outcome::Unknown { ask_at: None }) {
            tracing::warn!(transaction = %instruction.id, attempts = MOST_ATTEMPTS, "parked: two operators have to resolve it");
        }
        self.settle(org, transaction, outcome, None)
            .await
            .map(|_| ())
    }

    /// The instruction of a transaction whose outcome the acquirer is still asked for.
    async fn open(&self, transaction: Uuid) -> Result<Option<StoredInstruction>, Error> {
        let found = store::instruction(&self.db, transaction).await?;
        Ok(found.filter(|found| found.due_at.is_some()))
    }

    /// Takes in what the acquirer tells on its own accord. What cannot concern any transaction is
    /// passed over.
    ///
    /// # Errors
    /// A fault, after which the same may be told again.
    pub(crate) async fn take_in(&self, notification: Notification) -> Result<(), Error> {
        let outcome = match notification.verdict {
            Verdict::Approved => Outcome::Completed,
            Verdict::Declined(failure) => Outcome::Failed(failure),
            Verdict::Pending | Verdict::Unknown => return Ok(()),
        };
        let transaction = notification.id.uuid();
        let Some(instructed) = store::instruction(&self.db, transaction).await? else {
            tracing::info!(transaction = %notification.id, "a notification named no instruction of ours");
            return Ok(());
        };
        match self
            .settle(instructed.org, transaction, outcome, None)
            .await
        {
            Err(Error::Refused(refused)) => {
                tracing::warn!(transaction = %notification.id, %refused, "a notification was refused");
                Ok(())
            }
            settled => settled.map(|_| ()),
        }
    }

    /// What notifications over HTTP are signed with; `None` where none are taken.
    pub(crate) const fn notification_key(&self) -> Option<&NotificationKey> {
        self.notification_key.as_ref()
    }

    /// The notifications of a connector in this process, for one listener at a time.
    pub(super) const fn notifications(
        &self,
    ) -> &tokio::sync::Mutex<UnboundedReceiver<Notification>> {
        &self.notifications
    }

    async fn instruct(&self, instruction: &Instruction) -> Result<Verdict, Unanswered> {
        let answer = tokio::time::timeout(self.timeout, self.acquirer.instruct(instruction)).await;
        let answer = match answer.unwrap_or(Err(Unanswered::TimedOut)) {
            // What was just sent cannot be unknown.
            Ok(Verdict::Unknown) => Err(Unanswered::Garbled(
                "it does not know what it was just told".to_owned(),
            )),
            answer => answer,
        };
        answer.inspect_err(|error| log_unanswered(instruction, error))
    }

    async fn enquire(&self, instruction: &Instruction) -> Result<Verdict, Unanswered> {
        let answer = tokio::time::timeout(self.timeout, self.acquirer.enquire(instruction)).await;
        answer
            .unwrap_or(Err(Unanswered::TimedOut))
            .inspect_err(|error| log_unanswered(instruction, error))
    }

    /// What an answer means for a transaction that was asked about `attempts` times before.
    fn outcome(&self, verdict: Result<Verdict, Unanswered>, attempts: i64) -> Outcome {
        match verdict {
            Ok(Verdict::Approved) => Outcome::Completed,
            Ok(Verdict::Declined(failure)) => Outcome::Failed(failure),
            Ok(Verdict::Pending | Verdict::Unknown) | Err(_) => Outcome::Unknown {
                ask_at: ask_at(self.clock.now(), attempts),
            },
        }
    }

    async fn settle(
        &self,
        org: i64,
        transaction: Uuid,
        outcome: Outcome,
        answers: Option<u128>,
    ) -> Result<Document, Error> {
        let command = Command {
            org,
            actor: Actor::Acquirer,
            idempotency: None,
            request_id: request_id::current(),
            operation: Operation::Settle {
                transaction,
                id: self.ids.next(),
                outcome,
                answers,
            },
        };
        match self.journal.submit(command).await? {
            Answer::Done(document) => Ok(document),
            Answer::Refused(refused) => Err(refused.into()),
            Answer::Created(_) | Answer::Ledger(_) | Answer::Accounts(_) | Answer::Replayed(_) => {
                Err(Fault::Internal.into())
            }
        }
    }
}

/// Whether the acquirer is to be told of a transaction.
fn is_processing(document: &Document) -> bool {
    match document {
        Document::Transaction(record) => record.row.status == TransactionStatus::Processing,
        Document::Text(_) => false,
    }
}

/// When to ask again after one more attempt without an answer; `None` after the last.
fn ask_at(now: Timestamp, attempts: i64) -> Option<Timestamp> {
    if attempts + 1 >= MOST_ATTEMPTS {
        return None;
    }
    let last = BACKOFF[BACKOFF.len() - 1];
    let seconds = usize::try_from(attempts)
        .ok()
        .and_then(|attempts| BACKOFF.get(attempts));
    Some(now.plus(seconds.unwrap_or(&last).saturating_mul(SECOND)))
}

fn log_unanswered(instruction: &Instruction, error: &Unanswered) {
    tracing::warn!(transaction = %instruction.id, %error, "the acquirer gave no answer");
}

/// The row stays due: the next sweep, here or on another node, takes it up.
fn log_deferred(transaction: Uuid, error: &Error) {
    let transaction = TransactionId(transaction);
    if matches!(error, Error::Journal(Fault::Closing)) {
        tracing::info!(%transaction, "left to the next start");
    } else {
        tracing::warn!(%transaction, %error, "not settled now; it is asked about again when it is due");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_acquirer_is_asked_ten_times_at_growing_distances() {
        let now = Timestamp(1_000);
        let seconds =
            |attempts| ask_at(now, attempts).map(|at| (at.micros() - now.micros()) / SECOND);
        let asked: Vec<_> = (0..11).map(seconds).collect();
        let hour = Some(3_600);
        assert_eq!(
            asked,
            [
                Some(5),
                Some(30),
                Some(120),
                Some(600),
                hour,
                hour,
                hour,
                hour,
                hour,
                None,
                None
            ]
        );
    }
}
