//! `payflow backup`: a consistent, verified copy of an embedded store, which may be in use. It
//! reads the store and changes nothing in it.
//!
//! Each file is copied by `VACUUM INTO`: one read transaction, so that it shows one moment whatever
//! is committed meanwhile; a server commits on while it runs. (SQLite's page-wise backup takes as
//! long here, begins again whenever another process writes between its steps, and copies free pages
//! with what was deleted.) In which order the services' files are copied, and why, says the list of
//! services (`wiring.rs`).

pub mod files;
pub mod manifest;

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use module::{CompanionFile, Module, Place};
use platform::clock::{Clock, SystemClock};
use platform::private;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use values::Timestamp;

use self::files::Unfinished;
use self::manifest::{FORMAT, Head, Manifest, StoredCompanion, StoredFile};
use super::{must_be_a_store, runtime, say, verify};
use crate::cli::{Backup, Store};
use crate::settings::Settings;
use crate::wiring::history::{self, Loss};
use crate::wiring::{List, Services, file, file_name};

/// Backs the store up into a folder that does not exist yet.
///
/// # Errors
/// What stands against it; then nothing is left of the copy.
pub fn run(args: &Backup, list: List) -> anyhow::Result<()> {
    let (settings, services) = embedded(&args.store, list, "back it up")?;
    must_be_a_store(&settings.data, &services)?;
    let target = files::absolute(&args.target)?;
    anyhow::ensure!(
        target.symlink_metadata().is_err(),
        "{} exists: a backup overwrites nothing, choose another name",
        target.display()
    );
    let place = Place::Folder(settings.data.clone());
    let losses = match runtime()?.block_on(history::losses(&place, &services)) {
        Ok(losses) => Ok(told_losses(&losses, args.no_verify)?),
        Err(error) => Err(error),
    };
    let unfinished = Unfinished::make(&files::partial(&target)?)?;
    private::keep_out_of_git(unfinished.path())?;
    let made_at = SystemClock.now();
    let mut beside = Vec::new();
    for module in services.copied() {
        let (from, to) = (&settings.data, unfinished.path());
        copy(&file(from, module.name()), &file(to, module.name()))?;
        // Afterwards, so that what the copy of the database needs is there.
        beside.extend(copy_companions(module, from, to)?);
    }
    let verified = match args.no_verify {
        true => {
            verify::tables(&Place::Folder(unfinished.path().to_owned()), &services)?;
            None
        }
        false => Some(check(unfinished.path(), &services).context(AS_IT_IS)?),
    };
    // What is wrong with the copy says more than why the store could not be looked at.
    let losses = losses.or_else(|error| told_unknown(error, args.no_verify))?;
    let manifest = Manifest {
        format: FORMAT,
        payflow: env!("CARGO_PKG_VERSION").to_owned(),
        made_at,
        verified: verified.is_some(),
        journal: head(unfinished.path())?,
        files: describe(unfinished.path(), &services)?,
        beside,
    };
    files::write(
        &unfinished.path().join(manifest::NAME),
        manifest.seal()?.as_bytes(),
    )?;
    unfinished.finish(&target)?;
    let mut text = told(&target, &services, &manifest, verified.as_deref());
    text.push_str(&losses);
    say(&text)
}

const AS_IT_IS: &str =
    "nothing was backed up (`payflow backup --no-verify` copies the store as it is)";

/// What is known to be lost of the store, for those who want a copy all the same.
///
/// # Errors
/// The first loss, for everybody else.
fn told_losses(losses: &[Loss], no_verify: bool) -> anyhow::Result<String> {
    match losses.first() {
        Some(loss) if !no_verify => Err(anyhow::anyhow!("{}", loss.told).context(AS_IT_IS)),
        _ => Ok(losses
            .iter()
            .map(|loss| format!("{}\n", loss.told))
            .collect()),
    }
}

/// The same where it is not known whether something is lost.
///
/// # Errors
/// Why not, for everybody else.
fn told_unknown(error: anyhow::Error, no_verify: bool) -> anyhow::Result<String> {
    match no_verify {
        true => Ok(format!(
            "whether something of the store is lost is not known: {error:#}\n"
        )),
        false => Err(error.context(AS_IT_IS)),
    }
}

/// The settings and the services of a store in a folder; for one on PostgreSQL, what to do instead.
///
/// # Errors
/// [`crate::Usage`].
pub fn embedded(store: &Store, list: List, what: &str) -> anyhow::Result<(Settings, Services)> {
    let settings = store.settings(&[])?;
    let services = list(&settings);
    if settings.database_url().is_none() {
        return Ok((settings, services));
    }
    Err(crate::Usage(format!(
        "the store is on PostgreSQL: {what} with PostgreSQL's own tools, pg_dump or pg_basebackup (the schemas are \
         `{}`), then check the copy with `payflow verify --database-url URL`; docs/backup.md shows how",
        services.names().join("` and `")
    ))
    .into())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}")?;
    let spinner = ProgressBar::new_spinner().with_style(style);
    spinner.set_message(format!("copying {}", from.display()));
    spinner.enable_steady_tick(Duration::from_millis(100));
    // Made first, so that it is nobody else's to read at any moment.
    files::create(to)?;
    let name = to
        .to_str()
        .with_context(|| format!("{} is not UTF-8: choose another target", to.display()))?;
    let copied = open(from)
        .and_then(|connection| connection.execute("VACUUM INTO ?1", [name]))
        .map_err(|error| not_copied(error, from, to));
    spinner.finish_and_clear();
    copied?;
    files::sync(to)
}

