//! Why the journal gives no answer. It never says how a caller is told.

/// Why the journal gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Too much is waiting already; nothing was accepted.
    #[error("the journal is overloaded")]
    Overloaded,
    /// The journal is closing; nothing was accepted.
    #[error("the journal is closing")]
    Closing,
    /// The store cannot be reached; nothing was done.
    #[error("the store cannot be reached")]
    Unavailable,
    /// The store has no room left; nothing was done.
    #[error("the store has no room left")]
    Full,
    /// The store is damaged or may not be written; nothing was done.
    #[error("the store is damaged or read-only")]
    Damaged,
    /// Committed history is gone: another or an older store is in the place of the one that had it.
    #[error("committed history is gone")]
    HistoryLost,
    /// The clock was set while the journal ran, or the last commit lies in the future; nothing was
    /// done.
    #[error("the clock cannot be trusted")]
    ClockUntrusted,
    /// The connection broke during the commit and the truth could not be read back.
    #[error("the outcome is unknown")]
    OutcomeUnknown,
    /// Ours to mend; nothing was done.
    #[error("the journal failed")]
    Internal,
}

impl Fault {
    /// Whether the store is to blame, would have failed with any other command, and may be well
    /// again. Of the clock and of lost history others tell.
    #[must_use]
    pub const fn is_of_store(self) -> bool {
        match self {
            Self::Unavailable | Self::Full | Self::Damaged | Self::OutcomeUnknown => true,
            Self::Overloaded
            | Self::Closing
            | Self::HistoryLost
            | Self::ClockUntrusted
            | Self::Internal => false,
        }
    }
}
