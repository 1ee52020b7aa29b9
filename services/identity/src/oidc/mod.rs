//! Signing in with others: a browser is sent to a provider and comes back with a code, for which
//! the provider says who it is. What becomes of that one is a matter of `callback.rs`.

pub(crate) mod callback;
pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod links;
pub(crate) mod policy;
pub(crate) mod provider;
pub(crate) mod return_to;
pub(crate) mod store;

use contracts::identity::{OrgId, UserId};
use serde::{Deserialize, Serialize};
use values::SECOND;
use web::client::Client;

pub(crate) use callback::Completed;
pub(crate) use links::LinkedAccount;

use crate::accounts::user::User;
use crate::audit::{Actor, AuditAction, Entry};
use crate::clock_watch::latest_made;
use crate::fault::Fault;
use crate::oidc::error::ProviderError;
use crate::oidc::policy::Claims;
use crate::oidc::provider::{Provider, Secrets, Unusable};
use crate::oidc::store::StoredAttempt;
use crate::service::Service;
use crate::sessions::session::Carrier;
use crate::sessions::token;
use vault::SealContext;

/// How long a sign-in at the provider may take.
const ATTEMPT_LIFETIME: i64 = 600 * SECOND;
/// The length of a SHA-256 in base64url.
const CHALLENGE_CHARS: usize = 43;

/// Where the browser shall be sent afterwards, and who may take the code that it brings.
#[derive(Debug, Clone)]
pub(crate) struct SignInOptions {
    pub(crate) return_to: Option<String>,
    pub(crate) code_challenge: Option<String>,
    /// What the browser, or the app, shows the session by.
    pub(crate) carrier: Carrier,
}

/// A sign-in that has begun.
pub(crate) struct BegunSignIn {
    /// Where to send the browser.
    pub(crate) url: String,
    /// What the provider sends back with it.
    pub(crate) state: String,
    /// What the browser keeps, to show that it is the same when it comes back.
    pub(crate) browser: String,
}

/// What a browser brings back from a provider.
pub(crate) struct ProviderAnswer {
    pub(crate) state: String,
    pub(crate) code: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) issuer: Option<String>,
    /// What it kept.
    pub(crate) browser: Option<String>,
}

/// A sign-in that was under way, as it is sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct AttemptData {
    secrets: Secrets,
    return_to: Option<String>,
    code_challenge: Option<String>,
    /// Whether the browser shall have a cookie.
    #[serde(default)]
    cookie: bool,
}

impl AttemptData {
    fn carrier(&self) -> Carrier {
        if self.cookie {
            Carrier::Cookie
        } else {
            Carrier::Tokens
        }
    }
}

pub(crate) struct Attempt {
    org: OrgId,
    /// Who wants to link, and the epoch of their credentials in which they asked.
    linking: Option<(UserId, i64)>,
    kept: AttemptData,
}

