//! What of KYC ends with an account, in the transaction in which risk learns of it.

use std::sync::Arc;

use contracts::identity::{OrgId, UserId};
use db::Tx;
use values::{DAY, Timestamp};

use crate::cases::{Automatic, Cases, Queue};
use crate::error::Error;
use crate::kyc::store::{standings, submissions};
use crate::kyc::submission::Status;

/// What of KYC ends with an account.
pub(crate) struct Closing {
    pub(crate) cases: Arc<Cases>,
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
