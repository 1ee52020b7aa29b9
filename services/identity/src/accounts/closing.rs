//! The end of an account. It takes two commits, one of payments, which ends that its user may own wallets, and then one here. What is
//! asked for is written down before, so that the background finishes it where the process dies between them.

use contracts::identity::{OrgId, SessionId, UserId};
use contracts::payments::Owner;
use db::Tx;
use values::{SECOND, Timestamp};
use web::client::Client;

use crate::accounts::email::normalise_email;
use crate::accounts::error::AccountError;
use crate::accounts::stores::closings::Closing;
use crate::accounts::stores::{closings as store, preferences, users};
use crate::accounts::user::User;
use crate::api_keys::store as api_keys;
use crate::audit::{Act, Actor, Entry};
use crate::credentials::{Held, Keep};
use crate::factors::store::delete_factors;
use crate::fault::{Fault, log};
use crate::idempotency::store as answers;
use crate::links::store as one_time;
use crate::login::store as lockout;
use crate::mail::{Content, store as messages};
use crate::oidc::store as oidc;
use crate::service::Service;
use crate::{audit, credentials};

/// How long whoever asked is left to finish it: longer than any request takes.
const LEFT_ALONE: i64 = 120 * SECOND;
/// How many are finished at a time.
const AT_ONCE: i64 = 100;

impl Service {
    /// Ends that a user who has shown the password may own wallets: from here on they have none for good. Where the account does not
    /// end with them, the background closes it.
    pub(crate) async fn begin_closing(&self, proved: &User) -> Result<(), AccountError> {
        let (org, user) = (proved.org, proved.id);
        store::ask(&self.db, proved, self.clock.now()).await?;
        let ended = self.end_wallets(org, user).await;
        if matches!(ended, Err(AccountError::WalletsOpen)) {
            store::forget(&self.db, org, user).await?;
        }
        ended
    }

    /// Finishes what others have begun and left: processes that died, and requests that failed. What was asked for before the password
    /// was changed, or stands against open wallets, is forgotten.
    ///
    /// # Errors
    /// A fault of the database, or of payments; the next time begins where this one ended.
    pub async fn finish_closings(&self) -> Result<(), AccountError> {
        let before = self.clock.now().plus(-LEFT_ALONE);
        let left = store::left(&self.db, before, AT_ONCE).await?;
        for Closing { org, user, epoch } in left {
            match self.finish_closing(org, user, epoch).await {
                Ok(true) => tracing::info!(%user, "an account that was half closed is closed"),
                Ok(false) | Err(AccountError::WalletsOpen) => {
                    store::forget(&self.db, org, user).await?
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    /// Whether the account is closed now; else it is not to be.
    async fn finish_closing(
        &self,
        org: OrgId,
        user: UserId,
        epoch: i64,
    ) -> Result<bool, AccountError> {
        let found = users::active_user(&self.db, org, user).await?;
        if found.is_none_or(|found| found.credential_epoch != epoch) {
            return Ok(false);
        }
        self.end_wallets(org, user).await?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let Some(held) = credentials::hold(&mut tx, org, user, Some(epoch)).await? else {
            return Ok(false);
        };
        let actor = Actor::User(user, None);
        self.close_held(tx, &held, (actor, None), now).await?;
        Ok(true)
    }

    /// Closes the account of somebody who owns no wallets any more, and commits.
    pub(crate) async fn close_held(
        &self,
        mut tx: Tx,
        user: &Held,
        (actor, client): (Actor, Option<&Client>),
        now: Timestamp,
    ) -> Result<(), Fault> {
        let ended = erase(&mut tx, user, now).await?;
        self.tell(&mut tx, user, Content::AccountClosed, now)
            .await?;
        let closed = Entry::done(user.org, Act::UserClosed, actor, client).to(user.id);
        audit::record(&mut tx, now, &closed).await?;
        tx.commit().await?;
        self.known_keys.forget();
        self.forget_sessions(&ended);
        Ok(())
    }

    /// Frees an e-mail of which somebody vouches that it is a new user's: ends the account of whoever has registered with it and never
    /// shown that it is theirs. That is who was ended, and their sessions, to be forgotten after the commit.
    ///
    /// # Errors
    /// [`AccountError::EmailTaken`] where that account has open wallets, [`AccountError::WalletsUnknown`] or a fault.
    pub(crate) async fn end_unconfirmed(
        &self,
        tx: &mut Tx,
        new: &User,
    ) -> Result<Option<(UserId, Vec<SessionId>)>, AccountError> {
        let normalised = normalise_email(&new.email);
        let Some(former) = users::lock_unconfirmed(tx, new.org, &normalised).await? else {
            return Ok(None);
        };
        // Held meanwhile: nobody confirms the e-mail between this and the end of the account.
        match self.end_wallets(former.org, former.id).await {
            Err(AccountError::WalletsOpen) => return Err(AccountError::EmailTaken),
            ended => ended?,
        }
        let ended = erase(tx, &former, new.created_at).await?;
        Ok(Some((former.id, ended)))
    }

    async fn end_wallets(&self, org: OrgId, user: UserId) -> Result<(), AccountError> {
        let wallets = self.wallets.get().ok_or(AccountError::WalletsUnknown)?;
        match wallets.close_owner(org, user).await {
            Ok(Owner::Closed) => Ok(()),
            Ok(Owner::HasOpenWallets) => Err(AccountError::WalletsOpen),
            Err(fault) => {
                log(&fault);
                Err(AccountError::WalletsUnknown)
            }
        }
    }
}

/// Erases what is personal of a user, and ends all that they are let in by; their e-mail is free. After the commit the sessions and the
/// keys in memory have to be forgotten.
async fn erase(tx: &mut Tx, user: &User, now: Timestamp) -> Result<Vec<SessionId>, Fault> {
    users::close(tx, user.org, user.id, now).await?;
    let ended = credentials::end(tx, (user.org, user.id), Keep::Nothing, now).await?;
    delete_factors(tx, user).await?;
    preferences::delete(tx, user.org, user.id).await?;
    oidc::delete_links(tx, user.org, user.id).await?;
    oidc::delete_attempts(tx, user.org, user.id).await?;
    lockout::delete_devices(tx, user.org, user.id).await?;
    api_keys::delete_all(tx, user.org, user.id).await?;
    one_time::delete_all(tx, user.org, user.id).await?;
    answers::delete_all(tx, user.org, user.id).await?;
    messages::delete_all(tx, user.org, user.id).await?;
    store::forget_in(tx, user.org, user.id).await?;
    Ok(ended)
}
