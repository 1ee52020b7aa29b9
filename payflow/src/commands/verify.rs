//! `payflow verify`, and what `backup` and `restore` ask of a store before they call it verified: the tables of every service
//! recomputed and compared. Payments is recomputed from its journal, identity from the hash chain of its audit trail.

use std::path::Path;

use anyhow::Context;
use db::{Db, DbError, Migrations};
use identity::AuditReport;
use indicatif::{ProgressBar, ProgressStyle};
use money::Amount;
use payments::verify::{Report, Source, VerifyError, verify};

use super::{runtime, say};
use crate::cli::Store;

/// Where a store is.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// In the files of a folder.
    Folder(&'a Path),
    /// In a PostgreSQL database, by its URL.
    Database(&'a str),
}

impl Place<'_> {
    /// What holds a service's tables.
    fn of(self, schema: &str) -> String {
        match self {
            Self::Folder(folder) => folder.join(format!("{schema}.db")).display().to_string(),
            Self::Database(_) => format!("the schema {schema}"),
        }
    }
}

/// What was found to be right.
#[derive(Debug)]
pub struct Verified {
    payments: Report,
    trail: AuditReport,
}

/// Verifies a store, which may be in use.
///
/// # Errors
/// The first row that differs, or what stands against reading it.
pub fn run(store: &Store) -> anyhow::Result<()> {
    let settings = store.settings(&[])?;
    let place = if settings.database_url.is_empty() {
        // A typing error must not be answered with "all is well" about an empty store.
        super::must_be_a_store(&settings.data)?;
        Place::Folder(&settings.data)
    } else {
        Place::Database(&settings.database_url)
    };
    say(&text(&everything(place)?))
}

/// Verifies the tables of every service.
///
/// # Errors
/// The first row that differs, or what stands against reading it.
pub fn everything(place: Place<'_>) -> anyhow::Result<Verified> {
    let runtime = runtime()?;
    let payments = runtime.block_on(look(place, payments::SCHEMA, payments::migrations()))?;
    runtime.block_on(payments.close());
    let payments = recomputed(place)
        .with_context(|| format!("{} does not verify", place.of(payments::SCHEMA)))?;
    let trail = runtime.block_on(async {
        let db = look(place, identity::SCHEMA, identity::migrations()).await?;
        let checked = identity::verify_audit(&db).await;
        db.close().await;
        checked.with_context(|| format!("{} does not verify", place.of(identity::SCHEMA)))
    })?;
    Ok(Verified { payments, trail })
}

/// Opens a service's tables to read them, if they are of this version.
async fn look(
    place: Place<'_>,
    schema: &'static str,
    migrations: Migrations,
) -> anyhow::Result<Db> {
    let opened = match place {
        Place::Folder(folder) => Db::look_sqlite(&folder.join(format!("{schema}.db"))).await,
        Place::Database(url) => Db::look_postgres(url, schema).await,
    };
    let looked: Result<Db, DbError> = match opened {
        Ok(db) => db.must_be_current(migrations).await.map(|()| db),
        Err(error) => Err(error),
    };
    looked.with_context(|| format!("{} cannot be read", place.of(schema)))
}

/// Recomputes payments, with a progress bar.
fn recomputed(place: Place<'_>) -> Result<Report, VerifyError> {
    let file;
    let source = match place {
        Place::Folder(folder) => {
            file = folder.join("payments.db");
            Source::Sqlite(&file)
        }
        Place::Database(url) => Source::Postgres {
            url,
            schema: payments::SCHEMA,
        },
    };
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
pub fn text(verified: &Verified) -> String {
    let Verified {
        payments: report,
        trail,
    } = verified;
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
    text.push_str(&format!(
        "  audit trail  {} entries, hash of the last  {}\n",
        trail.entries, trail.head
    ));
    text
}
