//! Sanctions lists: from the bytes that their publishers offer to entries.
//!
//! A row that cannot be read is named, never dropped in silence; a file that is not what it should
//! be is an error, and [`acceptable`] says whether a list may take the place of the one in force.

pub mod birth;
pub mod country;
pub mod demo;
pub mod eu;
pub mod ofac;
mod remarks;
pub mod un;
mod xml;

use serde::{Deserialize, Serialize};

use crate::text::Kind;
pub use birth::Birth;
pub use country::Country;

/// Who publishes a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The Specially Designated Nationals of the U.S. Treasury.
    Ofac,
    /// The consolidated list of the Security Council of the United Nations.
    Un,
    /// The consolidated list of the European Union.
    Eu,
    /// A few invented names that are part of the program: for trying, and nothing else.
    Demo,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 4] = [Self::Ofac, Self::Un, Self::Eu, Self::Demo];

    /// Its name: in settings, in the API, and of its folder.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ofac => "ofac",
            Self::Un => "un",
            Self::Eu => "eu",
            Self::Demo => "demo",
        }
    }

    /// The source with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == name)
    }

    /// What its list looks like.
    #[must_use]
    pub fn format(self) -> &'static dyn Format {
        match self {
            Self::Ofac => &ofac::Ofac,
            Self::Un => &un::Un,
            Self::Eu => &eu::Eu,
            Self::Demo => &demo::Demo,
        }
    }
}

/// Male or female.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// Male.
    Male,
    /// Female.
    Female,
}

impl Gender {
    /// Reads `Male`, `M`, `female`, … Other words say nothing.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "male" | "m" => Some(Self::Male),
            "female" | "f" => Some(Self::Female),
            _ => None,
        }
    }
}

/// A name in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedName {
    /// As it is written there.
    pub text: Box<str>,
    /// The publisher says itself that it tells little: a nickname, a name of war.
    pub weak: bool,
}

/// Somebody or something that is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The publisher's own id.
    pub id: Box<str>,
    /// What it is.
    pub kind: Kind,
    /// Its names, the main one first.
    pub names: Vec<ListedName>,
    /// When it may have been born.
    pub births: Vec<Birth>,
    /// Where it is known.
    pub gender: Option<Gender>,
    /// Nationalities, places of birth, addresses.
    pub countries: Vec<Country>,
    /// Under which programmes it is listed.
    pub programs: Vec<Box<str>>,
    /// Papers and numbers, as text.
    pub papers: Vec<Box<str>>,
}

impl Entry {
    pub(crate) fn new(id: &str, kind: Kind) -> Self {
        Self {
            id: id.into(),
            kind,
            names: Vec::new(),
            births: Vec::new(),
            gender: None,
            countries: Vec::new(),
            programs: Vec::new(),
            papers: Vec::new(),
        }
    }

    /// Adds a name, once. One that is also given as a strong name is strong.
    pub(crate) fn add_name(&mut self, text: &str, weak: bool) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        match self.names.iter_mut().find(|name| &*name.text == text) {
            Some(name) => name.weak &= weak,
            None => self.names.push(ListedName {
                text: text.into(),
                weak,
            }),
        }
    }

    pub(crate) fn add_country(&mut self, text: &str) {
        if let Some(country) = Country::read(text)
            && !self.countries.contains(&country)
        {
            self.countries.push(country);
        }
    }

    pub(crate) fn add_birth(&mut self, birth: Option<Birth>) {
        if let Some(birth) = birth
            && !self.births.contains(&birth)
        {
            self.births.push(birth);
        }
    }
}

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file.
    pub file: &'static str,
    /// The line or the position in it, counted from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
    /// The row is whole, but belongs to an entry that is not there: the files are of different
    /// days.
    pub orphan: bool,
}

/// A list that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct List {
    /// Whose it is.
    pub source: Source,
    /// When it was made, where the publisher says so.
    pub published: Option<String>,
    /// Who is listed.
    pub entries: Vec<Entry>,
    /// What could not be read.
    pub faults: Vec<Fault>,
}

