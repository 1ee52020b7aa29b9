//! Sends the messages that wait, each at least once and under one id, and comes back to those that
//! could not be sent. Of several nodes one has a message at a time.

use std::time::Instant;

use contracts::identity::{Contact, OrgId, UserId};
use contracts::notifications::MessageId;
use db::{DbError, Tx};
use futures_util::future::{join, join_all};
use platform::backoff::Backoff;
use platform::spare_time::rest_after;
use serde_json::Value;
use tokio::sync::mpsc;
use uuid::Uuid;
use values::{SECOND, Timestamp};

use crate::channels::{self, Address, ChannelKind, Rendered, Sent, Unsent};
use crate::error::Error;
use crate::inbox;
use crate::messages::digest::store as digest;
use crate::messages::facts::with_link_to_confirm;
use crate::messages::outbox::{address_context, data_context};
use crate::messages::state::State;
use crate::messages::store::{self, DueRow, Ended};
use crate::preferences::decision::{Decision, decide};
use crate::preferences::quiet_hours;
use crate::service::Service;
use crate::told::kinds::{self, Kind};

/// How long a node may have a message: longer than its providers take together. If the node dies,
/// another sends it then.
pub(crate) const CLAIM: i64 = 300 * SECOND;
/// How often a message is tried to be sent before it is given up: for three days, when links in it
/// have ended. It is counted, because a clock that is ahead for a while would make any message old.
const MOST_ATTEMPTS: i64 = 81;
/// How long a message waits after each attempt.
const BACKOFF: Backoff = Backoff {
    first: 10 * SECOND,
    longest: 3_600 * SECOND,
};
/// How long a message waits that a provider may have taken without saying so.
const RETRY_UNKNOWN: i64 = 900 * SECOND;
/// How many messages are sent at the same time.
const AT_ONCE: u8 = 32;

/// How an attempt to send a message ended.
enum Attempt {
    /// With it end these others, which it told of, too.
    Ended(Ended, Vec<Uuid>),
    /// Its reader wants to be left alone until then.
    Held(Timestamp),
    Again(Again),
}

/// Why a message is tried again.
struct Again {
    /// Who was asked to send it.
    provider: Option<&'static str>,
    reason: String,
    /// When a provider asks to be asked again.
    retry_at: Option<Timestamp>,
}

impl Again {
    /// Nobody was asked to send it.
    fn for_reason(reason: String) -> Self {
        Self {
            provider: None,
            reason,
            retry_at: None,
        }
    }
}

/// What becomes of a message that is due.
pub(crate) enum Prepared {
    Ready(Box<Rendered>, Address),
    /// It is not sent, for this reason.
    Suppressed(&'static str),
    /// Its reader wants to be left alone until then.
    Held(Timestamp),
    /// It goes out in one mail with all that its reader was told until then.
    Together(Timestamp),
    /// It cannot be made yet, for this reason.
    Later(String),
}

impl Service {
    /// Sends what is due until nothing is.
    ///
    /// # Errors
    /// A fault of the database. A message that cannot be sent is none: it is due again later.
    pub async fn send_messages(&self) -> Result<(), Error> {
        loop {
            let (now, begun) = (self.clock.now(), Instant::now());
            // Clocks of nodes differ, and no further.
            let longest = BACKOFF.longest.saturating_add(self.max_clock_step);
            let due = store::due(&self.db, now, now.plus(longest), AT_ONCE).await?;
            if due.is_empty() {
                return Ok(());
            }
            let taken = store::take(&self.db, due, now.plus(CLAIM), now).await?;
            let (done, mut ended) = mpsc::unbounded_channel();
            // Both go on at the same time: an attempt may hold a connection that noting needs.
            let sending = async move {
                let attempts = taken.into_iter().map(async |due| {
                    let attempt = self.attempt(&due).await;
                    // It is taken as long as this goes on.
                    drop(done.send((due, attempt)));
                });
                join_all(attempts).await;
            };
            let noting = async {
                let mut attempts = Vec::new();
                // Those that end at about the same time are noted in one transaction.
                while ended.recv_many(&mut attempts, usize::from(AT_ONCE)).await > 0 {
                    self.note(attempts.drain(..)).await?;
                }
                Ok::<(), Error>(())
            };
            let ((), noted) = join(sending, noting).await;
            noted?;
            rest_after(begun.elapsed()).await;
        }
    }

