//! Examples of notifications and webhooks.

use serde_json::json;

use contracts::payments::TransactionId;
use notifications::{WebhookDeliveryId, WebhookEndpointId};

use super::{Example, by, lacks};
use crate::commands::demo::{GROCERIES, HOOK, HOOK_DELIVERY, OLD_HOOK};

const UNSUBSCRIBE: &str =
    "The token comes by mail: it is in the last link of a mail that is not essential.";

pub(super) fn all() -> Vec<Example> {
    [inbox(), wishes(), webhooks(), operations()]
        .into_iter()
        .flatten()
        .collect()
}

fn webhooks() -> Vec<Example> {
    let [hook, old] = [HOOK, OLD_HOOK].map(WebhookEndpointId);
    let delivery = WebhookDeliveryId(HOOK_DELIVERY);
    vec![
        by("alice", "POST /api/v1/webhook-endpoints").body(json!({
            "url": "https://shop.example/payflow", "event_types": ["transaction.completed"], "description": "Orders"
        })),
        by("shop", "GET /api/v1/webhook-endpoints"),
        by("shop", "GET /api/v1/webhook-endpoints/{id}").with("id", hook),
        by("shop", "PATCH /api/v1/webhook-endpoints/{id}")
            .with("id", hook)
            .body(json!({ "description": "Tills" })),
        by("shop", "DELETE /api/v1/webhook-endpoints/{id}").with("id", old),
        by("shop", "GET /api/v1/webhook-endpoints/{id}/deliveries").with("id", hook),
        by("shop", "GET /api/v1/webhook-endpoints/deliveries")
            .with("subject", TransactionId(GROCERIES)),
        by("shop", "GET /api/v1/webhook-endpoints/deliveries/{id}").with("id", delivery),
        by("shop", "POST /api/v1/webhook-endpoints/deliveries/{id}/resend")
            .with("id", delivery)
            .body(json!({})),
        by("shop", "POST /api/v1/webhook-endpoints/{id}/recover")
            .with("id", hook)
            .body(json!({ "since": "2026-01-01T00:00:00Z" })),
        by("shop", "POST /api/v1/webhook-endpoints/{id}/rotate-secret")
            .with("id", hook)
            .body(json!({})),
        by("shop", "POST /api/v1/webhook-endpoints/{id}/test")
            .with("id", hook)
            .body(json!({})),
    ]
}

fn operations() -> Vec<Example> {
    let letter =
        "Take the id of a dead letter from `GET /api/v1/admin/dead-letters`; a new demo has none.";
    let replay = "Take the id from the answer of `POST /api/v1/admin/dead-letters/replay`.";
    vec![
        by("operator", "GET /api/v1/admin/dead-letters"),
        by("operator", "GET /api/v1/admin/dead-letters/groups"),
        lacks("GET /api/v1/admin/dead-letters/{id}", letter),
        lacks("POST /api/v1/admin/dead-letters/{id}/replay", letter),
        lacks("POST /api/v1/admin/dead-letters/{id}/discard", letter)
            .body(json!({ "reason": "The user was told by phone" })),
        by("operator", "POST /api/v1/admin/dead-letters/replay")
            .body(json!({ "filter": { "consumer": "notifications" } })),
        by("operator", "POST /api/v1/admin/dead-letters/discard")
            .body(json!({ "filter": { "consumer": "webhooks" }, "reason": "Nobody needs them" })),
        lacks("GET /api/v1/admin/dead-letters/replays/{id}", replay),
        by("operator", "GET /api/v1/admin/queues"),
        by("operator", "POST /api/v1/admin/queues/{name}/pause")
            .with("name", "notifications:payments"),
        by("operator", "POST /api/v1/admin/queues/{name}/resume")
            .with("name", "notifications:payments"),
        by("alice", "GET /api/v1/events/stream").with("types", "transaction.*"),
    ]
}

fn wishes() -> Vec<Example> {
    let ways = json!({ "in_app": true, "email": true, "sms": true, "push": true });
    let device = "https://push.example/device/1";
    vec![
        by("alice", "GET /api/v1/users/me/notification-preferences"),
        by("alice", "PUT /api/v1/users/me/notification-preferences").body(json!({
            "groups": { "payments": ways, "account": ways, "security": ways },
            "quiet_hours": { "start": "22:00", "end": "07:00" },
            "digest": { "hour": 8 }
        })),
        by("alice", "POST /api/v1/users/me/phone").body(json!({ "number": "+4915112345678" })),
        lacks(
            "POST /api/v1/users/me/phone/verify",
            "The code comes by SMS: on a new demo it is in the folder `sms` beside the database.",
        )
        .body(json!({ "code": "123456" })),
        lacks(
            "GET /api/v1/users/me/phone",
            "Verify a number first: nobody of the demo has one.",
        ),
        by("alice", "DELETE /api/v1/users/me/phone"),
        by("alice", "GET /api/v1/notifications/push-key"),
        by("alice", "POST /api/v1/users/me/push-subscriptions").body(json!({
            "endpoint": device,
            "keys": {
                "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                "auth": "BTBZMqHH6r4Tts7J_aSIgg"
            }
        })),
        by("alice", "DELETE /api/v1/users/me/push-subscriptions")
            .body(json!({ "endpoint": device })),
        lacks(
            "POST /api/v1/notifications/callbacks/twilio",
            "Only Twilio can sign it.",
        ),
    ]
}

fn inbox() -> Vec<Example> {
    vec![
        by("bob", "GET /api/v1/notifications"),
        lacks(
            "POST /api/v1/notifications/{id}/read",
            "Take the id of a notification from `GET /api/v1/notifications`.",
        ),
        by("bob", "POST /api/v1/notifications/read-all").body(json!({})),
        lacks("GET /api/v1/notifications/unsubscribe", UNSUBSCRIBE),
        lacks("POST /api/v1/notifications/unsubscribe", UNSUBSCRIBE),
        by("operator", "GET /api/v1/admin/notifications/messages"),
        lacks(
            "POST /api/v1/admin/notifications/messages/{id}/resend",
            "Take the id of a message that has ended from `GET /api/v1/admin/notifications/messages`.",
        ),
    ]
}
