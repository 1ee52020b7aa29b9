//! What several endpoints answer.

use contracts::identity::{Role, UserId};
use platform::clock::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::LoggedIn;
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

/// A user who has just logged in, and the tokens of the new session.
#[derive(Serialize, ToSchema)]
#[schema(as = LoggedIn)]
pub(crate) struct LoggedInBody {
    user: UserBody,
    #[serde(flatten)]
    tokens: TokensBody,
}

impl From<LoggedIn> for LoggedInBody {
    fn from(done: LoggedIn) -> Self {
        Self {
            user: done.user.into(),
            tokens: done.tokens.into(),
        }
    }
}