    /// Notes how attempts ended. One that could not be made for a fault is not noted: it is made
    /// again when the message is nobody's any more.
    async fn note(
        &self,
        attempts: impl Iterator<Item = (DueRow, Result<Attempt, Error>)>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let mut fault = Ok(());
        let mut tx = self.db.begin().await?;
        for (due, attempt) in attempts {
            match attempt {
                Ok(Attempt::Ended(ended, others)) => {
                    store::end(&mut tx, &due, &ended, now).await?;
                    digest::end(&mut tx, &others, &ended, now).await?;
                }
                Ok(Attempt::Held(until)) => {
                    // Not later than any message waits: it is looked at again then.
                    let until = until.min(now.plus(BACKOFF.longest));
                    store::hold(&mut tx, &due, until, now).await?;
                }
                Ok(Attempt::Again(again)) => self.again(&mut tx, &due, again, now).await?,
                Err(error) => fault = Err(error),
            }
        }
        tx.commit().await?;
        fault
    }

    /// Sends a message once. That it is sent, the store does not know yet.
    async fn attempt(&self, due: &DueRow) -> Result<Attempt, Error> {
        let id = MessageId(due.message);
        let Some(channel) = ChannelKind::find(&due.channel) else {
            // A node of a newer version does.
            let reason = "this version does not know its channel";
            return Ok(Attempt::Again(Again::for_reason(reason.to_owned())));
        };
        let (prepared, others) = match self.prepare(due, channel, false).await? {
            Prepared::Together(until) => self.gather(due, until).await?,
            prepared => (prepared, Vec::new()),
        };
        let (rendered, address) = match prepared {
            Prepared::Ready(rendered, address) => (rendered, address),
            Prepared::Suppressed(reason) => {
                let ended = Ended {
                    state: State::Suppressed,
                    provider: None,
                    provider_id: None,
                    reason: Some(reason.to_owned()),
                    shown: None,
                    language: None,
                };
                return Ok(Attempt::Ended(ended, Vec::new()));
            }
            Prepared::Held(until) | Prepared::Together(until) => return Ok(Attempt::Held(until)),
            Prepared::Later(reason) => return Ok(Attempt::Again(Again::for_reason(reason))),
        };
        let sending = self.message_queues.sending(channel);
        let taken = channels::send(&self.channels, channel, &rendered, &address).await;
        drop(sending);
        let provider = Some(taken.provider);
        let (state, provider_id, reason) = match taken.sent {
            Ok(Sent { provider_id }) => (State::Sent, provider_id, None),
            Err(Unsent::Bounced(reason)) => (State::Bounced, None, Some(reason)),
            Err(Unsent::Never(reason)) => (State::Failed, None, Some(reason)),
            Err(Unsent::Unknown(reason)) => {
                // Until then the provider may tell that it has it.
                let retry_at = Some(self.clock.now().plus(RETRY_UNKNOWN));
                return Ok(Attempt::Again(Again {
                    provider,
                    reason,
                    retry_at,
                }));
            }
            Err(Unsent::Later { reason, retry_at }) => {
                return Ok(Attempt::Again(Again {
                    provider,
                    reason,
                    retry_at,
                }));
            }
        };
        if let Some(reason) = &reason {
            tracing::warn!(%id, kind = due.kind, state = state.name(), provider, reason, "a message was not delivered");
        }
        let ended = Ended {
            state,
            provider,
            provider_id,
            reason,
            shown: Some(address.hint()),
            language: Some(rendered.words.language),
        };
        Ok(Attempt::Ended(ended, others))
    }

    /// Comes back to a message later, or gives it up.
    async fn again(
        &self,
        tx: &mut Tx,
        due: &DueRow,
        again: Again,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let Again {
            provider,
            reason,
            retry_at,
        } = again;
        let (id, attempts) = (MessageId(due.message), due.attempts + 1);
        if attempts >= MOST_ATTEMPTS {
            tracing::error!(%id, kind = due.kind, attempts, reason, "a message is given up");
            let ended = Ended {
                state: State::Failed,
                provider,
                provider_id: None,
                reason: Some(reason),
                shown: None,
                language: None,
            };
            return store::end(tx, due, &ended, now).await;
        }
        tracing::warn!(%id, kind = due.kind, attempts, reason, "a message is not sent yet");
        let due_again = now.plus(BACKOFF.after(attempts));
        // Not later than any message waits.
        let latest = now.plus(BACKOFF.longest);
        let due_again = retry_at.map_or(due_again, |at| at.max(due_again).min(latest));
        store::later(tx, due, due_again, (provider, &reason), now).await
    }

