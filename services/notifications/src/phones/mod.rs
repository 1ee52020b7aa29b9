//! Phone numbers of users: verified by a code, stored sealed. Whose carrier says STOP gets no SMS.
//! A code ends with the credentials under which it was asked for.

pub(crate) mod http;
pub(crate) mod number;
pub(crate) mod sealed;
pub(crate) mod store;

use access::Principal;
use contracts::identity::{OperatorAction, OrgId, UserId};
use db::Tx;
use serde_json::{Map, json};
use values::{SECOND, Timestamp};

use crate::changes::{self, Change, Who};
use crate::channels::{Address, ChannelKind};
use crate::codes::{self, CodeError, ToSend};
use crate::error::Error;
use crate::phones::number::{InvalidNumber, PhoneNumber};
use crate::phones::sealed::{CLAIM, CODE, NUMBER, context, open};
use crate::service::Service;

/// How long a code is good, and how often it may be tried.
pub(crate) const GOOD_FOR: i64 = 600 * SECOND;
const MOST_ATTEMPTS: i64 = 5;
/// What a code is for: the name of its text.
const KIND: &str = "phone_code";

/// The number of somebody.
pub(crate) struct Phone {
    pub(crate) number: PhoneNumber,
    pub(crate) verified_at: Timestamp,
    pub(crate) stopped_at: Option<Timestamp>,
}

/// Why a number is not what somebody wants.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PhoneError {
    /// It is none.
    #[error(transparent)]
    Number(#[from] InvalidNumber),
    /// Their address is not confirmed: anybody may have made the account, and as many as they like.
    #[error("Confirm your e-mail address first.")]
    Unconfirmed,
    /// No code, or none of this number.
    #[error(
        "The code is not the one that was sent, has ended, or was tried too often. Have another one sent."
    )]
    Code,
    /// The code was not sent.
    #[error(transparent)]
    NotSent(#[from] CodeError),
    /// A fault.
    #[error(transparent)]
    Fault(#[from] Error),
}

impl From<db::DbError> for PhoneError {
    fn from(error: db::DbError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<vault::Fault> for PhoneError {
    fn from(fault: vault::Fault) -> Self {
        Self::Fault(fault.into())
    }
}

/// What a code is to be for it to verify a number of somebody.
fn claimed(user: UserId, number: &PhoneNumber, code: &str) -> Vec<u8> {
    let parts = [number.as_str().as_bytes(), code.as_bytes()];
    [user.0.as_bytes().as_slice(), &parts.join(&0)].concat()
}

impl Service {
    /// The verified number of somebody.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn phone(&self, org: OrgId, user: UserId) -> Result<Option<Phone>, Error> {
        let Some(row) = store::get(&self.db, (org, user)).await? else {
            return Ok(None);
        };
        Ok(Some(Phone {
            number: open(&self.vault, NUMBER, user, &row.number)?,
            verified_at: Timestamp(row.verified_at),
            stopped_at: row.stopped_at.map(Timestamp),
        }))
    }

    /// Sends a code to a number that somebody says is theirs; until when the code is good.
    ///
    /// # Errors
    /// [`PhoneError::Number`], [`PhoneError::Unconfirmed`], [`PhoneError::NotSent`], or a fault.
    pub(crate) async fn claim_phone(
        &self,
        principal: &Principal,
        number: &str,
    ) -> Result<(PhoneNumber, Timestamp), PhoneError> {
        let number = PhoneNumber::parse(number)?;
        let (org, user) = (principal.org, principal.user);
        let contact = self.contacts.contact(org, user).await;
        let contact = contact.map_err(Error::from)?;
        let confirmed = contact.filter(|contact| contact.email_verified);
        let epoch = confirmed.ok_or(PhoneError::Unconfirmed)?.credential_epoch;
        let code = codes::six_digits(&self.ids);
        let fingerprint = self
            .vault
            .fingerprint(CODE, &claimed(user, &number, &code))?;
        let sealed = self
            .vault
            .seal(context(CLAIM, &user), number.as_str().as_bytes())?;
        let expires_at = self.clock.now().plus(GOOD_FOR);
        let to_send = ToSend {
            org,
            user,
            kind: KIND,
            facts: json!({"code": code, "minutes": GOOD_FOR / (60 * SECOND)}),
        };
        let address = Address(number.as_str().to_owned());
        self.count_code(&to_send, Some(&number)).await?;
        let until = (expires_at, epoch);
        store::put_claim(&self.db, (org, user), sealed, fingerprint, until).await?;
        self.send_code_to(&to_send, ChannelKind::Sms, &address)
            .await?;
        Ok((number, expires_at))
    }

    /// Takes a number as somebody's, who shows the code that was sent to it.
    ///
    /// # Errors
    /// [`PhoneError::Code`], or a fault.
    pub(crate) async fn verify_phone(&self, who: Who<'_>, code: &str) -> Result<Phone, PhoneError> {
        let principal = who.0;
        let (whose, now) = ((principal.org, principal.user), self.clock.now());
        let contact = self.contacts.contact(whose.0, whose.1).await;
        let contact = contact.map_err(Error::from)?.ok_or(PhoneError::Code)?;
        let at = (now, contact.credential_epoch);
        let claim = store::try_claim(&self.db, whose, at, MOST_ATTEMPTS).await?;
        let claim = claim.ok_or(PhoneError::Code)?;
        let number = open(&self.vault, CLAIM, principal.user, &claim.number)?;
        // By a keyed hash: how long it takes to compare says nothing of the code.
        let said = claimed(principal.user, &number, code);
        let mut known = self.vault.fingerprints(CODE, &said);
        if !known.any(|fingerprint| fingerprint == claim.code) {
            return Err(PhoneError::Code);
        }
        let text = number.as_str().as_bytes();
        let sealed = self.vault.seal(context(NUMBER, &principal.user), text)?;
        let fingerprint = self.vault.fingerprint(NUMBER, text)?;
        let mut tx = self.db.begin().await?;
        if !store::put(&mut tx, whose, (sealed, fingerprint), claim.code, now).await? {
            return Err(PhoneError::Code);
        }
        let change = (OperatorAction::PhoneVerified, "phone_added");
        self.record_of_phone(&mut tx, who, change, Some(&number))
            .await?;
        tx.commit().await?;
        self.changed().await;
        Ok(Phone {
            number,
            verified_at: now,
            stopped_at: None,
        })
    }

    /// Forgets the number of the caller.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn forget_phone(&self, who: Who<'_>) -> Result<(), Error> {
        let (org, user) = (who.0.org, who.0.user);
        let mut tx = self.db.begin().await?;
        let had_one = store::delete(&mut tx, org, user).await?;
        if had_one {
            let change = (OperatorAction::PhoneForgotten, "phone_removed");
            self.record_of_phone(&mut tx, who, change, None).await?;
        }
        tx.commit().await?;
        if had_one {
            self.changed().await;
        }
        Ok(())
    }

    async fn record_of_phone(
        &self,
        tx: &mut Tx,
        who: Who<'_>,
        (action, tells): (OperatorAction, &'static str),
        number: Option<&PhoneNumber>,
    ) -> Result<(), Error> {
        let shown = number.map(|number| ("phone".to_owned(), number::hint(number.as_str()).into()));
        let change = Change {
            action,
            tells: Some(tells),
            subject: &who.0.user.to_string(),
            facts: Map::from_iter(shown),
        };
        changes::record(tx, (&self.ids, &self.vault), who, change, self.clock.now()).await
    }
}
