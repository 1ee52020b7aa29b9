//! `/api/v1/system/summary`: what it says of requests, reports and health.

#![cfg(test)]

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use contracts::identity::{OrgId, UserId};
use module::{Failure, InFlight, JournalReport, LedgerCheck, Opened, QueueFigures, Report};
use serde_json::{Map, Value, json};
use utoipa_axum::router::OpenApiRouter;
use values::SECOND;

use crate::support::{Bench, NOW, get, get_as};

/// A service that reports so, or not at all.
struct Reporting(Option<Report>);

#[async_trait]
impl Opened for Reporting {
    fn router(self: Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
    }

    async fn personal_data(&self, _: OrgId, _: UserId) -> Result<Map<String, Value>, Failure> {
        Ok(Map::new())
    }

    async fn report(self: Arc<Self>) -> Result<Report, Failure> {
        self.0.clone().ok_or_else(|| "its database is away".into())
    }
}

fn money(queue_depth: i64, unbalanced: &[&'static str], unresolved_hours: i64) -> Reporting {
    Reporting(Some(Report {
        journal: Some(JournalReport {
            queue_depth,
            queue_capacity: 100,
        }),
        in_flight: Some(InFlight {
            unresolved: 1,
            oldest_unresolved: Some(NOW.plus(-unresolved_hours * 3_600 * SECOND)),
            ..InFlight::default()
        }),
        ledger: Some(LedgerCheck {
            checked_at: NOW,
            accounts: 7,
            balanced: unbalanced.is_empty(),
            unbalanced_currencies: unbalanced.to_vec(),
        }),
        queues: Vec::new(),
        ..Report::default()
    }))
}

fn queue(oldest_seconds: i64, dead_letters: i64) -> Reporting {
    let queues = vec![QueueFigures {
        name: "mails".to_owned(),
        depth: 3,
        oldest: Some(NOW.plus(-oldest_seconds * SECOND)),
        dead_letters,
        paused: 0,
    }];
    Reporting(Some(Report {
        queues,
        ..Report::default()
    }))
}

fn over(services: Vec<Reporting>) -> Router {
    let mut bench = Bench::new();
    for service in services {
        bench.parts.services.push(Arc::new(service));
    }
    bench.router()
}

async fn summary(router: &Router) -> Value {
    let answer = get_as(router, "operator", "/api/v1/system/summary").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn points(summary: &Value) -> Vec<(&str, f64)> {
    let parts = summary["health"]["parts"].as_array().unwrap();
    let point = |part: &Value| part["points"].as_f64().unwrap();
    let name = |part: &Value| part["name"].as_str().unwrap().len();
    assert!(parts.iter().all(|part| name(part) > 0));
    let named = parts
        .iter()
        .map(|part| (part["name"].as_str().unwrap(), point(part)));
    named.collect()
}

fn points_of(summary: &Value, name: &str) -> f64 {
    let found = points(summary)
        .into_iter()
        .find(|(known, _)| *known == name);
    found.unwrap().1
}

#[tokio::test]
async fn where_nothing_is_amiss_the_score_is_a_hundred_and_the_weights_make_it() {
    let said = summary(&over(vec![money(0, &[], 0), queue(0, 0)])).await;
    assert_eq!(said["health"]["score"], 100, "{said:#}");
    let parts = said["health"]["parts"].as_array().unwrap();
    let weights: u64 = parts
        .iter()
        .map(|part| part["weight"].as_u64().unwrap())
        .sum();
    assert_eq!(weights, 100);
    assert_eq!(said["requests"]["count"], 0);
    assert_eq!(said["requests"]["success_rate"], Value::Null);
    assert_eq!(
        said["journal"],
        json!({"queue_depth": 0, "queue_capacity": 100})
    );
    assert_eq!(said["queues"][0]["name"], "mails");
    assert_eq!(said["checks"]["status"], "ok");
}

#[tokio::test]
async fn what_is_amiss_costs_the_points_of_its_part() {
    let said = summary(&over(vec![money(75, &["USD"], 24), queue(1_830, 50)])).await;
    for (name, expected) in [
        ("journal_queue_used", 5.0),
        ("unbalanced_currencies", 0.0),
        ("oldest_unresolved_hours", 0.0),
        ("oldest_queued_seconds", 2.5),
        ("dead_letters", 2.5),
        ("failing_checks", 25.0),
    ] {
        let found = points_of(&said, name);
        assert!((found - expected).abs() < 1e-9, "{name}: {found}");
    }
    assert_eq!(said["health"]["score"], 65, "{said:#}");
    assert_eq!(said["dead_letters"], 50);
    assert_eq!(said["ledger"]["balanced"], false);
}

#[tokio::test]
async fn a_service_that_cannot_report_is_counted_and_what_it_would_say_earns_nothing() {
    let said = summary(&over(vec![money(0, &[], 0), Reporting(None)])).await;
    assert_eq!(said["silent_services"], 1);
    let lost = ["oldest_queued_seconds", "dead_letters"].map(|name| points_of(&said, name));
    assert!(lost.iter().all(|points| points.abs() < 1e-9), "{lost:?}");
    assert_eq!(said["health"]["score"], 90);
}

#[tokio::test]
async fn requests_to_the_api_are_counted_and_only_faults_are_failures() {
    let router = over(Vec::new());
    for path in ["/api/v1/me", "/api/v1/panic", "/health", "/nowhere"] {
        get(&router, path).await;
    }
    let requests = summary(&router).await["requests"].take();
    assert_eq!(
        (&requests["count"], &requests["failed"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(requests["success_rate"], 0.5);
    assert!(requests["p50_ms"].as_f64() <= requests["p99_ms"].as_f64());
}

#[tokio::test]
async fn who_is_not_known_or_no_operator_sees_nothing_of_it() {
    let router = over(Vec::new());
    let answer = get(&router, "/api/v1/system/summary").await;
    assert_eq!(answer.refusal(), (401, "unauthenticated".into()));
    let answer = get_as(&router, "good", "/api/v1/system/summary").await;
    assert_eq!(answer.refusal(), (403, "forbidden".into()));
}
