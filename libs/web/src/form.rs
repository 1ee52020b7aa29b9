//! Bodies that come as JSON from a program, or from a form of a page of ours
//! (`application/x-www-form-urlencoded`). Like `extract.rs` it checks form only.

use axum::extract::{FromRequest, Request};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use crate::extract::{MAX_JSON_BYTES, parse_json, read_body, require_json};
use crate::problem::Problem;

/// What was sent, and by what: a program gets JSON back, anyone who filled in a form a page.
#[derive(Debug, Clone)]
pub enum Submitted<J, F = J> {
    /// JSON.
    Json(J),
    /// A form.
    Form(F),
}

impl<J: DeserializeOwned, F: DeserializeOwned, S: Send + Sync> FromRequest<S> for Submitted<J, F> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let is_form = is_form(request.headers());
        if !is_form {
            require_json(request.headers())?;
        }
        let raw = read_body(request.into_body(), MAX_JSON_BYTES).await?;
        if is_form {
            parse_form(&raw).map(Self::Form)
        } else {
            parse_json(&raw).map(Self::Json)
        }
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let essence = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| {
        essence
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

fn parse_form<T: DeserializeOwned>(raw: &[u8]) -> Result<T, Problem> {
    if raw.contains(&0) || raw.windows(3).any(|window| window == b"%00") {
        let detail = "The form holds a NUL character (%00), which no field can keep. Leave it out.";
        return Err(Problem::malformed("invalid_character", detail));
    }
    serde_urlencoded::from_bytes(raw).map_err(|error| {
        let detail = format!("The form cannot be used: {error}.");
        Problem::malformed("malformed_form", detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sent {
        token: String,
    }

    async fn sent(kind: &str, body: &'static str) -> Result<String, String> {
        let request = Request::post("/").header(CONTENT_TYPE, kind);
        let request = request.body(Body::from(body)).unwrap();
        match Submitted::<Sent>::from_request(request, &()).await {
            Ok(Submitted::Json(sent)) => Ok(format!("JSON {}", sent.token)),
            Ok(Submitted::Form(sent)) => Ok(format!("form {}", sent.token)),
            Err(problem) => Err(problem.code),
        }
    }

    #[tokio::test]
    async fn what_was_sent_is_read_as_what_it_says_it_is() {
        let form = "application/x-www-form-urlencoded";
        let json = "application/json";
        assert_eq!(sent(json, r#"{"token":"a&b"}"#).await.unwrap(), "JSON a&b");
        for kind in [form, "Application/X-WWW-Form-URLencoded ; charset=UTF-8"] {
            assert_eq!(sent(kind, "token=a%26b+c").await.unwrap(), "form a&b c");
        }
        for (kind, body, code) in [
            (form, "", "malformed_form"),
            (form, "token=a&other=b", "malformed_form"),
            (form, "token=a&token=b", "malformed_form"),
            (form, r#"{"token":"a"}"#, "malformed_form"),
            (form, "token=a%00", "invalid_character"),
            (json, "token=a", "malformed_json"),
            ("text/plain", "token=a", "unsupported_media_type"),
            ("multipart/form-data", "token=a", "unsupported_media_type"),
        ] {
            assert_eq!(sent(kind, body).await.unwrap_err(), code, "{kind} {body}");
        }
    }
}
