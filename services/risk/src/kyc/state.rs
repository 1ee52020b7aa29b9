//! Where a submission stands, and what its user sees of that. Pure.

use contracts::kyc::KycStatus;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kyc::document::names;

names! {
    /// Where a submission stands.
    Status as KycSubmissionStatus {
        /// Its user works on it.
        Draft = "draft",
        /// A provider checks it.
        Checking = "checking",
        /// An operator has to decide.
        InReview = "in_review",
        /// Its user has to send some of it again.
        ActionNeeded = "action_needed",
        /// The level was given.
        Approved = "approved",
        /// It was rejected.
        Rejected = "rejected",
        /// What was asked for again did not come in time.
        Lapsed = "lapsed",
    }
}

impl Status {
    /// What a user without a level sees of theirs; none where it stays as it was.
    pub(crate) const fn shown(self) -> Option<KycStatus> {
        match self {
            Self::Draft => None,
            Self::Checking | Self::InReview => Some(KycStatus::Pending),
            Self::ActionNeeded => Some(KycStatus::ActionNeeded),
            Self::Approved => Some(KycStatus::Approved),
            Self::Rejected => Some(KycStatus::Rejected),
            Self::Lapsed => Some(KycStatus::Expired),
        }
    }

    /// Whether its user may send something.
    pub(crate) const fn is_with_user(self) -> bool {
        matches!(self, Self::Draft | Self::ActionNeeded)
    }
}
