//! What the gateway counts: requests by method, route and status, how long they took, how many are
//! at hand. It never counts by raw path, so that a stranger cannot make up series.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use platform::metrics::Metrics;
use platform::recent::Recent;
use platform::telemetry::REQUESTS;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

/// The route of a request that none matched.
pub(crate) const UNMATCHED: &str = "unmatched";

/// The status counted for a request whose client went away before the answer: nginx's number for
/// it.
const CLIENT_GONE: u16 = 499;

const BUCKETS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: Arc<str>,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: Arc<str>,
}

/// The gateway's metrics; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct HttpMetrics(Arc<Series>);

#[derive(Debug)]
struct Series {
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    /// Requests to the API, without those to the pages and to the gateway's own endpoints.
    recent: Arc<Recent>,
    /// Handles already made, so that a request looks up one short list and allocates nothing.
    routes: RwLock<HashMap<Box<str>, Arc<Route>>>,
}

#[derive(Debug)]
struct Route {
    name: Arc<str>,
    is_of_api: bool,
    duration: Histogram,
    counters: RwLock<Vec<(&'static str, u16, Counter)>>,
}

impl HttpMetrics {
    pub(crate) fn new(metrics: &Metrics, recent: Arc<Recent>) -> Self {
        let durations =
            Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        Self(Arc::new(Series {
            requests: metrics.register(
                "gateway_requests",
                "Requests answered, by method, route and status",
                Family::default(),
            ),
            durations: metrics.register(
                "gateway_request_duration_seconds",
                "Time from the head of a request to the head of its answer, by route",
                durations,
            ),
            in_flight: metrics.register(
                "gateway_requests_in_flight",
                "Requests that wait for their answer",
                Gauge::default(),
            ),
            recent,
            routes: RwLock::default(),
        }))
    }

    /// Counts a request in; what comes back counts it out.
    pub(crate) fn begin(&self, method: &Method, route: &str) -> RequestMetrics {
        self.0.in_flight.inc();
        RequestMetrics {
            in_flight: self.0.in_flight.clone(),
            route: self.route(route),
            series: Arc::clone(&self.0),
            method: method_name(method),
            began: Instant::now(),
            answered: false,
        }
    }

    fn route(&self, name: &str) -> Arc<Route> {
        let known = self.0.routes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = known.get(name) {
            return Arc::clone(route);
        }
        drop(known);
        let labels = RouteLabels { route: name.into() };
        let route = Arc::new(Route {
            duration: self.0.durations.get_or_create_owned(&labels),
            is_of_api: name.starts_with("/api/v1/"),
            name: labels.route,
            counters: RwLock::default(),
        });
        let mut known = self
            .0
            .routes
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(name.into()).or_insert(route))
    }
}

/// A request on its way through the gateway.
#[derive(Debug)]
pub(crate) struct RequestMetrics {
    series: Arc<Series>,
    in_flight: Gauge,
    route: Arc<Route>,
    method: &'static str,
    began: Instant,
    answered: bool,
}

impl RequestMetrics {
    /// Counts the request out and writes its one line in the log.
    pub(crate) fn finish(mut self, status: StatusCode) {
        self.answered = true;
        let took = self.count(status.as_u16());
        tracing::info!(
            target: REQUESTS,
            method = self.method,
            route = &*self.route.name,
            status = status.as_u16(),
            duration_us = micros(took),
            "request answered"
        );
    }

    fn count(&self, status: u16) -> Duration {
        let took = self.began.elapsed();
        self.route.duration.observe(took.as_secs_f64());
        self.route.counter(&self.series, self.method, status).inc();
        if self.route.is_of_api {
            self.series.recent.note(took, status >= 500);
        }
        took
    }
}

impl Drop for RequestMetrics {
    fn drop(&mut self) {
        self.in_flight.dec();
        if !self.answered {
            let took = self.count(CLIENT_GONE);
            tracing::info!(
                target: REQUESTS,
                method = self.method,
                route = &*self.route.name,
                duration_us = micros(took),
                "the client went away before the answer"
            );
        }
    }
}

impl Route {
    fn counter(&self, series: &Series, method: &'static str, status: u16) -> Counter {
        let find = |counters: &[(&'static str, u16, Counter)]| {
            counters
                .iter()
                .find(|known| known.0 == method && known.1 == status)
                .map(|known| known.2.clone())
        };
        let known = self.counters.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = find(&known) {
            return counter;
        }
        drop(known);
        let labels = RequestLabels {
            method,
            route: Arc::clone(&self.name),
            status,
        };
        let counter = series.requests.get_or_create_owned(&labels);
        let mut known = self
            .counters
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if find(&known).is_none() {
            known.push((method, status, counter.clone()));
        }
        counter
    }
}

/// The method as a label; one that HTTP does not define is `other`.
fn method_name(method: &Method) -> &'static str {
    const NAMES: [(Method, &str); 9] = [
        (Method::GET, "GET"),
        (Method::POST, "POST"),
        (Method::PATCH, "PATCH"),
        (Method::PUT, "PUT"),
        (Method::DELETE, "DELETE"),
        (Method::HEAD, "HEAD"),
        (Method::OPTIONS, "OPTIONS"),
        (Method::TRACE, "TRACE"),
        (Method::CONNECT, "CONNECT"),
    ];
    NAMES
        .iter()
        .find(|(known, _)| known == method)
        .map_or("other", |(_, name)| name)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
