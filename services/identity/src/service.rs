//! Identity's use cases: load, decide (pure), save in one transaction. It hands out tokens and takes them back.

mod background;

use std::sync::{Arc, Mutex};

use contracts::identity::{KnownUser, OrgId, Principal, Role, SessionId, UserId};
use platform::args;
use platform::clock::{SharedClock, Timestamp};
use platform::db::{Db, DbError, Tx};
use platform::ids::Ids;
use secrecy::SecretString;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

pub use background::Background;

use crate::config::Config;
use crate::error::Error;
use crate::password::Passwords;
use crate::session::{Lifetimes, Rotation, Session};
use crate::token::{self, Keys, PublicKey, StoredKey, TokenPair};
use crate::user::{self, Email, NewUser, User, UserStatus};
use crate::verified::VerifiedTokens;
use crate::{http, store};

/// Verified tokens kept in memory: one generation of two, some 4 MB together when full.
const VERIFIED_TOKENS: usize = 10_000;

/// Identity: its store, its keys, and what it remembers of tokens.
pub struct Service {
    db: Db,
    clock: SharedClock,
    ids: Ids,
    lifetimes: Lifetimes,
    keys: Keys,
    passwords: Passwords,
    verified: VerifiedTokens,
    revocations_seen_at: Mutex<Timestamp>,
}

/// What is asked for when somebody registers themselves.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The e-mail, as typed.
    pub email: String,
    /// The name, as typed.
    pub name: String,
    /// The password.
    pub password: SecretString,
}

/// A user who has just logged in, and their tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// Who.
    pub user: User,
    /// The tokens of the new session.
    pub tokens: TokenPair,
}

impl Service {
    /// Opens identity on its tables: makes the first signing key where there is none, and learns which sessions have ended.
    ///
    /// # Errors
    /// A setting that cannot work, or a fault of the database.
    pub async fn open(
        db: Db,
        config: Config,
        clock: SharedClock,
        ids: Ids,
    ) -> Result<Arc<Self>, Error> {
        config.check()?;
        let keys = read_or_make_keys(&db, &ids, clock.now()).await?;
        let lifetimes = config.lifetimes();
        let service = Arc::new(Self {
            keys,
            lifetimes,
            passwords: Passwords::new(&config.password, ids.clone())?,
            verified: VerifiedTokens::new(VERIFIED_TOKENS),
            revocations_seen_at: Mutex::new(clock.now().plus(-lifetimes.access)),
            db,
            clock,
            ids,
        });
        service.poll_revocations().await?;
        Ok(service)
    }

