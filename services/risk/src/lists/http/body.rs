//! Lists and what is on them as the API shows them.

use contracts::identity::UserId;
use serde::Serialize;
use utoipa::ToSchema;
use values::Timestamp;

use crate::error::Error;
use crate::lists::ListId;
use crate::lists::kind::ListKind;
use crate::lists::store::{EntryRow, ListRow};

/// A list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListBody {
    /// Its id.
    id: ListId,
    /// By which rules name it.
    #[schema(example = "trusted_payees")]
    name: String,
    /// What it is a list of.
    kind: ListKind,
    /// What it is for.
    description: String,
    /// Who made it.
    created_by: UserId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl TryFrom<ListRow> for ListBody {
    type Error = Error;

    fn try_from(row: ListRow) -> Result<Self, Error> {
        Ok(Self {
            id: ListId(row.id),
            name: row.name,
            kind: ListKind::from_name(&row.kind).ok_or(Error::Row("lists"))?,
            description: row.description,
            created_by: UserId(row.created_by),
            created_at: Timestamp(row.created_at),
        })
    }
}

/// A value on a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryBody {
    /// The value, as it is compared.
    value: String,
    /// Why it is there.
    note: String,
    /// Until when; `null`: for good.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// Who put it there.
    added_by: UserId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    added_at: Timestamp,
}

impl From<EntryRow> for EntryBody {
    fn from(row: EntryRow) -> Self {
        Self {
            value: row.value,
            note: row.note,
            expires_at: row.expires_at.map(Timestamp),
            added_by: UserId(row.added_by),
            added_at: Timestamp(row.added_at),
        }
    }
}
