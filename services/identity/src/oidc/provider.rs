//! A provider of OpenID Connect on the wire: discovery, the address to send a browser to, the
//! exchange of what the browser brings back, and what else it is asked for. It decides about nobody
//! and stores nothing but the provider's keys.

mod id_token;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreJsonWebKey, CoreJsonWebKeySet,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AsyncHttpClient, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse,
    IdToken, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadata, RedirectUrl, RequestTokenError, Scope, StandardErrorResponse,
    StandardTokenResponse, TokenResponse, UserInfoUrl,
};
use reqwest::redirect;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use values::{SECOND, Timestamp};

use crate::config::Config;
use crate::oidc::policy::{Claims, ProviderConfig, is_safe};
use crate::passwords::queue::FairQueue;
use crate::start_error::StartError;
use id_token::{Expected, Rejected};

/// No answer of a provider is longer.
const MAX_ANSWER_BYTES: usize = 256 * 1024;
/// How long a provider's metadata and keys are used.
const KEEP_METADATA: i64 = 3_600 * SECOND;
/// How soon they are read again when a token names a key that is not among them.
const READ_KEYS_AGAIN: i64 = 30 * SECOND;
/// How long a provider that did not answer is not asked again, so that nobody queues up behind its
/// time-outs.
const REST: i64 = 5 * SECOND;
/// How many answers are asked for at once, and how many browsers wait for that: the provider may be
/// slow, and anybody can bring a code.
const ASKED_AT_ONCE: u32 = 16;
const WAITING: u32 = 64;

type Metadata = ProviderMetadata<
    Extensions,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;
type Tokens = StandardTokenResponse<IdTokenText, CoreTokenType>;
type Client = openidconnect::Client<
    AnyClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What else the metadata say.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Extensions {
    /// Whether the provider names itself in its answers (RFC 9207).
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl openidconnect::AdditionalProviderMetadata for Extensions {}

/// The signed answer as it was sent. The library would read its claims at once, and refuse all of
/// them for one that has another form than it knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct IdTokenText {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdTokenText {}

/// Claims that the library does not read.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct AnyClaims {}

impl openidconnect::AdditionalClaims for AnyClaims {}

type UnreadToken =
    IdToken<AnyClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

impl
    TokenResponse<
        AnyClaims,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    > for Tokens
{
    fn id_token(&self) -> Option<&UnreadToken> {
        None
    }
}

/// Why a provider's answer is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// It does not answer, or not what OpenID Connect says.
    #[error("the provider cannot be used: {0}")]
    Unavailable(String),
    /// It refuses the code, or what it answers does not hold.
    #[error("the provider's answer does not hold: {0}")]
    Refused(String),
}

/// What a sign-in keeps to itself until the browser comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Secrets {
    /// Must be in the signed answer.
    pub(crate) nonce: String,
    /// Shows at the exchange that it was begun here (RFC 7636).
    pub(crate) verifier: String,
}

/// A provider of the settings.
pub(crate) struct Provider {
    pub(crate) name: String,
    pub(crate) config: ProviderConfig,
    issuer: IssuerUrl,
    redirect: RedirectUrl,
    http: Http,
    known: Mutex<Known>,
    /// Whose code is exchanged next.
    pub(crate) turns: FairQueue,
}

/// What was last read of a provider.
#[derive(Default)]
struct Known {
    client: Option<(Read, Timestamp)>,
    failed_at: Option<Timestamp>,
}

#[derive(Clone)]
struct Read {
    client: Client,
    keys: CoreJsonWebKeySet,
    user_info: Option<UserInfoUrl>,
    names_itself: bool,
}

/// The providers of the settings.
pub(crate) fn providers(config: &Config) -> Result<BTreeMap<String, Provider>, StartError> {
    let made = config.oidc.iter().map(|(name, settings)| {
        let provider = Provider::new(name, settings.checked(name)?, &config.public_url)?;
        Ok((name.clone(), provider))
    });
    made.collect()
}

