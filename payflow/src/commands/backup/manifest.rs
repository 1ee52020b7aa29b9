//! The manifest of a backup: what was copied, when, by which version, and how to know that it is
//! unharmed. It touches no files.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use values::Timestamp;

/// The manifest's file in a backup.
pub const NAME: &str = "manifest.json";
/// The form of the manifest, and of the folder that it describes. 3: with any files beside the
/// databases; 2 had one of them, the master key, under `key`; 1 had none.
pub const FORMAT: u32 = 3;
/// The name of the file that format 2 called `key`.
const KEY_OF_FORMAT_2: &str = "identity.key";

/// What a backup is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`] of the version that made it.
    pub format: u32,
    /// The version of PayFlow that made it.
    pub payflow: String,
    /// When the copying began.
    pub made_at: Timestamp,
    /// Whether the copy was verified when it was made.
    pub verified: bool,
    /// How far the journal had come.
    pub journal: Head,
    /// The databases, in the order in which they were copied.
    pub files: Vec<StoredFile>,
    /// The files beside the databases.
    #[serde(default)]
    pub beside: Vec<StoredCompanion>,
}

/// The journal's head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The number of its last batch.
    pub batch: i64,
    /// The number of its last record.
    pub seq: i64,
    /// The time of its last batch.
    pub time: Timestamp,
    /// The hash of its last batch, over all before it: hexadecimal.
    pub hash: String,
}

/// A database of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredFile {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its BLAKE3 digest: hexadecimal.
    pub blake3: String,
    /// The version of its tables: the newest migration.
    pub tables: i64,
}

/// A file that a service keeps beside its database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredCompanion {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its BLAKE3 digest: hexadecimal. Of a key it tells nothing: that has 256 random bits.
    pub blake3: String,
}

/// The text of the file: the manifest, and the digest of exactly its bytes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    manifest: Box<RawValue>,
    blake3: String,
}

#[derive(Deserialize)]
struct AnyFormat {
    format: u32,
    payflow: Option<String>,
}

impl Manifest {
    /// The text of the manifest's file.
    ///
    /// # Errors
    /// Where it has no JSON form.
    pub fn seal(&self) -> anyhow::Result<String> {
        let manifest = RawValue::from_string(serde_json::to_string_pretty(self)?)?;
        let blake3 = digest(&manifest);
        let mut text = serde_json::to_string_pretty(&Sealed { manifest, blake3 })?;
        text.push('\n');
        Ok(text)
    }

    /// Reads the text of a manifest's file.
    ///
    /// # Errors
    /// Where it is damaged or of a newer version, with what was expected.
    pub fn unseal(text: &[u8]) -> anyhow::Result<Self> {
        let sealed: Sealed =
            serde_json::from_slice(text).context("it is damaged, or no manifest of a backup")?;
        let found = digest(&sealed.manifest);
        anyhow::ensure!(
            found == sealed.blake3,
            "it is damaged: its digest is {found}, expected {}",
            sealed.blake3
        );
        let any: AnyFormat = serde_json::from_str(sealed.manifest.get())?;
        anyhow::ensure!(
            any.format <= FORMAT,
            "it is of format {}, made by PayFlow {}; this is PayFlow {}, which expects format {FORMAT}: restore with \
             that version or a newer one",
            any.format,
            any.payflow.as_deref().unwrap_or("(unknown)"),
            env!("CARGO_PKG_VERSION")
        );
        let mut content: Value = serde_json::from_str(sealed.manifest.get())?;
        if any.format == 2 {
            rename_key(&mut content);
        }
        Ok(serde_json::from_value(content)?)
    }
}

/// Makes content of format 2 such of format 3.
fn rename_key(content: &mut Value) {
    let Value::Object(content) = content else {
        return;
    };
    if let Some(Value::Object(mut key)) = content.remove("key") {
        key.insert("name".to_owned(), KEY_OF_FORMAT_2.into());
        content.insert("beside".to_owned(), vec![Value::Object(key)].into());
    }
}

