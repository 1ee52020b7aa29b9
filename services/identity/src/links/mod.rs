//! One-time links: a random token that is mailed to somebody, known here only by its hash, good
//! once and for a while. It never decides what the token is good for: the purpose and its use case
//! do.

pub(crate) mod http;
pub(crate) mod store;

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx};
use platform::ids::Ids;
use values::Timestamp;

use crate::sessions::token;

/// What tokens begin with, so that they are recognised where they do not belong.
const PREFIX: &str = "pfo_";

/// The token of a mailed link is unknown, expired or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the link cannot be used")]
pub struct InvalidLink;

/// What a token is good for. One of a purpose is good for no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Changes the user's e-mail. With it: the new e-mail, as it was given.
    ChangeEmail,
    /// Lets a user choose a new password. With it: the e-mail that it was mailed to, as it is
    /// compared.
    ResetPassword,
    /// Shows that an e-mail is the user's. With it: the e-mail as it is compared.
    VerifyEmail,
    /// Begins the session of somebody whom a provider vouched for. With it: what its receiver must
    /// show.
    SignIn,
}

impl Purpose {
    /// The name in the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ChangeEmail => "change_email",
            Self::ResetPassword => "reset_password",
            Self::VerifyEmail => "verify_email",
            Self::SignIn => "sign_in",
        }
    }

    /// Whether a new token ends those before it. Not where anybody may ask for one: a stranger
    /// would end the link that the owner has just been mailed.
    const fn newest_alone(self) -> bool {
        match self {
            Self::ChangeEmail | Self::SignIn => true,
            Self::ResetPassword | Self::VerifyEmail => false,
        }
    }
}

/// A token to be made.
#[derive(Debug)]
pub(crate) struct NewToken {
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) purpose: Purpose,
    pub(crate) expires_at: Timestamp,
    /// What must still be so when it is used.
    pub(crate) data: String,
    /// The epoch of the user's credentials in which it was asked for; none where it depends on
    /// none.
    pub(crate) epoch: Option<i64>,
}

/// A token that was used just now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) data: String,
    pub(crate) epoch: Option<i64>,
}

/// Makes a token.
pub(crate) async fn make(
    tx: &mut Tx,
    ids: &Ids,
    now: Timestamp,
    new: NewToken,
) -> Result<String, DbError> {
    let token = token::random(PREFIX, ids);
    if new.purpose.newest_alone() {
        store::delete_unused(tx, new.org, new.user, new.purpose).await?;
    }
    store::insert(tx, token::hash(&token), &new, now).await?;
    Ok(token)
}

