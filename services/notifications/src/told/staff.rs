//! What operators are told that no event tells: that events were given up. Once an hour for each
//! consumer at most, by whichever node sees it first; also of what was given up while nobody could
//! say who they are. And what other services have to tell them ([`StaffMessages`]).

use async_trait::async_trait;
use contracts::identity::{OrgId, Permission};
use contracts::notifications::{NotTaken, StaffMessages, StaffNews, StaffReader};
use events::event_id;
use serde_json::json;
use values::{DAY, SECOND, Timestamp};

use crate::error::Error;
use crate::service::Service;
use crate::told::news::{self, News};
use crate::told::{kinds, store};

const HOUR: i64 = 3_600 * SECOND;

impl Service {
    /// Tells operators of events that were given up within a day.
    ///
    /// # Errors
    /// A fault.
    pub async fn tell_of_dead_letters(&self) -> Result<(), Error> {
        let now = self.clock.now();
        for (org, consumer, feed, hour, count) in store::given_up(&self.db, now.plus(-DAY)).await? {
            let (org, queue) = (OrgId(org), format!("{consumer}:{feed}"));
            let of = format!("dead letters of {queue} in {}", org.0);
            let event = event_id(&of, hour, Timestamp(hour * HOUR));
            if store::is_told(&self.db, event).await? {
                continue;
            }
            let staff = self.contacts.staff(org, Permission::QueuesManage).await?;
            let mut tx = self.db.begin().await?;
            for user in staff {
                let news = News {
                    org,
                    tells: "operator_dead_letters",
                    subject: &queue,
                    event,
                    facts: json!({"consumer": queue, "count": count}),
                    now,
                };
                news::tell(&mut tx, (&self.ids, &self.vault), user, &news).await?;
            }
            tx.commit().await?;
            self.announced.wake();
            self.to_send.notify_one();
        }
        Ok(())
    }
}

/// The names of texts for operators begin so.
const FOR_STAFF: &str = "operator_";

#[async_trait]
impl StaffMessages for Service {
    async fn tell_staff(&self, news: &StaffNews) -> Result<(), NotTaken> {
        let told = self.tell_all(news).await;
        told.map_err(|error| NotTaken(error.to_string()))
    }
}

impl Service {
    async fn tell_all(&self, news: &StaffNews) -> Result<(), Error> {
        let kind = kinds::find(&news.kind).filter(|kind| kind.name.starts_with(FOR_STAFF));
        let kind = kind.ok_or(Error::Row("notifications"))?;
        if store::is_told(&self.db, news.event).await? {
            return Ok(());
        }
        let readers = match news.to {
            StaffReader::Who(permission) => self.contacts.staff(news.org, permission).await?,
            StaffReader::One(user) => vec![user],
        };
        let mut tx = self.db.begin().await?;
        for user in readers {
            let news = News {
                org: news.org,
                tells: kind.name,
                subject: &news.subject,
                event: news.event,
                facts: news.facts.clone(),
                now: self.clock.now(),
            };
            news::tell(&mut tx, (&self.ids, &self.vault), user, &news).await?;
        }
        tx.commit().await?;
        self.announced.wake();
        self.to_send.notify_one();
        Ok(())
    }
}
