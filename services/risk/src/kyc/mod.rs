//! Who users are (KYC): what they send in, what a provider and operators say of it, and the level
//! that follows. Details and documents lie sealed in the database. What a level allows is for
//! others to say.

pub(crate) mod checking;
pub(crate) mod config;
pub(crate) mod content;
pub(crate) mod details;
pub(crate) mod document;
pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod personal_data;
pub(crate) mod provider;
pub(crate) mod retention;
pub(crate) mod review;
pub(crate) mod sealing;
pub(crate) mod standing;
pub(crate) mod store;
pub(crate) mod submission;
pub(crate) mod submitting;
pub(crate) mod uploads;

use values::typed_id;

typed_id!(
    /// What a user has sent in for a level: `kyc_…`.
    SubmissionId,
    "kyc"
);
typed_id!(
    /// A document of it: `kdoc_…`.
    DocumentId,
    "kdoc"
);
typed_id!(
    /// A check of it by a provider: `kchk_…`.
    CheckId,
    "kchk"
);
