//! What the documentation of many endpoints says alike: parameters, schemas, and the problems that any of them may answer.

use std::collections::BTreeMap;

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoParams, IntoResponses, ToSchema};
pub(crate) use web::idempotency::IdempotencyKeyHeader;
use web::problem::{PROBLEM_JSON, Problem};

/// What every read may answer beside its own answers.
pub(crate) struct ReadProblems;

/// What every request with a body may answer beside its own answers.
pub(crate) struct WriteProblems;

const READ: [(&str, &str); 5] = [
    ("400", "Malformed: an id, a parameter or a header."),
    (
        "401",
        "No access token, or one that is not good, or not any more.",
    ),
    ("403", "The role lacks the permission; `errors` names it."),
    ("500", "Our fault; the log has it under the request id."),
    (
        "503",
        "The store or identity cannot be reached. Try again after `Retry-After`.",
    ),
];

const WRITE: [(&str, &str); 9] = [
    (
        "400",
        "Malformed: the JSON, a field, an id or the `Idempotency-Key`.",
    ),
    (
        "401",
        "No access token, or one that is not good, or not any more.",
    ),
    (
        "403",
        "The role lacks the permission; `errors` names it. `step_up_required`: show a factor of `methods` first. \
         `second_factor_required`: set one up first.",
    ),
    (
        "409",
        "The state of the thing stands against it, or a request with the same `Idempotency-Key` is still at work.",
    ),
    ("413", "The body is larger than this call takes."),
    ("415", "The body is not declared as JSON."),
    (
        "422",
        "Understood and refused; `code` says why. Also an `Idempotency-Key` that was used with another body.",
    ),
    ("500", "Our fault; the log has it under the request id."),
    (
        "503",
        "Overloaded, or the store cannot be reached. Try again after `Retry-After`, with the same `Idempotency-Key`.",
    ),
];

impl IntoResponses for ReadProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&READ)
    }
}

impl IntoResponses for WriteProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&WRITE)
    }
}

fn problems(rows: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    rows.iter()
        .map(|(status, meaning)| {
            let schema = Ref::from_schema_name(Problem::name());
            let content = ContentBuilder::new().schema(Some(schema)).build();
            let response = ResponseBuilder::new()
                .description(*meaning)
                .content(PROBLEM_JSON, content)
                .build();
            ((*status).to_owned(), response.into())
        })
        .collect()
}

/// Which page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// How many rows; 20 where nothing is said.
    #[expect(dead_code, reason = "each endpoint reads it itself; this documents it")]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[expect(dead_code, reason = "each endpoint reads it itself; this documents it")]
    #[param(pattern = "^c[0-9a-f]{16}$")]
    cursor: Option<String>,
}

const AMOUNT: &str = "Decimal text such as \"12.50\", above zero and with no more decimals than the currency has; a JSON \
    number is read exactly too.";

/// An amount in a request: decimal text, or a JSON number that is read exactly.
pub(crate) fn amount_schema() -> RefOr<Schema> {
    decimal([Type::String, Type::Number], AMOUNT)
}

/// The same where it may be left out.
pub(crate) fn optional_amount_schema() -> RefOr<Schema> {
    decimal([Type::String, Type::Number, Type::Null], AMOUNT)
}

/// A limit in a request: as an amount, or `null` for no limit.
pub(crate) fn limit_schema() -> RefOr<Schema> {
    let meaning = "Decimal text such as \"500.00\", or a JSON number, zero or more; `null`: no limit; absent: as it is.";
    decimal([Type::String, Type::Number, Type::Null], meaning)
}

fn decimal<const N: usize>(types: [Type; N], meaning: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter(types))
        .pattern(Some(r"^(0|[1-9][0-9]*)(\.[0-9]+)?$"))
        .minimum(Some(0))
        .description(Some(meaning))
        .examples([serde_json::json!("12.50")])
        .into()
}

/// A comma-separated set of names, as a query parameter.
pub(crate) fn set_schema(names: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
    let names = names.into_iter().collect::<Vec<_>>().join("|");
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!("^({names})(,({names}))*$")))
        .into()
}
