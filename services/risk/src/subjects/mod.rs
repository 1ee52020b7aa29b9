//! What risk knows of users, by the feed of identity.

pub(crate) mod store;

use contracts::identity::{OrgId, UserId};

use crate::error::Error;
use crate::service::Service;

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
            self.memory.subjects.verified(org, *user, now);
        }
        Ok(())
    }
}
