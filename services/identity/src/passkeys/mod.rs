//! Passkeys: asked for, registered, listed, deleted, and checked. The question of a ceremony is
//! kept sealed for five minutes and taken out by the first answer.

pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod passkey;
pub(crate) mod relying_party;
pub(crate) mod store;

use access::Principal;
use contracts::identity::{Factor, OrgId, SessionId, UserId};
use db::Tx;
use serde_json::Value;
use values::Timestamp;
use web::client::Client;
use webauthn_rs::prelude::RegisterPublicKeyCredential;

use crate::accounts::user;
use crate::accounts::user::User;
use crate::audit;
use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::{LockedUser, lock_active_user, lock_caller, require_verified};
use crate::factors::second_factor::{Assertion, SIGN_IN_LIFETIME};
use crate::factors::{end_password_only_sessions, forget_codes_without_factor, record};
use crate::fault::Fault;
use crate::passkeys::error::PasskeyError;
use crate::passkeys::passkey::{KnownPasskey, MOST, PasskeyId};
use crate::passkeys::relying_party::{Challenge, Verdict};
use crate::passkeys::store::StoredPasskey;
use crate::service::Service;
use crate::sessions::{Renewed, token};
use vault::SealContext;

/// What ceremonies begin with, so that they are recognised where they do not belong.
const PREFIX: &str = "pfc_";

/// A question to a browser.
#[derive(Debug)]
pub struct PasskeyChallenge {
    /// To be sent with the answer, within five minutes.
    pub ceremony: String,
    /// For `navigator.credentials`.
    pub public_key: Value,
}

/// A passkey that was registered just now.
pub struct RegisteredPasskey {
    /// The passkey.
    pub passkey: KnownPasskey,
    /// Recovery codes, where it is the first second factor; shown this once.
    pub recovery_codes: Vec<String>,
    /// The session's new access token, which knows of the passkey.
    pub renewed: Renewed,
}

impl Service {
    /// Asks a browser for a new passkey of a user.
    ///
    /// # Errors
    /// [`PasskeyError::TooMany`], [`PasskeyError::Unavailable`],
    /// [`CredentialError::EmailNotVerified`] or a fault.
    pub async fn ask_for_new_passkey(
        &self,
        principal: &Principal,
    ) -> Result<PasskeyChallenge, PasskeyError> {
        let user = self.me(principal).await?;
        require_verified(&user)?;
        let known = store::credential_ids(&self.db, &user).await?;
        if known.len() >= MOST {
            return Err(PasskeyError::TooMany);
        }
        let question = self.relying_party.ask_to_register(&user, known)?;
        Ok(self.keep(question, Some(&user)).await?)
    }

    /// Asks a browser for any passkey: to sign in, as a second factor, or for a dangerous act.
    ///
    /// # Errors
    /// [`PasskeyError::Unavailable`] or a fault.
    pub async fn ask_for_passkey(&self) -> Result<PasskeyChallenge, PasskeyError> {
        Ok(self.keep(self.relying_party.ask()?, None).await?)
    }

    /// Registers the passkey in a browser's answer.
    ///
    /// # Errors
    /// [`user::Invalid::Name`], [`PasskeyError::Ceremony`], [`PasskeyError::Refused`],
    /// [`PasskeyError::Taken`], [`PasskeyError::TooMany`] or a fault.
    pub async fn register_passkey(
        &self,
        principal: &Principal,
        session: SessionId,
        ceremony: &str,
        name: &str,
        answer: &RegisterPublicKeyCredential,
        client: &Client,
    ) -> Result<RegisteredPasskey, PasskeyError> {
        let name = user::check_name(name)?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let (asked, state) = self.take(&mut tx, ceremony, now).await?;
        let user = lock_caller(&mut tx, principal, now).await?;
        user.require_verified()?;
        if asked != Some((user.id, user.credential_epoch)) {
            return Err(PasskeyError::Ceremony);
        }
        let Some(passkey) = self.relying_party.registered(&state, answer)? else {
            tx.commit().await?;
            return Err(PasskeyError::Refused);
        };
        let count = store::count(&mut tx, &user).await?;
        if usize::try_from(count).is_ok_and(|count| count >= MOST) {
            return Err(PasskeyError::TooMany);
        }
        let id = PasskeyId(self.ids.next());
        if !store::insert(&mut tx, id, &user, &passkey, name, now).await? {
            return Err(PasskeyError::Taken);
        }
        let recovery_codes = match user.second_factors.has_second() {
            true => vec![],
            false => self.make_recovery_codes(&mut tx, &user, now).await?,
        };
        let (user, ended) = end_password_only_sessions(&mut tx, user, session, now).await?;
        let renewed = self
            .step_session_up(&mut tx, session, &user, Factor::Passkey, now)
            .await?;
        let change = ("passkey_added", None);
        self.tell_of_change(&mut tx, &user, change, now).await?;
        record(
            &mut tx,
            principal,
            AuditAction::PasskeyRegistered,
            client,
            now,
        )
        .await?;
        tx.commit().await?;
        self.forget_sessions(&ended);
        let passkey = KnownPasskey {
            id,
            name: name.to_owned(),
            created_at: now,
            last_used_at: None,
        };
        Ok(RegisteredPasskey {
            passkey,
            recovery_codes,
            renewed,
        })
    }

