//! How far the logs of other services were seen committed, noted in the database of the one that
//! consumes their feeds. Each service has a database of its own: an older copy that was put back
//! alone is whole, and nothing in it says what is missing. What others have noted does. The entries
//! it does not compare: each service knows its own log.

use std::sync::{Arc, Mutex, PoisonError};

use db::{Db, DbError, Position};

use crate::feed::Feed;
use crate::store;

/// Notes how far the logs behind some feeds go.
pub struct LogEnds {
    db: Db,
    feeds: Vec<Arc<dyn Feed>>,
    noted: Mutex<Vec<Option<Position>>>,
}

impl std::fmt::Debug for LogEnds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogEnds").finish_non_exhaustive()
    }
}

impl LogEnds {
    /// Of these feeds, kept in `db`.
    #[must_use]
    pub fn new(db: Db, feeds: Vec<Arc<dyn Feed>>) -> Self {
        let noted = Mutex::new(vec![None; feeds.len()]);
        Self { db, feeds, noted }
    }

    /// Notes what was seen since the last time. What is noted never goes back by this.
    ///
    /// # Errors
    /// [`DbError`]; the next time notes it.
    pub async fn note(&self) -> Result<(), DbError> {
        for (which, feed) in self.feeds.iter().enumerate() {
            let end = feed.log_end();
            if let Some(seen) = end.clone()
                && self.noted().get(which) != Some(&end)
            {
                let mut tx = self.db.begin().await?;
                store::note_end(&mut tx, feed.name(), seen).await?;
                tx.commit().await?;
                if let Some(noted) = self.noted().get_mut(which) {
                    *noted = end;
                }
            }
        }
        Ok(())
    }

    /// Forgets what was noted of a log, whose older state an operator accepts.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn forget(&self, feed: &str) -> Result<(), DbError> {
        store::forget_end(&self.db, feed).await
    }

    fn noted(&self) -> std::sync::MutexGuard<'_, Vec<Option<Position>>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was noted in this database, by the name of the feed. Nothing, where its tables are older
/// than that.
///
/// # Errors
/// [`DbError`].
pub async fn noted(db: &Db) -> Result<Vec<(String, Position)>, DbError> {
    match db.tables().await?.iter().any(|table| table == "log_ends") {
        true => store::ends(db).await,
        false => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use testkit::{TestStore, engines};

    use super::*;
    use crate::feed::{FeedError, Page};

    struct Log(Mutex<Option<Position>>);

    #[async_trait]
    impl Feed for Log {
        fn name(&self) -> &'static str {
            "log"
        }

        async fn read(&self, after: i64, _: u32) -> Result<Page, FeedError> {
            Ok(Page {
                events: Vec::new(),
                through: after,
            })
        }

        async fn newest(&self) -> Result<i64, FeedError> {
            Ok(0)
        }

        fn log_end(&self) -> Option<Position> {
            self.0.lock().unwrap().clone()
        }

        async fn wait(&self, _: i64) {}
    }

    #[tokio::test]
    async fn the_furthest_end_of_a_log_is_kept_until_it_is_forgotten() {
        const TABLES: db::Migrations = &[crate::log_ends(100)];
        for engine in engines() {
            let store = TestStore::new(engine);
            let db = store.open("consumers", TABLES).await.unwrap();
            let log = Arc::new(Log(Mutex::new(None)));
            let ends = LogEnds::new(db.clone(), vec![log.clone()]);
            let noted_at = async |seen: Option<i64>| {
                let hash = vec![7; 32];
                *log.0.lock().unwrap() = seen.map(|no| Position { no, hash });
                ends.note().await.unwrap();
                let noted = noted(&db).await.unwrap();
                assert!(noted.iter().all(|(feed, _)| feed == "log"));
                noted.first().map(|(_, end)| end.no)
            };
            assert_eq!(noted_at(None).await, None);
            assert_eq!(noted_at(Some(5)).await, Some(5));
            assert_eq!(noted_at(Some(3)).await, Some(5));
            ends.forget("log").await.unwrap();
            assert_eq!(noted_at(Some(4)).await, Some(4));
        }
    }
}
