//! `POST /api/v1/organisations`: a new tenant with its first administrator.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use crate::accounts::user::User;
use crate::http::bodies::{OrganisationBody, UserBody};
use crate::http::docs::new_password_schema;
use crate::organisations::NewOrganisation;
use crate::organisations::organisation::Organisation;
use crate::service::Service;
use idempotency::{IdempotentRequest, StoredAnswer};

/// Which organisation to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateOrganisationRequest {
    /// What its users will give as `organisation` when they log in. It never changes.
    #[schema(
        min_length = 1,
        max_length = 40,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$",
        example = "acme"
    )]
    slug: String,
    /// What it calls itself.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "Acme Payments"
    )]
    name: String,
    admin: FirstAdmin,
}

/// The first user of an organisation, an administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstAdmin {
    /// Compared without case; one user of the organisation has it.
    #[schema(
        max_length = 254,
        pattern = r"^[^\s\x00-\x1f\x7f-\x9f@]+@[^\s\x00-\x1f\x7f-\x9f@.]+(\.[^\s\x00-\x1f\x7f-\x9f@.]+)+$",
        example = "ann@example.com"
    )]
    email: String,
    #[schema(schema_with = new_password_schema)]
    password: String,
    /// Not only spaces.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "Ann Example"
    )]
    name: String,
}

/// An organisation that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewOrganisationBody {
    organisation: OrganisationBody,
    admin: UserBody,
}

/// Create an organisation
///
/// By an administrator of the default organisation. Users of one organisation never see anything of
/// another.
#[utoipa::path(
    post,
    path = "/api/v1/organisations",
    tag = "organisations",
    params(IdempotencyKeyHeader),
    request_body = CreateOrganisationRequest,
    responses(
        (status = 201, description = "The organisation and its administrator.", body = NewOrganisationBody),
        (status = 409, description = "`slug_taken`: there is an organisation with this slug already."),
        (status = 422, description = "`invalid_slug`, `invalid_email`, `invalid_name`, or what is wrong with `password`; `idempotency_key_reused`."),
        (status = 429, description = "`too_many_logins`: come again after `Retry-After`.")
    )
)]
pub(crate) async fn create_organisation(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<CreateOrganisationRequest>,
) -> Result<Response, Problem> {
    service.require_fresh_session(&principal)?;
    let once = IdempotentRequest::new(key, &principal, &raw, created);
    let new = NewOrganisation {
        slug: value.slug,
        name: value.name,
        admin_email: value.admin.email,
        admin_name: value.admin.name,
        admin_password: SecretString::from(value.admin.password),
    };
    let work = service.create_organisation(&principal, new, &client, &once);
    service.answer_once(&once, work).await
}

fn created((organisation, admin): &(Organisation, User)) -> StoredAnswer {
    let body = NewOrganisationBody {
        organisation: organisation.clone().into(),
        admin: admin.clone().into(),
    };
    StoredAnswer::json(StatusCode::CREATED, &body)
}
