//! What several endpoints answer.

use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use contracts::identity::{Role, UserId};
use platform::clock::Timestamp;
use platform::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::preferences::{Density, Preferences, Theme};
use crate::service::{Credentials, LoggedIn, Service};
use crate::session::Carrier;
use crate::token::TokenPair;
use crate::user::User;

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
            two_factor_enabled: user.two_factor_enabled,
            kyc_status: user.kyc_status,
            created_at: user.created_at,
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
    /// A cookie: for browsers. Requests that change something then carry `csrf_token` as the header `X-CSRF-Token`.
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

/// A user who has just logged in with a browser; the session is in a cookie that scripts cannot read.
#[derive(Serialize, ToSchema)]
#[schema(as = LoggedInBrowser)]
pub(crate) struct LoggedInBrowserBody {
    user: UserBody,
    /// What requests that change something carry as the header `X-CSRF-Token`; also in the cookie `payflow_csrf`.
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

/// The answer to whoever has just logged in, on this status.
pub(crate) fn logged_in(
    status: StatusCode,
    service: &Service,
    done: LoggedIn,
) -> Result<Response, Problem> {
    let user = done.user.into();
    Ok(match done.credentials {
        Credentials::Tokens(tokens) => {
            let tokens = tokens.into();
            let body = LogInAnswer::Tokens(LoggedInBody { user, tokens });
            (status, axum::Json(body)).into_response()
        }
        Credentials::Cookie(session) => {
            let set = service.cookies_of(&session)?.map(|one| (SET_COOKIE, one));
            let csrf_token = session.csrf_token();
            let body = LogInAnswer::Cookie(LoggedInBrowserBody { user, csrf_token });
            (status, AppendHeaders(set), axum::Json(body)).into_response()
        }
    })
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
