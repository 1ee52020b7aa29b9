//! `GET /api-docs`: the documentation to read and try, and `GET /api-docs.json`: the same for
//! machines.

use std::sync::{Arc, LazyLock};

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use utoipa_swagger_ui::Config;
use web::problem::Problem;

use crate::errors;
use crate::http::EndpointState;

const PAGE: &str = include_str!("api_docs.html");

/// Swagger UI loads its own files only, writes style attributes, and draws its arrows from `data:`
/// URIs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// The validator is off: it would send every reader's address to a server on the internet.
static SWAGGER: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::new(["/api-docs.json"])
        .validator_url("none")
        .deep_linking(true)
        .display_request_duration(true)
        .filter(true)
        .show_extensions(true)
        .try_it_out_enabled(true);
    Arc::new(config)
});

/// The page.
pub(crate) async fn page() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, PAGE).into_response()
}

/// A file of the page.
pub(crate) async fn asset(Path(file): Path<String>) -> Result<Response, Problem> {
    let found = match utoipa_swagger_ui::serve(&file, Arc::clone(&SWAGGER)) {
        Ok(found) => found,
        Err(error) => {
            tracing::error!(file, error = %error, "a file of Swagger UI cannot be served");
            return Err(Problem::internal());
        }
    };
    let Some(found) = found else {
        return Err(errors::route_not_found().await);
    };
    let headers = [
        (CONTENT_TYPE, found.content_type.as_str()),
        (CACHE_CONTROL, "public, max-age=3600"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    Ok((headers, found.bytes.into_owned()).into_response())
}

/// The OpenAPI document.
pub(crate) async fn document(State(own): State<Arc<EndpointState>>) -> Response {
    ([(CONTENT_TYPE, "application/json")], own.openapi.clone()).into_response()
}
