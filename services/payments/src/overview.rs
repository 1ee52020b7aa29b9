//! What an overview for operators shows of payments: the journal's queue, money under way, whether
//! the books agree. It changes nothing.

use std::sync::Arc;

use module::{Failure, JournalReport, LedgerCheck, Report};
use values::SECOND;

use crate::error::Error;
use crate::service::Service;
use crate::store::ledger::{all_sums, in_flight};

/// How long a check of the ledger is good for, in microseconds: it reads all accounts.
const KEPT_FOR: i64 = 300 * SECOND;

impl Service {
    pub(crate) async fn overview(self: &Arc<Self>) -> Result<Report, Failure> {
        let capacity = i64::from(self.config.journal.queue);
        let room = i64::try_from(self.journal.room()).unwrap_or(capacity);
        let in_flight = in_flight(&self.db).await.map_err(Error::from)?;
        // On a task of its own: it ends, and is kept, also where nobody waits for it any more.
        let service = self.clone();
        let ledger = tokio::spawn(async move { service.ledger_check().await }).await??;
        Ok(Report {
            journal: Some(JournalReport {
                queue_depth: capacity - room,
                queue_capacity: capacity,
            }),
            in_flight: Some(in_flight),
            ledger: Some(ledger),
            queues: Vec::new(),
            cases: None,
        })
    }

    async fn ledger_check(&self) -> Result<LedgerCheck, Error> {
        let mut last = self.ledger_check.lock().await;
        let now = self.clock.now();
        if let Some(check) = &*last
            && (0..KEPT_FOR).contains(&now.micros().saturating_sub(check.checked_at.micros()))
        {
            return Ok(check.clone());
        }
        let sums = all_sums(&self.db).await?;
        let differ = sums.iter().filter(|sums| !sums.balanced());
        let unbalanced_currencies: Vec<_> = differ.map(|sums| sums.currency.code()).collect();
        let check = LedgerCheck {
            checked_at: now,
            accounts: sums.iter().map(|sums| sums.accounts).sum(),
            balanced: unbalanced_currencies.is_empty(),
            unbalanced_currencies,
        };
        if !check.balanced {
            let currencies = check.unbalanced_currencies.join(", ");
            tracing::error!(currencies, "debits and credits differ: run payflow verify");
        }
        *last = Some(check.clone());
        Ok(check)
    }
}
