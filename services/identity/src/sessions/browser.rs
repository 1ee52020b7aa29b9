//! Browser sessions: a cookie with a random secret instead of tokens, looked up in the database once a minute and in between
//! remembered. That a request comes from PayFlow's own pages is checked here, before anything is done.

use std::fmt;

use access::{AuthenticationError, Principal};
use axum::http::{HeaderMap, HeaderValue, Method};
use contracts::identity::{OrgId, SessionId, UserId};
use db::{Tx, args};
use uuid::Uuid;
use values::{SECOND, Timestamp};
use web::client::Client;

use crate::accounts::stores::users;
use crate::audit;
use crate::audit::{Act, Actor, Entry};
use crate::error::Error;
use crate::fault::{Fault, log};
use crate::service::Service;
use crate::sessions::session::Session;
use crate::sessions::token::Verified;
use crate::sessions::{cookies as browser, store, token};

/// What secrets in cookies begin with, so that they are recognised where they do not belong.
const COOKIE_PREFIX: &str = "pfs_";
/// How long a cookie's session is remembered before the database is asked again; its last use is then noted.
pub(crate) const REMEMBERED: i64 = 60 * SECOND;

/// A new browser session.
#[derive(Clone, PartialEq, Eq)]
pub struct BrowserSession {
    secret: String,
    /// Seconds that it lasts at most.
    max_age_s: i64,
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
        browser::csrf_token(&self.secret)
    }
}

impl Service {
    /// The `Set-Cookie` headers of a new browser session.
    pub(crate) fn cookies_of(&self, session: &BrowserSession) -> Result<[HeaderValue; 2], Fault> {
        let set = self.cookies.set(&session.secret, session.max_age_s);
        set.map_err(|_| Fault::Cookie)
    }

    /// The `Set-Cookie` headers that remove a browser session.
    pub(crate) fn no_cookies(&self) -> Result<[HeaderValue; 2], Fault> {
        self.cookies.clear().map_err(|_| Fault::Cookie)
    }

    /// Refuses a login for a cookie that another site's page asks for: it would log its visitor in as somebody else.
    pub(crate) fn require_own_page(&self, headers: &HeaderMap) -> Result<(), Error> {
        match self.cookies.is_own_page(headers) {
            true => Ok(()),
            false => Err(Error::CrossSite),
        }
    }

    /// Whom the cookie of a request belongs to, where the request may act for them.
    pub(crate) async fn browser_principal(
        &self,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Principal, AuthenticationError> {
        let secret = self.cookies.secret(headers);
        let secret = secret.ok_or(AuthenticationError::Unauthenticated)?;
        let found = self.principal_of_cookie(secret).await.map_err(|fault| {
            log(&fault);
            AuthenticationError::Unavailable
        })?;
        let principal = found.ok_or(AuthenticationError::Unauthenticated)?;
        let proved =
            || self.cookies.is_own_page(headers) && browser::carries_csrf_token(headers, secret);
        if browser::is_unsafe(method) && !proved() {
            return Err(AuthenticationError::CrossSite);
        }
        Ok(principal)
    }

    async fn principal_of_cookie(&self, secret: &str) -> Result<Option<Principal>, Fault> {
        let now = self.clock.now();
        let hash = *blake3::hash(secret.as_bytes()).as_bytes();
        let principal = match self.verified.get(&hash, now) {
            Some(known) => known,
            None => match self.look_up_cookie(hash.to_vec(), now).await? {
                None => return Ok(None),
                Some(verified) => {
                    let principal = verified.principal.clone();
                    self.verified.insert(hash, verified);
                    principal
                }
            },
        };
        // Asked last: a session that ends while it is looked up is refused, too.
        Ok(self.session_that_goes_on(&principal).map(|_| principal))
    }

    async fn look_up_cookie(
        &self,
        hash: Vec<u8>,
        now: Timestamp,
    ) -> Result<Option<Verified>, Fault> {
        let found = self
            .db
            .fetch_optional::<store::CookieRow>(store::SESSION_OF_COOKIE, args![hash])
            .await?;
        let Some(row) = found else {
            return Ok(None);
        };
        let expires_at = Timestamp(row.expires_at);
        if self
            .lifetimes
            .browser_end(Timestamp(row.last_used_at), expires_at)
            <= now
        {
            return Ok(None);
        }
        self.db
            .execute(store::USE_SESSION, args![row.id, now])
            .await?;
        let (org, id) = (OrgId(row.org), UserId(row.user_id));
        let Some(user) = users::active_user(&self.db, org, id).await? else {
            return Ok(None);
        };
        let principal = Principal {
            authenticated_at: row.authenticated_at.map(Timestamp),
            second_factor_at: row.second_factor_at.map(Timestamp),
            second_factors: user.second_factors,
            ..Principal::of_session(org, id, user.role, SessionId(row.id))
        };
        Ok(Some(Verified {
            principal: self.second_factor_policy(principal),
            expires_at: now.plus(REMEMBERED).min(expires_at),
        }))
    }

    /// Ends the session that a browser had before it logged in anew, if it had one.
    pub(crate) async fn end_former_session(
        &self,
        headers: &HeaderMap,
        client: &Client,
    ) -> Result<(), Error> {
        let Some(secret) = self.cookies.secret(headers) else {
            return Ok(());
        };
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let args = args![token::hash(secret), now];
        let ended = tx
            .fetch_optional::<(Uuid, i64, Uuid)>(store::REVOKE_SESSION_OF_COOKIE, args)
            .await?;
        let Some((session, org, user)) = ended else {
            return Ok(());
        };
        let (session, user) = (SessionId(session), UserId(user));
        let actor = Actor::User(user, None);
        let ended = Entry::done(OrgId(org), Act::SessionEnded, actor, Some(client)).to(session);
        audit::record(&mut tx, now, &ended).await?;
        tx.commit().await?;
        self.forget_session(session, now);
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
        let args = args![session.id.uuid(), token::hash(&secret)];
        tx.execute(store::SET_COOKIE, args).await?;
        let lasts = session.expires_at.micros() - now.micros();
        Ok(BrowserSession {
            secret,
            max_age_s: lasts / SECOND,
        })
    }
}
