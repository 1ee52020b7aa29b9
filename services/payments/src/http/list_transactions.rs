//! `GET /api/v1/transactions`: the caller's transactions, or all of the organisation.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::payments::{TransactionId, TransactionStatus, TransactionType, WalletId};
use money::{Amount, AmountError, Currency};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::{RefOr, Schema};
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use super::docs::{PageParams, set_schema};
use super::{amount_problem, currency, cursor, set, text, time};
use crate::counterparty::SeenTransaction;
use crate::history::TransactionQuery;
use crate::service::Service;
use crate::store::lists::TransactionFilter;

/// Which transactions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListTransactions {
    /// With one of these statuses only, separated by commas.
    #[serde(default)]
    #[param(schema_with = status_schema, example = "completed,reversed")]
    status: Option<String>,
    /// Of one of these types only, separated by commas.
    #[serde(default, rename = "type")]
    #[param(schema_with = type_schema, example = "transfer,payment")]
    kind: Option<String>,
    /// In this currency only: its ISO 4217 code.
    #[serde(default)]
    #[param(pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
    /// Made at or after this time, RFC 3339.
    #[serde(default)]
    #[param(format = DateTime)]
    created_gte: Option<String>,
    /// Made before this time, RFC 3339.
    #[serde(default)]
    #[param(format = DateTime)]
    created_lt: Option<String>,
    /// Of at least this amount: decimal text, in `currency`, or without it in each one's own.
    #[serde(default)]
    #[param(pattern = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$")]
    amount_gte: Option<String>,
    /// Of at most this amount: decimal text, in `currency`, or without it in each one's own.
    #[serde(default)]
    #[param(pattern = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$")]
    amount_lte: Option<String>,
    /// With this text in `description` or `external_id`, whatever the case of its ASCII letters; or
    /// the id of a transaction.
    #[serde(default)]
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*[^\s\x00-\x09\x0b-\x1f\x7f-\x9f][^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"
    )]
    q: Option<String>,
    /// From or to this wallet only.
    #[serde(default)]
    #[param(inline)]
    wallet_id: Option<WalletId>,
    #[serde(default)]
    #[param(ignore)]
    limit: Option<u32>,
    #[serde(default)]
    #[param(ignore)]
    cursor: Option<String>,
}

fn status_schema() -> RefOr<Schema> {
    set_schema(TransactionStatus::ALL.iter().map(|status| status.as_str()))
}

fn type_schema() -> RefOr<Schema> {
    set_schema(TransactionType::ALL.iter().map(|kind| kind.as_str()))
}

/// List transactions
///
/// Newest first. Users see those from and to their own wallets; operators, auditors and admins all
/// of the organisation.
///
/// A page is answered fast, whatever the filter. Where few of very many transactions pass it, a
/// page may be shorter than `limit`, or empty, and still have a `next_cursor`: the search goes on
/// from there. It has ended when `has_more` is false.
#[utoipa::path(
    get,
    path = "/api/v1/transactions",
    tag = "transactions",
    params(ListTransactions, PageParams),
    responses(
        (status = 200, description = "A page of transactions.", body = Page<SeenTransaction>),
        (status = 404, description = "`wallet_id` is no wallet, or not yours."),
        (status = 422, description = "A limit out of range, an unknown currency, an amount with more decimals than the currency, or than four."),
    )
)]
pub(super) async fn list_transactions(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListTransactions>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let found = service
        .transactions(&principal, read(query)?, limit)
        .await?;
    let page = Page::from_rows(found.rows, limit, |(record, _)| record.row.no.cast_signed())
        .or_from(found.floor);
    Ok(axum::Json(Page {
        data: service.seen(&principal, page.data).await,
        has_more: page.has_more,
        next_cursor: page.next_cursor,
    }))
}

fn read(query: ListTransactions) -> Result<TransactionQuery, Problem> {
    let status = |name: &str| TransactionStatus::from_name(name).map(TransactionStatus::number);
    let kind = |name: &str| TransactionType::from_name(name).map(TransactionType::number);
    let currency = query.currency.as_deref().map(currency).transpose()?;
    let least = amount(query.amount_gte.as_deref(), "amount_gte", currency)?;
    let most = amount(query.amount_lte.as_deref(), "amount_lte", currency)?;
    let q = text(query.q, "q", 1, 200)?;
    let id = q.as_deref().and_then(|q| q.parse::<TransactionId>().ok());
    Ok(TransactionQuery {
        filter: TransactionFilter {
            from: 1,
            before: cursor(query.cursor.as_deref())?.unwrap_or(i64::MAX),
            statuses: bits(set(query.status.as_deref(), "status", status)?),
            types: bits(set(query.kind.as_deref(), "type", kind)?),
            currency,
            amounts: [least.unwrap_or(i64::MIN), most.unwrap_or(i64::MAX)],
            text: q.filter(|_| id.is_none()),
        },
        since: time(query.created_gte.as_deref(), "created_gte")?,
        until: time(query.created_lt.as_deref(), "created_lt")?,
        id,
        wallet: query.wallet_id,
    })
}

/// A set of numbers; all of them where nothing is said.
fn bits(numbers: Option<Vec<i64>>) -> i64 {
    numbers.map_or(i64::MAX, |numbers| {
        numbers
            .into_iter()
            .fold(0, |all, number| all | (1 << number))
    })
}

/// A bound: in minor units, or where there is no currency in ten-thousandths.
fn amount(
    value: Option<&str>,
    param: &str,
    currency: Option<Currency>,
) -> Result<Option<i64>, Problem> {
    let Some(value) = value else {
        return Ok(None);
    };
    match Amount::parse(value, currency.unwrap_or(Currency::CLF)) {
        // What is left is room to round up.
        Ok(amount) if currency.is_none() && amount.minor() > i64::MAX - 10_000 => {
            let error = AmountError::Overflow;
            Err(amount_problem(error, "invalid_parameter").for_param(param))
        }
        Ok(amount) => Ok(Some(amount.minor())),
        Err(error) => Err(amount_problem(error, "invalid_parameter").for_param(param)),
    }
}
