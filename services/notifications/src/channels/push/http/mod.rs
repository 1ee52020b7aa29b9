//! The endpoints of push: one file each.

mod push_key;
mod subscribe_push;
mod unsubscribe_push;

use std::sync::Arc;

use access::{guarded, needs, step_up_required};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::problem::Problem;

use crate::channels::push::PushError;
use crate::service::Service;

pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            needs::NotificationsOwn,
            routes!(push_key::get_push_key),
        ))
        .routes(guarded(
            needs::Profile,
            routes!(
                subscribe_push::subscribe_push,
                unsubscribe_push::unsubscribe_push
            ),
        ))
}

impl From<PushError> for Problem {
    fn from(error: PushError) -> Self {
        let said = error.to_string();
        match error {
            PushError::Endpoint(refused) => {
                Self::refused(refused.code(), said).for_param("endpoint")
            }
            PushError::Keys => Self::refused("invalid_push_keys", said).for_param("keys"),
            PushError::ProofNeeded(factors) => step_up_required(factors),
            PushError::Fault(fault) => fault.into(),
        }
    }
}
