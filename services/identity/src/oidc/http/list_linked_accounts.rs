//! `GET /api/v1/auth/linked-accounts`: the accounts at providers that one has linked.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use values::Timestamp;
use web::problem::Problem;

use crate::oidc::LinkedAccount;
use crate::service::Service;

/// An account at a provider.
#[derive(Serialize, ToSchema)]
#[schema(as = LinkedAccount)]
pub(crate) struct LinkedAccountBody {
    /// The provider's name; null where one cannot sign in with it any more.
    #[schema(example = "google")]
    provider: Option<String>,
    #[schema(example = "https://accounts.google.com")]
    issuer: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Timestamp,
}

impl From<LinkedAccount> for LinkedAccountBody {
    fn from(account: LinkedAccount) -> Self {
        Self {
            provider: account.provider,
            issuer: account.issuer,
            created_at: account.created_at,
            last_used_at: account.last_used_at,
        }
    }
}

/// All of them.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinkedAccounts {
    data: Vec<LinkedAccountBody>,
}

/// List linked accounts
///
/// The accounts at providers that sign you in, the oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/auth/linked-accounts",
    tag = "auth",
    responses(
        (status = 200, description = "The accounts.", body = LinkedAccounts),
    )
)]
pub(crate) async fn list_linked_accounts(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    let accounts = service.linked_accounts(&principal).await?;
    let data = accounts.into_iter().map(LinkedAccountBody::from).collect();
    Ok(axum::Json(LinkedAccounts { data }))
}
