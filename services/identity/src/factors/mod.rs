//! Setting up and taking away second factors: authenticator apps and recovery codes. Passkeys have
//! a file of their own.

pub(crate) mod base32;
pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod proof;
pub(crate) mod recovery;
pub(crate) mod second_factor;
pub(crate) mod store;
pub(crate) mod totp;

use access::Principal;
use contracts::identity::{Factor, SessionId};
use db::Tx;
use secrecy::{ExposeSecret, SecretString};
use values::Timestamp;
use web::client::Client;

use crate::accounts::user::User;
use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::error::CredentialError;
use crate::credentials::{KeptSessions, LockedUser, lock_caller};
use crate::factors::error::SecondFactorError;
use crate::factors::proof::{count, totp_seal_context};
use crate::factors::totp::Secret;
use crate::fault::Fault;
use crate::mail::Content;
use crate::passkeys::store as passkeys;
use crate::service::Service;
use crate::sessions::Renewed;
use crate::{audit, credentials};
use idempotency::IdempotentRequest;

/// What a user needs to set their app up.
#[derive(Clone)]
pub struct TotpSetup {
    /// The secret, as it is typed.
    pub secret: String,
    /// The same for an app on the same device.
    pub otpauth_uri: String,
    /// The same for a camera.
    pub qr_svg: String,
}

/// What a new second factor brings.
#[derive(Clone)]
pub struct Enrolled {
    /// The recovery codes, to be written down: they are shown this once.
    pub recovery_codes: Vec<String>,
    /// What shows the session from now on, and knows of the factor.
    pub renewed: Renewed,
}

/// What a user has beside their password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactorStatus {
    /// Whether an app is in use.
    pub totp: bool,
    /// How many passkeys.
    pub passkeys: usize,
    /// How many recovery codes are left.
    pub recovery_codes_left: i64,
}

impl Service {
    /// What a user has set up.
    ///
    /// # Errors
    /// [`CredentialError::SessionEnded`] where there is no such user any more, or a fault.
    pub async fn second_factors(
        &self,
        principal: &Principal,
    ) -> Result<SecondFactorStatus, CredentialError> {
        let user = self.me(principal).await?;
        let passkeys = passkeys::passkeys(&self.db, user.org, user.id).await?;
        Ok(SecondFactorStatus {
            totp: user.second_factors.contains(Factor::Totp),
            passkeys: passkeys.len(),
            recovery_codes_left: store::recovery_codes_left(&self.db, &user).await?,
        })
    }

