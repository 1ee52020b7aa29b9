//! Swagger UI, and the document beneath it.

#![cfg(test)]

use std::collections::BTreeSet;

use crate::support::{get, router, routes};
use serde_json::Value;

#[tokio::test]
async fn the_page_is_served_with_all_that_it_loads() {
    let router = router();
    for path in ["/api-docs", "/api-docs/"] {
        let page = get(&router, path).await;
        assert_eq!(
            (page.status.as_u16(), page.header("content-type")),
            (200, "text/html; charset=utf-8")
        );
        let policy = page.header("content-security-policy");
        assert!(policy.contains("script-src 'self';") && policy.contains("style-src 'self';"));
        assert!(!policy.contains("unsafe-"), "{policy}");
    }
    let page = get(&router, "/api-docs").await;
    let linked: Vec<_> = page
        .text()
        .split('"')
        .filter(|part| part.starts_with("/api-docs/"))
        .collect();
    assert_eq!(linked.len(), 5);
    for path in linked {
        let file = get(&router, path).await;
        assert_eq!(file.status, 200, "{path}");
        let expected = match path.rsplit('.').next().unwrap() {
            "css" => "text/css",
            "js" => "text/javascript",
            _ => "image/png",
        };
        assert_eq!(file.header("content-type"), expected, "{path}");
        assert!(!file.body.is_empty());
    }
    // Neither the page nor what starts it has script or style that the policy refuses.
    let text = page.text();
    assert!(!text.contains("<style") && !text.contains("style=") && !text.contains("<script>"));
    let starter = get(&router, "/api-docs/payflow.js").await;
    let starter = starter.text();
    assert!(starter.contains("url: '/api-docs.json'"), "{starter}");
    assert!(starter.contains("validatorUrl: 'none'"), "{starter}");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_a_problem() {
    let router = router();
    for path in [
        "/api-docs/nothing.js",
        "/api-docs/..%2f..%2fetc%2fpasswd",
        "/api-docs/a/b",
    ] {
        assert_eq!(get(&router, path).await.refusal().0, 404, "{path}");
    }
}

async fn document() -> Value {
    let answer = get(&router(), "/api-docs.json").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/json")
    );
    answer.json()
}

/// The names that an object uses as keys.
fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect()
}

#[tokio::test]
async fn the_document_is_openapi_31_and_says_who_it_is() {
    let document = document().await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["title"], "PayFlow");
    assert_eq!(document["info"]["version"], "1.2.3");
    assert!(
        document["info"]["description"]
            .as_str()
            .unwrap()
            .contains("Idempotency-Key")
    );
    assert_eq!(document["servers"], serde_json::json!([{"url": "/"}]));
    let bearer = &document["components"]["securitySchemes"]["bearerAuth"];
    assert_eq!(
        (&bearer["type"], &bearer["scheme"]),
        (&"http".into(), &"bearer".into())
    );
    let paths = keys(&document["paths"]);
    for path in [
        "/",
        "/health",
        "/ready",
        "/metrics",
        "/api/v1/things",
        "/api/v1/things/{id}",
    ] {
        assert!(paths.contains(path), "{path}");
    }
}

#[tokio::test]
async fn what_the_framework_may_answer_is_on_each_operation() {
    let document = document().await;
    let statuses = |path: &str, method: &str| -> Vec<String> {
        let responses = &document["paths"][path][method]["responses"];
        keys(responses).into_iter().map(str::to_owned).collect()
    };
    assert_eq!(
        statuses("/api/v1/things", "post"),
        [
            "201", "400", "408", "413", "414", "415", "429", "500", "503", "504"
        ]
    );
    assert_eq!(
        statuses("/api/v1/things/{id}", "get"),
        ["200", "400", "414", "429", "500", "503", "504"]
    );
    assert_eq!(
        statuses("/api/v1/me", "get"),
        ["200", "414", "429", "500", "503", "504"]
    );
    assert!(!statuses("/health", "get").contains(&"429".to_owned()));
    // What an operation says itself is kept.
    let own = &document["paths"]["/api/v1/things/{id}"]["get"]["responses"]["503"];
    assert_eq!(own["description"], "Said by the service itself.");
    let added = &document["paths"]["/api/v1/things"]["post"]["responses"]["413"]["$ref"];
    assert_eq!(added, "#/components/responses/BodyTooLarge");
    let problem = &document["components"]["responses"]["BodyTooLarge"]["content"]["application/problem+json"]
        ["schema"]["$ref"];
    assert_eq!(problem, "#/components/schemas/Problem");
}

/// Every reference in a value.
fn references<'a>(value: &'a Value, into: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            into.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, into));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        _ => {}
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_operation_is_named_once() {
    let document = document().await;
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(
        found.contains("#/components/schemas/ParamError"),
        "{found:?}"
    );
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "{name} is the name of two operations");
            assert!(!keys(&operation["responses"]).is_empty(), "{method} {path}");
            let declared: BTreeSet<_> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            let used: BTreeSet<_> = path.split(['{', '}']).skip(1).step_by(2).collect();
            assert_eq!(declared, used, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_command_line_and_the_server_show_the_same_document() {
    let printed = gateway::openapi(vec![routes::router()], "1.2.3")
        .to_json()
        .unwrap();
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(printed, document().await);
}

#[test]
#[should_panic(expected = "two different schemas are named `Health`")]
fn two_meanings_of_one_name_are_refused() {
    #[derive(utoipa::ToSchema)]
    #[expect(dead_code, reason = "only its schema matters")]
    struct Health(String);
    #[derive(utoipa::OpenApi)]
    #[openapi(components(schemas(Health)))]
    struct Second;
    let second =
        utoipa_axum::router::OpenApiRouter::with_openapi(<Second as utoipa::OpenApi>::openapi());
    drop(gateway::openapi(vec![second], "1.2.3"));
}

#[test]
#[should_panic(expected = "write `inline(ThingId)` in `params(…)`")]
fn a_schema_that_is_nowhere_defined_is_refused() {
    #[utoipa::path(
        get,
        path = "/lost/{id}",
        params(("id" = routes::ThingId, Path, description = "Not inline.")),
        responses((status = 200, description = "Found."))
    )]
    async fn get_lost() {}
    let router =
        utoipa_axum::router::OpenApiRouter::default().routes(utoipa_axum::routes!(get_lost));
    drop(gateway::openapi(vec![router], "1.2.3"));
}
