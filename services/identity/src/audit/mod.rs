//! The audit trail: who did what, from where, with what outcome. It adds to a hash chain, in the transaction of the act
//! itself, and checks the chain. It never changes an entry, and no entry holds a secret or an e-mail that was typed.
//!
//! The chain only grows. So it also shows whether the database is the one that this process has committed to: each entry is added only
//! where the last one that was seen is still in the chain ([`continues`]).
//!
//! Adding locks the end of the chain until the transaction ends. So [`record`] comes last in a transaction, after every
//! other lock: two transactions then wait for each other in one order only.

pub(crate) mod http;
pub(crate) mod list;
pub(crate) mod operator_actions;
pub(crate) mod store;

use access::Principal;
use contracts::identity::{Credential, Deed, OrgId, UserId};
use db::{Db, Position, Tx, args};
use serde_json::{Map, Value};
use values::Timestamp;
use web::client::Client;

use crate::error::Error;
use crate::fault::Fault;

/// What separates these hashes from any others.
const CONTEXT: &str = "PayFlow identity audit trail 1";
/// Entries read at once when the chain is checked.
const PAGE: i64 = 1_000;

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What was done or tried.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Act {
            $($(#[$doc])* $name,)*
            /// An operator did it in another service.
            Elsewhere(Deed),
        }

        impl Act {
            /// The name in the trail: the subject's kind, and what happened to it.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Elsewhere(deed) => deed.as_str(),
                }
            }
        }
    };
}

acts! {
    /// A user linked an account at a provider.
    AccountLinked = "account.linked",
    /// A user unlinked one.
    AccountUnlinked = "account.unlinked",
    /// Somebody made an API key.
    ApiKeyCreated = "api_key.created",
    /// Somebody ended an API key.
    ApiKeyEnded = "api_key.ended",
    /// Somebody took a copy of the trail.
    AuditExported = "audit.exported",
    /// Somebody said, beside the server, that the clock is right after commits had stopped for its sake.
    ClockAccepted = "clock.accepted",
    /// The store was made for a look around, with users whose passwords are published.
    DemoBegun = "demo.begun",
    /// A session was begun on a device that its user was never seen on.
    DeviceNew = "device.new",
    /// A user asked for another e-mail; refused without the password.
    EmailChangeRequested = "email.change_requested",
    /// A user has another e-mail, and showed that it is theirs.
    EmailChanged = "email.changed",
    /// A user showed that the e-mail is theirs.
    EmailVerified = "email.verified",
    /// A login was refused: unknown e-mail, wrong password or suspended user.
    LoginFailed = "login.failed",
    /// An organisation was made.
    OrganisationCreated = "organisation.created",
    /// A passkey's counter of signatures went back: there may be a copy of it.
    PasskeyCopied = "passkey.copied",
    /// A user deleted a passkey.
    PasskeyDeleted = "passkey.deleted",
    /// A user registered a passkey.
    PasskeyRegistered = "passkey.registered",
    /// A user changed the password; refused without the current one.
    PasswordChanged = "password.changed",
    /// A user chose a new password by a mailed link.
    PasswordReset = "password.reset",
    /// A link to choose a new password with was mailed.
    PasswordResetRequested = "password.reset_requested",
    /// A user made new recovery codes; the old ones are good no more.
    RecoveryCodesRenewed = "recovery_codes.renewed",
    /// A refresh token was used a second time; its session was ended.
    RefreshTokenReused = "refresh_token.reused",
    /// The password was right, and a second factor is awaited.
    SecondFactorAsked = "second_factor.asked",
    /// A second factor, or the password for a dangerous act, was refused.
    SecondFactorFailed = "second_factor.failed",
    /// Somebody logged in.
    SessionBegun = "session.begun",
    /// Somebody logged out.
    SessionEnded = "session.ended",
    /// Somebody proved once more, in a session, who they are.
    SessionSteppedUp = "session.stepped_up",
    /// A new signing key was made.
    SigningKeyMade = "signing_key.made",
    /// A signing key was deleted before its time, because somebody else may have it.
    SigningKeyRevoked = "signing_key.revoked",
    /// A user stopped using an authenticator app.
    TotpDisabled = "totp.disabled",
    /// A user began to use an authenticator app.
    TotpEnabled = "totp.enabled",
    /// An administrator changed a user's role, or suspended them or let them in again.
    UserChanged = "user.changed",
    /// A user closed the account; refused without the password.
    UserClosed = "user.closed",
    /// The operator of the installation, or an administrator, made a user.
    UserCreated = "user.created",
    /// The operator of the installation took a user of another system in.
    UserImported = "user.imported",
    /// Somebody registered.
    UserRegistered = "user.registered",
    /// An account whose e-mail was never confirmed was ended, because somebody who may make users made one with that e-mail.
    UserReplaced = "user.replaced",
    /// A user has another name.
    UserRenamed = "user.renamed",
    /// A user's role is another than before.
    UserRoleChanged = "user.role_changed",
    /// An administrator ended all sessions of a user.
    UserSessionsEnded = "user.sessions_ended",
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    /// Somebody whom no token made known.
    Nobody,
    /// A user, with what they were authenticated by, where they were.
    User(UserId, Option<Credential>),
    /// A tool beside the server, or the server itself.
    System,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
}

