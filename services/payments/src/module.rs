//! Payments as the program sees it: what is known of it closed, and what it is open. What it does
//! is elsewhere.

use std::sync::Arc;

use contracts::identity::{OrgId, UserId};
use db::{Db, Migrations, Position};
use module::{Background, Checks, Failure, Opened, Place, Progress};
use money::Amount;
use platform::health::HealthCheck;
use platform::metrics::Metrics;
use serde_json::{Map, Value};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::open::FILE;
use crate::service::Service;
use crate::verify::{Report, Source, verify};
use crate::{SCHEMA, api, flows, migrations};

/// Payments, closed.
#[derive(Debug, Clone, Copy)]
pub struct Module;

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

    /// Every commit moves the head row.
    async fn is_untouched(&self, db: &Db) -> Result<bool, Failure> {
        Ok(flows::store::head(db, 0).await?.is_at_the_beginning())
    }

    async fn has_entry(&self, db: &Db, entry: &Position) -> Result<bool, Failure> {
        let head = flows::store::head(db, entry.no.unsigned_abs()).await?;
        Ok(head.has(&entry.hash))
    }

    async fn verify(
        &self,
        _: &Db,
        place: &Place,
        progress: Progress,
    ) -> Result<Vec<String>, Failure> {
        let place = place.clone();
        let recomputed = tokio::task::spawn_blocking(move || {
            let file;
            let source = match &place {
                Place::Folder(folder) => {
                    file = folder.join(FILE);
                    Source::Sqlite(&file)
                }
                Place::Database(url) => Source::Postgres {
                    url,
                    schema: SCHEMA,
                },
            };
            verify(source, &mut |done, total| progress(done, total))
        });
        Ok(lines(&recomputed.await??))
    }
}

/// What was found to be right, for people.
fn lines(report: &Report) -> Vec<String> {
    let counts = format!(
        "{} transfers, {} accounts, {} holds, {} wallets, {} transactions, {} events in {} batches",
        report.transfers,
        report.accounts,
        report.holds,
        report.wallets,
        report.transactions,
        report.events,
        report.batches
    );
    let sums = report.currencies.iter().map(|sums| {
        let decimal = |minor: i128| match i64::try_from(minor) {
            Ok(minor) => Amount::from_minor(minor, sums.currency).to_decimal_string(),
            Err(_) => format!("{minor} minor units"),
        };
        format!(
            "{}  {} accounts, debits = credits = {} posted, {} pending",
            sums.currency.code(),
            sums.accounts,
            decimal(sums.posted),
            decimal(sums.pending)
        )
    });
    let head = format!("hash of the last batch  {}", report.head);
    [counts].into_iter().chain(sums).chain([head]).collect()
}

#[async_trait::async_trait]
impl Opened for Service {
    fn router(self: Arc<Self>) -> OpenApiRouter {
        Self::router(self)
    }

    fn checks(self: Arc<Self>) -> Checks {
        vec![
            ("journal", Arc::new(JournalCheck(self.clone()))),
            ("clock", Arc::new(ClockCheck(self))),
        ]
    }

    fn show_in(&self, metrics: &Metrics) {
        Self::show_in(self, metrics);
    }

    async fn personal_data(&self, org: OrgId, user: UserId) -> Result<Map<String, Value>, Failure> {
        self.data_of(org, user).await
    }

    async fn report(self: Arc<Self>) -> Result<module::Report, Failure> {
        self.overview().await
    }

    fn start_background(self: Arc<Self>) -> Background {
        Box::new(Self::start_background(&self))
    }

    async fn close(&self) {
        Self::close(self).await;
    }
}

/// Whether the journal commits.
struct JournalCheck(Arc<Service>);

#[async_trait::async_trait]
impl HealthCheck for JournalCheck {
    async fn check(&self) -> Result<(), String> {
        let journal = self.0.journal();
        let looked = flows::look_at_head(&self.0).await;
        looked.map_err(|error| format!("the head of the journal could not be read: {error}"))?;
        journal.check()?;
        let health = journal.health();
        if health.is_stuck() {
            return Err("a commit has been under way for long".to_owned());
        }
        if let Some(fault) = health.last_fault() {
            let again = self.0.db().check_writes().await;
            again.map_err(|error| format!("{fault}: {error}"))?;
            health.forget_fault();
        }
        Ok(())
    }
}

/// Whether the machine's clock can be trusted with a commit.
struct ClockCheck(Arc<Service>);

#[async_trait::async_trait]
impl HealthCheck for ClockCheck {
    async fn check(&self) -> Result<(), String> {
        let checked = self.0.journal().clock().check();
        checked.map_err(|untrusted| untrusted.to_string())
    }

    async fn warning(&self) -> Option<String> {
        let warning = self.0.journal().clock().warning();
        warning.map(|untrusted| untrusted.to_string())
    }
}
