//! The disk: files by name, the faults that were ordered, and a digest of all that was done. It
//! knows nothing of SQLite.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Random;
use crate::platter::File;

/// What the disk is like, until it is told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// As it should be.
    Sound,
    /// No file can grow.
    Full,
    /// Nothing can be written.
    ReadOnly,
}

/// What happens once, at an operation that was chosen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The power goes: that operation happens in part or not at all, and none after it.
    Crash,
    /// The operation fails; a write may have happened in part, a sync for some sectors.
    Error,
}

/// At which change to come trouble is ordered; the next one is number 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Of all changes: writes, syncs, truncations, and files made and removed.
    Change(u64),
    /// Of the syncs only.
    Sync(u64),
}

/// Why an operation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It went wrong, or the power is gone.
    Io,
    /// There is no room.
    Full,
    /// There is no such file.
    Missing,
}

/// A disk in memory, under an id of its own, for as long as this lives.
#[derive(Debug)]
pub struct Disk {
    id: u64,
    files: Arc<Mutex<Files>>,
}

/// All disks by their ids, for anyone who has a path only.
static DISKS: Mutex<BTreeMap<u64, Arc<Mutex<Files>>>> = Mutex::new(BTreeMap::new());
static NEXT: AtomicU64 = AtomicU64::new(1);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The disk with this id.
pub fn find(id: u64) -> Option<Arc<Mutex<Files>>> {
    lock(&DISKS).get(&id).cloned()
}

/// A disk for one file that nobody else sees.
pub fn temporary() -> Arc<Mutex<Files>> {
    Arc::new(Mutex::new(Files::new(Random::new(0), BTreeMap::new())))
}

impl Disk {
    /// A disk with these files, all of them synced.
    #[must_use]
    pub fn new(random: Random, files: &[(String, Vec<u8>)]) -> Self {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let named = files
            .iter()
            .map(|(name, bytes)| (name.clone(), File::synced(bytes.clone())));
        let files = Arc::new(Mutex::new(Files::new(random, named.collect())));
        lock(&DISKS).insert(id, files.clone());
        Self { id, files }
    }

    /// The path of a file, for the virtual file system.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/{}/{name}", self.id))
    }

    /// Puts the disk into a condition.
    pub fn set(&self, condition: Condition) {
        lock(&self.files).condition = condition;
    }

    /// Each operation takes up to so many µs of the disk's time. 0: none.
    pub fn slow_down(&self, micros: i64) {
        lock(&self.files).slowness = micros;
    }

    /// How long all operations took together, µs.
    #[must_use]
    pub fn waited(&self) -> i64 {
        lock(&self.files).waited
    }

    /// Orders trouble. It takes the place of what was ordered before.
    pub fn order(&self, trouble: Trouble, at: At) {
        lock(&self.files).ordered = Some((trouble, at));
    }

    /// Takes back what was ordered and did not come. Whether there was such a thing.
    pub fn call_off(&self) -> bool {
        lock(&self.files).ordered.take().is_some()
    }

    /// How many changes there were: writes, syncs, truncations, and files made and removed.
    #[must_use]
    pub fn changes(&self) -> u64 {
        lock(&self.files).changes
    }

    /// Whether the power is gone.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        lock(&self.files).is_dead
    }

    /// Cuts the power now.
    pub fn kill(&self) {
        lock(&self.files).is_dead = true;
    }

    /// Brings the power back: what was synced is there, what was not is kept, lost or torn.
    /// Whatever was open is not.
    pub fn restart(&self) {
        lock(&self.files).restart();
    }

    /// Brings the power back as if only the process had died: everything reads as it was written,
    /// synced or not. Whatever was open is not.
    pub fn revive(&self) {
        lock(&self.files).revive();
    }

    /// The files as they read now.
    #[must_use]
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let files = lock(&self.files);
        let content = |(name, file): (&String, &File)| (name.clone(), file.bytes().to_vec());
        files.files.iter().map(content).collect()
    }

    /// The digest of all operations until now, in order, with what they wrote.
    #[must_use]
    pub fn digest(&self) -> blake3::Hash {
        lock(&self.files).digest.finalize()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        lock(&DISKS).remove(&self.id);
    }
}

