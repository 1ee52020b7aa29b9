//! `GET /api/v1/auth/verify-email`: the page that a link in a mail leads to.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::Query;
use web::problem::Problem;

use crate::accounts::verification::LinkFor;
use crate::links::InvalidLink;
use crate::links::http::link_pages;
use crate::service::Service;

/// What the link carries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinkQuery {
    /// The token of the link.
    #[param(pattern = r"^[^\x00]*$")]
    pub(crate) token: String,
}

/// The page of a link
///
/// What the link in a mail leads to: a page that says what it is for, with a button. Looking at it
/// uses nothing up and confirms nothing; the button sends `POST` to the same path.
#[utoipa::path(
    get,
    path = "/api/v1/auth/verify-email",
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
pub(crate) async fn verify_email(
    State(service): State<Arc<Service>>,
    Query(query): Query<LinkQuery>,
) -> Response {
    match service.look_at_link(&query.token).await {
        Ok(LinkFor::ResetPassword) => link_pages::refused(&InvalidLink.into()),
        Ok(link) => link_pages::ask(link, &query.token),
        Err(error) => link_pages::refused(&Problem::from(error)),
    }
}
