//! `GET /api/v1/audit`: the audit trail of the organisation, page by page or as a file.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use values::Timestamp;
use web::accept::accepted;
use web::client::Client;
use web::extract::Query;
use web::page::{self, Page, decode_cursor};
use web::problem::Problem;

use crate::audit::entry::TrailFilter;
use crate::audit::http::body::{ExportForm, TrailEntry, export};
use crate::service::Service;

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAuditQuery {
    /// How many on a page: 1 to 100; 20 where nothing is said. Not for files.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Who did it: the id of a user.
    #[param(pattern = r"^[^\x00]*$")]
    actor: Option<String>,
    /// What it was done to: an id.
    #[param(pattern = r"^[^\x00]*$")]
    subject: Option<String>,
    /// What was done, such as `login.failed`.
    #[param(pattern = r"^[^\x00]*$")]
    act: Option<String>,
    /// What became of it.
    #[param(inline)]
    outcome: Option<OutcomeFilter>,
    /// From which address.
    #[param(pattern = r"^[^\x00]*$")]
    address: Option<String>,
    /// From this time on (RFC 3339).
    #[param(format = DateTime)]
    created_gte: Option<String>,
    /// Before this time.
    #[param(format = DateTime)]
    created_lt: Option<String>,
    /// Text anywhere in the entry, whatever the case.
    #[param(max_length = 200, pattern = r"^[^\x00]*$")]
    q: Option<String>,
}

/// What became of an act.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OutcomeFilter {
    Done,
    Refused,
}

/// List the audit trail
///
/// Every security-relevant act of the organisation, newest first: who did what, from where, with
/// what, and what became of it. With `Accept: text/csv` or `application/x-ndjson` all entries that
/// fit come as one file, and that this was asked for is an entry itself. `payflow verify` checks
/// that nothing in the trail was changed.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    tag = "audit",
    params(ListAuditQuery),
    responses(
        (
            status = 200,
            description = "A page, or all entries as a file.",
            content(
                (Page<TrailEntry> = "application/json"),
                (String = "text/csv"),
                (String = "application/x-ndjson")
            )
        ),
        (status = 406, description = "`Accept` takes neither JSON nor CSV nor NDJSON."),
        (status = 422, description = "A limit out of range, or a text to look for that is too long.")
    )
)]
pub(crate) async fn list_audit(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    headers: HeaderMap,
    Query(query): Query<ListAuditQuery>,
) -> Result<Response, Problem> {
    let offers = ["application/json", "text/csv", "application/x-ndjson"];
    let form = match accepted(&headers, &offers)? {
        0 => None,
        1 => Some(ExportForm::Csv),
        _ => Some(ExportForm::Ndjson),
    };
    let limit = page::limit(query.limit)?;
    let before = query.cursor.as_deref().map(decode_cursor).transpose()?;
    let filter = filter(query)?;
    let Some(form) = form else {
        let found = service.trail(&principal, &filter, before, limit + 1);
        let entries = found.await?.into_iter().map(TrailEntry::try_from);
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        let page = Page::from_rows(entries, limit, |entry| entry.no);
        return Ok(axum::Json(page).into_response());
    };
    let found = service
        .export_trail(&principal, filter, before, form.name(), &client)
        .await?;
    let body = export(form, found)?;
    let headers = [
        (CONTENT_TYPE, form.content_type()),
        (CONTENT_DISPOSITION, form.disposition()),
    ];
    Ok((headers, body).into_response())
}

fn filter(query: ListAuditQuery) -> Result<TrailFilter, Problem> {
    if query
        .q
        .as_ref()
        .is_some_and(|text| text.chars().count() > 200)
    {
        let detail = "Look for at most 200 characters.";
        return Err(Problem::refused("text_too_long", detail).for_param("q"));
    }
    Ok(TrailFilter {
        since: time(query.created_gte.as_deref(), "created_gte")?.unwrap_or(Timestamp(i64::MIN)),
        before: time(query.created_lt.as_deref(), "created_lt")?.unwrap_or(Timestamp(i64::MAX)),
        actor: query.actor,
        subject: query.subject,
        act: query.act,
        outcome: query.outcome.map(|outcome| match outcome {
            OutcomeFilter::Done => "done",
            OutcomeFilter::Refused => "refused",
        }),
        address: query.address,
        text: query.q.filter(|text| !text.is_empty()),
    })
}

fn time(text: Option<&str>, param: &str) -> Result<Option<Timestamp>, Problem> {
    let parsed = text.map(str::parse::<Timestamp>).transpose();
    parsed.map_err(|error| {
        Problem::malformed("invalid_parameter", format!("`{param}` is {error}.")).for_param(param)
    })
}
