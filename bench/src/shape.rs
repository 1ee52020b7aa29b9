//! The shapes of a load on the journal: how much at once, and what the table calls it.

use crate::report::Case;
use crate::tally::Tally;

/// Callers of the case in which each waits for its own transfer.
pub const CALLERS: usize = 64;

/// What one case does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One command of several transfers at a time.
    Batches(usize),
    /// Single commands from several callers, each of which waits for its answer.
    Callers,
    /// Transactions, so many on their way at once.
    Transactions(usize),
}

/// How the accounts of transfers are drawn, as the table calls it.
pub fn accounts(hot: u8) -> String {
    match hot {
        0 => "uniform".to_owned(),
        100 => "one hot account".to_owned(),
        hot => format!("{hot} % on one hot account"),
    }
}

impl Shape {
    /// What the table calls it.
    pub fn name(self, hot: u8) -> String {
        let accounts = accounts(hot);
        match self {
            Self::Batches(1) => format!("one by one, {accounts}"),
            Self::Batches(_) => format!("batches, {accounts}"),
            Self::Callers => format!("{CALLERS} callers, {accounts}"),
            Self::Transactions(_) => format!("transactions, {accounts}"),
        }
    }

    /// The line of what was done in this shape.
    pub fn case(self, name: String, engine: &str, hot: u8, tally: &mut Tally) -> Case {
        let (batch, in_flight) = match self {
            Self::Batches(size) => (size, 1),
            Self::Callers => (1, CALLERS),
            Self::Transactions(count) => (1, count),
        };
        Case {
            batch,
            hot,
            ..Case::new(name, engine, in_flight, tally)
        }
    }

    /// The most that the journal can commit at once: what a bare loop commits at once.
    pub const fn rows_per_commit(self) -> usize {
        match self {
            Self::Batches(size) | Self::Transactions(size) => size,
            Self::Callers => CALLERS,
        }
    }
}
