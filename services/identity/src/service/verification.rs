//! Showing that an e-mail is one's own: a link is mailed there, and whoever follows it has read the mail.

use contracts::identity::{OrgId, Role, UserId};
use platform::args;
use platform::client::Client;
use platform::clock::{DAY, Timestamp};
use platform::db::Tx;

use crate::audit::{self, Act, Actor, Entry};
use crate::email::{Email, normalise_email};
use crate::error::Error;
use crate::messages::Content;
use crate::one_time::{self, NewToken, Purpose};
use crate::service::Service;
use crate::service::accounts::insert_user;
use crate::service::requests::NewRegistration;
use crate::store::users as store;
use crate::user::User;

/// How long the link is good.
const LINK_LIFETIME: i64 = DAY;

/// What a mailed link does when whoever it was mailed to says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkFor {
    /// It shows that an e-mail is the user's.
    VerifyEmail,
    /// It gives the user another e-mail.
    ChangeEmail,
    /// It opens an account.
    Register,
    /// It lets the user choose a new password.
    ResetPassword,
}

impl Service {
    /// What a link is for. Nothing is used up by looking: programs that scan mails follow every link.
    ///
    /// # Errors
    /// [`Error::InvalidLink`] or a fault.
    pub async fn look_at_link(&self, token: &str) -> Result<LinkFor, Error> {
        let now = self.clock.now();
        for (purpose, link) in [
            (Purpose::VerifyEmail, LinkFor::VerifyEmail),
            (Purpose::ChangeEmail, LinkFor::ChangeEmail),
            (Purpose::ResetPassword, LinkFor::ResetPassword),
        ] {
            if one_time::find(&self.db, token, purpose, now)
                .await?
                .is_some()
            {
                return Ok(link);
            }
        }
        let waits = self.registration_waits(token, now).await?;
        waits.then_some(LinkFor::Register).ok_or(Error::InvalidLink)
    }

    /// Mails a user the link that shows that the e-mail is theirs.
    pub(super) async fn ask_to_verify(
        &self,
        tx: &mut Tx,
        user: &User,
        now: Timestamp,
    ) -> Result<(), Error> {
        let new = NewToken {
            org: user.org,
            user: user.id,
            purpose: Purpose::VerifyEmail,
            expires_at: now.plus(LINK_LIFETIME),
            data: normalise_email(&user.email),
        };
        let token = one_time::make(tx, &self.ids, now, new).await?;
        let link = self.verification_link(&token);
        self.tell(tx, user, Content::VerifyEmail { link }, now)
            .await
    }

    /// Where whoever reads a mail shows that they have.
    pub(super) fn verification_link(&self, token: &str) -> String {
        format!("{}/api/v1/auth/verify-email?token={token}", self.public_url)
    }

    /// Uses the token of such a link up: it confirms the e-mail of a user, changes it to the one it was mailed to, or makes
    /// the account of a registration that waited for it.
    ///
    /// # Errors
    /// [`Error::InvalidLink`], also where the user has another e-mail by now, or somebody else has this one; or a fault.
    pub async fn verify_email(&self, token: &str, client: &Client) -> Result<(), Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let (act, org, user) = self.follow(&mut tx, token, now).await?;
        if matches!(act, Act::UserRegistered) {
            // The first device is no news.
            self.see_device(&mut tx, org, user, client).await?;
        }
        let entry = Entry::done(org, act, Actor::User(user, None), Some(client)).to(user);
        audit::record(&mut tx, now, &entry).await?;
        Ok(tx.commit().await?)
    }

    async fn follow(
        &self,
        tx: &mut Tx,
        token: &str,
        now: Timestamp,
    ) -> Result<(Act, OrgId, UserId), Error> {
        if let Some(used) = one_time::consume(tx, token, Purpose::VerifyEmail, now).await? {
            let args = args![used.org.0, used.user.uuid(), used.data];
            let verified = tx.execute(store::VERIFY_EMAIL, args).await? > 0;
            return verified
                .then_some((Act::EmailVerified, used.org, used.user))
                .ok_or(Error::InvalidLink);
        }
        if let Some(used) = one_time::consume(tx, token, Purpose::ChangeEmail, now).await? {
            let changed = Self::change_email(tx, &used).await?;
            return changed
                .then_some((Act::EmailChanged, used.org, used.user))
                .ok_or(Error::InvalidLink);
        }
        let waiting = self.take_registration(tx, token, now).await?;
        let (org, new) = waiting.ok_or(Error::InvalidLink)?;
        let user = self.open_account(tx, org, new, now).await?;
        Ok((Act::UserRegistered, org, user))
    }

    async fn open_account(
        &self,
        tx: &mut Tx,
        org: OrgId,
        new: NewRegistration,
        now: Timestamp,
    ) -> Result<UserId, Error> {
        let email = Email::parse(&new.email)?;
        let id = UserId(self.ids.next());
        let user = User::register(id, org, &email, &new.name, Role::User, now);
        match insert_user(tx, &user, new.password_hash).await {
            // Somebody else followed a link for it first.
            Err(Error::EmailTaken) => Err(Error::InvalidLink),
            inserted => inserted,
        }?;
        let shown = args![org.0, id.uuid(), email.normalised()];
        tx.execute(store::VERIFY_EMAIL, shown).await?;
        Ok(id)
    }
}
