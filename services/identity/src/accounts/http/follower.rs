//! Who follows a mailed link: the client with its device, and who is logged in there. Neither has
//! to be known.

use std::sync::Arc;

use access::Principal;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use web::client::Client;
use web::problem::Problem;

use crate::login::http::device::KnownDevice;
use crate::service::Service;

/// Who follows a link.
pub(crate) struct Following {
    pub(crate) client: Client,
    pub(crate) principal: Option<Principal>,
}

impl FromRequestParts<Arc<Service>> for Following {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &Arc<Service>,
    ) -> Result<Self, Problem> {
        let KnownDevice(client) = KnownDevice::from_request_parts(parts, service).await?;
        let principal = Principal::from_request_parts(parts, service).await.ok();
        Ok(Self { client, principal })
    }
}
