//! Notifications as the program sees it: what is known of it closed, and what it is open.

use std::sync::Arc;

use db::{Db, Migrations};
use module::{Background, Failure, Opened, Place, Progress};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::config::Config;
use crate::service::Service;
use crate::{SCHEMA, api, inbox, migrations};

/// Notifications, closed.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its settings.
    pub config: Config,
}

#[async_trait::async_trait]
impl module::Module for Module {
    fn name(&self) -> &'static str {
        SCHEMA
    }

    fn migrations(&self) -> Migrations {
        migrations()
    }

    fn api(&self) -> OpenApi {
        api()
    }

    /// The consumers begin before anything else is written.
    async fn is_untouched(&self, db: &Db) -> Result<bool, Failure> {
        Ok(events::is_untouched(db).await?)
    }

    fn check_settings(&self) -> Result<(), Failure> {
        Ok(self.config.check()?)
    }

    /// Reads every notification: each must be one that can be shown.
    async fn verify(&self, db: &Db, _: &Place, _: Progress) -> Result<Vec<String>, Failure> {
        let count = inbox::verify(db).await?;
        Ok(vec![format!("notifications  {count} can be read")])
    }
}

#[async_trait::async_trait]
impl Opened for Service {
    fn router(self: Arc<Self>) -> OpenApiRouter {
        crate::http::routes().with_state(self)
    }

    fn start_background(self: Arc<Self>) -> Background {
        Box::new(Self::start_background(&self))
    }
}
