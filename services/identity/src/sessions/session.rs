//! Sessions: a login on one device and the family of refresh tokens that keeps it alive. Pure:
//! decides, stores nothing.
//!
//! A refresh token is good for one use (rotation). A second use means that two parties hold the
//! token, and nobody can tell which of them is the owner, so the session ends for both (RFC 9700,
//! section 4.14.2). One second use is none: the same device asks again within seconds, and nobody
//! has used what it was answered. Then the answer was lost, or two windows asked at once, and the
//! same successor is answered again.

use contracts::identity::{Factor, OrgId, SessionId, UserId};
use serde::Serialize;
use values::Timestamp;

use crate::clock_watch::latest_made;

/// A way to show who one is, by its name in tokens and in the database (RFC 8176).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Method {
    /// A password.
    #[serde(rename = "pwd")]
    Password,
    /// A provider of OpenID Connect vouched for them. RFC 8176 has no name for it; others use this
    /// one.
    #[serde(rename = "fed")]
    Federated,
    /// A code that is good once: of an app, or a recovery code.
    #[serde(rename = "otp")]
    OneTimeCode,
    /// A key that somebody holds: a passkey.
    #[serde(rename = "pop")]
    HeldKey,
}

impl Method {
    /// All methods.
    pub const ALL: [Self; 4] = [
        Self::Password,
        Self::Federated,
        Self::OneTimeCode,
        Self::HeldKey,
    ];

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Federated => "fed",
            Self::OneTimeCode => "otp",
            Self::HeldKey => "pop",
        }
    }
}

impl From<Factor> for Method {
    fn from(factor: Factor) -> Self {
        match factor {
            Factor::Password => Self::Password,
            Factor::Totp | Factor::RecoveryCode => Self::OneTimeCode,
            Factor::Passkey => Self::HeldKey,
        }
    }
}

/// How somebody showed who they are when their session began, and since. Empty for tools that run
/// beside the server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proof {
    /// The methods.
    pub methods: Vec<Method>,
    /// When they last showed a second factor.
    pub second_factor_at: Option<Timestamp>,
}

impl Proof {
    /// A password and no more.
    #[must_use]
    pub fn by_password() -> Self {
        Self {
            methods: vec![Method::Password],
            second_factor_at: None,
        }
    }

    /// The word of a provider and no more.
    #[must_use]
    pub fn by_provider() -> Self {
        Self {
            methods: vec![Method::Federated],
            second_factor_at: None,
        }
    }

    /// The same, and a factor that is shown now.
    #[must_use]
    pub fn with(mut self, factor: Factor, now: Timestamp) -> Self {
        let method = Method::from(factor);
        if !self.methods.contains(&method) {
            self.methods.push(method);
        }
        if factor != Factor::Password {
            self.second_factor_at = Some(now);
        }
        self
    }

    /// The methods as the database keeps them: names with spaces between.
    #[must_use]
    pub fn names(&self) -> String {
        let names: Vec<_> = self.methods.iter().map(|method| method.as_str()).collect();
        names.join(" ")
    }

    /// The methods behind names of the database.
    #[must_use]
    pub fn from_names(names: &str, second_factor_at: Option<Timestamp>) -> Option<Self> {
        let method = |name: &str| {
            Method::ALL
                .into_iter()
                .find(|method| method.as_str() == name)
        };
        let methods: Option<Vec<_>> = names.split_ascii_whitespace().map(method).collect();
        methods.map(|methods| Self {
            methods,
            second_factor_at,
        })
    }
}

/// What a client holds to show that a session is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// An access token and a refresh token.
    Tokens,
    /// A cookie: browsers.
    Cookie,
}

impl Carrier {
    /// The name, as the database has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Cookie => "cookie",
        }
    }

    /// The carrier of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Tokens, Self::Cookie]
            .into_iter()
            .find(|carrier| carrier.as_str() == name)
    }
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The id.
    pub id: SessionId,
    /// The organisation.
    pub org: OrgId,
    /// Who logged in.
    pub user: UserId,
    /// How they showed that it is them.
    pub proof: Proof,
    /// When they last did; never, where a tool began the session.
    pub authenticated_at: Option<Timestamp>,
    /// When.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Timestamp,
    /// When it ends, however often it was refreshed.
    pub expires_at: Timestamp,
    /// When it was ended: by a logout, or because a refresh token was used twice.
    pub revoked_at: Option<Timestamp>,
}

/// How long things live, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// An access token.
    pub access: i64,
    /// A refresh token that is not used.
    pub refresh: i64,
    /// A session with tokens.
    pub session: i64,
    /// A browser's session.
    pub browser: i64,
    /// A browser's session that is not used.
    pub browser_idle: i64,
    /// How long a refresh token that was used may be sent again by the same device.
    pub reuse_leeway: i64,
}

