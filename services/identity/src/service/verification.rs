//! Showing that an e-mail is one's own: a link is mailed there, and whoever follows it has read the mail.

use platform::args;
use platform::client::Client;
use platform::clock::{DAY, Timestamp};
use platform::db::Tx;

use crate::audit::{self, Act, Actor, Entry};
use crate::email::normalise_email;
use crate::error::Error;
use crate::messages::{self, Content, Message};
use crate::one_time::{self, NewToken, Purpose};
use crate::service::Service;
use crate::store::users as store;
use crate::user::User;

/// How long the link is good.
const LINK_LIFETIME: i64 = DAY;

impl Service {
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
        let link = format!("{}/api/v1/auth/verify-email?token={token}", self.public_url);
        let message = Message {
            org: user.org,
            user: user.id,
            address: &user.email,
            content: Content::VerifyEmail { link },
        };
        messages::send(tx, &self.vault, &self.ids, now, message).await
    }

    /// Uses the token of such a link up.
    ///
    /// # Errors
    /// [`Error::InvalidLink`], also where the user has another e-mail by now; or a fault.
    pub async fn verify_email(&self, token: &str, client: &Client) -> Result<(), Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let used = one_time::consume(&mut tx, token, Purpose::VerifyEmail, now)
            .await?
            .ok_or(Error::InvalidLink)?;
        let args = args![used.org.0, used.user.uuid(), used.data];
        if tx.execute(store::VERIFY_EMAIL, args).await? == 0 {
            return Err(Error::InvalidLink);
        }
        let actor = Actor::User(used.user, None);
        let verified = Entry::done(used.org, Act::EmailVerified, actor, Some(client)).to(used.user);
        audit::record(&mut tx, now, &verified).await?;
        Ok(tx.commit().await?)
    }
}