    /// Identity's endpoints, all of which are public except `/api/v1/auth/me`. That one finds out who is asking through the
    /// [`contracts::identity::SharedIdentity`] that the gateway puts into each request.
    #[must_use]
    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        http::router(Arc::clone(self))
    }

    /// Registers a user with the role `user` in the default organisation, and logs them in.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::EmailTaken`], [`Error::TooManyLogins`] or a fault.
    pub async fn register(&self, registration: Registration) -> Result<LoggedIn, Error> {
        let Registration {
            email,
            name,
            password,
        } = registration;
        let new = NewUser {
            org: OrgId::DEFAULT,
            email,
            name,
            password,
            role: Role::User,
        };
        let (user, hash) = self.prepare_user(&new).await?;
        let mut tx = self.db.begin().await?;
        insert_user(&mut tx, &user, hash).await?;
        let tokens = self.begin_session(&mut tx, &user).await?;
        tx.commit().await?;
        Ok(LoggedIn { user, tokens })
    }

    /// Creates a user with any role, as the operator of the installation may.
    ///
    /// # Errors
    /// As [`Service::register`].
    pub async fn create_user(&self, new: NewUser) -> Result<User, Error> {
        let (user, hash) = self.prepare_user(&new).await?;
        let mut tx = self.db.begin().await?;
        insert_user(&mut tx, &user, hash).await?;
        tx.commit().await?;
        Ok(user)
    }

    /// Logs a user of the default organisation in.
    ///
    /// Whether the e-mail is unknown, the password wrong or the user suspended: the answer is the same and takes as long.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`], [`Error::TooManyLogins`] or a fault.
    pub async fn log_in(&self, email: &str, password: &SecretString) -> Result<LoggedIn, Error> {
        let normalised = user::normalise_email(email);
        let found = self
            .db
            .fetch_optional::<store::CredentialsRow>(
                store::CREDENTIALS_BY_EMAIL,
                args![OrgId::DEFAULT.0, normalised],
            )
            .await?;
        let hash = found.as_ref().map(|row| row.password_hash.as_str());
        let fits = self.passwords.verify(password, hash).await?;
        let user = found
            .filter(|_| fits)
            .map(|row| User::try_from(row.user))
            .transpose()?
            .filter(User::is_active)
            .ok_or(Error::InvalidCredentials)?;
        let tokens = self.issue(&user).await?;
        Ok(LoggedIn { user, tokens })
    }

    /// Begins a session of a user without a password, for tools that run beside the server.
    ///
    /// # Errors
    /// [`Error::UnknownUser`] or a fault.
    pub async fn issue_tokens_for(&self, org: OrgId, user: UserId) -> Result<TokenPair, Error> {
        let found = self.active_user(org, user).await?;
        self.issue(&found.ok_or(Error::UnknownUser(user))?).await
    }

    /// Exchanges a refresh token for a new pair. A token that was used before ends its session.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] or a fault.
    pub async fn refresh(&self, refresh_token: &str) -> Result<TokenPair, Error> {
        let hash = token::refresh_token_hash(refresh_token);
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let session: Session = tx
            .fetch_optional::<store::SessionRow>(
                store::LOCK_SESSION_OF_TOKEN,
                args![hash.clone(), now],
            )
            .await?
            .ok_or(Error::InvalidToken)?
            .into();
        let stored = tx
            .fetch_optional::<store::RefreshTokenRow>(store::REFRESH_TOKEN, args![hash.clone()])
            .await?
            .ok_or(Error::InvalidToken)?;
        match session.rotate(stored.into(), now) {
            Rotation::Ended => Err(Error::InvalidToken),
            Rotation::Reused => {
                tx.execute(store::REVOKE_SESSION, args![session.id.uuid(), now])
                    .await?;
                tx.commit().await?;
                self.forget_session(session.id, now);
                tracing::warn!(session = %session.id, user = %session.user,
                    "a refresh token was used twice: its session is ended");
                Err(Error::InvalidToken)
            }
            Rotation::Rotate => {
                let user = tx
                    .fetch_optional::<store::UserRow>(
                        store::USER_BY_ID,
                        args![session.org.0, session.user.uuid()],
                    )
                    .await?
                    .map(User::try_from)
                    .transpose()?
                    .filter(User::is_active)
                    .ok_or(Error::InvalidToken)?;
                tx.execute(store::USE_REFRESH_TOKEN, args![hash, now])
                    .await?;
                let tokens = self.make_tokens(&mut tx, &session, user.role, now).await?;
                tx.commit().await?;
                Ok(tokens)
            }
        }
    }

    /// Ends the session of a refresh token; its access tokens stop at once. An unknown token is no error: there is nothing to end.
    ///
    /// # Errors
    /// A fault.
    pub async fn log_out(&self, refresh_token: &str) -> Result<(), Error> {
        let hash = token::refresh_token_hash(refresh_token);
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let ended = tx
            .fetch_optional::<(Uuid,)>(store::REVOKE_SESSION_OF_TOKEN, args![hash, now])
            .await?;
        tx.commit().await?;
        if let Some((session,)) = ended {
            self.forget_session(SessionId(session), now);
        }
        Ok(())
    }

    /// The user behind a principal, as the database knows them now.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] where there is none any more, or a fault.
    pub async fn me(&self, principal: &Principal) -> Result<User, Error> {
        let found = self.active_user(principal.org, principal.user).await?;
        found.ok_or(Error::InvalidToken)
    }

    /// Whom an access token belongs to, where it is good. Looks at memory only: the signature is checked once per token.
    pub(crate) fn principal_of(&self, access_token: &str) -> Option<Principal> {
        let hash = *blake3::hash(access_token.as_bytes()).as_bytes();
        let now = self.clock.now();
        let principal = if let Some(known) = self.verified.get(&hash, now) {
            known
        } else {
            let verified = self.keys.verify(access_token, self.lifetimes.access, now)?;
            let principal = verified.principal.clone();
            self.verified.insert(hash, verified);
            principal
        };
        (!self.verified.is_ended(principal.session)).then_some(principal)
    }

    /// The active user with this e-mail.
    pub(crate) async fn known_user(
        &self,
        org: OrgId,
        email: &str,
    ) -> Result<Option<KnownUser>, Error> {
        let found = self
            .db
            .fetch_optional::<(Uuid, String, String)>(
                store::USER_BY_EMAIL,
                args![org.0, user::normalise_email(email)],
            )
            .await?;
        Ok(found
            .filter(|(_, _, status)| status == UserStatus::Active.as_str())
            .map(|(id, name, _)| KnownUser {
                id: UserId(id),
                org,
                name,
            }))
    }

    /// The public keys that verify access tokens.
    pub(crate) fn public_keys(&self) -> &[PublicKey] {
        self.keys.published()
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), Error> {
        Ok(self.db.ping().await?)
    }

    /// Checks what was asked for and hashes the password; nothing is stored yet. A taken e-mail is
    /// refused here, before the expensive hash, and once more by the unique index.
    async fn prepare_user(&self, new: &NewUser) -> Result<(User, String), Error> {
        let email = Email::parse(&new.email)?;
        let name = user::check_name(&new.name)?;
        user::check_password(&new.password, &email)?;
        let taken = self
            .db
            .fetch_optional::<(Uuid, String, String)>(
                store::USER_BY_EMAIL,
                args![new.org.0, email.normalised()],
            )
            .await?;
        if taken.is_some() {
            return Err(Error::EmailTaken);
        }
        let hash = self.passwords.hash(&new.password).await?;
        let user = User::register(
            UserId(self.ids.next()),
            new.org,
            &email,
            name,
            new.role,
            self.clock.now(),
        );
        Ok((user, hash))
    }

    async fn active_user(&self, org: OrgId, user: UserId) -> Result<Option<User>, Error> {
        let row = self
            .db
            .fetch_optional::<store::UserRow>(store::USER_BY_ID, args![org.0, user.uuid()])
            .await?;
        let user = row.map(User::try_from).transpose()?;
        Ok(user.filter(User::is_active))
    }

    async fn issue(&self, user: &User) -> Result<TokenPair, Error> {
        let mut tx = self.db.begin().await?;
        let tokens = self.begin_session(&mut tx, user).await?;
        tx.commit().await?;
        Ok(tokens)
    }

    async fn begin_session(&self, tx: &mut Tx, user: &User) -> Result<TokenPair, Error> {
        let now = self.clock.now();
        let id = SessionId(self.ids.next());
        let session = Session::begin(id, user.org, user.id, self.lifetimes, now);
        tx.execute(
            store::INSERT_SESSION,
            args![
                session.id.uuid(),
                session.org.0,
                session.user.uuid(),
                session.created_at,
                session.last_used_at,
                session.expires_at
            ],
        )
        .await?;
        self.make_tokens(tx, &session, user.role, now).await
    }

    async fn make_tokens(
        &self,
        tx: &mut Tx,
        session: &Session,
        role: Role,
        now: Timestamp,
    ) -> Result<TokenPair, Error> {
        let refresh_token = token::new_refresh_token(&self.ids);
        tx.execute(
            store::INSERT_REFRESH_TOKEN,
            args![
                token::refresh_token_hash(&refresh_token),
                session.org.0,
                session.id.uuid(),
                now,
                session.refresh_expiry(self.lifetimes, now)
            ],
        )
        .await?;
        let principal = Principal {
            org: session.org,
            user: session.user,
            role,
            session: session.id,
        };
        let expires_at = session.access_expiry(self.lifetimes, now);
        let (access_token, expires_in) = self.keys.sign(&principal, now, expires_at)?;
        Ok(TokenPair {
            access_token,
            refresh_token,
            expires_in,
        })
    }
}

