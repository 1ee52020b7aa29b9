//! `GET /api/v1/auth/reset-password`: the page that the link of a forgotten password leads to.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use web::extract::Query;
use web::problem::Problem;

use crate::accounts::http::verify_email::LinkQuery;
use crate::accounts::verification::LinkFor;
use crate::links::InvalidLink;
use crate::links::http::link_pages;
use crate::service::Service;

/// The page for a new password
///
/// What the link of a forgotten password leads to: a page with a form. Looking at it uses nothing
/// up; the form sends `POST` to the same path.
#[utoipa::path(
    get,
    path = "/api/v1/auth/reset-password",
    tag = "auth",
    params(LinkQuery),
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (
            status = 422,
            description = "A page that says that the link is unknown, was used before, or is too old.",
            body = String,
            content_type = "text/html"
        )
    )
)]
pub(crate) async fn show_reset_password(
    State(service): State<Arc<Service>>,
    Query(query): Query<LinkQuery>,
) -> Response {
    match service.look_at_link(&query.token).await {
        Ok(link @ LinkFor::ResetPassword) => link_pages::ask(link, &query.token),
        Ok(_) => link_pages::refused(&InvalidLink.into()),
        Err(error) => link_pages::refused(&Problem::from(error)),
    }
}
