//! The SQL of lists: their versions, their files, and how loading goes.

use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use values::Timestamp;

statements! {
    /// now: one version at a time comes into force, whichever list it is of.
    LOCK = "INSERT INTO sanctions_loads (list, tried_at) VALUES ('', $1)
        ON CONFLICT (list) DO UPDATE SET tried_at = excluded.tried_at";
    /// -> the next version.
    NEXT = "SELECT COALESCE(MAX(version), 0) + 1 FROM sanctions_versions";
    /// version, list, published, loaded, digest, entries, names, faults, added, changed, removed,
    /// delta, accepted.
    INSERT = "INSERT INTO sanctions_versions (version, list, published, loaded_at, digest, entries, names, faults, added, changed,
        removed, delta, accepted) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    /// version, name, digest, content.
    INSERT_FILE = "INSERT INTO sanctions_files (version, name, digest, content) VALUES ($1, $2, $3, $4)";
    /// list, version: the files of earlier versions are not needed any more.
    DELETE_FILES = "DELETE FROM sanctions_files
        WHERE version IN (SELECT version FROM sanctions_versions WHERE list = $1 AND version < $2)";
    /// -> [`VersionRow`]s: the newest of each list.
    IN_FORCE = "SELECT version, list, published, loaded_at, digest, entries, names, faults, added, changed, removed, accepted
        FROM sanctions_versions WHERE version IN (SELECT MAX(version) FROM sanctions_versions GROUP BY list) ORDER BY list";
    /// version -> name, digest.
    FILES = "SELECT name, digest FROM sanctions_files WHERE version = $1 ORDER BY name";
    /// version -> name, content.
    CONTENTS = "SELECT name, content FROM sanctions_files WHERE version = $1 ORDER BY name";
    /// after -> list, delta: of the versions since.
    DELTAS = "SELECT list, delta FROM sanctions_versions WHERE version > $1 ORDER BY version";
    /// list, now, tried before, failed before: whether it is this node's turn.
    CLAIM = "INSERT INTO sanctions_loads (list, tried_at) VALUES ($1, $2)
        ON CONFLICT (list) DO UPDATE SET tried_at = excluded.tried_at
        WHERE sanctions_loads.tried_at <= $3 OR (sanctions_loads.tried_at <= $4
            AND (sanctions_loads.failure IS NOT NULL OR sanctions_loads.loaded_at IS NULL OR sanctions_loads.loaded_at < sanctions_loads.tried_at))";
    /// list, now.
    LOADED = "INSERT INTO sanctions_loads (list, tried_at, loaded_at) VALUES ($1, $2, $2)
        ON CONFLICT (list) DO UPDATE SET tried_at = excluded.tried_at, loaded_at = excluded.loaded_at, failure = NULL";
    /// list, now, why.
    FAILED = "INSERT INTO sanctions_loads (list, tried_at, failure) VALUES ($1, $2, $3)
        ON CONFLICT (list) DO UPDATE SET tried_at = excluded.tried_at, failure = excluded.failure";
    /// -> [`LoadRow`]s.
    LOADS = "SELECT list, tried_at, loaded_at, failure FROM sanctions_loads WHERE list <> '' ORDER BY list";
}

/// A version of a list.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct VersionRow {
    pub(crate) version: i64,
    pub(crate) list: String,
    pub(crate) published: Option<String>,
    pub(crate) loaded_at: i64,
    pub(crate) digest: Vec<u8>,
    pub(crate) entries: i64,
    pub(crate) names: i64,
    pub(crate) faults: i64,
    pub(crate) added: i64,
    pub(crate) changed: i64,
    pub(crate) removed: i64,
    pub(crate) accepted: i64,
}

/// How the loading of a list goes.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct LoadRow {
    pub(crate) list: String,
    pub(crate) tried_at: i64,
    pub(crate) loaded_at: Option<i64>,
    pub(crate) failure: Option<String>,
}

/// A file as it was loaded.
pub(crate) struct NewFile {
    pub(crate) name: &'static str,
    pub(crate) digest: Vec<u8>,
    pub(crate) content: Vec<u8>,
}

/// The number of the next version. Until the commit nobody else gets one.
pub(crate) async fn next(tx: &mut Tx, now: Timestamp) -> Result<i64, DbError> {
    tx.execute(LOCK, args![now]).await?;
    let next: Option<(i64,)> = tx.fetch_optional(NEXT, args![]).await?;
    Ok(next.map_or(1, |(next,)| next))
}

/// Brings a version into force, with its files; those of earlier ones go.
pub(crate) async fn insert(
    tx: &mut Tx,
    row: &VersionRow,
    delta: Option<String>,
    files: Vec<NewFile>,
) -> Result<(), DbError> {
    let args = args![
        row.version,
        row.list.as_str(),
        row.published.clone(),
        row.loaded_at,
        row.digest.clone(),
        row.entries,
        row.names,
        row.faults,
        row.added,
        row.changed,
        row.removed,
        delta,
        row.accepted
    ];
    tx.execute(INSERT, args).await?;
    for file in files {
        let args = args![row.version, file.name, file.digest, file.content];
        tx.execute(INSERT_FILE, args).await?;
    }
    tx.execute(DELETE_FILES, args![row.list.as_str(), row.version])
        .await?;
    Ok(())
}

/// The newest version of each list.
pub(crate) async fn in_force(db: &Db) -> Result<Vec<VersionRow>, DbError> {
    db.fetch_all(IN_FORCE, args![]).await
}

/// The digests of the files of a version.
pub(crate) async fn files(db: &Db, version: i64) -> Result<Vec<(String, Vec<u8>)>, DbError> {
    db.fetch_all(FILES, args![version]).await
}

/// The files of a version.
pub(crate) async fn contents(db: &Db, version: i64) -> Result<Vec<(String, Vec<u8>)>, DbError> {
    db.fetch_all(CONTENTS, args![version]).await
}

/// What versions after one have brought.
pub(crate) async fn deltas(db: &Db, after: i64) -> Result<Vec<(String, Option<String>)>, DbError> {
    db.fetch_all(DELTAS, args![after]).await
}

/// Takes on to load a list now; false where that is not due, or another node does.
pub(crate) async fn claim(
    db: &Db,
    list: &str,
    now: Timestamp,
    (tried_before, failed_before): (Timestamp, Timestamp),
) -> Result<bool, DbError> {
    let args = args![list, now, tried_before, failed_before];
    Ok(db.execute(CLAIM, args).await? > 0)
}

pub(crate) async fn loaded(tx: &mut Tx, list: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(LOADED, args![list, now]).await?;
    Ok(())
}

pub(crate) async fn failed(db: &Db, list: &str, now: Timestamp, why: &str) -> Result<(), DbError> {
    db.execute(FAILED, args![list, now, why]).await?;
    Ok(())
}

pub(crate) async fn loads(db: &Db) -> Result<Vec<LoadRow>, DbError> {
    db.fetch_all(LOADS, args![]).await
}
