//! `GET /api/v1/wallets`: the caller's wallets, or all of the organisation.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::{Permission, UserId};
use payments_core::wallet::{WalletStatus, WalletView};
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::Query;
use web::page::{self, Page};
use web::problem::Problem;

use super::docs::{PageParams, set_schema};
use super::{currency, cursor, set};
use crate::service::Service;
use crate::store::Bounds;
use crate::store::wallets::{WalletFilter, status_bit, wallets};

/// Which wallets.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListWallets {
    /// Of this user only. Somebody else's are an empty list for anyone who sees only their own.
    #[serde(default)]
    #[param(inline)]
    owner_id: Option<UserId>,
    /// In this currency only: its ISO 4217 code.
    #[serde(default)]
    #[param(pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
    /// With one of these statuses only, separated by commas.
    #[serde(default)]
    #[param(schema_with = status_schema, example = "active,frozen")]
    status: Option<String>,
    #[serde(default)]
    #[param(ignore)]
    limit: Option<u32>,
    #[serde(default)]
    #[param(ignore)]
    cursor: Option<String>,
}

const STATUSES: [(&str, WalletStatus); 3] = [
    ("active", WalletStatus::Active),
    ("frozen", WalletStatus::Frozen),
    ("closed", WalletStatus::Closed),
];

fn status_schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    set_schema(STATUSES.iter().map(|(name, _)| *name))
}

/// List wallets
///
/// Newest first. Users see their own; operators, auditors and admins all of the organisation.
#[utoipa::path(
    get,
    path = "/api/v1/wallets",
    tag = "wallets",
    params(ListWallets, PageParams),
    responses(
        (status = 200, description = "A page of wallets.", body = Page<WalletView>),
        (status = 422, description = "A limit out of range, or an unknown currency."),
    )
)]
pub(super) async fn list_wallets(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Query(query): Query<ListWallets>,
) -> Result<impl IntoResponse, Problem> {
    let sees_all = principal.may(Permission::WalletsReadAll);
    let limit = page::limit(query.limit)?;
    let before = cursor(query.cursor.as_deref())?.unwrap_or(i64::MAX);
    let currency = query.currency.as_deref().map(currency).transpose()?;
    let by_name = |name: &str| {
        let found = STATUSES.iter().find(|(known, _)| *known == name)?;
        Some(status_bit(found.1))
    };
    let statuses = set(query.status.as_deref(), "status", by_name)?.map_or(i64::MAX, |bits| {
        bits.into_iter().fold(0, |all, bit| all | bit)
    });
    let me = principal.user;
    let owner = query.owner_id.or((!sees_all).then_some(me));
    if !sees_all && owner != Some(me) {
        return Ok(axum::Json(Page {
            data: Vec::new(),
            has_more: false,
            next_cursor: None,
        }));
    }
    let filter = WalletFilter {
        owner: owner.map(UserId::uuid),
        currency,
        statuses,
        before,
    };
    let bounds = Bounds::of_page(limit, service.config.lists.effort);
    let found = wallets(&service.db, principal.org.0, &filter, bounds).await?;
    let now = service.clock.now();
    let page = Page::from_rows(found.rows, limit, |record| {
        record.account.no.0.cast_signed()
    })
    .or_from(found.floor);
    Ok(axum::Json(Page {
        data: page
            .data
            .iter()
            .map(|record| record.view(now))
            .collect::<Vec<WalletView>>(),
        has_more: page.has_more,
        next_cursor: page.next_cursor,
    }))
}
