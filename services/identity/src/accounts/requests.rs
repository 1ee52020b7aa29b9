//! Requests whose answer must not tell whether there is an account: a forgotten password, another
//! link, a registration where e-mails are confirmed first. They are written down alike, answered,
//! and carried out afterwards in the background, so that neither what is answered nor how long it
//! takes depends on any account.

use std::net::IpAddr;

use contracts::identity::OrgId;
use db::Tx;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use values::{DAY, SECOND, Timestamp};
use web::client::Client;

use crate::accounts::email::Email;
use crate::accounts::error::AccountError;
use crate::accounts::stores::requests::WaitingRequest;
use crate::accounts::stores::{requests as store, users};
use crate::accounts::user::User;
use crate::audit::{Actor, AuditAction, Entry};
use crate::fault::{Fault, log};
use crate::links::{NewToken, Purpose};
use crate::login::failures::DeviceMarks;
use crate::mail::{Content, Message};
use crate::service::Service;
use crate::sessions::token;
use crate::{audit, links as one_time, mail as messages};
use vault::SealContext;

/// How long the link of a forgotten password is good.
const RESET_LIFETIME: i64 = 3_600 * SECOND;
/// How long a registration waits for its link to be followed.
const REGISTRATION_LIFETIME: i64 = DAY;
/// Nobody is mailed a link of one purpose more often than this: mail is no weapon.
const BETWEEN_LINKS: i64 = 60 * SECOND;
/// How many links of one purpose a user has at a time. Those that were mailed stay good, anyone who
/// asks for more; further ones are not mailed until one of them has been used or has expired.
const LINKS_MAX: i64 = 5;
/// What the tokens of registrations begin with.
const REGISTRATION_PREFIX: &str = "pfr_";

/// What is asked for. E-mails to look up are normalised.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "asked", rename_all = "snake_case")]
pub(crate) enum AccountRequest {
    ResetPassword { email: String },
    VerifyEmail { email: String },
    Register(NewRegistration),
}

/// A registration whose e-mail is not confirmed: checked, the password hashed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NewRegistration {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) password_hash: String,
    /// On which device it was asked for.
    #[serde(default)]
    pub(crate) marks: DeviceMarks,
}

#[derive(Serialize, Deserialize)]
struct Request {
    #[serde(flatten)]
    asked: AccountRequest,
    address: IpAddr,
    user_agent: Option<String>,
}

impl Service {
    /// Mails anyone who has this e-mail a link to choose a new password with; at most one a minute,
    /// and only while fewer than five are good. A link stays good though another is asked for.
    ///
    /// # Errors
    /// [`AccountError::Invalid`] where it is no e-mail, or a fault.
    pub async fn forgot_password(&self, email: &str, client: &Client) -> Result<(), AccountError> {
        let email = Email::parse(email)?.normalised().to_owned();
        Ok(self
            .ask(AccountRequest::ResetPassword { email }, client)
            .await?)
    }

    /// Mails anyone who has this e-mail, and has not confirmed it, another link to do so; as often
    /// as that.
    ///
    /// # Errors
    /// As [`Service::forgot_password`].
    pub async fn resend_verification(
        &self,
        email: &str,
        client: &Client,
    ) -> Result<(), AccountError> {
        let email = Email::parse(email)?.normalised().to_owned();
        Ok(self
            .ask(AccountRequest::VerifyEmail { email }, client)
            .await?)
    }

    /// Writes down what is asked for. Looks at no account.
    pub(crate) async fn ask(&self, asked: AccountRequest, client: &Client) -> Result<(), Fault> {
        let key = match &asked {
            AccountRequest::ResetPassword { email } => key_of("reset password", email),
            AccountRequest::VerifyEmail { email } => key_of("verify e-mail", email),
            // Each with a password of its own.
            AccountRequest::Register(_) => self.ids.secret::<32>().to_vec(),
        };
        let request = Request {
            asked,
            address: client.address,
            user_agent: client.user_agent.clone(),
        };
        let data = self.seal_json("account_requests.data", &key, &request)?;
        store::insert(&self.db, key, OrgId::DEFAULT, data, self.clock.now()).await?;
        Ok(())
    }

    /// Carries out what was asked for, the oldest first, until nothing waits.
    ///
    /// # Errors
    /// A fault of the database; what was not carried out waits.
    pub async fn carry_out_requests(&self) -> Result<(), AccountError> {
        while let Some(WaitingRequest { key, org, data }) = store::next(&self.db).await? {
            let mut tx = self.db.begin().await?;
            if !store::take(&mut tx, &key).await? {
                return Ok(());
            }
            match self.open_json("account_requests.data", &key, &data) {
                Ok(request) => self.carry_out(&mut tx, org, request).await?,
                // It will not be readable later either.
                Err(fault) => log(&fault),
            }
            tx.commit().await?;
        }
        Ok(())
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        org: OrgId,
        request: Request,
    ) -> Result<(), AccountError> {
        let client = Client::new(request.address, request.user_agent.as_deref());
        let now = self.clock.now();
        match request.asked {
            AccountRequest::ResetPassword { email } => {
                Ok(self.mail_reset(tx, org, &email, &client, now).await?)
            }
            AccountRequest::VerifyEmail { email } => {
                let user = users::user_by_email(tx, org, &email).await?;
                let Some(user) = user.filter(|user| user.is_active() && !user.email_verified)
                else {
                    return Ok(());
                };
                match self
                    .has_enough(tx, &user, Purpose::VerifyEmail, now)
                    .await?
                {
                    true => Ok(()),
                    false => Ok(self.ask_to_verify(tx, &user, now).await?),
                }
            }
            AccountRequest::Register(new) => self.mail_registration(tx, org, new, now).await,
        }
    }

