//! Accounts: who registers, who is made by the operator, who one is. It begins no session but that
//! of a registration.

pub(crate) mod administration;
pub(crate) mod closing;
pub(crate) mod email;
pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod invalid;
mod kyc;
pub(crate) mod managed_user;
pub(crate) mod preferences;
pub(crate) mod profile;
pub(crate) mod requests;
pub(crate) mod stores;
pub(crate) mod user;
pub(crate) mod verification;

use std::sync::Arc;

use access::Principal;
use contracts::identity::{Contact, KnownUser, OrgId, Permission, Role, SessionId, UserId};
use db::Tx;
use platform::request_id;
use secrecy::SecretString;
use web::client::Client;

use crate::accounts::closing::erase_former;
use crate::accounts::email::{Email, normalise_email};
use crate::accounts::error::AccountError;
use crate::accounts::requests::{AccountRequest, NewRegistration};
use crate::accounts::stores::users::Named;
use crate::accounts::stores::{preferences as preferences_store, users as store};
use crate::accounts::user::{ImportedUser, NewUser, User};
use crate::audit;
use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::LockedUser;
use crate::credentials::error::CredentialError;
use crate::fault::Fault;
use crate::login::{LoggedIn, failures as lockout};
use crate::passwords::hashing as password;
use crate::passwords::policy::PasswordOwner;
use crate::service::Service;
use crate::sessions::session::{Carrier, Proof};
use idempotency::IdempotentRequest;

/// What is asked for when somebody registers themselves.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The e-mail, as typed.
    pub email: String,
    /// The name, as typed.
    pub name: String,
    /// The password.
    pub password: SecretString,
}

/// What becomes of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// The account is there, and its user logged in.
    LoggedIn(LoggedIn),
    /// Anyone who has the e-mail was sent a mail.
    MailSent,
}

/// Who asks for a new user: whose the e-mail is, only an administrator is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestedBy {
    /// Somebody who may make users, or a tool of an operator.
    Administrator,
    /// Anyone who registers.
    Anyone,
}

impl Service {
    /// Registers a user with the role `user` in the default organisation, asks them to confirm the
    /// e-mail, and logs them in. Where e-mails are confirmed first, only a mail is sent, whether or
    /// not the e-mail has an account; no answer tells.
    ///
    /// # Errors
    /// [`AccountError::Invalid`], [`AccountError::EmailTaken`], [`PasswordError::Busy`] or a fault.
    pub async fn register(
        &self,
        registration: Registration,
        carrier: Carrier,
        client: &Client,
    ) -> Result<Registered, AccountError> {
        if self.confirm_email_first {
            self.register_later(registration, client).await?;
            return Ok(Registered::MailSent);
        }
        let Registration {
            email,
            name,
            password,
        } = registration;
        let new = NewUser {
            org: OrgId::DEFAULT,
            email,
            name,
            password,
            role: Role::User,
        };
        let (user, hash) = self
            .prepare_user(&new, RequestedBy::Anyone, Some(client))
            .await?;
        let mut tx = self.db.begin().await?;
        insert_user(&mut tx, &user, &hash).await?;
        let user = LockedUser::inserted(user);
        self.ask_to_verify(&mut tx, &user, user.created_at).await?;
        let session = self
            .begin_session(&mut tx, &user, Proof::by_password(), carrier, Some(client))
            .await?;
        // The first device is no news.
        self.see_device(&mut tx, user.org, user.id, client).await?;
        let credentials = self.give(&mut tx, &session, &user, carrier).await?;
        let actor = Actor::User(user.id, None);
        let registered =
            Entry::done(user.org, AuditAction::UserRegistered, actor, Some(client)).of_new(&user);
        let begun =
            Entry::done(user.org, AuditAction::SessionBegun, actor, Some(client)).to(session.id);
        for entry in [registered, begun] {
            audit::record(&mut tx, user.created_at, &entry).await?;
        }
        tx.commit().await?;
        let user = user.into_user();
        Ok(Registered::LoggedIn(LoggedIn { user, credentials }))
    }

    async fn register_later(
        &self,
        registration: Registration,
        client: &Client,
    ) -> Result<(), AccountError> {
        let email = Email::parse(&registration.email)?;
        let name = user::check_name(&registration.name)?;
        let owner = PasswordOwner::new(email.normalised(), name);
        let hash = self
            .passwords
            .choose(&registration.password, owner, Some(client));
        let new = NewRegistration {
            password_hash: hash.await?,
            email: email.to_string(),
            name: name.to_owned(),
            marks: lockout::marks_of(client),
        };
        Ok(self.ask(AccountRequest::Register(new), client).await?)
    }

