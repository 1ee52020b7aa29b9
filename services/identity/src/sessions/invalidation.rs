//! Tells other nodes through Redis that a session has ended or a signing key was made, so that they
//! read the database at once and not only at their next poll. What is told is only "look": nothing
//! is believed that Redis says, and without it nodes poll as they always do.

use std::sync::Arc;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, IntoConnectionInfo, ProtocolVersion, PushInfo, PushKind, RedisError};
use tokio::sync::Notify;

const CHANNEL: &str = "payflow:identity:look";

/// A connection to the server that nodes share. It is made when it is first needed, and again when
/// it is lost.
#[derive(Clone)]
pub(crate) struct Invalidation {
    connection: ConnectionManager,
    heard: Arc<Notify>,
}

impl Invalidation {
    /// By this address; nothing is connected yet.
    pub(crate) fn open(url: &str) -> Result<Self, RedisError> {
        let info = url.into_connection_info()?;
        // Only in this version of the protocol messages come by the connection that commands go by.
        let settings = info.redis_settings().clone();
        let info = info.set_redis_settings(settings.set_protocol(ProtocolVersion::RESP3));
        let heard = Arc::new(Notify::new());
        let bell = Arc::clone(&heard);
        let hear = move |push: PushInfo| {
            if push.kind == PushKind::Message {
                // However many there are before the next look, one is enough.
                bell.notify_one();
            }
            Ok::<(), RedisError>(())
        };
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_push_sender(hear);
        let connection = Client::open(info)?.get_connection_manager_lazy(config)?;
        Ok(Self { connection, heard })
    }

    /// Tells the others to look. Anyone who does not hear it finds out by polling, so nothing waits
    /// for it.
    pub(crate) fn tell(&self) {
        let mut connection = self.connection.clone();
        drop(tokio::spawn(async move {
            let mut publish = redis::cmd("PUBLISH");
            let told = publish.arg(CHANNEL).arg("look");
            if let Err(error) = told.query_async::<()>(&mut connection).await {
                tracing::debug!(%error, "other nodes were not told to look, and will by themselves");
            }
        }));
    }

    /// Sees to it that messages come; does nothing where they do already.
    pub(crate) async fn listen(&self) -> Result<(), RedisError> {
        self.connection.clone().subscribe(CHANNEL).await
    }

    /// Waits until somebody says that there is something to look at.
    pub(crate) async fn heard(&self) {
        self.heard.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_listens_hears_what_another_tells() {
        let Some(url) = testkit::redis_url() else {
            return;
        };
        let (one, other) = (
            Invalidation::open(&url).unwrap(),
            Invalidation::open(&url).unwrap(),
        );
        other.listen().await.unwrap();
        other.listen().await.unwrap();
        for _ in 0..3 {
            one.tell();
            other.heard().await;
        }
    }

    #[tokio::test]
    async fn a_connection_that_was_lost_is_made_again_by_the_next_listening() {
        let Some(url) = testkit::redis_url() else {
            return;
        };
        let (one, other) = (
            Invalidation::open(&url).unwrap(),
            Invalidation::open(&url).unwrap(),
        );
        other.listen().await.unwrap();
        let mut operator = one.connection.clone();
        let mut kill = redis::cmd("CLIENT");
        let kill = kill.arg("KILL").arg("TYPE").arg("pubsub");
        kill.query_async::<i64>(&mut operator).await.unwrap();
        while other.listen().await.is_err() {
            tokio::task::yield_now().await;
        }
        one.tell();
        other.heard().await;
    }

    #[tokio::test]
    async fn where_there_is_no_server_listening_fails_and_telling_does_no_harm() {
        // The port of nobody: what listens there would have to be a superuser's.
        let nowhere = Invalidation::open("redis://127.0.0.1:1/").unwrap();
        nowhere.tell();
        assert!(nowhere.listen().await.is_err());
    }

    #[tokio::test]
    async fn what_is_no_address_is_refused() {
        for url in ["", "127.0.0.1", "http://127.0.0.1/"] {
            assert!(Invalidation::open(url).is_err(), "{url}");
        }
    }
}
