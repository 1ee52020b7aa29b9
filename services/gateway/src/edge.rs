//! The outermost layer, around every route and around what no route matches: the request's id, its
//! line in the log, its metrics, where it comes from, who may identify its caller, and the headers
//! of its answer, with the newline at its end for programs that print it. One layer and not five,
//! because each costs an allocation per request. It never refuses anything.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use access::SharedAuthenticator;
use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use platform::ids::Ids;
use tower::{Layer, Service};
use tracing::Instrument;

use crate::client::Proxies;
use crate::config::Config;
use crate::headers;
use crate::newline;
use crate::request_id::{RequestId, X_REQUEST_ID};
use crate::request_metrics::{HttpMetrics, UNMATCHED};

/// What a layer's service answers with.
pub(crate) type Answer = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

/// The layer; cheap to clone.
#[derive(Clone)]
pub(crate) struct EdgeLayer(Arc<Edge>);

struct Edge {
    ids: Ids,
    authenticator: SharedAuthenticator,
    http_metrics: HttpMetrics,
    proxies: Proxies,
    https: bool,
}

impl EdgeLayer {
    pub(crate) fn new(
        ids: Ids,
        authenticator: SharedAuthenticator,
        http_metrics: HttpMetrics,
        config: &Config,
    ) -> Self {
        Self(Arc::new(Edge {
            ids,
            authenticator,
            http_metrics,
            proxies: Proxies::new(config),
            https: config.https,
        }))
    }
}

impl<S> Layer<S> for EdgeLayer {
    type Service = EdgeService<S>;

    fn layer(&self, inner: S) -> EdgeService<S> {
        EdgeService {
            inner,
            edge: Arc::clone(&self.0),
        }
    }
}

/// A service behind the edge.
#[derive(Clone)]
pub(crate) struct EdgeService<S> {
    inner: S,
    edge: Arc<Edge>,
}

impl<S> Service<Request> for EdgeService<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Answer {
        let edge = Arc::clone(&self.edge);
        let id = RequestId::of(request.headers(), &edge.ids);
        let route = request
            .extensions()
            .get::<MatchedPath>()
            .map_or(UNMATCHED, MatchedPath::as_str);
        let request_metrics = edge.http_metrics.begin(request.method(), route);
        let client = edge.proxies.client_of(&request);
        let wants_newline = newline::is_wanted(request.headers());
        let extensions = request.extensions_mut();
        extensions.insert(Arc::clone(&edge.authenticator));
        if let Some(client) = client {
            extensions.insert(client);
        }
        // At level error, so that the lines of a request carry its id however little is logged.
        let span = tracing::error_span!("request", request_id = &*id.text);
        let answer = self.inner.call(request);
        let request_id = Arc::clone(&id.text);
        let answer = async move {
            let mut response = answer.await?;
            let headers = response.headers_mut();
            headers::secure(headers, edge.https);
            headers.insert(X_REQUEST_ID, id.header);
            request_metrics.finish(response.status());
            if wants_newline {
                response = newline::append(response);
            }
            Ok(response)
        };
        Box::pin(platform::request_id::scope(request_id, answer).instrument(span))
    }
}
