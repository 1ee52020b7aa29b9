//! Accepted times in SQL: how their events are found. It runs none of it.

/// That an event is the journal's own, in SQL: the condition of the index of these events.
macro_rules! is_journal_event {
    ($event:literal) => {
        concat!(
            $event,
            ".transaction_no IS NULL AND ",
            $event,
            ".account IS NULL"
        )
    };
}
pub(crate) use is_journal_event;

/// The data of all of these events, in no order: the columns and the condition of their index. The
/// same text for both engines.
pub const SELECT: &str = concat!(
    "SELECT e.data AS data FROM events e WHERE ",
    is_journal_event!("e")
);
