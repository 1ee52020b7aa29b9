//! What users want to be told by which way, and when not: group by channel, and quiet hours. What
//! is essential comes whatever they want; their language and time zone are identity's.

pub(crate) mod decision;
pub(crate) mod digest;
pub(crate) mod document;
pub(crate) mod http;
pub(crate) mod quiet_hours;
pub(crate) mod store;

use contracts::identity::{OrgId, UserId};

use crate::error::Error;
use crate::preferences::document::{Preferences, PreferencesError};
use crate::service::Service;

impl Service {
    /// What somebody wants; the defaults where they have said nothing.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn preferences(&self, org: OrgId, user: UserId) -> Result<Preferences, Error> {
        store::of(&self.db, org, user).await
    }

    /// Sets what somebody wants. It goes before what they unsubscribed from.
    ///
    /// # Errors
    /// [`PreferencesError`].
    pub(crate) async fn set_preferences(
        &self,
        (org, user): (OrgId, UserId),
        wanted: &Preferences,
    ) -> Result<(), PreferencesError> {
        wanted.check()?;
        let document = serde_json::to_string(wanted).map_err(|_| Error::Row("preferences"))?;
        let now = self.clock.now();
        let stored = store::put(&self.db, (org, user), &document, now).await;
        Ok(stored.map_err(Error::from)?)
    }
}
