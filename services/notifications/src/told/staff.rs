//! What operators are told that no event tells: that events were given up. Once an hour for each
//! consumer at most, by whichever node sees it first.

use contracts::events::EventId;
use contracts::identity::{OrgId, Permission};
use db::{Db, DbError, args};
use events::event_id;
use serde_json::json;
use values::{SECOND, Timestamp};

use crate::error::Error;
use crate::service::Service;
use crate::told::news::{self, News};

const HOUR: i64 = 3_600 * SECOND;

statements! {
    /// since -> [`GivenUp`] of letters that wait, by the hour in which they were given up.
    GIVEN_UP = "SELECT org, consumer, feed, first_at / 3600000000 AS hour, count(*) AS count FROM dead_letters
        WHERE state = 'waiting' AND first_at >= $1 GROUP BY org, consumer, feed, first_at / 3600000000
        ORDER BY org, consumer, feed, first_at / 3600000000";
    /// event -> how many were told of it.
    TOLD = "SELECT count(*) FROM notifications WHERE event = $1";
}

/// How many events a consumer has given up in an hour: organisation, consumer, feed, hour, count.
type GivenUp = (i64, String, String, i64, i64);

async fn given_up(db: &Db, since: Timestamp) -> Result<Vec<GivenUp>, DbError> {
    db.fetch_all(GIVEN_UP, args![since]).await
}

async fn is_told(db: &Db, event: EventId) -> Result<bool, DbError> {
    let (told,): (i64,) = db.fetch_one(TOLD, args![event.uuid()]).await?;
    Ok(told > 0)
}

impl Service {
    /// Tells operators of events that were given up in this hour and the one before.
    ///
    /// # Errors
    /// A fault.
    pub async fn tell_of_dead_letters(&self) -> Result<(), Error> {
        let now = self.clock.now();
        for (org, consumer, feed, hour, count) in given_up(&self.db, now.plus(-HOUR)).await? {
            let (org, queue) = (OrgId(org), format!("{consumer}:{feed}"));
            let of = format!("dead letters of {queue} in {}", org.0);
            let event = event_id(&of, hour, Timestamp(hour * HOUR));
            if is_told(&self.db, event).await? {
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
