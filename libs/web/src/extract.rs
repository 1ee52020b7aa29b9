//! Extractors whose refusals are problems: JSON bodies, query strings and path ids.
//! They check form only; what a value means is the handler's business.

use std::str::FromStr;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path as AxumPath, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use values::InvalidId;

/// The most bytes of a JSON body where a route sets no other limit.
pub const MAX_JSON_BYTES: usize = 256 * 1024;

/// A JSON body and the bytes that it was read from.
#[derive(Debug, Clone)]
pub struct Json<T> {
    /// What was read.
    pub value: T,
    /// The bytes as they came, of which an idempotency key takes the canonical spelling; `{}` where
    /// none came and none had to.
    pub raw: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let raw = read_body(request.into_body(), MAX_JSON_BYTES).await?;
        Ok(Self {
            value: parse_json(&raw)?,
            raw,
        })
    }
}

/// As [`Json`], but no body at all, and `null`, count as `{}`.
#[derive(Debug, Clone)]
pub struct OptionalJson<T>(pub Json<T>);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let content_type = require_json(request.headers());
        let raw = read_body(request.into_body(), MAX_JSON_BYTES).await?;
        let sent = match raw.is_empty() {
            true => None,
            false => {
                content_type?;
                parse_json(&raw)?
            }
        };
        let (value, raw) = match sent {
            Some(value) => (value, raw),
            None => (parse_json(b"{}")?, Bytes::from_static(b"{}")),
        };
        Ok(Self(Json { value, raw }))
    }
}

/// 415 unless the body is declared as JSON.
///
/// # Errors
/// 415 `unsupported_media_type`.
pub fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let essence = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(str::trim)
        .unwrap_or_default();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = "Send JSON, with `Content-Type: application/json`.";
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        detail,
    ))
}

/// The whole body, up to `limit` bytes.
///
/// # Errors
/// 413 `body_too_large`; 400 `body_incomplete` where the client went away.
pub async fn read_body(body: Body, limit: usize) -> Result<Bytes, Problem> {
    to_bytes(body, limit).await.map_err(|error| {
        let source = std::error::Error::source(&error);
        if source.is_some_and(|source| source.is::<http_body_util::LengthLimitError>()) {
            let detail = format!("The body is larger than {limit} bytes. Send less at once.");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
        } else {
            Problem::malformed(
                "body_incomplete",
                "The body ended before it was complete. Send it again.",
            )
        }
    })
}

/// Reads JSON strictly.
///
/// # Errors
/// 400 `malformed_json`, `unknown_field`, `missing_field`, `invalid_value` or `invalid_character`,
/// each with the place.
pub fn parse_json<T: DeserializeOwned>(raw: &[u8]) -> Result<T, Problem> {
    if has_nul(raw) {
        let detail =
            "The body holds a NUL character (\\u0000), which no field can keep. Leave it out.";
        return Err(Problem::malformed("invalid_character", detail));
    }
    if raw.trim_ascii_start().starts_with(b"[") {
        // serde would take the list for the fields in the order of their declaration.
        let detail = "The body cannot be used: it is a list, and must be an object.";
        return Err(Problem::malformed("invalid_value", detail));
    }
    serde_json::from_slice(raw).map_err(|error| {
        // Read once more, only now, to learn where it went wrong.
        let mut deserializer = serde_json::Deserializer::from_slice(raw);
        let path = serde_path_to_error::deserialize::<_, T>(&mut deserializer)
            .err()
            .map(|error| error.path().to_string())
            .unwrap_or_default();
        json_problem(raw, &error, &path)
    })
}

fn has_nul(raw: &[u8]) -> bool {
    // An escape only where the backslash itself is not escaped; most bodies have none, and that is
    // quickly seen.
    raw.contains(&0)
        || raw.contains(&b'\\')
            && raw.windows(6).enumerate().any(|(at, window)| {
                window == b"\\u0000"
                    && raw[..at]
                        .iter()
                        .rev()
                        .take_while(|byte| **byte == b'\\')
                        .count()
                        % 2
                        == 0
            })
}

