//! Conditions as the API shows them.

use axum::http::StatusCode;
use contracts::identity::UserId;
use idempotency::StoredAnswer;
use risk_core::decide::{Condition, ConditionKind, Side, Subject};
use serde::Serialize;
use utoipa::ToSchema;
use values::Timestamp;

use crate::conditions::store::ConditionRow;
use crate::conditions::{ConditionId, ConditionState};
use crate::error::Error;

/// A condition.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ConditionBody {
    /// Its id.
    id: ConditionId,
    /// How it stands.
    state: ConditionState,
    /// About whom or what.
    subject: Subject,
    /// In which part.
    side: Side,
    /// What is said.
    kind: ConditionKind,
    /// Why.
    reason: String,
    /// Who said so.
    author: UserId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who approved a hard block.
    approved_by: Option<UserId>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    approved_at: Option<Timestamp>,
    /// From then on.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// Until then; `null`: until somebody ends it.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// Who wants to end a hard block: somebody else has to agree.
    end_proposed_by: Option<UserId>,
    /// Who ended it.
    ended_by: Option<UserId>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Why it has ended, or is to end.
    end_reason: Option<String>,
}

impl ConditionBody {
    /// A condition as it stands now.
    pub(crate) fn of(row: &ConditionRow, now: Timestamp) -> Result<Self, Error> {
        let Condition {
            subject,
            side,
            kind,
            reason,
            author,
            second,
            starts,
            expires,
        } = row.condition()?;
        Ok(Self {
            id: ConditionId(row.id),
            state: row.state(now),
            subject,
            side,
            kind,
            reason,
            author,
            created_at: Timestamp(row.created_at),
            approved_by: second,
            approved_at: row.approved_at.map(Timestamp),
            starts_at: starts,
            expires_at: expires,
            end_proposed_by: row.end_proposed_by.map(UserId),
            ended_by: row.ended_by.map(UserId),
            ended_at: row.ended_at.map(Timestamp),
            end_reason: row.end_reason.clone(),
        })
    }

    /// What is answered where one is made.
    pub(crate) fn created(&self) -> StoredAnswer {
        StoredAnswer::json(StatusCode::CREATED, self)
    }

    /// What is answered where one is changed.
    pub(crate) fn changed(&self) -> StoredAnswer {
        StoredAnswer::json(StatusCode::OK, self)
    }
}
