//! What somebody shows to prove who they are: checked, used up, and counted where it is wrong. It
//! begins no session; its callers commit what it has counted, also where they refuse.

use access::Principal;
use contracts::identity::{Factor, SessionId};
use db::Tx;
use secrecy::{ExposeSecret, SecretString};
use values::Timestamp;
use web::client::Client;

use crate::accounts::stores::users;
use crate::accounts::user::User;
use crate::audit;
use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::error::CredentialError;
use crate::credentials::{lock_caller, lock_proved_caller};
use crate::factors::error::SecondFactorError;
use crate::factors::second_factor::{FactorProof, Failures, StepUp};
use crate::factors::totp::Secret;
use crate::factors::{recovery, store, totp};
use crate::fault::Fault;
use crate::service::Service;
use crate::sessions::Renewed;
use vault::SealContext;

/// What became of something shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProofOutcome {
    /// It is the user's.
    Fits(Factor),
    /// It is not, or was used before.
    Wrong,
    /// It was not looked at, because of the wrong ones before it. Seconds.
    Wait(u32),
}

impl Service {
    /// Takes a fresh proof of who somebody is, for the dangerous acts of the next minutes. A
    /// password is one only for users without a second factor.
    ///
    /// # Errors
    /// [`SecondFactorError::Wrong`], [`SecondFactorError::Wait`], [`SecondFactorError::Needed`],
    /// [`CredentialError::SessionEnded`] where the session has ended, [`PasswordError::Busy`] or a
    /// fault.
    pub async fn step_up(
        &self,
        principal: &Principal,
        session: SessionId,
        shown: StepUp,
        client: &Client,
    ) -> Result<Renewed, SecondFactorError> {
        // Before the transaction: a hash takes its time.
        let compared = match &shown {
            StepUp::Password(password) => {
                Some(self.compare_password(principal, password, client).await?)
            }
            StepUp::SecondFactor(_) => None,
        };
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let user = match &compared {
            Some((seen, _)) => lock_proved_caller(&mut tx, principal, seen, now).await?,
            None => lock_caller(&mut tx, principal, now).await?,
        };
        let checked = match (&shown, compared) {
            (StepUp::SecondFactor(shown), _) => self.check(&mut tx, &user, shown, now).await?,
            (StepUp::Password(_), _) if user.second_factors.has_second() => {
                return Err(SecondFactorError::Needed(user.second_factors));
            }
            (StepUp::Password(_), compared) => {
                let fits = compared.is_some_and(|(_, fits)| fits);
                check_password(&mut tx, &user, fits, now).await?
            }
        };
        let actor = Actor::User(user.id, Some(principal.credential));
        let factor = match checked {
            ProofOutcome::Fits(factor) => factor,
            ProofOutcome::Wrong => {
                record_failure(&mut tx, &user, actor, client, now).await?;
                tx.commit().await?;
                return Err(SecondFactorError::Wrong);
            }
            ProofOutcome::Wait(seconds) => return Err(SecondFactorError::Wait { seconds }),
        };
        let renewed = self
            .step_session_up(&mut tx, session, &user, factor, now)
            .await?;
        let done = Entry::done(user.org, AuditAction::SessionSteppedUp, actor, Some(client))
            .to(session)
            .with("factor", factor.as_str());
        audit::record(&mut tx, now, &done).await?;
        tx.commit().await?;
        Ok(renewed)
    }

    /// The user who is asking, and whether this is the password that they have at this moment. It
    /// is not looked at where it would not do.
    async fn compare_password(
        &self,
        principal: &Principal,
        password: &SecretString,
        client: &Client,
    ) -> Result<(User, bool), SecondFactorError> {
        let stored = users::credentials_by_id(&self.db, principal.org, principal.user).await?;
        let users::StoredCredentials {
            user,
            password_hash,
        } = stored.ok_or(CredentialError::SessionEnded)?;
        if user.second_factors.has_second() {
            return Err(SecondFactorError::Needed(user.second_factors));
        }
        let hash = Some(password_hash.as_str());
        let matched = self.passwords.verify(password, hash, Some(client));
        let fits = matched.await?.proves()?;
        Ok((user, fits))
    }

