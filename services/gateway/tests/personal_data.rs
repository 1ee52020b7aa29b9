//! `/api/v1/users/me/export`: what is asked of the caller before anything is read.

#![cfg(test)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use access::STEP_UP_WITHIN;
use async_trait::async_trait;
use contracts::identity::{OrgId, UserId};
use module::{Failure, Opened};
use serde_json::{Map, Value, json};
use utoipa_axum::router::OpenApiRouter;

use crate::support::{Bench, get, get_as};

const EXPORT: &str = "/api/v1/users/me/export";

/// A service that counts how often it is asked.
#[derive(Default)]
struct Counting(AtomicUsize);

#[async_trait]
impl Opened for Counting {
    fn router(self: Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
    }

    async fn personal_data(&self, _: OrgId, _: UserId) -> Result<Map<String, Value>, Failure> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Map::from_iter([("profile".to_owned(), json!({}))]))
    }
}

#[tokio::test]
async fn an_export_without_a_fresh_proof_is_refused_before_anything_is_read() {
    let service = Arc::new(Counting::default());
    let asked = || service.0.load(Ordering::Relaxed);
    let mut bench = Bench::configured(|config| config.exports = "1/h".parse().unwrap());
    bench.parts.services.push(service.clone());
    let clock = bench.clock.clone();
    let router = bench.router();
    assert_eq!(get(&router, EXPORT).await.status, 401);
    for _ in 0..2 {
        let refused = get_as(&router, "good", EXPORT).await.problem();
        assert_eq!((refused.status, &*refused.code), (403, "step_up_required"));
        assert_eq!(refused.methods, ["password"]);
    }
    assert_eq!(asked(), 0);
    // What is refused counts as no export.
    let exported = get_as(&router, "proved", EXPORT).await;
    assert_eq!((exported.status.as_u16(), asked()), (200, 1));
    clock.advance(STEP_UP_WITHIN);
    let refused = get_as(&router, "proved", EXPORT).await;
    assert_eq!(refused.refusal(), (403, "step_up_required".into()));
    assert_eq!(asked(), 1);
}

/// A service whose database is away.
struct Away;

#[async_trait]
impl Opened for Away {
    fn router(self: Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
    }

    async fn personal_data(&self, _: OrgId, _: UserId) -> Result<Map<String, Value>, Failure> {
        Err("its database is away".into())
    }
}

#[tokio::test]
async fn where_a_service_cannot_answer_nothing_is_exported() {
    let mut bench = Bench::new();
    bench.parts.services.push(Arc::new(Counting::default()));
    bench.parts.services.push(Arc::new(Away));
    let answer = get_as(&bench.router(), "proved", EXPORT).await;
    assert_eq!(answer.refusal(), (503, "export_incomplete".into()));
    assert!(!answer.text().contains("profile") && !answer.text().contains("database"));
}
