//! The end of an account. It takes two commits, one of payments, which ends that its user may own
//! wallets, and then one here. What is asked for is written down before, so that the background
//! finishes it where the process dies between them.
//!
//! So ends, too, the account of somebody who has registered with the e-mail of another and never
//! confirmed it, when the other is made a user: all that can refuse that comes before payments is
//! told.

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
use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::{KeptSessions, LockedUser};
use crate::factors::store::delete_factors;
use crate::fault::{Fault, log};
use crate::links::store as one_time;
use crate::login::store as lockout;
use crate::mail::{Content, store as messages};
use crate::oidc::store as oidc;
use crate::service::Service;
use crate::{audit, credentials};
use idempotency as answers;

/// How long anyone who asked is left to finish it: longer than any request takes.
const LEFT_ALONE: i64 = 120 * SECOND;
/// How many are finished at a time.
const AT_ONCE: i64 = 100;

impl Service {
    /// Ends that a user who has shown the password may own wallets: from here on they have none for
    /// good. Where the account does not end with them, the background closes it.
    pub(crate) async fn begin_closing(&self, proved: &User) -> Result<(), AccountError> {
        let (org, user) = (proved.org, proved.id);
        store::ask(&self.db, proved, self.clock.now()).await?;
        let ended = self.end_wallets(org, user).await;
        if matches!(ended, Err(AccountError::WalletsOpen)) {
            store::forget(&self.db, org, user).await?;
        }
        ended
    }

    /// Finishes what others have begun and left: processes that died, and requests that failed.
    /// What was asked for before the password was changed, or stands against open wallets, is
    /// forgotten.
    ///
    /// # Errors
    /// A fault of the database, or of payments; the next time begins where this one ended.
    pub async fn finish_closings(&self) -> Result<(), AccountError> {
        let now = self.clock.now();
        let (before, after) = (now.plus(-LEFT_ALONE), now.plus(self.clock_watch.max_step()));
        let left = store::left(&self.db, before, after, AT_ONCE).await?;
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
        epoch: Option<i64>,
    ) -> Result<bool, AccountError> {
        let found = users::active_user(&self.db, org, user).await?;
        let found = found.map(|found| found.credential_epoch);
        if found.is_none_or(|found| epoch.is_some_and(|epoch| epoch != found)) {
            return Ok(false);
        }
        self.end_wallets(org, user).await?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let Some(locked) = credentials::lock_active_user(&mut tx, org, user, epoch).await? else {
            return Ok(false);
        };
        let actor = match epoch {
            Some(_) => Actor::User(user, None),
            None => Actor::System,
        };
        self.close_locked(tx, &locked, (actor, None), now).await?;
        Ok(true)
    }

    /// Closes the account of somebody who owns no wallets any more, and commits.
    pub(crate) async fn close_locked(
        &self,
        mut tx: Tx,
        user: &LockedUser,
        (actor, client): (Actor, Option<&Client>),
        now: Timestamp,
    ) -> Result<(), Fault> {
        let ended = erase(&mut tx, user, now).await?;
        self.tell(&mut tx, user, Content::AccountClosed, now)
            .await?;
        let closed = Entry::done(user.org, AuditAction::UserClosed, actor, client).to(user.id);
        audit::record(&mut tx, now, &closed).await?;
        tx.commit().await?;
        self.api_key_cache.forget();
        self.forget_sessions(&ended);
        Ok(())
    }

    /// Writes down that the account of a user who has registered with an e-mail and never shown
    /// that it is theirs is to be closed, because somebody vouches that the e-mail is a new user's.
    /// Says who that is.
    pub(crate) async fn begin_replacing(&self, new: &User) -> Result<Option<UserId>, Fault> {
        let normalised = normalise_email(&new.email);
        let former = users::unconfirmed(&self.db, new.org, &normalised).await?;
        if let Some(former) = former {
            store::ask_replaced(&self.db, new.org, former, self.clock.now()).await?;
        }
        Ok(former)
    }

    /// Forgets that again: nothing was done to the account.
    pub(crate) async fn stop_replacing(&self, org: OrgId, former: UserId) -> Result<(), Fault> {
        Ok(store::forget(&self.db, org, former).await?)
    }

    /// Ends that the former user of an e-mail may own wallets. From here on their account has to be
    /// closed.
    ///
    /// # Errors
    /// [`AccountError::UnconfirmedHasWallets`] or [`AccountError::WalletsUnknown`].
    pub(crate) async fn end_former_wallets(
        &self,
        org: OrgId,
        former: UserId,
    ) -> Result<(), AccountError> {
        match self.end_wallets(org, former).await {
            Err(AccountError::WalletsOpen) => Err(AccountError::UnconfirmedHasWallets),
            ended => ended,
        }
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

/// Frees the e-mail of a new user: erases the account of who had it and never showed that it is
/// theirs. Its sessions are to be forgotten after the commit. Until that, nobody confirms the
/// e-mail.
pub(crate) async fn erase_former(
    tx: &mut Tx,
    new: &User,
    former: UserId,
) -> Result<Vec<SessionId>, AccountError> {
    let normalised = normalise_email(&new.email);
    let locked = users::lock_unconfirmed(tx, new.org, &normalised).await?;
    // Else it was confirmed meanwhile, or belongs to a third.
    let locked = locked.filter(|locked| locked.id == former);
    let locked = locked.ok_or(AccountError::EmailTaken)?;
    Ok(erase(tx, &locked, new.created_at).await?)
}

/// Erases what is personal of a user, and ends all that they are let in by; their e-mail is free.
/// After the commit the sessions and the keys in memory have to be forgotten.
async fn erase(tx: &mut Tx, user: &User, now: Timestamp) -> Result<Vec<SessionId>, Fault> {
    users::close(tx, user.org, user.id, now).await?;
    let ended = credentials::end(tx, (user.org, user.id), KeptSessions::None, now).await?;
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
