//! What users do: begin a submission, give their details, send it in, appeal. What they have given
//! is kept, so that they can go on with it anywhere.

use access::Principal;
use contracts::identity::{OperatorAction, OrgId, Permission, UserId};
use contracts::kyc::KycLevel;
use idempotency::{IdempotentRequest, keep_answer};
use uuid::Uuid;
use values::DAY;

use crate::cases::{EvidenceRow, Opening, Queue};
use crate::error::Error;
use crate::kyc::details::Details;
use crate::kyc::document::{self, Document};
use crate::kyc::error::KycError;
use crate::kyc::sealing;
use crate::kyc::store::{documents, standings, submissions};
use crate::kyc::submission::{Status, Submission};
use crate::kyc::{CheckId, SubmissionId};
use crate::service::Service;
use crate::trail::Who;

/// The most submissions that a user begins in a day.
const MOST_IN_A_DAY: i64 = 10;
/// The most characters of an appeal.
const LONGEST_APPEAL: usize = 2_000;

/// A submission with all that is in it.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) of: Submission,
    pub(crate) details: Details,
    pub(crate) documents: Vec<Document>,
    pub(crate) appeal: Option<String>,
}

impl Opened {
    /// What is missing before it can be sent in.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        if !self.of.status.is_with_user() {
            return Vec::new();
        }
        let mut missing = self.details.missing();
        missing.extend(document::missing(self.of.level, &self.documents));
        missing
    }
}

impl Service {
    /// A submission for who asks: one's own, and all where one may see them.
    pub(crate) async fn submission(
        &self,
        principal: &Principal,
        id: SubmissionId,
    ) -> Result<Opened, KycError> {
        let found = submissions::one(&self.db, principal.org, id).await?;
        let found = found.filter(|it| is_visible(principal, it.user));
        self.opened(found.ok_or(KycError::NoSuchSubmission)?).await
    }

    async fn opened(&self, of: Submission) -> Result<Opened, KycError> {
        let documents = documents::of_submission(&self.db, of.id).await?;
        self.with_documents(of, documents)
    }

    /// The same with documents that were read.
    pub(crate) fn with_documents(
        &self,
        of: Submission,
        documents: Vec<Document>,
    ) -> Result<Opened, KycError> {
        Ok(Opened {
            details: sealing::details(&self.vault, &of)?,
            appeal: sealing::appeal(&self.vault, &of)?,
            documents,
            of,
        })
    }

    /// Submissions, the newest first: those of a user, or of all.
    pub(crate) async fn submissions(
        &self,
        (org, user): (OrgId, Option<UserId>),
        status: Option<Status>,
        page: (Uuid, i64),
    ) -> Result<Vec<Submission>, Error> {
        submissions::list(&self.db, (org, user), status, page).await
    }

    /// Begins a submission for a level.
    pub(crate) async fn begin_submission<T: From<Opened>>(
        &self,
        principal: &Principal,
        (level, sent): (KycLevel, Details),
        once: &IdempotentRequest<T>,
    ) -> Result<T, KycError> {
        let (now, whose) = (self.clock.now(), (principal.org, principal.user));
        if level == KycLevel::None {
            return Err(KycError::Level);
        }
        let held = standings::one(&self.db, whose).await?.of.level;
        if held > level {
            return Err(KycError::LevelHeld(held));
        }
        if submissions::begun(&self.db, whose, now.plus(-DAY)).await? >= MOST_IN_A_DAY {
            return Err(KycError::TooManySubmissions);
        }
        let details = Details::default().with(sent, (now, self.config.kyc.minimum_age))?;
        let id = SubmissionId(self.ids.next());
        let sealed = match details == Details::default() {
            true => None,
            false => Some(sealing::seal_details(&self.vault, id, &details)?),
        };
        let mut tx = self.db.begin().await?;
        match submissions::insert(&mut tx, whose, (id, level), sealed, now).await {
            Ok(()) => {}
            Err(db::DbError::Unique(_)) => return Err(KycError::Open),
            Err(error) => return Err(error.into()),
        }
        let begun = submissions::lock(&mut tx, principal.org, id).await?;
        let begun = begun.ok_or(KycError::NoSuchSubmission)?;
        let done = T::from(self.with_documents(begun, Vec::new())?);
        keep_answer(&mut tx, &self.vault, once, &done, now).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// Gives details, or other ones.
    pub(crate) async fn give_details(
        &self,
        principal: &Principal,
        id: SubmissionId,
        sent: Details,
    ) -> Result<Opened, KycError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let mut it = self.lock_own(&mut tx, principal, id).await?;
        it.takes_details()?;
        let before = sealing::details(&self.vault, &it)?;
        let details = before.with(sent, (now, self.config.kyc.minimum_age))?;
        it.give_details(sealing::seal_details(&self.vault, id, &details)?, now);
        submissions::save(&mut tx, &it).await?;
        it.revision += 1;
        let documents = documents::of_submission_in(&mut tx, id).await?;
        tx.commit().await?;
        self.with_documents(it, documents)
    }

