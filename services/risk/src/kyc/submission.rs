//! A submission, and what may become of it. Pure: who asks, and what is stored, others know.

use contracts::identity::{OrgId, UserId};
use contracts::kyc::{KycLevel, KycStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use values::{DAY, Timestamp};

use crate::kyc::document::{Document, Verdict, names};
use crate::kyc::error::KycError;
use crate::kyc::{CheckId, SubmissionId};

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

names! {
    /// Why something is asked for again or rejected.
    ReasonCode as KycReason {
        /// It cannot be read.
        Unreadable = "unreadable",
        /// It has expired, or is too old.
        ExpiredDocument = "expired_document",
        /// It is not of the kind that it was sent as.
        WrongDocument = "wrong_document",
        /// It says something else than the details.
        Mismatch = "mismatch",
        /// It was changed or is not real.
        Forged = "forged",
        /// It is somebody else's.
        OtherPerson = "other_person",
        /// Another user has sent the same document.
        SeenBefore = "seen_before",
        /// The provider could not say.
        Referred = "referred",
        /// The provider did not answer in time.
        NoAnswer = "no_answer",
        /// The provider has rejected it.
        CheckFailed = "check_failed",
        /// Something else: the reason says what.
        Other = "other",
    }
}

names! {
    /// What a provider has found.
    ProviderOutcome as KycProviderOutcome {
        /// They are who they say.
        Passed = "passed",
        /// They are not.
        Failed = "failed",
        /// It cannot be said by a program.
        Referred = "referred",
    }
}

/// What a provider said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) outcome: ProviderOutcome,
    /// Why, for programs; empty where nothing was said.
    pub(crate) code: String,
}

/// The check of a provider that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Check {
    /// Its id, which stays however often it is asked.
    pub(crate) id: CheckId,
    /// Whether the provider may have it.
    pub(crate) sent: bool,
    /// How often it was asked without an outcome.
    pub(crate) asked: i64,
    pub(crate) since: Timestamp,
    /// When it is asked about next; none where there is nothing to ask any more.
    pub(crate) due_at: Option<Timestamp>,
}

/// What a user has sent in for a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Submission {
    pub(crate) id: SubmissionId,
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) level: KycLevel,
    pub(crate) status: Status,
    pub(crate) revision: i64,
    /// Sealed.
    pub(crate) details: Option<Vec<u8>>,
    pub(crate) details_reopened: bool,
    pub(crate) check: Option<Check>,
    pub(crate) report: Option<(Report, Timestamp)>,
    pub(crate) reason_code: Option<ReasonCode>,
    pub(crate) reason: String,
    pub(crate) decided_by: Option<Uuid>,
    pub(crate) decided_at: Option<Timestamp>,
    /// Sealed.
    pub(crate) appeal: Option<Vec<u8>>,
    pub(crate) appealed_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) submitted_at: Option<Timestamp>,
    pub(crate) erase_at: Option<Timestamp>,
    pub(crate) erased_at: Option<Timestamp>,
}

/// What follows from a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The level is given.
    Approved,
    /// It is rejected.
    Rejected,
    /// An operator has to look.
    Referred,
    /// It came late: it is kept, and changes nothing. Where it stands against what was decided, an
    /// operator has to look.
    Late {
        /// Whether it says something else than what was decided.
        contradicts: bool,
    },
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

impl Submission {
    /// Refuses what is not for this state.
    pub(crate) fn must_be(&self, statuses: &[Status]) -> Result<(), KycError> {
        match statuses.contains(&self.status) {
            true => Ok(()),
            false => Err(KycError::State(self.status)),
        }
    }

    /// Refuses a decision of its own user.
    pub(crate) fn must_be_of_another(&self, operator: UserId) -> Result<(), KycError> {
        match self.user == operator {
            true => Err(KycError::Own),
            false => Ok(()),
        }
    }

    /// Refuses a decision on something else than what the operator has seen.
    pub(crate) fn must_be_at(&self, revision: i64) -> Result<(), KycError> {
        match self.revision == revision {
            true => Ok(()),
            false => Err(KycError::Changed),
        }
    }

    /// Refuses details that are not to be given now.
    pub(crate) fn takes_details(&self) -> Result<(), KycError> {
        self.must_be(&[Status::Draft, Status::ActionNeeded])?;
        match self.status == Status::Draft || self.details_reopened {
            true => Ok(()),
            false => Err(KycError::NotAskedFor("the details are good")),
        }
    }

    /// Its user has given details.
    pub(crate) fn give_details(&mut self, sealed: Vec<u8>, now: Timestamp) {
        self.details = Some(sealed);
        self.details_reopened = false;
        self.updated_at = now;
    }

    /// Its user sends it in: `missing` has what is not there. What was asked for again goes to an
    /// operator, who asked for it; a provider checks the rest.
    pub(crate) fn submit(
        &mut self,
        missing: Vec<&'static str>,
        documents: &[Document],
        (check, now): (CheckId, Timestamp),
    ) -> Result<(), KycError> {
        self.must_be(&[Status::Draft, Status::ActionNeeded])?;
        let mut missing = missing;
        if self.details_reopened {
            missing.push("details");
        }
        let waits = |it: &Document| !it.replaced && it.verdict == Verdict::Again;
        if documents.iter().any(waits) {
            missing.push("documents that were asked for again");
        }
        if !missing.is_empty() {
            return Err(KycError::Incomplete(missing));
        }
        match self.status {
            Status::Draft => {
                self.status = Status::Checking;
                self.check = Some(Check {
                    id: check,
                    sent: false,
                    asked: 0,
                    since: now,
                    due_at: Some(now),
                });
            }
            _ => self.status = Status::InReview,
        }
        self.submitted_at = Some(now);
        self.updated_at = now;
        Ok(())
    }

