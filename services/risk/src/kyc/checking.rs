//! The work with a provider: asks what is due, asks again with the same id where there was no
//! answer, and has an operator decide where there is none in time. Waiting is no failure, and
//! nothing is decided twice.

use values::{SECOND, Timestamp};

use crate::error::Error;
use crate::kyc::CheckId;
use crate::kyc::provider::{CheckRequest, Said, Unanswered};
use crate::kyc::sealing;
use crate::kyc::store::{documents, submissions};
use crate::kyc::submission::{Check, ReasonCode, Report, Status, Submission, Taken};
use crate::service::Service;

/// How many are asked about at once.
const BATCH: i64 = 20;
/// How long after each time without an outcome it is asked again, in seconds; the last repeats.
const AGAIN: [i64; 6] = [2, 10, 30, 120, 600, 1_800];

impl Service {
    /// Asks the provider about all that is due.
    ///
    /// # Errors
    /// A fault of the database; what was not asked about is asked about the next time.
    pub async fn check_due_submissions(&self) -> Result<(), Error> {
        let now = self.clock.now();
        for it in submissions::due(&self.db, now, BATCH).await? {
            let Some((check, due)) = it.check.and_then(|check| Some((check, check.due_at?))) else {
                continue;
            };
            if now >= self.refer_at(&check) {
                self.refer_unanswered(&it, now).await?;
                continue;
            }
            // Longer than the provider may take: nobody else asks meanwhile, and after a crash it
            // is asked again with the same id.
            let lease = now
                .plus(i64::try_from(self.config.kyc.timeout_ms).unwrap_or(60_000) * 3_000 + SECOND);
            if !submissions::claim(&self.db, it.id, (due, lease)).await? {
                continue;
            }
            self.check(&it, check, lease).await?;
        }
        Ok(())
    }

    fn refer_at(&self, check: &Check) -> Timestamp {
        let hours = i64::from(self.config.kyc.refer_after_hours);
        check.since.plus(hours * 3_600 * SECOND)
    }

    async fn check(&self, it: &Submission, check: Check, lease: Timestamp) -> Result<(), Error> {
        let said = self.ask(it, check).await?;
        let report = match said {
            Ok(Said::Outcome(report)) => report,
            Ok(Said::Pending | Said::Unknown) => return self.ask_later(it, check, lease).await,
            Err(error) => {
                tracing::warn!(%error, check = %check.id, "the provider of identity checks gave no answer");
                return self.ask_later(it, check, lease).await;
            }
        };
        self.take_report(check.id, report).await
    }

    /// What the provider says: of what it may have it is asked first.
    async fn ask(&self, it: &Submission, check: Check) -> Result<Result<Said, Unanswered>, Error> {
        let provider = &self.kyc.provider;
        if check.sent {
            match provider.enquire(check.id).await {
                Ok(Said::Unknown) => {}
                said => return Ok(said),
            }
        }
        let mut sent = Vec::new();
        for document in documents::of_submission(&self.db, it.id).await? {
            let sealed = documents::content(&self.db, document.id).await?;
            let Some(sealed) = sealed.filter(|_| !document.replaced) else {
                continue;
            };
            let file = sealing::content(&self.vault, document.id, &sealed)?;
            sent.push((document, file));
        }
        let request = CheckRequest {
            id: check.id,
            submission: it.id,
            level: it.level,
            details: sealing::details(&self.vault, it)?,
            documents: sent,
            since: check.since,
            now: self.clock.now(),
        };
        Ok(provider.check(&request).await)
    }

    async fn ask_later(
        &self,
        it: &Submission,
        check: Check,
        lease: Timestamp,
    ) -> Result<(), Error> {
        let place = usize::try_from(check.asked).unwrap_or(usize::MAX);
        let wait = AGAIN[place.min(AGAIN.len() - 1)] * SECOND;
        let next = self.clock.now().plus(wait).min(self.refer_at(&check));
        let asked = check.asked + 1;
        Ok(submissions::put_off(&self.db, it.id, (lease, next), asked).await?)
    }

    /// The provider has not answered in time: an operator decides.
    async fn refer_unanswered(&self, found: &Submission, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let locked = submissions::lock(&mut tx, found.org, found.id).await?;
        let Some(mut it) = locked.filter(|it| it.status == Status::Checking) else {
            return Ok(());
        };
        it.refer(ReasonCode::NoAnswer, String::new(), now);
        self.open_case(&mut tx, &it, 50).await?;
        let changed = self.follow(&mut tx, &it, now).await?;
        submissions::save(&mut tx, &it).await?;
        tx.commit().await?;
        tracing::warn!(submission = %it.id, "the provider of identity checks did not answer in time: an operator decides");
        self.stands(changed).await;
        Ok(())
    }

    /// Takes what a provider says of a check, by itself or asked. Of a check that is not there
    /// nothing is to be learnt.
    ///
    /// # Errors
    /// A fault: it is to be told again.
    pub(crate) async fn take_report(&self, check: CheckId, report: Report) -> Result<(), Error> {
        let Some(found) = submissions::by_check(&self.db, check).await? else {
            return Ok(());
        };
        let seen_before = self.has_seen_before(&found).await?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let locked = submissions::lock(&mut tx, found.org, found.id).await?;
        let is_same = |it: &Submission| it.report.as_ref().is_some_and(|(said, _)| *said == report);
        let Some(mut it) = locked.filter(|it| it.erased_at.is_none() && !is_same(it)) else {
            return Ok(());
        };
        let taken = it.take(report, seen_before, now);
        match taken {
            Taken::Approved | Taken::Rejected => it.erase_at = self.erase_at(&it, now),
            Taken::Referred => self.open_case(&mut tx, &it, 50).await?,
            Taken::Late { contradicts: true } => self.open_case(&mut tx, &it, 80).await?,
            Taken::Late { contradicts: false } => {}
        }
        let changed = match taken {
            Taken::Late { .. } => None,
            Taken::Approved | Taken::Rejected | Taken::Referred => {
                self.follow(&mut tx, &it, now).await?
            }
        };
        submissions::save(&mut tx, &it).await?;
        tx.commit().await?;
        self.stands(changed).await;
        Ok(())
    }

    /// Whether another user has sent one of its documents.
    async fn has_seen_before(&self, it: &Submission) -> Result<bool, Error> {
        for document in documents::of_submission(&self.db, it.id).await? {
            if documents::seen_before(&self.db, &document).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
