//! Risk as the program sees it: what is known of it closed, and what it is open.

use std::sync::Arc;

use contracts::identity::{OrgId, UserId};
use db::{Db, Migrations, Position};
use module::{Background, Checks, Failure, Opened, Place, Progress, Report};
use platform::health::HealthCheck;
use platform::metrics::Metrics;
use serde_json::{Map, Value};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::config::Config;
use crate::sanctions::health::ListsCheck;
use crate::service::Service;
use crate::{SCHEMA, api, cases, decisions, migrations};

/// Risk, closed.
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

    fn check_settings(&self) -> Result<(), Failure> {
        Ok(self.config.validate()?)
    }

    /// The consumers begin before anything else is written.
    async fn is_untouched(&self, db: &Db) -> Result<bool, Failure> {
        Ok(events::is_untouched(db).await?)
    }

    async fn log_ends(&self, db: &Db) -> Result<Vec<(String, Position)>, Failure> {
        Ok(events::log_ends::noted(db).await?)
    }

    /// It keeps no log of its own; it counts its commits.
    async fn has_entry(&self, db: &Db, entry: &Position) -> Result<bool, Failure> {
        Ok(db.has_counted(entry.no).await?)
    }

    /// Reads every decision and every case: each must be one that can be shown.
    async fn verify(&self, db: &Db, _: &Place, _: Progress) -> Result<Vec<String>, Failure> {
        let decisions = decisions::verify(db).await?;
        let cases = cases::verify(db).await?;
        Ok(vec![format!(
            "risk           {decisions} decisions and {cases} cases can be read"
        )])
    }
}

#[async_trait::async_trait]
impl Opened for Service {
    fn router(self: Arc<Self>) -> OpenApiRouter {
        let notifications = crate::kyc::http::notification_router(&self);
        crate::http::routes().merge(notifications).with_state(self)
    }

    fn checks(self: Arc<Self>) -> Checks {
        let mut checks = Checks::new();
        if self.config.enabled && !self.sanctions.sources.is_empty() {
            checks.push(("sanctions_lists", Arc::new(ListsCheck(self.clone()))));
        }
        if self.config.enabled {
            checks.push(("assessment", Arc::new(AssessmentCheck(self))));
        }
        checks
    }

    fn show_in(&self, metrics: &Metrics) {
        self.watch.show_in(metrics);
        self.case_metrics.show_in(metrics);
        self.sanctions.metrics.show_in(metrics);
    }

    /// Cases and matches with sanctions lists are not in it: who is looked at must not learn of it.
    async fn personal_data(&self, org: OrgId, user: UserId) -> Result<Map<String, Value>, Failure> {
        self.data_of(org, user).await
    }

    async fn report(self: Arc<Self>) -> Result<Report, Failure> {
        let queues = self.queue_figures().await?;
        let cases = self.case_figures().await?;
        Ok(Report {
            queues,
            concerns: self.concerns(&cases),
            cases: Some(cases),
            ..Report::default()
        })
    }

    fn start_background(self: Arc<Self>) -> Background {
        Box::new(Self::start_background(&self))
    }

    /// What was decided last is written.
    async fn close(&self) {
        if let Err(error) = self.note_log_ends().await {
            tracing::warn!(%error, "how far other services have come could not be noted");
        }
        if let Err(error) = self.keep_breakers().await {
            tracing::warn!(%error, "what breakers have counted could not be kept");
        }
        if let Err(error) = self.write_decided().await {
            tracing::warn!(%error, "the facts of the last decisions could not be written");
        }
    }
}

/// Whether transactions are assessed, and what was decided is kept.
struct AssessmentCheck(Arc<Service>);

#[async_trait::async_trait]
impl HealthCheck for AssessmentCheck {
    /// Payments go on by their policy where risk has no answer.
    async fn check(&self) -> Result<(), String> {
        Ok(())
    }

    async fn warning(&self) -> Option<String> {
        if !self.0.memory.has_all() {
            let told = "what has happened is still being read, and nothing is assessed: `payments.risk` decides until then";
            return Some(told.to_owned());
        }
        let stuck = self.0.written.stuck()?;
        Some(format!(
            "what was decided cannot be written: {stuck} decisions wait"
        ))
    }
}
