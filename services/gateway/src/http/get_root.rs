//! `GET /`: what this is and where its documentation is; for browsers, the landing page.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::VARY;
use http::{HeaderMap, HeaderValue};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{EndpointState, web_app};

/// What answers here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceInfo {
    /// The program.
    #[schema(example = "PayFlow")]
    name: &'static str,
    /// Its version.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// The path of its documentation.
    #[schema(example = "/api-docs")]
    docs: &'static str,
}

/// What this is
///
/// For programs; browsers, which would rather have a page, get the landing page of the web app.
#[utoipa::path(
    get,
    path = "/",
    tag = "service",
    responses((status = 200, description = "The program, its version and its documentation.", body = ServiceInfo))
)]
pub(crate) async fn get_root(
    State(own): State<Arc<EndpointState>>,
    headers: HeaderMap,
) -> Response {
    let liked = web::accept::accepted(&headers, &["application/json", "text/html"]);
    let mut response = match liked {
        Ok(1) => web_app::page(own.web_app, "index.html", &headers),
        Ok(_) | Err(_) => Json(ServiceInfo {
            name: crate::openapi::TITLE,
            version: own.version,
            docs: "/api-docs",
        })
        .into_response(),
    };
    let vary = HeaderValue::from_static("accept");
    response.headers_mut().append(VARY, vary);
    response
}
