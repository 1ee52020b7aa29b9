//! `GET /api/v1/wallets/{id}/statement`: what moved on a wallet, as JSON pages or as one CSV file.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contracts::identity::Principal;
use contracts::payments::WalletId;
use http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use platform::extract::{PathId, Query};
use platform::page;
use platform::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

use super::docs::{PageParams, ReadProblems};
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
    /// Whether to tell of holds and their release too, which change what is held and not the balance.
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
/// Newest first, each entry with the balance after it. With `Accept: text/csv` the whole period comes as one file (RFC 4180,
/// with a header row), and `limit` and `cursor` do not count.
#[utoipa::path(
    get,
    path = "/api/v1/wallets/{id}/statement",
    tag = "wallets",
    security(("bearerAuth" = [])),
    params(GetStatement, PageParams, ("id" = inline(WalletId), Path, description = "The wallet")),
    responses(
        ReadProblems,
        (
            status = 200,
            description = "The statement.",
            content((Statement = "application/json"), (String = "text/csv")),
            headers(("Content-Disposition" = String, description = "With `text/csv`: the name of the file"))
        ),
        (status = 404, description = "No such wallet, or not yours.", body = Problem, content_type = "application/problem+json"),
        (status = 406, description = "`Accept` takes neither JSON nor CSV.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A limit out of range, or a period that ends before it begins.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_statement(
    State(service): State<Service>,
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
        to: time(query.to.as_deref(), "to")?,
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
                (
                    CONTENT_TYPE,
                    "text/csv; charset=utf-8; header=present".to_owned(),
                ),
                (
                    CONTENT_DISPOSITION,
                    format!("attachment; filename=\"statement-{id}.csv\""),
                ),
            ];
            let body = service.statement_csv(record, period).await?;
            (headers, body).into_response()
        }
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Csv,
}

/// What the caller likes best (RFC 9110, section 12.5.1); JSON where both are as good.
fn accepted(headers: &HeaderMap) -> Result<Form, Problem> {
    let ranges: Vec<_> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(media_range)
        .collect();
    if !headers.contains_key(ACCEPT) {
        return Ok(Form::Json);
    }
    // The most exact range that fits decides.
    let quality = |kind: &str, exact: &str| {
        [exact, kind, "*/*"]
            .iter()
            .find_map(|wanted| ranges.iter().find(|(range, _)| range == wanted))
            .map_or(0, |(_, quality)| *quality)
    };
    match (
        quality("application/*", "application/json"),
        quality("text/*", "text/csv"),
    ) {
        (0, 0) => {
            let detail =
                "A statement is sent as `application/json` or `text/csv`. Accept one of them.";
            let status = StatusCode::NOT_ACCEPTABLE;
            Err(Problem::new(status, "not_acceptable", detail).for_param("Accept"))
        }
        (json, csv) if json >= csv => Ok(Form::Json),
        _ => Ok(Form::Csv),
    }
}

/// A media range in lower case, and its quality in thousandths.
fn media_range(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().filter(|range| range.contains('/'))?;
    let quality = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .map_or(Some(1_000), |(_, value)| thousandths(value.trim()))?;
    Some((range.to_ascii_lowercase(), quality))
}

/// `0`, `0.5`, `1.000`: at most three decimals, and not above 1.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn form(accept: &'static str) -> Option<Form> {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        accepted(&headers).ok()
    }

    #[test]
    fn the_form_that_is_liked_best_is_sent() {
        assert_eq!(accepted(&HeaderMap::new()).ok(), Some(Form::Json));
        for (accept, expected) in [
            ("*/*", Some(Form::Json)),
            ("text/csv", Some(Form::Csv)),
            ("Text/CSV; header=present", Some(Form::Csv)),
            ("text/*", Some(Form::Csv)),
            ("application/json, text/csv", Some(Form::Json)),
            ("application/json;q=0.5, text/csv;q=0.501", Some(Form::Csv)),
            ("text/csv, */*;q=0.1", Some(Form::Csv)),
            ("application/json;q=0, */*", Some(Form::Csv)),
            (
                "text/html,application/xhtml+xml,*/*;q=0.8",
                Some(Form::Json),
            ),
            ("application/pdf", None),
            ("text/csv;q=0", None),
            ("text/csv;q=2", None),
            ("nonsense", None),
        ] {
            assert_eq!(form(accept), expected, "{accept}");
        }
    }
}
