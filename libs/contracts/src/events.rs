//! Events, as one service tells them to others and to the world: what happened, to what, and whom
//! it concerns. Which types there are stands in [`catalogue`].

pub mod catalogue;

use serde::Serialize;
use serde_json::value::RawValue;
use values::{Timestamp, typed_id};

use crate::identity::{OrgId, UserId};

typed_id!(
    /// An event: `evt_…`. The same however often it is sent.
    EventId,
    "evt"
);

/// Something that happened in a service. It was committed with the change that it tells of.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// The feed that it is of: the name of the service.
    pub feed: &'static str,
    /// Its place in that feed: events of one subject come in this order.
    pub sequence: i64,
    /// What happened: `<resource>.<past tense>`, one of [`catalogue::EVENTS`].
    pub kind: String,
    /// When.
    pub time: Timestamp,
    /// The id of what it happened to.
    pub subject: String,
    /// The organisation.
    pub org: OrgId,
    /// Whom it concerns. It is for finding who is told, and not sent with the event.
    pub parties: Vec<(Party, UserId)>,
    /// The subject as it was then, as the API shows it. Never a secret.
    pub data: Box<RawValue>,
}

/// What somebody is to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    /// The money is theirs that leaves.
    Payer,
    /// The money comes to them.
    Payee,
    /// The subject is theirs.
    Owner,
}

impl Event {
    /// The user who is this to the event.
    #[must_use]
    pub fn party(&self, party: Party) -> Option<UserId> {
        let mut parties = self.parties.iter();
        parties.find(|(is, _)| *is == party).map(|(_, user)| *user)
    }

    /// Whether it concerns a user.
    #[must_use]
    pub fn concerns(&self, user: UserId) -> bool {
        self.parties.iter().any(|(_, party)| *party == user)
    }

    /// The form in which it leaves: the attributes of `CloudEvents` 1.0 (specification, section 3),
    /// with the extension `sequence` (digits that sort as text) and `org`.
    #[must_use]
    pub fn public(&self) -> PublicEvent<'_> {
        PublicEvent {
            specversion: "1.0",
            id: self.id,
            source: format!("/{}", self.feed),
            kind: &self.kind,
            time: self.time,
            subject: &self.subject,
            org: self.org.0.to_string(),
            sequence: format!("{:016}", self.sequence),
            dataversion: "1",
            data: &self.data,
        }
    }
}

/// An event as others receive it.
#[derive(Debug, Serialize)]
pub struct PublicEvent<'a> {
    specversion: &'static str,
    id: EventId,
    source: String,
    #[serde(rename = "type")]
    kind: &'a str,
    time: Timestamp,
    subject: &'a str,
    org: String,
    sequence: String,
    dataversion: &'static str,
    data: &'a RawValue,
}
