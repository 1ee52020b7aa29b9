//! What decisions about cases say of matches, and what confirmed matches say of cases: a match is
//! decided with its case, and nothing is released to or from somebody who is confirmed.

use contracts::identity::{OrgId, UserId};
use contracts::payments::TransactionId;
use db::Tx;

use crate::cases::case::{Case, Decision, Word};
use crate::cases::error::CaseError;
use crate::cases::queue::{Queue, Verdict as Outcome};
use crate::decisions::store as decisions;
use crate::error::Error;
use crate::sanctions::MatchId;
use crate::sanctions::matches::{MatchError, Verdict, decide};
use crate::service::Service;

impl Service {
    /// Decides the match of a case with the case. What cannot be said leaves it open.
    ///
    /// # Errors
    /// [`CaseError`].
    pub(crate) async fn decide_match_of(
        &self,
        tx: &mut Tx,
        case: &Case,
        decision: &Decision,
    ) -> Result<(), CaseError> {
        let verdict = match decision.outcome {
            Outcome::Confirmed => Verdict::Confirm,
            Outcome::FalsePositive | Outcome::Valuable => Verdict::Clear,
            Outcome::Inconclusive => return Ok(()),
        };
        let id = case.row.subject.parse::<MatchId>();
        let Some(id) = id.ok().filter(|_| case.queue == Queue::Sanctions) else {
            return Ok(());
        };
        let why = crate::cases::deciding::reason(decision);
        let said = (decision.by, decision.at, &*why);
        match decide(tx, (OrgId(case.row.org), id), verdict, said).await {
            Ok(()) | Err(MatchError::Already(_) | MatchError::Ended) => Ok(()),
            Err(MatchError::Own) => Err(CaseError::OwnCase),
            Err(MatchError::SecondNeeded) => Err(CaseError::SecondOperator),
            Err(
                MatchError::NoSuchMatch
                | MatchError::Reason
                | MatchError::CaseOpen
                | MatchError::CaseNeeded,
            ) => Err(Error::Row("cases").into()),
            Err(MatchError::Fault(fault)) => Err(fault.into()),
        }
    }

    /// Refuses to let a transaction pass to or from somebody who is confirmed to be on a list.
    ///
    /// # Errors
    /// [`CaseError::Refused`], or a fault.
    pub(crate) async fn nobody_is_confirmed(
        &self,
        case: &Case,
        decision: &Decision,
    ) -> Result<(), CaseError> {
        let Some(transaction) = case.row.transaction_id.map(TransactionId) else {
            return Ok(());
        };
        if decision.transaction != Some(Word::Approve) {
            return Ok(());
        }
        let org = OrgId(case.row.org);
        if let Some((user, reason)) = self.confirmed_party(org, transaction).await? {
            return Err(CaseError::Refused(format!(
                "{user} is confirmed to be on a sanctions list ({reason}), so it can only be declined"
            )));
        }
        Ok(())
    }

    /// Whether a party of a transaction is confirmed to be on a sanctions list.
    pub(crate) async fn is_party_confirmed(
        &self,
        org: OrgId,
        transaction: TransactionId,
    ) -> Result<bool, Error> {
        Ok(self.confirmed_party(org, transaction).await?.is_some())
    }

    /// The first party of a transaction that is confirmed to be on a sanctions list, and why.
    async fn confirmed_party(
        &self,
        org: OrgId,
        transaction: TransactionId,
    ) -> Result<Option<(UserId, String)>, Error> {
        let row = decisions::one_of_transaction(&self.db, org, transaction).await?;
        let parties = row.iter().flat_map(|row| [row.payer, row.payee]).flatten();
        let policy = self.memory.org(org)?.policy();
        let mut parties = parties.map(UserId);
        Ok(parties.find_map(|user| {
            let reason = policy.matches.confirmed(user)?;
            Some((user, reason))
        }))
    }
}