    /// Creates a user with any role, as the operator of the installation may, who vouches for the
    /// e-mail: it counts as confirmed, and an account of somebody who has registered with it and
    /// never confirmed it ends, unless it has open wallets.
    ///
    /// # Errors
    /// As [`Service::register`].
    pub async fn create_user(&self, new: NewUser) -> Result<User, AccountError> {
        let (mut user, hash) = self
            .prepare_user(&new, RequestedBy::Administrator, None)
            .await?;
        user.email_verified = true;
        let created =
            Entry::done(user.org, AuditAction::UserCreated, Actor::System, None).of_new(&user);
        self.insert_for_administrator(&user, hash, created, None)
            .await?;
        Ok(user)
    }

    /// Takes in a user of another system with the hash of their password, which is replaced when
    /// they log in. Whether the password would be allowed today, nobody can see. Where the e-mail
    /// is said to be confirmed, it is taken as by [`Service::create_user`].
    ///
    /// # Errors
    /// [`AccountError::Invalid`], [`AccountError::EmailTaken`], [`PasswordError::ForeignHash`] or a
    /// fault.
    pub async fn import_user(&self, imported: ImportedUser) -> Result<User, AccountError> {
        self.import_user_as(UserId(self.ids.next()), imported).await
    }

    /// The same with an id that is known before.
    ///
    /// # Errors
    /// As [`Service::import_user`].
    pub async fn import_user_as(
        &self,
        id: UserId,
        imported: ImportedUser,
    ) -> Result<User, AccountError> {
        let email = Email::parse(&imported.email)?;
        let name = user::check_name(&imported.name)?;
        let hash = password::check_foreign(&imported.password_hash)?;
        let now = self.clock.now();
        let mut user = User::register(id, imported.org, &email, name, imported.role, now);
        user.email_verified = imported.email_verified;
        let created =
            Entry::done(user.org, AuditAction::UserImported, Actor::System, None).of_new(&user);
        self.insert_for_administrator(&user, hash, created, None)
            .await?;
        Ok(user)
    }

    /// Creates a user in the caller's organisation, with any role. The administrator vouches for
    /// the e-mail, as in [`Service::create_user`].
    ///
    /// # Errors
    /// As [`Service::register`].
    pub async fn add_user(
        self: &Arc<Self>,
        principal: &Principal,
        new: NewUser,
        client: &Client,
        once: &IdempotentRequest<User>,
    ) -> Result<User, AccountError> {
        let new = NewUser {
            org: principal.org,
            ..new
        };
        let (mut user, hash) = self
            .prepare_user(&new, RequestedBy::Administrator, Some(client))
            .await?;
        user.email_verified = true;
        let (service, new) = (Arc::clone(self), user.clone());
        let (actor, client, once) = (Actor::of(principal), client.clone(), once.clone());
        let rest = async move {
            let created =
                Entry::done(new.org, AuditAction::UserCreated, actor, Some(&client)).of_new(&new);
            service
                .insert_for_administrator(&new, hash, created, Some(&once))
                .await
        };
        request_id::spawn(rest)
            .await
            .map_err(|_| Fault::ClosingAborted)??;
        Ok(user)
    }

    /// Stores a user whom somebody with the right to do so has made, with the answer to the
    /// request, and says so in the trail. Where their e-mail counts as confirmed, an account ends
    /// that somebody else has made with it and never confirmed: what is done to it after payments
    /// was told is done whatever becomes of this, at the latest by the background.
    async fn insert_for_administrator(
        &self,
        user: &User,
        password_hash: String,
        created: Entry<'_>,
        once: Option<&IdempotentRequest<User>>,
    ) -> Result<(), AccountError> {
        let now = user.created_at;
        let former = match user.email_verified {
            true => self.begin_replacing(user).await?,
            false => None,
        };
        let mut tx = self.db.begin().await?;
        let inserted = self.insert_replacing(&mut tx, user, &password_hash, once, former);
        let ended = match inserted.await {
            Ok(ended) => ended,
            // Payments may have been told.
            Err(AccountError::WalletsUnknown) => return Err(AccountError::WalletsUnknown),
            Err(refused) => {
                drop(tx);
                if let Some(former) = former {
                    self.stop_replacing(user.org, former).await?;
                }
                return Err(refused);
            }
        };
        if let Some(former) = former {
            let (org, actor) = (created.org, created.actor);
            let replaced = Entry::done(org, AuditAction::UserReplaced, actor, created.client)
                .to(former)
                .with("by", user.id.to_string());
            audit::record(&mut tx, now, &replaced).await?;
        }
        audit::record(&mut tx, now, &created).await?;
        tx.commit().await?;
        if former.is_some() {
            self.api_key_cache.forget();
            self.forget_sessions(&ended);
        }
        Ok(())
    }

