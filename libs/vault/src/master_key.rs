//! The master key, which seals what the vault seals: from the settings, or for an embedded store
//! from a file beside it. It seals nothing itself, and never prints a key.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platform::ids::Ids;
use platform::private;
use secrecy::{ExposeSecret, SecretBox, SecretString};

/// The file of the data folder that holds the master key where the settings name none.
pub const KEY_FILE: &str = "identity.key";

const LEN: usize = 32;

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// A master key of the settings that is none. It is not shown.
    #[error(
        "identity.master_key: number {place} is no key, it must be base64 of 32 bytes: make one with `openssl rand -base64 32`"
    )]
    NoKey {
        /// Its place in the list, from 1.
        place: usize,
    },
    /// There is no master key, and no folder to keep one in.
    #[error(
        "identity.master_key is not set, and a store on PostgreSQL needs one to seal secrets: make it with \
         `openssl rand -base64 32`, keep it, and set PAYFLOW__IDENTITY__MASTER_KEY to it on every node"
    )]
    NotSet,
    /// The file with the master key is lost or cannot be used.
    #[error(
        "{path} cannot be used ({source}): put the one of this store back, from a backup, or set identity.master_key to \
         what it held"
    )]
    KeyFile {
        /// Where it is.
        path: String,
        /// What is wrong.
        source: io::Error,
    },
}

/// 32 random bytes.
pub struct MasterKey(SecretBox<[u8; LEN]>);

impl MasterKey {
    /// The key of these bytes.
    #[must_use]
    pub fn of(bytes: [u8; LEN]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; LEN] {
        self.0.expose_secret()
    }

    /// Reads base64 of exactly 32 bytes.
    fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).ok()?;
        bytes.try_into().ok().map(Self::of)
    }
}

/// A new master key, as the settings want it: base64 of 32 random bytes.
#[must_use]
pub fn new_master_key(ids: &Ids) -> SecretString {
    STANDARD.encode(ids.secret::<LEN>()).into()
}

/// The file with the master key of a store, as it was when it was read: nothing asks for it again
/// until the next start, which needs it.
pub struct KeyFile {
    path: PathBuf,
    digest: blake3::Hash,
}

impl KeyFile {
    /// That of a data folder.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let path = folder.join(KEY_FILE);
        let digest = blake3::hash(&fs::read(&path)?);
        Ok(Self { path, digest })
    }

    /// Whether it is still there as it was.
    ///
    /// # Errors
    /// What has become of it, with what to do.
    pub fn check(&self) -> Result<(), String> {
        let what = match fs::read(&self.path) {
            Ok(found) if blake3::hash(&found) == self.digest => return Ok(()),
            Ok(_) => "holds something else than when PayFlow started".to_owned(),
            Err(error) => format!("cannot be read ({error})"),
        };
        Err(format!(
            "{} {what}: put it back from a backup, or without it no backup can be restored, and PayFlow does not start again",
            self.path.display()
        ))
    }
}

/// The keys of the settings, the newest first.
///
/// # Errors
/// [`MasterKeyError::NoKey`] that says which of them is none.
pub fn from_settings(texts: &[SecretString]) -> Result<Vec<MasterKey>, MasterKeyError> {
    let read = |(place, text): (usize, &SecretString)| {
        MasterKey::parse(text.expose_secret()).ok_or(MasterKeyError::NoKey { place })
    };
    (1..).zip(texts).map(read).collect()
}

/// The master keys: of the settings, or of the file in the data folder, which is made where nothing
/// was sealed yet.
///
/// # Errors
/// What is missing or cannot be read, and what to do.
pub fn find(
    texts: &[SecretString],
    folder: Option<&Path>,
    sealed_before: bool,
    ids: &Ids,
) -> Result<Vec<MasterKey>, MasterKeyError> {
    let keys = from_settings(texts)?;
    match folder {
        _ if !keys.is_empty() => Ok(keys),
        None => Err(MasterKeyError::NotSet),
        Some(folder) => from_file(folder, sealed_before, ids),
    }
}

fn from_file(
    folder: &Path,
    sealed_before: bool,
    ids: &Ids,
) -> Result<Vec<MasterKey>, MasterKeyError> {
    let path = folder.join(KEY_FILE);
    let unusable = |source: io::Error| MasterKeyError::KeyFile {
        path: path.display().to_string(),
        source,
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => SecretString::from(text),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unusable(error)),
        // A new key would open nothing of what is there.
        Err(error) if sealed_before => return Err(unusable(error)),
        Err(_) => {
            let key = new_master_key(ids);
            make(folder, &path, key.expose_secret()).map_err(unusable)?;
            key
        }
    };
    let lines: Option<Vec<_>> = text
        .expose_secret()
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(MasterKey::parse)
        .collect();
    lines.filter(|keys| !keys.is_empty()).ok_or_else(|| {
        let what = "it does not hold one key a line, each base64 of 32 bytes";
        unusable(io::Error::new(io::ErrorKind::InvalidData, what))
    })
}

