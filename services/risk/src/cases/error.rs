//! What stands against work on a case.

use crate::error::Error;

/// What stands against work on a case.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CaseError {
    /// There is no such case.
    #[error("There is no such case.")]
    NoSuchCase,
    /// There is no such file.
    #[error("There is no such file at this case.")]
    NoSuchAttachment,
    /// No case waits for the operator.
    #[error("No case waits in these queues: nothing was assigned.")]
    NothingWaiting,
    /// It has ended.
    #[error("This case has ended: reopen it to work on it again.")]
    Closed,
    /// It has not ended.
    #[error("This case is open: there is nothing to reopen.")]
    NotClosed,
    /// Another case of the subject is open.
    #[error("Another case of this subject is open in this queue: work on that one.")]
    OpenAlready,
    /// The operator takes part in it.
    #[error("You take part in this case: somebody else has to work on it.")]
    OwnCase,
    /// The one whom it would be assigned to takes part in it.
    #[error("They take part in this case: assign it to somebody else.")]
    TheirCase,
    /// Another operator has it.
    #[error("Another operator has this case: assign it to yourself first.")]
    Assigned,
    /// They have proposed this themselves.
    #[error("You have proposed this decision: somebody else has to confirm it.")]
    SecondOperator,
    /// Somebody was faster.
    #[error("Somebody has changed this case meanwhile. Read it again, then repeat it.")]
    Changed,
    /// A decision is being carried out.
    #[error("A decision about this case is being carried out. Read it again in a moment.")]
    UnderWay,
    /// Nobody decides such a case.
    #[error(
        "This case ends when it is known what became of its transaction: resolve that with POST \
         /transactions/{{id}}/resolve."
    )]
    ByEvidence,
    /// The reason is none of the queue.
    #[error("`reason` must be one of {}.", .0.join(", "))]
    Reason(&'static [&'static str]),
    /// It is not said what becomes of the transaction.
    #[error("A transaction waits for this decision: send `transaction`, `approve` or `decline`.")]
    WordMissing,
    /// No transaction waits.
    #[error("No transaction waits for this decision: leave `transaction` out.")]
    NothingWaits,
    /// The outcome and what is said of the transaction contradict one another.
    #[error("What is confirmed cannot be approved, and what is a false positive not be declined.")]
    Contradiction,
    /// The transaction does not wait any more.
    #[error("The transaction is not in review any more: the case ends with what became of it.")]
    NotInReview,
    /// Payments does not do it.
    #[error("Payments does not take this decision: {0}")]
    Refused(String),
    /// Payments cannot answer.
    #[error(
        "Payments does not answer. Your decision is kept, and is carried out as soon as it does: see \
         `under_way` of the case."
    )]
    PaymentsAway,
    /// The one whom it would be assigned to cannot work on cases.
    #[error("`owner` must be somebody of the organisation who may work on cases.")]
    NoOperator,
    /// A text of the request.
    #[error("Write 1 to {0} characters, of which something is to be seen.")]
    Text(usize),
    /// The time is over, or too far away.
    #[error("`until` must be after now, and at most 90 days away.")]
    Until,
    /// The priority.
    #[error("`priority` must be 0 to 100.")]
    Priority,
    /// Too many cases at once.
    #[error("Name 1 to {0} cases.")]
    HowMany(usize),
    /// The name of a file.
    #[error("`name` must be a file name of 1 to 100 visible characters, without `/` or `\\`.")]
    FileName,
    /// What is in a file.
    #[error("Attach a PDF, PNG, JPEG or plain text, as base64: this is none of them.")]
    FileKind,
    /// The size of a file.
    #[error("A file may have 1 to {0} bytes.")]
    FileSize(u32),
    /// There are too many files.
    #[error("A case may have {0} files.")]
    TooManyFiles(i64),
    /// A fault.
    #[error(transparent)]
    Fault(#[from] Error),
}

impl CaseError {
    /// Its stable code; of a fault there is none.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchCase | Self::NoSuchAttachment | Self::NothingWaiting => "not_found",
            Self::Closed => "case_closed",
            Self::NotClosed => "case_open",
            Self::OpenAlready => "case_open_already",
            Self::OwnCase | Self::TheirCase => "own_case",
            Self::Assigned => "case_assigned",
            Self::SecondOperator => "second_operator_needed",
            Self::Changed => "case_changed",
            Self::UnderWay => "decision_under_way",
            Self::ByEvidence => "ends_by_evidence",
            Self::Reason(_) => "invalid_reason_code",
            Self::WordMissing => "transaction_required",
            Self::NothingWaits => "nothing_waits",
            Self::Contradiction => "contradictory_decision",
            Self::NotInReview => "transaction_not_in_review",
            Self::Refused(_) => "payments_refused",
            Self::PaymentsAway => "payments_unavailable",
            Self::NoOperator => "not_an_operator",
            Self::Text(_) => "invalid_text",
            Self::Until => "invalid_until",
            Self::Priority => "invalid_priority",
            Self::HowMany(_) => "too_many",
            Self::FileName => "invalid_file_name",
            Self::FileKind => "invalid_file",
            Self::FileSize(_) => "invalid_file_size",
            Self::TooManyFiles(_) => "too_many_files",
            Self::Fault(_) => "internal",
        }
    }
}

macro_rules! faults {
    ($($of:ty),+) => { $(
        impl From<$of> for CaseError {
            fn from(fault: $of) -> Self {
                Self::Fault(fault.into())
            }
        }
    )+ };
}

faults!(db::DbError, idempotency::Fault, vault::Fault);
