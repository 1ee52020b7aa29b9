//! Examples of alerts.

use serde_json::json;

use super::{Example, by, lacks};

pub(super) fn all() -> Vec<Example> {
    let alert = "Take the id of an alert from `GET /api/v1/alerts`; a new demo has none.";
    vec![
        by("operator", "GET /api/v1/alerts").with("severity", "warning"),
        lacks("GET /api/v1/alerts/{id}", alert),
        lacks("POST /api/v1/alerts/{id}/acknowledge", alert)
            .body(json!({ "comment": "I call the acquirer" })),
        lacks("POST /api/v1/alerts/{id}/resolve", alert)
            .body(json!({ "reason": "fixed", "comment": "The certificate was renewed" })),
        lacks("POST /api/v1/alerts/{id}/snooze", alert).body(
            json!({ "until": "2026-12-01T12:00:00Z", "comment": "The acquirer works on it until noon" }),
        ),
        lacks("POST /api/v1/alerts/{id}/assign", alert).body(json!({ "owner": null })),
        lacks("POST /api/v1/alerts/{id}/comment", alert)
            .body(json!({ "comment": "The acquirer says: until noon" })),
    ]
}
