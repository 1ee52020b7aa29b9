//! What an overview for operators shows of a service. It judges nothing.

use contracts::operations::Signal;
use serde::Serialize;
use utoipa::ToSchema;
use values::Timestamp;

/// What there is to say of a service; each fills in what it has.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Its journal.
    pub journal: Option<JournalReport>,
    /// Money that is under way to or from the outside.
    pub in_flight: Option<InFlight>,
    /// Whether its books agree.
    pub ledger: Option<LedgerCheck>,
    /// Its queues.
    pub queues: Vec<QueueFigures>,
    /// Cases of operators.
    pub cases: Option<CaseFigures>,
    /// What is amiss now, as far as it knows itself: an alert each, which ends once it is not here
    /// any more.
    pub concerns: Vec<Signal>,
}

/// Cases that wait for operators, of all organisations.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct CaseFigures {
    /// How many have not ended.
    pub open: i64,
    /// Of those, whose time is over.
    pub overdue: i64,
    /// When the oldest of them was opened.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest: Option<Timestamp>,
}

/// The queue in front of the journal, on the node that answers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JournalReport {
    /// Commands, and ledger requests within commands, that wait for their commit.
    #[schema(minimum = 0)]
    pub queue_depth: i64,
    /// How many may wait; beyond it the answer is 503 `overloaded`.
    #[schema(minimum = 0)]
    pub queue_capacity: i64,
}

/// Money that is under way to or from a card or a bank, of all organisations.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct InFlight {
    /// Transactions whose instruction is on its way.
    pub processing: i64,
    /// When the oldest of them was made.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest_processing: Option<Timestamp>,
    /// Transactions of which the other side has not said what became of them.
    pub unresolved: i64,
    /// When the oldest of them was made.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest_unresolved: Option<Timestamp>,
}

/// Whether debits equal credits in every currency, over all accounts of all organisations. It is
/// not what `payflow verify` does, which recomputes every row and every hash.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LedgerCheck {
    /// When it was computed; anew after five minutes, where somebody looks.
    #[schema(value_type = String, format = DateTime)]
    pub checked_at: Timestamp,
    /// How many accounts there are.
    pub accounts: i64,
    /// Whether the sums agree. Anything else is damage.
    pub balanced: bool,
    /// The currencies whose sums differ, by their codes.
    #[schema(value_type = Vec<String>, example = json!([]))]
    pub unbalanced_currencies: Vec<&'static str>,
}

/// Work that waits, in one queue or in several of a kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QueueFigures {
    /// Its name.
    #[schema(example = "notifications:payments")]
    pub name: String,
    /// How much waits.
    pub depth: i64,
    /// Since when the oldest of it waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest: Option<Timestamp>,
    /// How much was given up and waits for an operator.
    pub dead_letters: i64,
    /// How many queues of this name stand still.
    pub paused: i64,
}
