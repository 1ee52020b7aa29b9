//! A payer's request to have a payment refunded: the last one of a payment is kept with it, as its
//! proposal, and each of its events tells it. It moves nothing; the refund does.

use contracts::identity::UserId;
use contracts::payments::RefundRequestId;
use money::Currency;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use values::Timestamp;

use crate::wallet::decimal;

/// How many refund requests a payment has at most, answered ones included: the receiving side is
/// told of each.
pub const MOST_REFUND_REQUESTS: u32 = 3;

/// What a refund request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefundRequestStatus {
    /// It waits for the receiving side.
    Open,
    /// The money went back.
    Accepted,
    /// The receiving side will not refund.
    Declined,
    /// The payer does not want it any more.
    Withdrawn,
    /// Nobody answered in time.
    Expired,
}

/// What a refund request came to, as it is stored: that one has expired, only the time says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredStatus {
    /// It waits for the receiving side, or has expired.
    Open,
    /// The money went back.
    Accepted,
    /// The receiving side will not refund.
    Declined,
    /// The payer does not want it any more.
    Withdrawn,
}

impl StoredStatus {
    /// What it shows as where it has not expired.
    const fn unexpired(self) -> RefundRequestStatus {
        match self {
            Self::Open => RefundRequestStatus::Open,
            Self::Accepted => RefundRequestStatus::Accepted,
            Self::Declined => RefundRequestStatus::Declined,
            Self::Withdrawn => RefundRequestStatus::Withdrawn,
        }
    }
}

/// A refund request as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundRequest {
    /// Its id.
    pub id: Uuid,
    /// What it came to; what nobody answered stays open.
    pub status: StoredStatus,
    /// Minor units.
    pub amount: i64,
    /// The payer.
    pub by: Uuid,
    /// The payer's words.
    pub reason: String,
    /// The words of the receiving side, where it declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// When it was made, µs since 1970.
    pub created_at: i64,
    /// Until when it can be answered, µs since 1970.
    pub expires_at: i64,
    /// What of the payment had been refunded when it was made, minor units.
    pub refunded_before: i64,
    /// How many requests the payment has had, with this one.
    pub count: u32,
}

impl RefundRequest {
    /// What it has come to by a time.
    #[must_use]
    pub const fn status_at(&self, now: Timestamp) -> RefundRequestStatus {
        if matches!(self.status, StoredStatus::Open) && self.expires_at <= now.micros() {
            return RefundRequestStatus::Expired;
        }
        self.status.unexpired()
    }

    /// Whether refunds since it was made sum to what it asks for, where so much of the payment has
    /// been refunded: always where nothing is left, since it never asks for more than was.
    #[must_use]
    pub const fn is_met(&self, refunded: i64) -> bool {
        refunded.saturating_sub(self.refunded_before) >= self.amount
    }

    /// Whether it can be answered.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.status_at(now) == RefundRequestStatus::Open
    }
}

/// A refund request as the API shows it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RefundRequestView {
    /// Its id: who answers it names it.
    pub id: RefundRequestId,
    /// What it came to.
    pub status: RefundRequestStatus,
    /// How much is asked for, decimal text in the transaction's currency.
    #[schema(example = "12.50")]
    pub amount: String,
    /// The payer.
    pub requested_by: UserId,
    /// The payer's words.
    pub reason: String,
    /// The words of the receiving side, where it declined.
    pub answer: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Until when it can be answered.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

impl RefundRequestView {
    /// A request about an amount in this currency.
    #[must_use]
    pub fn new(request: &RefundRequest, currency: Currency) -> Self {
        Self {
            id: RefundRequestId(request.id),
            status: request.status.unexpired(),
            amount: decimal(request.amount, currency),
            requested_by: UserId(request.by),
            reason: request.reason.clone(),
            answer: request.answer.clone(),
            created_at: Timestamp(request.created_at),
            expires_at: Timestamp(request.expires_at),
        }
    }

    /// The same, where nobody has answered by now.
    pub fn expire(&mut self, now: Timestamp) {
        if self.status == RefundRequestStatus::Open && self.expires_at <= now {
            self.status = RefundRequestStatus::Expired;
        }
    }
}
