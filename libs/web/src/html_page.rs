//! Small pages for people: what a link in a mail is for, a button that does it, and what became of
//! it. They need no script and load nothing, neither from here nor from elsewhere. What they say is
//! the caller's.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::problem::Problem;

/// How the pages look.
const STYLE: &str = include_str!("html_page.css");

/// The mark, as the web app draws it.
const MARK: &str = "<svg viewBox=\"0 0 32 32\" aria-hidden=\"true\"><rect class=\"mark\" width=\"32\" height=\"32\" rx=\"9\"/>\
    <path class=\"stroke\" d=\"M10 24V8.5h7.4a5.2 5.2 0 0 1 0 10.4H13.6\"/></svg>";

/// Nothing but this style, and a form that goes to where the page came from.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// A page with a heading, and HTML below it.
#[must_use]
pub fn page(status: StatusCode, heading: &str, content: &str) -> Response {
    let heading = escaped(heading);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>{heading} - PayFlow</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<p class=\"name\">{MARK}PayFlow</p>\n\
         <section>\n<h1>{heading}</h1>\n{content}</section>\n</main>\n</body>\n</html>\n"
    );
    let headers: [(HeaderName, HeaderValue); 3] = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    let mut response = (status, headers, html).into_response();
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A page with the status of a problem.
#[must_use]
pub fn problem_page(problem: &Problem, heading: &str, content: &str) -> Response {
    let status = StatusCode::from_u16(problem.status);
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = page(status, heading, content);
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// A text as a paragraph.
#[must_use]
pub fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

/// The way on into the web app, as a button.
#[must_use]
pub fn way_on(path: &str, text: &str) -> String {
    let (path, text) = (escaped(path), escaped(text));
    format!("<a class=\"button\" href=\"{path}\">{text}</a>\n")
}

/// Text as HTML shows it, within an element or an attribute in double quotes.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
