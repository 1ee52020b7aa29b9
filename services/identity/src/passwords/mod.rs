//! Choosing a new password: with the current one, or with a mailed link. Either ends other sessions
//! and whatever is under way, and tells by mail. A mailed link ends API keys, too, because it is
//! what an owner does after somebody else was in the account; a change ends them where it says so,
//! because programs that work for the user need not stop for it.

pub(crate) mod breached;
pub(crate) mod error;
pub(crate) mod hashing;
pub(crate) mod http;
pub(crate) mod policy;
pub(crate) mod queue;
pub(crate) mod rule;
pub(crate) mod workers;

use access::Principal;
use db::Tx;
use secrecy::SecretString;
use values::Timestamp;
use web::client::Client;

use crate::accounts::email::normalise_email;
use crate::accounts::stores::users;
use crate::accounts::stores::users::StoredCredentials;
use crate::accounts::user::User;
use crate::api_keys::store as api_keys;
use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::error::CredentialError;
use crate::credentials::{KeptSessions, LockedUser};
use crate::fault::Fault;
use crate::links::InvalidLink;
use crate::links::Purpose;
use crate::mail::Content;
use crate::passwords::error::PasswordError;
use crate::passwords::policy::PasswordOwner;
use crate::service::Service;
use crate::{audit, credentials, links as one_time};
use idempotency::IdempotentRequest;

/// A change of a password.
#[derive(Debug)]
pub struct PasswordChange {
    /// The password that is.
    pub current: SecretString,
    /// The one that will be.
    pub new: SecretString,
    /// Whether the user's API keys end, too.
    pub revoke_api_keys: bool,
}

impl Service {
    /// Changes the password of the caller, who shows the current one. Their other sessions end, and
    /// their API keys where they say so. The mail about it says how many keys are still valid.
    ///
    /// # Errors
    /// [`PasswordError::Wrong`], [`PasswordError::NewPassword`], [`CredentialError::LoginNeeded`],
    /// [`PasswordError::Busy`] or a fault.
    pub async fn change_password(
        &self,
        principal: &Principal,
        change: &PasswordChange,
        client: &Client,
        once: &IdempotentRequest<()>,
    ) -> Result<(), PasswordError> {
        let session = credentials::session_of(principal)?;
        let act = AuditAction::PasswordChanged;
        let proved = self.prove(principal, &change.current, act, client).await?;
        let hash = self.choose(&proved, &change.new, client).await?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let user = credentials::lock_proved_caller(&mut tx, principal, &proved, now).await?;
        users::set_password(&mut tx, user.org, user.id, &hash).await?;
        let keys_ended = match change.revoke_api_keys {
            true => api_keys::delete_all(&mut tx, user.org, user.id).await?,
            false => 0,
        };
        let keys_left = api_keys::count_valid(&mut tx, user.org, user.id, now).await?;
        self.keep_answer(&mut tx, once, &(), now).await?;
        let actor = Actor::User(user.id, Some(principal.credential));
        let changed = Entry::done(user.org, act, actor, Some(client))
            .to(user.id)
            .with("api_keys_ended", keys_ended);
        let told = Content::PasswordChanged {
            keys_ended,
            keys_left,
        };
        Ok(self
            .finish(tx, &user, KeptSessions::One(session), told, &changed, now)
            .await?)
    }