/// Whole or not at all, durable, and for its owner alone. The data folder is locked to this
/// process.
fn make(folder: &Path, path: &Path, key: &str) -> io::Result<()> {
    let unfinished = path.with_extension("key.partial");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private::options()
        .write(true)
        .create_new(true)
        .open(&unfinished)?;
    file.write_all(format!("{key}\n").as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    // Elsewhere a folder cannot be opened as a file.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::{Engine, FakeClock, TestStore};

    fn ids() -> Ids {
        testkit::ids(FakeClock::new())
    }

    fn base64_of(number: u8) -> String {
        STANDARD.encode([number; LEN])
    }

    fn bytes(found: Result<Vec<MasterKey>, MasterKeyError>) -> Vec<[u8; LEN]> {
        let keys = found.unwrap_or_else(|error| panic!("{error}"));
        keys.iter().map(|key| *key.bytes()).collect()
    }

    fn refusal(found: Result<Vec<MasterKey>, MasterKeyError>) -> String {
        found.err().unwrap().to_string()
    }

    #[test]
    fn keys_of_the_settings_are_read_in_their_order() {
        let texts = [base64_of(2), base64_of(1)].map(SecretString::from);
        assert_eq!(bytes(from_settings(&texts)), [[2; LEN], [1; LEN]]);
    }

    #[test]
    fn what_is_no_key_is_refused_by_its_place_and_not_printed() {
        let short = STANDARD.encode([7; 31]);
        for bad in ["", "hunter2", &short, &format!("{} ", base64_of(1))] {
            let texts = [base64_of(1), bad.to_owned()].map(SecretString::from);
            let said = refusal(from_settings(&texts));
            assert!(said.contains("identity.master_key") && said.contains("number 2"));
            assert!(said.contains("openssl rand -base64 32"), "{said}");
            assert!(bad.is_empty() || !said.contains(bad), "{said}");
        }
    }

    #[test]
    fn without_a_folder_a_key_must_be_set_and_the_refusal_says_how() {
        let said = refusal(find(&[], None, false, &ids()));
        for part in ["openssl rand -base64 32", "PAYFLOW__IDENTITY__MASTER_KEY"] {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn a_folder_gets_a_key_of_its_own_once_and_for_its_owner_alone() {
        let store = TestStore::new(Engine::Sqlite);
        let folder = Some(store.folder());
        let first = bytes(find(&[], folder, false, &ids()));
        assert_eq!(first.len(), 1);
        assert_ne!(first[0], [0; LEN]);
        for sealed_before in [false, true] {
            assert_eq!(bytes(find(&[], folder, sealed_before, &ids())), first);
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(store.folder().join(KEY_FILE))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(store.folder()).unwrap().count(), 1);
    }

    #[test]
    fn a_start_that_died_while_it_made_the_key_is_begun_again() {
        let store = TestStore::new(Engine::Sqlite);
        fs::write(store.folder().join("identity.key.partial"), "half").unwrap();
        assert_eq!(
            bytes(find(&[], Some(store.folder()), false, &ids())).len(),
            1
        );
    }

    #[test]
    fn the_settings_go_before_the_file() {
        let store = TestStore::new(Engine::Sqlite);
        let texts = [SecretString::from(base64_of(3))];
        assert_eq!(
            bytes(find(&texts, Some(store.folder()), false, &ids())),
            [[3; LEN]]
        );
        assert!(!store.folder().join(KEY_FILE).exists());
    }

    #[test]
    fn a_file_may_list_older_keys_below() {
        let store = TestStore::new(Engine::Sqlite);
        let text = format!("{}\n\n{}\r\n", base64_of(2), base64_of(1));
        fs::write(store.folder().join(KEY_FILE), text).unwrap();
        let found = find(&[], Some(store.folder()), true, &ids());
        assert_eq!(bytes(found), [[2; LEN], [1; LEN]]);
    }

    #[test]
    fn a_lost_or_broken_file_is_never_replaced() {
        let store = TestStore::new(Engine::Sqlite);
        let path = store.folder().join(KEY_FILE);
        let said = refusal(find(&[], Some(store.folder()), true, &ids()));
        assert!(said.contains(KEY_FILE) && said.contains("backup"), "{said}");
        assert!(!path.exists());
        for broken in ["", "\n", "hunter2hunter2", "\u{0}\u{1}"] {
            fs::write(&path, broken).unwrap();
            for sealed_before in [false, true] {
                let said = refusal(find(&[], Some(store.folder()), sealed_before, &ids()));
                assert!(
                    said.contains(KEY_FILE) && !said.contains("hunter2"),
                    "{said}"
                );
                assert_eq!(fs::read_to_string(&path).unwrap(), broken);
            }
        }
    }

    #[test]
    fn a_key_file_that_is_gone_or_another_is_noticed() {
        let store = TestStore::new(Engine::Sqlite);
        let path = store.folder().join(KEY_FILE);
        fs::write(&path, "a key").unwrap();
        let file = KeyFile::of(store.folder()).unwrap();
        assert_eq!(file.check(), Ok(()));
        fs::write(&path, "another").unwrap();
        assert!(file.check().unwrap_err().contains("something else"));
        fs::remove_file(&path).unwrap();
        assert!(file.check().unwrap_err().contains("cannot be read"));
        fs::write(&path, "a key").unwrap();
        assert_eq!(file.check(), Ok(()));
    }
}
