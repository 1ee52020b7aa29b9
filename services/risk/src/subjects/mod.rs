//! What risk knows of users, by the feed of identity.

pub(crate) mod store;

use contracts::identity::{OrgId, UserId};
use contracts::kyc::KycLevel;
use values::Timestamp;

use crate::error::Error;
use crate::service::Service;

/// When an id was made: a UUID of version 7 begins with the milliseconds (RFC 9562, section 5.7).
pub(crate) fn made_at(user: UserId) -> Timestamp {
    let millis = i64::try_from(user.uuid().as_u128() >> 80).unwrap_or_default();
    Timestamp(millis.saturating_mul(1_000))
}

impl Service {
    /// Takes the identity of users as fully verified who are nobody: those of a demo, and of a
    /// benchmark.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn take_as_verified(&self, org: OrgId, users: &[UserId]) -> Result<(), Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        for user in users {
            store::take_as_verified(&mut tx, (org, *user), now).await?;
        }
        tx.commit().await?;
        for user in users {
            let first = (KycLevel::Full, 1);
            self.memory.subjects.verified(org, *user, first);
        }
        Ok(())
    }
}
