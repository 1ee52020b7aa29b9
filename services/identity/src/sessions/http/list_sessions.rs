//! `GET /api/v1/auth/sessions` and `GET /api/v1/users/{id}/sessions`: where somebody is logged in.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::{Credential, OrgId, SessionId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use values::Timestamp;
use web::extract::{PathId, Query};
use web::page::{self, Page};
use web::problem::Problem;

use crate::login::device;
use crate::service::Service;
use crate::sessions::session::ListedSession;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListSessions {
    /// How many rows.
    #[serde(default)]
    #[param(inline, minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(inline, pattern = "^c[0-9a-f]{16}$")]
    cursor: Option<String>,
}

/// A login on one device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionBody {
    id: SessionId,
    /// Whether it is the one that asks.
    current: bool,
    /// `tokens`, or `cookie` for a browser.
    #[schema(example = "cookie")]
    kind: &'static str,
    /// What the device called itself when it logged in, in short.
    #[schema(example = "Firefox on Windows")]
    device: Option<String>,
    /// The same in full.
    user_agent: Option<String>,
    /// Where it logged in from.
    #[schema(example = "192.0.2.7")]
    address: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// To the minute.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Timestamp,
    /// When it ends, however much it is used.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl SessionBody {
    pub(crate) fn new(session: ListedSession, current: Credential) -> Self {
        Self {
            id: session.id,
            current: current == Credential::Session(session.id),
            kind: match session.has_cookie {
                true => "cookie",
                false => "tokens",
            },
            device: session.user_agent.as_deref().map(device::name),
            user_agent: session.user_agent,
            address: session.address,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
        }
    }
}

/// List sessions
///
/// Where you are logged in, the newest login first.
#[utoipa::path(
    get,
    path = "/api/v1/auth/sessions",
    tag = "auth",
    params(ListSessions),
    responses(
        (status = 200, description = "A page of sessions.", body = Page<SessionBody>),
        (status = 422, description = "A limit out of range.")
    )
)]
pub(crate) async fn list_sessions(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListSessions>,
) -> Result<impl IntoResponse, Problem> {
    let whose = (principal.org, principal.user);
    page_of(&service, &principal, whose, &query)
        .await
        .map(axum::Json)
}

/// List a user's sessions
///
/// Where a user is logged in, the newest login first.
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}/sessions",
    tag = "users",
    params(("id" = inline(UserId), Path, description = "The user"), ListSessions),
    responses(
        (status = 200, description = "A page of sessions.", body = Page<SessionBody>),
        (status = 404, description = "No such user."),
        (status = 422, description = "A limit out of range.")
    )
)]
pub(crate) async fn list_user_sessions(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<UserId>,
    Query(query): Query<ListSessions>,
) -> Result<impl IntoResponse, Problem> {
    let user = service.user(&principal, id).await?.user.id;
    page_of(&service, &principal, (principal.org, user), &query)
        .await
        .map(axum::Json)
}

async fn page_of(
    service: &Service,
    principal: &Principal,
    whose: (OrgId, UserId),
    query: &ListSessions,
) -> Result<Page<SessionBody>, Problem> {
    let limit = page::limit(query.limit)?;
    let cursor = query
        .cursor
        .as_deref()
        .map(page::decode_cursor)
        .transpose()?;
    let before = Timestamp(cursor.unwrap_or(i64::MAX));
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let found = service.list_sessions(whose, before, rows).await?;
    let page = Page::from_rows(found, limit, |session| session.created_at.micros());
    Ok(page.map(|session| SessionBody::new(session, principal.credential)))
}
