//! Requests that happen once: the answer under an idempotency key is stored in the transaction of what it tells of, sealed, and
//! given again to whoever repeats the request. A refusal is not stored: nothing was done, and a repetition is judged anew.

pub(crate) mod store;

use access::Principal;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use db::{Arg, Tx, args};
use serde::Serialize;
use uuid::Uuid;
use values::{DAY, Timestamp};
use web::canonical::canonical;
use web::idempotency::{RequestKey, RouteKey, mark_replayed, reused};
use web::problem::Problem;

use crate::fault::Fault;
use crate::service::Service;
use crate::vault::Place;

/// How long an answer is kept.
const KEPT: i64 = 7 * DAY;

/// One request: whose key it carries, if any, and how what it did is answered.
pub struct Once<T> {
    scope: Option<Scope>,
    answer: fn(&T) -> Written,
}

/// What makes a request the same as another.
struct Scope {
    org: i64,
    user: Uuid,
    key: RouteKey,
    body: blake3::Hash,
}

/// An answer as it is stored: the status, and JSON or nothing.
pub(crate) struct Written {
    status: StatusCode,
    json: Vec<u8>,
}

impl Written {
    /// A status and a document.
    #[expect(
        clippy::expect_used,
        reason = "answers are made of texts, numbers and times, which are always JSON"
    )]
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let json = serde_json::to_vec(body).expect("an answer is JSON");
        Self { status, json }
    }

    /// 204.
    pub(crate) const fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            json: Vec::new(),
        }
    }
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        if self.json.is_empty() {
            return self.status.into_response();
        }
        let json = HeaderValue::from_static("application/json");
        (self.status, [(CONTENT_TYPE, json)], Body::from(self.json)).into_response()
    }
}

impl<T> Once<T> {
    /// A request of a caller, with the bytes of its body, and what is answered once it is done.
    pub(crate) fn new(
        RequestKey(key): RequestKey,
        principal: &Principal,
        body: &[u8],
        answer: fn(&T) -> Written,
    ) -> Self {
        let scope = key.map(|key| Scope {
            org: principal.org.0,
            user: principal.user.uuid(),
            key,
            body: blake3::hash(&canonical(body, &[])),
        });
        Self { scope, answer }
    }
}

impl Scope {
    fn args(&self) -> Vec<Arg> {
        let RouteKey { route, key } = &self.key;
        args![self.org, self.user, route.as_str(), key.as_str()]
    }

    /// Where an answer is sealed: it opens for this user, route and key only.
    fn owner(&self) -> Vec<u8> {
        let RouteKey { route, key } = &self.key;
        [
            self.user.as_bytes().as_slice(),
            route.as_bytes(),
            &[0],
            key.as_bytes(),
        ]
        .concat()
    }
}

fn place(owner: &[u8]) -> Place<'_> {
    Place {
        what: "idempotency.answer",
        whose: owner,
    }
}

impl Service {
    /// Does a request unless it was done before, and answers.
    ///
    /// # Errors
    /// 422 `idempotency_key_reused`; whatever the work refuses.
    pub(crate) async fn answer_once<T, E: Into<Problem>>(
        &self,
        once: &Once<T>,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<Response, Problem> {
        if let Some(answer) = self.stored_answer(once).await? {
            return Ok(answer);
        }
        match work.await {
            Ok(done) => Ok((once.answer)(&done).into_response()),
            // Perhaps because the same request was faster.
            Err(refused) => match self.stored_answer(once).await? {
                Some(answer) => Ok(answer),
                None => Err(refused.into()),
            },
        }
    }

    /// Stores what a request that carries a key is answered, in the transaction of what it did.
    pub(crate) async fn keep_answer<T>(
        &self,
        tx: &mut Tx,
        once: &Once<T>,
        done: &T,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Some(scope) = &once.scope else {
            return Ok(());
        };
        let Written { status, json } = (once.answer)(done);
        let status = status.as_u16().to_be_bytes();
        let answer = [
            scope.body.as_bytes().as_slice(),
            status.as_slice(),
            json.as_slice(),
        ]
        .concat();
        let sealed = self.vault.seal(place(&scope.owner()), &answer)?;
        let mut args = scope.args();
        args.extend(args![sealed, now]);
        tx.execute(store::INSERT, args).await?;
        Ok(())
    }

    async fn stored_answer<T>(&self, once: &Once<T>) -> Result<Option<Response>, Problem> {
        let Some(scope) = &once.scope else {
            return Ok(None);
        };
        let Some((body, written)) = self.open_answer(scope).await? else {
            return Ok(None);
        };
        if body != *scope.body.as_bytes() {
            return Err(reused());
        }
        let mut response = written.into_response();
        mark_replayed(response.headers_mut());
        Ok(Some(response))
    }

    /// The answer that is stored, and the digest of the body that it was given to.
    async fn open_answer(&self, scope: &Scope) -> Result<Option<([u8; 32], Written)>, Fault> {
        let found = self
            .db
            .fetch_optional::<(Vec<u8>,)>(store::ANSWER, scope.args());
        let Some((sealed,)) = found.await? else {
            return Ok(None);
        };
        let answer = self.vault.open(place(&scope.owner()), &sealed)?;
        let unreadable = || Fault::Row("idempotency.answer");
        let (body, rest) = answer.split_first_chunk::<32>().ok_or_else(unreadable)?;
        let (status, json) = rest.split_first_chunk::<2>().ok_or_else(unreadable)?;
        let status = StatusCode::from_u16(u16::from_be_bytes(*status));
        let written = Written {
            status: status.map_err(|_| unreadable())?,
            json: json.to_vec(),
        };
        Ok(Some((*body, written)))
    }

    /// Deletes answers that were kept long enough.
    pub(crate) async fn delete_old_answers(&self, now: Timestamp) -> Result<(), Fault> {
        let before = now.plus(-KEPT);
        self.db.execute(store::DELETE_BEFORE, args![before]).await?;
        Ok(())
    }
}
