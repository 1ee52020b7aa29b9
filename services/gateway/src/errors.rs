//! The framework's own refusals as problems. It never touches what a handler said as a problem.

use axum::http::Method;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use web::problem::{PROBLEM_JSON, Problem};

/// 404: no route has this path.
pub(crate) async fn route_not_found() -> Problem {
    let detail = "There is nothing at this path. /api-docs lists what there is.";
    Problem::new(StatusCode::NOT_FOUND, "route_not_found", detail)
}

/// 405: the path is there and does not take this method; axum adds `Allow`.
pub(crate) async fn method_not_allowed(method: Method) -> Problem {
    let detail =
        format!("This path does not take {method}. The header `Allow` lists what it takes.");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

/// 400: no `Host`, several, or one that is none (RFC 9112, section 3.2).
pub(crate) fn invalid_host() -> Problem {
    let detail = "The request does not say which host it is for. Send the header `Host` once, with a host and perhaps a port.";
    Problem::new(StatusCode::BAD_REQUEST, "invalid_host", detail)
}

/// 413: more bytes than the path takes.
pub(crate) fn body_too_large(limit: usize) -> Problem {
    let detail = format!("The body is larger than {limit} bytes. Send less at once.");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
}

/// 414: a longer URI than any call of the API needs.
pub(crate) fn uri_too_long(limit: usize) -> Problem {
    let detail =
        format!("The path and query together are longer than {limit} bytes. Ask for less at once.");
    Problem::new(StatusCode::URI_TOO_LONG, "uri_too_long", detail)
}

/// 408: the client did not send its body in time. Nothing was done.
pub(crate) fn request_timeout() -> Problem {
    let detail = "The body did not arrive in time. Nothing was done; send it again.";
    let mut problem = Problem::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", detail);
    problem.retryable = true;
    problem
}

/// 504: the answer was not ready in time.
pub(crate) fn timeout() -> Problem {
    let detail = "The answer was not ready in time. What was asked may have been done: look before you \
                  repeat it, or repeat it with the same Idempotency-Key.";
    Problem::new(StatusCode::GATEWAY_TIMEOUT, "timeout", detail)
}

/// The same answer where it is no error, is a problem, or is JSON or a page on purpose (`/health`,
/// a mailed link's page); else a problem with its status and headers. What frameworks answer by
/// themselves is plain text or nothing.
pub(crate) fn as_problem(response: Response) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_on_purpose(response.headers())
    {
        return response;
    }
    let mut problem = for_status(status).into_response();
    for (name, value) in response.headers() {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            problem.headers_mut().append(name, value.clone());
        }
    }
    *problem.extensions_mut() = response.into_parts().0.extensions;
    problem
}

fn is_on_purpose(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| {
        let kinds: [&[u8]; 2] = [b"application/json", b"text/html"];
        value == PROBLEM_JSON || kinds.iter().any(|kind| value.as_bytes().starts_with(kind))
    })
}

fn for_status(status: StatusCode) -> Problem {
    let (code, detail) = match status.as_u16() {
        400 => (
            "malformed_request",
            "The request is malformed. /api-docs says what this call takes.",
        ),
        401 => return Problem::unauthenticated(),
        403 => ("forbidden", "You may not do this."),
        404 => ("not_found", "There is no such thing."),
        408 => return request_timeout(),
        413 => (
            "body_too_large",
            "The body is too large. Send less at once.",
        ),
        415 => (
            "unsupported_media_type",
            "The body has a type that this call does not take. /api-docs says which it does.",
        ),
        422 => (
            "invalid_request",
            "The request was understood and cannot be used.",
        ),
        500 => return Problem::internal(),
        504 => return timeout(),
        _ if status.is_server_error() => (
            "unavailable",
            "This cannot be answered now. Try again later.",
        ),
        _ => (
            "refused",
            "The request was refused. /api-docs says what this call takes.",
        ),
    };
    Problem::new(status, code, detail)
}