impl Lifetimes {
    /// When a browser's session ends that is used no more.
    #[must_use]
    pub fn browser_end(self, last_used_at: Timestamp, expires_at: Timestamp) -> Timestamp {
        last_used_at.plus(self.browser_idle).min(expires_at)
    }
}

/// A session in its user's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedSession {
    pub(crate) id: SessionId,
    /// Where it began.
    pub(crate) address: Option<String>,
    /// What the device called itself.
    pub(crate) user_agent: Option<String>,
    /// Whether it is a browser's.
    pub(crate) has_cookie: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// What is known of a refresh token that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentRefreshToken {
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends unused.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// Whether the device that has used it sends it again, and its successor is not used.
    pub repeatable: bool,
}

/// What to do with a refresh token that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// Exchange it for a new one.
    Rotate,
    /// The answer was lost: give the same successor again.
    Repeat,
    /// It was used before: end the session.
    Reused,
    /// It, or its session, has ended: refuse and change nothing.
    Ended,
}

impl Session {
    /// A login now.
    #[must_use]
    pub fn begin(
        id: SessionId,
        org: OrgId,
        user: UserId,
        proof: Proof,
        carrier: Carrier,
        lifetimes: Lifetimes,
        now: Timestamp,
    ) -> Self {
        let lifetime = match carrier {
            Carrier::Tokens => lifetimes.session,
            Carrier::Cookie => lifetimes.browser,
        };
        Self {
            id,
            org,
            user,
            authenticated_at: (!proof.methods.is_empty()).then_some(now),
            proof,
            created_at: now,
            last_used_at: now,
            expires_at: now.plus(lifetime),
            revoked_at: None,
        }
    }

    /// The same session, in which a factor is shown now.
    #[must_use]
    pub fn stepped_up(self, factor: Factor, now: Timestamp) -> Self {
        Self {
            proof: self.proof.with(factor, now),
            authenticated_at: Some(now),
            ..self
        }
    }

    /// Whether it has begun, by a clock that may be ahead of this one, and has not expired.
    pub(crate) fn lasts(&self, now: Timestamp) -> bool {
        self.created_at <= latest_made(now) && now < self.expires_at
    }

    /// Decides about a refresh token of this session.
    #[must_use]
    pub fn rotate(
        &self,
        token: SentRefreshToken,
        lifetimes: Lifetimes,
        now: Timestamp,
    ) -> Rotation {
        if self.revoked_at.is_some() || !self.lasts(now) {
            Rotation::Ended
        } else if let Some(used_at) = token.used_at {
            let leeway = lifetimes.reuse_leeway;
            if token.repeatable && leeway > 0 && now < used_at.plus(leeway) {
                Rotation::Repeat
            } else {
                Rotation::Reused
            }
        } else if token.expires_at <= now || token.created_at > latest_made(now) {
            Rotation::Ended
        } else {
            Rotation::Rotate
        }
    }

    /// When a refresh token made now ends: never after its session.
    #[must_use]
    pub fn refresh_expiry(&self, lifetimes: Lifetimes, now: Timestamp) -> Timestamp {
        now.plus(lifetimes.refresh).min(self.expires_at)
    }

