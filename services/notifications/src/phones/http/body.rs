//! A phone number, as its owner sees it.

use serde::Serialize;
use utoipa::ToSchema;
use values::Timestamp;

use crate::phones::Phone;

/// A verified phone number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Phone)]
pub(crate) struct PhoneBody {
    /// The number.
    #[schema(pattern = r"^\+[1-9][0-9]{7,14}$", example = "+4915112345678")]
    number: String,
    /// When it was verified.
    #[schema(value_type = String, format = DateTime)]
    verified_at: Timestamp,
    /// Since when nothing is sent to it, because STOP came from it; `null`: it is sent to. START
    /// from it, or verifying it anew, ends that.
    #[schema(value_type = Option<String>, format = DateTime)]
    stopped_at: Option<Timestamp>,
}

impl From<Phone> for PhoneBody {
    fn from(phone: Phone) -> Self {
        Self {
            number: phone.number.as_str().to_owned(),
            verified_at: phone.verified_at,
            stopped_at: phone.stopped_at,
        }
    }
}
