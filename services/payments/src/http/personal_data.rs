//! What payments keeps about somebody, as its endpoints show it to them.

use access::Principal;
use contracts::identity::{OrgId, UserId};
use module::{Failure, newest};
use serde_json::{Map, Value};
use web::page::{self, Page};

use crate::history::TransactionQuery;
use crate::service::Service;
use crate::store::Bounds;
use crate::store::lists::TransactionFilter;
use crate::store::wallets::{WalletFilter, wallets};

/// The most transactions, and wallets, of an export: beyond it, the lists have the rest.
const MOST: usize = 10_000;

/// How many are read at once.
const PAGE: usize = 100;

impl Service {
    pub(crate) async fn data_of(
        &self,
        org: OrgId,
        user: UserId,
    ) -> Result<Map<String, Value>, Failure> {
        let owner = Principal::owner(org, user);
        let mut data = Map::new();
        data.insert("wallets".to_owned(), self.wallets_of(&owner).await?);
        let transactions = self.transactions_of(&owner).await?;
        data.insert("transactions".to_owned(), transactions);
        Ok(data)
    }

    async fn wallets_of(&self, owner: &Principal) -> Result<Value, Failure> {
        let (mut all, mut next) = (Vec::new(), Some(i64::MAX));
        let now = self.clock.now();
        while let (Some(before), true) = (next, all.len() < MOST) {
            let filter = WalletFilter {
                owner: Some(owner.user.uuid()),
                currency: None,
                statuses: i64::MAX,
                before,
            };
            let bounds = Bounds::of_page(PAGE, self.config.lists.effort);
            let found = wallets(&self.db, owner.org.0, &filter, bounds).await?;
            let page =
                Page::from_rows(found.rows, PAGE, |record| record.account.no.0.cast_signed())
                    .or_from(found.floor);
            next = after(page.next_cursor.as_deref());
            all.extend(page.data.iter().map(|record| record.view(now)));
        }
        newest(&all, next.is_none())
    }

    async fn transactions_of(&self, owner: &Principal) -> Result<Value, Failure> {
        let (mut all, mut next) = (Vec::new(), Some(i64::MAX));
        while let (Some(before), true) = (next, all.len() < MOST) {
            let query = TransactionQuery {
                filter: TransactionFilter {
                    from: 1,
                    before,
                    statuses: i64::MAX,
                    types: i64::MAX,
                    currency: None,
                    amounts: [i64::MIN, i64::MAX],
                    text: None,
                },
                since: None,
                until: None,
                id: None,
                wallet: None,
            };
            let found = self.transactions(owner, query, PAGE).await?;
            let page = Page::from_rows(found.rows, PAGE, |(record, _)| record.row.no.cast_signed())
                .or_from(found.floor);
            next = after(page.next_cursor.as_deref());
            all.extend(self.seen(owner, page.data).await);
        }
        newest(&all, next.is_none())
    }
}

/// Where the next page begins.
fn after(cursor: Option<&str>) -> Option<i64> {
    cursor.and_then(|cursor| page::decode_cursor(cursor).ok())
}
