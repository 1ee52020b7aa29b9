//! The SQL of which node looks.

use db::{Db, DbError, args};
use uuid::Uuid;
use values::Timestamp;

statements! {
    /// node, now, until, what no clock that is right has set.
    TAKE = "UPDATE watch SET node = $1, until = $3 WHERE id = 1 AND (node = $1 OR until <= $2 OR until > $4)";
}

/// Whether this node looks until then, and no other one.
pub(crate) async fn take(db: &Db, node: Uuid, now: Timestamp, lease: i64) -> Result<bool, DbError> {
    let args = args![
        node,
        now,
        now.plus(lease),
        now.plus(lease.saturating_mul(2))
    ];
    Ok(db.execute(TAKE, args).await? > 0)
}
