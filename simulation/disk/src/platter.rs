//! One file as it is now, and as it was at its last sync. It fails nothing; it only knows what a
//! crash may take.

use std::collections::BTreeMap;

use crate::Random;

/// What a disk writes at once, in bytes.
pub const SECTOR: usize = 512;

/// A sector as it was when the file was last synced.
#[derive(Debug, Clone)]
struct Before {
    bytes: [u8; SECTOR],
    /// A sync failed and the page cache took what was written since for written: no later sync
    /// brings it to the disk.
    is_abandoned: bool,
}

/// A file.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// What is read.
    bytes: Vec<u8>,
    /// The sectors written since the last sync.
    before: BTreeMap<usize, Before>,
    synced_length: usize,
    /// Whether its name survives a crash.
    pub is_linked: bool,
}

/// What becomes of what was not synced.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// All of it had reached the disk.
    Kept,
    /// None of it.
    Lost,
    /// Each sector has its own.
    Mixed,
}

impl File {
    /// A file that is on the disk as it stands.
    pub fn synced(bytes: Vec<u8>) -> Self {
        Self {
            synced_length: bytes.len(),
            bytes,
            before: BTreeMap::new(),
            is_linked: true,
        }
    }

    /// What is read.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes at an offset; a gap before it is filled with zeros.
    pub fn write(&mut self, offset: usize, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        let end = offset + data.len();
        self.remember(offset.min(self.bytes.len()), end);
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[offset..end].copy_from_slice(data);
    }

    /// Makes it shorter, or longer with zeros.
    pub fn truncate(&mut self, length: usize) {
        let (from, to) = (length.min(self.bytes.len()), length.max(self.bytes.len()));
        self.remember(from, to);
        self.bytes.resize(length, 0);
    }

    /// Keeps the sectors of a range as they were synced, before they change.
    fn remember(&mut self, from: usize, to: usize) {
        for sector in from / SECTOR..to.div_ceil(SECTOR) {
            let bytes = &self.bytes;
            let before = self.before.entry(sector).or_insert_with(|| {
                let mut old = [0; SECTOR];
                let start = (sector * SECTOR).min(bytes.len());
                let end = (start + SECTOR).min(bytes.len());
                old[..end - start].copy_from_slice(&bytes[start..end]);
                Before {
                    bytes: old,
                    is_abandoned: false,
                }
            });
            before.is_abandoned = false;
        }
    }

    /// Brings it to the disk.
    pub fn sync(&mut self) {
        self.before.retain(|_, before| before.is_abandoned);
        self.synced_length = self.bytes.len();
        self.is_linked = true;
    }

    /// Fails to: some sectors are on the disk, some still wait, and some are given up though they
    /// read as written.
    pub fn fail_to_sync(&mut self, random: &mut Random) {
        self.before.retain(|_, before| match random.below(3) {
            0 => before.is_abandoned,
            1 => true,
            _ => {
                before.is_abandoned = true;
                true
            }
        });
    }

    /// Only some sectors of it reach the disk before the end.
    pub fn sync_in_part(&mut self, random: &mut Random) {
        self.before
            .retain(|_, before| before.is_abandoned || random.chance(50));
    }

    /// What was given up is tried again.
    pub fn take_up(&mut self) {
        for before in self.before.values_mut() {
            before.is_abandoned = false;
        }
    }

    /// What is found after the power went.
    pub fn crash(&mut self, random: &mut Random) {
        let fate = random.pick(&[Fate::Kept, Fate::Lost, Fate::Mixed, Fate::Mixed]);
        let (shorter, longer) = (
            self.synced_length.min(self.bytes.len()),
            self.synced_length.max(self.bytes.len()),
        );
        let length = match fate {
            Fate::Kept => self.bytes.len(),
            Fate::Lost => self.synced_length,
            Fate::Mixed => match random.below(3) {
                0 => self.bytes.len(),
                1 => self.synced_length,
                _ => shorter + random.below(longer - shorter + 1),
            },
        };
        self.bytes.resize(longer.next_multiple_of(SECTOR), 0);
        for (sector, before) in std::mem::take(&mut self.before) {
            // What was cut off since does not matter any more.
            let Some(now) = self.bytes.get_mut(sector * SECTOR..(sector + 1) * SECTOR) else {
                continue;
            };
            let is_lost = match fate {
                _ if before.is_abandoned => true,
                Fate::Kept => false,
                Fate::Lost => true,
                Fate::Mixed => match random.below(5) {
                    0 | 1 => false,
                    2 | 3 => true,
                    _ => {
                        let cut = random.below(SECTOR);
                        let torn = if random.chance(50) {
                            0..cut
                        } else {
                            cut..SECTOR
                        };
                        now[torn.clone()].copy_from_slice(&before.bytes[torn]);
                        false
                    }
                },
            };
            if is_lost {
                now.copy_from_slice(&before.bytes);
            }
        }
        self.bytes.truncate(length);
        self.synced_length = length;
        self.is_linked = true;
    }
}
