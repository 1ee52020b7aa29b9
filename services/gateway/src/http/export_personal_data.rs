//! `GET /api/v1/users/me/export`: all that is kept about the caller.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use contracts::identity::{OperatorAction, OperatorEntry, UserId};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use values::Timestamp;
use web::client::Client;
use web::problem::Problem;
use web::rate_limit::{Key, Who};

use crate::http::EndpointState;

/// Has a browser keep the answer as a file.
const AS_A_FILE: &str = "attachment; filename=\"payflow-personal-data.json\"";

/// All that is kept about somebody.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonalData {
    // Whose data it is. No doc comment: with it, the inlined schema would ask for an object, too.
    #[schema(inline)]
    user_id: UserId,
    /// When it was read. RFC 3339, UTC.
    #[schema(value_type = String, format = DateTime)]
    exported_at: Timestamp,
    /// A section each: `profile`, `organisation`, `preferences`, `second_factors`,
    /// `linked_accounts`, `sessions`, `api_keys`, `wallets`, `transactions`, `notifications`,
    /// `notification_preferences`, `phone`, `push_devices`, `webhook_endpoints`. Those that may be
    /// long are `{data, complete}`: the newest rows, and whether they are all.
    #[schema(value_type = Object)]
    sections: Map<String, Value>,
}

/// Export personal data
///
/// All that PayFlow keeps about you, as one document, in the forms of the endpoints that show it:
/// no passwords, secrets or tokens. `transactions` and `wallets` have the newest 10,000, other
/// lists the newest 1,000; the lists themselves have the rest. You must have shown a second factor
/// of late, or your password where you have set none up. It is in the audit trail.
#[utoipa::path(
    get,
    path = "/api/v1/users/me/export",
    tag = "users",
    responses(
        (status = 200, description = "The data.", body = PersonalData),
        (status = 403, description = "`step_up_required`."),
        (status = 429, description = "`too_many_exports`: come again after `Retry-After`."),
        (status = 503, description = "`export_incomplete`: a part of PayFlow cannot answer; nothing is left out in silence.")
    )
)]
pub(crate) async fn export_personal_data(
    State(own): State<Arc<EndpointState>>,
    principal: Principal,
    client: Client,
) -> Result<impl IntoResponse, Problem> {
    let exported_at = own.clock.now();
    principal.require_recent_second_factor(exported_at, STEP_UP_WITHIN)?;
    take_one(&own, &principal).await?;
    let (org, user) = (principal.org, principal.user);
    let mut sections = Map::new();
    for service in &own.services {
        let data = service.personal_data(org, user).await.map_err(|error| {
            tracing::error!(%error, "a service cannot export what it keeps about somebody");
            let detail = "A part of PayFlow cannot answer now. Nothing was exported; try again.";
            Problem::unavailable("export_incomplete", detail)
        })?;
        sections.extend(data);
    }
    let entry = OperatorEntry {
        org,
        user,
        credential: principal.credential,
        address: client.address,
        user_agent: client.user_agent.as_deref(),
        action: OperatorAction::DataExported,
        subject: user.to_string(),
        refusal: None,
        kept: None,
    };
    if let Err(error) = own.identity.record(entry).await {
        tracing::error!(%error, "an export is not in the audit trail yet");
    }
    let body = PersonalData {
        user_id: user,
        exported_at,
        sections,
    };
    Ok(([(header::CONTENT_DISPOSITION, AS_A_FILE)], axum::Json(body)))
}

/// Takes one export of the user's.
async fn take_one(own: &EndpointState, principal: &Principal) -> Result<(), Problem> {
    let key = Key {
        class: "exports",
        who: Who::Account(principal.user.uuid()),
    };
    let verdict = own.limiter.take(key, own.exports).await;
    if verdict.allowed {
        return Ok(());
    }
    let detail = "Your data was exported several times of late. Wait, then go on.";
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_exports", detail);
    Err(problem.retry_after(verdict.retry_after_s))
}