    /// Changes the password of anyone who follows a mailed link. All of their sessions and API keys
    /// end; and the e-mail is confirmed, since the link was read there. Second factors and links to
    /// providers stay what they are, unless nobody had confirmed the e-mail before: then anyone who
    /// made them may be anybody.
    ///
    /// # Errors
    /// [`InvalidLink`], [`PasswordError::NewPassword`], [`PasswordError::Busy`] or a fault.
    pub async fn reset_password(
        &self,
        token: &str,
        new: &SecretString,
        client: &Client,
    ) -> Result<(), PasswordError> {
        let now = self.clock.now();
        let purpose = Purpose::ResetPassword;
        // Nothing is hashed for a link that is none; and a password that is refused uses none up.
        let link = one_time::find(&self.db, token, purpose, now)
            .await?
            .ok_or(InvalidLink)?;
        let user = users::active_user(&self.db, link.org, link.user).await?;
        let user = user.filter(|user| link.epoch == Some(user.credential_epoch));
        let hash = self.choose(&user.ok_or(InvalidLink)?, new, client).await?;
        let mut tx = self.db.begin().await?;
        let used = one_time::consume(&mut tx, token, purpose, now)
            .await?
            .ok_or(InvalidLink)?;
        let user = credentials::lock_active_user(&mut tx, used.org, used.user, used.epoch).await?;
        let user = user.ok_or(InvalidLink)?;
        if !users::verify_email(&mut tx, user.org, user.id, &used.data).await? {
            return Err(InvalidLink.into());
        }
        if !user.email_verified {
            credentials::erase_unproved(&mut tx, &user).await?;
            self.forget_other_devices(&mut tx, &user, client).await?;
        }
        api_keys::delete_all(&mut tx, user.org, user.id).await?;
        users::set_password(&mut tx, user.org, user.id, &hash).await?;
        // Anyone who reads the mails need not wait out what others have guessed.
        self.clear_account(&mut tx, user.org, &used.data, client)
            .await?;
        let actor = Actor::User(user.id, None);
        let reset =
            Entry::done(user.org, AuditAction::PasswordReset, actor, Some(client)).to(user.id);
        let told = Content::PasswordReset;
        Ok(self
            .finish(tx, &user, KeptSessions::None, told, &reset, now)
            .await?)
    }

    /// Ends what was begun or asked for with the old password, tells the user, and commits.
    async fn finish(
        &self,
        mut tx: Tx,
        user: &LockedUser,
        keep: KeptSessions,
        told: Content,
        entry: &Entry<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let ended = credentials::end(&mut tx, (user.org, user.id), keep, now).await?;
        self.tell(&mut tx, user, told, now).await?;
        audit::record(&mut tx, now, entry).await?;
        tx.commit().await?;
        self.api_key_cache.forget();
        self.forget_sessions(&ended);
        Ok(())
    }

    async fn choose(
        &self,
        user: &User,
        new: &SecretString,
        client: &Client,
    ) -> Result<String, PasswordError> {
        let owner = PasswordOwner::new(&normalise_email(&user.email), &user.name);
        let chosen = self.passwords.choose(new, owner, Some(client)).await;
        chosen.map_err(|error| match error {
            PasswordError::Invalid(invalid) => PasswordError::NewPassword(invalid),
            other => other,
        })
    }

    /// The user who is asking, who has just shown the password that they have at this moment; what
    /// comes of it takes [`credentials::lock_proved_caller`]. A wrong one is told in the audit
    /// trail, as a refusal of what it was for.
    pub(crate) async fn prove(
        &self,
        principal: &Principal,
        password: &SecretString,
        act: AuditAction,
        client: &Client,
    ) -> Result<User, PasswordError> {
        let stored = users::credentials_by_id(&self.db, principal.org, principal.user).await?;
        let stored = stored.filter(|stored| stored.user.is_active());
        let StoredCredentials {
            user,
            password_hash,
        } = stored.ok_or(CredentialError::SessionEnded)?;
        let hash = Some(password_hash.as_str());
        let matched = self.passwords.verify(password, hash, Some(client));
        if !matched.await?.proves()? {
            let actor = Actor::User(user.id, Some(principal.credential));
            let refused = Entry::refused(user.org, act, actor, Some(client)).to(user.id);
            let mut tx = self.db.begin().await?;
            audit::record(&mut tx, self.clock.now(), &refused).await?;
            tx.commit().await?;
            return Err(PasswordError::Wrong);
        }
        Ok(user)
    }
}
