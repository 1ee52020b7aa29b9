//! The audit trail checked as a whole, for `payflow verify`: each hash, that the database still
//! refuses to change entries, and that users are what their entries say.

use std::collections::HashSet;

use contracts::identity::UserId;
use db::{Db, DbError};
use uuid::Uuid;

use crate::accounts::stores::users;
use crate::audit::store;
use crate::audit::told::{Differs, TrailState};

/// Entries, and users, read at once.
const PAGE: i64 = 1_000;
/// So often users are read again that have changed meanwhile.
const MOST_ROUNDS: u32 = 10;

/// A trail that is as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// How many entries it has.
    pub entries: i64,
    /// The hash of the last one, hexadecimal: kept elsewhere, it shows a trail that was written
    /// anew.
    pub head: String,
    /// What it says of other tables.
    pub(crate) told: TrailState,
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
    /// A user may do something else than the trail says.
    #[error(
        "users: {column} of {user} is {found}, expected {expected} by audit_entries {no}: it was changed past PayFlow. Find out who \
         did, and restore the whole store from its backup, or put {expected} back"
    )]
    UserDiffers {
        /// The user.
        user: UserId,
        /// What was changed.
        column: &'static str,
        /// What is there.
        found: String,
        /// What the trail says.
        expected: String,
        /// The last entry about the user.
        no: i64,
    },
    /// A user whom PayFlow did not make.
    #[error(
        "users: {user} is there, and no entry of the trail says who made them: PayFlow did not. Find out who did, and restore the \
         whole store from its backup"
    )]
    UserUntold {
        /// The user.
        user: UserId,
    },
    /// A signing key is gone.
    #[error(
        "signing_keys: the key {kid} is gone, though it signs or will: find out who deleted it. \
         `payflow keys rotate --leaked` makes another, after which clients refresh their tokens"
    )]
    NoKey {
        /// The key.
        kid: String,
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

impl From<Differs> for AuditError {
    fn from(differs: Differs) -> Self {
        match differs {
            Differs::Missing { user, no } => Self::NoUser { user, no },
            Differs::Unknown { user } => Self::UserUntold { user },
            Differs::Column {
                user,
                column,
                found,
                expected,
                no,
            } => Self::UserDiffers {
                user,
                column,
                found,
                expected,
                no,
            },
        }
    }
}

/// Compares users with what the trail says up to an entry.
async fn check_users(db: &Db, told: &mut TrailState, mut read: i64) -> Result<(), AuditError> {
    let mut after = UserId(Uuid::nil());
    while let Some(last) = check_users_after(db, told, &mut read, after).await? {
        after = last;
    }
    Ok(())
}

/// Compares a page of them; the last one, where more follow. What differs may have changed since,
/// by an entry of its own: users who change each time that they are read are not judged.
async fn check_users_after(
    db: &Db,
    told: &mut TrailState,
    read: &mut i64,
    after: UserId,
) -> Result<Option<UserId>, AuditError> {
    let mut last = None;
    for _ in 0..MOST_ROUNDS {
        let rows = users::after(db, after, PAGE).await?;
        let is_full = i64::try_from(rows.len()).is_ok_and(|rows| rows >= PAGE);
        last = rows.keys().next_back().copied().filter(|_| is_full);
        let differences = told.differences(&rows, (after, last));
        if differences.is_empty() {
            return Ok(last);
        }
        let changed = read_on(db, told, read).await?;
        let is_old = |differs: &Differs| !changed.contains(&differs.user());
        if let Some(differs) = differences.into_iter().find(is_old) {
            return Err(differs.into());
        }
    }
    Ok(last)
}

/// Reads on to where the trail ends now; of whom it tells there.
async fn read_on(
    db: &Db,
    told: &mut TrailState,
    read: &mut i64,
) -> Result<HashSet<UserId>, DbError> {
    let mut changed = HashSet::new();
    let end = store::head(db).await?.no;
    while *read < end {
        let entries = store::entries(db, *read, end, PAGE).await?;
        let Some(last) = entries.last() else { break };
        *read = last.no;
        changed.extend(entries.iter().filter_map(|entry| told.read(entry)));
    }
    Ok(changed)
}

/// Checks the whole trail, up to where it ends when this begins; it may grow meanwhile. Where all
/// entries are as they were written, the database must also still refuse to change them, and users
/// must be what they say.
///
/// # Errors
/// [`AuditError`] with the first entry that is wrong.
pub async fn verify_audit(db: &Db) -> Result<AuditReport, AuditError> {
    let head = store::head(db).await?;
    let mut previous = vec![0; blake3::OUT_LEN];
    let (mut no, mut told) = (0, TrailState::default());
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
            told.read(&entry);
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
    check_users(db, &mut told, head.no).await?;
    let mut hash = blake3::Hash::from([0; blake3::OUT_LEN]);
    if let Ok(bytes) = <[u8; blake3::OUT_LEN]>::try_from(previous) {
        hash = bytes.into();
    }
    Ok(AuditReport {
        entries: head.no,
        head: hash.to_hex().to_string(),
        told,
    })
}
