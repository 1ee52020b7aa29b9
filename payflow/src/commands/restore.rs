//! `payflow restore`: a backup checked, copied and verified, and only then put where a server finds
//! it. It overwrites nothing, and where something is wrong it leaves nothing behind.
//!
//! It works inside the data folder, which may be a mount point, in a sub-folder that no server
//! starts beside (`platform::data_dir::RESTORING`): a crash at any moment leaves a folder that is
//! refused, never half a store.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use db::{Db, Migrations};
use module::Module;
use platform::data_dir::{DataDir, LOCK, RESTORING};
use platform::private::{self, IGNORE};

use super::backup::files::{self, Unfinished};
use super::backup::manifest::{Manifest, NAME, StoredFile};
use super::backup::{check, embedded, head};
use super::{runtime, say};
use crate::cli::Restore;
use crate::wiring::{List, Services, end_access_tokens, file, file_name};

/// Restores a backup into an empty or absent data folder.
///
/// # Errors
/// What is wrong with the backup or with the folder, and what was expected.
pub fn run(args: &Restore, list: List) -> anyhow::Result<()> {
    let (settings, services) = embedded(&args.store, list, "restore it")?;
    let manifest = read(&args.source, &services)?;
    let folder = NewFolder::take(&files::absolute(&settings.data)?, &services)?;
    for file in &manifest.files {
        let target = folder.staging().join(&file.name);
        let (bytes, blake3) = files::copy(&args.source.join(&file.name), &target)?;
        same(file, bytes, &blake3)?;
    }
    for file in &manifest.beside {
        let target = folder.staging().join(&file.name);
        let (bytes, blake3) = files::copy(&args.source.join(&file.name), &target)?;
        // Digests of keys are not for logs.
        anyhow::ensure!(
            bytes == file.bytes && blake3 == file.blake3,
            "{} of the backup is damaged: its digest is not the expected one",
            file.name
        );
    }
    let verified = open_and_check(&folder.staging(), &manifest, &services)?;
    // The store knows nothing of sessions that began after the copy, nor of those that ended since.
    runtime()?.block_on(end_access_tokens(&settings, &folder.staging()))?;
    folder.keep()?;
    let mut text = format!(
        "restored to {} from a backup of {}\n",
        settings.data.display(),
        manifest.made_at
    );
    let is_new = |name: &String| manifest.files.iter().all(|file| file.name != *name);
    for name in services.names().into_iter().map(file_name).filter(is_new) {
        text.push_str(&format!(
            "  {name} is new and empty: PayFlow {}, which made the backup, had none\n",
            manifest.payflow
        ));
    }
    text.push_str(&verified);
    text.push_str(
        "  access tokens of before have ended: clients get new ones with their refresh tokens\n",
    );
    say(&text)
}

/// The manifest of a backup whose files are there and of a version that this one understands.
fn read(source: &Path, services: &Services) -> anyhow::Result<Manifest> {
    let path = source.join(NAME);
    let text = fs::read(&path).with_context(|| {
        format!(
            "{} is no finished backup: {NAME} could not be read",
            source.display()
        )
    })?;
    let manifest = Manifest::unseal(&text).with_context(|| path.display().to_string())?;
    let found: Vec<_> = manifest.files.iter().map(|file| &*file.name).collect();
    let all: Vec<_> = services.names().into_iter().map(file_name).collect();
    // A service may be younger than the backup; then its tables are made new.
    let known = services
        .copied()
        .filter(|module| found.contains(&&*file_name(module.name())));
    let known: Vec<_> = known.collect();
    let expected: Vec<_> = known
        .iter()
        .map(|module| file_name(module.name()))
        .collect();
    anyhow::ensure!(
        found == expected && !found.is_empty(),
        "{} names the files {found:?}, expected {all:?}",
        path.display()
    );
    let beside: Vec<_> = known.iter().flat_map(|module| module.files()).collect();
    for file in &manifest.beside {
        anyhow::ensure!(
            beside.iter().any(|known| known.name == file.name),
            "{} names the file {:?}, which no service keeps beside its database",
            path.display(),
            file.name
        );
    }
    for (file, module) in manifest.files.iter().zip(known) {
        let newest = newest(module.migrations());
        anyhow::ensure!(
            file.tables <= newest,
            "the tables of {} are of version {}, made by PayFlow {}; this is PayFlow {}, which expects {newest} or less: \
             restore with that version or a newer one",
            file.name,
            file.tables,
            manifest.payflow,
            env!("CARGO_PKG_VERSION")
        );
        // Before gigabytes are read: the size.
        let bytes = fs::metadata(source.join(&file.name))
            .with_context(|| format!("{} of the backup could not be read", file.name))?
            .len();
        anyhow::ensure!(
            bytes == file.bytes,
            "{} of the backup is damaged: it has {bytes} bytes, expected {}",
            file.name,
            file.bytes
        );
    }
    Ok(manifest)
}

/// The newest version of a service's tables that this program knows.
fn newest(migrations: Migrations) -> i64 {
    let versions = migrations.iter().map(|migration| migration.version);
    versions.max().unwrap_or_default()
}

