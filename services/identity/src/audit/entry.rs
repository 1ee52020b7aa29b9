//! The entries of the audit trail: what was done, by whom, to what, with what outcome; and the hash
//! that chains one to the one before. Pure: stores nothing. No entry holds a secret or an e-mail
//! that was typed.

use access::Principal;
use contracts::identity::{Credential, OperatorAction, OrgId, UserId};
use serde_json::{Map, Value};
use sqlx::FromRow;
use values::Timestamp;
use web::client::Client;

use crate::accounts::user::User;

/// What separates these hashes from any others.
const CONTEXT: &str = "PayFlow identity audit trail 1";

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What was done or tried.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum AuditAction {
            $($(#[$doc])* $name,)*
            /// An operator did it in another service.
            Elsewhere(OperatorAction),
        }

        impl AuditAction {
            /// The name in the trail: the subject's kind, and what happened to it.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Elsewhere(action) => action.as_str(),
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
    /// Somebody said, beside the server, that the clock is right after commits had stopped for its
    /// sake.
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
    /// The verification of a user's identity has come to something else, as risk tells.
    KycStatusChanged = "kyc.status_changed",
    /// Somebody said, beside the server, that it is to go on although what services had committed
    /// last is gone.
    HistoryAccepted = "history.accepted",
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
    /// An account whose e-mail was never confirmed was ended, because somebody who may make users
    /// made one with that e-mail.
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
    pub(crate) act: AuditAction,
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
    pub(crate) fn done(
        org: OrgId,
        act: AuditAction,
        actor: Actor,
        client: Option<&'a Client>,
    ) -> Self {
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
    pub(crate) fn refused(
        org: OrgId,
        act: AuditAction,
        actor: Actor,
        client: Option<&'a Client>,
    ) -> Self {
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

    /// The user who was made, with what `payflow verify` compares with their row.
    pub(crate) fn of_new(self, user: &User) -> Self {
        self.to(user.id)
            .with("role", user.role.as_str())
            .with("email_verified", user.email_verified)
    }

    /// What it was done to.
    pub(crate) fn to(mut self, subject: impl ToString) -> Self {
        self.subject = Some(subject.to_string());
        self
    }
}

impl Actor {
    /// The caller.
    pub(crate) const fn of(principal: &Principal) -> Self {
        Self::User(principal.user, Some(principal.credential))
    }
}

/// An entry as it is stored.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct StoredEntry {
    pub(crate) no: i64,
    pub(crate) org: i64,
    pub(crate) time: i64,
    pub(crate) actor_kind: String,
    pub(crate) actor: Option<String>,
    pub(crate) credential: Option<String>,
    pub(crate) act: String,
    pub(crate) subject: Option<String>,
    pub(crate) outcome: String,
    pub(crate) address: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) details: String,
    pub(crate) hash: Vec<u8>,
}

impl StoredEntry {
    /// The next entry of the chain, after one with this hash.
    pub(crate) fn new(no: i64, previous: &[u8], now: Timestamp, entry: &Entry<'_>) -> Self {
        let (actor_kind, actor, credential) = match entry.actor {
            Actor::Nobody => ("nobody", None, None),
            Actor::User(user, credential) => {
                ("user", Some(user.to_string()), credential.map(text_of))
            }
            Actor::System => ("system", None, None),
        };
        let outcome = match entry.outcome {
            Outcome::Done => "done",
            Outcome::Refused => "refused",
        };
        let mut stored = Self {
            no,
            org: entry.org.0,
            time: now.micros(),
            actor_kind: actor_kind.to_owned(),
            actor,
            credential,
            act: entry.act.as_str().to_owned(),
            subject: entry.subject.clone(),
            outcome: outcome.to_owned(),
            address: entry.client.map(|client| client.address.to_string()),
            user_agent: entry.client.and_then(|client| client.user_agent.clone()),
            request_id: platform::request_id::current().map(|id| id.to_string()),
            details: Value::Object(entry.details.clone()).to_string(),
            hash: Vec::new(),
        };
        stored.hash = stored.hash_after(previous);
        stored
    }

    /// The hash over the one before and all columns, each with its length, so that no two entries
    /// give the same bytes.
    pub(crate) fn hash_after(&self, previous: &[u8]) -> Vec<u8> {
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        hasher.update(previous);
        for number in [self.no, self.org, self.time] {
            hasher.update(&number.to_le_bytes());
        }
        for text in [
            Some(self.actor_kind.as_str()),
            self.actor.as_deref(),
            self.credential.as_deref(),
            Some(&self.act),
            self.subject.as_deref(),
            Some(&self.outcome),
            self.address.as_deref(),
            self.user_agent.as_deref(),
            self.request_id.as_deref(),
            Some(&self.details),
        ] {
            // No text has this length.
            let length = text.map_or(u64::MAX, |text| text.len() as u64);
            hasher.update(&length.to_le_bytes());
            hasher.update(text.unwrap_or_default().as_bytes());
        }
        hasher.finalize().as_bytes().to_vec()
    }
}

fn text_of(credential: Credential) -> String {
    match credential {
        Credential::Session(id) => id.to_string(),
        Credential::ApiKey(id) => id.to_string(),
    }
}

/// Which entries somebody looks for.
#[derive(Debug, Clone)]
pub(crate) struct TrailFilter {
    pub(crate) since: Timestamp,
    pub(crate) before: Timestamp,
    pub(crate) actor: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) act: Option<String>,
    pub(crate) outcome: Option<&'static str>,
    pub(crate) address: Option<String>,
    /// What an entry must contain, whatever the case.
    pub(crate) text: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The columns that are texts, in the order in which the hash covers them; those that are never
    /// null are empty where nothing is given.
    fn entry(no: i64, org: i64, time: i64, texts: [Option<&str>; 10]) -> StoredEntry {
        let [
            kind,
            actor,
            credential,
            act,
            subject,
            outcome,
            address,
            agent,
            request,
            details,
        ] = texts.map(|text| text.map(str::to_owned));
        StoredEntry {
            no,
            org,
            time,
            actor_kind: kind.unwrap_or_default(),
            actor,
            credential,
            act: act.unwrap_or_default(),
            subject,
            outcome: outcome.unwrap_or_default(),
            address,
            user_agent: agent,
            request_id: request,
            details: details.unwrap_or_default(),
            hash: Vec::new(),
        }
    }

    #[test]
    fn every_column_and_its_borders_count_in_the_hash() {
        let base = entry(1, 1, 7, [Some("a"); 10]);
        let mut hashes = vec![base.hash_after(&[0; 32]), base.hash_after(&[1; 32])];
        for (no, org, time) in [(2, 1, 7), (1, 2, 7), (1, 1, 8)] {
            hashes.push(entry(no, org, time, [Some("a"); 10]).hash_after(&[0; 32]));
        }
        // Four columns are never null.
        let never_null = [0, 3, 5, 9];
        for place in 0..10 {
            for other in [None, Some(""), Some("b"), Some("aa")] {
                if other.is_none() && never_null.contains(&place) {
                    continue;
                }
                let mut texts = [Some("a"); 10];
                texts[place] = other;
                hashes.push(entry(1, 1, 7, texts).hash_after(&[0; 32]));
            }
        }
        let mut moved = [Some("a"); 10];
        (moved[0], moved[1]) = (Some("aa"), Some(""));
        hashes.push(entry(1, 1, 7, moved).hash_after(&[0; 32]));
        let count = hashes.len();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), count);
    }
}
