//! All that is served: the gateway in front of the endpoints of all services, with the examples of
//! their documentation.

use axum::Router;
use platform::metrics::Metrics;
use tokio::sync::watch;

use crate::examples::with_examples;
use crate::settings::Settings;
use crate::wiring::App;

/// The one router. It says at `/ready` when `stopping` turns true.
///
/// # Errors
/// A setting of the gateway that cannot work.
pub fn router(
    app: &App,
    settings: &Settings,
    stopping: watch::Receiver<bool>,
) -> anyhow::Result<Router> {
    let metrics = Metrics::default();
    Ok(gateway::build(gateway::Parts {
        routers: with_examples(app.routers(&metrics)),
        services: app.opened(),
        identity: app.identity.clone(),
        authenticator: app.identity.clone(),
        metrics,
        ids: app.ids.clone(),
        limiter: app.limiter.clone(),
        clock: app.clock.clone(),
        checks: app.checks.clone(),
        stopping,
        config: settings.gateway.clone(),
        settings: settings.in_force()?,
        web_app: crate::web_app::FILES,
        mail_folder: settings.mail_folder().filter(|_| settings.is_demo),
        version: env!("CARGO_PKG_VERSION"),
    })?)
}