fn json_problem(raw: &[u8], error: &serde_json::Error, path: &str) -> Problem {
    let said = error.to_string();
    // A number, say, where one of some names is asked for is told as wrong syntax.
    let is_other_value = said.starts_with("expected value")
        && serde_json::from_slice::<serde::de::IgnoredAny>(raw).is_ok();
    if !error.is_data() && !is_other_value {
        return Problem::malformed(
            "malformed_json",
            format!("The body is not valid JSON: {said}."),
        );
    }
    // The field says where it stands.
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = said.strip_suffix(&place).unwrap_or(&said);
    let named = said.split('`').nth(1).unwrap_or_default();
    let (code, param) = if said.starts_with("unknown field") {
        ("unknown_field", join(path, named))
    } else if said.starts_with("missing field") {
        ("missing_field", join(path, named))
    } else {
        ("invalid_value", path.to_owned())
    };
    let detail = match is_other_value {
        true => format!(
            "The body cannot be used: `{path}` takes no value of this type; send one of its names as a text."
        ),
        false => format!("The body cannot be used: {said}."),
    };
    Problem::malformed(code, detail).for_param(&param)
}

/// A field's path; `serde_path_to_error` already names an unknown field itself and says `.` for the
/// top.
fn join(path: &str, field: &str) -> String {
    match path {
        "" | "." => field.to_owned(),
        path if path == field || path.ends_with(&format!(".{field}")) => path.to_owned(),
        path => format!("{path}.{field}"),
    }
}

/// A query string.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let text = parts.uri.query().unwrap_or_default();
        if text.contains("%00") {
            let detail = "The query holds a NUL character (%00). Leave it out.";
            return Err(Problem::malformed("invalid_character", detail));
        }
        serde_urlencoded::from_str(text).map(Self).map_err(|error| {
            let said = error.to_string();
            let named = said.split('`').nth(1).unwrap_or_default();
            let code = if said.starts_with("unknown field") {
                "unknown_parameter"
            } else if said.starts_with("missing field") {
                "missing_parameter"
            } else {
                return invalid_parameter::<T>(text, &said);
            };
            Problem::malformed(code, format!("The query string cannot be used: {said}."))
                .for_param(named)
        })
    }
}

/// Names the parameter that cannot be read, which is where the reader stopped: the last one of the
/// shortest beginning of the query that is refused in the same words.
fn invalid_parameter<T: DeserializeOwned>(text: &str, said: &str) -> Problem {
    let refused = |end: &usize| {
        let beginning = serde_urlencoded::from_str::<T>(text.get(..*end).unwrap_or_default());
        beginning.is_err_and(|error| error.to_string() == said)
    };
    let mut ends = text
        .match_indices('&')
        .map(|(at, _)| at)
        .chain([text.len()]);
    let last = ends
        .find(refused)
        .and_then(|end| text.get(..end)?.rsplit('&').next());
    let pair: Vec<(String, String)> = last
        .and_then(|pair| serde_urlencoded::from_str(pair).ok())
        .unwrap_or_default();
    let Some((name, _)) = pair.first() else {
        let detail = format!("The query string cannot be used: {said}.");
        return Problem::malformed("invalid_parameter", detail);
    };
    let is_no_number = [
        "invalid digit found in string",
        "cannot parse integer from empty string",
    ];
    let why = match is_no_number.contains(&said) {
        true => "it must be a whole number",
        false => said,
    };
    let detail = format!("The parameter `{name}` cannot be used: {why}.");
    Problem::malformed("invalid_parameter", detail).for_param(name)
}

/// The one id in the path.
#[derive(Debug, Clone, Copy)]
pub struct PathId<T>(pub T);

impl<T, S> FromRequestParts<S> for PathId<T>
where
    T: FromStr<Err = InvalidId>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let AxumPath(text) = AxumPath::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| {
                Problem::malformed("invalid_id", "The id in the path is not valid UTF-8.")
            })?;
        text.parse().map(Self).map_err(|error| invalid_id(&error))
    }
}

/// The one name in the path, whatever it is.
#[derive(Debug, Clone)]
pub struct PathName(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let AxumPath(text) = AxumPath::from_request_parts(parts, state)
            .await
            .map_err(|_| {
                Problem::malformed("invalid_path", "The name in the path is not valid UTF-8.")
            })?;
        Ok(Self(text))
    }
}

