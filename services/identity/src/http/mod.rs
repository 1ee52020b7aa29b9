//! Identity's endpoints: one file each. They read the request, call one use case and write the answer.
//! What any endpoint may answer (malformed bodies, time-outs, faults) the gateway documents on all of them.

mod ask_for_new_passkey;
mod ask_for_passkey;
mod begin_sign_in;
mod bodies;
mod browser;
mod change_password;
mod change_user;
mod close_account;
mod complete_sign_in;
mod confirm_email;
mod create_api_key;
mod create_organisation;
mod create_user;
mod delete_api_key;
mod delete_passkey;
mod device;
mod disable_totp;
mod docs;
mod enable_totp;
mod end_session;
mod end_sessions;
mod end_user_sessions;
mod exchange_code;
mod factors;
mod finish_sign_in;
mod follower;
mod forgot_password;
mod get_jwks;
mod get_me;
mod get_preferences;
mod get_profile;
mod get_second_factors;
mod get_user;
mod link_pages;
mod link_provider;
mod list_api_keys;
mod list_audit;
mod list_linked_accounts;
mod list_organisations;
mod list_passkeys;
mod list_providers;
mod list_sessions;
mod list_users;
mod log_in_user;
mod log_in_with_passkey;
mod log_out_user;
mod refresh_tokens;
mod register_passkey;
mod register_user;
mod renew_recovery_codes;
mod resend_verification;
mod reset_password;
mod set_up_totp;
mod show_reset_password;
mod step_up;
mod unlink_provider;
mod update_preferences;
mod update_profile;
mod verify_email;

use std::sync::Arc;

use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// All endpoints.
pub(crate) fn router(service: Arc<Service>) -> OpenApiRouter {
    routes().with_state(service)
}

/// What all endpoints take and answer: needs no service behind them.
pub(crate) fn api() -> OpenApi {
    routes().into_openapi()
}

/// One line per path, in the order of their names.
fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(routes!(ask_for_new_passkey::ask_for_new_passkey))
        .routes(routes!(ask_for_passkey::ask_for_passkey))
        .routes(routes!(change_password::change_password))
        .routes(routes!(change_user::change_user, get_user::get_user))
        .routes(routes!(close_account::close_account))
        .routes(routes!(complete_sign_in::complete_sign_in))
        .routes(routes!(
            confirm_email::confirm_email,
            verify_email::verify_email
        ))
        .routes(routes!(
            create_api_key::create_api_key,
            list_api_keys::list_api_keys
        ))
        .routes(routes!(
            create_organisation::create_organisation,
            list_organisations::list_organisations
        ))
        .routes(routes!(create_user::create_user, list_users::list_users))
        .routes(routes!(delete_api_key::delete_api_key))
        .routes(routes!(delete_passkey::delete_passkey))
        .routes(routes!(disable_totp::disable_totp))
        .routes(routes!(enable_totp::enable_totp))
        .routes(routes!(end_session::end_session))
        .routes(routes!(
            end_sessions::end_sessions,
            list_sessions::list_sessions
        ))
        .routes(routes!(end_user_sessions::end_user_sessions))
        .routes(routes!(forgot_password::forgot_password))
        .routes(routes!(get_jwks::get_jwks))
        .routes(routes!(get_me::get_me))
        .routes(routes!(get_preferences::get_preferences))
        .routes(routes!(get_profile::get_profile))
        .routes(routes!(begin_sign_in::begin_sign_in))
        .routes(routes!(exchange_code::exchange_code))
        .routes(routes!(finish_sign_in::finish_sign_in))
        .routes(routes!(link_provider::link_provider))
        .routes(routes!(list_linked_accounts::list_linked_accounts))
        .routes(routes!(list_providers::list_providers))
        .routes(routes!(get_second_factors::get_second_factors))
        .routes(routes!(list_passkeys::list_passkeys))
        .routes(routes!(list_audit::list_audit))
        .routes(routes!(log_in_user::log_in_user))
        .routes(routes!(log_in_with_passkey::log_in_with_passkey))
        .routes(routes!(log_out_user::log_out_user))
        .routes(routes!(refresh_tokens::refresh_tokens))
        .routes(routes!(register_passkey::register_passkey))
        .routes(routes!(register_user::register_user))
        .routes(routes!(renew_recovery_codes::renew_recovery_codes))
        .routes(routes!(resend_verification::resend_verification))
        .routes(routes!(
            reset_password::reset_password,
            show_reset_password::show_reset_password
        ))
        .routes(routes!(set_up_totp::set_up_totp))
        .routes(routes!(step_up::step_up))
        .routes(routes!(update_preferences::update_preferences))
        .routes(routes!(update_profile::update_profile))
        .routes(routes!(unlink_provider::unlink_provider))
}
