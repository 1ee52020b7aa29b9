//! Requests that happen once: the answer under an idempotency key is stored in the transaction of what it tells of, sealed, and
//! given again to anyone who repeats the request. A refusal is not stored: nothing was done, and a repetition is judged anew.

pub(crate) mod http;
pub(crate) mod store;

use access::Principal;
use db::Tx;
use values::{DAY, Timestamp};
use web::canonical::canonical;
use web::idempotency::{RequestKey, RouteKey};

use crate::fault::Fault;
use crate::idempotency::store::AnswerKey;
use crate::service::Service;
use crate::vault::SealContext;

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
pub(crate) struct StoredAnswer {
    status: u16,
    json: Vec<u8>,
}

/// What is stored for a request.
pub(crate) enum Found {
    /// Nothing: it was not done, or carries no key.
    Nothing,
    /// The answer to a request with the same key and another body.
    AnotherBody,
    /// The answer to the same request.
    Answer(StoredAnswer),
}

impl<T> IdempotentRequest<T> {
    /// A request of a caller, with the bytes of its body, and what is answered once it is done.
    pub(crate) fn new(
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

impl Scope {
    /// Where an answer is sealed: it opens for this user, route and key only.
    fn owner(&self) -> Vec<u8> {
        let AnswerKey { user, key, .. } = &self.key;
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

impl Service {
    /// Stores what a request that carries a key is answered, in the transaction of what it did.
    pub(crate) async fn keep_answer<T>(
        &self,
        tx: &mut Tx,
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
        let sealed = self.vault.seal(seal_context(&scope.owner()), &answer)?;
        Ok(store::insert(tx, &scope.key, sealed, now).await?)
    }

    /// What is stored for a request.
    async fn find_answer<T>(&self, request: &IdempotentRequest<T>) -> Result<Found, Fault> {
        let Some(scope) = &request.scope else {
            return Ok(Found::Nothing);
        };
        let Some(sealed) = store::answer(&self.db, &scope.key).await? else {
            return Ok(Found::Nothing);
        };
        let answer = self.vault.open(seal_context(&scope.owner()), &sealed)?;
        let unreadable = || Fault::Row("idempotency.answer");
        let (body, rest) = answer.split_first_chunk::<32>().ok_or_else(unreadable)?;
        let (status, json) = rest.split_first_chunk::<2>().ok_or_else(unreadable)?;
        if body != scope.body.as_bytes() {
            return Ok(Found::AnotherBody);
        }
        Ok(Found::Answer(StoredAnswer {
            status: u16::from_be_bytes(*status),
            json: json.to_vec(),
        }))
    }

    /// Deletes answers that were kept long enough.
    pub(crate) async fn delete_old_answers(&self, now: Timestamp) -> Result<(), Fault> {
        Ok(store::delete_before(&self.db, now.plus(-KEPT)).await?)
    }
}
