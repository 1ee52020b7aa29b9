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
const SCRIPT: &str = include_str!("api_docs.js");
const STYLE: &str = include_str!("api_docs.css");

/// The page loads its own files only, and has no inline script and no inline style: what Swagger UI
/// styles, it does by script. It draws its arrows from `data:` URIs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// How Swagger UI is set up stands in our script.
static SWAGGER: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::new(["/api-docs.json"])));

/// The page.
pub(crate) async fn page() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, PAGE).into_response()
}

/// A file of the page: ours, or one of Swagger UI.
pub(crate) async fn asset(Path(file): Path<String>) -> Result<Response, Problem> {
    match file.as_str() {
        "payflow.js" => Ok(send("text/javascript", SCRIPT)),
        "payflow.css" => Ok(send("text/css", STYLE)),
        _ => swagger(&file).await,
    }
}

async fn swagger(file: &str) -> Result<Response, Problem> {
    let found = match utoipa_swagger_ui::serve(file, Arc::clone(&SWAGGER)) {
        Ok(found) => found,
        Err(error) => {
            tracing::error!(file, error = %error, "a file of Swagger UI cannot be served");
            return Err(Problem::internal());
        }
    };
    match found {
        Some(found) => Ok(send(&found.content_type, found.bytes.into_owned())),
        None => Err(errors::route_not_found().await),
    }
}

fn send(content_type: &str, body: impl IntoResponse) -> Response {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "public, max-age=3600"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, body).into_response()
}

/// The OpenAPI document.
pub(crate) async fn document(State(own): State<Arc<EndpointState>>) -> Response {
    ([(CONTENT_TYPE, "application/json")], own.openapi.clone()).into_response()
}
