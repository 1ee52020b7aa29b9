//! What operators decide: on each document, and on a submission as a whole. Nobody decides on
//! their own, and two who decide at once do not decide twice.

use contracts::identity::OperatorAction;
use values::DAY;

use crate::cases::{Automatic, Queue};
use crate::kyc::document::{Document, Verdict};
use crate::kyc::error::KycError;
use crate::kyc::store::{documents, submissions};
use crate::kyc::submission::{ReasonCode, Status};
use crate::kyc::submitting::Opened;
use crate::kyc::{DocumentId, SubmissionId};
use crate::service::Service;
use crate::trail::Who;

/// The most characters of a reason.
const LONGEST_REASON: usize = 500;

/// What an operator decides on a submission.
#[derive(Debug, Clone)]
pub(crate) enum Decision {
    /// The level is given.
    Approve,
    /// It is rejected.
    Reject(ReasonCode, String),
    /// The documents of which that was said are asked for again; and the details?
    AskAgain(ReasonCode, String, bool),
}

/// A reason as it is kept.
///
/// # Errors
/// [`KycError::Reason`].
pub(crate) fn reason(text: &str) -> Result<String, KycError> {
    let text = text.trim();
    let is_line = (1..=LONGEST_REASON).contains(&text.chars().count())
        && !text.contains('\n')
        && platform::text::free_text(text);
    is_line.then(|| text.to_owned()).ok_or(KycError::Reason)
}

impl Service {
    /// An operator decides on a document of a submission in review.
    pub(crate) async fn review_document(
        &self,
        who: Who<'_>,
        id: DocumentId,
        (verdict, why): (Verdict, Option<&str>),
    ) -> Result<Document, KycError> {
        let why = match (verdict, why) {
            (Verdict::Accepted, None) => String::new(),
            (_, why) => reason(why.unwrap_or_default())?,
        };
        let (operator, now) = (who.0.user, self.clock.now());
        let found = documents::one(&self.db, who.0.org, id).await?;
        let found = found.ok_or(KycError::NoSuchDocument)?;
        let mut tx = self.db.begin().await?;
        let of = submissions::lock(&mut tx, who.0.org, found.submission).await?;
        let mut of = of.ok_or(KycError::NoSuchDocument)?;
        of.may_be_decided_by(operator)?;
        let there = documents::of_submission_in(&mut tx, of.id).await?;
        let it = there.into_iter().find(|it| it.id == id && !it.replaced);
        let it = it.ok_or(KycError::NoSuchDocument)?;
        documents::decide(&mut tx, id, (verdict, &why), (operator, now)).await?;
        of.updated_at = now;
        submissions::save(&mut tx, &of).await?;
        tx.commit().await?;
        self.record(who, OperatorAction::KycDocumentReviewed, id.to_string())
            .await;
        Ok(Document {
            verdict,
            reason: why,
            decided_by: Some(operator.uuid()),
            decided_at: Some(now),
            ..it
        })
    }

    /// An operator decides on a submission as they have seen it.
    pub(crate) async fn review_submission(
        &self,
        who: Who<'_>,
        (id, revision): (SubmissionId, i64),
        decision: Decision,
    ) -> Result<Opened, KycError> {
        let (operator, now) = (who.0.user, self.clock.now());
        let mut tx = self.db.begin().await?;
        let it = submissions::lock(&mut tx, who.0.org, id).await?;
        let mut it = it.ok_or(KycError::NoSuchSubmission)?;
        it.may_be_decided_by(operator)?;
        it.must_be_at(revision)?;
        let documents = documents::of_submission_in(&mut tx, id).await?;
        match decision {
            Decision::Approve => it.approve(operator, &documents, now)?,
            Decision::Reject(code, why) => it.reject(operator, (code, why), now)?,
            Decision::AskAgain(code, why, details) => {
                it.ask_again(operator, (&documents, details), (code, why), now)?;
            }
        }
        it.erase_at = self.erase_at(&it, now);
        let changed = self.follow(&mut tx, &it, now).await?;
        submissions::save(&mut tx, &it).await?;
        it.revision += 1;
        let subject = id.to_string();
        let case = (it.org, Queue::Kyc, subject.as_str());
        self.cases
            .close_by_evidence(&mut tx, case, Automatic::NoLongerNeeded)
            .await?;
        tx.commit().await?;
        self.stands(changed).await;
        self.record(who, OperatorAction::KycReviewed, subject).await;
        self.with_documents(it, documents)
    }

    /// When what is personal of a submission that was decided is erased: what a level stands on is
    /// kept as long as that, too.
    pub(crate) fn erase_at(
        &self,
        of: &crate::kyc::submission::Submission,
        now: values::Timestamp,
    ) -> Option<values::Timestamp> {
        let kept = i64::from(self.config.kyc.keep_days) * DAY;
        match of.status {
            Status::Approved => Some(now.plus(self.valid_for(of.level) + kept)),
            Status::Rejected | Status::Lapsed => Some(now.plus(kept)),
            Status::Draft | Status::Checking | Status::InReview | Status::ActionNeeded => None,
        }
    }
}