    /// Takes what a provider says. `seen_before`: another user has sent one of the documents.
    pub(crate) fn take(&mut self, report: Report, seen_before: bool, now: Timestamp) -> Taken {
        let outcome = report.outcome;
        let code = report.code.clone();
        self.report = Some((report, now));
        self.updated_at = now;
        if let Some(check) = &mut self.check {
            check.due_at = None;
        }
        if self.status != Status::Checking {
            let contradicts = match self.status {
                Status::Approved => outcome != ProviderOutcome::Passed,
                Status::Rejected => outcome == ProviderOutcome::Passed,
                _ => false,
            };
            return Taken::Late { contradicts };
        }
        match (outcome, seen_before) {
            (ProviderOutcome::Passed, false) => {
                self.decide(Status::Approved, None, now);
                Taken::Approved
            }
            (ProviderOutcome::Passed, true) => {
                self.refer(ReasonCode::SeenBefore, String::new(), now);
                Taken::Referred
            }
            (ProviderOutcome::Referred, _) => {
                self.refer(ReasonCode::Referred, code, now);
                Taken::Referred
            }
            (ProviderOutcome::Failed, _) => {
                self.decide(Status::Rejected, None, now);
                self.reason_code = Some(ReasonCode::CheckFailed);
                self.reason = code;
                Taken::Rejected
            }
        }
    }

    /// An operator has to decide. The provider may still answer: then that is kept.
    pub(crate) fn refer(&mut self, code: ReasonCode, reason: String, now: Timestamp) {
        self.status = Status::InReview;
        self.reason_code = Some(code);
        self.reason = reason;
        self.updated_at = now;
        if let Some(check) = &mut self.check {
            check.due_at = None;
        }
    }

    fn decide(&mut self, status: Status, by: Option<UserId>, now: Timestamp) {
        self.status = status;
        self.decided_by = by.map(|by| by.uuid());
        self.decided_at = Some(now);
        self.updated_at = now;
        self.details_reopened = false;
    }

    /// An operator decides on it: those who rejected it do not decide on the appeal.
    pub(crate) fn may_be_decided_by(&self, operator: UserId) -> Result<(), KycError> {
        self.must_be_of_another(operator)?;
        self.must_be(&[Status::InReview])?;
        let has_rejected = self.appealed_at.is_some() && self.decided_by == Some(operator.uuid());
        match has_rejected {
            true => Err(KycError::SecondOperator),
            false => Ok(()),
        }
    }

    /// An operator gives the level.
    pub(crate) fn approve(
        &mut self,
        operator: UserId,
        documents: &[Document],
        now: Timestamp,
    ) -> Result<(), KycError> {
        self.may_be_decided_by(operator)?;
        let is_good = |it: &Document| it.replaced || it.verdict == Verdict::Accepted;
        if !documents.iter().all(is_good) {
            return Err(KycError::Undecided);
        }
        self.decide(Status::Approved, Some(operator), now);
        self.reason_code = None;
        self.reason.clear();
        Ok(())
    }

    /// An operator rejects it.
    pub(crate) fn reject(
        &mut self,
        operator: UserId,
        (code, reason): (ReasonCode, String),
        now: Timestamp,
    ) -> Result<(), KycError> {
        self.may_be_decided_by(operator)?;
        self.decide(Status::Rejected, Some(operator), now);
        self.reason_code = Some(code);
        self.reason = reason;
        Ok(())
    }

    /// An operator wants some of it again: the documents of which that was said, and the details
    /// where those are meant. All else stays closed.
    pub(crate) fn ask_again(
        &mut self,
        operator: UserId,
        (documents, details): (&[Document], bool),
        (code, reason): (ReasonCode, String),
        now: Timestamp,
    ) -> Result<(), KycError> {
        self.may_be_decided_by(operator)?;
        let is_asked = |it: &Document| !it.replaced && it.verdict == Verdict::Again;
        if !details && !documents.iter().any(is_asked) {
            return Err(KycError::NothingAsked);
        }
        self.status = Status::ActionNeeded;
        self.details_reopened = details;
        self.reason_code = Some(code);
        self.reason = reason;
        self.updated_at = now;
        Ok(())
    }

    /// Its user says why the rejection is wrong.
    pub(crate) fn appeal(
        &mut self,
        sealed: Vec<u8>,
        within_days: u32,
        now: Timestamp,
    ) -> Result<(), KycError> {
        self.must_be(&[Status::Rejected])?;
        let until = self
            .decided_at
            .map(|at| at.plus(i64::from(within_days) * DAY));
        let is_late = until.is_none_or(|until| now > until);
        if self.appealed_at.is_some() || is_late || self.erased_at.is_some() {
            return Err(KycError::NoAppeal(within_days));
        }
        self.status = Status::InReview;
        self.appeal = Some(sealed);
        self.appealed_at = Some(now);
        self.updated_at = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
