//! Cases of transactions: they open where payments tells that one waits for somebody, and end with
//! what became of it.

use contracts::identity::OrgId;
use contracts::payments::{TransactionId, TransactionStatus};
use contracts::risk::{RiskDecision, RiskOutcome};
use db::Tx;
use money::{Amount, Currency};

use crate::cases::priority::priority;
use crate::cases::{Automatic, Cases, Opening, Queue, store};
use crate::decisions::read;
use crate::decisions::store::{self as decisions, DecisionRow};
use crate::error::Error;
use crate::feeds::told::Transaction;

/// The queue in which a transaction of this status has a case.
const fn queue_of(status: TransactionStatus) -> Option<Queue> {
    match status {
        TransactionStatus::InReview => Some(Queue::Transactions),
        TransactionStatus::Unresolved => Some(Queue::Unresolved),
        TransactionStatus::RequiresVerification
        | TransactionStatus::Authorised
        | TransactionStatus::Processing
        | TransactionStatus::Completed
        | TransactionStatus::Failed
        | TransactionStatus::Cancelled
        | TransactionStatus::Expired
        | TransactionStatus::Reversed => None,
    }
}

/// What ends the case of a transaction in review that nobody has decided about through it.
const fn ended_by(status: TransactionStatus) -> Automatic {
    match status {
        TransactionStatus::Failed => Automatic::TransactionDeclined,
        TransactionStatus::Cancelled => Automatic::TransactionCancelled,
        TransactionStatus::Expired => Automatic::TransactionExpired,
        TransactionStatus::RequiresVerification
        | TransactionStatus::InReview
        | TransactionStatus::Authorised
        | TransactionStatus::Processing
        | TransactionStatus::Unresolved
        | TransactionStatus::Completed
        | TransactionStatus::Reversed => Automatic::TransactionApproved,
    }
}

impl Cases {
    /// The feed of payments tells of a transaction, for the first time.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn transaction_moved(
        &self,
        tx: &mut Tx,
        made: &Transaction,
    ) -> Result<(), Error> {
        let waits_in = queue_of(made.status);
        if !made.is_new {
            for queue in [Queue::Transactions, Queue::Unresolved] {
                if waits_in != Some(queue) {
                    self.transaction_left(tx, made, queue).await?;
                }
            }
        }
        let Some(queue) = waits_in else {
            return Ok(());
        };
        let (org, subject) = (made.org, made.id.to_string());
        if store::open_one(tx, org, queue, &subject).await?.is_some() {
            // The proposal of a first operator, for instance.
            return Ok(());
        }
        let known = decisions::of_transaction(tx, org, made.id).await?;
        match known {
            Some(known) => self.open_for(tx, queue, &known).await,
            None => Err(Error::Row("decisions")),
        }
    }

    /// A transaction does not wait in a queue any more.
    async fn transaction_left(
        &self,
        tx: &mut Tx,
        made: &Transaction,
        queue: Queue,
    ) -> Result<(), Error> {
        let subject = made.id.to_string();
        let at = (made.org, queue, subject.as_str());
        if queue == Queue::Unresolved {
            let outcome = Automatic::TransactionResolved;
            self.close_by_evidence(tx, at, outcome).await?;
            return Ok(());
        }
        let Some(case) = self.case_of(tx, at).await? else {
            return Ok(());
        };
        if let Some(under_way) = &case.under_way {
            let (decision, first) = (&under_way.decision, under_way.proposed_by);
            let word = decision.transaction;
            if word.is_some_and(|word| word.is_what_became(made.status)) {
                self.finish(tx, &case.row, decision, first).await?;
                return Ok(());
            }
        }
        self.end_by_itself(tx, &case.row, ended_by(made.status))
            .await?;
        Ok(())
    }

    /// Opens the case of a transaction that waits.
    pub(crate) async fn open_for(
        &self,
        tx: &mut Tx,
        queue: Queue,
        known: &DecisionRow,
    ) -> Result<(), Error> {
        let decision: Option<RiskDecision> = read(known.decision.as_deref())?;
        let currency = known.currency.as_deref().map(Currency::from_code);
        let currency = currency.transpose().map_err(|_| Error::Row("decisions"))?;
        let amount = known.amount_minor.zip(currency);
        let id = TransactionId(known.transaction_id);
        let of = amount.map(|(minor, currency)| {
            format!(
                "{} {}",
                Amount::from_minor(minor, currency),
                currency.code()
            )
        });
        let of = of.unwrap_or_else(|| id.to_string());
        let title = match queue {
            Queue::Unresolved => format!("Unresolved: {of}"),
            Queue::Transactions | Queue::Sanctions | Queue::Kyc => format!("In review: {of}"),
        };
        let opening = Opening {
            org: OrgId(known.org),
            queue,
            subject: id.to_string(),
            title,
            // Of an unresolved one, how long it waits and how much it is say how urgent that is.
            priority: 0,
            amount,
            evidence: Vec::new(),
            people: Vec::new(),
        };
        if queue == Queue::Unresolved {
            self.open_or_join(tx, opening).await?;
            return Ok(());
        }
        let risk = decision.as_ref().map(|it| i64::from(it.score));
        let needs_two = decision.is_some_and(|it| it.needs_two);
        self.open_with(tx, opening, (risk, needs_two)).await?;
        Ok(())
    }

    /// What risk has decided about a transaction is written: where its case came first, that learns
    /// of it now.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn assessed(
        &self,
        tx: &mut Tx,
        (org, transaction): (OrgId, TransactionId),
        decision: &RiskDecision,
    ) -> Result<(), Error> {
        if decision.outcome != RiskOutcome::Review {
            return Ok(());
        }
        let subject = transaction.to_string();
        let at = (org, Queue::Transactions, subject.as_str());
        let Some(case) = self.case_of(tx, at).await? else {
            return Ok(());
        };
        let (now, risk) = (self.clock.now(), i64::from(decision.score).clamp(0, 100));
        let stake = (case.stake(), self.limit);
        let to = priority(Some(risk), stake, case.times(), now);
        let known = (risk, decision.needs_two, to);
        if store::assessed(tx, case.row.id, known).await? {
            self.rose(tx, &case.row, to, now).await?;
        }
        Ok(())
    }
}
