//! `payflow backup`: a consistent, verified copy of an embedded store, which may be in use. It reads the store and
//! changes nothing in it.
//!
//! Each file is copied by `VACUUM INTO`: one read transaction, so that it shows one moment whatever is committed
//! meanwhile; a server commits on while it runs. (SQLite's page-wise backup takes as long here, begins again whenever
//! another process writes between its steps, and copies free pages with what was deleted.) Payments is copied before
//! identity: users are never deleted, so every user that the copy of payments names is in the later copy of identity.

pub mod files;
pub mod manifest;

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use db::Db;
use identity::KEY_FILE;
use indicatif::{ProgressBar, ProgressStyle};
use platform::clock::{Clock, SystemClock};
use platform::private;
use rusqlite::{Connection, OpenFlags};
use values::Timestamp;

use self::files::Unfinished;
use self::manifest::{FORMAT, Head, Manifest, StoredFile, StoredKey};
use super::verify::{Place, Verified};
use super::{must_be_a_store, runtime, say, verify};
use crate::cli::{Backup, Store};
use crate::settings::Settings;

/// The files of an embedded store, in the order in which they are copied.
pub const FILES: [&str; 2] = ["payments.db", "identity.db"];

/// Backs the store up into a folder that does not exist yet.
///
/// # Errors
/// What stands against it; then nothing is left of the copy.
pub fn run(args: &Backup) -> anyhow::Result<()> {
    let settings = embedded(&args.store, "back it up")?;
    must_be_a_store(&settings.data)?;
    let target = files::absolute(&args.target)?;
    anyhow::ensure!(
        target.symlink_metadata().is_err(),
        "{} exists: a backup overwrites nothing, choose another name",
        target.display()
    );
    let unfinished = Unfinished::make(&files::partial(&target)?)?;
    private::keep_out_of_git(unfinished.path())?;
    let made_at = SystemClock.now();
    for name in FILES {
        copy(&settings.data.join(name), &unfinished.path().join(name))?;
    }
    let key = copy_key(&settings.data, unfinished.path())?;
    let verified = match args.no_verify {
        true => None,
        false => Some(check(unfinished.path(), &settings.identity)?),
    };
    let manifest = describe(unfinished.path(), made_at, verified.is_some(), key)?;
    files::write(
        &unfinished.path().join(manifest::NAME),
        manifest.seal()?.as_bytes(),
    )?;
    unfinished.finish(&target)?;
    say(&told(&target, &manifest, verified.as_ref()))
}

/// The settings of a store in a folder; for one on PostgreSQL, what to do instead.
///
/// # Errors
/// [`crate::Usage`].
pub fn embedded(store: &Store, what: &str) -> anyhow::Result<Settings> {
    let settings = store.settings(&[])?;
    if settings.database_url.is_empty() {
        return Ok(settings);
    }
    Err(crate::Usage(format!(
        "the store is on PostgreSQL: {what} with PostgreSQL's own tools, pg_dump or pg_basebackup (the schemas are \
         `{}` and `{}`), then check the copy with `payflow verify --database-url URL`; docs/backup.md shows how",
        payments::SCHEMA,
        identity::SCHEMA
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
        .with_context(|| format!("{} could not be copied", from.display()));
    spinner.finish_and_clear();
    copied?;
    files::sync(to)
}

/// Copies the master key, where the store keeps one itself: without it, what is sealed in the copy is lost. After identity,
/// so that the key of everything sealed in that copy is there.
fn copy_key(data: &Path, to: &Path) -> anyhow::Result<Option<StoredKey>> {
    let path = data.join(KEY_FILE);
    if !path.is_file() {
        return Ok(None);
    }
    let (bytes, blake3) = files::copy(&path, &to.join(KEY_FILE))?;
    Ok(Some(StoredKey { bytes, blake3 }))
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    Ok(connection)
}

/// Checks the files of a store that nobody writes: SQLite's own structures and references, then everything that can be
/// recomputed, and that the master key opens what it should.
///
/// # Errors
/// The first thing that is wrong, by file.
pub fn check(folder: &Path, config: &identity::Config) -> anyhow::Result<Verified> {
    for name in FILES {
        let path = folder.join(name);
        sound(&path).with_context(|| format!("{name} is damaged"))?;
    }
    let verified = verify::everything(Place::Folder(folder))?;
    runtime()?.block_on(async {
        let db = Db::look_sqlite(&folder.join(FILES[1])).await?;
        let opened = identity::verify_keys(&db, config, folder).await;
        db.close().await;
        opened.with_context(|| format!("the master key does not fit {}", FILES[1]))
    })?;
    Ok(verified)
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

/// What a finished copy is.
fn describe(
    folder: &Path,
    made_at: Timestamp,
    verified: bool,
    key: Option<StoredKey>,
) -> anyhow::Result<Manifest> {
    let mut stored = Vec::new();
    for name in FILES {
        let path = folder.join(name);
        let (bytes, blake3) = files::digest(&path)?;
        stored.push(StoredFile {
            name: name.to_owned(),
            bytes,
            blake3,
            tables: tables(&path).with_context(|| format!("{name} is no PayFlow file"))?,
        });
    }
    Ok(Manifest {
        format: FORMAT,
        payflow: env!("CARGO_PKG_VERSION").to_owned(),
        made_at,
        verified,
        journal: head(&folder.join(FILES[0]))?,
        files: stored,
        key,
    })
}

/// The version of a file's tables: its newest migration.
fn tables(path: &Path) -> rusqlite::Result<i64> {
    let sql = "SELECT MAX(version) FROM _sqlx_migrations";
    open(path)?.query_row(sql, [], |row| row.get(0))
}

/// How far the journal of a file has come.
///
/// # Errors
/// Where it has no readable head.
pub fn head(payments: &Path) -> anyhow::Result<Head> {
    let sql = "SELECT batch, seq, time, hash FROM head";
    let read = open(payments)?.query_row(sql, [], |row| {
        Ok(Head {
            batch: row.get(0)?,
            seq: row.get(1)?,
            time: Timestamp(row.get(2)?),
            hash: blake3::Hash::from_bytes(row.get(3)?).to_hex().to_string(),
        })
    });
    read.with_context(|| format!("{} has no readable head", payments.display()))
}

fn told(target: &Path, manifest: &Manifest, verified: Option<&Verified>) -> String {
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
    text.push_str(match manifest.key {
        Some(_) => "  identity.key, the master key: keep the backup as you keep that\n",
        None => "  without a master key: keep identity.master_key of the settings\n",
    });
    match verified {
        Some(report) => text.push_str(&verify::text(report)),
        None => text.push_str("not verified: `payflow restore` will do it\n"),
    }
    text
}