/// A list cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// A file is not there.
    #[error("{file} is missing: a list needs all its files, of the same day")]
    Missing {
        /// The file.
        file: &'static str,
    },
    /// It is something else.
    #[error(
        "{file} is not in the format of this list ({reason}): check the address it is loaded from"
    )]
    OtherFormat {
        /// The file.
        file: &'static str,
        /// What was found.
        reason: String,
    },
    /// Its end is missing.
    #[error("{file} ends in the middle: load it again")]
    Truncated {
        /// The file.
        file: &'static str,
    },
    /// Too many rows cannot be read.
    #[error("{faults} of {rows} rows of {file} cannot be read, the first: line {}: {}", first.line, first.reason)]
    TooManyFaults {
        /// The file.
        file: &'static str,
        /// How many cannot.
        faults: usize,
        /// Of how many.
        rows: usize,
        /// The first of them.
        first: Fault,
    },
    /// Nobody is listed.
    #[error("the list names nobody: load it again")]
    Empty,
}

/// A file of a list: what [`Format::files`] calls it, and what is in it.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Such as `sdn.csv`.
    pub name: &'a str,
    /// Its bytes, as they were loaded.
    pub bytes: &'a [u8],
}

/// What a publisher's list looks like.
pub trait Format {
    /// Whose it is.
    fn source(&self) -> Source;

    /// Its files, and whether each is needed.
    fn files(&self) -> &'static [(&'static str, bool)];

    /// Reads it.
    ///
    /// # Errors
    /// [`ListError`].
    fn read(&self, files: &[File<'_>]) -> Result<List, ListError>;
}

/// Every format of a publisher that can be read.
pub const FORMATS: [&dyn Format; 3] = [&ofac::Ofac, &un::Un, &eu::Eu];

/// A file of those given, or that it is missing.
pub(crate) fn needed<'a>(files: &[File<'a>], name: &'static str) -> Result<&'a [u8], ListError> {
    let found = files
        .iter()
        .find(|file| file.name.eq_ignore_ascii_case(name));
    match found {
        Some(file) => Ok(file.bytes),
        None => Err(ListError::Missing { file: name }),
    }
}

/// Of so many rows of a file so many may be broken: one in twenty, and always three. Orphans are
/// named, but the rest of the list is none the worse for them.
pub(crate) fn bearable(file: &'static str, rows: usize, faults: &[Fault]) -> Result<(), ListError> {
    let own = || {
        faults
            .iter()
            .filter(|fault| fault.file == file && !fault.orphan)
    };
    let count = own().count();
    match own().next() {
        Some(first) if count > 3.max(rows / 20) => Err(ListError::TooManyFaults {
            file,
            faults: count,
            rows,
            first: first.clone(),
        }),
        _ => Ok(()),
    }
}

/// A list may not take the place of the one in force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the new list has {new} entries, the one in force {old}: more than {most_lost_percent} % are gone. \
     Load it again, or accept the loss by hand"
)]
pub struct Shrunken {
    /// In force.
    pub old: usize,
    /// New.
    pub new: usize,
    /// What may go.
    pub most_lost_percent: u8,
}

/// What a list may lose from one version to the next, in percent of its entries.
pub const MOST_LOST_PERCENT: u8 = 10;

/// Whether a list may take the place of the one in force: it names somebody, and of the ids that
/// are in force no more than `most_lost_percent` are gone.
///
/// # Errors
/// [`Shrunken`].
pub fn acceptable(old: &List, new: &List, most_lost_percent: u8) -> Result<(), Shrunken> {
    let ids: hashbrown::HashSet<&str> = new.entries.iter().map(|entry| &*entry.id).collect();
    let kept = old
        .entries
        .iter()
        .filter(|entry| ids.contains(&*entry.id))
        .count();
    let lost = old.entries.len() - kept;
    if new.entries.is_empty() || lost * 100 > old.entries.len() * usize::from(most_lost_percent) {
        return Err(Shrunken {
            old: old.entries.len(),
            new: new.entries.len(),
            most_lost_percent,
        });
    }
    Ok(())
}
