//! What the documentation of many endpoints says alike: parameters and schemas.

use utoipa::IntoParams;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
pub(crate) use web::idempotency::IdempotencyKeyHeader;

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
