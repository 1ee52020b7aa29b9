//! `GET /api/v1/transactions/{id}/attempts`: what the acquirer was told and what it answered.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::events::EventId;
use contracts::payments::{TransactionId, TransactionStatus};
use events::event_id;
use payments_core::command::Actor;
use payments_core::document::TransactionRecord;
use serde::Serialize;
use utoipa::ToSchema;
use values::Timestamp;
use web::extract::PathId;
use web::problem::Problem;

use crate::SCHEMA;
use crate::error::Error;
use crate::service::Service;
use crate::store::transactions::{EventRow, after, timeline};

/// What the acquirer answered to the instruction of a transaction.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Attempts {
    /// The id that the acquirer knows the instruction by, however often it is sent; `null` where
    /// the transaction needs no acquirer.
    reference: Option<TransactionId>,
    /// When the acquirer is asked next; `null` where it is not asked any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Timestamp>,
    /// The attempts that are known to have ended, oldest first; the newest 500.
    data: Vec<Attempt>,
}

/// What came of one attempt, or what the acquirer told on its own accord.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Attempt {
    /// The event of the timeline that tells of it.
    event_id: EventId,
    /// When its end was committed.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What came of it.
    outcome: AttemptOutcome,
    /// Why it was declined: a stable code, such as `card_declined`.
    code: Option<String>,
    /// What the acquirer said, or why its answer could not be entered.
    detail: Option<String>,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AttemptOutcome {
    /// The money moved outside.
    Approved,
    /// It did not.
    Declined,
    /// There was no answer, or none that could be entered. A time-out is not a failure.
    Unknown,
}

impl Attempt {
    /// An event of the acquirer's; `None` for one that says nothing of an attempt.
    fn new(row: EventRow, record: &TransactionRecord) -> Result<Option<Self>, Error> {
        let Some(to) = row.to_status else {
            return Ok(None);
        };
        let was = after(record.clone(), to, row.time, &row.data)?;
        let outcome = match was.row.status {
            TransactionStatus::Completed => AttemptOutcome::Approved,
            TransactionStatus::Failed => AttemptOutcome::Declined,
            TransactionStatus::Unresolved => AttemptOutcome::Unknown,
            TransactionStatus::RequiresVerification
            | TransactionStatus::InReview
            | TransactionStatus::Authorised
            | TransactionStatus::Processing
            | TransactionStatus::Cancelled
            | TransactionStatus::Expired
            | TransactionStatus::Reversed => return Ok(None),
        };
        let at = Timestamp(row.time);
        let failure = was.row.failure.clone();
        let (code, detail) = failure.map(|it| (it.code, it.detail)).unzip();
        Ok(Some(Self {
            event_id: event_id(SCHEMA, row.seq, at),
            at,
            outcome,
            code,
            detail: detail.or(row.reason),
        }))
    }
}

/// How many changes are looked at.
const MOST: i64 = 500;

/// Get the attempts of a transaction
///
/// What the acquirer answered to the instruction of a deposit or a withdrawal, attempt by attempt,
/// and when it is asked next. An attempt without an end is not here yet.
#[utoipa::path(
    get,
    path = "/api/v1/transactions/{id}/attempts",
    tag = "transactions",
    params(("id" = inline(TransactionId), Path, description = "The transaction")),
    responses(
        (status = 200, description = "The attempts; none where nothing outside is involved.", body = Attempts),
        (status = 404, description = "No such transaction."),
    )
)]
pub(super) async fn get_attempts(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
) -> Result<impl IntoResponse, Problem> {
    let record = service.visible_transaction(&principal, id).await?;
    let acquirer = Actor::Acquirer.to_string();
    let rows = timeline(&service.db, record.row.last_event, MOST).await?;
    let data = rows
        .into_iter()
        .rev()
        .filter(|row| row.actor == acquirer)
        .filter_map(|row| Attempt::new(row, &record).transpose())
        .collect::<Result<_, _>>()?;
    let waits = matches!(
        record.row.status,
        TransactionStatus::Processing | TransactionStatus::Unresolved
    );
    Ok(axum::Json(Attempts {
        reference: record.row.instrument.is_some().then_some(id),
        next_at: record.row.due_at.filter(|_| waits),
        data,
    }))
}
