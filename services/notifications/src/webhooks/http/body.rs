//! Endpoints, and what was sent to them, as the API shows them.

use contracts::events::EventId;
use contracts::identity::UserId;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use values::Timestamp;

use crate::webhooks::endpoint::{
    Attempt, Delivery, Disabled, Endpoint, WebhookDeliveryId, WebhookEndpointId,
};

/// Where events go.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
pub(crate) struct EndpointBody {
    /// Its id.
    id: WebhookEndpointId,
    /// Where it is.
    #[schema(example = "https://shop.example/payflow")]
    url: String,
    /// Which events it gets: types, all of a resource (`transaction.*`), or all (`*`).
    #[schema(example = json!(["transaction.completed"]))]
    event_types: Vec<String>,
    /// What its owner says of it.
    description: Option<String>,
    /// Whose it is.
    user_id: UserId,
    /// `own`: the events that concern its owner; `organisation`: all.
    #[schema(pattern = "^(own|organisation)$", example = "own")]
    audience: &'static str,
    /// `enabled` or `disabled`.
    #[schema(pattern = "^(enabled|disabled)$", example = "enabled")]
    status: &'static str,
    /// Why it is disabled: `by_owner`, `gone` (it answered 410), `failing` (it failed for five
    /// days) or `not_allowed` (its owner's account is closed or suspended, may not have these
    /// events any more, or had its password reset by a mailed link since).
    #[schema(pattern = "^(by_owner|gone|failing|not_allowed)$", example = json!(null))]
    disabled_reason: Option<&'static str>,
    /// Since when.
    #[schema(value_type = Option<String>, format = DateTime, example = json!(null))]
    disabled_at: Option<Timestamp>,
    /// Whether an operator has stopped its queue.
    paused: bool,
    /// How many attempts failed in a row.
    failures: i64,
    /// Since when it fails; `null` where the last attempt did not.
    #[schema(value_type = Option<String>, format = DateTime, example = json!(null))]
    failing_since: Option<Timestamp>,
    /// Why the last attempt failed.
    #[schema(example = json!(null))]
    last_error: Option<String>,
    /// Until when the secret before the last rotation signs, too.
    #[schema(value_type = Option<String>, format = DateTime, example = json!(null))]
    previous_secret_until: Option<Timestamp>,
    /// Until when the secret before that one signs, too.
    #[schema(value_type = Option<String>, format = DateTime, example = json!(null))]
    earlier_secret_until: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was changed last.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<Endpoint> for EndpointBody {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id,
            url: endpoint.url,
            event_types: endpoint.event_types.names(),
            description: endpoint.description,
            user_id: endpoint.user,
            audience: match endpoint.all_events {
                true => "organisation",
                false => "own",
            },
            status: match endpoint.disabled {
                Some(_) => "disabled",
                None => "enabled",
            },
            disabled_reason: endpoint
                .disabled
                .map(|(reason, _)| Disabled::as_str(reason)),
            disabled_at: endpoint.disabled.map(|(_, at)| at),
            paused: endpoint.paused,
            failures: endpoint.health.failures,
            failing_since: endpoint.health.failing_since,
            last_error: endpoint.health.last_error,
            previous_secret_until: endpoint.previous_until,
            earlier_secret_until: endpoint.earlier_until,
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        }
    }
}

/// An endpoint with its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEndpointWithSecret)]
pub(crate) struct EndpointWithSecret {
    #[serde(flatten)]
    pub(crate) endpoint: EndpointBody,
    /// What signatures are checked with: keep it. It is shown here and never again, but to the same
    /// request with the same `Idempotency-Key`.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")]
    pub(crate) secret: String,
}

/// An event on its way to an endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct DeliveryBody {
    /// Its id.
    id: WebhookDeliveryId,
    /// Where it goes.
    endpoint_id: WebhookEndpointId,
    /// The event's id, which is sent as `webhook-id` at each attempt.
    #[schema(value_type = String, pattern = "^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    event_id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(example = "transaction.completed")]
    kind: String,
    /// The id of what it happened to.
    subject: String,
    /// `waiting` (for its next attempt), `delivered`, `failed` (all attempts did) or `missed` (the
    /// endpoint was disabled).
    #[schema(pattern = "^(waiting|delivered|failed|missed)$", example = "delivered")]
    status: &'static str,
    /// When the next attempt is due.
    #[schema(value_type = Option<String>, format = DateTime, example = json!(null))]
    next_attempt_at: Option<Timestamp>,
    /// When it was put into the queue.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was delivered or given up.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// What is sent, as it is sent; in a list left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    body: Option<Box<RawValue>>,
    /// What was tried so far.
    attempts: Vec<AttemptBody>,
}

/// One attempt.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
pub(crate) struct AttemptBody {
    /// From 1 on.
    number: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// How long it took.
    duration_ms: i64,
    /// The status of the answer; `null` where there was none.
    #[schema(minimum = 100, maximum = 999, example = 200)]
    status: Option<i64>,
    /// Why there was no answer.
    error: Option<String>,
    /// What was sent beside the body; in a list left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<RequestBody>,
    /// The answer; in a list left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<ResponseBody>,
}

/// What was sent beside the body.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookRequest)]
pub(crate) struct RequestBody {
    /// Where to.
    url: String,
    /// Headers.
    #[schema(value_type = Object)]
    headers: Option<Box<RawValue>>,
}

/// What was answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookResponse)]
pub(crate) struct ResponseBody {
    /// Some of its headers.
    #[schema(value_type = Object)]
    headers: Option<Box<RawValue>>,
    /// The first 20 kB of its body, as text.
    body: Option<String>,
}

impl DeliveryBody {
    /// As a list has it.
    pub(crate) fn short(delivery: Delivery) -> Self {
        Self::of(delivery, false)
    }

    /// With all that was sent and answered.
    pub(crate) fn whole(delivery: Delivery) -> Self {
        Self::of(delivery, true)
    }

    fn of(delivery: Delivery, whole: bool) -> Self {
        let attempts = delivery.attempts.into_iter();
        Self {
            id: delivery.id,
            endpoint_id: delivery.endpoint,
            event_id: delivery.event,
            kind: delivery.kind,
            subject: delivery.subject,
            status: delivery.status.as_str(),
            next_attempt_at: delivery.next_at,
            created_at: delivery.created_at,
            ended_at: delivery.ended_at,
            body: whole.then(|| raw(delivery.body)).flatten(),
            attempts: attempts
                .map(|attempt| AttemptBody::of(attempt, whole))
                .collect(),
        }
    }
}

impl AttemptBody {
    fn of(attempt: Attempt, whole: bool) -> Self {
        let request = RequestBody {
            url: attempt.url,
            headers: raw(attempt.request_headers),
        };
        let response = ResponseBody {
            headers: attempt.response_headers.and_then(raw),
            body: attempt.response_body,
        };
        Self {
            number: attempt.number,
            at: attempt.at,
            duration_ms: attempt.duration_ms,
            status: attempt.status,
            error: attempt.error,
            request: whole.then_some(request),
            response: (whole && attempt.status.is_some()).then_some(response),
        }
    }
}

/// JSON as it was stored.
fn raw(json: String) -> Option<Box<RawValue>> {
    RawValue::from_string(json).ok()
}
