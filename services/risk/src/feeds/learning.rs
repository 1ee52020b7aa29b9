//! The consumer of the feeds: writes down what risk has to know after a restart.

use async_trait::async_trait;
use contracts::events::{Event, Party};
use contracts::identity::{OrgId, UserId};
use db::{DbError, Tx};
use events::{Handler, HandlerError, Start};

use crate::decisions::store::{self as decisions, DecisionRow};
use crate::error::Error;
use crate::feeds::told::{Told, Transaction, told};
use crate::kyc::retention::Closing;
use crate::rules::store as rules;
use crate::subjects::store as subjects;

/// The name of the consumer.
pub(crate) const NAME: &str = "risk";

/// The consumer.
pub(crate) struct Learning {
    /// What ends with an account.
    pub(crate) kyc: Closing,
}

#[async_trait]
impl Handler for Learning {
    fn name(&self) -> &'static str {
        NAME
    }

    fn start(&self) -> Start {
        Start::Beginning
    }

    async fn handle(&self, tx: &mut Tx, event: &Event) -> Result<(), HandlerError> {
        let told = told(event).map_err(|error| HandlerError::Reject(error.to_string()))?;
        let owner = event.party(Party::Owner).map(|user| (event.org, user));
        let learned = match (told, owner) {
            (None, _) => Ok(()),
            (Some(Told::Transaction(made)), _) => learn(tx, &made).await,
            (Some(_), None) => return Err(HandlerError::Reject("it has no owner".to_owned())),
            (Some(Told::Closed), Some(owner)) => {
                subjects::close(tx, owner, event.time).await?;
                let closed = self.kyc.close(tx, owner, event.time).await;
                return closed.map_err(of_error);
            }
            (Some(told), Some(owner)) => learn_of_user(tx, event, owner, told).await,
        };
        Ok(learned?)
    }
}

/// A fault of the database is tried again; nothing else is to be expected of an event.
fn of_error(error: Error) -> HandlerError {
    match error {
        Error::Database(error) => error.into(),
        other => HandlerError::Reject(other.to_string()),
    }
}

async fn learn_of_user(
    tx: &mut Tx,
    event: &Event,
    owner: (OrgId, UserId),
    told: Told,
) -> Result<(), DbError> {
    match told {
        Told::Registered => {
            rules::begin(tx, event.org, event.time).await?;
            subjects::insert(tx, owner, event.time).await
        }
        Told::Verified => subjects::verify(tx, owner, event.time).await,
        Told::Owned(wallet) => subjects::own(tx, owner, wallet).await,
        // What was verified is written where it was decided.
        Told::EmailChanged | Told::Closed | Told::Verification(..) | Told::Transaction(_) => Ok(()),
    }
}

async fn learn(tx: &mut Tx, made: &Transaction) -> Result<(), DbError> {
    decisions::tell(tx, row(made)).await?;
    if let Some((payer, payee)) = made.paid() {
        decisions::pair(tx, made.org, payer.uuid(), payee.uuid()).await?;
    }
    Ok(())
}

fn row(made: &Transaction) -> DecisionRow {
    DecisionRow {
        transaction_id: made.id.uuid(),
        org: made.org.0,
        decision: None,
        facts: None,
        status: Some(made.status.number()),
        first_sequence: Some(made.sequence),
        counted: Some(i64::from(made.counts())),
        kind: Some(made.kind.number()),
        amount_minor: Some(made.amount_minor),
        currency: Some(made.currency.code().to_owned()),
        payer: made.payer.map(|user| user.uuid()),
        payee: made.payee.map(|user| user.uuid()),
        from_wallet: made.from_wallet.map(|wallet| wallet.uuid()),
        to_wallet: made.to_wallet.map(|wallet| wallet.uuid()),
        instrument: made.instrument.clone(),
        made_by: Some(made.made_by.uuid()),
        created_at: made.created_at.micros(),
    }
}