/// One act. What is known of the request at hand (its id) is added by [`record`].
#[derive(Debug, Clone)]
pub(crate) struct Entry<'a> {
    pub(crate) org: OrgId,
    pub(crate) act: Act,
    pub(crate) actor: Actor,
    pub(crate) outcome: Outcome,
    /// The id of what it was done to.
    pub(crate) subject: Option<String>,
    /// From where; none for tools.
    pub(crate) client: Option<&'a Client>,
    /// More, by name. Never a secret.
    pub(crate) details: Map<String, Value>,
}

impl<'a> Entry<'a> {
    /// Something that was done.
    pub(crate) fn done(org: OrgId, act: Act, actor: Actor, client: Option<&'a Client>) -> Self {
        Self {
            org,
            act,
            actor,
            outcome: Outcome::Done,
            subject: None,
            client,
            details: Map::new(),
        }
    }

    /// Something that was refused.
    pub(crate) fn refused(org: OrgId, act: Act, actor: Actor, client: Option<&'a Client>) -> Self {
        Self {
            outcome: Outcome::Refused,
            ..Self::done(org, act, actor, client)
        }
    }

    /// A detail. Never a secret.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// What it was done to.
    pub(crate) fn to(mut self, subject: impl ToString) -> Self {
        self.subject = Some(subject.to_string());
        self
    }
}

impl Actor {
    /// Whoever is asking.
    pub(crate) const fn of(principal: &Principal) -> Self {
        Self::User(principal.user, Some(principal.credential))
    }
}

/// An entry's columns, in the order in which the hash covers them.
#[derive(Debug)]
pub(crate) struct Recorded<'a> {
    pub(crate) no: i64,
    pub(crate) org: i64,
    pub(crate) time: Timestamp,
    /// Actor's kind, actor, credential, act, subject, outcome, address, user agent, request, details.
    pub(crate) texts: [Option<&'a str>; 10],
}

impl Recorded<'_> {
    /// The hash over the one before and all columns, each with its length, so that no two entries give the same bytes.
    fn hash(&self, previous: &[u8]) -> Vec<u8> {
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        hasher.update(previous);
        for number in [self.no, self.org, self.time.micros()] {
            hasher.update(&number.to_le_bytes());
        }
        for text in self.texts {
            // No text has this length.
            let length = text.map_or(u64::MAX, |text| text.len() as u64);
            hasher.update(&length.to_le_bytes());
            hasher.update(text.unwrap_or_default().as_bytes());
        }
        hasher.finalize().as_bytes().to_vec()
    }
}

