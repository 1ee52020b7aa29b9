//! What the documentation of every endpoint has in common: the answers that any of them may give,
//! and the form of its errors. What an endpoint answers beside that, it says itself.

use std::collections::BTreeMap;

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Content, Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::idempotency::HEADER;
use crate::problem::{PROBLEM_JSON, Problem};

/// Marks an answer that was stored before.
const REPLAYED: &str = "Idempotent-Replayed";

/// Which operations an answer is documented on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    /// All.
    Each,
    /// Those whose path is counted by the rate limits.
    Api,
    /// Those with parameters or a body.
    Input,
    /// Those with a body.
    Body,
    /// Those that take an idempotency key.
    Keyed,
    /// Those that ask for it with [`may_answer`].
    Named,
}

/// Status, name, meaning.
const ANSWERS: [(&str, &str, &str, On); 13] = [
    (
        "400",
        "Malformed",
        "The request is malformed; `code` and `errors` say where.",
        On::Input,
    ),
    (
        "401",
        "Unauthenticated",
        "No access token or API key, or one that is not good, or not any more.",
        On::Named,
    ),
    (
        "403",
        "Forbidden",
        "The role or the API key lacks the permission; `errors` names it. `second_factor_required`: the role needs a \
         second factor, which has to be set up first. `step_up_required`: show a factor of `methods` at \
         `/api/v1/auth/step-up` first. `email_not_verified`: API keys, second factors and links to providers are for those \
         who have confirmed their e-mail. `csrf_refused`: a cookie came without proof that the request is PayFlow's own.",
        On::Named,
    ),
    (
        "408",
        "RequestTimeout",
        "The body did not arrive in time. Nothing was done.",
        On::Body,
    ),
    (
        "409",
        "Conflict",
        "The state of the thing stands against it, or a request with the same `Idempotency-Key` is still at work.",
        On::Keyed,
    ),
    (
        "413",
        "BodyTooLarge",
        "The body is larger than this call takes.",
        On::Body,
    ),
    (
        "414",
        "UriTooLong",
        "Path and query are too long.",
        On::Each,
    ),
    (
        "415",
        "UnsupportedMediaType",
        "The body is not declared as a type that this call takes.",
        On::Body,
    ),
    (
        "422",
        "Refused",
        "Understood and refused; `code` says why. Also an `Idempotency-Key` that was used with another body.",
        On::Keyed,
    ),
    (
        "429",
        "RateLimited",
        "`rate_limited`: too many requests. Nothing was done; try again after `Retry-After`.",
        On::Api,
    ),
    (
        "500",
        "Internal",
        "Our fault; the log has it under the request id.",
        On::Each,
    ),
    (
        "503",
        "Unavailable",
        "It cannot be answered now. Nothing was done; try again after `Retry-After`, with the same `Idempotency-Key` if there is one.",
        On::Each,
    ),
    (
        "504",
        "Timeout",
        "The answer was not ready in time. What was asked may have been done: repeat it with the same `Idempotency-Key`.",
        On::Each,
    ),
];

/// The general answers by name, as components of a document: operations refer to them.
#[must_use]
pub fn responses() -> BTreeMap<String, RefOr<Response>> {
    let response = |meaning| {
        ResponseBuilder::new()
            .description(meaning)
            .content(PROBLEM_JSON, problem())
            .build()
    };
    ANSWERS
        .into_iter()
        .map(|(_, name, meaning, _)| (name.to_owned(), response(meaning).into()))
        .collect()
}

/// The schemas that the general answers need.
#[must_use]
pub fn schemas() -> Vec<(String, RefOr<utoipa::openapi::Schema>)> {
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    schemas
}

/// The operations of a path.
pub fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        delete,
        options,
        head,
        patch,
        trace,
        ..
    } = item;
    [get, put, post, delete, options, head, patch, trace]
        .into_iter()
        .filter_map(Option::as_mut)
}

/// Documents a general answer on an operation that says nothing of this status itself.
pub fn may_answer(operation: &mut Operation, status: &str) {
    let answer = ANSWERS.iter().find(|(known, ..)| *known == status);
    if let Some((status, name, ..)) = answer {
        let answers = &mut operation.responses.responses;
        answers
            .entry((*status).to_owned())
            .or_insert(RefOr::Ref(Ref::from_response_name(*name)));
    }
}

/// Adds what an operation of this path leaves out because it is the same everywhere: the general
/// answers, the problem document of each error without a content, and the mark of a stored answer.
/// What the operation says itself stays.
pub fn complete(path: &str, operation: &mut Operation) {
    let api = path.starts_with("/api/v1/");
    let body = operation.request_body.is_some();
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let input = body || !parameters.is_empty();
    let keyed = parameters.iter().any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.name.eq_ignore_ascii_case(HEADER.as_str()),
        RefOr::Ref(_) => false,
    });
    for (status, _, _, on) in ANSWERS {
        let concerned = match on {
            On::Each => true,
            On::Api => api,
            On::Input => input,
            On::Body => body,
            On::Keyed => keyed,
            On::Named => false,
        };
        if concerned {
            may_answer(operation, status);
        }
    }
    for (status, answer) in &mut operation.responses.responses {
        let RefOr::T(answer) = answer else { continue };
        let error = status.starts_with(['4', '5']);
        if error && answer.content.is_empty() {
            let content = RefOr::T(problem());
            answer.content.insert(PROBLEM_JSON.to_owned(), content);
        } else if keyed && !error {
            let replayed = HeaderBuilder::new()
                .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
                .description(Some("`true` where the answer was stored before"))
                .build();
            answer.headers.insert(REPLAYED.to_owned(), replayed.into());
        }
    }
}

/// A problem document.
fn problem() -> Content {
    let schema = Ref::from_schema_name(Problem::name());
    ContentBuilder::new().schema(Some(schema)).build()
}
