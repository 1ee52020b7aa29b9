//! Messages to users: which there are, what they say, and how they are written down in the transaction of what they tell
//! of. They are sent afterwards (`mail/delivery.rs`); this never talks to a mailer.

pub(crate) mod account_closed;
pub(crate) mod api_key_created;
pub(crate) mod change_email;
pub(crate) mod confirm_registration;
pub(crate) mod delivery;
pub(crate) mod email_changing;
pub(crate) mod email_taken;
pub(crate) mod mailer;
pub(crate) mod new_device;
pub(crate) mod password_changed;
pub(crate) mod password_reset;
pub(crate) mod reset_password;
pub(crate) mod second_factor_changed;
pub(crate) mod store;
pub(crate) mod verify_email;

use contracts::identity::{OrgId, UserId};
use db::Tx;
use platform::backoff::Backoff;
use platform::ids::Ids;
use serde::{Deserialize, Serialize};
use values::{SECOND, Timestamp, typed_id};

use crate::fault::Fault;
use crate::mail::store::WaitingMessage;
use vault::{SealContext, Vault};

typed_id!(
    /// A message: `msg_…`.
    MessageId,
    "msg"
);

/// How often a message is tried to be sent before it is given up: for three days, when links in it have ended. It is counted, because
/// a clock that is ahead for a while would make any message old.
pub(crate) const MOST_ATTEMPTS: i64 = 81;
/// How long it waits after each attempt.
pub(crate) const BACKOFF: Backoff = Backoff {
    first: 10 * SECOND,
    longest: 3_600 * SECOND,
};

/// What a message is about, with what it needs to say so. Kept sealed. Each kind has its words in a file of its own.
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
        /// What was done, as a sentence.
        change: String,
    },
}

impl Content {
    /// The kind, as the database names it.
    const fn kind(&self) -> &'static str {
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

    /// The subject, one line of ASCII.
    pub(crate) const fn subject(&self) -> &'static str {
        match self {
            Self::AccountClosed => account_closed::SUBJECT,
            Self::ApiKeyCreated { .. } => api_key_created::SUBJECT,
            Self::ChangeEmail { .. } => change_email::SUBJECT,
            Self::ConfirmRegistration { .. } => confirm_registration::SUBJECT,
            Self::EmailChanging => email_changing::SUBJECT,
            Self::EmailTaken => email_taken::SUBJECT,
            Self::NewDevice { .. } => new_device::SUBJECT,
            Self::PasswordChanged { .. } => password_changed::SUBJECT,
            Self::PasswordReset => password_reset::SUBJECT,
            Self::ResetPassword { .. } => reset_password::SUBJECT,
            Self::SecondFactorChanged { .. } => second_factor_changed::SUBJECT,
            Self::VerifyEmail { .. } => verify_email::SUBJECT,
        }
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::AccountClosed => account_closed::TEXT.to_owned(),
            Self::ApiKeyCreated {
                name,
                shown,
                scopes,
            } => api_key_created::text(name, shown, scopes),
            Self::ChangeEmail { link } => change_email::text(link),
            Self::ConfirmRegistration { link } => confirm_registration::text(link),
            Self::EmailChanging => email_changing::TEXT.to_owned(),
            Self::EmailTaken => email_taken::TEXT.to_owned(),
            Self::NewDevice {
                time,
                address,
                user_agent,
            } => new_device::text(time, address, user_agent.as_deref()),
            Self::PasswordChanged {
                keys_ended,
                keys_left,
            } => password_changed::text(*keys_ended, *keys_left),
            Self::PasswordReset => password_reset::TEXT.to_owned(),
            Self::ResetPassword { link } => reset_password::text(link),
            Self::SecondFactorChanged { change } => second_factor_changed::text(change),
            Self::VerifyEmail { link } => verify_email::text(link),
        }
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

/// Writes a message down; it is sent once the transaction has committed, and not at all if it does not.
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
    fn a_content_is_kept_under_the_name_of_its_kind_and_says_its_link_on_a_line_of_its_own() {
        let link = || "https://pay.example/x".to_owned();
        for content in [
            Content::AccountClosed,
            Content::ApiKeyCreated {
                name: "nightly".to_owned(),
                shown: "payflow_sk_0AbCdE".to_owned(),
                scopes: "wallets:own".to_owned(),
            },
            Content::ChangeEmail { link: link() },
            Content::ConfirmRegistration { link: link() },
            Content::EmailChanging,
            Content::EmailTaken,
            Content::NewDevice {
                time: Timestamp(0).rfc_2822(),
                address: "192.0.2.7".to_owned(),
                user_agent: Some("curl/8.0".to_owned()),
            },
            Content::PasswordChanged {
                keys_ended: 0,
                keys_left: 2,
            },
            Content::PasswordReset,
            Content::ResetPassword { link: link() },
            Content::VerifyEmail { link: link() },
        ] {
            let json = serde_json::to_value(&content).unwrap();
            assert_eq!(json["kind"], content.kind());
            let has_link = json.get("link").is_some();
            assert_eq!(serde_json::from_value::<Content>(json).unwrap(), content);
            assert!(content.subject().is_ascii() && !content.subject().is_empty());
            let text = content.text();
            assert_eq!(
                text.contains("\n\nhttps://pay.example/x\n\n"),
                has_link,
                "{text}"
            );
            assert!(text.ends_with('\n'));
        }
    }
}