    /// The words and the address of a message; alone, or perhaps together with others.
    pub(crate) async fn prepare(
        &self,
        due: &DueRow,
        channel: ChannelKind,
        alone: bool,
    ) -> Result<Prepared, Error> {
        let Some(kind) = kinds::find(&due.kind) else {
            let reason = "this version does not know its kind";
            return Ok(Prepared::Later(reason.to_owned()));
        };
        let (org, user) = (OrgId(due.org), due.user_id.map(UserId));
        let contact = match user {
            Some(user) => match self.contacts.contact(org, user).await {
                Ok(contact) => contact,
                Err(error) => return Ok(Prepared::Later(error.to_string())),
            },
            None => None,
        };
        let whose = due.message.as_bytes();
        let named = due.address.as_ref();
        let named = named.map(|sealed| self.vault.open(address_context(whose), sealed));
        let Some(data) = &due.data else {
            return Ok(Prepared::Suppressed("what it said is erased"));
        };
        let opened = self.vault.open(data_context(whose), data);
        let (named, data) = match (named.transpose(), opened) {
            (Ok(named), Ok(data)) => (named, data),
            (Err(fault), _) | (_, Err(fault)) => return Ok(Prepared::Later(fault.to_string())),
        };
        let facts = serde_json::from_slice(&data).map_err(|_| Error::Row("messages"))?;
        let mut unsubscribe = None;
        let address = match (named, &contact, user) {
            (Some(named), ..) => String::from_utf8(named).map_err(|_| Error::Row("deliveries"))?,
            (None, Some(contact), Some(user)) => {
                let told = Timestamp(due.created_at);
                let not_now = self.not_now((kind, told), channel, contact, org).await?;
                match not_now {
                    Some(Prepared::Together(_)) if alone => {}
                    Some(not_now) => return Ok(not_now),
                    None => {}
                }
                if !kind.essential && channel == ChannelKind::Email {
                    unsubscribe = Some(self.unsubscribe_link((org, user), channel, kind.group)?);
                }
                match self.address_of(contact, org, channel).await? {
                    Some(address) => address,
                    None => return Ok(Prepared::Suppressed("the user has no phone for it")),
                }
            }
            (None, ..) => return Ok(Prepared::Suppressed("the account is closed")),
        };
        let words = self.words(
            (org, &due.kind),
            contact.as_ref(),
            &address,
            facts,
            unsubscribe.as_deref(),
        );
        let words = match words.await? {
            Ok(words) => words,
            Err(reason) => return Ok(Prepared::Later(reason)),
        };
        let rendered = Rendered {
            id: MessageId(due.message),
            at: Timestamp(due.created_at),
            kind: due.kind.clone(),
            words,
            unsubscribe,
        };
        Ok(Prepared::Ready(Box::new(rendered), Address(address)))
    }

    /// Why a message is not sent to a user, or not now; nothing where it is.
    async fn not_now(
        &self,
        (kind, told): (&Kind, Timestamp),
        channel: ChannelKind,
        contact: &Contact,
        org: OrgId,
    ) -> Result<Option<Prepared>, Error> {
        if let Some(reason) = suppressed(kind, channel, contact) {
            return Ok(Some(Prepared::Suppressed(reason)));
        }
        let wanted = self.preferences(org, contact.user).await?;
        let zone = quiet_hours::zone(&contact.timezone);
        let times = (told, self.clock.now());
        let decided = decide(kind, channel, &wanted, times, &zone);
        Ok(match decided {
            Decision::Now => None,
            Decision::Until(time) => Some(Prepared::Held(time)),
            Decision::Together(until) => Some(Prepared::Together(until)),
            Decision::Suppressed => Some(Prepared::Suppressed("the user does not want it")),
        })
    }

