//! Decisions about cases. What moves money is done by payments: the decision is written down first,
//! so that two are never carried out, then payments is asked, and then the case ends. Where a node
//! stops in between, [`Service::sweep_cases`] goes on, or the feed tells that it was done.

use contracts::identity::{OperatorAction, OrgId, Permission, UserId};
use contracts::payments::{TransactionId, TransactionStatus};
use contracts::risk::{NotReviewed, Review, Reviewed};
use db::Tx;
use serde_json::json;
use uuid::Uuid;

use crate::cases::case::{Case, Decision, Step, UnderWay, Word};
use crate::cases::error::CaseError;
use crate::cases::queue::{Queue, Verdict};
use crate::cases::store::{self, NewEvent, acts};
use crate::cases::{CaseId, long_text};
use crate::decisions::store as decisions;
use crate::error::Error;
use crate::service::Service;
use crate::trail::Who;

/// The most characters of a note.
const LONGEST_NOTE: usize = 2_000;

/// A decision as it is sent.
#[derive(Debug)]
pub(crate) struct NewDecision {
    pub(crate) outcome: Verdict,
    pub(crate) reason: String,
    pub(crate) note: String,
    pub(crate) transaction: Option<Word>,
}

/// What asking payments has come to.
enum Asked {
    /// The transaction is decided.
    Decided,
    /// Payments wants a second operator, too.
    Proposed,
}

impl Service {
    /// An operator decides about a case.
    ///
    /// # Errors
    /// [`CaseError`].
    pub(crate) async fn decide_case(
        &self,
        who: Who<'_>,
        id: CaseId,
        new: NewDecision,
    ) -> Result<Case, CaseError> {
        long_text(&new.note, 0, LONGEST_NOTE)?;
        let decision = Decision {
            outcome: new.outcome,
            reason: new.reason,
            note: new.note,
            transaction: new.transaction,
            by: who.0.user,
            at: self.clock.now(),
        };
        let mut tx = self.db.begin().await?;
        let case = self.case_in(&mut tx, who.0.org, id).await?;
        let people = store::people(&mut tx, id.uuid()).await?;
        let people: Vec<Uuid> = people.into_iter().map(|(user, _)| user).collect();
        let waits = self.waits(&mut tx, &case).await?;
        let step = case.judge(&decision, (waits, self.cases.limit), &people)?;
        match step {
            Step::Done => {
                drop(tx);
                return self.case(who.0.org, id).await;
            }
            Step::Propose => {
                let needs_two = case.row.needs_two != 0;
                self.propose(&mut tx, &case, &decision, needs_two).await?;
                tx.commit().await?;
                let action = OperatorAction::CaseProposed;
                self.record(who, action, id.to_string()).await;
            }
            Step::CarryOut { proposed_by } => {
                let done = self.carry_out(tx, &case, &decision, proposed_by).await;
                if matches!(done, Ok(()) | Err(CaseError::PaymentsAway)) {
                    let action = OperatorAction::CaseDecided;
                    self.record(who, action, id.to_string()).await;
                }
                done?;
            }
        }
        self.case(who.0.org, id).await
    }

    /// Whether the transaction of a case waits for its decision.
    async fn waits(&self, tx: &mut Tx, case: &Case) -> Result<bool, Error> {
        let transaction = case.row.transaction_id.map(TransactionId);
        let Some(transaction) = transaction.filter(|_| case.queue == Queue::Transactions) else {
            return Ok(false);
        };
        let org = OrgId(case.row.org);
        let known = decisions::of_transaction(tx, org, transaction).await?;
        let status = known.and_then(|row| row.status);
        Ok(status == Some(TransactionStatus::InReview.number()))
    }

    async fn propose(
        &self,
        tx: &mut Tx,
        case: &Case,
        decision: &Decision,
        needs_two: bool,
    ) -> Result<(), CaseError> {
        let json = serde_json::to_string(decision).map_err(|_| Error::Row("cases"))?;
        if !acts::propose(tx, &case.row, json, (decision.by, needs_two)).await? {
            return Err(CaseError::Changed);
        }
        let words = json!({
            "outcome": decision.outcome, "reason": decision.reason, "note": decision.note,
            "transaction": decision.transaction,
        });
        let event = NewEvent::by(decision.by.uuid(), "proposed").to(&words)?;
        let now = self.clock.now();
        Ok(self.cases.note(tx, case.row.id, event, now).await?)
    }

