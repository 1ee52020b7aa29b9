//! How the refusals of API keys look to a client.

use web::problem::Problem;

use crate::api_keys::api_key::KEYS_MAX;
use crate::api_keys::error::ApiKeyError;

impl From<ApiKeyError> for Problem {
    fn from(error: ApiKeyError) -> Self {
        match error {
            ApiKeyError::Invalid(it) => {
                Self::refused(it.code(), it.to_string()).for_param(it.param())
            }
            ApiKeyError::InvalidName(invalid) => invalid.into(),
            ApiKeyError::Credential(error) => error.into(),
            ApiKeyError::Fault(fault) => fault.into(),
            ApiKeyError::TooMany => too_many(),
            ApiKeyError::Unknown => {
                Self::not_found("There is no such API key, or it is not yours.")
            }
        }
    }
}

fn too_many() -> Problem {
    let detail = format!(
        "You have {KEYS_MAX} API keys, and one may not have more. End those that you do not use."
    );
    Problem::refused("too_many_api_keys", detail)
}