/// 400 `invalid_id` that names the form asked for.
#[must_use]
pub fn invalid_id(error: &InvalidId) -> Problem {
    Problem::malformed(
        "invalid_id",
        format!("The id in the path cannot be one: {error}."),
    )
    .for_param("id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(default)]
        inner: Option<Inner>,
        #[serde(default)]
        text: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "read by serde only")]
        count: u8,
    }

    fn refusal(text: &str) -> (String, Vec<String>) {
        let problem = parse_json::<Outer>(text.as_bytes()).unwrap_err();
        assert_eq!(problem.status, 400);
        (
            problem.code,
            problem
                .errors
                .into_iter()
                .map(|error| error.param)
                .collect(),
        )
    }

    #[test]
    fn each_bad_body_is_refused_with_its_code_and_place() {
        assert_eq!(refusal("{").0, "malformed_json");
        assert_eq!(refusal("{} {}").0, "malformed_json");
        assert_eq!(refusal(" []").0, "invalid_value");
        assert_eq!(
            refusal(r#"{"nope":1}"#),
            ("unknown_field".into(), vec!["nope".into()])
        );
        assert_eq!(
            refusal(r#"{"inner":{"count":1,"x":2}}"#),
            ("unknown_field".into(), vec!["inner.x".into()])
        );
        assert_eq!(
            refusal(r#"{"inner":{}}"#),
            ("missing_field".into(), vec!["inner.count".into()])
        );
        assert_eq!(
            refusal(r#"{"inner":{"count":"7"}}"#),
            ("invalid_value".into(), vec!["inner.count".into()])
        );
        assert_eq!(refusal(r#"{"inner":{"count":256}}"#).0, "invalid_value");
    }

    #[test]
    fn only_what_is_no_json_is_told_by_its_line() {
        let said = |text: &str| parse_json::<Outer>(text.as_bytes()).unwrap_err().detail;
        assert!(said("{\"text\": }").contains(" at line 1 column 10"));
        for text in [
            r#"{"nope":1}"#,
            r#"{"inner":{"count":"7"}}"#,
            r#"{"inner":{}}"#,
            "7",
        ] {
            assert!(!said(text).contains("at line"), "{}", said(text));
        }
    }

    #[tokio::test]
    async fn a_parameter_that_cannot_be_read_is_named() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "read by serde only")]
        struct List {
            limit: Option<u32>,
            before: Option<u32>,
            open: Option<bool>,
            q: String,
        }
        for (query, param, said) in [
            (
                "q=a&limit=abc",
                "limit",
                "`limit` cannot be used: it must be a whole number",
            ),
            ("limit=1&before=x&limit=3&q=a", "before", "whole number"),
            ("before=-1", "before", "whole number"),
            ("limit=99999999999", "limit", "number too large"),
            ("open=maybe&q=", "open", "`true` or `false`"),
            ("%6cimit=", "limit", "whole number"),
            ("limit=1&limits=2", "limits", "unknown field"),
            ("limit=1", "q", "missing field"),
        ] {
            let request = Request::get(format!("/?{query}"))
                .body(Body::empty())
                .unwrap();
            let (mut parts, _) = request.into_parts();
            let refused = Query::<List>::from_request_parts(&mut parts, &())
                .await
                .unwrap_err();
            assert_eq!(
                refused.errors[0].param, param,
                "{query}: {}",
                refused.detail
            );
            assert!(refused.detail.contains(said), "{query}: {}", refused.detail);
        }
    }

    #[tokio::test]
    async fn an_optional_body_may_be_missing_or_null_and_is_read_where_it_is_there() {
        let read = async |text: &'static str| {
            let request = Request::post("/").header(CONTENT_TYPE, "application/json");
            let request = request.body(text.into()).unwrap();
            OptionalJson::<Outer>::from_request(request, &()).await
        };
        for (text, expected) in [("", ""), ("null", ""), ("{}", ""), (r#"{"text":"a"}"#, "a")] {
            assert_eq!(read(text).await.unwrap().0.value.text, expected, "{text}");
        }
        for (text, code) in [
            ("{", "malformed_json"),
            ("1", "invalid_value"),
            (r#"{"inner":{}}"#, "missing_field"),
        ] {
            assert_eq!(read(text).await.unwrap_err().code, code, "{text}");
        }
        let request = Request::post("/").body("{}".into()).unwrap();
        let undeclared = OptionalJson::<Outer>::from_request(request, &()).await;
        assert_eq!(undeclared.unwrap_err().status, 415);
    }

    #[test]
    fn a_nul_is_refused_and_a_written_backslash_is_not() {
        assert_eq!(refusal(r#"{"text":"a\u0000b"}"#).0, "invalid_character");
        let outer = parse_json::<Outer>(br#"{"text":"a\\u0000b"}"#).unwrap();
        assert_eq!(outer.text, "a\\u0000b");
        assert!(outer.inner.is_none());
    }
}
