//! What identity keeps about somebody, as its endpoints show it to them.

use access::Principal;
use contracts::identity::{OrgId, UserId};
use module::{Failure, newest};
use serde_json::{Map, Value, json, to_value};
use uuid::Uuid;
use values::Timestamp;

use crate::factors::http::factors::PasskeyBody;
use crate::http::bodies::{ApiKeyBody, OrganisationBody, PreferencesBody, UserBody};
use crate::oidc::http::list_linked_accounts::LinkedAccountBody;
use crate::organisations;
use crate::service::Service;
use crate::sessions::http::list_sessions::SessionBody;

/// The most sessions, and keys, of an export.
const MOST: usize = 1_000;
const ROWS: i64 = 1_001;

impl Service {
    pub(crate) async fn data_of(
        &self,
        org: OrgId,
        user: UserId,
    ) -> Result<Map<String, Value>, Failure> {
        let owner = Principal::owner(org, user);
        let me = self.me(&owner).await?;
        let factors = self.second_factors(&owner).await?;
        let passkeys = self.passkeys(&owner).await?;
        let passkeys: Vec<_> = passkeys.into_iter().map(PasskeyBody::from).collect();
        let linked = self.linked_accounts(&owner).await?;
        let linked: Vec<_> = linked.into_iter().map(LinkedAccountBody::from).collect();
        let sessions = self.list_sessions((org, user), Timestamp(i64::MAX), ROWS);
        let session = |session| SessionBody::new(session, owner.credential);
        let sessions: Vec<_> = sessions.await?.into_iter().map(session).collect();
        let keys = self.api_keys(&owner, Uuid::max(), ROWS).await?;
        let keys: Vec<_> = keys.into_iter().map(ApiKeyBody::from).collect();
        let factors = json!({
            "totp": factors.totp,
            "recovery_codes_left": factors.recovery_codes_left,
            "passkeys": passkeys,
        });
        let preferences = PreferencesBody::from(self.preferences(&owner).await?);
        let organisations = organisations::store::page(&self.db, org.0 + 1, 1).await?;
        let organisation = organisations.into_iter().next().map(OrganisationBody::from);
        let (some_sessions, some_keys) = (sessions.iter().take(MOST), keys.iter().take(MOST));
        Ok(Map::from_iter([
            ("profile".to_owned(), to_value(UserBody::from(me))?),
            ("organisation".to_owned(), to_value(organisation)?),
            ("preferences".to_owned(), to_value(preferences)?),
            ("second_factors".to_owned(), factors),
            ("linked_accounts".to_owned(), to_value(linked)?),
            (
                "sessions".to_owned(),
                newest(some_sessions, sessions.len() <= MOST)?,
            ),
            (
                "api_keys".to_owned(),
                newest(some_keys, keys.len() <= MOST)?,
            ),
        ]))
    }
}
