//! A count of its own commits, for a service that keeps no log which only grows: an older state of
//! its SQLite file, or one whose write-ahead log is gone, has counted less than is noted beside it
//! (`sqlite_files/head.rs`). On PostgreSQL nothing is counted: nodes would wait for each other.

use super::{Arg, Db, DbError};

/// -> how many commits there are with this one. The service's migrations make the table, with its
/// one row.
pub(super) const COUNT: &str = "UPDATE commits SET no = no + 1 WHERE id = 1 RETURNING no";
const COUNTED: &str = "SELECT no FROM commits WHERE id = 1";

impl Db {
    /// Has commits counted from now on that change something and wait for the disk.
    pub fn count_commits(&self) {
        if matches!(self, Self::Sqlite { .. }) {
            self.writes().count_commits();
        }
    }

    /// Whether so many commits were counted. Nothing says no where an earlier version has left no
    /// table for it.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn has_counted(&self, no: i64) -> Result<bool, DbError> {
        if !self.tables().await?.iter().any(|table| table == "commits") {
            return Ok(true);
        }
        let counted: Option<(i64,)> = self.fetch_optional(COUNTED, vec![]).await?;
        Ok(counted.is_some_and(|(counted,)| counted >= no))
    }

    /// One statement as its own transaction, whose commit is counted; how many rows it changed.
    pub(super) async fn execute_counted(
        &self,
        sql: &'static str,
        args: Vec<Arg>,
    ) -> Result<u64, DbError> {
        let mut tx = self.begin().await?;
        let changed = tx.execute(sql, args).await?;
        tx.commit().await?;
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Migration, args, noted_head};

    const NOTES: &[Migration] = &[Migration {
        version: 1,
        name: "notes",
        sql: "CREATE TABLE notes (no BIGINT PRIMARY KEY);
            CREATE TABLE commits (id BIGINT PRIMARY KEY, no BIGINT NOT NULL);
            INSERT INTO commits VALUES (1, 40)",
    }];
    const INSERT: &str = "INSERT INTO notes (no) VALUES ($1)";
    const DELETE: &str = "DELETE FROM notes WHERE no = $1";

    #[tokio::test]
    async fn commits_that_change_something_and_wait_for_the_disk_are_counted_and_noted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.db");
        let db = Db::open_sqlite(&path, NOTES).await.unwrap();
        let noted = || noted_head(&path).unwrap().map(|head| head.no);
        db.execute(INSERT, args![1_i64]).await.unwrap();
        assert_eq!(noted(), None, "it was not asked for");
        db.count_commits();
        db.execute(INSERT, args![2_i64]).await.unwrap();
        assert_eq!(noted(), Some(41));
        let returning = "INSERT INTO notes (no) VALUES (3) RETURNING no";
        let mut tx = db.begin().await.unwrap();
        let _: Option<(i64,)> = tx.fetch_optional(returning, args![]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(noted(), Some(42));
        // What changes nothing is not written.
        db.execute(DELETE, args![9_i64]).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let sql = "SELECT no FROM notes";
        let _: Vec<(i64,)> = tx.fetch_all(sql, args![]).await.unwrap();
        tx.commit().await.unwrap();
        // Nor counted, what a power cut may take.
        let mut tx = db.begin_unsynced().await.unwrap();
        tx.execute(INSERT, args![4_i64]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(noted(), Some(42));
        for (no, there) in [(0, true), (42, true), (43, false)] {
            assert_eq!(db.has_counted(no).await.unwrap(), there, "{no}");
        }
    }
}
