//! Cases: what an operator has to look at, who looks at it, and what it came to. One is open for a
//! subject in a queue; what comes later joins it. A transaction in review is decided through its
//! case, and payments alone moves the money.

pub(crate) mod attachments;
pub(crate) mod case;
pub(crate) mod config;
pub(crate) mod deciding;
pub(crate) mod ending;
pub(crate) mod error;
pub(crate) mod evidence;
pub(crate) mod http;
pub(crate) mod metrics;
pub(crate) mod opening;
pub(crate) mod priority;
pub(crate) mod queue;
pub(crate) mod store;
pub(crate) mod sweeping;
#[cfg(test)]
mod tests;
pub(crate) mod transactions;
pub(crate) mod working;

use contracts::identity::{OrgId, UserId};
use contracts::payments::{TransactionId, TransactionStatus};
use db::Db;
use uuid::Uuid;
use values::{Timestamp, typed_id};

use crate::decisions::store as decisions;
use crate::error::Error;
use crate::service::Service;
use case::Case;
use error::CaseError;
use evidence::EvidenceBody;
use store::reading::{self, AttachmentRow, EventRow, Filter, LinkedTransaction};
use store::{CaseRow, acts};

pub(crate) use opening::{Cases, EvidenceRow, Opening};
pub(crate) use queue::{Automatic, Queue};

typed_id!(
    /// A case: `case_…`.
    CaseId,
    "case"
);

/// How much of what belongs to a case is shown at once: of its timeline, and of each kind of link.
const MOST_EVENTS: i64 = 500;
const MOST_LINKS: i64 = 20;
/// How many are read at once.
const BATCH: i64 = 512;

/// All that is known of a case.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) case: Case,
    /// Who takes part, and whether it is about them.
    pub(crate) people: Vec<(UserId, bool)>,
    pub(crate) evidence: Vec<EvidenceBody>,
    pub(crate) events: Vec<EventRow>,
    pub(crate) attachments: Vec<AttachmentRow>,
    pub(crate) of_subject: Vec<CaseRow>,
    pub(crate) of_people: Vec<CaseRow>,
    pub(crate) of_instrument: Vec<LinkedTransaction>,
    /// Where its transaction is.
    pub(crate) transaction: Option<TransactionStatus>,
}

/// Whether a text may be kept: so many characters, of which something is to be seen.
fn long_text(text: &str, least: usize, most: usize) -> Result<(), CaseError> {
    let length = text.chars().count();
    match (least..=most).contains(&length) && platform::text::free_text(text) {
        true => Ok(()),
        false => Err(CaseError::Text(most)),
    }
}

impl Service {
    /// A case of an organisation.
    ///
    /// # Errors
    /// [`CaseError::NoSuchCase`], or a fault.
    pub(crate) async fn case(&self, org: OrgId, id: CaseId) -> Result<Case, CaseError> {
        let row = acts::one(&self.db, org, id.uuid()).await?;
        Ok(Case::try_from(row.ok_or(CaseError::NoSuchCase)?)?)
    }

    /// The cases that fit, after one: the most urgent first. None where there is no such one.
    pub(crate) async fn cases(
        &self,
        org: OrgId,
        filter: &Filter,
        (after, limit): (Option<Uuid>, i64),
    ) -> Result<Option<Vec<Case>>, Error> {
        let place = match after {
            None => (i64::MAX, Uuid::max()),
            Some(id) => match acts::one(&self.db, org, id).await? {
                Some(row) => (row.priority, row.id),
                None => return Ok(None),
            },
        };
        let now = self.clock.now();
        let rows = reading::list(&self.db, org, filter, (place, now, limit)).await?;
        let cases = rows.into_iter().map(Case::try_from);
        Ok(Some(cases.collect::<Result<_, _>>()?))
    }

    /// A case with all that belongs to it.
    ///
    /// # Errors
    /// [`CaseError::NoSuchCase`], or a fault.
    pub(crate) async fn whole_case(&self, org: OrgId, id: CaseId) -> Result<Whole, CaseError> {
        let case = self.case(org, id).await?;
        let (db, uuid) = (&self.db, id.uuid());
        let people = reading::people(db, uuid).await?.into_iter();
        let transaction = case.row.transaction_id.map(TransactionId);
        let known = match transaction {
            Some(transaction) => decisions::one_of_transaction(db, org, transaction).await?,
            None => None,
        };
        let instrument = known.as_ref().and_then(|it| it.instrument.as_deref());
        let of_instrument = match (instrument, transaction) {
            (Some(token), Some(transaction)) => {
                let of = (token, transaction.uuid());
                reading::of_instrument(db, org, of, MOST_LINKS).await?
            }
            _ => Vec::new(),
        };
        let status = known.as_ref().and_then(|it| it.status);
        Ok(Whole {
            people: people.map(|(id, about)| (UserId(id), about != 0)).collect(),
            evidence: evidence::of(known.as_ref(), reading::evidence(db, uuid).await?)?,
            events: reading::events(db, uuid, MOST_EVENTS).await?,
            attachments: reading::attachments(db, uuid).await?,
            of_subject: reading::of_subject(db, org, &case.row, MOST_LINKS).await?,
            of_people: reading::of_people(db, org, uuid, MOST_LINKS).await?,
            of_instrument,
            transaction: status.and_then(TransactionStatus::from_number),
            case,
        })
    }
}

/// Reads every case; how many there are.
///
/// # Errors
/// A fault, or the first that cannot be read.
pub(crate) async fn verify(db: &Db) -> Result<u64, Error> {
    let (mut count, mut after) = (0, Uuid::nil());
    loop {
        let rows = reading::all(db, after, BATCH).await?;
        let Some(last) = rows.last() else {
            return Ok(count);
        };
        after = last.id;
        for row in rows {
            Case::try_from(row)?;
            count += 1;
        }
    }
}

/// A time of a row, where there is one.
fn time(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp)
}
