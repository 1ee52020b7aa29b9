//! What makes a request happen once, as HTTP carries it: the key, the route that it belongs to, and
//! the mark of an answer that was stored before. Where answers are stored, each service decides.

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use utoipa::IntoParams;

use crate::problem::Problem;

/// The header of the key.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// What all routes with keys begin with.
const BASE: &str = "/api/v1";

/// The key of a request, and its route; nothing where none was sent. An extractor that refuses what
/// cannot be a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey(pub Option<RouteKey>);

/// A key belongs to a route: the same one elsewhere is another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteKey {
    /// The method and the matched path, with what its parameters are: `POST /wallets/wal_…/freeze`.
    pub route: String,
    /// 1 to 255 printable ASCII characters.
    pub key: String,
}

impl<S: Send + Sync> FromRequestParts<S> for RequestKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Some(key) = key(&parts.headers)? else {
            return Ok(Self(None));
        };
        let matched = MatchedPath::from_request_parts(parts, state).await;
        let path = matched.map_err(|_| Problem::internal())?;
        let mut route = path.as_str().trim_start_matches(BASE).to_owned();
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params
            .map_err(|_| Problem::malformed("invalid_path", "The path is not valid UTF-8."))?;
        for (name, value) in &params {
            route = route.replace(&format!("{{{name}}}"), value);
        }
        let route = format!("{} {route}", parts.method);
        Ok(Self(Some(RouteKey { route, key })))
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut keys = headers.get_all(HEADER).iter();
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    let is_one = |key: &&str| (1..=255).contains(&key.len()) && keys.next().is_none();
    // Without its tab, which `to_str` takes.
    let printable = key.to_str().ok().filter(|key| !key.contains('\t'));
    let key = printable.filter(is_one).ok_or_else(|| {
        let detail = "Send one Idempotency-Key of 1 to 255 printable ASCII characters, or none.";
        Problem::malformed("invalid_idempotency_key", detail).for_param("Idempotency-Key")
    })?;
    Ok(Some(key.to_owned()))
}

/// 422 `idempotency_key_reused`: the key came before with another body.
#[must_use]
pub fn reused() -> Problem {
    let detail =
        "This idempotency key was used with another body: use a new key for a new request.";
    Problem::refused("idempotency_key_reused", detail).for_param("Idempotency-Key")
}

/// Marks an answer as stored before.
pub fn mark_replayed(headers: &mut HeaderMap) {
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
}

/// The header that makes a request happen once, as it is documented.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyKeyHeader {
    /// The same key with the same body happens once; the answer is kept for 7 days. A UUIDv7 is the
    /// cheapest.
    #[expect(dead_code, reason = "read from the headers by name; this documents it")]
    #[param(
        rename = "Idempotency-Key",
        value_type = String,
        required = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]([ -~]*[!-~])?$"
    )]
    key: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::routing::post;
    use http::Request;
    use tower::ServiceExt;

    async fn answer(path: &str, keys: &[&str]) -> (u16, String) {
        let handler = |RequestKey(key): RequestKey| async {
            key.map_or_else(String::new, |key| format!("{} | {}", key.route, key.key))
        };
        let router: Router = Router::new()
            .route("/api/v1/things", post(handler))
            .route("/api/v1/things/{id}/parts/{part}", post(handler));
        let mut request = Request::post(path);
        for key in keys {
            request = request.header(HEADER, *key);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 1_000).await;
        let text = String::from_utf8_lossy(&body.unwrap()).into_owned();
        (status, text)
    }

    #[tokio::test]
    async fn a_key_belongs_to_its_route_with_what_the_path_names_however_that_is_written() {
        let one = answer("/api/v1/things", &["k 1"]).await;
        assert_eq!(one, (200, "POST /things | k 1".to_owned()));
        for path in ["/api/v1/things/a/parts/b", "/api/v1/things/%61/parts/%62"] {
            let part = answer(path, &["k"]).await;
            assert_eq!(part, (200, "POST /things/a/parts/b | k".to_owned()));
        }
        assert_eq!(answer("/api/v1/things", &[]).await, (200, String::new()));
    }

    #[tokio::test]
    async fn what_cannot_be_a_key_is_refused() {
        let long = "k".repeat(256);
        for keys in [&[""][..], &[&long], &["a\tb"], &["schlüssel"], &["a", "b"]] {
            let (status, text) = answer("/api/v1/things", keys).await;
            assert_eq!(status, 400, "{keys:?}");
            assert!(text.contains("invalid_idempotency_key"));
        }
        assert_eq!(answer("/api/v1/things", &[&long[1..]]).await.0, 200);
    }
}
