//! Browser sessions: a cookie with a random secret instead of tokens, looked up in the database
//! once a minute and in between remembered. It knows no headers.

use std::fmt;

use access::Principal;
use db::Tx;
use values::{SECOND, Timestamp};
use web::client::Client;

use crate::accounts::stores::users;
use crate::audit;
use crate::audit::{Actor, AuditAction, Entry};
use crate::fault::Fault;
use crate::service::Service;
use crate::sessions::session::Session;
use crate::sessions::token::Verified;
use crate::sessions::{store, token};

/// What secrets in cookies begin with, so that they are recognised where they do not belong.
const COOKIE_PREFIX: &str = "pfs_";
/// How long a cookie's session is remembered before the database is asked again; its last use is
/// then noted.
pub(crate) const REMEMBERED: i64 = 60 * SECOND;

/// A new browser session.
#[derive(Clone, PartialEq, Eq)]
pub struct BrowserSession {
    /// What the cookie holds.
    pub(crate) secret: String,
    /// Seconds that it lasts at most.
    pub(crate) max_age_s: i64,
}

impl fmt::Debug for BrowserSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserSession")
            .field("max_age_s", &self.max_age_s)
            .finish_non_exhaustive()
    }
}

impl BrowserSession {
    /// What scripts send as `X-CSRF-Token`.
    pub(crate) fn csrf_token(&self) -> String {
        token::csrf_token(&self.secret)
    }
}

impl Service {
    /// Whom the secret of a cookie belongs to.
    pub(crate) async fn principal_of_cookie(
        &self,
        secret: &str,
    ) -> Result<Option<Principal>, Fault> {
        let now = self.clock.now();
        let hash = *blake3::hash(secret.as_bytes()).as_bytes();
        let principal = match self.verified.get(&hash, now) {
            Some(known) => known,
            None => match self.look_up_cookie(&hash, now).await? {
                None => return Ok(None),
                Some(verified) => {
                    let principal = verified.principal.clone();
                    self.verified.insert(hash, verified);
                    principal
                }
            },
        };
        self.read_overdue_ends().await?;
        // Asked last: a session that ends while it is looked up is refused, too.
        Ok(self.live_session(&principal).map(|_| principal))
    }

    async fn look_up_cookie(&self, hash: &[u8], now: Timestamp) -> Result<Option<Verified>, Fault> {
        let Some(session) = store::session_of_cookie(&self.db, hash).await? else {
            return Ok(None);
        };
        let (last_used_at, expires_at) = (session.last_used_at, session.expires_at);
        let end = self.lifetimes.browser_end(last_used_at, expires_at);
        if end <= now || !session.lasts(now) {
            return Ok(None);
        }
        store::use_session(&self.db, session.id, now).await?;
        let active = users::active_user(&self.db, session.org, session.user).await?;
        let Some(user) = active else {
            return Ok(None);
        };
        let principal = Principal {
            authenticated_at: session.authenticated_at,
            second_factor_at: session.proof.second_factor_at,
            second_factors: user.second_factors,
            ..Principal::of_session(session.org, session.user, user.role, session.id)
        };
        Ok(Some(Verified {
            principal: self.second_factor_policy(principal),
            expires_at: now.plus(REMEMBERED).min(expires_at),
        }))
    }

    /// Ends the session that a browser had before it logged in anew, if it goes on.
    pub(crate) async fn end_session_of_cookie(
        &self,
        secret: &str,
        client: &Client,
    ) -> Result<(), Fault> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let hash = token::hash(secret);
        let Some(ended) = store::end_session_of_cookie(&mut tx, hash, now).await? else {
            return Ok(());
        };
        let actor = Actor::User(ended.user, None);
        let entry =
            Entry::done(ended.org, AuditAction::SessionEnded, actor, Some(client)).to(ended.id);
        audit::record(&mut tx, now, &entry).await?;
        tx.commit().await?;
        self.forget_session(ended.id);
        Ok(())
    }

    /// Makes the cookie of a session; the one before, if any, is good no more.
    pub(crate) async fn make_cookie(
        &self,
        tx: &mut Tx,
        session: &Session,
        now: Timestamp,
    ) -> Result<BrowserSession, Fault> {
        let secret = token::random(COOKIE_PREFIX, &self.ids);
        store::set_cookie(tx, session.id, token::hash(&secret)).await?;
        let lasts = session.expires_at.micros() - now.micros();
        Ok(BrowserSession {
            secret,
            max_age_s: lasts / SECOND,
        })
    }
}
