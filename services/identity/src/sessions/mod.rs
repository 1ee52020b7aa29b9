//! Sessions: begun, gone on with, ended; and whom an access token belongs to. It never asks for a
//! password.

pub(crate) mod browser;
pub(crate) mod ends_seen;
pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod invalidation;
pub(crate) mod last_use;
pub(crate) mod own;
pub(crate) mod session;
pub(crate) mod store;
pub(crate) mod token;
pub(crate) mod token_cache;

use access::Principal;
use contracts::identity::{Credential, Factor, SessionId};
use db::Tx;
use values::Timestamp;
use web::client::Client;

use crate::accounts::stores::users;
use crate::accounts::user::User;
use crate::audit;
use crate::audit::{Actor, AuditAction, Entry};
use crate::credentials::LockedUser;
use crate::credentials::error::CredentialError;
use crate::fault::Fault;
use crate::service::Service;
use crate::sessions::browser::BrowserSession;
use crate::sessions::error::SessionError;
use crate::sessions::session::{Carrier, Proof, Rotation, SentRefreshToken, Session};
use crate::sessions::store::{StoredRefreshToken, StoredSession};
use crate::sessions::token::{AccessToken, TokenPair};

/// What separates successors of refresh tokens from whatever else is derived with a master key.
const SUCCESSOR: &str = "successor of a refresh token";
/// What separates these hashes from any others.
const DEVICE: &str = "PayFlow identity 1: device that has used a refresh token";

/// What the client of a session shows it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// For `Authorization: Bearer …`.
    Tokens(TokenPair),
    /// For a browser.
    Cookie(BrowserSession),
}

/// What the client of a session shows it by after a factor was shown in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewed {
    /// Another access token; the refresh token stays.
    Token(AccessToken),
    /// Another cookie.
    Cookie(BrowserSession),
}

impl Service {
    /// Exchanges a refresh token for a new pair. A token that was used before ends its session,
    /// unless the same device sends it again at once, because it never saw the answer: then it gets
    /// the same refresh token again.
    ///
    /// # Errors
    /// [`SessionError::InvalidToken`] or a fault.
    pub async fn refresh(
        &self,
        refresh_token: &str,
        client: &Client,
    ) -> Result<TokenPair, SessionError> {
        let hash = token::hash(refresh_token);
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let family = store::lock_session_of_token(&mut tx, &hash, now).await?;
        let StoredSession {
            session,
            credential_epoch,
            ..
        } = family.ok_or(SessionError::InvalidToken)?;
        let stored = store::refresh_token(&mut tx, &hash).await?;
        let stored = stored.ok_or(SessionError::InvalidToken)?;
        let device = device_of(client);
        let known = self
            .successor(&mut tx, &session, refresh_token, &stored, &device)
            .await?;
        let sent = SentRefreshToken {
            created_at: stored.created_at,
            expires_at: stored.expires_at,
            used_at: stored.used_at,
            repeatable: known.is_some(),
        };
        match session.rotate(sent, self.lifetimes, now) {
            Rotation::Ended => Err(SessionError::InvalidToken),
            Rotation::Reused => {
                self.end_reused(tx, &session, client, now).await?;
                Err(SessionError::InvalidToken)
            }
            Rotation::Rotate | Rotation::Repeat => {
                let user = users::active_user_in(&mut tx, session.org, session.user).await?;
                let user = user.filter(|user| user.credential_epoch == credential_epoch);
                let user = user.ok_or(SessionError::InvalidToken)?;
                let refresh_token = match known {
                    Some(known) => known,
                    None => {
                        let salt = self.ids.secret::<32>().to_vec();
                        let new = self
                            .vault
                            .fingerprint(SUCCESSOR, &seed(refresh_token, &salt))
                            .map_err(Fault::from)?;
                        let new = token::refresh_token_of(&new);
                        store::use_refresh_token(&mut tx, hash, now, device, salt).await?;
                        self.insert_refresh_token(&mut tx, &session, &new, now)
                            .await?;
                        new
                    }
                };
                let tokens = self.pair(&session, &user, refresh_token, now)?;
                tx.commit().await?;
                Ok(tokens)
            }
        }
    }

