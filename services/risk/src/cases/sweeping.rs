//! What time does to cases: priorities rise, those that slept wake, a transaction that waits and
//! has no case gets one, an interrupted decision is carried out, and what waits is counted.

use contracts::payments::TransactionStatus;
use module::CaseFigures;
use values::{SECOND, Timestamp};

use crate::cases::case::Case;
use crate::cases::error::CaseError;
use crate::cases::priority::priority;
use crate::cases::queue::Queue;
use crate::cases::store::{NewEvent, sweeps};
use crate::error::Error;
use crate::service::Service;

/// How many cases are looked at in a sweep.
const BATCH: i64 = 500;
/// So long a decision may be carried out before another try begins.
const TRY_AGAIN_AFTER: i64 = 10 * SECOND;
/// So long the feed has to open the case of a transaction before a sweep does.
const WAIT_FOR_FEED: i64 = 60 * SECOND;

impl Service {
    /// Does what time has brought: what the background does, for tests.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn sweep_cases(&self) -> Result<(), Error> {
        let now = self.clock.now();
        self.wake_cases(now).await?;
        self.raise_priorities(now).await?;
        self.open_missing_cases(now).await?;
        self.resume_decisions(now).await?;
        let figures = sweeps::figures(&self.db, now).await?;
        self.case_metrics.set(&figures, now);
        Ok(())
    }

    async fn wake_cases(&self, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let awake = sweeps::wake(&mut tx, now).await?;
        for (id,) in awake {
            let event = NewEvent::by_itself("woken");
            self.cases.note(&mut tx, id, event, now).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn raise_priorities(&self, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        for row in sweeps::rising(&mut tx, now, BATCH).await? {
            let case = Case::try_from(row)?;
            let (row, times) = (&case.row, case.times());
            let stake = (case.stake(), self.cases.limit);
            let to = priority(row.risk, stake, times, now);
            if !sweeps::rise(&mut tx, row, to, times.next_rise(now)).await? {
                continue;
            }
            if row.pinned == 0 {
                self.cases.rose(&mut tx, row, to, now).await?;
            }
            if now >= times.due {
                let (case, queue) = (crate::CaseId(row.id), case.queue.as_str());
                tracing::warn!(%case, queue, "a case is overdue: an operator has to look at it");
            }
        }
        Ok(tx.commit().await?)
    }

    async fn open_missing_cases(&self, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let before = now.plus(-WAIT_FOR_FEED);
        for known in sweeps::without_case(&mut tx, before, BATCH).await? {
            let in_review = known.status == Some(TransactionStatus::InReview.number());
            let queue = match in_review {
                true => Queue::Transactions,
                false => Queue::Unresolved,
            };
            self.cases.open_for(&mut tx, queue, &known).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn resume_decisions(&self, now: Timestamp) -> Result<(), Error> {
        for row in sweeps::under_way(&self.db, BATCH).await? {
            let case = Case::try_from(row)?;
            let Some(under_way) = case.under_way.clone() else {
                continue;
            };
            if now < under_way.since.plus(TRY_AGAIN_AFTER) {
                continue;
            }
            match self.end_with_payments(&case, &under_way).await {
                Ok(()) => {}
                Err(CaseError::Fault(fault)) => return Err(fault),
                Err(refused) => {
                    let case = crate::CaseId(case.row.id);
                    tracing::warn!(%refused, %case, "a decision is not carried out yet");
                }
            }
        }
        Ok(())
    }

    /// How many cases wait, of all organisations.
    pub(crate) async fn case_figures(&self) -> Result<CaseFigures, Error> {
        let rows = sweeps::figures(&self.db, self.clock.now()).await?;
        let oldest = rows.iter().filter_map(|row| row.oldest).min();
        Ok(CaseFigures {
            open: rows.iter().map(|row| row.open).sum(),
            overdue: rows.iter().map(|row| row.overdue).sum(),
            oldest: oldest.map(Timestamp),
        })
    }
}
