//! Cases: what an operator has to look at, who looks at it, and what it came to. One is open for a
//! subject in a queue; what comes later joins it. A transaction in review is decided through its
//! case, and payments alone moves the money.

pub(crate) mod config;
pub(crate) mod opening;
pub(crate) mod priority;
pub(crate) mod queue;
pub(crate) mod store;

use values::typed_id;

pub(crate) use opening::{Cases, EvidenceRow, Opening};
pub(crate) use queue::{Automatic, Queue};

typed_id!(
    /// A case: `case_…`.
    CaseId,
    "case"
);
