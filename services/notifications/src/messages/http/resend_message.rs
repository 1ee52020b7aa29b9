//! `POST /api/v1/admin/notifications/messages/{id}/resend`: an operator has a message sent again.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use contracts::notifications::MessageId;
use idempotency::{IdempotentRequest, StoredAnswer};
use web::client::Client;
use web::extract::PathId;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use crate::error::Error;
use crate::service::Service;

/// Send a message again
///
/// On the channels of the message, under its id, for three days at most. What a message with a link
/// said is erased once it was sent: have the user ask for another one.
#[utoipa::path(
    post,
    path = "/api/v1/admin/notifications/messages/{id}/resend",
    tag = "notifications",
    params(IdempotencyKeyHeader, ("id" = inline(MessageId), Path, description = "The message")),
    responses(
        (status = 204, description = "It is queued."),
        (status = 404, description = "No such message."),
        (status = 409, description = "`message_queued`: it is on its way. `message_erased`: what it said is not kept.")
    )
)]
pub(crate) async fn resend_message(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<MessageId>,
    client: Client,
    key: RequestKey,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, b"", |(): &()| StoredAnswer::nothing());
    let work = service.resend_message(&principal, id, &client, &once);
    let of_fault = |fault| Problem::from(Error::from(fault));
    idempotency::answer_once((&service.db, &service.vault), &once, work, of_fault).await
}
