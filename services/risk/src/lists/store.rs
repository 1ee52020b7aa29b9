//! The SQL of lists.

use contracts::identity::OrgId;
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

statements! {
    /// id, org, name, kind, description, created by, now. A name that there is already is a unique
    /// violation.
    INSERT = "INSERT INTO lists (id, org, name, kind, description, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// org, id -> [`ListRow`].
    ONE = "SELECT id, name, kind, description, created_by, created_at FROM lists WHERE org = $1 AND id = $2";
    /// org -> [`ListRow`]s, by their names.
    ALL_LISTS = "SELECT id, name, kind, description, created_by, created_at FROM lists WHERE org = $1 ORDER BY name";
    /// org, id.
    DELETE = "DELETE FROM lists WHERE org = $1 AND id = $2";
    /// list, value, note, expires, added by, now.
    PUT = "INSERT INTO list_entries (list, value, note, expires_at, added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (list, value) DO UPDATE SET note = excluded.note, expires_at = excluded.expires_at, added_by = excluded.added_by,
        added_at = excluded.added_at";
    /// list, value.
    REMOVE = "DELETE FROM list_entries WHERE list = $1 AND value = $2";
    /// list -> how many there are.
    SIZE = "SELECT count(*) FROM list_entries WHERE list = $1";
    /// list, after, pattern in small letters, limit -> [`EntryRow`]s, by their values.
    ENTRIES = "SELECT value, note, expires_at, added_by, added_at FROM list_entries
        WHERE list = $1 AND value > $2 AND LOWER(value) LIKE $3 ESCAPE '!' ORDER BY value LIMIT $4";
    /// now, how many.
    DELETE_EXPIRED = "DELETE FROM list_entries
        WHERE (list, value) IN (SELECT list, value FROM list_entries WHERE expires_at <= $1 LIMIT $2)";
}

/// A list.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct ListRow {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) description: String,
    pub(crate) created_by: Uuid,
    pub(crate) created_at: i64,
}

/// A value on a list.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct EntryRow {
    pub(crate) value: String,
    pub(crate) note: String,
    pub(crate) expires_at: Option<i64>,
    pub(crate) added_by: Uuid,
    pub(crate) added_at: i64,
}

pub(crate) async fn insert(tx: &mut Tx, org: OrgId, list: &ListRow) -> Result<(), DbError> {
    let args = args![
        list.id,
        org.0,
        list.name.as_str(),
        list.kind.as_str(),
        list.description.as_str(),
        list.created_by,
        list.created_at
    ];
    tx.execute(INSERT, args).await?;
    Ok(())
}

pub(crate) async fn one(db: &Db, org: OrgId, id: Uuid) -> Result<Option<ListRow>, DbError> {
    db.fetch_optional(ONE, args![org.0, id]).await
}

pub(crate) async fn all(db: &Db, org: OrgId) -> Result<Vec<ListRow>, DbError> {
    db.fetch_all(ALL_LISTS, args![org.0]).await
}

/// Removes a list; false where there is none.
pub(crate) async fn delete(tx: &mut Tx, org: OrgId, id: Uuid) -> Result<bool, DbError> {
    Ok(tx.execute(DELETE, args![org.0, id]).await? > 0)
}

pub(crate) async fn put(tx: &mut Tx, list: Uuid, entry: &EntryRow) -> Result<(), DbError> {
    let args = args![
        list,
        entry.value.as_str(),
        entry.note.as_str(),
        entry.expires_at,
        entry.added_by,
        entry.added_at
    ];
    tx.execute(PUT, args).await?;
    Ok(())
}

/// Takes a value off a list; false where it is not on it.
pub(crate) async fn remove(tx: &mut Tx, list: Uuid, value: &str) -> Result<bool, DbError> {
    Ok(tx.execute(REMOVE, args![list, value]).await? > 0)
}

/// How many values are on a list.
pub(crate) async fn size(tx: &mut Tx, list: Uuid) -> Result<i64, DbError> {
    let size: Option<(i64,)> = tx.fetch_optional(SIZE, args![list]).await?;
    Ok(size.map_or(0, |(size,)| size))
}

/// Values after one that contain a text, whatever the case of letters.
pub(crate) async fn entries(
    db: &Db,
    list: Uuid,
    (after, containing): (&str, &str),
    limit: i64,
) -> Result<Vec<EntryRow>, DbError> {
    let pattern = pattern(containing);
    let args = args![list, after, pattern.as_str(), limit];
    db.fetch_all(ENTRIES, args).await
}

/// A pattern of LIKE for what contains a text.
fn pattern(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for letter in text.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern + "%"
}

/// Forgets values whose time is over.
pub(crate) async fn delete_expired(db: &Db, now: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_EXPIRED, args![now]).await
}
