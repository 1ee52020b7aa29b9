//! `/`, `/health`, `/ready` and `/metrics`.

#![cfg(test)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Bench, get, post, request, router, send};
use async_trait::async_trait;
use platform::health::HealthCheck;
use values::SECOND;

/// A part in some state.
enum Part {
    Well,
    Ill,
    Silent,
    Broken,
    Worried,
    Counted(Arc<AtomicUsize>),
}

#[async_trait]
impl HealthCheck for Part {
    async fn check(&self) -> Result<(), String> {
        match self {
            Self::Well => Ok(()),
            Self::Ill => Err("the disk is full".to_owned()),
            Self::Silent => std::future::pending().await,
            Self::Broken => panic!("as told"),
            Self::Worried => Ok(()),
            Self::Counted(times) => {
                times.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    async fn warning(&self) -> Option<String> {
        matches!(self, Self::Worried).then(|| "the disk is nearly full".to_owned())
    }
}

fn with_parts(parts: Vec<(&'static str, Part)>) -> Bench {
    let mut bench = Bench::new();
    bench.parts.checks = parts
        .into_iter()
        .map(|(name, part)| (name.to_owned(), Arc::new(part) as Arc<dyn HealthCheck>))
        .collect();
    bench
}

#[tokio::test]
async fn the_root_says_what_this_is() {
    let answer = get(&router(), "/").await;
    let expected = serde_json::json!({"name": "PayFlow", "version": "1.2.3", "docs": "/api-docs"});
    assert_eq!((answer.status.as_u16(), answer.json()), (200, expected));
}

#[tokio::test]
async fn health_names_its_parts() {
    let router = with_parts(vec![("journal", Part::Well)]).router();
    let answer = get(&router, "/health").await;
    let expected = serde_json::json!({
        "status": "ok",
        "version": "1.2.3",
        "checked_at": "2023-11-14T22:13:20.000000Z",
        "checks": {"journal": {"status": "ok"}}
    });
    assert_eq!((answer.status.as_u16(), answer.json()), (200, expected));
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn a_demo_tells_where_its_mails_are_and_no_other_store_does() {
    let mut demo = with_parts(Vec::new());
    assert_eq!(
        get(&router(), "/health").await.json().get("mail_folder"),
        None
    );
    demo.parts.mail_folder = Some("data/mail".to_owned());
    let answer = get(&demo.router(), "/health").await;
    assert_eq!(answer.json()["mail_folder"], "data/mail");
}

#[tokio::test]
async fn a_part_that_warns_is_still_healthy_and_ready() {
    let router = with_parts(vec![("well", Part::Well), ("worried", Part::Worried)]).router();
    for path in ["/health", "/ready"] {
        let answer = get(&router, path).await;
        let said = answer.json();
        assert_eq!(
            (answer.status.as_u16(), &said["status"]),
            (200, &"ok".into())
        );
        let expected =
            serde_json::json!({"status": "warning", "detail": "the disk is nearly full"});
        assert_eq!(said["checks"]["worried"], expected);
    }
}

#[tokio::test(start_paused = true)]
async fn each_part_that_fails_says_how_and_the_whole_fails() {
    let parts = vec![
        ("well", Part::Well),
        ("ill", Part::Ill),
        ("silent", Part::Silent),
        ("broken", Part::Broken),
    ];
    let router = with_parts(parts).router();
    for path in ["/health", "/ready"] {
        let answer = get(&router, path).await;
        assert_eq!(answer.status, 503);
        let said = answer.json();
        assert_eq!(said["status"], "failing");
        assert_eq!(said["checks"]["well"], serde_json::json!({"status": "ok"}));
        assert_eq!(said["checks"]["ill"]["detail"], "the disk is full");
        assert_eq!(said["checks"]["silent"]["detail"], "did not answer in time");
        assert_eq!(said["checks"]["broken"]["status"], "failing");
    }
}

#[tokio::test]
async fn parts_are_asked_at_most_once_a_second() {
    let times = Arc::new(AtomicUsize::new(0));
    let bench = with_parts(vec![("part", Part::Counted(Arc::clone(&times)))]);
    let clock = Arc::clone(&bench.clock);
    let router = bench.router();
    for _ in 0..3 {
        assert_eq!(get(&router, "/health").await.status, 200);
    }
    assert_eq!(times.load(Ordering::Relaxed), 1);
    clock.advance(SECOND);
    assert_eq!(get(&router, "/ready").await.status, 200);
    assert_eq!(times.load(Ordering::Relaxed), 2);
    // A clock that was set back does not keep an old answer for ever.
    clock.advance(-60 * SECOND);
    assert_eq!(get(&router, "/health").await.status, 200);
    assert_eq!(times.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_server_that_stops_is_not_ready_and_still_healthy() {
    let bench = Bench::new();
    let stop = bench.stop.clone();
    let router = bench.router();
    assert_eq!(get(&router, "/ready").await.status, 200);
    stop.send_replace(true);
    let ready = get(&router, "/ready").await;
    assert_eq!(
        (ready.status.as_u16(), &ready.json()["status"]),
        (503, &"stopping".into())
    );
    assert_eq!(get(&router, "/health").await.status, 200);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_path() {
    let router = router();
    get(&router, "/api/v1/text/one").await;
    get(&router, "/api/v1/text/two").await;
    get(&router, "/nowhere/at/all").await;
    send(&router, request("BREW", "/api/v1/things")).await;
    send(&router, post("/api/v1/things", "{".into())).await;
    let answer = get(&router, "/metrics").await;
    assert_eq!(
        answer.header("content-type"),
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    let text = answer.text();
    for line in [
        r#"payflow_gateway_requests_total{method="GET",route="/api/v1/text/{text}",status="200"} 2"#,
        r#"payflow_gateway_requests_total{method="GET",route="unmatched",status="404"} 1"#,
        r#"payflow_gateway_requests_total{method="other",route="/api/v1/things",status="405"} 1"#,
        r#"payflow_gateway_requests_total{method="POST",route="/api/v1/things",status="400"} 1"#,
        r#"payflow_gateway_request_duration_seconds_count{route="/api/v1/text/{text}"} 2"#,
        "payflow_gateway_requests_in_flight 1",
        "# EOF",
    ] {
        assert!(
            text.lines().any(|said| said == line),
            "{line} is missing:\n{text}"
        );
    }
    assert!(!text.contains("nowhere"));
}

#[tokio::test]
async fn a_client_that_goes_away_is_counted_out() {
    let router = router();
    let waiting = get(&router, "/api/v1/never");
    // Polled once, so that the handler has begun, and dropped.
    tokio::select! {
        biased;
        _ = waiting => unreachable!("the handler never answers"),
        () = std::future::ready(()) => {}
    }
    let metrics = get(&router, "/metrics").await;
    let gone =
        r#"payflow_gateway_requests_total{method="GET",route="/api/v1/never",status="499"} 1"#;
    assert!(metrics.text().contains(gone), "{}", metrics.text());
    assert!(
        metrics
            .text()
            .contains("payflow_gateway_requests_in_flight 1\n")
    );
}

#[tokio::test]
async fn metrics_ask_for_their_token_where_one_is_configured() {
    let token = "a-token-of-some-length";
    let router = Bench::configured(|config| config.metrics_token = Some(token.into())).router();
    for sent in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer good",
        "Basic a-token-of-some-length",
    ] {
        let mut request = request("GET", "/metrics");
        request
            .headers_mut()
            .insert("authorization", sent.parse().unwrap());
        let answer = send(&router, request).await;
        assert_eq!(answer.refusal(), (401, "unauthenticated".into()), "{sent}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    let mut request = request("GET", "/metrics");
    request
        .headers_mut()
        .insert("authorization", format!("Bearer {token}").parse().unwrap());
    assert_eq!(send(&router, request).await.status, 200);
}

#[test]
fn settings_that_cannot_be_used_are_refused_when_the_router_is_built() {
    let bench = Bench::configured(|config| config.cors_allowed_origins = vec!["nonsense".into()]);
    let error = gateway::build(bench.parts).err().unwrap();
    assert_eq!(error.key, "cors_allowed_origins");
}
