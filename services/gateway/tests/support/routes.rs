//! Routes of an imaginary service.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use access::Principal;
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use values::typed_id;
use web::client::Client;
use web::extract::{Json, PathId, read_body};
use web::problem::Problem;

typed_id!(
    /// A thing.
    ThingId,
    "thg"
);

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Thing {
    /// How long the text was.
    pub text: String,
}

/// One thing
#[utoipa::path(
    get,
    path = "/api/v1/things/{id}",
    params(("id" = inline(ThingId), Path, description = "Which thing.")),
    responses(
        (status = 200, description = "The thing.", body = Thing),
        (status = 503, description = "Said by the service itself.", body = Problem, content_type = "application/problem+json")
    )
)]
async fn get_thing(PathId(id): PathId<ThingId>) -> axum::Json<Thing> {
    let text = id.to_string();
    axum::Json(Thing { text })
}

/// A new thing
#[utoipa::path(
    post,
    path = "/api/v1/things",
    request_body = Thing,
    responses((status = 201, description = "The thing.", body = Thing))
)]
async fn post_thing(body: Json<Thing>) -> impl IntoResponse {
    (StatusCode::CREATED, axum::Json(body.value))
}

/// Who is asking
#[utoipa::path(
    get,
    path = "/api/v1/me",
    security(("bearerAuth" = [])),
    responses((status = 200, description = "The user.", body = String))
)]
async fn get_me(caller: Principal) -> String {
    caller.user.to_string()
}

pub fn router() -> OpenApiRouter {
    OpenApiRouter::default()
        .routes(routes!(get_thing))
        .routes(routes!(post_thing))
        .routes(routes!(get_me))
        .merge(misbehaving().into())
}

/// What no document mentions: one that tells where a request came from; handlers that are slow,
/// panic, or leave the error to the framework.
fn misbehaving() -> Router {
    Router::new()
        .route(
            "/api/v1/address",
            get(|client: Client| async move { client.address.to_string() }),
        )
        .route(
            "/api/v1/panic",
            get(|| async { panic!("as told") as StatusCode }),
        )
        .route(
            "/api/v1/never",
            get(std::future::pending::<StatusCode>).post(std::future::pending::<StatusCode>),
        )
        .route(
            "/api/v1/plain",
            get(|| async { (StatusCode::CONFLICT, [("retry-after", "7")], "no") }),
        )
        .route(
            "/api/v1/page",
            get(|| async { (StatusCode::CONFLICT, Html("<h1>no</h1>")) }),
        )
        .route(
            "/api/v1/empty",
            get(|| async { StatusCode::SERVICE_UNAVAILABLE }),
        )
        .route(
            "/api/v1/text/{text}",
            get(|Path(text): Path<String>| async { text }),
        )
        .route(
            "/api/v1/bytes",
            post(|bytes: Bytes| async move { bytes.len().to_string() }),
        )
        .route("/api/v1/body", post(count))
        .route("/api/v1/ledger/transfers", post(count))
        .route(
            "/api/v1/unread",
            post(|| async { Problem::unauthenticated() }),
        )
        .route("/api/v1/swallow", post(swallow))
}

async fn count(body: Body) -> Result<String, Problem> {
    Ok(read_body(body, usize::MAX).await?.len().to_string())
}

/// Reads, and makes something of its own of the error.
async fn swallow(body: Body) -> Result<String, StatusCode> {
    let read = axum::body::to_bytes(body, usize::MAX).await;
    read.map(|bytes| bytes.len().to_string())
        .map_err(|_| StatusCode::BAD_REQUEST)
}

/// `GET /api/v1/gate`: tells that it was entered, and answers when it is opened.
#[derive(Debug, Default, Clone)]
pub struct Gate {
    pub entered: Arc<Notify>,
    pub open: Arc<Notify>,
}

impl Gate {
    pub fn router(&self) -> OpenApiRouter {
        let gate = self.clone();
        let handler = move || {
            let gate = gate.clone();
            async move {
                gate.entered.notify_one();
                gate.open.notified().await;
                "through"
            }
        };
        Router::new().route("/api/v1/gate", get(handler)).into()
    }
}

/// `GET /api/v1/endless`: an answer without end; tells when the server gives up sending it.
pub fn endless(gone: Arc<Notify>) -> OpenApiRouter {
    let handler = move || {
        let body = Endless(Arc::clone(&gone));
        async { Body::new(body) }
    };
    Router::new().route("/api/v1/endless", get(handler)).into()
}

struct Endless(Arc<Notify>);

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(
            &[b'x'; 64 * 1024],
        )))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// A body that sends one byte a second for ever.
pub fn dribble() -> Body {
    Body::new(Dribble(tokio::time::interval(Duration::from_secs(1))))
}

struct Dribble(tokio::time::Interval);

impl HttpBody for Dribble {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        std::task::ready!(self.0.poll_tick(cx));
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b" ")))))
    }
}

/// A body of so many bytes in pieces, whose length is not declared.
pub fn pieces(length: usize) -> Body {
    Body::new(Pieces(length))
}

struct Pieces(usize);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.0.min(10_000);
        self.0 -= piece;
        Poll::Ready((piece > 0).then(|| Ok(Frame::data(vec![b' '; piece].into()))))
    }
}
