//! What notifications keeps about somebody, as its endpoints show it to them.

use access::Principal;
use contracts::identity::{OrgId, UserId};
use module::{Failure, newest};
use serde_json::{Map, Value, to_value};
use uuid::Uuid;

use crate::channels::push;
use crate::inbox::http::body::NotificationBody;
use crate::inbox::store::Filter;
use crate::phones::http::body::PhoneBody;
use crate::service::Service;
use crate::webhooks::http::body::EndpointBody;

/// The most notifications, and endpoints, of an export.
const MOST: usize = 1_000;
const ROWS: i64 = 1_001;

impl Service {
    pub(crate) async fn data_of(
        &self,
        org: OrgId,
        user: UserId,
    ) -> Result<Map<String, Value>, Failure> {
        let owner = Principal::owner(org, user);
        let filter = Filter {
            kind: None,
            subject: None,
            unread_only: false,
        };
        let told = self.notifications(&owner, &filter, Uuid::max(), ROWS);
        let (told, _) = told.await?;
        let all_told = told.len() <= MOST;
        let told = told.into_iter().take(MOST).map(NotificationBody::from);
        let endpoints = self.webhooks.list(&owner, Uuid::max(), ROWS).await?;
        let all_endpoints = endpoints.len() <= MOST;
        let endpoints = endpoints.into_iter().take(MOST).map(EndpointBody::from);
        let phone = self.phone(org, user).await?.map(PhoneBody::from);
        let devices = push::store::of_user(&self.db, org, user).await?.len();
        let preferences = self.preferences(org, user).await?;
        Ok(Map::from_iter([
            ("notifications".to_owned(), newest(told, all_told)?),
            (
                "notification_preferences".to_owned(),
                to_value(preferences)?,
            ),
            ("phone".to_owned(), to_value(phone)?),
            ("push_devices".to_owned(), to_value(devices)?),
            (
                "webhook_endpoints".to_owned(),
                newest(endpoints, all_endpoints)?,
            ),
        ]))
    }
}