    /// Checks a second factor and uses it up.
    pub(crate) async fn check(
        &self,
        tx: &mut Tx,
        user: &User,
        shown: &FactorProof,
        now: Timestamp,
    ) -> Result<ProofOutcome, SecondFactorError> {
        match shown {
            FactorProof::Passkey(assertion) => {
                let owner = self.check_passkey(tx, assertion, now).await?;
                let fits = owner == Some((user.org, user.id));
                Ok(if fits {
                    ProofOutcome::Fits(Factor::Passkey)
                } else {
                    ProofOutcome::Wrong
                })
            }
            FactorProof::Code(code) => {
                let code = code.expose_secret();
                let digits = code.replace([' ', '-'], "");
                if totp::is_code(&digits) {
                    Ok(self.check_totp(tx, user, &digits, now).await?)
                } else {
                    Ok(check_recovery_code(tx, user, code, now).await?)
                }
            }
        }
    }

    async fn check_totp(
        &self,
        tx: &mut Tx,
        user: &User,
        code: &str,
        now: Timestamp,
    ) -> Result<ProofOutcome, Fault> {
        let failures = store::lock_failures(tx, user).await?;
        if let Some(seconds) = failures.wait(now) {
            return Ok(ProofOutcome::Wait(seconds));
        }
        let totp = self.totp(tx, user).await?.filter(|totp| totp.enabled);
        let step = totp.and_then(|totp| totp.secret.step_of(code, now));
        let fits = match step {
            Some(step) => store::use_totp_step(tx, user, step, now).await?,
            None => false,
        };
        count(tx, user, failures, fits, now).await?;
        Ok(if fits {
            ProofOutcome::Fits(Factor::Totp)
        } else {
            ProofOutcome::Wrong
        })
    }

    /// A user's app.
    pub(crate) async fn totp(&self, tx: &mut Tx, user: &User) -> Result<Option<Totp>, Fault> {
        let Some(stored) = store::totp(tx, user).await? else {
            return Ok(None);
        };
        let id = user.id.uuid();
        let secret = self
            .vault
            .open(totp_seal_context(id.as_bytes()), &stored.sealed)?;
        Ok(Some(Totp {
            secret: Secret::from_bytes(secret),
            enabled: stored.enabled,
            epoch: stored.epoch,
        }))
    }
}

/// An authenticator app.
pub(crate) struct Totp {
    pub(crate) secret: Secret,
    /// Whether it is in use; otherwise it is being set up.
    pub(crate) enabled: bool,
    /// The epoch of the user's credentials in which it was set up.
    pub(crate) epoch: i64,
}

pub(crate) fn totp_seal_context(user: &[u8]) -> SealContext<'_> {
    SealContext {
        what: "totp_secrets.secret",
        whose: user,
    }
}

/// One more wrong one, or none any more.
pub(crate) async fn count(
    tx: &mut Tx,
    user: &User,
    failures: Failures,
    fits: bool,
    now: Timestamp,
) -> Result<(), Fault> {
    let failures = match fits {
        true => Failures::default(),
        false => failures.and_one_more(now),
    };
    Ok(store::set_failures(tx, user, failures).await?)
}

async fn check_password(
    tx: &mut Tx,
    user: &User,
    fits: bool,
    now: Timestamp,
) -> Result<ProofOutcome, Fault> {
    let failures = store::lock_failures(tx, user).await?;
    if let Some(seconds) = failures.wait(now) {
        return Ok(ProofOutcome::Wait(seconds));
    }
    count(tx, user, failures, fits, now).await?;
    Ok(if fits {
        ProofOutcome::Fits(Factor::Password)
    } else {
        ProofOutcome::Wrong
    })
}

/// Not counted: nobody guesses 120 bits, and anyone who guesses at the app's codes must not lock
/// the owner out of these.
async fn check_recovery_code(
    tx: &mut Tx,
    user: &User,
    code: &str,
    now: Timestamp,
) -> Result<ProofOutcome, Fault> {
    let Some(hash) = recovery::hash(code) else {
        return Ok(ProofOutcome::Wrong);
    };
    Ok(match store::use_recovery_code(tx, user, hash, now).await? {
        true => ProofOutcome::Fits(Factor::RecoveryCode),
        false => ProofOutcome::Wrong,
    })
}

/// Writes a wrong second factor down.
pub(crate) async fn record_failure(
    tx: &mut Tx,
    user: &User,
    actor: Actor,
    client: &Client,
    now: Timestamp,
) -> Result<(), Fault> {
    let failed = Entry::refused(
        user.org,
        AuditAction::SecondFactorFailed,
        actor,
        Some(client),
    )
    .to(user.id);
    audit::record(tx, now, &failed).await
}