    async fn mail_reset(
        &self,
        tx: &mut Tx,
        org: OrgId,
        email: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Some(user) = users::user_by_email(tx, org, email)
            .await?
            .filter(User::is_active)
        else {
            return Ok(());
        };
        if self
            .has_enough(tx, &user, Purpose::ResetPassword, now)
            .await?
        {
            return Ok(());
        }
        let new = NewToken {
            org,
            user: user.id,
            purpose: Purpose::ResetPassword,
            expires_at: now.plus(RESET_LIFETIME),
            data: email.to_owned(),
            epoch: Some(user.credential_epoch),
        };
        let token = one_time::make(tx, &self.ids, now, new).await?;
        let link = format!(
            "{}/api/v1/auth/reset-password?token={token}",
            self.public_url
        );
        self.tell(tx, &user, Content::ResetPassword { link }, now)
            .await?;
        let act = AuditAction::PasswordResetRequested;
        let asked = Entry::done(org, act, Actor::Nobody, Some(client)).to(user.id);
        audit::record(tx, now, &asked).await
    }

    /// To anyone who has the e-mail already, that they have; to anybody else the link that makes
    /// the account.
    async fn mail_registration(
        &self,
        tx: &mut Tx,
        org: OrgId,
        new: NewRegistration,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let email = Email::parse(&new.email)?;
        if let Some(user) = users::user_by_email(tx, org, email.normalised()).await? {
            return Ok(self.tell(tx, &user, Content::EmailTaken, now).await?);
        }
        let token = token::random(REGISTRATION_PREFIX, &self.ids);
        let hash = token::hash(&token);
        let data = self.seal_json("registrations.data", &hash, &new)?;
        let expires_at = now.plus(REGISTRATION_LIFETIME);
        store::insert_registration(tx, hash, org, data, (now, expires_at)).await?;
        let link = self.verification_link(&token);
        let message = Message {
            org,
            user: None,
            address: email.as_str(),
            content: Content::ConfirmRegistration { link },
        };
        Ok(messages::send(tx, &self.vault, &self.ids, now, message).await?)
    }

    /// The registration of a link, which waits on.
    pub(crate) async fn find_registration(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<NewRegistration>, Fault> {
        let hash = token::hash(token);
        let found = store::registration(&self.db, &hash, now).await?;
        found
            .map(|data| self.open_json("registrations.data", &hash, &data))
            .transpose()
    }

    /// Whether a link is that of a registration.
    pub(crate) async fn registration_waits(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let waiting = store::registration(&self.db, &token::hash(token), now).await?;
        Ok(waiting.is_some())
    }

    /// Takes the registration of a link.
    pub(crate) async fn take_registration(
        &self,
        tx: &mut Tx,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<(OrgId, NewRegistration)>, Fault> {
        let hash = token::hash(token);
        let taken = store::take_registration(tx, &hash, now).await?;
        taken
            .map(|(org, data)| Ok((org, self.open_json("registrations.data", &hash, &data)?)))
            .transpose()
    }

    /// Whether a user was mailed a link just now, or has several that are good.
    async fn has_enough(
        &self,
        tx: &mut Tx,
        user: &User,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let since = now.plus(-BETWEEN_LINKS);
        Ok(
            one_time::store::was_made_since(tx, user, purpose, since).await?
                || one_time::store::count_valid(tx, user, purpose, now).await? >= LINKS_MAX,
        )
    }

    fn seal_json<T: Serialize>(
        &self,
        what: &'static str,
        whose: &[u8],
        value: &T,
    ) -> Result<Vec<u8>, Fault> {
        let text = serde_json::to_vec(value).map_err(|_| Fault::Row(what))?;
        Ok(self.vault.seal(SealContext { what, whose }, &text)?)
    }

    fn open_json<T: DeserializeOwned>(
        &self,
        what: &'static str,
        whose: &[u8],
        sealed: &[u8],
    ) -> Result<T, Fault> {
        let text = self.vault.open(SealContext { what, whose }, sealed)?;
        serde_json::from_slice(&text).map_err(|_| Fault::Row(what))
    }
}

/// One key for all requests that ask the same for one e-mail.
fn key_of(what: &str, email: &str) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new_derive_key("PayFlow identity account request 1");
    hasher
        .update(what.as_bytes())
        .update(&[0])
        .update(email.as_bytes());
    hasher.finalize().as_bytes().to_vec()
}