fn digest(manifest: &RawValue) -> String {
    blake3::hash(manifest.get().as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let file = |name: &str| StoredFile {
            name: name.to_owned(),
            bytes: 4_096,
            blake3: blake3::hash(name.as_bytes()).to_hex().to_string(),
            tables: 1,
        };
        Manifest {
            format: FORMAT,
            payflow: "0.1.0".to_owned(),
            made_at: Timestamp(1_790_000_000_123_456),
            verified: true,
            journal: Head {
                batch: 41,
                seq: 977,
                time: Timestamp(1_790_000_000_000_000),
                hash: "ab".repeat(32),
            },
            files: vec![file("payments.db"), file("identity.db")],
            beside: vec![StoredCompanion {
                name: KEY_OF_FORMAT_2.to_owned(),
                bytes: 45,
                blake3: blake3::hash(b"key").to_hex().to_string(),
            }],
        }
    }

    /// The text of a manifest with another content, sealed as a version with that content would.
    fn sealed(change: fn(&mut serde_json::Value)) -> String {
        let mut content = serde_json::to_value(manifest()).unwrap();
        change(&mut content);
        let manifest = RawValue::from_string(content.to_string()).unwrap();
        let blake3 = digest(&manifest);
        serde_json::to_string(&Sealed { manifest, blake3 }).unwrap()
    }

    #[test]
    fn a_sealed_manifest_comes_back() {
        let text = manifest().seal().unwrap();
        assert_eq!(Manifest::unseal(text.as_bytes()).unwrap(), manifest());
        assert_eq!(
            Manifest::unseal(sealed(|_| ()).as_bytes()).unwrap(),
            manifest()
        );
    }

    #[test]
    fn manifests_of_earlier_formats_are_read() {
        let first = sealed(|content| {
            content["format"] = 1.into();
            content.as_object_mut().unwrap().remove("beside");
        });
        let read = Manifest::unseal(first.as_bytes()).unwrap();
        assert_eq!((read.files, read.beside), (manifest().files, vec![]));
        let second = sealed(|content| {
            content["format"] = 2.into();
            let mut key = content["beside"][0].take();
            key.as_object_mut().unwrap().remove("name");
            content["key"] = key;
            content.as_object_mut().unwrap().remove("beside");
        });
        let read = Manifest::unseal(second.as_bytes()).unwrap();
        assert_eq!(read.beside, manifest().beside);
    }

    #[test]
    fn a_flipped_bit_anywhere_is_refused_or_changes_nothing() {
        let text = manifest().seal().unwrap().into_bytes();
        let mut refused = 0;
        for at in 0..text.len() * 8 {
            let mut damaged = text.clone();
            damaged[at / 8] ^= 1 << (at % 8);
            // White space outside of the content may change into other white space.
            match Manifest::unseal(&damaged) {
                Ok(read) => assert_eq!(read, manifest(), "bit {at}"),
                Err(_) => refused += 1,
            }
        }
        assert!(
            refused > text.len() * 8 - 64,
            "{refused} of {}",
            text.len() * 8
        );
    }

    #[test]
    fn a_manifest_that_was_cut_off_is_refused() {
        let text = manifest().seal().unwrap();
        for length in 0..text.trim_end().len() {
            assert!(Manifest::unseal(&text.as_bytes()[..length]).is_err());
        }
    }

    #[test]
    fn a_newer_format_is_refused_with_the_version_that_made_it() {
        let text = sealed(|content| {
            content["format"] = 4.into();
            content["payflow"] = "3.4.5".into();
            content["compression"] = "zstd".into();
        });
        let message = Manifest::unseal(text.as_bytes()).unwrap_err().to_string();
        for expected in ["format 4", "3.4.5", "expects format 3"] {
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn an_unknown_or_missing_field_is_refused_by_its_name() {
        let message =
            |text: String| format!("{:#}", Manifest::unseal(text.as_bytes()).unwrap_err());
        let unknown = message(sealed(|content| content["colour"] = "blue".into()));
        assert!(unknown.contains("colour"), "{unknown}");
        let missing = message(sealed(|content| {
            content.as_object_mut().unwrap().remove("journal");
        }));
        assert!(missing.contains("journal"), "{missing}");
    }
}
