//! Transactions as documents: how one looks now, and how it looked after any of its events. An
//! event holds only what neither its own columns nor the transaction's terms, which never change,
//! tell of it. It reads and writes no rows.

use std::sync::Arc;

use contracts::payments::{TransactionStatus, TransactionType};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use values::Timestamp;

use crate::refund_request::RefundRequest;
use crate::transaction::{Failure, Transaction, TransactionView};

/// A transaction with the ids of its wallets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionRecord {
    /// The transaction.
    pub row: Arc<Transaction>,
    /// The id of the wallet that gives.
    pub from_wallet: Option<Uuid>,
    /// The id of the wallet that receives.
    pub to_wallet: Option<Uuid>,
}

impl TransactionRecord {
    /// As the API shows it.
    #[must_use]
    pub fn view(&self) -> TransactionView {
        TransactionView::new(&self.row, self.from_wallet, self.to_wallet)
    }
}

/// A document to answer with. A transaction becomes text where it is read: the journal's thread has
/// better things to do.
#[derive(Debug, Clone)]
pub enum Document {
    /// JSON text.
    Text(Arc<str>),
    /// A transaction.
    Transaction(TransactionRecord),
}

impl Document {
    /// The JSON text.
    #[must_use]
    pub fn text(&self) -> Arc<str> {
        match self {
            Self::Text(text) => text.clone(),
            Self::Transaction(record) => to_json(&record.view()),
        }
    }
}

/// Two documents are the same where they read the same.
impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Transaction(one), Self::Transaction(other)) if one == other => true,
            _ => self.text() == other.text(),
        }
    }
}

/// A view of strings and numbers always serialises.
#[must_use]
pub fn to_json<T: Serialize>(view: &T) -> Arc<str> {
    serde_json::to_string(view).unwrap_or_default().into()
}

/// What the data of an event say of its transaction: where it differs from what one would expect of
/// its status and time. Most say nothing, `{}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EventData {
    /// Minor units captured so far; else the amount where the money had moved, or 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    captured: Option<i64>,
    /// Minor units refunded so far; else 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    refunded: Option<i64>,
    /// When the money had moved, µs since 1970; else the time of the event, or never.
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<i64>,
    /// Why it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    /// Whether it should be refunded.
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_request: Option<RefundRequest>,
    /// Until when it waits, or can be captured, µs since 1970. Only of one that had to wait for a
    /// code or an operator: of all others this never changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

impl EventData {
    /// The data that most events have.
    pub const NONE: &str = "{}";