/// Adds an entry, in the transaction of what it tells of. The last statement of that transaction.
pub(crate) async fn record(tx: &mut Tx, now: Timestamp, entry: &Entry<'_>) -> Result<(), Fault> {
    let (actor_kind, actor, credential) = match entry.actor {
        Actor::Nobody => ("nobody", None, None),
        Actor::User(user, credential) => ("user", Some(user.to_string()), credential.map(text_of)),
        Actor::System => ("system", None, None),
    };
    let outcome = match entry.outcome {
        Outcome::Done => "done",
        Outcome::Refused => "refused",
    };
    let address = entry.client.map(|client| client.address.to_string());
    let user_agent = entry.client.and_then(|client| client.user_agent.clone());
    let request_id = platform::request_id::current().map(|id| id.to_string());
    let details = Value::Object(entry.details.clone()).to_string();
    let (no, previous): (i64, Vec<u8>) = tx
        .fetch_optional(store::LOCK_HEAD, args![])
        .await?
        .ok_or(Fault::Row("audit_head"))?;
    let head = Position {
        no: no - 1,
        hash: previous,
    };
    if let Some(seen) = tx.history().seen() {
        let found = match seen.no == head.no {
            true => Some((head.hash.clone(),)),
            // Another node was here, or the chain is another one.
            false => tx.fetch_optional(store::HASH, args![seen.no]).await?,
        };
        if !continues(&seen, found) {
            return Err(tx.history().lose(gone(&seen, &head)).into());
        }
    }
    let recorded = Recorded {
        no,
        org: entry.org.0,
        time: now,
        texts: [
            Some(actor_kind),
            actor.as_deref(),
            credential.as_deref(),
            Some(entry.act.as_str()),
            entry.subject.as_deref(),
            Some(outcome),
            address.as_deref(),
            user_agent.as_deref(),
            request_id.as_deref(),
            Some(&details),
        ],
    };
    let hash = recorded.hash(&head.hash);
    let mut columns = args![no, entry.org.0, now];
    columns.extend(recorded.texts.map(|text| text.map(str::to_owned).into()));
    columns.push(hash.clone().into());
    tx.execute(store::INSERT_ENTRY, columns).await?;
    tx.execute(store::MOVE_HEAD, args![hash.clone()]).await?;
    tx.ends_at(Position { no, hash });
    Ok(())
}

/// Looks whether the last entry that this process has seen, its own or another node's, is still in the chain, and takes note of what
/// has come after it. Until it is there again, the database refuses writes.
pub(crate) async fn check_history(db: &Db) -> Result<(), Fault> {
    let history = db.history();
    history.check_file()?;
    // Before the head is read: what is committed meanwhile must not look as if it were missing.
    let seen = history.seen();
    let (no, hash): (i64, Vec<u8>) = db.fetch_one(store::HEAD, args![]).await?;
    let head = Position { no, hash };
    if let Some(seen) = seen {
        let found = match seen.no == head.no {
            true => Some((head.hash.clone(),)),
            false => db.fetch_optional(store::HASH, args![seen.no]).await?,
        };
        if !continues(&seen, found) {
            return Err(history.lose(gone(&seen, &head)).into());
        }
    }
    history.find();
    // Before the first entry there is nothing that could be looked for.
    if head.no > 0 {
        history.see(head);
    }
    Ok(())
}

/// Whether an entry that was seen is the one that is found under its number.
fn continues(seen: &Position, found: Option<(Vec<u8>,)>) -> bool {
    found.is_some_and(|(hash,)| hash == seen.hash)
}

fn gone(seen: &Position, head: &Position) -> String {
    format!(
        "entry {} of the audit trail was committed and is not in the database, whose trail ends with entry {}: this is an older state \
         of it, or another database",
        seen.no, head.no
    )
}

fn text_of(credential: Credential) -> String {
    match credential {
        Credential::Session(id) => id.to_string(),
        Credential::ApiKey(id) => id.to_string(),
    }
}

/// A trail that is as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// How many entries it has.
    pub entries: i64,
    /// The hash of the last one, hexadecimal: kept elsewhere, it shows a trail that was written anew.
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
    /// The trail cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Error),
}

