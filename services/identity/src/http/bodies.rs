//! What several endpoints answer.

use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use contracts::identity::{ApiKeyId, Factor, Permission, Role, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::Timestamp;
use web::problem::Problem;

use crate::accounts::managed_user::ManagedUser;
use crate::accounts::preferences::{Density, Preferences, Theme};
use crate::accounts::user::User;
use crate::api_keys::api_key::ApiKey;
use crate::http::docs::scopes_schema;
use crate::login::LoggedIn;
use crate::login::second_step::{PendingSignIn, SignIn};
use crate::organisations::organisation::Organisation;
use crate::service::Service;
use crate::sessions::Credentials;
use crate::sessions::browser::BrowserSession;
use crate::sessions::session::Carrier;
use crate::sessions::token::TokenPair;

/// A user, as they see themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserBody {
    id: UserId,
    /// As it was given; compared without case.
    #[schema(example = "ann@example.com")]
    email: String,
    #[schema(example = "Ann Example")]
    name: String,
    role: Role,
    /// Whether the user has shown that the e-mail is theirs.
    email_verified: bool,
    /// Whether a login needs a second factor.
    two_factor_enabled: bool,
    /// How far the check of who the user is has come; `none` before it began.
    #[schema(example = "none")]
    kyc_status: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            name: user.name,
            role: user.role,
            email_verified: user.email_verified,
            two_factor_enabled: user.second_factors.has_second(),
            kyc_status: user.kyc_status,
            created_at: user.created_at,
        }
    }
}

/// A user, as operators and administrators see them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ManagedUser)]
pub(crate) struct ManagedUserBody {
    #[serde(flatten)]
    user: UserBody,
    /// `active`, or `suspended`: may not log in.
    #[schema(example = "active")]
    status: &'static str,
    /// Why they are suspended, where they are.
    status_reason: Option<String>,
}

impl From<ManagedUser> for ManagedUserBody {
    fn from(managed: ManagedUser) -> Self {
        Self {
            status: managed.user.status.as_str(),
            user: managed.user.into(),
            status_reason: managed.status_reason,
        }
    }
}

/// An API key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct ApiKeyBody {
    #[schema(inline)]
    id: ApiKeyId,
    #[schema(example = "nightly reports")]
    name: String,
    /// How the key begins.
    #[schema(example = "payflow_sk_3kTz0Q")]
    begins_with: String,
    #[schema(schema_with = scopes_schema)]
    scopes: Vec<&'static str>,
    /// From where it may be used: ranges of addresses. Empty: from anywhere.
    addresses: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it ends by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

impl From<ApiKey> for ApiKeyBody {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            begins_with: key.shown,
            scopes: key.scopes.iter().map(Permission::as_str).collect(),
            addresses: key.addresses.iter().map(ToString::to_string).collect(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organisation)]
pub(crate) struct OrganisationBody {
    /// What its users give as `organisation` when they log in.
    #[schema(example = "acme")]
    slug: String,
    #[schema(example = "Acme Payments")]
    name: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Organisation> for OrganisationBody {
    fn from(organisation: Organisation) -> Self {
        Self {
            slug: organisation.slug,
            name: organisation.name,
            created_at: organisation.created_at,
        }
    }
}

/// The tokens of a session.
#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
pub(crate) struct TokensBody {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Good for one refresh. Sent a second time it ends the session.
    refresh_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds that the access token lives.
    #[schema(example = 900, minimum = 0)]
    expires_in: i64,
}

impl From<TokenPair> for TokensBody {
    fn from(tokens: TokenPair) -> Self {
        Self {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            token_type: "Bearer",
            expires_in: tokens.expires_in,
        }
    }
}

/// What a client shows the new session by.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionKind {
    /// Tokens in the body.
    #[default]
    Tokens,
    /// A cookie: for browsers. Requests that change something then carry `csrf_token` as the header
    /// `X-CSRF-Token`.
    Cookie,
}

impl From<SessionKind> for Carrier {
    fn from(kind: SessionKind) -> Self {
        match kind {
            SessionKind::Tokens => Self::Tokens,
            SessionKind::Cookie => Self::Cookie,
        }
    }
}

/// A user who has just logged in, and the tokens of the new session.
#[derive(Serialize, ToSchema)]
#[schema(as = LoggedIn)]
pub(crate) struct LoggedInBody {
    user: UserBody,
    #[serde(flatten)]
    tokens: TokensBody,
}

