//! One-time codes: sent at once, by the first way that takes them, and kept nowhere. How many are
//! sent is limited per user, per number and per country, against those who have SMS sent to earn by
//! them.

pub(crate) mod config;
pub(crate) mod store;

use async_trait::async_trait;
use contracts::identity::{Contact, OrgId, UserId};
use contracts::notifications::{CodeChannel, CodeNotSent, CodeSent, Codes, MessageId, OneTimeCode};
use platform::ids::Ids;
use secrecy::ExposeSecret;
use serde_json::Value;
use values::{DAY, SECOND, Timestamp};

use crate::channels::{self, Address, ChannelKind, Rendered, Sent, Unsent};
use crate::codes::store::{Ended, NewCode};
use crate::error::Error;
use crate::messages::facts::with_link_to_confirm;
use crate::messages::state::State;
use crate::phones::number::PhoneNumber;
use crate::phones::sealed::fingerprints;
use crate::phones::store as phones;
use crate::service::Service;

const HOUR: i64 = 3_600 * SECOND;
/// How long counts are kept: longer than any of them counts.
const KEEP_COUNTS: i64 = 2 * DAY;
/// The text of a code that another service has made.
const KIND: &str = "one_time_code";

/// A code to be sent.
pub(crate) struct ToSend {
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    /// The name of its text.
    pub(crate) kind: &'static str,
    /// What that is made of, with the code.
    pub(crate) facts: Value,
}

/// Why a code is not sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeError {
    /// There is none of the ways on which it was to go.
    #[error("There is no way to send you a code.")]
    NoWay,
    /// Too many.
    #[error("Too many codes were sent. Wait {0} s.")]
    TooMany(u32),
    /// None go to the country.
    #[error("No codes are sent to numbers of this country by SMS.")]
    Country,
    /// No provider took it.
    #[error("The code could not be sent. Try again in a minute.")]
    NotSent,
    /// A fault.
    #[error(transparent)]
    Fault(#[from] Error),
}

impl From<db::DbError> for CodeError {
    fn from(error: db::DbError) -> Self {
        Self::Fault(error.into())
    }
}

/// A code of six digits, each as likely as any other.
pub(crate) fn six_digits(ids: &Ids) -> String {
    // No code is likelier than another by more than one part in 10^13.
    let number = u64::from_be_bytes(ids.secret::<8>()) % 1_000_000;
    format!("{number:06}")
}

impl Service {
    /// Counts a code that goes by SMS to a number, or another way; refuses it where there are too
    /// many.
    pub(crate) async fn count_code(
        &self,
        code: &ToSend,
        number: Option<&PhoneNumber>,
    ) -> Result<(), CodeError> {
        let limits = &self.codes;
        let user = format!("{}/{}", code.org.0, code.user.uuid());
        let counted = match number {
            // Nobody pays for it, and nobody earns by it.
            None => vec![(
                format!("mails {user}"),
                HOUR,
                limits.mails_per_user_and_hour,
            )],
            Some(number) => {
                let country = number.country();
                let served = &limits.countries;
                if !served.is_empty() && !served.iter().any(|one| one == country) {
                    return Err(CodeError::Country);
                }
                let known = fingerprints(&self.vault, number);
                let bytes = known.first().cloned().unwrap_or_default();
                let number: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                vec![
                    (format!("user {user}"), HOUR, limits.per_user_and_hour),
                    (format!("number {number}"), DAY, limits.per_number_and_day),
                    (
                        format!("country {country}"),
                        HOUR,
                        limits.per_country_and_hour,
                    ),
                ]
            }
        };
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        for (what, window, most) in counted {
            let since = now.micros() - now.micros().rem_euclid(window);
            if store::count(&mut tx, &what, Timestamp(since)).await? > most {
                let left = since + window - now.micros();
                let wait = (left + SECOND - 1) / SECOND;
                if what.starts_with("country") {
                    tracing::warn!(what, most, "so many codes to one country are refused");
                }
                return Err(CodeError::TooMany(u32::try_from(wait).unwrap_or(u32::MAX)));
            }
        }
        Ok(tx.commit().await?)
    }

