//! The id under which a request is known in answers and logs: the caller's own, or one made here.
//! It never trusts the caller's beyond its form.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use platform::ids::Ids;
use values::typed_id;

/// The header that carries the id, in and out.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 128;

typed_id!(
    /// A request whose caller gave it no id: `req_…`.
    MadeId,
    "req"
);

/// The id as text and as a header.
#[derive(Debug, Clone)]
pub(crate) struct RequestId {
    pub(crate) text: Arc<str>,
    pub(crate) header: HeaderValue,
}

impl RequestId {
    /// The caller's id where it is 1 to 128 printable ASCII characters without spaces, else a new
    /// one.
    pub(crate) fn of(headers: &HeaderMap, ids: &Ids) -> Self {
        headers
            .get(X_REQUEST_ID)
            .and_then(Self::accept)
            .unwrap_or_else(|| Self::make(ids))
    }

    fn accept(header: &HeaderValue) -> Option<Self> {
        let bytes = header.as_bytes();
        let fits =
            (1..=MAX_LENGTH).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
        let text = header.to_str().ok().filter(|_| fits)?;
        Some(Self {
            text: text.into(),
            header: header.clone(),
        })
    }

    #[expect(clippy::expect_used, reason = "base 32 is always a valid header")]
    fn make(ids: &Ids) -> Self {
        let text = MadeId::from_uuid(ids.next()).to_string();
        Self {
            text: text.as_str().into(),
            header: HeaderValue::try_from(text).expect("a TypeID is printable ASCII"),
        }
    }
}
