//! `payflow verify`: everything recomputed from the journal, and compared; and the audit trail's chain.

use anyhow::Context;
use identity::AuditReport;
use indicatif::{ProgressBar, ProgressStyle};
use money::Amount;
use payments::verify::{Report, Source, VerifyError, verify};
use platform::db::Db;

use super::{runtime, say};
use crate::cli::Store;
use crate::settings::Settings;

/// Verifies a store, which may be in use.
///
/// # Errors
/// The first row that differs, or what stands against reading it.
pub fn run(store: &Store) -> anyhow::Result<()> {
    let settings = store.settings(&[])?;
    let file = settings.data.join("payments.db");
    let source = if settings.database_url.is_empty() {
        // A typing error must not be answered with "all is well" about an empty store.
        anyhow::ensure!(
            file.is_file(),
            "there is no store in {}",
            settings.data.display()
        );
        Source::Sqlite(&file)
    } else {
        Source::Postgres {
            url: &settings.database_url,
            schema: payments::SCHEMA,
        }
    };
    let runtime = runtime()?;
    let mut found = text(&verified(source)?);
    let trail = runtime.block_on(audit_trail(&settings))?;
    found.push_str(&format!(
        "  audit trail  {} entries, hash of the last  {}\n",
        trail.entries, trail.head
    ));
    say(&found)
}

/// Checks the audit trail.
///
/// # Errors
/// The first entry that was changed, or what stands against reading it.
async fn audit_trail(settings: &Settings) -> anyhow::Result<AuditReport> {
    let db = if settings.database_url.is_empty() {
        Db::look_sqlite(&settings.data.join("identity.db")).await
    } else {
        Db::look_postgres(&settings.database_url, identity::SCHEMA).await
    };
    let db = db.context("the audit trail could not be opened")?;
    let checked = identity::verify_audit(&db).await;
    db.close().await;
    checked.context("the audit trail is not as it was written")
}

/// Verifies with a progress bar.
///
/// # Errors
/// [`VerifyError`].
pub fn verified(source: Source<'_>) -> Result<Report, VerifyError> {
    let bar = ProgressBar::new(0);
    // The template is a constant; without it the bar has the library's own form.
    if let Ok(style) = ProgressStyle::with_template("verifying [{bar:40}] {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    let verified = verify(source, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    verified
}

/// What was found to be right, for people.
pub fn text(report: &Report) -> String {
    let mut text = format!(
        "verified: {} transfers, {} accounts, {} holds, {} wallets, {} transactions, {} events in {} batches\n",
        report.transfers,
        report.accounts,
        report.holds,
        report.wallets,
        report.transactions,
        report.events,
        report.batches
    );
    for sums in &report.currencies {
        let decimal = |minor: i128| match i64::try_from(minor) {
            Ok(minor) => Amount::from_minor(minor, sums.currency).to_decimal_string(),
            Err(_) => format!("{minor} minor units"),
        };
        text.push_str(&format!(
            "  {}  {} accounts, debits = credits = {} posted, {} pending\n",
            sums.currency.code(),
            sums.accounts,
            decimal(sums.posted),
            decimal(sums.pending)
        ));
    }
    text.push_str(&format!("  hash of the last batch  {}\n", report.head));
    text
}
