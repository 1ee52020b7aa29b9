//! Messages to users: which there are, what they say, and how they are written down in the transaction of what they tell
//! of. They are sent afterwards (`service/delivery.rs`); this never talks to a mailer.

use contracts::identity::{OrgId, UserId};
use platform::args;
use platform::clock::{DAY, SECOND, Timestamp};
use platform::db::Tx;
use platform::ids::Ids;
use platform::typed_id;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::store::messages as store;
use crate::vault::{Place, Vault};

typed_id!(
    /// A message: `msg_…`.
    MessageId,
    "msg"
);

/// How long a message is tried to be sent before it is given up: links in it have ended by then.
pub(crate) const GIVE_UP_AFTER: i64 = 3 * DAY;
/// How long it waits after its first attempt; twice as long after each further one, up to an hour.
const FIRST_WAIT: i64 = 10 * SECOND;
const LONGEST_WAIT: i64 = 3_600 * SECOND;

/// What a message is about, with what it needs to say so. Kept sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Content {
    /// Asks somebody to show that the e-mail is theirs.
    VerifyEmail {
        /// Where they show it.
        link: String,
    },
}

impl Content {
    /// The kind, as the database names it.
    const fn kind(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
        }
    }

    /// The subject, one line of ASCII.
    pub(crate) const fn subject(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "Confirm your e-mail address",
        }
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::VerifyEmail { link } => format!(
                "Somebody has registered at PayFlow with this e-mail address.\n\n\
                 If that was you, confirm the address within a day:\n\n{link}\n\n\
                 If it was not, do nothing: the address stays unconfirmed.\n"
            ),
        }
    }
}

/// A message to be sent.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
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
) -> Result<(), Error> {
    let id = ids.next();
    let text = serde_json::to_vec(&message.content).map_err(|_| Error::Row("messages.data"))?;
    let sealed = vault.seal(place(id.as_bytes()), &text)?;
    let args = args![
        id,
        message.org.0,
        message.user.uuid(),
        message.content.kind(),
        message.address,
        sealed,
        now
    ];
    tx.execute(store::INSERT, args).await?;
    Ok(())
}

/// What a message that waits says.
pub(crate) fn open(vault: &Vault, row: &store::WaitingRow) -> Result<Content, Error> {
    let text = vault.open(place(row.id.as_bytes()), &row.data)?;
    serde_json::from_slice(&text).map_err(|_| Error::Row("messages.data"))
}

/// When a message is due again after so many attempts.
pub(crate) fn due_again(now: Timestamp, attempts: i64) -> Timestamp {
    let doublings = u32::try_from(attempts.clamp(0, 16)).unwrap_or_default();
    now.plus((FIRST_WAIT << doublings).min(LONGEST_WAIT))
}

fn place(id: &[u8]) -> Place<'_> {
    Place {
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
    fn a_content_is_kept_under_the_name_of_its_kind() {
        let content = Content::VerifyEmail {
            link: "https://pay.example/x".to_owned(),
        };
        let json = serde_json::to_value(&content).unwrap();
        assert_eq!(json["kind"], content.kind());
        assert_eq!(serde_json::from_value::<Content>(json).unwrap(), content);
        assert!(content.subject().is_ascii());
        assert!(content.text().contains("https://pay.example/x\n"));
    }
}
