//! What can become of a message on a channel.

/// What became of a message on one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It is to be sent.
    Queued,
    /// A provider has it.
    Sent,
    /// The provider says that it has arrived.
    Delivered,
    /// Nobody is at the address.
    Bounced,
    /// It could not be sent.
    Failed,
    /// It was not to be sent.
    Suppressed,
}

impl State {
    /// Its name in the database and the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Bounced => "bounced",
            Self::Failed => "failed",
            Self::Suppressed => "suppressed",
        }
    }
}
