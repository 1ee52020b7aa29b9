//! Lists of transactions: all of an organisation by their numbers or their status, a user's own by
//! the chains of their wallets. What is read for one page is bounded, whatever the filter: where
//! that is not enough, the page is short and says where to go on.

use std::collections::BTreeMap;

use access::Principal;
use contracts::identity::Permission;
use contracts::payments::{TransactionId, TransactionStatus, WalletId};
use values::Timestamp;

use crate::error::Error;
use crate::service::Service;
use crate::store::Bounds;
use crate::store::lists::{
    Chain, Found, TransactionFilter, TransactionScope, first_since, in_ranges, of_status, of_wallet,
};
use crate::store::transactions::{Owned, transaction};
use crate::store::wallets::{Head, heads};
use crate::store::zones;

/// Which transactions a caller asks for.
#[derive(Debug)]
pub(crate) struct TransactionQuery {
    /// What the rows must be.
    pub filter: TransactionFilter,
    /// Made at or after this time.
    pub since: Option<Timestamp>,
    /// Made before this time.
    pub until: Option<Timestamp>,
    /// This one only.
    pub id: Option<TransactionId>,
    /// From or to this wallet only.
    pub wallet: Option<WalletId>,
}

impl Service {
    /// Transactions that the caller may see, newest first: one more than `limit`, or all there are,
    /// or those down to the floor.
    ///
    /// # Errors
    /// 404 for a wallet that is not the caller's; a fault.
    pub(crate) async fn transactions(
        &self,
        principal: &Principal,
        mut query: TransactionQuery,
        limit: usize,
    ) -> Result<Found, Error> {
        let org = principal.org.0;
        let sees_all = principal.may(Permission::TransactionsReadAll);
        let heads = match query.wallet {
            Some(id) => {
                let found = self.visible_wallet(principal, id, "wallet_id").await?;
                Some(vec![Head {
                    account: found.account.no.0.cast_signed(),
                    last_transaction: found.wallet.last_transaction.cast_signed(),
                }])
            }
            None if sees_all => None,
            None => Some(heads(&self.db, org, principal.user.uuid()).await?),
        };
        if let Some(id) = query.id {
            let Some((only, _)) = transaction(&self.db, org, id.uuid()).await? else {
                return Ok(Found::default());
            };
            let no = only.row.no.cast_signed();
            query.filter.from = query.filter.from.max(no);
            query.filter.before = query.filter.before.min(no.saturating_add(1));
        }
        self.narrow(&mut query).await?;
        let filter = &query.filter;
        if filter.from >= filter.before {
            return Ok(Found::default());
        }
        let bounds = Bounds::of_page(limit, self.config.lists.effort);
        match heads {
            None => self.of_all(org, filter, bounds).await,
            Some(heads) => self.of_wallets(heads, filter, bounds).await,
        }
    }

    /// Times become numbers, which the tables are ordered by; there is none above the last one.
    async fn narrow(&self, query: &mut TransactionQuery) -> Result<(), Error> {
        let filter = &mut query.filter;
        if let Some(since) = query.since {
            filter.from = filter.from.max(first_since(&self.db, since).await?);
        }
        let end = match self.past(query.until) {
            Some(until) => first_since(&self.db, until).await?,
            None => zones::count(&self.db).await?.saturating_add(1),
        };
        filter.before = filter.before.min(end);
        Ok(())
    }

    /// All of an organisation. Most are completed; the others are found by their status.
    async fn of_all(
        &self,
        org: i64,
        filter: &TransactionFilter,
        bounds: Bounds,
    ) -> Result<Found, Error> {
        let wanted = |status: TransactionStatus| filter.statuses >> status.number() & 1 == 1;
        if wanted(TransactionStatus::Completed) {
            return in_ranges(
                &self.db,
                &self.zones,
                TransactionScope::Org(org),
                filter,
                bounds,
            )
            .await;
        }
        let all = TransactionStatus::ALL.iter().copied();
        let statuses: Vec<_> = all.filter(|status| wanted(*status)).collect();
        let each = share(bounds, statuses.len());
        let mut merged = Merged::new(bounds);
        for status in statuses {
            merged.add(of_status(&self.db, org, status, filter, each).await?);
        }
        Ok(merged.found())
    }

    /// Those of several chains. `heads` come with the one that moved last first: a chain whose
    /// newest row is older than the whole page so far, and every chain after it, has nothing to
    /// add.
    async fn of_wallets(
        &self,
        heads: Vec<Head>,
        filter: &TransactionFilter,
        bounds: Bounds,
    ) -> Result<Found, Error> {
        let each = share(bounds, heads.len());
        let mut merged = Merged::new(bounds);
        for head in heads {
            if merged.is_full_above(head.last_transaction) {
                break;
            }
            let chain = Chain {
                account: head.account,
                last: head.last_transaction,
                seen: (filter.before <= head.last_transaction).then_some(filter.before),
            };
            merged.add(of_wallet(&self.db, &self.zones, chain, filter, each).await?);
        }
        Ok(merged.found())
    }
}

/// The least that is looked at in one of many places, so that each page comes further.
const LEAST: i64 = 64;

/// The effort, shared among so many.
fn share(bounds: Bounds, among: usize) -> Bounds {
    let among = i64::try_from(among).unwrap_or(i64::MAX).max(1);
    Bounds {
        effort: (bounds.effort / among).max(LEAST),
        ..bounds
    }
}

/// One page out of several, by number, so that a transfer between two wallets of one user appears
/// once.
struct Merged {
    rows: BTreeMap<u64, Owned>,
    floor: Option<i64>,
    limit: usize,
}

impl Merged {
    fn new(bounds: Bounds) -> Self {
        Self {
            rows: BTreeMap::new(),
            floor: None,
            limit: usize::try_from(bounds.limit).unwrap_or(usize::MAX),
        }
    }

    fn add(&mut self, found: Found) {
        let rows = found.rows.into_iter();
        self.rows.extend(rows.map(|owned| (owned.0.row.no, owned)));
        self.floor = self.floor.max(found.floor);
    }

    /// Whether nothing up to this number can be on the page.
    fn is_full_above(&self, no: i64) -> bool {
        let oldest = self.rows.keys().rev().nth(self.limit - 1);
        oldest.is_some_and(|oldest| oldest.cast_signed() > no)
    }

    /// Nothing below the highest floor: there may be more of it.
    fn found(self) -> Found {
        let floor = self.floor.unwrap_or_default().cast_unsigned();
        let rows = self.rows.into_iter().rev().take(self.limit);
        Found {
            rows: rows
                .take_while(|(no, _)| *no >= floor)
                .map(|(_, owned)| owned)
                .collect(),
            floor: self.floor,
        }
    }
}
