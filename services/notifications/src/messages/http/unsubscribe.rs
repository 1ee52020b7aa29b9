//! `POST /api/v1/notifications/unsubscribe`: what the button does, or the mail program of somebody
//! who wants no more (RFC 8058).

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use web::extract::Query;
use web::html_page::{page, paragraph, way_on};

use super::show_unsubscribe::{UnsubscribeLink, refused};
use crate::service::Service;

/// Unsubscribe
///
/// Anyone who holds the link of a mail wants no more mails of its group. What comes as a body, such
/// as `List-Unsubscribe=One-Click` of a mail program (RFC 8058), says nothing more and is not read.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/unsubscribe",
    tag = "notifications",
    extensions(("x-idempotency" = json!("Done twice it is done once."))),
    params(UnsubscribeLink),
    responses(
        (status = 200, description = "It is done.", body = String, content_type = "text/html"),
        (status = 422, description = "A page that says that the link is not one of ours.", body = String, content_type = "text/html")
    )
)]
pub(crate) async fn unsubscribe(
    State(service): State<Arc<Service>>,
    Query(link): Query<UnsubscribeLink>,
) -> Response {
    match service.unsubscribe(&link.token).await {
        Ok(_) => page(
            StatusCode::OK,
            "You get no more such mails",
            &(paragraph("You choose what you are told of in your account.")
                + &way_on("/wallet/account/notifications", "Go to your settings")),
        ),
        Err(error) => refused(error),
    }
}
