//! Decisions: written down behind the answer, and what became of them by the feed. Payments keeps
//! what was decided with the transaction; here is what rules are judged by.

pub(crate) mod store;
pub(crate) mod written;

use contracts::risk::RiskDecision;
use db::Db;
use values::Timestamp;

use crate::error::Error;
use crate::service::Service;
use store::DecisionRow;

/// How many are read at once.
const BATCH: i64 = 512;

impl Service {
    /// Writes what was decided and waits for it: what the background does, for tests.
    ///
    /// # Errors
    /// A fault of the database: what was not written waits.
    pub async fn write_decided(&self) -> Result<(), Error> {
        loop {
            let decided = self.written.take();
            if decided.is_empty() {
                return Ok(());
            }
            if let Err(error) = store::decide(&self.db, &decided).await {
                self.written.put_back(decided);
                return Err(error.into());
            }
        }
    }

    pub(crate) async fn delete_decisions_before(&self, before: Timestamp) -> Result<(), Error> {
        Ok(store::delete_before(&self.db, before).await?)
    }
}

/// The decision of a row, where there is one.
pub(crate) fn decision(row: &DecisionRow) -> Result<Option<RiskDecision>, Error> {
    let decision = row.decision.as_deref().map(serde_json::from_str);
    let decision = decision.transpose();
    decision.map_err(|_| Error::Row("decisions"))
}

/// Reads every decision; how many there are.
///
/// # Errors
/// A fault, or the first that cannot be read.
pub(crate) async fn verify(db: &Db) -> Result<u64, Error> {
    let (mut count, mut place) = (0, store::FIRST);
    loop {
        let rows = store::since(db, Timestamp(i64::MIN), place, BATCH).await?;
        let Some(last) = rows.last() else {
            return Ok(count);
        };
        place = (last.created_at, last.transaction_id);
        for row in &rows {
            decision(row)?;
            count += 1;
        }
    }
}
