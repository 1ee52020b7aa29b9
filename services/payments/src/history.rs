//! Lists of transactions: all of an organisation by their numbers, a user's own by the chains of their wallets, merged.
//! It never reads more of a chain than the page needs.

use std::collections::BTreeMap;

use contracts::identity::{Permission, Principal};
use contracts::payments::{TransactionId, WalletId};
use platform::clock::Timestamp;

use crate::document::TransactionRecord;
use crate::error::Error;
use crate::service::Service;
use crate::store::transactions::{
    TransactionFilter, first_since, transaction, transactions_of_all, transactions_of_wallet,
};
use crate::store::wallets::{Head, heads};

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
    /// Transactions that the caller may see, newest first.
    ///
    /// # Errors
    /// 403 for a role that sees none; 404 for a wallet that is not the caller's; a fault.
    pub(crate) async fn transactions(
        &self,
        principal: &Principal,
        mut query: TransactionQuery,
        limit: usize,
    ) -> Result<Vec<TransactionRecord>, Error> {
        let org = principal.org.0;
        let sees_all = principal.may(Permission::TransactionsReadAll);
        if !sees_all {
            principal.require(Permission::TransactionsOwn)?;
        }
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
        // The last one that was seen, or the one that is wanted: a chain that it belongs to is entered there.
        let mut hint = (query.filter.before < i64::MAX).then_some(query.filter.before);
        if let Some(id) = query.id {
            let Some((only, _)) = transaction(&self.db, org, id.uuid()).await? else {
                return Ok(Vec::new());
            };
            let no = only.row.no.cast_signed();
            query.filter.from = query.filter.from.max(no);
            query.filter.before = query.filter.before.min(no.saturating_add(1));
            hint = Some(no);
        }
        self.narrow(&mut query).await?;
        let filter = &query.filter;
        if filter.from >= filter.before {
            return Ok(Vec::new());
        }
        match heads {
            None => transactions_of_all(&self.db, org, filter, rows(limit)).await,
            Some(heads) => self.merged(heads, hint, filter, limit).await,
        }
    }

    /// Times become numbers, which the tables are ordered by.
    async fn narrow(&self, query: &mut TransactionQuery) -> Result<(), Error> {
        let filter = &mut query.filter;
        if let Some(since) = query.since {
            filter.from = filter.from.max(first_since(&self.db, since).await?);
        }
        if let Some(until) = query.until {
            filter.before = filter.before.min(first_since(&self.db, until).await?);
        }
        Ok(())
    }

    /// One page out of several chains. `heads` come with the one that moved last first: a chain whose newest row is
    /// older than the whole page so far, and every chain after it, has nothing to add.
    async fn merged(
        &self,
        heads: Vec<Head>,
        hint: Option<i64>,
        filter: &TransactionFilter,
        limit: usize,
    ) -> Result<Vec<TransactionRecord>, Error> {
        // By number, so that a transfer between two wallets of one user appears once.
        let mut found = BTreeMap::new();
        for head in heads {
            let oldest_of_page = found.keys().rev().nth(limit);
            if oldest_of_page.is_some_and(|oldest| *oldest > head.last_transaction) {
                break;
            }
            let (account, last) = (head.account, head.last_transaction);
            let more =
                transactions_of_wallet(&self.db, account, last, hint, filter, rows(limit)).await?;
            found.extend(
                more.into_iter()
                    .map(|record| (record.row.no.cast_signed(), record)),
            );
        }
        Ok(found.into_values().rev().take(limit + 1).collect())
    }
}

/// One row more than the page has, to learn whether there is more.
fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}
