//! `GET /api/v1/transactions/{id}/postings`: what a transaction moved, account by account.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::Permission;
use contracts::payments::{AccountId, TransactionId, TransferId, WalletId};
use money::Currency;
use payments_core::wallet::{SystemAccount, WALLET, decimal};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use values::Timestamp;
use web::extract::PathId;
use web::problem::Problem;

use crate::service::Service;
use crate::statement::Direction;
use crate::store::Bounds;
use crate::store::postings::{Moved, postings};

/// What a transaction moved.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Postings {
    /// Two for each transfer, oldest first, the giving side before the receiving one.
    data: Vec<Posting>,
    /// `false` where a busy wallet has too many entries at the moment of a capture to look at them
    /// all: what was found is here, and the statements of the wallets have the rest.
    is_complete: bool,
}

/// One side of a ledger transfer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Posting {
    /// The transfer: both of its sides have it.
    transfer_id: TransferId,
    /// When it was committed.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The account.
    account_id: AccountId,
    /// What stands behind it.
    account: AccountRole,
    /// The wallet, where it is one.
    wallet_id: Option<WalletId>,
    /// On which side the account stands.
    direction: Direction,
    /// By how much its balance changed, decimal text: negative for a debit. Both sides of a
    /// transfer sum to zero.
    #[schema(example = "-12.50")]
    amount: String,
    /// ISO 4217 code.
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
}

/// What stands behind a ledger account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AccountRole {
    /// A wallet.
    Wallet,
    /// PayFlow's cash at the bank and at the acquirer.
    Settlement,
    /// PayFlow's account for money whose place is not known yet.
    Suspense,
    /// An account that was opened through the raw ledger.
    Ledger,
}

impl AccountRole {
    fn of(code: i64) -> Self {
        const SETTLEMENT: i64 = SystemAccount::Settlement as i64;
        const SUSPENSE: i64 = SystemAccount::Suspense as i64;
        match code {
            SETTLEMENT => Self::Settlement,
            SUSPENSE => Self::Suspense,
            code if code == i64::from(WALLET) => Self::Wallet,
            _ => Self::Ledger,
        }
    }
}

/// Both sides of a transfer.
fn sides(moved: &Moved, currency: Currency) -> [Posting; 2] {
    let side = |(id, code): (Uuid, i64), direction, amount| {
        let account = AccountRole::of(code);
        Posting {
            transfer_id: TransferId(moved.transfer),
            at: moved.time,
            account_id: AccountId(id),
            account,
            wallet_id: (account == AccountRole::Wallet).then_some(WalletId(id)),
            direction,
            amount: decimal(amount, currency),
            currency,
        }
    };
    [
        side(moved.debit, Direction::Debit, moved.amount.saturating_neg()),
        side(moved.credit, Direction::Credit, moved.amount),
    ]
}

/// Get the postings of a transaction
///
/// What it moved in the ledger: per transfer one entry on each account, which sum to zero. Holds
/// move nothing and are not here. Operators, auditors and admins see all entries; users those of
/// their own wallets. A refund has postings of its own.
#[utoipa::path(
    get,
    path = "/api/v1/transactions/{id}/postings",
    tag = "transactions",
    params(("id" = inline(TransactionId), Path, description = "The transaction")),
    responses(
        (status = 200, description = "The postings.", body = Postings),
        (status = 404, description = "No such transaction, or not one of yours."),
    )
)]
pub(super) async fn get_postings(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<TransactionId>,
) -> Result<impl IntoResponse, Problem> {
    let (record, owners) = service.visible_with_owners(&principal, id).await?;
    let bounds = Bounds::of_page(100, service.config.lists.effort);
    let found = postings(&service.db, &record, bounds).await?;
    let sees_all = principal.may(Permission::TransactionsReadAll);
    let wallets = [record.from_wallet, record.to_wallet];
    let is_own = |posting: &Posting| {
        let mut sides = wallets.iter().zip(owners);
        sides.any(|(wallet, owner)| {
            *wallet == Some(posting.account_id.uuid()) && owner == Some(principal.user.uuid())
        })
    };
    let moved = found.moved.iter();
    let data = moved
        .flat_map(|moved| sides(moved, record.row.currency))
        .filter(|posting| sees_all || is_own(posting))
        .collect();
    Ok(axum::Json(Postings {
        data,
        is_complete: found.is_complete,
    }))
}
