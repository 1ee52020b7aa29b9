//! The endpoints of accounts: one file each.

mod change_user;
mod close_account;
mod confirm_email;
mod create_user;
mod end_user_sessions;
pub(crate) mod follower;
mod get_me;
mod get_preferences;
mod get_profile;
mod get_user;
mod list_users;
mod problems;
mod register_user;
mod resend_verification;
mod update_preferences;
mod update_profile;
pub(crate) mod verify_email;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// One line per path.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            needs::UsersManage,
            routes!(change_user::change_user),
        ))
        .routes(guarded(needs::UsersReadAll, routes!(get_user::get_user)))
        .routes(guarded(
            needs::Profile,
            routes!(close_account::close_account),
        ))
        .routes(routes!(
            confirm_email::confirm_email,
            verify_email::verify_email
        ))
        .routes(guarded(
            needs::UsersManage,
            routes!(create_user::create_user),
        ))
        .routes(guarded(
            needs::UsersReadAll,
            routes!(list_users::list_users),
        ))
        .routes(guarded(
            needs::UsersManage,
            routes!(end_user_sessions::end_user_sessions),
        ))
        .routes(guarded(needs::Authentication, routes!(get_me::get_me)))
        .routes(guarded(
            needs::Profile,
            routes!(get_preferences::get_preferences),
        ))
        .routes(guarded(
            needs::Authentication,
            routes!(get_profile::get_profile),
        ))
        .routes(routes!(register_user::register_user))
        .routes(routes!(resend_verification::resend_verification))
        .routes(guarded(
            needs::Profile,
            routes!(update_preferences::update_preferences),
        ))
        .routes(guarded(
            needs::Profile,
            routes!(update_profile::update_profile),
        ))
}
