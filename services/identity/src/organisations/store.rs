//! The SQL of organisations.

use contracts::identity::OrgId;
use db::{Db, DbError, Tx, args};
use values::Timestamp;

use crate::fault::Fault;
use crate::organisations::organisation::Organisation;

statements! {
    /// org. An update, because that locks the row on both engines until the transaction ends.
    LOCK = "UPDATE organisations SET name = name WHERE no = $1";
    /// slug, name, now -> no. The first organisation must be locked: of two at once one would take
    /// the other's number.
    INSERT = "INSERT INTO organisations (no, slug, name, created_at)
        SELECT max(no) + 1, $1, $2, $3 FROM organisations RETURNING no";
    /// slug -> no.
    BY_SLUG = "SELECT no FROM organisations WHERE slug = $1";
    /// before, how many -> no, slug, name, created; the newest first.
    PAGE = "SELECT no, slug, name, created_at FROM organisations WHERE no < $1 ORDER BY no DESC LIMIT $2";
}

/// Locks an organisation until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, org: OrgId) -> Result<(), DbError> {
    tx.execute(LOCK, args![org.0]).await?;
    Ok(())
}

/// Stores a new organisation; none where another has its slug.
pub(crate) async fn insert(
    tx: &mut Tx,
    slug: &str,
    name: &str,
    now: Timestamp,
) -> Result<Option<OrgId>, Fault> {
    // Of two at once one would take the other's number.
    lock(tx, OrgId::DEFAULT).await?;
    let inserted: Result<Option<(i64,)>, _> =
        tx.fetch_optional(INSERT, args![slug, name, now]).await;
    match inserted {
        Ok(Some((no,))) => Ok(Some(OrgId(no))),
        Ok(None) => Err(Fault::Row("organisations.no")),
        Err(DbError::Unique(_)) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// The organisation with this slug.
pub(crate) async fn find_by_slug(db: &Db, slug: &str) -> Result<Option<OrgId>, DbError> {
    let found: Option<(i64,)> = db.fetch_optional(BY_SLUG, args![slug]).await?;
    Ok(found.map(|(no,)| OrgId(no)))
}

/// Organisations, the newest first, up to so many.
pub(crate) async fn page(db: &Db, before: i64, rows: i64) -> Result<Vec<Organisation>, DbError> {
    let found: Vec<(i64, String, String, i64)> = db.fetch_all(PAGE, args![before, rows]).await?;
    let organisation = |(no, slug, name, created_at)| Organisation {
        no: OrgId(no),
        slug,
        name,
        created_at: Timestamp(created_at),
    };
    Ok(found.into_iter().map(organisation).collect())
}