/// The triggers that refuse changes of the trail, as the migration makes them: of SQLite with all of their text, of PostgreSQL with
/// that of their function.
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
async fn guarded(db: &Db) -> Result<(), AuditError> {
    let (sql, guards) = match db {
        Db::Sqlite { .. } => (store::TRIGGERS_OF_SQLITE, GUARDS_OF_SQLITE.as_slice()),
        Db::Postgres(_) => (store::TRIGGERS_OF_POSTGRES, GUARDS_OF_POSTGRES.as_slice()),
    };
    let found = db.fetch_all::<(String, String)>(sql, args![]).await;
    let found = found.map_err(Error::from)?;
    let is_there =
        |(name, text): &(&str, &str)| found.iter().any(|(found, is)| found == name && is == text);
    match guards.iter().find(|guard| !is_there(guard)) {
        Some((trigger, _)) => Err(AuditError::Unguarded { trigger }),
        None => Ok(()),
    }
}

/// Checks the whole trail, up to where it ends when this begins; it may grow meanwhile. Where all entries are as they were
/// written, the database must also still refuse to change them.
///
/// # Errors
/// [`AuditError`] with the first entry that is wrong.
pub async fn verify_audit(db: &Db) -> Result<AuditReport, AuditError> {
    let head =
        async || -> Result<(i64, Vec<u8>), Error> { Ok(db.fetch_one(store::HEAD, args![]).await?) };
    let (last, expected) = head().await?;
    let mut previous = vec![0; blake3::OUT_LEN];
    let mut no = 0;
    while no < last {
        let rows = db
            .fetch_all::<store::EntryRow>(store::ENTRIES, args![no, last, PAGE])
            .await
            .map_err(Error::from)?;
        if rows.is_empty() {
            return Err(AuditError::Missing { no: no + 1 });
        }
        for row in rows {
            no += 1;
            let recorded = row.recorded();
            if recorded.no != no {
                return Err(AuditError::Missing { no });
            }
            if recorded.hash(&previous) != row.hash {
                return Err(AuditError::Changed { no });
            }
            previous = row.hash;
        }
    }
    if previous != expected {
        return Err(AuditError::Head);
    }
    // What was added meanwhile moved the head with it.
    let (beyond,): (i64,) = db
        .fetch_one(store::ENTRIES_AFTER, args![last])
        .await
        .map_err(Error::from)?;
    let (now_last, _) = head().await?;
    if beyond > now_last - last {
        return Err(AuditError::Head);
    }
    guarded(db).await?;
    let mut hash = blake3::Hash::from([0; blake3::OUT_LEN]);
    if let Ok(bytes) = <[u8; blake3::OUT_LEN]>::try_from(previous) {
        hash = bytes.into();
    }
    Ok(AuditReport {
        entries: last,
        head: hash.to_hex().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded<'a>(texts: [Option<&'a str>; 10]) -> Recorded<'a> {
        Recorded {
            no: 1,
            org: 1,
            time: Timestamp(7),
            texts,
        }
    }

    #[test]
    fn every_column_and_its_borders_count_in_the_hash() {
        let base = recorded([Some("a"); 10]);
        let mut hashes = vec![base.hash(&[0; 32]), base.hash(&[1; 32])];
        hashes.push(
            Recorded {
                no: 2,
                ..recorded([Some("a"); 10])
            }
            .hash(&[0; 32]),
        );
        hashes.push(
            Recorded {
                org: 2,
                ..recorded([Some("a"); 10])
            }
            .hash(&[0; 32]),
        );
        let later = Timestamp(8);
        hashes.push(
            Recorded {
                time: later,
                ..recorded([Some("a"); 10])
            }
            .hash(&[0; 32]),
        );
        for place in 0..10 {
            for other in [None, Some(""), Some("b"), Some("aa")] {
                let mut texts = [Some("a"); 10];
                texts[place] = other;
                hashes.push(recorded(texts).hash(&[0; 32]));
            }
        }
        let mut moved = [Some("a"); 10];
        (moved[0], moved[1]) = (Some("aa"), Some(""));
        hashes.push(recorded(moved).hash(&[0; 32]));
        let count = hashes.len();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), count);
    }
}