    /// What the event has to say that records a transaction, whose last update it is.
    #[must_use]
    pub fn of(row: &Transaction) -> Self {
        let (captured, completed_at) = expected(row, row.status, row.updated_at);
        Self {
            captured: (row.captured != captured).then_some(row.captured),
            refunded: (row.refunded != 0).then_some(row.refunded),
            completed_at: (row.completed_at != completed_at)
                .then(|| row.completed_at.map_or(NEVER, Timestamp::micros)),
            failure: row.failure.clone(),
            refund_request: row.refund_request(),
            expires_at: row
                .expires_at
                .filter(|_| row.had_to_wait())
                .map(Timestamp::micros),
        }
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The transaction as it was after the event with these data, of which it has the terms.
    #[must_use]
    pub fn apply(
        self,
        row: Transaction,
        status: TransactionStatus,
        time: Timestamp,
    ) -> Transaction {
        let (captured, completed_at) = expected(&row, status, time);
        Transaction {
            status,
            captured: self.captured.unwrap_or(captured),
            refunded: self.refunded.unwrap_or_default(),
            completed_at: match self.completed_at {
                None => completed_at,
                Some(NEVER) => None,
                Some(at) => Some(Timestamp(at)),
            },
            failure: self.failure,
            expires_at: if row.had_to_wait() {
                self.expires_at.map(Timestamp)
            } else {
                row.expires_at
            },
            proposal: match row.kind {
                TransactionType::Payment if status != TransactionStatus::InReview => {
                    let asked = self.refund_request.as_ref();
                    asked.and_then(|asked| serde_json::to_string(asked).ok())
                }
                TransactionType::Payment
                | TransactionType::Transfer
                | TransactionType::Deposit
                | TransactionType::Withdrawal
                | TransactionType::Refund => row.proposal.clone(),
            },
            updated_at: time,
            ..row
        }
    }
}

/// Not a time: the money has not moved, although the status would let one expect it.
const NEVER: i64 = i64::MIN;

/// What is captured, and since when, in most transactions of a status that an event brought at this
/// time.
fn expected(
    terms: &Transaction,
    status: TransactionStatus,
    time: Timestamp,
) -> (i64, Option<Timestamp>) {
    if status == TransactionStatus::Completed {
        (terms.amount, Some(time))
    } else {
        (0, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessment::Assessment;
    use contracts::risk::{DecisionId, RiskDecision, RiskLevel, RiskOutcome};
    use money::Currency;
    use proptest::prelude::*;

    fn risk() -> impl Strategy<Value = Option<Assessment>> {
        use RiskOutcome::{Approve, Decline, Review, StepUp};
        let outcome = proptest::sample::select(vec![Approve, StepUp, Review, Decline]);
        let assessed = outcome.prop_map(|outcome| {
            let decision = RiskDecision {
                id: DecisionId(Uuid::from_u128(5)),
                outcome,
                score: 0,
                level: RiskLevel::Low,
                factors: Vec::new(),
                rule_set: 1,
                needs_two: false,
                took_us: 1,
            };
            Assessment::new(decision, 9, None)
        });
        proptest::option::of(assessed)
    }

    fn transaction() -> impl Strategy<Value = Transaction> {
        let status = proptest::sample::select(TransactionStatus::ALL.to_vec());
        let time = proptest::option::of(1_i64..10);
        let failure = proptest::option::of(Just(Failure {
            code: "card_declined".to_owned(),
            detail: "No.".to_owned(),
        }));
        (
            status,
            1_i64..9,
            0_i64..9,
            0_i64..9,
            1_i64..10,
            (time, proptest::option::of(1_i64..10)),
            failure,
            risk(),
        )
            .prop_map(
                |(status, amount, captured, refunded, updated_at, times, failure, risk)| {
                    let (completed_at, expires_at): (Option<i64>, Option<i64>) = times;
                    Transaction {
                        no: 7,
                        id: Uuid::from_u128(1),
                        org: 1,
                        kind: TransactionType::Payment,
                        status,
                        amount,
                        currency: Currency::from_code("USD").unwrap(),
                        from: None,
                        to: None,
                        from_prev: 0,
                        to_prev: 0,
                        fee: 0,
                        captured,
                        refunded,
                        description: None,
                        external_id: None,
                        metadata: None,
                        original: None,
                        instrument: None,
                        failure,
                        created_by: Uuid::nil(),
                        proposal: None,
                        attempts: 0,
                        due_at: None,
                        last_event: 3,
                        created_at: Timestamp(1),
                        updated_at: Timestamp(updated_at),
                        completed_at: completed_at.map(Timestamp),
                        expires_at: expires_at.map(Timestamp),
                        risk,
                    }
                },
            )
    }

    proptest! {
        #[test]
        fn what_an_event_says_and_its_transaction_today_tell_how_it_was(
            was in transaction(),
            is in transaction(),
        ) {
            let text = serde_json::to_string(&EventData::of(&was)).unwrap();
            let data: EventData = serde_json::from_str(&text).unwrap();
            // The terms are the same ever since.
            let expires_at = if was.had_to_wait() { is.expires_at } else { was.expires_at };
            let risk = was.risk.clone();
            let is = Transaction { amount: was.amount, expires_at, risk, ..is };
            prop_assert_eq!(data.apply(is, was.status, was.updated_at), was);
        }
    }

    #[test]
    fn most_events_have_nothing_to_say() {
        assert_eq!(
            serde_json::to_string(&EventData::default()).unwrap(),
            EventData::NONE
        );
    }
}
