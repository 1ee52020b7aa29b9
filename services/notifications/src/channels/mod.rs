//! How messages leave. A channel is a way to somebody (mail, SMS, push); it has providers, of which
//! the next is tried where one cannot take a message now. It decides neither what is sent nor to
//! whom.

pub(crate) mod email;
mod file;
pub(crate) mod push;
pub(crate) mod sms;

use async_trait::async_trait;
use contracts::notifications::MessageId;
use values::Timestamp;

use crate::phones::number;
pub(crate) use crate::texts::Words;

/// A way to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ChannelKind {
    /// By mail.
    Email,
    /// By SMS.
    Sms,
    /// By push to devices.
    Push,
}

impl ChannelKind {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Email, Self::Sms, Self::Push];

    /// Its name in the database and the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Push => "push",
        }
    }

    /// The channel with this name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A message as a channel takes it.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    /// The same at each attempt.
    pub(crate) id: MessageId,
    /// When it was written.
    pub(crate) at: Timestamp,
    /// What it tells.
    pub(crate) kind: String,
    /// Its words.
    pub(crate) words: Words,
    /// Where one says that one wants no more of its group; none for what is essential.
    pub(crate) unsubscribe: Option<String>,
}

impl Rendered {
    /// Whether it holds a one-time code, which no log gets and which is of no use later.
    pub(crate) fn is_code(&self) -> bool {
        self.kind.ends_with("_code")
    }
}

/// Where a message goes: an e-mail address, a phone number, or whose devices. It is not shown by
/// `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address(pub(crate) String);

impl Address {
    /// A hint for operators, which is not enough to write to.
    pub(crate) fn hint(&self) -> String {
        let Some((name, host)) = self.0.split_once('@') else {
            let is_number = self.0.starts_with('+');
            return match is_number {
                true => number::hint(&self.0),
                false => "devices".to_owned(),
            };
        };
        let first: String = name.chars().take(1).collect();
        format!("{first}***@{host}")
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.hint())
    }
}

/// A provider has a message: it is responsible for it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    /// By what the provider knows it.
    pub(crate) provider_id: Option<String>,
}

/// Why a provider has not taken a message. The reasons hold nothing personal: they are kept and
/// logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unsent {
    /// Not this time; another attempt may do.
    Later {
        /// Why.
        reason: String,
        /// Not before this time, where the provider says one.
        retry_at: Option<Timestamp>,
    },
    /// It may have taken it, and did not say so. No other provider gets it now, and this one not
    /// before some time.
    Unknown(String),
    /// Never: nobody is there.
    Bounced(String),
    /// Never: it is not a message that can be sent.
    Never(String),
}

/// A provider of a way to somebody. An attempt is repeated until it succeeds once, so a message may
/// come twice.
#[async_trait]
pub(crate) trait Channel: Send + Sync + 'static {
    /// Of which way.
    fn kind(&self) -> ChannelKind;

    /// Its name, for operators.
    fn name(&self) -> &'static str;

    /// Hands a message over, durably.
    async fn send(&self, message: &Rendered, to: &Address) -> Result<Sent, Unsent>;
}

/// Who has taken a message, and how.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) provider: &'static str,
    pub(crate) sent: Result<Sent, Unsent>,
}

/// Tries the providers of a way in order, until one takes the message or says that nobody will.
pub(crate) async fn send(
    channels: &[Box<dyn Channel>],
    kind: ChannelKind,
    message: &Rendered,
    to: &Address,
) -> Taken {
    let mut taken = Taken {
        provider: "none",
        sent: Err(Unsent::Later {
            reason: "no provider is configured".to_owned(),
            retry_at: None,
        }),
    };
    for channel in channels.iter().filter(|channel| channel.kind() == kind) {
        taken = Taken {
            provider: channel.name(),
            sent: channel.send(message, to).await,
        };
        match &taken.sent {
            Ok(_) | Err(Unsent::Bounced(_) | Unsent::Never(_) | Unsent::Unknown(_)) => break,
            Err(Unsent::Later { reason, .. }) => {
                let provider = taken.provider;
                tracing::warn!(id = %message.id, provider, reason, "a provider did not take a message");
            }
        }
    }
    taken
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use uuid::Uuid;

    /// A message like any other.
    pub(crate) fn message() -> Rendered {
        Rendered {
            id: MessageId(Uuid::from_u128(1)),
            at: Timestamp(1_767_225_600_000_000),
            kind: "money_sent".to_owned(),
            words: Words {
                language: "en".to_owned(),
                title: "Hello".to_owned(),
                body: "text".to_owned(),
                text: "text\n".to_owned(),
                html: "<p>text</p>\n".to_owned(),
            },
            unsubscribe: Some("https://pay.example/u?token=x".to_owned()),
        }
    }

    #[test]
    fn a_hint_at_an_address_is_not_the_address() {
        let address = Address("ann.example@example.com".to_owned());
        assert_eq!(format!("{address:?}"), "a***@example.com");
        assert_eq!(Address("\u{e9}@x.y".to_owned()).hint(), "\u{e9}***@x.y");
        assert_eq!(Address("+4915112345678".to_owned()).hint(), "+49***78");
        assert_eq!(Address("1/0190".to_owned()).hint(), "devices");
    }
}
