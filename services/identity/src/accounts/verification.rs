//! Showing that an e-mail is one's own: a link is mailed there, and anyone who follows it has read
//! the mail. That is half of it: anybody may have asked for the link, with a password that they
//! know. So anyone who follows it shows that they know the account as well: by a session, by the
//! device, or by the password. Then both halves are one person's, and the address and the password
//! belong together.

use access::Principal;
use contracts::identity::{Credential, OrgId, Role, SessionId, UserId};
use db::Tx;
use secrecy::SecretString;
use values::{DAY, Timestamp};
use web::client::Client;

use crate::accounts::email::{Email, normalise_email};
use crate::accounts::error::AccountError;
use crate::accounts::requests::NewRegistration;
use crate::accounts::stores::users;
use crate::accounts::stores::users::StoredCredentials;
use crate::accounts::user::User;
use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::{KeptSessions, LockedUser};
use crate::fault::Fault;
use crate::links::InvalidLink;
use crate::links::{NewToken, Purpose};
use crate::mail::Content;
use crate::passwords::error::PasswordError;
use crate::service::Service;
use crate::{audit, credentials, links as one_time};

/// How long the link is good.
const LINK_LIFETIME: i64 = DAY;

/// Who follows a link.
#[derive(Debug)]
pub struct Follower<'a> {
    /// From where, and on which device.
    pub client: &'a Client,
    /// Who is logged in there, if anybody.
    pub principal: Option<&'a Principal>,
    /// The password, where it was sent with the link.
    pub password: Option<&'a SecretString>,
}

/// What a password that came with a link has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proved {
    /// None came.
    Nothing,
    /// It was the user's in this epoch.
    InEpoch(i64),
    /// It is the one of the registration, which never changes.
    OfRegistration,
}

/// Whose password may come with a link.
struct OwnerOfLink {
    org: OrgId,
    /// None as long as they wait for their registration.
    user: Option<UserId>,
    normalised: String,
    hash: String,
    /// What that password shows.
    proved: Proved,
}

/// What a link has led to.
struct Followed {
    act: AuditAction,
    org: OrgId,
    user: UserId,
    ended: Vec<SessionId>,
}

