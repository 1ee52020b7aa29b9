//! Examples of notifications and webhooks.

use serde_json::json;

use notifications::{WebhookDeliveryId, WebhookEndpointId};

use super::{Example, by, lacks};
use crate::commands::demo::{HOOK, HOOK_DELIVERY, OLD_HOOK};

pub(super) fn all() -> Vec<Example> {
    [inbox(), webhooks()].into_iter().flatten().collect()
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

fn inbox() -> Vec<Example> {
    vec![
        by("bob", "GET /api/v1/notifications"),
        lacks(
            "POST /api/v1/notifications/{id}/read",
            "Take the id of a notification from `GET /api/v1/notifications`.",
        ),
        by("bob", "POST /api/v1/notifications/read-all").body(json!({})),
    ]
}
