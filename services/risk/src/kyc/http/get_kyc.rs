//! `GET /api/v1/kyc`: how the verification of a user stands.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::UserId;
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::Query;
use web::problem::Problem;

use super::body::StandingBody;
use crate::kyc::error::KycError;
use crate::kyc::submitting::is_visible;
use crate::service::Service;

/// Of whom.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GetKyc {
    /// Of this user; left out: of who asks. Others are for operators.
    #[serde(default)]
    #[param(inline)]
    user_id: Option<UserId>,
}

/// See how the verification of an identity stands
///
/// The level, until when it is good, and what is under way.
#[utoipa::path(
    get,
    path = "/api/v1/kyc",
    tag = "kyc",
    params(GetKyc),
    responses(
        (status = 200, description = "How it stands.", body = StandingBody),
        (status = 404, description = "No such user.")
    )
)]
pub(crate) async fn get_kyc(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<GetKyc>,
) -> Result<impl IntoResponse, Problem> {
    let user = query.user_id.unwrap_or(principal.user);
    if !is_visible(&principal, user) || !service.is_known(principal.org, user).await? {
        return Err(KycError::NoSuchUser.into());
    }
    let standing = service.standing(principal.org, user).await?;
    Ok(axum::Json(StandingBody::from(&standing)))
}