/// What SQLite says where the store cannot be read. The copy is written.
const READS: [i32; 3] = [
    rusqlite::ffi::SQLITE_IOERR_READ,
    rusqlite::ffi::SQLITE_IOERR_SHORT_READ,
    rusqlite::ffi::SQLITE_IOERR_SHMMAP,
];

/// SQLite calls a disk without room an I/O error, where it is the copy's.
fn not_copied(error: rusqlite::Error, from: &Path, to: &Path) -> anyhow::Error {
    let is_read = error
        .sqlite_error()
        .is_some_and(|error| READS.contains(&error.extended_code));
    let what = match error.sqlite_error_code() {
        _ if is_read => format!(
            "{} could not be read: check the disk that it is on, and run `payflow verify`",
            from.display()
        ),
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => format!(
            "{} could not be copied: the disk of {} is full or does not work; make room on it, or choose another folder for the backup",
            from.display(),
            to.display()
        ),
        _ => format!("{} could not be copied", from.display()),
    };
    anyhow::Error::new(error).context(what)
}

/// Copies the files that a service keeps beside its database, where they are there.
fn copy_companions(
    module: &dyn Module,
    data: &Path,
    to: &Path,
) -> anyhow::Result<Vec<StoredCompanion>> {
    let there = |file: &&CompanionFile| data.join(file.name).is_file();
    let copied = module.files().iter().filter(there).map(|file| {
        let (bytes, blake3) = files::copy(&data.join(file.name), &to.join(file.name))?;
        Ok(StoredCompanion {
            name: file.name.to_owned(),
            bytes,
            blake3,
        })
    });
    copied.collect()
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    Ok(connection)
}

/// Checks the files of a store that nobody writes: SQLite's own structures and references, then
/// everything that can be recomputed. What was found to be right, for people.
///
/// # Errors
/// The first thing that is wrong, by file.
pub fn check(folder: &Path, services: &Services) -> anyhow::Result<String> {
    for service in services.names() {
        let path = file(folder, service);
        sound(&path).with_context(|| format!("{} is damaged", file_name(service)))?;
    }
    verify::everything(&Place::Folder(folder.to_owned()), services)
}

fn sound(path: &Path) -> anyhow::Result<()> {
    let connection = open(path)?;
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    anyhow::ensure!(found == "ok", "{found}");
    let orphan = connection
        .prepare("PRAGMA foreign_key_check")?
        .query_map([], |row| row.get::<_, String>(0))?
        .next()
        .transpose()?;
    if let Some(table) = orphan {
        anyhow::bail!("a row of {table} names a row that is not there");
    }
    Ok(())
}

/// The databases of a finished copy.
fn describe(folder: &Path, services: &Services) -> anyhow::Result<Vec<StoredFile>> {
    let described = services.names().into_iter().map(|service| {
        let (name, path) = (file_name(service), file(folder, service));
        let (bytes, blake3) = files::digest(&path)?;
        let tables = tables(&path).with_context(|| format!("{name} is no PayFlow file"))?;
        Ok(StoredFile {
            name,
            bytes,
            blake3,
            tables,
        })
    });
    described.collect()
}

/// The version of a file's tables: its newest migration.
fn tables(path: &Path) -> rusqlite::Result<i64> {
    let sql = "SELECT MAX(version) FROM _sqlx_migrations";
    open(path)?.query_row(sql, [], |row| row.get(0))
}

/// How far the journal of a store has come.
///
/// # Errors
/// Where it has no readable head.
pub fn head(folder: &Path) -> anyhow::Result<Head> {
    let sql = "SELECT batch, seq, time, hash FROM head";
    let payments = file(folder, payments::SCHEMA);
    let read = open(&payments)?.query_row(sql, [], |row| {
        Ok(Head {
            batch: row.get(0)?,
            seq: row.get(1)?,
            time: Timestamp(row.get(2)?),
            hash: blake3::Hash::from_bytes(row.get(3)?).to_hex().to_string(),
        })
    });
    read.with_context(|| format!("{} has no readable head", payments.display()))
}

fn told(target: &Path, services: &Services, manifest: &Manifest, verified: Option<&str>) -> String {
    let head = &manifest.journal;
    let mut text = format!(
        "backed up to {}\n  journal at batch {}, seq {}\n",
        target.display(),
        head.batch,
        head.seq
    );
    for file in &manifest.files {
        text.push_str(&format!("  {}  {} bytes\n", file.name, file.bytes));
    }
    for file in services.copied().flat_map(Module::files) {
        let copied = manifest.beside.iter().any(|copy| copy.name == file.name);
        text.push_str(&match copied {
            true => format!("  {}, {}\n", file.name, file.copied),
            false => format!("  {}\n", file.absent),
        });
    }
    text.push_str(verified.unwrap_or("not verified: `payflow restore` will do it\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_that_fails_is_named_that_of_the_copy_or_that_of_the_store() {
        use rusqlite::ffi;
        for (code, expected) in [
            (ffi::SQLITE_FULL, "the disk of copy/payments.db is full"),
            (
                ffi::SQLITE_IOERR_WRITE,
                "the disk of copy/payments.db is full",
            ),
            (
                ffi::SQLITE_IOERR_FSYNC,
                "the disk of copy/payments.db is full",
            ),
            (ffi::SQLITE_IOERR_READ, "data/payments.db could not be read"),
            (
                ffi::SQLITE_IOERR_SHORT_READ,
                "data/payments.db could not be read",
            ),
        ] {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let [from, to] = ["data/payments.db", "copy/payments.db"].map(Path::new);
            let told = format!("{:#}", not_copied(error, from, to));
            assert!(told.contains(expected), "{told}");
        }
    }
}
