//! What the documentation of several endpoints says alike: the refusals of whoever may not, and parameters of lists.

use std::collections::BTreeMap;

use contracts::identity::{Permission, SCOPES};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoParams, IntoResponses, ToSchema};
use web::problem::{PROBLEM_JSON, Problem};

use crate::config::PasswordConfig;
use crate::passwords::policy::{MAX_CHARS, MIN_CHARS, PasswordRule};

/// What an endpoint answers whoever may not use it.
pub(crate) struct AccessProblems;

impl IntoResponses for AccessProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let refusals = [
            (
                "401",
                "No access token or API key, or one that is not good, or not any more.",
            ),
            (
                "403",
                "The role or the API key lacks the permission; `errors` names it. `second_factor_required`: the role needs a second factor, which has to be set up first. `step_up_required`: show a factor of `methods` at `/api/v1/auth/step-up` first. `email_not_verified`: API keys, second factors and links to providers are for those who have confirmed their e-mail. `csrf_refused`: a cookie came without proof that the request is PayFlow's own.",
            ),
        ];
        let response = |meaning: &str| {
            let schema = Ref::from_schema_name(Problem::name());
            let content = ContentBuilder::new().schema(Some(schema)).build();
            ResponseBuilder::new()
                .description(meaning)
                .content(PROBLEM_JSON, content)
                .build()
        };
        refusals
            .into_iter()
            .map(|(status, meaning)| (status.to_owned(), response(meaning).into()))
            .collect()
    }
}

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
        .min_length(length(MIN_CHARS.0))
        .max_length(length(MAX_CHARS.1))
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
