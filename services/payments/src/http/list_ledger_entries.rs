//! `GET /api/v1/ledger/accounts/{id}/entries`: the history of an account of the raw ledger.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::payments::{AccountId, TransferId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use values::Timestamp;
use web::extract::{PathId, Query};
use web::page::{self, Page};
use web::problem::Problem;

use super::cursor;
use super::docs::PageParams;
use super::get_ledger_account::account_not_found;
use crate::service::Service;
use crate::statement::{Direction, EntryKind};
use crate::store::Bounds;
use crate::store::acceptances::acceptances;
use crate::store::entries::{Entry, EntryRange, entries};
use crate::store::ledger::account;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListLedgerEntries {
    #[serde(default)]
    #[param(ignore)]
    limit: Option<u32>,
    #[serde(default)]
    #[param(ignore)]
    cursor: Option<String>,
}

/// A transfer as an account sees it. Amounts are in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LedgerEntry {
    /// Its place in the journal; rises with time.
    seq: u64,
    /// When it was committed.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// The transfer.
    transfer_id: TransferId,
    /// What it does.
    kind: EntryKind,
    /// On which side the account stands.
    direction: Direction,
    /// The account at the other end.
    counterparty_account: AccountId,
    /// Moved, reserved or freed, as the kind says; above 0 on both sides.
    amount_minor: i64,
    /// What kind of transfer it is, in its maker's words.
    code: i64,
    /// The hold that it captures or frees.
    hold_id: Option<TransferId>,
    /// The account's balance after it: credits less debits.
    balance: i64,
    /// What was held of it after it.
    held: i64,
}

impl From<&Entry> for LedgerEntry {
    fn from(entry: &Entry) -> Self {
        Self {
            seq: entry.seq,
            time: entry.time,
            transfer_id: TransferId(entry.id),
            kind: entry.kind.into(),
            direction: Direction::of(entry),
            counterparty_account: AccountId(entry.other),
            amount_minor: entry.amount,
            code: entry.code,
            hold_id: entry.hold.map(TransferId),
            balance: entry.balance,
            held: entry.held,
        }
    }
}

/// List the entries of a ledger account
///
/// Newest first, each with the balance after it.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/accounts/{id}/entries",
    tag = "ledger",
    params(PageParams, ("id" = inline(AccountId), Path, description = "The account")),
    responses(
        (status = 200, description = "A page of entries.", body = Page<LedgerEntry>),
        (status = 404, description = "No such account."),
        (status = 422, description = "A limit out of range."),
    )
)]
pub(super) async fn list_ledger_entries(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<AccountId>,
    Query(query): Query<ListLedgerEntries>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(query.limit)?;
    let after = cursor(query.cursor.as_deref())?.map(i64::cast_unsigned);
    let found = account(&service.db, principal.org.0, id.uuid()).await?;
    let found = found.ok_or_else(account_not_found)?;
    let part = EntryRange {
        after,
        ..EntryRange::ALL
    };
    let bounds = Bounds::of_page(limit, service.config.lists.effort);
    let acceptances = acceptances(&service.db).await?;
    let found = entries(&service.db, &found, &part, bounds, &acceptances).await?;
    let page =
        Page::from_rows(found.rows, limit, |entry| entry.seq.cast_signed()).or_from(found.floor);
    Ok(axum::Json(Page {
        data: page.data.iter().map(LedgerEntry::from).collect::<Vec<_>>(),
        has_more: page.has_more,
        next_cursor: page.next_cursor,
    }))
}
