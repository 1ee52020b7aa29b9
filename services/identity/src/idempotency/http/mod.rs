//! The answer to a request that happens once: done and written, or the one that is stored already.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use web::idempotency::{mark_replayed, reused};
use web::problem::Problem;

use crate::fault::Fault;
use crate::idempotency::{Found, IdempotentRequest, StoredAnswer};
use crate::service::Service;

impl StoredAnswer {
    /// A status and a document.
    #[expect(
        clippy::expect_used,
        reason = "answers are made of texts, numbers and times, which are always JSON"
    )]
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let json = serde_json::to_vec(body).expect("an answer is JSON");
        let status = status.as_u16();
        Self { status, json }
    }

    /// 204.
    pub(crate) const fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT.as_u16(),
            json: Vec::new(),
        }
    }

    fn response(self) -> Result<Response, Problem> {
        let status = StatusCode::from_u16(self.status)
            .map_err(|_| Problem::from(Fault::Row("idempotency.answer")))?;
        if self.json.is_empty() {
            return Ok(status.into_response());
        }
        let json = HeaderValue::from_static("application/json");
        Ok((status, [(CONTENT_TYPE, json)], Body::from(self.json)).into_response())
    }
}

impl Service {
    /// Does a request unless it was done before, and answers.
    ///
    /// # Errors
    /// 422 `idempotency_key_reused`; whatever the work refuses.
    pub(crate) async fn answer_once<T, E: Into<Problem>>(
        &self,
        request: &IdempotentRequest<T>,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<Response, Problem> {
        if let Some(response) = self.stored_response(request).await? {
            return Ok(response);
        }
        match work.await {
            Ok(done) => request.answer_to(&done).response(),
            // Perhaps because the same request was faster.
            Err(refused) => match self.stored_response(request).await? {
                Some(response) => Ok(response),
                None => Err(refused.into()),
            },
        }
    }

    async fn stored_response<T>(
        &self,
        request: &IdempotentRequest<T>,
    ) -> Result<Option<Response>, Problem> {
        match self.find_answer(request).await? {
            Found::Nothing => Ok(None),
            Found::AnotherBody => Err(reused()),
            Found::Answer(answer) => {
                let mut response = answer.response()?;
                mark_replayed(response.headers_mut());
                Ok(Some(response))
            }
        }
    }
}
