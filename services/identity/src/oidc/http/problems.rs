//! How the refusals of a sign-in with a provider look to a client.

use axum::http::StatusCode;
use web::problem::Problem;

use crate::oidc::error::ProviderError;
use crate::oidc::policy::Refusal;

impl From<ProviderError> for Problem {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::ReturnTo => invalid_return_to(),
            ProviderError::CodeChallenge => invalid_code_challenge(),
            ProviderError::Unknown(_) => unknown_provider(),
            ProviderError::SignInOver => sign_in_over(),
            ProviderError::SignInDenied => sign_in_denied(),
            ProviderError::SignInRefused => sign_in_refused(),
            ProviderError::NotLetIn(refusal) => not_let_in(&refusal),
            ProviderError::Unavailable(_) => provider_unavailable(),
            ProviderError::Invalid(invalid) => invalid.into(),
            ProviderError::Account(error) => error.into(),
            ProviderError::Password(error) => error.into(),
            ProviderError::Credential(error) => error.into(),
            ProviderError::Fault(fault) => fault.into(),
        }
    }
}

fn invalid_return_to() -> Problem {
    Problem::refused(
        "invalid_return_to",
        "Nobody is sent there after a sign-in. Use a path that begins with one slash, or an address of an origin in \
         identity.return_origins, without a fragment.",
    )
    .for_param("return_to")
}

fn invalid_code_challenge() -> Problem {
    Problem::refused(
        "invalid_code_challenge",
        "With `return_to` and without `session=cookie`, send the SHA-256 of a random code verifier in base64url, 43 characters (RFC 7636, S256), \
         and the verifier itself with the code that comes back.",
    )
    .for_param("code_challenge")
}

fn unknown_provider() -> Problem {
    Problem::not_found(
        "There is no such provider to sign in with. GET /api/v1/auth/oauth lists those that there are.",
    )
}

fn sign_in_over() -> Problem {
    Problem::refused(
        "sign_in_over",
        "This sign-in took too long, is over already, or was begun in another browser or app. Begin it again.",
    )
}

fn sign_in_denied() -> Problem {
    Problem::refused(
        "sign_in_denied",
        "The provider did not sign you in. Begin again, and agree there if it asks you.",
    )
}

fn sign_in_refused() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "sign_in_refused",
        "This sign-in is refused. Begin it again; if that does not help, ask the operator of PayFlow.",
    )
}

fn not_let_in(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::LinkRequired | Refusal::LinkedElsewhere | Refusal::AnotherLinked => {
            Problem::conflict(refusal.code(), refusal.to_string())
        }
        Refusal::EmailNotVerified | Refusal::DomainNotAllowed | Refusal::NoAccount => {
            Problem::new(StatusCode::FORBIDDEN, refusal.code(), refusal.to_string())
        }
    }
}

fn provider_unavailable() -> Problem {
    Problem::unavailable(
        "provider_unavailable",
        "The provider does not answer as it should. Try again in a moment, or log in another way.",
    )
}