fn same(file: &StoredFile, bytes: u64, blake3: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        bytes == file.bytes && blake3 == file.blake3,
        "{} of the backup is damaged: its digest is {blake3} ({bytes} bytes), expected {} ({} bytes)",
        file.name,
        file.blake3,
        file.bytes
    );
    Ok(())
}

/// Brings the tables up to date, as a server would, and checks everything.
fn open_and_check(
    folder: &Path,
    manifest: &Manifest,
    services: &Services,
) -> anyhow::Result<String> {
    let found = head(folder)?;
    anyhow::ensure!(
        found == manifest.journal,
        "the journal of the backup is at batch {}, seq {}, hash {}, expected batch {}, seq {}, hash {}",
        found.batch,
        found.seq,
        found.hash,
        manifest.journal.batch,
        manifest.journal.seq,
        manifest.journal.hash
    );
    let runtime = runtime()?;
    let opened = runtime.block_on(async {
        let mut opened = Vec::new();
        for module in services.copied() {
            let path = file(folder, module.name());
            let db = Db::open_sqlite(&path, module.migrations()).await;
            let name = file_name(module.name());
            opened.push(db.with_context(|| format!("{name} of the backup could not be opened"))?);
        }
        anyhow::Ok(opened)
    })?;
    let checked = check(folder, services);
    runtime.block_on(async {
        for db in opened {
            db.close().await;
        }
    });
    checked
}

/// What every data folder has, whether or not there is a store in it.
const FITTINGS: [&str; 2] = [LOCK, IGNORE];

/// A data folder that was empty or absent, held by its lock; empty or absent again on drop, unless
/// it was kept.
struct NewFolder {
    path: PathBuf,
    /// The names that a store's files have.
    names: Vec<String>,
    lock: Option<DataDir>,
    /// Where the store is made ready.
    staging: Option<Unfinished>,
    /// Which of [`FITTINGS`] it makes itself.
    fittings: Vec<&'static str>,
    /// The folders that did not exist before, innermost first.
    made: Vec<PathBuf>,
    kept: bool,
}

impl NewFolder {
    fn take(path: &Path, services: &Services) -> anyhow::Result<Self> {
        let absent = |path: &&Path| path.symlink_metadata().is_err();
        let missing = path.ancestors().take_while(absent).map(Path::to_owned);
        let beside = services.copied().flat_map(Module::files);
        let beside = beside.map(|file| file.name.to_owned());
        let databases = services.names().into_iter().map(file_name);
        let mut folder = Self {
            path: path.to_owned(),
            names: databases
                .flat_map(|name| [format!("{name}-head"), name])
                .chain(beside)
                .collect(),
            lock: None,
            staging: None,
            fittings: FITTINGS
                .into_iter()
                .filter(|name| !path.join(name).exists())
                .collect(),
            made: missing.collect(),
            kept: false,
        };
        if !folder.made.is_empty() {
            private::folder()
                .recursive(true)
                .create(path)
                .with_context(|| format!("{} could not be made", path.display()))?;
        } else if folder.fittings.contains(&LOCK) {
            // Not even a lock is left in a folder that is somebody else's.
            let fittings = std::mem::take(&mut folder.fittings);
            must_be_empty(path)?;
            folder.fittings = fittings;
        }
        folder.lock = Some(DataDir::open(path, &services.names())?);
        must_be_empty(path)?;
        folder.staging = Some(Unfinished::make(&path.join(RESTORING))?);
        Ok(folder)
    }

    /// Where the store is made ready.
    fn staging(&self) -> PathBuf {
        self.path.join(RESTORING)
    }

    /// Moves what was restored into the folder.
    fn keep(mut self) -> anyhow::Result<()> {
        for entry in fs::read_dir(self.staging())? {
            let entry = entry?;
            files::sync(&entry.path())?;
            fs::rename(entry.path(), self.path.join(entry.file_name()))?;
        }
        files::sync_folder(&self.path)?;
        if let Some(staging) = self.staging.take() {
            // From here on a server may start.
            staging.dissolve()?;
        }
        self.kept = true;
        files::sync_folder(&self.path)?;
        for parent in self.made.iter().filter_map(|made| made.parent()) {
            files::sync_folder(parent)?;
        }
        Ok(())
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        // What cannot be removed was never made, or holds something of somebody else.
        if self.staging.is_some() {
            for name in &self.names {
                drop(fs::remove_file(self.path.join(name)));
            }
        }
        self.staging = None;
        self.lock = None;
        for name in &self.fittings {
            drop(fs::remove_file(self.path.join(name)));
        }
        for made in &self.made {
            drop(fs::remove_dir(made));
        }
    }
}

fn must_be_empty(path: &Path) -> anyhow::Result<()> {
    let unusable = || format!("the data folder {} could not be read", path.display());
    for entry in fs::read_dir(path).with_context(unusable)? {
        let name = entry.with_context(unusable)?.file_name();
        anyhow::ensure!(
            FITTINGS.iter().any(|fitting| name == *fitting),
            "the data folder {} is not empty ({} is there): a backup is restored into an empty or absent folder; choose \
             another with --data, or move what is there away",
            path.display(),
            name.display()
        );
    }
    Ok(())
}
