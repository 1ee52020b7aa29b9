//! JSON bodies of the raw ledger, which hold batches: up to 16 MiB.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use web::extract::{parse_json, read_body, require_json};
use web::problem::Problem;

/// The most bytes of such a body.
pub(super) const MAX_BYTES: usize = 16 * 1024 * 1024;

/// As [`web::extract::Json`], with room for a batch.
pub(super) struct LargeJson<T> {
    /// What was read.
    pub value: T,
    /// The bytes as they came.
    pub raw: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for LargeJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let raw = read_body(request.into_body(), MAX_BYTES).await?;
        let value = parse_json(&raw)?;
        Ok(Self { value, raw })
    }
}

/// 422 for a batch that holds nothing, or more than the journal takes at once.
pub(super) fn check_size(items: usize, most: usize, param: &str) -> Result<(), Problem> {
    match items {
        0 => {
            let detail = format!("`{param}` is empty. Send at least one.");
            Err(Problem::refused("batch_empty", detail).for_param(param))
        }
        items if items > most => {
            let detail = format!("`{param}` holds {items}; send at most {most} at once.");
            Err(Problem::refused("batch_too_large", detail).for_param(param))
        }
        _ => Ok(()),
    }
}

/// The least code that callers may give to accounts and transfers; those below are PayFlow's own.
pub(super) const LEAST_CODE: u16 = 100;

/// The code of an item; [`LEAST_CODE`] where none is given.
pub(super) fn code(asked: Option<u16>, param: impl FnOnce() -> String) -> Result<u16, Problem> {
    match asked.unwrap_or(LEAST_CODE) {
        code @ LEAST_CODE.. => Ok(code),
        code => {
            let detail = format!("The code {code} is PayFlow's own; use 100 or above.");
            Err(Problem::refused("code_reserved", detail).for_param(&param()))
        }
    }
}
