//! How a list comes into force: loaded whole, read whole, compared with the one in force, put into
//! the database, and from there into the memory of every node. What is not as it should be changes
//! nothing, and is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::DbError;
use screening::lists::{File, List, ListError, Shrunken, Source, acceptable};
use tokio::task::spawn_blocking;
use values::Timestamp;

use crate::error::Error;
use crate::sanctions::fetch::{FetchError, Loaded, fetch};
use crate::sanctions::lists::{Lists, sha256};
use crate::sanctions::store::lists::{self as store, NewFile, VersionRow};
use crate::service::Service;

/// Why a list did not come into force. The one before stays.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// A file was not loaded.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It is no such list, or not whole.
    #[error(transparent)]
    List(#[from] ListError),
    /// Too much of it is gone.
    #[error(transparent)]
    Shrunken(#[from] Shrunken),
    /// A fault.
    #[error(transparent)]
    Fault(#[from] Error),
}

impl From<DbError> for LoadError {
    fn from(error: DbError) -> Self {
        Self::Fault(error.into())
    }
}

/// What a load came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListUpdate {
    /// The name of the list.
    pub list: &'static str,
    /// What is in force now, in words, or why the load changed nothing.
    pub outcome: Result<String, String>,
}

/// How a list stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListStatus {
    /// The name of the list.
    pub list: &'static str,
    /// The version in force; none: it was never loaded.
    pub version: Option<i64>,
    /// How many are listed.
    pub entries: i64,
    /// When it was last loaded whole.
    pub loaded_at: Option<Timestamp>,
    /// Why the last load did not succeed.
    pub failure: Option<String>,
}

/// What is new in a list.
#[derive(Debug, PartialEq, Eq)]
struct Difference {
    /// The ids of entries that are new or other than before; none: all of them.
    delta: Option<Vec<String>>,
    added: usize,
    changed: usize,
    removed: usize,
}

impl Difference {
    fn between(old: Option<&List>, new: &List) -> Self {
        let Some(old) = old else {
            return Self {
                delta: None,
                added: new.entries.len(),
                changed: 0,
                removed: 0,
            };
        };
        let before = old.entries.iter().map(|entry| (&*entry.id, entry));
        let mut before: BTreeMap<_, _> = before.collect();
        let (mut delta, mut added, mut changed) = (Vec::new(), 0, 0);
        for entry in &new.entries {
            match before.remove(&*entry.id) {
                Some(same) if same == entry => continue,
                Some(_) => changed += 1,
                None => added += 1,
            }
            delta.push(String::from(&*entry.id));
        }
        Self {
            delta: Some(delta),
            added,
            changed,
            removed: before.len(),
        }
    }
}