/// What a mailed link does when anyone who it was mailed to says so.
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
    /// What a link is for. Nothing is used up by looking: programs that scan mails follow every
    /// link.
    ///
    /// # Errors
    /// [`InvalidLink`] or a fault.
    pub async fn look_at_link(&self, token: &str) -> Result<LinkFor, AccountError> {
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
        Ok(waits.then_some(LinkFor::Register).ok_or(InvalidLink)?)
    }

    /// Mails a user the link that shows that the e-mail is theirs.
    pub(crate) async fn ask_to_verify(
        &self,
        tx: &mut Tx,
        user: &User,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let new = NewToken {
            org: user.org,
            user: user.id,
            purpose: Purpose::VerifyEmail,
            expires_at: now.plus(LINK_LIFETIME),
            data: normalise_email(&user.email),
            // It shows that the mail is read, with whatever password the account has by then.
            epoch: None,
        };
        let token = one_time::make(tx, &self.ids, now, new).await?;
        let link = self.verification_link(&token);
        self.tell(tx, user, Content::VerifyEmail { link }, now)
            .await
    }

    /// Where anyone who reads a mail shows that they have.
    pub(crate) fn verification_link(&self, token: &str) -> String {
        format!("{}/api/v1/auth/verify-email?token={token}", self.public_url)
    }

    /// [`Service::verify_email_by`] by anyone who is at the other end.
    ///
    /// # Errors
    /// As there.
    pub async fn verify_email(&self, token: &str, client: &Client) -> Result<(), AccountError> {
        let follower = Follower {
            client,
            principal: None,
            password: None,
        };
        self.verify_email_by(token, &follower).await
    }

    /// Uses the token of such a link up: it confirms the e-mail of a user, changes it to the one it
    /// was mailed to, or makes the account of a registration that waited for it.
    ///
    /// # Errors
    /// [`InvalidLink`], also where the user has another e-mail by now, or somebody else has this
    /// one; [`AccountError::UnknownDevice`] where the follower does not show that they know the
    /// account, and [`PasswordError::Wrong`]: then the link stays good; [`PasswordError::Busy`] or
    /// a fault.
    pub async fn verify_email_by(
        &self,
        token: &str,
        follower: &Follower<'_>,
    ) -> Result<(), AccountError> {
        let now = self.clock.now();
        let client = follower.client;
        let proved = self.compare(token, follower, now).await?;
        let mut tx = self.db.begin().await?;
        let Followed {
            act,
            org,
            user,
            ended,
        } = self.follow(&mut tx, token, follower, proved, now).await?;
        let mut entry = Entry::done(org, act, Actor::User(user, None), Some(client)).to(user);
        if matches!(act, AuditAction::UserRegistered) {
            // The first device is no news.
            self.see_device(&mut tx, org, user, client).await?;
            entry = entry.with("email_verified", true);
        }
        audit::record(&mut tx, now, &entry).await?;
        tx.commit().await?;
        self.api_key_cache.forget();
        self.forget_sessions(&ended);
        Ok(())
    }

    /// Compares the password that came with a link, where one did, with that of the account: before
    /// the transaction, because a hash takes its time.
    async fn compare(
        &self,
        token: &str,
        follower: &Follower<'_>,
        now: Timestamp,
    ) -> Result<Proved, AccountError> {
        let Some(password) = follower.password else {
            return Ok(Proved::Nothing);
        };
        let owner = self.owner_of_link(token, now).await?;
        let (org, client) = (owner.org, follower.client);
        // A link is no way around the waits of logins: anyone who reads the mails may be somebody
        // else.
        let counters = self.check_lockout(org, &owner.normalised, client).await?;
        let fit = self
            .passwords
            .verify(password, Some(&owner.hash), Some(client));
        if fit.await?.proves()? {
            self.clear_failures(&counters).await?;
            return Ok(owner.proved);
        }
        self.record_failed_login(Some(org), Some(&counters), owner.user, client)
            .await?;
        Err(PasswordError::Wrong.into())
    }

    /// Whose password may come with a link.
    async fn owner_of_link(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<OwnerOfLink, AccountError> {
        let mut link = None;
        for purpose in [Purpose::VerifyEmail, Purpose::ChangeEmail] {
            if link.is_none() {
                link = one_time::find(&self.db, token, purpose, now).await?;
            }
        }
        let Some(link) = link else {
            let waiting = self.find_registration(token, now).await?;
            let waiting = waiting.ok_or(InvalidLink)?;
            return Ok(OwnerOfLink {
                org: OrgId::DEFAULT,
                user: None,
                normalised: normalise_email(&waiting.email),
                hash: waiting.password_hash,
                proved: Proved::OfRegistration,
            });
        };
        let stored = users::credentials_by_id(&self.db, link.org, link.user).await?;
        let StoredCredentials {
            user,
            password_hash,
        } = stored.ok_or(InvalidLink)?;
        Ok(OwnerOfLink {
            org: user.org,
            user: Some(user.id),
            normalised: normalise_email(&user.email),
            hash: password_hash,
            proved: Proved::InEpoch(user.credential_epoch),
        })
    }

    async fn follow(
        &self,
        tx: &mut Tx,
        token: &str,
        follower: &Follower<'_>,
        proved: Proved,
        now: Timestamp,
    ) -> Result<Followed, AccountError> {
        for (purpose, act) in [
            (Purpose::VerifyEmail, AuditAction::EmailVerified),
            (Purpose::ChangeEmail, AuditAction::EmailChanged),
        ] {
            let Some(used) = one_time::consume(tx, token, purpose, now).await? else {
                continue;
            };
            let locked = credentials::lock_active_user(tx, used.org, used.user, used.epoch).await?;
            let user = locked.ok_or(InvalidLink)?;
            self.require_owner(tx, &user, follower, proved).await?;
            let confirmed = match purpose {
                Purpose::ChangeEmail => Self::change_email(tx, &user, &used).await?,
                Purpose::VerifyEmail | Purpose::ResetPassword | Purpose::SignIn => {
                    users::verify_email(tx, user.org, user.id, &used.data).await?
                }
            };
            if !confirmed {
                return Err(InvalidLink.into());
            }
            if !user.email_verified {
                credentials::erase_unproved(tx, &user).await?;
            }
            let whose = (user.org, user.id);
            let ended = credentials::end(tx, whose, KeptSessions::All, now).await?;
            return Ok(Followed {
                act,
                org: user.org,
                user: user.id,
                ended,
            });
        }
        let waiting = self.take_registration(tx, token, now).await?;
        let (org, new) = waiting.ok_or(InvalidLink)?;
        let proved = matches!(proved, Proved::OfRegistration);
        if !proved && !new.marks.are_of(follower.client) {
            return Err(AccountError::UnknownDevice);
        }
        let user = self.open_account(tx, org, new, now).await?;
        Ok(Followed {
            act: AuditAction::UserRegistered,
            org,
            user,
            ended: Vec::new(),
        })
    }

    /// Refuses anyone who reads the mails of an account and does not show that they know it
    /// otherwise.
    async fn require_owner(
        &self,
        tx: &mut Tx,
        user: &LockedUser,
        follower: &Follower<'_>,
        proved: Proved,
    ) -> Result<(), AccountError> {
        let logged_in = follower.principal.is_some_and(|principal| {
            matches!(principal.credential, Credential::Session(_))
                && (principal.org, principal.user) == (user.org, user.id)
        });
        let by_password = match proved {
            Proved::InEpoch(epoch) => epoch == user.credential_epoch,
            Proved::Nothing | Proved::OfRegistration => false,
        };
        if logged_in || by_password || self.is_device_of(tx, user, follower.client).await? {
            Ok(())
        } else {
            Err(AccountError::UnknownDevice)
        }
    }

    async fn open_account(
        &self,
        tx: &mut Tx,
        org: OrgId,
        new: NewRegistration,
        now: Timestamp,
    ) -> Result<UserId, AccountError> {
        let email = Email::parse(&new.email)?;
        let id = UserId(self.ids.next());
        let mut user = User::register(id, org, &email, &new.name, Role::User, now);
        user.email_verified = true;
        match users::insert_user(tx, &user, &new.password_hash).await? {
            true => Ok(id),
            // Somebody else followed a link for it first.
            false => Err(InvalidLink.into()),
        }
    }
}
