//! `GET /api/v1/transactions/{id}/timeline`: every change of a transaction.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::events::EventId;
use contracts::identity::Permission;
use contracts::payments::{TransactionId, TransactionStatus};
use events::event_id;
use payments_core::document::{TransactionRecord, to_json};
use payments_core::transaction::TransactionView;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use values::Timestamp;
use web::extract::PathId;
use web::problem::Problem;

use crate::SCHEMA;
use crate::counterparty::seen_by;
use crate::error::Error;
use crate::service::Service;
use crate::store::transactions::{EventRow, after, timeline};

/// What became of a transaction, step by step.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Timeline {
    /// The changes, oldest first.
    data: Vec<TimelineEntry>,
    /// Whether there are older changes than these; the newest 500 are shown.
    has_more: bool,
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TimelineEntry {
    /// The event that told of it: what was sent for it, such as a webhook, names it.
    event_id: EventId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who: the id of a user, `acquirer` or `system`.
    #[schema(example = "system")]
    actor: String,
    /// The status before; `null` for the first.
    from: Option<TransactionStatus>,
    /// The status after.
    to: Option<TransactionStatus>,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(example = "transaction.completed")]
    kind: String,
    /// Why, where somebody said so.
    reason: Option<String>,
    /// The transaction as it was then.
    #[schema(value_type = TransactionView)]
    data: Box<RawValue>,
}

impl TimelineEntry {
    /// An event of the transaction that is `record` now.
    fn new(
        row: EventRow,
        record: &TransactionRecord,
        principal: &Principal,
    ) -> Result<Self, Error> {
        let unreadable = |detail: String| Error::Unreadable {
            table: "events",
            key: format!("{} at {}", row.kind, row.time),
            detail,
        };
        let status = |number: Option<i64>| {
            let known = |number| {
                TransactionStatus::from_number(number)
                    .ok_or_else(|| unreadable(format!("unknown status {number}")))
            };
            number.map(known).transpose()
        };
        let (from, to) = (status(row.from_status)?, status(row.to_status)?);
        // What operators said in a review would tell who was caught by what.
        let is_hidden = from == Some(TransactionStatus::InReview)
            && !principal.may(Permission::TransactionsReadAll);
        let text = match row.to_status {
            Some(to) => {
                let was = after(record.clone(), to, row.time, &row.data)?;
                to_json(&seen_by(principal, &was)).to_string()
            }
            None => row.data,
        };
        let data = RawValue::from_string(text).map_err(|error| unreadable(error.to_string()))?;
        let at = Timestamp(row.time);
        Ok(Self {
            event_id: event_id(SCHEMA, row.seq, at),
            at,
            actor: row.actor,
            from,
            to,
            kind: row.kind,
            reason: row.reason.filter(|_| !is_hidden),
            data,
        })
    }
}

/// How many changes are shown at most.
const MOST: u16 = 500;

/// Get the timeline of a transaction
///
/// Every change: who, when, why, and the transaction as it was then.
#[utoipa::path(
    get,
    path = "/api/v1/transactions/{id}/timeline",
    tag = "transactions",
    params(("id" = inline(TransactionId), Path, description = "The transaction")),
    responses(
        (status = 200, description = "The timeline.", body = Timeline),
        (status = 404, description = "No such transaction, or not one of yours."),
    )
)]
pub(super) async fn get_timeline(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
) -> Result<impl IntoResponse, Problem> {
    let record = service.visible_transaction(&principal, id).await?;
    let last = record.row.last_event;
    let mut rows = timeline(&service.db, last, i64::from(MOST) + 1).await?;
    let has_more = rows.len() > usize::from(MOST);
    rows.truncate(usize::from(MOST));
    let data = rows
        .into_iter()
        .rev()
        .map(|row| TimelineEntry::new(row, &record, &principal))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(axum::Json(Timeline { data, has_more }))
}