/// The files of a disk, and the faults to come.
#[derive(Debug)]
pub struct Files {
    files: BTreeMap<String, File>,
    /// Removed, but a crash may bring them back.
    removed: BTreeMap<String, File>,
    open: BTreeSet<String>,
    random: Random,
    condition: Condition,
    ordered: Option<(Trouble, At)>,
    is_dead: bool,
    /// How often the power came back. A file that was opened before is closed.
    generation: u64,
    changes: u64,
    slowness: i64,
    waited: i64,
    digest: blake3::Hasher,
}

/// A file that is open.
#[derive(Debug)]
pub struct Opened {
    name: String,
    generation: u64,
}

impl Files {
    fn new(random: Random, files: BTreeMap<String, File>) -> Self {
        Self {
            files,
            removed: BTreeMap::new(),
            open: BTreeSet::new(),
            random,
            condition: Condition::Sound,
            ordered: None,
            is_dead: false,
            generation: 0,
            changes: 0,
            slowness: 0,
            waited: 0,
            digest: blake3::Hasher::new(),
        }
    }

    fn note(&mut self, what: &str, name: &str, at: usize, data: &[u8]) {
        self.digest.update(what.as_bytes());
        self.digest.update(name.as_bytes());
        self.digest.update(&at.to_le_bytes());
        self.digest.update(&data.len().to_le_bytes());
        self.digest.update(data);
        if self.slowness > 0 {
            self.waited += self.random.between(0, self.slowness);
        }
    }

    /// One more change; what was ordered for it, if anything was.
    fn change(&mut self, is_sync: bool) -> Result<Option<Trouble>, Failure> {
        if self.is_dead {
            return Err(Failure::Io);
        }
        self.changes += 1;
        if self.condition == Condition::ReadOnly {
            return Err(Failure::Io);
        }
        let Some((trouble, at)) = &mut self.ordered else {
            return Ok(None);
        };
        let left = match at {
            At::Sync(_) if !is_sync => return Ok(None),
            At::Change(left) | At::Sync(left) => left,
        };
        if *left > 0 {
            *left -= 1;
            return Ok(None);
        }
        let trouble = *trouble;
        self.ordered = None;
        self.is_dead = trouble == Trouble::Crash;
        Ok(Some(trouble))
    }

    /// A change that happens or does not.
    fn whole_change(&mut self) -> Result<(), Failure> {
        match self.change(false)? {
            Some(_) => Err(Failure::Io),
            None => Ok(()),
        }
    }

    fn file(&mut self, opened: &Opened) -> Result<&mut File, Failure> {
        if self.is_dead || opened.generation != self.generation {
            return Err(Failure::Io);
        }
        self.files.get_mut(&opened.name).ok_or(Failure::Io)
    }

    /// Opens a file, which is made where that is asked for. No file is open twice.
    pub fn open(&mut self, name: &str, make: bool) -> Result<Opened, Failure> {
        if self.is_dead {
            return Err(Failure::Io);
        }
        let name = name.to_owned();
        self.note("open", &name, 0, &[]);
        if self.open.contains(&name) {
            return Err(Failure::Io);
        }
        if !self.files.contains_key(&name) {
            if !make {
                return Err(Failure::Missing);
            }
            self.whole_change()?;
            if self.condition == Condition::Full {
                return Err(Failure::Full);
            }
            self.files.insert(name.clone(), File::default());
        }
        self.open.insert(name.clone());
        Ok(Opened {
            name,
            generation: self.generation,
        })
    }

    /// Closes a file.
    pub fn close(&mut self, opened: &Opened) {
        if opened.generation == self.generation {
            self.open.remove(&opened.name);
        }
    }

