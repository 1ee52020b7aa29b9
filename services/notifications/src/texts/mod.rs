//! The words of everything that is told, by language and for all channels. The words are made when
//! somebody is told, in the language that is theirs then. It knows nothing of users and channels.

mod catalogue;
mod language;
mod rendering;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

pub(crate) use crate::texts::catalogue::{Catalogue, FALLBACK, Words};

/// A text that cannot be used, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct TextError {
    /// The file.
    pub file: String,
    /// The line in it.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// A message as somebody would receive it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Subject of the mail, title of a push.
    pub title: String,
    /// The mail as plain text.
    pub text: String,
    /// The mail as HTML.
    pub html: String,
}

/// The files of a folder as they were when they were read.
type Seen = Vec<(PathBuf, Option<SystemTime>, u64)>;

/// The texts in force, which an operator's folder may change while PayFlow runs.
#[derive(Debug)]
pub struct Texts {
    folder: Option<PathBuf>,
    in_force: RwLock<(Arc<Catalogue>, Seen)>,
}

impl Texts {
    /// The built-in texts, and over them those of a folder; empty: none.
    ///
    /// # Errors
    /// The first text that cannot be used.
    pub fn load(folder: &str) -> Result<Self, TextError> {
        let folder = (!folder.is_empty()).then(|| PathBuf::from(folder));
        let seen = folder.as_deref().map(seen).unwrap_or_default();
        let catalogue = Catalogue::load(folder.as_deref())?;
        Ok(Self {
            folder,
            in_force: RwLock::new((Arc::new(catalogue), seen)),
        })
    }

    /// The names of all kinds.
    #[must_use]
    pub fn kinds(&self) -> Vec<String> {
        self.catalogue().kinds().map(ToOwned::to_owned).collect()
    }

    /// The names of all languages.
    #[must_use]
    pub fn languages(&self) -> Vec<String> {
        let catalogue = self.catalogue();
        catalogue.languages().map(ToOwned::to_owned).collect()
    }

    /// A kind with facts that were made up, and perhaps a link to unsubscribe.
    pub(crate) fn sample(
        &self,
        kind: &str,
        language: &str,
        unsubscribe: Option<&str>,
    ) -> Result<Preview, TextError> {
        let words = self.catalogue();
        let words = words.render(language, kind, catalogue::sample(), unsubscribe)?;
        Ok(Preview {
            title: words.title,
            text: words.text,
            html: words.html,
        })
    }

    pub(crate) fn catalogue(&self) -> Arc<Catalogue> {
        let in_force = self.in_force.read();
        in_force.unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// Reads the folder again where its files have changed. Where one of them cannot be used, all
    /// stays as it is.
    ///
    /// # Errors
    /// The first text that cannot be used; it is told once.
    pub(crate) fn reload(&self) -> Result<bool, TextError> {
        let Some(folder) = &self.folder else {
            return Ok(false);
        };
        let seen = seen(folder);
        let write = || {
            self.in_force
                .write()
                .unwrap_or_else(PoisonError::into_inner)
        };
        {
            let mut in_force = write();
            if in_force.1 == seen {
                return Ok(false);
            }
            in_force.1 = seen;
        }
        let catalogue = Catalogue::load(Some(folder))?;
        write().0 = Arc::new(catalogue);
        Ok(true)
    }
}

fn seen(folder: &Path) -> Seen {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut seen: Seen = entries
        .filter_map(|entry| {
            let known = entry.metadata().ok()?;
            Some((entry.path(), known.modified().ok(), known.len()))
        })
        .collect();
    seen.sort();
    seen
}

#[cfg(test)]
mod tests;