    /// Sends a code to an address. Where the provider did not answer it counts as sent.
    pub(crate) async fn send_code_to(
        &self,
        code: &ToSend,
        channel: ChannelKind,
        address: &Address,
    ) -> Result<(), CodeError> {
        let contact = self.contacts.contact(code.org, code.user).await;
        let contact = contact.map_err(Error::from)?.ok_or(CodeError::NoWay)?;
        let texts = self.texts.catalogue();
        let language = texts.language_of(&contact.locale);
        let words = texts.render(language, code.kind, code.facts.clone(), None);
        let words = words.map_err(|error| {
            tracing::error!(%error, "the text of a code cannot be used");
            CodeError::NotSent
        })?;
        let (id, now) = (MessageId(self.ids.next()), self.clock.now());
        let new = NewCode {
            id: id.uuid(),
            org: code.org,
            user: code.user,
            kind: code.kind,
            language: &words.language,
            channel,
            shown: address.hint(),
        };
        store::insert(&self.db, new, now).await?;
        let rendered = Rendered {
            id,
            at: now,
            kind: code.kind.to_owned(),
            words,
            unsubscribe: None,
        };
        let taken = channels::send(&self.channels, channel, &rendered, address).await;
        let (state, provider_id, reason) = match taken.sent {
            Ok(Sent { provider_id }) => (State::Sent, provider_id, None),
            Err(Unsent::Unknown(reason)) => (State::Sent, None, Some(reason)),
            Err(Unsent::Bounced(reason)) => (State::Bounced, None, Some(reason)),
            Err(Unsent::Never(reason) | Unsent::Later { reason, .. }) => {
                (State::Failed, None, Some(reason))
            }
        };
        let provider = taken.provider;
        if let Some(reason) = &reason {
            let kind = code.kind;
            tracing::warn!(%id, kind, provider, reason, state = state.name(), "a code may not have been sent");
        }
        let ended = Ended {
            state,
            provider,
            provider_id,
            reason,
        };
        store::end(&self.db, (id.uuid(), channel), ended, self.clock.now()).await?;
        match state {
            State::Sent => Ok(()),
            _ => Err(CodeError::NotSent),
        }
    }

    /// Where a code goes on one of its ways; nothing where the user has it not.
    async fn code_address(
        &self,
        contact: &Contact,
        (org, way): (OrgId, CodeChannel),
    ) -> Result<Option<Address>, CodeError> {
        let user = contact.user;
        Ok(match way {
            CodeChannel::Email => {
                let confirmed = contact.email_verified.then(|| contact.email.clone());
                confirmed.map(Address)
            }
            CodeChannel::Sms => {
                let phone = self.phone(org, user).await?;
                let reached = phone.filter(|phone| phone.stopped_at.is_none());
                reached.map(|phone| Address(phone.number.as_str().to_owned()))
            }
            CodeChannel::Push => Some(channels::push::devices(org, user)),
        })
    }

    async fn send_by_first_way(&self, code: &OneTimeCode) -> Result<CodeSent, CodeError> {
        let (org, user) = (code.org, code.user);
        let contact = self.contacts.contact(org, user).await;
        let contact = contact.map_err(Error::from)?.ok_or(CodeError::NoWay)?;
        let mut facts = code.facts.clone();
        if !facts.is_object() {
            facts = Value::Object(serde_json::Map::new());
        }
        facts["code"] = code.code.expose_secret().into();
        facts["minutes"] = code.minutes.into();
        if let Some(transaction) = facts["transaction"].as_str().map(str::to_owned) {
            with_link_to_confirm(&mut facts, &self.public_url, &transaction);
        }
        let to_send = ToSend {
            org,
            user,
            kind: KIND,
            facts,
        };
        let mut refused = CodeError::NoWay;
        for way in &code.channels {
            let Some(address) = self.code_address(&contact, (org, *way)).await? else {
                continue;
            };
            let sent = self.send_by(&to_send, *way, &address).await;
            match sent {
                Ok(()) => {
                    return Ok(CodeSent {
                        channel: *way,
                        hint: address.hint(),
                    });
                }
                Err(CodeError::Fault(fault)) => return Err(fault.into()),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    async fn send_by(
        &self,
        code: &ToSend,
        way: CodeChannel,
        address: &Address,
    ) -> Result<(), CodeError> {
        let (channel, number) = match way {
            CodeChannel::Email => (ChannelKind::Email, None),
            CodeChannel::Push => (ChannelKind::Push, None),
            CodeChannel::Sms => {
                let number = PhoneNumber::parse(&address.0);
                let number = number.map_err(|_| Error::Row("phones"))?;
                (ChannelKind::Sms, Some(number))
            }
        };
        self.count_code(code, number.as_ref()).await?;
        self.send_code_to(code, channel, address).await
    }

    /// Forgets counts and codes that do not count any more.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn delete_old_codes(&self, now: Timestamp) -> Result<(), Error> {
        store::delete_counts(&self.db, now.plus(-KEEP_COUNTS)).await?;
        Ok(phones::delete_old_claims(&self.db, now).await?)
    }
}

#[async_trait]
impl Codes for Service {
    async fn send_code(&self, code: &OneTimeCode) -> Result<CodeSent, CodeNotSent> {
        let sent = self.send_by_first_way(code).await;
        sent.map_err(|error| match error {
            CodeError::NoWay | CodeError::Country => CodeNotSent::NoWay,
            CodeError::TooMany(retry_after_s) => CodeNotSent::TooMany { retry_after_s },
            CodeError::NotSent => CodeNotSent::NotNow,
            CodeError::Fault(fault) => {
                tracing::error!(%fault, "a code cannot be sent");
                CodeNotSent::NotNow
            }
        })
    }
}
