//! What risk decided about a transaction, as it is kept with it: JSON text that never changes, one
//! of the transaction's terms. It decides nothing about risk.

use std::sync::Arc;

use contracts::identity::UserId;
use contracts::payments::TransactionStatus;
use contracts::risk::{DecisionId, RiskDecision, RiskFactor, RiskLevel, RiskOutcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A decision of risk with what follows from it for the transaction: the text as it is stored, byte
/// for byte, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    text: Arc<str>,
    said: Arc<Said>,
}

/// What the text says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    decision: RiskDecision,
    /// How long the transaction may wait for a code or an operator, in µs.
    waits: i64,
    /// For a payment with manual capture that has to wait before: how long the money is held from
    /// when it goes on, in µs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold_for: Option<i64>,
}

impl Assessment {
    /// A decision about a transaction, which may wait for so many µs where it has to; for a payment
    /// with manual capture with how long its money is held afterwards.
    #[must_use]
    pub fn new(decision: RiskDecision, waits: i64, hold_for: Option<i64>) -> Self {
        let said = Said {
            decision,
            waits,
            hold_for,
        };
        // Numbers and texts always serialise.
        let text = serde_json::to_string(&said).unwrap_or_default();
        Self {
            text: text.into(),
            said: Arc::new(said),
        }
    }

    /// One that was stored.
    ///
    /// # Errors
    /// The text is no decision that this version understands.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        let said = serde_json::from_str(text)?;
        Ok(Self {
            text: text.into(),
            said: Arc::new(said),
        })
    }

    /// The text, as it is stored.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What was decided.
    #[must_use]
    pub fn decision(&self) -> &RiskDecision {
        &self.said.decision
    }

    /// The status in which the transaction begins, where that is not its own affair.
    #[must_use]
    pub fn begins_as(&self) -> Option<TransactionStatus> {
        match self.said.decision.outcome {
            RiskOutcome::Approve => None,
            RiskOutcome::StepUp => Some(TransactionStatus::RequiresVerification),
            RiskOutcome::Review => Some(TransactionStatus::InReview),
            RiskOutcome::Decline => Some(TransactionStatus::Failed),
        }
    }

    /// Whether the transaction has to wait first, for a code or for an operator.
    #[must_use]
    pub fn has_to_wait(&self) -> bool {
        self.begins_as().is_some_and(waits)
    }

    /// Whether the transaction was declined at once: it never touched the ledger.
    #[must_use]
    pub fn is_declined(&self) -> bool {
        self.said.decision.outcome == RiskOutcome::Decline
    }

    /// How long it may wait, in µs.
    #[must_use]
    pub fn waits(&self) -> i64 {
        self.said.waits
    }

    /// For a payment with manual capture: how long the money is held from when it goes on, in µs.
    #[must_use]
    pub fn hold_for(&self) -> Option<i64> {
        self.said.hold_for
    }
}

/// Whether a transaction of this status waits for a code or for an operator.
#[must_use]
pub const fn waits(status: TransactionStatus) -> bool {
    matches!(
        status,
        TransactionStatus::RequiresVerification | TransactionStatus::InReview
    )
}

/// What risk decided, as far as the reader may know it: who made the transaction learns how great
/// the risk is, and operators why.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RiskView {
    /// How great the risk is.
    pub level: RiskLevel,
    /// The id of the decision; for operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionId>,
    /// What was decided; for operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<RiskOutcome>,
    /// The sum of all points; for operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<i32>,
    /// Why, the heaviest first; for operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factors: Option<Vec<RiskFactor>>,
    /// The version of the rules that were asked, 0 where risk could not answer; for operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_set: Option<i64>,
    /// Whether a review takes two operators; for operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_two: Option<bool>,
    /// What one of them has proposed, while it is in review; for operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<ReviewProposal>,
}

/// What an operator has proposed about a transaction in review: a second one who says the same
/// decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReviewProposal {
    /// Whether it may pass.
    pub approve: bool,
    /// Who has proposed it.
    pub by: UserId,
}

impl ReviewProposal {
    /// What the row of a transaction says of it; none where nothing is proposed, or it is not in
    /// review.
    #[must_use]
    pub fn of(status: TransactionStatus, proposal: Option<&str>) -> Option<Self> {
        let in_review = status == TransactionStatus::InReview;
        let proposal = proposal.filter(|_| in_review)?;
        let (word, by) = proposal.split_once(' ')?;
        Some(Self {
            approve: word == APPROVED,
            by: by.parse().ok()?,
        })
    }
}

/// What is proposed in the row of a transaction in review: that it may pass.
pub(crate) const APPROVED: &str = "approved";
/// That it may not.
pub(crate) const DECLINED: &str = "declined";

impl RiskView {
    /// As who made the transaction sees it.
    #[must_use]
    pub const fn of_maker(decision: &RiskDecision) -> Self {
        Self {
            level: decision.level,
            decision: None,
            outcome: None,
            score: None,
            factors: None,
            rule_set: None,
            needs_two: None,
            proposed: None,
        }
    }

    /// As operators see it, with what is proposed.
    #[must_use]
    pub fn of_operator(decision: &RiskDecision, proposed: Option<ReviewProposal>) -> Self {
        Self {
            level: decision.level,
            decision: Some(decision.id),
            outcome: Some(decision.outcome),
            score: Some(decision.score),
            factors: Some(decision.factors.clone()),
            rule_set: Some(decision.rule_set),
            needs_two: Some(decision.needs_two),
            proposed,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn decision(outcome: RiskOutcome) -> RiskDecision {
        RiskDecision {
            id: DecisionId(Uuid::from_u128(5)),
            outcome,
            score: 80,
            level: RiskLevel::High,
            factors: vec![RiskFactor {
                code: "amount_over_5000".to_owned(),
                points: 30,
                detail: "The amount is 15,000.00 USD.".to_owned(),
            }],
            rule_set: 3,
            needs_two: true,
            took_us: 40,
        }
    }

    #[test]
    fn what_is_stored_is_read_again_byte_for_byte() {
        let written = Assessment::new(decision(RiskOutcome::Review), 9, Some(7));
        let read = Assessment::read(written.text()).unwrap();
        assert_eq!(read, written);
        assert_eq!((read.waits(), read.hold_for()), (9, Some(7)));
        assert_eq!(read.decision(), &decision(RiskOutcome::Review));
        assert!(Assessment::read("{}").is_err());
    }

    #[test]
    fn what_was_decided_says_how_the_transaction_begins() {
        for (outcome, status, waits) in [
            (RiskOutcome::Approve, None, false),
            (
                RiskOutcome::StepUp,
                Some(TransactionStatus::RequiresVerification),
                true,
            ),
            (RiskOutcome::Review, Some(TransactionStatus::InReview), true),
            (RiskOutcome::Decline, Some(TransactionStatus::Failed), false),
        ] {
            let assessment = Assessment::new(decision(outcome), 9, None);
            assert_eq!(assessment.begins_as(), status, "{outcome:?}");
            assert_eq!(assessment.has_to_wait(), waits, "{outcome:?}");
            let declined = outcome == RiskOutcome::Decline;
            assert_eq!(assessment.is_declined(), declined, "{outcome:?}");
        }
    }

    #[test]
    fn only_operators_learn_why() {
        let text = |view| serde_json::to_string(&view).unwrap();
        let decision = decision(RiskOutcome::StepUp);
        assert_eq!(text(RiskView::of_maker(&decision)), r#"{"level":"high"}"#);
        let seen = text(RiskView::of_operator(&decision, None));
        assert!(seen.contains(r#""code":"amount_over_5000""#), "{seen}");
    }
}
