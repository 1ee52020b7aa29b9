//! Fills memory from the database: at the start, and where a policy has changed.

use contracts::identity::{OrgId, UserId};
use contracts::payments::{TransactionId, TransactionType};
use db::Db;
use money::Currency;
use risk_core::rules::Window;
use risk_core::velocity::{Counters, Event};
use uuid::Uuid;
use values::{DAY, Timestamp};

use crate::breakers;
use crate::decisions::store::{self as decisions, DecisionRow};
use crate::error::Error;
use crate::feeds::told::Transaction;
use crate::memory::Memory;
use crate::memory::org::{Org, counters};
use crate::memory::policy::{Policy, changes};
use crate::rates::Rates;
use crate::subjects::store as subjects;

/// How many rows are read at once.
const BATCH: i64 = 4_096;

/// Since when is counted: a day more than the longest window.
fn since(now: Timestamp) -> Timestamp {
    let days = i64::from(Window::MOST_MINUTES / (24 * 60)) + 1;
    now.plus(-days * DAY).start_of_day()
}

/// A transaction of the database as it is counted; none where it is not.
pub(crate) fn event(row: &DecisionRow, rates: &Rates, base: Currency) -> Option<Event> {
    if row.counted != Some(1) {
        return None;
    }
    let currency = Currency::from_code(row.currency.as_deref()?).ok()?;
    Some(Event {
        transaction: TransactionId(row.transaction_id),
        kind: TransactionType::from_number(row.kind?)?,
        at: Timestamp(row.created_at),
        amount: rates.convert(row.amount_minor?, currency, base),
        payer: row.payer.map(UserId),
        payee: row.payee.map(UserId),
        instrument: row.instrument.clone(),
    })
}

impl Memory {
    /// Reads what the database has.
    ///
    /// # Errors
    /// A fault of the database, or a row that cannot be read.
    pub(crate) async fn fill(&self, db: &Db, now: Timestamp) -> Result<(), Error> {
        let mut after = (i64::MIN, Uuid::nil());
        let mut orgs = changes(db).await?;
        // The feed tells of those who register. An organisation may have none: its users were
        // imported, or made by operators.
        let mut last = i64::MIN;
        while let Some(org) = decisions::next_org(db, last).await? {
            orgs.entry(org).or_default();
            last = org;
        }
        loop {
            let rows = subjects::after(db, after, BATCH).await?;
            let Some(last) = rows.last() else {
                break;
            };
            after = (last.org, last.user_id);
            for row in &rows {
                orgs.entry(row.org).or_default();
            }
            self.subjects.fill(&rows);
        }
        let mut after = (i64::MIN, Uuid::nil(), Uuid::nil());
        loop {
            let pairs = decisions::pairs(db, after, BATCH).await?;
            let Some(last) = pairs.last() else {
                break;
            };
            after = *last;
            self.pairs.add(pairs);
        }
        for (org, changes) in orgs {
            let org = OrgId(org);
            let policy = Policy::read(db, org, changes, now).await?;
            let counted = self.count_anew(db, org, &policy, now).await?;
            let known = Org::new(policy, counted);
            known.go_on_with(breakers::read(breakers::store::of_org(db, org).await?)?);
            self.put_org(org, known);
        }
        Ok(())
    }

    /// Counters of what a policy asks, with what the database has.
    async fn count_anew(
        &self,
        db: &Db,
        org: OrgId,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Counters, Error> {
        let since = since(now);
        let mut counters = counters(policy, since);
        let mut after = i64::MIN;
        loop {
            let rows = decisions::in_order(db, org, after, since, BATCH).await?;
            let Some(last) = rows.last() else {
                return Ok(counters);
            };
            after = last.first_sequence.ok_or(Error::Row("decisions"))?;
            for row in &rows {
                let place = row
                    .first_sequence
                    .zip(event(row, &self.rates, policy.set.base()));
                if let Some((sequence, event)) = place {
                    counters.confirm(sequence, &event);
                }
            }
        }
    }

    /// Takes up what organisations have changed. Where counters have to be built anew, `heard` has
    /// what memory has heard and the database may lack; nothing is heard meanwhile.
    ///
    /// # Errors
    /// A fault of the database, or a row that cannot be read: what is in force stays.
    pub(crate) async fn refresh(
        &self,
        db: &Db,
        now: Timestamp,
        heard: &[Transaction],
    ) -> Result<(), Error> {
        for (org, version) in changes(db).await? {
            let (org, known) = (OrgId(org), self.org(OrgId(org))?);
            if known.policy().changes == version {
                continue;
            }
            let policy = Policy::read(db, org, version, now).await?;
            let mut anew = None;
            if !known.covers(&policy) {
                let mut counted = self.count_anew(db, org, &policy, now).await?;
                let of_org = |made: &&Transaction| made.org == org && made.is_new && made.counts();
                for made in heard.iter().filter(of_org) {
                    let event = self.counted(policy.set.base(), made);
                    counted.confirm(made.sequence, &event);
                }
                anew = Some(counted);
            }
            known.put(policy, anew);
        }
        Ok(())
    }

    /// Whether what organisations have changed was taken up.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn is_fresh(&self, db: &Db) -> Result<bool, Error> {
        for (org, version) in changes(db).await? {
            if self.org(OrgId(org))?.policy().changes != version {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