/// A user who has just logged in with a browser; the session is in a cookie that scripts cannot
/// read.
#[derive(Serialize, ToSchema)]
#[schema(as = LoggedInBrowser)]
pub(crate) struct LoggedInBrowserBody {
    user: UserBody,
    /// What requests that change something carry as the header `X-CSRF-Token`; also in the cookie
    /// `payflow_csrf`.
    csrf_token: String,
}

/// Who has logged in: with tokens, or with a cookie where that was asked for.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = LogInAnswer)]
pub(crate) enum LogInAnswer {
    Tokens(LoggedInBody),
    Cookie(LoggedInBrowserBody),
}

/// The headers that set the cookies of a browser; none for other clients.
pub(crate) type SetCookies = AppendHeaders<Vec<(HeaderName, HeaderValue)>>;

/// The headers that set the cookies of a browser's session.
pub(crate) fn set_cookies(
    service: &Service,
    session: &BrowserSession,
) -> Result<SetCookies, Problem> {
    let set = service.cookies_of(session)?.map(|one| (SET_COOKIE, one));
    Ok(AppendHeaders(set.into()))
}

fn log_in_answer(service: &Service, done: LoggedIn) -> Result<(SetCookies, LogInAnswer), Problem> {
    let user = done.user.into();
    Ok(match done.credentials {
        Credentials::Tokens(tokens) => {
            let tokens = tokens.into();
            let body = LogInAnswer::Tokens(LoggedInBody { user, tokens });
            (AppendHeaders(vec![]), body)
        }
        Credentials::Cookie(session) => {
            let csrf_token = session.csrf_token();
            let body = LogInAnswer::Cookie(LoggedInBrowserBody { user, csrf_token });
            (set_cookies(service, &session)?, body)
        }
    })
}

/// The answer to anyone who has just logged in, on this status.
pub(crate) fn logged_in(
    status: StatusCode,
    service: &Service,
    done: LoggedIn,
) -> Result<Response, Problem> {
    let (cookies, body) = log_in_answer(service, done)?;
    Ok((status, cookies, axum::Json(body)).into_response())
}

/// The answer to anyone who has shown a first factor.
pub(crate) fn signed_in(service: &Service, led: SignIn) -> Result<Response, Problem> {
    let (cookies, body) = match led {
        SignIn::Done(done) => {
            let (cookies, body) = log_in_answer(service, done)?;
            (cookies, SignInBody::LoggedIn(body))
        }
        SignIn::Pending(PendingSignIn { mfa_token, methods }) => {
            let body = PendingBody {
                mfa_required: true,
                mfa_token,
                methods: methods.iter().collect(),
            };
            (AppendHeaders(vec![]), SignInBody::Pending(body))
        }
    };
    Ok((cookies, axum::Json(body)).into_response())
}

/// That a mail was sent, perhaps, and what to do.
#[derive(Serialize, ToSchema)]
#[schema(as = MailSent)]
pub(crate) struct MailSentBody {
    #[schema(example = "check_your_email")]
    pub(crate) status: &'static str,
}

/// How a user likes the console.
#[derive(Serialize, ToSchema)]
#[schema(as = Preferences)]
pub(crate) struct PreferencesBody {
    theme: Theme,
    density: Density,
    notifications_enabled: bool,
    /// A language tag (BCP 47).
    #[schema(example = "en-GB")]
    locale: String,
    /// A name of the IANA time zone database.
    #[schema(example = "Europe/Berlin")]
    timezone: String,
}

impl From<Preferences> for PreferencesBody {
    fn from(preferences: Preferences) -> Self {
        Self {
            theme: preferences.theme,
            density: preferences.density,
            notifications_enabled: preferences.notifications_enabled,
            locale: preferences.locale,
            timezone: preferences.timezone,
        }
    }
}

/// What a first factor leads to.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = SignIn)]
pub(crate) enum SignInBody {
    /// A session, for users without a second factor.
    LoggedIn(LogInAnswer),
    /// The question for a second factor.
    Pending(PendingBody),
}

/// A sign-in that waits for a second factor.
#[derive(Serialize, ToSchema)]
#[schema(as = PendingSignIn)]
pub(crate) struct PendingBody {
    /// Always true.
    mfa_required: bool,
    /// Send it with the factor to `/api/v1/auth/mfa`, within five minutes.
    mfa_token: String,
    /// The factors that would do.
    methods: Vec<Factor>,
}
