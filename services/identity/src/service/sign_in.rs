//! Signing in: proving who one is, and the session that comes of it.

use contracts::identity::{OrgId, UserId};
use platform::args;
use platform::client::Client;
use secrecy::SecretString;

use crate::audit::{self, Act, Actor, Entry};
use crate::error::Error;
use crate::service::Service;
use crate::session::Proof;
use crate::store::users as store;
use crate::token::TokenPair;
use crate::user::{self, User};

/// A user who has just logged in, and their tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// Who.
    pub user: User,
    /// The tokens of the new session.
    pub tokens: TokenPair,
}

impl Service {
    /// Logs a user of the default organisation in.
    ///
    /// Whether the e-mail is unknown, the password wrong or the user suspended: the answer is the same and takes as long.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`], [`Error::TooManyLogins`] or a fault.
    pub async fn log_in(
        &self,
        email: &str,
        password: &SecretString,
        client: &Client,
    ) -> Result<LoggedIn, Error> {
        let normalised = user::normalise_email(email);
        let found = self
            .db
            .fetch_optional::<store::CredentialsRow>(
                store::CREDENTIALS_BY_EMAIL,
                args![OrgId::DEFAULT.0, normalised],
            )
            .await?;
        let known = found.as_ref().map(|row| UserId(row.user.id));
        let hash = found.as_ref().map(|row| row.password_hash.as_str());
        let fits = self.passwords.verify(password, hash).await?;
        let user = found
            .filter(|_| fits)
            .map(|row| User::try_from(row.user))
            .transpose()?
            .filter(User::is_active);
        let Some(user) = user else {
            self.record_failed_login(known, client).await?;
            return Err(Error::InvalidCredentials);
        };
        let actor = Actor::User(user.id, None);
        let tokens = self
            .issue(&user, Proof::by_password(), actor, Some(client))
            .await?;
        Ok(LoggedIn { user, tokens })
    }

    /// Begins a session of a user without a password, for tools that run beside the server.
    ///
    /// # Errors
    /// [`Error::UnknownUser`] or a fault.
    pub async fn issue_tokens_for(&self, org: OrgId, user: UserId) -> Result<TokenPair, Error> {
        let found = self.active_user(org, user).await?;
        let found = found.ok_or(Error::UnknownUser(user))?;
        self.issue(&found, Proof::default(), Actor::System, None)
            .await
    }

    async fn issue(
        &self,
        user: &User,
        proof: Proof,
        actor: Actor,
        client: Option<&Client>,
    ) -> Result<TokenPair, Error> {
        let mut tx = self.db.begin().await?;
        let (session, tokens) = self.begin_session(&mut tx, user, proof).await?;
        let begun = Entry::done(user.org, Act::SessionBegun, actor, client).to(session);
        audit::record(&mut tx, self.clock.now(), &begun).await?;
        tx.commit().await?;
        Ok(tokens)
    }

    /// In a transaction of its own: nothing else is written. An e-mail that nobody has is not recorded, because people type
    /// their passwords there.
    async fn record_failed_login(
        &self,
        known: Option<UserId>,
        client: &Client,
    ) -> Result<(), Error> {
        let nobody = Actor::Nobody;
        let mut entry = Entry::refused(OrgId::DEFAULT, Act::LoginFailed, nobody, Some(client));
        if let Some(user) = known {
            entry = entry.to(user);
        }
        let mut tx = self.db.begin().await?;
        audit::record(&mut tx, self.clock.now(), &entry).await?;
        Ok(tx.commit().await?)
    }
}
