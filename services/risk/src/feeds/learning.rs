//! The consumer of the feeds: writes down what risk has to know after a restart.

use async_trait::async_trait;
use contracts::events::{Event, Party};
use db::Tx;
use events::{Handler, HandlerError, Start};
use values::Timestamp;

use crate::decisions::store::{self as decisions, DecisionRow};
use crate::feeds::told::{Told, Transaction, told};
use crate::subjects::store as subjects;

/// The name of the consumer.
pub(crate) const NAME: &str = "risk";

/// The consumer.
pub(crate) struct Learning;

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
        let (told, owner) = match (told, owner) {
            (None, _) => return Ok(()),
            (Some(Told::Transaction(made)), _) => {
                return Ok(decisions::tell(tx, &row(&made)?).await?);
            }
            (Some(_), None) => {
                return Err(HandlerError::Reject("it has no owner".to_owned()));
            }
            (Some(told), Some(owner)) => (told, owner),
        };
        let at: Timestamp = event.time;
        match told {
            Told::Registered => subjects::insert(tx, owner, at).await?,
            Told::Verified => subjects::verify(tx, owner, at).await?,
            Told::Closed => subjects::close(tx, owner, at).await?,
            Told::Owned(wallet) => subjects::own(tx, owner, wallet).await?,
            Told::Transaction(_) => {}
        }
        Ok(())
    }
}

fn row(made: &Transaction) -> Result<DecisionRow, HandlerError> {
    let decision = made.decision.as_ref().map(serde_json::to_string);
    let decision = decision.transpose();
    let decision = decision.map_err(|error| HandlerError::Reject(error.to_string()))?;
    Ok(DecisionRow {
        transaction_id: made.id.uuid(),
        org: made.org.0,
        id: made.decision.as_ref().map(|decision| decision.id.uuid()),
        decision,
        facts: None,
        status: Some(made.status.number()),
        sequence: Some(made.sequence),
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
    })
}
