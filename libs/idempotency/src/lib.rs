//! Requests that happen once: the answer under an idempotency key is stored in the transaction of
//! what it tells of, sealed, and given again to anyone who repeats the request. A refusal is not
//! stored: nothing was done, and a repetition is judged anew.

mod answer;
mod store;

use access::Principal;
use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Migration, Tx};
use values::{DAY, Timestamp};
use vault::{SealContext, Vault};
use web::canonical::canonical;
use web::idempotency::{RequestKey, RouteKey};

pub use crate::answer::answer_once;
use crate::store::AnswerKey;

/// Declares the statements of a file and the list of them that a test prepares.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* const $name: &str = $sql;)*
        #[cfg(test)]
        pub(crate) const ALL: &[&str] = &[$($name),*];
    };
}
pub(crate) use statements;

/// The table of answers, as a migration of the service that keeps some.
#[must_use]
pub const fn tables(version: i64) -> Migration {
    Migration {
        version,
        name: "answers under idempotency keys",
        sql: include_str!("../migrations/idempotency.sql"),
    }
}

/// Why an answer could not be stored or found.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database did not do what was asked.
    #[error(transparent)]
    Database(#[from] DbError),
    /// It could not be sealed or opened.
    #[error(transparent)]
    Vault(#[from] vault::Fault),
    /// What is stored is no answer.
    #[error("a stored answer cannot be read")]
    Unreadable,
}

/// How long an answer is kept.
const KEPT: i64 = 7 * DAY;

/// A request that may be repeated: whose key it carries, if any, and how what it did is answered.
#[derive(Clone)]
pub struct IdempotentRequest<T> {
    scope: Option<Scope>,
    answer: fn(&T) -> StoredAnswer,
}

/// What makes a request the same as another.
#[derive(Clone)]
struct Scope {
    key: AnswerKey,
    body: blake3::Hash,
}

/// An answer as it is stored: the status, and JSON or nothing.
pub struct StoredAnswer {
    status: u16,
    json: Vec<u8>,
}

/// What is stored for a request.
enum Found {
    /// Nothing: it was not done, or carries no key.
    Nothing,
    /// The answer to a request with the same key and another body.
    AnotherBody,
    /// The answer to the same request.
    Answer(StoredAnswer),
}

impl<T> IdempotentRequest<T> {
    /// A request of a caller, with the bytes of its body, and what is answered once it is done.
    #[must_use]
    pub fn new(
        RequestKey(key): RequestKey,
        principal: &Principal,
        body: &[u8],
        answer: fn(&T) -> StoredAnswer,
    ) -> Self {
        let scope = key.map(|key| Scope {
            key: AnswerKey {
                org: principal.org,
                user: principal.user,
                key,
            },
            body: blake3::hash(&canonical(body, &[])),
        });
        Self { scope, answer }
    }

    fn answer_to(&self, done: &T) -> StoredAnswer {
        (self.answer)(done)
    }
}

impl AnswerKey {
    /// Where an answer is sealed: it opens for this user, route and key only.
    fn owner(&self) -> Vec<u8> {
        let Self { user, key, .. } = self;
        let RouteKey { route, key } = key;
        [
            user.uuid().as_bytes().as_slice(),
            route.as_bytes(),
            &[0],
            key.as_bytes(),
        ]
        .concat()
    }
}

fn seal_context(owner: &[u8]) -> SealContext<'_> {
    SealContext {
        what: "idempotency.answer",
        whose: owner,
    }
}

/// Stores what a request that carries a key is answered, in the transaction of what it did.
///
/// # Errors
/// [`Fault`]; a key that was used meanwhile is a unique violation, and the transaction does
/// nothing.
pub async fn keep_answer<T>(
    tx: &mut Tx,
    vault: &Vault,
    request: &IdempotentRequest<T>,
    done: &T,
    now: Timestamp,
) -> Result<(), Fault> {
    let Some(scope) = &request.scope else {
        return Ok(());
    };
    let StoredAnswer { status, json } = request.answer_to(done);
    let answer = [
        scope.body.as_bytes().as_slice(),
        status.to_be_bytes().as_slice(),
        json.as_slice(),
    ]
    .concat();
    let sealed = vault.seal(seal_context(&scope.key.owner()), &answer)?;
    Ok(store::insert(tx, &scope.key, sealed, now).await?)
}

