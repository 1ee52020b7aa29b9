//! `GET /api/v1/notifications/unsubscribe`: the page that a link in a mail leads to.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::Query;
use web::html_page::{escaped, page, paragraph, problem_page};
use web::problem::Problem;

use crate::error::Error;
use crate::service::Service;
use crate::told::kinds::Group;

/// What the link carries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UnsubscribeLink {
    /// The token of the link.
    #[param(max_length = 512, pattern = "^[A-Za-z0-9_-]*$")]
    pub(super) token: String,
}

/// The page to unsubscribe
///
/// What the link in a mail leads to: a page with a button. Looking at it changes nothing; the
/// button sends `POST` to the same path.
#[utoipa::path(
    get,
    path = "/api/v1/notifications/unsubscribe",
    tag = "notifications",
    params(UnsubscribeLink),
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 422, description = "A page that says that the link is not one of ours.", body = String, content_type = "text/html")
    )
)]
pub(crate) async fn show_unsubscribe(
    State(service): State<Arc<Service>>,
    Query(link): Query<UnsubscribeLink>,
) -> Response {
    let wish = match service.wish(&link.token) {
        Ok(wish) => wish,
        Err(error) => return refused(error),
    };
    let about = match wish.group() {
        Group::Payments => "payments",
        Group::Account => "your account",
        Group::Security => "the security of your account",
    };
    let text = format!(
        "PayFlow will mail you no more about {about}, except what you have to know. In the app you still see everything."
    );
    let form = format!(
        "{}<form method=\"post\" action=\"unsubscribe?token={}\">\n<button>No more such mails</button>\n</form>\n",
        paragraph(&text),
        escaped(&link.token)
    );
    page(StatusCode::OK, "No more mails like that?", &form)
}

/// The page of a link that does nothing, or not now.
pub(super) fn refused(error: Error) -> Response {
    let problem = Problem::from(error);
    let (heading, text) = match problem.code.as_str() {
        "invalid_link" => (
            "This link does nothing",
            "It is not complete, or not one of this installation. Use the one in the newest mail.",
        ),
        _ => ("This did not work", problem.detail.as_str()),
    };
    problem_page(&problem, heading, &paragraph(text))
}
