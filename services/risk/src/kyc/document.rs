//! A document that a user has sent in, and which are needed. Pure.

use contracts::identity::{OrgId, UserId};
use contracts::kyc::KycLevel;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use values::Timestamp;

use crate::kyc::content::MediaType;
use crate::kyc::{DocumentId, SubmissionId};

macro_rules! names {
    ($(#[$doc:meta])* $name:ident as $schema:ident { $($(#[$of:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = $schema)]
        pub(crate) enum $name { $($(#[$of])* $variant,)* }

        impl $name {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in the API and in the database.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The one with this name.
            pub(crate) fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.as_str() == name)
            }
        }
    };
}
pub(crate) use names;

names! {
    /// What a document shows.
    DocumentKind as KycDocumentKind {
        /// A passport.
        Passport = "passport",
        /// An identity card.
        IdCard = "id_card",
        /// A driving licence.
        DrivingLicence = "driving_licence",
        /// A residence permit.
        ResidencePermit = "residence_permit",
        /// Where somebody lives: a bill, a statement of a bank, a registration.
        ProofOfAddress = "proof_of_address",
        /// A photograph of the user.
        Selfie = "selfie",
    }
}

impl DocumentKind {
    /// Whether it shows who somebody is.
    const fn shows_identity(self) -> bool {
        matches!(
            self,
            Self::Passport | Self::IdCard | Self::DrivingLicence | Self::ResidencePermit
        )
    }
}

names! {
    /// What an operator says of a document.
    Verdict as KycVerdict {
        /// Nothing yet.
        Pending = "pending",
        /// It is good.
        Accepted = "accepted",
        /// It does not show what it is to show.
        Rejected = "rejected",
        /// It has to be sent again.
        Again = "again",
    }
}

/// A document, without what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) id: DocumentId,
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) submission: SubmissionId,
    pub(crate) kind: DocumentKind,
    pub(crate) media_type: MediaType,
    pub(crate) size: i64,
    pub(crate) digest: Vec<u8>,
    pub(crate) verdict: Verdict,
    pub(crate) reason: String,
    pub(crate) decided_by: Option<Uuid>,
    pub(crate) decided_at: Option<Timestamp>,
    pub(crate) replaces: Option<DocumentId>,
    pub(crate) replaced: bool,
    /// Whether what is in it is still kept.
    pub(crate) kept: bool,
    pub(crate) created_at: Timestamp,
}

/// What is missing among documents for a level: `identity_document`, `proof_of_address`.
pub(crate) fn missing(level: KycLevel, documents: &[Document]) -> Vec<&'static str> {
    let has =
        |is: &dyn Fn(DocumentKind) -> bool| documents.iter().any(|it| !it.replaced && is(it.kind));
    let mut missing = Vec::new();
    if !has(&DocumentKind::shows_identity) {
        missing.push("identity_document");
    }
    if level == KycLevel::Full && !has(&|kind| kind == DocumentKind::ProofOfAddress) {
        missing.push("proof_of_address");
    }
    missing
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A document of a kind.
    pub(crate) fn document(number: u128, kind: DocumentKind) -> Document {
        Document {
            id: DocumentId(Uuid::from_u128(number)),
            org: OrgId::DEFAULT,
            user: UserId(Uuid::from_u128(1)),
            submission: SubmissionId(Uuid::from_u128(2)),
            kind,
            media_type: MediaType::Png,
            size: 9,
            digest: vec![7],
            verdict: Verdict::Pending,
            reason: String::new(),
            decided_by: None,
            decided_at: None,
            replaces: None,
            replaced: false,
            kept: true,
            created_at: Timestamp(0),
        }
    }

    #[test]
    fn full_needs_an_address_beside_an_identity_and_what_was_replaced_does_not_count() {
        let selfie = document(1, DocumentKind::Selfie);
        let passport = document(2, DocumentKind::Passport);
        let proof = document(3, DocumentKind::ProofOfAddress);
        let replaced = Document {
            replaced: true,
            ..passport.clone()
        };
        assert_eq!(
            missing(KycLevel::Basic, &[selfie.clone()]),
            ["identity_document"]
        );
        assert_eq!(missing(KycLevel::Basic, &[replaced]), ["identity_document"]);
        assert!(missing(KycLevel::Basic, &[passport.clone()]).is_empty());
        assert_eq!(
            missing(KycLevel::Full, &[passport.clone()]),
            ["proof_of_address"]
        );
        assert!(missing(KycLevel::Full, &[passport, proof, selfie]).is_empty());
    }
}
