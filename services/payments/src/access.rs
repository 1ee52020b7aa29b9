//! Whose something is: callers see their own, or with the permission everything of their
//! organisation. What they may not see does not exist for them. Whether they may see anything at
//! all, its guarded route has checked.

use access::Principal;
use contracts::identity::Permission;
use contracts::payments::{TransactionId, WalletId};
use payments_core::document::TransactionRecord;
use payments_core::refusal::Refused;

use crate::error::Error;
use crate::service::Service;
use crate::store::transactions::{Owned, transaction};
use crate::store::wallets::{WalletRecord, wallet};

impl Service {
    /// A wallet, if the caller may see it. `param` is where its id stands in the request.
    ///
    /// # Errors
    /// [`Refused::WalletNotFound`]; a fault.
    pub(crate) async fn visible_wallet(
        &self,
        principal: &Principal,
        id: WalletId,
        param: &'static str,
    ) -> Result<WalletRecord, Error> {
        self.wallet_for(principal, Permission::WalletsReadAll, id, param)
            .await
    }

    /// A wallet of the caller, or anybody's where the caller has a permission over all.
    ///
    /// # Errors
    /// As [`Service::visible_wallet`].
    pub(crate) async fn wallet_for(
        &self,
        principal: &Principal,
        over_all: Permission,
        id: WalletId,
        param: &'static str,
    ) -> Result<WalletRecord, Error> {
        let all = principal.may(over_all);
        wallet(&self.db, principal.org.0, id.uuid())
            .await?
            .filter(|found| all || found.wallet.owner == principal.user.uuid())
            .ok_or(Error::Refused(Refused::WalletNotFound { param }))
    }

    /// A transaction, if the caller may see it: one from or to a wallet of theirs.
    ///
    /// # Errors
    /// [`Refused::TransactionNotFound`]; a fault.
    pub(crate) async fn visible_transaction(
        &self,
        principal: &Principal,
        id: TransactionId,
    ) -> Result<TransactionRecord, Error> {
        let (record, _) = self.visible_with_owners(principal, id).await?;
        Ok(record)
    }

    /// The same with the owners of both sides.
    ///
    /// # Errors
    /// As [`Service::visible_transaction`].
    pub(crate) async fn visible_with_owners(
        &self,
        principal: &Principal,
        id: TransactionId,
    ) -> Result<Owned, Error> {
        self.transaction_for(principal, Permission::TransactionsReadAll, id)
            .await
    }

    /// A transaction from or to a wallet of the caller, or anybody's where the caller has a
    /// permission over all, and the owners of both sides.
    ///
    /// # Errors
    /// As [`Service::visible_transaction`].
    pub(crate) async fn transaction_for(
        &self,
        principal: &Principal,
        over_all: Permission,
        id: TransactionId,
    ) -> Result<Owned, Error> {
        let all = principal.may(over_all);
        transaction(&self.db, principal.org.0, id.uuid())
            .await?
            .filter(|(_, owners)| all || owners.contains(&Some(principal.user.uuid())))
            .ok_or(Error::Refused(Refused::TransactionNotFound))
    }
}
