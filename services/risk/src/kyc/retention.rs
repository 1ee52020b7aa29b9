//! How long details and documents are kept, and what becomes of submissions that nobody goes on
//! with. What was decided stays, without what is personal.

use contracts::identity::{OrgId, UserId};
use db::Tx;
use values::{DAY, Timestamp};

use crate::cases::store as cases;
use crate::cases::{Automatic, Cases, Queue};
use crate::error::Error;
use crate::kyc::store::{documents, standings, submissions};
use crate::kyc::submission::{ReasonCode, Status};
use crate::service::Service;

/// How many are dealt with at once.
const BATCH: i64 = 100;

impl Service {
    /// Ends what nobody goes on with, and erases what was kept long enough.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn keep_kyc_house(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let idle = now.plus(-i64::from(self.config.kyc.draft_days) * DAY);
        for (org, id) in submissions::idle(&self.db, Status::Draft, idle, BATCH).await? {
            let mut tx = self.db.begin().await?;
            let it = submissions::lock(&mut tx, org, id).await?;
            if it.is_some_and(|it| it.status == Status::Draft && it.updated_at <= idle) {
                submissions::delete(&mut tx, id).await?;
                tx.commit().await?;
            }
        }
        for (org, id) in submissions::idle(&self.db, Status::ActionNeeded, idle, BATCH).await? {
            let mut tx = self.db.begin().await?;
            let it = submissions::lock(&mut tx, org, id).await?;
            let left = |status, at| status == Status::ActionNeeded && at <= idle;
            let Some(mut it) = it.filter(|it| left(it.status, it.updated_at)) else {
                continue;
            };
            it.status = Status::Lapsed;
            it.details_reopened = false;
            it.updated_at = now;
            it.erase_at = self.erase_at(&it, now);
            let changed = self.follow(&mut tx, &it, now).await?;
            submissions::save(&mut tx, &it).await?;
            tx.commit().await?;
            self.stands(changed).await;
        }
        self.reopen_cases(now).await?;
        for (org, id) in submissions::to_erase(&self.db, now, BATCH).await? {
            let mut tx = self.db.begin().await?;
            let it = submissions::lock(&mut tx, org, id).await?;
            let is_over = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
            let Some(mut it) = it.filter(|it| is_over(it.erase_at)) else {
                continue;
            };
            documents::erase(&mut tx, id).await?;
            (it.details, it.appeal) = (None, None);
            // The reason may say something of somebody, where it is in an operator's words.
            if it.reason_code != Some(ReasonCode::CheckFailed) {
                it.reason.clear();
            }
            (it.erase_at, it.erased_at) = (None, Some(now));
            submissions::save(&mut tx, &it).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

impl Service {
    /// A submission in review whose case was closed without a decision on it gets another one:
    /// nothing waits where nobody looks.
    async fn reopen_cases(&self, now: Timestamp) -> Result<(), Error> {
        for (org, id) in submissions::idle(&self.db, Status::InReview, now, BATCH).await? {
            let mut tx = self.db.begin().await?;
            let it = submissions::lock(&mut tx, org, id).await?;
            let Some(it) = it.filter(|it| it.status == Status::InReview) else {
                continue;
            };
            let subject = id.to_string();
            if cases::open_one(&mut tx, org, Queue::Kyc, &subject)
                .await?
                .is_none()
            {
                self.open_case(&mut tx, &it, 50).await?;
                tx.commit().await?;
                tracing::warn!(
                    submission = subject,
                    "an identity check in review had no open case: it has one again"
                );
            }
        }
        Ok(())
    }
}

/// What of KYC ends with an account.
pub(crate) struct Closing {
    pub(crate) cases: std::sync::Arc<Cases>,
    /// How long what was sent in is kept after it, in days.
    pub(crate) keep_days: u32,
}

impl Closing {
    /// The account of a user was closed.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn close(
        &self,
        tx: &mut Tx,
        whose: (OrgId, UserId),
        at: Timestamp,
    ) -> Result<(), Error> {
        if let Some(open) = submissions::open_in(tx, whose).await? {
            let subject = open.id.to_string();
            let case = (open.org, Queue::Kyc, subject.as_str());
            self.cases
                .close_by_evidence(tx, case, Automatic::NoLongerNeeded)
                .await?;
            if open.status == Status::Draft {
                submissions::delete(tx, open.id).await?;
            }
        }
        match self.keep_days {
            0 => submissions::delete_all(tx, whose).await?,
            days => {
                let erase_at = at.plus(i64::from(days) * DAY);
                submissions::close_all(tx, whose, erase_at).await?;
            }
        }
        standings::delete(tx, whose).await?;
        Ok(idempotency::delete_all(tx, whose.0, whose.1).await?)
    }
}
