//! What the documentation of several endpoints has in common: parameters of lists, and schemas.

use contracts::identity::{Permission, SCOPES};
use utoipa::IntoParams;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};

use crate::config::{MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, PasswordConfig};
use crate::passwords::rule::PasswordRule;

/// Which page of a list that is ordered by ids.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct IdPageParams {
    /// How many rows; 20 where nothing is said.
    #[expect(dead_code, reason = "each endpoint reads it itself; this documents it")]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[expect(dead_code, reason = "each endpoint reads it itself; this documents it")]
    #[param(pattern = "^c[0-9a-f]{32}$")]
    cursor: Option<String>,
}

/// A comma-separated set of names, as a query parameter.
pub(crate) fn set_schema(names: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
    let names = names.into_iter().collect::<Vec<_>>().join("|");
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!("^({names})(,({names}))*$")))
        .into()
}

/// A password that is chosen: the rule, by the defaults, and the bounds of every installation.
pub(crate) fn new_password_schema() -> RefOr<Schema> {
    let rule = PasswordRule::new(&PasswordConfig::default());
    let description = format!(
        "{rule} An installation may set another length. Refused with 422 `password_too_short`, `password_too_long`, \
         `password_too_common`, `password_too_weak` (with what helps) or `password_is_email`."
    );
    let length = |chars: u32| usize::try_from(chars).ok();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(length(MIN_PASSWORD_CHARS.0))
        .max_length(length(MAX_PASSWORD_CHARS.1))
        .pattern(Some(r"^[^\x00]*$"))
        .examples(["correct horse battery staple"])
        .description(Some(description))
        .into()
}

/// Scopes of an API key.
pub(crate) fn scopes_schema() -> RefOr<Schema> {
    let names: Vec<_> = SCOPES.iter().map(Permission::as_str).collect();
    let scope = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names));
    ArrayBuilder::new()
        .items(scope)
        .min_items(Some(1))
        .description(Some(
            "What the key may do: permissions, as `x-permission` names them.",
        ))
        .into()
}
