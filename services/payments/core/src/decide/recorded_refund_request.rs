//! What a refund request comes to, as it is recorded. Refunds record it, too: one that meets a
//! request has accepted it.

use super::Recorded;
use crate::command::Command;
use crate::refund_request::{RefundRequest, StoredStatus};
use crate::state::State;
use crate::transaction::Transaction;

/// Accepts the open request of a payment where a refund of this amount meets it.
pub fn accept_met(
    state: &mut State,
    command: &Command,
    row: Transaction,
    amount: i64,
) -> Transaction {
    let now = state.now();
    let refunded = row.refunded.saturating_add(amount);
    let asked = row.refund_request();
    let Some(request) = asked.filter(|it| it.is_open(now) && it.is_met(refunded)) else {
        return row;
    };
    let id = row.id;
    let accepted = RefundRequest {
        status: StoredStatus::Accepted,
        ..request
    };
    record(state, command, row.clone(), accepted);
    state.transaction(id).cloned().unwrap_or(row)
}

/// Records how a request stands now, as an event of its payment.
pub fn record(
    state: &mut State,
    command: &Command,
    mut row: Transaction,
    request: RefundRequest,
) -> Recorded {
    let kind = match request.status {
        StoredStatus::Open => "refund_request.created",
        StoredStatus::Accepted => "refund_request.accepted",
        StoredStatus::Declined => "refund_request.declined",
        StoredStatus::Withdrawn => "refund_request.withdrawn",
    };
    let reason = request.answer.clone().unwrap_or(request.reason.clone());
    row.proposal = serde_json::to_string(&request).ok();
    let status = row.status;
    Recorded::done(state.record_transaction(row, Some(status), kind, command.actor, Some(reason)))
}
