//! How cases end: by a decision, or by themselves once their evidence is there; and what follows
//! for rules, and for what is known of people.

use std::collections::BTreeSet;

use contracts::identity::{OrgId, UserId};
use contracts::payments::TransactionId;
use contracts::risk::RiskDecision;
use db::Tx;
use risk_core::rules::Answer;
use serde_json::json;
use values::Timestamp;

use crate::cases::case::{Case, Decision};
use crate::cases::opening::Cases;
use crate::cases::queue::{Automatic, Queue, Verdict};
use crate::cases::store::{self, CaseRow, NewEnd, NewEvent};
use crate::decisions::{Kept, read, store as decisions};
use crate::error::Error;
use crate::rules::store as rules;

impl Cases {
    /// Ends a case by a decision that counts; false where it has ended.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn finish(
        &self,
        tx: &mut Tx,
        row: &CaseRow,
        decision: &Decision,
        proposed_by: Option<UserId>,
    ) -> Result<bool, Error> {
        let now = self.clock.now();
        let end = NewEnd {
            outcome: decision.outcome.as_str(),
            reason: &decision.reason,
            note: &decision.note,
            proposed_by,
            decided_by: decision.by,
            at: now,
        };
        if !store::close(tx, row.id, end).await? {
            return Ok(false);
        }
        let words = json!({
            "outcome": decision.outcome, "reason": decision.reason, "note": decision.note,
            "transaction": decision.transaction, "proposed_by": proposed_by,
        });
        let event = NewEvent::by(decision.by.uuid(), "decided").to(&words)?;
        self.note(tx, row.id, event, now).await?;
        self.follow(tx, row, decision.outcome, (1, now)).await?;
        Ok(true)
    }

    /// What a decision means for others, or, where its case is reopened, no longer means: 1 or -1
    /// at the time when it counted. In the transaction of the decision.
    pub(crate) async fn follow(
        &self,
        tx: &mut Tx,
        row: &CaseRow,
        outcome: Verdict,
        (sign, at): (i64, Timestamp),
    ) -> Result<(), Error> {
        let confirmed = i64::from(outcome == Verdict::Confirmed);
        for rule in rules_that_hit(tx, row).await? {
            let counts = (sign, sign * confirmed);
            store::count_outcome(tx, row.org, &rule, at.day(), counts).await?;
        }
        if outcome == Verdict::Confirmed {
            // Nodes read anew whom a case was confirmed about.
            rules::change(tx, OrgId(row.org)).await?;
        }
        Ok(())
    }

    /// Ends the open case of a subject in a queue, whose evidence is there; whether there was one.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn close_by_evidence(
        &self,
        tx: &mut Tx,
        (org, queue, subject): (OrgId, Queue, &str),
        outcome: Automatic,
    ) -> Result<bool, Error> {
        match store::open_one(tx, org, queue, subject).await? {
            Some(row) => self.end_by_itself(tx, &row, outcome).await,
            None => Ok(false),
        }
    }

    pub(crate) async fn end_by_itself(
        &self,
        tx: &mut Tx,
        row: &CaseRow,
        outcome: Automatic,
    ) -> Result<bool, Error> {
        let now = self.clock.now();
        if !store::close_automatically(tx, row, outcome, now).await? {
            return Ok(false);
        }
        let event = NewEvent::by_itself("closed").to(&outcome.as_str())?;
        self.note(tx, row.id, event, now).await?;
        Ok(true)
    }

    /// The case as decisions are judged by it.
    pub(crate) async fn case_of(
        &self,
        tx: &mut Tx,
        (org, queue, subject): (OrgId, Queue, &str),
    ) -> Result<Option<Case>, Error> {
        let row = store::open_one(tx, org, queue, subject).await?;
        row.map(Case::try_from).transpose()
    }
}

/// The rules that have hit where the transaction of a case was assessed: those in shadow, too.
async fn rules_that_hit(tx: &mut Tx, row: &CaseRow) -> Result<BTreeSet<String>, Error> {
    let Some(transaction) = row.transaction_id.map(TransactionId) else {
        return Ok(BTreeSet::new());
    };
    let known = decisions::of_transaction(tx, OrgId(row.org), transaction).await?;
    let Some(known) = known else {
        return Ok(BTreeSet::new());
    };
    if let Some(kept) = read::<Kept>(known.facts.as_deref())? {
        let hits = kept.rules.into_iter().filter(|it| it.answer == Answer::Hit);
        return Ok(hits.map(|it| it.rule).collect());
    }
    let decision: Option<RiskDecision> = read(known.decision.as_deref())?;
    let factors = decision.map(|it| it.factors).unwrap_or_default();
    Ok(factors.into_iter().map(|factor| factor.code).collect())
}