impl Service {
    /// The providers: name and label.
    pub(crate) fn providers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.providers
            .values()
            .map(|provider| (provider.name.as_str(), provider.config.label.as_str()))
    }

    /// Whether browsers reach this installation over TLS.
    pub(crate) fn is_behind_tls(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    pub(crate) fn provider(&self, name: &str) -> Result<&Provider, ProviderError> {
        self.providers
            .get(name)
            .ok_or_else(|| ProviderError::Unknown(name.to_owned()))
    }

    /// Begins a sign-in of anyone who comes back.
    pub(crate) async fn start_oauth(
        &self,
        provider: &str,
        wish: SignInOptions,
    ) -> Result<BegunSignIn, ProviderError> {
        let base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let well_formed = |text: &str| text.len() == CHALLENGE_CHARS && text.bytes().all(base64url);
        match (wish.carrier, &wish.return_to, &wish.code_challenge) {
            (Carrier::Tokens, None, None) | (Carrier::Cookie, _, None) => {}
            (Carrier::Tokens, Some(_), Some(challenge)) if well_formed(challenge) => {}
            _ => return Err(ProviderError::CodeChallenge),
        }
        self.begin(self.provider(provider)?, OrgId::DEFAULT, None, wish)
            .await
    }

    pub(crate) async fn begin(
        &self,
        provider: &Provider,
        org: OrgId,
        linking: Option<&User>,
        wish: SignInOptions,
    ) -> Result<BegunSignIn, ProviderError> {
        let resolve = |asked: &str| {
            return_to::resolve(asked, &self.public_url, &self.return_origins)
                .ok_or(ProviderError::ReturnTo)
        };
        let kept = AttemptData {
            secrets: Secrets {
                nonce: token::random("", &self.ids),
                verifier: token::random("", &self.ids),
            },
            return_to: wish.return_to.as_deref().map(resolve).transpose()?,
            code_challenge: wish.code_challenge,
            cookie: wish.carrier == Carrier::Cookie,
        };
        let (state, browser) = (token::random("", &self.ids), token::random("", &self.ids));
        let now = self.clock.now();
        let url = provider.authorization_url(&state, &kept.secrets, now).await;
        let url = url.map_err(|error| unusable(provider, error))?;
        let state_hash = token::hash(&state);
        let text = serde_json::to_vec(&kept).map_err(|_| Fault::Row("oauth_attempts.data"))?;
        let sealed = self
            .vault
            .seal(seal_context(&state_hash), &text)
            .map_err(Fault::from)?;
        let (at, lives) = (
            (org, provider.name.as_str()),
            (now, now.plus(ATTEMPT_LIFETIME)),
        );
        let browser_hash = token::hash(&browser);
        store::insert_attempt(
            &self.db,
            state_hash,
            at,
            browser_hash,
            linking,
            sealed,
            lives,
        )
        .await?;
        Ok(BegunSignIn {
            url,
            state,
            browser,
        })
    }

    /// Ends a sign-in with what the browser brought back. Where to send it, and what came of it, or
    /// why nothing did.
    ///
    /// # Errors
    /// [`ProviderError::SignInOver`] where this browser has no such sign-in under way: then it is
    /// sent nowhere. [`PasswordError::Busy`] where as many wait for a provider as may: the sign-in
    /// goes on when the browser tries again.
    pub(crate) async fn oauth_callback(
        &self,
        provider: &str,
        answer: &ProviderAnswer,
        client: &Client,
    ) -> Result<(Option<String>, Result<Completed, ProviderError>), ProviderError> {
        let provider = self.provider(provider)?;
        // Anybody can bring a code that is none, and the provider is asked what it is worth.
        let _turn = provider.turns.take(Some(client.network())).await?;
        let attempt = self.take_attempt(provider, answer).await?;
        let completed = match self.ask_provider(provider, &attempt, answer).await {
            Ok(claims) => self.complete(provider, &attempt, &claims, client).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &completed {
            self.record_refused_sign_in(attempt.org, &provider.name, error, client)
                .await?;
        }
        Ok((attempt.kept.return_to, completed))
    }

    /// Takes a sign-in out: it is good for one answer, whatever that is.
    async fn take_attempt(
        &self,
        provider: &Provider,
        answer: &ProviderAnswer,
    ) -> Result<Attempt, ProviderError> {
        let hash = token::hash(&answer.state);
        let mut tx = self.db.begin().await?;
        let stored = store::take_attempt(&mut tx, &hash, &provider.name).await?;
        tx.commit().await?;
        let now = self.clock.now();
        let same_browser = |stored: &StoredAttempt| {
            answer
                .browser
                .as_deref()
                .is_some_and(|kept| token::hash(kept) == stored.browser_hash)
        };
        let stored = stored
            .filter(|stored| {
                stored.created_at <= latest_made(now)
                    && now < stored.expires_at
                    && same_browser(stored)
            })
            .ok_or(ProviderError::SignInOver)?;
        let text = self
            .vault
            .open(seal_context(&hash), &stored.sealed)
            .map_err(Fault::from)?;
        Ok(Attempt {
            org: stored.org,
            linking: stored.linking,
            kept: serde_json::from_slice(&text).map_err(|_| Fault::Row("oauth_attempts.data"))?,
        })
    }

    /// Asks the provider who it is.
    async fn ask_provider(
        &self,
        provider: &Provider,
        attempt: &Attempt,
        answer: &ProviderAnswer,
    ) -> Result<Claims, ProviderError> {
        let now = self.clock.now();
        let asked = async {
            if !provider.is_its_own(answer.issuer.as_deref(), now).await? {
                return Err(Unusable::Refused("it is another provider's".to_owned()));
            }
            match &answer.code {
                Some(code) if answer.error.is_none() => provider
                    .redeem(code, &attempt.kept.secrets, now)
                    .await
                    .map(Some),
                _ => Ok(None),
            }
        };
        let claims = asked.await.map_err(|error| unusable(provider, error))?;
        claims.ok_or(ProviderError::SignInDenied)
    }

    /// In a transaction of its own: nothing else is written.
    async fn record_refused_sign_in(
        &self,
        org: OrgId,
        provider: &str,
        error: &ProviderError,
        client: &Client,
    ) -> Result<(), Fault> {
        let reason = match error {
            ProviderError::NotLetIn(refusal) => refusal.code(),
            ProviderError::SignInDenied => "sign_in_denied",
            ProviderError::SignInOver => "sign_in_over",
            ProviderError::SignInRefused => "sign_in_refused",
            // Nobody was refused.
            _ => return Ok(()),
        };
        let entry = Entry::refused(org, AuditAction::LoginFailed, Actor::Nobody, Some(client))
            .with("provider", provider)
            .with("reason", reason);
        self.record_alone(&entry).await
    }
}

/// What the provider did goes to the log; the browser learns which of the two it was.
fn unusable(provider: &Provider, error: Unusable) -> ProviderError {
    tracing::warn!(provider = provider.name, %error, "a sign-in with a provider failed");
    match error {
        Unusable::Unavailable(_) => ProviderError::Unavailable(provider.name.clone()),
        Unusable::Refused(_) => ProviderError::SignInRefused,
    }
}

fn seal_context(state_hash: &[u8]) -> SealContext<'_> {
    SealContext {
        what: "oauth_attempts.data",
        whose: state_hash,
    }
}
