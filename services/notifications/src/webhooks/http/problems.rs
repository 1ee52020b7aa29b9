//! How refusals and faults of webhooks look to a client.

use access::step_up_required;
use axum::http::StatusCode;
use web::problem::Problem;

use crate::error::Error;
use crate::webhooks::error::WebhookError;
use crate::webhooks::event_types::InvalidEventTypes;
use crate::webhooks::target::InvalidUrl;

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::NoSuchEndpoint => {
                Self::not_found("There is no such endpoint, or it is not yours.")
            }
            WebhookError::NoSuchDelivery => {
                Self::not_found("There is no such delivery, or its endpoint is not yours.")
            }
            WebhookError::TooMany(most) => Self::refused(
                "too_many_webhook_endpoints",
                format!(
                    "You have {most} endpoints, and one may not have more. Remove those that you do not use."
                ),
            ),
            WebhookError::ProofNeeded(factors) => step_up_required(factors),
            WebhookError::Disabled => Self::conflict(
                "webhook_endpoint_disabled",
                "The endpoint is disabled: enable it first, with `PATCH` and `{\"status\": \"enabled\"}`.",
            ),
            WebhookError::TooManySecrets(until) => Self::conflict(
                "too_many_webhook_secrets",
                format!(
                    "This secret and two before it sign. Wait until {until}, when the first of them ends, or end all others at once with \
                     `{{\"expire_others\": true}}`."
                ),
            ),
            WebhookError::TooManyTests(seconds) => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_webhook_tests",
                "Too many tests were sent in the last minute. Wait, then go on.",
            )
            .retry_after(seconds),
            WebhookError::Url(refused) => of_url(&refused),
            WebhookError::EventTypes(refused) => of_event_types(&refused),
            refused @ WebhookError::Description => {
                Self::refused("invalid_description", refused.to_string()).for_param("description")
            }
            WebhookError::Database(error) => Error::Database(error).into(),
            WebhookError::Identity(error) => Error::Identity(error).into(),
            WebhookError::Answer(idempotency::Fault::Database(error)) => {
                Error::Database(error).into()
            }
            fault @ (WebhookError::Vault(_)
            | WebhookError::Answer(
                idempotency::Fault::Vault(_) | idempotency::Fault::Unreadable,
            )
            | WebhookError::NotTold(_)
            | WebhookError::Row(_)) => {
                tracing::error!(%fault, "webhooks cannot be read or sealed");
                Self::internal()
            }
        }
    }
}

fn of_url(refused: &InvalidUrl) -> Problem {
    Problem::refused(refused.code(), refused.to_string()).for_param("url")
}

fn of_event_types(refused: &InvalidEventTypes) -> Problem {
    let code = match refused {
        InvalidEventTypes::Count => "invalid_event_types",
        InvalidEventTypes::Unknown(_) => "unknown_event_type",
    };
    Problem::refused(code, refused.to_string()).for_param("event_types")
}

/// A fault of answers under idempotency keys.
pub(crate) fn of_answer(fault: idempotency::Fault) -> Problem {
    WebhookError::Answer(fault).into()
}