    /// Where a user is reached by a channel.
    async fn address_of(
        &self,
        contact: &Contact,
        org: OrgId,
        channel: ChannelKind,
    ) -> Result<Option<String>, Error> {
        Ok(match channel {
            ChannelKind::Email => Some(contact.email.clone()),
            ChannelKind::Push => Some(channels::push::devices(org, contact.user).0),
            ChannelKind::Sms => {
                let phone = self.phone(org, contact.user).await?;
                let reached = phone.filter(|phone| phone.stopped_at.is_none());
                reached.map(|phone| phone.number.as_str().to_owned())
            }
        })
    }

    /// The words of a kind.
    pub(crate) async fn words(
        &self,
        (org, kind): (OrgId, &str),
        contact: Option<&Contact>,
        address: &str,
        mut facts: Value,
        unsubscribe: Option<&str>,
    ) -> Result<Result<channels::Words, String>, Error> {
        let texts = self.texts.catalogue();
        let language = contact.map_or(self.language.as_str(), |contact| {
            texts.language_of(&contact.locale)
        });
        if let Some(other) = inbox::counterparty(&facts) {
            let name = match self.contacts.contact(org, other).await {
                Ok(Some(contact)) => contact.name,
                Ok(None) => texts.former_user(language),
                Err(error) => return Ok(Err(error.to_string())),
            };
            facts["counterparty"] = name.into();
        }
        if kind == kinds::TO_CONFIRM
            && let Some(transaction) = facts["subject"].as_str().map(str::to_owned)
        {
            with_link_to_confirm(&mut facts, &self.public_url, &transaction);
        }
        // Nobody is called what a stranger typed beside their address.
        if let Some(contact) = contact
            && contact.email_verified
            && contact.email == address
        {
            facts["you"] = contact.name.clone().into();
        }
        let words = texts.render(language, kind, facts, unsubscribe);
        Ok(words.map_err(|error| {
            tracing::error!(%error, "a text cannot be used");
            format!("its text cannot be used: {error}")
        }))
    }
}

/// Why a message is not sent to a user; nothing where it is.
fn suppressed(kind: &Kind, channel: ChannelKind, contact: &Contact) -> Option<&'static str> {
    let is_mail = channel == ChannelKind::Email;
    if is_mail && !contact.email_verified && !kind.to_unconfirmed {
        return Some("the address is not confirmed");
    }
    let unwanted = !kind.essential && !contact.notifications_enabled;
    unwanted.then_some("the user wants no notifications")
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::identity::Role;
    use uuid::Uuid;

    fn contact(email_verified: bool, notifications_enabled: bool) -> Contact {
        Contact {
            user: UserId(Uuid::nil()),
            name: "Ann".to_owned(),
            email: "ann@example.com".to_owned(),
            email_verified,
            role: Role::User,
            locale: "en".to_owned(),
            timezone: "UTC".to_owned(),
            notifications_enabled,
            credential_epoch: 0,
        }
    }

    #[test]
    fn who_is_not_written_to() {
        let welcome = kinds::find("welcome").unwrap();
        let essential = kinds::find("wallet_frozen").unwrap();
        let optional = kinds::find("money_sent").unwrap();
        for (verified, wants) in [(true, true), (true, false), (false, true)] {
            let sent =
                |kind, channel| suppressed(kind, channel, &contact(verified, wants)).is_none();
            assert!(sent(welcome, ChannelKind::Email));
            assert_eq!(sent(essential, ChannelKind::Email), verified);
            assert_eq!(sent(optional, ChannelKind::Email), verified && wants);
            assert!(sent(essential, ChannelKind::Sms));
            assert_eq!(sent(optional, ChannelKind::Sms), wants);
        }
    }

    #[test]
    fn attempts_come_ever_more_rarely_and_at_least_once_an_hour() {
        let waits = [1, 2, 3, 9, 10, 17, 1_000].map(|attempts| BACKOFF.after(attempts) / SECOND);
        assert_eq!(waits, [10, 20, 40, 2_560, 3_600, 3_600, 3_600]);
    }

    #[test]
    fn attempts_go_on_for_three_days() {
        let waits = (1..MOST_ATTEMPTS).map(|attempts| BACKOFF.after(attempts));
        let hours = waits.sum::<i64>() / (3_600 * SECOND);
        assert_eq!(hours, 3 * 24);
    }
}
