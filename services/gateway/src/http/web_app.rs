//! The web app: the landing page at `/`, the wallet under `/wallet`, the operator console under
//! `/console`, and their files. It serves what was built into the binary; what the pages do, it
//! does not know.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use utoipa_axum::router::OpenApiRouter;
use web::problem::Problem;

use crate::errors;
use crate::http::EndpointState;

/// A file of the web app, in the forms that it is sent in.
#[derive(Debug, Clone, Copy)]
pub struct WebFile {
    /// From the root of the app, such as `wallet.html` or `assets/wallet-x1y2.js`.
    pub path: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Of its content.
    pub hash: u64,
    /// Its content.
    pub plain: &'static [u8],
    /// The same in Brotli, where that is shorter.
    pub brotli: Option<&'static [u8]>,
    /// The same in gzip, where that is shorter.
    pub gzip: Option<&'static [u8]>,
}

/// The pages load their own files only. There is no inline script and no inline style in them.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the names of these files say changes with their content.
const HASHED: &str = "assets/";

const NOT_BUILT: &str = include_str!("web_app_not_built.html");

/// The routes of the pages and their files, which are no part of the API's description.
pub(super) fn routes() -> OpenApiRouter<Arc<EndpointState>> {
    let (wallet, console) = (get(wallet), get(console));
    OpenApiRouter::default()
        .route("/wallet", wallet.clone())
        .route("/wallet/", wallet.clone())
        .route("/wallet/{*page}", wallet)
        .route("/console", console.clone())
        .route("/console/", console.clone())
        .route("/console/{*page}", console)
        .route("/assets/{file}", get(asset))
        .route("/theme.js", get(theme))
        .route("/favicon.svg", get(icon))
}

async fn wallet(State(own): State<Arc<EndpointState>>, headers: HeaderMap) -> Response {
    page(own.web_app, "wallet.html", &headers)
}

async fn console(State(own): State<Arc<EndpointState>>, headers: HeaderMap) -> Response {
    page(own.web_app, "console.html", &headers)
}

async fn theme(
    State(own): State<Arc<EndpointState>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    file(own.web_app, "theme.js", &headers).await
}

async fn icon(
    State(own): State<Arc<EndpointState>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    file(own.web_app, "favicon.svg", &headers).await
}

async fn asset(
    State(own): State<Arc<EndpointState>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    file(own.web_app, &format!("{HASHED}{name}"), &headers).await
}

/// A page, or what to do where the app was not built.
pub(super) fn page(files: &[WebFile], path: &str, headers: &HeaderMap) -> Response {
    match find(files, path) {
        Some(file) => send(file, headers),
        None => {
            let headers = [(CONTENT_TYPE, "text/html; charset=utf-8")];
            (StatusCode::NOT_FOUND, headers, NOT_BUILT).into_response()
        }
    }
}

async fn file(files: &[WebFile], path: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    match find(files, path) {
        Some(file) => Ok(send(file, headers)),
        None => Err(errors::route_not_found().await),
    }
}

fn find<'a>(files: &'a [WebFile], path: &str) -> Option<&'a WebFile> {
    files.iter().find(|file| file.path == path)
}

/// The file in the shortest form that the client takes, or that it is the one that the client has.
fn send(file: &WebFile, asked: &HeaderMap) -> Response {
    let takes = |form: &str| takes_encoding(asked, form);
    let (encoding, body) = match (file.brotli, file.gzip) {
        (Some(brotli), _) if takes("br") => (Some("br"), brotli),
        (_, Some(gzip)) if takes("gzip") => (Some("gzip"), gzip),
        _ => (None, file.plain),
    };
    let etag = format!("\"{:016x}-{}\"", file.hash, encoding.unwrap_or("plain"));
    let same = asked
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| one.trim().trim_start_matches("W/") == etag);
    let cache = match file.path.starts_with(HASHED) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let mut response = match same {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(CONTENT_TYPE, file.content_type)], body).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(ETAG, etag);
    }
    if let (Some(encoding), false) = (encoding, same) {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// Whether a client names an encoding and does not refuse it (RFC 9110, section 12.5.3).
fn takes_encoding(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| {
            let (name, quality) = one.split_once(';').unwrap_or((one, ""));
            let refused = ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains(&quality.trim());
            name.trim().eq_ignore_ascii_case(encoding) && !refused
        })
}