    async fn carry_out(
        &self,
        mut tx: Tx,
        case: &Case,
        decision: &Decision,
        proposed_by: Option<UserId>,
    ) -> Result<(), CaseError> {
        let under_way = UnderWay {
            decision: decision.clone(),
            proposed_by,
            since: self.clock.now(),
        };
        let json = serde_json::to_string(&under_way).map_err(|_| Error::Row("cases"))?;
        // Of two at once one comes first; the other sees another revision.
        if !acts::begin_decision(&mut tx, &case.row, json).await? {
            return Err(CaseError::Changed);
        }
        if decision.transaction.is_none() {
            let cases = &self.cases;
            if !cases
                .finish(&mut tx, &case.row, decision, proposed_by)
                .await?
            {
                return Err(CaseError::Changed);
            }
            self.decide_match_of(&mut tx, case, decision).await?;
            tx.commit().await?;
            // What follows for payments is in force here at once.
            return Ok(self.refresh().await?);
        }
        tx.commit().await?;
        self.end_with_payments(case, &under_way).await
    }

    /// Has payments do what was decided, and ends the case.
    ///
    /// # Errors
    /// [`CaseError`]; where payments does not answer, the decision stays under way.
    pub(crate) async fn end_with_payments(
        &self,
        case: &Case,
        under_way: &UnderWay,
    ) -> Result<(), CaseError> {
        let asked = self.ask_payments(case, under_way).await;
        let mut tx = self.db.begin().await?;
        let id = CaseId(case.row.id);
        let org = OrgId(case.row.org);
        let now = self.case_in(&mut tx, org, id).await?;
        let (decision, first) = (&under_way.decision, under_way.proposed_by);
        let is_ours = now.under_way.as_ref() == Some(under_way);
        match asked {
            Ok(Asked::Decided) => {
                // Where the feed was faster, the case has ended with this decision.
                self.cases
                    .finish(&mut tx, &now.row, decision, first)
                    .await?;
                Ok(tx.commit().await?)
            }
            Ok(Asked::Proposed) if is_ours => {
                self.propose(&mut tx, &now, decision, true).await?;
                Ok(tx.commit().await?)
            }
            Err(error @ (CaseError::OwnCase | CaseError::Refused(_))) if is_ours => {
                acts::end_decision(&mut tx, &now.row).await?;
                tx.commit().await?;
                Err(error)
            }
            Ok(Asked::Proposed) => Ok(()),
            // Not in review: the feed tells what became of it, which ends the case.
            Err(error) => Err(error),
        }
    }

    /// Asks payments in the name of those who have decided: of the last one, and where payments
    /// wants two, of the one who has proposed it.
    async fn ask_payments(&self, case: &Case, under_way: &UnderWay) -> Result<Asked, CaseError> {
        let decision = &under_way.decision;
        self.nobody_is_confirmed(case, decision).await?;
        let reviews = self.reviews.get().ok_or(CaseError::PaymentsAway)?;
        let transaction = case.row.transaction_id.ok_or(Error::Row("cases"))?;
        let mut came_to = Err(CaseError::OwnCase);
        for by in [Some(decision.by), under_way.proposed_by]
            .into_iter()
            .flatten()
        {
            let review = Review {
                org: OrgId(case.row.org),
                transaction: TransactionId(transaction),
                by,
                approve: decision.transaction == Some(Word::Approve),
                reason: reason(decision),
            };
            came_to = match reviews.review(&review).await {
                Ok(Reviewed::Decided) => return Ok(Asked::Decided),
                Ok(Reviewed::Proposed) => Ok(Asked::Proposed),
                Err(NotReviewed::NotYours) => came_to,
                Err(NotReviewed::NotWaiting) => return Err(CaseError::NotInReview),
                Err(NotReviewed::Refused(why)) => return Err(CaseError::Refused(why)),
                Err(NotReviewed::Unavailable(error)) => {
                    let case = CaseId(case.row.id);
                    tracing::warn!(%error, %case, "payments has not carried out a decision yet");
                    return Err(CaseError::PaymentsAway);
                }
            };
        }
        came_to
    }
}

/// Why, as payments keeps it: the code, and the words of the operator as one text of 500
/// characters.
pub(crate) fn reason(decision: &Decision) -> String {
    let text = match decision.note.is_empty() {
        true => decision.reason.clone(),
        false => format!("{}: {}", decision.reason, decision.note),
    };
    text.chars().take(500).collect()
}

/// What somebody has to be allowed beside work on cases, to decide one of a queue.
pub(crate) const fn also_needed(queue: Queue) -> Option<Permission> {
    match queue {
        Queue::Transactions => Some(Permission::TransactionsResolve),
        Queue::Sanctions => Some(Permission::ScreeningDecide),
        Queue::Kyc | Queue::Unresolved => None,
    }
}