    /// Locks a submission of who asks.
    pub(crate) async fn lock_own(
        &self,
        tx: &mut db::Tx,
        principal: &Principal,
        id: SubmissionId,
    ) -> Result<Submission, KycError> {
        let found = submissions::lock(tx, principal.org, id).await?;
        let own = found.filter(|it| it.user == principal.user);
        own.ok_or(KycError::NoSuchSubmission)
    }

    /// Sends a submission in.
    pub(crate) async fn send_in<T: From<Opened> + Clone>(
        &self,
        who: Who<'_>,
        id: SubmissionId,
        once: &IdempotentRequest<T>,
    ) -> Result<T, KycError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let of = self.lock_own(&mut tx, who.0, id).await?;
        let documents = documents::of_submission_in(&mut tx, id).await?;
        let mut it = self.with_documents(of, documents)?;
        let missing = it.missing();
        let check = CheckId(self.ids.next());
        it.of.submit(missing, &it.documents, (check, now))?;
        if it.of.status == Status::InReview {
            self.open_case(&mut tx, &it.of, 50).await?;
        }
        let changed = self.follow(&mut tx, &it.of, now).await?;
        submissions::save(&mut tx, &it.of).await?;
        it.of.revision += 1;
        let done = T::from(it);
        keep_answer(&mut tx, &self.vault, once, &done, now).await?;
        tx.commit().await?;
        self.stands(changed).await;
        self.record(who, OperatorAction::KycSubmitted, id.to_string())
            .await;
        Ok(done)
    }

    /// Appeals against a rejection.
    pub(crate) async fn appeal<T: From<Opened> + Clone>(
        &self,
        who: Who<'_>,
        (id, text): (SubmissionId, &str),
        once: &IdempotentRequest<T>,
    ) -> Result<T, KycError> {
        let text = text.trim();
        let fits = (1..=LONGEST_APPEAL).contains(&text.chars().count());
        if !fits || !platform::text::free_text(text) {
            return Err(KycError::AppealText);
        }
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let mut it = self.lock_own(&mut tx, who.0, id).await?;
        let sealed = sealing::seal_appeal(&self.vault, id, text)?;
        it.appeal(sealed, self.config.kyc.appeal_days, now)?;
        it.erase_at = None;
        // An open one of the user is a unique violation.
        match submissions::save(&mut tx, &it).await {
            Err(Error::Database(db::DbError::Unique(_))) => return Err(KycError::Open),
            saved => saved?,
        }
        self.open_case(&mut tx, &it, 60).await?;
        let changed = self.follow(&mut tx, &it, now).await?;
        it.revision += 1;
        let documents = documents::of_submission_in(&mut tx, id).await?;
        let done = T::from(self.with_documents(it, documents)?);
        keep_answer(&mut tx, &self.vault, once, &done, now).await?;
        tx.commit().await?;
        self.stands(changed).await;
        self.record(who, OperatorAction::KycAppealed, id.to_string())
            .await;
        Ok(done)
    }

    /// Opens the case of a submission that an operator has to look at, or joins it.
    pub(crate) async fn open_case(
        &self,
        tx: &mut db::Tx,
        of: &Submission,
        priority: i64,
    ) -> Result<(), Error> {
        let row = |label: &str, value: serde_json::Value| EvidenceRow {
            label: label.to_owned(),
            value,
            compared_with: None,
        };
        let mut evidence = vec![
            row("submission", of.id.to_string().into()),
            row("level", of.level.as_str().into()),
            row("status", of.status.as_str().into()),
        ];
        evidence.extend(
            of.reason_code
                .map(|code| row("reason", code.as_str().into())),
        );
        if let Some((said, at)) = &of.report {
            evidence.push(row("provider_outcome", said.outcome.as_str().into()));
            evidence.push(row("provider_code", said.code.as_str().into()));
            evidence.push(row("provider_at", at.to_string().into()));
        }
        let opening = Opening {
            org: of.org,
            queue: Queue::Kyc,
            subject: of.id.to_string(),
            title: format!("Identity check for level {}", of.level.as_str()),
            priority,
            amount: None,
            evidence,
            people: vec![of.user],
        };
        self.cases.open_or_join(tx, opening).await?;
        Ok(())
    }
}

/// Whether somebody may see what a user has sent in.
pub(crate) fn is_visible(principal: &Principal, user: UserId) -> bool {
    principal.may(Permission::KycRead)
        || principal.user == user && principal.may(Permission::KycOwn)
}