async fn read(source: Source, files: Vec<Loaded>) -> Result<(List, Vec<Loaded>), LoadError> {
    let reading = spawn_blocking(move || {
        let named = files.iter().map(|(name, bytes)| File { name, bytes });
        let list = source.format().read(&named.collect::<Vec<_>>());
        list.map(|list| (list, files))
    });
    let read = reading.await.map_err(|_| Error::Row("sanctions_files"))?;
    Ok(read?)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Service {
    /// Loads those lists that are due.
    ///
    /// # Errors
    /// A fault of the database. That a list was not loaded is none.
    pub async fn load_due_lists(&self) -> Result<(), Error> {
        let Some(refresh) = self.sanctions.config.refresh_after() else {
            return Ok(());
        };
        let now = self.clock.now();
        let retry = self.sanctions.config.retry_after().min(refresh);
        let before = (now.plus(-refresh), now.plus(-retry));
        for source in self.sanctions.sources.clone() {
            if store::claim(&self.db, source.as_str(), now, before).await? {
                self.update_list(source, false).await?;
            }
        }
        Ok(())
    }

    /// How the lists stand that customers are compared with.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn list_status(&self) -> Result<Vec<ListStatus>, Error> {
        let (rows, loads) = (
            store::in_force(&self.db).await?,
            store::loads(&self.db).await?,
        );
        let status = self.sanctions.sources.iter().map(|source| {
            let list = source.as_str();
            let row = rows.iter().find(|row| row.list == list);
            let load = loads.iter().find(|load| load.list == list);
            ListStatus {
                list,
                version: row.map(|row| row.version),
                entries: row.map_or(0, |row| row.entries),
                loaded_at: load.and_then(|load| load.loaded_at).map(Timestamp),
                failure: load.and_then(|load| load.failure.clone()),
            }
        });
        Ok(status.collect())
    }

    /// Loads all lists now, or one. `accept_loss` takes one also where more of it is gone than may
    /// be.
    ///
    /// # Errors
    /// A fault of the database. That a list was not loaded is said in what is answered.
    pub async fn update_lists(
        &self,
        only: Option<&str>,
        accept_loss: bool,
    ) -> Result<Vec<ListUpdate>, Error> {
        let mut updates = Vec::new();
        for source in self.sanctions.sources.clone() {
            if only.is_none_or(|name| name == source.as_str()) {
                updates.push(self.update_list(source, accept_loss).await?);
            }
        }
        Ok(updates)
    }

    /// Loads a list, and takes down what it came to.
    pub(crate) async fn update_list(
        &self,
        source: Source,
        accept_loss: bool,
    ) -> Result<ListUpdate, Error> {
        let _alone = self.sanctions.loading.lock().await;
        let list = source.as_str();
        let outcome = match self.load_list(source, accept_loss).await {
            Ok(words) => {
                tracing::info!(list, "a sanctions list was loaded: {words}");
                Ok(words)
            }
            Err(error) => {
                let why = error.to_string();
                tracing::error!(
                    list,
                    "a sanctions list was not loaded, the one in force stays: {why}"
                );
                store::failed(&self.db, list, self.clock.now(), &why).await?;
                Err(why)
            }
        };
        self.sanctions.metrics.loaded(list, outcome.is_ok());
        self.look_at_loads().await?;
        Ok(ListUpdate { list, outcome })
    }

    async fn load_list(&self, source: Source, accept_loss: bool) -> Result<String, LoadError> {
        let files = fetch(&self.sanctions.config, source).await?;
        self.take_up_lists().await?;
        let digests = files.iter().flat_map(|(_, bytes)| sha256(bytes));
        let digest = sha256(&digests.collect::<Vec<_>>());
        let now = self.clock.now();
        let in_force = store::in_force(&self.db).await?;
        let in_force = in_force.iter().find(|row| row.list == source.as_str());
        if let Some(row) = in_force.filter(|row| row.digest == digest) {
            let mut tx = self.db.begin().await?;
            store::loaded(&mut tx, source.as_str(), now).await?;
            tx.commit().await?;
            return Ok(format!("{} entries, the same as before", row.entries));
        }
        let (list, files) = read(source, files).await?;
        let lists = self.sanctions.lists();
        let old = lists.list(source);
        let lost_too_much = old
            .and_then(|old| acceptable(old, &list, self.sanctions.config.most_lost_percent).err());
        if let Some(shrunken) = lost_too_much.clone().filter(|_| !accept_loss) {
            return Err(shrunken.into());
        }
        let difference = Difference::between(old, &list);
        self.put_list_into_force(
            &list,
            files,
            digest,
            (difference, lost_too_much.is_some()),
            now,
        )
        .await?;
        self.take_up_lists().await?;
        let (entries, faults) = (list.entries.len(), list.faults.len());
        Ok(format!(
            "{entries} entries, {faults} rows that cannot be read"
        ))
    }

    async fn put_list_into_force(
        &self,
        list: &List,
        files: Vec<Loaded>,
        digest: Vec<u8>,
        (difference, accepted): (Difference, bool),
        now: Timestamp,
    ) -> Result<(), LoadError> {
        let delta = difference.delta.map(|ids| serde_json::to_string(&ids));
        let delta = delta
            .transpose()
            .map_err(|_| Error::Row("sanctions_versions"))?;
        let files = files.into_iter().map(|(name, content)| NewFile {
            name,
            digest: sha256(&content),
            content,
        });
        let mut tx = self.db.begin().await?;
        let row = VersionRow {
            version: store::next(&mut tx, now).await?,
            list: list.source.as_str().to_owned(),
            published: list.published.clone(),
            loaded_at: now.micros(),
            digest,
            entries: count(list.entries.len()),
            names: count(list.entries.iter().map(|entry| entry.names.len()).sum()),
            faults: count(list.faults.len()),
            added: count(difference.added),
            changed: count(difference.changed),
            removed: count(difference.removed),
            accepted: i64::from(accepted),
        };
        store::insert(&mut tx, &row, delta, files.collect()).await?;
        store::loaded(&mut tx, &row.list, now).await?;
        Ok(tx.commit().await?)
    }

    /// Takes up what is in force in the database, where that is not in memory yet.
    ///
    /// # Errors
    /// A fault, or a list that this version cannot read: what is in memory stays.
    pub async fn take_up_lists(&self) -> Result<(), Error> {
        let _alone = self.sanctions.taking_up.lock().await;
        let rows = store::in_force(&self.db).await?;
        let known = self.sanctions.lists();
        let (mut lists, mut is_new) = (Vec::new(), false);
        for row in rows {
            let source = Source::from_name(&row.list).ok_or(Error::Row("sanctions_versions"))?;
            if !self.sanctions.sources.contains(&source) {
                continue;
            }
            let same = known.versions.get(&source) == Some(&row.version);
            match known.list(source).filter(|_| same) {
                Some(list) => lists.push((row.version, list.clone())),
                None => {
                    is_new = true;
                    lists.push((row.version, self.stored_list(source, row.version).await?));
                }
            }
        }
        if !is_new {
            return Ok(());
        }
        let wanted = self.sanctions.sources.clone();
        let made = spawn_blocking(move || Lists::new(lists, &wanted)).await;
        let made = made.map_err(|_| Error::Row("sanctions_files"))?;
        self.sanctions.put(Arc::new(made));
        Ok(())
    }

    async fn stored_list(&self, source: Source, version: i64) -> Result<List, Error> {
        let contents = store::contents(&self.db, version).await?;
        let read = spawn_blocking(move || {
            let files = contents.iter().map(|(name, bytes)| File { name, bytes });
            source.format().read(&files.collect::<Vec<_>>())
        });
        let read = read.await.map_err(|_| Error::Row("sanctions_files"))?;
        read.map_err(|error| {
            let list = source.as_str();
            tracing::error!(%error, list, version, "a sanctions list of the store cannot be read");
            Error::Row("sanctions_files")
        })
    }

    /// Takes a note of how loading goes, for health and metrics.
    pub(crate) async fn look_at_loads(&self) -> Result<(), Error> {
        let loads = store::loads(&self.db).await?;
        self.sanctions.watch.put(loads);
        let (watch, lists) = (&self.sanctions.watch, self.sanctions.lists());
        self.sanctions.metrics.show(watch, &lists);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(rows: &[(&str, &str)]) -> List {
        let text = rows
            .iter()
            .map(|(id, name)| format!("{id},person,{name},,,,\n"));
        let text = format!(
            "id,kind,name,alias,birth,gender,country\n{}",
            text.collect::<String>()
        );
        let file = File {
            name: screening::lists::demo::FILE,
            bytes: text.as_bytes(),
        };
        Source::Demo.format().read(&[file]).unwrap()
    }

    #[test]
    fn what_is_new_in_a_list_is_what_was_not_there_or_is_other_than_before() {
        let old = list(&[("1", "Ann One"), ("2", "Bob Two"), ("3", "Cid Three")]);
        let new = list(&[("1", "Ann One"), ("2", "Bob Too"), ("4", "Dan Four")]);
        let difference = Difference::between(Some(&old), &new);
        let delta = Some(vec!["2".to_owned(), "4".to_owned()]);
        let expected = Difference {
            delta,
            added: 1,
            changed: 1,
            removed: 1,
        };
        assert_eq!(difference, expected);
        assert_eq!(Difference::between(Some(&new), &new).delta, Some(vec![]));
        assert_eq!(Difference::between(None, &new).delta, None);
    }
}