impl Provider {
    /// A provider that was checked. Nothing is asked of it yet.
    pub(crate) fn new(
        name: &str,
        config: ProviderConfig,
        public_url: &str,
    ) -> Result<Self, StartError> {
        let unusable = |problem| StartError::Provider {
            provider: name.to_owned(),
            problem,
        };
        let redirect = format!("{public_url}/api/v1/auth/oauth/{name}/callback");
        Ok(Self {
            name: name.to_owned(),
            issuer: IssuerUrl::new(config.issuer.clone())
                .map_err(|_| unusable("issuer is no address"))?,
            redirect: RedirectUrl::new(redirect)
                .map_err(|_| unusable("identity.public_url is no address"))?,
            http: Http::new(&config).ok_or(unusable(
                "no HTTP client can be made: are there root certificates?",
            ))?,
            known: Mutex::default(),
            turns: FairQueue::new(ASKED_AT_ONCE, WAITING),
            config,
        })
    }

    /// Where to send the browser.
    pub(crate) async fn authorization_url(
        &self,
        state: &str,
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<String, Unusable> {
        let read = self.read(now, KEEP_METADATA).await?;
        let verifier = PkceCodeVerifier::new(secrets.verifier.clone());
        let (state, nonce) = (state.to_owned(), secrets.nonce.clone());
        let (url, _, _) = read
            .client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .add_scopes(self.config.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url.into())
    }

    /// Whether an answer that names `issuer` can be this provider's (RFC 9207): another's is a
    /// mix-up.
    pub(crate) async fn is_its_own(
        &self,
        issuer: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, Unusable> {
        Ok(match issuer {
            Some(issuer) => issuer == self.issuer.as_str(),
            None => !self.read(now, KEEP_METADATA).await?.names_itself,
        })
    }

    /// Exchanges a code for what the provider says of anyone who brought it, and checks all of it.
    pub(crate) async fn redeem(
        &self,
        code: &str,
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<Claims, Unusable> {
        let read = self.read(now, KEEP_METADATA).await?;
        let tokens = read
            .client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| Unusable::Unavailable(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(secrets.verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(refused_or_not)?;
        let token = tokens.extra_fields().id_token.as_deref();
        let token = token.ok_or_else(|| Unusable::Refused("there is no ID token".to_owned()))?;
        let expected = Expected {
            issuer: self.issuer.as_str(),
            client_id: &self.config.client_id,
            additional_audiences: &self.config.additional_audiences,
            nonce: &secrets.nonce,
            now,
        };
        let mut signed = id_token::verify(token, &read.keys, &expected);
        if signed == Err(Rejected::UnknownKey) {
            let again = self.read(now, READ_KEYS_AGAIN).await?;
            signed = id_token::verify(token, &again.keys, &expected);
        }
        let signed = signed.map_err(|error| Unusable::Refused(format!("ID token: {error}")))?;
        let mut claims = Claims::of(signed);
        let role_claim = &self.config.role_claim;
        let lacks_role = !role_claim.is_empty() && claims.find(role_claim).is_none();
        if let Some(url) = &read.user_info
            && (claims.email.is_none() || lacks_role)
        {
            let told = self.user_info(url, &tokens, &claims.subject).await?;
            claims.complete(told);
        }
        Ok(claims)
    }

    /// Asks for what the signed answer leaves out and is needed: many providers give e-mail and
    /// groups only so.
    async fn user_info(
        &self,
        url: &UserInfoUrl,
        tokens: &Tokens,
        subject: &str,
    ) -> Result<Claims, Unusable> {
        let refused = |problem: &str| Unusable::Refused(format!("userinfo: {problem}"));
        let bearer = format!("Bearer {}", tokens.access_token().secret());
        let request = openidconnect::http::Request::get(url.as_str())
            .header("accept", "application/json")
            .header("authorization", bearer)
            .body(Vec::new())
            .map_err(|_| refused("no request can be made of the access token"))?;
        let answer = self.http.ask(request).await;
        let answer = answer.map_err(|error| Unusable::Unavailable(chain(&error)))?;
        if !answer.status().is_success() {
            return Err(refused(answer.status().as_str()));
        }
        let told: Map<String, Value> =
            serde_json::from_slice(answer.body()).map_err(|_| refused("no JSON object"))?;
        let told = Claims::of(told);
        // The subject must be the signed one (section 5.3.2).
        if told.subject == subject {
            Ok(told)
        } else {
            Err(refused("`sub` is somebody else"))
        }
    }

    /// The provider's metadata and keys, not older than this.
    async fn read(&self, now: Timestamp, not_older_than: i64) -> Result<Read, Unusable> {
        let mut known = self.known.lock().await;
        if let Some((read, at)) = &known.client
            && now < at.plus(not_older_than)
        {
            return Ok(read.clone());
        }
        if known.failed_at.is_some_and(|at| now < at.plus(REST)) {
            return Err(Unusable::Unavailable(
                "it did not answer a moment ago".to_owned(),
            ));
        }
        match self.discover().await {
            Ok(read) => {
                known.client = Some((read.clone(), now));
                known.failed_at = None;
                Ok(read)
            }
            Err(error) => {
                known.failed_at = Some(now);
                Err(error)
            }
        }
    }

    async fn discover(&self) -> Result<Read, Unusable> {
        let metadata = Metadata::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| Unusable::Unavailable(chain(&error)))?;
        if !is_safe(metadata.authorization_endpoint().url()) || metadata.token_endpoint().is_none()
        {
            let problem = "an endpoint is missing, or not https://".to_owned();
            return Err(Unusable::Unavailable(problem));
        }
        let names_itself = metadata
            .additional_metadata()
            .authorization_response_iss_parameter_supported;
        let keys = metadata.jwks().clone();
        let user_info = metadata.userinfo_endpoint().cloned();
        let client = Client::from_provider_metadata(
            metadata,
            ClientId::new(self.config.client_id.clone()),
            self.config.secret().map(ClientSecret::new),
        )
        .set_redirect_uri(self.redirect.clone());
        Ok(Read {
            client,
            keys,
            user_info,
            names_itself,
        })
    }
}

type TokenError = RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>;

fn refused_or_not(error: TokenError) -> Unusable {
    match error {
        RequestTokenError::ServerResponse(said) => Unusable::Refused(said.error().to_string()),
        // What it sent is not shown: it may hold tokens.
        RequestTokenError::Parse(error, _) => {
            Unusable::Unavailable(format!("garbled at {}", error.path()))
        }
        other => Unusable::Unavailable(chain(&other)),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// Requests to a provider: no redirects, no proxy, bounded in time and size.
struct Http(reqwest::Client);

/// Why a provider could not be asked.
#[derive(Debug, thiserror::Error)]
enum HttpError {
    #[error(transparent)]
    Failed(#[from] reqwest::Error),
    #[error("its answer is no HTTP")]
    Form(#[from] openidconnect::http::Error),
    #[error("it names an endpoint that is not https://")]
    Unsafe,
    #[error("its answer is longer than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
}

impl Http {
    fn new(config: &ProviderConfig) -> Option<Self> {
        let timeout = Duration::from_millis(config.timeout_ms);
        let builder = reqwest::Client::builder()
            .user_agent(concat!("payflow/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            // The way to the provider is in the settings, not in somebody's environment.
            .no_proxy()
            .connect_timeout(timeout)
            .timeout(timeout);
        let builder = if config.issuer.starts_with("https://") {
            builder.https_only(true)
        } else {
            // Loopback without TLS needs no root certificates, and this machine may have none.
            builder.tls_certs_only([])
        };
        builder.build().ok().map(Self)
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        // It is the provider that names its endpoints.
        if !is_safe(request.url()) {
            return Err(HttpError::Unsafe);
        }
        let mut response = self.0.execute(request).await?;
        let mut answer = openidconnect::http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(HttpError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(answer.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}