    /// When an access token made now ends: never after its session.
    #[must_use]
    pub fn access_expiry(&self, lifetimes: Lifetimes, now: Timestamp) -> Timestamp {
        now.plus(lifetimes.access).min(self.expires_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const LIFETIMES: Lifetimes = Lifetimes {
        access: 10,
        refresh: 100,
        session: 1_000,
        browser: 500,
        browser_idle: 50,
        reuse_leeway: 10,
    };
    const START: Timestamp = Timestamp(5_000);

    fn session() -> Session {
        begun(Carrier::Tokens)
    }

    fn begun(carrier: Carrier) -> Session {
        let (id, user) = (SessionId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        Session::begin(
            id,
            OrgId::DEFAULT,
            user,
            Proof::by_password(),
            carrier,
            LIFETIMES,
            START,
        )
    }

    fn unused(session: &Session) -> SentRefreshToken {
        SentRefreshToken {
            created_at: session.created_at,
            expires_at: session.refresh_expiry(LIFETIMES, START),
            used_at: None,
            repeatable: false,
        }
    }

    fn decided(session: &Session, token: SentRefreshToken, now: Timestamp) -> Rotation {
        session.rotate(token, LIFETIMES, now)
    }

    #[test]
    fn an_unused_token_is_rotated_until_it_expires() {
        let session = session();
        let token = unused(&session);
        assert_eq!(decided(&session, token, START), Rotation::Rotate);
        assert_eq!(decided(&session, token, START.plus(99)), Rotation::Rotate);
        assert_eq!(decided(&session, token, START.plus(100)), Rotation::Ended);
    }

    #[test]
    fn a_used_token_ends_the_session_even_when_it_has_expired() {
        let session = session();
        let token = SentRefreshToken {
            used_at: Some(START),
            ..unused(&session)
        };
        assert_eq!(decided(&session, token, START.plus(1)), Rotation::Reused);
        assert_eq!(decided(&session, token, START.plus(101)), Rotation::Reused);
    }

    #[test]
    fn a_used_token_is_answered_again_for_a_moment_where_that_tells_nobody_more() {
        let session = session();
        let lost = SentRefreshToken {
            used_at: Some(START),
            repeatable: true,
            ..unused(&session)
        };
        // The clock of another node may be behind.
        for (at, expected) in [
            (-1, Rotation::Repeat),
            (0, Rotation::Repeat),
            (9, Rotation::Repeat),
            (10, Rotation::Reused),
        ] {
            assert_eq!(decided(&session, lost, START.plus(at)), expected, "{at}");
        }
        let never = Lifetimes {
            reuse_leeway: 0,
            ..LIFETIMES
        };
        assert_eq!(session.rotate(lost, never, START), Rotation::Reused);
        let mut ended = session;
        ended.revoked_at = Some(START);
        assert_eq!(decided(&ended, lost, START), Rotation::Ended);
    }

    #[test]
    fn nothing_is_rotated_in_a_session_that_has_ended() {
        let mut session = session();
        let (token, used) = (
            unused(&session),
            SentRefreshToken {
                used_at: Some(START),
                ..unused(&session)
            },
        );
        assert_eq!(decided(&session, used, session.expires_at), Rotation::Ended);
        session.revoked_at = Some(START);
        assert_eq!(decided(&session, token, START.plus(1)), Rotation::Ended);
        assert_eq!(decided(&session, used, START.plus(1)), Rotation::Ended);
    }

    #[test]
    fn a_factor_that_is_shown_again_is_fresh_and_a_password_is_no_second_one() {
        let later = START.plus(7);
        let again = session().stepped_up(Factor::Password, later);
        assert_eq!(
            (again.authenticated_at, again.proof.second_factor_at),
            (Some(later), None)
        );
        assert_eq!(again.proof.names(), "pwd");
        let coded = session()
            .stepped_up(Factor::Totp, START)
            .stepped_up(Factor::RecoveryCode, later);
        assert_eq!(
            (coded.authenticated_at, coded.proof.second_factor_at),
            (Some(later), Some(later))
        );
        assert_eq!(coded.proof.names(), "pwd otp");
        assert_eq!(
            coded.stepped_up(Factor::Passkey, later).proof.names(),
            "pwd otp pop"
        );
    }

    #[test]
    fn a_proof_is_kept_by_the_names_of_its_methods() {
        let at = Some(START);
        for (names, methods) in [("", vec![]), ("pwd", vec![Method::Password])] {
            let proof = Proof::from_names(names, at).unwrap();
            assert_eq!((&proof.methods, proof.second_factor_at), (&methods, at));
            assert_eq!(proof.names(), names);
        }
        assert_eq!(Proof::from_names("pwd magic", None), None);
    }

    #[test]
    fn the_names_in_tokens_and_in_the_database_are_the_same() {
        for method in Method::ALL {
            assert_eq!(serde_json::to_value(method).unwrap(), method.as_str());
        }
    }

    #[test]
    fn a_browsers_session_ends_when_it_is_not_used_and_when_it_is_old() {
        let expires_at = begun(Carrier::Cookie).expires_at;
        assert_eq!(expires_at, START.plus(500));
        let end = |used: i64| LIFETIMES.browser_end(START.plus(used), expires_at);
        assert_eq!(end(0), START.plus(50));
        assert_eq!(end(449), START.plus(499));
        assert_eq!(end(499), expires_at);
    }

    #[test]
    fn no_token_outlives_its_session() {
        let session = session();
        let late = session.expires_at.plus(-5);
        assert_eq!(session.access_expiry(LIFETIMES, START), START.plus(10));
        assert_eq!(session.access_expiry(LIFETIMES, late), session.expires_at);
        assert_eq!(session.refresh_expiry(LIFETIMES, late), session.expires_at);
    }

    #[test]
    fn what_a_clock_that_was_ahead_has_made_is_not_good() {
        let session = session();
        let ahead = START.plus(-600 * values::SECOND);
        assert_eq!(decided(&session, unused(&session), ahead), Rotation::Rotate);
        let now = ahead.plus(-1);
        assert_eq!(decided(&session, unused(&session), now), Rotation::Ended);
        let token = SentRefreshToken {
            created_at: START.plus(600 * values::SECOND + 1),
            ..unused(&session)
        };
        assert_eq!(decided(&session, token, START), Rotation::Ended);
    }
}