/// What a token is, without using it up. None as with [`consume`].
pub(crate) async fn find(
    db: &Db,
    token: &str,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Used>, DbError> {
    store::find(db, token::hash(token), purpose, now).await
}

/// Uses a token up, and with it all others that its user has for the purpose. None where it is
/// unknown, expired, used before or of another purpose: which, nobody is told.
pub(crate) async fn consume(
    tx: &mut Tx,
    token: &str,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Used>, DbError> {
    store::consume(tx, token::hash(token), purpose, now).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use db::args;
    use platform::clock::Clock;
    use testkit::{FakeClock, TestStore, engines};
    use uuid::Uuid;
    use values::SECOND;

    const USER: UserId = UserId(Uuid::from_u128(7));

    async fn on_each_engine(test: impl AsyncFn(Db, &FakeClock, &Ids)) {
        for engine in engines() {
            let store = TestStore::new(engine);
            let opened = store.open(crate::SCHEMA, crate::migrations()).await;
            let db = opened.unwrap();
            let user = "INSERT INTO users (id, org, email, email_normalised, name, role, status, password_hash, created_at)
                VALUES ($1, 1, 'a@b.c', 'a@b.c', 'Ann', 'user', 'active', '', 0)";
            db.execute(user, args![USER.uuid()]).await.unwrap();
            let clock = FakeClock::new();
            let ids = testkit::ids(clock.clone());
            test(db, &clock, &ids).await;
        }
    }

    async fn made(db: &Db, clock: &FakeClock, ids: &Ids) -> String {
        made_for(Purpose::VerifyEmail, db, clock, ids).await
    }

    async fn made_for(purpose: Purpose, db: &Db, clock: &FakeClock, ids: &Ids) -> String {
        let mut tx = db.begin().await.unwrap();
        let new = NewToken {
            org: OrgId::DEFAULT,
            user: USER,
            purpose,
            expires_at: clock.now().plus(60 * SECOND),
            data: "a@b.c".to_owned(),
            epoch: Some(3),
        };
        let token = make(&mut tx, ids, clock.now(), new).await.unwrap();
        tx.commit().await.unwrap();
        token
    }

    async fn used(db: &Db, clock: &FakeClock, token: &str) -> Option<Used> {
        let mut tx = db.begin().await.unwrap();
        let used = consume(&mut tx, token, Purpose::VerifyEmail, clock.now()).await;
        tx.commit().await.unwrap();
        used.unwrap()
    }

    #[tokio::test]
    async fn a_token_is_good_once_and_known_only_by_its_hash() {
        on_each_engine(async |db, clock, ids| {
            let token = made(&db, clock, ids).await;
            assert!(token.starts_with("pfo_") && token.len() == 47);
            let sql = "SELECT hash FROM one_time_tokens";
            let (hash,): (Vec<u8>,) = db.fetch_one(sql, args![]).await.unwrap();
            assert_eq!(hash, blake3::hash(token.as_bytes()).as_bytes());
            let expected = Used {
                org: OrgId::DEFAULT,
                user: USER,
                data: "a@b.c".to_owned(),
                epoch: Some(3),
            };
            assert_eq!(used(&db, clock, &token).await, Some(expected));
            assert_eq!(used(&db, clock, &token).await, None);
        })
        .await;
    }

    #[tokio::test]
    async fn a_token_ends_with_its_time_and_with_the_use_of_another() {
        on_each_engine(async |db, clock, ids| {
            let first = made(&db, clock, ids).await;
            let second = made(&db, clock, ids).await;
            clock.advance(60 * SECOND - 1);
            assert!(used(&db, clock, &first).await.is_some());
            assert_eq!(used(&db, clock, &second).await, None);
            let third = made(&db, clock, ids).await;
            clock.advance(60 * SECOND);
            assert_eq!(used(&db, clock, &third).await, None);
        })
        .await;
    }

    #[tokio::test]
    async fn a_token_that_a_clock_in_the_future_has_made_is_not_good() {
        on_each_engine(async |db, clock, ids| {
            clock.step(99 * values::DAY);
            let token = made(&db, clock, ids).await;
            clock.step(-600 * SECOND);
            assert!(
                find(&db, &token, Purpose::VerifyEmail, clock.now())
                    .await
                    .unwrap()
                    .is_some()
            );
            clock.step(-1);
            assert_eq!(
                find(&db, &token, Purpose::VerifyEmail, clock.now())
                    .await
                    .unwrap(),
                None
            );
            assert_eq!(used(&db, clock, &token).await, None);
        })
        .await;
    }

    #[tokio::test]
    async fn a_token_that_only_its_owner_asks_for_ends_with_the_next_one() {
        on_each_engine(async |db, clock, ids| {
            let purpose = Purpose::ChangeEmail;
            let first = made_for(purpose, &db, clock, ids).await;
            let second = made_for(purpose, &db, clock, ids).await;
            let found = async |token| find(&db, token, purpose, clock.now()).await.unwrap();
            assert_eq!(found(&first).await, None);
            assert!(found(&second).await.is_some());
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_no_token_of_this_purpose_uses_nothing_up() {
        on_each_engine(async |db, clock, ids| {
            let token = made(&db, clock, ids).await;
            for bad in [
                "",
                "pfo_",
                &token[..46],
                &format!("{token}x"),
                &token.to_uppercase(),
            ] {
                assert_eq!(used(&db, clock, bad).await, None, "{bad}");
            }
            let other = "UPDATE one_time_tokens SET purpose = 'other'";
            db.execute(other, args![]).await.unwrap();
            assert_eq!(used(&db, clock, &token).await, None);
        })
        .await;
    }

    #[tokio::test]
    async fn a_use_that_is_rolled_back_is_none() {
        on_each_engine(async |db, clock, ids| {
            let token = made(&db, clock, ids).await;
            let mut tx = db.begin().await.unwrap();
            let purpose = Purpose::VerifyEmail;
            assert!(
                consume(&mut tx, &token, purpose, clock.now())
                    .await
                    .unwrap()
                    .is_some()
            );
            drop(tx);
            assert!(used(&db, clock, &token).await.is_some());
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_who_use_a_token_at_once_one_does() {
        on_each_engine(async |db, clock, ids| {
            let token = made(&db, clock, ids).await;
            let (one, two) = tokio::join!(used(&db, clock, &token), used(&db, clock, &token));
            assert_ne!(one.is_some(), two.is_some());
        })
        .await;
    }
}
