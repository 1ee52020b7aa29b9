//! Identity over HTTP, on both engines.

#[cfg(test)]
mod access_tokens;
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod administration;
#[cfg(test)]
mod api_keys;
#[cfg(test)]
mod app_codes;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod audit_list;
#[cfg(test)]
mod authenticator;
#[cfg(test)]
mod browser_factors;
#[cfg(test)]
mod browsers;
#[cfg(test)]
mod closing;
#[cfg(test)]
mod credential_epochs;
#[cfg(test)]
mod crowds;
#[cfg(test)]
mod dangerous_acts;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod enumeration;
#[cfg(test)]
mod failing_store;
#[cfg(test)]
mod fake_browser;
#[cfg(test)]
mod fake_provider;
mod faults;
#[cfg(test)]
mod feed;
#[cfg(test)]
mod forged_tokens;
#[cfg(test)]
mod history;
#[cfg(test)]
mod hostile_input;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod key_rotation;
#[cfg(test)]
mod lockout;
#[cfg(test)]
mod login;
#[cfg(test)]
mod logout;
#[cfg(test)]
mod mailed_links;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod oauth_links;
#[cfg(test)]
mod oauth_providers;
#[cfg(test)]
mod oauth_sessions;
#[cfg(test)]
mod organisations;
#[cfg(test)]
mod passkeys;
#[cfg(test)]
mod password_thief;
#[cfg(test)]
mod polling;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod registration;
#[cfg(test)]
mod sealing;
#[cfg(test)]
mod second_factors;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod step_up;
#[cfg(test)]
mod support;
#[cfg(test)]
mod unconfirmed;
