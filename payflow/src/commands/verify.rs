//! `payflow verify`, and what `backup` and `restore` ask of a store before they call it verified:
//! what every service can recompute of its tables.

use std::sync::Arc;

use anyhow::Context;
use db::{Db, DbError};
use indicatif::{ProgressBar, ProgressStyle};
use module::{Module, Place, Progress};

use super::{runtime, say};
use crate::cli::Store;
use crate::wiring::history::{LogEnd, log_ends, loss_of, noted_losses};
use crate::wiring::{List, Services, file, look};

/// Verifies a store, which may be in use.
///
/// # Errors
/// The first row that differs, a loss that was noticed earlier, or what stands against reading it.
pub fn run(store: &Store, list: List) -> anyhow::Result<()> {
    let settings = store.settings(&[])?;
    let services = list(&settings);
    let place = match settings.database_url() {
        Some(url) => Place::Database(url.to_owned()),
        None => {
            // A typing error must not be answered with "all is well" about an empty store.
            super::must_be_a_store(&settings.data, &services)?;
            Place::Folder(settings.data)
        }
    };
    let verified = everything(&place, &services)?;
    // Nothing in the tables tells of what is gone from their end.
    match noted_losses(&place, &services).first() {
        Some(loss) => anyhow::bail!("{}", loss.told),
        None => say(&verified),
    }
}

/// Verifies the tables of every service; what was found to be right, for people.
///
/// # Errors
/// The first row that differs, or what stands against reading it.
pub fn everything(place: &Place, services: &Services) -> anyhow::Result<String> {
    runtime()?.block_on(async {
        let (mut lines, mut ends) = (Vec::new(), Vec::new());
        for module in services.copied() {
            let db = look_at_current(module, place).await;
            let db = db.with_context(|| format!("{} cannot be read", held(module, place)))?;
            let noted = log_ends((module, &db), place).await;
            db.close().await;
            ends.extend(noted?);
        }
        for module in services.copied() {
            lines.extend(verify(module, place, &ends).await?);
        }
        Ok(format!("verified: {}\n", lines.join("\n  ")))
    })
}

/// Looks whether the tables of every service are there, and at nothing in them.
///
/// # Errors
/// The first that is gone, or what stands against looking.
pub fn tables(place: &Place, services: &Services) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        for module in services.copied() {
            let looked = async {
                let db = look(module, place).await?;
                let checked = db.must_have_tables(module.migrations()).await;
                db.close().await;
                checked
            };
            let looked = looked.await;
            looked.with_context(|| format!("{} is not whole", held(module, place)))?;
        }
        Ok(())
    })
}

/// Where the tables of a service are.
fn held(module: &dyn Module, place: &Place) -> String {
    match place {
        Place::Folder(folder) => file(folder, module.name()).display().to_string(),
        Place::Database(_) => format!("the schema {}", module.name()),
    }
}

async fn verify(
    module: &dyn Module,
    place: &Place,
    ends: &[LogEnd],
) -> anyhow::Result<Vec<String>> {
    let held = || held(module, place);
    let db = look_at_current(module, place).await;
    let db = db.with_context(|| format!("{} cannot be read", held()))?;
    let bar = ProgressBar::new(0);
    // The template is a constant; without it the bar has the library's own form.
    if let Ok(style) = ProgressStyle::with_template("verifying [{bar:40}] {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    let shown = bar.clone();
    let progress: Progress = Arc::new(move |done, total| {
        shown.set_length(total);
        shown.set_position(done);
    });
    let loss = loss_of((module, &db), ends, place).await;
    let verified = module.verify(&db, place, progress).await;
    bar.finish_and_clear();
    db.close().await;
    if let Some(loss) = loss? {
        anyhow::bail!("{}", loss.told);
    }
    let verified = verified.map_err(anyhow::Error::from_boxed);
    verified.with_context(|| format!("{} does not verify", held()))
}

/// Opens a service's tables to read them, if they are of this version.
async fn look_at_current(module: &dyn Module, place: &Place) -> Result<Db, DbError> {
    let db = look(module, place).await?;
    db.must_be_current(module.migrations()).await?;
    Ok(db)
}
