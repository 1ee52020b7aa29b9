//! The answer to a request that happens once: done and written, or the one that is stored already.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use db::Db;
use serde::Serialize;
use vault::Vault;
use web::idempotency::{mark_replayed, reused};
use web::problem::Problem;

use crate::{Fault, Found, IdempotentRequest, StoredAnswer, find_answer};

impl StoredAnswer {
    /// A status and a document.
    #[expect(
        clippy::expect_used,
        reason = "answers are made of texts, numbers and times, which are always JSON"
    )]
    #[must_use]
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let json = serde_json::to_vec(body).expect("an answer is JSON");
        let status = status.as_u16();
        Self { status, json }
    }

    /// 204.
    #[must_use]
    pub const fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT.as_u16(),
            json: Vec::new(),
        }
    }

    fn response(self) -> Result<Response, Fault> {
        let status = StatusCode::from_u16(self.status).map_err(|_| Fault::Unreadable)?;
        if self.json.is_empty() {
            return Ok(status.into_response());
        }
        let json = HeaderValue::from_static("application/json");
        Ok((status, [(CONTENT_TYPE, json)], Body::from(self.json)).into_response())
    }
}

/// Does a request unless it was done before, and answers.
///
/// # Errors
/// 422 `idempotency_key_reused`; whatever the work refuses; what `of_fault` makes of a fault.
pub async fn answer_once<T, E: Into<Problem>>(
    (db, vault): (&Db, &Vault),
    request: &IdempotentRequest<T>,
    work: impl Future<Output = Result<T, E>>,
    of_fault: impl Fn(Fault) -> Problem,
) -> Result<Response, Problem> {
    let stored = async || {
        let found = find_answer(db, vault, request).await.map_err(&of_fault)?;
        stored_response(found, &of_fault)
    };
    if let Some(response) = stored().await? {
        return Ok(response);
    }
    match work.await {
        Ok(done) => request.answer_to(&done).response().map_err(&of_fault),
        // Perhaps because the same request was faster.
        Err(refused) => match stored().await? {
            Some(response) => Ok(response),
            None => Err(refused.into()),
        },
    }
}

fn stored_response(
    found: Found,
    of_fault: impl Fn(Fault) -> Problem,
) -> Result<Option<Response>, Problem> {
    match found {
        Found::Nothing => Ok(None),
        Found::AnotherBody => Err(reused()),
        Found::Answer(answer) => {
            let mut response = answer.response().map_err(of_fault)?;
            mark_replayed(response.headers_mut());
            Ok(Some(response))
        }
    }
}
