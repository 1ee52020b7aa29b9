//! The SQL of organisations.

use contracts::identity::OrgId;
use sqlx::FromRow;
use values::Timestamp;

use crate::organisations::organisation::Organisation;

statements! {
    /// org. An update, because that locks the row on both engines until the transaction ends.
    LOCK = "UPDATE organisations SET name = name WHERE no = $1";
    /// slug, name, now -> no. The first organisation must be locked: of two at once one would take the other's number.
    INSERT = "INSERT INTO organisations (no, slug, name, created_at)
        SELECT max(no) + 1, $1, $2, $3 FROM organisations RETURNING no";
    /// slug -> no.
    BY_SLUG = "SELECT no FROM organisations WHERE slug = $1";
    /// before, how many -> [`OrganisationRow`], the newest first.
    PAGE = "SELECT no, slug, name, created_at FROM organisations WHERE no < $1 ORDER BY no DESC LIMIT $2";
}

/// An organisation.
#[derive(FromRow)]
pub(crate) struct OrganisationRow {
    no: i64,
    slug: String,
    name: String,
    created_at: i64,
}

impl From<OrganisationRow> for Organisation {
    fn from(row: OrganisationRow) -> Self {
        Self {
            no: OrgId(row.no),
            slug: row.slug,
            name: row.name,
            created_at: Timestamp(row.created_at),
        }
    }
}
