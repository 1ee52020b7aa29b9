//! What users say of themselves: name, e-mail, preferences; and the end of an account.

use access::Principal;
use contracts::payments::Wallets;
use db::Tx;
use platform::request_id;
use secrecy::SecretString;
use std::sync::Arc;
use values::{DAY, Timestamp};
use web::client::Client;

use crate::accounts::email::Email;
use crate::accounts::error::AccountError;
use crate::accounts::preferences::{Preferences, PreferencesChange};
use crate::accounts::stores::{preferences as store, users};
use crate::accounts::user;
use crate::accounts::user::User;
use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::{LockedUser, lock_caller, lock_proved_caller, session_of};
use crate::fault::Fault;
use crate::links::{NewToken, Purpose, Used};
use crate::mail::{Content, Message};
use crate::passwords::error::PasswordError;
use crate::service::Service;
use crate::{audit, links as one_time, mail as messages};

/// How long the link that changes an e-mail is good.
const LINK_LIFETIME: i64 = DAY;

/// What a user wants to change of their profile; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    /// The name, as typed.
    pub name: Option<String>,
    /// The e-mail, as typed.
    pub email: Option<String>,
    /// The password; another e-mail needs it.
    pub current_password: Option<SecretString>,
}

impl Service {
    /// Hands in who knows of wallets; without it no account is closed.
    pub fn set_wallets(&self, wallets: Arc<dyn Wallets>) {
        // Handed in once, when the services are joined.
        drop(self.wallets.set(wallets));
    }

    /// Changes the name at once, and the e-mail once the link that is mailed to the new one was
    /// followed.
    ///
    /// # Errors
    /// [`AccountError::Invalid`], [`PasswordError::Wrong`], [`CredentialError::LoginNeeded`],
    /// [`PasswordError::Busy`] or a fault.
    pub async fn update_profile(
        &self,
        principal: &Principal,
        change: ProfileChange,
        client: &Client,
    ) -> Result<User, AccountError> {
        let name = change.name.as_deref().map(user::check_name).transpose()?;
        let email = change.email.as_deref().map(Email::parse).transpose()?;
        let proved = match email {
            Some(_) => {
                session_of(principal)?;
                let password = change.current_password.ok_or(PasswordError::Wrong)?;
                let act = AuditAction::EmailChangeRequested;
                Some(self.prove(principal, &password, act, client).await?)
            }
            None => None,
        };
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let locked = match &proved {
            Some(proved) => lock_proved_caller(&mut tx, principal, proved, now).await?,
            None => lock_caller(&mut tx, principal, now).await?,
        };
        let mut user = locked.into_user();
        let actor = Actor::User(user.id, Some(principal.credential));
        let mut acts = vec![];
        if let Some(name) = name.filter(|name| *name != user.name) {
            users::set_name(&mut tx, user.org, user.id, name).await?;
            name.clone_into(&mut user.name);
            acts.push(AuditAction::UserRenamed);
        }
        if let Some(email) = email.filter(|email| email.as_str() != user.email) {
            self.mail_change(&mut tx, &user, &email, now).await?;
            acts.push(AuditAction::EmailChangeRequested);
        }
        for act in acts {
            let entry = Entry::done(user.org, act, actor, Some(client)).to(user.id);
            audit::record(&mut tx, now, &entry).await?;
        }
        tx.commit().await?;
        Ok(user)
    }

    /// The link to the new address, or to anyone who has it already that they have; and a word to
    /// the old one. The caller learns nothing of which.
    async fn mail_change(
        &self,
        tx: &mut Tx,
        user: &User,
        email: &Email,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let owner = users::user_by_email(tx, user.org, email.normalised()).await?;
        if let Some(owner) = owner.filter(|owner| owner.id != user.id) {
            self.tell(tx, &owner, Content::EmailTaken, now).await?;
        } else {
            let new = NewToken {
                org: user.org,
                user: user.id,
                purpose: Purpose::ChangeEmail,
                expires_at: now.plus(LINK_LIFETIME),
                data: email.as_str().to_owned(),
                epoch: Some(user.credential_epoch),
            };
            let token = one_time::make(tx, &self.ids, now, new).await?;
            let link = self.verification_link(&token);
            let message = Message {
                org: user.org,
                user: Some(user.id),
                address: email.as_str(),
                content: Content::ChangeEmail { link },
            };
            messages::send(tx, &self.vault, &self.ids, now, message).await?;
        }
        self.tell(tx, user, Content::EmailChanging, now).await
    }

    /// Gives a user the e-mail whose link was followed. False where somebody else has it by now.
    pub(crate) async fn change_email(
        tx: &mut Tx,
        user: &LockedUser,
        used: &Used,
    ) -> Result<bool, AccountError> {
        let email = Email::parse(&used.data)?;
        Ok(users::change_email(tx, user.org, user.id, &email).await?)
    }

    /// What the user likes, or what holds for everybody.
    ///
    /// # Errors
    /// A fault.
    pub async fn preferences(&self, principal: &Principal) -> Result<Preferences, Fault> {
        store::preferences(&self.db, principal.org, principal.user).await
    }

    /// Changes what the user likes.
    ///
    /// # Errors
    /// [`AccountError::Invalid`] or a fault.
    pub async fn update_preferences(
        &self,
        principal: &Principal,
        change: PreferencesChange,
    ) -> Result<Preferences, AccountError> {
        let (org, user) = (principal.org, principal.user);
        let mut tx = self.db.begin().await?;
        let old = store::preferences_in(&mut tx, org, user).await?;
        let new = old.with(change)?;
        store::save(&mut tx, org, user, &new).await?;
        tx.commit().await?;
        Ok(new)
    }

    /// Closes the account of the caller, who shows the password and has no open wallet. What is
    /// personal is erased, all sessions and API keys end, and the e-mail is free again. The audit
    /// trail keeps the user's id.
    ///
    /// These are two commits, one of payments and one here. Anyone who asks may hang up between
    /// them: they are both made all the same. Where the process or the database dies between them,
    /// the background finishes it, or closing the account once more.
    ///
    /// # Errors
    /// [`PasswordError::Wrong`], [`AccountError::WalletsOpen`], [`AccountError::WalletsUnknown`],
    /// [`CredentialError::LoginNeeded`], [`PasswordError::Busy`] or a fault.
    pub async fn close_account(
        self: &Arc<Self>,
        principal: &Principal,
        password: &SecretString,
        client: &Client,
    ) -> Result<(), AccountError> {
        session_of(principal)?;
        let proved = self.prove(principal, password, AuditAction::UserClosed, client);
        let proved = proved.await?;
        let (service, principal, client) = (Arc::clone(self), principal.clone(), client.clone());
        let rest = async move { service.close_proved(&principal, &proved, &client).await };
        request_id::spawn(rest)
            .await
            .map_err(|_| Fault::ClosingAborted)?
    }

    /// Closes the account of anyone who has shown the password.
    async fn close_proved(
        &self,
        principal: &Principal,
        proved: &User,
        client: &Client,
    ) -> Result<(), AccountError> {
        self.begin_closing(proved).await?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let user = lock_proved_caller(&mut tx, principal, proved, now).await?;
        let actor = Actor::User(user.id, Some(principal.credential));
        Ok(self
            .close_locked(tx, &user, (actor, Some(client)), now)
            .await?)
    }

    /// Mails a user something.
    pub(crate) async fn tell(
        &self,
        tx: &mut Tx,
        user: &User,
        content: Content,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let message = Message {
            org: user.org,
            user: Some(user.id),
            address: &user.email,
            content,
        };
        messages::send(tx, &self.vault, &self.ids, now, message).await
    }
}
