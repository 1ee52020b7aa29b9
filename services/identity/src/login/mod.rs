//! Signing in: proving who one is, and the session that comes of it.

pub(crate) mod device;
pub(crate) mod error;
pub(crate) mod failures;
pub(crate) mod http;
pub(crate) mod lockout;
pub(crate) mod second_step;
pub(crate) mod store;

use contracts::identity::{OrgId, UserId};
use secrecy::SecretString;
use web::client::Client;

use crate::accounts::email::normalise_email;
use crate::accounts::stores::users;
use crate::accounts::stores::users::StoredCredentials;
use crate::accounts::user::User;
use crate::audit::{Actor, AuditAction, Entry};
use crate::fault::log;
use crate::login::error::LoginError;
use crate::login::failures::LoginCounters;
use crate::login::second_step::{SessionStart, SignIn};
use crate::passwords::error::PasswordError;
use crate::passwords::hashing::PasswordMatch;
use crate::service::Service;
use crate::sessions::Credentials;
use crate::sessions::session::{Carrier, Proof};
use crate::sessions::token::TokenPair;
use crate::{audit, credentials};

/// A user who has just logged in, and what their client shows it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// Who.
    pub user: User,
    /// Of the new session.
    pub credentials: Credentials,
}

impl Service {
    /// Logs a user in, of the organisation with this slug or of the default one.
    ///
    /// Whether the organisation or the e-mail is unknown, the password wrong or the user suspended:
    /// the answer is the same and takes as long, also where hashes of bcrypt were imported.
    ///
    /// # Errors
    /// [`LoginError::InvalidCredentials`], [`PasswordError::ResetNeeded`], [`LoginError::Locked`],
    /// [`PasswordError::Busy`] or a fault.
    pub async fn log_in(
        &self,
        organisation: Option<&str>,
        email: &str,
        password: &SecretString,
        carrier: Carrier,
        client: &Client,
    ) -> Result<SignIn, LoginError> {
        let org = match organisation {
            Some(slug) => self.organisation_named(slug).await?,
            None => Some(OrgId::DEFAULT),
        };
        let normalised = normalise_email(email);
        let counters = match org {
            Some(org) => self.check_lockout(org, &normalised, client).await?,
            // An organisation that is none has counters of its own, as one that is there.
            None => {
                let nobody = format!("{}\n{normalised}", organisation.unwrap_or_default());
                self.check_lockout(OrgId::DEFAULT, &nobody, client).await?
            }
        };
        let of_org = org.unwrap_or(OrgId::NONE);
        let found = users::credentials_by_email(&self.db, of_org, &normalised).await?;
        let known = found.as_ref().map(|found| found.user.id);
        // No password is that of a user who is not active.
        let found = found.filter(|found| found.user.is_active());
        let hash = found.as_ref().map(|found| found.password_hash.as_str());
        let cost = users::highest_bcrypt_cost(&self.db).await?;
        let matched = self
            .passwords
            .verify_login(password, hash, cost, Some(client));
        let matched = matched.await?;
        let Some(StoredCredentials {
            user,
            password_hash,
        }) = found.filter(|_| matched != PasswordMatch::No)
        else {
            self.record_failed_login(org, Some(&counters), known, client)
                .await?;
            return Err(LoginError::InvalidCredentials);
        };
        self.clear_failures(&counters).await?;
        // Nobody learns more by this than by the part that fits: with that alone they would be
        // logged in.
        matched.proves()?;
        if matched == PasswordMatch::Outdated
            && let Err(fault) = self
                .renew_hash(&user, password, &password_hash, client)
                .await
        {
            // The next login tries again; this one is none the worse.
            log(&fault);
        }
        let first = SessionStart::new(Proof::by_password(), carrier);
        let mut tx = self.db.begin().await?;
        // The password fits a hash that was read before: it counts as long as nothing has ended
        // what it was good for.
        let epoch = Some(user.credential_epoch);
        let locked = credentials::lock_active_user(&mut tx, user.org, user.id, epoch).await?;
        let locked = locked.ok_or(LoginError::InvalidCredentials)?;
        Ok(self.continue_sign_in(tx, locked, first, client).await?)
    }

    /// Replaces a hash that was made in another way than today's, unless it was replaced meanwhile.
    async fn renew_hash(
        &self,
        user: &User,
        password: &SecretString,
        old: &str,
        client: &Client,
    ) -> Result<(), LoginError> {
        let new = match self.passwords.hash(password, Some(client)).await {
            Err(PasswordError::Busy) => return Ok(()),
            hashed => hashed?,
        };
        Ok(users::renew_hash(&self.db, user, old, &new).await?)
    }

    /// Begins a session of a user without a password, for tools that run beside the server.
    ///
    /// # Errors
    /// [`LoginError::UnknownUser`] or a fault.
    pub async fn issue_tokens_for(
        &self,
        org: OrgId,
        user: UserId,
    ) -> Result<TokenPair, LoginError> {
        let mut tx = self.db.begin().await?;
        let found = credentials::lock_active_user(&mut tx, org, user, None).await?;
        let found = found.ok_or(LoginError::UnknownUser(user))?;
        let proof = Proof::default();
        let session = self
            .begin_session(&mut tx, &found, proof, Carrier::Tokens, None)
            .await?;
        let now = session.created_at;
        let tokens = self.make_tokens(&mut tx, &session, &found, now).await?;
        let begun = Entry::done(org, AuditAction::SessionBegun, Actor::System, None).to(session.id);
        audit::record(&mut tx, now, &begun).await?;
        tx.commit().await?;
        Ok(tokens)
    }

    /// With the counters, where something was guessed at; in a transaction of its own: nothing else
    /// is written. An e-mail that nobody has is not recorded, because people type their passwords
    /// there.
    pub(crate) async fn record_failed_login(
        &self,
        org: Option<OrgId>,
        counters: Option<&LoginCounters>,
        known: Option<UserId>,
        client: &Client,
    ) -> Result<(), LoginError> {
        let nobody = Actor::Nobody;
        let org = org.unwrap_or(OrgId::DEFAULT);
        let mut entry = Entry::refused(org, AuditAction::LoginFailed, nobody, Some(client));
        if let Some(user) = known {
            entry = entry.to(user);
        }
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        if let Some(counters) = counters
            && let Some(seconds) = self.count_failure(&mut tx, counters, now).await?
        {
            entry = entry.with("wait_s", seconds);
        }
        audit::record(&mut tx, now, &entry).await?;
        Ok(tx.commit().await?)
    }
}
