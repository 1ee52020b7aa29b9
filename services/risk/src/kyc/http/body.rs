//! Submissions, documents and standings as the API shows them: operators see who decided and what
//! the provider said, users do not.

use contracts::identity::UserId;
use contracts::kyc::{KycLevel, KycStatus};
use serde::Serialize;
use utoipa::ToSchema;
use values::Timestamp;

use crate::kyc::details::Details;
use crate::kyc::document::{Document, DocumentKind, Verdict};
use crate::kyc::store::standings::Standing;
use crate::kyc::submission::{ProviderOutcome, ReasonCode, Status, Submission};
use crate::kyc::submitting::Opened;
use crate::kyc::{DocumentId, SubmissionId};

/// How the verification of a user stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = KycStanding)]
pub(crate) struct StandingBody {
    user_id: UserId,
    level: KycLevel,
    status: KycStatus,
    /// When the level ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// Why an operator has ended the level, where one has.
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
}

impl From<&Standing> for StandingBody {
    fn from(standing: &Standing) -> Self {
        Self {
            user_id: standing.of.user,
            level: standing.of.level,
            status: standing.of.status,
            expires_at: standing.expires_at,
            reason: standing.reason.clone(),
        }
    }
}

/// A document, without what is in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = KycDocument)]
pub(crate) struct DocumentBody {
    #[schema(value_type = String, example = "kdoc_01k9zv5rhcfb9s6yvp8g0vq3wb")]
    id: DocumentId,
    kind: DocumentKind,
    /// By its content.
    #[schema(example = "image/jpeg")]
    media_type: &'static str,
    /// Bytes, as it is kept: without what does not belong to the picture.
    size: i64,
    verdict: Verdict,
    /// Why it was rejected or is asked for again.
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    /// The document that was asked for again, whose place this one takes.
    #[schema(value_type = Option<String>)]
    replaces: Option<DocumentId>,
    /// Whether another document has taken its place.
    replaced: bool,
    /// Whether it can still be read: false once it was erased.
    available: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<&Document> for DocumentBody {
    fn from(of: &Document) -> Self {
        Self {
            id: of.id,
            kind: of.kind,
            media_type: of.media_type.as_str(),
            size: of.size,
            verdict: of.verdict,
            reason: of.reason.clone(),
            replaces: of.replaces,
            replaced: of.replaced,
            available: of.kept,
            created_at: of.created_at,
        }
    }
}

/// A submission, as it is listed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = KycSubmissionSummary)]
pub(crate) struct SummaryBody {
    #[schema(value_type = String, example = "kyc_01k9zv5rhcfb9s6yvp8g0vq3wb")]
    id: SubmissionId,
    user_id: UserId,
    level: KycLevel,
    status: Status,
    /// Rises with each change: a decision names the one that was seen.
    revision: i64,
    /// Why it was referred, rejected or is asked for again.
    reason_code: Option<ReasonCode>,
    /// The same in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    submitted_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    appealed_at: Option<Timestamp>,
    /// When what is personal of it was erased.
    #[schema(value_type = Option<String>, format = DateTime)]
    erased_at: Option<Timestamp>,
}

impl From<&Submission> for SummaryBody {
    fn from(of: &Submission) -> Self {
        Self {
            id: of.id,
            user_id: of.user,
            level: of.level,
            status: of.status,
            revision: of.revision,
            reason_code: of.reason_code,
            reason: of.reason.clone(),
            created_at: of.created_at,
            updated_at: of.updated_at,
            submitted_at: of.submitted_at,
            decided_at: of.decided_at,
            appealed_at: of.appealed_at,
            erased_at: of.erased_at,
        }
    }
}

/// A submission with all that is in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = KycSubmission)]
pub(crate) struct SubmissionBody {
    #[serde(flatten)]
    of: SummaryBody,
    details: Details,
    /// Whether the details have to be given again.
    details_reopened: bool,
    documents: Vec<DocumentBody>,
    /// What has to come before it can be sent in: names of details, `identity_document`,
    /// `proof_of_address`.
    missing: Vec<&'static str>,
    /// What its user says against a rejection.
    appeal: Option<String>,
    /// For operators: what the provider said, and who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<ReviewBody>,
}

/// What operators see of how a submission was decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = KycReview)]
pub(crate) struct ReviewBody {
    /// What the provider said last.
    provider_outcome: Option<ProviderOutcome>,
    /// Why, in its words for programs.
    provider_code: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    provider_at: Option<Timestamp>,
    /// The operator who decided; nobody where the provider did.
    decided_by: Option<UserId>,
}

impl From<Opened> for SubmissionBody {
    fn from(opened: Opened) -> Self {
        let missing = opened.missing();
        Self {
            of: SummaryBody::from(&opened.of),
            details_reopened: opened.of.details_reopened,
            documents: opened.documents.iter().map(DocumentBody::from).collect(),
            missing,
            details: opened.details,
            appeal: opened.appeal,
            review: None,
        }
    }
}

impl SubmissionBody {
    /// As operators see it.
    pub(crate) fn for_operators(opened: Opened) -> Self {
        let of = &opened.of;
        let report = of.report.as_ref();
        let review = ReviewBody {
            provider_outcome: report.map(|(said, _)| said.outcome),
            provider_code: report.map(|(said, _)| said.code.clone()),
            provider_at: report.map(|(_, at)| *at),
            decided_by: of.decided_by.map(UserId),
        };
        Self {
            review: Some(review),
            ..Self::from(opened)
        }
    }
}
