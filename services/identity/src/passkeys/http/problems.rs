//! How the refusals of passkeys look to a client.

use web::problem::Problem;

use crate::passkeys::error::PasskeyError;
use crate::passkeys::passkey::MOST;

impl From<PasskeyError> for Problem {
    fn from(error: PasskeyError) -> Self {
        match error {
            PasskeyError::Ceremony => Self::refused(
                "invalid_ceremony",
                "This ceremony is unknown, used or older than five minutes. Begin another.",
            ),
            PasskeyError::Refused => Self::refused(
                "passkey_refused",
                "This answer registers no passkey. Pass on what the browser answers, unchanged, and let it verify its user.",
            ),
            PasskeyError::Taken => Self::conflict(
                "passkey_taken",
                "This passkey is registered already. Use another.",
            ),
            PasskeyError::TooMany => Self::conflict(
                "too_many_passkeys",
                format!("You have {MOST} passkeys, which is the most. Delete one first."),
            ),
            PasskeyError::Unknown(id) => Self::not_found(format!("You have no passkey {id}.")),
            PasskeyError::Unavailable => Self::refused(
                "passkeys_unavailable",
                "This installation has no name for passkeys. Its operator sets identity.public_url to https:// and a name.",
            ),
            PasskeyError::InvalidName(invalid) => invalid.into(),
            PasskeyError::Credential(error) => error.into(),
            PasskeyError::Fault(fault) => fault.into(),
        }
    }
}
