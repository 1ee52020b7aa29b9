//! Examples of notifications.

use serde_json::json;

use super::{Example, by, lacks};

const UNSUBSCRIBE: &str =
    "The token comes by mail: it is in the last link of a mail that is not essential.";

pub(super) fn all() -> Vec<Example> {
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