/// What is stored for a request.
async fn find_answer<T>(
    db: &Db,
    vault: &Vault,
    request: &IdempotentRequest<T>,
) -> Result<Found, Fault> {
    let Some(scope) = &request.scope else {
        return Ok(Found::Nothing);
    };
    let Some(sealed) = store::answer(db, &scope.key).await? else {
        return Ok(Found::Nothing);
    };
    let answer = vault.open(seal_context(&scope.key.owner()), &sealed)?;
    let (body, rest) = answer.split_first_chunk::<32>().ok_or(Fault::Unreadable)?;
    let (status, json) = rest.split_first_chunk::<2>().ok_or(Fault::Unreadable)?;
    if body != scope.body.as_bytes() {
        return Ok(Found::AnotherBody);
    }
    Ok(Found::Answer(StoredAnswer {
        status: u16::from_be_bytes(*status),
        json: json.to_vec(),
    }))
}

/// Seals with the newest master key what is sealed with an older one, so that older keys can go
/// before the answers do. What cannot be opened stays as it is.
///
/// # Errors
/// [`Fault::Database`], or [`Fault::Vault`] where there is no key.
pub async fn seal_anew(db: &Db, vault: &Vault) -> Result<(), Fault> {
    for (key, sealed) in store::others(db, vault.head()?).await? {
        match vault.seal_anew(seal_context(&key.owner()), &sealed) {
            Ok(anew) => store::replace(db, &key, sealed, anew).await?,
            Err(fault) => tracing::warn!("a stored answer cannot be sealed anew: {fault}"),
        }
    }
    Ok(())
}

/// Deletes answers that were kept long enough.
///
/// # Errors
/// [`DbError`].
pub async fn delete_old(db: &Db, now: Timestamp) -> Result<(), DbError> {
    store::delete_before(db, now.plus(-KEPT)).await
}

/// Answers that say that they were stored after this time, by a clock that was ahead, are as old as
/// it from now on.
///
/// # Errors
/// [`DbError`].
pub async fn age(db: &Db, latest: Timestamp) -> Result<(), DbError> {
    store::age(db, latest).await
}

/// Deletes the answers to a user.
///
/// # Errors
/// [`DbError`].
pub async fn delete_all(tx: &mut Tx, org: OrgId, user: UserId) -> Result<(), DbError> {
    store::delete_all(tx, org, user).await
}

#[cfg(test)]
mod tests {
    use testkit::{FakeClock, TestStore, engines};
    use uuid::Uuid;
    use vault::MasterKey;

    use super::*;

    const TABLES: db::Migrations = &[tables(100)];

    #[tokio::test]
    async fn every_statement_is_accepted_by_both_engines() {
        for engine in engines() {
            let store = TestStore::new(engine);
            let db = store.open("answers", TABLES).await.unwrap();
            for sql in super::store::ALL {
                assert!(db.prepare(sql).await.is_ok(), "{engine:?}: {sql}");
            }
        }
    }

    fn vault(keys: &[u8]) -> Vault {
        let masters: Vec<_> = keys.iter().map(|key| MasterKey::of([*key; 32])).collect();
        Vault::new(&masters, "answers", testkit::ids(FakeClock::new())).unwrap()
    }

    #[tokio::test]
    async fn an_answer_outlives_the_master_key_with_which_it_was_sealed() {
        for engine in engines() {
            let store = TestStore::new(engine);
            let db = store.open("answers", TABLES).await.unwrap();
            let key = AnswerKey {
                org: OrgId::DEFAULT,
                user: UserId(Uuid::from_u128(7)),
                key: web::idempotency::RouteKey {
                    route: "POST /things".to_owned(),
                    key: "one".to_owned(),
                },
            };
            let body = blake3::hash(b"");
            let request = IdempotentRequest {
                scope: Some(Scope { key, body }),
                answer: |()| StoredAnswer::nothing(),
            };
            let mut tx = db.begin().await.unwrap();
            let old = vault(&[1]);
            let kept = keep_answer(&mut tx, &old, &request, &(), Timestamp(0));
            kept.await.unwrap();
            tx.commit().await.unwrap();
            // Without the key that it needs it stays as it is.
            for keys in [&[2][..], &[2, 1]] {
                seal_anew(&db, &vault(keys)).await.unwrap();
            }
            let found = find_answer(&db, &vault(&[2]), &request).await.unwrap();
            assert!(matches!(
                found,
                Found::Answer(StoredAnswer { status: 204, .. })
            ));
        }
    }
}
