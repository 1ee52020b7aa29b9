//! Errors as clients see them: RFC 9457 `application/problem+json`, for every error that a
//! handler, an extractor or the framework can produce. It never carries what an attacker could use.

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// An error answer. `code` is stable and made for programs, `detail` is made for people.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, PartialEq, Eq)]
pub struct Problem {
    /// A URI reference that names the kind of problem: `/problems/<code>`.
    #[serde(rename = "type")]
    #[schema(example = "/problems/insufficient_funds")]
    pub kind: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do about it.
    pub detail: String,
    /// The stable code.
    #[schema(example = "insufficient_funds")]
    pub code: String,
    /// The parameters at fault, where there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ParamError>,
    /// The ways to show who one is that would do, where that is what is missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Whether the same request may succeed later without a change.
    pub retryable: bool,
    /// The id of the request, for the log and for support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Seconds after which a retry makes sense; sent as `Retry-After`.
    #[serde(skip)]
    #[schema(ignore)]
    pub retry_after: Option<u32>,
    /// The methods that a 405 allows; sent as `Allow`.
    #[serde(skip)]
    #[schema(ignore)]
    pub allow: Option<String>,
}

/// One parameter at fault.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, PartialEq, Eq)]
pub struct ParamError {
    /// Where: a field's path in the body, a query or path parameter, a header.
    pub param: String,
    /// The stable code.
    pub code: String,
    /// What is wrong with it.
    pub detail: String,
}

impl Problem {
    /// A problem with this status and code; 5xx and 429 are marked as worth a retry.
    #[must_use]
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            code: code.to_owned(),
            errors: Vec::new(),
            methods: Vec::new(),
            retryable: matches!(status.as_u16(), 429 | 502 | 503 | 504),
            request_id: platform::request_id::current().map(|id| id.to_string()),
            retry_after: None,
            allow: None,
        }
    }

    /// 400: the request is malformed.
    #[must_use]
    pub fn malformed(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 422: the request is understood and refused.
    #[must_use]
    pub fn refused(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// 409: the state of the thing, or somebody else's change, stands against it.
    #[must_use]
    pub fn conflict(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 404: there is no such thing, or not for this caller.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 401: who is asking is not known. Says nothing about why.
    #[must_use]
    pub fn unauthenticated() -> Self {
        let detail =
            "Send a valid access token as `Authorization: Bearer …`; log in again if it has ended.";
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
    }

    /// 403: the caller is known and lacks this permission.
    #[must_use]
    pub fn forbidden(permission: &str) -> Self {
        let detail = format!(
            "This needs the permission `{permission}`, which your role or your API key does not have."
        );
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail).at(
            "permission",
            permission,
            "missing permission",
        )
    }

    /// 503: cannot be served now; nothing was done.
    #[must_use]
    pub fn unavailable(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).retry_after(1)
    }

    /// 500: our fault. What happened goes to the log, never to the client.
    #[must_use]
    pub fn internal() -> Self {
        let detail = "Something went wrong on our side. Report the request id if it happens again.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// Adds a parameter at fault.
    #[must_use]
    pub fn at(mut self, param: &str, code: &str, detail: &str) -> Self {
        self.errors.push(ParamError {
            param: param.to_owned(),
            code: code.to_owned(),
            detail: detail.to_owned(),
        });
        self
    }

    /// Names the one parameter at fault; its code and detail are the problem's own.
    #[must_use]
    pub fn for_param(self, param: &str) -> Self {
        let (code, detail) = (self.code.clone(), self.detail.clone());
        self.at(param, &code, &detail)
    }

    /// Names the ways to show who one is that would do.
    #[must_use]
    pub fn with_methods<'a>(mut self, methods: impl IntoIterator<Item = &'a str>) -> Self {
        self.methods = methods.into_iter().map(str::to_owned).collect();
        self
    }

    /// Says when a retry makes sense.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retryable = true;
        self.retry_after = Some(seconds);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The body as JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        // A struct of strings and numbers always serialises.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status_code(), self.to_json()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self
            .allow
            .as_deref()
            .and_then(|allow| HeaderValue::from_str(allow).ok())
        {
            headers.insert(ALLOW, allow);
        }
        if self.status == 401 {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_its_media_type_and_headers() {
        let response = Problem::unavailable("overloaded", "Too much at once.").into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["content-type"], PROBLEM_JSON);
        assert_eq!(response.headers()["retry-after"], "1");
        assert_eq!(
            Problem::unauthenticated().into_response().headers()["www-authenticate"],
            "Bearer"
        );
    }

    #[test]
    fn a_forbidden_answer_names_the_permission() {
        let problem = Problem::forbidden("wallets:freeze");
        assert!(problem.detail.contains("wallets:freeze"));
        assert!(!problem.retryable);
    }
}