async fn insert_user(tx: &mut Tx, user: &User, password_hash: String) -> Result<(), Error> {
    let args = args![
        user.id.uuid(),
        user.org.0,
        user.email.as_str(),
        user::normalise_email(&user.email),
        user.name.as_str(),
        user.role.as_str(),
        user.status.as_str(),
        password_hash,
        user.created_at
    ];
    match tx.execute(store::INSERT_USER, args).await {
        Ok(_) => Ok(()),
        Err(DbError::Unique(_)) => Err(Error::EmailTaken),
        Err(error) => Err(error.into()),
    }
}

/// The installation's keys are rows of the default organisation; tokens of all organisations are signed with them.
async fn read_or_make_keys(db: &Db, ids: &Ids, now: Timestamp) -> Result<Keys, Error> {
    let mut stored = read_keys(db).await?;
    if stored.is_empty() {
        let StoredKey { kid, private_key } = StoredKey::generate(ids)?;
        let args = args![OrgId::DEFAULT.0, kid, token::ALGORITHM, private_key, now];
        db.execute(store::INSERT_FIRST_KEY, args).await?;
        // Another node may have been first: what counts is what is stored.
        stored = read_keys(db).await?;
    }
    Keys::read(&stored)
}

async fn read_keys(db: &Db) -> Result<Vec<StoredKey>, Error> {
    let rows = db
        .fetch_all::<(String, Vec<u8>)>(store::SIGNING_KEYS, args![OrgId::DEFAULT.0])
        .await?;
    Ok(rows
        .into_iter()
        .map(|(kid, private_key)| StoredKey { kid, private_key })
        .collect())
}