    /// Stores a user and the answer in the place of a former one, whose wallets end last: nothing
    /// is refused after that.
    async fn insert_replacing(
        &self,
        tx: &mut Tx,
        user: &User,
        password_hash: &str,
        once: Option<&IdempotentRequest<User>>,
        former: Option<UserId>,
    ) -> Result<Vec<SessionId>, AccountError> {
        let ended = match former {
            Some(former) => erase_former(tx, user, former).await?,
            None => Vec::new(),
        };
        insert_user(tx, user, password_hash).await?;
        if let Some(once) = once {
            self.keep_answer(tx, once, user, user.created_at).await?;
        }
        if let Some(former) = former {
            self.end_former_wallets(user.org, former).await?;
        }
        Ok(ended)
    }

    /// The user behind a principal, as the database knows them now.
    ///
    /// # Errors
    /// [`CredentialError::SessionEnded`] where there is none any more, or a fault.
    pub async fn me(&self, principal: &Principal) -> Result<User, CredentialError> {
        let found = store::active_user(&self.db, principal.org, principal.user).await?;
        found.ok_or(CredentialError::SessionEnded)
    }

    /// The active user who has shown that this e-mail is theirs: one who has not is nobody, also
    /// for money that is sent there.
    pub(crate) async fn known_user(
        &self,
        org: OrgId,
        email: &str,
    ) -> Result<Option<KnownUser>, Fault> {
        Ok(store::confirmed_user(&self.db, org, &normalise_email(email)).await?)
    }

    /// What users call themselves, a hundred at most.
    pub(crate) async fn names_of(
        &self,
        org: OrgId,
        users: &[UserId],
        named: Named,
    ) -> Result<Vec<KnownUser>, Fault> {
        Ok(store::names(&self.db, org, users, named).await?)
    }

    /// How a user is reached, suspended or not; none where the account is closed.
    pub(crate) async fn contact_of(
        &self,
        org: OrgId,
        user: UserId,
    ) -> Result<Option<Contact>, Fault> {
        let Some(user) = store::account(&self.db, org, user).await? else {
            return Ok(None);
        };
        let preferences = preferences_store::preferences(&self.db, org, user.id).await?;
        Ok(Some(Contact {
            user: user.id,
            name: user.name,
            email: user.email,
            email_verified: user.email_verified,
            role: user.role,
            locale: preferences.locale,
            timezone: preferences.timezone,
            notifications_enabled: preferences.notifications_enabled,
            credential_epoch: user.credential_epoch,
        }))
    }

    /// Who of an organisation's staff may do something, a thousand of each role at most.
    pub(crate) async fn staff_of(
        &self,
        org: OrgId,
        permission: Permission,
    ) -> Result<Vec<UserId>, Fault> {
        const MOST: i64 = 1_000;
        let mut staff = Vec::new();
        for role in [Role::Operator, Role::Auditor, Role::Admin] {
            if role.permissions_in(org).contains(permission) {
                staff.extend(store::staff(&self.db, org, role, MOST).await?);
            }
        }
        Ok(staff)
    }

    /// Checks what was asked for and hashes the password; nothing is stored yet. A taken e-mail is
    /// refused here, before the expensive hash, and once more by the unique index.
    pub(crate) async fn prepare_user(
        &self,
        new: &NewUser,
        requested_by: RequestedBy,
        client: Option<&Client>,
    ) -> Result<(User, String), AccountError> {
        let email = Email::parse(&new.email)?;
        let name = user::check_name(&new.name)?;
        let (db, normalised) = (&self.db, email.normalised());
        if store::is_email_taken(db, new.org, normalised).await? {
            let is_freed = requested_by == RequestedBy::Administrator
                && store::unconfirmed(db, new.org, normalised).await?.is_some();
            if !is_freed {
                return Err(AccountError::EmailTaken);
            }
        }
        let owner = PasswordOwner::new(email.normalised(), name);
        let hash = self.passwords.choose(&new.password, owner, client).await?;
        let user = User::register(
            UserId(self.ids.next()),
            new.org,
            &email,
            name,
            new.role,
            self.clock.now(),
        );
        Ok((user, hash))
    }
}

/// Stores a user; their e-mail must be nobody's.
async fn insert_user(tx: &mut Tx, user: &User, password_hash: &str) -> Result<(), AccountError> {
    match store::insert_user(tx, user, password_hash).await? {
        true => Ok(()),
        false => Err(AccountError::EmailTaken),
    }
}
