//! Whether a store has all of its databases when it is opened, and what becomes of one that does
//! not. It makes nothing.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use db::Db;
use module::{CompanionFile, Module, Place};
use platform::data_dir::DataDir;

use super::history::{end_beside, log_ends};
use super::{Services, file, file_name, look};

/// What becomes of a store of which something was lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// It is refused.
    Refused,
    /// Tables of services that have none are made.
    TablesMade,
    /// A database of which what was committed last is lost is accepted.
    HistoryAccepted,
}

impl Lost {
    /// Refuses a store of which something was lost.
    pub(super) async fn refuse(
        self,
        place: &Place,
        list: &Services,
        folder: Option<&DataDir>,
    ) -> anyhow::Result<()> {
        if let Some(folder) = folder {
            refuse_a_folder_that_had_a_store(folder, list)?;
        }
        match self {
            Self::Refused | Self::HistoryAccepted => refuse_part_of_a_store(place, list).await,
            Self::TablesMade => refuse_lost_tables(place, list).await,
        }
    }
}

/// A folder without any database, in which there was a store: beginning anew would look as if
/// nobody had ever had an account. The master key tells of it, which is made after the tables, and
/// the lock.
fn refuse_a_folder_that_had_a_store(folder: &DataDir, list: &Services) -> anyhow::Result<()> {
    let names = list.names();
    let is_there = |file: &CompanionFile| folder.file(file.name).is_file();
    let left = list.modules().flat_map(Module::files).any(is_there);
    if !(left || folder.had_store()) || names.iter().any(|name| has_content(folder.path(), name)) {
        return Ok(());
    }
    anyhow::bail!(
        "there was a store in {}, and its databases are missing or empty ({}): restore the whole store from its backup into a new \
         folder with `payflow restore`. To begin anew, without anything of it, empty the folder or name another one with --data",
        folder.path().display(),
        files(&names)
    )
}

/// For so long another node may be making the tables of a new database.
const MAKING: Duration = Duration::from_secs(5);

/// A store without some of its tables is one that something was lost of: empty tables in their
/// place would look well. Unless its first start ended before it had made them all.
async fn refuse_part_of_a_store(place: &Place, list: &Services) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(250));
    loop {
        looks.tick().await;
        let there = services_there(place, &list.names()).await?;
        let (found, missing): (Vec<_>, Vec<_>) = list
            .modules()
            .map(Module::name)
            .partition(|name| there.iter().any(|there| there == name));
        if missing.is_empty() || is_first_start(place, list, &found).await? {
            return Ok(());
        }
        if place.folder().is_none() && begun.elapsed() < MAKING {
            continue;
        }
        let (what, how) = match place {
            Place::Folder(folder) => (
                format!("{} of the store in {}", files(&missing), folder.display()),
                "with `payflow restore`",
            ),
            Place::Database(_) => (
                format!("the schema `{}` of the store", missing.join("` and `")),
                "with pg_restore",
            ),
        };
        anyhow::bail!(
            "{what} is missing or empty, beside {}: restore the whole store from its backup {how}, or, if this PayFlow is the first \
             with that service, make its tables with `payflow migrate`",
            found.join(" and ")
        );
    }
}

/// Tables that are missing are made for a service that is new, and not for one of whose log
/// something is known.
async fn refuse_lost_tables(place: &Place, list: &Services) -> anyhow::Result<()> {
    let there = services_there(place, &list.names()).await?;
    let mut ends = Vec::new();
    for module in list.modules() {
        if !there.iter().any(|there| there == module.name()) {
            ends.extend(end_beside(module.name(), place)?);
            continue;
        }
        let db = look(module, place).await;
        let db = db.with_context(|| format!("{} cannot be read", module.name()))?;
        let noted = log_ends((module, &db), place).await;
        db.close().await;
        ends.extend(noted?);
    }
    let Some((lost, end)) = ends.iter().find(|(of, _)| !there.contains(of)) else {
        return Ok(());
    };
    anyhow::bail!(
        "the tables of {lost} are missing or empty, and {} entries of its log were committed: put its database back, or restore the whole \
         store from its backup",
        end.no
    )
}

/// Whether the services that have tables are the first of the list, which get theirs first, and
/// nothing was written to these.
async fn is_first_start(place: &Place, list: &Services, found: &[&str]) -> anyhow::Result<bool> {
    for (module, found) in list.modules().zip(found) {
        if module.name() != *found || !is_untouched(module, place).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn is_untouched(module: &dyn Module, place: &Place) -> anyhow::Result<bool> {
    let db = look(module, place).await;
    let db = db.with_context(|| format!("{} cannot be read", module.name()))?;
    let untouched = match db.tables().await?.is_empty() {
        true => Ok(true),
        false => module.is_untouched(&db).await,
    };
    db.close().await;
    untouched.map_err(anyhow::Error::from_boxed)
}

fn files(services: &[&str]) -> String {
    let names = services.iter().map(|name| file_name(name));
    names.collect::<Vec<_>>().join(" and ")
}

fn has_content(folder: &Path, service: &str) -> bool {
    let found = fs::metadata(file(folder, service));
    found.is_ok_and(|file| file.len() > 0)
}

/// Which of these services have tables in a store; on PostgreSQL others, too.
pub(super) async fn services_there(
    place: &Place,
    services: &[&str],
) -> anyhow::Result<Vec<String>> {
    match place {
        Place::Folder(folder) => {
            let there = services.iter().filter(|name| has_content(folder, name));
            Ok(there.map(|name| (*name).to_owned()).collect())
        }
        Place::Database(url) => {
            let db = Db::look_postgres(url, "public").await;
            let db = db.context("the PostgreSQL database could not be opened")?;
            let found: Vec<(String,)> = db.fetch_all(SCHEMAS, vec![]).await?;
            db.close().await;
            Ok(found.into_iter().map(|(schema,)| schema).collect())
        }
    }
}

const SCHEMAS: &str =
    "SELECT CAST(schemaname AS TEXT) FROM pg_tables WHERE tablename = '_sqlx_migrations'";
