//! How far a process has read which sessions have ended. Only a memory: it starts anew with the process.

/// How far this process has read which sessions have ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EndsSeen {
    /// The entry of the audit trail up to which it has.
    pub(crate) no: i64,
    /// By how much the clock was set when all were read.
    pub(crate) stepped: i64,
}
