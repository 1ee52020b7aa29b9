//! Examples of notifications.

use serde_json::json;

use super::{Example, by, lacks};

pub(super) fn all() -> Vec<Example> {
    vec![
        by("bob", "GET /api/v1/notifications"),
        lacks(
            "POST /api/v1/notifications/{id}/read",
            "Take the id of a notification from `GET /api/v1/notifications`.",
        ),
        by("bob", "POST /api/v1/notifications/read-all").body(json!({})),
    ]
}
