//! The OpenAPI 3.1 document: the services' own operations, and on each what any of them may answer.
//! It never describes what a service does.

use contracts::identity::{Permission, PermissionSet, Role, TABLE};
use serde_json::Value;
use utoipa::openapi::path::PathItem;
use utoipa::openapi::schema::Components;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::server::Server;
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;
use web::documentation;

use crate::http;

/// The name of the API.
pub(crate) const TITLE: &str = "PayFlow";

/// The name under which operations ask for an access token.
const BEARER: &str = "bearerAuth";
/// The name under which they take a browser's cookie instead…
const COOKIE: &str = "cookieAuth";
/// …and what has to come with it where something is changed.
const CSRF: &str = "csrfToken";
/// Which permissions each role has, in the document.
const ROLES: &str = "x-roles";

/// The document of these routers and the gateway's own endpoints.
///
/// # Panics
/// Where two routers give one name to two schemas, or an operation refers to a schema that no
/// router defines.
#[must_use]
pub fn openapi(routers: Vec<OpenApiRouter>, version: &str) -> OpenApi {
    let services = routers.into_iter().map(OpenApiRouter::into_openapi);
    document(
        std::iter::once(http::router().into_openapi()).chain(services),
        version,
    )
}

/// The document of these parts.
pub(crate) fn document(parts: impl Iterator<Item = OpenApi>, version: &str) -> OpenApi {
    let info = InfoBuilder::new()
        .title(TITLE)
        .version(version)
        .description(Some(include_str!("openapi.md")))
        .license(Some(
            LicenseBuilder::new()
                .name("Apache-2.0")
                .identifier(Some("Apache-2.0"))
                .build(),
        ))
        .build();
    let mut document = OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new("/")]))
        .components(Some(components()))
        .build();
    for part in parts {
        refuse_second_meanings(&document, &part);
        document.merge(part);
    }
    document
        .extensions
        .get_or_insert_default()
        .insert(ROLES.to_owned(), roles());
    for (path, item) in &mut document.paths.paths {
        if path.starts_with("/api/v1/") {
            take_cookies(item);
        }
        documentation::operations(item)
            .for_each(|operation| documentation::complete(path, operation));
    }
    crate::event_docs::add(&mut document);
    refuse_missing_schemas(&document);
    document
}

/// What `x-permission` of an operation is to be compared with.
fn roles() -> Value {
    let role = |(role, permissions): (Role, PermissionSet)| {
        let held = Permission::ALL
            .into_iter()
            .filter(|it| permissions.contains(*it));
        (
            role.as_str().to_owned(),
            held.map(Permission::as_str).collect(),
        )
    };
    Value::Object(TABLE.into_iter().map(role).collect())
}

/// Whatever takes an access token takes the cookie of a browser's session.
fn take_cookies(item: &mut PathItem) {
    let needs = |name| SecurityRequirement::new::<_, [&str; 0], &str>(name, []);
    let cookie = needs(COOKIE);
    let proved = needs(COOKIE).add::<_, [&str; 0], &str>(CSRF, []);
    let reads = [&mut item.get, &mut item.head, &mut item.options].map(|it| (it, &cookie));
    let writes = [
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ]
    .map(|it| (it, &proved));
    for (operation, way) in reads.into_iter().chain(writes) {
        let ways = operation.as_mut().and_then(|it| it.security.as_mut());
        if let Some(ways) = ways.filter(|ways| ways.contains(&needs(BEARER))) {
            ways.push(way.clone());
        }
    }
}

/// Merging keeps the first schema of a name and drops the second without a word: the document would
/// lie.
fn refuse_second_meanings(document: &OpenApi, part: &OpenApi) {
    let known = document
        .components
        .as_ref()
        .map(|components| &components.schemas);
    let added = part
        .components
        .as_ref()
        .map(|components| &components.schemas);
    for (name, schema) in added.into_iter().flatten() {
        let first = known.and_then(|known| known.get(name));
        assert!(
            first.is_none_or(|first| first == schema),
            "two different schemas are named `{name}`: rename one of the types"
        );
    }
}

/// utoipa collects the schemas of bodies, and not those of parameters.
#[expect(
    clippy::expect_used,
    reason = "a document of maps with text keys is always JSON"
)]
fn refuse_missing_schemas(document: &OpenApi) {
    let defined = document
        .components
        .as_ref()
        .map(|components| &components.schemas);
    let value = serde_json::to_value(document).expect("an OpenAPI document is JSON");
    let mut left = vec![&value];
    while let Some(value) = left.pop() {
        let referred = value.get("$ref").and_then(Value::as_str);
        if let Some(name) = referred.and_then(|to| to.strip_prefix("#/components/schemas/")) {
            assert!(
                defined.is_some_and(|defined| defined.contains_key(name)),
                "the schema `{name}` is referred to and not defined: write `inline({name})` in `params(…)`"
            );
        }
        match value {
            Value::Object(fields) => left.extend(fields.values()),
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
}

fn components() -> Components {
    let mut components = Components::new();
    components.schemas.extend(documentation::schemas());
    components.responses.extend(documentation::responses());
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "An access token from `/api/v1/auth/login`, or an API key.",
        ))
        .build();
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    let cookie = ApiKeyValue::with_description(
        "payflow_session",
        "The session of a browser, from a login with `\"session\": \"cookie\"`. Over HTTPS it is called `__Host-payflow_session`.",
    );
    components.add_security_scheme(COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let csrf = ApiKeyValue::with_description(
        "X-CSRF-Token",
        "What the login answered as `csrf_token`, also in the cookie `payflow_csrf`.",
    );
    components.add_security_scheme(CSRF, SecurityScheme::ApiKey(ApiKey::Header(csrf)));
    components
}

#[cfg(test)]
mod tests {
    use super::*;
    use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder};

    #[test]
    fn a_cookie_does_what_a_token_does_and_changes_nothing_alone() {
        let operation = |name| {
            let bearer = SecurityRequirement::new::<_, [&str; 0], &str>(name, []);
            OperationBuilder::new().security(bearer).build()
        };
        let mut item = PathItem::new(HttpMethod::Get, operation(BEARER));
        item.post = Some(operation(BEARER));
        item.delete = Some(operation("somethingElse"));
        take_cookies(&mut item);
        let ways = |operation: &Option<Operation>| {
            let ways = &operation.as_ref().unwrap().security;
            serde_json::to_value(ways).unwrap()
        };
        let bearer = serde_json::json!({BEARER: []});
        let cookie = serde_json::json!({COOKIE: []});
        let proved = serde_json::json!({COOKIE: [], CSRF: []});
        assert_eq!(ways(&item.get), serde_json::json!([bearer, cookie]));
        assert_eq!(ways(&item.post), serde_json::json!([bearer, proved]));
        assert_eq!(
            ways(&item.delete),
            serde_json::json!([{"somethingElse": []}])
        );
    }

    #[test]
    fn the_document_says_what_each_role_may_do() {
        let document = document(std::iter::empty(), "1");
        let roles = serde_json::to_value(document).unwrap()[ROLES].take();
        assert_eq!(roles.as_object().unwrap().len(), Role::ALL.len());
        let may = |role: &str, what: &str| roles[role].as_array().unwrap().contains(&what.into());
        assert!(may("auditor", "audit:read") && may("admin", "ledger"));
        assert!(!may("operator", "ledger") && !may("user", "audit:read"));
    }
}
