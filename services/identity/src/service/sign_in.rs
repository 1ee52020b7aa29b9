//! Signing in: proving who one is, and the session that comes of it.

use contracts::identity::{OrgId, UserId};
use platform::args;
use secrecy::SecretString;

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
    pub async fn log_in(&self, email: &str, password: &SecretString) -> Result<LoggedIn, Error> {
        let normalised = user::normalise_email(email);
        let found = self
            .db
            .fetch_optional::<store::CredentialsRow>(
                store::CREDENTIALS_BY_EMAIL,
                args![OrgId::DEFAULT.0, normalised],
            )
            .await?;
        let hash = found.as_ref().map(|row| row.password_hash.as_str());
        let fits = self.passwords.verify(password, hash).await?;
        let user = found
            .filter(|_| fits)
            .map(|row| User::try_from(row.user))
            .transpose()?
            .filter(User::is_active)
            .ok_or(Error::InvalidCredentials)?;
        let tokens = self.issue(&user, Proof::by_password()).await?;
        Ok(LoggedIn { user, tokens })
    }

    /// Begins a session of a user without a password, for tools that run beside the server.
    ///
    /// # Errors
    /// [`Error::UnknownUser`] or a fault.
    pub async fn issue_tokens_for(&self, org: OrgId, user: UserId) -> Result<TokenPair, Error> {
        let found = self.active_user(org, user).await?;
        let found = found.ok_or(Error::UnknownUser(user))?;
        self.issue(&found, Proof::default()).await
    }

    async fn issue(&self, user: &User, proof: Proof) -> Result<TokenPair, Error> {
        let mut tx = self.db.begin().await?;
        let tokens = self.begin_session(&mut tx, user, proof).await?;
        tx.commit().await?;
        Ok(tokens)
    }
}