    /// Ends a session of which two parties have held one refresh token. Commits.
    async fn end_reused(
        &self,
        mut tx: Tx,
        session: &Session,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), Fault> {
        store::end_session(&mut tx, session.id, now).await?;
        // Which of the two who hold the token sent it, nobody can tell.
        let (nobody, act) = (Actor::Nobody, AuditAction::RefreshTokenReused);
        let reused = Entry::refused(session.org, act, nobody, Some(client)).to(session.id);
        audit::record(&mut tx, now, &reused).await?;
        tx.commit().await?;
        self.forget_session(session.id);
        tracing::warn!(session = %session.id, user = %session.user,
            "a refresh token was used twice: its session is ended");
        Ok(())
    }

    /// The token that a used one was exchanged for, where the same device sends it again and nobody
    /// has used the other. Nobody can say what it is but anyone who has the used one, here: it is
    /// derived from that with a master key.
    async fn successor(
        &self,
        tx: &mut Tx,
        session: &Session,
        refresh_token: &str,
        used: &StoredRefreshToken,
        device: &[u8],
    ) -> Result<Option<String>, Fault> {
        let Some(salt) = &used.successor_salt else {
            return Ok(None);
        };
        if used.used_by.as_deref() != Some(device) {
            return Ok(None);
        }
        let seed = seed(refresh_token, salt);
        // The master key may have been exchanged since.
        for derived in self.vault.fingerprints(SUCCESSOR, &seed) {
            let text = token::refresh_token_of(&derived);
            let hash = token::hash(&text);
            if store::is_unused_refresh_token(tx, hash, session.id).await? {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    /// Ends the session of a refresh token; its access tokens stop at once. An unknown token is no
    /// error: there is nothing to end.
    ///
    /// # Errors
    /// A fault.
    pub async fn log_out(&self, refresh_token: &str, client: &Client) -> Result<(), Fault> {
        let hash = token::hash(refresh_token);
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let Some(ended) = store::end_session_of_token(&mut tx, hash, now).await? else {
            return Ok(());
        };
        let actor = Actor::User(ended.user, Some(Credential::Session(ended.id)));
        let entry =
            Entry::done(ended.org, AuditAction::SessionEnded, actor, Some(client)).to(ended.id);
        audit::record(&mut tx, now, &entry).await?;
        tx.commit().await?;
        self.forget_session(ended.id);
        Ok(())
    }

    /// Whom an access token belongs to, where it is good. Looks at memory only: the signature is
    /// checked once per token.
    pub(crate) fn principal_of(&self, access_token: &str) -> Option<Principal> {
        let hash = *blake3::hash(access_token.as_bytes()).as_bytes();
        let now = self.clock.now();
        let principal = if let Some(known) = self.verified.get(&hash, now) {
            known
        } else {
            let mut verified = self
                .keys()
                .verify(access_token, self.lifetimes.access, now)?;
            verified.principal = self.second_factor_policy(verified.principal);
            let principal = verified.principal.clone();
            self.verified.insert(hash, verified);
            principal
        };
        let session = self.live_session(&principal)?;
        self.last_use.note(session, now);
        Some(principal)
    }

    /// The session of a principal, unless it has ended.
    pub(crate) fn live_session(&self, principal: &Principal) -> Option<SessionId> {
        match principal.credential {
            Credential::Session(id) => (!self.verified.is_ended(id)).then_some(id),
            Credential::ApiKey(_) => None,
        }
    }

    /// Begins a session of a user who is held: whatever ends their sessions waits for this, and
    /// then finds it; or was first, and nobody was held. What its client shows it by comes from
    /// [`Service::give`].
    pub(crate) async fn begin_session(
        &self,
        tx: &mut Tx,
        user: &LockedUser,
        proof: Proof,
        carrier: Carrier,
        client: Option<&Client>,
    ) -> Result<Session, Fault> {
        let now = self.clock.now();
        let id = SessionId(self.ids.next());
        let session = Session::begin(id, user.org, user.id, proof, carrier, self.lifetimes, now);
        store::insert_session(tx, &session, user.credential_epoch, client).await?;
        Ok(session)
    }

    /// What the client of a new session shows it by.
    pub(crate) async fn give(
        &self,
        tx: &mut Tx,
        session: &Session,
        user: &User,
        carrier: Carrier,
    ) -> Result<Credentials, Fault> {
        let now = session.created_at;
        Ok(match carrier {
            Carrier::Tokens => Credentials::Tokens(self.make_tokens(tx, session, user, now).await?),
            Carrier::Cookie => Credentials::Cookie(self.make_cookie(tx, session, now).await?),
        })
    }

    /// Only their own account is left to those whose role needs a second factor and who have none,
    /// or have not shown it.
    pub(crate) fn second_factor_policy(&self, principal: Principal) -> Principal {
        let shown = principal.second_factors.has_second() && principal.second_factor_at.is_some();
        if self.second_factor_for.contains(&principal.role) && !shown {
            principal.without_needed_factor()
        } else {
            principal
        }
    }

    /// Notes in a session of a user who is held that a factor was shown now, and makes what its
    /// client shows it by from now on. A browser gets another cookie: what nodes remember of the
    /// old one says nothing of the factor.
    pub(crate) async fn step_session_up(
        &self,
        tx: &mut Tx,
        session: SessionId,
        user: &LockedUser,
        factor: Factor,
        now: Timestamp,
    ) -> Result<Renewed, CredentialError> {
        let live =
            store::lock_live_session(tx, user.org, session, user.credential_epoch, now).await?;
        let live = live.ok_or(CredentialError::SessionEnded)?;
        let session = live.session.stepped_up(factor, now);
        store::set_proof(tx, &session).await?;
        if live.has_cookie {
            return Ok(Renewed::Cookie(self.make_cookie(tx, &session, now).await?));
        }
        let expires_at = session.access_expiry(self.lifetimes, now);
        let (access_token, expires_in) = self.keys().sign(&session, user, now, expires_at)?;
        Ok(Renewed::Token(AccessToken {
            access_token,
            expires_in,
        }))
    }

    pub(crate) async fn make_tokens(
        &self,
        tx: &mut Tx,
        session: &Session,
        user: &User,
        now: Timestamp,
    ) -> Result<TokenPair, Fault> {
        let refresh_token = token::new_refresh_token(&self.ids);
        self.insert_refresh_token(tx, session, &refresh_token, now)
            .await?;
        self.pair(session, user, refresh_token, now)
    }

    async fn insert_refresh_token(
        &self,
        tx: &mut Tx,
        session: &Session,
        refresh_token: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let expires_at = session.refresh_expiry(self.lifetimes, now);
        let hash = token::hash(refresh_token);
        Ok(store::insert_refresh_token(tx, hash, session, now, expires_at).await?)
    }

    /// A refresh token with a new access token.
    fn pair(
        &self,
        session: &Session,
        user: &User,
        refresh_token: String,
        now: Timestamp,
    ) -> Result<TokenPair, Fault> {
        let expires_at = session.access_expiry(self.lifetimes, now);
        let (access_token, expires_in) = self.keys().sign(session, user, now, expires_at)?;
        Ok(TokenPair {
            access_token,
            refresh_token,
            expires_in,
        })
    }
}

/// A device, as far as a refresh token was used by the same one: the cookie that it was given,
/// where it sends one, and what it calls itself. Not its address: that changes on the way.
fn device_of(client: &Client) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new_derive_key(DEVICE);
    hasher.update(&client.device.unwrap_or_default());
    hasher.update(client.user_agent.as_deref().unwrap_or_default().as_bytes());
    hasher.finalize().as_bytes().to_vec()
}

/// What the successor of a refresh token is derived from.
fn seed(refresh_token: &str, salt: &[u8]) -> Vec<u8> {
    [salt, refresh_token.as_bytes()].concat()
}
