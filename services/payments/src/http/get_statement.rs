//! `GET /api/v1/wallets/{id}/statement`: what moved on a wallet, as JSON pages or as one CSV file.

use std::sync::Arc;

use access::Principal;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contracts::payments::WalletId;
use http::HeaderMap;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::{PathId, Query};
use web::page;
use web::problem::Problem;

use super::docs::PageParams;
use super::{cursor, time};
use crate::service::Service;
use crate::statement::{Period, Statement};

/// Which part of the history.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct GetStatement {
    /// From this time on, RFC 3339; from the opening of the wallet where nothing is said.
    #[serde(default)]
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this time, RFC 3339; until now where nothing is said.
    #[serde(default)]
    #[param(format = DateTime)]
    to: Option<String>,
    /// Whether to tell of holds and their release too, which change what is held and not the
    /// balance.
    #[serde(default)]
    include_holds: bool,
    #[serde(default)]
    #[param(ignore)]
    limit: Option<u32>,
    #[serde(default)]
    #[param(ignore)]
    cursor: Option<String>,
}

/// Get a statement
///
/// Newest first, each entry with the balance after it. With `Accept: text/csv` the whole period
/// comes as one file (RFC 4180, with a header row), and `limit` and `cursor` do not count.
#[utoipa::path(
    get,
    path = "/api/v1/wallets/{id}/statement",
    tag = "wallets",
    params(GetStatement, PageParams, ("id" = inline(WalletId), Path, description = "The wallet")),
    responses(
        (
            status = 200,
            description = "The statement.",
            content((Statement = "application/json"), (String = "text/csv")),
            headers(("Content-Disposition" = String, description = "With `text/csv`: the name of the file"))
        ),
        (status = 404, description = "No such wallet, or not yours."),
        (status = 406, description = "`Accept` takes neither JSON nor CSV."),
        (status = 422, description = "A limit out of range, or a period that ends before it begins."),
    )
)]
pub(super) async fn get_statement(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<WalletId>,
    headers: HeaderMap,
    Query(query): Query<GetStatement>,
) -> Result<Response, Problem> {
    let form = accepted(&headers)?;
    let limit = page::limit(query.limit)?;
    let after = cursor(query.cursor.as_deref())?.map(i64::cast_unsigned);
    let period = Period {
        from: time(query.from.as_deref(), "from")?,
        to: service.past(time(query.to.as_deref(), "to")?),
        include_holds: query.include_holds,
    };
    if period
        .from
        .zip(period.to)
        .is_some_and(|(from, to)| from > to)
    {
        let detail = "`to` is before `from`. A statement tells of the time from `from` until `to`.";
        return Err(Problem::refused("invalid_period", detail).for_param("to"));
    }
    let record = service.visible_wallet(&principal, id, "id").await?;
    Ok(match form {
        Form::Json => {
            let statement = service.statement(&record, &period, after, limit).await?;
            axum::Json(statement).into_response()
        }
        Form::Csv => {
            let headers = [
                (CONTENT_TYPE, web::csv::MEDIA_TYPE.to_owned()),
                (
                    CONTENT_DISPOSITION,
                    format!("attachment; filename=\"statement-{id}.csv\""),
                ),
            ];
            let body = Body::new(service.statement_csv(record, period).await?);
            (headers, body).into_response()
        }
    })
}

enum Form {
    Json,
    Csv,
}

/// What the caller likes best; JSON where both are as good.
fn accepted(headers: &HeaderMap) -> Result<Form, Problem> {
    let offers = ["application/json", "text/csv"];
    Ok(match web::accept::accepted(headers, &offers)? {
        0 => Form::Json,
        _ => Form::Csv,
    })
}