    /// Removes a file; a crash may bring it back.
    pub fn remove(&mut self, name: &str) -> Result<(), Failure> {
        self.note("remove", name, 0, &[]);
        if !self.files.contains_key(name) {
            return Err(Failure::Missing);
        }
        self.whole_change()?;
        if let Some(file) = self.files.remove(name)
            && file.is_linked
        {
            self.removed.insert(name.to_owned(), file);
        }
        Ok(())
    }

    /// Whether there is such a file.
    pub fn exists(&self, name: &str) -> Result<bool, Failure> {
        if self.is_dead {
            return Err(Failure::Io);
        }
        Ok(self.files.contains_key(name))
    }

    /// How long a file is, in bytes.
    pub fn length(&mut self, opened: &Opened) -> Result<usize, Failure> {
        Ok(self.file(opened)?.bytes().len())
    }

    /// Reads into a buffer; how much there was to be read.
    pub fn read(
        &mut self,
        opened: &Opened,
        offset: usize,
        into: &mut [u8],
    ) -> Result<usize, Failure> {
        let length = into.len().to_le_bytes();
        self.note("read", &opened.name, offset, &length);
        let bytes = self.file(opened)?.bytes();
        let start = offset.min(bytes.len());
        let end = (offset + into.len()).min(bytes.len());
        into[..end - start].copy_from_slice(&bytes[start..end]);
        Ok(end - start)
    }

    /// Writes.
    pub fn write(&mut self, opened: &Opened, offset: usize, data: &[u8]) -> Result<(), Failure> {
        self.note("write", &opened.name, offset, data);
        self.file(opened)?;
        let trouble = self.change(false);
        let is_full = self.condition == Condition::Full;
        let cut = self.random.below(data.len() + 1);
        // The power may be gone by now; what goes on here happened before.
        let file = self.files.get_mut(&opened.name).ok_or(Failure::Io)?;
        if trouble?.is_some() {
            file.write(offset, &data[..cut]);
            return Err(Failure::Io);
        }
        if is_full && offset + data.len() > file.bytes().len() {
            let room = file.bytes().len().saturating_sub(offset);
            file.write(offset, &data[..room.min(data.len())]);
            return Err(Failure::Full);
        }
        file.write(offset, data);
        Ok(())
    }

    /// Changes a file's length.
    pub fn truncate(&mut self, opened: &Opened, length: usize) -> Result<(), Failure> {
        self.note("truncate", &opened.name, length, &[]);
        self.file(opened)?;
        self.whole_change()?;
        self.file(opened)?.truncate(length);
        Ok(())
    }

    /// Syncs a file. When this returns, a crash takes nothing of what was written.
    pub fn sync(&mut self, opened: &Opened) -> Result<(), Failure> {
        self.note("sync", &opened.name, 0, &[]);
        self.file(opened)?;
        let trouble = self.change(true)?;
        let mut random = self.random.clone();
        if let Some(file) = self.files.get_mut(&opened.name) {
            match trouble {
                None => {
                    file.sync();
                    // The folder is synced with a new file: what had its name before is gone for
                    // good.
                    self.removed.remove(&opened.name);
                }
                Some(Trouble::Error) => file.fail_to_sync(&mut random),
                Some(Trouble::Crash) => file.sync_in_part(&mut random),
            }
        }
        self.random = random;
        if trouble.is_some() {
            return Err(Failure::Io);
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.note("restart", "", 0, &[]);
        for (name, file) in std::mem::take(&mut self.removed) {
            // Whole, or not at all: a name stands for one file or for the other.
            if self.random.chance(50) {
                self.files.insert(name, file);
            }
        }
        let random = &mut self.random;
        self.files.retain(|_, file| {
            let is_there = file.is_linked || random.chance(50);
            file.crash(random);
            is_there
        });
        self.revive();
    }

    fn revive(&mut self) {
        self.note("revive", "", 0, &[]);
        // A process that is killed while it knows of a sync that failed cannot tell the next one;
        // there is no help above the file system, so this is not simulated.
        self.files.values_mut().for_each(File::take_up);
        self.open.clear();
        self.generation += 1;
        self.is_dead = false;
        self.ordered = None;
        self.condition = Condition::Sound;
    }
}