    /// Makes a secret for an app. It is in use once a code of it was sent.
    ///
    /// # Errors
    /// [`SecondFactorError::TotpInUse`], [`CredentialError::EmailNotVerified`],
    /// [`CredentialError::SessionEnded`] or a fault.
    pub async fn set_up_totp(&self, principal: &Principal) -> Result<TotpSetup, SecondFactorError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let user = lock_caller(&mut tx, principal, now).await?;
        user.require_verified()?;
        let secret = Secret::generate(&self.ids);
        let sealed = self
            .vault
            .seal(totp_seal_context(user.id.uuid().as_bytes()), secret.bytes())
            .map_err(Fault::from)?;
        if !store::set_up_totp(&mut tx, &user, sealed, now).await? {
            return Err(SecondFactorError::TotpInUse);
        }
        tx.commit().await?;
        let otpauth_uri = secret.uri(&user.email);
        Ok(TotpSetup {
            qr_svg: totp::qr_svg(&otpauth_uri)?,
            secret: secret.text(),
            otpauth_uri,
        })
    }

    /// Takes the app into use, by a code of it, and makes recovery codes.
    ///
    /// # Errors
    /// [`SecondFactorError::Wrong`], [`SecondFactorError::Wait`], [`SecondFactorError::TotpInUse`],
    /// [`SecondFactorError::TotpNotSetUp`] or a fault.
    pub async fn enable_totp(
        &self,
        principal: &Principal,
        session: SessionId,
        code: &SecretString,
        client: &Client,
    ) -> Result<Enrolled, SecondFactorError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let user = lock_caller(&mut tx, principal, now).await?;
        user.require_verified()?;
        let failures = store::lock_failures(&mut tx, &user).await?;
        if let Some(seconds) = failures.wait(now) {
            return Err(SecondFactorError::Wait { seconds });
        }
        let totp = self.totp(&mut tx, &user).await?;
        let totp = totp.ok_or(SecondFactorError::TotpNotSetUp)?;
        if totp.enabled {
            return Err(SecondFactorError::TotpInUse);
        }
        if totp.epoch != user.credential_epoch {
            return Err(SecondFactorError::TotpNotSetUp);
        }
        let code = code.expose_secret().replace([' ', '-'], "");
        let fits = match totp.secret.step_of(&code, now) {
            Some(step) => store::use_totp_step(&mut tx, &user, step, now).await?,
            None => false,
        };
        count(&mut tx, &user, failures, fits, now).await?;
        if !fits {
            tx.commit().await?;
            return Err(SecondFactorError::Wrong);
        }
        store::enable_totp(&mut tx, &user, now).await?;
        let recovery_codes = self.make_recovery_codes(&mut tx, &user, now).await?;
        let (user, ended) = end_password_only_sessions(&mut tx, user, session, now).await?;
        let factor = Factor::Totp;
        let renewed = self
            .step_session_up(&mut tx, session, &user, factor, now)
            .await?;
        let change = ("authenticator_app_added", None);
        self.tell_of_change(&mut tx, &user, change, now).await?;
        record(&mut tx, principal, AuditAction::TotpEnabled, client, now).await?;
        tx.commit().await?;
        self.forget_sessions(&ended);
        Ok(Enrolled {
            recovery_codes,
            renewed,
        })
    }

    /// Takes the app out of use. With the last second factor the recovery codes go, too.
    ///
    /// # Errors
    /// [`SecondFactorError::TotpNotSetUp`] or a fault.
    pub async fn disable_totp(
        &self,
        principal: &Principal,
        client: &Client,
        once: &IdempotentRequest<()>,
    ) -> Result<(), SecondFactorError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let user = lock_caller(&mut tx, principal, now).await?;
        if !store::delete_totp(&mut tx, &user).await? {
            return Err(SecondFactorError::TotpNotSetUp);
        }
        let user = forget_codes_without_factor(&mut tx, user).await?;
        let change = ("authenticator_app_removed", None);
        self.tell_of_change(&mut tx, &user, change, now).await?;
        self.keep_answer(&mut tx, once, &(), now).await?;
        record(&mut tx, principal, AuditAction::TotpDisabled, client, now).await?;
        Ok(tx.commit().await?)
    }

    /// Makes new recovery codes; the old ones are good no more.
    ///
    /// # Errors
    /// [`SecondFactorError::NoSecondFactor`] or a fault.
    pub async fn renew_recovery_codes(
        &self,
        principal: &Principal,
        client: &Client,
    ) -> Result<Vec<String>, SecondFactorError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let user = lock_caller(&mut tx, principal, now).await?;
        user.require_verified()?;
        if !user.second_factors.has_second() {
            return Err(SecondFactorError::NoSecondFactor);
        }
        let codes = self.make_recovery_codes(&mut tx, &user, now).await?;
        let change = ("recovery_codes_changed", None);
        self.tell_of_change(&mut tx, &user, change, now).await?;
        record(
            &mut tx,
            principal,
            AuditAction::RecoveryCodesRenewed,
            client,
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(codes)
    }

    pub(crate) async fn make_recovery_codes(
        &self,
        tx: &mut Tx,
        user: &User,
        now: Timestamp,
    ) -> Result<Vec<String>, Fault> {
        let codes = recovery::generate(&self.ids);
        let hashes = codes.iter().filter_map(|code| recovery::hash(code));
        store::replace_recovery_codes(tx, user, hashes, now).await?;
        Ok(codes)
    }

    /// Mails a user how they sign in from now on: the change, and the provider that it is about.
    pub(crate) async fn tell_of_change(
        &self,
        tx: &mut Tx,
        user: &User,
        (change, provider): (&str, Option<&str>),
        now: Timestamp,
    ) -> Result<(), Fault> {
        let content = Content::SecondFactorChanged {
            change: change.to_owned(),
            provider: provider.map(ToOwned::to_owned),
        };
        self.tell(tx, user, content, now).await
    }
}

/// With the first second factor, what was begun by the password alone ends, but for the session
/// that sets it up: anyone who knows no more than the password cannot take the factor away again.
pub(crate) async fn end_password_only_sessions(
    tx: &mut Tx,
    user: LockedUser,
    session: SessionId,
    now: Timestamp,
) -> Result<(LockedUser, Vec<SessionId>), CredentialError> {
    let ended = match user.second_factors.has_second() {
        true => Vec::new(),
        false => credentials::end(tx, (user.org, user.id), KeptSessions::One(session), now).await?,
    };
    Ok((user.read_again(tx).await?, ended))
}

/// Recovery codes take the place of a second factor; without one there is nothing to recover.
pub(crate) async fn forget_codes_without_factor(
    tx: &mut Tx,
    user: LockedUser,
) -> Result<LockedUser, CredentialError> {
    let user = user.read_again(tx).await?;
    if !user.second_factors.has_second() {
        store::delete_recovery_codes(tx, &user).await?;
    }
    Ok(user)
}

/// Writes down what a user did to their own factors.
pub(crate) async fn record(
    tx: &mut Tx,
    principal: &Principal,
    act: AuditAction,
    client: &Client,
    now: Timestamp,
) -> Result<(), Fault> {
    let actor = Actor::User(principal.user, Some(principal.credential));
    let done = Entry::done(principal.org, act, actor, Some(client)).to(principal.user);
    audit::record(tx, now, &done).await
}
