//! What stands against an act of KYC.

use contracts::kyc::KycLevel;

use crate::error::Error;
use crate::kyc::content::ContentError;
use crate::kyc::details::InvalidDetail;
use crate::kyc::submission::Status;

/// What stands against an act of KYC.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KycError {
    /// There is no such submission, or not for who asks.
    #[error("There is no such submission.")]
    NoSuchSubmission,
    /// There is no such document, or not for who asks, or it was erased.
    #[error("There is no such document.")]
    NoSuchDocument,
    /// There is no such user.
    #[error("There is no such user.")]
    NoSuchUser,
    /// The user has an open submission.
    #[error("You have an open submission already: go on with that one.")]
    Open,
    /// The level that is asked for is none.
    #[error("Ask for the level `basic` or `full`.")]
    Level,
    /// The user has a higher level.
    #[error("You have the level `{}` already: ask for that or a higher one.", .0.as_str())]
    LevelHeld(KycLevel),
    /// Its state stands against it.
    #[error("The submission is `{}`: this is not possible now.", .0.as_str())]
    State(Status),
    /// Another change came first.
    #[error("The submission was changed meanwhile: read it again, and decide on what it is now.")]
    Changed,
    /// A detail is none.
    #[error(transparent)]
    Detail(#[from] InvalidDetail),
    /// This part is not asked for again.
    #[error("Only what was asked for again can be sent: {0}.")]
    NotAskedFor(&'static str),
    /// Something is missing.
    #[error("Something is missing: {}.", .0.join(", "))]
    Incomplete(Vec<&'static str>),
    /// The file is not taken.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The document is there already.
    #[error("The submission has this document already.")]
    SameDocument,
    /// There are too many documents.
    #[error(
        "A submission has at most {0} documents. Remove one first, or put several pages into one PDF."
    )]
    TooManyDocuments(u32),
    /// There are too many submissions.
    #[error("You have begun too many submissions today. Go on tomorrow.")]
    TooManySubmissions,
    /// An operator decides on their own.
    #[error("It is your own: another operator decides.")]
    Own,
    /// It takes another operator.
    #[error("You have rejected it: another operator decides on the appeal.")]
    SecondOperator,
    /// Documents were not decided on.
    #[error("Accept each document first; one that is not good is rejected or asked for again.")]
    Undecided,
    /// Nothing is asked for again.
    #[error("Say of at least one document that it is to be sent again, or ask for `details`.")]
    NothingAsked,
    /// The reason is none.
    #[error("Write a reason of 1 to 500 characters in one line.")]
    Reason,
    /// There is no appeal any more.
    #[error(
        "There is one appeal against a rejection, for {0} days. You can begin a new submission."
    )]
    NoAppeal(u32),
    /// The text of an appeal is none.
    #[error("Write why, in 1 to 2,000 characters.")]
    AppealText,
    /// The user has no level.
    #[error("The user has no level that could end.")]
    NoLevel,
    /// A fault.
    #[error(transparent)]
    Fault(#[from] Error),
}

impl From<db::DbError> for KycError {
    fn from(error: db::DbError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<vault::Fault> for KycError {
    fn from(fault: vault::Fault) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<idempotency::Fault> for KycError {
    fn from(fault: idempotency::Fault) -> Self {
        Self::Fault(fault.into())
    }
}
