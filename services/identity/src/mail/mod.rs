//! Messages to users: which there are, what they tell, and how they are written down in the
//! transaction of what they tell of. They are handed to notifications afterwards
//! (`mail/delivery.rs`), which has the words and sends them.

pub(crate) mod delivery;
pub(crate) mod store;

use contracts::identity::{OrgId, UserId};
use db::Tx;
use platform::backoff::Backoff;
use platform::ids::Ids;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use values::{SECOND, Timestamp};

use crate::fault::Fault;
use crate::mail::store::WaitingMessage;
use vault::{SealContext, Vault};

/// How often a message is tried to be handed over before it is given up: for three days, when links
/// in it have ended. It is counted, because a clock that is ahead for a while would make any
/// message old.
pub(crate) const MOST_ATTEMPTS: i64 = 81;
/// How long it waits after each attempt.
pub(crate) const BACKOFF: Backoff = Backoff {
    first: 10 * SECOND,
    longest: 3_600 * SECOND,
};

/// What a message is about, with what it needs to say so. Kept sealed. The words are those of
/// notifications (`texts/`), under the same kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Content {
    /// Tells somebody that their account is closed.
    AccountClosed,
    /// Tells somebody that an API key of their account was made.
    ApiKeyCreated {
        /// What it is called.
        name: String,
        /// What it begins with.
        shown: String,
        /// What it may do, as mails say it.
        scopes: String,
    },
    /// Asks a user to show that the new e-mail is theirs.
    ChangeEmail {
        /// Where.
        link: String,
    },
    /// Asks somebody to confirm a registration.
    ConfirmRegistration {
        /// Where.
        link: String,
    },
    /// Tells a user at the old e-mail that another is to take its place.
    EmailChanging,
    /// Tells a user that somebody wanted to use their e-mail.
    EmailTaken,
    /// Tells somebody of a login on a device that they were never seen on.
    NewDevice {
        /// When, as mails say it.
        time: String,
        /// From which address.
        address: String,
        /// What it calls itself.
        user_agent: Option<String>,
    },
    /// Tells a user that the password was changed.
    PasswordChanged {
        /// How many API keys were ended with it.
        #[serde(default)]
        keys_ended: u64,
        /// How many are still valid.
        #[serde(default)]
        keys_left: i64,
    },
    /// Tells a user that a new password was chosen with a mailed link.
    PasswordReset,
    /// The link of a forgotten password.
    ResetPassword {
        /// Where.
        link: String,
    },
    /// Asks a user to show that the e-mail is theirs.
    VerifyEmail {
        /// Where.
        link: String,
    },
    /// Tells somebody that a second factor or an account at a provider was added or taken away.
    SecondFactorChanged {
        /// What was done: one of `[words.factors]`.
        change: String,
        /// The provider, where it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
    },
}

impl Content {
    /// The kind, as the database names it.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::AccountClosed => "account_closed",
            Self::ApiKeyCreated { .. } => "api_key_created",
            Self::ChangeEmail { .. } => "change_email",
            Self::ConfirmRegistration { .. } => "confirm_registration",
            Self::EmailChanging => "email_changing",
            Self::EmailTaken => "email_taken",
            Self::NewDevice { .. } => "new_device",
            Self::PasswordChanged { .. } => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::ResetPassword { .. } => "reset_password",
            Self::VerifyEmail { .. } => "verify_email",
            Self::SecondFactorChanged { .. } => "second_factor_changed",
        }
    }

    /// What its text is made of.
    pub(crate) fn data(&self) -> Result<Value, Fault> {
        let mut data = serde_json::to_value(self).map_err(|_| Fault::Row("messages.data"))?;
        if let Some(data) = data.as_object_mut() {
            data.remove("kind");
        }
        Ok(data)
    }
}

/// A message to be sent.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub(crate) org: OrgId,
    /// None where they have no account yet.
    pub(crate) user: Option<UserId>,
    pub(crate) address: &'a str,
    pub(crate) content: Content,
}

/// Writes a message down; it is sent once the transaction has committed, and not at all if it does
/// not.
pub(crate) async fn send(
    tx: &mut Tx,
    vault: &Vault,
    ids: &Ids,
    now: Timestamp,
    message: Message<'_>,
) -> Result<(), Fault> {
    let id = ids.next();
    let text = serde_json::to_vec(&message.content).map_err(|_| Fault::Row("messages.data"))?;
    let sealed = vault.seal(seal_context(id.as_bytes()), &text)?;
    let what = (message.content.kind(), message.address);
    Ok(store::insert(tx, id, (message.org, message.user), what, sealed, now).await?)
}

/// What a message that waits says.
pub(crate) fn open(vault: &Vault, message: &WaitingMessage) -> Result<Content, Fault> {
    let text = vault.open(seal_context(message.id.as_bytes()), &message.sealed)?;
    serde_json::from_slice(&text).map_err(|_| Fault::Row("messages.data"))
}

/// When a message is due again after so many attempts.
pub(crate) fn due_again(now: Timestamp, attempts: i64) -> Timestamp {
    now.plus(BACKOFF.after(attempts.saturating_add(1)))
}

fn seal_context(id: &[u8]) -> SealContext<'_> {
    SealContext {
        what: "messages.data",
        whose: id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_come_ever_more_rarely_and_at_least_once_an_hour() {
        let waits: Vec<_> = [0, 1, 2, 8, 9, 16, 1_000]
            .map(|attempts| due_again(Timestamp(0), attempts).micros() / SECOND)
            .into();
        assert_eq!(waits, [10, 20, 40, 2_560, 3_600, 3_600, 3_600]);
    }

    #[test]
    fn attempts_go_on_for_three_days() {
        let waits = (1..MOST_ATTEMPTS).map(|attempts| BACKOFF.after(attempts));
        let days = waits.sum::<i64>() / (3_600 * SECOND);
        assert_eq!(days, 3 * 24);
    }

    #[test]
    fn a_content_is_kept_under_the_name_of_its_kind_and_its_data_are_the_rest() {
        let link = || "https://pay.example/x".to_owned();
        for content in [
            Content::AccountClosed,
            Content::ChangeEmail { link: link() },
            Content::NewDevice {
                time: Timestamp(0).rfc_2822(),
                address: "192.0.2.7".to_owned(),
                user_agent: Some("curl/8.0".to_owned()),
            },
            Content::PasswordChanged {
                keys_ended: 0,
                keys_left: 2,
            },
            Content::SecondFactorChanged {
                change: "passkey_added".to_owned(),
                provider: None,
            },
        ] {
            let json = serde_json::to_value(&content).unwrap();
            assert_eq!(json["kind"], content.kind());
            let data = content.data().unwrap();
            assert_eq!((data.get("kind"), &data["link"]), (None, &json["link"]));
            assert_eq!(serde_json::from_value::<Content>(json).unwrap(), content);
        }
    }
}