    /// A user's passkeys, the oldest first.
    ///
    /// # Errors
    /// A fault.
    pub async fn passkeys(&self, principal: &Principal) -> Result<Vec<KnownPasskey>, Fault> {
        Ok(store::passkeys(&self.db, principal.org, principal.user).await?)
    }

    /// Gives a passkey another name.
    ///
    /// # Errors
    /// [`user::Invalid::Name`], [`PasskeyError::Unknown`] or a fault.
    pub async fn rename_passkey(
        &self,
        principal: &Principal,
        id: PasskeyId,
        name: &str,
    ) -> Result<KnownPasskey, PasskeyError> {
        let name = user::check_name(name)?;
        let mut tx = self.db.begin().await?;
        let renamed = store::rename(&mut tx, principal.org, principal.user, id, name).await?;
        tx.commit().await?;
        renamed.ok_or(PasskeyError::Unknown(id))
    }

    /// Deletes a passkey. With the last second factor the recovery codes go, too.
    ///
    /// # Errors
    /// [`PasskeyError::Unknown`] or a fault.
    pub async fn delete_passkey(
        &self,
        principal: &Principal,
        id: PasskeyId,
        client: &Client,
    ) -> Result<(), PasskeyError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let user = lock_caller(&mut tx, principal, now).await?;
        if !store::delete(&mut tx, &user, id).await? {
            return Err(PasskeyError::Unknown(id));
        }
        let user = forget_codes_without_factor(&mut tx, user).await?;
        let change = ("passkey_removed", None);
        self.tell_of_change(&mut tx, &user, change, now).await?;
        record(&mut tx, principal, AuditAction::PasskeyDeleted, client, now).await?;
        Ok(tx.commit().await?)
    }

    /// Whose passkey a browser has answered with; none where the answer is not good. The ceremony
    /// is used up in any case.
    pub(crate) async fn check_passkey(
        &self,
        tx: &mut Tx,
        assertion: &Assertion,
        now: Timestamp,
    ) -> Result<Option<(OrgId, UserId)>, PasskeyError> {
        let (registers, state) = self.take(tx, &assertion.ceremony, now).await?;
        if registers.is_some() {
            return Err(PasskeyError::Ceremony);
        }
        let answer = &assertion.credential;
        let id = answer.get_credential_id().to_vec();
        let Some(stored) = store::lock(tx, id).await? else {
            return Ok(None);
        };
        let StoredPasskey {
            id,
            org,
            user,
            passkey,
        } = stored;
        match self.relying_party.verify(&state, answer, user, passkey)? {
            Verdict::Fits(passkey) => {
                store::use_passkey(tx, org, id, &passkey, now).await?;
                Ok(Some((org, user)))
            }
            Verdict::Wrong => Ok(None),
            Verdict::Copied => {
                let copied =
                    Entry::refused(org, AuditAction::PasskeyCopied, Actor::Nobody, None).to(id);
                audit::record(tx, now, &copied).await?;
                Ok(None)
            }
        }
    }

    async fn keep(
        &self,
        challenge: Challenge,
        registers: Option<&User>,
    ) -> Result<PasskeyChallenge, Fault> {
        let ceremony = token::random(PREFIX, &self.ids);
        let hash = token::hash(&ceremony);
        let state = self.vault.seal(seal_context(&hash), &challenge.state)?;
        let expires_at = self.clock.now().plus(SIGN_IN_LIFETIME);
        store::insert_ceremony(&self.db, hash, registers, state, expires_at).await?;
        let public_key = challenge.options;
        Ok(PasskeyChallenge {
            ceremony,
            public_key,
        })
    }

    /// Who registers a passkey in a ceremony, if it is for that, in which epoch they asked, and its
    /// state. There is no such ceremony any more.
    async fn take(
        &self,
        tx: &mut Tx,
        ceremony: &str,
        now: Timestamp,
    ) -> Result<(Option<(UserId, i64)>, Vec<u8>), PasskeyError> {
        let hash = token::hash(ceremony);
        let begun = store::take_ceremony(tx, &hash, now).await?;
        let begun = begun.ok_or(PasskeyError::Ceremony)?;
        let state = self
            .vault
            .open(seal_context(&hash), &begun.sealed)
            .map_err(Fault::from)?;
        Ok((begun.registers, state))
    }
}

/// Locks the owner of a passkey that is shown; the passkey itself comes after its owner, as
/// everywhere.
pub(crate) async fn lock_owner(
    tx: &mut Tx,
    assertion: &Assertion,
) -> Result<Option<LockedUser>, Fault> {
    let id = assertion.credential.get_credential_id().to_vec();
    match store::owner(tx, id).await? {
        Some((org, user)) => lock_active_user(tx, org, user, None).await,
        None => Ok(None),
    }
}

fn seal_context(hash: &[u8]) -> SealContext<'_> {
    SealContext {
        what: "passkey_ceremonies.state",
        whose: hash,
    }
}
