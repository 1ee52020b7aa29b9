//! What a caller may see: their own, or with the permission everything of their organisation. What they may not see does
//! not exist for them.

use contracts::identity::{Permission, Principal};
use contracts::payments::{TransactionId, WalletId};

use crate::document::TransactionRecord;
use crate::error::Error;
use crate::refusal::Refused;
use crate::service::Service;
use crate::store::transactions::transaction;
use crate::store::wallets::{WalletRecord, wallet};

impl Service {
    /// A wallet, if the caller may see it. `param` is where its id stands in the request.
    ///
    /// # Errors
    /// 403 for a role that sees no wallets; [`Refused::WalletNotFound`]; a fault.
    pub(crate) async fn visible_wallet(
        &self,
        principal: &Principal,
        id: WalletId,
        param: &'static str,
    ) -> Result<WalletRecord, Error> {
        let sees_all = principal.may(Permission::WalletsReadAll);
        if !sees_all {
            principal.require(Permission::WalletsOwn)?;
        }
        wallet(&self.db, principal.org.0, id.uuid())
            .await?
            .filter(|found| sees_all || found.wallet.owner == principal.user.uuid())
            .ok_or(Error::Refused(Refused::WalletNotFound { param }))
    }

    /// A transaction, if the caller may see it: one from or to a wallet of theirs.
    ///
    /// # Errors
    /// 403 for a role that sees no transactions; [`Refused::TransactionNotFound`]; a fault.
    pub(crate) async fn visible_transaction(
        &self,
        principal: &Principal,
        id: TransactionId,
    ) -> Result<TransactionRecord, Error> {
        let sees_all = principal.may(Permission::TransactionsReadAll);
        if !sees_all {
            principal.require(Permission::TransactionsOwn)?;
        }
        transaction(&self.db, principal.org.0, id.uuid())
            .await?
            .filter(|(_, owners)| sees_all || owners.contains(&Some(principal.user.uuid())))
            .map(|(record, _)| record)
            .ok_or(Error::Refused(Refused::TransactionNotFound))
    }
}
