//! The audit trail checked as a whole, for `payflow verify`: each hash, and that the database still
//! refuses to change entries.

use contracts::identity::UserId;
use db::{Db, DbError};

use crate::accounts::stores::users;
use crate::audit::entry::StoredEntry;
use crate::audit::{AuditAction, store};

/// Entries read at once.
const PAGE: i64 = 1_000;

/// A trail that is as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// How many entries it has.
    pub entries: i64,
    /// The hash of the last one, hexadecimal: kept elsewhere, it shows a trail that was written
    /// anew.
    pub head: String,
}

/// Why a trail is not as it was written, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// An entry was changed, or the one before it.
    #[error("audit_entries {no}: the hash is not that of the entry and what came before it")]
    Changed {
        /// The entry.
        no: i64,
    },
    /// An entry is gone.
    #[error("audit_entries {no}: there is no such entry, though later ones were written")]
    Missing {
        /// The entry.
        no: i64,
    },
    /// The end of the chain is not where the last entry is.
    #[error("audit_head: it does not name the last entry and its hash")]
    Head,
    /// What keeps the database itself from changing entries is gone.
    #[error(
        "audit_entries: the trigger {trigger}, which refuses changes, is missing, disabled or another; the entries are as they were written: find out who changed the tables, and create it again as migration 3 of identity does"
    )]
    Unguarded {
        /// The trigger.
        trigger: &'static str,
    },
    /// A user is gone, and users are never deleted.
    #[error("users: {user} is missing, who was registered (audit_entries {no})")]
    NoUser {
        /// The user.
        user: UserId,
        /// The entry that says so.
        no: i64,
    },
    /// The trail cannot be read.
    #[error(transparent)]
    Unreadable(#[from] DbError),
}

/// The triggers that refuse changes of the trail, as migration 3 makes them: of SQLite with all of
/// their text, of PostgreSQL with that of their function.
const GUARDS_OF_SQLITE: [(&str, &str); 2] = [
    (
        "audit_entries_are_not_changed",
        "CREATE TRIGGER audit_entries_are_not_changed BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit trail is not changed'); END",
    ),
    (
        "audit_entries_are_not_deleted",
        "CREATE TRIGGER audit_entries_are_not_deleted BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit trail is not changed'); END",
    ),
];
const GUARDS_OF_POSTGRES: [(&str, &str); 1] = [(
    "audit_entries_stay",
    "
BEGIN
    RAISE EXCEPTION 'the audit trail is not changed';
END
",
)];

/// The triggers that refuse changes are there, and as they were made.
async fn check_triggers(db: &Db) -> Result<(), AuditError> {
    let guards = match db {
        Db::Sqlite { .. } => GUARDS_OF_SQLITE.as_slice(),
        Db::Postgres(_) => GUARDS_OF_POSTGRES.as_slice(),
    };
    let found = store::triggers(db).await?;
    let is_there =
        |(name, text): &(&str, &str)| found.iter().any(|(found, is)| found == name && is == text);
    match guards.iter().find(|guard| !is_there(guard)) {
        Some((trigger, _)) => Err(AuditError::Unguarded { trigger }),
        None => Ok(()),
    }
}

/// Whom an entry says to have been registered, or made.
fn registers(entry: &StoredEntry) -> Option<UserId> {
    let acts = [AuditAction::UserRegistered, AuditAction::UserCreated];
    let is_one = entry.outcome == "done" && acts.iter().any(|act| act.as_str() == entry.act);
    let subject = entry.subject.as_ref().filter(|_| is_one);
    subject.and_then(|subject| subject.parse().ok())
}

/// Checks the whole trail, up to where it ends when this begins; it may grow meanwhile. Where all
/// entries are as they were written, the database must also still refuse to change them, and have
/// every user whom they name as registered.
///
/// # Errors
/// [`AuditError`] with the first entry that is wrong.
pub async fn verify_audit(db: &Db) -> Result<AuditReport, AuditError> {
    let head = store::head(db).await?;
    let mut previous = vec![0; blake3::OUT_LEN];
    let (mut no, mut registered) = (0, Vec::new());
    while no < head.no {
        let entries = store::entries(db, no, head.no, PAGE).await?;
        if entries.is_empty() {
            return Err(AuditError::Missing { no: no + 1 });
        }
        for entry in entries {
            no += 1;
            if entry.no != no {
                return Err(AuditError::Missing { no });
            }
            if entry.hash_after(&previous) != entry.hash {
                return Err(AuditError::Changed { no });
            }
            registered.extend(registers(&entry).map(|user| (no, user)));
            previous = entry.hash;
        }
    }
    if previous != head.hash {
        return Err(AuditError::Head);
    }
    // What was added meanwhile moved the head with it.
    let beyond = store::count_after(db, head.no).await?;
    if beyond > store::head(db).await?.no - head.no {
        return Err(AuditError::Head);
    }
    check_triggers(db).await?;
    let users = users::all(db).await?;
    if let Some((no, user)) = registered
        .into_iter()
        .find(|(_, user)| !users.contains(user))
    {
        return Err(AuditError::NoUser { user, no });
    }
    let mut hash = blake3::Hash::from([0; blake3::OUT_LEN]);
    if let Ok(bytes) = <[u8; blake3::OUT_LEN]>::try_from(previous) {
        hash = bytes.into();
    }
    Ok(AuditReport {
        entries: head.no,
        head: hash.to_hex().to_string(),
    })
}
