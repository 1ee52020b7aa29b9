//! What stands against a change of rules.

use risk_core::rules::Fault;

use crate::error::Error;

/// What stands against a change of rules.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RuleError {
    /// There is no such rule.
    #[error("There is no such rule.")]
    NoSuchRule,
    /// There is no such version.
    #[error("There is no such version of the rules.")]
    NoSuchVersion,
    /// Nobody works on the rules.
    #[error("There is no draft: change a rule to begin one.")]
    NoDraft,
    /// There is a rule with this code.
    #[error("There is a rule `{0}` already: change it with PUT, or choose another code.")]
    Exists(String),
    /// A path has this name.
    #[error("No rule can have the code `{0}`: choose another one.")]
    Reserved(&'static str),
    /// The path and the body name different rules.
    #[error("The rule's code is `{0}`, and it keeps it: send that as `code`.")]
    OtherCode(String),
    /// Something is wrong with it.
    #[error("Something is wrong with the rules: `errors` says where, and what to do.")]
    Faults(Vec<Fault>),
    /// Somebody else has changed the draft, or what is in force.
    #[error("Somebody has changed the rules meanwhile. Read them again, then repeat it.")]
    Changed,
    /// The draft began with rules that are not in force any more.
    #[error(
        "Version {in_force} is in force, and the draft began with version {base}. Discard the draft, and make its changes again."
    )]
    Outdated {
        /// What the draft began with.
        base: i64,
        /// What is in force.
        in_force: i64,
    },
    /// The draft is their own.
    #[error("You have changed this draft: somebody else has to publish it.")]
    OwnDraft,
    /// Its breaker has not tripped.
    #[error("The rule is in effect: its breaker has not tripped.")]
    NotTripped,
    /// They have proposed it themselves.
    #[error("You have proposed this: somebody else has to agree.")]
    SecondOperatorNeeded,
    /// Nothing would change.
    #[error("The draft says what is in force already.")]
    NothingChanged,
    /// A rule that asks about sanctions is never quiet.
    #[error("A rule that asks about sanctions is never quiet for anybody.")]
    Sanctions,
    /// It would be quiet for those who say so.
    #[error("Somebody else has to decide about you.")]
    OwnCase,
    /// There is no such customer.
    #[error("There is no user with this id whose account is open.")]
    NoSuchUser,
    /// The time is over, or too far away.
    #[error("`until` must be after now, and at most 180 days away.")]
    Until,
    /// The reason or note is none.
    #[error("Say why in one line of 1 to 500 characters.")]
    Reason,
    /// The days of a preview.
    #[error("Ask for 1 to 90 days.")]
    Days,
    /// Too much is asked at once.
    #[error("Another preview is under way. Wait until it has ended.")]
    Busy,
    /// A fault.
    #[error(transparent)]
    Fault(#[from] Error),
}

impl From<idempotency::Fault> for RuleError {
    fn from(fault: idempotency::Fault) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<db::DbError> for RuleError {
    fn from(error: db::DbError) -> Self {
        Self::Fault(error.into())
    }
}
