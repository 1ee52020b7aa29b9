//! The OpenAPI document: complete, and every schema in it defined. That answers match it, `support`
//! checks.

use std::sync::Arc;

use payments::Service;
use serde_json::Value;

use crate::http_api::support::each;

fn operations(service: &Arc<Service>) -> Vec<(String, Value)> {
    let document = serde_json::to_value(service.clone().router().into_openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap().clone();
    let mut found = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            found.push((format!("{method} {path}"), operation.clone()));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_of_the_contract_is_documented() {
    each(async |app| {
        let mut names: Vec<_> = operations(&app.service)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        names.sort();
        let expected = [
            "get /api/v1/ledger/accounts/{id}",
            "get /api/v1/ledger/accounts/{id}/entries",
            "get /api/v1/ledger/trial-balance",
            "get /api/v1/recipients",
            "get /api/v1/refund-requests",
            "get /api/v1/transactions",
            "get /api/v1/transactions/{id}",
            "get /api/v1/transactions/{id}/attempts",
            "get /api/v1/transactions/{id}/code",
            "get /api/v1/transactions/{id}/postings",
            "get /api/v1/transactions/{id}/timeline",
            "get /api/v1/wallets",
            "get /api/v1/wallets/{id}",
            "get /api/v1/wallets/{id}/balance",
            "get /api/v1/wallets/{id}/statement",
            "post /api/v1/ledger/accounts",
            "post /api/v1/ledger/transfers",
            "post /api/v1/transactions",
            "post /api/v1/transactions/{id}/approve",
            "post /api/v1/transactions/{id}/cancel",
            "post /api/v1/transactions/{id}/capture",
            "post /api/v1/transactions/{id}/confirm",
            "post /api/v1/transactions/{id}/decline",
            "post /api/v1/transactions/{id}/refund",
            "post /api/v1/transactions/{id}/refund-requests",
            "post /api/v1/transactions/{id}/refund-requests/accept",
            "post /api/v1/transactions/{id}/refund-requests/decline",
            "post /api/v1/transactions/{id}/refund-requests/withdraw",
            "post /api/v1/transactions/{id}/resend-code",
            "post /api/v1/transactions/{id}/resolve",
            "post /api/v1/wallets",
            "post /api/v1/wallets/{id}/close",
            "post /api/v1/wallets/{id}/freeze",
            "post /api/v1/wallets/{id}/limits",
            "post /api/v1/wallets/{id}/unfreeze",
        ];
        assert_eq!(names, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_asks_for_a_token_and_names_its_errors() {
    each(async |app| {
        for (name, operation) in operations(&app.service) {
            assert!(
                operation["security"][0].get("bearerAuth").is_some(),
                "{name}"
            );
            assert!(
                operation["tags"][0].is_string() && operation["summary"].is_string(),
                "{name}"
            );
            let mut wanted = vec!["400", "401", "403", "500", "503"];
            if name.starts_with("post") {
                wanted.extend(["409", "413", "415"]);
                let parameters = operation["parameters"].as_array().unwrap();
                let key = parameters
                    .iter()
                    .find(|parameter| parameter["name"] == "Idempotency-Key");
                let says_why_not = operation["x-idempotency"].is_string();
                assert_ne!(key.is_some(), says_why_not, "{name}");
                let required = key.map(|key| key["required"] == true);
                assert_ne!(required, Some(true), "{name}");
                wanted.extend(key.map(|_| "422"));
            }
            if name.contains("{id}") {
                wanted.push("404");
            }
            for status in wanted {
                assert!(
                    operation["responses"].get(status).is_some(),
                    "{name}: {status}"
                );
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_schema_is_referred_to_and_missing() {
    each(async |app| {
        let document = serde_json::to_value(service_document(&app.service)).unwrap();
        let text = document.to_string();
        let schemas = &document["components"]["schemas"];
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(schemas.get(name).is_some(), "{name}");
        }
    })
    .await;
}

fn service_document(service: &Arc<Service>) -> utoipa::openapi::OpenApi {
    service.clone().router().into_openapi()
}
